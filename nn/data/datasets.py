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
    """Return the 1,797 handwritten digits that scikit-learn ships.

    Returns:
        The images, 64 grey values between 0 and 1 each, row by row, and their classes, 0 to 9.

    Raises:
        MissingExtra: scikit-learn is not installed.

    Example:
        >>> images, classes = digits()
        >>> len(images), len(images[0]), classes[:5]
        (1797, 64, [0, 1, 2, 3, 4])

    Source: E. Alpaydin and C. Kaynak, Optical Recognition of Handwritten Digits, UCI, 1998.
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
    """Split samples into a training and a test part.

    Each class with several samples gives as nearly as possible the same share to the test part; a
    class with one sample stays in the training part. Targets that occur less than three times on
    average count as numbers, and are not stratified. Neither part is empty.

    Args:
        inputs: the samples, at least two, in a list, an array or a data frame.
        targets: the target of each sample.
        test_size: the share of the test part, between 0 and 1.
        stratify: whether to split each class on its own.
        seed: an int for the same split at each call, or None for a new one each time.

    Returns:
        The training part (inputs, targets) and the test part (inputs, targets), as lists in the
        order of the samples.

    Raises:
        ValueError: there are not as many targets as inputs, fewer than two samples, or `test_size`
            is out of range.
        TypeError: the samples have no order, as in a set.

    Example:
        >>> train, test = split(range(10), [0, 1] * 5, test_size=0.4)
        >>> len(train[0]), sorted(test[1])
        (6, [0, 0, 1, 1])
    """
    inputs, targets = _paired(inputs, targets)
    if not 0.0 < test_size < 1.0:
        raise ValueError(
            "test_size is the share of the samples for the test part and must be between 0 and "
            f"1, got {test_size!r}"
        )
    random, total = Random(seed), len(targets)
    if total < 2:
        raise ValueError(
            f"split needs at least two samples, one for each part, got {total}; add samples, or "
            "use them without a split"
        )
    members: dict[str, list[int]] = {}
    for i, target in enumerate(targets):
        members.setdefault(repr(target), []).append(i)
    if not stratify or 3 * len(members) > total:
        members = {"": list(range(total))}
    train: list[int] = []
    test: list[int] = []
    counts = _shares(list(map(len, members.values())), test_size)
    for indices, n in zip(members.values(), counts, strict=True):
        random.shuffle(indices)
        test += indices[:n]
        train += indices[n:]
    return _chosen(inputs, targets, sorted(train)), _chosen(inputs, targets, sorted(test))


def _shares(sizes: list[int], share: float) -> list[int]:
    """The share of each size in whole numbers (largest remainder method); the sum is off by less
    than 1.

    Nothing is taken from a size of 1. In all, at least one is taken and one is left.
    """
    exact = share * sum(sizes)
    rounded = max(sum(round(share * n) for n in sizes), floor(exact), 1)
    counts = [int(share * n) for n in sizes]
    missing = max(0, min(rounded, ceil(exact), sum(sizes) - 1) - sum(counts))
    several = [i for i, n in enumerate(sizes) if n > 1]
    for i in sorted(several, key=lambda i: counts[i] - share * sizes[i])[:missing]:
        counts[i] += 1
    return counts


def one_hot(classes: Sequence[int], n_classes: int | None = None) -> list[list[float]]:
    """Return a list for each class k: 1.0 at index k, and 0.0 elsewhere.

    Args:
        classes: whole numbers from 0 on.
        n_classes: the length of the lists; by default the largest class plus 1.

    Returns:
        A list of as many lists as there are classes given.

    Raises:
        TypeError: `classes` is one number, or an entry is not a number.
        ValueError: a class is not whole, or not between 0 and `n_classes` − 1.

    Example:
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
    """Yield all samples once, in random order, in batches.

    Args:
        inputs: the samples, in a list, an array or a data frame.
        targets: the target of each sample.
        batch_size: the size of the batches, at least 1; the last may be smaller.
        seed: an int for the same order at each call, a `Random` for another order at each call, or
            None for an order that cannot be repeated.

    Yields:
        A batch: its inputs and its targets, as lists.

    Raises:
        ValueError: there are not as many targets as inputs, or `batch_size` is less than 1.
        TypeError: the samples have no order, as in a set.

    Example:
        >>> [len(xs) for xs, ys in batches(range(70), range(70))]
        [32, 32, 6]
    """
    inputs, targets = _paired(inputs, targets)
    if batch_size < 1:
        raise ValueError(f"batch_size must be at least 1, got {batch_size!r}")
    order = list(range(len(inputs)))
    (seed if isinstance(seed, Random) else Random(seed)).shuffle(order)
    for start in range(0, len(order), batch_size):
        yield _chosen(inputs, targets, order[start : start + batch_size])


def _paired(inputs: Any, targets: Any) -> tuple[Any, Any]:
    """Two sequences of one length."""
    inputs, targets = _by_index(inputs), _by_index(targets)
    if len(inputs) != len(targets):
        raise ValueError(
            f"each sample needs a target: got {len(inputs)} inputs and {len(targets)} targets"
        )
    return inputs, targets


def _by_index(given: Any) -> Any:
    """A sequence whose [i] is the i-th sample; a data frame would look up a label i instead."""
    indexed = hasattr(given, "__getitem__") and not hasattr(given, "to_numpy")
    return given if indexed and not isinstance(given, Mapping) else samples(given)


def _chosen(inputs: Sequence[X], targets: Sequence[Y], indices: list[int]) -> Dataset[X, Y]:
    return [inputs[i] for i in indices], [targets[i] for i in indices]
