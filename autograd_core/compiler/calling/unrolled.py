"""A batched function on Values: called for one sample after the other, as a part of what is
recorded around it.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Sequence
from typing import Any

from ...errors import RecordingError
from ...primitives.reductions import sum as total_of
from ...pytree.core import Structure, build, flat_numbers, in_words, structure_of


def unrolled(
    function: Callable[..., Any], batched: Sequence[str], reduce: str | None, args: Any, kwargs: Any
) -> Any:
    """The results of all samples added up, or as arrays with a leading axis of samples where
    nothing reduces them.
    """
    bound = inspect.signature(function).bind(*args, **kwargs)
    axes = {name: list(bound.arguments[name]) for name in batched}
    counts = {name: len(axis) for name, axis in axes.items()}
    if len(set(counts.values())) != 1 or 0 in counts.values():
        raise ValueError(
            f"batched arguments need the same number of samples, at least one; got {counts}"
        )
    found: list[list[Any]] = []
    structures: list[Structure] = []
    for sample in zip(*axes.values(), strict=True):
        bound.arguments.update(zip(axes, sample, strict=True))
        outputs: list[Any] = []
        structures.append(
            structure_of(
                function(*bound.args, **bound.kwargs), outputs, "the result of a batched function"
            )
        )
        found.append(flat_numbers(outputs))
        if structures[-1] != structures[0]:
            raise RecordingError(
                f"a batched function returned {in_words(structures[0])} for one sample and "
                f"{in_words(structures[-1])} for "
                "another; it must always return the same structure"
            )
    columns = list(zip(*found, strict=True))
    if reduce is None:
        return build(structures[0], [_column(column) for column in columns])
    share = 1.0 / len(found) if reduce == "mean" else 1.0
    return build(structures[0], [total_of(*column) * share for column in columns])


def _column(numbers: Sequence[Any]) -> Any:
    import numpy

    column = numpy.empty(len(numbers), dtype=object)
    column[:] = numbers
    return column
