"""The operands of instructions in two arrays, where tuples would take too much memory."""

from __future__ import annotations

from array import array
from collections.abc import Iterable, Iterator, Sequence
from itertools import islice, pairwise
from typing import Any


class PackedOperands(Sequence[tuple[int, ...]]):
    """A sequence of tuples of numbers, an eighth as large as these in a list."""

    def __init__(self) -> None:
        self.flat, self.ends = array("I"), array("I", [0])

    def append(self, operands: Iterable[int]) -> None:
        self.flat.extend(operands)
        self.ends.append(len(self.flat))

    def __len__(self) -> int:
        return len(self.ends) - 1

    def __getitem__(self, i: Any) -> Any:
        if isinstance(i, slice):
            return [self[k] for k in range(*i.indices(len(self)))]
        k = range(len(self))[i]
        return tuple(self.flat[self.ends[k] : self.ends[k + 1]])

    def __iter__(self) -> Iterator[tuple[int, ...]]:
        flat = iter(self.flat)
        return (tuple(islice(flat, b - a)) for a, b in pairwise(self.ends))
