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
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from typing import Any

from autograd_core.errors import shown

from ..data.samples import Rows, is_array
from ..files.documents import dumped, number, read_document, remove_drafts, whole, write_atomically
from ..modules.convolution import AveragePooling2d, Convolution2d
from ..modules.networks import Layer, Module, Neuron
from ..optimizers import Optimizer
from .callbacks import Callback, EarlyStopping
from .history import History

KIND, VERSION = "checkpoint", 2
NAMES = (
    "finished",
    "settings",
    "epoch",
    "batch",
    "total",
    "hits",
    "seen",
    "seconds",
    "stopped",
    "history",
    "random",
    "parameters",
    "optimizer",
    "callbacks",
)
NO_NUMBERS = ("nan", "inf", "-inf")  # as text, because JSON has no such numbers


@dataclass
class Progression:
    """The state of a training: the finished epochs, and the finished batches of the current one
    with their sums.
    """

    random: Random
    history: History = field(default_factory=History)
    batch: int = 0
    total: float = 0.0
    hits: int = 0
    seen: int = 0
    seconds: float = 0.0
    before: tuple[Any, ...] = ()
    """The state of `random` at the beginning of the epoch, which determines the order of its
    samples.
    """
    finished: bool = False


class Keeper:
    """Writes the checkpoint of one training: at the beginning, every `seconds` seconds, and at the
    end.

    It holds the parameters, optimizer, callbacks, history, random state and the position in the
    epoch.
    """

    def __init__(
        self,
        path: str | os.PathLike[str],
        seconds: float,
        parts: tuple[Module, Optimizer, Sequence[Callback]],
        settings: dict[str, Any],
        samples: int,
    ) -> None:
        self.path, self.seconds, self.settings, self.samples = (
            Path(path),
            seconds,
            settings,
            samples,
        )
        self.model, self.optimizer, self.callbacks = parts
        self._last = time.monotonic()

    def begin(self, at: Progression, resume: bool) -> None:
        """Resume from the file, or write the first one. An unfinished checkpoint is not
        overwritten.
        """
        remove_drafts(self.path)
        if resume and self.path.exists():
            self._resume(at)
        else:
            if self.path.exists() and not is_finished(self.path):
                raise FileExistsError(
                    f"{self.path} holds an unfinished training; continue it with resume=True, or "
                    "remove the file"
                )
            self.save(at)

    def due(self) -> bool:
        """Whether it is time to save."""
        return time.monotonic() - self._last >= self.seconds

    def save(self, at: Progression) -> None:
        """Write the file; if that fails, the old one stays."""
        history = {name: _written(column) for name, column in at.history.columns.items()}
        states = [_state(callback) for callback in self.callbacks]
        document = {
            "format": f"autograd-core {KIND}",
            "version": VERSION,
            "finished": at.finished,
            "settings": self.settings,
            "epoch": len(at.history),
            "batch": at.batch,
            "total": at.total,
            "hits": at.hits,
            "seen": at.seen,
            "seconds": at.seconds,
            "stopped": at.history.stopped,
            "history": history,
            "random": at.before or at.random.getstate(),
            "parameters": {
                name: parameter.data for name, parameter in self.model.named_parameters()
            },
            "optimizer": {
                "steps": self.optimizer.steps,
                "memory": [_written(column) for column in self.optimizer.memory],
            },
            "callbacks": states,
        }
        write_atomically(self.path, dumped(document))
        self._last = time.monotonic()

    def _resume(self, at: Progression) -> None:
        document = read_document(self.path, KIND, VERSION, NAMES)
        try:
            found = document["settings"]
            for name in {**self.settings, **found}:
                if found.get(name) != self.settings.get(name):
                    raise ValueError(
                        f"it was made with {name} = {found.get(name)}, and this training has "
                        f"{self.settings.get(name)}; use the same settings, or start again "
                        "without resume"
                    )
            self._fill(document, at)
        except (KeyError, TypeError, ValueError, AttributeError, OverflowError) as error:
            reason = f"{error.args[0]!r} is missing" if isinstance(error, KeyError) else str(error)
            raise ValueError(f"{self.path} cannot be resumed: {reason}") from None

    def _fill(self, document: dict[str, Any], at: Progression) -> None:
        """Read and check everything before changing anything."""
        named = dict(self.model.named_parameters())
        if named.keys() != document["parameters"].keys():
            raise ValueError("its parameters are not those of the model")
        numbers = {
            name: number(x, f"the parameter {name}") for name, x in document["parameters"].items()
        }
        history = _history(document["history"], whole(document["epoch"], "the epoch"))
        steps = whole(document["optimizer"]["steps"], "the steps of the optimizer")
        memory = [
            _column(column, "the memory of the optimizer")
            for column in _list(document["optimizer"]["memory"])
        ]
        if len(memory) not in (0, self.optimizer.remembers) or any(
            len(column) != len(named) for column in memory
        ):
            raise ValueError(
                "the memory of its optimizer belongs to a different number of parameters"
            )
        place = self._place(document)
        if not isinstance(document["finished"], bool) or not isinstance(document["stopped"], str):
            raise ValueError("it does not say whether the training has ended, and why")
        version, internal, gauss = document["random"]
        Random().setstate(state := (version, tuple(internal), gauss))
        self._resume_callbacks(document["callbacks"], len(named))
        at.random.setstate(state)
        for name, parameter in named.items():
            parameter.data = numbers[name]
        self.optimizer.resume(steps, memory, list(named.values()))
        for name, column in history.items():
            setattr(at.history, name, column)
        at.batch, at.seen, at.hits, at.total, at.seconds = place
        stopped = document["stopped"]
        at.finished, at.history.stopped = (
            document["finished"],
            stopped if stopped != "interrupted" else "",
        )

    def _place(self, document: dict[str, Any]) -> tuple[int, int, int, float, float]:
        """The finished batches of the epoch, the samples and correct ones in them, their loss and
        their seconds.
        """
        size = self.settings["batch_size"]
        batch = whole(document["batch"], "the batch", most=math.ceil(self.samples / size))
        seen = whole(document["seen"], "the number of samples seen")
        if seen != (expected := min(batch * size, self.samples)):
            raise ValueError(f"after {batch} batches {expected} samples were seen, not {seen}")
        hits = whole(document["hits"], "the number of samples that were right", most=seen)
        total, seconds = (
            number(document["total"], "the loss so far"),
            number(document["seconds"], "the seconds"),
        )
        if seconds < 0.0 or (total and not batch):
            raise ValueError(
                f"{batch} batches cannot have taken {seconds} s and have the loss {total}"
            )
        return batch, seen, hits, total, seconds

    def _resume_callbacks(self, states: Any, n_parameters: int) -> None:
        """Give each callback its state. If one refuses its state, all keep the ones they have."""
        if len(states) != len(self.callbacks):
            raise ValueError(
                f"it was written with {len(states)} callbacks, and this training has "
                f"{len(self.callbacks)}"
            )
        pairs = [
            (callback, state)
            for callback, state in zip(self.callbacks, states, strict=True)
            if state is not None
        ]
        for callback, state in pairs:
            if isinstance(callback, EarlyStopping) and len(_list(state["parameters"])) not in (
                0,
                n_parameters,
            ):
                raise ValueError(
                    f"EarlyStopping keeps {len(state['parameters'])} parameters, and the model "
                    f"has {n_parameters}"
                )
        before = [_state(callback) for callback, _ in pairs]
        try:
            for callback, state in pairs:
                callback.resume(state)  # type: ignore[attr-defined]
        except Exception:
            for (callback, _), own in zip(pairs, before, strict=True):
                callback.resume(own)  # type: ignore[attr-defined]
            raise


def _history(columns: dict[str, Any], epochs: int) -> dict[str, list[float]]:
    """The columns of a history, which has a row for each epoch."""
    needed = {"loss", "seconds"} if epochs else set()
    if not needed <= columns.keys() <= {*History.MEASURED, "seconds"} or {
        len(column) for column in columns.values()
    } - {epochs}:
        raise ValueError("its history is not a table with one row per epoch")
    return {name: _column(column, f"the {name} of an epoch") for name, column in columns.items()}


def _column(column: Any, what: str) -> list[float]:
    """Numbers as `_written` wrote them."""
    return [float(y) if y in NO_NUMBERS else number(y, what) for y in _list(column)]


def _list(column: Any) -> list[Any]:
    if not isinstance(column, list):
        raise ValueError(f"it has {shown(column)} instead of a list of numbers")
    return column


def is_finished(path: Path) -> bool:
    """Whether the training of a checkpoint has ended; False if it cannot be read."""
    try:
        return read_document(path, KIND, VERSION, NAMES).get("finished") is True
    except ValueError:
        return False


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
    if is_array(part) and part.dtype.kind in "biuf":
        return zlib.crc32(part.astype(float, order="C", copy=False), checksum)
    if is_array(part):
        part = part.tolist()
    try:
        return zlib.crc32(array("d", part), checksum)
    except (TypeError, ValueError, OverflowError):
        if not isinstance(part, list | tuple):
            return zlib.crc32(repr(part).encode(), checksum)
    for member in part:
        checksum = _checksum(member, checksum)
    return checksum


OURS: tuple[type[Module], ...] = (Neuron, Layer, Convolution2d, AveragePooling2d)


def described(part: Any) -> str:
    """A text that describes a model: its modules, sizes and activations, but nothing that a
    training changes.

    >>> from nn import MLP
    >>> described(MLP(2, [3, 1], "tanh"))
    "MLP(Layer(2, 3, 'tanh'), Layer(3, 1, 'sigmoid'))"
    """
    for kind in OURS:
        if isinstance(
            part, kind
        ):  # the repr of a subclass may show numbers, and that of a function its address
            text = re.sub(r" at 0x\w+", "", kind.__repr__(part))
            return text if type(part) is kind else f"{type(part).__name__}, a {text}"
    if not isinstance(part, Module | dict | list | tuple):
        return ""
    members = vars(part) if isinstance(part, Module) else part
    inside = filter(
        None, map(described, members.values() if isinstance(members, dict) else members)
    )
    return (
        f"{type(part).__name__}({', '.join(inside)})"
        if isinstance(part, Module)
        else ", ".join(inside)
    )


def _written(column: Sequence[float]) -> list[float | str]:
    return [
        float(y) if y - y == 0.0 else repr(float(y)) for y in column
    ]  # JSON has no nan or infinity


def _state(callback: Any) -> dict[str, Any] | None:
    if not hasattr(callback, "state"):
        return None
    state: dict[str, Any] = callback.state()
    return {name: _written([y])[0] if isinstance(y, float) else y for name, y in state.items()}
