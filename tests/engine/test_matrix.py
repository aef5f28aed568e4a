"""Fast paths are the rows they stand for: operators on constants, `Matrix`, and operands that
nodes share.
"""

from __future__ import annotations

import copy
import operator
import pickle
import weakref
from collections.abc import Callable
from math import fsum
from random import Random
from typing import Any

import pytest

from autograd_core import (
    Matrix,
    Value,
    dot,
    gradients,
    group,
    no_grad,
    primitive,
    relu,
    sigmoid,
    tanh,
)
from autograd_core.engine.node import Operands
from autograd_core.engine.node_pool import LARGE
from autograd_core.engine.value import apply
from autograd_core.primitives import TABLE, Primitive
from autograd_core.primitives.products import LONGEST, products_of

from . import rows

OPERATORS = {
    "add": operator.add,
    "sub": operator.sub,
    "mul": operator.mul,
    "div": operator.truediv,
    "power": operator.pow,
    "floordiv": operator.floordiv,
    "mod": operator.mod,
}


def _same(fast: Any, slow: Any) -> None:
    """The same number, operation, operands and partials, to the bit."""
    assert rows.bits(fast.data, *fast.partials) == rows.bits(slow.data, *slow.partials), (
        fast.partials,
        slow.partials,
    )
    assert fast.operation is slow.operation
    assert [type(x) for x in fast.operands] == [type(x) for x in slow.operands]
    assert rows.bits(*map(_number, fast.operands)) == rows.bits(*map(_number, slow.operands))


def _number(x: Any) -> float:
    return x.data if isinstance(x, Value) else x


@pytest.mark.parametrize("name", OPERATORS)
@pytest.mark.parametrize("kind", [lambda x: x, Value], ids=["number", "Value"])
def test_an_operator_is_its_row(name: str, kind: Callable[[float], Any]) -> None:
    row, symbol = TABLE[name], OPERATORS[name]
    for x in (*rows.SPECIAL, 2.5, -3.0):
        for y in (*rows.SPECIAL, 2.5, -3.0, 2, 0, -1):
            _same(symbol(Value(x), kind(y)), apply(row, (Value(x), kind(y))))
            _same(symbol(kind(y), Value(x)), apply(row, (kind(y), Value(x))))


UNARY = pytest.mark.parametrize("row", [row for row in TABLE.values() if row.arity == 1], ids=repr)


@UNARY
def test_a_function_is_its_row(row: Primitive) -> None:
    for (x,) in (*rows.ordinary(row), *rows.special(row)):
        _same(row(Value(x)), apply(row, (Value(x),)))


@UNARY
def test_a_unit_is_a_dot_product_and_its_row(row: Primitive) -> None:
    points = [x for (x,) in (*rows.ordinary(row), *rows.special(row))]
    weights = [[Value(x), Value(0.0)] for x in points]
    for xs in ([1.0, 1.0], [Value(1.0), 1.0]):
        for rows_of_it in (weights, weights[:1]):
            units = Matrix(rows_of_it).units(xs, row)
            for unit, w in zip(units, rows_of_it, strict=True):
                (z,) = unit.operands
                _same(z, dot(w, xs))
                _same(unit, apply(row, (z,)))


@pytest.mark.parametrize("width", [0, 1, 2, 17, LONGEST, LONGEST + 1])
def test_sums_of_products_are_added_from_left_to_right(width: int) -> None:
    random = Random(width)
    xs, *table = [
        tuple(random.choice([-0.0, random.gauss(0.0, 1.0)]) for _ in range(width)) for _ in range(4)
    ]
    many = products_of(width).many(iter(table), xs)
    assert rows.bits(*many) == rows.bits(*(products_of(width).one(row, xs) for row in table))
    if (
        width <= LONGEST
    ):  # longer ones may be added more exactly, as Python's own sum does since 3.12
        assert rows.bits(*many) == rows.bits(*(_added(row, xs) for row in table))
    assert many == pytest.approx([fsum(map(operator.mul, row, xs)) for row in table])


def _added(row: tuple[float, ...], xs: tuple[float, ...]) -> float:
    total = -0.0
    for a, b in zip(row, xs, strict=True):
        total += a * b
    return total


def test_a_matrix_can_be_pickled_and_copied() -> None:
    matrix = Matrix([[Value(1.0), 2.0], [0.5, Value(-1.0)]])
    for other in (pickle.loads(pickle.dumps(matrix)), copy.deepcopy(matrix)):
        assert (other @ [3.0, 4.0]) == (matrix @ [3.0, 4.0]) == [11.0, -2.5]


def test_units_take_any_function_and_any_number() -> None:
    assert Matrix([[Value(1.0)], [2.0]]).units([1.0], lambda x: x + 1) == [2.0, 3.0]
    assert Matrix([[1.0], [Value(-2.0)], [3.0]]).units([1.0], relu) == [1.0, 0.0, 3.0]
    with group("part"):
        (unit,) = Matrix([[Value(1.0)]]).units([1.0], relu)
    assert unit.group.name == unit.operands[0].group.name == "part"


@pytest.mark.slow
def test_a_layer_wider_than_the_pool_has_all_its_units() -> None:
    weights = [[Value(float(i))] for i in range(3 * LARGE)]
    units = Matrix(weights).units([2.0], tanh)
    assert [unit.operands[0].data for unit in units] == [2.0 * i for i in range(3 * LARGE)]
    assert len({id(node) for unit in units for node in (unit, *unit.operands)}) == 6 * LARGE


def test_an_error_of_a_row_is_the_error_of_its_unit() -> None:
    lookup = primitive(
        "lookup",
        symbol="lookup",
        compute=lambda x: [1.0, 2.0][int(x)],
        partials=lambda y, x: 0.0 * x,
    )
    assert Matrix([[Value(1.0)]]).units([1.0], lookup) == [2.0]
    with pytest.raises(IndexError, match="list index out of range"):
        Matrix([[Value(1.0)]]).units([5.0], lookup)


def test_a_row_is_computed_once_for_each_unit() -> None:
    seen: list[float] = []
    counted = primitive(
        "counted",
        symbol="counted",
        compute=lambda x: seen.append(x) or x,
        partials=lambda y, x: 1.0 + 0.0 * x,
    )
    matrix = Matrix([[Value(float(i))] for i in range(100)])
    for _ in range(100):
        matrix.units([1.0], counted)
    assert seen == 100 * [float(i) for i in range(100)]


def test_a_matrix_takes_anything_with_a_length() -> None:
    matrix = Matrix([[Value(1.0), Value(2.0)]])
    x, y = Value(3.0), Value(4.0)
    first = matrix @ {"x": x, "y": y}.values()
    assert first == matrix @ {"x": x, "y": y}.values() == matrix @ (x, y) == [11.0]


@pytest.mark.parametrize(
    "xs", [[0.5, -2.0, 3.0], [Value(0.5), 2.0, Value(-1.0)]], ids=["floats", "Values"]
)
def test_a_matrix_is_one_dot_product_a_row(xs: list[Any]) -> None:
    weights = [[Value(0.1 * (i + 3 * j)) for i in range(3)] for j in range(2)]
    matrix = Matrix(weights)
    for _ in range(2):
        for fast, row in zip(matrix @ xs, weights, strict=True):
            _same(fast, dot(row, xs))
        weights[1][2].data = 7.0


def test_samples_that_share_a_matrix_add_up_their_gradients() -> None:
    def loss(product: Callable[[list[list[Value]], list[Any]], list[Any]]) -> list[float]:
        weights = [[Value(0.3 * i - 0.5 * j) for i in range(3)] for j in range(4)]
        total: Any = 0.0
        for sample in range(5):
            hidden = [Value(0.2 * sample), Value(-1.0), 1.0]
            for z in product(weights, hidden):
                total = total + tanh(z) * sigmoid(z)
            total = total * hidden[0] + dot(weights[0], weights[1])
        total.backward()
        total.backward()
        return [w.grad for row in weights for w in row]

    shared: list[Matrix] = []

    def by_matrix(weights: list[list[Value]], xs: list[Any]) -> list[Any]:
        shared[:] = shared or [Matrix(weights)]
        return shared[0] @ xs

    assert loss(by_matrix) == pytest.approx(
        loss(lambda weights, xs: [dot(row, xs) for row in weights]), rel=1e-13
    )


def test_a_matrix_of_numbers_or_without_gradients_gives_numbers() -> None:
    assert Matrix([[1.0, 2.0]]) @ [3.0, 4.0] == [11.0]
    assert Matrix([]) @ [] == []
    with no_grad():
        assert (Matrix([[Value(1.0)]]) @ [2.0])[0].operands == ()


def test_a_matrix_counts_its_numbers() -> None:
    with pytest.raises(
        ValueError, match=r"rows of a Matrix must have the same length, got \[1, 2\]"
    ):
        Matrix([[1.0], [1.0, 2.0]])
    with pytest.raises(ValueError, match="rows of 1 numbers was multiplied by 2 numbers"):
        Matrix([[Value(1.0)]]) @ [1.0, 2.0]
    with pytest.raises(TypeError, match="must be a real number"):
        Matrix([["1"]])


def test_a_matrix_has_derivatives_of_every_order() -> None:
    w, x = Value(2.0), Value(3.0)
    (y,) = Matrix([[w, x]]) @ [w, x * w]
    first = gradients(y, w)
    assert (y.data, first.data, gradients(first, x).data) == (
        2.0 * 2.0 + 3.0 * 6.0,
        2 * 2.0 + 9.0,
        6.0,
    )


def test_products_by_the_same_things_share_their_operands_and_no_others_do() -> None:
    row, x, y = Matrix([[Value(1.0), Value(2.0)]]), Value(3.0), Value(3.0)
    (first,), (second,), (third,) = row @ [x, 4.0], row @ [x, 4.0], row @ [y, 4.0]
    assert first._b is second._b is not third._b
    (first * second * third).backward()
    assert (x.grad, y.grad) == (2 * 11.0 * 11.0, 11.0 * 11.0)


def test_operands_of_the_last_product_are_freed_with_it() -> None:
    z = (Matrix([[Value(1.0)]]) @ [Value(2.0)])[0]
    watched = weakref.ref(z._b)
    del z
    assert watched() is None


def test_operands_are_read_anew_after_a_change() -> None:
    w = Value(1.0)
    many = Operands([w, 2.0])
    before = many.numbers()
    assert many.numbers() is before
    w.data = 5.0
    assert (list(many.numbers()), list(before)) == ([5.0, 2.0], [1.0, 2.0])


@pytest.mark.parametrize(
    "wrong",
    [
        lambda: Matrix([1.0, 2.0]),
        lambda: Matrix(3.0),
        lambda: Matrix([[1.0]]) @ 3.0,
        lambda: Matrix([[1.0]]) @ Matrix([[1.0]]),
    ],  # type: ignore[arg-type,list-item,operator]
)
def test_what_is_no_list_is_named(wrong: Any) -> None:
    with pytest.raises(
        TypeError, match="a product takes lists of numbers, and a Matrix a list of rows, got "
    ):
        wrong()
