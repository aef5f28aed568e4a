"""Look-ups by a number: an entry of a sequence, and a line through given points.

Eagerly they pick. While a compiled function is recorded they select by comparisons, as a tree of
`where`, so that one program serves every index and every number. A long table of constants gets a
row of its own, which looks up.
"""

from __future__ import annotations

import math
from bisect import bisect_right
from collections.abc import Callable, Iterable, Sequence
from functools import cache
from operator import lt
from typing import Any

from .engine.context import tape
from .engine.node import Node, number, operand
from .engine.value import apply
from .functions import where
from .primitives.arithmetic import clip, div, floor, identity, relu, select
from .primitives.tables import entry_of, line_of

FEW = 32  # up to so many entries a selection takes less time than a look-up in a batch


def take(xs: Iterable[Any], i: Any) -> Any:
    """The entry xᵢ, counted from 0; the gradient flows to this entry alone.

    In a compiled function i may be computed: one program serves every i, where `xs[i]` would take
    a path for each.

    Args:
        xs: the numbers x₀ … xₙ₋₁, floats or Values, in any iterable; or sequences of numbers, all
            of one length, such as the rows of a table.
        i: a whole number from −n to n − 1, a float or a Value; −1 is the last. Its slope is 0.

    Returns:
        A float, or a Value where xᵢ or i is one; for a row a list of them. A compiled function
        gives nan where a computed i is no index.

    Raises:
        IndexError: `i` is out of range.
        TypeError: `i` is no whole number, or `xs` is no iterable of numbers or of such rows.

    Example:
        >>> from autograd_core import Value, grad, take
        >>> take([2.0, 3.0, 5.0], Value(1.0))
        Value(3.0)
        >>> grad(lambda xs: take(xs, -1) ** 2)([2.0, 3.0, 5.0])
        [0.0, 0.0, 10.0]
    """
    entries = [*xs]
    i = operand(i, "the index of take")
    k = _position(number(i), len(entries))
    if isinstance(i, Node) and tape() is not None:
        return _selected(entries, i)
    found = entries[k]
    entry = [_entry(x) for x in found] if _is_row(found) else _entry(found)
    if not isinstance(i, Node):
        return entry
    return [apply(identity, (x,)) for x in entry] if _is_row(found) else apply(identity, (entry,))


def _entry(x: Any) -> Any:
    return operand(x, "an entry of take")


def _is_row(x: Any) -> bool:
    return hasattr(x, "__len__") and getattr(x, "ndim", 1) != 0 and not isinstance(x, str)


def _position(i: float, n: int) -> int:
    if not i.is_integer():
        raise TypeError(f"the index of take must be a whole number, got {i}; write floor(i)")
    if not -n <= i < n:
        raise IndexError(f"the index of take is out of range: got {int(i)} for {n} entries")
    return int(i)


def _selected(entries: list[Any], i: Any) -> Any:
    """The entry as a selection, for every i."""

    @cache
    def place() -> tuple[Any, Callable[[int], Any]]:
        n = float(len(entries))
        at: Any = where(i < 0.0, i + n, i)
        return (at >= 0.0) & (at < n) & (floor(at) == at), cache(lambda k: at < float(k))

    def chosen(column: Iterable[Any]) -> Any:
        xs = [_entry(x) for x in column]
        if len(xs) > FEW and _all_floats(xs):
            return entry_of(tuple(xs))(i)
        valid, below = place()
        return where(valid, _chosen(xs, below), math.nan)

    if not _is_row(entries[0]):
        return chosen(entries)
    if len({*map(len, entries)}) > 1:
        raise TypeError("the rows of take must have the same length if the index is computed")
    return [chosen(column) for column in zip(*entries, strict=True)]


def _chosen(cells: Sequence[Any], below: Callable[[int], Any]) -> Any:
    """The cell k for which `below(k + 1)` and not `below(k)`, in as few levels as possible."""
    width = 1
    while len(cells) > 1:
        pairs = range(0, len(cells) - 1, 2)
        rest = cells[-1:] if len(cells) % 2 else []
        cells = [
            a if (a := cells[k]) is (b := cells[k + 1]) else select(below((k + 1) * width), a, b)
            for k in pairs
        ] + [*rest]
        width *= 2
    return cells[0]


def interpolate(x: Any, xs: Iterable[Any], ys: Iterable[Any]) -> Any:
    """Linear interpolation at x between the points (xₖ, yₖ), like `numpy.interp`.

    For xₖ ≤ x < xₖ₊₁ it is yₖ + (x − xₖ) · (yₖ₊₁ − yₖ) / (xₖ₊₁ − xₖ). Before the first point it
    is y₁, behind the last yₙ. At a point the slope in x is the one of least norm between those of
    both sides. A compiled function has one program for every x.

    Args:
        x: a float or a Value, in the unit of the xₖ.
        xs: the knots x₁ < x₂ < … < xₙ, floats or Values.
        ys: as many numbers y₁ … yₙ, floats or Values.

    Returns:
        A float, or a Value where one of them is; nan at nan. It has derivatives with respect to
        x, xₖ and yₖ.

    Raises:
        TypeError: `x` or an entry of `xs` or `ys` is not a number.
        ValueError: there are no points, there are not as many x as y, or the knots do not increase.

    Example:
        >>> from autograd_core import grad, interpolate
        >>> pressure = lambda t: interpolate(t, [0.0, 50.0, 100.0], [0.6, 12.4, 101.4])
        >>> pressure(75.0), round(grad(pressure)(75.0), 6)
        (56.9, 1.78)
    """
    x = operand(x, "the x of interpolate")
    xs, ys = [_points(points) for points in (xs, ys)]
    if len(xs) != len(ys) or not xs:
        raise ValueError(
            f"interpolate needs as many ys as xs, at least one; got {len(xs)} xs and {len(ys)} ys"
        )
    recording, plain = tape() is not None, _all_floats(xs)
    knots = xs if plain or recording else [number(knot) for knot in xs]
    if (plain or not recording) and not all(map(lt, knots, knots[1:])):
        raise ValueError("the knots of interpolate must increase; sort the points by x first")
    if not recording:
        cell = bisect_right(knots, number(x))
        at_knot = cell > 0 and number(x) == knots[cell - 1]
        return _line(at_knot, clip(x, xs[0], xs[-1]), *_cell(cell, xs, ys, at_knot))
    if len(xs) > FEW and plain and _all_floats(ys):
        return line_of(tuple(xs), tuple(ys))(x)
    cells = [_cell(k, xs, ys, True) for k in range(len(xs) + 1)]
    below = cache(lambda k: x < xs[k - 1])
    parts = tuple([_chosen(column, below) for column in zip(*cells, strict=True)])
    return _line(x == parts[0], clip(x, xs[0], xs[-1]), *parts)


def _points(points: Iterable[Any]) -> list[Any]:
    found = [*points]
    if _all_floats(found):  # a fast path
        return found
    return [operand(p, "a point of interpolate") for p in found]


def _all_floats(xs: list[Any]) -> bool:
    return {*map(type, xs)} <= {float}


def _cell(k: int, xs: list[Any], ys: list[Any], at_knot: bool) -> tuple[Any, Any, Any, Any]:
    """The point at which a cell begins, and the slopes in it and before it. Cell k lies between
    the knots k − 1 and k, counted from 0.
    """
    first = max(k - 1, 0)
    before = _slope(k - 1, xs, ys) if at_knot else 0.0
    return xs[first], ys[first], _slope(k, xs, ys), before


def _slope(k: int, xs: list[Any], ys: list[Any]) -> Any:
    if not 0 < k < len(xs):
        return 0.0
    return div(ys[k] - ys[k - 1], xs[k] - xs[k - 1])


def _line(at_knot: Any, x: Any, x0: Any, y0: Any, slope: Any, before: Any) -> Any:
    """The line of one cell. At its knot the slopes of both sides count."""
    distance = x - x0
    inside = slope * distance
    if at_knot is False:
        return y0 + inside
    low, high = select(slope < before, slope, before), select(slope < before, before, slope)
    least = select(low > 0.0, low, select(high < 0.0, high, 0.0))
    right, left = (slope - least) * relu(distance), (before - least) * relu(-distance)
    return y0 + select(at_knot, least * distance + right - left, inside)
