"""The table, part 2: the elementary functions.

Each rule is the form of the derivative that keeps its digits in the tails: a power of y where y is exact there, a
product of small factors where a difference such as 1 − y² would cancel.
"""

from __future__ import annotations

import math
from typing import Any

from . import ieee
from .arithmetic import absolute, div, where
from .primitive import NON_NEGATIVE, Interval, Primitive, primitive

nan = math.nan
LN2 = math.log(2.0)

# A row takes few lines: name, picture, value; derivatives; documentation.
# fmt: off


def _within(condition: Any, partial: Any, x: Any) -> Any:
    """Outside a function's domain every derivative is nan, whatever the formula says."""
    return where(condition, partial, nan * x)


def _per_radius(numerator: Any, a: Any, b: Any) -> Any:
    """numerator / hypot(a, b), and 0 at the origin."""
    return where(hypot(a, b) == 0.0, 0.0, div(numerator, hypot(a, b)))


exp: Primitive = primitive("exp", symbol="exp", array="exp", compute=ieee.total(math.exp), partials=lambda y, x: y, doc="eˣ.")
exp2: Primitive = primitive(
    "exp2", symbol="2ˣ", array="exp2", compute=ieee.total(math.exp2), partials=lambda y, x: LN2 * y, doc="2ˣ.",
)
expm1: Primitive = primitive(
    "expm1", symbol="expm1", array="expm1", compute=ieee.total(math.expm1), partials=lambda y, x: exp(x),
    doc="eˣ − 1, exact for small x.",
)
log: Primitive = primitive(
    "log", symbol="ln", array="log", domain=NON_NEGATIVE, compute=ieee.log_at_zero(math.log),
    partials=lambda y, x: _within(x >= 0.0, div(1.0, x), x), doc="The natural logarithm ln x.",
)
log1p: Primitive = primitive(
    "log1p", symbol="log1p", array="log1p", domain=Interval(-1.0, math.inf),
    compute=ieee.log_at_zero(math.log1p, pole=-1.0), doc="ln(1 + x), exact for small x.",
    partials=lambda y, x: _within(x >= -1.0, div(1.0, 1.0 + x), x),
)
log2: Primitive = primitive(
    "log2", symbol="log₂", array="log2", domain=NON_NEGATIVE, compute=ieee.log_at_zero(math.log2),
    partials=lambda y, x: _within(x >= 0.0, div(1.0 / LN2, x), x), doc="The logarithm to base 2.",
)
log10: Primitive = primitive(
    "log10", symbol="log₁₀", array="log10", domain=NON_NEGATIVE, compute=ieee.log_at_zero(math.log10),
    partials=lambda y, x: _within(x >= 0.0, div(1.0 / math.log(10.0), x), x), doc="The logarithm to base 10.",
)
sqrt: Primitive = primitive(
    "sqrt", symbol="√", array="sqrt", domain=NON_NEGATIVE, compute=ieee.total(math.sqrt),
    partials=lambda y, x: div(0.5, y), doc="The square root.",
)
cbrt: Primitive = primitive(
    "cbrt", symbol="∛", array="cbrt", compute=math.cbrt, partials=lambda y, x: div(div(1.0 / 3.0, y), y),
    doc="The real cube root.",
)

sin: Primitive = primitive(
    "sin", symbol="sin", array="sin", compute=ieee.total(math.sin), partials=lambda y, x: cos(x), doc="The sine of x radians."
)
cos: Primitive = primitive(
    "cos", symbol="cos", array="cos", compute=ieee.total(math.cos), partials=lambda y, x: -sin(x), doc="The cosine of x radians."
)
tan: Primitive = primitive(
    "tan",
    symbol="tan",
    array="tan",
    compute=ieee.total(math.tan),
    partials=lambda y, x: 1.0 + y * y,
    doc="The tangent of x radians.",
)
asin: Primitive = primitive(
    "asin", symbol="asin", array="arcsin", domain=Interval(-1.0, 1.0), compute=ieee.total(math.asin),
    partials=lambda y, x: asin_slope(x), doc="The arc sine, in radians.",
)
asin_slope: Primitive = primitive(
    "asin_slope", symbol="asin′", domain=Interval(-1.0, 1.0), compute=ieee.asin_slope,
    partials=lambda y, x: x * (y * y * y), doc="1 / √(1 − x²), the slope of the arc sine.",
)
acos: Primitive = primitive(
    "acos", symbol="acos", array="arccos", domain=Interval(-1.0, 1.0), compute=ieee.total(math.acos),
    partials=lambda y, x: -asin_slope(x), doc="The arc cosine, in radians.",
)
atan: Primitive = primitive(
    "atan", symbol="atan", array="arctan", compute=math.atan, doc="The arc tangent, in radians.",
    partials=lambda y, x: div(div(1.0, hypot(1.0, x)), hypot(1.0, x)),
)
sinh: Primitive = primitive(
    "sinh", symbol="sinh", array="sinh", compute=ieee.total(math.sinh, ieee.signed_infinity),
    partials=lambda y, x: cosh(x), doc="The hyperbolic sine.",
)
cosh: Primitive = primitive(
    "cosh", symbol="cosh", array="cosh", compute=ieee.total(math.cosh), partials=lambda y, x: sinh(x),
    doc="The hyperbolic cosine.",
)
sech: Primitive = primitive(
    "sech", symbol="sech", compute=ieee.sech, partials=lambda y, x: -y * tanh(x), doc="1 / cosh x, without overflow.",
)
tanh: Primitive = primitive(
    "tanh", symbol="tanh", array="tanh", compute=math.tanh, partials=lambda y, x: sech(x) * sech(x),
    doc="The hyperbolic tangent; its slope sech² x keeps its digits where 1 − y² loses them.",
)
asinh: Primitive = primitive(
    "asinh", symbol="asinh", array="arcsinh", compute=math.asinh, partials=lambda y, x: div(1.0, hypot(1.0, x)),
    doc="The inverse hyperbolic sine.",
)
acosh: Primitive = primitive(
    "acosh", symbol="acosh", array="arccosh", domain=Interval(1.0, math.inf), compute=ieee.total(math.acosh),
    partials=lambda y, x: div(div(1.0, sqrt(x - 1.0)), sqrt(x + 1.0)), doc="The inverse hyperbolic cosine.",
)
atanh: Primitive = primitive(
    "atanh", symbol="atanh", array="arctanh", domain=Interval(-1.0, 1.0), compute=ieee.atanh,
    partials=lambda y, x: asin_slope(x) * asin_slope(x),
    doc="The inverse hyperbolic tangent.",
)

gaussian: Primitive = primitive(
    "gaussian", symbol="exp(−x²)", compute=ieee.gaussian, partials=lambda y, x: -2.0 * x * y, doc="exp(−x²).",
)
erf: Primitive = primitive(
    "erf", symbol="erf", compute=math.erf, partials=lambda y, x: 2.0 / math.sqrt(math.pi) * gaussian(x),
    doc="The error function 2/√π ∫₀ˣ exp(−t²) dt.",
)
erfc: Primitive = primitive(
    "erfc", symbol="erfc", compute=math.erfc, partials=lambda y, x: -2.0 / math.sqrt(math.pi) * gaussian(x),
    doc="1 − erf x, exact for large x.",
)
normal_cdf: Primitive = primitive(
    "normal_cdf", symbol="Φ", compute=ieee.normal_cdf, partials=lambda y, x: normal_pdf(x),
    doc="½ erfc(−x / √2), the distribution function of the standard normal, exact in the lower tail.",
)
normal_pdf: Primitive = primitive(
    "normal_pdf", symbol="φ", compute=ieee.normal_pdf, partials=lambda y, x: -x * y,
    doc="exp(−x² / 2) / √(2π), the density of the standard normal.",
)

direction: Primitive = primitive(
    "direction", symbol="a/‖a,b‖", compute=ieee.direction, doc="a / hypot(a, b): the slope of hypot, 0 at the origin.",
    partials=[
        lambda y, a, b: _per_radius(direction(b, a) * direction(b, a), a, b),
        lambda y, a, b: _per_radius(-y * direction(b, a), a, b),
    ],
)
hypot: Primitive = primitive(
    "hypot", symbol="hypot", array="hypot", compute=math.hypot,
    partials=[lambda y, a, b: direction(a, b), lambda y, a, b: direction(b, a)],
    doc="√(a² + b²), without overflow; its slope at the origin is (0, 0).",
)
atan2: Primitive = primitive(
    "atan2", symbol="atan2", array="arctan2", compute=math.atan2,
    doc="The angle of the point (b, a), in radians: the ordinate comes first.",
    partials=[
        lambda y, a, b: atan2_slope(a, b),
        lambda y, a, b: -atan2_slope(b, a),
    ],
)
atan2_slope: Primitive = primitive(
    "atan2_slope", symbol="b/‖a,b‖²", compute=ieee.atan2_slope, doc="b / (a² + b²), the slope of atan2; 0 at the origin.",
    partials=[
        lambda y, a, b: -2.0 * direction(a, b) * _per_radius(y, a, b),
        lambda y, a, b: _per_radius(_per_radius(_per_radius(a - b, a, b) * _per_radius(a + b, a, b), a, b), a, b),
    ],
)
