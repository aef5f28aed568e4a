"""Training steps on Values, one number after another."""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from typing import Any

from autograd_core import Value, collector_paused, dot, mean
from autograd_core.support import adjoints, recorded

from ..data.samples import is_array
from ..losses import Loss
from ..modules.networks import Module
from ..optimizers import Optimizer
from .checks import name_of
from .diagnosis import TrainingWarning
from .steps import plain


class EagerSteps:
    """Training steps on Values: the gradient of a batch, and the update along it.

    A `reason` why no program is used becomes a warning after the first gradient, when the model has
    proved to work.
    """

    reason = ""

    def __init__(
        self,
        model: Module,
        loss: Loss,
        optimizer: Optimizer,
        inputs: Any,
        targets: list[Any],
        weights: list[float] | None,
        parameters: list[Value],
    ) -> None:
        self.model, self.loss, self.optimizer, self.parameters = model, loss, optimizer, parameters
        self.inputs, self.targets, self.weights = inputs, targets, weights

    def gradient(self, chosen: list[int]) -> tuple[float, list[Any], list[Any]]:
        """The mean loss of a batch, its outputs and its targets, before the update."""
        inputs = self.inputs[chosen] if is_array(self.inputs) else [self.inputs[i] for i in chosen]
        weights = None if self.weights is None else [self.weights[i] for i in chosen]
        targets = [self.targets[i] for i in chosen]
        found = batch_gradient(self.model, self.parameters, self.loss, inputs, targets, weights)
        if self.reason:
            text = (
                "the training runs on Values, one number after another, which is slow, and not as "
                "one array program"
            )
            warnings.warn(
                f"{text}: {self.reason}. compiled=False silences this warning",
                TrainingWarning,
                stacklevel=5,
            )
            self.reason = ""
        return *found, targets

    def results(self, i: int) -> list[float]:
        """The loss of a sample, and its gradient; no `.grad` is written."""
        weights = None if self.weights is None else [self.weights[i]]
        with recorded():
            cost, _ = _mean_loss(
                self.model, self.loss, [self.inputs[i]], [self.targets[i]], weights
            )
            return [cost.data, *adjoints(cost, self.parameters)[0]]

    def move(self) -> None:
        """Let the optimizer update the parameters."""
        self.optimizer.step(self.parameters)

    def store(self) -> None:
        """Write the parameters back to the model's Values; nothing to do here."""

    def load(self) -> None:
        """Read the model's Values after a change; nothing to do here."""


def batch_gradient(
    model: Module,
    parameters: Sequence[Value],
    loss: Loss,
    inputs: Sequence[Any],
    targets: Sequence[Any],
    sample_weight: Sequence[float] | None = None,
) -> tuple[float, list[Any]]:
    """The mean loss of a batch, and the outputs as plain numbers. Sets `.grad` of the parameters to
    the gradient of that loss.

    With `sample_weight` wᵢ it is 1/N Σ wᵢ Lᵢ.

    >>> from nn.losses import sum_squared_error
    >>> from nn import Neuron
    >>> line = Neuron(1, "linear", initializer=lambda *_: 3.0)
    >>> batch_gradient(line, line.parameters(), sum_squared_error, [[1.0], [2.0]], [3.0, 4.0])[0]
    1.0
    >>> [p.grad for p in line.parameters()]
    [2.0, 1.0]
    """
    for parameter in parameters:
        parameter.grad = 0.0
    with collector_paused(), recorded():
        cost, outputs = _mean_loss(model, loss, inputs, targets, sample_weight)
        cost.backward()  # one sweep for the whole batch: it visits each parameter once
        return cost.data, [plain(y) for y in outputs]


def _mean_loss(
    model: Module,
    loss: Loss,
    inputs: Sequence[Any],
    targets: Sequence[Any],
    weights: Sequence[float] | None,
) -> tuple[Value, list[Any]]:
    outputs = [model(x) for x in inputs]
    losses = [loss(y, t) for y, t in zip(outputs, targets, strict=True)]
    cost = mean(losses) if weights is None else dot(weights, losses) / float(len(losses))
    if not isinstance(cost, Value):
        raise TypeError(
            f"the loss {name_of(loss)} returned plain numbers, so there is no gradient; "
            "compute it on Values (without .data)"
        )
    return cost, outputs
