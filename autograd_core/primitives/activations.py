"""The table, part 3: the functions of networks and probabilities."""

from __future__ import annotations

import math
from typing import Any

from . import decompositions, ieee
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
    doc="σ(x) = 1 / (1 + exp(−x)); its slope σ(x) σ(−x) keeps its digits in both tails.",
    steepest=0.25, decomposition=decompositions.sigmoid, overflows=True,
    compute=ieee.sigmoid,
    partials=lambda y, x: sigmoid_slope(x),
)
sigmoid_slope: Primitive = primitive(
    "sigmoid_slope", symbol="σ′", doc="σ(x) σ(−x), the slope of the sigmoid.",
    decomposition=decompositions.sigmoid_slope, overflows=True,
    compute=ieee.sigmoid_slope,
    partials=lambda y, x: -y * tanh(0.5 * x),
)
logsigmoid: Primitive = primitive(
    "logsigmoid", symbol="ln σ", doc="ln σ(x), without the overflow of log(sigmoid(x)).",
    decomposition=decompositions.logsigmoid,
    compute=lambda x: -ieee.softplus(-x),
    partials=lambda y, x: sigmoid(-x),
)
logit: Primitive = primitive(
    "logit", symbol="logit", doc="ln(x / (1 − x)), the inverse of the sigmoid.",
    decomposition=decompositions.logit,
    domain=Interval(0.0, 1.0), compute=ieee.logit,
    partials=lambda y, x: logit_slope(x),
)
logit_slope: Primitive = primitive(
    "logit_slope", symbol="logit′", doc="1 / (x (1 − x)), the slope of the logit.",
    decomposition=decompositions.logit_slope,
    domain=Interval(0.0, 1.0), compute=ieee.logit_slope,
    partials=lambda y, x: (2.0 * x - 1.0) * (y * y),
)
softplus: Primitive = primitive(
    "softplus", symbol="softplus", doc="ln(1 + eˣ), a smooth relu.",
    steepest=1.0, decomposition=decompositions.softplus,
    compute=ieee.softplus,
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
    "leaky_relu", symbol="leaky relu", doc="x for x > 0, else slope · x.",
    steepest=1.0, decomposition=decompositions.leaky_relu,
    compute=lambda x, slope: x if x > 0.0 else slope * x,
    partials=[
        lambda y, x, slope: _kinked(x, 1.0, _least(x, slope)),
        lambda y, x, slope: _kinked(x, 0.0, x),
    ],
    kink=lambda y, x, slope: x == 0.0, bends=slice(1, 2),
)
elu: Primitive = primitive(
    "elu", symbol="elu", doc="x for x > 0, else alpha · (eˣ − 1).",
    steepest=1.0, decomposition=decompositions.elu,
    compute=ieee.elu,
    partials=[
        lambda y, x, alpha: _kinked(x, 1.0, _least(x, alpha) * exp(x)),
        lambda y, x, alpha: _kinked(x, 0.0, expm1(x)),
    ],
    kink=lambda y, x, alpha: x == 0.0,
)
gelu: Primitive = primitive(
    "gelu", symbol="gelu",
    doc="x Φ(x), Φ the distribution function of the standard normal (exact, not the tanh form).",
    steepest=1.0,
    decomposition=decompositions.gelu,
    compute=ieee.gelu,
    partials=lambda y, x: normal_cdf(x) + x * normal_pdf(x),
)
silu: Primitive = primitive(
    "silu", symbol="silu", doc="x σ(x), also called swish.",
    steepest=1.0, decomposition=decompositions.silu, overflows=True,
    compute=ieee.silu,
    partials=lambda y, x: sigmoid(x) + y * sigmoid(-x),
)
mish: Primitive = primitive(
    "mish", symbol="mish", doc="x tanh(softplus(x)).",
    steepest=1.0,
    decomposition=decompositions.mish,
    compute=ieee.mish,
    partials=lambda y, x: (
        tanh(softplus(x)) + x * sigmoid(x) * (sech(softplus(x)) * sech(softplus(x)))
    ),
)
softsign: Primitive = primitive(
    "softsign", symbol="softsign", doc="x / (1 + |x|).",
    steepest=1.0,
    decomposition=decompositions.softsign,
    compute=ieee.softsign,
    partials=lambda y, x: div(div(1.0, 1.0 + sign(x) * x), 1.0 + sign(x) * x),
    kink=lambda y, x: x == 0.0,
)

logaddexp: Primitive = primitive(
    "logaddexp", symbol="logaddexp", array="logaddexp", doc="ln(eᵃ + eᵇ), without overflow.",
    compute=ieee.logaddexp,
    partials=[lambda y, a, b: _logistic_share(a, b), lambda y, a, b: _logistic_share(b, a)],
)


def _logistic_share(a: Any, b: Any) -> Any:
    """σ(a − b), one half where both are the same infinity."""
    return select((a == b) & (a - b != a - b), 0.5, sigmoid(a - b))


xlogy: Primitive = primitive(
    "xlogy", symbol="x ln y", doc="a ln b, 0 where a = 0 (also at b = 0).",
    decomposition=decompositions.xlogy,
    domain=(REAL, NON_NEGATIVE), compute=ieee.xlogy,
    partials=[
        lambda y, a, b: log(b),
        lambda y, a, b: select(
            b >= 0.0, select((a == 0.0) & (b == 0.0), 0.0, div(a, b)), nan * b
        ),
    ],
)
