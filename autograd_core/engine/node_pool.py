"""A pool of blank objects of one class, made many at a time."""

from __future__ import annotations

import gc
from collections.abc import Callable
from itertools import chain, compress, islice, repeat, starmap
from operator import call
from typing import Any, Generic, TypeVar

T = TypeVar("T")

SMALL, LARGE = 512, 4096
FIRST, SHARE = 64, 16  # a batch has at most 64 objects and a sixteenth of all before it


class NodePool(Generic[T]):
    """A pool of objects without attributes, which is filled when it is empty.

    `take()` gives one, or raises IndexError if the pool is empty; then `more()` gives one. Objects
    made in a loop in C take two thirds of the time. And Python's garbage collector, which otherwise
    runs after every 700 new objects, runs once for a batch.
    """

    def __init__(self, of: type[T]) -> None:
        self._objects: list[T] = []
        self._count = 0
        self._made = starmap(object.__new__, repeat((of,)))
        self.take: Callable[[], T] = self._objects.pop

    def more(self) -> T:
        """One object, and a new batch in the pool."""
        # If many objects are young, a graph grows, and most of them will stay. Otherwise graphs
        # are freed as soon as they are made: then the collector does nothing, as long as fewer
        # than 700 objects are young.
        growing = gc.get_count()[0] > SMALL // 2
        size = min(LARGE if growing else SMALL, FIRST + self._count // SHARE)
        self._count += size
        last, *others = self._made_without_collection(size)
        self._objects += others
        return last

    def _made_without_collection(self, count: int) -> list[T]:
        """New objects, made while the collector is off.

        This is one loop in C, which neither another thread nor Ctrl-C interrupts: otherwise the
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
