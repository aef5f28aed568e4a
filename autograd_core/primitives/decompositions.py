"""Rows that NumPy has no function for, written with rows that it has: one formula a row.

`b.mul(i, j)` appends an instruction to a program and gives its number. The formulas are exact to
rounding; `b.identity` holds together what a canonical sum would add in another order. Some are not
defined where an exponential overflows: they give nan, of which a strict program is made; where
`b.guarded` is set, they add a bound.
"""

from __future__ import annotations

import math
import sys
from typing import Any

NEAR_ONE = 0.75  # below what equal terms are rounded to, so that rounding changes no count


def _sigmoid_parts(b: Any, x: Any) -> tuple[Any, Any]:
    """σ(x) and σ(−x) from one exponential, both exact in both tails."""
    if not b.guarded:
        e = b.exp(x)
        below = b.div(1.0, b.add(e, 1.0))
        return b.mul(e, below), below
    e = b.exp(b.neg(b.absolute(x)))
    large = b.div(1.0, b.add(e, 1.0))
    small, positive = b.mul(e, large), b.less_equal(0.0, x)
    return b.where(positive, large, small), b.where(positive, small, large)


def sigmoid(b: Any, x: Any) -> Any:
    return _sigmoid_parts(b, x)[0]


def sigmoid_slope(b: Any, x: Any) -> Any:
    return b.mul(*_sigmoid_parts(b, x))


def sech(b: Any, x: Any) -> Any:
    e = b.exp(b.neg(b.absolute(x)))
    return b.div(b.mul(2.0, e), b.add(1.0, b.mul(e, e)))


def softplus(b: Any, x: Any) -> Any:
    return b.add(b.maximum(x, 0.0), b.log1p(b.exp(b.neg(b.absolute(x)))))


def elu(b: Any, x: Any, alpha: Any) -> Any:
    below = b.minimum(x, 0.0)  # in this order: of two zeros the first is taken, and −0 must stay
    return b.where(b.less(0.0, x), x, b.mul(alpha, b.expm1(below)))


def clip(b: Any, x: Any, low: Any, high: Any) -> Any:
    known = b.new.constants
    if low in known and high in known and known[low] <= known[high]:
        return b.minimum(high, b.maximum(low, x))
    return b.where(
        b.less_equal(high, x), high, b.where(b.less_equal(x, low), low, x)
    )  # bounds that cross, or are nan


def logsumexp(b: Any, *xs: Any) -> Any:
    """Its slopes are quotients of the same exponentials: equal instructions, which become one.

    The logarithm is that of 1 + (the rest), which keeps the small terms. Those near 1 are counted,
    all but one, and add to the rest what they differ from 1 by, which is exact.
    """
    if not xs:
        return b.constant(-math.inf)
    top = b.largest(*xs)
    if b.guarded:  # ∞ − ∞ is nan
        top = b.maximum(b.minimum(top, sys.float_info.max), -sys.float_info.max)
    below = {x: b.sub(x, top) for x in xs}
    powers = [b.exp(below[x]) for x in xs]
    ones = [b.less(NEAR_ONE, power) for power in powers]
    rest = b.sum(*[b.identity(b.sub(power, one)) for power, one in zip(powers, ones, strict=True)])
    logarithm = b.log1p(b.add(b.identity(rest), b.identity(b.sub(b.sum(*ones), 1.0))))
    whole = b.add(logarithm, top)
    b.logarithms[whole] = logarithm, below
    return whole


def logsigmoid(b: Any, x: Any) -> Any:
    return b.neg(softplus(b, b.neg(x)))


def leaky_relu(b: Any, x: Any, slope: Any) -> Any:
    return b.where(b.less(0.0, x), x, b.mul(slope, x))


def silu(b: Any, x: Any) -> Any:
    return b.where(b.equal(x, -math.inf), -0.0, b.mul(x, sigmoid(b, x)))
