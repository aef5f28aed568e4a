"""Python's cyclic garbage collector, put aside while many objects without cycles are made."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from threading import get_ident

from .decorators import bare_context
from .forks import Locked

_pausing: list[int] = []  # the threads that have paused it, each as often as it did
_enabled = True  # the collector, before the first of them


class _Counting(Locked):
    def after_fork(self) -> None:
        """Other threads no longer pause it."""
        super().after_fork()
        own = [thread for thread in _pausing if thread == get_ident()]
        if _pausing and not own and _enabled:
            gc.enable()
        _pausing[:] = own


_counting = _Counting()


@bare_context
def collector_paused() -> Iterator[None]:
    """Inside, Python's cyclic garbage collector waits: a graph has no cycles, and looking for some
    takes up to half the time.

    >>> from autograd_core import Value, sum
    >>> x = Value(0.5)
    >>> with collector_paused():
    ...     sum([x * float(k) for k in range(1000)]).backward()
    >>> x.grad
    499500.0
    """
    global _enabled
    thread = get_ident()
    with _counting.lock:
        if not _pausing:
            _enabled = gc.isenabled()
        _pausing.append(thread)
        gc.disable()
    try:
        yield
    finally:
        with _counting.lock:
            if len(_pausing) == 1 and _enabled:
                gc.enable()
            _pausing.remove(thread)
