"""Diagnosis of a failing training: the likely cause, with the number that shows it."""

from __future__ import annotations

import math
import warnings
from collections.abc import Sequence
from typing import Any

import autograd_core
from autograd_core.support import is_saturated, recorded, user_stack_level

from ..losses import as_list
from ..modules.networks import Layer, Sequential
from ..optimizers import Optimizer
from .history import History
from .predictions import plain
from .steps import Problem

# the gradient of a weight is proportional to its input: larger inputs need a smaller learning rate
LARGE = 30.0
GROWTH = 10.0  # the training diverges if its loss exceeds that of the first epoch by this factor
SATURATING = ("sigmoid", "tanh", "relu")


class TrainingWarning(UserWarning):
    """Warn that the training continues, but something is probably wrong."""


def warn(text: str) -> None:
    """Give a TrainingWarning at the user's line."""
    warnings.warn(text, TrainingWarning, stacklevel=user_stack_level())


class Diagnosis:
    """Finds out why a training fails: warns after an epoch, and explains errors."""

    def __init__(self, problem: Problem, optimizer: Optimizer) -> None:
        self.problem, self.optimizer = problem, optimizer
        self.warned = False
        n = len(problem.inputs)
        self.chosen: Sequence[int] = range(0, n, max(1, n // 100))

    def error(self, what: str) -> FloatingPointError:
        """The error of a training with numbers that are not finite."""
        return FloatingPointError(f"{what}. {self.causes()}")

    def not_finite(self) -> str:
        """The first parameter that is not finite, as text; empty if all are."""
        for name, p in self.problem.model.named_parameters():
            if not math.isfinite(p.data):
                return f"the parameter {name} is {p.data}"
        return ""

    def check(self, history: History) -> None:
        """Warn once if the loss diverges, or does not fall because units are saturated."""
        first, now, epoch = history.loss[0], history.loss[-1], len(history)
        if self.warned or epoch < 3:
            return
        text = ""
        if now > GROWTH * abs(first) and now > history.loss[-2]:
            text = f"the loss grows: {first:.3g} in the first epoch, {now:.3g} in epoch {epoch}"
        elif epoch == 3 and now > 0.99 * first:
            share, where = self.saturation()
            if share > 0.5:
                text = (
                    f"the loss hardly falls ({first:.4g} in the first epoch, {now:.4g} in the "
                    f"third), and {100 * share:.0f} % of the units of {where} are saturated, so "
                    "that hardly any gradient passes them"
                )
        if text:
            self.warned = True
            warn(f"{text}. {self.causes()}")

    def causes(self) -> str:
        """The likely causes, each with the number that shows it."""
        size, place = self.largest_input()
        share, where = self.saturation()
        step, rate = self.step_size(), self.learning_rate()
        slower = f"{type(self.optimizer).__name__}({rate / 10.0:.3g})"
        target = max((t for i in self.chosen for t in _sizes(self.problem.targets[i])), default=0.0)
        parameter = self.not_finite()
        causes = {
            f"{parameter} already: it was so before the training, or an earlier gradient was not "
            "finite, such as that of a square root at 0; with detect_anomaly(): fit(..., "
            "compiled=False) names the operation": bool(parameter),
            f"the inputs are large (number {place} of a sample is up to {size:.3g}): scale them to "
            "about ±1": size > LARGE,
            f"the learning rate is too large: the last step was {step:.3g} times as long as the "
            f"parameters; try {slower}": step > 0.5,
            f"the targets are large (up to {target:.3g}): divide them by their standard "
            "deviation": target > 1e3,
            f"{100 * share:.0f} % of the units of {where} are saturated: start with smaller "
            "weights or scaled inputs": share > 0.5,
        }
        found = [text for text, holds in causes.items() if holds]
        found = found or [f"the learning rate may be too large: try {slower}"]
        return "Likely cause: " + "; also ".join(found)

    def largest_input(self) -> tuple[float, int]:
        """The largest number in the inputs of the last batch, and its index in the sample."""
        rows = [_sizes(self.problem.inputs[i]) for i in self.chosen]
        return max(((x, k) for row in rows for k, x in enumerate(row)), default=(0.0, 0))

    def step_size(self) -> float:
        """The length of the last gradient step, relative to that of the parameters."""
        parameters = self.problem.model.parameters()
        length = math.hypot(*(p.data for p in parameters))
        gradient = math.hypot(*(p.grad for p in parameters))
        step = self.learning_rate() * gradient / length if length else math.inf
        return step if step == step else math.inf

    def learning_rate(self) -> float:
        """The learning rate of the last step."""
        rate = self.optimizer.learning_rate
        return rate(max(0, self.optimizer.steps - 1)) if callable(rate) else rate

    def saturation(self) -> tuple[float, str]:
        """The largest share of saturated units in a hidden layer, over the last batch, and the name
        of that layer.
        """
        worst = (0.0, "")
        if not isinstance(self.problem.model, Sequential):
            return worst
        values = [self.problem.inputs[i] for i in self.chosen]
        for i, layer in enumerate(self.problem.model.layers[:-1], 1):
            with recorded():
                outputs = [layer(row) for row in values]
            if isinstance(layer, Layer) and layer.output in SATURATING:
                steepest = getattr(autograd_core, layer.output).steepest
                slopes = [y.partials[0] for row in outputs for y in row]
                saturated = sum(is_saturated(slope, steepest) for slope in slopes)
                worst = max(worst, (saturated / len(slopes), f"layer {i}"))
            values = plain(outputs)
        return worst


def _sizes(row: Any) -> list[float]:
    """The absolute values of the finite numbers of a sample or a target."""
    numbers = [] if row is None else as_list(row)
    return [abs(float(x)) for x in numbers if isinstance(x, int | float) and math.isfinite(x)]
