"""Samples as `fit` reads them: any sequence, array or data frame; and the weight of each sample."""

from __future__ import annotations

import math
from array import array
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from decimal import Decimal
from numbers import Real
from typing import Any

from autograd_core import Value
from autograd_core.errors import shown, unboxed, unfollowed


class Rows(Sequence[list[float]]):
    """Rows of equal length, stored compactly: eight bytes per number.

    Args:
        width: the number of numbers in a row, at least 1.
        numbers: the numbers of all rows, one row after the other.

    Raises:
        TypeError: an entry is not a number.

    Example:
        >>> rows = Rows(2, [1.0, 2.0, 3.0, 4.0])
        >>> len(rows), rows[1]
        (2, [3.0, 4.0])
    """

    def __init__(self, width: int, numbers: Iterable[float] = ()) -> None:
        self.width, self.numbers = width, array("d", numbers)

    def append(self, row: Iterable[float]) -> None:
        """Add one row.

        Args:
            row: as many numbers as the rows have.

        Example:
            >>> rows = Rows(2)
            >>> rows.append([1.0, 2.0])
            >>> rows[0]
            [1.0, 2.0]
        """
        self.numbers.extend(row)

    def array(self) -> Any:
        """Return the same memory as a NumPy array. No row can be appended afterwards.

        Returns:
            An array of the shape (rows, width).

        Example:
            >>> Rows(2, [1.0, 2.0, 3.0, 4.0]).array().tolist()
            [[1.0, 2.0], [3.0, 4.0]]
        """
        import numpy

        return numpy.frombuffer(self.numbers).reshape(-1, self.width)

    def __len__(self) -> int:
        return len(self.numbers) // self.width

    def __getitem__(self, i: Any) -> Any:
        if isinstance(i, slice):
            return [self[k] for k in range(*i.indices(len(self)))]
        if not -len(self) <= i < len(self):
            raise IndexError(f"there are {len(self)} rows, and no row {i}")
        start = (i % len(self)) * self.width
        return self.numbers[start : start + self.width].tolist()


def samples(given: Any, what: str = "the samples") -> Any:
    """Inputs as a sequence with one entry per sample: arrays of floats stay arrays, everything else
    becomes a list. A set, a dict and a text are refused.

    >>> samples(([0, 1], [1, 0]))
    [[0, 1], [1, 0]]
    """
    if hasattr(given, "to_numpy"):  # a data frame
        given = given.to_numpy()
    floats = is_array(given) and given.ndim == 2 and given.dtype == "float64"
    if floats or isinstance(given, Rows):
        return given
    if isinstance(given, set | frozenset | Mapping | str):
        has = "has no order" if isinstance(given, set | frozenset) else "is not a list of samples"
        raise TypeError(
            f"{what} must be a list or an array with one entry per sample; a "
            f"{type(given).__name__} {has}: {shown(given)}"
        )
    for x in (given, *(given if isinstance(given, list | tuple) else ())):
        unfollowed(x, what)
    try:
        return list(given.tolist()) if hasattr(given, "tolist") else [unboxed(x) for x in given]
    except TypeError:
        raise TypeError(
            f"{what} must be a list or an array with one entry per sample, got {shown(given)} "
            f"({type(given).__name__})"
        ) from None


def taken(given: Any, chosen: Sequence[int]) -> Any:
    """The samples with these indices, as an array if they are one.

    >>> taken(["a", "b", "c"], [2, 0])
    ['c', 'a']
    """
    return given[list(chosen)] if is_array(given) else [given[i] for i in chosen]


def stacked(given: Any) -> Any:
    """Samples as a program takes them. A list of equal-shaped arrays becomes one array, so that a
    sample is an array in the program too.

    >>> stacked(([0, 1], [1, 0]))
    [[0, 1], [1, 0]]
    """
    if isinstance(given, Rows):
        return given.array()
    if hasattr(given, "shape"):
        return given
    first = given[0]
    if (
        is_array(first)
        and first.ndim
        and all(is_array(x) and x.shape == first.shape for x in given)
    ):
        import numpy

        return numpy.stack(given)
    return list(given)


def strange(part: Any, *place: Any) -> Iterator[tuple[tuple[Any, ...], Any]]:
    """Yield every number that is nan or infinite, in nested lists and arrays, with its indices; and
    every set, whose members have no place.

    >>> list(strange([1.0, [2.0, math.inf]]))
    [((1, 1), inf)]
    """
    if is_array(part):
        if part.dtype.kind in "biuf" and math.isfinite(part.sum()):
            return
        part = part.tolist()
    if isinstance(part, list | tuple | Rows):
        with suppress(TypeError, ValueError, ArithmeticError):  # nested, or no numbers
            if math.isfinite(sum(part.numbers if isinstance(part, Rows) else part)):
                return  # ten times as fast as a loop
    if isinstance(part, list | tuple | Rows | Mapping):
        for k, x in part.items() if isinstance(part, Mapping) else enumerate(part):
            yield from strange(x, *place, k)
    elif isinstance(part, set | frozenset):
        yield place, part
    else:
        number = part.data if isinstance(part, Value) else part
        if isinstance(number, Real | Decimal) and not math.isfinite(number):
            yield place, number


def is_array(given: Any) -> bool:
    """Whether this is a NumPy array, without importing NumPy."""
    return type(given).__module__.split(".")[0] == "numpy" and hasattr(given, "ndim")


def sample_weights(
    targets: Sequence[Any],
    class_weight: str | Mapping[Any, float] | None,
    sample_weight: Sequence[float] | None,
) -> list[float] | None:
    """The weight of each sample, 1 on average; None where all are equal.

    `class_weight` maps a class to the weight of its samples, or is "balanced": N / (K Nₖ) for a
    class with Nₖ of the N samples, of K classes, so that all classes have the same total weight.
    `sample_weight` has one factor per sample.

    >>> sample_weights([0, 0, 0, 1], "balanced", None)
    [0.6666666666666666, 0.6666666666666666, 0.6666666666666666, 2.0]
    """
    if class_weight is None and sample_weight is None:
        return None
    weights = [1.0] * len(targets)
    if sample_weight is not None:
        weights = [float(w) for w in samples(sample_weight, "sample_weight")]
        if len(weights) != len(targets):
            raise ValueError(
                f"sample_weight must have one number per sample: got {len(weights)} for "
                f"{len(targets)} samples"
            )
    if class_weight is not None:
        classes = [class_of(target) for target in targets]
        of_class = class_weights(Counter(classes), class_weight)
        weights = [w * of_class.get(k, 1.0) for w, k in zip(weights, classes, strict=True)]
    for i, w in enumerate(weights):
        _check_weight(w, "sample {} has {!r}", i)
    total = sum(weights)
    if not total > 0.0:
        raise ValueError("all weights are 0; give at least one sample a weight above 0")
    if math.isinf(total):
        raise OverflowError(
            "the weights are so large that their sum is infinite; divide all of them by the largest"
        )
    return [w * len(weights) / total for w in weights]


def class_weights(counts: Counter[Any], given: str | Mapping[Any, float]) -> dict[Any, float]:
    if given == "balanced":
        return {k: counts.total() / (len(counts) * n) for k, n in counts.items()}
    if not isinstance(given, Mapping):
        raise ValueError(
            f'class_weight must be "balanced" or a dict from class to weight, got {given!r}'
        )
    for k, w in given.items():
        if k not in counts:
            raise ValueError(
                f"class_weight names {k!r}, which is not among the classes of the targets: "
                f"{sorted(counts)[:20]}"
            )
        _check_weight(w, "class_weight gives {1!r} to the class {0!r}", k)
    return {k: float(w) for k, w in given.items()}


def _check_weight(w: float, otherwise: str, of: Any) -> None:
    if not 0.0 <= w < math.inf:
        raise ValueError(f"a weight must be a number of at least 0, but {otherwise.format(of, w)}")


def class_of(target: Any) -> Any:
    """The class of a target: itself, the one number in a list, or the index of the largest of
    several.
    """
    entries = unfollowed(target, "a target").tolist() if hasattr(target, "tolist") else target
    if isinstance(entries, list | tuple):
        return entries[0] if len(entries) == 1 else entries.index(max(entries))
    return entries
