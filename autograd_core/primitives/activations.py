"""The table, part 3: the functions of networks and probabilities."""

from __future__ import annotations

import math
from typing import Any

from . import ieee
from .arithmetic import div, sign, where
from .elementary import erfc, exp, gaussian, log, sech, tanh
from .primitive import NON_NEGATIVE, REAL, Interval, primitive

nan = math.nan

sigmoid = primitive(
    "sigmoid", symbol="σ", compute=ieee.sigmoid, partials=lambda y, x: sigmoid_slope(x),
    doc="σ(x) = 1 / (1 + exp(−x)); its slope σ(x) σ(−x) keeps its digits in both tails.",
)  # fmt: skip
sigmoid_slope = primitive(
    "sigmoid_slope", symbol="σ′", compute=ieee.sigmoid_slope, partials=lambda y, x: -y * tanh(0.5 * x),
    doc="σ(x) σ(−x), the slope of the sigmoid.",
)  # fmt: skip
logsigmoid = primitive(
    "logsigmoid", symbol="ln σ", compute=lambda x: -ieee.softplus(-x), partials=lambda y, x: sigmoid(-x),
    doc="ln σ(x), without the overflow of log(sigmoid(x)).",
)  # fmt: skip
logit = primitive(
    "logit", symbol="logit", domain=Interval(0.0, 1.0), compute=ieee.logit,
    partials=lambda y, x: where((x >= 0.0) & (x <= 1.0), div(1.0, x * (1.0 - x)), nan),
    doc="ln(x / (1 − x)), the inverse of the sigmoid.",
)  # fmt: skip
softplus = primitive(
    "softplus", symbol="softplus", compute=ieee.softplus, partials=lambda y, x: sigmoid(x), doc="ln(1 + eˣ), a smooth relu.",
)  # fmt: skip


def _kinked(x: Any, positive: Any, negative: Any) -> Any:
    """One slope right of 0, another at and left of it, nan at nan."""
    return where(x > 0.0, positive, where(x <= 0.0, negative, nan))


leaky_relu = primitive(
    "leaky_relu", symbol="leaky relu", compute=lambda x, slope: x if x > 0.0 else slope * x,
    partials=[lambda y, x, slope: _kinked(x, 1.0, slope), lambda y, x, slope: _kinked(x, 0.0, x)],
    doc="x for x > 0, else slope · x.",
)  # fmt: skip
elu = primitive(
    "elu", symbol="elu", compute=ieee.elu,
    partials=[lambda y, x, alpha: _kinked(x, 1.0, alpha * exp(x)), lambda y, x, alpha: _kinked(x, 0.0, div(y, alpha))],
    doc="x for x > 0, else alpha · (eˣ − 1).",
)  # fmt: skip
gelu = primitive(
    "gelu", symbol="gelu", compute=ieee.gelu,
    partials=lambda y, x: 0.5 * erfc(-math.sqrt(0.5) * x) + x * (gaussian(math.sqrt(0.5) * x) * (1.0 / math.sqrt(2.0 * math.pi))),
    doc="x Φ(x), Φ the distribution function of the standard normal (exact, not the tanh form).",
)  # fmt: skip
silu = primitive(
    "silu", symbol="silu", compute=ieee.silu, partials=lambda y, x: sigmoid(x) * (1.0 + x * sigmoid(-x)),
    doc="x σ(x), also called swish.",
)  # fmt: skip
mish = primitive(
    "mish", symbol="mish", compute=ieee.mish, doc="x tanh(softplus(x)).",
    partials=lambda y, x: tanh(softplus(x)) + x * sigmoid(x) * (sech(softplus(x)) * sech(softplus(x))),
)  # fmt: skip
softsign = primitive(
    "softsign", symbol="softsign", compute=lambda x: x / (1.0 + abs(x)) if abs(x) < math.inf else ieee.divide(x, abs(x)) if x == x else x,
    partials=lambda y, x: div(div(1.0, 1.0 + sign(x) * x), 1.0 + sign(x) * x), doc="x / (1 + |x|).",
)  # fmt: skip

logaddexp = primitive(
    "logaddexp", symbol="logaddexp", array="logaddexp", compute=ieee.logaddexp,
    partials=[lambda y, a, b: _logistic_share(a, b), lambda y, a, b: _logistic_share(b, a)],
    doc="ln(eᵃ + eᵇ), without overflow.",
)  # fmt: skip


def _logistic_share(a: Any, b: Any) -> Any:
    """σ(a − b), one half where both are the same infinity."""
    return where((a == b) & (a - b != a - b), 0.5, sigmoid(a - b))


xlogy = primitive(
    "xlogy", symbol="x ln y", domain=(REAL, NON_NEGATIVE), compute=ieee.xlogy, doc="x ln y, 0 where x = 0 (also at y = 0).",
    partials=[lambda y, a, b: log(b), lambda y, a, b: where(b >= 0.0, where((a == 0.0) & (b == 0.0), 0.0, div(a, b)), nan)],
)  # fmt: skip
