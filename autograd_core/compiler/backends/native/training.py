"""Many training steps in one call of the native library."""

from __future__ import annotations

import ctypes
from collections.abc import Sequence
from typing import Any

import numpy as np

from ..array_machine import Training
from ..base import Update
from .instructions import Assembled

Places = tuple[Sequence[int], int, Sequence[int]]
"""Among which rows of the inputs those of a sample go, and where the loss and the outputs lie."""


class _Update(ctypes.Structure):
    _fields_ = [
        *[(name, ctypes.c_int64) for name in ("kind", "nesterov", "decoupled")],
        *[
            (name, ctypes.c_double)
            for name in ("momentum", "beta_1", "beta_2", "epsilon", "decay", "clip")
        ],
        *[(name, ctypes.c_void_p) for name in ("rates", "roots", "first", "second")],
    ]


class _Epoch(ctypes.Structure):
    _fields_ = [
        ("samples", ctypes.c_void_p),
        *[(name, ctypes.c_int64) for name in ("rows", "total")],
        *[(name, ctypes.c_void_p) for name in ("slots", "order")],
        *[
            (name, ctypes.c_int64)
            for name in ("batches", "size", "early", "late", "loss", "outputs")
        ],
        *[(name, ctypes.c_void_p) for name in ("output_rows", "found", "losses")],
        *[(name, ctypes.c_int64) for name in ("careful", "slopes", "parameters")],
        *[(name, ctypes.c_int64) for name in ("values_in_one_piece", "slopes_in_one_piece")],
        *[(name, ctypes.c_void_p) for name in ("values_at", "slopes_at", "room")],
        ("update", _Update),
    ]


def train(
    program: Assembled, training: Training, places: Places, blocks: tuple[int, int]
) -> tuple[Any, Any]:
    """Take the steps of a training; `blocks` says where the deferred ones begin, and the end."""
    inputs, loss, outputs = places
    samples, held = np.ascontiguousarray(training.samples), _Held()
    count, size, parameters = len(training.batches), len(training.batches[0]), training.update.count
    losses, found = np.empty(count), np.empty((len(outputs), count * size))
    split, end = blocks
    assert len(samples) == len(inputs)
    epoch = _Epoch(
        held(samples), len(samples), samples.shape[1],
        held(inputs, int), held(training.batches, int), count, size, split, end - split,
        loss, len(outputs), held(outputs, int), held(found), held(losses),
        training.careful, len(training.slopes), parameters,
        _in_one_piece(training.values[:parameters]), _in_one_piece(training.slopes[:parameters]),
        held(training.values, int), held(training.slopes, int), held(np.empty(2 * parameters)),
        _update_of(training.update, parameters, count, held),
    )  # fmt: skip
    given = program.address, ctypes.byref(epoch)
    if not program.library.epoch_check(*given):
        raise ValueError("the native library refuses a training: a sample or a slot is not there")
    program.library.epoch_run.restype = ctypes.c_int64
    taken = program.library.epoch_run(*given)
    return losses[:taken], found[:, : taken * size]


def overlap(values: Any, slopes: Any) -> bool:
    """Whether a slope lies where a parameter does, as that of a product by one factor may."""
    if _in_one_piece(values) and _in_one_piece(slopes):
        return bool(values[0] <= slopes[-1] and slopes[0] <= values[-1])
    return bool(np.isin(values, slopes).any())


def _in_one_piece(places: Any) -> bool:
    return bool((np.diff(places) == 1).all())


def _update_of(update: Update, parameters: int, count: int, held: _Held) -> _Update:
    memory = [*update.memory, None, None][:2]
    assert all([x is None or (x.size == parameters and x.flags.c_contiguous) for x in memory])
    assert len(update.rates) == count
    assert not update.adam or len(update.sizes) == len(update.roots) == count
    return _Update(
        update.adam, update.nesterov, update.decoupled,
        update.momentum, update.beta_1, update.beta_2, update.epsilon,
        update.weight_decay, update.clip_norm or 0.0,
        held([*update.rates, *update.sizes]), held(update.roots),
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
