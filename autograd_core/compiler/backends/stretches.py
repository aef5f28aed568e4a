"""A program as stretches of single instructions and the loops between them, with what is read from
where: for the printers of narrow programs.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence

from ..ir.program import Program
from .rerolling import Each, Inputs, Loop, Loops, Round, Same, Series


class Stretches:
    """Of the instructions in loops, those of the first round stand for all rounds: `inside` says
    how often the same round uses them, `named` which are read in the next round or after the loop,
    and `listed` which have a list of the values of all rounds.

    `needed` are the other instructions that are read by name; `indexed` says that a loop goes
    through the inputs. Where there are no loops, none of these is filled; those of fewer operations
    than `shortest` have none.
    """

    def __init__(self, program: Program, shortest: float | None = None) -> None:
        self.program, self.loops = program, Loops(program, shortest)
        self.inside: Counter[int] = Counter()
        self.named: set[int] = set()
        self.listed: set[int] = set()
        self.needed: set[int] = set()
        self.indexed = False
        if self.loops.found:
            for first, last, loop in self:
                if loop is None:
                    self._mark(*[j for i in range(first, last) for j in program.operands[i]])
                else:
                    self._mark_loop(loop)
            self._mark(*program.outputs, *[i for i, _ in program.guards])

    def __iter__(self) -> Iterator[tuple[int, int, Loop | None]]:
        """The instructions outside loops, from one to another, and the loops between them."""
        i = 0
        for loop in self.loops.found:
            yield i, loop.body[0], None
            i = self.loops.operations[loop.end - 1] + 1
            yield loop.body[0], i, loop
        yield i, len(self.program), None

    def _mark(self, *instructions: int) -> None:
        """Note that these are read outside of the loops that they are in."""
        self.needed.update(instructions)
        for i in instructions:
            if loop := self.loops.owner(i):
                t, place = loop.place(self.loops.numbers[i])
                self.named.add(loop.body[place])
                if t < loop.rounds - 1:
                    self.listed.add(loop.body[place])

    def _mark_loop(self, loop: Loop) -> None:
        for x in [x for operands in loop.operands for x in operands]:
            match x:
                case Round(place, 0):
                    self.inside[loop.body[place]] += 1
                case Round(place):
                    self.named.add(loop.body[place])
                    self._mark(*self.earlier(loop, x))
                case Series(other, place):
                    self.listed.add(other.body[place])
                case Inputs():
                    self.indexed = True
                case Same(i):
                    self._mark(i)
                case Each(instructions):
                    self._mark(*instructions)

    def earlier(self, loop: Loop, x: Round) -> list[int]:
        """The instructions before a loop that its first rounds read, the latest first."""
        m = loop.start + x.place
        return [self.loops.operations[m - k * loop.period] for k in range(1, x.lag + 1)]

    def in_a_row(self, instructions: Sequence[int], k: int) -> int:
        """How many instructions from k on are the same in one round after another."""
        numbers, loop = self.loops.numbers, self.loops.owner(instructions[k])
        if loop is None or k + 1 == len(instructions):
            return 1
        first = numbers[instructions[k]]
        step = numbers[instructions[k + 1]] - first
        if abs(step) != loop.period:
            return 1
        count = 1
        while (
            k + count < len(instructions)
            and numbers[instructions[k + count]] == first + count * step
            and loop.start <= first + count * step < loop.end
        ):
            count += 1
        return count
