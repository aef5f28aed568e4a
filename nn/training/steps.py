"""Training steps as one array program: the default of `fit`."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from operator import index, sub
from typing import Any

from autograd_core import BatchGradient, RecordingError, Value, compiled, no_grad
from autograd_core.errors import numpy_or_error

from ..data.samples import stacked
from ..losses import Loss, cross_entropy, cross_entropy_from_logits
from ..modules.networks import Module
from ..optimizers import Optimizer


class CompiledSteps:
    """The loss of one sample is recorded once; then a batch is a few matrix products.

    During the training the parameters live in the program; `store()` writes them back to the
    model's Values.
    """

    def __init__(
        self,
        model: Module,
        loss: Loss,
        optimizer: Optimizer,
        inputs: Any,
        targets: Sequence[Any],
        weights: Any,
        parameters: list[Value],
    ) -> None:
        numpy_or_error("a training as one program")
        self.model, self.loss, self.optimizer, self.targets = model, loss, optimizer, targets
        self.parameters = parameters
        columns = [stacked(inputs), stacked(readable(targets, model, loss, inputs))] + (
            [] if weights is None else [weights]
        )

        def cost(x: Any, t: Any, weight: Any = None) -> tuple[Any, Any]:
            outputs = model(x)
            found = loss(outputs, t)
            return (found if weight is None else found * weight), outputs

        self.program = BatchGradient(cost, self.parameters)
        self.samples = self.program.rows(*columns)
        self.labels = array_of(targets)
        self.size = 1

    def gradient(self, chosen: Sequence[int]) -> tuple[float, Any, Any]:
        """The mean loss of the samples with these indices, their outputs and their targets, before
        the update.
        """
        self.size = len(chosen)
        cost, (outputs,) = self.program(self.samples.take(chosen, 1))
        found = array_of(outputs)
        if self.labels is None or found is None:
            return cost, _by_sample(outputs), [self.targets[i] for i in chosen]
        return cost, found.T, self.labels[chosen]

    def results(self, i: int) -> list[float]:
        """The loss of a sample, and its gradient: from a batch that repeats it, whose kernel exists
        already.
        """
        return [self.gradient([i] * self.size)[0], *self.program.gradient.tolist()]

    def move(self) -> None:
        """Let the optimizer update the parameters."""
        self.optimizer.move(self.program.values, self.program.gradient)

    def load(self) -> None:
        """Read the model's Values again after they were changed."""
        self.program.load()

    def store(self) -> None:
        """Write the parameters and their gradients back to the model's Values."""
        self.program.store()


class Comparison:
    """Compares results of a program with those computed on Values, up to rounding.

    The tolerance is relative to the largest number seen so far, because a loss that falls to 0
    keeps few digits. It grows tenfold after each difference, so that rounding is not reported as a
    change again and again.

    >>> compare = Comparison()
    >>> compare([1000.0], [1000.0 + 1e-10]), compare([1e-9], [2e-9]), compare([1.0], [2.0])
    (True, True, False)
    """

    scale = 0.0

    def seen(self, *numbers: float) -> None:
        """Include these numbers in the tolerance."""
        sizes = [*map(abs, numbers)]
        if not math.isfinite(sum(sizes)):
            sizes = [size for size in sizes if math.isfinite(size)]
        self.scale = max([self.scale, *sizes])

    def __call__(self, found: Sequence[float], expected: Sequence[float]) -> bool:
        self.seen(*expected)
        least = 1e-9 * self.scale
        if len(found) == len(expected) and sum(map(abs, map(sub, found, expected))) <= least:
            return True  # a shortcut
        pairs = zip(found, expected, strict=False)
        same = len(found) == len(expected) and all(
            [a == b or abs(a - b) <= least or (a != a and b != b) for a, b in pairs]
        )
        self.scale *= 1.0 if same else 10.0
        return same


class Predictor:
    """The outputs of a model for many samples at once, by a program that is recorded at the first
    call.

    Each later call also computes one sample on Values; if the model has changed, it is recorded
    again.

    >>> from nn import Layer
    >>> layer = Layer(2, 1, "linear", initializer=lambda *_: 1.0)
    >>> Predictor(layer)([[1.0, 2.0], [3.0, 4.0]])
    [[3.0], [7.0]]
    """

    def __init__(self, model: Callable[[Any], Any]) -> None:
        self.model = model
        self._program: Any = self._recorded()
        self._compare: Comparison | None = None

    def _recorded(self) -> Any:
        return compiled(lambda x: self.model(x), batched="x")

    def __call__(self, inputs: Any) -> list[Any]:
        if self._program is not None:
            try:
                with no_grad():
                    return self._by_program(inputs)
            except (ImportError, RecordingError, TypeError, ValueError):
                self._program = (
                    None  # one sample after another is slower, but works for every model
                )
        with no_grad():
            return [plain(self.model(x)) for x in inputs]

    def _by_program(self, inputs: Any) -> list[Any]:
        found = _by_sample(self._program(stacked(inputs)))
        if self._compare is None:
            self._compare = Comparison()
        elif found and not self._compare(flat(found[-1]), flat(plain(self.model(inputs[-1])))):
            self._program = self._recorded()
            found = _by_sample(self._program(stacked(inputs)))
        return found


def plain(outputs: Any) -> Any:
    """Outputs without their graph."""
    if isinstance(outputs, list | tuple):
        return [plain(y) for y in outputs]
    return outputs.data if isinstance(outputs, Value) else outputs


def flat(outputs: Any) -> list[float]:
    """The numbers of plain outputs in a flat list."""
    return (
        [y for part in outputs for y in flat(part)]
        if isinstance(outputs, list | tuple)
        else [outputs]
    )


def _by_sample(outputs: Any) -> list[Any]:
    """The outputs of each sample as plain numbers, from one array for each output."""
    if isinstance(outputs, list | tuple):
        return [
            list(numbers)
            for numbers in zip(*[_by_sample(column) for column in outputs], strict=True)
        ]
    return outputs.tolist()  # type: ignore[no-any-return]


def array_of(numbers: Any) -> Any:
    """Nested numbers as an array, or None if they have no common shape."""
    import numpy

    try:
        return numpy.array(numbers, dtype=float)
    except (TypeError, ValueError):
        return None


def readable(targets: Sequence[Any], model: Module, loss: Loss, inputs: Any) -> Sequence[Any]:
    """Targets as numbers, which a program can read: classes become one-hot distributions."""
    if loss not in (cross_entropy, cross_entropy_from_logits) or hasattr(targets[0], "__len__"):
        return targets
    count, classes = len(model(inputs[0])), [index(t) for t in targets]
    if not 0 <= min(classes) <= max(classes) < count:
        raise ValueError(
            f"the classes must be between 0 and {count - 1}, got {min(classes)} to {max(classes)}"
        )
    return [[float(k == t) for k in range(count)] for t in classes]
