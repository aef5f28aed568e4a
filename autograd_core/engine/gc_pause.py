"""Python's cyclic garbage collector, paused while many objects without cycles are made."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from threading import get_ident

from .decorators import bare_context
from .forks import Locked


class _Pauses(Locked):
    """The threads that have paused the collector, each as often as it did, and whether the
    collector was enabled before.
    """

    def __init__(self) -> None:
        super().__init__()
        self.threads: list[int] = []
        self.enabled = True

    def after_fork(self) -> None:
        """The pauses of other threads end."""
        super().after_fork()
        own = [thread for thread in self.threads if thread == get_ident()]
        if self.threads and not own and self.enabled:
            gc.enable()
        self.threads = own


_pauses = _Pauses()


@bare_context
def collector_paused() -> Iterator[None]:
    """Pause Python's cyclic garbage collector, which finds nothing in a graph: it has no cycles.

    While a large graph grows, the collector takes up to half the time. It runs again when the last
    thread leaves the context.

    Yields:
        Nothing. It is also a decorator of functions, generators and coroutines.

    Example:
        >>> from autograd_core import Value, sum
        >>> x = Value(0.5)
        >>> with collector_paused():
        ...     sum([x * float(k) for k in range(1000)]).backward()
        >>> x.grad
        499500.0
    """
    thread = get_ident()
    with _pauses.lock:
        if not _pauses.threads:
            _pauses.enabled = gc.isenabled()
        _pauses.threads.append(thread)
        gc.disable()
    try:
        yield
    finally:
        with _pauses.lock:
            if len(_pauses.threads) == 1 and _pauses.enabled:
                gc.enable()  # first: a child forked in between finds the thread, and enables it too
            _pauses.threads.remove(thread)
