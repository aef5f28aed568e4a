"""Python's cyclic garbage collector, put aside while many objects without cycles are made."""

from __future__ import annotations

import gc
import threading
from collections.abc import Iterator

from .decorators import bare_context

_counting = threading.Lock()
_pauses = 0  # of all threads
_enabled = True  # the collector, before the first of them


@bare_context
def collector_paused() -> Iterator[None]:
    """Inside, Python's cyclic garbage collector waits: a graph has no cycles, and looking for some takes up to half the time.

    >>> from autograd_core import Value, sum
    >>> x = Value(0.5)
    >>> with collector_paused():
    ...     sum([x * float(k) for k in range(1000)]).backward()
    >>> x.grad
    499500.0
    """
    global _pauses, _enabled
    with _counting:
        if not _pauses:
            _enabled = gc.isenabled()
        _pauses += 1
        gc.disable()
    try:
        yield
    finally:
        with _counting:
            _pauses -= 1
            if not _pauses and _enabled:
                gc.enable()
