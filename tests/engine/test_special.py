"""The gamma function and its relatives against mpmath, between the hard points of the reference."""

from __future__ import annotations

import math
import random
import sys
from collections.abc import Callable
from typing import Any

import pytest

from autograd_core import Value, check_gradients, compiled, digamma, gamma, grad, lgamma
from autograd_core.primitives.gamma import polygamma
from tests.optional import needs_numpy

mpmath = pytest.importorskip("mpmath")

# Where, and how many units in the last place are allowed.
FUNCTIONS: dict[str, tuple[Callable[[float], float], Callable[[Any], Any], float, float, float]] = {
    "gamma": (gamma, mpmath.gamma, -20.0, 170.0, 8.0),
    "lgamma": (lgamma, mpmath.loggamma, 0.0, 200.0, 8.0),
    "lgamma near 1 and 2": (lgamma, mpmath.loggamma, 0.9, 2.1, 8.0),
    "digamma": (digamma, mpmath.digamma, 0.0, 30.0, 12.0),
    "digamma near its zero": (digamma, mpmath.digamma, 1.45, 1.47, 4.0),
    **{
        f"polygamma {n}": (
            lambda x, n=n: polygamma(float(n), x),
            lambda x, n=n: mpmath.polygamma(n, x),
            -5.0,
            30.0,
            24.0,
        )
        for n in (1, 2, 3, 6)
    },
}


@pytest.mark.parametrize(("f", "exact", "low", "high", "ulps"), FUNCTIONS.values(), ids=FUNCTIONS)
def test_digits(
    f: Callable[[float], float], exact: Callable[[Any], Any], low: float, high: float, ulps: float
) -> None:
    points = random.Random(0)
    with mpmath.workdps(40):
        for _ in range(200):
            x = points.uniform(low, high)
            wanted = exact(mpmath.mpf(x))
            assert abs(f(x) - wanted) <= ulps * math.ulp(float(wanted)), x


@needs_numpy
@pytest.mark.parametrize(("f", "exact", "low", "high", "ulps"), FUNCTIONS.values(), ids=FUNCTIONS)
def test_digits_of_batches(
    f: Callable[[Any], Any], exact: Callable[[Any], Any], low: float, high: float, ulps: float
) -> None:
    draw = random.Random(1)
    xs = [draw.uniform(low, high) for _ in range(200)]
    found = compiled(lambda x: f(x), batched=["x"])(xs)
    with mpmath.workdps(40):
        for x, y in zip(xs, found.tolist(), strict=True):
            wanted = exact(mpmath.mpf(x))
            assert abs(y - wanted) <= ulps * math.ulp(float(wanted)), x


@needs_numpy
@pytest.mark.parametrize("f", [gamma, lgamma, digamma, lambda x: polygamma(2.0, x)])
def test_a_batch_has_the_special_values(f: Callable[[Any], Any]) -> None:
    infinity, nan = math.inf, math.nan
    xs = [0.0, -0.0, 1.0, 2.0, -1.0, -2.0, -0.5, -2.4, 5e-324, 1e-310, 171.7, 1e300]
    xs += [infinity, -infinity, nan, -171.5]
    found = compiled(lambda x: f(x), batched=["x"])(xs).tolist()
    for x, y in zip(xs, found, strict=True):
        wanted = f(x)
        assert y == pytest.approx(wanted, rel=1e-13, nan_ok=True), x
        assert math.copysign(1.0, y) == math.copysign(1.0, wanted) or wanted != wanted, x


def test_without_scipy_a_batch_computes_one_by_one(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "scipy", None)
    rows = [gamma, lgamma, digamma, polygamma]
    assert [row.vectorized() for row in rows] == [None] * 4  # type: ignore[attr-defined]


@pytest.mark.parametrize("f", [gamma, lgamma, digamma])
@pytest.mark.parametrize("x", [0.3, 1.4616, 7.5, 40.0, -0.7, -2.4, -10.3])
def test_derivatives_of_both_orders(f: Callable[[Any], Any], x: float) -> None:
    check_gradients(f, x)
    assert compiled(grad(f))(x) == grad(f)(x)


def test_derivatives_of_any_order_are_polygammas() -> None:
    third = grad(grad(grad(lgamma)))
    assert third(2.5) == polygamma(2.0, 2.5) == pytest.approx(-0.2362040516417274)
    assert Value(4.0).gamma().data == 6.0
    assert polygamma(0.0, 1.5) == digamma(1.5)
    assert all(math.isnan(polygamma(order, 1.5)) for order in (-1.0, 0.5, 101.0, math.nan))


@pytest.mark.parametrize("n", range(1, 7))
def test_what_is_not_finite(n: int) -> None:
    """The sign of a pole at 0 is that of (−1)ⁿ⁺¹ / xⁿ⁺¹."""
    for zero in (0.0, -0.0):
        assert polygamma(float(n), zero) == (math.inf if n % 2 else -math.copysign(math.inf, zero))
    assert polygamma(float(n), 5e-324) == math.copysign(math.inf, (-1.0) ** (n + 1))
    assert polygamma(float(n), -1.0) == math.inf if n % 2 else math.isnan(polygamma(float(n), -1.0))
    assert polygamma(float(n), math.inf) == 0.0
    assert math.isnan(polygamma(float(n), -math.inf))
