"""Planes of two numbers: their bounds, and functions on a grid of points."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

Function = Callable[[Any], Any]
Bounds = Sequence[Sequence[float]]
Box = list[tuple[float, float]]


def box_of(bounds: Bounds | None, points: Sequence[Sequence[float]] = ()) -> Box:
    """The bounds, or those of the points with a margin.

    >>> box_of(None, [[0.0, 1.0], [1.0, 1.0]])
    [(-0.30000000000000004, 1.3), (0.6, 1.4)]
    """
    if bounds is not None:
        if len(bounds) != 2 or any(len(pair) != 2 or not pair[0] < pair[1] for pair in bounds):
            raise ValueError(f"bounds are two pairs (low, high) with low < high, got {bounds!r}")
        return [(float(low), float(high)) for low, high in bounds]
    if not points:
        raise ValueError(
            "without a path the plot needs bounds: a pair (low, high) for each of the two numbers"
        )
    spans = [(min(column), max(column)) for column in zip(*points, strict=True)]
    widest = max(high - low for low, high in spans) or 1.0
    box = []
    for low, high in spans:
        middle = 0.5 * (low + high)
        reach = 0.8 * max(high - low, 0.5 * widest)  # also show the sides of a path along one axis
        box.append((middle - reach, middle + reach))
    return box


def on_grid(f: Function, box: Any, side: int = 61) -> tuple[Any, Any, Any]:
    """The coordinates of a grid of side × side points, and f of the array of them, row by row.

    >>> xs, ys, found = on_grid(lambda points: [x + y for x, y in points], [(0, 1), (2, 3)], 2)
    >>> found.tolist()
    [[2.0, 3.0], [3.0, 4.0]]
    """
    import numpy

    xs, ys = (numpy.linspace(low, high, side) for low, high in box)
    points = numpy.stack(numpy.meshgrid(xs, ys), axis=-1).reshape(-1, 2)
    found = numpy.array(f(points), float)
    return xs, ys, found.reshape(side, side, *found.shape[1:])
