"""A `Value` as an object: the second table of docs/edge_semantics.md, and NumPy around it."""

from __future__ import annotations

import copy
import math
import pickle
from decimal import Decimal
from fractions import Fraction
from typing import Any

import pytest

import autograd_core as ac
from autograd_core import Value, grad, gradients
from autograd_core.errors import GraphError

numpy = pytest.importorskip("numpy")

# NumPy's name of each function that it calls as a method on the elements of an object array, and
# ours.
UNARY = dict.fromkeys(
    (
        "exp",
        "exp2",
        "expm1",
        "log",
        "log1p",
        "log2",
        "log10",
        "sqrt",
        "cbrt",
        "sin",
        "cos",
        "tan",
        "sinh",
        "cosh",
        "tanh",
    )
) | {
    "arcsin": "asin",
    "arccos": "acos",
    "arctan": "atan",
    "arcsinh": "asinh",
    "arccosh": "acosh",
    "arctanh": "atanh",
    "fabs": "absolute",
    "floor": "floor",
    "ceil": "ceil",
}
BINARY = {"hypot": "hypot", "arctan2": "atan2", "fmod": "fmod"}


def test_backward_twice_accumulates_in_leaves_and_starts_afresh_between() -> None:
    x = Value(3.0)
    middle = x * x
    y = middle * middle
    y.backward()
    y.backward()
    assert (x.grad, middle.grad) == (2 * 4 * 27.0, 2 * 9.0)


def test_changed_data_leaves_recorded_derivatives_alone_and_stops_higher_orders() -> None:
    x = Value(3.0)
    y = x * x
    x.data = 5.0
    y.backward()
    assert (y.data, x.grad) == (9.0, 6.0)
    with pytest.raises(GraphError, match=r"\.data was changed"):
        gradients(y, x)


def test_plus_equals_makes_a_new_value() -> None:
    x = Value(1.0)
    y = x
    y += 1
    assert (x.data, y.data) == (1.0, 2.0)
    assert x is not y


def test_equality_is_of_numbers_and_a_key_is_a_value_itself() -> None:
    x, same = Value(2.0), Value(2.0)
    assert x == same
    assert x == 2
    assert x in [same]
    assert len({x, same}) == 2


@pytest.mark.parametrize(
    ("number", "truth"), [(0.0, False), (-0.0, False), (1e-320, True), (math.nan, True)]
)
def test_the_truth_of_a_value_is_that_it_is_not_zero(number: float, truth: bool) -> None:
    assert bool(Value(number)) is truth


@pytest.mark.parametrize("lossy", [math.sin, math.hypot, float])
def test_what_would_lose_the_gradient_raises(lossy: Any) -> None:
    with pytest.raises(TypeError, match="would lose its gradient silently"):
        lossy(Value(1.0))


def test_an_int_beyond_the_float_range_is_refused_at_once() -> None:
    with pytest.raises(OverflowError, match="beyond the range of a float"):
        _ = Value(1.0) + 10**400


@pytest.mark.parametrize(
    "number",
    [1, True, Fraction(1, 3), numpy.float32(0.5), numpy.int64(7), numpy.float64(2.0)],
    ids=repr,
)
def test_real_numbers_are_accepted_and_held_as_floats(number: Any) -> None:
    assert Value(number).data == (Value(0.0) + number).data == float(number)
    assert type(Value(number).data) is type((number * Value(1.0)).data) is float


@pytest.mark.parametrize("thing", [Decimal("1.5"), 1j, "1.0", None, [1.0]], ids=repr)
def test_what_is_no_real_number_is_refused(thing: Any) -> None:
    with pytest.raises(TypeError):
        Value(thing)
    with pytest.raises(TypeError):
        _ = Value(1.0) * thing
    with pytest.raises(TypeError):
        ac.hypot(Value(1.0), thing)


def test_numpy_numbers_and_arrays_take_part_in_arithmetic() -> None:
    v = Value(3.0)
    for made in (
        numpy.float64(2) * v,
        v * numpy.float64(2),
        numpy.float64(2) + v,
        numpy.float64(2) ** v,
    ):
        assert type(made) is Value
    row = numpy.array([1.0, 2.0]) * v
    assert (row.dtype, [type(x) for x in row], [x.data for x in row]) == (
        object,
        [Value, Value],
        [3.0, 6.0],
    )
    assert [x.data for x in v - numpy.array([1.0, 2.0])] == [2.0, 1.0]


def test_a_matrix_times_a_vector_of_values_is_differentiable() -> None:
    weights = numpy.array([[Value(1.0), Value(2.0)], [Value(3.0), Value(4.0)]])
    y = (weights @ numpy.array([5.0, 6.0])).sum()
    y.backward()
    assert y.data == 17.0 + 39.0
    assert [w.grad for w in weights.ravel()] == [5.0, 6.0, 5.0, 6.0]


@pytest.mark.parametrize("name", UNARY)
def test_numpy_calls_the_method_of_the_same_meaning(name: str) -> None:
    point = 1.3 if name == "arccosh" else 0.6
    ours = getattr(ac, UNARY[name] or name)
    called = getattr(numpy, name)(numpy.array([Value(point)]))[0]
    alone = getattr(numpy, name)(Value(point))
    assert called.data == alone.data == ours(point)
    assert called.partials == alone.partials == ours(Value(point)).partials


@pytest.mark.parametrize("name", BINARY)
def test_numpy_calls_the_method_of_two_operands(name: str) -> None:
    ours = getattr(ac, BINARY[name])
    called = getattr(numpy, name)(numpy.array([Value(0.6)]), numpy.array([Value(-1.7)]))[0]
    assert called.data == ours(0.6, -1.7)
    assert called.partials == ours(Value(0.6), Value(-1.7)).partials


@pytest.mark.parametrize("unsupported", [numpy.copysign, numpy.logaddexp])
def test_what_numpy_does_not_do_with_objects_raises(unsupported: Any) -> None:
    with pytest.raises(TypeError, match="not supported for the input types"):
        unsupported(Value(1.0), Value(2.0))


def test_statistics_and_rounding_of_numpy() -> None:
    xs = numpy.array([Value(1.26), Value(-2.0), Value(4.0)])
    spread = numpy.var(xs)
    spread.backward()
    assert spread.data == pytest.approx(numpy.var([1.26, -2.0, 4.0]))
    assert [x.grad for x in xs] == pytest.approx(
        [2.0 * (x - 3.26 / 3.0) / 3.0 for x in (1.26, -2.0, 4.0)]
    )
    assert numpy.std(xs).data == pytest.approx(numpy.std([1.26, -2.0, 4.0]))
    assert numpy.round(xs, 1).tolist() == [1.3, -2.0, 4.0]
    assert numpy.round(xs).tolist() == [1.0, -2.0, 4.0]
    assert [numpy.round(Value(x)) for x in (math.inf, -0.3)] == [math.inf, 0.0]
    assert math.copysign(1.0, numpy.round(Value(-0.3))) == -1.0


def test_the_gradient_of_numpy_code_is_exact() -> None:
    assert grad(lambda x: numpy.exp(numpy.sin(x)))(0.7) == pytest.approx(
        math.exp(math.sin(0.7)) * math.cos(0.7), rel=1e-15
    )


@pytest.mark.parametrize(
    "again",
    [copy.deepcopy, lambda pair: pickle.loads(pickle.dumps(pair))],
    ids=["deepcopy", "pickle"],
)
def test_a_copy_of_a_result_keeps_the_graph_and_what_is_shared(again: Any) -> None:
    x = Value(3.0, label="x")
    twin, y = again((x, ac.exp(x) * x))
    y.backward()
    assert twin.label == "x"
    assert twin.grad == pytest.approx(math.exp(3.0) * 4.0)
    assert x.grad == 0.0
