"""A function with jumps or kinks has no slope at nan: a constant slope there would hide that
the number was lost.
"""

from __future__ import annotations

import math
import operator
from collections.abc import Callable
from typing import Any

import pytest

import autograd_core as ac
from autograd_core import compiled, grad, jvp

nan = math.nan
Function = Callable[..., Any]

ONE: dict[str, Function] = {"floor": ac.floor, "ceil": ac.ceil, "sign": ac.sign}
TWO: dict[str, Function] = {
    "%": operator.mod,
    "//": operator.floordiv,
    "fmod": ac.fmod,
    "copysign": ac.copysign,
    "maximum": ac.maximum,
    "minimum": ac.minimum,
    "leaky_relu": ac.leaky_relu,
    "elu": ac.elu,
}
POINTS = [(nan, 3.0), (5.0, nan), (nan, nan)]


@pytest.mark.parametrize("name", ONE)
def test_a_step_has_no_slope_at_nan(name: str) -> None:
    f = ONE[name]
    assert math.isnan(grad(f)(nan))
    assert math.isnan(compiled(grad(f))(nan))
    assert math.isnan(jvp(f, (nan,), (1.0,))[1])
    assert math.isnan(grad(grad(f))(nan))
    assert (grad(f)(1.5), compiled(grad(f))(1.5), grad(grad(f))(1.5)) == (0.0, 0.0, 0.0)
    assert grad(f)(math.inf) == grad(f)(0.0) == 0.0


@pytest.mark.parametrize("point", POINTS, ids=str)
@pytest.mark.parametrize("name", [name for name in TWO if "elu" not in name])
def test_a_function_of_two_with_jumps_has_no_slope_where_one_is_nan(
    name: str, point: tuple[float, float]
) -> None:
    def f(a: Any, b: Any) -> Any:
        return TWO[name](a, b)

    slope = grad(f, argnums=(0, 1))
    assert all(map(math.isnan, slope(*point))), slope(*point)
    assert all(map(math.isnan, compiled(slope)(*point)))
    assert not any(map(math.isnan, slope(5.0, 3.0)))


@pytest.mark.parametrize("name", ["leaky_relu", "elu"])
def test_an_activation_has_no_slope_at_nan(name: str) -> None:
    assert all(map(math.isnan, grad(TWO[name], argnums=(0, 1))(nan, 0.5)))


def test_a_batch_keeps_its_other_samples() -> None:
    pytest.importorskip("numpy")
    batch = compiled(lambda x: grad(lambda v: ac.floor(v) + v % 2.0 + ac.sign(v))(x), batched="x")
    first, second, third = batch([0.5, nan, 3.5]).tolist()
    assert (first, third) == (1.0, 1.0)
    assert math.isnan(second)


def test_where_a_rounded_number_is_not_taken_its_nan_stays_away() -> None:
    assert grad(lambda x: ac.where(x == x, 2.0 * x, ac.floor(ac.log(x - 9.0))))(1.0) == 2.0
