"""One step of gradient descent on a batch: compiled, or on Values one by one."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from autograd_core import BatchGradient

from .losses import Loss
from .modules import Module
from .optimizers import Optimizer


class CompiledStep:
    """The steps of a training as one array program, recorded on the first sample.

    The parameters live in the program while the training runs; `store()` writes them back to the Values.
    """

    def __init__(self, model: Module, loss: Loss, optimizer: Optimizer, inputs: Any, targets: Any, weights: Any = None) -> None:
        given = (inputs, targets) if weights is None else (inputs, targets, weights)

        def cost(x: Any, t: Any, weight: Any = None) -> tuple[Any, Any]:
            outputs = model(x)
            found = loss(outputs, t)
            return (found if weight is None else found * weight), outputs

        self.optimizer = optimizer
        self.program = BatchGradient(cost, model.parameters())
        self.samples = self.program.rows(*given)

    def __call__(self, order: Sequence[int]) -> tuple[float, list[Any]]:
        """The mean loss of the samples with these numbers, and the outputs, both before the parameters are moved."""
        cost, (outputs,) = self.program(self.samples[:, order])
        self.optimizer.move(self.program.values, self.program.gradient)
        return cost, _by_sample(outputs)

    def store(self) -> None:
        """Write the parameters and their gradients back to the model's Values."""
        self.program.store()


def _by_sample(outputs: Any) -> list[Any]:
    """The outputs of each sample as plain numbers, from one array for each output."""
    if isinstance(outputs, list | tuple):
        return [list(numbers) for numbers in zip(*[_by_sample(column) for column in outputs], strict=True)]
    return outputs.tolist()  # type: ignore[no-any-return]


def one_hot_targets(targets: Sequence[Any], classes: int) -> list[list[float]]:
    """Classes as distributions, which a program can read: it has numbers, no indices."""
    return [[float(k == t) for k in range(classes)] for t in targets]


