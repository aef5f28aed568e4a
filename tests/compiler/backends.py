"""The choice of the back-end, for the tests: `with forced("numpy"):` compiles everything inside
to arrays.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from math import inf
from typing import Any
from unittest import mock

import pytest

from autograd_core.compiler import pipeline
from autograd_core.compiler.backends.base import Backend
from autograd_core.compiler.backends.c.backend import C
from autograd_core.compiler.ir.program import Program
from autograd_core.compiler.ir.scans import without_scans
from autograd_core.compiler.passes import Pass
from autograd_core.compiler.pipeline import ARRAYS, STRAIGHT, Executable

from .interpreter import Interpreter
from .onnx_engine import Onnx, is_known


class Wide(C):
    """C that writes every program as loop nests, also a narrow one."""

    def pipeline_of(self, program: Program) -> list[Pass]:
        return self.pipeline


KNOWN: dict[str, Backend] = pipeline.BACKENDS | {
    "onnx": Onnx(ARRAYS),
    "oracle": Interpreter(ARRAYS),
    "c, wide": Wide(STRAIGHT, ARRAYS),
}
BACKENDS = [name for name, found in KNOWN.items() if found.automatic and not found.missing()]
ARRAY_BACKENDS = [name for name in BACKENDS if KNOWN[name].batches]


def also_asked_for(names: list[str]) -> list[Any]:
    """These, and those that are never chosen by their cost, which take long to compile."""
    others = [name for name, backend in KNOWN.items() if not backend.automatic]
    slow = [pytest.param(name, marks=[pytest.mark.slow, *_absent(name)]) for name in others]
    return [*names, *slow]


def _absent(name: str) -> list[Any]:
    error = KNOWN[name].missing()
    return [pytest.mark.skip(reason=str(error))] if error else []


ALL_BACKENDS = also_asked_for(BACKENDS)
ALL_ARRAY_BACKENDS = also_asked_for(ARRAY_BACKENDS)


@contextmanager
def forced(backend: str) -> Iterator[None]:
    """Programs made inside run by this back-end, whatever would be cheaper; with a batch axis by
    NumPy where it runs no batches.
    """

    def chosen(self: Executable) -> Backend:
        able = KNOWN[backend].batches or not any(self.program.batched)
        if isinstance(KNOWN[backend], C):  # a user's own row may have no formula in C
            rows = {row for row in self.program.rows if row is not None}
            able = all([row.c or row.operator for row in rows])
        elif backend == "tape":  # or may not be in the library
            able = able and KNOWN[backend].bounds(without_scans(self.program))[0] < inf
        elif backend == "onnx":
            rows = {row for row in without_scans(self.program).rows if row is not None}
            able = all([row.additive or row.decomposition or is_known(row) for row in rows])
        return KNOWN[backend if able else "numpy"]

    with mock.patch.object(Executable, "backend", property(chosen)):
        yield
