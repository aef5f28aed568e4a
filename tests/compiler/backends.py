"""The choice of the back-end, for the tests: `with forced("numpy"):` compiles everything inside
to arrays.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from unittest import mock

from autograd_core.compiler import pipeline
from autograd_core.compiler.backends.base import Backend
from autograd_core.compiler.pipeline import ARRAYS, Executable

from .interpreter import Interpreter

KNOWN: dict[str, Backend] = pipeline.BACKENDS | {"oracle": Interpreter(ARRAYS)}
BACKENDS = list(KNOWN)
ARRAY_BACKENDS = [name for name, backend in KNOWN.items() if backend.batches]


@contextmanager
def forced(backend: str) -> Iterator[None]:
    """Programs made inside run by this back-end, whatever would be cheaper; with a batch axis by
    NumPy where it runs no batches.
    """

    def chosen(self: Executable) -> Backend:
        able = KNOWN[backend].batches or not any(self.program.batched)
        return KNOWN[backend if able else "numpy"]

    with mock.patch.object(Executable, "backend", property(chosen)):
        yield
