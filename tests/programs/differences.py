"""Programs on numbers of fifty digits, and their derivatives by differences."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from types import SimpleNamespace
from typing import Any

import mpmath

from autograd_core import math
from tests.programs.program import flat, rebuilt

DIGITS, SHORT = 50, mpmath.mpf(10) ** -16


def of_fifty_digits() -> SimpleNamespace:
    """The names of `math` with the functions of mpmath. Constants keep sixteen digits, so that the
    program is the same.
    """
    names = {name: getattr(mpmath, name, None) for name in math.__all__}
    constants = {name: x for name in math.__all__ if isinstance(x := getattr(math, name), float)}
    return SimpleNamespace(**(names | constants | COMPOSED))


COMPOSED: dict[str, Callable[..., Any]] = {
    "dist": lambda p, q: mpmath.sqrt(sum((a - b) ** 2 for a, b in zip(p, q, strict=True))),
    "hypot": lambda *xs: mpmath.sqrt(sum(x * x for x in xs)),
    "radians": lambda x: x * (math.pi / 180.0),
}


def slope(f: Callable[..., Any], point: Any, *directions: Sequence[float]) -> float:
    """The derivative of f along one direction after another, by central differences."""
    with mpmath.workdps(DIGITS):
        numbers = [mpmath.mpf(x) for x in flat(point)]

        def difference(at: Sequence[Any], left: Sequence[Sequence[float]]) -> Any:
            if not left:
                return f(*rebuilt(point, at))
            (first, *rest) = left
            ahead = [x + SHORT * d for x, d in zip(at, first, strict=True)]
            behind = [x - SHORT * d for x, d in zip(at, first, strict=True)]
            return (difference(ahead, rest) - difference(behind, rest)) / (2 * SHORT)

        return float(difference(numbers, directions))
