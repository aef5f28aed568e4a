"""Evaluation of a model: the mean loss, and the accuracy where the targets are classes."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from autograd_core import compiled, no_grad

from ..data.samples import samples, stacked
from ..losses import (
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
from ..modules.networks import Module
from .steps import Comparison, array_of, plain, readable

AT_ONCE = 4096  # samples, so that memory does not grow with the data


@dataclass(frozen=True)
class Judge:
    """What counts as correct: outputs on the same side of their threshold as the targets of theirs
    or, without a threshold, the largest output at the target class.
    """

    threshold: float | None
    target_threshold: float = 0.5

    def __call__(self, outputs: Any, target: Any) -> bool:
        if self.threshold is None:
            return _top(outputs) == (_top(target) if hasattr(target, "__len__") else target)
        return _sides(outputs, self.threshold) == _sides(target, self.target_threshold)

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

    The first call records a program. Each later call also computes the loss of one sample, a
    different one each time, on Values: if the model or the loss has changed, they are recorded
    again. With `program=False` the samples are computed one after another. `learned` are the
    training targets. They decide whether there are classes, because a small validation part may
    hold only 0 and 1 by chance.

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
        program: bool = True,
        learned: Sequence[Any] | None = None,
    ) -> None:
        self.model, self.inputs, self.targets, self.loss = (
            model,
            samples(inputs),
            samples(targets),
            loss_function(loss),
        )
        if not len(self.inputs) or len(self.inputs) != len(self.targets):
            raise ValueError(
                f"evaluate needs as many targets as inputs, at least one: got {len(self.inputs)} "
                "inputs, "
                f"{len(self.targets)} targets"
            )
        self.right = judge(self.loss, self.targets if learned is None else learned)
        self._program: Any = self._recorded() if program else None
        self._samples: tuple[Any, ...] = ()
        self._compare, self._calls = Comparison(), 0
        self.looks = True  # check for changes at each later call

    def _recorded(self) -> Any:
        return compiled(lambda x, t: self._of_a_sample(x, t), batched=("x", "t"))

    def __call__(self) -> tuple[float, float | None]:
        """The mean loss and the accuracy, now."""
        if self._program is not None:
            with (
                suppress(Exception),
                no_grad(),
            ):  # an error will be raised again below, with its sample
                return self._by_program()
            self._program = None
        total, hits = 0.0, 0
        with no_grad():
            for i, (x, t) in enumerate(zip(self.inputs, self.targets, strict=True)):
                try:
                    outputs = self.model(x)
                    total += plain(
                        self.loss(outputs, t)
                    )  # on Values, whose roots are never complex
                except (TypeError, ValueError) as error:
                    raise type(error)(f"evaluation sample {i}: {error}") from None
                hits += self.right(plain(outputs), t) if self.right else 0
        return total / len(self.inputs), hits / len(self.inputs) if self.right else None

    def on_values(self) -> None:
        """From now on, compute one sample after another."""
        self._program = None

    def _by_program(self) -> tuple[float, float | None]:
        if not self._samples:
            wanted = readable(self.targets, self.model, self.loss, self.inputs)
            self._samples, self._labels = (
                (stacked(self.inputs), stacked(wanted)),
                array_of(self.targets),
            )
        total, hits, count = 0.0, 0, len(self.inputs)
        looked_at = self._calls % count
        for k in range(0, count, AT_ONCE):
            costs, outputs = self._program(*[rows[k : k + AT_ONCE] for rows in self._samples])
            total += float(costs.sum())
            if (
                self.looks
                and self._calls
                and 0 <= looked_at - k < len(costs)
                and self._changed(looked_at, float(costs[looked_at - k]))
            ):
                self._program, self._calls = self._recorded(), 0
                return self._by_program()
            if self.right:
                hits += self.right.count(array_of(outputs).T, self._labels[k : k + AT_ONCE])
        self._calls += 1
        self._compare.seen(total / count)
        return total / count, hits / count if self.right else None

    def _changed(self, i: int, cost: float) -> bool:
        """Whether the loss of a sample differs from that of the program."""
        now = plain(self.loss(self.model(self.inputs[i]), self.targets[i]))
        return not self._compare([cost], [now])

    def _of_a_sample(self, x: Any, t: Any) -> tuple[Any, Any]:
        outputs = self.model(x)
        return self.loss(outputs, t), outputs


def evaluate(
    model: Module, inputs: Any, targets: Any, *, loss: str | Loss
) -> tuple[float, float | None]:
    """The mean loss over the samples, and the accuracy where the targets are classes.

    >>> from nn import Neuron
    >>> line = Neuron(1, "linear", initializer=lambda *_: 1.0)
    >>> evaluate(line, [[3.0], [-2.0]], [1, 0], loss="binary_cross_entropy_from_logits")[1]
    1.0
    """
    return Evaluation(model, inputs, targets, loss=loss)()


def judge(loss: Loss, targets: Sequence[Any]) -> Judge | None:
    """What counts as correct, or None if the targets are not classes.

    With a cross-entropy over classes the largest output decides. With a binary cross-entropy the
    threshold is ½ for probabilities and 0 for logits, and with hinge 0. With a squared error,
    targets that are all 0 or 1 are taken as classes: the largest output decides if they are
    one-hot, else the threshold ½ for every output.

    >>> judge(hinge, [-1, 1])([0.3], 1), judge(mean_squared_error, [0.5, 2.0])
    (True, None)
    """
    if loss in (cross_entropy, cross_entropy_from_logits):
        return Judge(None)
    if loss is hinge:
        return Judge(0.0, 0.0)
    if loss is binary_cross_entropy_from_logits:
        return Judge(0.0)
    if loss is binary_cross_entropy:
        return Judge(0.5)
    if loss in (sum_squared_error, mean_squared_error) and all(
        n in (0, 1) for t in targets for n in numbers_of(t)
    ):
        one_hot = all(len(numbers_of(t)) > 1 and sum(numbers_of(t)) == 1 for t in targets)
        return Judge(None if one_hot else 0.5)
    return None


def numbers_of(outputs: Any) -> Sequence[Any]:
    """Outputs or a target as a sequence, also if there is only one number."""
    if hasattr(outputs, "tolist"):
        outputs = outputs.tolist()
    return outputs if isinstance(outputs, list | tuple) else [outputs]


def _top(outputs: Any) -> int:
    numbers = numbers_of(outputs)
    return numbers.index(max(numbers))


def _sides(outputs: Any, threshold: float) -> list[bool]:
    return [bool(y > threshold) for y in numbers_of(outputs)]
