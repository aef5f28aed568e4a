"""`fit`: train a model on data with a loss and an optimizer; returns the history."""

from __future__ import annotations

import math
import os
import time
import warnings
from collections.abc import Mapping, Sequence
from operator import is_
from random import Random
from typing import Any

from autograd_core import Value
from autograd_core.errors import shown

from ..data.samples import sample_weights
from ..losses import Loss, loss_function
from ..modules.initializers import Seed, random_of
from ..modules.networks import Module
from ..optimizers import GradientDescent, Optimizer
from ..requirements import count
from .callbacks import Callback, EarlyStopping
from .checkpoints import Keeper, Progression, described, fingerprint
from .checks import check_order, check_split, checked, name_of, varies
from .claims import claimed
from .diagnosis import TrainingWarning, Watch
from .eager import EagerSteps
from .evaluation import Evaluation, judge
from .history import History
from .interrupts import Interrupt, ctrl_c_waits
from .progress import Progress
from .steps import Comparison, CompiledSteps


def fit(
    model: Module,
    inputs: Any,
    targets: Any,
    *,
    loss: str | Loss,
    optimizer: Optimizer | None = None,
    epochs: int = 10,
    batch_size: int = 32,
    validation_data: tuple[Any, Any] | None = None,
    shuffle: bool = True,
    class_weight: str | Mapping[Any, float] | None = None,
    sample_weight: Sequence[float] | None = None,
    callbacks: Sequence[Callback] = (),
    checkpoint: str | os.PathLike[str] | None = None,
    checkpoint_seconds: float = 30.0,
    resume: bool = False,
    compiled: bool = True,
    verbose: bool = True,
    seed: Seed = 0,
) -> History:
    """Train the model: minimize the mean loss over the samples by mini-batch gradient descent.

    Inputs and targets are lists, arrays or data frames with one entry per sample. `optimizer` is
    `GradientDescent()` unless another is given, `validation_data` a pair (inputs, targets).
    `class_weight` ("balanced", or a dict) and `sample_weight` say how much each sample counts.
    Accuracy is reported where the targets are classes (see `judge`). `verbose=False` hides the
    progress bar. Each callback is called after each epoch with the model and the history, and ends
    the training by returning True. Ctrl-C ends it after the current step; the model keeps what it
    has learned, and the history says `interrupted`.

    The seed determines the order of the samples, which differs from epoch to epoch. The model keeps
    the state of that order, and the next call with the same seed continues it. With one optimizer,
    six calls of one epoch therefore equal one call of six, bit for bit. Another seed starts a new
    order, and None gives an order that cannot be repeated.

    The steps run as one array program, recorded on the first sample. `compiled=False` computes them
    on Values, one number after another, with the same results up to rounding. The history's
    `engine` says which was used. A warning explains why, if no program could be made. Model and
    loss are recorded once. If a callback changes something else that they use, such as an
    activation or a factor of the loss, they are recorded again with a warning; `compiled=False`
    reads everything at each step. New parameters during the training are an error, because the
    optimizer would not update them. After each epoch, the loss and the gradient of one sample show
    such changes; the list of parameters itself is compared after epochs 1, 2, 4, 8 and so on.

    A `checkpoint` file is written at the beginning, every `checkpoint_seconds` and at the end. With
    `resume` the training continues from this file if it exists, and ends bit for bit as without the
    interruption.

    >>> from nn import Neuron
    >>> line = Neuron(1, "linear", seed=0)
    >>> inputs, targets = [[0.0], [1.0], [2.0]], [1.0, 3.0, 5.0]
    >>> settings = {"loss": "sum_squared_error", "epochs": 200, "verbose": False}
    >>> history = fit(line, inputs, targets, **settings)
    >>> [round(p.data, 2) for p in line.parameters()]
    [2.0, 1.0]
    """
    epochs, batch_size = count(epochs, "epochs"), count(batch_size, "batch_size")
    if optimizer is not None and (isinstance(optimizer, type) or not hasattr(optimizer, "claim")):
        raise TypeError(
            f"the optimizer must be an instance such as Adam(0.01), got {optimizer!r} "
            f"({type(optimizer).__name__})"
        )
    if validation_data is not None and not (
        isinstance(validation_data, list | tuple) and len(validation_data) == 2
    ):
        raise TypeError(
            f"validation_data must be a pair (inputs, targets), got {shown(validation_data)} "
            f"({type(validation_data).__name__})"
        )
    if not isinstance(callbacks, list | tuple):
        raise TypeError(
            f"callbacks must be a list of functions, got {callbacks!r}; write "
            f"callbacks=[{shown(callbacks)}]"
        )
    function, chosen = loss_function(loss), optimizer or GradientDescent()
    rows, wanted = checked(model, inputs, targets, function, "the training data")
    weights = sample_weights(wanted, class_weight, sample_weight)
    held_out = None
    if validation_data:
        held_out = checked(model, *validation_data, function, "the validation data")
    if not shuffle:
        check_order(wanted, batch_size)
    if held_out:
        check_split(wanted, held_out[1], function)
    for callback in callbacks:
        if isinstance(callback, EarlyStopping):
            callback.check(_measured(function, wanted, held_out is not None))
    parameters = model.parameters()
    at, given = (
        Progression(_order(model, seed)),
        (model, function, chosen, rows, wanted, weights, parameters),
    )
    with claimed(parameters):
        for callback in callbacks:
            getattr(callback, "begin", lambda: None)()
        chosen.claim(parameters)
        steps = _steps(compiled, *given)
        scored = None
        if held_out:
            certain = compiled and getattr(steps, "reason", "") != VARIES
            scored = Evaluation(model, *held_out, loss=function, program=certain, learned=wanted)
            scored.looks = any(map(_changing, callbacks))
        at.history.engine = _engine(steps)
        keeper = None
        if checkpoint is not None:
            settings = {
                "model": described(model),
                "loss": name_of(function),
                "optimizer": f"{type(chosen).__name__} {chosen.settings()}",
                "batch_size": batch_size,
                "shuffle": shuffle,
                "engine": at.history.engine,
                "data": fingerprint(rows, wanted),
                "weights": fingerprint(weights or []),
                "validation_data": fingerprint(*held_out) if held_out else "none",
            }
            keeper = Keeper(
                checkpoint, checkpoint_seconds, (model, chosen, callbacks), settings, len(rows)
            )
            keeper.begin(at, resume)
            steps.load()
        bar = Progress(epochs, -(-len(rows) // batch_size), shown=verbose)
        training = _Training(
            steps, at, keeper, bar, Watch(model, function, chosen, rows, wanted), given
        )
        with ctrl_c_waits() as interrupt:
            try:
                training.run(
                    epochs, scored, callbacks, interrupt, batch_size if shuffle else -batch_size
                )
            except KeyboardInterrupt:
                interrupt.requested = False  # a further Ctrl-C waits until the file is complete
                training.interrupted()
            finally:
                training.steps.store()
                bar.close()
        if at.finished:
            for callback in callbacks:
                getattr(callback, "finish", lambda model: None)(model)
            if not _finite(parameters):
                training.watch.refuse_at_the_end()
    return at.history


def _finite(parameters: list[Value]) -> bool:
    return all([math.isfinite(p.data) for p in parameters])


def _changing(callback: Callback) -> bool:
    return not getattr(callback, "only_reads", False)


def _engine(steps: EagerSteps | CompiledSteps) -> str:
    return "compiled" if isinstance(steps, CompiledSteps) else "eager"


def _order(model: Module, seed: Seed) -> Random:
    """The generator that shuffles the samples. The model keeps it with its seed, so that the next
    training continues the order.
    """
    if seed is None or isinstance(seed, Random):
        return random_of(seed)
    kept: tuple[Any, Random] = vars(model).get("_order", (None, Random()))
    if kept[0] != seed:
        kept = vars(model)["_order"] = (seed, random_of(seed))
    return kept[1]


def _measured(loss: Loss, targets: list[Any], validation: bool) -> list[str]:
    """The names of the columns that the history will have."""
    names = ["loss", "accuracy"] if judge(loss, targets) else ["loss"]
    return names + ["validation_" + name for name in names] * validation


VARIES = (
    "the model is random (such as dropout): a sample gives different numbers each time, and a "
    "program would repeat the first ones"
)


def _steps(compiled: bool, *given: Any) -> EagerSteps | CompiledSteps:
    """The steps as one program, or on Values if that is requested or no program can be made."""
    model, loss, _, inputs, targets, *_ = given
    reason = ""
    if compiled and varies(model, loss, inputs, targets):
        reason = VARIES
    elif compiled:
        try:
            return CompiledSteps(*given)
        # an error in the model or the loss will be raised by the eager steps, where it happens
        except Exception as error:
            reason = f"{type(error).__name__}: {error}"
    steps = EagerSteps(*given)
    steps.reason = reason
    return steps


class _Training:
    """The loop over epochs and batches. `self.at` is its state, and `whole` says whether the state
    is consistent.
    """

    def __init__(
        self,
        steps: EagerSteps | CompiledSteps,
        at: Progression,
        keeper: Keeper | None,
        bar: Progress,
        watch: Watch,
        given: tuple[Any, ...],
    ) -> None:
        self.steps, self.at, self.keeper, self.bar, self.watch = steps, at, keeper, bar, watch
        self.right = judge(steps.loss, steps.targets)
        self.whole = True
        self.given, self.same, self.told = given, Comparison(), False
        self.on_values = EagerSteps(*given)

    def run(
        self,
        epochs: int,
        held_out: Evaluation | None,
        callbacks: Sequence[Callback],
        interrupt: Interrupt,
        batch_size: int,
    ) -> None:
        """Train until the last epoch, or until a callback ends it. A negative batch size means no
        shuffling.
        """
        at, n = self.at, len(self.steps.targets)
        changing = any(map(_changing, callbacks))
        while len(at.history) < epochs and not at.history.stopped:
            started = time.perf_counter() - at.seconds
            self._epoch(batch_size, started, interrupt)
            self.steps.store()
            loss, accuracy = held_out() if held_out else (None, None)
            now = at.total / at.seen, at.hits / at.seen if self.right else None
            self.whole = False
            at.history.add(*now, loss, accuracy, time.perf_counter() - started)
            at.batch, at.total, at.hits, at.seen, at.seconds, at.before = 0, 0.0, 0, 0, 0.0, ()
            self._call(callbacks)
            self.steps.load()
            if changing and len(at.history) < epochs and not at.history.stopped:
                self._follow(len(at.history) * 7919 % n, held_out)  # a different sample each time
            self.whole = True
            self.bar.epoch(len(at.history), *now)
            self.watch.epoch(at.history)
            if interrupt.requested and len(at.history) < epochs and not at.history.stopped:
                raise KeyboardInterrupt
        if not changing:
            self._follow(n // 2, None)
            self._check_parameters()
        at.finished = True
        self._save()

    def interrupted(self) -> None:
        """Save the state. After a second Ctrl-C in the middle of a step, the previous checkpoint
        stays.
        """
        self.steps.store()
        self.at.history.interrupt()
        if self.whole:
            self._save()
        if self.keeper:
            self.bar.say(
                f"interrupted; the same call with resume=True continues from {self.keeper.path}"
            )

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
            at.batch, at.total, at.seen = (
                at.batch + 1,
                at.total + cost * len(chosen),
                at.seen + len(chosen),
            )
            if self.right:
                at.hits += self.right.count(outputs, targets)
            self.whole = True
            at.seconds = time.perf_counter() - started
            self.bar.batch(
                epoch, at.batch, at.total / at.seen, at.hits / at.seen if self.right else None
            )
            if interrupt.requested:
                raise KeyboardInterrupt
            if self.keeper and self.keeper.due():
                steps.store()
                self._save()

    def _save(self) -> None:
        """Write the checkpoint. If a parameter is not finite, the previous checkpoint stays."""
        if self.keeper and _finite(self.steps.parameters):
            self.keeper.save(self.at)

    def _check_parameters(self) -> None:
        """New parameters are an error, because neither the program nor the optimizer knows them."""
        now, known = self.steps.model.parameters(), self.steps.parameters
        if len(now) != len(known) or not all(map(is_, now, known)):
            raise ValueError(
                f"after epoch {len(self.at.history)} the model has other parameters than at the "
                f"beginning of the training ({len(now)} instead of {len(known)}), which the "
                "optimizer would not update; let the callback that changes them return True, "
                "which ends the training, and call fit again with a new optimizer"
            )

    def _follow(self, i: int, held_out: Evaluation | None) -> None:
        """Record model and loss again if sample i shows that they no longer agree with their
        program.

        A new parameter shows as well, unless its slope is 0 here: so the list of parameters is
        compared after epochs 1, 2, 4, 8 and so on.
        """
        steps, epoch = self.steps, len(self.at.history)
        if not isinstance(steps, CompiledSteps):
            self._check_parameters()
            return
        last = steps.program.gradient.copy()
        try:
            found, expected = steps.results(i), self.on_values.results(i)
        except Exception:
            self._check_parameters()  # new ones may be the reason
            raise
        steps.program.gradient[:] = last  # .grad remains that of the last batch
        same = self.same(found, expected)
        if not same or not epoch & (epoch - 1):
            self._check_parameters()
        if not same:
            self._record_anew(steps, i, found, held_out)

    def _record_anew(
        self, steps: CompiledSteps, i: int, found: list[float], held_out: Evaluation | None
    ) -> None:
        steps.store()
        anew = _steps(True, *self.given)
        if isinstance(anew, CompiledSteps):
            anew.size = steps.size
            if repr(anew.results(i)) == repr(found):
                return  # the difference was rounding
            anew.program.gradient[:] = steps.program.gradient
        self.steps, self.at.history.engine = anew, _engine(anew)
        if held_out and getattr(anew, "reason", "") == VARIES:
            held_out.on_values()
        if self.keeper:
            self.keeper.settings["model"] = described(steps.model)
        if not self.told:
            message = CHANGED.format(len(self.at.history))
            warnings.warn(message, TrainingWarning, stacklevel=5)
        self.told = True

    def _call(self, callbacks: Sequence[Callback]) -> None:
        """Call all callbacks, even if one of them ends the training."""
        history = self.at.history
        for callback in callbacks:
            if callback(self.steps.model, history) and not history.stopped:
                reason = (
                    getattr(callback, "reason", "")
                    or f"{getattr(callback, '__name__', callback)} returned True"
                )
                history.stopped = f"epoch {len(history)}: {reason}"


CHANGED = (
    "after epoch {}, the model or the loss no longer agree with the recorded program: something "
    "that they use has changed, such as an activation or a factor. They are recorded again after "
    "each epoch in which a callback changed them. For changes at other times, use compiled=False"
)
