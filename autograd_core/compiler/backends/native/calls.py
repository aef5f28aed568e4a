"""One call of a function without samples: blocks and results, in one call of the library."""

from __future__ import annotations

import ctypes
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from ..array_machine import aligned
from .instructions import Assembled, fields


class _Call(ctypes.Structure):
    _fields_ = fields("*program *inputs first last *numbers *places count *found careful")


def caller(
    program: Assembled, numbers: Any, places: Sequence[int], blocks: int, careful: bool
) -> tuple[Callable[[Any], int], Any, Any]:
    """A function, what it is called with, and the array where it leaves the results from these
    places. It runs so many blocks. It gives 0 if the results must be finite and are not.
    """
    assert all([0 <= place < numbers.size for place in places])
    in_one_piece = [*places] == [*range(places[0], places[0] + len(places))] if places else True
    start = places[0] if places and in_one_piece else 0
    at = None if in_one_piece else np.array(places, np.int64)
    found = numbers[start : start + len(places)] if at is None else aligned(len(places))
    call = _Call(
        ctypes.addressof(program.structure), None, 0, blocks,
        numbers[start:].ctypes.data, at if at is None else at.ctypes.data,
        len(places), found.ctypes.data, careful,
    )  # fmt: skip
    call.held = program, numbers, at, found
    return program.functions.machine_call, ctypes.byref(call), found
