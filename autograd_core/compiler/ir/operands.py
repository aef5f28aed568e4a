"""The operands of instructions in two arrays, where tuples would take too much memory."""

from __future__ import annotations

from array import array
from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from operator import sub
from typing import Any

_BLOCK = 4096  # instructions that are unpacked at a time


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
        for first in range(0, len(self), _BLOCK):
            ends = self.ends[first : first + _BLOCK + 1].tolist()
            flat = self.flat[ends[0] : ends[-1]].tolist()
            start, offset = 0, ends[0]
            for end in islice(ends, 1, None):
                end -= offset
                if end - start == 2:  # most have two
                    yield flat[start], flat[start + 1]
                else:
                    yield tuple(flat[start:end])
                start = end


def lengths(operands: Sequence[tuple[int, ...]]) -> Iterable[int]:
    """How many operands each instruction has."""
    if isinstance(operands, PackedOperands):
        return map(sub, islice(operands.ends, 1, None), operands.ends)
    return map(len, operands)
