"""`check_gradients` finds wrong rules at first and second order, says where, and tells a kink
from an error.
"""

from __future__ import annotations

import math
import random
import warnings
from collections.abc import Callable
from typing import Any, NamedTuple

import pytest
from hypothesis import given

from autograd_core import (
    Value,
    absolute,
    cbrt,
    check_gradients,
    cos,
    exp,
    floor,
    log,
    maximum,
    numerical_gradient,
    relu,
    sigmoid,
    sign,
    sin,
    sinh,
    softmax,
    sqrt,
    sum,
    tanh,
    where,
)
from autograd_core.checking.differences import slopes
from autograd_core.primitives import REAL, Primitive
from tests.optional import needs_numpy, numpy

from .programs import Program, programs


def _row(compute: Callable[[float], float], partial: Callable[[Any, Any], Any]) -> Primitive:
    """A row outside the table."""
    return Primitive("broken", "?", (REAL,), compute, (partial,))


wrong_slope = _row(math.sin, lambda y, x: 1.001 * cos(x))


def _spike(x: Any) -> Any:
    return x * 0.0 + float(x == 0.0)


class Point(NamedTuple):
    w: list[float]
    b: float


@pytest.mark.parametrize("x", [2.0, 1e-3, 1e4, -7.5])
def test_right_derivatives_pass(x: float) -> None:
    assert check_gradients(lambda x: tanh(x) * x + sin(x * 0.1), x) == pytest.approx(
        (1 - math.tanh(x) ** 2) * x + math.tanh(x) + 0.1 * math.cos(0.1 * x)
    )


def test_what_is_off_is_named_by_its_path_and_by_how_much() -> None:
    with pytest.raises(AssertionError) as caught:
        check_gradients(
            lambda x: x["w"][0] * x["w"][1] + wrong_slope(x["w"][2]) + x["b"],
            {"w": [1.0, 2.0, 0.5], "b": 3.0},
        )
    lines = str(caught.value).splitlines()
    assert lines[0] == "the derivatives disagree"
    assert lines[1].startswith("∂f/∂x['w'][2] is off by 0.000878")
    assert lines[2] == f"  backward     {1.001 * math.cos(0.5)!r}"
    assert lines[4].startswith(f"  differences  {math.cos(0.5):.10g}")
    assert len(lines) == 5


def test_named_tuples_have_paths_too() -> None:
    with pytest.raises(AssertionError, match=r"∂f/∂x\.w\[1\] is off"):
        check_gradients(lambda x: x.w[0] * x.b + wrong_slope(x.w[1]), Point([1.0, 2.0], 3.0))


@needs_numpy
def test_arrays_have_paths_too() -> None:
    with pytest.raises(AssertionError, match=r"∂f/∂x\[1, 0\] is off"):
        check_gradients(lambda x: x.sum() + wrong_slope(x[1, 0]), numpy.ones((2, 2)))


def test_a_rule_that_is_right_once_and_wrong_twice_is_found() -> None:
    broken = _row(
        lambda x: x**3, lambda y, x: 3.0 * x * x.detach() if isinstance(x, Value) else 3.0 * x * x
    )
    assert check_gradients(lambda x: x[0] + broken(x[1]), [1.0, 2.0], order=1) == [1.0, 12.0]
    with pytest.raises(AssertionError, match=r"∂²f/∂x\[1\]∂x\[1\] is off by 6\n"):
        check_gradients(lambda x: x[0] + broken(x[1]), [1.0, 2.0])


@pytest.mark.parametrize(
    "f", [absolute, relu, lambda x: maximum(x, -2.0 * x), lambda x: absolute(x) * exp(x)]
)
def test_a_kink_is_no_error(f: Callable[[Any], Any]) -> None:
    with pytest.warns(
        RuntimeWarning, match=r"∂f/∂x = .* stands at a kink, .*: from the left .* from the right"
    ):
        check_gradients(f, 0.0)


def test_a_gradient_outside_the_slopes_of_a_kink_is_an_error() -> None:
    outside = _row(abs, lambda y, x: 3.0)
    with pytest.raises(
        AssertionError,
        match=r"is off by 3\n(.*\n)*  at a kink:   from the left -1 ± .*, from the right 1 ±",
    ):
        check_gradients(outside, 0.0)


def test_a_kink_nearby_disturbs_nothing() -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert check_gradients(lambda x: absolute(x) * x * x, 3e-3) == pytest.approx(3.0 * 9e-6)
        assert check_gradients(relu, 1e-3) == 1.0


def test_at_the_border_of_the_domain_the_inside_counts() -> None:
    assert check_gradients(lambda x: x**1.5, 0.0, order=1) == 0.0
    assert check_gradients(lambda x: sqrt(x) if x > 0 else log(x - 1.0), 1e-2) == pytest.approx(5.0)


@pytest.mark.parametrize(
    ("f", "x", "slope"),
    [
        (log, 1e-6, 1e6),
        (lambda x: 1.0 / x, 1e-6, -1e12),
        (sqrt, 1e-8, 5e3),
        (sin, 1e6, math.cos(1e6)),
        (relu, 1e-7, 1.0),
    ],
    ids=["log", "1/x", "√x", "sin", "relu"],
)
def test_steps_shrink_until_they_stay_in_the_neighbourhood(
    f: Callable[[Any], Any], x: float, slope: float
) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert check_gradients(f, x) == pytest.approx(slope, rel=1e-12)


@pytest.mark.parametrize("f", [sqrt, cbrt])
def test_an_infinite_slope_is_one_that_differences_grow_to(f: Callable[[Any], Any]) -> None:
    assert check_gradients(f, 0.0) == math.inf
    with pytest.raises(AssertionError, match=r"∂f/∂x is -inf\n"):
        check_gradients(_row(f.compute, lambda y, x: -math.inf), 1.0)  # type: ignore[attr-defined]


def test_a_small_component_is_compared_like_a_large_one() -> None:
    with pytest.raises(AssertionError, match=r"∂f/∂x\[0\] is off by .*e-09\n"):
        check_gradients(lambda x: 1e-5 * wrong_slope(x[0]) + 1e3 * x[1], [0.5, 1.0])


def test_a_kink_of_one_number_hides_no_second_derivative_of_another() -> None:
    broken = _row(
        lambda x: x**3, lambda y, x: 3.0 * x * x.detach() if isinstance(x, Value) else 3.0 * x * x
    )
    with pytest.raises(AssertionError, match=r"disagree\n∂²f/∂x\[1\]∂x\[1\] is off by 6\n"):
        check_gradients(lambda x: relu(x[0]) + broken(x[1]), [0.0, 2.0])


@pytest.mark.parametrize(
    ("f", "x", "jump"),
    [
        (floor, 2.0, "1"),
        (sign, 0.0, "2"),
        (lambda x: where(x >= 1.0, 1e-3, 0.0) + x, 1.0, "0.001"),
        (_spike, 0.0, "1"),
    ],
    ids=["floor", "sign", "where", "spike"],
)
def test_a_jump_is_told(f: Callable[[Any], Any], x: float, jump: str) -> None:
    with pytest.warns(
        RuntimeWarning,
        match=rf"stands at a jump of {jump}, where differences prove nothing: from the left",
    ):
        check_gradients(f, x)


def test_beside_a_jump_the_slope_of_a_side_still_counts() -> None:
    with pytest.raises(AssertionError, match=r"is off by .*\n(.*\n)*  at a jump:   from the left"):
        check_gradients(lambda x: floor(x) + wrong_slope(x), 2.0)


def test_what_differences_cannot_tell_is_not_passed_in_silence() -> None:
    with pytest.warns(
        RuntimeWarning, match="is not compared: there are no finite differences here"
    ):
        assert math.isnan(check_gradients(log, -1.0))
    with pytest.warns(RuntimeWarning, match="is not proven: the differences do not settle"):
        check_gradients(lambda x: 1e16 + wrong_slope(x), 1.0, order=1)


def test_nonsense_is_refused() -> None:
    with pytest.raises(ValueError, match=r"order is 1 or 2 .*, got 3"):
        check_gradients(sin, 1.0, order=3)
    for tolerance in (0.0, -1.0, math.nan):
        with pytest.raises(ValueError, match="the tolerance is a positive number"):
            check_gradients(sin, 1.0, tolerance=tolerance)
    for h, x in ((0.0, 1.0), (-1e-4, 1.0), (1e-4, 1e20)):
        with pytest.raises(
            ValueError, match=r"the step h must be positive and large enough .* got .*; try"
        ):
            numerical_gradient(sin, x, h)


def test_random_points_of_a_network_pass() -> None:
    points = random.Random(0)
    for _ in range(20):
        x = [points.uniform(-2.0, 2.0) for _ in range(4)]
        check_gradients(lambda w: sigmoid(w[0] * tanh(w[1]) + w[2]) * w[3], x)


RIGHT: dict[str, tuple[Callable[[Any], Any], Any]] = {
    # the result cancels: rounding is that of what it is made of
    "ln(1 + x)": (lambda x: log(1.0 + x), 0.0),
    "eˣ − x − 1": (lambda x: exp(x) - x - 1.0, 0.0),
    "1 − cos x": (lambda x: 1.0 - cos(x), 1e-3),
    "x − sin x": (lambda x: x - sin(x), 0.01),
    "sin x / x": (lambda x: sin(x) / x, 1e-5),
    "sinh x / x": (lambda x: sinh(x) / x, 1e-3),
    "1 − tanh x": (lambda x: 1.0 - tanh(x), 10.0),
    "1 − tanh x, far out": (lambda x: 1.0 - tanh(x), 100.0),
    "1 − σ(x)": (lambda x: 1.0 - sigmoid(x), 10.0),
    "ln σ(x)": (lambda x: log(sigmoid(x)), 100.0),
    # the derivative cancels: the sweeps differ by rounding
    "1 / (1 / x)": (lambda x: 1.0 / (1.0 / x), 0.3),
    "√x²": (lambda x: sqrt(x) ** 2, 3.0),
    "x x / x": (lambda x: x * x / x, 823572.7),
    "(x + 1)² − x² − 2x": (lambda x: (x + 1.0) ** 2 - x * x - 2.0 * x, 0.7),
    "Σ softmax": (lambda x: sum(softmax(x)), [0.1, 0.7, -2.0]),
    # habits
    "methods": (lambda x: x[0].tanh() * x[1].exp(), [0.5, 0.7]),
    "a huge operand": (lambda x: x[0] / (1.0 + x[1] ** 2), [0.5, 1e200]),
    "the class is asked for": (
        lambda x: x[0] * (x[1] if isinstance(x[1], Value) else 5.0),
        [1.0, 2.0],
    ),
    "whole steps beside a number between": (floor, 1e6 + 0.5),
    "a tiny square": (lambda x: x * x, 1e-160),
} | ({"numpy": (lambda x: numpy.sin(x).sum(), numpy.array([0.5, 0.7]))} if numpy else {})


@pytest.mark.parametrize(("f", "x"), RIGHT.values(), ids=RIGHT)
def test_what_is_right_raises_no_alarm(f: Callable[[Any], Any], x: Any) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        check_gradients(f, x)


@pytest.mark.slow
@given(programs())
def test_random_programs_raise_no_alarm(program: Program) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        check_gradients(program, list(program.point))


def test_a_row_that_raises_outside_its_domain_has_a_border_there() -> None:
    row = _row(math.log, lambda y, x: 1.0 / x)
    assert check_gradients(row, 0.01) == 100.0


def test_extrapolated_differences_know_their_error() -> None:
    for f, x, slope in (
        (math.exp, 1.0, math.e),
        (math.sin, 2.0, math.cos(2.0)),
        (math.log, 3.0, 1 / 3.0),
    ):
        (found,) = slopes(lambda moved, f=f, x=x: [f(x + moved)], x)
        for estimate in (found.central, found.left, found.right):
            assert abs(estimate.value - slope) <= 10.0 * estimate.error
        assert found.central.error < 1e-11
        assert not found.has_kink(1e-8)
