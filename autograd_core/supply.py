"""Blank objects of one class, made many at a time."""

from __future__ import annotations

import gc
from collections.abc import Callable, Iterator
from itertools import islice, repeat, starmap
from typing import Generic, TypeVar

from .collector import collector_paused

T = TypeVar("T")

SMALL, LARGE = 512, 4096
FIRST, SHARE = 64, 16  # a stock is at most a sixteenth of all that were made before: a small graph keeps few in it


class Supply(Generic[T]):
    """Objects whose attributes are not set yet. `take()` gives one of the stock, `stocked` one after the other.

    Both raise IndexError when the stock is used up: then `more()` gives one and makes a new stock, and `made` gives as many
    as one likes. A loop in C makes them in two thirds of the time; and Python's collector, which otherwise looks through
    what there is after every 700 new objects, does so once for a stock.
    """

    def __init__(self, of: type[T]) -> None:
        self._stock: list[T] = []
        self._count = 0
        self.take: Callable[[], T] = self._stock.pop
        self.stocked: Iterator[T] = map(list.pop, repeat(self._stock))
        self.made: Iterator[T] = starmap(object.__new__, repeat((of,)))

    def more(self) -> T:
        """One object, and a new stock."""
        growing = gc.get_count()[0] > SMALL // 2  # the last small stock is still in use
        self._count += (size := min(LARGE if growing else SMALL, FIRST + self._count // SHARE))
        with collector_paused():
            *block, last = islice(self.made, size)
        self._stock += block
        return last
