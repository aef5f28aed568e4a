"""`minimize`: three methods, where they stop, and the path they keep."""

from __future__ import annotations

import math
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from autograd_core import Value, cos, exp, log
from nn import Adam, GradientDescent, minimize


def valley(x: Any) -> Any:
    """Rosenbrock's function: a curved valley with its minimum 0 at (1, 1)."""
    return (1 - x[0]) ** 2 + 100 * (x[1] - x[0] ** 2) ** 2


def test_the_path_holds_every_point_from_the_start_and_its_value() -> None:
    result = minimize(lambda x: x * x, 1.0, learning_rate=0.25, max_steps=3)
    assert result.path == [1.0, 0.5, 0.25, 0.125]
    assert result.values == [1.0, 0.25, 0.0625, 0.015625]
    assert (result.x, result.value, result.steps, result.converged) == (0.125, 0.015625, 3, False)
    assert result.reason == "3 steps were taken"


def test_points_have_the_form_of_the_start() -> None:
    numpy = pytest.importorskip("numpy")
    for start in ([-1.2, 1.0], (-1.2, 1), numpy.array([-1.2, 1.0])):
        result = minimize(valley, start, "newton")
        assert result.path[0] == [-1.2, 1.0]
        assert result.x == pytest.approx([1.0, 1.0], abs=1e-8)
        assert result.converged


def test_descent_stops_where_no_partial_derivative_exceeds_the_tolerance() -> None:
    result = minimize(lambda x: (x[0] - 3) ** 2 + (x[1] + 1) ** 2, [0.0, 0.0], tolerance=1e-4)
    assert result.converged
    assert result.x == pytest.approx([3.0, -1.0], abs=0.5e-4)
    assert result.reason == "no partial derivative exceeds 0.0001"


def test_every_optimizer_leaves_a_path() -> None:
    for optimizer in (GradientDescent(0.001, momentum=0.9), Adam(0.05)):
        result = minimize(valley, [-1.2, 1.0], optimizer=optimizer, max_steps=5000, tolerance=1e-6)
        assert result.converged
        assert result.x == pytest.approx([1.0, 1.0], abs=1e-4)


@given(st.floats(-5, 5), st.floats(0, 3), st.floats(0, 1))
def test_descent_stays_within_bounds_and_ends_at_the_nearest_point_to_the_minimum(
    low: float, width: float, t: float
) -> None:
    result = minimize(
        lambda x: (x - 1.0) ** 2, low + t * width, bounds=(low, low + width), learning_rate=0.4
    )
    assert result.converged
    assert all(low <= point <= low + width for point in result.path)
    assert result.x == pytest.approx(min(max(1.0, low), low + width), abs=1e-6)


@given(
    st.lists(st.floats(-3, 3), min_size=9, max_size=9),
    st.lists(st.floats(-3, 3), min_size=3, max_size=3),
)
def test_newton_solves_a_quadratic_in_one_step(numbers: list[float], target: list[float]) -> None:
    rows = [numbers[:3], numbers[3:6], numbers[6:]]

    def f(x: Any) -> Any:  # |A (x − target)|² + |x − target|², positive definite for every A
        d = [xi - t for xi, t in zip(x, target, strict=True)]
        squares = [(row[0] * d[0] + row[1] * d[1] + row[2] * d[2]) ** 2 for row in rows]
        return squares[0] + squares[1] + squares[2] + d[0] * d[0] + d[1] * d[1] + d[2] * d[2]

    result = minimize(f, [0.0, 0.0, 0.0], "newton", max_steps=1)
    assert result.x == pytest.approx(target, abs=1e-9)


def test_a_stop_at_a_bound_does_not_claim_that_the_slope_is_zero() -> None:
    beyond = (
        "no partial derivative exceeds 1e-08, except where a step against it would leave the bounds"
    )
    for bounds, end, reason in (
        ((0, 2), 2.0, beyond),
        ((4, 5), 4.0, beyond),
        ((0, 3), 3.0, beyond.split(",")[0]),
    ):
        result = minimize(lambda x: (x - 3) ** 2, sum(bounds) / 2, bounds=bounds)
        assert result.converged
        assert result.x == pytest.approx(end)
        assert result.reason == reason


def test_newton_stops_where_the_second_derivatives_are_not_finite() -> None:
    result = minimize(lambda x: x**1.5 + x, 0.0, "newton")
    assert (result.converged, result.x) == (False, 0.0)
    assert (
        result.reason == "the matrix of second derivatives is not finite at [0.0]; start elsewhere"
    )


def test_newton_stops_where_the_curve_bends_down() -> None:
    result = minimize(cos, 0.5, "newton")
    assert (result.converged, result.x) == (False, 0.5)
    assert "not positive definite at [0.5]; start nearer to a minimum" in result.reason
    saddle = minimize(lambda x: x[0] ** 2 - x[1] ** 2, [1.0, 1.0], "newton")
    assert "not positive definite" in saddle.reason


def test_grid_search_tries_every_point_and_keeps_the_best() -> None:
    result = minimize(
        lambda x: (x[0] - 0.5) ** 2 + abs(x[1]), method="grid", bounds=[(0, 1), (-1, 1)], points=5
    )
    assert (result.x, result.value, len(result.path), len(result.values)) == (
        [0.5, 0.0],
        0.0,
        25,
        25,
    )
    assert result.path[0] == [0.0, -1.0]
    assert result.path[-1] == [1.0, 1.0]
    assert result.reason == "all 25 points of the grid were tried"


def test_grid_search_passes_over_points_where_the_function_is_not_defined() -> None:
    result = minimize(lambda x: log(x) ** 2, method="grid", bounds=(-1, 3), points=5)
    assert result.x == 1.0
    for f in (lambda x: log(-x), lambda x: math.inf):
        with pytest.raises(ValueError, match="f is nan or infinite at all 5 points of the grid"):
            minimize(f, method="grid", bounds=(1, 3), points=5)


@given(
    st.floats(allow_nan=False, allow_infinity=False),
    st.floats(allow_nan=False, allow_infinity=False),
    st.integers(2, 30),
)
@example(1.9, 6.8, 101)
@example(-1e308, 1e308, 3)
def test_the_grid_goes_from_bound_to_bound_and_never_past_them(
    one: float, other: float, points: int
) -> None:
    low, high = sorted((one, other))
    path = minimize(lambda x: 0.0, method="grid", bounds=(low, high), points=points).path
    assert (path[0], path[-1], len(path)) == (low, high, points)
    assert path == sorted(path)


def test_every_point_of_the_grid_is_the_float_nearest_to_it() -> None:
    path = minimize(abs, method="grid", bounds=(-1, 1), points=21).path
    assert path == [k / 10 for k in range(-10, 11)]


def test_bounds_are_any_real_numbers_in_lists_or_arrays() -> None:
    numpy = pytest.importorskip("numpy")
    for pair in (
        (0, 2),
        [0.0, 2.0],
        (Fraction(0), Fraction(2)),
        numpy.array([0, 2]),
        (numpy.int64(0), numpy.float32(2)),
    ):
        assert minimize(lambda x: (x - 3) ** 2, 0.5, bounds=pair).x == 2.0
        assert minimize(lambda x: (x - 3) ** 2, method="grid", bounds=pair).x == 2.0
        for pairs in ([pair, pair], numpy.array([[0, 2], [0, 2]])):
            assert minimize(
                lambda x: (x[0] - 3) ** 2 + x[1], method="grid", bounds=pairs, points=3
            ).x == [2.0, 0.0]


@pytest.mark.parametrize(
    "bounds", [3, "ab", (1, 0), (0, 1, 2), (0, math.nan), [], [(0, 1), 3], ("0", "1")]
)
def test_wrong_bounds_are_named(bounds: Any) -> None:
    for method, x0 in (("gradient descent", 0.5), ("grid", None)):
        with pytest.raises(
            ValueError,
            match=r"bounds must be a pair \(low, high\) with low ≤ high, or a list .* got",
        ):
            minimize(lambda x: x * x, x0, method, bounds=bounds)


def test_a_diverging_descent_stops_at_the_last_finite_point_and_says_so() -> None:
    result = minimize(lambda x: exp(x * x), 1.0, learning_rate=10.0)
    assert not result.converged
    assert "not finite at" in result.reason
    assert math.isfinite(result.value)


def test_a_start_that_is_not_finite_is_named() -> None:
    result = minimize(log, -1.0)
    assert result.path == [-1.0]
    assert "not finite at the start [-1.0]; start elsewhere" in result.reason


def test_a_function_of_captured_values_gives_plain_numbers() -> None:
    center = Value(2.0)
    for method in ("gradient descent", "newton", "grid"):
        place: dict[str, Any] = {"bounds": (0, 4)} if method == "grid" else {"x0": 0.0}
        result = minimize(lambda x: (x - center) ** 2, method=method, **place)
        assert isinstance(result.x, float)
        assert isinstance(result.value, float)
        assert result.x == pytest.approx(2.0, abs=1e-6)


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        (
            {"x0": 1.0, "method": "simplex"},
            'no method is called \'simplex\'; choose "gradient descent", "newton" or "grid"',
        ),
        ({}, "gradient descent starts at a point: give x0"),
        (
            {"x0": 1.0, "method": "newton", "bounds": (0, 1)},
            "newton does not use bounds; its options are x0, tol",
        ),
        (
            {"x0": 1.0, "method": "newton", "learning_rate": 0.1},
            "newton does not use learning_rate;",
        ),
        ({"x0": 1.0, "method": "newton", "optimizer": Adam()}, "newton does not use optimizer;"),
        ({"x0": 1.0, "points": 5}, "gradient descent does not use points;"),
        (
            {"x0": 1.0, "learning_rate": 0.1, "optimizer": Adam()},
            "give either learning_rate or optimizer",
        ),
        (
            {"x0": 1.0, "method": "grid", "bounds": (0, 1), "max_steps": 3},
            "grid does not use x0 and max_steps; its",
        ),
        ({"method": "simplex"}, "no method is called 'simplex'"),
        ({"x0": 1.0, "method": [(0, 1)]}, r"no method is called \[\(0, 1\)\]"),
        ({"method": "grid"}, "grid search needs bounds"),
        (
            {"method": "grid", "bounds": (0, math.inf)},
            r"bounds must be finite for grid search, got \(0, inf\)",
        ),
        (
            {"method": "grid", "bounds": (0, 1), "points": 1},
            "points must be a whole number of at least 2, got 1",
        ),
        (
            {"method": "grid", "bounds": (0, 1), "points": 2.5},
            "points must be a whole number of at least 2, got 2.5",
        ),
        (
            {"method": "grid", "bounds": [(0, 1)] * 4},
            "the number of grid points must be at most 1,000,000, got 104060401",
        ),
        ({"x0": [1.0, 2.0], "bounds": [(0, 1)]}, "one pair .* for each of the 2 numbers"),
        ({"x0": 1.0, "max_steps": -1}, "max_steps must be a whole number of at least 0, got -1"),
        ({"x0": 1.0, "max_steps": 2.5}, "max_steps must be a whole number of at least 0, got 2.5"),
        ({"x0": 1.0, "max_steps": "3"}, "max_steps must be a whole number of at least 0, got '3'"),
        ({"x0": 1.0, "tolerance": -1.0}, "tolerance must be a number of at least 0, got -1.0"),
        ({"x0": 1.0, "tolerance": "1"}, "tolerance must be a number of at least 0, got '1'"),
        ({"x0": "3"}, "x0 must be a number or a list of numbers, got '3'"),
        ({"x0": []}, r"x0 must be a number or a list of numbers, got \[\]"),
        ({"x0": [[1.0]]}, r"x0 must be a number or a list of numbers, got \[\[1.0\]\]"),
        ({"x0": 9.0, "bounds": (0, 2)}, r"x0 must be within the bounds \(0, 2\), got 9.0"),
    ],
)
def test_a_wrong_setting_is_an_error_that_says_what_to_give(
    settings: dict[str, Any], message: str
) -> None:
    with pytest.raises(ValueError, match=message):
        minimize(lambda x: x * x, **settings)
