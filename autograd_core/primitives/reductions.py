"""The table, part 4: rows over any number of operands. Each is one node, however many operands it has."""

from __future__ import annotations

import builtins
import math
import operator
from itertools import accumulate
from typing import Any

from .arithmetic import div, where
from .elementary import exp
from .primitive import Primitive, reduction
from .products import products_of


def _compute_dot(*operands: float) -> float:
    half = len(operands) // 2
    return products_of(half).one(operands[:half], operands[half:]) + 0.0


def _compute_largest(*xs: float) -> float:
    return math.nan if builtins.any(x != x for x in xs) else max(xs, default=-math.inf)


def _compute_logsumexp(*xs: float) -> float:
    top = _compute_largest(*xs)
    if not math.isfinite(top):
        return top
    return top + math.log(math.fsum(math.exp(x - top) for x in xs))


def _even_shares(y: Any, *xs: Any) -> list[Any]:
    """The subgradient of least norm: all that are the largest have the same slope, and 0 / 0 is nan."""
    ties = [where(x == y, 1.0, 0.0) for x in xs]
    total = sum(*ties)
    return [div(tie, total) for tie in ties]


def softmax(*xs: Any) -> list[Any]:
    """exp(xᵢ) / Σ exp(xⱼ). What is subtracted cancels, so no derivative of it is taken: it is a constant."""
    shift = largest(*xs)
    if shift.__class__ is not float:
        shift.label = "the largest"
        shift = shift.detach()
    powers = [exp(x - shift) for x in xs]
    total = sum(*powers)
    return [div(power, total) for power in powers]


def _others(xs: tuple[Any, ...]) -> list[Any]:
    """For each operand the product of all others, without a division: products from the left and from the right."""
    before = accumulate(xs[:-1], operator.mul, initial=1.0)
    after = list(accumulate(xs[:0:-1], operator.mul, initial=1.0))
    return [left * right for left, right in zip(before, reversed(after), strict=True)]


# A row: what it is called, drawn as and means; how it is computed; its derivatives.
# fmt: off


sum: Primitive = reduction(
    "sum", symbol="Σ", doc="x₁ + … + xₙ, as one node.",
    compute=lambda *xs: builtins.sum(xs, 0.0),
    partials=lambda y, *xs: (1.0,) * len(xs),
)
prod: Primitive = reduction(
    "prod", symbol="Π", doc="x₁ · … · xₙ, as one node.",
    compute=lambda *xs: math.prod(xs, start=1.0),
    partials=lambda y, *xs: _others(xs) if xs else (),
)
dot: Primitive = reduction(
    "dot", symbol="·", doc="a₁ b₁ + … + aₙ bₙ, as one node; the operands are first all a, then all b.",
    compute=_compute_dot,
    partials=lambda y, *xs: xs[len(xs) // 2 :] + xs[: len(xs) // 2],
)
norm: Primitive = reduction(
    "norm", symbol="‖·‖", doc="√(x₁² + … + xₙ²), without overflow; its slope at the origin is 0.",
    compute=math.hypot,
    partials=lambda y, *xs: [where(y == 0.0, 0.0, div(x, y)) for x in xs],
)
largest: Primitive = reduction(
    "largest", symbol="max", doc="The largest of x₁ … xₙ; where several are equal, they share the slope.",
    compute=_compute_largest,
    partials=_even_shares,
)
logsumexp: Primitive = reduction(
    "logsumexp", symbol="lse", doc="ln Σ exp(xᵢ), without overflow.",
    compute=_compute_logsumexp,
    partials=lambda y, *xs: softmax(*xs),
)
