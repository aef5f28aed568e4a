"""The choice of the back-end, for the tests: `with forced("numpy"):` compiles everything inside
to arrays.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from unittest import mock

from autograd_core.compiler import pipeline
from autograd_core.compiler.backends.base import Backend
from autograd_core.compiler.pipeline import Executable

BACKENDS = list(pipeline.BACKENDS)


@contextmanager
def forced(backend: str) -> Iterator[None]:
    """Programs made inside run by this back-end, whatever would be cheaper; with a batch axis
    always by NumPy.
    """

    def chosen(self: Executable) -> Backend:
        return pipeline.BACKENDS["numpy" if any(self.program.batched) else backend]

    with mock.patch.object(Executable, "backend", property(chosen)):
        yield
