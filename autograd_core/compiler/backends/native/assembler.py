"""What writes instructions: operands for the slots of loop nests, and room for what lies between
them.
"""

from __future__ import annotations

from collections.abc import Sequence

from ...tensorize import loop_nests
from ...tensorize.loop_nests import Reference, evenly
from .instructions import (
    CONSTANTS,
    INPUTS,
    NUMBERS,
    ROWS,
    SCRATCH,
    TAKE,
    TAKEN,
    Instruction,
    Operand,
    Shape,
)

_REGIONS = {
    loop_nests.NUMBERS: NUMBERS,
    loop_nests.ROWS: ROWS,
    loop_nests.INPUTS: INPUTS,
}


class Assembler:
    """The instructions of a program for so many samples, and the memory that they need.

    `in_strips` says that samples are computed some at a time. Numbers lie side by side; of a row
    the samples do. So an operand for each k of a nest is a matrix: of numbers one row with a column
    for each k, of rows one row for each k.
    """

    def __init__(self, samples: int, in_strips: bool = False) -> None:
        self.samples, self.in_strips = samples, in_strips
        self.code: list[Instruction] = []
        self.constants: list[float] = []
        self.indices: list[int] = []
        self.taken = self.scratch = self._used = 0  # the sizes of these regions
        self._pool: dict[tuple[str, ...], int] = {}
        self._copies: dict[object, tuple[int, int]] = {}  # of taken slots: where, and when
        self._written: dict[tuple[bool, int], int] = {}
        self._turn = 0

    def begin(self) -> None:
        """A nest begins: it needs no room that another one used."""
        self._used = 0

    def end(self, out: Reference) -> None:
        """A nest has written these slots."""
        self._turn += 1
        self._written.update(dict.fromkeys([(out.batched, k) for k in out.slots], self._turn))

    def emit(
        self,
        operation: str,
        shape: Shape,
        out: Operand,
        *operands: Operand,
        scale: float = 1.0,
        inner: int = 1,
        added: bool = False,
    ) -> None:
        self.code.append(Instruction(operation, shape, out, operands, scale, inner, added=added))

    def each(
        self, operation: str, shape: Shape, out: Operand, *operands: Operand, scale: float = 1.0
    ) -> None:
        """An operation on elements. Over an operand that lies there in another order, the result
        goes through other memory.
        """
        if any([x != out and meet(x, shape, out, shape) for x in operands]):
            rows, columns, _ = shape
            between = Operand(SCRATCH, self.room(rows * columns), columns, 1)
            self.emit(operation, shape, between, *operands, scale=scale)
            operation, operands, scale = "copy", (between,), 1.0
        self.emit(operation, shape, out, *operands, scale=scale)

    def shape(self, count: int, batched: bool) -> Shape:
        """Rows and columns of so many slots."""
        return Shape(count, self.samples, True) if batched else Shape(1, count)

    def room(self, count: int) -> int:
        """Where so many numbers can lie between instructions of this nest."""
        start = self._used
        self._used += count + -count % 8
        self.scratch = max(self.scratch, self._used)
        return start

    def like(self, count: int, batched: bool) -> Operand:
        """Room for a result of so many slots."""
        rows, columns, _ = self.shape(count, batched)
        return Operand(SCRATCH, self.room(rows * columns), columns if batched else 0, 1)

    def kept(self, numbers: Sequence[float]) -> int:
        """Where constants lie; equal lists once."""
        key = tuple([x.hex() for x in numbers])
        if key not in self._pool:
            self._pool[key] = len(self.constants)
            self.constants += numbers
        return self._pool[key]

    def constant(self, number: float) -> Operand:
        """One number for all elements."""
        return Operand(CONSTANTS, self.kept([number]), 0, 0)

    def operand(self, x: Reference | list[float], batched: bool) -> Operand:
        """What a nest reads for each k: of rows, or of numbers for a result with or without
        samples.
        """
        if not isinstance(x, Reference):
            if len({number.hex() for number in x}) == 1:
                return self.constant(x[0])
            return _of_numbers(CONSTANTS, self.kept(x), 1, batched)
        step = evenly(x.slots, (len(x.slots),))
        if x.batched:
            n = self.samples
            if step is None:
                return Operand(TAKEN, self._take(x), n, 1)
            return Operand(_REGIONS[x.region], x.start * n, step[0] * n, 1)
        if step is None:
            return _of_numbers(TAKEN, self._take(x), 1, batched)
        return _of_numbers(NUMBERS, x.start, step[0], batched)

    def matrix(self, x: Reference, regular: bool = True) -> tuple[int, int, int, int]:
        """Region, start and the two strides of a matrix, in numbers; a copy where its slots are
        scattered, or not `regular`.
        """
        width = self.samples if x.batched else 1
        if x.strides is None or not regular:
            columns = x.shape[1] if len(x.shape) > 1 else 1
            return TAKEN, self._take(x), columns * width, width
        return _REGIONS[x.region], x.start * width, x.strides[0] * width, x.strides[-1] * width

    def _take(self, x: Reference) -> int:
        """A copy of slots, made where it is first read, and anew where one was written since."""
        key = x.region, x.slots
        width, count = self.samples if x.batched else 1, len(x.slots)
        at, when = self._copies.get(key, (-1, -1))
        if when >= 0 and not any(
            [self._written.get((x.batched, slot), -1) > when for slot in x.slots]
        ):
            return at
        if at < 0:
            at = self.taken
            self.taken += count * width + -(count * width) % 8
        self._copies[key] = at, self._turn
        first, region = len(self.indices), _REGIONS[x.region]
        self.indices += x.slots
        out, source = Operand(TAKEN, at, width, 1), Operand(region, 0, width, 1)
        shape = Shape(count, width, x.batched)
        self.code.append(Instruction(TAKE, shape, out, (source,), first=first))
        return at


def meet(a: Operand, of_a: Shape, b: Operand, of_b: Shape) -> bool:
    """Whether the stretches of memory in which the elements of both lie have something in
    common.
    """
    (low, high), (first, last) = _stretch(a, of_a), _stretch(b, of_b)
    return a.region == b.region and low <= last and first <= high


def _stretch(x: Operand, shape: Shape) -> tuple[int, int]:
    down, right = x.row * (shape.rows - 1), x.column * (shape.columns - 1)
    return x.start + min(down, 0) + min(right, 0), x.start + max(down, 0) + max(right, 0)


def _of_numbers(region: int, start: int, step: int, batched: bool) -> Operand:
    return Operand(region, start, step, 0) if batched else Operand(region, start, 0, step)
