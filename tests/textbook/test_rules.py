"""The sum, power and product rule as laws, for functions drawn at random."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from autograd_core import cos, exp, grad, sigmoid, sin, tanh

Function = Callable[[Any], Any]
FUNCTIONS: dict[str, Function] = {
    "sin": sin,
    "exp": exp,
    "sigmoid": sigmoid,
    "tanh of 2x": lambda x: tanh(2 * x),
    "x cos x": lambda x: x * cos(x),
    "3x² − x": lambda x: 3 * x**2 - x,
    "5": lambda x: 5.0,
}
function = st.sampled_from(list(FUNCTIONS.values()))
point = st.floats(-3, 3)


@given(function, function, st.floats(-5, 5), st.floats(-5, 5), point)
def test_the_derivative_of_a_weighted_sum_is_the_weighted_sum_of_the_derivatives(
    f: Function, g: Function, a: float, b: float, x: float
) -> None:
    assert grad(lambda t: a * f(t) + b * g(t))(x) == pytest.approx(
        a * grad(f)(x) + b * grad(g)(x), rel=1e-12, abs=1e-12
    )


@given(st.integers(-6, 6), st.floats(0.2, 4.0), st.sampled_from([-1.0, 1.0]))
def test_the_derivative_of_a_power_is_n_times_the_next_lower_power(
    n: int, size: float, sign: float
) -> None:
    x = sign * size
    assert grad(lambda t: t**n)(x) == pytest.approx(n * x ** (n - 1), rel=1e-12)


@given(st.floats(-4, 4), st.floats(0.2, 4.0))
def test_the_power_rule_holds_for_every_exponent_at_positive_numbers(n: float, x: float) -> None:
    assert grad(lambda t: t**n)(x) == pytest.approx(n * x ** (n - 1), rel=1e-12)


@given(function, function, point)
def test_the_derivative_of_a_product_takes_one_factor_at_a_time(
    f: Function, g: Function, x: float
) -> None:
    expected = grad(f)(x) * g(x) + f(x) * grad(g)(x)
    assert grad(lambda t: f(t) * g(t))(x) == pytest.approx(expected, rel=1e-12, abs=1e-12)
