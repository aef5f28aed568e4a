"""What machines for array programs have in common: buffers for so many samples, how the numbers of
a call get there, and how the results are read.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from functools import lru_cache, partial
from itertools import pairwise
from math import prod
from typing import Any, NamedTuple
from weakref import ref

import numpy as np

from ...primitives import Primitive
from ..tensorize.loop_nests import INPUTS, ROWS, LoopNests, Slot, evenly
from .base import Caller, Update

Function = Callable[[], Any]
Ready = tuple[Any, Function, Function | None]
"""A weak reference to a batch, and the functions that read it: those of `ArrayMachine.reading`."""

MOST_OPERANDS = 31
"""NumPy's element-by-element functions take 32 arrays, the result included."""


class Training(NamedTuple):
    """Steps on batches of samples, which are columns of an array: the last rows of each batch, if
    they are drawn anew (batches × samples × rows), where the parameters and their slopes lie,
    whether a nan among these must be told, and how the parameters move.
    """

    samples: Any
    batches: Sequence[Sequence[int]]
    drawn: Any
    values: Any
    slopes: Any
    careful: bool
    update: Update


class ArrayMachine(ABC):
    """A program with its buffers, for so many samples: `run`, or `step` and `deferred`, or a
    `caller`.

    `numbers` is shared by all machines of a program. `compute` and `read` run its nests and the
    deferred ones; `prepare` makes them. `bytes` is the memory that the machine takes.
    """

    compute: Function
    read: Function | None

    def __init__(self, program: LoopNests, samples: int, numbers: Any) -> None:
        self.numbers = numbers
        self.rows = aligned(program.sizes[ROWS] * samples).reshape(-1, samples)
        self.inputs = self.rows[: program.sizes[INPUTS]]
        for (batched, slot), number in program.constants:
            (self.rows if batched else self.numbers)[slot] = number
        self.bindable = program.separate
        self.places, self.input_numbers = _parted(program.inputs, False)
        self.bound: dict[int, Ready] = {}
        self.sampled_inputs = _parted(program.inputs, True)[0]
        self.input_rows = self._parts(self.sampled_inputs)
        _, self.output_numbers = _parted(program.outputs, False)
        sampled, self.output_rows = _parted(program.outputs, True)
        self.first = program.outputs[0][1] if program.outputs else 0
        self.has_rows = bool(sampled)
        self.guards = program.guards
        self.bytes = self.rows.nbytes + self.prepare(program, samples)
        self.compute, self.read = self.reading(self.inputs)
        self.latest = self.read

    @abstractmethod
    def prepare(self, program: LoopNests, samples: int) -> int:
        """Make what `reading` gives functions of; returns how many bytes that takes."""

    @abstractmethod
    def reading(self, inputs: Any) -> tuple[Function, Function | None]:
        """`compute` and `read` with other rows in the place of the inputs."""

    @abstractmethod
    def execute(self, function: Function) -> None:
        """Run one of these functions."""

    @abstractmethod
    def has_new_nan(self, numbers: Any) -> bool:
        """Whether a nan (or infinities that may hide one) is among numbers of the latest run, if an
        operation of it may have given one.
        """

    def step(self, rows: Any) -> None:
        """Run with the numbers that are there, without the deferred nests."""
        known = self.bound.get(id(rows))
        if known is None:
            known = self._bind(rows)
        _, compute, self.latest = known
        self.execute(compute)

    def train(self, training: Training) -> tuple[Any, Any] | None:
        """The sum of the losses of each step that was taken, and the rows of outputs of all
        samples; None if there is nothing that takes many steps at once.
        """
        return None

    def deferred(self) -> tuple[float, Any]:
        """The first output, and the outputs with samples, of the latest step."""
        if self.latest is not None:
            self.execute(self.latest)
        return self.numbers.item(self.first), self.rows[
            self.output_rows
        ].copy() if self.has_rows else None

    def run(self, numbers: Any, rows: Any, into: Any = None) -> tuple[Any, Any, list[Any]]:
        """As `Kernel.run`; the rows are written to `into` if it is given."""
        if numbers is not None:
            self.numbers[self.input_numbers] = numbers
        if rows is not None:
            self._load(rows)
        self.execute(self.compute)
        if self.read is not None:
            self.execute(self.read)
        guards = [
            self.rows[slot].copy() if batched else self.numbers.item(slot)
            for batched, slot in self.guards
        ]
        if self.has_rows:
            found = self.rows[self.output_rows]
            if into is None:
                into = found.copy()
            else:
                into[...] = found
        return self.numbers[self.output_numbers].copy(), into, guards

    def run_many(self, numbers: Any, rows: Any, found: Any) -> int:
        """Run a batch that is larger than what the machine computes at a time, as far as it can by
        itself; the rows of outputs are written to `found`. Returns how many samples that were.
        """
        return 0

    def targets(self, shapes: Sequence[tuple[int, ...]]) -> list[tuple[Any, Any]]:
        """Where the numbers of arrays of these shapes go: for each a buffer, and which part of
        it.
        """
        found: list[tuple[Any, Any]] = []
        start = 0
        for shape in shapes:
            count = prod(shape)
            places = self.places[start : start + count]
            start += count
            strides = evenly(places, shape) if count else None
            found.append(
                (self.numbers, np.array(places, dtype=np.intp).reshape(shape))
                if strides is None
                else (strided(self.numbers, places[0], shape, strides), ...)
            )
        return found

    def caller(self, shapes: Sequence[tuple[int, ...]], careful: bool) -> Caller:
        """As `Kernel.caller`, for arguments of these shapes; for one call at a time."""
        targets = [(k, *target) for k, target in enumerate(self.targets(shapes))]
        results = self.results(careful)

        def call(arguments: Sequence[Any]) -> Any:
            for k, buffer, where in targets:
                buffer[where] = arguments[k]
            return results()

        return call

    def results(self, careful: bool) -> Callable[[], Any]:
        """What runs with the numbers that are there, and gives the outputs; None where careful, and
        a nan may be wrong.
        """
        found, places = self.numbers[self.output_numbers], self.output_numbers
        in_one_piece = isinstance(places, slice)

        def results() -> Any:
            self.execute(self.compute)
            # a third of the time of an index
            taken = found if in_one_piece else self.numbers.take(places, mode="clip")
            if careful and self.has_new_nan(taken):
                return None
            return found.copy() if in_one_piece else taken

        return results

    def _parts(self, places: list[int]) -> list[tuple[Any, Any]]:
        """Where a batch goes: views of the rows, and the rows of the batch that each takes; in
        few parts, or in one.
        """
        starts = [k for k, place in enumerate(places) if k == 0 or place != places[k - 1] + 1]
        if len(starts) > 4:
            return [(self.rows, np.array(places, dtype=np.intp))]
        parts = pairwise([*starts, len(places)])
        return [(self.rows[places[a] : places[a] + b - a], slice(a, b)) for a, b in parts]

    def _load(self, batch: Any) -> None:
        for rows, part in self.input_rows:
            if part.__class__ is slice:
                rows[...] = batch[part]
            else:
                rows[part] = batch

    def _bind(self, batch: Any) -> Ready:
        """The functions for a batch. Where its numbers cannot change they read a copy that is
        made once, laid out as here.
        """
        self._load(batch)
        if batch.flags.writeable or not batch.flags.owndata or not self.bindable:
            return None, self.compute, self.read
        key = id(batch)
        self.bound[key] = found = (
            ref(batch, lambda _: self.bound.pop(key, None)),
            *self.reading(copied(self.inputs)),
        )
        return found


def strided(buffer: Any, start: int, shape: tuple[int, ...], strides: tuple[int, ...]) -> Any:
    """A view of a flat buffer with strides counted in numbers."""
    return np.lib.stride_tricks.as_strided(
        buffer[start:], shape, tuple(s * buffer.itemsize for s in strides)
    )


def aligned(count: int) -> Any:
    """So many zeros that begin where a line of the cache begins: NumPy is faster there, by a
    tenth.
    """
    buffer = np.zeros(count + 8)
    return buffer[-buffer.__array_interface__["data"][0] % 64 // 8 :][:count]


def copied(rows: Any) -> Any:
    """The same numbers in a buffer of their own."""
    copy = aligned(rows.size).reshape(rows.shape)
    copy[...] = rows
    return copy


def _parted(slots: list[Slot], batched: bool) -> tuple[list[int], Any]:
    """Those of the slots that are rows, or numbers; also as a slice, or as an array where they do
    not follow each other.
    """
    places = [place for row, place in slots if row == batched]
    if not places:
        return places, slice(0, 0)
    if places == list(range(places[0], places[0] + len(places))):
        return places, slice(places[0], places[-1] + 1)
    return places, np.array(places, dtype=np.intp)


def in_range(numbers: Any, dtype: Any) -> Any:
    """Constants in this precision; a finite one that is too large becomes the largest there is."""
    given = np.asarray(numbers, float)
    most = float(np.finfo(dtype).max)
    return np.where(np.isfinite(given), np.clip(given, -most, most), given).astype(dtype)


@lru_cache
def vectorised(row: Primitive, count: int) -> Callable[..., Any]:
    """A row of the table for arrays, by its own function of arrays or element by element."""
    if row.vectorized is not None and (arrays := row.vectorized()) is not None:
        return partial(_spread, arrays)
    compute = row.compute
    if count > MOST_OPERANDS:
        return partial(_one_by_one, compute)
    function = np.frompyfunc(compute, count, 1)

    def apply(*arrays: Any) -> Any:
        return np.asarray(function(*arrays), dtype=float)

    return apply


def _spread(arrays: Callable[..., Any], *given: Any) -> Any:
    """A function of arrays of one shape, which it may write to."""
    return arrays(*[x.copy() for x in np.broadcast_arrays(*given)])


def _one_by_one(compute: Callable[..., float], *arrays: Any) -> Any:
    """The same for more operands than NumPy's own functions take."""
    spread = np.stack(np.broadcast_arrays(*arrays), axis=-1)
    found = [compute(*xs) for xs in spread.reshape(-1, len(arrays)).tolist()]
    return np.array(found).reshape(spread.shape[:-1])
