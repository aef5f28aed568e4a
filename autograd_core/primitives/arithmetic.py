"""The table, part 1: arithmetic, and the operations that select or round."""

from __future__ import annotations

import math
import operator
from typing import Any

from . import ieee
from .primitive import primitive

nan = math.nan


def _negate(x: float) -> float:
    return -x


add = primitive("add", symbol="+", array="add", compute=operator.add, partials=[lambda y, a, b: 1.0, lambda y, a, b: 1.0])
sub = primitive("sub", symbol="−", array="subtract", compute=operator.sub, partials=[lambda y, a, b: 1.0, lambda y, a, b: -1.0])
mul = primitive("mul", symbol="×", array="multiply", compute=operator.mul, partials=[lambda y, a, b: b, lambda y, a, b: a])
neg = primitive("neg", symbol="−", array="negative", compute=_negate, partials=lambda y, x: -1.0)
div = primitive(
    "div", symbol="÷", array="divide", compute=ieee.divide,
    partials=[lambda y, a, b: div(1.0, b), lambda y, a, b: -div(y, b)],
)  # fmt: skip
floordiv = primitive(
    "floordiv", symbol="⌊÷⌋", array="floor_divide", compute=ieee.floor_divide,
    partials=[lambda y, a, b: 0.0, lambda y, a, b: 0.0],
)  # fmt: skip
mod = primitive(
    "mod", symbol="mod", array="remainder", compute=ieee.remainder,
    partials=[lambda y, a, b: 1.0, lambda y, a, b: -floordiv(a, b)],
)  # fmt: skip
fmod = primitive(
    "fmod", symbol="fmod", array="fmod", compute=ieee.fmod,
    doc="The remainder of a / b with the sign of a, as in C: a − b · trunc(a / b).",
    partials=[lambda y, a, b: 1.0, lambda y, a, b: -copysign(floor(absolute(div(a, b))), div(a, b))],
)  # fmt: skip


def _power_slope(y: Any, a: Any, b: Any) -> Any:
    """b · a^(b−1), and 0 for the constant a⁰, also at nan and infinity."""
    return where(b == 0.0, 0.0, b * power(a, b - 1.0))


def _exponent_slope(y: Any, a: Any, b: Any) -> Any:
    """a^b · log a; 0 for 0^b with b ≥ 0, nan for a negative base."""
    from .elementary import log

    return where((a == 0.0) & (b >= 0.0), 0.0, y * log(a))


power = primitive("power", symbol="^", array="power", compute=ieee.power, partials=[_power_slope, _exponent_slope])

identity = primitive(
    "identity", symbol="=", compute=lambda x: x, partials=lambda y, x: 1.0, doc="x itself, as a node of its own.",
)  # fmt: skip
absolute = primitive(
    "absolute", symbol="|·|", array="absolute", compute=abs, partials=lambda y, x: sign(x),
    doc="The absolute value |x|; its slope at 0 is 0.",
)  # fmt: skip
sign = primitive(
    "sign", symbol="sgn", array="sign", compute=lambda x: math.copysign(1.0, x) if abs(x) > 0.0 else x,
    partials=lambda y, x: 0.0, doc="−1, 0 or 1 as x is negative, zero or positive; its slope is 0.",
)  # fmt: skip
floor = primitive(
    "floor", symbol="⌊·⌋", array="floor", compute=ieee.floor, partials=lambda y, x: 0.0,
    doc="The largest whole number ≤ x; its slope is 0.",
)  # fmt: skip
ceil = primitive(
    "ceil", symbol="⌈·⌉", array="ceil", compute=ieee.ceil, partials=lambda y, x: 0.0,
    doc="The smallest whole number ≥ x; its slope is 0.",
)  # fmt: skip
copysign = primitive(
    "copysign", symbol="copysign", array="copysign", compute=math.copysign,
    doc="|a| with the sign of b.",
    partials=[lambda y, a, b: sign(a) * copysign(1.0, b), lambda y, a, b: 0.0],
)  # fmt: skip

# Selections. A gradient flows only to the operands that were selected: `followed` says to which, and when.

where = primitive(
    "where", symbol="where", array="where", compute=lambda condition, a, b: a if condition else b,
    doc="a where the condition holds, else b; the branch not taken is not followed.",
    partials=[lambda y, c, a, b: 0.0, lambda y, c, a, b: 1.0, lambda y, c, a, b: 1.0],
    followed=[lambda y, c, a, b: False, lambda y, c, a, b: c, lambda y, c, a, b: c == 0],
)  # fmt: skip


def _share(a: Any, b: Any, wins: Any) -> Any:
    """1 for the operand that wins, one half for each of two equal ones, nan beside a nan."""
    return where(wins, 1.0, where(a == b, 0.5, nan))


maximum = primitive(
    "maximum", symbol="max", array="maximum", compute=ieee.maximum,
    doc="The larger of two; equal operands share the gradient, one half each.",
    partials=[lambda y, a, b: _share(a, b, a > b), lambda y, a, b: _share(a, b, b > a)],
    followed=[lambda y, a, b: (a >= b) | (y != y), lambda y, a, b: (b >= a) | (y != y)],
)  # fmt: skip
minimum = primitive(
    "minimum", symbol="min", array="minimum", compute=ieee.minimum,
    doc="The smaller of two; equal operands share the gradient, one half each.",
    partials=[lambda y, a, b: _share(a, b, a < b), lambda y, a, b: _share(a, b, b < a)],
    followed=[lambda y, a, b: (a <= b) | (y != y), lambda y, a, b: (b <= a) | (y != y)],
)  # fmt: skip
clip = primitive(
    "clip", symbol="clip", compute=ieee.clip,
    doc="x held between low and high; flat at both bounds.",
    partials=[lambda y, x, low, high: where(y == y, 1.0, nan)] * 3,
    followed=[
        lambda y, x, low, high: (y != y) | ((x > low) & (x < high)),
        lambda y, x, low, high: (x <= low) & (x < high),
        lambda y, x, low, high: x >= high,
    ],
)  # fmt: skip
relu = primitive(
    "relu", symbol="relu", compute=lambda x: x if x > 0.0 or x != x else 0.0 * x if x == 0.0 else 0.0,
    doc="max(x, 0), flat at 0: an inactive unit is not followed.",
    partials=lambda y, x: where(x == x, 1.0, nan),
    followed=[lambda y, x: (x > 0.0) | (x != x)],
)  # fmt: skip
