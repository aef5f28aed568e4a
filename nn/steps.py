"""The steps of a training as one array program: what `fit` does unless it is told to be eager."""

from __future__ import annotations

from collections.abc import Sequence
from operator import index
from typing import Any

from autograd_core import BatchGradient, RecordingError, Value, compiled, no_grad
from autograd_core.errors import numpy_or_error

from .losses import Loss, cross_entropy, cross_entropy_from_logits
from .modules import Module
from .optimizers import Optimizer
from .samples import Rows


class CompiledSteps:
    """The loss of one sample is recorded once; from then on a batch is a handful of matrix products.

    While the training runs, the parameters live in the program; `store()` writes them back to the model's Values.
    """

    def __init__(
        self, model: Module, loss: Loss, optimizer: Optimizer, inputs: Any, targets: Sequence[Any], weights: Any = None
    ) -> None:
        numpy_or_error("a training as one program")
        self.model, self.loss, self.optimizer, self.targets = model, loss, optimizer, targets
        columns = [plain_rows(inputs), readable(targets, model, loss, inputs)] + ([] if weights is None else [weights])

        def cost(x: Any, t: Any, weight: Any = None) -> tuple[Any, Any]:
            outputs = model(x)
            found = loss(outputs, t)
            return (found if weight is None else found * weight), outputs

        self.program = BatchGradient(cost, model.parameters())
        self.samples = self.program.rows(*columns)
        self.labels = array_of(targets)

    def gradient(self, chosen: Sequence[int]) -> tuple[float, Any, Any]:
        """The mean loss of the samples with these numbers, their outputs and their targets, before the parameters are moved."""
        cost, (outputs,) = self.program(self.samples.take(chosen, 1))
        found = array_of(outputs)
        if self.labels is None or found is None:
            return cost, _by_sample(outputs), [self.targets[i] for i in chosen]
        return cost, found.T, self.labels[chosen]

    def move(self) -> None:
        """Let the optimizer change the parameters."""
        self.optimizer.move(self.program.values, self.program.gradient)

    def load(self) -> None:
        """Take the numbers of the model's Values, which somebody has changed."""
        self.program.load()

    def store(self) -> None:
        """Write the parameters and their gradients back to the model's Values."""
        self.program.store()


class Predictor:
    """The outputs of a model for many samples at once, by a program of the model that is recorded at the first call.

    The program is that of the model as it then was: change its parameters as you like, but not its parts.

    >>> from nn.modules import Layer
    >>> layer = Layer(2, 1, "linear", initializer=lambda *_: 1.0)
    >>> Predictor(layer)([[1.0, 2.0], [3.0, 4.0]])
    [[3.0], [7.0]]
    """

    def __init__(self, model: Module) -> None:
        self.model = model
        self._program: Any = compiled(lambda x: model(x), batched="x")

    def __call__(self, inputs: Any) -> list[Any]:
        if self._program is not None:
            try:
                with no_grad():
                    return _by_sample(self._program(plain_rows(inputs)))
            except (ImportError, RecordingError, TypeError, ValueError):
                self._program = None  # one sample after the other is slower, and takes whatever the model takes
        with no_grad():
            return [plain(self.model(x)) for x in inputs]


def plain_rows(inputs: Any) -> Any:
    if isinstance(inputs, Rows):
        return inputs.array()
    return inputs if hasattr(inputs, "shape") else list(inputs)


def plain(outputs: Any) -> Any:
    """Outputs without their graph."""
    if isinstance(outputs, list | tuple):
        return [plain(y) for y in outputs]
    return outputs.data if isinstance(outputs, Value) else outputs


def _by_sample(outputs: Any) -> list[Any]:
    """The outputs of each sample as plain numbers, from one array for each output."""
    if isinstance(outputs, list | tuple):
        return [list(numbers) for numbers in zip(*[_by_sample(column) for column in outputs], strict=True)]
    return outputs.tolist()  # type: ignore[no-any-return]


def array_of(numbers: Any) -> Any:
    """Nested numbers as an array; None where they have no common shape."""
    import numpy

    try:
        return numpy.array(numbers, dtype=float)
    except (TypeError, ValueError):
        return None


def readable(targets: Sequence[Any], model: Module, loss: Loss, inputs: Any) -> Sequence[Any]:
    """Targets that a program can read, which has numbers and no indices: classes become distributions."""
    if loss not in (cross_entropy, cross_entropy_from_logits) or hasattr(targets[0], "__len__"):
        return targets
    count, classes = len(model(inputs[0])), [index(t) for t in targets]
    if not 0 <= min(classes) <= max(classes) < count:
        raise ValueError(f"the classes must be between 0 and {count - 1}, got {min(classes)} to {max(classes)}")
    return [[float(k == t) for k in range(count)] for t in classes]
