"""A narrow program as a tape: operations on the numbers of one array, and loops of them.

The array begins with the inputs and goes on with the outputs and the guards. Behind them each value
has a place; one that is read in later rounds of a loop, or after it, has one for each round.
"""

from __future__ import annotations

from array import array
from collections import Counter
from collections.abc import Mapping, Sequence
from functools import cache

from ....primitives import TABLE, Primitive, arithmetic
from ...ir.program import Program
from ..rerolling import Each, Inputs, Loop, Operand, Round, Same, Series
from ..stretches import Stretches

LOOP, WIDTH = 0, 9
"""The number of a loop, and the integers of an operation: its row, four places and four steps."""
_IN_A_ROW = 4  # results of as many rounds in a row are copied in a loop

Place = tuple[int, int]
"""Where a number is in the first round, and how far that moves from round to round."""


@cache
def folded(array: str) -> Primitive:
    """The row of two operands by which a row over many goes through them."""
    return next(row for row in TABLE.values() if row.array == array and row.arity == 2)


def fits(row: Primitive | None, count: int, known: Mapping[str, int]) -> bool:
    """Whether the library has what a row of so many operands needs."""
    if row is None or (row.additive and count > 0):
        return True
    if row.arity < 0:
        return bool(row.array) and count > 0
    return row.name in known and TABLE.get(row.name) is row


class Tape:
    """`code` is what the library runs, `numbers` the array as it is at first."""

    def __init__(self, program: Program, known: Mapping[str, int]) -> None:
        self.program, self.known = program, known
        self.stretches = Stretches(program)
        self.loops = self.stretches.loops
        self.code = array("i")
        self.results = [*program.outputs, *[i for i, _ in program.guards]]
        self.numbers = array("d", bytes(8 * (len(program.inputs) + len(self.results))))
        self.places = {i: k for k, i in enumerate(program.inputs)}
        self.constants: dict[str, int] = {}
        self.arrays: dict[int, int] = {}  # where round 0 of a value is that has all rounds
        for first, last, loop in self.stretches:
            if loop:
                self._loop(loop)
                continue
            for i in range(first, last):
                row = program.rows[i]
                if row is not None:
                    given = [(self.place(j), 0) for j in program.operands[i]]
                    self.places[i] = self._new()
                    self._apply(row, (self.places[i], 0), given)
        self._results()

    def _new(self, count: int = 1) -> int:
        """Places for so many numbers."""
        start = len(self.numbers)
        self.numbers.extend([0.0] * count)
        return start

    def place(self, i: int) -> int:
        """Where an instruction is, outside of the loop that it is in."""
        if (x := self.program.constants.get(i)) is not None:
            return self._constant(x)
        loop = self.loops.owner(i) if self.loops.found else None
        if loop is None:
            return self.places[i]
        t, place = loop.place(self.loops.numbers[i])
        head = loop.body[place]
        return self.arrays[head] + t if head in self.arrays else self.places[head]

    def _constant(self, x: float) -> int:
        key = x.hex()
        if key not in self.constants:
            self.constants[key] = len(self.numbers)
            self.numbers.append(x)
        return self.constants[key]

    def _emit(self, row: Primitive, out: Place, *given: Place) -> None:
        filled = [out, *given, *[(0, 0)] * (3 - len(given))]
        places, steps = zip(*filled, strict=True)
        self.code.extend([self.known[row.name], *places, *steps])

    def _apply(self, row: Primitive, out: Place, given: Sequence[Place]) -> None:
        """A row of numbers at these places; one over many goes through them from left to right."""
        if row.arity > 0:
            self._emit(row, out, *given)
        elif not row.additive:
            self._fold(folded(row.array or ""), out, given)
        elif not row.pairs:
            self._fold(arithmetic.add, out, [(self._constant(0.0), 0), *given])
        else:
            half, products = len(given) // 2, [(self._constant(0.0), 0)]
            for a, b in zip(given[:half], given[half:], strict=True):
                products.append((self._new(), 0))
                self._emit(arithmetic.mul, products[-1], a, b)
            self._fold(arithmetic.add, out, products)

    def _fold(self, row: Primitive, out: Place, given: Sequence[Place]) -> None:
        total, *others = given
        if not others:
            self._copy(out, total)
            return
        between = (self._new(), 0) if len(others) > 1 else out
        for k, x in enumerate(others, 1):
            into = out if k == len(others) else between
            self._emit(row, into, total, x)
            total = into

    def _copy(self, out: Place, given: Place) -> None:
        self._emit(arithmetic.identity, out, given)

    def _repeat(self, rounds: int, begin: int) -> None:
        """Make what was emitted from there on a loop."""
        body = self.code[begin:]
        del self.code[begin:]
        self.code.extend([LOOP, rounds, len(body) // WIDTH, *[0] * (WIDTH - 3)])
        self.code.extend(body)

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
                    self.arrays[i] = self._new(loop.rounds)
                own[at] = self.arrays[i], 1
            else:
                self.places[i] = self._new()
                own[at] = self.places[i], 0
            given = [
                found[x] if not isinstance(x, Round)
                else own[x.place] if not x.lag
                else (carried[x.place] - x.lag, 1 if loop.body[x.place] in self.arrays else 0)
                for x in operands
            ]  # fmt: skip
            row = self.program.rows[i]
            assert row is not None
            self._apply(row, own[at], given)
        for at, end in carried.items():
            if loop.body[at] not in self.arrays:
                for n in range(lags[at], 1, -1):
                    self._copy((end - n, 0), (end - n + 1, 0))
                self._copy((end - 1, 0), own[at])
        self._repeat(loop.rounds, begin)

    def _carried(self, loop: Loop, at: int, lag: int) -> int:
        """Room for the values of the last rounds, filled with those before the loop; the place
        behind it. Where all rounds are kept it lies before these.
        """
        i = loop.body[at]
        listed = i in self.stretches.listed
        end = self._new(lag + (loop.rounds if listed else 0)) + lag
        if listed:
            self.arrays[i] = end
        for n, before in enumerate(self.stretches.earlier(loop, Round(at, lag)), 1):
            self._copy((end - n, 0), (self.place(before), 0))
        return end

    def _table(self, instructions: Sequence[int]) -> int:
        """These in a row."""
        start, known = self._new(len(instructions)), self.program.constants
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
        if count < _IN_A_ROW:
            self._copy((to, 0), (self.place(instructions[k]), 0))
            return 1
        first, second = self.place(instructions[k]), self.place(instructions[k + 1])
        begin = len(self.code)
        self._copy((to, 1), (first, second - first))
        self._repeat(count, begin)
        return count
