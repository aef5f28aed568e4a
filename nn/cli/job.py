"""A training of `python -m nn`: its folder, its checkpoint, its files and its exit status."""

from __future__ import annotations

import argparse
import os
import shlex
import subprocess
import time
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from itertools import chain, count
from pathlib import Path
from typing import Any

from autograd_core.errors import MissingExtra

from ..data.datasets import split
from ..data.samples import taken
from ..files.locks import locked
from ..losses import Loss
from ..modules.networks import MLP
from ..optimizers import Optimizer
from ..plots import save_training
from ..training.callbacks import EarlyStopping
from ..training.defaults import falling
from ..training.fit import fit
from ..training.history import History
from .console import say

CHECKPOINT, MODEL, UNFINISHED = "checkpoint.json", "model.json", "unfinished"
INTERRUPTED = 130
"""The exit status after Ctrl-C, as in a shell."""
Samples = tuple[Any, Sequence[Any]]
Write = Callable[[Path], object]


class Job(ABC):
    """What is learned from the options, and what is written and printed afterwards."""

    model: MLP
    train: Samples
    test: Samples
    loss: str | Loss
    optimizer: Callable[..., Optimizer]
    title: str
    """The title of the curves."""
    introduction: list[str]
    """What to print before the training."""
    save: Callable[[Path], None]
    """Writes the model."""

    def __init__(self, options: argparse.Namespace) -> None:
        self.options, self.epochs = options, options.epochs

    def learn(self, **more: Any) -> History:
        """Train with a learning rate that decreases to 0.

        With --patience, a fifth of the training samples decides when to stop. The held-out samples,
        by which the model is judged, have no part in it.
        """
        options, train, judged = self.options, self.train, self.test
        patience: list[EarlyStopping] = []
        if options.patience:
            train, judged = _parted(train, options.seed)
            patience = [EarlyStopping("validation_loss", options.patience)]
        common: dict[str, Any] = {
            "loss": self.loss,
            "epochs": self.epochs,
            "batch_size": options.batch_size,
            "seed": options.seed,
            "class_weight": "balanced" if options.balanced else None,
        }
        decay = options.weight_decay
        if decay is None:
            decay = self.weight_decay(train, **common)
        steps = self.epochs * -(-len(train[0]) // options.batch_size)
        return fit(
            self.model,
            train[0],
            train[1],
            optimizer=self.optimizer(falling(options.learning_rate, steps), weight_decay=decay),
            validation_data=judged,
            callbacks=patience,
            **common,
            **more,
        )

    def weight_decay(self, train: Samples, **common: Any) -> float:
        """The weight decay where none is given; `common` are settings of `fit`."""
        return 0.0

    def files(self, history: History) -> dict[str, Write]:
        """What else is written, by file name. Without a finished epoch there are no curves."""
        return {"curves.png": partial(save_training, history, self.title)} if len(history) else {}

    @abstractmethod
    def next_steps(self, files: list[Path]) -> Iterator[str]:
        """What to do with the files that were written."""

    @abstractmethod
    def summary(self, history: History) -> Iterator[str]:
        """The lines to print after the training."""


def _parted(samples: Samples, seed: int) -> tuple[Samples, Samples]:
    """The samples to train on, and a fifth of them that decides when to stop."""
    inputs, targets = samples
    parts = [part for part, _ in split(range(len(targets)), targets, seed=seed)]
    train, held_out = ((taken(inputs, part), taken(targets, part)) for part in parts)
    return train, held_out


@contextmanager
def checkpoint_in(folder: Path, resume: bool) -> Iterator[Path]:
    """Make the folder and lock it for this training; gives the path of the checkpoint in it.

    An old checkpoint that is not resumed is renamed, because its model was never saved.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise OSError(
            f"cannot create the folder {folder} ({error.strerror}); choose another with --out"
        ) from None
    with locked(folder):
        path = folder / CHECKPOINT
        if resume and path.exists():
            say(f"resuming from {path}")
        elif resume:
            say(f"there is no {path} yet: starting from the beginning")
        elif path.exists():
            numbers = chain([""], (f"-{n}" for n in count(2)))
            names = (path.with_suffix(f".unfinished{n}.json") for n in numbers)
            aside = next(name for name in names if not name.exists())
            path.rename(aside)
            say(
                f"{path} held an unfinished training; it was renamed to {aside.name} (--resume "
                "would have continued it)"
            )
        yield path


def carry_out(job: Job, checkpoint: Path, arguments: Sequence[str]) -> int:
    """Train, save the model, write the other files and print the summary; return the exit status.

    The checkpoint is removed only after the finished model is saved. An interrupted training writes
    its files into a subfolder, so that those of a finished training stay.
    """
    for line in job.introduction:
        say(line)
    train, test = len(job.train[0]), len(job.test[0])
    folder = checkpoint.parent
    part = ", a fifth of them to decide when to stop" if job.options.patience else ""
    say(f"{train:,} samples to train on{part}, {test:,} held out; all files go to {folder}")
    started = time.perf_counter()
    try:
        history = job.learn(checkpoint=checkpoint, resume=job.options.resume)
    except (OSError, ValueError, FloatingPointError) as error:
        say(str(error))
        blocked = isinstance(error, FileExistsError)  # the checkpoint is that of another training
        if isinstance(error, ValueError) and job.options.resume:
            say(
                "--resume needs the options that the training started with, such as --epochs and "
                "--learning-rate"
            )
        elif isinstance(error, OSError) and checkpoint.exists() and not blocked:
            say(f"the last checkpoint is {checkpoint}; continue with: {_resumed(arguments)}")
        return 1
    seconds = time.perf_counter() - started
    state, status = ("interrupted", INTERRUPTED) if history.interrupted else ("finished", 0)
    folder = folder / (UNFINISHED if history.interrupted else "")
    try:
        folder.mkdir(exist_ok=True)
        job.save(folder / MODEL)
    except (OSError, ValueError) as error:
        say(str(error))
        if isinstance(error, OSError):
            say(
                f"the training is {state}, and saved in {checkpoint}; solve this problem, then "
                f"continue with: {_resumed(arguments)}"
            )
        return status or 1
    if not history.interrupted:
        checkpoint.unlink(missing_ok=True)
    files = [folder / MODEL, *_written(folder, job.files(history))]
    if history.stopped and not history.interrupted:
        say(f"stopped    {history.stopped}")
    for line in job.summary(history):
        say(line)
    speed = f"{history.epochs_per_second:.2f} epochs per second"
    say(f"time       {seconds:.1f} s, {len(history)} epochs, {speed}")
    say("files      " + ", ".join(map(str, files)))
    if not history.interrupted:
        for line in job.next_steps(files):
            say(f"next       {line}")
    if history.interrupted:
        finished = checkpoint.with_name(MODEL)
        kept = f" ({finished} is from an earlier training)" if finished.exists() else ""
        say(f"interrupted{kept}; continue with: {_resumed(arguments)}")
    return status


def _written(folder: Path, files: dict[str, Write]) -> Iterator[Path]:
    """Write the files; if a package or the disk space is missing, say so and continue."""
    for name, write in files.items():
        try:
            write(folder / name)
            yield folder / name
        except (MissingExtra, OSError) as error:
            say(f"without {name}: {error}")


def _resumed(arguments: Sequence[str]) -> str:
    """The command that continues an interrupted training."""
    return command(*[a for a in arguments if a != "--resume"], "--resume")


def command(*arguments: object) -> str:
    """A command as it is typed."""
    words = ["python", "-m", "nn", *map(str, arguments)]
    return subprocess.list2cmdline(words) if os.name == "nt" else shlex.join(words)
