"""The types of the methods. Written by `python .ci/write_table.py`."""

from typing import Self

class FunctionMethods:
    __slots__ = ()
    def absolute(self) -> Self:
        """The absolute value |x|."""
    def acos(self) -> Self:
        """The arc cosine, an angle from 0 to π in radians: arccos x."""
    arccos = acos
    def acosh(self) -> Self:
        """The inverse hyperbolic cosine: arcosh x = ln(x + √(x² − 1))."""
    arccosh = acosh
    def asin(self) -> Self:
        """The arc sine, an angle from −π/2 to π/2 in radians: arcsin x."""
    arcsin = asin
    def asinh(self) -> Self:
        """The inverse hyperbolic sine: arsinh x = ln(x + √(x² + 1))."""
    arcsinh = asinh
    def atan(self) -> Self:
        """The arc tangent, an angle from −π/2 to π/2 in radians: arctan x."""
    arctan = atan
    def atan2(self, b: Self | float) -> Self:
        """The angle of the point (b, a), from −π to π in radians: the ordinate a comes first."""
    arctan2 = atan2
    def atanh(self) -> Self:
        """The inverse hyperbolic tangent: artanh x = ½ ln((1 + x) / (1 − x))."""
    arctanh = atanh
    def cbrt(self) -> Self:
        """The real cube root ∛x."""
    def ceil(self) -> Self:
        """The smallest whole number ≥ x: ⌈x⌉."""
    def clip(self, low: Self | float, high: Self | float) -> Self:
        """The number x limited to low and high: min(max(x, low), high)."""
    def copysign(self, b: Self | float) -> Self:
        """The size |a| with the sign of b."""
    def cos(self) -> Self:
        """The cosine of an angle: cos x."""
    def cosh(self) -> Self:
        """The hyperbolic cosine: cosh x = (eˣ + e⁻ˣ) / 2."""
    def digamma(self) -> Self:
        """The digamma function ψ(x) = Γ′(x) / Γ(x), the slope of lgamma."""
    def elu(self, alpha: Self | float = 1.0) -> Self:
        """The exponential linear unit: x for x > 0, else alpha · (eˣ − 1)."""
    def erf(self) -> Self:
        """The error function: erf x = 2/√π ∫₀ˣ exp(−t²) dt."""
    def erfc(self) -> Self:
        """The complementary error function: erfc x = 1 − erf x, exact for large x."""
    def exp(self) -> Self:
        """The exponential of x: eˣ."""
    def exp2(self) -> Self:
        """2 to the power x: 2ˣ."""
    def expm1(self) -> Self:
        """The exponential minus 1: eˣ − 1, exact for small x."""
    def floor(self) -> Self:
        """The largest whole number ≤ x: ⌊x⌋."""
    def fmod(self, b: Self | float) -> Self:
        """The remainder of a / b with the sign of a, as in C: a − b · trunc(a / b)."""
    def gamma(self) -> Self:
        """The gamma function Γ(x) = ∫ tˣ⁻¹ e⁻ᵗ dt from 0 to ∞."""
    def gelu(self) -> Self:
        """The Gaussian error linear unit x Φ(x)."""
    def hypot(self, *xs: Self | float) -> Self:
        """The hypotenuse √(x₁² + … + xₙ²), without overflow."""
    def leaky_relu(self, slope: Self | float = 0.01) -> Self:
        """A relu with a slope below 0 too: x for x > 0, else slope · x."""
    def lgamma(self) -> Self:
        """The logarithm of the gamma function: ln |Γ(x)|, without overflow."""
    def log(self, base: Self | float | None = None) -> Self:
        """The natural logarithm ln x, or ln x / ln base."""
    def log10(self) -> Self:
        """The logarithm to base 10: log₁₀ x."""
    def log1p(self) -> Self:
        """The logarithm of 1 + x: ln(1 + x), exact for small x."""
    def log2(self) -> Self:
        """The logarithm to base 2: log₂ x."""
    def logaddexp(self, b: Self | float) -> Self:
        """The logarithm of a sum of exponentials: ln(eᵃ + eᵇ), without overflow."""
    def logit(self) -> Self:
        """The logarithm of the odds, and the inverse of the sigmoid: ln(x / (1 − x))."""
    def logsigmoid(self) -> Self:
        """The logarithm of the sigmoid: ln σ(x), without the underflow of sigmoid(x)."""
    def maximum(self, *xs: Self | float) -> Self:
        """The largest of two or more numbers or of one iterable: max(x₁, …, xₙ)."""
    def minimum(self, *xs: Self | float) -> Self:
        """The smallest of two or more numbers or of one iterable: min(x₁, …, xₙ)."""
    def mish(self) -> Self:
        """The mish activation: x tanh(softplus(x))."""
    def relu(self) -> Self:
        """The rectified linear unit max(x, 0), flat at 0: an inactive unit is not followed."""
    def sigmoid(self) -> Self:
        """The logistic sigmoid σ(x) = 1 / (1 + e⁻ˣ)."""
    def sign(self) -> Self:
        """The sign of x: −1, 0 or 1 for negative, zero or positive x."""
    def silu(self) -> Self:
        """The sigmoid linear unit x σ(x), also called swish."""
    def sin(self) -> Self:
        """The sine of an angle: sin x."""
    def sinh(self) -> Self:
        """The hyperbolic sine: sinh x = (eˣ − e⁻ˣ) / 2."""
    def softplus(self) -> Self:
        """A smooth relu: ln(1 + eˣ)."""
    def softsign(self) -> Self:
        """The softsign x / (1 + |x|)."""
    def sqrt(self) -> Self:
        """The square root √x."""
    def tan(self) -> Self:
        """The tangent of an angle: tan x."""
    def tanh(self) -> Self:
        """The hyperbolic tangent: tanh x = sinh x / cosh x."""
    def trunc(self) -> Self:
        """The integer part of x: sgn(x) ⌊|x|⌋."""
    def xlogy(self, b: Self | float) -> Self:
        """The product a ln b, and 0 if a = 0, even at b = 0."""
