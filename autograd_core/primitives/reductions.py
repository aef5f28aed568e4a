"""The table, part 4: rows over any number of operands. Each is one node, however many operands
it has.
"""

from __future__ import annotations

import builtins
import math
import operator
import sys
from collections.abc import Sequence
from itertools import accumulate
from typing import Any

from . import c_texts, decompositions
from .arithmetic import absolute, div, maximum, minimum, select
from .comparisons import less
from .elementary import exp, hypot, sqrt
from .primitive import NOWHERE, Primitive, reduction
from .primitive import built_in as primitive
from .products import products_of

TALL = 1e150  # numbers up to it, and from 1 / TALL on, have squares
MAJOR = 0.75
"""A share above it is written by the others. It is so far above ½ that two shares cannot both be
above it, however their quotients are rounded.
"""


def _compute_dot(*operands: float) -> float:
    half = len(operands) // 2
    return products_of(half).one(operands[:half], operands[half:]) + 0.0


def _plain_dot(*operands: float) -> float:
    half = len(operands) // 2
    return builtins.sum(a * b for a, b in zip(operands[:half], operands[half:], strict=True)) + 0.0


vars(_compute_dot)["plain"] = _plain_dot  # for a file of its own: the other makes functions


def _compute_largest(*xs: float) -> float:
    return math.nan if builtins.any(x != x for x in xs) else max(xs, default=-math.inf)


def _compute_logsumexp(*xs: float) -> float:
    top = _compute_largest(*xs)
    if not math.isfinite(top):
        return top
    return top + math.log1p(
        math.fsum([-1.0, *(math.exp(x - top) for x in xs)])
    )  # all but the largest, which is 1


def _even_shares(y: Any, *xs: Any) -> list[Any]:
    """The subgradient of least norm: all that are the largest have the same slope, and 0 / 0 is
    nan.
    """
    if y.__class__ is float:  # a fast path
        count = xs.count(y) if y == y else 0
        return [1.0 / count if x == y else 0.0 for x in xs] if count else [math.nan] * len(xs)
    ties = [select(x == y, 1.0, 0.0) for x in xs]
    total = sum(*ties)
    return [div(tie, total) for tie in ties]


def softmax(*xs: Any) -> list[Any]:
    """exp(xᵢ) / Σ exp(xⱼ). What is subtracted cancels, so no derivative of it is taken: it is a
    constant.
    """
    shift = largest(*xs)
    if shift.__class__ is float:
        return _softmax_of_numbers(shift, xs)
    shift = _constant(shift)
    powers = [exp(x - shift) for x in xs]
    total = sum(*powers)
    shares = [power / total for power in powers]
    return _by_the_rest(shares, shares, share_of_one)


def _softmax_of_numbers(shift: float, xs: Sequence[float]) -> list[float]:
    """A fast path: the same operations on plain numbers."""
    powers = [math.exp(x - shift) for x in map(float, xs)]
    total = builtins.sum(powers, 0.0)
    shares = [power / total for power in powers]
    rest = minor.compute(*shares)
    return [1.0 - rest if share > MAJOR else share for share in shares]


def _directions(y: Any, *xs: Any) -> list[Any]:
    """xᵢ / ‖x‖. Where ‖x‖ may overflow and the quotients do not, a size is divided out first,
    which cancels.
    """
    if y.__class__ is float:
        return _directions_of_numbers(y, xs)
    usual = y < TALL  # a condition where a program is recorded, which is for all numbers
    if usual is True and y > 1.0 / TALL:
        parts = [x / y for x in xs]
        return _by_the_rest(parts, [part * part for part in parts], part_of_unit)
    size = _constant(minimum(largest(*[absolute(x) for x in xs]), sys.float_info.max))
    scaled = [div(x, size) for x in xs]
    length = sqrt(dot(*scaled, *scaled))
    parts = [div(x, length) for x in scaled]
    parts = _by_the_rest(parts, [part * part for part in parts], part_of_unit)
    return [select(size == 0.0, 0.0, part) for part in parts]


def _directions_of_numbers(y: float, xs: Sequence[float]) -> list[float]:
    """A fast path: the same operations on plain numbers."""
    if y == 0.0:
        return [0.0] * len(xs)
    if not 1.0 / TALL < y < TALL:
        size = min(largest.compute(*map(abs, xs)), sys.float_info.max)
        xs = [x / size for x in xs]
        y = math.sqrt(dot.compute(*xs, *xs))
    parts = [x / y for x in xs]
    squares = [part * part for part in parts]
    if not max(squares, default=0.0) > MAJOR:
        return parts
    rest = minor.compute(*squares)
    return [part_of_unit.compute(part, rest) for part in parts]


def _by_the_rest(shares: list[Any], sizes: list[Any], row: Primitive) -> list[Any]:
    """The shares of a whole, of which one that is more than ¾ of it is written by the others
    (see `minor`).
    """
    if type(sizes[0] > MAJOR) is bool:  # known, and the others are what they are
        above = [size > MAJOR for size in sizes]
        rest = minor(*sizes) if any(above) else 0.0
        return [row(x, rest) if big else x for x, big in zip(shares, above, strict=True)]
    rest = minor(*sizes)
    return [row(x, rest) for x in shares]


def _is_major(x: Any) -> Any:
    """1 where x is the major share, else 0."""
    above = x > MAJOR
    return float(above) if type(above) is bool else less(MAJOR, x)


def _constant(x: Any) -> Any:
    """The same number, through which no gradient flows."""
    if x.__class__ is float:
        return x
    x.label = "the largest"
    return x.detach()


def _others(xs: tuple[Any, ...]) -> list[Any]:
    """For each operand the product of all others, without a division: products from the left
    and from the right.
    """
    before = accumulate(xs[:-1], operator.mul, initial=1.0)
    after = list(accumulate(xs[:0:-1], operator.mul, initial=1.0))
    return [left * right for left, right in zip(before, reversed(after), strict=True)]


# A row: what it is called, drawn as and means; how it is computed; its derivatives; where it has a
# kink.
# fmt: off


sum: Primitive = reduction(
    "sum", symbol="Σ", doc="x₁ + … + xₙ, as one node.",
    additive=True,
    c=c_texts.sum,
    compute=lambda *xs: builtins.sum(xs, 0.0),
    rule="1",
    partials=lambda y, *xs: (1.0,) * len(xs),
)
prod: Primitive = reduction(
    "prod", symbol="Π", doc="x₁ · … · xₙ, as one node.",
    array="multiply",
    c=c_texts.prod,
    compute=lambda *xs: math.prod(xs, start=1.0),
    rule="y / x",
    partials=lambda y, *xs: _others(xs) if xs else (),
)
dot: Primitive = reduction(
    "dot", symbol="·", doc="a₁ b₁ + … + aₙ bₙ, as one node; the operands are first all a, then "
                           "all b.",
    additive=True, pairs=True,
    c=c_texts.dot,
    compute=_compute_dot,
    rule=("b", "a"),
    partials=lambda y, *xs: xs[len(xs) // 2 :] + xs[: len(xs) // 2],
)
norm: Primitive = reduction(
    "norm", symbol="‖·‖", doc="√(x₁² + … + xₙ²), without overflow; its slope at the origin is 0.",
    array="hypot",
    c=c_texts.norm,
    compute=math.hypot,
    rule="x / y",
    partials=_directions,
    kink=lambda y, *xs: y == 0.0,
)
largest: Primitive = reduction(
    "largest", symbol="max", doc="The largest of x₁ … xₙ; where several are equal, they share the "
                                 "slope.",
    array="maximum",
    c=c_texts.largest,
    compute=_compute_largest,
    rule="1 for x = y, else 0",
    partials=_even_shares,
    kink=lambda y, *xs: sum(*[select(x == y, 1.0, 0.0) for x in xs]) > 1.0, bends=NOWHERE,
)
logsumexp: Primitive = reduction(
    "logsumexp", symbol="lse", doc="ln Σ exp(xᵢ), without overflow.",
    decomposition=decompositions.logsumexp, overflows=True,
    c=c_texts.logsumexp,
    compute=_compute_logsumexp,
    rule="exp(x − y)",
    partials=lambda y, *xs: softmax(*xs),
)

maximum.many = largest
minimum.many = lambda *xs: -largest(*[-x for x in xs])
hypot.many = norm

# Where one of several shares of 1 is nearly all, 1 − p has no digits left. The sum of the others
# has them: so the largest share, once it is above ¾, is written as 1 − (the sum of the
# others), and has its derivatives from them.

minor: Primitive = reduction(
    "minor", symbol="Σ≤¾", doc="The sum of those of x₁ … xₙ that are at most ¾.",
    c=c_texts.minor,
    compute=lambda *xs: builtins.sum([x for x in xs if not x > MAJOR], 0.0),
    rule="1 for x ≤ 0.75, else 0",
    partials=lambda y, *xs: [1.0 - _is_major(x) for x in xs],
)
share_of_one: Primitive = primitive(
    "share_of_one", symbol="share",
    doc="A share p of 1: p itself up to ¾, beyond it 1 − rest, where rest is the sum of the "
        "others.",
    c="p > 0.75 ? 1.0 - rest : p",
    compute=lambda p, rest: 1.0 - rest if p > MAJOR else p,
    rule=("1 for p ≤ 0.75, else 0", "0 for p ≤ 0.75, else −1"),
    partials=[lambda y, p, rest: 1.0 - _is_major(p), lambda y, p, rest: 0.0 - _is_major(p)],
)
part_of_unit: Primitive = primitive(
    "part_of_unit", symbol="part",
    doc="A part u of a unit vector: u itself where u² ≤ ¾, else ±√(1 − rest), where rest is the "
        "sum of the other squares.",
    c="u * u > 0.75 ? copysign(sqrt(1.0 - rest), u) : u",
    compute=lambda u, rest: math.copysign(sqrt.compute(1.0 - rest), u) if u * u > MAJOR else u,
    rule=("1 for u² ≤ 0.75, else 0", "0 for u² ≤ 0.75, else −1 / (2y)"),
    partials=[
        lambda y, u, rest: 1.0 - _is_major(u * u),
        lambda y, u, rest: select(u * u > MAJOR, div(-0.5, y), 0.0),
    ],
)
unsettled: Primitive = reduction(
    "unsettled", symbol="kink",
    doc="Nothing, −0 at a distance of 0 from a kink; added to a derivative, it makes the next one "
        "by x₁ … xₙ nan.",
    c="x[0] == 0.0 ? -0.0 : NAN",
    compute=lambda distance, *xs: -0.0 if distance == 0.0 else math.nan,
    partials=lambda y, *xs: [math.nan * x for x in xs],
)
jump: Primitive = primitive(
    "jump", symbol="kink",
    doc="Nothing, −0; added to a derivative that jumps where x is, it makes its second derivative "
        "nan.",
    c="-0.0",
    compute=lambda x: -0.0,
    rule="0",
    partials=lambda y, x: 0.0,
    followed=[lambda y, x: False],
    kink=lambda y, x: True, bends=NOWHERE,
)
