"""`check_gradients` finds wrong rules at first and second order, says where, and tells a kink from an error."""

from __future__ import annotations

import math
import random
import warnings
from collections.abc import Callable
from typing import Any, NamedTuple

import pytest

from autograd_core import Value, absolute, check_gradients, cos, exp, log, maximum, relu, sigmoid, sin, sqrt, tanh
from autograd_core.differences import slopes
from autograd_core.primitives import REAL, Primitive


def _row(compute: Callable[[float], float], partial: Callable[[Any, Any], Any]) -> Primitive:
    """A row outside the table."""
    return Primitive("broken", "?", (REAL,), compute, (partial,))


wrong_slope = _row(math.sin, lambda y, x: 1.001 * cos(x))


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
        check_gradients(lambda x: x["w"][0] * x["w"][1] + wrong_slope(x["w"][2]) + x["b"], {"w": [1.0, 2.0, 0.5], "b": 3.0})
    lines = str(caught.value).splitlines()
    assert lines[0] == "the derivatives disagree"
    assert lines[1].startswith("∂f/∂x['w'][2] is off by 0.000878")
    assert lines[2] == f"  backward     {1.001 * math.cos(0.5)!r}"
    assert lines[4].startswith(f"  differences  {math.cos(0.5):.10g}")
    assert len(lines) == 5


def test_named_tuples_and_arrays_have_paths_too() -> None:
    numpy = pytest.importorskip("numpy")
    with pytest.raises(AssertionError, match=r"∂f/∂x\.w\[1\] is off"):
        check_gradients(lambda x: x.w[0] * x.b + wrong_slope(x.w[1]), Point([1.0, 2.0], 3.0))
    with pytest.raises(AssertionError, match=r"∂f/∂x\[1, 0\] is off"):
        check_gradients(lambda x: x.sum() + wrong_slope(x[1, 0]), numpy.ones((2, 2)))


def test_a_rule_that_is_right_once_and_wrong_twice_is_found() -> None:
    broken = _row(lambda x: x**3, lambda y, x: 3.0 * x * x.detach() if isinstance(x, Value) else 3.0 * x * x)
    assert check_gradients(lambda x: x[0] + broken(x[1]), [1.0, 2.0], order=1) == [1.0, 12.0]
    with pytest.raises(AssertionError, match=r"∂²f/∂x\[1\]∂x\[1\] is off by 6\n"):
        check_gradients(lambda x: x[0] + broken(x[1]), [1.0, 2.0])


@pytest.mark.parametrize("f", [absolute, relu, lambda x: maximum(x, -2.0 * x), lambda x: absolute(x) * exp(x)])
def test_a_kink_is_no_error(f: Callable[[Any], Any]) -> None:
    with pytest.warns(RuntimeWarning, match=r"∂f/∂x = .* stands at a kink, .*: from the left .* from the right"):
        check_gradients(f, 0.0)


def test_a_gradient_outside_the_slopes_of_a_kink_is_an_error() -> None:
    outside = _row(abs, lambda y, x: 3.0)
    with pytest.raises(AssertionError, match=r"is off by 3\n(.*\n)*  at a kink:   from the left -1 ± .*, from the right 1 ±"):
        check_gradients(outside, 0.0)


def test_a_kink_nearby_disturbs_nothing() -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert check_gradients(lambda x: absolute(x) * x * x, 3e-3) == pytest.approx(3.0 * 9e-6)
        assert check_gradients(relu, 1e-3) == 1.0


def test_at_the_border_of_the_domain_the_inside_counts() -> None:
    assert check_gradients(lambda x: x**1.5, 0.0, order=1) == 0.0
    assert check_gradients(lambda x: sqrt(x) if x > 0 else log(x - 1.0), 1e-2) == pytest.approx(5.0)


def test_random_points_of_a_network_pass() -> None:
    points = random.Random(0)
    for _ in range(20):
        x = [points.uniform(-2.0, 2.0) for _ in range(4)]
        check_gradients(lambda w: sigmoid(w[0] * tanh(w[1]) + w[2]) * w[3], x)


def test_extrapolated_differences_know_their_error() -> None:
    for f, x, slope in ((math.exp, 1.0, math.e), (math.sin, 2.0, math.cos(2.0)), (math.log, 3.0, 1 / 3.0)):
        (found,) = slopes(lambda moved, f=f, x=x: [f(x + moved)], 0.02)
        for estimate in (found.central, found.left, found.right):
            assert abs(estimate.value - slope) <= 10.0 * estimate.error
        assert found.central.error < 1e-11
        assert not found.has_kink(1e-8)
