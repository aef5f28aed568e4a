"""Σ a · b on floats: the innermost loop of every network that runs eagerly."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from functools import cache
from operator import mul
from typing import Any, NamedTuple

LONGEST = 128  # of the sums that are written out

Numbers = Sequence[float]


class Products(NamedTuple):
    """Sums of products, each added from left to right: `one(row, xs)`, and `many(rows, xs)` for
    one row after the other.
    """

    one: Callable[[Numbers, Numbers], float]
    many: Callable[[Iterable[Numbers], Numbers], list[float]]


@cache
def products_of(width: int) -> Products:
    """The functions for rows of so many numbers.

    >>> products_of(2).many([(1.0, 2.0), (0.5, 0.0)], (3.0, 4.0))
    [11.0, 1.5]
    """
    return _written_out(width) if 0 < width <= LONGEST else Products(_one, _many)


def _one(row: Numbers, xs: Numbers) -> float:
    return sum(map(mul, row, xs), -0.0)


def _many(rows: Iterable[Numbers], xs: Numbers) -> list[float]:
    return [_one(row, xs) for row in rows]


def _written_out(width: int) -> Products:
    """The same without a loop over the terms, which takes half as long again, and thrice as
    long for three of them.
    """
    a, b = [f"a{i}" for i in range(width)], [f"b{i}" for i in range(width)]
    left, right, total = ", ".join(a), ", ".join(b), " + ".join(map("{} * {}".format, a, b))
    source = f"""
def one(row, xs):
    {left}, = row
    {right}, = xs
    return {total}

def many(rows, xs):
    {right}, = xs
    found = []
    for {left}, in rows:
        found.append({total})
    return found
"""
    names: dict[str, Any] = {}
    exec(source, names)
    return Products(names["one"], names["many"])
