"""The gamma function and its relatives on floats, where the C library has none or one of few
digits.

Constants and formulas: NIST Digital Library of Mathematical Functions, chapters 5.5 to 5.15;
checked with mpmath.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from itertools import count

from . import c_texts, ieee

inf, nan = math.inf, math.nan

# fmt: off
# ln Γ(2 + z) = Σ cₖ zᵏ: 1 − γ, then (−1)ᵏ (ζ(k) − 1) / k
LOG_GAMMA_AT_2 = (
    0.42278433509846713, 0.3224670334241132, -0.0673523010531981, 0.020580808427784546,
    -0.007385551028673986, 0.0028905103307415234, -0.001192753911703261, 0.0005096695247430425,
    -0.00022315475845357939, 9.945751278180853e-05, -4.492623673813314e-05, 2.050721277567069e-05,
    -9.439488275268397e-06, 4.374866789907488e-06, -2.039215753801366e-06, 9.55141213040742e-07,
    -4.492469198764566e-07, 2.1207184805554665e-07, -1.0043224823968099e-07, 4.7698101693639804e-08,
    -2.2711094608943164e-08, 1.0838659214896955e-08, -5.183475041970047e-09, 2.4836745438024785e-09,
    -1.1921401405860912e-09, 5.731367241678862e-10, -2.7595228851242334e-10, 1.330476437424449e-10,
)
# The positive zero of digamma, as a sum of two floats; ψ(zero + z) = Σ cₖ zᵏ
_ZERO, _ZERO_REST = 1.4616321449683622, 9.549995429965697e-17
_DIGAMMA_AT_ZERO = (
    0.9676722454476212, -0.4427631689835921, 0.258499760955651, -0.16394270544240652,
    0.10782405069126237, -0.07219956125645471, 0.04880428816414311, -0.03316112647484736,
    0.022597648232218104, -0.01542476590494896, 0.010538791616612175, -0.007204534386356869,
    0.004926781395729853, -0.003369801655439328, 0.002305126326734928, -0.0015769367714301972,
    0.0010788252019162967, -0.0007380709389960052, 0.000504953265834602, -0.0003454680251063077,
    0.00023635601564027053, -0.00016170622091974803,
)
# Bernoulli numbers B₂, B₄, …
_BERNOULLI = (
    1 / 6, -1 / 30, 1 / 42, -1 / 30, 5 / 66, -691 / 2730, 7 / 6, -3617 / 510, 43867 / 798,
    -174611 / 330,
)
# fmt: on

_ASYMPTOTIC = 12.0  # from here on ten Bernoulli numbers are enough
HIGHEST_ORDER = 100.0


def _is_pole(x: float) -> bool:
    return x <= 0.0 and x == math.floor(x)


def _series(coefficients: Sequence[float], z: float) -> float:
    """Σ cₖ zᵏ for k = 1, 2, …"""
    total = 0.0
    for c in reversed(coefficients):
        total = (total + c) * z
    return total


def gamma(x: float) -> float:
    if x == 0.0:
        return math.copysign(inf, x)
    return _c_gamma(x)


def log_gamma(x: float) -> float:
    """ln |Γ(x)|: near 0 by its series at 2, to which Γ(x + 1) = x Γ(x) leads; elsewhere that of
    the C library.
    """
    if x != x or abs(x) > 20.0 or _is_pole(x):
        return inf if math.isfinite(x) and _is_pole(x) else _c_log_gamma(x)
    nearest = round(x)
    steps, z = 2 - nearest, x - nearest  # exact, so that the digits near the zeros at 1 and 2 stay
    if steps >= 0:
        return _series(LOG_GAMMA_AT_2, z) - math.log(abs(math.prod([x + k for k in range(steps)])))
    return _series(LOG_GAMMA_AT_2, z) + math.log(math.prod([x + k for k in range(steps, 0)]))


def digamma(x: float) -> float:
    """ψ(x) = Γ′(x) / Γ(x): a series at its zero, else from x + n by ψ(x + 1) = ψ(x) + 1/x, left
    of 0 by reflection.
    """
    if x == 0.0:
        return math.copysign(inf, -x)
    if x < 0.0:
        return nan if x == -inf or _is_pole(x) else digamma(1.0 - x) - math.pi * _cotangent(x)
    if not x < inf:
        return x
    if abs(x - _ZERO) < 0.25:
        return _series(_DIGAMMA_AT_ZERO, (x - _ZERO) - _ZERO_REST)
    terms = []
    while x < _ASYMPTOTIC:
        terms.append(-1.0 / x)
        x += 1.0
    tail = [-b / (2 * k) / x ** (2 * k) for k, b in _tail(x)]
    return math.fsum([*terms, math.log(x), -0.5 / x, *tail])


def polygamma(order: float, x: float) -> float:
    """The derivative of digamma of that order: terms of one sign, so nothing cancels; left of 0
    by reflection.
    """
    if order == 0.0:
        return digamma(x)
    if x != x or x == -inf or not 0.0 < order <= HIGHEST_ORDER or order != math.floor(order):
        return nan
    n = int(order)
    if _is_pole(x):
        return inf if n % 2 else math.copysign(inf, -x) if x == 0.0 else nan
    if x < 0.0:
        return (-1.0) ** n * polygamma(order, 1.0 - x) - math.pi ** (n + 1) * _cotangent_derivative(
            n, _cotangent(x)
        )
    terms = []
    while x < _ASYMPTOTIC + n:
        terms.append(math.factorial(n) * ieee.power(x, -n - 1.0))
        x += 1.0
    per_power = [math.factorial(n - 1), math.factorial(n) / (2.0 * x)]
    per_power += [
        b * math.factorial(2 * k + n - 1) / math.factorial(2 * k) / x ** (2 * k)
        for k, b in _tail(x)
    ]
    return (-1.0) ** (n + 1) * math.fsum([*terms, ieee.power(x, -float(n)) * math.fsum(per_power)])


def _tail(x: float) -> Iterable[tuple[int, float]]:
    """k and B₂ₖ, as long as x²ᵏ is a float; beyond it the terms are 0."""
    return zip(count(1), _BERNOULLI if x < 1e15 else (), strict=False)


def _cotangent(x: float) -> float:
    """cot πx, exact at the half numbers."""
    rest = x - round(x)
    if abs(rest) <= 0.25:
        return math.cos(math.pi * rest) / math.sin(math.pi * rest)
    beyond = math.copysign(0.5 - abs(rest), rest)
    return math.sin(math.pi * beyond) / math.cos(math.pi * beyond)


def _cotangent_derivative(n: int, c: float) -> float:
    """The n-th derivative of cot by its argument as a polynomial in c = cot: each is −(1 + c²)
    d/dc of the one before.
    """
    coefficients = [0.0, 1.0]
    for _ in range(n):
        slope = [k * a for k, a in enumerate(coefficients)][1:]
        coefficients = [-a - b for a, b in zip([*slope, 0.0, 0.0], [0.0, 0.0, *slope], strict=True)]
    total = 0.0
    for a in reversed(coefficients):
        total = total * c + a
    return total


_c_gamma = ieee.total(math.gamma, ieee.signed_infinity)
_c_log_gamma = ieee.total(math.lgamma)
C_OF_DIGAMMA = c_texts.digamma(_ZERO, _ZERO_REST, _DIGAMMA_AT_ZERO, _BERNOULLI)
C_OF_POLYGAMMA = c_texts.polygamma(_BERNOULLI)
