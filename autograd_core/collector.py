"""Python's cyclic garbage collector, put aside while many objects without cycles are made."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def collector_paused() -> Iterator[None]:
    """Inside, Python's cyclic garbage collector waits: a graph has no cycles, and looking for some takes up to half the time.

    >>> from autograd_core import Value, sum
    >>> x = Value(0.5)
    >>> with collector_paused():
    ...     sum([x * float(k) for k in range(1000)]).backward()
    >>> x.grad
    499500.0
    """
    enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if enabled:
            gc.enable()
