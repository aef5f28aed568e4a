"""The table, part 2: the elementary functions, and the power.

Each rule is the form of the derivative that keeps its digits in the tails: a power of y where y is
exact there, a product of small factors where a difference such as 1 − y² would cancel.
"""

from __future__ import annotations

import math
from typing import Any

from . import c_texts, decompositions, ieee
from .arithmetic import div, select
from .primitive import NON_NEGATIVE, Interval, Primitive
from .primitive import built_in as primitive

nan = math.nan
LN2 = math.log(2.0)
ANGLE = {"x": "an angle in radians"}

# A row: what it is called, drawn as and means; how it is computed; its derivatives; where it has a
# kink.
# fmt: off


def _within(condition: Any, partial: Any, x: Any) -> Any:
    """Outside a function's domain every derivative is nan, whatever the formula says."""
    return select(condition, partial, nan * x)


def _per_radius(numerator: Any, a: Any, b: Any) -> Any:
    """numerator / hypot(a, b), and 0 at the origin."""
    return select(hypot(a, b) == 0.0, 0.0, div(numerator, hypot(a, b)))


def _origin(y: Any, a: Any, b: Any) -> Any:
    return (a == 0.0) & (b == 0.0)


exp: Primitive = primitive(
    "exp", array="exp", doc="The exponential of x: eˣ.",
    latex=r"e^x", example="exp(0.0) -> 1.0",
    c="exp",
    compute=ieee.total(math.exp),
    rule="exp x",
    partials=lambda y, x: y,
)
exp2: Primitive = primitive(
    "exp2", symbol="2ˣ", array="exp2", doc="2 to the power x: 2ˣ.",
    latex=r"2^x", example="exp2(3.0) -> 8.0",
    c="exp2",
    compute=ieee.total(math.exp2),
    rule="2^x · ln 2",
    partials=lambda y, x: LN2 * y,
)
expm1: Primitive = primitive(
    "expm1", array="expm1",
    doc="The exponential minus 1: eˣ − 1, exact for small x.",
    latex=r"e^x - 1", example="expm1(1e-20) -> 1e-20",
    c="expm1",
    compute=ieee.total(math.expm1),
    rule="exp x",
    partials=lambda y, x: exp(x),
)
log: Primitive = primitive(
    "log", symbol="ln", array="log", doc="The natural logarithm ln x, or ln x / ln base.",
    latex=r"\ln x", example="log(8.0, base=2.0) -> 3.0",
    operands={"base": "a float or a Value, or None for e; a number > 0 other than 1"},
    many=lambda x, base=None: log(x) if base is None else div(log(x), log(base)),
    c="log",
    domain=NON_NEGATIVE, compute=ieee.log_at_zero(math.log),
    rule="1 / x",
    partials=lambda y, x: _within(x >= 0.0, div(1.0, x), x),
)
log1p: Primitive = primitive(
    "log1p", array="log1p",
    doc="The logarithm of 1 + x: ln(1 + x), exact for small x.",
    latex=r"\ln(1 + x)", example="log1p(1e-20) -> 1e-20",
    c="log1p",
    domain=Interval(-1.0, math.inf), compute=ieee.log_at_zero(math.log1p, pole=-1.0),
    rule="1 / (1 + x)",
    partials=lambda y, x: _within(x >= -1.0, div(1.0, 1.0 + x), x),
)
log2: Primitive = primitive(
    "log2", symbol="log₂", array="log2", doc="The logarithm to base 2: log₂ x.",
    latex=r"\log_2 x", example="log2(8.0) -> 3.0",
    c="log2",
    domain=NON_NEGATIVE, compute=ieee.log_at_zero(math.log2),
    rule="1 / (x ln 2)",
    partials=lambda y, x: _within(x >= 0.0, div(1.0 / LN2, x), x),
)
log10: Primitive = primitive(
    "log10", symbol="log₁₀", array="log10", doc="The logarithm to base 10: log₁₀ x.",
    latex=r"\log_{10} x", example="log10(1000.0) -> 3.0",
    c="log10",
    domain=NON_NEGATIVE, compute=ieee.log_at_zero(math.log10),
    rule="1 / (x ln 10)",
    partials=lambda y, x: _within(x >= 0.0, div(1.0 / math.log(10.0), x), x),
)
sqrt: Primitive = primitive(
    "sqrt", symbol="√", array="sqrt", doc="The square root √x.",
    latex=r"\sqrt{x}", example="sqrt(9.0) -> 3.0",
    c="sqrt",
    domain=NON_NEGATIVE, compute=ieee.total(math.sqrt),
    rule="1 / (2√x)",
    partials=lambda y, x: div(0.5, y),
)
cbrt: Primitive = primitive(
    "cbrt", symbol="∛", array="cbrt", doc="The real cube root ∛x.",
    latex=r"\sqrt[3]{x}", example="cbrt(-8.0) -> -2.0",
    c="cbrt",
    compute=math.cbrt,
    rule="1 / (3∛x²)",
    partials=lambda y, x: div(div(1.0 / 3.0, y), y),
)


def _power_slope(y: Any, a: Any, b: Any) -> Any:
    """b · a^(b−1); 0 for the constant a⁰, also at 0, infinity and nan, where 1 / a is of no use."""
    return select((b == 0.0) & ((a == 0.0) | (a - a != 0.0)), 0.0, b * power(a, b - 1.0))


def _exponent_slope(y: Any, a: Any, b: Any) -> Any:
    """a^b · log a; 0 for 0^b with b ≥ 0, nan for a negative base."""
    return select((a == 0.0) & (b >= 0.0), 0.0, y * log(a))


power: Primitive = primitive(
    "power", symbol="^", array="power", doc="aᵇ.", infix=("^", 3),
    c="pow",
    compute=ieee.power,
    rule=("b · a^(b − 1)", "a^b · ln a"),
    partials=[_power_slope, _exponent_slope],
)

sin: Primitive = primitive(
    "sin", array="sin", doc="The sine of an angle: sin x.",
    latex=r"\sin x", example="sin(0.0) -> 0.0", operands=ANGLE,
    c="sin",
    compute=ieee.total(math.sin),
    rule="cos x",
    partials=lambda y, x: cos(x),
)
cos: Primitive = primitive(
    "cos", array="cos", doc="The cosine of an angle: cos x.",
    latex=r"\cos x", example="cos(0.0) -> 1.0", operands=ANGLE,
    c="cos",
    compute=ieee.total(math.cos),
    rule="−sin x",
    partials=lambda y, x: -sin(x),
)
tan: Primitive = primitive(
    "tan", array="tan", doc="The tangent of an angle: tan x.",
    latex=r"\tan x", example="tan(0.0) -> 0.0", operands=ANGLE,
    c="tan",
    compute=ieee.total(math.tan),
    rule="1 + tan(x)²",
    partials=lambda y, x: 1.0 + y * y,
)
asin: Primitive = primitive(
    "asin", array="arcsin",
    doc="The arc sine, an angle from −π/2 to π/2 in radians: arcsin x.",
    latex=r"\arcsin x", example="asin(0.0) -> 0.0",
    c="asin",
    domain=Interval(-1.0, 1.0), compute=ieee.total(math.asin),
    rule="1 / √(1 − x²)",
    partials=lambda y, x: asin_slope(x),
)
asin_slope: Primitive = primitive(
    "asin_slope", symbol="asin′", doc="1 / √(1 − x²), the slope of the arc sine.",
    decomposition=decompositions.asin_slope,
    c=c_texts.asin_slope,
    domain=Interval(-1.0, 1.0), compute=ieee.asin_slope,
    rule="x / √(1 − x²)³",
    partials=lambda y, x: x * (y * y * y),
)
acos: Primitive = primitive(
    "acos", array="arccos",
    doc="The arc cosine, an angle from 0 to π in radians: arccos x.",
    latex=r"\arccos x", example="acos(1.0) -> 0.0",
    c="acos",
    domain=Interval(-1.0, 1.0), compute=ieee.total(math.acos),
    rule="−1 / √(1 − x²)",
    partials=lambda y, x: -asin_slope(x),
)
atan: Primitive = primitive(
    "atan", array="arctan",
    doc="The arc tangent, an angle from −π/2 to π/2 in radians: arctan x.",
    latex=r"\arctan x", example="atan(0.0) -> 0.0",
    c="atan",
    compute=math.atan,
    rule="1 / (1 + x²)",
    partials=lambda y, x: div(div(1.0, hypot(1.0, x)), hypot(1.0, x)),
)
sinh: Primitive = primitive(
    "sinh", array="sinh", doc="The hyperbolic sine: sinh x = (eˣ − e⁻ˣ) / 2.",
    latex=r"\sinh x", example="sinh(0.0) -> 0.0",
    c="sinh",
    compute=ieee.total(math.sinh, ieee.signed_infinity),
    rule="cosh x",
    partials=lambda y, x: cosh(x),
)
cosh: Primitive = primitive(
    "cosh", array="cosh", doc="The hyperbolic cosine: cosh x = (eˣ + e⁻ˣ) / 2.",
    latex=r"\cosh x", example="cosh(0.0) -> 1.0",
    c="cosh",
    compute=ieee.total(math.cosh),
    rule="sinh x",
    partials=lambda y, x: sinh(x),
)
sech: Primitive = primitive(
    "sech", doc="1 / cosh x, without overflow.",
    decomposition=decompositions.sech,
    c=c_texts.sech,
    compute=ieee.sech,
    rule="−sech(x) tanh(x)",
    partials=lambda y, x: -y * tanh(x),
)
tanh: Primitive = primitive(
    "tanh", array="tanh",
    doc="The hyperbolic tangent: tanh x = sinh x / cosh x; its slope sech² x keeps its digits "
        "where 1 − y² loses them.",
    latex=r"\tanh x", example="tanh(0.0) -> 0.0",
    steepest=1.0,
    c="tanh",
    compute=math.tanh,
    rule="1 − tanh(x)²",
    partials=lambda y, x: sech(x) * sech(x),
)
asinh: Primitive = primitive(
    "asinh", array="arcsinh",
    doc="The inverse hyperbolic sine: arsinh x = ln(x + √(x² + 1)).",
    latex=r"\operatorname{arsinh} x", example="asinh(0.0) -> 0.0",
    c="asinh",
    compute=math.asinh,
    rule="1 / √(x² + 1)",
    partials=lambda y, x: div(1.0, hypot(1.0, x)),
)
acosh: Primitive = primitive(
    "acosh", array="arccosh",
    doc="The inverse hyperbolic cosine: arcosh x = ln(x + √(x² − 1)).",
    latex=r"\operatorname{arcosh} x", example="acosh(1.0) -> 0.0",
    c="acosh",
    domain=Interval(1.0, math.inf), compute=ieee.total(math.acosh),
    rule="1 / √(x² − 1)",
    partials=lambda y, x: div(div(1.0, sqrt(x - 1.0)), sqrt(x + 1.0)),
)
atanh: Primitive = primitive(
    "atanh", array="arctanh",
    doc="The inverse hyperbolic tangent: artanh x = ½ ln((1 + x) / (1 − x)).",
    latex=r"\operatorname{artanh} x", example="atanh(0.0) -> 0.0",
    c="atanh",
    domain=Interval(-1.0, 1.0), compute=ieee.atanh,
    rule="1 / (1 − x²)",
    partials=lambda y, x: asin_slope(x) * asin_slope(x),
)

gaussian: Primitive = primitive(
    "gaussian", symbol="exp(−x²)", doc="exp(−x²).",
    decomposition=decompositions.gaussian,
    c=c_texts.gaussian,
    compute=ieee.gaussian,
    rule="−2x exp(−x²)",
    partials=lambda y, x: -2.0 * x * y,
)
erf: Primitive = primitive(
    "erf", doc="The error function: erf x = 2/√π ∫₀ˣ exp(−t²) dt.",
    latex=r"\frac{2}{\sqrt{\pi}} \int_0^x e^{-t^2} dt", example="erf(0.0) -> 0.0",
    steepest=1.0,
    decomposition=decompositions.erf,
    special="erf",
    c="erf",
    compute=math.erf,
    rule="2 / √π · exp(−x²)",
    partials=lambda y, x: 2.0 / math.sqrt(math.pi) * gaussian(x),
)
erfc: Primitive = primitive(
    "erfc",
    doc="The complementary error function: erfc x = 1 − erf x, exact for large x.",
    latex=r"1 - \operatorname{erf} x", example="erfc(0.0) -> 1.0",
    decomposition=decompositions.erfc,
    c="erfc",
    compute=math.erfc,
    rule="−2 / √π · exp(−x²)",
    partials=lambda y, x: -2.0 / math.sqrt(math.pi) * gaussian(x),
)
normal_cdf: Primitive = primitive(
    "normal_cdf", symbol="Φ",
    doc="½ erfc(−x / √2), the distribution function of the standard normal, exact in the lower "
        "tail.",
    decomposition=decompositions.normal_cdf,
    c=c_texts.normal_cdf,
    compute=ieee.normal_cdf,
    rule="φ(x)",
    partials=lambda y, x: normal_pdf(x),
)
normal_pdf: Primitive = primitive(
    "normal_pdf", symbol="φ", doc="exp(−x² / 2) / √(2π), the density of the standard normal.",
    decomposition=decompositions.normal_pdf,
    c=c_texts.normal_pdf,
    compute=ieee.normal_pdf,
    rule="−x φ(x)",
    partials=lambda y, x: -x * y,
)

direction: Primitive = primitive(
    "direction", symbol="a/‖a,b‖", doc="a / hypot(a, b): the slope of hypot, 0 at the origin.",
    decomposition=decompositions.direction,
    c=c_texts.direction,
    compute=ieee.direction,
    rule=("b² / hypot(a, b)³", "−a b / hypot(a, b)³"),
    partials=[
        lambda y, a, b: _per_radius(direction(b, a) * direction(b, a), a, b),
        lambda y, a, b: _per_radius(-y * direction(b, a), a, b),
    ],
    kink=_origin,
)
hypot: Primitive = primitive(
    "hypot", array="hypot",
    doc="The hypotenuse √(x₁² + … + xₙ²), without overflow; its slope at the origin is 0.",
    latex=r"\sqrt{x_1^2 + \dots + x_n^2}", example="hypot(3.0, 4.0) -> 5.0",
    commutative=True,
    c="hypot",
    compute=math.hypot,
    rule=("a / y", "b / y"),
    partials=[lambda y, a, b: direction(a, b), lambda y, a, b: direction(b, a)],
    kink=_origin,
)
atan2: Primitive = primitive(
    "atan2", array="arctan2",
    doc="The angle of the point (b, a), from −π to π in radians: the ordinate a comes first.",
    latex=r"\arg(b + a i)", example="atan2(0.0, 1.0) -> 0.0",
    c="atan2",
    compute=math.atan2,
    rule=("b / (a² + b²)", "−a / (a² + b²)"),
    partials=[lambda y, a, b: atan2_slope(a, b), lambda y, a, b: -atan2_slope(b, a)],
    kink=_origin,
)
atan2_slope: Primitive = primitive(
    "atan2_slope", symbol="b/‖a,b‖²", doc="b / (a² + b²), the slope of atan2; 0 at the origin.",
    decomposition=decompositions.atan2_slope,
    c=c_texts.atan2_slope,
    compute=ieee.atan2_slope,
    rule=("−2a b / (a² + b²)²", "(a² − b²) / (a² + b²)²"),
    partials=[
        lambda y, a, b: -2.0 * direction(a, b) * _per_radius(y, a, b),
        lambda y, a, b: _per_radius(
            _per_radius(_per_radius(a - b, a, b) * _per_radius(a + b, a, b), a, b), a, b
        ),
    ],
    kink=_origin,
)
