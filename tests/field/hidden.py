"""Functions that only their decorators show, and some that everyone can see."""

from __future__ import annotations

from functools import partial, wraps
from typing import Any

from autograd_core import compiled, grad, value_and_grad


def cube(x: Any) -> Any:
    """x³."""
    return x * x * x


def twice(function: Any) -> Any:
    """A decorator of one's own."""

    @wraps(function)
    def doubled(*args: Any) -> Any:
        return 2.0 * function(*args)

    return doubled


@grad
def slope(x: Any) -> Any:
    return x * x * x


@compiled
@grad
def fast_slope(x: Any) -> Any:
    return x * x * x


@compiled
def fast(x: Any) -> Any:
    return x * x * x


@twice
@grad
@grad
def bent(x: Any) -> Any:
    return x * x * x


class Spring:
    """A derivative as a method."""

    def __init__(self, stiffness: float) -> None:
        self.stiffness = stiffness

    def energy(self, x: Any) -> Any:
        return 0.5 * self.stiffness * x * x

    @staticmethod
    @value_and_grad
    def unit(x: Any) -> Any:
        return 0.5 * x * x

    def force(self, x: float) -> float:
        return float(-grad(self.energy)(x))

    @partial(grad, argnums=1)
    def steepness(self, x: Any) -> Any:
        return self.stiffness * x * x
