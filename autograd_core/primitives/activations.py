"""The table, part 3: the functions of networks and probabilities."""

from __future__ import annotations

import math
from typing import Any

from . import ieee
from .arithmetic import div, sign, where
from .elementary import exp, log, normal_cdf, normal_pdf, sech, tanh
from .primitive import NON_NEGATIVE, REAL, Interval, Primitive, primitive

nan = math.nan

# A row takes few lines: name, picture, value; derivatives; documentation.
# fmt: off

sigmoid: Primitive = primitive(
    "sigmoid", symbol="σ", compute=ieee.sigmoid, partials=lambda y, x: sigmoid_slope(x),
    doc="σ(x) = 1 / (1 + exp(−x)); its slope σ(x) σ(−x) keeps its digits in both tails.",
)
sigmoid_slope: Primitive = primitive(
    "sigmoid_slope", symbol="σ′", compute=ieee.sigmoid_slope, partials=lambda y, x: -y * tanh(0.5 * x),
    doc="σ(x) σ(−x), the slope of the sigmoid.",
)
logsigmoid: Primitive = primitive(
    "logsigmoid", symbol="ln σ", compute=lambda x: -ieee.softplus(-x), partials=lambda y, x: sigmoid(-x),
    doc="ln σ(x), without the overflow of log(sigmoid(x)).",
)
logit: Primitive = primitive(
    "logit", symbol="logit", domain=Interval(0.0, 1.0), compute=ieee.logit,
    partials=lambda y, x: logit_slope(x), doc="ln(x / (1 − x)), the inverse of the sigmoid.",
)
logit_slope: Primitive = primitive(
    "logit_slope", symbol="logit′", domain=Interval(0.0, 1.0), compute=ieee.logit_slope,
    partials=lambda y, x: (2.0 * x - 1.0) * (y * y), doc="1 / (x (1 − x)), the slope of the logit.",
)
softplus: Primitive = primitive(
    "softplus", symbol="softplus", compute=ieee.softplus, partials=lambda y, x: sigmoid(x), doc="ln(1 + eˣ), a smooth relu.",
)


def _kinked(x: Any, positive: Any, negative: Any) -> Any:
    """One slope right of 0, another at and left of it, nan at nan."""
    return where(x > 0.0, positive, where(x <= 0.0, negative, nan * x))


leaky_relu: Primitive = primitive(
    "leaky_relu", symbol="leaky relu", compute=lambda x, slope: x if x > 0.0 else slope * x,
    partials=[lambda y, x, slope: _kinked(x, 1.0, slope), lambda y, x, slope: _kinked(x, 0.0, x)],
    doc="x for x > 0, else slope · x.",
)
elu: Primitive = primitive(
    "elu", symbol="elu", compute=ieee.elu,
    partials=[lambda y, x, alpha: _kinked(x, 1.0, alpha * exp(x)), lambda y, x, alpha: _kinked(x, 0.0, div(y, alpha))],
    doc="x for x > 0, else alpha · (eˣ − 1).",
)
gelu: Primitive = primitive(
    "gelu", symbol="gelu", compute=ieee.gelu,
    partials=lambda y, x: normal_cdf(x) + x * normal_pdf(x),
    doc="x Φ(x), Φ the distribution function of the standard normal (exact, not the tanh form).",
)
silu: Primitive = primitive(
    "silu", symbol="silu", compute=ieee.silu, partials=lambda y, x: sigmoid(x) + y * sigmoid(-x),
    doc="x σ(x), also called swish.",
)
mish: Primitive = primitive(
    "mish", symbol="mish", compute=ieee.mish, doc="x tanh(softplus(x)).",
    partials=lambda y, x: tanh(softplus(x)) + x * sigmoid(x) * (sech(softplus(x)) * sech(softplus(x))),
)
softsign: Primitive = primitive(
    "softsign", symbol="softsign", compute=ieee.softsign,
    partials=lambda y, x: div(div(1.0, 1.0 + sign(x) * x), 1.0 + sign(x) * x), doc="x / (1 + |x|).",
)

logaddexp: Primitive = primitive(
    "logaddexp", symbol="logaddexp", array="logaddexp", compute=ieee.logaddexp,
    partials=[lambda y, a, b: _logistic_share(a, b), lambda y, a, b: _logistic_share(b, a)],
    doc="ln(eᵃ + eᵇ), without overflow.",
)


def _logistic_share(a: Any, b: Any) -> Any:
    """σ(a − b), one half where both are the same infinity."""
    return where((a == b) & (a - b != a - b), 0.5, sigmoid(a - b))


xlogy: Primitive = primitive(
    "xlogy", symbol="x ln y", domain=(REAL, NON_NEGATIVE), compute=ieee.xlogy, doc="x ln y, 0 where x = 0 (also at y = 0).",
    partials=[lambda y, a, b: log(b), lambda y, a, b: where(b >= 0.0, where((a == 0.0) & (b == 0.0), 0.0, div(a, b)), nan * b)],
)
