"""Many training steps in one call of the native library."""

from __future__ import annotations

import ctypes
from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np

from ..array_machine import Training
from ..base import Update
from .instructions import Assembled, fields


class Places(NamedTuple):
    """Among which rows of the inputs those of a sample go, whether steps leave them as they are,
    and where the loss and the outputs lie; how many blocks compute the gradient, and how many
    behind them the loss and the outputs.
    """

    inputs: Sequence[int]
    keeps_inputs: bool
    loss: int
    outputs: Sequence[int]
    early: int
    late: int


class _Places(ctypes.Structure):
    _fields_ = fields(
        "size rows *slots keeps_inputs early late loss outputs *output_rows slopes parameters"
        " values_in_one_piece slopes_in_one_piece *values_at *slopes_at *room"
    )


class _Update(ctypes.Structure):
    _fields_ = [
        *fields("kind nesterov decoupled"),
        *[
            (name, ctypes.c_double)
            for name in ("momentum", "beta_1", "beta_2", "epsilon", "decay", "clip")
        ],
        *fields("*rates *sizes *roots *first *second"),
    ]


class _Samples(ctypes.Structure):
    _fields_ = fields("*numbers rows sample row")


class _Steps(ctypes.Structure):
    _fields_ = [
        ("given", _Samples), ("drawn", _Samples),
        *fields("total batches *order *found *losses careful"),
        ("update", _Update),
    ]  # fmt: skip


class Epochs:
    """The steps of a program for so many samples: where everything lies is looked up once."""

    def __init__(self, program: Assembled, training: Training, places: Places) -> None:
        inputs, keeps_inputs, loss, outputs, early, late = places
        values, slopes = training.values, training.slopes
        self.program, self.rows, self.outputs = program, len(inputs), len(outputs)
        self.size, self.parameters = len(training.batches[0]), training.update.count
        self.held = held = _Held()
        self.places = _Places(
            self.size, len(inputs), held(inputs, int), keeps_inputs, early, late,
            loss, len(outputs), held(outputs, int), len(slopes), self.parameters,
            _in_one_piece(values[: self.parameters]), _in_one_piece(slopes[: self.parameters]),
            held(values, int), held(slopes, int), held(np.empty(2 * self.parameters)),
        )  # fmt: skip
        if not program.library.epoch_check(program.address, ctypes.byref(self.places)):
            raise ValueError("the native library refuses a training: a slot is not there")
        self.run = program.library.epoch_run
        self.run.restype = ctypes.c_int64

    def __call__(self, training: Training) -> tuple[Any, Any]:
        """The loss of each step that was taken, and the outputs of its samples."""
        count, size, held = len(training.batches), self.size, _Held()
        losses, found = np.empty(count), np.empty((self.outputs, count * size))
        order = np.ascontiguousarray(training.batches, np.int64)
        assert order.shape == (count, size)
        assert training.update.count == self.parameters
        given, drawn = training.samples, training.drawn
        if drawn is None:
            drawn = np.empty((count, size, 0))
        assert drawn.shape == (count, size, self.rows - len(given))
        steps = _Steps(
            _samples(given, held), _samples(drawn.reshape(count * size, drawn.shape[2]).T, held),
            given.shape[1], count, held(order, int), held(found), held(losses),
            training.careful, _update_of(training.update, self.parameters, count, held),
        )  # fmt: skip
        taken = self.run(self.program.address, ctypes.byref(self.places), ctypes.byref(steps))
        if taken < 0:
            raise ValueError("the native library refuses a training: a sample is not there")
        return losses[:taken], found[:, : taken * size]


def overlap(values: Any, slopes: Any) -> bool:
    """Whether a slope lies where a parameter does, as that of a product by one factor may."""
    if _in_one_piece(values) and _in_one_piece(slopes):
        return bool(values[0] <= slopes[-1] and slopes[0] <= values[-1])
    return bool(np.isin(values, slopes).any())


def _in_one_piece(places: Any) -> bool:
    return bool((np.diff(places) == 1).all())


def _samples(columns: Any, held: _Held) -> _Samples:
    """Samples that are the columns of an array, as they lie."""
    known = columns.dtype == np.float64 and columns.flags.aligned
    if not known or any([stride % 8 for stride in columns.strides]):
        columns = np.array(columns, np.float64)
    held.arrays.append(columns)
    row, sample = [stride // 8 for stride in columns.strides]
    return _Samples(columns.ctypes.data, len(columns), sample, row)


def _update_of(update: Update, parameters: int, count: int, held: _Held) -> _Update:
    memory = [*update.memory, None, None][:2]
    assert all([x is None or (x.size == parameters and x.flags.c_contiguous) for x in memory])
    assert len(update.rates) == count
    assert not update.adam or len(update.sizes) == len(update.roots) == count
    return _Update(
        update.adam, update.nesterov, update.decoupled,
        update.momentum, update.beta_1, update.beta_2, update.epsilon,
        update.weight_decay, update.clip_norm or 0.0,
        held(update.rates), held(update.sizes), held(update.roots),
        *[x if x is None else held(x) for x in memory],
    )  # fmt: skip


class _Held:
    """Gives the places of arrays in memory, and keeps them there."""

    def __init__(self) -> None:
        self.arrays: list[Any] = []

    def __call__(self, numbers: Any, kind: type = float) -> int:
        array = np.ascontiguousarray(numbers, np.int64 if kind is int else float)
        self.arrays.append(array)
        place: int = array.ctypes.data
        return place
