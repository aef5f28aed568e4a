"""Locks that survive a fork. All locks of this library are made here.

A child process has one thread, the one that forked. A lock that another thread held would be held
in the child for ever. So a process does not fork while a lock of `held_while_forking` is held: by a
sweep, which must not be seen half done, or by an import of NumPy, which the child could not finish.
Every other lock guards what is complete or begun anew, and is replaced in the child if it was held.
"""

from __future__ import annotations

import os
import sys
import threading
from collections.abc import Callable
from contextlib import nullcontext
from functools import cached_property
from typing import Any, TypeVar
from weakref import WeakSet

T = TypeVar("T")

_held: list[Any] = []
_forked: WeakSet[Any] = WeakSet()


class Forked:
    """An object whose `after_fork` is called in the child."""

    def __init__(self) -> None:
        _forked.add(self)

    def after_fork(self) -> None:
        """Repair the object."""
        raise NotImplementedError


class Locked(Forked):
    """An object with a lock, which is a new one in a child that was forked while it was held."""

    def __init__(self) -> None:
        self.lock = threading.RLock()  # first, since a fork may come right after
        super().__init__()

    def after_fork(self) -> None:
        if self.lock.acquire(blocking=False):  # free, or held by the thread that forked
            self.lock.release()
        else:
            self.lock = threading.RLock()


def held_while_forking() -> Any:
    """A lock for which a process waits before it forks."""
    _held.append(threading.RLock())
    return _held[-1]


importing = held_while_forking()
"""Held where this library imports late: NumPy, what is built on it, or a module of its own."""


class unlocked_property(cached_property[T]):
    """`cached_property` without the lock of Python 3.11, which no child process could free."""

    def __init__(self, compute: Callable[[Any], T]) -> None:
        super().__init__(compute)
        self.lock = nullcontext()


def _before() -> None:
    for lock in reversed(_held):  # `importing` last: an import begins under other locks
        lock.acquire()
    if sys.modules.get("numpy") is not None:
        import numpy  # noqa: F401  (waits for a thread that is importing it)


def _after() -> None:
    for lock in _held:
        lock.release()


def _in_child() -> None:
    _after()
    for one in list(_forked):
        one.after_fork()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(before=_before, after_in_parent=_after, after_in_child=_in_child)
