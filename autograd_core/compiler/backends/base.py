"""What a back-end is: it says what a program would cost, and builds the kernel that runs it."""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from ...errors import RecordingError
from ..ir.program import Program
from ..ir.scans import every_program
from ..passes import Pass

Caller = Callable[[Sequence[Any]], Any]


class Forms:
    """A program, and what passes make of it. What was asked for, and what the first pass gives, is
    kept for other pipelines that begin alike.
    """

    def __init__(self, program: Program) -> None:
        self.program = program
        self._known: dict[tuple[Pass, ...], Any] = {}

    def after(self, pipeline: Sequence[Pass], name: str = "") -> Any:
        """The program after a pipeline, or after the pass of this name in it."""
        names = [step.name for step in pipeline]
        steps = tuple(pipeline[: names.index(name) + 1 if name else None])
        done = len(steps)
        while done and steps[:done] not in self._known:
            done -= 1
        form = self._known[steps[:done]] if done else self.program
        for step in steps[done:]:
            form, done = step(form, self.program.without), done + 1
            if done in (1, len(steps)):
                self._known[steps[:done]] = form
        return form

    def last(self, pipeline: Sequence[Pass]) -> Any:
        """The program after a pipeline, where no other form is wanted any more: each is emptied as
        the next one is made, so that there is room.
        """
        steps = tuple(pipeline)
        done = max([len(x) for x in self._known if x == steps[: len(x)]], default=0)
        form = self._known[steps[:done]] if done else self.program
        self._known.clear()
        for step in steps[done:]:
            if isinstance(form, Program) and form is not self.program:
                form._emptied = True
            form = step(form, self.program.without)
        return form


class Kernel(ABC):
    """A program that is ready to run; `sampled` tells which outputs have a value for each sample
    (or had, before the sum over them).
    """

    sampled: Sequence[bool] = ()
    device_count = 1
    """How many devices share the samples of a batch."""
    leads = True
    """Whether this process is the only one that runs it, or the first of several."""

    def wait(self) -> Any:
        """Wait until every process that runs it is here."""
        return None

    @abstractmethod
    def run(self, numbers: Any, rows: Any = None, samples: int = 1) -> tuple[Any, Any, list[Any]]:
        """The outputs as numbers and as rows, and the guards (a number each, or an array).

        `numbers` are the inputs without samples, `rows` those with, an array (inputs, samples).
        What has a value for each sample comes back as a row, the rest as numbers, each in the order
        of the program's outputs. Without samples a run may end at the first guard that is not as it
        was in the recording; then that is the last of the guards, and there are no outputs.
        """

    def prepare(self, samples: int) -> Any:
        """Make ready what runs for so many samples, now and not at the first run."""
        return None

    def caller(self, arguments: Sequence[Any], careful: bool) -> Caller:
        """A short way for arguments like these, which are floats, lists of them and arrays: a
        function of them that gives the outputs, or None where careful, and a nan may be wrong.
        """
        run = self.run

        def call(arguments: Sequence[Any]) -> Any:
            outputs, _, _ = run(flattened(arguments))
            return None if careful and has_nan(outputs) else outputs

        return call

    def steps(self, parameters: int, careful: bool) -> Steps:
        """What runs training steps of a loss whose first inputs are so many parameters."""
        import numpy

        return self.steps_of(numpy.zeros(parameters), numpy.zeros(parameters), careful)

    def steps_of(self, values: Any, gradient: Any, careful: bool = False) -> Steps:
        """The same, with arrays of these parameters and slopes."""
        return Steps(self, values, gradient, careful)


@dataclass
class Update:
    """How an optimizer moves the first `count` parameters, as data: gradient descent, or Adam if
    `adam`.

    `rates` are the learning rates of the steps; of Adam also `sizes` and `roots`, which correct the
    running means. `memory` are the arrays that it keeps, which the steps change.
    """

    count: int
    rates: list[float]
    memory: list[Any]
    weight_decay: float = 0.0
    clip_norm: float | None = None
    momentum: float = 0.0
    nesterov: bool = False
    adam: bool = False
    beta_1: float = 0.0
    beta_2: float = 0.0
    epsilon: float = 0.0
    decoupled: bool = False
    sizes: list[float] = field(default_factory=list)
    roots: list[float] = field(default_factory=list)


class Steps:
    """The steps of a `BatchGradient`: the inputs of the program are `values` and the seed of the
    backward pass, its outputs the loss, `gradient`, and further ones of each sample.
    """

    def __init__(self, kernel: Kernel, values: Any, gradient: Any, careful: bool) -> None:
        self.kernel = kernel
        self.values, self.gradient, self.careful = values, gradient, careful
        self._latest: tuple[float, Any] = (0.0, None)

    def step(self, rows: Any, seed: float) -> bool:
        """Compute the gradient of a batch; whether it has a nan that may be wrong."""
        given = [*self.values.tolist(), seed]
        numbers, outputs, _ = self.kernel.run(given, rows, rows.shape[1])
        self.gradient[:] = numbers[1 : 1 + len(self.values)]
        self._latest = float(numbers[0]), outputs
        return self.careful and has_nan(self.gradient)

    def train(
        self, samples: Any, batches: Sequence[Sequence[int]], update: Update, drawn: Any
    ) -> Any:
        """Steps on these columns of an array of samples, and on what is drawn for each of them,
        with updates between: the loss of each step that was taken, and the outputs of all samples.
        None where that is not possible.
        """
        return None

    def read(self) -> tuple[float, Any]:
        """The loss and the outputs with samples of the latest step."""
        return self._latest


class Backend(ABC):
    """Turns programs into kernels. `batches` says whether it runs programs with a batch axis,
    `scans` whether it runs loops that are one instruction: where not, it is given their rounds;
    `columns` whether it runs programs of which inputs or outputs are the columns of such a loop.
    `automatic` says whether it may be chosen by its cost, and `least` is what every run costs, in
    nanoseconds: the way in and out. `shards` says whether it runs a batch on several devices, and
    `strict` whether all its programs are strict: what it makes of them may run elsewhere, where
    nobody looks for a nan that may be wrong.
    """

    name: str
    batches = True
    scans = columns = False
    automatic = True
    least = 0.0
    shards = False
    strict = False

    def __init__(self, pipeline: list[Pass]) -> None:
        self.pipeline = pipeline

    def runs_scans(self, program: Program) -> bool:
        """Whether it runs the loops of a program that are one instruction."""
        return self.scans

    def pipeline_of(self, program: Program) -> list[Pass]:
        """The passes that a program goes through, where a back-end has several pipelines."""
        return self.pipeline

    def missing(self) -> ImportError | None:
        """The error for what it needs and is not installed; None where it can run."""
        return None

    @abstractmethod
    def bounds(self, program: Program) -> tuple[float, float]:
        """The least and the most that a run may cost, in nanoseconds, after one look at it."""

    @abstractmethod
    def cost(self, forms: Forms) -> float:
        """What a run will cost, in nanoseconds."""

    def passes(self, forms: Forms) -> dict[str, str]:
        """The program after each pass, as text."""
        pipeline = self.pipeline_of(forms.program)
        return {step.name: str(forms.after(pipeline, step.name)) for step in pipeline}

    @abstractmethod
    def build(self, forms: Forms) -> Kernel:
        """The kernel that runs the program."""

    def build_on(self, forms: Forms, devices: Any) -> Kernel:
        """The same, for samples that are spread over devices."""
        raise NotImplementedError

    def function(self, forms: Forms, dtype: str) -> Callable[..., Any]:
        """The program as a function of the engine's own arrays."""
        raise NotImplementedError

    @abstractmethod
    def source(self, forms: Forms) -> str:
        """What the kernel runs, as text."""


def flattened(arguments: Sequence[Any]) -> list[float]:
    """The numbers of arguments that are floats, lists of them and arrays."""
    flat: list[float] = []
    for x in arguments:
        if x.__class__ is float:
            flat.append(x)
        else:
            flat += x if x.__class__ is list else x.ravel().tolist()
    return flat


PRECISIONS = ("float64", "float32")


def for_all_numbers(program: Program, dtype: str, what: str) -> None:
    """Refuse a program that does not hold for all numbers, and a precision that is not there."""
    if dtype not in PRECISIONS:
        raise ValueError(f"dtype must be one of {PRECISIONS}, got {dtype!r}")
    if program.guards:
        raise RecordingError(
            f"this program is one path through the function's branches, but {what} takes the same "
            "path for all numbers; choose with where(condition, a, b) instead"
        )
    if any([part.masks and not part.strict for part in every_program(program)]):
        raise RecordingError(
            "this program leaves branches that are not taken to a second program; record one that "
            "stands alone: compiled(function, backend='jax')"
        )


def has_nan(numbers: Any) -> bool:
    """Whether a nan is among the outputs."""
    if numbers is None:
        return False
    if isinstance(numbers, list):
        total = sum(numbers)
        return total - total != 0.0 and any([x != x for x in numbers])  # a nan makes the total one
    import numpy

    with numpy.errstate(all="ignore"):
        if math.isfinite(numbers.ravel().dot(numbers.ravel())):
            return False
    return bool(numpy.isnan(numbers).any())  # large numbers, too, make the sum of squares infinite
