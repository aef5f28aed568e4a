"""Data: the handwritten digits, and functions that split, encode and batch samples."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from math import ceil, floor
from random import Random
from typing import Any, TypeVar

from autograd_core.errors import MissingExtra, real

from .samples import samples

X = TypeVar("X")
Y = TypeVar("Y")
Dataset = tuple[list[X], list[Y]]


def digits() -> Dataset[list[float], int]:
    """The 1,797 handwritten digits that scikit-learn ships: for each image 64 grey values in [0,
    1], row by row, and its class 0 … 9.
    """
    try:
        from sklearn.datasets import load_digits  # type: ignore[import-untyped]
    except ImportError:
        raise MissingExtra("scikit-learn", "demo", "digits()") from None
    images, classes = load_digits(return_X_y=True)
    return (images / 16.0).tolist(), classes.tolist()


def split(
    inputs: Sequence[X],
    targets: Sequence[Y],
    test_size: float = 0.2,
    *,
    stratify: bool = True,
    seed: int | None = 0,
) -> tuple[Dataset[X, Y], Dataset[X, Y]]:
    """Split samples into a training and a test part: `(inputs, targets), (inputs, targets)`.

    `test_size` is the share of the test part, between 0 and 1. With `stratify`, each class gives as
    nearly as possible the same share.

    A class with a single sample stays in the training part. Targets that occur less than three
    times on average are treated as numbers, and are not stratified. With two samples or more,
    neither part is empty.

    >>> train, test = split(range(10), [0, 1] * 5, test_size=0.4)
    >>> len(train[0]), sorted(test[1])
    (6, [0, 0, 1, 1])
    """
    inputs, targets = _by_place(inputs), _by_place(targets)
    _same_length(inputs, targets)
    if not 0.0 < test_size < 1.0:
        raise ValueError(
            "test_size is the share of the samples for the test part and must be between 0 and "
            f"1, got {test_size!r}"
        )
    random, total = Random(seed), len(targets)
    members: dict[str, list[int]] = {}
    for i, target in enumerate(targets):
        members.setdefault(repr(target), []).append(i)
    if not stratify or 3 * len(members) > total:
        members = {"": list(range(total))}
    train: list[int] = []
    test: list[int] = []
    for indices, n in zip(
        members.values(),
        _shares([len(indices) for indices in members.values()], test_size),
        strict=True,
    ):
        random.shuffle(indices)
        test += indices[:n]
        train += indices[n:]
    return _chosen(inputs, targets, sorted(train)), _chosen(inputs, targets, sorted(test))


def _shares(sizes: list[int], share: float) -> list[int]:
    """The share of each size in whole numbers (largest remainder method); the sum is off by less
    than 1.

    Nothing is taken from a size of 1. In all, at least one is taken and one is left.
    """
    counts = [int(share * n) for n in sizes]
    exact = share * sum(sizes)
    total = min(
        max(sum([round(share * n) for n in sizes]), floor(exact), 1), ceil(exact), sum(sizes) - 1
    )
    left_over = sorted(
        (i for i, n in enumerate(sizes) if n > 1), key=lambda i: counts[i] - share * sizes[i]
    )
    for i in left_over[: max(0, total - sum(counts))]:
        counts[i] += 1
    return counts


def one_hot(classes: Sequence[int], n_classes: int | None = None) -> list[list[float]]:
    """For each class k, a list with 1.0 at index k and 0.0 elsewhere.

    >>> one_hot([0, 2])
    [[1.0, 0.0, 0.0], [0.0, 0.0, 1.0]]
    """
    if not hasattr(classes, "__iter__"):
        raise TypeError(
            f"one_hot takes the classes of several samples, got {classes!r}; of one it is "
            f"one_hot([{classes!r}], n)[0]"
        )
    numbers = [_class_number(k) for k in classes]
    n = n_classes if n_classes is not None else max(numbers, default=-1) + 1
    for k in numbers:
        if not 0 <= k < n:
            raise ValueError(f"a class must be between 0 and {n - 1} for {n} classes, got {k!r}")
    return [[float(i == k) for i in range(n)] for k in numbers]


def _class_number(given: Any) -> int:
    k = real(given, "a class", "classes are given in a flat list, as in [0, 2]")
    if not k.is_integer():
        raise ValueError(
            "a class must be a whole number, got "
            f"{given!r}{'; leave its sample out' if k != k else ''}"
        )
    return int(k)


def batches(
    inputs: Sequence[X],
    targets: Sequence[Y],
    batch_size: int = 32,
    seed: Random | int | None = None,
) -> Iterator[Dataset[X, Y]]:
    """All samples once, in random order, in batches of `batch_size`; the last may be smaller.

    `seed` is an int for the same order at each call, a `Random` for another order at each call, or
    None for an order that cannot be repeated.

    >>> [len(xs) for xs, ys in batches(range(70), range(70))]
    [32, 32, 6]
    """
    inputs, targets = _by_place(inputs), _by_place(targets)
    _same_length(inputs, targets)
    if batch_size < 1:
        raise ValueError(f"batch_size must be at least 1, got {batch_size!r}")
    order = list(range(len(inputs)))
    (seed if isinstance(seed, Random) else Random(seed)).shuffle(order)
    for start in range(0, len(order), batch_size):
        yield _chosen(inputs, targets, order[start : start + batch_size])


def _by_place(given: Any) -> Any:
    """A sequence whose [i] is the i-th sample; a data frame would look up a label i instead."""
    by_place = (
        hasattr(given, "__getitem__")
        and not isinstance(given, Mapping)
        and not hasattr(given, "to_numpy")
    )
    return given if by_place else samples(given)


def _chosen(inputs: Sequence[X], targets: Sequence[Y], indices: list[int]) -> Dataset[X, Y]:
    return [inputs[i] for i in indices], [targets[i] for i in indices]


def _same_length(inputs: Sequence[X], targets: Sequence[Y]) -> None:
    if len(inputs) != len(targets):
        raise ValueError(
            f"each sample needs a target: got {len(inputs)} inputs and {len(targets)} targets"
        )
