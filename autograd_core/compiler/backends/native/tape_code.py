"""The code of a tape: operations on the numbers of one array, and loops of them."""

from __future__ import annotations

from array import array
from collections.abc import Mapping, Sequence
from functools import cache
from itertools import pairwise

from ....primitives import TABLE, Primitive, arithmetic

LOOP, WIDTH = 0, 9
"""The number of a loop, and the integers of an operation: its row, four places and four steps."""
IN_A_ROW = 4
"""So many numbers whose places are evenly spaced are copied in a loop."""

Place = tuple[int, int]
"""Where a number is in the first round, and how far that moves from round to round."""


@cache
def folded(array: str) -> Primitive:
    """The row of two operands by which a row over many goes through them."""
    return next(row for row in TABLE.values() if row.array == array and row.arity == 2)


class Code:
    """`code` is what the library runs, `numbers` the array as it is at first. `known` are the
    numbers of the rows.
    """

    def __init__(self, known: Mapping[str, int]) -> None:
        self.known = known
        self.code, self.numbers = array("i"), array("d")
        self._constants: dict[str, int] = {}
        self._tables: dict[int, tuple[int, Sequence[float]]] = {}

    def new(self, count: int = 1) -> int:
        """Places for so many numbers."""
        start = len(self.numbers)
        self.numbers.frombytes(bytes(8 * count))
        return start

    def constant(self, x: float) -> int:
        key = x.hex()
        if key not in self._constants:
            self._constants[key] = len(self.numbers)
            self.numbers.append(x)
        return self._constants[key]

    def table(self, xs: Sequence[float]) -> int:
        """Constants in a row."""
        if id(xs) not in self._tables:
            self._tables[id(xs)] = len(self.numbers), xs  # which keeps them, and so their id
            self.numbers.extend(xs)
        return self._tables[id(xs)][0]

    def emit(self, row: Primitive, out: Place, *given: Place) -> None:
        filled = [out, *given, *[(0, 0)] * (3 - len(given))]
        places, steps = zip(*filled, strict=True)
        self.code.extend([self.known[row.name], *places, *steps])

    def apply(self, row: Primitive, out: Place, given: Sequence[Place]) -> None:
        """A row of numbers at these places; one over many goes through them from left to right."""
        if row.arity > 0:
            self.emit(row, out, *given)
        elif not row.additive:
            self._fold(folded(row.array or ""), out, given)
        elif not row.pairs:
            self._fold(arithmetic.add, out, [(self.constant(0.0), 0), *given])
        else:
            half, products = len(given) // 2, [(self.constant(0.0), 0)]
            for a, b in zip(given[:half], given[half:], strict=True):
                products.append((self.new(), 0))
                self.emit(arithmetic.mul, products[-1], a, b)
            self._fold(arithmetic.add, out, products)

    def _fold(self, row: Primitive, out: Place, given: Sequence[Place]) -> None:
        total, *others = given
        if not others:
            self.copy(out, total)
            return
        between = (self.new(), 0) if len(others) > 1 else out
        for k, x in enumerate(others, 1):
            into = out if k == len(others) else between
            self.emit(row, into, total, x)
            total = into

    def copy(self, out: Place, given: Place) -> None:
        self.emit(arithmetic.identity, out, given)

    def copy_row(self, to: int, first: int, step: int, count: int) -> None:
        """Copy so many numbers, of which the places have a step, to places in a row."""
        if count < IN_A_ROW:
            for k in range(count):
                self.copy((to + k, 0), (first + step * k, 0))
            return
        begin = len(self.code)
        self.copy((to, 1), (first, step))
        self.repeat(count, begin)

    def copy_all(self, to: int, given: Sequence[Place]) -> None:
        """Copy numbers to places in a row."""
        ends = [k for k, ((a, m), (b, n)) in enumerate(pairwise(given), 1) if b != a + 1 or m or n]
        for first, last in pairwise([0, *ends, len(given)]):
            if given[first][1]:
                self.copy((to + first, 0), given[first])
            else:
                self.copy_row(to + first, given[first][0], 1, last - first)

    def repeat(self, rounds: int, begin: int) -> None:
        """Make what was emitted from there on a loop."""
        body = self.code[begin:]
        del self.code[begin:]
        if body and rounds:
            self.code.extend([LOOP, rounds, len(body) // WIDTH, *[0] * (WIDTH - 3)])
            self.code.extend(body)
