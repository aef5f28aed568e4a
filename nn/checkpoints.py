"""Checkpoints: all that a training needs to go on as if it had never been interrupted, in one JSON file."""

from __future__ import annotations

import os
import time
import zlib
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from typing import Any

from .callbacks import Callback
from .documents import dumped, read_document, remove_drafts, write_atomically
from .history import History
from .modules import Module
from .optimizers import Optimizer

KIND, VERSION = "checkpoint", 1


@dataclass
class Progression:
    """Where a training stands: the epochs that are done, and of the next one the batches, with their sums."""

    random: Random
    history: History = field(default_factory=History)
    batch: int = 0
    total: float = 0.0
    hits: int = 0
    seen: int = 0
    seconds: float = 0.0
    before: tuple[Any, ...] = ()
    """The state of `random` at the beginning of the epoch, from which its order of the samples follows."""
    finished: bool = False


class Keeper:
    """Writes the checkpoint of one training, at the beginning, every so many seconds, and at the end.

    What is kept: parameters, optimizer, callbacks, history, random state, and the place within the epoch.
    """

    def __init__(
        self,
        path: str | os.PathLike[str],
        seconds: float,
        parts: tuple[Module, Optimizer, Sequence[Callback]],
        settings: dict[str, Any],
    ) -> None:
        self.path, self.seconds, self.settings = Path(path), seconds, settings
        self.model, self.optimizer, self.callbacks = parts
        self._last = time.monotonic()

    def begin(self, at: Progression, resume: bool) -> None:
        """Go on from the file, or write the first one; a file that could be gone on from is not overwritten."""
        remove_drafts(self.path)
        if resume and self.path.exists():
            self._resume(at)
        else:
            if self.path.exists() and not is_finished(self.path):
                raise FileExistsError(
                    f"{self.path} holds a training that is not finished; go on with it by resume=True, or remove the file"
                )
            self.save(at)

    def due(self) -> bool:
        """Whether it is time to save."""
        return time.monotonic() - self._last >= self.seconds

    def save(self, at: Progression) -> None:
        """Write the file; a failure leaves the old one."""
        history = {name: _written(column) for name, column in at.history.columns.items()}
        states = [_state(callback) for callback in self.callbacks]
        document = {
            "format": f"autograd-core {KIND}", "version": VERSION, "finished": at.finished, "settings": self.settings,
            "epoch": len(at.history), "batch": at.batch, "total": at.total, "hits": at.hits, "seen": at.seen,
            "seconds": at.seconds, "stopped": at.history.stopped, "history": history, "random": at.before or at.random.getstate(),
            "parameters": {name: parameter.data for name, parameter in self.model.named_parameters()},
            "optimizer": {"steps": self.optimizer.steps, "memory": [_written(column) for column in self.optimizer.memory]},
            "callbacks": states,
        }  # fmt: skip
        write_atomically(self.path, dumped(document))
        self._last = time.monotonic()

    def _resume(self, at: Progression) -> None:
        document = read_document(self.path, KIND, VERSION)
        try:
            found = document["settings"]
            for name in {**self.settings, **found}:
                if found.get(name) != self.settings.get(name):
                    raise ValueError(
                        f"it was made with {name} = {found.get(name)}, and this training has {self.settings.get(name)}; "
                        "give what it was made with, or begin anew without resume"
                    )
            self._fill(document, at)
        except (KeyError, TypeError, ValueError, AttributeError, OverflowError) as error:
            reason = f"{error.args[0]!r} is missing" if isinstance(error, KeyError) else str(error)
            raise ValueError(f"{self.path} cannot be gone on from: {reason}") from None

    def _fill(self, document: dict[str, Any], at: Progression) -> None:
        """Everything is read and checked before anything is changed."""
        named = dict(self.model.named_parameters())
        numbers = {name: float(number) for name, number in document["parameters"].items()}
        if named.keys() != numbers.keys():
            raise ValueError("its parameters are not those of the model")
        history = {name: [float(y) for y in column] for name, column in document["history"].items()}
        if not history.keys() <= {*History.MEASURED, "seconds"} or {len(column) for column in history.values()} - {
            document["epoch"]
        }:
            raise ValueError("its history is no table with one row per epoch")
        memory = [[float(y) for y in column] for column in document["optimizer"]["memory"]]
        if any(len(column) != len(named) for column in memory):
            raise ValueError("the memory of its optimizer has another number of parameters")
        version, internal, gauss = document["random"]
        state = (version, tuple(internal), gauss)
        sums = [float(document[name]) for name in ("total", "seconds")]
        counts = [int(document[name]) for name in ("batch", "hits", "seen")]
        steps, finished, stopped = int(document["optimizer"]["steps"]), document["finished"] is True, str(document["stopped"])
        if len(document["callbacks"]) != len(self.callbacks):
            raise ValueError(f"it was written with {len(document['callbacks'])} callbacks, now there are {len(self.callbacks)}")
        at.random.setstate(state)
        for callback, kept in zip(self.callbacks, document["callbacks"], strict=True):
            if kept is not None:
                callback.resume(kept)  # type: ignore[attr-defined]
        for name, parameter in named.items():
            parameter.data = numbers[name]
        self.optimizer.resume(steps, memory, list(named.values()))
        for name, column in history.items():
            setattr(at.history, name, column)
        (at.total, at.seconds), (at.batch, at.hits, at.seen) = sums, counts
        at.finished, at.history.stopped = finished, stopped if stopped != "interrupted" else ""


def is_finished(path: Path) -> bool:
    """Whether the training of a checkpoint has ended; one that cannot be read has not."""
    try:
        return read_document(path, KIND, VERSION).get("finished") is True
    except ValueError:
        return False


def fingerprint(*columns: Sequence[Any], few: int = 100) -> str:
    """A short text that changes when the data change: their number and a checksum of some of them."""
    n, checksum = len(columns[0]), 0
    for i in sorted({i * (n - 1) // max(1, min(n, few) - 1) for i in range(min(n, few))}):
        sample = [column[i].tolist() if hasattr(column[i], "tolist") else column[i] for column in columns]
        checksum = zlib.crc32(repr(sample).encode(), checksum)
    return f"{n} samples, checksum {checksum:08x}"


def _written(column: Sequence[float]) -> list[float | str]:
    return [float(y) if y - y == 0.0 else repr(float(y)) for y in column]  # JSON has no nan and no infinity


def _state(callback: Any) -> dict[str, Any] | None:
    if not hasattr(callback, "state"):
        return None
    state: dict[str, Any] = callback.state()
    return {name: _written([y])[0] if isinstance(y, float) else y for name, y in state.items()}
