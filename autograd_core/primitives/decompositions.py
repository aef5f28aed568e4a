"""Rows that NumPy has no function for, written with rows that it has: one formula a row.

`b.mul(i, j)` appends an instruction to a program and gives its number. The formulas are exact to
rounding; `b.identity` holds together what a canonical sum would add in another order. Some are not
defined where an exponential overflows: they give nan, of which a strict program is made; where
`b.guarded` is set, they add a bound.
"""

from __future__ import annotations

import math
import sys
from collections.abc import Sequence
from typing import Any

# fmt: off
# erf(x) = 1 − exp(−x (x + p)) with −p = Σ cₖ sᵏ and s = x / (x + 4), for 0 ≤ x ≤ 6; and exp(x²)
# erfc(x) = Σ cₖ tᵏ / (1 + 2x) with t = (x − 4) / (x + 4), for x ≥ 0 (Shepherd and Laframboise,
# Mathematics of Computation 36, 1981, describe the form): both interpolated at the Chebyshev points
# with 60 digits.
_EXPONENT_OF_ERF = (
    -1.1283791670955126, 1.4535209105296087, -0.1908407422851848, -0.6109817881340761,
    0.2466516876021585, 0.6986957827032105, -0.25791786652116416, -0.9537956932159297,
    0.3081208970725579, 1.3868660537104018, 0.20933832540879832, -4.832812485784304,
    10.030890898475723, -26.53878004582078, 72.80111514931032, -138.7763854365134,
    176.3797559146995, -150.72809895506825, 84.63369866351096, -28.609242094049172,
    4.471048079150274,
)
_SCALED_ERFC = (
    1.2329951186255526, -0.13962111684056233, 0.015379652102605926, 0.06809705425467931,
    -0.1010390660355766, 0.09373283499865132, -0.06633036582717249, 0.03716751553354565,
    -0.01619773389987398, 0.005031970016276984, -0.0007577742638662961, -0.0001992569650468089,
    0.0001506254381299878, -2.439794204258089e-05, -1.1231357709953951e-05, 5.705899823011518e-06,
    3.0864166507585704e-07, -8.181992953728533e-07, 6.007673598031244e-08, 1.0188055868845702e-07,
    -9.949204910040078e-09, -9.085302642590078e-09,
)
# fmt: on
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
    for x, difference in below.items():
        b.differences[whole, x] = logarithm, difference
        b.differences[x, whole] = difference, logarithm
    return whole


def logsigmoid(b: Any, x: Any) -> Any:
    return b.neg(softplus(b, b.neg(x)))


def leaky_relu(b: Any, x: Any, slope: Any) -> Any:
    return b.where(b.less(0.0, x), x, b.mul(slope, x))


def silu(b: Any, x: Any) -> Any:
    return b.where(b.equal(x, -math.inf), -0.0, b.mul(x, sigmoid(b, x)))


def mish(b: Any, x: Any) -> Any:
    return b.where(b.equal(x, -math.inf), -0.0, b.mul(x, b.tanh(softplus(b, x))))


def softsign(b: Any, x: Any) -> Any:
    size = b.absolute(x)
    return b.where(b.equal(size, math.inf), b.sign(x), b.div(x, b.add(1.0, size)))


def logit(b: Any, x: Any) -> Any:
    """Near ½ the logarithm of the ratio would cancel; 2x − 1 is exact there."""
    rest = b.sub(1.0, x)
    middle = b.log1p(b.div(b.sub(b.mul(2.0, x), 1.0), rest))
    near = b.both(b.less(0.25, x), b.less(x, 0.75))
    return b.where(near, middle, b.sub(b.log(x), b.log1p(b.neg(x))))


def logit_slope(b: Any, x: Any) -> Any:
    inside = b.both(b.less_equal(0.0, x), b.less_equal(x, 1.0))
    return b.where(inside, b.div(1.0, b.mul(x, b.sub(1.0, x))), math.nan)


def xlogy(b: Any, x: Any, y: Any) -> Any:
    return b.where(b.both(b.equal(x, 0.0), b.equal(y, y)), 0.0, b.mul(x, b.log(y)))


def asin_slope(b: Any, x: Any) -> Any:
    return b.div(1.0, b.sqrt(b.mul(b.sub(1.0, x), b.add(1.0, x))))


def direction(b: Any, x: Any, y: Any) -> Any:
    """A quarter of both, where their hypotenuse would overflow."""
    scale = b.where(b.less(1e300, b.maximum(b.absolute(x), b.absolute(y))), 0.25, 1.0)
    x, y = b.mul(scale, x), b.mul(scale, y)
    radius = b.hypot(x, y)
    return b.where(b.equal(radius, 0.0), 0.0, b.div(x, radius))


def atan2_slope(b: Any, x: Any, y: Any) -> Any:
    radius = b.hypot(x, y)
    return b.where(b.equal(radius, 0.0), 0.0, b.div(direction(b, y, x), radius))


def _polynomial(b: Any, coefficients: Sequence[float], x: Any) -> Any:
    """Σ cₖ xᵏ by Horner's rule."""
    total = b.constant(coefficients[-1])
    for c in coefficients[-2::-1]:
        total = b.add(b.mul(total, x), c)
    return total


def _exp_of_square(b: Any, factor: float, size: Any) -> Any:
    """exp(factor · size²). The square of the size rounded down to a sixteenth is exact, and the
    rest of the exponent is small; so the rounding of size² is multiplied by no large number.
    """
    coarse = b.mul(b.floor(b.mul(size, 16.0)), 0.0625)
    fine = b.identity(b.sub(size, coarse))
    rest = b.mul(fine, b.add(b.mul(2.0, coarse), fine))
    return b.mul(b.exp(b.mul(factor, b.mul(coarse, coarse))), b.exp(b.mul(factor, rest)))


def _size(b: Any, x: Any, limit: float) -> Any:
    """|x|, at most the limit, where the exponential is 0."""
    return b.minimum(b.absolute(x), limit)


def _scaled_erfc(b: Any, x: Any) -> Any:
    """exp(x²) erfc(x) for x ≥ 0."""
    t = b.div(b.sub(x, 4.0), b.add(x, 4.0))
    return b.div(_polynomial(b, _SCALED_ERFC, t), b.add(1.0, b.mul(2.0, x)))


def gaussian(b: Any, x: Any) -> Any:
    return _exp_of_square(b, -1.0, _size(b, x, 30.0))


def normal_pdf(b: Any, x: Any) -> Any:
    return b.mul(_exp_of_square(b, -0.5, _size(b, x, 40.0)), 1.0 / math.sqrt(2.0 * math.pi))


def erfc(b: Any, x: Any) -> Any:
    size = _size(b, x, 30.0)
    tail = b.mul(_exp_of_square(b, -1.0, size), _scaled_erfc(b, size))
    return b.where(b.less(x, 0.0), b.sub(2.0, tail), tail)


def erf(b: Any, x: Any) -> Any:
    size = _size(b, x, 6.0)
    s = b.div(size, b.add(size, 4.0))
    exponent = b.mul(size, b.sub(_polynomial(b, _EXPONENT_OF_ERF, s), size))
    return b.copysign(b.expm1(exponent), x)


def normal_cdf(b: Any, x: Any) -> Any:
    size = _size(b, x, 40.0)
    scaled = _scaled_erfc(b, b.mul(size, math.sqrt(0.5)))
    tail = b.mul(0.5, b.mul(_exp_of_square(b, -0.5, size), scaled))
    # 1 − tail for x ≥ 0 and tail below, without a branch; −0 + 0 is 0
    return b.sub(b.less_equal(0.0, x), b.copysign(tail, b.add(x, 0.0)))


def gelu(b: Any, x: Any) -> Any:
    return b.where(b.equal(x, -math.inf), -0.0, b.mul(x, normal_cdf(b, x)))
