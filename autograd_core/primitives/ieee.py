"""Float arithmetic that never raises: where Python raises, IEEE 754 has a value (decided as in
NumPy, PyTorch, JAX).
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import TypeVar

inf, nan = math.inf, math.nan
F = TypeVar("F", bound=Callable[..., float])


def instead_of(function: Callable[..., float]) -> Callable[[F], F]:
    """Notes as `raises` of what is decorated the function that gives the same number or raises an
    error, and is faster.
    """

    def noted(compute: F) -> F:
        vars(compute)["raises"] = function
        return compute

    return noted


def total(
    function: Callable[[float], float], overflow: Callable[[float], float] | float = inf
) -> Callable[[float], float]:
    """`function` with nan where `math` raises ValueError, and `overflow` (a number, or a
    function of x) where it overflows.
    """

    @instead_of(function)
    def compute(x: float) -> float:
        try:
            return function(x)
        except ValueError:
            return nan
        except OverflowError:
            return overflow(x) if callable(overflow) else overflow

    return compute


def signed_infinity(x: float) -> float:
    return math.copysign(inf, x)


def divide(a: float, b: float) -> float:
    try:
        return a / b
    except ZeroDivisionError:
        return nan if a == 0.0 or a != a else math.copysign(inf, a) * math.copysign(1.0, b)


def floor_divide(a: float, b: float) -> float:
    try:
        return a // b
    except ZeroDivisionError:
        return divide(a, b)


def remainder(a: float, b: float) -> float:
    try:
        return a % b
    except ZeroDivisionError:
        return nan


@instead_of(math.fmod)
def fmod(a: float, b: float) -> float:
    try:
        return math.fmod(a, b)
    except ValueError:
        return nan


def power(a: float, b: float) -> float:
    try:
        return math.pow(a, b)
    except (ValueError, OverflowError):
        if a != 0.0 and b != math.floor(b):
            return nan if a < 0.0 else inf
        odd = math.fmod(b, 2.0) in (1.0, -1.0)
        return math.copysign(inf, a) if odd else inf


def sign(x: float) -> float:
    return float((x > 0.0) - (x < 0.0)) if x == x else x


def floor(x: float) -> float:
    return math.copysign(float(math.floor(x)), x) if math.isfinite(x) else x


def ceil(x: float) -> float:
    return math.copysign(float(math.ceil(x)), x) if math.isfinite(x) else x


def trunc(x: float) -> float:
    return math.copysign(float(math.trunc(x)), x) if math.isfinite(x) else x


def ieee_remainder(a: float, b: float) -> float:
    return math.remainder(a, b) if math.isfinite(a) and b != 0.0 else nan


def log_at_zero(function: Callable[[float], float], pole: float = 0.0) -> Callable[[float], float]:
    """A logarithm that is -inf at its pole and nan beyond."""

    @instead_of(function)
    def compute(x: float) -> float:
        try:
            return function(x)
        except ValueError:
            return -inf if x == pole else nan

    return compute


@instead_of(math.atanh)
def atanh(x: float) -> float:
    try:
        return math.atanh(x)
    except ValueError:
        return math.copysign(inf, x) if abs(x) == 1.0 else nan


def sech(x: float) -> float:
    e = math.exp(-abs(x))
    return 2.0 * e / (1.0 + e * e)


def asin_slope(x: float) -> float:
    square = (1.0 - x) * (1.0 + x)
    return divide(1.0, math.sqrt(square)) if square >= 0.0 else nan


def two_product(a: float, b: float) -> tuple[float, float]:
    """a · b rounded, and what the rounding left out (Dekker: the products of half numbers are
    exact).
    """
    product = a * b
    a1, b1 = _upper_half(a), _upper_half(b)
    a2, b2 = a - a1, b - b1
    return product, a1 * b1 - product + a1 * b2 + a2 * b1 + a2 * b2


def _upper_half(x: float) -> float:
    shifted = 134217729.0 * x  # 2^27 + 1
    return shifted - (shifted - x)


def gaussian(x: float) -> float:
    """exp(-x²), where also what the rounding of x² left out counts."""
    if not abs(x) < 30.0:
        return x if x != x else 0.0
    square, rest = two_product(x, x)
    return math.exp(-square) * (1.0 - rest)


def normal_pdf(x: float) -> float:
    if not abs(x) < 40.0:
        return x if x != x else 0.0
    square, rest = two_product(x, x)
    return math.exp(-0.5 * square) * (1.0 - 0.5 * rest) / math.sqrt(2.0 * math.pi)


def normal_cdf(x: float) -> float:
    """½ erfc(t) at t = −x/√2, and its slope times what the rounding of t left out."""
    if not abs(x) < 40.0:
        return x if x != x else 0.5 + math.copysign(0.5, x)
    t, rest = two_product(-x, math.sqrt(0.5))
    rest -= x * -4.833646656726457e-17  # √½ less its rounding
    return 0.5 * math.erfc(t) - rest * math.exp(-t * t) / math.sqrt(math.pi)


def sigmoid(x: float) -> float:
    if x >= 0.0:
        return 1.0 / (1.0 + math.exp(-x))
    e = math.exp(x)
    return e / (1.0 + e)


def sigmoid_slope(x: float) -> float:
    e = math.exp(-abs(x))
    return e / ((1.0 + e) * (1.0 + e))


def softplus(x: float) -> float:
    return max(x, 0.0) + math.log1p(math.exp(-abs(x))) if x == x else x


def logit(x: float) -> float:
    if 0.25 < x < 0.75:  # near 1/2 the logarithm of the ratio would cancel; 2x - 1 is exact there
        return math.log1p((2.0 * x - 1.0) / (1.0 - x))
    if x == 0.0 or x == 1.0:
        return -inf if x == 0.0 else inf
    return math.log(x) - math.log1p(-x) if 0.0 < x < 1.0 else nan


def logit_slope(x: float) -> float:
    return divide(1.0, x * (1.0 - x)) if 0.0 <= x <= 1.0 else nan


def logaddexp(a: float, b: float) -> float:
    if a == b:  # also where both are the same infinity
        return a + math.log(2.0)
    return max(a, b) + math.log1p(math.exp(-abs(a - b))) if a == a and b == b else nan


def xlogy(x: float, y: float) -> float:
    if x == 0.0 and y == y:
        return 0.0
    return x * (math.log(y) if y > 0.0 else -inf if y == 0.0 else nan)


def maximum(a: float, b: float) -> float:
    return a if a >= b or a != a else b


def minimum(a: float, b: float) -> float:
    return a if a <= b or a != a else b


def clip(x: float, low: float, high: float) -> float:
    return high if x >= high else low if x <= low else x


def direction(a: float, b: float) -> float:
    """a / hypot(a, b), 0 at the origin."""
    r = math.hypot(a, b)
    if r == 0.0:
        return 0.0
    if math.isinf(r) and not (
        math.isinf(a) or math.isinf(b)
    ):  # the hypotenuse overflows, its ratio does not
        a, b = a / 4.0, b / 4.0
        r = math.hypot(a, b)
    return a / r


def atan2_slope(a: float, b: float) -> float:
    """b / (a² + b²), 0 at the origin."""
    r = math.hypot(a, b)
    return direction(b, a) / r if r != 0.0 else 0.0


def softsign(x: float) -> float:
    return x / (1.0 + abs(x)) if abs(x) != inf else math.copysign(1.0, x)


def gelu(x: float) -> float:
    return x * normal_cdf(x) if x != -inf else -0.0


def silu(x: float) -> float:
    half = math.exp(
        0.5 * min(x, 0.0)
    )  # the exponential in two factors: the product is exact to the smallest numbers
    return x * half / (1.0 + math.exp(-abs(x))) * half if x != -inf else -0.0


def mish(x: float) -> float:
    return x * math.tanh(softplus(x)) if x != -inf else -0.0


def elu(x: float, alpha: float) -> float:
    return x if x > 0.0 else alpha * math.expm1(x)
