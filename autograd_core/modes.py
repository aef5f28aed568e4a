"""The contexts that change how operations are recorded: `no_grad`, `group`, `detect_anomaly`.

Each thread and each task has contexts of its own. `active` counts those open anywhere, so that the operators
pay for them only while there are any.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, replace
from typing import Any


@dataclass(frozen=True, slots=True)
class Group:
    """A named part of a graph, and the part that it belongs to."""

    name: str
    parent: Group | None = None

    @property
    def path(self) -> str:
        return f"{self.parent.path} / {self.name}" if self.parent else self.name


@dataclass(frozen=True, slots=True)
class Mode:
    """How the current thread or task records operations."""

    recording: bool = True
    group: Group | None = None
    anomalies: bool = False
    in_rule: bool = False  # of a derivative: what a branch not taken holds there is no anomaly
    tape: Any = None  # what a compiled function is recorded on
    depth: int = 0  # of how many contexts


active = 0
ordinary = Mode()
current: ContextVar[Mode] = ContextVar("autograd_core.mode", default=ordinary)
_counting = threading.Lock()

watching: dict[int, Any] = {}
"""The function that each thread is just differentiating, by the identity of the thread: what it reads is noted."""

changes = 0
"""How often the number of any node was changed: what was copied from nodes before is then out of date."""


def tape() -> Any:
    """What the current thread or task is being recorded on, None outside a compiled function."""
    return current.get().tape if active else None


def _alone() -> None:
    """In a child process no other thread is in any context."""
    global active, _counting
    active, _counting = current.get().depth, threading.Lock()
    for thread in {*watching} - {threading.get_ident()}:
        del watching[thread]


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_alone)


@contextmanager
def entered(mode: Mode) -> Iterator[Mode]:
    global active
    before, counted = current.get(), False
    try:  # what Ctrl-C interrupts here is undone
        with _counting:
            active += 1
            counted = True
        current.set(replace(mode, depth=before.depth + 1))
        yield mode
    finally:
        try:
            current.set(before)
        finally:
            with _counting:
                active -= counted


@contextmanager
def no_grad() -> Iterator[None]:
    """Compute without recording: results are constants.

    >>> from autograd_core import Value, no_grad
    >>> x = Value(2.0)
    >>> with no_grad():
    ...     y = x * x
    >>> y.operands
    ()
    """
    with entered(replace(current.get(), recording=False)):
        yield


@contextmanager
def group(name: str) -> Iterator[Group]:
    """Name a part of a graph: what is computed inside is drawn and summarised as one box; groups nest.

    >>> from autograd_core import Value, group
    >>> with group("neuron"):
    ...     y = Value(2.0) * 3.0
    >>> y.group.path
    'neuron'
    """
    named = Group(str(name), current.get().group)
    with entered(replace(current.get(), group=named)):
        yield named
