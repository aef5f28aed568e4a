"""Arguments with a value for each sample of a batch."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

from ...engine.forks import importing
from ...errors import numpy_or_error, unfollowed
from ...pytree.core import NUMBER, Structure, checked_array, is_array


class BatchedArgument:
    """An argument with a value for each sample: its numbers as rows, (numbers of one sample,
    samples).
    """

    def __init__(self, argument: Any, name: str) -> None:
        with importing:
            numpy = numpy_or_error("a batch")
        try:
            array = checked_array(numpy.asarray(_unfollowed(argument)), "an entry")
        except (TypeError, ValueError) as error:
            raise TypeError(
                f"the batched argument {name!r} must be an array of numbers, one entry per sample: "
                f"{error}"
            ) from None
        if array.ndim == 0:
            raise TypeError(
                f"the batched argument {name!r} needs a leading axis of samples, got the single "
                f"number {array!r}"
            )
        self.rows = numpy.ascontiguousarray(array.reshape(len(array), math.prod(array.shape[1:])).T)
        self.name = name
        shape = array.shape[1:]
        self.structure: Structure = ("array", shape) if shape else NUMBER
        if not is_array(argument) and shape:  # lists stay lists inside
            self.structure = (list, None, shape[-1])
            for n in reversed(shape[:-1]):
                self.structure = (list, None, (self.structure,) * n)


def _unfollowed(x: Any) -> Any:
    """x, of which NumPy would drop the derivatives of another package."""
    if not isinstance(x, list | tuple):
        return unfollowed(x, "an entry")
    if not set(map(type, x)) <= {float, int}:
        for entry in x:
            _unfollowed(entry)
    return x


def rows_of(arguments: Mapping[str, BatchedArgument]) -> Any:
    """The numbers of all arguments as one array (numbers of one sample, samples)."""
    check_counts({name: x.rows.shape[1] for name, x in arguments.items()})
    import numpy

    return numpy.concatenate([x.rows for x in arguments.values()])


def check_counts(counts: Mapping[str, int]) -> None:
    """Refuse batched arguments of different numbers of samples."""
    if len(set(counts.values())) != 1 or 0 in counts.values():
        raise ValueError(
            f"batched arguments need the same number of samples, at least one; got {counts}"
        )
