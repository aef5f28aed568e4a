"""Checkpoints: everything that a training needs to continue after an interruption, in one JSON
file.
"""

from __future__ import annotations

import math
import os
import re
import time
import zlib
from array import array
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from typing import Any

from ..data.samples import Rows, is_array
from ..files.documents import dumped, number, read_document, remove_drafts, whole, write_atomically
from ..modules.convolution import AveragePooling2d, Convolution2d
from ..modules.networks import Layer, Module, Neuron
from ..optimizers import Optimizer
from .callbacks import Callbacks
from .history import History, from_json, to_json

KIND, VERSION = "checkpoint", 2


@dataclass
class TrainingState:
    """How far a training is: the finished epochs, and the finished batches of the current one with
    their sums.
    """

    random: Random
    history: History = field(default_factory=History)
    batch: int = 0
    seen: int = 0
    hits: int = 0
    total: float = 0.0
    seconds: float = 0.0
    epoch_start: tuple[Any, ...] = ()
    """The state of `random` at the beginning of the epoch, which determines the order of its
    samples.
    """
    finished: bool = False

    def is_over(self, epochs: int) -> bool:
        """Whether that many epochs are finished, or a callback has ended the training."""
        return len(self.history) >= epochs or bool(self.history.stopped)

    def batches(self, n: int, size: int, shuffle: bool) -> Iterator[list[int]]:
        """The batches that are left of the epoch, as indices of the n samples."""
        self.epoch_start = self.random.getstate()
        order = list(range(n))
        if shuffle:
            self.random.shuffle(order)
        for start in range(self.batch * size, n, size):
            yield order[start : start + size]

    def end_epoch(self) -> None:
        """Forget the batches of the epoch."""
        self.batch, self.seen, self.hits, self.total, self.seconds = 0, 0, 0, 0.0, 0.0
        self.epoch_start = ()


class Checkpoint:
    """The checkpoint of one training: written at the beginning, every `seconds` seconds and at the
    end.
    """

    def __init__(
        self,
        path: str | os.PathLike[str],
        seconds: float,
        parts: tuple[Module, Optimizer, Callbacks],
        settings: dict[str, Any],
        n_samples: int,
    ) -> None:
        self.path, self.seconds = Path(path), seconds
        self.model, self.optimizer, self.callbacks = parts
        self.settings, self.n_samples = settings, n_samples
        self._last = time.monotonic()

    def begin(self, state: TrainingState, resume: bool) -> None:
        """Resume from the file, or write the first one. An unfinished checkpoint is not
        overwritten.
        """
        remove_drafts(self.path)
        if resume and self.path.exists():
            self._resume(state)
            return
        if self.path.exists() and not self._is_finished(state):
            raise FileExistsError(
                f"{self.path} holds an unfinished training; continue it with resume=True, or "
                "remove the file"
            )
        self.save(state)

    def _is_finished(self, state: TrainingState) -> bool:
        """Whether the file holds a training that has ended; False if it cannot be read."""
        try:
            return self._read(state)["finished"] is True
        except (ValueError, KeyError):
            return False

    def _read(self, state: TrainingState) -> dict[str, Any]:
        return read_document(self.path, KIND, VERSION, self._document(state))

    def due(self) -> bool:
        """Whether it is time to save."""
        return time.monotonic() - self._last >= self.seconds

    def save(self, state: TrainingState) -> None:
        """Write the file; if that fails, the old one stays. It also stays if a parameter is not
        finite.
        """
        document = self._document(state)
        if all(map(math.isfinite, document["parameters"].values())):
            write_atomically(self.path, dumped(document))
            self._last = time.monotonic()

    def _document(self, state: TrainingState) -> dict[str, Any]:
        history, optimizer = state.history, self.optimizer
        return {
            "format": f"autograd-core {KIND}",
            "version": VERSION,
            "settings": self.settings,
            "epoch": len(history),
            "batch": state.batch,
            "seen": state.seen,
            "hits": state.hits,
            "total": state.total,
            "seconds": state.seconds,
            "finished": state.finished,
            "stopped": history.stopped,
            "history": {name: to_json(column) for name, column in history.columns.items()},
            "random": state.epoch_start or state.random.getstate(),
            "parameters": {name: p.data for name, p in self.model.named_parameters()},
            "optimizer": {
                "steps": optimizer.steps,
                "memory": [to_json(column) for column in optimizer.memory],
            },
            "callbacks": self.callbacks.states(),
        }

    def _resume(self, state: TrainingState) -> None:
        document = self._read(state)
        try:
            found = document["settings"]
            for name in {**self.settings, **found}:
                if found.get(name) != self.settings.get(name):
                    raise ValueError(
                        f"it was made with {name} = {found.get(name)}, and this training has "
                        f"{self.settings.get(name)}; use the same settings, or start again "
                        "without resume"
                    )
            self._fill(document, state)
        except (KeyError, TypeError, ValueError, AttributeError, OverflowError) as error:
            reason = f"{error.args[0]!r} is missing" if isinstance(error, KeyError) else str(error)
            raise ValueError(f"{self.path} cannot be resumed: {reason}") from None

    def _fill(self, document: dict[str, Any], state: TrainingState) -> None:
        """Read and check everything before changing anything."""
        named = dict(self.model.named_parameters())
        if named.keys() != document["parameters"].keys():
            raise ValueError("its parameters are not those of the model")
        numbers = {
            name: number(x, f"the parameter {name}") for name, x in document["parameters"].items()
        }
        steps, memory = self._optimizer_state(document["optimizer"], len(named))
        read = self._state(document)
        self.callbacks.resume(document["callbacks"], len(named))
        state.random.setstate(read.random.getstate())
        vars(state).update(vars(read) | {"random": state.random})
        for name, parameter in named.items():
            parameter.data = numbers[name]
        self.optimizer.resume(steps, memory, list(named.values()))

    def _optimizer_state(self, found: Any, n_parameters: int) -> tuple[int, list[list[float]]]:
        memory = [from_json(column, "the memory of the optimizer") for column in found["memory"]]
        if (
            not isinstance(found["memory"], list)
            or len(memory) not in (0, self.optimizer.remembers)
            or any(len(column) != n_parameters for column in memory)
        ):
            raise ValueError(
                "the memory of its optimizer belongs to a different number of parameters"
            )
        return whole(found["steps"], "the steps of the optimizer"), memory

    def _state(self, document: dict[str, Any]) -> TrainingState:
        """The state in a document."""
        size, n = self.settings["batch_size"], self.n_samples
        batch = whole(document["batch"], "the batch", most=math.ceil(n / size))
        seen = whole(document["seen"], "the number of samples seen")
        if seen != (expected := min(batch * size, n)):
            raise ValueError(f"after {batch} batches {expected} samples were seen, not {seen}")
        hits = whole(document["hits"], "the number of samples that were right", most=seen)
        total = number(document["total"], "the loss so far")
        seconds = number(document["seconds"], "the seconds")
        if seconds < 0.0 or (total and not batch):
            raise ValueError(
                f"{batch} batches cannot have taken {seconds} s and have the loss {total}"
            )
        finished, stopped = document["finished"], document["stopped"]
        if not isinstance(finished, bool) or not isinstance(stopped, str):
            raise ValueError("it does not say whether the training has ended, and why")
        random, (version, internal, gauss) = Random(), document["random"]
        random.setstate((version, tuple(internal), gauss))
        history = _history(document["history"], whole(document["epoch"], "the epoch"))
        history.engine = self.settings["engine"]
        history.stopped = "" if stopped == "interrupted" else stopped
        return TrainingState(random, history, batch, seen, hits, total, seconds, finished=finished)


def _history(columns: dict[str, Any], epochs: int) -> History:
    """A history, whose columns have a number for each epoch."""
    needed = {"loss", "seconds"} if epochs else set()
    if not needed <= columns.keys() <= {*History.MEASURED, "seconds"} or any(
        len(column) != epochs for column in columns.values()
    ):
        raise ValueError("its history is not a table with one row per epoch")
    read: dict[str, Any] = {
        name: from_json(column, f"the {name} of an epoch") for name, column in columns.items()
    }
    return History(**read)


def fingerprint(*columns: Sequence[Any]) -> str:
    """A short text that identifies the data: their number and a checksum."""
    checksum = 0
    for column in columns:
        checksum = _checksum(column, checksum)
    return f"{len(columns[0])} samples, checksum {checksum:08x}"


def _checksum(part: Any, checksum: int) -> int:
    """The checksum of numbers as eight bytes each, in any container; of anything else as text."""
    if isinstance(part, Rows):
        part = part.numbers
    if is_array(part):
        if part.dtype.kind in "biuf":
            return zlib.crc32(part.astype(float, order="C", copy=False), checksum)
        part = part.tolist()
    try:
        return zlib.crc32(array("d", part), checksum)
    except (TypeError, ValueError, OverflowError):
        if not isinstance(part, list | tuple):
            return zlib.crc32(repr(part).encode(), checksum)
    for member in part:
        checksum = _checksum(member, checksum)
    return checksum


KNOWN: tuple[type[Module], ...] = (Neuron, Layer, Convolution2d, AveragePooling2d)


def described(part: Any) -> str:
    """A text that describes a model: its modules, sizes and activations, but nothing that a
    training changes.

    >>> from nn import MLP
    >>> described(MLP(2, [3, 1], "tanh"))
    "MLP(Layer(2, 3, 'tanh'), Layer(3, 1, 'sigmoid'))"
    """
    kind = type(part).__name__
    for known in KNOWN:
        if isinstance(part, known):
            # the repr of a subclass may show numbers, and that of a function its address
            text = re.sub(r" at 0x\w+", "", known.__repr__(part))
            return text if type(part) is known else f"{kind}, a {text}"
    if not isinstance(part, Module | dict | list | tuple):
        return ""
    members = vars(part) if isinstance(part, Module) else part
    each = members.values() if isinstance(members, dict) else members
    inside = ", ".join(filter(None, map(described, each)))
    return f"{kind}({inside})" if isinstance(part, Module) else inside
