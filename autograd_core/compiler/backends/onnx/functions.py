"""The rows of the table in the operators of ONNX. Those that onnxruntime computes in single
precision only are written with others that it has in both.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

from ....primitives import Primitive
from ....primitives.reductions import MAJOR
from .graph import Graph, Operand

LN2 = math.log(2.0)

Formula = Callable[..., Any]


def function_of(row: Primitive) -> Formula:
    """The function (graph, *operands) of a row; a ValueError if there is none."""
    formula = FORMULAS.get(row.array) if row.array else OTHERS.get(row.name)
    if formula is None:
        raise ValueError(
            f"the row {row.name!r} has no formula in ONNX; write the function with others, or give "
            f"the row a decomposition, as in primitive({row.name!r}, ..., decomposition=lambda b, "
            "x: b.exp(b.neg(x)))"
        )
    return formula


def _operator(kind: str) -> Formula:
    return lambda g, *xs: g.node(kind, xs)


def _comparison(kind: str) -> Formula:
    return lambda g, a, b: g.number(g.node(kind, (a, b)))


def _logical(kind: str) -> Formula:
    return lambda g, a, b: g.number(g.node(kind, (g.truth(a), g.truth(b))))


def _selecting(kind: str) -> Formula:
    """Of two zeros the first is taken, as the row of the table does; a nan is taken, wherever."""
    return lambda g, a, b: g.Where(g.Or(g.node(kind, (a, b)), g.IsNaN(a)), a, b)


def _accumulated(function: Formula) -> Formula:
    def all_of(g: Graph, *xs: Operand) -> Operand:
        total = xs[0]
        for x in xs[1:]:
            total = function(g, total, x)
        return total

    return all_of


def _sign(g: Graph, x: Operand) -> Operand:
    """−1 or 1 with the sign of x, of a zero too."""
    negative = g.Less(g.Where(g.Equal(x, 0.0), g.Div(1.0, x), x), 0.0)
    return g.Where(negative, -1.0, 1.0)


def _copysign(g: Graph, a: Operand, b: Operand) -> Operand:
    return g.Mul(g.Abs(a), _sign(g, b))


def _odd(function: Formula) -> Formula:
    """An odd function from that of |x|."""
    return lambda g, x: _copysign(g, function(g, g.Abs(x)), x)


def _expm1(g: Graph, x: Operand) -> Operand:
    """eˣ − 1 = tanh(x / 2) (eˣ + 1), which cancels nowhere."""
    return g.Mul(g.Tanh(g.Mul(0.5, x)), g.Add(g.Exp(x), 1.0))


def _log1p(g: Graph, x: Operand) -> Operand:
    """ln(u) x / (u − 1) with u = 1 + x as it is rounded (Kahan)."""
    u = g.Add(1.0, x)
    exact = g.Or(g.Equal(u, 1.0), g.Equal(u, math.inf))
    whole = g.Where(exact, 2.0, u)
    y = g.Mul(g.Log(whole), g.Div(x, g.Sub(whole, 1.0)))
    return g.Where(exact, x, y)


def _cosh(g: Graph, x: Operand) -> Operand:
    """e^(|x| − ln 2) (1 + e^(−2 |x|)), which is infinite only where cosh is."""
    size = g.Abs(x)
    return g.Mul(g.Exp(g.Sub(size, LN2)), g.Add(1.0, g.Exp(g.Mul(-2.0, size))))


def _cos(g: Graph, x: Operand) -> Operand:
    """sin 2x / (2 sin x), and 1 − 2 sin² ½x where sin x is small."""
    if g.dtype == "float32":
        return g.Cos(x)
    sine, half = g.Sin(x), g.Sin(g.Mul(0.5, x))
    large = g.Less(0.5, g.Abs(sine))
    whole = g.Div(g.Sin(g.Mul(2.0, x)), g.Mul(2.0, g.Where(large, sine, 1.0)))
    return g.Where(large, whole, g.Sub(1.0, g.Mul(2.0, g.Mul(half, half))))


def _atan(g: Graph, x: Operand) -> Operand:
    """A step of Newton from the angle in single precision: with tan d = (sin y − x cos y) / (cos y
    + x sin y) the angle is y − d, and d is so small that d³ counts no more.
    """
    most = 1e300 if g.dtype == "float64" else 1e30
    x = g.Max(g.Min(x, most), -most)
    if g.dtype == "float32":
        return g.Atan(x)
    y = g.Cast(g.Atan(g.Cast(x, to=1)), to=g.type)
    sine, cosine = g.Sin(y), _cos(g, y)
    off = g.Div(g.Sub(sine, g.Mul(x, cosine)), g.Add(cosine, g.Mul(x, sine)))
    return g.Sub(y, off)


def _asin(g: Graph, x: Operand) -> Operand:
    """2 atan(x / (1 + √(1 − x²)))."""
    root = g.Sqrt(g.Mul(g.Sub(1.0, x), g.Add(1.0, x)))
    return g.Mul(2.0, _atan(g, g.Div(x, g.Add(1.0, root))))


def _acos(g: Graph, x: Operand) -> Operand:
    """2 atan(√((1 − x) / (1 + x)))."""
    return g.Mul(2.0, _atan(g, g.Sqrt(g.Div(g.Sub(1.0, x), g.Add(1.0, x)))))


def _atan2(g: Graph, a: Operand, b: Operand) -> Operand:
    """The angle of (|b|, |a|) from the smaller one over the larger, and its place by the signs."""
    high, wide = g.Abs(a), g.Abs(b)
    steep, alike = g.Less(wide, high), g.Equal(wide, high)
    less, more = g.Where(steep, wide, high), g.Where(steep, high, wide)
    ratio = g.Where(alike, g.Where(g.Equal(high, 0.0), 0.0, 1.0), g.Div(less, more))
    ratio = g.Where(g.Or(g.IsNaN(a), g.IsNaN(b)), math.nan, ratio)
    angle = _atan(g, ratio)
    angle = g.Where(steep, g.Sub(math.pi / 2.0, angle), angle)
    left = g.Less(_sign(g, b), 0.0)
    return _copysign(g, g.Where(left, g.Sub(math.pi, angle), angle), a)


def _asinh(g: Graph, x: Operand) -> Operand:
    """ln(1 + (x + x² / (1 + √(1 + x²)))), or ln 2x where x² may overflow; for x ≥ 0."""
    large = g.Less(_largest_root(g), x)
    some = g.Where(large, 1.0, x)
    square = g.Mul(some, some)
    rest = g.Div(square, g.Add(1.0, g.Sqrt(g.Add(1.0, square))))
    return g.Where(large, g.Add(g.Log(x), LN2), _log1p(g, g.Add(some, rest)))


def _acosh(g: Graph, x: Operand) -> Operand:
    """ln(1 + (t + √(2t + t²))) with t = x − 1, or ln 2x where t² may overflow."""
    large = g.Less(_largest_root(g), x)
    t = g.Sub(g.Where(large, 1.0, x), 1.0)
    root = g.Sqrt(g.Mul(t, g.Add(2.0, t)))
    y = g.Where(g.Less(t, 0.0), math.nan, _log1p(g, g.Add(t, root)))
    return g.Where(large, g.Add(g.Log(x), LN2), y)


def _largest_root(g: Graph) -> float:
    """A number whose square is far from overflow, and beside which 1 does not count."""
    return 1e150 if g.dtype == "float64" else 1e15


def _atanh(g: Graph, x: Operand) -> Operand:
    """½ ln(1 + 2x / (1 − x)); for x ≥ 0."""
    return g.Mul(0.5, _log1p(g, g.Div(g.Mul(2.0, x), g.Sub(1.0, x))))


def _hypot(g: Graph, a: Operand, b: Operand) -> Operand:
    """√(a² + b²), scaled by the larger one; infinite if one is, also beside a nan."""
    a, b = g.Abs(a), g.Abs(b)
    size = g.Max(a, b)
    scale = g.Where(g.Equal(size, 0.0), 1.0, size)
    left, right = g.Div(a, scale), g.Div(b, scale)
    y = g.Mul(scale, g.Sqrt(g.Add(g.Mul(left, left), g.Mul(right, right))))
    return g.Where(g.Or(g.IsInf(a), g.IsInf(b)), math.inf, y)


def _logaddexp(g: Graph, a: Operand, b: Operand) -> Operand:
    size = g.Max(a, b)
    y = g.Add(size, _log1p(g, g.Exp(g.Neg(g.Abs(g.Sub(a, b))))))
    return g.Where(g.Equal(a, b), g.Add(a, LN2), y)


def _rest(g: Graph, a: Operand, b: Operand) -> tuple[str, str, str]:
    """The exact remainder with the sign of a, whether it is 0, and whether b has another sign."""
    rest = g.Mod(a, b, fmod=1)
    return rest, g.Equal(rest, 0.0), g.Less(g.Mul(_sign(g, rest), _sign(g, b)), 0.0)


def _remainder(g: Graph, a: Operand, b: Operand) -> Operand:
    """Python's a % b, whose sign is that of b."""
    rest, zero, other = _rest(g, a, b)
    y = g.Where(other, g.Add(rest, b), rest)
    return g.Where(g.Equal(b, 0.0), math.nan, g.Where(zero, g.Mul(0.0, _sign(g, b)), y))


def _floor_divide(g: Graph, a: Operand, b: Operand) -> Operand:
    """Python's a // b."""
    rest, zero, other = _rest(g, a, b)
    whole = g.Div(g.Sub(a, rest), b)
    whole = g.Where(g.And(other, g.Not(zero)), g.Sub(whole, 1.0), whole)
    down = g.Floor(whole)
    y = g.Where(g.Less(0.5, g.Sub(whole, down)), g.Add(down, 1.0), down)
    y = g.Where(g.Equal(y, 0.0), g.Mul(0.0, _sign(g, g.Div(a, b))), y)
    return g.Where(g.Equal(b, 0.0), g.Div(a, b), y)


def _minor(g: Graph, *xs: Operand) -> Operand:
    return g.Sum(*[g.Where(g.Less(MAJOR, x), 0.0, x) for x in xs])


def _part_of_unit(g: Graph, u: Operand, rest: Operand) -> Operand:
    other = _copysign(g, g.Sqrt(g.Sub(1.0, rest)), u)
    return g.Where(g.Less(MAJOR, g.Mul(u, u)), other, u)


FORMULAS: dict[str, Formula] = {
    "absolute": _operator("Abs"),
    "add": _operator("Add"),
    "arccos": _acos,
    "arccosh": _acosh,
    "arcsin": _asin,
    "arcsinh": _odd(_asinh),
    "arctan": _atan,
    "arctan2": _atan2,
    "arctanh": _odd(_atanh),
    "cbrt": _odd(lambda g, x: g.Pow(x, 1.0 / 3.0)),
    "ceil": _operator("Ceil"),
    "copysign": _copysign,
    "cos": _cos,
    "cosh": _cosh,
    "divide": _operator("Div"),
    "equal": _comparison("Equal"),
    "exp": _operator("Exp"),
    "exp2": lambda g, x: g.Pow(2.0, x),
    "expm1": _expm1,
    "floor": _operator("Floor"),
    "floor_divide": _floor_divide,
    "fmod": lambda g, a, b: g.Mod(a, b, fmod=1),
    "hypot": _accumulated(_hypot),
    "less": _comparison("Less"),
    "less_equal": _comparison("LessOrEqual"),
    "log": _operator("Log"),
    "log10": lambda g, x: g.Div(g.Log(x), math.log(10.0)),
    "log1p": _log1p,
    "log2": lambda g, x: g.Div(g.Log(x), LN2),
    "logaddexp": _logaddexp,
    "logical_and": _logical("And"),
    "logical_or": _logical("Or"),
    "maximum": _accumulated(_selecting("GreaterOrEqual")),
    "minimum": _selecting("LessOrEqual"),
    "multiply": _accumulated(lambda g, a, b: g.Mul(a, b)),
    "negative": _operator("Neg"),
    "not_equal": lambda g, a, b: g.number(g.Not(g.Equal(a, b))),
    "power": _operator("Pow"),
    "remainder": _remainder,
    "sign": _operator("Sign"),
    "sin": _operator("Sin"),
    "sinh": lambda g, x: g.Mul(g.Tanh(x), _cosh(g, x)),
    "sqrt": _operator("Sqrt"),
    "subtract": _operator("Sub"),
    "tan": lambda g, x: g.Div(g.Sin(x), _cos(g, x)),
    "tanh": _operator("Tanh"),
    "trunc": _odd(lambda g, x: g.Floor(x)),
    "where": lambda g, condition, a, b: g.Where(g.truth(condition), a, b),
}
"""By the name of the function in NumPy."""

OTHERS: dict[str, Formula] = {
    "identity": lambda g, x: x,
    "jump": lambda g, x: g.Where(g.Equal(x, x), -0.0, -0.0),
    "minor": _minor,
    "part_of_unit": _part_of_unit,
    "share_of_one": lambda g, p, rest: g.Where(g.Less(MAJOR, p), g.Sub(1.0, rest), p),
    "unsettled": lambda g, distance, *xs: g.Where(g.Equal(distance, 0.0), -0.0, math.nan),
}
"""By the name of the row, which has none in NumPy."""
