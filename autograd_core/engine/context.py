"""The contexts that change how operations are recorded: `no_grad`, `group`, `detect_anomaly`.

Each thread and each task has its own contexts. `active` counts those that are open anywhere, so
that operators look at them only while there are any.
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
    """A named part of a graph, and the part that contains it."""

    name: str
    parent: Group | None = None

    @property
    def path(self) -> str:
        """The names from the outermost part to this one."""
        return f"{self.parent.path} / {self.name}" if self.parent else self.name


@dataclass(slots=True)
class Mode:
    """How the current thread or task records operations."""

    recording: bool = True
    group: Group | None = None
    anomalies: bool = False
    in_rule: bool = False  # of a derivative, where a branch not taken may be nan
    tape: Any = None  # of the compiled function that is being recorded
    before: Any = None  # the mode in which this one was entered
    open: bool = True

    def close(self) -> None:
        """Become like the mode before, also for tasks that were started in this mode."""
        for name in ("recording", "group", "anomalies", "in_rule", "tape"):
            setattr(self, name, getattr(self.before, name))
        self.open = False


class SuspendableMode:
    """A mode that was entered in a generator, or above such a mode. It changes nothing while the
    generator sleeps: the generator shares its contexts with its caller.
    """

    __slots__ = ("before", "changes", "frame", "open")

    def __init__(self, before: Any, frame: FrameType | None, changes: dict[str, Any]) -> None:
        self.before, self.frame, self.changes, self.open = before, frame, changes, True

    def __getattr__(self, name: str) -> Any:
        """`recording`, `group` and the other attributes of a Mode."""
        asleep = self.frame is not None and self.frame.f_back is None
        if name in self.changes and not asleep:
            return self.changes[name]
        return getattr(self.before, name)

    def close(self) -> None:
        self.changes, self.frame, self.open = {}, None, False


active = 0
ordinary = Mode()
current: ContextVar[Any] = ContextVar("autograd_core.mode", default=ordinary)

trackers: dict[int, Any] = {}
"""The tracked run of each thread, by the identity of the thread: the function that is
differentiated there.
"""

recordings: list[Any] = []
"""The tapes of all threads."""

changes = 0
"""How often the number of a node was changed. Copies of numbers from before are out of date."""


def tape() -> Any:
    """What the current thread or task is being recorded on, None outside a compiled function."""
    return current.get().tape if active else None


def note_elsewhere(nodes: Iterable[Any]) -> None:
    """Note for all tapes that a thread without a tape reads the numbers of these nodes. A function
    that is being recorded may have started the thread; the graph shows whether it did.
    """
    for tape in recordings:
        tape.read_elsewhere += nodes


class _Contexts(Locked):
    """The lock of `active`."""

    def after_fork(self) -> None:
        """The contexts of other threads end."""
        global active
        super().after_fork()
        active, mode = 0, current.get()
        while mode.before is not None:
            active += mode.open
            mode = mode.before
        for thread in {*trackers} - {get_ident()}:
            del trackers[thread]
        recordings[:] = [one for one in recordings if one is current.get().tape]


_contexts = _Contexts()


@contextmanager
def entered(**changes: Any) -> Iterator[None]:
    """A mode with these changes. Modes may be left in any order."""
    global active
    before, frame = _open(current.get()), _generator_that_enters()
    mode: Any
    if frame is None and before.__class__ is Mode:
        mode = replace(before, before=before, open=True, **changes)
    else:
        mode = SuspendableMode(before, frame, changes)
    counted = False
    try:  # undone if Ctrl-C interrupts it
        with _contexts.lock:
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
            with _contexts.lock:
                active -= counted


def _leave(mode: Any) -> None:
    """Leave a mode. A repetition changes nothing."""
    if current.get() is mode:
        current.set(_open(mode.before))
    mode.close()


def _open(mode: Any) -> Any:
    """The mode, or the innermost mode around it that is open."""
    while not mode.open:
        mode = mode.before
    return mode


def recorded() -> AbstractContextManager[None]:
    """A context in which operations are recorded, also under `no_grad`: a derivative does not
    depend on what is outside it.
    """
    return entered(recording=True) if active and not current.get().recording else nullcontext()


# They run a generator as a context for their caller: contextlib.contextmanager, fixtures of pytest.
_RUNNERS = ("contextlib", "_pytest", "pluggy")
_SLEEPS = inspect.CO_GENERATOR | inspect.CO_ASYNC_GENERATOR


def _generator_that_enters() -> FrameType | None:
    """The generator whose code enters the context now; None if it is a function."""
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
    """Compute without recording: results are constants.

    The derivatives that `grad` and its family compute are the same inside; their results are
    constants too. They differ only where the function itself enters `no_grad`.

    Yields:
        Nothing. It is also a decorator of functions, generators and coroutines. A generator leaves
        the context while it sleeps.

    Example:
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
    """Name the part of a graph that is computed inside: pictures show it as one box. Groups nest.

    Args:
        name: the name of the part.

    Yields:
        The group, with its `name`, its `parent` and its `path`. It is also a decorator of
        functions, generators and coroutines.

    Example:
        >>> from autograd_core import Value, group
        >>> with group("neuron"):
        ...     y = Value(2.0) * 3.0
        >>> y.group.path
        'neuron'
    """
    named = Group(str(name), current.get().group)
    with entered(group=named):
        yield named
