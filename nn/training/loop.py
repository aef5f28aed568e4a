"""The loop over epochs and batches."""

from __future__ import annotations

import math
import time
from itertools import takewhile
from operator import is_

from .checkpoints import Checkpoint, TrainingState, described
from .checks import is_random
from .diagnosis import Diagnosis, warn
from .evaluation import Evaluation, judge
from .interrupts import CtrlC
from .progress import Progress
from .steps import CompiledStep, EagerStep, Problem, TrainingStep

MOMENT = 0.05
"""Seconds that steps in one call should take: so long wait Ctrl-C and the display."""


class Training:
    """One training: its parts, and the loop. `consistent` says whether its state can be saved."""

    checkpoint: Checkpoint | None = None
    consistent = True
    warned = False
    reason = ""
    at_once = 16  # so many steps in one call, at first

    def __init__(
        self,
        problem: Problem,
        state: TrainingState,
        evaluation: Evaluation | None,
        progress: Progress,
        compiled: bool,
    ) -> None:
        self.problem, self.state, self.evaluation = problem, state, evaluation
        self.progress, self.interrupt = progress, CtrlC()
        self.right = judge(problem.loss, problem.targets)
        self.diagnosis = Diagnosis(problem, state.optimizer)
        self._use(*make_step(problem, compiled))

    def run(self, epochs: int, shuffle: bool) -> None:
        """Train until the last epoch, or until a callback or Ctrl-C ends it."""
        with self.interrupt:
            try:
                self._loop(epochs, shuffle)
            except KeyboardInterrupt:
                self.interrupt.requested = False  # a further Ctrl-C waits until the file is written
                self._interrupted()
            finally:
                self.step.store()
                self.progress.close()
        if self.state.finished:
            self.state.callbacks.finish(self.state.model)
            if wrong := self.diagnosis.not_finite():
                raise self.diagnosis.error(f"at the end of the training {wrong}")

    def _loop(self, epochs: int, shuffle: bool) -> None:
        state, only_read = self.state, self.state.callbacks.only_read
        state.finished = False
        while len(state.history) < epochs and not state.history.stopped:
            if self.interrupt.requested:
                raise KeyboardInterrupt
            if state.history and not only_read:
                self._follow(
                    len(state.history) * 7919 % state.n_samples
                )  # a different one each time
            started = time.perf_counter() - state.seconds
            batches = [*state.batches(shuffle)]
            while batches:
                taken = self._train_at_once(batches) or self._train_on(batches[0])
                del batches[:taken]
                state.seconds = time.perf_counter() - started
                self.progress.batch(len(state.history) + 1, state.batch, *self._means())
                if self.interrupt.requested:
                    raise KeyboardInterrupt
                if self.checkpoint and self.checkpoint.due():
                    self.step.store()
                    self.checkpoint.save()
            self._end_epoch(started)
        if only_read:
            self._follow(state.n_samples // 2)
            self._check_parameters()
        state.finished = True
        if self.checkpoint:
            self.checkpoint.save()

    def _train_at_once(self, batches: list[list[int]]) -> int:
        """Take as many steps as one call can take in a moment, so that Ctrl-C and the display need
        not wait; how many it took.
        """
        state, size = self.state, len(batches[0])
        several = [*takewhile(lambda batch: len(batch) == size, batches[: self.at_once])]
        if self.reason:  # the first step tells it
            return 0
        started, self.consistent = time.perf_counter(), False
        losses = self.step.train(several, state.optimizer, state.drawing_seeds(len(several)))
        if losses:
            state.batch += len(losses)
            for loss in losses:
                state.total += loss * size
            state.hits += self.right.count(*self.step.predictions()) if self.right else 0
            seconds = time.perf_counter() - started
            self.at_once = max(1, int(len(losses) * MOMENT / seconds))
        self.consistent = True
        return len(losses)

    def _train_on(self, chosen: list[int]) -> int:
        """Take one step."""
        state, step = self.state, self.step
        loss = step.gradient(chosen, state.drawing_seeds(1)[0])
        if self.reason:  # the model has proved to work
            warn(f"{ON_VALUES}: {self.reason}. compiled=False silences this warning")
            self.reason = ""
        if not math.isfinite(loss):
            step.store()
            self.diagnosis.chosen = chosen
            raise self.diagnosis.error(
                f"the loss became {loss} in epoch {len(state.history) + 1}, batch "
                f"{state.batch + 1}; the parameters are those before this batch"
            )
        self.consistent = False
        step.update(state.optimizer)
        state.batch += 1
        state.total += loss * len(chosen)
        state.hits += self.right.count(*step.predictions()) if self.right else 0
        self.consistent = True
        return 1

    def _means(self) -> tuple[float, float | None]:
        """The loss and the accuracy of the epoch so far."""
        state, seen = self.state, self.state.seen
        return state.total / seen, state.hits / seen if self.right else None

    def _end_epoch(self, started: float) -> None:
        state, history, means = self.state, self.state.history, self._means()
        self.step.store()
        validation: tuple[float | None, float | None] = (None, None)
        if self.evaluation:
            validation = self.evaluation()
        self.consistent = False
        history.add(*means, *validation, time.perf_counter() - started)
        state.end_epoch()
        state.callbacks(state.model, history)
        self.step.load()
        self.consistent = True
        self.progress.epoch(len(history), *means)
        self.diagnosis.check(history)

    def _interrupted(self) -> None:
        """Save the state. After a second Ctrl-C in the middle of a step, the previous checkpoint
        stays.
        """
        self.step.store()
        self.state.history.interrupt()
        if self.checkpoint:
            if self.consistent:
                self.checkpoint.save()
            self.progress.say(
                f"interrupted; the same call with resume=True continues from {self.checkpoint.path}"
            )

    def _follow(self, i: int) -> None:
        """Record model and loss again if sample i shows that they no longer agree with their
        program.

        A new parameter shows as well, unless its slope is 0 here: so the list of parameters is
        compared after epochs 1, 2, 4, 8 and so on.
        """
        old, epoch = self.step, len(self.state.history)
        try:
            current = old.is_current(i)
        except Exception:
            self._check_parameters()  # new ones may be the reason
            raise
        if not current or old.engine == "eager" or not epoch & (epoch - 1):
            self._check_parameters()
        if current:
            return
        old.store()
        new, reason = make_step(self.problem, compiled=True)
        if new.repeats(old, i):
            return  # the difference was rounding
        self._use(new, reason)
        if self.checkpoint:
            self.checkpoint.settings["model"] = described(self.problem.model)
        if not self.warned:
            warn(CHANGED.format(epoch))
        self.warned = True

    def _use(self, step: TrainingStep, reason: str) -> None:
        """Use this step from now on, and its engine for the evaluation too."""
        self.step, self.reason, self.state.history.engine = step, reason, step.engine
        if self.evaluation and step.engine == "eager":
            self.evaluation.batched = None

    def _check_parameters(self) -> None:
        """New parameters are an error, because neither the program nor the optimizer knows them."""
        now, known = self.problem.model.parameters(), self.step.parameters
        if len(now) != len(known) or not all(map(is_, now, known)):
            raise ValueError(
                f"after epoch {len(self.state.history)} the model has other parameters than at the "
                f"beginning of the training ({len(now)} instead of {len(known)}), which the "
                "optimizer would not update; let the callback that changes them return True, "
                "which ends the training, and call fit again with a new optimizer"
            )


def make_step(problem: Problem, compiled: bool) -> tuple[TrainingStep, str]:
    """A step as one program, or on Values if that is requested or no program can be made; and the
    reason why not.
    """
    reason = ""
    if problem.devices is not None:
        if not compiled or is_random(problem):
            raise ValueError(ON_DEVICES + ("compiled is False" if not compiled else RANDOM))
        return CompiledStep(problem), ""
    if compiled and is_random(problem):
        reason = RANDOM
    elif compiled:
        try:
            return CompiledStep(problem), ""
        # an error in the model or the loss will be raised by the eager step, where it happens
        except Exception as error:
            reason = f"{type(error).__name__}: {error}"
    return EagerStep(problem), reason


RANDOM = (
    "the model draws random numbers of its own: a sample gives different numbers each time, "
    "and a program would repeat the first ones (nn.Dropout draws new ones in programs too)"
)
ON_DEVICES = (
    "a training on devices is one program for all of them, and no program can be made; leave "
    "devices out, or change this: "
)
ON_VALUES = (
    "the training runs on Values, one number after another, which is slow, and not as one array "
    "program"
)
CHANGED = (
    "after epoch {}, the model or the loss no longer agree with the recorded program: something "
    "that they use has changed, such as an activation or a factor. They are recorded again after "
    "each epoch in which a callback changed them. For changes at other times, use compiled=False"
)
