"""Contractions as instructions: which side is read along its rows, and where nothing need be
copied.
"""

from __future__ import annotations

from ...tensorize.loop_nests import Contract
from .assembler import Assembler
from .instructions import PRODUCT, PRODUCT_OF_ROWS, SCRATCH, SUM, Operand, Shape

Side = tuple[int, int, int, int]
"""The region of a matrix, its start, and its strides."""


def contract(made: Assembler, nest: Contract) -> None:
    """Append the instructions of a contraction."""
    if nest.left.batched and nest.over:
        _over_samples(made, nest)
    elif nest.left.batched:
        _for_each_sample(made, nest)
    elif nest.out.batched:
        _shared_left(made, nest)
    elif nest.over:
        _sum_of_right(made, nest)
    else:
        sides = made.matrix(nest.left), made.matrix(nest.right), made.matrix(nest.out)
        _of_numbers(made, nest, *sides)


def _shared_left(made: Assembler, nest: Contract) -> None:
    """Numbers times rows: all samples of a column of rows at once, and all columns too where they
    lie side by side.
    """
    rows, inner, columns = nest.shape
    n, scale = made.samples, nest.coefficient
    a = Operand(*made.matrix(nest.left))
    (region, start, down, right), out = made.matrix(nest.right), made.matrix(nest.out)
    wide = n if made.in_strips or right != n or out[3] != n else columns * n
    for j in range(columns * n // wide):
        b = Operand(region, start + j * right, down, 1)
        o = Operand(out[0], out[1] + j * out[3], out[2], 1)
        shape = Shape(rows, wide, wide == n)
        made.emit(PRODUCT, shape, o, a, b, scale=scale, inner=inner)


def _over_samples(made: Assembler, nest: Contract) -> None:
    """Σ over the samples, and over k: along the rows of both sides."""
    rows, inner, columns = nest.shape
    n, out = made.samples, Operand(*made.matrix(nest.out))
    left, right = made.matrix(nest.left), made.matrix(nest.right)
    together = inner == 1 or (left[3] == n and right[2] == n)  # k and samples in one piece
    for k in range(1 if together else inner):
        a = Operand(left[0], left[1] + k * left[3], left[2], 1)
        b = Operand(right[0], right[1] + k * right[2], right[3], 1)
        terms = inner * n if together else n
        made.emit(
            PRODUCT_OF_ROWS,
            Shape(rows, columns),
            out,
            a,
            b,
            scale=nest.coefficient,
            inner=terms,
            added=k > 0,
        )


def _for_each_sample(made: Assembler, nest: Contract) -> None:
    """A product for each sample: sums of products of rows, along the longer side of the result."""
    rows, inner, columns = nest.shape
    left, right, out = made.matrix(nest.left), made.matrix(nest.right), made.matrix(nest.out)
    if rows > columns:
        left, right, out = right[:2] + right[:1:-1], left[:2] + left[:1:-1], out[:2] + out[:1:-1]
        rows, columns = columns, rows
    for i in range(rows):
        o = Operand(out[0], out[1] + i * out[2], out[3], 1)
        for k in range(inner):
            a = Operand(left[0], left[1] + i * left[2] + k * left[3], 0, 1)
            b = Operand(right[0], right[1] + k * right[2], right[3], 1)
            given = (o, a, b) if k else (a, b)
            name = "add_product" if k else "scaled_product"
            made.each(name, made.shape(columns, True), o, *given, scale=nest.coefficient)


def _sum_of_right(made: Assembler, nest: Contract) -> None:
    """Numbers times what is summed over the samples: the sums first."""
    _, inner, columns = nest.shape
    start, (region, first, down, right) = made.room(inner * columns), made.matrix(nest.right)
    for k in range(inner):
        for j in range(columns):
            o = Operand(SCRATCH, start + k * columns + j, 0, 1)
            x = Operand(region, first + k * down + j * right, 0, 1)
            made.emit(SUM, Shape(1, made.samples), o, x, made.constant(1.0))
    sums = (SCRATCH, start, columns, 1)
    _of_numbers(made, nest, made.matrix(nest.left), sums, made.matrix(nest.out))


def _of_numbers(made: Assembler, nest: Contract, left: Side, right: Side, out: Side) -> None:
    """A product of numbers, in the form that reads both sides as they lie."""
    rows, inner, columns = nest.shape
    if right[3] == 1 and out[3] == 1 and columns > 1:
        shape, operation = Shape(rows, columns), PRODUCT
        operands = Operand(*out), Operand(*left), Operand(*right)
    elif left[2] == 1 and out[2] == 1 and rows > 1:  # (A B)ᵀ = Bᵀ Aᵀ
        shape, operation = Shape(columns, rows), PRODUCT
        operands = _turned(out), _turned(right), _turned(left)
    else:
        if left[3] != 1 and inner > 1:
            left = made.matrix(nest.left, regular=False)
        if right[2] != 1 and inner > 1:
            right = _turned_copy(made, right, inner, columns)
        shape, operation = Shape(rows, columns), PRODUCT_OF_ROWS
        a, b = Operand(*left[:3], 1), Operand(right[0], right[1], right[3], 1)
        operands = Operand(*out), a, b
    made.emit(operation, shape, *operands, scale=nest.coefficient, inner=inner)


def _turned(side: Side) -> Operand:
    return Operand(side[0], side[1], side[3], side[2])


def _turned_copy(made: Assembler, side: Side, rows: int, columns: int) -> Side:
    """A copy whose columns lie in one piece."""
    start = made.room(rows * columns)
    out = Operand(SCRATCH, start, rows, 1)
    made.each("copy", Shape(columns, rows), out, _turned(side))
    return SCRATCH, start, 1, rows
