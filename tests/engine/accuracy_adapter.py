"""Every function of the reference table, made of what the library offers, and its derivatives by two backward sweeps."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import autograd_core as ac
from autograd_core import Value, gradients

# Names of the reference that are spelled otherwise here, or put together from two or three operations.
COMPOSED: dict[str, Callable[..., Any]] = {
    "abs": ac.absolute,
    "rsqrt": lambda x: x**-0.5,
    "reciprocal": lambda x: 1.0 / x,
    "square": lambda x: x**2,
    "xlogx": lambda x: ac.xlogy(x, x),
    "normal_logpdf": lambda x: -0.5 * x * x - 0.9189385332046727,
    "pow": lambda x, y: x**y,
    "pow_int": lambda x, n: x**n,
    "div": lambda x, y: x / y,
    "mul": lambda x, y: x * y,
    "bce_with_logits": lambda x, y: y * ac.softplus(-x) + (1.0 - y) * ac.softplus(x),
}


def function(name: str) -> Callable[..., Any] | None:
    """The function of that name in the reference, None if the library has none."""
    return COMPOSED.get(name) or getattr(ac, name, None)


def derivatives(f: Callable[..., Any], point: Sequence[float], *constants: float) -> list[float]:
    """[f, f′, f″], or of two arguments [f, ∂x, ∂y, ∂xx, ∂xy, ∂yy]."""
    inputs = [Value(x) for x in point]
    y = f(*inputs, *constants)
    first = gradients(y, inputs)
    second = [gradients(g, inputs)[i:] for i, g in enumerate(first)]
    return [v.item() for v in (y, *first, *(g for row in second for g in row))]


class Engine:
    """What `score_engine` asks of an engine."""

    @staticmethod
    def derivs(name: str, arity: int, args: Sequence[float], n: int | None = None) -> list[float] | None:
        f = function(name)
        if f is None:
            return None
        return derivatives(f, args, *([] if n is None else [n]))
