"""How well classes or numbers were predicted, beside the trivial answer, one for all samples."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from autograd_core.errors import numpy_or_error
from autograd_core.support import unlocked_property

WIDEST, LONGEST = 12, 30
"""The most classes of a matrix and of a table in text."""


@dataclass
class ClassReport:
    """Predicted classes beside the right ones.

    `right` are the indices of the classes of N samples, `shares` (N, classes) the probabilities
    that were predicted.
    """

    classes: Sequence[str]
    right: Any
    shares: Any

    @unlocked_property
    def confusion(self) -> Any:
        """How often each class (row) was taken for each (column)."""
        numpy, n = numpy_or_error("a report"), len(self.classes)
        pairs = self.right.astype(int) * n + self.shares.argmax(axis=1)
        return numpy.bincount(pairs, minlength=n * n).reshape(n, n)

    @property
    def accuracy(self) -> float:
        """The share of the samples that are right."""
        return float(self.confusion.trace() / self.confusion.sum())

    @property
    def trivial(self) -> tuple[str, float]:
        """The most frequent class, and the accuracy of always saying it."""
        counts = self.confusion.sum(axis=1)
        return self.classes[counts.argmax()], float(counts.max() / counts.sum())

    @property
    def recall(self) -> Any:
        """The share of each class that was found; nan without samples of it."""
        return _ratio(self.confusion.diagonal(), self.confusion.sum(axis=1))

    @property
    def precision(self) -> Any:
        """The share of the predictions of each class that is right; nan without predictions."""
        return _ratio(self.confusion.diagonal(), self.confusion.sum(axis=0))

    @property
    def balanced(self) -> float:
        """The mean recall of the classes that there are."""
        numpy = numpy_or_error("a report")
        return float(numpy.nanmean(self.recall))

    @property
    def auc(self) -> float:
        """The area under the ROC curve of the second of two classes: how often a sample of it has a
        higher probability than one of the first, a tie counting half. nan if one is missing.
        """
        numpy = numpy_or_error("a report")
        positive = self.right == 1
        n, m = int(positive.sum()), int((~positive).sum())
        if not n or not m:
            return math.nan
        _, place, times = numpy.unique(self.shares[:, 1], return_inverse=True, return_counts=True)
        ranks = (numpy.cumsum(times) - (times - 1) / 2.0)[place]
        return float((ranks[positive].sum() - n * (n + 1) / 2.0) / (n * m))

    def roc(self) -> tuple[Any, Any]:
        """The ROC curve of the second of two classes: its false and its true positives."""
        numpy = numpy_or_error("a report")
        order = numpy.argsort(-self.shares[:, 1], kind="stable")
        scores, positive = self.shares[order, 1], self.right[order] == 1
        last = numpy.append(numpy.diff(scores) != 0.0, True)
        curves = [numpy.cumsum(part)[last] for part in (~positive, positive)]
        false, true = (numpy.append(0.0, curve / max(curve[-1], 1)) for curve in curves)
        return false, true

    def mistakes(self) -> list[tuple[int, str, str]]:
        """How often a class was taken for another, the most frequent first."""
        found = [
            (int(n), self.classes[i], self.classes[j])
            for (i, j), n in zip(_pairs(len(self.classes)), self.confusion.flat, strict=True)
            if i != j and n
        ]
        return sorted(found, key=lambda mistake: -mistake[0])

    def lines(self, of: str) -> Iterator[str]:
        """The report as text; `of` says which samples."""
        usual, share = self.trivial
        few = 1.0 / max(1, int((self.confusion.sum(axis=1) > 0).sum()))
        yield f"accuracy   {_percent(self.accuracy)} {of}; always {usual!r}: {_percent(share)}"
        yield (
            f"balanced   {_percent(self.balanced)}, the mean recall of the classes; always "
            f"{usual!r}: {_percent(few)}"
        )
        if len(self.classes) == 2 and self.auc == self.auc:
            yield f"ROC-AUC    {self.auc:.3f} for {self.classes[1]!r}; by chance: 0.500"
        counts = self.confusion.sum(axis=1)
        rows = [["class", "samples", "recall", "precision"]]
        for k in range(min(len(self.classes), LONGEST)):
            shares = map(_percent, (self.recall[k], self.precision[k]))
            rows.append([self.classes[k], f"{counts[k]:,}", *shares])
        yield from _table(rows)
        if (left := len(self.classes) - LONGEST) > 0:
            yield f"... and {left} more classes"
        if len(self.classes) <= WIDEST:
            yield "confusion matrix: a row for each class, a column for each prediction"
            cells = [[f"{n:,}" for n in row] for row in self.confusion.tolist()]
            names = [_short(name) for name in self.classes]
            yield from _table(
                [["", *names], *([name, *row] for name, row in zip(names, cells, strict=True))]
            )
        else:
            for n, right, found in self.mistakes()[:10]:
                yield f"confused   {right!r} with {found!r} {'once' if n == 1 else f'{n:,} times'}"


@dataclass
class NumberReport:
    """Predicted numbers beside the right ones, two arrays of N numbers."""

    right: Any
    found: Any

    @property
    def r2(self) -> float:
        """R² = 1 − Σ(y − ŷ)² / Σ(y − ȳ)²; nan if all right numbers are equal."""
        spread = float(((self.right - self.right.mean()) ** 2).sum())
        return 1.0 - float(((self.right - self.found) ** 2).sum()) / spread if spread else math.nan

    @property
    def mean_absolute_error(self) -> tuple[float, float]:
        """The mean of |y − ŷ|, and that of the best constant, the median."""
        numpy = numpy_or_error("a report")
        errors, trivial = self.right - self.found, self.right - numpy.median(self.right)
        return float(abs(errors).mean()), float(abs(trivial).mean())

    @property
    def typical_error(self) -> tuple[float, float]:
        """The root of the mean of (y − ŷ)², and that of the best constant, the mean."""
        errors = float(((self.right - self.found) ** 2).mean())
        return math.sqrt(errors), float(self.right.std())

    def lines(self, of: str) -> Iterator[str]:
        """The report as text; `of` says which samples."""
        yield f"R²         {self.r2:.3f} {of}; always the mean: 0"
        for name, (error, trivial), constant in (
            ("mean error", self.mean_absolute_error, "median"),
            ("RMS error ", self.typical_error, "mean"),
        ):
            yield f"{name} {error:.4g}; always the {constant}: {trivial:.4g}"


Report = ClassReport | NumberReport


def _ratio(part: Any, whole: Any) -> Any:
    numpy = numpy_or_error("a report")
    return numpy.divide(part, whole, out=numpy.full(len(part), numpy.nan), where=whole > 0)


def _pairs(n: int) -> Iterator[tuple[int, int]]:
    return ((i, j) for i in range(n) for j in range(n))


def _percent(share: float) -> str:
    return "–" if share != share else f"{100.0 * share:.1f} %"


def _short(name: str, most: int = 12) -> str:
    return name if len(name) <= most else name[: most - 1] + "…"


def _table(rows: list[list[str]]) -> Iterator[str]:
    """Rows of cells as lines, the first column to the left and the others to the right."""
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    for first, *rest in rows:
        cells = [f"{first:<{widths[0]}}", *map(str.rjust, rest, widths[1:])]
        yield "  " + "  ".join(cells).rstrip()
