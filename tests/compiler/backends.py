"""The choice of the back-end, for the tests: `with forced("numpy"):` compiles everything inside
to arrays.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from unittest import mock

from autograd_core.compiler.pipeline import Executable

BACKENDS = ("python", "numpy")


@contextmanager
def forced(backend: str) -> Iterator[None]:
    """Programs made inside run by this back-end, whatever would be cheaper; with a batch axis
    always by NumPy.
    """
    scalar = property(lambda self: backend == "python" and not any(self.program.batched))
    with mock.patch.object(Executable, "scalar", scalar):
        yield
