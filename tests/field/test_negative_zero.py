"""The sign of a zero: where a result depends on it, it is shown."""

from __future__ import annotations

import math
from collections.abc import Callable

import pytest

from autograd_core import Value, atan2, copysign, draw, explain, explore


def test_one_over_negative_zero_is_explained_by_its_sign() -> None:
    x = Value(-0.0, "x")
    told = str(explain(1.0 / x)).splitlines()
    assert "  x = −0" in told
    assert "  L = 1 / x = 1 / (−0) = −∞" in told
    assert r"= \frac{1}{-0} = -\infty" in explain(1.0 / x)._repr_latex_()


@pytest.mark.parametrize(
    ("build", "line"),
    [
        (lambda x: copysign(2.0, x), "L = copysign(2, x) = copysign(2, −0) = −2.00"),
        (lambda x: atan2(x, -1.0), "L = atan2(x, −1) = atan2(−0, −1) = −3.14"),
        (lambda x: x * 3.0, "L = x·3 = (−0)·3 = −0"),
        (lambda x: x + 0.0, "L = x + 0 = −0 + 0 = 0"),
        (lambda x: x * x, "L = x·x = (−0)·(−0) = 0"),
    ],
    ids=["copysign", "atan2", "product", "sum", "square"],
)
def test_a_negative_zero_and_what_follows_from_it_stand_in_one_line(
    build: Callable[[Value], Value], line: str
) -> None:
    assert f"  {line}" in str(explain(build(Value(-0.0, "x")))).splitlines()


def test_a_constant_that_is_a_negative_zero_is_shown_as_one() -> None:
    assert "  L = x / (−0) = 1.00 / (−0) = −∞" in str(explain(Value(1.0, "x") / -0.0)).splitlines()


def test_the_card_of_a_negative_zero_shows_its_sign() -> None:
    x = Value(-0.0, "x")
    y = 1.0 / x
    y.label = "y"
    assert y.data == -math.inf
    for source in (draw(y).source, draw(y, level="scalars").source):
        assert ">−0<" in source
    assert "−0" not in draw(1.0 / Value(0.0, "x")).source


def test_a_gradient_that_is_a_negative_zero_is_shown_as_one() -> None:
    x, y = Value(-0.0, "x"), Value(1.0, "y")
    z = x * y
    z.backward()
    assert math.copysign(1.0, y.grad) == -1.0
    assert "  dL/dy = −0" in str(explain(z)).splitlines()
    assert "−0" in explore(z)._repr_html_()
