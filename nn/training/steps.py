"""Training steps: one interface, implemented on Values and as one array program."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from operator import index
from random import Random
from typing import Any

from autograd_core import BatchGradient, Value, collector_paused, dot, mean
from autograd_core.errors import numpy_or_error
from autograd_core.support import adjoints, recorded

from ..data.samples import stacked
from ..losses import Loss, facts_of, name_of
from ..modules.dropout import drawing, factors, left_out, rates_in
from ..modules.module import Module
from ..optimizers import Optimizer
from .predictions import AT_ONCE, Comparison, array_of, plain
from .updates import took, update_of

MOST_DRAWN = 1 << 20
"""So many factors of Dropouts are drawn for steps in one call: eight megabytes."""


@dataclass(frozen=True)
class Problem:
    """A model, a loss and samples: what is minimized, or evaluated."""

    model: Module
    loss: Loss
    inputs: Any
    targets: Sequence[Any]
    weights: Sequence[float] | None = None
    devices: Any = None

    def batch(self, chosen: Sequence[int]) -> tuple[list[Any], list[Any], list[float] | None]:
        """The inputs, targets and weights of the samples with these indices."""
        weights = None if self.weights is None else [self.weights[i] for i in chosen]
        return [self.inputs[i] for i in chosen], [self.targets[i] for i in chosen], weights

    def of_a_sample(self) -> Callable[..., tuple[Any, Any]]:
        """The function of one input, target, weight if there are weights, and the factors of every
        Dropout, that gives the loss and the outputs.
        """
        model, loss = self.model, self.loss  # a recording looks at all that the function holds
        weighted = self.weights is not None

        def loss_and_outputs(x: Any, t: Any, *more: Any) -> tuple[Any, Any]:
            rest = iter(more[-1]) if len(more) > weighted else None
            with drawing(left_out if rest is None else lambda rate: next(rest)):
                outputs = model(x)
            found = loss(outputs, t)
            return (found * more[0] if weighted else found), outputs

        return loss_and_outputs

    def columns(self) -> list[Any]:
        """Inputs and targets as a program reads them: classes become one-hot distributions."""
        targets = self.targets
        if facts_of(self.loss).of_classes and not hasattr(targets[0], "__len__"):
            with drawing(left_out):
                count = len(self.model(self.inputs[0]))
            classes = [index(t) for t in targets]
            if not 0 <= min(classes) <= max(classes) < count:
                raise ValueError(
                    f"the classes must be between 0 and {count - 1}, got {min(classes)} to "
                    f"{max(classes)}"
                )
            targets = [[float(k == t) for k in range(count)] for t in classes]
        return [stacked(self.inputs), stacked(targets)]


def frozen_in(model: Module) -> dict[str, Value]:
    """The frozen parameters of a model by their paths."""
    trained = set(map(id, model.parameters()))
    return {path: p for path, p in model.named_parameters() if id(p) not in trained}


class TrainingStep(ABC):
    """A training step: the gradient of the mean loss of a batch, and the update along it."""

    engine: str

    def __init__(self, problem: Problem) -> None:
        self.problem, self.parameters = problem, problem.model.parameters()
        self.all_parameters = [*self.parameters, *frozen_in(problem.model).values()]

    def read(self, problem: Problem) -> None:
        """Take other samples of the same structure, for the same model and loss."""
        self.problem = problem

    @abstractmethod
    def gradient(self, chosen: list[int], seed: int = 2**63) -> float:
        """Compute the gradient of the mean loss of the samples with these indices; return the
        loss. The seed, of 64 bits, determines the zeros of every Dropout.
        """

    @abstractmethod
    def predictions(self) -> tuple[Any, Any]:
        """The outputs and the targets of these samples."""

    @abstractmethod
    def update(self, optimizer: Optimizer) -> None:
        """Let the optimizer update the parameters."""

    def train(
        self, batches: list[list[int]], optimizer: Optimizer, seeds: Sequence[int]
    ) -> list[float]:
        """Take as many steps on these batches, with updates, as can be taken in one call; their
        losses. `predictions` then are those of all these batches.
        """
        return []

    @abstractmethod
    def store(self) -> None:
        """Write parameters and gradients to the model's Values."""

    @abstractmethod
    def load(self) -> None:
        """Read the model's Values, which may have changed."""

    @property
    def leads(self) -> bool:
        """Whether this process writes the files of the training."""
        return True

    @property
    def device_count(self) -> int:
        """How many devices share the samples of a batch."""
        return 1

    def wait(self) -> Any:
        """Wait until every process of the training is here."""
        return None

    def is_current(self, i: int) -> bool:
        """Whether the loss and the gradient of sample i are those of the model as it is now."""
        return True

    def repeats(self, other: TrainingStep, i: int) -> bool:
        """Whether both give the same loss and gradient for sample i, to the last bit."""
        return False


class EagerStep(TrainingStep):
    """A step on Values, one number after another, which reads the model each time."""

    engine = "eager"

    def gradient(self, chosen: list[int], seed: int = 2**63) -> float:
        inputs, self.targets, weights = self.problem.batch(chosen)
        model, loss, targets = self.problem.model, self.problem.loss, self.targets
        with drawing(factors(Random(seed).random)):
            cost, self.outputs = batch_gradient(
                model, self.all_parameters, loss, inputs, targets, weights
            )
        return cost

    def predictions(self) -> tuple[Any, Any]:
        return self.outputs, self.targets

    def update(self, optimizer: Optimizer) -> None:
        optimizer.step(self.parameters)

    def store(self) -> None:
        """Nothing to do: the parameters are the model's Values."""

    def load(self) -> None:
        """Nothing to do, as for `store`."""


class CompiledStep(TrainingStep):
    """A step as one array program: the loss of one sample is recorded, and a batch is then a few
    matrix products. The parameters live in the program.
    """

    engine = "compiled"

    def __init__(self, problem: Problem) -> None:
        super().__init__(problem)
        numpy = numpy_or_error("a training as one program")
        self._random = numpy.random.RandomState(0)  # each step sets its seed, which is faster

        self.program = BatchGradient(
            problem.of_a_sample(), self.all_parameters, devices=problem.devices
        )
        self.rates = rates_in(problem.model, problem.inputs[0])
        self.read(problem)
        self.program.gradient[:] = [p.grad for p in self.all_parameters]
        n = len(self.parameters)
        self._trained = self.program.values[:n], self.program.gradient[:n]
        self.chosen, self._size = [0], 1
        self._close = Comparison()

    def read(self, problem: Problem) -> None:
        super().read(problem)
        weights = [] if problem.weights is None else [problem.weights]
        self.samples = self._rows([*problem.columns(), *weights])
        self.targets = array_of(problem.targets)

    def _rows(self, columns: list[Any]) -> Any:
        """The samples as the program reads them, one after the other in memory, without the factors
        of every Dropout.
        """
        import numpy

        total, ones = len(columns[0]), numpy.ones((AT_ONCE, len(self.rates)))
        found = numpy.empty((0, 0))
        for k in range(0, total, AT_ONCE):
            part = [column[k : k + AT_ONCE] for column in columns]
            if self.rates:
                part.append(ones[: len(part[0])])
            rows = self.program.rows(*part)
            rows = rows[: len(rows) - len(self.rates)]
            if k == 0:
                found = numpy.empty((total, len(rows)))
            found[k : k + AT_ONCE] = rows.T
        return found

    def _factors(self, n: int, seeds: Sequence[int]) -> Any:
        """The factors of every Dropout, for n samples and each of these seeds, as an array (seeds ×
        n × factors): those that `Random(seed).random` gives, which is the same generator.
        """
        import numpy

        rates, random = numpy.array(self.rates), self._random
        drawn = numpy.empty((len(seeds), n, len(rates)))
        for k, seed in enumerate(seeds):
            random.seed([seed & 0xFFFFFFFF, seed >> 32])
            drawn[k] = random.random_sample((n, len(rates))) >= rates
        drawn /= 1.0 - rates
        return drawn

    def gradient(self, chosen: list[int], seed: int = 2**63) -> float:
        drawn = self._factors(len(chosen), [seed])[0] if self.rates else None
        return self._gradient(chosen, drawn)

    def _gradient(self, chosen: list[int], drawn: Any) -> float:
        self.chosen, self._size = chosen, len(chosen)
        rows = self.samples.take(chosen, 0).T
        if drawn is not None:
            import numpy

            rows = numpy.concatenate([rows, drawn.T])
        cost, (self.outputs,) = self.program(rows)
        return cost

    def train(
        self, batches: list[list[int]], optimizer: Optimizer, seeds: Sequence[int]
    ) -> list[float]:
        size = len(batches[0])
        if self.rates:
            batches = batches[: max(1, MOST_DRAWN // (size * len(self.rates)))]
        try:
            update = update_of(optimizer, len(self.parameters), len(batches))
        except ValueError:  # of a learning rate, which the step that needs it will tell
            return []
        if update is None:
            return []
        drawn = self._factors(size, seeds[: len(batches)]) if self.rates else None
        found = self.program.train(self.samples.T, batches, update, drawn)
        if not found:
            return []
        losses, (self.outputs,) = found
        took(optimizer, len(losses), update)
        self.chosen = [i for batch in batches[: len(losses)] for i in batch]
        self._size = size
        return losses

    def predictions(self) -> tuple[Any, Any]:
        return array_of(self.outputs).T, self.targets[self.chosen]

    def update(self, optimizer: Optimizer) -> None:
        optimizer.update_arrays(*self._trained)

    def store(self) -> None:
        self.program.store()

    def load(self) -> None:
        self.program.load()

    @property
    def leads(self) -> bool:
        return self.program.leads

    @property
    def device_count(self) -> int:
        return self.program.device_count

    def wait(self) -> None:
        self.program.wait()

    def is_current(self, i: int) -> bool:
        model, x = self.problem.model, self.problem.inputs[i]
        if rates_in(model, x) != self.rates:
            return False
        with recorded(), drawing(factors(Random(2**63).random)):
            cost, _ = _mean_loss(model, self.problem.loss, *self.problem.batch([i]))
            expected = [cost.data, *adjoints(cost, self.all_parameters)[0]]
        return self._close(self._of_sample(i), expected)

    def repeats(self, other: TrainingStep, i: int) -> bool:
        assert isinstance(other, CompiledStep)
        self._size = other._size
        return self.rates == other.rates and repr(self._of_sample(i)) == repr(other._of_sample(i))

    def _of_sample(self, i: int) -> list[float]:
        """The loss and the gradient of a sample, from a batch that repeats it: the kernel for that
        size exists already.
        """
        last = self.program.gradient.copy()
        n, drawn = self._size, None
        if self.rates:
            drawn = self._factors(1, [2**63])[0].repeat(n, 0)
        found = [self._gradient([i] * n, drawn), *self.program.gradient.tolist()]
        self.program.gradient[:] = last  # .grad remains that of the last batch
        return found


def batch_gradient(
    model: Module,
    parameters: Sequence[Value],
    loss: Loss,
    inputs: Sequence[Any],
    targets: Sequence[Any],
    sample_weight: Sequence[float] | None = None,
) -> tuple[float, list[Any]]:
    """Compute the gradient of the mean loss of a batch, 1/N Σ wᵢ Lᵢ, into `.grad`.

    Args:
        model: the model, called on each sample.
        parameters: the Values whose `.grad` is set.
        loss: a function of one sample's outputs and target, such as `nn.mean_squared_error`.
        inputs: N inputs, one for each sample.
        targets: N targets, as the loss takes them.
        sample_weight: N factors wᵢ; all are 1 unless given.

    Returns:
        The mean loss, a float, and the N outputs as plain numbers or lists of them.

    Raises:
        TypeError: the loss returned a plain number, which has no gradient.

    Example:
        >>> from nn import Neuron, sum_squared_error
        >>> line = Neuron(1, "linear", initializer=lambda *_: 3.0)
        >>> parameters = line.parameters()
        >>> batch_gradient(line, parameters, sum_squared_error, [[1.0], [2.0]], [3.0, 4.0])
        (1.0, [3.0, 6.0])
        >>> [p.grad for p in parameters]
        [2.0, 1.0]
    """
    for parameter in parameters:
        parameter.grad = 0.0
    with collector_paused(), recorded():
        cost, outputs = _mean_loss(model, loss, inputs, targets, sample_weight)
        cost.backward()  # one sweep for the whole batch: it visits each parameter once
        return cost.data, plain(outputs)


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
