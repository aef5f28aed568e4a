"""The table, part 3: the functions of networks and probabilities."""

from __future__ import annotations

import math
from typing import Any

from . import c_texts, decompositions, ieee
from .arithmetic import clip, div, select, sign
from .elementary import exp, expm1, log, normal_cdf, normal_pdf, sech, tanh
from .primitive import NON_NEGATIVE, REAL, Interval, Primitive
from .primitive import built_in as primitive

nan = math.nan

# A row: what it is called, drawn as and means; how it is computed; its derivatives; where it has a
# kink.
# fmt: off

sigmoid: Primitive = primitive(
    "sigmoid", symbol="σ",
    doc="The logistic sigmoid σ(x) = 1 / (1 + e⁻ˣ); its slope σ(x) σ(−x) keeps its digits in both "
        "tails.",
    latex=r"\frac{1}{1 + e^{-x}}", example="sigmoid(0.0) -> 0.5",
    steepest=0.25, decomposition=decompositions.sigmoid, overflows=True,
    special="expit",
    c=c_texts.sigmoid,
    compute=ieee.sigmoid,
    rule="σ(x)(1 − σ(x))",
    partials=lambda y, x: sigmoid_slope(x),
)
sigmoid_slope: Primitive = primitive(
    "sigmoid_slope", symbol="σ′", doc="σ(x) σ(−x), the slope of the sigmoid.",
    decomposition=decompositions.sigmoid_slope, overflows=True,
    c=c_texts.sigmoid_slope,
    compute=ieee.sigmoid_slope,
    rule="σ(x)(1 − σ(x))(1 − 2σ(x))",
    partials=lambda y, x: -y * tanh(0.5 * x),
)
logsigmoid: Primitive = primitive(
    "logsigmoid", symbol="ln σ",
    doc="The logarithm of the sigmoid: ln σ(x), without the underflow of sigmoid(x).",
    latex=r"\ln \sigma(x)", example="logsigmoid(-1000.0) -> -1000.0",
    decomposition=decompositions.logsigmoid,
    c="-softplus(-x)",
    compute=lambda x: -ieee.softplus(-x),
    rule="1 − σ(x)",
    partials=lambda y, x: sigmoid(-x),
)
logit: Primitive = primitive(
    "logit",
    doc="The logarithm of the odds, and the inverse of the sigmoid: ln(x / (1 − x)).",
    latex=r"\ln \frac{x}{1 - x}", example="logit(0.5) -> 0.0",
    decomposition=decompositions.logit,
    c=c_texts.logit,
    domain=Interval(0.0, 1.0), compute=ieee.logit,
    rule="1 / (x (1 − x))",
    partials=lambda y, x: logit_slope(x),
)
logit_slope: Primitive = primitive(
    "logit_slope", symbol="logit′", doc="1 / (x (1 − x)), the slope of the logit.",
    decomposition=decompositions.logit_slope,
    c="0.0 <= x && x <= 1.0 ? 1.0 / (x * (1.0 - x)) : NAN",
    domain=Interval(0.0, 1.0), compute=ieee.logit_slope,
    rule="(2x − 1) / (x (1 − x))²",
    partials=lambda y, x: (2.0 * x - 1.0) * (y * y),
)
softplus: Primitive = primitive(
    "softplus", doc="A smooth relu: ln(1 + eˣ).",
    latex=r"\ln(1 + e^x)", example="softplus(1000.0) -> 1000.0",
    source="Dugas et al., Incorporating Second-Order Functional Knowledge, 2001.",
    steepest=1.0, decomposition=decompositions.softplus,
    c="x == x ? fmax(x, 0.0) + log1p(exp(-fabs(x))) : x",
    compute=ieee.softplus,
    rule="σ(x)",
    partials=lambda y, x: sigmoid(x),
)


def _kinked(x: Any, positive: Any, negative: Any) -> Any:
    """One slope right of 0, another at and left of it, nan at nan."""
    return select(x > 0.0, positive, select(x <= 0.0, negative, nan * x))


def _least(x: Any, slope: Any) -> Any:
    """The slope left of 0; at 0 the one nearest to 0 of those between it and the slope on the
    right, which is 1.
    """
    return select(x == 0.0, clip(slope, 0.0, 1.0), slope)


leaky_relu: Primitive = primitive(
    "leaky_relu", symbol="leaky relu",
    doc="A relu with a slope below 0 too: x for x > 0, else slope · x.",
    latex=r"\max(x, 0) + \text{slope} \cdot \min(x, 0)", example="leaky_relu(-2.0) -> -0.02",
    source="Maas, Hannun and Ng, Rectifier Nonlinearities, 2013.", defaults=(0.01,),
    operands={"slope": "the slope for x < 0"},
    steepest=1.0, decomposition=decompositions.leaky_relu,
    c="x > 0.0 ? x : slope * x",
    compute=lambda x, slope: x if x > 0.0 else slope * x,
    rule=("1 for x > 0, else slope", "0 for x > 0, else x"),
    partials=[
        lambda y, x, slope: _kinked(x, 1.0, _least(x, slope)),
        lambda y, x, slope: _kinked(x, 0.0, x),
    ],
    kink=lambda y, x, slope: x == 0.0, bends=slice(1, 2),
)
elu: Primitive = primitive(
    "elu",
    doc="The exponential linear unit: x for x > 0, else alpha · (eˣ − 1).",
    latex=r"\max(x, 0) + \text{alpha} \cdot (e^{\min(x, 0)} - 1)", example="elu(3.0) -> 3.0",
    source="Clevert, Unterthiner and Hochreiter, arXiv:1511.07289.", defaults=(1.0,),
    operands={"alpha": "minus the limit for x → −∞"},
    steepest=1.0, decomposition=decompositions.elu,
    c="x > 0.0 ? x : alpha * expm1(x)",
    compute=ieee.elu,
    rule=("1 for x > 0, else alpha · exp x", "0 for x > 0, else exp(x) − 1"),
    partials=[
        lambda y, x, alpha: _kinked(x, 1.0, _least(x, alpha) * exp(x)),
        lambda y, x, alpha: _kinked(x, 0.0, expm1(x)),
    ],
    kink=lambda y, x, alpha: x == 0.0,
)
gelu: Primitive = primitive(
    "gelu",
    doc="The Gaussian error linear unit x Φ(x); Φ is the distribution function of the standard "
        "normal, exact, not the tanh approximation.",
    latex=r"x \, \Phi(x)", example="gelu(0.0) -> 0.0",
    source="Hendrycks and Gimpel, arXiv:1606.08415.",
    steepest=1.0,
    decomposition=decompositions.gelu,
    c="x == -INFINITY ? -0.0 : x * normal_cdf(x)",
    compute=ieee.gelu,
    rule="Φ(x) + x φ(x)",
    partials=lambda y, x: normal_cdf(x) + x * normal_pdf(x),
)
silu: Primitive = primitive(
    "silu", doc="The sigmoid linear unit x σ(x), also called swish.",
    latex=r"x \, \sigma(x)", example="silu(0.0) -> 0.0",
    source="Elfwing, Uchibe and Doya, arXiv:1702.03118.",
    steepest=1.0, decomposition=decompositions.silu, overflows=True,
    c=c_texts.silu,
    compute=ieee.silu,
    rule="σ(x) + x σ(x)(1 − σ(x))",
    partials=lambda y, x: sigmoid(x) + y * sigmoid(-x),
)
mish: Primitive = primitive(
    "mish", doc="The mish activation: x tanh(softplus(x)).",
    latex=r"x \tanh(\ln(1 + e^x))", example="mish(0.0) -> 0.0",
    source="Misra, arXiv:1908.08681.",
    steepest=1.0,
    decomposition=decompositions.mish,
    c="x == -INFINITY ? -0.0 : x * tanh(softplus(x))",
    compute=ieee.mish,
    rule="tanh(softplus x) + x σ(x) sech(softplus x)²",
    partials=lambda y, x: (
        tanh(softplus(x)) + x * sigmoid(x) * (sech(softplus(x)) * sech(softplus(x)))
    ),
)
softsign: Primitive = primitive(
    "softsign", doc="The softsign x / (1 + |x|).",
    latex=r"\frac{x}{1 + \lvert x \rvert}", example="softsign(-3.0) -> -0.75",
    source="Glorot and Bengio, Understanding the Difficulty of Training Networks, 2010.",
    steepest=1.0,
    decomposition=decompositions.softsign,
    c="isinf(x) ? copysign(1.0, x) : x / (1.0 + fabs(x))",
    compute=ieee.softsign,
    rule="1 / (1 + |x|)²",
    partials=lambda y, x: div(div(1.0, 1.0 + sign(x) * x), 1.0 + sign(x) * x),
    kink=lambda y, x: x == 0.0,
)

logaddexp: Primitive = primitive(
    "logaddexp", array="logaddexp",
    doc="The logarithm of a sum of exponentials: ln(eᵃ + eᵇ), without overflow.",
    latex=r"\ln(e^a + e^b)", example="logaddexp(1000.0, 0.0) -> 1000.0",
    c=c_texts.logaddexp,
    compute=ieee.logaddexp,
    rule=("σ(a − b)", "σ(b − a)"),
    partials=[lambda y, a, b: _logistic_share(a, b), lambda y, a, b: _logistic_share(b, a)],
)


def _logistic_share(a: Any, b: Any) -> Any:
    """σ(a − b), one half where both are the same infinity."""
    return select((a == b) & (a - b != a - b), 0.5, sigmoid(a - b))


xlogy: Primitive = primitive(
    "xlogy", symbol="x ln y",
    doc="The product a ln b, and 0 if a = 0, even at b = 0.",
    latex=r"a \ln b", example="xlogy(0.0, 0.0) -> 0.0",
    decomposition=decompositions.xlogy,
    c="a == 0.0 && b == b ? 0.0 : a * log(b)",
    domain=(REAL, NON_NEGATIVE), compute=ieee.xlogy,
    rule=("ln b", "a / b"),
    partials=[
        lambda y, a, b: log(b),
        lambda y, a, b: select(
            b >= 0.0, select((a == 0.0) & (b == 0.0), 0.0, div(a, b)), nan * b
        ),
    ],
)
