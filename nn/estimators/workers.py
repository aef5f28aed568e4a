"""What the workers of a cluster compute when a network is trained over Dask collections."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy
from sklearn.utils.multiclass import check_classification_targets  # type: ignore[import-untyped]

from autograd_core import BatchGradient

from ..losses import loss_function
from ..modules.module import Module
from ..training.evaluation import Judge
from ..training.predictions import AT_ONCE, array_of
from ..training.steps import Problem

_SAMPLED, _HELD_OUT = 2**32, 2**32 + 1  # orders of the rows that belong to no epoch
_GOLDEN = 0.6180339887498949


def rows_of_classes(x: Any, y: Any, *weights: Any) -> list[Any]:
    """The rows of a partition of positive weight: inputs, classes and weights."""
    y = numpy.asarray(y)
    if y.ndim > 1 and y.shape[1:] == (1,):
        y = y[:, 0]
    if len(y):
        check_classification_targets(y)
    return _rows(x, y, *weights)


def rows_of_numbers(x: Any, y: Any, *weights: Any) -> list[Any]:
    """The same with numbers as targets, an array (rows, numbers)."""
    y = numpy.asarray(y, float)
    return _rows(x, _finite(y.reshape(len(y), -1), "y"), *weights)


def _rows(x: Any, y: Any, *weights: Any) -> list[Any]:
    x = _finite(numpy.asarray(x, float), "X")
    w = _finite(numpy.asarray(weights[0], float) if weights else numpy.ones(len(x)), "the weights")
    if not len(x) == len(y) == len(w):
        raise ValueError(
            f"a partition of X has {len(x)} rows, that of y {len(y)} and that of the weights "
            f"{len(w)}; repartition the collections in the same way"
        )
    if (w < 0.0).any():
        raise ValueError(f"the weights must be at least 0, got {w.min()}")
    counted = w > 0.0
    if counted.all():
        return [numpy.ascontiguousarray(x), y, w]
    return [x[counted], y[counted], w[counted]]


def _finite(x: Any, name: str) -> Any:
    if not numpy.isfinite(x).all():
        raise ValueError(f"{name} has numbers that are nan or infinite; fill them in, or leave out")
    return x


class Reader:
    """What must be known of all rows. Targets that are no classes count as one class, None."""

    def __init__(self, of_classes: bool) -> None:
        self.of_classes = of_classes

    def sums(self, columns: list[Any], _: int) -> list[Any]:
        """The number of rows, number and weight by class, and the sums of inputs and targets."""
        x, y, w = columns
        names, counts, weights = [None], [len(x)], [float(w.sum())]
        if self.of_classes:
            kinds, places = numpy.unique(y, return_inverse=True)
            names, counts = kinds.tolist(), numpy.bincount(places).tolist()
            weights = numpy.bincount(places, w).tolist()
        return [
            len(x),
            Counter(dict(zip(names, counts, strict=True))),
            Counter(dict(zip(names, weights, strict=True))),
            w @ x,
            0.0 if self.of_classes else w @ y,
        ]

    def squares(self, columns: list[Any], _: int, x_mean: Any, y_mean: Any) -> list[Any]:
        """The sums of the squared deviations from these means."""
        x, y, w = columns
        return [w @ (x - x_mean) ** 2, 0.0 if self.of_classes else w @ (y - y_mean) ** 2]


@dataclass
class Plan:
    """All that a worker must know to compute gradients. `targets` makes what the loss takes of the
    targets of some rows; `weights` makes theirs of their own and of that, and is None where all
    are 1. An epoch has so many `steps`; a share of the rows is `held_out`.
    """

    model: Module
    loss: str
    mean: Any
    scale: Any
    targets: Callable[[Any], Any]
    weights: Callable[[Any, Any], Any] | None
    steps: int
    held_out: float
    seed: int


class Member:
    """The rows of partitions as batches."""

    def __init__(self, plan: Plan) -> None:
        self.plan, self.judge = plan, Judge(None)
        weights = None if plan.weights is None else [1.0]
        problem = Problem(plan.model, loss_function(plan.loss), [], [], weights)
        self.batch = BatchGradient(problem.of_a_sample(), plan.model.parameters())
        self.orders: dict[int, tuple[int, Any]] = {}

    def gradient(self, columns: list[Any], k: int, values: Any, epoch: int, step: int) -> list[Any]:
        """Of a batch the sums of loss and gradient, how many rows there are and how many are right.

        Row j of n has the place (j + shift) / n in the epoch. Without a shift of their own, small
        partitions would all be in the same batches, and in none between.
        """
        rows, shift = self._order(columns, k, epoch), (k + 1) * _GOLDEN % 1.0
        n, steps = len(rows), self.plan.steps
        first, end = [
            min(n, max(0, math.ceil(n * s / steps - shift))) if s < steps else n
            for s in (step, step + 1)
        ]
        return self._sums(columns, rows[first:end], values)

    def held_out(self, columns: list[Any], k: int, values: Any) -> list[Any]:
        """The same of the rows that the network is not trained on."""
        return self._sums(columns, self._parts(columns, k)[0], values)

    def sample(self, columns: list[Any], k: int, share: float) -> list[Any]:
        """A share of the rows to train on: lists with inputs, targets, and weights if there are."""
        rows = self._parts(columns, k)[1]
        if share < 1.0:
            rows = self._drawn(k, _SAMPLED).permutation(rows)[: math.ceil(share * len(rows))]
        return [[x] for x in self._columns(columns, rows)]

    def _sums(self, columns: list[Any], rows: Any, values: Any) -> list[Any]:
        loss, slope, hits = 0.0, numpy.zeros(len(values)), 0
        for k in range(0, len(rows), AT_ONCE):
            x, t, *w = self._columns(columns, rows[k : k + AT_ONCE])
            given = self.batch.rows(x, t, *w)
            self.batch.values[:] = values
            mean, (outputs,) = self.batch(given)
            loss, slope = loss + mean * len(x), slope + self.batch.gradient * len(x)
            hits += self.judge.count(array_of(outputs).T, t)
        return [loss, slope, len(rows), hits]

    def _columns(self, columns: list[Any], rows: Any) -> list[Any]:
        plan, (x, y, w) = self.plan, columns
        targets = plan.targets(y[rows])
        found = [(x[rows] - plan.mean) / plan.scale, targets]
        return found if plan.weights is None else [*found, plan.weights(w[rows], targets)]

    def _order(self, columns: list[Any], k: int, epoch: int) -> Any:
        """The rows to train on, in the order of an epoch."""
        known, order = self.orders.get(k, (-1, None))
        if known != epoch:
            order = self._drawn(k, epoch).permutation(self._parts(columns, k)[1])
            self.orders[k] = epoch, order
        return order

    def _parts(self, columns: list[Any], k: int) -> tuple[Any, Any]:
        """The rows that are held out, and the others."""
        n = len(columns[0])
        rows = self._drawn(k, _HELD_OUT).permutation(n) if self.plan.held_out else numpy.arange(n)
        count = round(self.plan.held_out * n)
        return rows[:count], numpy.sort(rows[count:])

    def _drawn(self, k: int, what: int) -> Any:
        return numpy.random.default_rng([self.plan.seed, k, what])


def one_hot(classes: Any, y: Any) -> Any:
    """1 at the class of each row, else 0: an array (rows, classes)."""
    return numpy.eye(len(classes))[numpy.searchsorted(classes, y)]


def standardized(mean: Any, scale: Any, y: Any) -> Any:
    return (y - mean) / scale


def by_class(factors: Any, w: Any, targets: Any) -> Any:
    """Weights multiplied by the factor of each class."""
    return w * (targets @ factors)


def by_factor(factor: float, w: Any, _: Any) -> Any:
    return w * factor
