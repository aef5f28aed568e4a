"""A parameter is trained by one thread at a time: of two, each would undo what the other has
learned.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from autograd_core import Value

_taken: dict[int, tuple[int, object]] = {}
"""The id of each parameter that is being trained, with the thread and the training that it
belongs to.
"""

if hasattr(os, "register_at_fork"):
    os.register_at_fork(
        after_in_child=_taken.clear
    )  # the other threads, and their trainings, are not in the child


@contextmanager
def claimed(parameters: Sequence[Value]) -> Iterator[None]:
    """Within, no other thread can claim any of these parameters; a callback, in the same
    thread, can.
    """
    own = (threading.get_ident(), object())
    try:
        for p in parameters:
            if _taken.setdefault(id(p), own)[0] != own[0]:
                raise RuntimeError(
                    "another thread is training this model, or a part of it, and each would undo "
                    "what the other learns; "
                    "wait until it is done, or train a copy: copy.deepcopy(model)"
                )
        yield
    finally:
        for p in parameters:
            if _taken.get(id(p)) is own:
                del _taken[id(p)]
