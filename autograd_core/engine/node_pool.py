"""Blank objects of one class, made many at a time."""

from __future__ import annotations

import gc
from collections.abc import Callable
from itertools import chain, compress, islice, repeat, starmap
from operator import call
from typing import Any, Generic, TypeVar

T = TypeVar("T")

SMALL, LARGE = 512, 4096
FIRST, SHARE = (
    64,
    16,
)  # a new stock is at most 64 and a sixteenth of all before: small graphs leave little in it


class Supply(Generic[T]):
    """Objects whose attributes are not set yet, from a stock that is filled up when it is empty.

    `take()` gives one, and raises IndexError where the stock is empty: then `more()` gives one. A
    loop in C makes an object in two thirds of the time; and Python's collector, which otherwise
    looks through what is young after every 700 new objects, does so once for a stock.
    """

    def __init__(self, of: type[T]) -> None:
        self._stock: list[T] = []
        self._count = 0
        self._made = starmap(object.__new__, repeat((of,)))
        self.take: Callable[[], T] = self._stock.pop

    def more(self) -> T:
        """One object, and a new stock."""
        # Of what was allocated since the collector last looked much is still there: a graph grows.
        # Where graphs are freed as soon as they are made, the collector has nothing to do as long
        # as fewer than 700 objects are young.
        growing = gc.get_count()[0] > SMALL // 2
        size = min(LARGE if growing else SMALL, FIRST + self._count // SHARE)
        self._count += size
        last, *others = self._unlooked(size)
        self._stock += others
        return last

    def _unlooked(self, count: int) -> list[T]:
        """So many new objects, made while the collector does not look.

        All of it is one loop in C, into which neither another thread nor Ctrl-C comes: else the
        collector could stay off.
        """
        enabled: list[bool] = []
        steps = chain[Any](
            map(enabled.append, map(call, (gc.isenabled,))),
            map(call, (gc.disable,)),
            islice(self._made, count),
            map(call, compress((gc.enable,), enabled)),
        )
        return [*steps][2 : 2 + count]
