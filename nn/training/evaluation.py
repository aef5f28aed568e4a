"""How good a model is on given samples: the mean loss, and the accuracy where there are classes."""

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

AT_ONCE = 4096  # samples, so that the memory a program takes does not grow with the data


@dataclass(frozen=True)
class Judge:
    """What counts as right: outputs on the side of the threshold that the target has of its own;
    without one, the largest.
    """

    threshold: float | None
    target_threshold: float = 0.5

    def __call__(self, outputs: Any, target: Any) -> bool:
        if self.threshold is None:
            return _top(outputs) == (_top(target) if hasattr(target, "__len__") else target)
        return _sides(outputs, self.threshold) == _sides(target, self.target_threshold)

    def count(self, outputs: Any, targets: Any) -> int:
        """How many are right, sample by sample or, of arrays with a row for each sample, at
        once.
        """
        if not hasattr(outputs, "reshape") or not hasattr(targets, "reshape"):
            return sum(map(self, outputs, targets))
        found, wanted = outputs.reshape(len(outputs), -1), targets.reshape(len(targets), -1)
        if self.threshold is not None:
            return int(((found > self.threshold) == (wanted > self.target_threshold)).all(1).sum())
        classes = wanted.argmax(1) if targets.ndim > 1 else targets
        return int((found.argmax(1) == classes).sum())


class Evaluation:
    """A model on samples: the mean loss, and the accuracy where the targets are classes, as often
    as one asks.

    It is a program, recorded when it is first called. At each later call the loss of one sample,
    another each time, is computed on Values too: where model or loss have changed, they are
    recorded anew. With `program=False` it is computed on one sample after the other. `learned` are
    the targets of the training: whether there are classes is decided by them, because the few of a
    held-out part may be 0 and 1 by chance.

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
        self.looks = True  # at each later call, whether something has changed

    def _recorded(self) -> Any:
        return compiled(lambda x, t: self._of_a_sample(x, t), batched=("x", "t"))

    def __call__(self) -> tuple[float, float | None]:
        """The mean loss and the accuracy, now."""
        if self._program is not None:
            with (
                suppress(Exception),
                no_grad(),
            ):  # what is wrong with the model or a target, its sample will say
                return self._by_program()
            self._program = None
        total, hits = 0.0, 0
        with no_grad():
            for i, (x, t) in enumerate(zip(self.inputs, self.targets, strict=True)):
                try:
                    outputs = self.model(x)
                    total += plain(self.loss(outputs, t))  # of Values, which have no complex roots
                except (TypeError, ValueError) as error:
                    raise type(error)(f"sample {i} of those to evaluate: {error}") from None
                hits += self.right(plain(outputs), t) if self.right else 0
        return total / len(self.inputs), hits / len(self.inputs) if self.right else None

    def on_values(self) -> None:
        """From now on, compute one sample after the other."""
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
        """Whether the loss of a sample is another than that of the program."""
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
    """What counts as right, or None where the targets are no classes.

    After a cross-entropy over classes the largest output decides; after a binary one (and hinge)
    the side of ½ for probabilities, of 0 for logits. After a squared error, targets of 0 and 1
    alone are taken for classes: the largest output decides where each target has a single 1 among
    several numbers, the side of ½ of every output otherwise.

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
    """Outputs or a target as a sequence, also where there is only one number."""
    if hasattr(outputs, "tolist"):
        outputs = outputs.tolist()
    return outputs if isinstance(outputs, list | tuple) else [outputs]


def _top(outputs: Any) -> int:
    numbers = numbers_of(outputs)
    return numbers.index(max(numbers))


def _sides(outputs: Any, threshold: float) -> list[bool]:
    return [bool(y > threshold) for y in numbers_of(outputs)]
