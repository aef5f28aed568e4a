"""How good a model is on given samples: the mean loss, and the accuracy where there are classes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from autograd_core import no_grad

from .losses import (
    Loss,
    binary_cross_entropy,
    binary_cross_entropy_from_logits,
    cross_entropy,
    cross_entropy_from_logits,
    hinge,
    loss_function,
    mean_squared_error,
    sum_squared_error,
)
from .modules import Module
from .steps import Predictor, plain


@dataclass(frozen=True)
class Judge:
    """What counts as right: outputs on the same side of the border as the target; without one, the same largest output."""

    border: float | None

    def __call__(self, outputs: Any, target: Any) -> bool:
        if self.border is None:
            return _top(outputs) == (_top(target) if hasattr(target, "__len__") else target)
        return _sides(outputs, self.border) == _sides(target, self.border)

    def count(self, outputs: Any, targets: Any) -> int:
        """How many are right, sample by sample or, of arrays with a row for each sample, at once."""
        if not hasattr(outputs, "reshape") or not hasattr(targets, "reshape"):
            return sum(map(self, outputs, targets))
        found, wanted = outputs.reshape(len(outputs), -1), targets.reshape(len(targets), -1)
        if self.border is not None:
            return int(((found > self.border) == (wanted > self.border)).all(1).sum())
        classes = wanted.argmax(1) if targets.ndim > 1 else targets
        return int((found.argmax(1) == classes).sum())


def evaluate(
    model: Module, inputs: Sequence[Any], targets: Sequence[Any], *, loss: str | Loss, predict: Predictor | None = None
) -> tuple[float, float | None]:
    """The mean loss over the samples, and the accuracy where the targets are classes.

    `predict` gives the outputs for many samples; one that is kept need not record the model's program again.

    >>> from nn.modules import Neuron
    >>> line = Neuron(1, "linear", initializer=lambda *_: 1.0)
    >>> evaluate(line, [[3.0], [-2.0]], [1, 0], loss="binary_cross_entropy_from_logits")[1]
    1.0
    """
    if not len(inputs):
        raise ValueError("evaluate needs at least one sample, got none")
    function = loss_function(loss)
    right = judge(function, targets)
    total, hits = 0.0, 0
    with no_grad():
        for outputs, t in zip((predict or Predictor(model))(inputs), targets, strict=True):
            total += plain(function(outputs, t))
            hits += right(outputs, t) if right else 0
    return total / len(inputs), hits / len(inputs) if right else None


def judge(loss: Loss, targets: Sequence[Any]) -> Judge | None:
    """What counts as right, or None where the targets are no classes.

    After a cross-entropy over classes the largest output decides; after a binary one (and hinge) the side of ½ for
    probabilities, of 0 for logits. After a squared error, targets of 0 and 1 alone are taken for classes: the largest of
    several outputs decides, the side of ½ of a single one.

    >>> judge(hinge, [-1, 1])([0.3], 1), judge(mean_squared_error, [0.5, 2.0])
    (True, None)
    """
    if loss in (cross_entropy, cross_entropy_from_logits):
        return Judge(None)
    if loss in (hinge, binary_cross_entropy_from_logits):
        return Judge(0.0)
    if loss is binary_cross_entropy:
        return Judge(0.5)
    if loss in (sum_squared_error, mean_squared_error) and all(n in (0, 1) for t in targets for n in numbers_of(t)):
        return Judge(None if len(numbers_of(targets[0])) > 1 else 0.5)
    return None


def numbers_of(outputs: Any) -> Sequence[Any]:
    """Outputs or a target as a sequence, also where there is only one number."""
    if hasattr(outputs, "tolist"):
        outputs = outputs.tolist()
    return outputs if isinstance(outputs, list | tuple) else [outputs]


def _top(outputs: Any) -> int:
    numbers = numbers_of(outputs)
    return numbers.index(max(numbers))


def _sides(outputs: Any, border: float) -> list[bool]:
    return [bool(y > border) for y in numbers_of(outputs)]
