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
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from typing import Any

from ..data.samples import Rows, is_array
from ..files.documents import dumped, number, read_document, remove_drafts, whole, write_atomically
from ..modules.convolution import AveragePooling2d, Convolution2d
from ..modules.dropout import Dropout
from ..modules.module import Module
from ..modules.networks import Layer, Neuron
from ..optimizers import Optimizer
from .callbacks import Callbacks
from .history import History, from_json, to_json

KIND, VERSION = "checkpoint", 2
POSITION = ("batch", "hits", "total", "seconds", "finished")


@dataclass
class TrainingState:
    """All that a training changes: the parts that have a state, the finished epochs, and the
    finished batches of the current one with their sums.
    """

    model: Module
    optimizer: Optimizer
    callbacks: Callbacks
    random: Random
    n_samples: int
    batch_size: int
    history: History = field(default_factory=History)
    batch: int = 0
    hits: int = 0
    total: float = 0.0
    seconds: float = 0.0
    finished: bool = False
    order_checksum: int = 0
    epoch_start: tuple[Any, ...] = ()
    """The state of `random` at the beginning of the epoch, which determines the order of its
    samples.
    """

    def drawing_seeds(self, count: int) -> list[int]:
        """What determines the zeros of every Dropout in each of the next steps: the order of the
        epoch's samples, and the steps of the optimizer. Both are in a checkpoint.
        """
        first, order = self.optimizer.steps, (self.order_checksum | 2**31) << 32
        return [k & 0xFFFFFFFF | order for k in range(first, first + count)]

    @property
    def seen(self) -> int:
        """The number of samples in the finished batches."""
        return min(self.batch * self.batch_size, self.n_samples)

    def batches(self, shuffle: bool) -> Iterator[list[int]]:
        """The batches that are left of the epoch, as indices of samples."""
        self.epoch_start = self.random.getstate()
        self.order_checksum = zlib.crc32(repr(self.epoch_start).encode())
        order = list(range(self.n_samples))
        if shuffle:
            self.random.shuffle(order)
        for start in range(self.seen, self.n_samples, self.batch_size):
            yield order[start : start + self.batch_size]

    def end_epoch(self) -> None:
        """Forget the batches of the epoch."""
        self.batch, self.hits, self.total, self.seconds, self.epoch_start = 0, 0, 0.0, 0.0, ()


class Checkpoint:
    """The checkpoint of one training: written at the beginning, every `seconds` seconds and at the
    end. The settings must be the same when it is resumed.
    """

    def __init__(
        self,
        path: str | os.PathLike[str],
        seconds: float,
        state: TrainingState,
        settings: dict[str, Any],
        leads: bool = True,
    ) -> None:
        self.path, self.seconds, self.state, self.settings = Path(path), seconds, state, settings
        self.leads = leads
        self._last = time.monotonic()

    def begin(self, resume: bool, wait: Callable[[], None] = lambda: None) -> None:
        """Resume from the file, or write the first one. An unfinished checkpoint is not
        overwritten. Of several processes each reads the file, and then `wait`s for the others; the
        one that `leads` writes.
        """
        if self.leads:
            remove_drafts(self.path)
        if resume and self.path.exists():
            self._resume()
            wait()
            return
        if self.path.exists() and not self._is_finished():
            raise FileExistsError(
                f"{self.path} holds an unfinished training; continue it with resume=True, or "
                "remove the file"
            )
        wait()
        self.save()

    def _is_finished(self) -> bool:
        """Whether the file holds a training that has ended; False if it cannot be read."""
        try:
            return self._read().get("finished") is True
        except ValueError:
            return False

    def _read(self) -> dict[str, Any]:
        return read_document(self.path, KIND, VERSION, self._document())

    def due(self) -> bool:
        """Whether it is time to save."""
        return time.monotonic() - self._last >= self.seconds

    def save(self) -> None:
        """Write the file; if that fails, or if a parameter is not finite, the old one stays."""
        if not self.leads:
            return
        document = self._document()
        if all(map(math.isfinite, document["parameters"].values())):
            write_atomically(self.path, dumped(document))
            self._last = time.monotonic()

    def _document(self) -> dict[str, Any]:
        state = self.state
        return {
            "format": f"autograd-core {KIND}",
            "version": VERSION,
            "settings": self.settings,
            "epoch": len(state.history),
            **{name: getattr(state, name) for name in ("seen", *POSITION)},
            "stopped": state.history.stopped,
            "history": {name: to_json(column) for name, column in state.history.columns.items()},
            "random": state.epoch_start or state.random.getstate(),
            "parameters": {name: p.data for name, p in state.model.named_parameters()},
            "optimizer": {
                "steps": state.optimizer.steps,
                "memory": [*map(to_json, state.optimizer.memory)],
            },
            "callbacks": state.callbacks.states(),
        }

    def _resume(self) -> None:
        document = self._read()
        try:
            found = document["settings"]
            for name in {**self.settings, **found}:
                if found.get(name) != self.settings.get(name):
                    raise ValueError(
                        f"it was made with {name} = {found.get(name)}, and this training has "
                        f"{self.settings.get(name)}; use the same settings, or start again "
                        "without resume"
                    )
            self._fill(document)
        except (KeyError, TypeError, ValueError, AttributeError, OverflowError) as error:
            reason = f"{error.args[0]!r} is missing" if isinstance(error, KeyError) else str(error)
            raise ValueError(f"{self.path} cannot be resumed: {reason}") from None

    def _fill(self, document: dict[str, Any]) -> None:
        """Read and check everything before changing anything."""
        state, named = self.state, dict(self.state.model.named_parameters())
        if named.keys() != document["parameters"].keys():
            raise ValueError("its parameters are not those of the model")
        numbers = [number(document["parameters"][name], f"the parameter {name}") for name in named]
        steps = whole(document["optimizer"]["steps"], "the steps of the optimizer")
        trained = state.model.parameters()
        memory = self._memory(document["optimizer"]["memory"], len(trained))
        position, history = self._position(document), _history(document, state.history.engine)
        version, internal, gauss = document["random"]
        Random().setstate(order := (version, tuple(internal), gauss))
        state.callbacks.resume(document["callbacks"], len(trained))
        state.random.setstate(order)
        for parameter, x in zip(named.values(), numbers, strict=True):
            parameter.data = x
        state.optimizer.resume(steps, memory, trained)
        state.history = history
        vars(state).update(position)

    def _memory(self, found: Any, n_parameters: int) -> list[list[float]]:
        memory = [from_json(column, "the memory of the optimizer") for column in found]
        lengths = {len(column) for column in memory}
        if (
            not isinstance(found, list)
            or len(memory) not in (0, self.state.optimizer.remembers)
            or lengths - {n_parameters}
        ):
            raise ValueError(
                "the memory of its optimizer belongs to a different number of parameters"
            )
        return memory

    def _position(self, document: dict[str, Any]) -> dict[str, Any]:
        """The finished batches of the epoch, with their sums."""
        position = {name: document[name] for name in POSITION}
        batch, n = whole(position["batch"], "the batch"), self.state.n_samples
        seen = min(batch * self.state.batch_size, n)
        whole(position["hits"], "the number of correct samples", most=seen)
        total = number(position["total"], "the loss so far")
        if (
            document["seen"] != seen
            or batch > math.ceil(n / self.state.batch_size)
            or number(position["seconds"], "the seconds") < 0.0
            or (total and not batch)
            or not isinstance(position["finished"], bool)
        ):
            raise ValueError(f"{position} is not a position in an epoch of {n} samples")
        return position


def _history(document: dict[str, Any], engine: str) -> History:
    """The history in a document, whose columns have a number for each epoch."""
    columns, stopped = document["history"], document["stopped"]
    epochs = whole(document["epoch"], "the epoch")
    needed = {"loss", "seconds"} if epochs else set()
    lengths = {len(column) for column in columns.values()}
    if (
        not needed <= columns.keys() <= {*History.MEASURED, "seconds"}
        or lengths - {epochs}
        or not isinstance(stopped, str)
    ):
        raise ValueError("its history is not a table with one row per epoch")
    history = History(engine=engine, stopped="" if stopped == "interrupted" else stopped)
    for name, column in columns.items():
        setattr(history, name, from_json(column, f"the {name} of an epoch"))
    return history


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


KNOWN: tuple[type[Module], ...] = (Neuron, Layer, Convolution2d, AveragePooling2d, Dropout)


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
