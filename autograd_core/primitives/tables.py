"""Rows that are made for one constant table: functions of the number that is looked up.

Programs have them where a table has many entries: to select among these would take longer. The
number in a name is that of the entries.
"""

from __future__ import annotations

import math
from bisect import bisect_right
from collections.abc import Callable, Sequence
from functools import lru_cache
from typing import Any

from . import c_texts
from .arithmetic import floor
from .facts import Rule
from .primitive import NOWHERE, REAL, Primitive

Numbers = tuple[float, ...]

(flat,) = floor.partials


class ConstantTable(Primitive):
    """A row for one table. `made` is the function that makes it, with its arguments, for pickles;
    `parts` are the rows of its derivative.
    """

    parts: tuple[Primitive, ...] = ()

    def __init__(
        self, name: str, made: Any, compute: Callable[[float], float], partial: Rule, **facts: Any
    ) -> None:
        super().__init__(name, name, (REAL,), compute, (partial,), **facts)
        self.made = made

    def __reduce__(self) -> Any:
        return self.made


@lru_cache(maxsize=256)
def entry_of(xs: Numbers) -> ConstantTable:
    """The row that gives the entry at a whole number, nan where there is none."""

    def compute(i: float) -> float:
        return xs[int(i)] if -len(xs) <= i < len(xs) and i.is_integer() else math.nan

    name, c = f"take{len(xs)}", c_texts.entry(xs)
    return ConstantTable(name, (entry_of, (xs,)), compute, flat, rule="0", c=c)


@lru_cache(maxsize=256)
def line_of(xs: Numbers, ys: Numbers) -> ConstantTable:
    """The row that interpolates between points."""
    slopes = _slopes(xs, ys)

    def compute(x: float) -> float:
        k = bisect_right(xs, x)
        if 0 < k < len(xs):
            return ys[k - 1] + slopes[k] * (x - xs[k - 1])
        return ys[-1 if k else 0] if x == x else x

    def slope(x: float) -> float:
        k = bisect_right(xs, x)
        a, b = slopes[k], slopes[k - 1 if k and x == xs[k - 1] else k]
        return max(min(a, b), 0.0) + min(max(a, b), 0.0) if x == x else x

    at, name = frozenset(xs), f"interpolate{len(xs)}"
    parts = [
        ConstantTable(
            f"{name}_slope", (_part, (xs, ys, 0)), slope, flat, c=c_texts.line_slope(xs, slopes)
        ),
        ConstantTable(
            f"{name}_knot",
            (_part, (xs, ys, 1)),
            lambda x: float(x in at),
            flat,
            c=c_texts.line_knot(xs),
        ),
    ]
    row = ConstantTable(
        name, (line_of, (xs, ys)), compute, lambda y, x: parts[0](x),
        kink=lambda y, x: parts[1](x) != 0.0, bends=NOWHERE, c=c_texts.line(xs, ys, slopes),
    )  # fmt: skip
    row.parts = tuple(parts)
    return row


def _part(xs: Numbers, ys: Numbers, k: int) -> Primitive:
    return line_of(xs, ys).parts[k]


def _slopes(xs: Sequence[float], ys: Sequence[float]) -> list[float]:
    """The slopes in all cells: before the first point, between points, and behind the last."""
    inner = [(ys[k] - ys[k - 1]) / (xs[k] - xs[k - 1]) for k in range(1, len(xs))]
    return [0.0, *inner, 0.0]
