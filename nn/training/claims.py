"""Only one thread may train a parameter at a time: two would undo each other's updates."""

from __future__ import annotations

import os
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from autograd_core import Value

_taken: dict[int, tuple[int, object]] = {}
"""The id of each parameter in training, with its thread and training."""

if hasattr(os, "register_at_fork"):
    os.register_at_fork(
        after_in_child=_taken.clear
    )  # the child has no other threads, so no trainings


@contextmanager
def claimed(parameters: Sequence[Value]) -> Iterator[None]:
    """Reserve the parameters for this thread; a callback in it may train them too."""
    own = (threading.get_ident(), object())
    try:
        for p in parameters:
            if _taken.setdefault(id(p), own)[0] != own[0]:
                raise RuntimeError(
                    "another thread is training this model or a part of it, and the two would "
                    "undo each other's updates; wait until it ends, or train a copy: "
                    "copy.deepcopy(model)"
                )
        yield
    finally:
        for p in parameters:
            if _taken.get(id(p)) is own:
                del _taken[id(p)]
