"""Batches of many samples, of which a machine computes some at a time, in few native calls."""

from __future__ import annotations

import ctypes
from collections.abc import Sequence
from typing import Any

import numpy as np

from .instructions import Assembled, fields

WORK = 10_000_000
"""So many operations take some milliseconds, after which the process looks for Ctrl-C."""


class _Batch(ctypes.Structure):
    _fields_ = fields("*samples rows total *slots outputs *output_rows *found size blocks")


def run_samples(
    program: Assembled,
    samples: Any,
    slots: Sequence[int],
    found: Any,
    output_rows: Sequence[int],
    size: int,
    blocks: int,
) -> int:
    """Run these blocks for as many samples as are some times `size`; returns how many that were.

    `samples` and the results `found` have a row for each number; the rows of a sample go to these
    slots of the inputs, and its results lie in these rows.
    """
    rows, total = samples.shape
    assert rows == len(slots)
    assert found.shape == (len(output_rows), total)
    assert found.flags.c_contiguous
    samples = np.ascontiguousarray(samples)
    there, results = np.array(slots, np.int64), np.array(output_rows, np.int64)
    batch = _Batch(
        samples.ctypes.data, rows, total, there.ctypes.data,
        len(results), results.ctypes.data, found.ctypes.data, size, blocks,
    )  # fmt: skip
    end: int = total - total % size
    step = size * max(1, WORK // max(1, program.work))
    for start in range(0, end, step):
        given = ctypes.c_int64(start), ctypes.c_int64(min(start + step, end))
        if not program.library.batch_check(program.address, ctypes.byref(batch), *given):
            raise ValueError("the native library refuses a batch: a sample or a row is not there")
        program.library.batch_run(program.address, ctypes.byref(batch), *given)
    return end
