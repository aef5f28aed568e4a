"""Short ways into native functions that read their numbers from one buffer and write them to
another.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from struct import Struct
from typing import Any

from .base import Caller, has_nan

_LONG = 1000  # so many numbers are read and written where they lie, without a copy

Run = Callable[[int, int], Any]
"""Runs the function on what is at one address, and writes to another; 0 stands for the buffer."""


def caller(
    lock: Callable[[], Any],
    inputs: Any,
    outputs: Any,
    run: Run,
    arguments: Sequence[Any],
    careful: bool,
    *,
    anywhere: bool = False,
) -> Caller:
    """A function of arguments like these, which are floats, lists of them and arrays; it gives a
    list, or an array where there is one among the arguments. The buffers are memoryviews of
    doubles; `anywhere` says that the function may also read and write elsewhere.
    """
    if any([not isinstance(x, float | list) for x in arguments]):
        return _of_arrays(lock, inputs, outputs, run, arguments, careful, anywhere)
    write = Struct(f"{len(inputs)}d").pack_into

    def call(arguments: Sequence[Any]) -> Any:
        flat: list[float] = []
        for x in arguments:
            if x.__class__ is float:
                flat.append(x)
            else:
                flat += x
        with lock():
            write(inputs, 0, *flat)
            run(0, 0)
            results = outputs.tolist()
        return None if careful and has_nan(results) else results

    return call


def _of_arrays(
    lock: Callable[[], Any],
    inputs: Any,
    outputs: Any,
    run: Run,
    arguments: Sequence[Any],
    careful: bool,
    anywhere: bool,
) -> Caller:
    import numpy

    targets, start = [], 0
    given, found = numpy.asarray(inputs), numpy.asarray(outputs)
    for x in arguments:
        part = given[start : start + numpy.size(x)].reshape(numpy.shape(x))
        targets.append(part)
        start += part.size
    alone = anywhere and len(arguments) == 1 and targets[0].size >= _LONG
    apart = anywhere and found.size >= _LONG

    def call(arguments: Sequence[Any]) -> Any:
        with lock():
            source = to = 0
            if alone and arguments[0].flags.c_contiguous:
                source = arguments[0].__array_interface__["data"][0]
            else:
                for target, x in zip(targets, arguments, strict=True):
                    target[...] = x
            if apart:
                results = numpy.empty_like(found)
                to = results.__array_interface__["data"][0]
            run(source, to)
            if not apart:
                results = found.copy()
        return None if careful and has_nan(results) else results

    return call


def doubles(buffer: Any) -> Any:
    """The numbers of an array of ctypes."""
    return memoryview(buffer).cast("B").cast("d")
