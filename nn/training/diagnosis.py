"""Diagnosis of a failing training: the likely cause, with the number that shows it."""

from __future__ import annotations

import math
import warnings
from collections.abc import Callable, Sequence
from typing import Any, NoReturn

import autograd_core
from autograd_core import no_grad
from autograd_core.support import is_saturated

from ..losses import Loss
from ..modules.networks import Layer, Module, Sequential
from ..optimizers import Optimizer
from .evaluation import numbers_of
from .history import History
from .steps import plain

# the gradient of a weight is proportional to its input: larger inputs need a smaller learning rate
LARGE = 30.0
GROWTH = 10.0  # the training diverges if its loss exceeds that of the first epoch by this factor
SLOPES: dict[str, Callable[[float], float]] = {
    "sigmoid": lambda y: y * (1.0 - y),
    "tanh": lambda y: 1.0 - y * y,
    "relu": lambda y: float(y > 0.0),
}
"""The slope of an activation, from its value."""


class TrainingWarning(UserWarning):
    """The training continues, but something is probably wrong."""


class Watch:
    """Watches the loss after each batch and epoch, and reports problems as soon as they show."""

    def __init__(
        self, model: Module, loss: Loss, optimizer: Optimizer, inputs: Any, targets: Sequence[Any]
    ) -> None:
        self.model, self.loss, self.optimizer, self.inputs, self.targets = (
            model,
            loss,
            optimizer,
            inputs,
            targets,
        )
        self.warned = False
        self.chosen: Sequence[int] = range(0, len(inputs), max(1, len(inputs) // 100))

    def refuse(self, cost: float, epoch: int, batch: int, chosen: Sequence[int]) -> NoReturn:
        """Raise the error of a loss that is not finite. The parameters are still those before the
        batch.
        """
        self.chosen = chosen
        raise FloatingPointError(
            f"the loss became {cost} in epoch {epoch}, batch {batch}; the parameters are those "
            f"before this batch. {self.causes()}"
        )

    def refuse_at_the_end(self) -> NoReturn:
        """Raise the error of parameters that are not finite after the last step, which no later
        loss would show.
        """
        raise FloatingPointError(f"at the end of the training {self.spoiled()}. {self.causes()}")

    def spoiled(self) -> str:
        """The first parameter that is not finite, as text."""
        named = self.model.named_parameters()
        return next(
            (f"the parameter {name} is {p.data}" for name, p in named if not math.isfinite(p.data)),
            "",
        )

    def epoch(self, history: History) -> None:
        """Warn once if the loss diverges, or does not fall because units are saturated."""
        first, now = history.loss[0], history.loss[-1]
        if self.warned or len(history) < 3:
            return
        if now > GROWTH * abs(first) and now > history.loss[-2]:
            self._warn(
                f"the loss grows: {first:.3g} in the first epoch, {now:.3g} in epoch "
                f"{len(history)}. {self.causes()}"
            )
        elif len(history) == 3 and now > 0.99 * first:
            share, where = self.saturation()
            if share > 0.5:
                self._warn(
                    f"the loss hardly falls ({first:.4g} in the first epoch, {now:.4g} in the "
                    f"third), and {100 * share:.0f} % "
                    f"of the units of {where} are saturated, so that hardly any gradient passes "
                    "them. "
                    f"{self.causes()}"
                )

    def _warn(self, text: str) -> None:
        self.warned = True
        warnings.warn(text, TrainingWarning, stacklevel=5)

    def causes(self) -> str:
        """The likely causes, each with the number that shows it."""
        size, place = self.largest_input()
        share, where = self.saturation()
        target = max((abs(t) for i in self.chosen for t in _flat(self.targets[i])), default=0.0)
        found = []
        if spoiled := self.spoiled():
            found.append(
                f"{spoiled} already: it was so before the training, or an earlier gradient was "
                "not finite, such as that of a square root at 0; with detect_anomaly(): fit(..., "
                "compiled=False) names the operation"
            )
        if size > LARGE:
            found.append(
                f"the inputs are large (number {place} of a sample is up to {size:.3g}): scale "
                "them to about ±1"
            )
        if (step := self.step_size()) > 0.5:
            found.append(
                f"the learning rate is too large: the last step was {step:.3g} times as long "
                f"as the parameters; try {self.slower()}"
            )
        if target > 1e3:
            found.append(
                f"the targets are large (up to {target:.3g}): divide them by their standard "
                "deviation"
            )
        if share > 0.5:
            found.append(
                f"{100 * share:.0f} % of the units of {where} are saturated: start with smaller "
                "weights or scaled inputs"
            )
        if not found:
            found.append(f"the learning rate may be too large: try {self.slower()}")
        return "Likely cause: " + "; also ".join(found)

    def largest_input(self) -> tuple[float, int]:
        """The largest number in the inputs of the last batch, and its index in the sample."""
        places = [(abs(x), k) for i in self.chosen for k, x in enumerate(_flat(self.inputs[i]))]
        return max(places, default=(0.0, 0))

    def step_size(self) -> float:
        """The length of the last gradient step, relative to that of the parameters."""
        parameters = self.model.parameters()
        gradient = math.hypot(*(p.grad for p in parameters))
        length = math.hypot(*(p.data for p in parameters))
        step = self.learning_rate() * gradient / length if length else math.inf
        return step if step == step else math.inf

    def learning_rate(self) -> float:
        """The learning rate of the last step."""
        rate = self.optimizer.learning_rate
        return rate(max(0, self.optimizer.steps - 1)) if callable(rate) else rate

    def slower(self) -> str:
        """The optimizer to try instead."""
        return f"{type(self.optimizer).__name__}({self.learning_rate() / 10.0:.3g})"

    def saturation(self) -> tuple[float, str]:
        """The largest share of saturated units in a layer, over the last batch, and the name of
        that layer.
        """
        worst = (0.0, "")
        if not isinstance(self.model, Sequential):
            return worst
        values = [self.inputs[i] for i in self.chosen]
        with no_grad():
            for i, layer in enumerate(self.model.layers, 1):
                values = [plain(layer(row)) for row in values]
                name = layer.output if isinstance(layer, Layer) else None
                if name in SLOPES and i < len(self.model.layers):
                    slope, steepest = SLOPES[name], getattr(autograd_core, name).steepest
                    units = [is_saturated(slope(y), steepest) for row in values for y in row]
                    worst = max(worst, (sum(units) / len(units), f"layer {i}"))
        return worst


def _flat(row: Any) -> list[float]:
    return (
        [abs(float(x)) for x in numbers_of(row) if isinstance(x, int | float) and math.isfinite(x)]
        if row is not None
        else []
    )
