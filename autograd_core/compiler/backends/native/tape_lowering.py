"""A narrow program as a tape: operations on the numbers of one array, and loops of them.

The array begins with the inputs and goes on with the outputs and the guards. Behind them each value
has a place; one that is read in later rounds of a loop, or after it, has one for each round.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from itertools import accumulate, groupby, pairwise, starmap

from ....primitives import TABLE, Primitive
from ...ir.program import Program
from ...ir.scans import column_lengths, has_scans
from ..rerolling import Each, Inputs, Loop, Operand, Round, Same, Series
from ..stretches import Stretches
from .tape_code import IN_A_ROW, Code, Place
from .tape_scans import Straight


def fits(row: Primitive | None, count: int, known: Mapping[str, int]) -> bool:
    """Whether the library has what a row of so many operands needs, a scan's rounds apart."""
    if row is None or row.structured or (row.additive and count > 0):
        return True
    if row.arity < 0:
        return bool(row.array) and count > 0
    return row.name in known and TABLE.get(row.name) is row


class Tape(Code):
    """`spans` are where each input is, and each result. One of several places is a column."""

    def __init__(self, program: Program, known: Mapping[str, int]) -> None:
        super().__init__(known)
        self.program = program
        self.results = [*program.outputs, *[i for i, _ in program.guards]]
        self.columns = column_lengths(program)
        sizes = [self.columns.get(i, 1) for i in (*program.inputs, *self.results)]
        starts = [*accumulate(sizes, initial=0)]
        self.new(starts[-1])
        self.spans = [*starmap(slice, pairwise(starts))]
        self.places = dict(zip(program.inputs, starts, strict=False))
        self.arrays: dict[int, int] = {}  # where round 0 of a value is that has all rounds
        if has_scans(program):
            self._straight()
        else:
            self._stretches()

    def _straight(self) -> None:
        places = {i: (at, 0) for i, at in self.places.items()}
        straight = Straight(self, self.program, places)
        found = zip(self.spans[len(self.program.inputs) :], self.results, strict=True)
        for is_column, some in groupby(found, lambda x: x[1] in self.columns):
            spans, results = zip(*some, strict=True)
            if not is_column:
                self.copy_all(spans[0].start, [straight.place(i) for i in results])
                continue
            for to, i in zip(spans, results, strict=True):
                self.copy_row(to.start, straight.place(i)[0], 1, self.columns[i])

    def _stretches(self) -> None:
        program = self.program
        self.stretches = Stretches(program)
        self.loops = self.stretches.loops
        for first, last, loop in self.stretches:
            if loop:
                self._loop(loop)
                continue
            for i in range(first, last):
                row = program.rows[i]
                if row is not None:
                    given = [(self.place(j), 0) for j in program.operands[i]]
                    self.places[i] = self.new()
                    self.apply(row, (self.places[i], 0), given)
        self._results()

    def place(self, i: int) -> int:
        """Where an instruction is, outside of the loop that it is in."""
        if (x := self.program.constants.get(i)) is not None:
            return self.constant(x)
        loop = self.loops.owner(i) if self.loops.found else None
        if loop is None:
            return self.places[i]
        t, place = loop.place(self.loops.numbers[i])
        head = loop.body[place]
        return self.arrays[head] + t if head in self.arrays else self.places[head]

    def _loop(self, loop: Loop) -> None:
        found: dict[Operand, Place] = {}
        lags: Counter[int] = Counter()  # how many rounds before are read of each value
        for x in {x: None for operands in loop.operands for x in operands}:
            match x:
                case Same(i):
                    found[x] = self.place(i), 0
                case Inputs(first, step):
                    found[x] = first, step
                case Series(other, at, first, step):
                    found[x] = self.arrays[other.body[at]] + first, step
                case Each(instructions):
                    found[x] = self._table(instructions), 1
                case Round(at, lag):
                    lags[at] = max(lag, lags[at])
        carried = {at: self._carried(loop, at, lag) for at, lag in lags.items() if lag}
        begin = len(self.code)
        own: dict[int, Place] = {}
        for at, (i, operands) in enumerate(zip(loop.body, loop.operands, strict=True)):
            if i in self.stretches.listed:
                if i not in self.arrays:
                    self.arrays[i] = self.new(loop.rounds)
                own[at] = self.arrays[i], 1
            else:
                self.places[i] = self.new()
                own[at] = self.places[i], 0
            given = [
                found[x] if not isinstance(x, Round)
                else own[x.place] if not x.lag
                else (carried[x.place] - x.lag, 1 if loop.body[x.place] in self.arrays else 0)
                for x in operands
            ]  # fmt: skip
            row = self.program.rows[i]
            assert row is not None
            self.apply(row, own[at], given)
        for at, end in carried.items():
            if loop.body[at] not in self.arrays:
                for n in range(lags[at], 1, -1):
                    self.copy((end - n, 0), (end - n + 1, 0))
                self.copy((end - 1, 0), own[at])
        self.repeat(loop.rounds, begin)

    def _carried(self, loop: Loop, at: int, lag: int) -> int:
        """Room for the values of the last rounds, filled with those before the loop; the place
        behind it. Where all rounds are kept it lies before these.
        """
        i = loop.body[at]
        listed = i in self.stretches.listed
        end = self.new(lag + (loop.rounds if listed else 0)) + lag
        if listed:
            self.arrays[i] = end
        for n, before in enumerate(self.stretches.earlier(loop, Round(at, lag)), 1):
            self.copy((end - n, 0), (self.place(before), 0))
        return end

    def _table(self, instructions: Sequence[int]) -> int:
        """These in a row."""
        start, known = self.new(len(instructions)), self.program.constants
        k = 0
        while k < len(instructions):
            if instructions[k] in known:
                self.numbers[start + k] = known[instructions[k]]
                k += 1
            else:
                k += self._copied(start + k, instructions, k)
        return start

    def _results(self) -> None:
        start, k = len(self.program.inputs), 0
        while k < len(self.results):
            k += self._copied(start + k, self.results, k)

    def _copied(self, to: int, instructions: Sequence[int], k: int) -> int:
        """Copy instruction k of these, and those behind it that are the same in the rounds before
        or after; how many there were.
        """
        count = self.stretches.in_a_row(instructions, k) if self.loops.found else 1
        if count < IN_A_ROW:
            self.copy((to, 0), (self.place(instructions[k]), 0))
            return 1
        first, second = self.place(instructions[k]), self.place(instructions[k + 1])
        self.copy_row(to, first, second - first, count)
        return count
