"""Training of one network over Dask collections: each worker computes gradients over its own rows,
and one machine moves the parameters along their sum.
"""

from __future__ import annotations

import math
import time
from collections import Counter
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy

from autograd_core.support import Partitions

from ..data.samples import class_weights
from ..modules.initializers import random_of
from ..modules.module import Module
from ..optimizers import Adam
from ..training.callbacks import Callbacks
from ..training.history import History
from .workers import Member, Plan, Reader

BATCH_OVER_CLUSTERS = 1024
"""The usual number of samples for each step, which waits for all workers."""


@dataclass
class Facts:
    """What is known of all rows: their number, number and weight by class, and mean and variance of
    the inputs and the targets.
    """

    rows: int
    classes: Counter[Any]
    weights: Counter[Any]
    means: tuple[Any, Any]
    variances: tuple[Any, Any]

    def factors(self, class_weight: Any) -> dict[Any, float]:
        """For each class what its weights are multiplied by, so that all are 1 on average."""
        of = {} if class_weight is None else class_weights(self.classes, class_weight)
        total = sum([w * of.get(k, 1.0) for k, w in self.weights.items()])
        if not total > 0.0:
            raise ValueError("all weights are 0; give at least one sample a weight above 0")
        return {k: of.get(k, 1.0) * self.rows / total for k in self.classes}


def facts_of(partitions: Partitions, of_classes: bool) -> Facts:
    """Read all rows twice: for the sums, and for the deviations from the means."""
    total = partitions.total(partial(Reader, of_classes))
    rows, classes, weights, *sums = total("sums")
    if not rows:
        raise ValueError("there are no samples of positive weight")
    weight = sum(weights.values())
    means = sums[0] / weight, sums[1] / weight
    squares = total("squares", *means)
    return Facts(rows, classes, weights, means, (squares[0] / weight, squares[1] / weight))


def seed_of(random_state: int | None) -> int:
    """What determines the order of the rows on every worker."""
    return random_of(random_state).getrandbits(32)


class Cluster:
    """A network, the rows of all workers, and the plan by which they compute."""

    def __init__(self, partitions: Partitions, plan: Plan) -> None:
        self.plan, self.total = plan, partitions.total(partial(Member, plan))

    def sample(self, share: float) -> tuple[Any, Any, Any]:
        """A share of the rows: inputs, targets, and weights or None."""
        x, t, *w = [numpy.concatenate(x) for x in self.total("sample", share)]
        return x, t, w[0] if w else None

    def train(
        self, optimizer: Adam, epochs: int, callbacks: Callbacks, judged: bool, advice: str
    ) -> History:
        """Train the network; Ctrl-C ends this, and it keeps what it has learned."""
        model, history = self.plan.model, History(engine="compiled")
        names = ["loss", "accuracy"] if judged else ["loss"]
        held_out = ["validation_" + name for name in names] if self.plan.held_out else []
        callbacks.begin([*names, *held_out])
        optimizer.claim(model.parameters())
        values = numpy.array([p.data for p in model.parameters()])
        try:
            while len(history) < epochs and not history.stopped:
                started = time.perf_counter()
                found = [self._epoch(values, optimizer, len(history), advice)]
                _store(model, values)
                if held_out:
                    loss, _, count, hits = self.total("held_out", values)
                    found.append((loss, count, hits))
                row: list[Any] = [None] * 4
                for k, (loss, n, hits) in enumerate(found):
                    row[2 * k : 2 * k + 2] = loss / n, hits / n if judged else None
                history.add(*row)
                history.seconds[-1] = time.perf_counter() - started
                callbacks(model, history)
        except KeyboardInterrupt:
            history.interrupt()
        _store(model, values)
        callbacks.finish(model)
        return history

    def _epoch(
        self, values: Any, optimizer: Adam, epoch: int, advice: str
    ) -> tuple[float, int, int]:
        """Take the steps of an epoch; the sum of the losses, and how many rows there were."""
        total, rows, right = 0.0, 0, 0
        for step in range(self.plan.steps):
            loss, slope, count, hits = self.total("gradient", values, epoch, step)
            if not math.isfinite(loss):
                raise FloatingPointError(f"the loss became {loss}; {advice}")
            if count:
                optimizer.update_arrays(values, slope / count)
            total, rows, right = total + loss, rows + count, right + hits
        return total, rows, right


def _store(model: Module, values: Any) -> None:
    for p, number in zip(model.parameters(), values.tolist(), strict=True):
        p.data = number
