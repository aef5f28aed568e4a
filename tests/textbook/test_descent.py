"""Descent, Newton's method and grid search on y = x² − 4x + 6, several starts, and the
direction of steepest ascent.
"""

from __future__ import annotations

import math
from typing import Any

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from autograd_core import exp, grad, sin
from nn import minimize

TEXTBOOK = [
    6.8,
    5.84,
    5.07,
    4.45,
    3.96,
    3.57,
    3.25,
    3.00,
    2.80,
    2.64,
    2.51,
    2.41,
    2.32,
    2.26,
    2.21,
    2.16,
    2.13,
    2.10,
    2.08,
    2.06,
    2.05,
    2.04,
    2.03,
    2.02,
    2.02,
    2.01,
    2.01,
    2.01,
    2.00,
    2.00,
    2.00,
    2.00,
    2.00,
]


def parabola(x: Any) -> Any:
    return x**2 - 4 * x + 6


def two_valleys(x: Any) -> Any:
    """A curve with its lowest point near −1.47 and a higher valley near 1.35."""
    return x**4 - 4 * x**2 + x


def test_descent_from_8_at_rate_0_1_shrinks_the_distance_by_0_8_each_step() -> None:
    path = minimize(parabola, 8.0, learning_rate=0.1, max_steps=33).path
    assert path == pytest.approx([2 + 6 * 0.8**k for k in range(34)], abs=1e-12)
    assert path[1:5] == pytest.approx([6.8, 5.84, 5.072, 4.4576], abs=1e-12)


def test_cut_off_after_two_decimals_the_first_33_are_those_of_the_textbook() -> None:
    path = minimize(parabola, 8.0, learning_rate=0.1, max_steps=33).path
    assert [math.trunc(100 * x) / 100 for x in path[1:]] == TEXTBOOK


def test_the_rate_decides_between_creeping_leaping_and_flying_apart() -> None:
    def distance(rate: float) -> float:
        return abs(minimize(parabola, 8.0, learning_rate=rate, max_steps=10).x - 2.0)

    assert distance(0.001) > 5.8
    assert distance(0.5) == 0.0
    assert distance(1.0) == 6.0  # from side to side for ever
    assert distance(1.1) > 30.0


def test_newton_reaches_the_minimum_in_one_step() -> None:
    result = minimize(parabola, 8.0, "newton")
    assert (result.path, result.value, result.converged) == ([8.0, 2.0], 2.0, True)


def test_grid_search_finds_the_minimum_within_its_bounds() -> None:
    result = minimize(parabola, method="grid", bounds=(-10, 10), points=201)
    assert (result.x, result.value) == (2.0, 2.0)
    assert minimize(parabola, method="grid", bounds=(3, 10)).x == 3.0


def test_several_starts_end_in_different_minima_and_grid_search_finds_the_global_one() -> None:
    ends = {
        start: minimize(two_valleys, start, learning_rate=0.01, max_steps=5000)
        for start in (-2.0, -0.5, 0.5, 2.0)
    }
    assert all(result.converged for result in ends.values())
    left, right = ends[-2.0], ends[2.0]
    assert ends[-0.5].x == pytest.approx(left.x, abs=1e-6)
    assert ends[0.5].x == pytest.approx(right.x, abs=1e-6)
    assert left.x < -1.0 < 1.0 < right.x
    assert left.value < right.value - 1.0
    best = minimize(two_valleys, method="grid", bounds=(-3, 3), points=601)
    assert best.x == pytest.approx(left.x, abs=0.01)


@given(st.floats(-2, 2), st.floats(-2, 2), st.floats(0, 2 * math.pi))
def test_no_direction_climbs_faster_than_the_gradient(x: float, y: float, angle: float) -> None:
    def hill(p: Any) -> Any:
        return sin(p[0]) * exp(-0.3 * p[1] ** 2) + 0.5 * p[1]

    slope = grad(hill)([x, y])
    length = math.hypot(*slope)
    assume(length > 1e-2)
    h = 1e-5

    def climb(direction: list[float]) -> float:
        ahead, behind = ([x + s * h * direction[0], y + s * h * direction[1]] for s in (1, -1))
        return (hill(ahead) - hill(behind)) / (2 * h)

    steepest = climb([g / length for g in slope])
    assert steepest == pytest.approx(length, rel=1e-5)
    assert climb([math.cos(angle), math.sin(angle)]) <= steepest + 1e-7
    assert climb([-slope[1] / length, slope[0] / length]) == pytest.approx(
        0.0, abs=1e-6
    )  # along the contour it is level
