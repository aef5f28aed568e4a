"""The types of the public functions. Written by `python .ci/write_table.py`."""

from collections.abc import Iterable
from typing import overload

from .engine.value import Value
from .primitives.primitive import V

__all__ = [
    "absolute",
    "acos",
    "acosh",
    "asin",
    "asinh",
    "atan",
    "atan2",
    "atanh",
    "cbrt",
    "ceil",
    "clip",
    "copysign",
    "cos",
    "cosh",
    "digamma",
    "elu",
    "erf",
    "erfc",
    "exp",
    "exp2",
    "expm1",
    "floor",
    "fmod",
    "gamma",
    "gelu",
    "hypot",
    "leaky_relu",
    "lgamma",
    "log",
    "log10",
    "log1p",
    "log2",
    "logaddexp",
    "logit",
    "logsigmoid",
    "maximum",
    "minimum",
    "mish",
    "relu",
    "sigmoid",
    "sign",
    "silu",
    "sin",
    "sinh",
    "softplus",
    "softsign",
    "sqrt",
    "tan",
    "tanh",
    "trunc",
    "xlogy",
]

@overload
def absolute(x: V, /) -> V:
    """The absolute value |x|."""

@overload
def absolute(x: float, /) -> float: ...
@overload
def acos(x: V, /) -> V:
    """The arc cosine, an angle from 0 to π in radians: arccos x."""

@overload
def acos(x: float, /) -> float: ...
@overload
def acosh(x: V, /) -> V:
    """The inverse hyperbolic cosine: arcosh x = ln(x + √(x² − 1))."""

@overload
def acosh(x: float, /) -> float: ...
@overload
def asin(x: V, /) -> V:
    """The arc sine, an angle from −π/2 to π/2 in radians: arcsin x."""

@overload
def asin(x: float, /) -> float: ...
@overload
def asinh(x: V, /) -> V:
    """The inverse hyperbolic sine: arsinh x = ln(x + √(x² + 1))."""

@overload
def asinh(x: float, /) -> float: ...
@overload
def atan(x: V, /) -> V:
    """The arc tangent, an angle from −π/2 to π/2 in radians: arctan x."""

@overload
def atan(x: float, /) -> float: ...
@overload
def atan2(a: V, b: V | float) -> V:
    """The angle of the point (b, a), from −π to π in radians: the ordinate a comes first."""

@overload
def atan2(a: float, b: V) -> V: ...
@overload
def atan2(a: float, b: float) -> float: ...
@overload
def atanh(x: V, /) -> V:
    """The inverse hyperbolic tangent: artanh x = ½ ln((1 + x) / (1 − x))."""

@overload
def atanh(x: float, /) -> float: ...
@overload
def cbrt(x: V, /) -> V:
    """The real cube root ∛x."""

@overload
def cbrt(x: float, /) -> float: ...
@overload
def ceil(x: V, /) -> V:
    """The smallest whole number ≥ x: ⌈x⌉."""

@overload
def ceil(x: float, /) -> float: ...
@overload
def clip(x: V, low: V | float, high: V | float) -> V:
    """The number x limited to low and high: min(max(x, low), high)."""

@overload
def clip(x: float, low: V, high: V | float) -> V: ...
@overload
def clip(x: float, low: float, high: V) -> V: ...
@overload
def clip(x: float, low: float, high: float) -> float: ...
@overload
def copysign(a: V, b: V | float) -> V:
    """The size |a| with the sign of b."""

@overload
def copysign(a: float, b: V) -> V: ...
@overload
def copysign(a: float, b: float) -> float: ...
@overload
def cos(x: V, /) -> V:
    """The cosine of an angle: cos x."""

@overload
def cos(x: float, /) -> float: ...
@overload
def cosh(x: V, /) -> V:
    """The hyperbolic cosine: cosh x = (eˣ + e⁻ˣ) / 2."""

@overload
def cosh(x: float, /) -> float: ...
@overload
def digamma(x: V, /) -> V:
    """The digamma function ψ(x) = Γ′(x) / Γ(x), the slope of lgamma."""

@overload
def digamma(x: float, /) -> float: ...
@overload
def elu(x: V, alpha: V | float = 1.0) -> V:
    """The exponential linear unit: x for x > 0, else alpha · (eˣ − 1)."""

@overload
def elu(x: float, alpha: V) -> V: ...
@overload
def elu(x: float, alpha: float = 1.0) -> float: ...
@overload
def erf(x: V, /) -> V:
    """The error function: erf x = 2/√π ∫₀ˣ exp(−t²) dt."""

@overload
def erf(x: float, /) -> float: ...
@overload
def erfc(x: V, /) -> V:
    """The complementary error function: erfc x = 1 − erf x, exact for large x."""

@overload
def erfc(x: float, /) -> float: ...
@overload
def exp(x: V, /) -> V:
    """The exponential of x: eˣ."""

@overload
def exp(x: float, /) -> float: ...
@overload
def exp2(x: V, /) -> V:
    """2 to the power x: 2ˣ."""

@overload
def exp2(x: float, /) -> float: ...
@overload
def expm1(x: V, /) -> V:
    """The exponential minus 1: eˣ − 1, exact for small x."""

@overload
def expm1(x: float, /) -> float: ...
@overload
def floor(x: V, /) -> V:
    """The largest whole number ≤ x: ⌊x⌋."""

@overload
def floor(x: float, /) -> float: ...
@overload
def fmod(a: V, b: V | float) -> V:
    """The remainder of a / b with the sign of a, as in C: a − b · trunc(a / b)."""

@overload
def fmod(a: float, b: V) -> V: ...
@overload
def fmod(a: float, b: float) -> float: ...
@overload
def gamma(x: V, /) -> V:
    """The gamma function Γ(x) = ∫ tˣ⁻¹ e⁻ᵗ dt from 0 to ∞."""

@overload
def gamma(x: float, /) -> float: ...
@overload
def gelu(x: V, /) -> V:
    """The Gaussian error linear unit x Φ(x)."""

@overload
def gelu(x: float, /) -> float: ...
@overload
def hypot(x: V, y: V | float, /, *xs: V | float) -> V:
    """The hypotenuse √(x₁² + … + xₙ²), without overflow."""

@overload
def hypot(x: float, y: V, /, *xs: V | float) -> V: ...
@overload
def hypot(x: float, y: float, z: V, /, *xs: V | float) -> V: ...
@overload
def hypot(x: float, y: float, /, *xs: float) -> float: ...
@overload
def hypot(xs: Iterable[V], /) -> V: ...
@overload
def hypot(xs: Iterable[float], /) -> float: ...  # type: ignore[overload-overlap]
@overload
def hypot(xs: Iterable[Value | float], /) -> Value: ...
@overload
def leaky_relu(x: V, slope: V | float = 0.01) -> V:
    """A relu with a slope below 0 too: x for x > 0, else slope · x."""

@overload
def leaky_relu(x: float, slope: V) -> V: ...
@overload
def leaky_relu(x: float, slope: float = 0.01) -> float: ...
@overload
def lgamma(x: V, /) -> V:
    """The logarithm of the gamma function: ln |Γ(x)|, without overflow."""

@overload
def lgamma(x: float, /) -> float: ...
@overload
def log(x: V, base: V | float | None = None) -> V:
    """The natural logarithm ln x, or ln x / ln base."""

@overload
def log(x: float, base: V) -> V: ...
@overload
def log(x: float, base: float | None = None) -> float: ...
@overload
def log10(x: V, /) -> V:
    """The logarithm to base 10: log₁₀ x."""

@overload
def log10(x: float, /) -> float: ...
@overload
def log1p(x: V, /) -> V:
    """The logarithm of 1 + x: ln(1 + x), exact for small x."""

@overload
def log1p(x: float, /) -> float: ...
@overload
def log2(x: V, /) -> V:
    """The logarithm to base 2: log₂ x."""

@overload
def log2(x: float, /) -> float: ...
@overload
def logaddexp(a: V, b: V | float) -> V:
    """The logarithm of a sum of exponentials: ln(eᵃ + eᵇ), without overflow."""

@overload
def logaddexp(a: float, b: V) -> V: ...
@overload
def logaddexp(a: float, b: float) -> float: ...
@overload
def logit(x: V, /) -> V:
    """The logarithm of the odds, and the inverse of the sigmoid: ln(x / (1 − x))."""

@overload
def logit(x: float, /) -> float: ...
@overload
def logsigmoid(x: V, /) -> V:
    """The logarithm of the sigmoid: ln σ(x), without the underflow of sigmoid(x)."""

@overload
def logsigmoid(x: float, /) -> float: ...
@overload
def maximum(x: V, y: V | float, /, *xs: V | float) -> V:
    """The largest of two or more numbers or of one iterable: max(x₁, …, xₙ)."""

@overload
def maximum(x: float, y: V, /, *xs: V | float) -> V: ...
@overload
def maximum(x: float, y: float, z: V, /, *xs: V | float) -> V: ...
@overload
def maximum(x: float, y: float, /, *xs: float) -> float: ...
@overload
def maximum(xs: Iterable[V], /) -> V: ...
@overload
def maximum(xs: Iterable[float], /) -> float: ...  # type: ignore[overload-overlap]
@overload
def maximum(xs: Iterable[Value | float], /) -> Value: ...
@overload
def minimum(x: V, y: V | float, /, *xs: V | float) -> V:
    """The smallest of two or more numbers or of one iterable: min(x₁, …, xₙ)."""

@overload
def minimum(x: float, y: V, /, *xs: V | float) -> V: ...
@overload
def minimum(x: float, y: float, z: V, /, *xs: V | float) -> V: ...
@overload
def minimum(x: float, y: float, /, *xs: float) -> float: ...
@overload
def minimum(xs: Iterable[V], /) -> V: ...
@overload
def minimum(xs: Iterable[float], /) -> float: ...  # type: ignore[overload-overlap]
@overload
def minimum(xs: Iterable[Value | float], /) -> Value: ...
@overload
def mish(x: V, /) -> V:
    """The mish activation: x tanh(softplus(x))."""

@overload
def mish(x: float, /) -> float: ...
@overload
def relu(x: V, /) -> V:
    """The rectified linear unit max(x, 0), flat at 0: an inactive unit is not followed."""

@overload
def relu(x: float, /) -> float: ...
@overload
def sigmoid(x: V, /) -> V:
    """The logistic sigmoid σ(x) = 1 / (1 + e⁻ˣ)."""

@overload
def sigmoid(x: float, /) -> float: ...
@overload
def sign(x: V, /) -> V:
    """The sign of x: −1, 0 or 1 for negative, zero or positive x."""

@overload
def sign(x: float, /) -> float: ...
@overload
def silu(x: V, /) -> V:
    """The sigmoid linear unit x σ(x), also called swish."""

@overload
def silu(x: float, /) -> float: ...
@overload
def sin(x: V, /) -> V:
    """The sine of an angle: sin x."""

@overload
def sin(x: float, /) -> float: ...
@overload
def sinh(x: V, /) -> V:
    """The hyperbolic sine: sinh x = (eˣ − e⁻ˣ) / 2."""

@overload
def sinh(x: float, /) -> float: ...
@overload
def softplus(x: V, /) -> V:
    """A smooth relu: ln(1 + eˣ)."""

@overload
def softplus(x: float, /) -> float: ...
@overload
def softsign(x: V, /) -> V:
    """The softsign x / (1 + |x|)."""

@overload
def softsign(x: float, /) -> float: ...
@overload
def sqrt(x: V, /) -> V:
    """The square root √x."""

@overload
def sqrt(x: float, /) -> float: ...
@overload
def tan(x: V, /) -> V:
    """The tangent of an angle: tan x."""

@overload
def tan(x: float, /) -> float: ...
@overload
def tanh(x: V, /) -> V:
    """The hyperbolic tangent: tanh x = sinh x / cosh x."""

@overload
def tanh(x: float, /) -> float: ...
@overload
def trunc(x: V, /) -> V:
    """The integer part of x: sgn(x) ⌊|x|⌋."""

@overload
def trunc(x: float, /) -> float: ...
@overload
def xlogy(a: V, b: V | float) -> V:
    """The product a ln b, and 0 if a = 0, even at b = 0."""

@overload
def xlogy(a: float, b: V) -> V: ...
@overload
def xlogy(a: float, b: float) -> float: ...
