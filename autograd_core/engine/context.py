"""The contexts that change how operations are recorded: `no_grad`, `group`, `detect_anomaly`.

Each thread and each task has contexts of its own. `active` counts those open anywhere, so that the
operators pay for them only while there are any.
"""

from __future__ import annotations

import inspect
import sys
from collections.abc import Iterable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from contextvars import ContextVar
from dataclasses import dataclass, replace
from threading import get_ident
from types import FrameType
from typing import Any

from .decorators import bare_context, context
from .forks import Locked


@dataclass(frozen=True, slots=True)
class Group:
    """A named part of a graph, and the part that it belongs to."""

    name: str
    parent: Group | None = None

    @property
    def path(self) -> str:
        return f"{self.parent.path} / {self.name}" if self.parent else self.name


@dataclass(slots=True)
class Mode:
    """How the current thread or task records operations."""

    recording: bool = True
    group: Group | None = None
    anomalies: bool = False
    in_rule: bool = False  # of a derivative: what a branch not taken holds there is no anomaly
    tape: Any = None  # what a compiled function is recorded on
    before: Any = None  # the mode in which this one was entered
    open: bool = True

    def close(self) -> None:
        """Become like the mode before, also for tasks that started in this one and outlive it."""
        for name in ("recording", "group", "anomalies", "in_rule", "tape"):
            setattr(self, name, getattr(self.before, name))
        self.open = False


class SuspendableMode:
    """A mode that was entered in a generator, or above such a mode: while the generator sleeps it
    changes nothing.

    A generator shares its contexts with whoever resumes it, and would leave the caller in its own.
    """

    __slots__ = ("before", "changes", "frame", "open")

    def __init__(self, before: Any, frame: FrameType | None, changes: dict[str, Any]) -> None:
        self.before, self.frame, self.changes, self.open = before, frame, changes, True

    def __getattr__(self, name: str) -> Any:
        """`recording`, `group` and the others of a Mode."""
        if name in self.changes and (
            self.frame is None or self.frame.f_back is not None
        ):  # it has none while it sleeps
            return self.changes[name]
        return getattr(self.before, name)

    def close(self) -> None:
        self.changes, self.frame, self.open = {}, None, False


active = 0
_ordinary = Mode()
current: ContextVar[Any] = ContextVar("autograd_core.mode", default=_ordinary)

trackers: dict[int, Any] = {}
"""The tracked run of each thread, by the identity of the thread: the function that is
differentiated there.
"""

recordings: list[Any] = []
"""The tapes of all threads."""

changes = 0
"""How often the number of any node was changed: what was copied from nodes before is then out
of date.
"""


def tape() -> Any:
    """What the current thread or task is being recorded on, None outside a compiled function."""
    return current.get().tape if active else None


def note_elsewhere(nodes: Iterable[Any]) -> None:
    """Their numbers are read in a thread that records nothing, though it may have been started by
    a function that is being recorded: the graph will say.
    """
    for tape in recordings:
        tape.read_elsewhere += nodes


class _Counting(Locked):
    def after_fork(self) -> None:
        """No other thread is in any context."""
        global active
        super().after_fork()
        active, mode = 0, current.get()
        while mode.before is not None:
            active += mode.open
            mode = mode.before
        for thread in {*trackers} - {get_ident()}:
            del trackers[thread]
        recordings[:] = [one for one in recordings if one is current.get().tape]


_counting = _Counting()


@contextmanager
def entered(**changes: Any) -> Iterator[None]:
    """A mode with these changes; what leaves it out of order changes nothing for those that
    were entered since.
    """
    global active
    before, frame = _opened(current.get()), _generator_that_enters()
    static = frame is None and before.__class__ is Mode
    mode = (
        replace(before, before=before, open=True, **changes)
        if static
        else SuspendableMode(before, frame, changes)
    )
    counted = False
    try:  # what Ctrl-C interrupts here is undone
        with _counting.lock:
            active += 1
            counted = True
        current.set(mode)
        yield
    finally:
        try:
            _leave(mode)
        except BaseException:
            _leave(mode)
            raise
        finally:
            with _counting.lock:
                active -= counted


def _leave(mode: Any) -> None:
    """Again, it changes nothing more."""
    if current.get() is mode:
        current.set(_opened(mode.before))
    mode.close()


def _opened(mode: Any) -> Any:
    """The mode, or the innermost around it that is not left yet."""
    while not mode.open:
        mode = mode.before
    return mode


def recorded() -> AbstractContextManager[None]:
    """Where operations are recorded whatever surrounds it: a derivative does not depend on a
    `no_grad` outside it.
    """
    return entered(recording=True) if active and not current.get().recording else nullcontext()


# Who runs a generator as a context, in which the caller is to be: `contextlib.contextmanager`, a
# fixture of pytest.
_RUNNERS = ("contextlib", "_pytest", "pluggy")
_SLEEPS = inspect.CO_GENERATOR | inspect.CO_ASYNC_GENERATOR


def _generator_that_enters() -> FrameType | None:
    """The generator in whose code the context stands that is entered now; None where it stands
    in a function.
    """
    frame: FrameType | None = sys._getframe(1)
    while frame is not None:
        by, sleeps = frame.f_back, frame.f_code.co_flags & _SLEEPS
        if not _runs_contexts(frame) and not (sleeps and by is not None and _runs_contexts(by)):
            return frame if sleeps else None
        frame = by
    return None


def _runs_contexts(frame: FrameType) -> bool:
    name = str(frame.f_globals.get("__name__"))
    return frame.f_code.co_name in ("__enter__", "__aenter__") or name.partition(".")[0] in _RUNNERS


@bare_context
def no_grad() -> Iterator[None]:
    """Compute without recording: results are constants. Also a decorator, of generators and `async
    def` too.

    A derivative is the same in it: what `grad` and its family are given to differentiate is
    recorded, unless the function itself enters `no_grad`. Their results are constants in here. A
    generator leaves it while it sleeps.

    >>> from autograd_core import Value, grad, no_grad
    >>> x = Value(2.0)
    >>> with no_grad():
    ...     y, slope = x * x, grad(lambda x: x * x)(3.0)
    >>> y.operands, slope
    ((), 6.0)
    >>> @no_grad
    ... def square(x):
    ...     return x * x
    >>> square(x).operands
    ()
    """
    with entered(recording=False):
        yield


@context
def group(name: str) -> Iterator[Group]:
    """Name a part of a graph: what is computed inside is drawn and summarised as one box; groups
    nest.

    >>> from autograd_core import Value, group
    >>> with group("neuron"):
    ...     y = Value(2.0) * 3.0
    >>> y.group.path
    'neuron'
    """
    named = Group(str(name), current.get().group)
    with entered(group=named):
        yield named
