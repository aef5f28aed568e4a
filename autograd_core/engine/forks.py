"""What a fork does to the locks of this library: all of them are made here.

A child process has one thread, the one that forked. A lock that another thread held would be held
there for ever. So a process does not fork while a `sweeping` lock is held, since nobody may see a
sweep half done, nor while NumPy is being imported, since a child could not finish it; and every
other lock guards what is either complete or begun anew, and is made anew where it was held.
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
_told: WeakSet[Any] = WeakSet()


class Forked:
    """What is told of a fork, in the child."""

    def __init__(self) -> None:
        _told.add(self)

    def after_fork(self) -> None:
        raise NotImplementedError


class Locked(Forked):
    """What has a lock, which is another one in a child that was forked while a thread held it."""

    def __init__(self) -> None:
        self.lock = threading.RLock()  # first, for a fork may come right after
        super().__init__()

    def after_fork(self) -> None:
        if self.lock.acquire(blocking=False):  # nobody's, or that of the thread that forked
            self.lock.release()
        else:
            self.lock = threading.RLock()


def held_while_forking() -> Any:
    """A lock that a process holds while it forks: so it waits for who holds it."""
    _held.append(threading.RLock())
    return _held[-1]


importing = held_while_forking()
"""Held where this library may be the first to import NumPy, or what is built on it."""


class unlocked_property(cached_property[T]):
    """`cached_property` without the lock of Python 3.11, one for all objects of a class, which
    no child could free.
    """

    def __init__(self, compute: Callable[[Any], T]) -> None:
        super().__init__(compute)
        self.lock = nullcontext()


def _before() -> None:
    for lock in reversed(_held):  # an import begins in what holds other locks, and takes none
        lock.acquire()
    if sys.modules.get("numpy") is not None:
        import numpy  # noqa: F401  (waits for another thread that has begun to)


def _after() -> None:
    for lock in _held:
        lock.release()


def _in_child() -> None:
    _after()
    for one in list(_told):
        one.after_fork()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(before=_before, after_in_parent=_after, after_in_child=_in_child)
