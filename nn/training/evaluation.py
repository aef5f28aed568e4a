"""Evaluation of a model: the mean loss, and the accuracy where the targets are classes."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from autograd_core import no_grad

from ..data.samples import samples
from ..losses import Loss, as_list, facts_of, loss_function
from ..modules.dropout import drawing, left_out
from ..modules.module import Module
from .predictions import AT_ONCE, BatchedFunction, array_of, plain
from .steps import Problem


@dataclass(frozen=True)
class Judge:
    """What counts as correct: outputs on the same side of their threshold as the targets of theirs
    or, without a threshold, the largest output at the target class.
    """

    threshold: float | None
    target_threshold: float = 0.5

    def __call__(self, outputs: Any, target: Any) -> bool:
        ys, ts = as_list(outputs), as_list(target)
        if self.threshold is None:
            return ys.index(max(ys)) == (
                ts.index(max(ts)) if hasattr(target, "__len__") else target
            )
        return [y > self.threshold for y in ys] == [t > self.target_threshold for t in ts]

    def count(self, outputs: Any, targets: Any) -> int:
        """How many samples are correct; arrays with one row per sample are compared at once."""
        if not hasattr(outputs, "reshape") or not hasattr(targets, "reshape"):
            return sum(map(self, outputs, targets))
        found, wanted = outputs.reshape(len(outputs), -1), targets.reshape(len(targets), -1)
        if self.threshold is not None:
            return int(((found > self.threshold) == (wanted > self.target_threshold)).all(1).sum())
        classes = wanted.argmax(1) if targets.ndim > 1 else targets
        return int((found.argmax(1) == classes).sum())


class Evaluation:
    """The mean loss of a model on fixed samples, and the accuracy where the targets are classes;
    can be called repeatedly.

    It runs as a program where that is possible, unless `compiled` is False; `check` is that of
    `BatchedFunction`. `training_targets` decide whether there are classes, because a small
    validation part may hold only 0 and 1 by chance.

    >>> from nn import Neuron
    >>> line = Neuron(1, "linear", initializer=lambda *_: 1.0)
    >>> Evaluation(line, [[3.0], [-2.0]], [1, 0], loss="mean_squared_error")()
    (4.0, 1.0)
    """

    def __init__(
        self,
        model: Module,
        inputs: Any,
        targets: Any,
        *,
        loss: str | Loss,
        compiled: bool = True,
        check: bool = True,
        training_targets: Sequence[Any] | None = None,
    ) -> None:
        rows, wanted = samples(inputs), samples(targets)
        if not len(rows) or len(rows) != len(wanted):
            raise ValueError(
                f"evaluate needs as many targets as inputs, at least one: got {len(rows)} inputs, "
                f"{len(wanted)} targets"
            )
        self.problem = Problem(model, loss_function(loss), rows, wanted)
        self.right = judge(
            self.problem.loss, wanted if training_targets is None else training_targets
        )
        self._of_a_sample = self.problem.of_a_sample()
        self.batched: BatchedFunction | None = None
        if compiled:
            self.batched = BatchedFunction(self._of_a_sample, "x", "t", check=check)
        self._columns: list[Any] = []

    def __call__(self) -> tuple[float, float | None]:
        """The mean loss and the accuracy, now."""
        with no_grad(), drawing(left_out):
            if self.batched:
                with suppress(Exception):
                    return self._means(*self._by_program(self.batched))
                self.batched = None  # an error will be raised again below, with its sample
            return self._means(*self._on_values())

    def _means(self, loss: float, hits: int) -> tuple[float, float | None]:
        n = len(self.problem.inputs)
        return loss / n, hits / n if self.right else None

    def _by_program(self, batched: BatchedFunction) -> tuple[float, int]:
        if not self._columns:
            self._columns, self._labels = self.problem.columns(), array_of(self.problem.targets)
        total, hits = 0.0, 0
        for k in range(0, len(self.problem.inputs), AT_ONCE):
            costs, outputs = batched(*[column[k : k + AT_ONCE] for column in self._columns])
            total += float(costs.sum())
            if self.right:
                hits += self.right.count(array_of(outputs).T, self._labels[k : k + AT_ONCE])
        return total, hits

    def _on_values(self) -> tuple[float, int]:
        total, hits = 0.0, 0
        for i, (x, t) in enumerate(zip(self.problem.inputs, self.problem.targets, strict=True)):
            try:
                cost, outputs = self._of_a_sample(x, t)
            except (TypeError, ValueError) as error:
                raise type(error)(f"evaluation sample {i}: {error}") from None
            total += plain(cost)
            hits += self.right(plain(outputs), t) if self.right else 0
        return total, hits


def evaluate(
    model: Module, inputs: Any, targets: Any, *, loss: str | Loss
) -> tuple[float, float | None]:
    """Compute the mean loss over samples, and the accuracy if the targets are classes.

    Args:
        model: the model, called on each sample.
        inputs: a list, array or data frame of N inputs.
        targets: N targets, as the loss takes them.
        loss: the name of a loss, such as "cross_entropy", or a function(outputs, target).

    Returns:
        The mean loss, and the share of correct samples between 0 and 1; None instead of the share
        where the targets are not classes. With a cross-entropy over classes the largest output
        decides; with other losses the side of a threshold, ½ for probabilities and 0 for logits.

    Raises:
        ValueError: there are no samples, or not as many targets as inputs; or a sample does not fit
            the model or the loss, which may also be a TypeError.

    Example:
        >>> from nn import Neuron
        >>> line = Neuron(1, "linear", initializer=lambda *_: 1.0)
        >>> evaluate(line, [[3.0], [-2.0]], [1, 0], loss="mean_squared_error")
        (4.0, 1.0)
    """
    return Evaluation(model, inputs, targets, loss=loss)()


def judge(loss: Loss, targets: Sequence[Any]) -> Judge | None:
    """What counts as correct, or None if the targets are not classes.

    With a cross-entropy over classes the largest output decides. With a binary cross-entropy the
    threshold is ½ for probabilities and 0 for logits, and with hinge 0. With a squared error,
    targets that are all 0 or 1 are taken as classes: the largest output decides if they are
    one-hot, else the threshold ½ for every output.

    >>> from nn import hinge, mean_squared_error
    >>> judge(hinge, [-1, 1])([0.3], 1), judge(mean_squared_error, [0.5, 2.0])
    (True, None)
    """
    facts = facts_of(loss)
    if facts.of_classes:
        return Judge(None)
    if facts.threshold is not None:
        return Judge(facts.threshold, sum(facts.targets) / 2.0)
    if facts.outputs == "numbers" and all(n in (0, 1) for t in targets for n in as_list(t)):
        one_hot = all(len(as_list(t)) > 1 and sum(as_list(t)) == 1 for t in targets)
        return Judge(None if one_hot else 0.5)
    return None
