"""NumPy source as a function: array operations for each loop nest, into buffers that are there
before the first call.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextvars import Context
from functools import cache, partial
from itertools import pairwise
from math import isfinite, prod
from typing import Any
from weakref import ref

import numpy as np

from ....engine.forks import Forked
from ...tensorize.loop_nests import INPUTS, ROWS, LoopNests, Slot, evenly
from .emit import source
from .views import NUMPY

Ready = tuple[Any, Any, Any]
"""A weak reference to a batch, and the functions `run` and `read` (or None) that read it."""
TURNED = 4096
"""So many numbers of a batch are kept twice where a product reads them turned: a third faster."""


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


def _copied(rows: Any) -> Any:
    copy = aligned(rows.size).reshape(rows.shape)
    copy[...] = rows
    return copy


class Machine(Forked):
    """A program with its buffers, for so many samples: `run`, or `step` and `deferred`, or
    `targets` and `outputs`.
    """

    def __init__(
        self, program: LoopNests, samples: int, numbers: Any, *, signalled: bool = False
    ) -> None:
        self.numbers = numbers
        self.rows = aligned(program.sizes[ROWS] * samples).reshape(-1, samples)
        self.inputs = self.rows[: program.sizes[INPUTS]]
        for (batched, slot), number in program.constants:
            (self.rows if batched else self.numbers)[slot] = number
        self.source = source(program, samples)
        self.bindable = program.separate
        self.places, self.input_numbers = _parted(program.inputs, False)
        self.bound: dict[int, Ready] = {}
        self.input_rows = self._parts(_parted(program.inputs, True)[0])
        names: dict[str, Any] = dict(self.source.scope)
        names |= {name: getattr(np, name) for name in NUMPY}
        names |= {name: getattr(self, name) for name in ("numbers", "rows", "inputs")}
        names |= {"strided": strided, "nan": np.nan, "inf": np.inf}
        views = tuple(self.source.views) if self.bindable else ()
        exec(compile(self.source.text(views), "<program.numpy>", "exec"), names)
        self.names = names
        own = [x for x in names.values() if isinstance(x, np.ndarray) and x.base is None]
        self.bytes = (
            self.rows.nbytes
            + sum([x.nbytes for x in own])
            + 100 * sum(map(len, self.source.setup + self.source.body))
        )
        self.compute, self.read = self._with([names[view] for view in views])
        self.latest = self.read

        _, self.output_numbers = _parted(program.outputs, False)
        self.in_one_piece = isinstance(self.output_numbers, slice)
        self.found = self.numbers[self.output_numbers]
        sampled, self.output_rows = _parted(program.outputs, True)
        self.first = program.outputs[0][1] if program.outputs else 0
        self.has_rows = bool(sampled)
        self.guards = program.guards
        self.signalled = signalled and numpy_signals()
        self.suspect = True
        self.after_fork()
        super().__init__()  # last: half a machine is of no use to a child

    def after_fork(self) -> None:
        """A context that another thread had entered cannot be entered again."""
        # where NumPy does not warn: entered in a tenth of the time that errstate takes
        self.quiet = Context()
        self.quiet.run(self._settle)

    def _settle(self) -> None:
        np.seterr(all="ignore", invalid="call" if self.signalled else "ignore")
        mine = ref(self)  # NumPy keeps the handler where the garbage collector does not look
        np.seterrcall(lambda *_: setattr(mine(), "suspect", True))

    def _run(self, function: Callable[[], None] | None) -> None:
        if function is not None:
            self.suspect = not self.signalled
            self.quiet.run(function)

    def step(self, rows: Any) -> None:
        """Run with the numbers that are there, without the deferred nests."""
        known = self.bound.get(id(rows))
        if known is None:
            known = self._bind(rows)
        _, compute, self.latest = known
        # a fast path of `_run`, here and in `outputs`: a hundredth of a small step
        self.suspect = not self.signalled
        self.quiet.run(compute)

    def has_new_nan(self, numbers: Any) -> bool:
        """Whether a nan (or infinities that may hide one) is among numbers of the latest run, if an
        operation of it may have given one.
        """
        return self.suspect and not self.quiet.run(_finite, numbers)

    def deferred(self) -> tuple[float, Any]:
        """The first output, and the outputs with samples, of the latest step."""
        self._run(self.latest)
        return self.numbers.item(self.first), self.rows[
            self.output_rows
        ].copy() if self.has_rows else None

    def run(self, numbers: Any, rows: Any) -> tuple[Any, Any, list[Any]]:
        if numbers is not None:
            self.numbers[self.input_numbers] = numbers
        if rows is not None:
            self._load(rows)
        self._run(self.compute)
        self._run(self.read)
        guards = [
            self.rows[slot].copy() if batched else self.numbers.item(slot)
            for batched, slot in self.guards
        ]
        rows = self.rows[self.output_rows].copy() if self.has_rows else None
        return self.numbers[self.output_numbers].copy(), rows, guards

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
        views: dict[str, Any] = {"inputs": _copied(self.inputs)}
        for name, text in self.source.views.items():
            views[name] = eval(text, self.names | views)
            if text.endswith(".T") and views[name].size <= TURNED:
                views[name] = _copied(views[name])
        key = id(batch)
        self.bound[key] = found = (
            ref(batch, lambda _: self.bound.pop(key, None)),
            *self._with([views[name] for name in self.source.views]),
        )
        return found

    def _with(self, views: list[Any]) -> tuple[Callable[[], None], Callable[[], None] | None]:
        """The functions of the program for these views of samples."""
        run, read = self.names["run"], self.names.get("read")
        return (partial(run, *views) if views else run), (
            partial(read, *views) if views and read else read
        )

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

    def outputs(self, careful: bool) -> Any:
        """Run with the numbers that are there, and give the outputs; None where careful, and a
        nan may be wrong.
        """
        self.suspect = not self.signalled
        self.quiet.run(self.compute)
        found = self.found if self.in_one_piece else self.numbers[self.output_numbers]
        if careful and self.suspect and self.has_new_nan(found):
            return None
        return found.copy() if self.in_one_piece else found


@cache
def numpy_signals() -> bool:
    """Whether NumPy calls the handler where an operation gives a nan, which needs the flags of the
    processor.
    """
    calls: list[str] = []
    xs, zeros = np.full(64, np.inf), np.zeros(64)
    with np.errstate(invalid="call", call=lambda kind, _: calls.append(kind)):
        for count in (1, 3, 64):
            np.multiply(xs[:count], zeros[:count])
            np.subtract(xs[:count], xs[:count])
    return len(calls) == 6


def _finite(numbers: Any) -> bool:
    return isfinite(numbers.dot(numbers))


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
