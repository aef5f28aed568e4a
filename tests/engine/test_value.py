"""`Value` behaves as the number that it holds, in every operator, comparison and conversion."""

from __future__ import annotations

import builtins
import math
import operator
import struct
import weakref
from collections.abc import Callable
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from autograd_core import Value, grad, group
from tests.optional import needs_numpy, numpy

# Each operator with its partial derivatives at (a, b), written here a second time, by hand.
BINARY = {
    "+": (operator.add, lambda a, b: (1.0, 1.0)),
    "-": (operator.sub, lambda a, b: (1.0, -1.0)),
    "*": (operator.mul, lambda a, b: (b, a)),
    "/": (operator.truediv, lambda a, b: (1.0 / b, -a / b**2)),
    "**": (operator.pow, lambda a, b: (b * a ** (b - 1.0), a**b * math.log(a))),
    "//": (operator.floordiv, lambda a, b: (0.0, 0.0)),
    "%": (operator.mod, lambda a, b: (1.0, -math.floor(a / b))),
}
UNARY = {
    "+": (operator.pos, lambda x: 1.0),
    "-": (operator.neg, lambda x: -1.0),
    "abs": (abs, lambda x: math.copysign(1.0, x)),
}
COMPARISONS = [operator.eq, operator.ne, operator.lt, operator.le, operator.gt, operator.ge]
OF_NUMPY = [numpy.float64, numpy.float32, numpy.int64, numpy.uint8, numpy.array] if numpy else []
KINDS = [float, int, Fraction, *OF_NUMPY]
binary = pytest.mark.parametrize("symbol", BINARY)
kinds = pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.__name__)


@binary
def test_an_operator_of_two_values_has_both_derivatives(symbol: str) -> None:
    apply, slopes = BINARY[symbol]
    a, b = Value(7.5), Value(2.0)
    y = apply(a, b)
    y.backward()
    assert y.data == apply(7.5, 2.0)
    assert (a.grad, b.grad) == pytest.approx(slopes(7.5, 2.0), rel=1e-15)


@binary
@kinds
def test_any_real_number_stands_on_the_right(symbol: str, kind: type) -> None:
    apply, slopes = BINARY[symbol]
    a = Value(7.5)
    y = apply(a, kind(2))
    assert y.__class__ is Value
    assert y.data == apply(7.5, 2.0)
    assert grad(lambda a: apply(a, kind(2)))(7.5) == pytest.approx(slopes(7.5, 2.0)[0], rel=1e-15)


@binary
@kinds
def test_any_real_number_stands_on_the_left(symbol: str, kind: type) -> None:
    apply, slopes = BINARY[symbol]
    b = Value(2.5)
    y = apply(kind(7), b)
    assert y.__class__ is Value
    assert y.data == apply(7.0, 2.5)
    assert grad(lambda b: apply(kind(7), b))(2.5) == pytest.approx(slopes(7.0, 2.5)[1], rel=1e-15)


@binary
@pytest.mark.parametrize(
    "truth", [True, *([numpy.True_] if numpy else [])], ids=lambda truth: type(truth).__name__
)
def test_a_truth_value_counts_as_one(symbol: str, truth: object) -> None:
    apply, _ = BINARY[symbol]
    assert apply(Value(7.5), truth).data == apply(7.5, 1.0)
    assert apply(truth, Value(7.5)).data == apply(1.0, 7.5)


@pytest.mark.parametrize("symbol", UNARY)
@pytest.mark.parametrize("x", [-2.5, 3.0])
def test_an_operator_of_one_value_has_its_derivative(symbol: str, x: float) -> None:
    apply, slope = UNARY[symbol]
    assert apply(Value(x)).data == apply(x)
    assert grad(apply)(x) == slope(x)


def test_divmod_is_the_quotient_and_the_remainder() -> None:
    assert tuple(y.data for y in divmod(Value(-7.5), 2)) == divmod(-7.5, 2)
    assert tuple(y.data for y in divmod(7, Value(-2.5))) == divmod(7, -2.5)


def test_an_operand_used_twice_collects_both_shares() -> None:
    assert grad(lambda x: x + x)(3.0) == 2.0
    assert grad(lambda x: x * x)(3.0) == 6.0
    assert grad(lambda x: x**x)(2.0) == pytest.approx(4.0 * (math.log(2.0) + 1.0))


def test_an_assignment_operator_makes_a_new_value() -> None:
    x = Value(2.0)
    y = x
    y *= 3.0
    assert (x.data, y.data) == (2.0, 6.0)


def _bits(node: Value) -> tuple[object, ...]:
    """Everything that was recorded, exactly: numbers by their bits, operands by identity."""
    numbers = [struct.pack("d", x) for x in (node.data, *node.partials)]
    return (
        node.operation,
        numbers,
        [struct.pack("d", x) if isinstance(x, float) else id(x) for x in node.operands],
    )


@binary
@given(a=st.floats(), b=st.floats())
def test_the_fast_path_records_what_the_row_of_the_table_records(
    symbol: str, a: float, b: float
) -> None:
    apply, _ = BINARY[symbol]
    x, y = Value(a), Value(b)
    for left, right in ((x, y), (x, b), (a, y)):
        fast = apply(left, right)
        with group("makes every operator take the general way"):
            general = apply(left, right)
        assert _bits(fast) == _bits(general)


@pytest.mark.parametrize("compare", COMPARISONS, ids=lambda compare: compare.__name__)
@pytest.mark.parametrize(
    "other",
    [
        1,
        2.0,
        2.5,
        Fraction(5, 2),
        True,
        *[kind(2.0) for kind in OF_NUMPY[:1]],
        10**400,
        math.nan,
        math.inf,
    ],
)
def test_a_comparison_compares_the_numbers(compare: object, other: object) -> None:
    assert bool(compare(Value(2.0), other)) == bool(compare(2.0, other))  # type: ignore[operator]
    assert bool(compare(other, Value(2.0))) == bool(compare(other, 2.0))  # type: ignore[operator]


@pytest.mark.parametrize("compare", COMPARISONS, ids=lambda compare: compare.__name__)
@pytest.mark.parametrize("other", [1.0, 2.0, 3.0, math.nan])
def test_two_values_compare_as_their_numbers(compare: object, other: float) -> None:
    assert compare(Value(2.0), Value(other)) is compare(2.0, other)  # type: ignore[operator]


def test_a_value_equals_no_text_and_has_no_order_with_it() -> None:
    assert Value(2.0) != "2.0"
    with pytest.raises(TypeError, match="not supported between"):
        _ = Value(2.0) < "2.0"


def test_a_value_is_a_key_of_its_own() -> None:
    a, b = Value(2.0), Value(2.0)
    assert a == b
    assert len({a: "first", b: "second"}) == 2
    a.data = 5.0
    assert {a: "found"}[a] == "found"


def test_membership_in_a_list_compares_numbers() -> None:
    assert Value(2.0) in [1.0, Value(2.0)]
    assert [1.0, 2.0].index(Value(2.0)) == 1


def test_values_sort_as_their_numbers() -> None:
    values = [Value(x) for x in (3.0, 1.0, 2.0)]
    assert [v.data for v in sorted(values)] == [1.0, 2.0, 3.0]
    assert max(values) is values[0]


@pytest.mark.parametrize("x", [0.0, -0.0, 1.0, 5e-324, math.nan, math.inf])
def test_the_truth_of_a_value_is_that_of_its_number(x: float) -> None:
    assert bool(Value(x)) is bool(x)


def test_a_format_gives_the_number_and_no_format_the_value() -> None:
    v = Value(3.14159)
    assert f"{v:.2f} {v:8.1f} {v:+.0e}" == "3.14      3.1 +3e+00"
    assert f"{v}" == str(v) == repr(v) == "Value(3.14159)"


def test_the_text_of_a_value_shows_its_label_and_its_gradient() -> None:
    x = Value(3.0, label="x")
    (x * x).backward()
    assert repr(x) == "Value(3.0, label='x', grad=6.0)"


def test_rounding_gives_plain_numbers() -> None:
    assert round(Value(2.675), 2) == round(2.675, 2)
    assert round(Value(2.5)) == 2
    assert isinstance(round(Value(2.5)), int)


def test_item_and_data_are_the_plain_number() -> None:
    v = Value(Fraction(1, 4))
    assert v.item() == v.data == 0.25
    assert type(v.data) is float


def test_a_label_can_be_given_later() -> None:
    v = Value(1.0)
    assert v.label == ""
    v.label = "w"
    assert v.label == "w"


def test_the_gradient_reads_zero_before_any_backward_pass() -> None:
    x = Value(1.0)
    assert x.grad == 0.0
    assert (x * 2.0).grad == 0.0


def test_operands_and_partials_match_one_by_one() -> None:
    x = Value(3.0)
    y = 2.0 / x
    assert y.operation is not None
    assert y.operation.name == "div"
    assert y.operands[0] == 2.0
    assert y.operands[1] is x
    assert y.partials == pytest.approx((1 / 3, -2 / 9))


def test_a_leaf_has_neither_operation_nor_operands() -> None:
    x = Value(3.0)
    assert (x.operation, x.operands, x.partials) == (None, (), ())


@needs_numpy
def test_numpy_functions_and_object_arrays_take_values() -> None:
    x, y = Value(0.5), Value(2.0)
    assert numpy.sin(x).data == math.sin(0.5)
    assert numpy.arctan2(x, y).data == math.atan2(0.5, 2.0)
    matrix = numpy.array([[1.0, 2.0], [3.0, 4.0]])
    product = matrix @ numpy.array([x, y])
    assert [v.data for v in product] == [4.5, 9.5]
    assert [v.data for v in numpy.exp(numpy.array([x, y]))] == [math.exp(0.5), math.exp(2.0)]
    assert [v.data for v in x * numpy.array([1.0, 2.0])] == [0.5, 1.0]
    assert [v.data for v in numpy.array([1.0, 2.0]) - x] == [0.5, 1.5]
    product.sum().backward()
    assert (x.grad, y.grad) == (4.0, 6.0)


def test_a_leaf_of_a_subclass_has_weak_references() -> None:
    """A plain Value has none, as the documentation says; that would take 8 bytes of each node."""
    x = Parameter(2.0, "x")
    seen = weakref.ref(x)
    (x * x).backward()
    assert seen() is x
    assert x.grad == 4.0
    del x
    assert seen() is None
    with pytest.raises(TypeError, match="weak reference"):
        weakref.ref(Value(2.0))


class Parameter(Value):
    """A Value of a user's own."""


@pytest.mark.parametrize(
    "f",
    [
        lambda w: 2 * w + 1,
        lambda w: (1 - w) / 2,
        lambda w: 1 / w - (w - 3),
        lambda w: 2**w + w**2,
        lambda w: w // 2 + w % 2,
        lambda w: builtins.sum([w, w]),
    ],
)
def test_a_subclass_computes_as_a_value(f: Callable[[Any], Any]) -> None:
    own, plain = Parameter(3.5), Value(3.5)
    of_own, of_plain = f(own), f(plain)
    of_own.backward()
    of_plain.backward()
    assert (of_own.data, own.grad) == (of_plain.data, plain.grad)
