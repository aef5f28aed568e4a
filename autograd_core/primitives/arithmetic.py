"""The table, part 1: arithmetic, and the operations that select or round."""

from __future__ import annotations

import math
import operator
from typing import Any

from . import c_texts, decompositions, ieee
from .facts import Rule
from .primitive import NOWHERE, Primitive
from .primitive import built_in as primitive

nan = math.nan

# A row: what it is called, drawn as and means; how it is computed; its derivatives; where it has a
# kink.
# fmt: off


def select(condition: Any, a: Any, b: Any) -> Any:
    """`where` in a rule: of a condition that is known, what it selects, without a node."""
    return a if condition is True else b if condition is False else where(condition, a, b)


def _steady(slope: float) -> Rule:
    """The rule of a constant slope, where a function with jumps has one: at nan it is nan. On
    floats it takes a fast path.
    """

    def partial(y: Any, a: Any, b: Any = 0.0) -> Any:
        if a.__class__ is float and b.__class__ is float:
            return slope if a == a and b == b else nan
        return select((a == a) & (b == b), slope, nan * (a + b))

    return partial


add: Primitive = primitive(
    "add", symbol="+", array="add", doc="a + b.", infix=(" + ", 1),
    operator="+", commutative=True, neutral=0.0, additive=True,
    compute=operator.add,
    rule=("1", "1"),
    partials=[lambda y, a, b: 1.0, lambda y, a, b: 1.0],
)
sub: Primitive = primitive(
    "sub", symbol="−", array="subtract", doc="a − b.", infix=(" − ", 1),
    operator="-", neutral=0.0, additive=True,
    compute=operator.sub,
    rule=("1", "−1"),
    partials=[lambda y, a, b: 1.0, lambda y, a, b: -1.0],
)
mul: Primitive = primitive(
    "mul", symbol="×", array="multiply", doc="a · b.", infix=("·", 2),
    operator="*", commutative=True, neutral=1.0, additive=True,
    compute=operator.mul,
    rule=("b", "a"),
    partials=[lambda y, a, b: b, lambda y, a, b: a],
)
neg: Primitive = primitive(
    "neg", symbol="−", array="negative", doc="−x.", infix=("−", 1),
    additive=True,
    c="-x",
    compute=operator.neg,
    rule="−1",
    partials=lambda y, x: -1.0,
)
div: Primitive = primitive(
    "div", symbol="÷", array="divide", doc="a / b.", infix=(" / ", 2),
    operator="/", neutral=1.0,
    compute=ieee.divide,
    rule=("1 / b", "−a / b²"),
    partials=[lambda y, a, b: div(1.0, b), lambda y, a, b: -div(y, b)],
)
floordiv: Primitive = primitive(
    "floordiv", symbol="⌊÷⌋", array="floor_divide", doc="⌊a / b⌋, the whole quotient; its slopes "
                                                        "are 0.",
    c=c_texts.floordiv,
    compute=ieee.floor_divide,
    rule=("0", "0"),
    partials=[_steady(0.0)] * 2,
)
mod: Primitive = primitive(
    "mod", array="remainder", doc="a − b ⌊a / b⌋, the remainder with the sign of b.",
    c=c_texts.mod,
    compute=ieee.remainder,
    rule=("1", "−⌊a / b⌋"),
    partials=[_steady(1.0), lambda y, a, b: -floordiv(a, b)],
)
fmod: Primitive = primitive(
    "fmod", array="fmod",
    doc="The remainder of a / b with the sign of a, as in C: a − b · trunc(a / b).",
    latex=r"a - b \operatorname{trunc}(a / b)", example="fmod(-7.0, 3.0) -> -1.0",
    c="fmod",
    compute=ieee.fmod,
    rule=("1", "−trunc(a / b)"),
    partials=[
        _steady(1.0),
        # the floor of a / b, rounded, may be one more
        lambda y, a, b: -copysign(floordiv(absolute(a), absolute(b)), div(a, b)),
    ],
)
remainder: Primitive = primitive(
    "remainder",
    latex=r"\operatorname{remainder}(a, b)",
    doc="a − n b with the whole number n that is nearest to a / b, the even one of two, as in "
        "IEEE 754.",
    c="remainder",
    compute=ieee.ieee_remainder,
    rule=("1", "(y − a) / b"),
    partials=[
        _steady(1.0),
        lambda y, a, b: -(floordiv(a, b) + select(y == mod(a, b), 0.0, 1.0)),
    ],
)
identity: Primitive = primitive(
    "identity", symbol="=", doc="x itself, as a node of its own.",
    c="x",
    compute=lambda x: x,
    rule="1",
    partials=lambda y, x: 1.0,
)
absolute: Primitive = primitive(
    "absolute", symbol="|·|", array="absolute", doc="The absolute value |x|; its slope at 0 is 0.",
    latex=r"\lvert x \rvert", example="absolute(-2.5) -> 2.5",
    c="fabs",
    compute=abs,
    rule="sgn x",
    partials=lambda y, x: sign(x),
    kink=lambda y, x: x == 0.0, bends=NOWHERE,
)
sign: Primitive = primitive(
    "sign", symbol="sgn", array="sign",
    doc="The sign of x: −1, 0 or 1 for negative, zero or positive x; its slope is 0.",
    latex=r"\operatorname{sgn} x", example="sign(-2.5) -> -1.0",
    c="x == x ? (x > 0.0) - (x < 0.0) : x",
    compute=ieee.sign,
    rule="0",
    partials=_steady(0.0),
    kink=lambda y, x: x == 0.0, bends=NOWHERE,
)
floor: Primitive = primitive(
    "floor", symbol="⌊·⌋", array="floor", doc="The largest whole number ≤ x: ⌊x⌋; its slope is 0.",
    latex=r"\lfloor x \rfloor", example="floor(-2.5) -> -3.0",
    c="floor",
    compute=ieee.floor,
    rule="0",
    partials=_steady(0.0),
)
ceil: Primitive = primitive(
    "ceil", symbol="⌈·⌉", array="ceil", doc="The smallest whole number ≥ x: ⌈x⌉; its slope is 0.",
    latex=r"\lceil x \rceil", example="ceil(-2.5) -> -2.0",
    c="ceil",
    compute=ieee.ceil,
    rule="0",
    partials=_steady(0.0),
)
trunc: Primitive = primitive(
    "trunc", array="trunc",
    doc="The integer part of x: sgn(x) ⌊|x|⌋; its slope is 0.",
    latex=r"\operatorname{trunc} x", example="trunc(-2.5) -> -2.0",
    c="trunc",
    compute=ieee.trunc,
    rule="0",
    partials=_steady(0.0),
)
exponent: Primitive = primitive(
    "exponent", latex=r"\operatorname{exponent} x",
    doc="The whole number n with ½ ≤ |x| / 2ⁿ < 1, 0 where there is none; its slope is 0.",
    c=c_texts.exponent,
    compute=lambda x: float(math.frexp(x)[1]),
    rule="0",
    partials=_steady(0.0),
)
ulp: Primitive = primitive(
    "ulp", latex=r"\operatorname{ulp} x",
    doc="The distance of |x| to the next larger float; its slope is 0.",
    c=c_texts.ulp,
    compute=math.ulp,
    rule="0",
    partials=_steady(0.0),
)
nextafter: Primitive = primitive(
    "nextafter", array="nextafter",
    latex=r"\operatorname{nextafter}(x, y)",
    doc="The float next to x in the direction of y.",
    c="nextafter",
    compute=math.nextafter,
    rule=("1", "0"),
    partials=[_steady(1.0), _steady(0.0)],
)
copysign: Primitive = primitive(
    "copysign", array="copysign", doc="The size |a| with the sign of b.",
    latex=r"\pm \lvert a \rvert", example="copysign(2.0, -0.0) -> -2.0",
    c="copysign",
    compute=math.copysign,
    rule=("sgn(a) · copysign(1, b)", "0"),
    partials=[lambda y, a, b: select(b == b, sign(a) * copysign(1.0, b), nan * b), _steady(0.0)],
    kink=lambda y, a, b: a == 0.0, bends=NOWHERE,
)

# Selections. A gradient flows only to the operands that were selected: `followed` says to which,
# and when.

where: Primitive = primitive(
    "where", array="where", named=False,
    doc="a where the condition holds, else b; the branch not taken is not followed.",
    c="c != 0.0 ? a : b",
    compute=lambda condition, a, b: a if condition else b,
    rule=("0", "1 for c ≠ 0, else 0", "1 for c = 0, else 0"),
    partials=[lambda y, c, a, b: 0.0, lambda y, c, a, b: 1.0, lambda y, c, a, b: 1.0],
    followed=[lambda y, c, a, b: False, lambda y, c, a, b: c, lambda y, c, a, b: c == 0],
)


def _share(a: Any, b: Any, wins: Any) -> Any:
    """1 for the operand that wins, one half for each of two equal ones, nan beside a nan."""
    return select(wins, 1.0, select(a == b, 0.5, nan * (a + b)))


maximum: Primitive = primitive(
    "maximum", symbol="max", array="maximum",
    doc="The largest of two or more numbers or of one iterable: max(x₁, …, xₙ); equal ones share "
        "the gradient evenly.",
    latex=r"\max(x_1, \dots, x_n)", example="maximum(1.0, 3.0, 2.0) -> 3.0",
    c="a >= b || a != a ? a : b",
    compute=ieee.maximum,
    rule=("1 for a > b, else 1 / 2 for a = b, else 0", "1 for b > a, else 1 / 2 for a = b, else 0"),
    partials=[lambda y, a, b: _share(a, b, a > b), lambda y, a, b: _share(a, b, b > a)],
    followed=[lambda y, a, b: (a >= b) | (y != y), lambda y, a, b: (b >= a) | (y != y)],
    kink=lambda y, a, b: a == b, bends=NOWHERE,
)
minimum: Primitive = primitive(
    "minimum", symbol="min", array="minimum",
    doc="The smallest of two or more numbers or of one iterable: min(x₁, …, xₙ); equal ones share "
        "the gradient evenly.",
    latex=r"\min(x_1, \dots, x_n)", example="minimum(1.0, 3.0, 2.0) -> 1.0",
    c="a <= b || a != a ? a : b",
    compute=ieee.minimum,
    rule=("1 for a < b, else 1 / 2 for a = b, else 0", "1 for b < a, else 1 / 2 for a = b, else 0"),
    partials=[lambda y, a, b: _share(a, b, a < b), lambda y, a, b: _share(a, b, b < a)],
    followed=[lambda y, a, b: (a <= b) | (y != y), lambda y, a, b: (b <= a) | (y != y)],
    kink=lambda y, a, b: a == b, bends=NOWHERE,
)
clip: Primitive = primitive(
    "clip",
    doc="The number x limited to low and high: min(max(x, low), high); flat at both bounds.",
    latex=r"\min(\max(x, \text{low}), \text{high})", example="clip(2.5, 0.0, 1.0) -> 1.0",
    decomposition=decompositions.clip,
    c="x >= high ? high : x <= low ? low : x",
    compute=ieee.clip,
    rule=("1 for low < x < high, else 0", "1 for low ≥ x < high, else 0", "1 for x ≥ high, else 0"),
    partials=[lambda y, x, low, high: select(y == y, 1.0, nan * y)] * 3,
    followed=[
        lambda y, x, low, high: (y != y) | ((x > low) & (x < high)),
        lambda y, x, low, high: (x <= low) & (x < high),
        lambda y, x, low, high: x >= high,
    ],
    kink=lambda y, x, low, high: (x == low) | (x == high), bends=NOWHERE,
)
relu: Primitive = primitive(
    "relu",
    doc="The rectified linear unit max(x, 0), flat at 0: an inactive unit is not followed.",
    latex=r"\max(x, 0)", example="relu(-2.0) -> 0.0",
    source="Nair and Hinton, Rectified Linear Units Improve Restricted Boltzmann Machines, 2010.",
    steepest=1.0, decomposition=lambda b, x: b.maximum(0.0, x),
    c="x <= 0.0 ? 0.0 : x",
    compute=lambda x: 0.0 if x <= 0.0 else x,
    rule="1 for x > 0, else 0",
    partials=lambda y, x: select(x == x, 1.0, nan * x),
    followed=[lambda y, x: (x > 0.0) | (x != x)],
    kink=lambda y, x: x == 0.0, bends=NOWHERE,
)
