"""`fit`: a model, data, a loss and an optimizer in; the history of the training out."""

from __future__ import annotations

import os
import time
import warnings
from collections.abc import Mapping, Sequence
from typing import Any

from autograd_core import Value, collector_paused, dot, mean
from autograd_core.errors import shown

from .callbacks import Callback, EarlyStopping
from .checkpoints import Keeper, Progression, described, fingerprint
from .checks import check_order, check_split, checked, name_of, varies
from .diagnosis import TrainingWarning, Watch
from .evaluation import Evaluation, judge
from .history import History
from .initializers import random_of
from .interrupts import Interrupt, ctrl_c_waits
from .losses import Loss, loss_function
from .modules import Module
from .optimizers import GradientDescent, Optimizer
from .progress import Progress
from .requirements import count
from .samples import is_array, sample_weights
from .steps import CompiledSteps, plain


def fit(
    model: Module,
    inputs: Any,
    targets: Any,
    *,
    loss: str | Loss,
    optimizer: Optimizer | None = None,
    epochs: int = 10,
    batch_size: int = 32,
    validation: tuple[Any, Any] | None = None,
    shuffle: bool = True,
    class_weight: str | Mapping[Any, float] | None = None,
    sample_weight: Sequence[float] | None = None,
    callbacks: Sequence[Callback] = (),
    checkpoint: str | os.PathLike[str] | None = None,
    checkpoint_seconds: float = 30.0,
    resume: bool = False,
    compiled: bool = True,
    progress: bool = True,
    seed: int | None = 0,
) -> History:
    """Change the parameters of the model so that the mean loss over the samples falls: mini-batch gradient descent.

    Inputs and targets are lists, arrays or data frames with one entry per sample. `optimizer` is `GradientDescent()`
    unless another is given, `validation` a pair (inputs, targets), and the seed decides the order of the samples. Accuracy
    is reported where the targets are classes (see `judge`). `class_weight` ("balanced", or a dict) and `sample_weight` say
    what each sample counts. Each callback is called after each epoch with the model and the history, and ends the training
    by returning True. Ctrl-C ends it after the running step; the model keeps what it has learned, and the history says
    `interrupted`.

    The steps run as one array program, which is recorded on the first sample; `compiled=False` computes them on Values,
    one number after the other, with the same results up to rounding. The history's `engine` says which it was, and a
    warning tells why, where a program was wanted and could not be had. Model and loss are recorded once: of what they read
    only inputs, targets and parameters may change later. Where something else does (a factor that a callback lowers from
    epoch to epoch), give `compiled=False`; numbers drawn anew at each call, as in dropout, are noticed.

    A `checkpoint` file is written at the beginning, every `checkpoint_seconds` and at the end. With `resume` the
    training goes on from it, where there is one, and ends bit for bit as if it had never been interrupted.

    >>> from nn.modules import Neuron
    >>> line = Neuron(1, "linear", seed=0)
    >>> history = fit(line, [[0.0], [1.0], [2.0]], [1.0, 3.0, 5.0], loss="sum_squared_error", epochs=200, progress=False)
    >>> [round(p.data, 2) for p in line.parameters()]
    [2.0, 1.0]
    """
    epochs, batch_size = count(epochs, "epochs"), count(batch_size, "batch_size")
    if optimizer is not None and (isinstance(optimizer, type) or not hasattr(optimizer, "claim")):
        raise TypeError(f"the optimizer must be one such as Adam(0.01), got {optimizer!r} ({type(optimizer).__name__})")
    if validation is not None and not (isinstance(validation, list | tuple) and len(validation) == 2):
        raise TypeError(f"validation must be a pair (inputs, targets), got {shown(validation)} ({type(validation).__name__})")
    if not isinstance(callbacks, list | tuple):
        raise TypeError(f"callbacks must be a list of functions, got {callbacks!r}; write callbacks=[{shown(callbacks)}]")
    function, chosen, at = loss_function(loss), optimizer or GradientDescent(), Progression(random_of(seed))
    rows, wanted = checked(model, inputs, targets, function, "the training data")
    weights = sample_weights(wanted, class_weight, sample_weight)
    held_out = checked(model, *validation, function, "the validation data") if validation else None
    if not shuffle:
        check_order(wanted, batch_size)
    if held_out:
        check_split(wanted, held_out[1], function)
    reason = VARIES if compiled and varies(model, function, rows, wanted) else ""
    scored = None
    if held_out:
        scored = Evaluation(model, *held_out, loss=function, program=compiled and not reason, learned=wanted)
    for callback in callbacks:
        if isinstance(callback, EarlyStopping):
            callback.check(_measured(function, wanted, scored))
        getattr(callback, "begin", lambda: None)()
    chosen.claim(model.parameters())
    steps = _steps(compiled, reason, (model, function, chosen, rows, wanted, weights))
    at.history.engine = "compiled" if isinstance(steps, CompiledSteps) else "eager"
    keeper = None
    if checkpoint is not None:
        settings = {
            "model": described(model), "loss": name_of(function), "optimizer": f"{type(chosen).__name__} {chosen.settings()}",
            "batch_size": batch_size, "shuffle": shuffle, "engine": at.history.engine, "data": fingerprint(rows, wanted),
            "weights": fingerprint(weights or []), "validation": fingerprint(*held_out) if held_out else "none",
        }  # fmt: skip
        keeper = Keeper(checkpoint, checkpoint_seconds, (model, chosen, callbacks), settings, len(rows))
        keeper.begin(at, resume)
        steps.load()
    bar = Progress(epochs, -(-len(rows) // batch_size), shown=progress)
    training = _Training(steps, at, keeper, bar, Watch(model, function, chosen, rows, wanted))
    with ctrl_c_waits() as interrupt:
        try:
            training.run(epochs, scored, callbacks, interrupt, batch_size if shuffle else -batch_size)
        except KeyboardInterrupt:
            interrupt.requested = False  # one more waits until the file is whole
            training.interrupted()
        finally:
            steps.store()
            bar.close()
    if at.finished:
        for callback in callbacks:
            getattr(callback, "finish", lambda model: None)(model)
    return at.history


def _measured(loss: Loss, targets: list[Any], scored: Evaluation | None) -> list[str]:
    """The columns that the history will have."""
    names = ["loss", "accuracy"] if judge(loss, targets) else ["loss"]
    if scored:
        names += ["validation_loss", "validation_accuracy"] if scored.right else ["validation_loss"]
    return names


VARIES = "a sample gives other numbers when it is computed again, as with dropout, and a program would repeat the first ones"


def _steps(compiled: bool, reason: str, given: tuple[Any, ...]) -> EagerSteps | CompiledSteps:
    """The steps of the training as one program; on Values where that is wanted, or the program cannot be had."""
    if compiled and not reason:
        try:
            return CompiledSteps(*given)
        except Exception as error:  # what is wrong with the model or the loss, the eager steps will say where it happens
            reason = f"{type(error).__name__}: {error}"
    steps = EagerSteps(*given)
    steps.reason = reason
    return steps


class EagerSteps:
    """The steps of a training on Values: the gradient of the samples with the given numbers, and the move along it.

    A `reason` why they are no program is told after the first gradient, when the model has shown that it works.
    """

    reason = ""

    def __init__(
        self, model: Module, loss: Loss, optimizer: Optimizer, inputs: Any, targets: list[Any], weights: list[float] | None
    ) -> None:
        self.model, self.loss, self.optimizer, self.parameters = model, loss, optimizer, model.parameters()
        self.inputs, self.targets, self.weights = inputs, targets, weights

    def gradient(self, chosen: list[int]) -> tuple[float, list[Any], list[Any]]:
        """The mean loss of a batch, its outputs and its targets, before the parameters are moved."""
        inputs = self.inputs[chosen] if is_array(self.inputs) else [self.inputs[i] for i in chosen]
        weights = None if self.weights is None else [self.weights[i] for i in chosen]
        targets = [self.targets[i] for i in chosen]
        found = batch_gradient(self.model, self.parameters, self.loss, inputs, targets, weights)
        if self.reason:
            text = "the training runs on Values, one number after the other, which is slow, and not as one array program"
            warnings.warn(f"{text}: {self.reason}. compiled=False says that this is wanted", TrainingWarning, stacklevel=5)
            self.reason = ""
        return *found, targets

    def move(self) -> None:
        """Let the optimizer change the parameters."""
        self.optimizer.step(self.parameters)

    def store(self) -> None:
        """Let the model's Values hold the numbers of the parameters; here they always do."""

    def load(self) -> None:
        """Take the numbers of the model's Values, which somebody has changed."""


class _Training:
    """The loop over epochs and batches. `self.at` is where it stands, and `whole` whether all parts of it agree."""

    def __init__(
        self, steps: EagerSteps | CompiledSteps, at: Progression, keeper: Keeper | None, bar: Progress, watch: Watch
    ) -> None:
        self.steps, self.at, self.keeper, self.bar, self.watch = steps, at, keeper, bar, watch
        self.right = judge(steps.loss, steps.targets)
        self.whole = True

    def run(
        self, epochs: int, held_out: Evaluation | None, callbacks: Sequence[Callback], interrupt: Interrupt, batch_size: int
    ) -> None:
        """Train until the last epoch is done, or a callback ends it; a negative batch size leaves the order as it is."""
        at, steps = self.at, self.steps
        while len(at.history) < epochs and not at.history.stopped:
            started = time.perf_counter() - at.seconds
            self._epoch(batch_size, started, interrupt)
            steps.store()
            loss, accuracy = held_out() if held_out else (None, None)
            now = at.total / at.seen, at.hits / at.seen if self.right else None
            self.whole = False
            at.history.add(*now, loss, accuracy, time.perf_counter() - started)
            at.batch, at.total, at.hits, at.seen, at.seconds, at.before = 0, 0.0, 0, 0, 0.0, ()
            self._call(callbacks)
            steps.load()
            self.whole = True
            self.bar.epoch(len(at.history), *now)
            self.watch.epoch(at.history)
            if interrupt.requested and len(at.history) < epochs and not at.history.stopped:
                raise KeyboardInterrupt
        at.finished = True
        if self.keeper:
            self.keeper.save(at)

    def interrupted(self) -> None:
        """Keep what is there. Where Ctrl-C came twice, in the middle of a step, the checkpoint before it stays."""
        self.steps.store()
        self.at.history.interrupt()
        if self.keeper and self.whole:
            self.keeper.save(self.at)
        if self.keeper:
            self.bar.say(f"interrupted; the same call with resume=True goes on from {self.keeper.path}")

    def _epoch(self, batch_size: int, started: float, interrupt: Interrupt) -> None:
        at, steps, epoch = self.at, self.steps, len(self.at.history) + 1
        at.before = at.random.getstate()
        order = list(range(len(steps.targets)))
        if batch_size > 0:
            at.random.shuffle(order)
        size = abs(batch_size)
        for start in range(at.batch * size, len(order), size):
            chosen = order[start : start + size]
            cost, outputs, targets = steps.gradient(chosen)
            if cost - cost != 0.0:
                steps.store()
                self.watch.refuse(cost, epoch, at.batch + 1, chosen)
            self.whole = False
            steps.move()
            at.batch, at.total, at.seen = at.batch + 1, at.total + cost * len(chosen), at.seen + len(chosen)
            if self.right:
                at.hits += self.right.count(outputs, targets)
            self.whole = True
            at.seconds = time.perf_counter() - started
            self.bar.batch(epoch, at.batch, at.total / at.seen, at.hits / at.seen if self.right else None)
            if interrupt.requested:
                raise KeyboardInterrupt
            if self.keeper and self.keeper.due():
                steps.store()
                self.keeper.save(at)

    def _call(self, callbacks: Sequence[Callback]) -> None:
        """Every callback sees every epoch, also after another has ended the training."""
        history = self.at.history
        for callback in callbacks:
            if callback(self.steps.model, history) and not history.stopped:
                reason = getattr(callback, "reason", "") or f"{getattr(callback, '__name__', callback)} returned True"
                history.stopped = f"epoch {len(history)}: {reason}"


def batch_gradient(
    model: Module,
    parameters: Sequence[Value],
    loss: Loss,
    inputs: Sequence[Any],
    targets: Sequence[Any],
    weights: Sequence[float] | None = None,
) -> tuple[float, list[Any]]:
    """The mean loss of a batch, and the outputs as plain numbers; afterwards `.grad` of the parameters is its gradient.

    With weights wᵢ it is 1/N Σ wᵢ Lᵢ.

    >>> from nn.losses import sum_squared_error
    >>> from nn.modules import Neuron
    >>> line = Neuron(1, "linear", initializer=lambda *_: 3.0)
    >>> batch_gradient(line, line.parameters(), sum_squared_error, [[1.0], [2.0]], [3.0, 4.0])[0]
    1.0
    >>> [p.grad for p in line.parameters()]
    [2.0, 1.0]
    """
    for parameter in parameters:
        parameter.grad = 0.0
    with collector_paused():
        outputs = [model(x) for x in inputs]
        losses = [loss(y, t) for y, t in zip(outputs, targets, strict=True)]
        cost = mean(losses) if weights is None else dot(weights, losses) / float(len(losses))
        if not isinstance(cost, Value):
            raise TypeError(
                f"the loss {name_of(loss)} gave plain numbers, through which no gradient flows; keep its Values (no .data)"
            )
        cost.backward()  # one sweep for the whole batch: it visits each parameter once
        return cost.data, [plain(y) for y in outputs]
