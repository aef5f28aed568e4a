"""Blank objects of one class, made many at a time."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import islice, repeat, starmap
from typing import Generic, TypeVar

from .collector import collector_paused

T = TypeVar("T")

BLOCK = 2048
FIRST, SHARE = 64, 16  # a block is at most a sixteenth of all that were made before: a small graph keeps few in stock


class Supply(Generic[T]):
    """Objects whose attributes are not set yet: `take()` gives one of a block, and raises IndexError at its end; then `more()`.

    A loop in C makes them in two thirds of the time; and Python's collector, which otherwise looks through what there is
    after every 700 new objects, does so once for a block.
    """

    def __init__(self, of: type[T]) -> None:
        self._stock: list[T] = []
        self._made = 0
        self.blank: Iterator[T] = starmap(object.__new__, repeat((of,)))
        self.take: Callable[[], T] = self._stock.pop

    def more(self) -> T:
        """One object, when another block has been made."""
        self._made += (size := min(BLOCK, FIRST + self._made // SHARE))
        with collector_paused():
            *block, last = islice(self.blank, size)
        self._stock += block
        return last
