"""A compiled C file as a kernel, called through ctypes."""

from __future__ import annotations

import ctypes
from collections.abc import Sequence
from struct import Struct
from threading import Thread, current_thread, main_thread
from typing import Any

from ....engine.forks import Locked
from ...ir.scans import operations
from ..base import Caller, Kernel, Steps, has_nan
from ..buffers import caller, doubles
from .layout import CFile
from .library import load

LONG = 50_000_000  # operations; a call of so many takes a tenth of a second

_POINTER = ctypes.c_void_p


class Compiled(Locked, Kernel):
    """The functions work in memory that lies here, one call at a time."""

    def __init__(self, file: CFile, library: ctypes.CDLL | None = None) -> None:
        super().__init__()
        self.file, self.sizes, self.batched = file, file.sizes, file.batched
        self.sampled = file.with_samples
        self.work = operations(file.program)
        self.library = library or load(str(file))
        self.function = self.library["f_in" if file.has_memory else "f"]
        self.function.restype = None
        pointers = 4 if self.batched else 2
        self.function.argtypes = [
            *([ctypes.c_long] if self.batched else []),
            *[_POINTER] * (pointers + file.has_memory),
        ]
        self.has_memory = file.has_memory
        sizes = self.sizes
        self.own_guards = len([own for own in sizes.guards if not own])
        self.inputs = (ctypes.c_double * max(1, sizes.inputs))()
        self.outputs = (ctypes.c_double * max(1, sizes.outputs + self.own_guards))()
        self.write = Struct(f"{sizes.inputs}d").pack_into
        self.given = ctypes.addressof(self.inputs)
        self.found = ctypes.addressof(self.outputs)
        self.memory: Any = None
        self.samples = -1
        self._reserve(1)

    def _reserve(self, samples: int) -> None:
        """Have the memory for so many samples."""
        if samples > self.samples:
            count = self.sizes.memory + self.sizes.rows * samples
            self.memory = (ctypes.c_double * max(1, count))()
            self.where = [ctypes.addressof(self.memory)] if self.has_memory else []
            self.samples = samples

    def run(self, numbers: Any, rows: Any = None, samples: int = 1) -> tuple[Any, Any, list[Any]]:
        sizes = self.sizes
        if self.work * samples > LONG and current_thread() is main_thread():
            return self._apart(numbers, rows, samples)
        with self.lock:
            self.write(self.inputs, 0, *numbers)
            if not self.batched:
                self.function(self.given, self.found, *self.where)
                found = self.outputs[: sizes.outputs + self.own_guards]
                return found[: sizes.outputs], None, found[sizes.outputs :]
            sampled = self._sampled(rows, samples)
            found = self.outputs[: sizes.outputs + self.own_guards]
        own, each = iter(found[sizes.outputs :]), iter(sampled[sizes.sampled :])
        guards = [next(each if with_samples else own) for with_samples in sizes.guards]
        return found[: sizes.outputs], sampled[: sizes.sampled] if sizes.sampled else None, guards

    def _apart(self, *given: Any) -> tuple[Any, Any, list[Any]]:
        """Run in another thread and in other memory, so that the user can interrupt it. Then the
        other thread goes on to the end, and what it finds is dropped.
        """
        other = Compiled(self.file, self.library)
        found: list[Any] = []

        def run() -> None:
            try:
                found.append(other.run(*given))
            except BaseException as error:
                found.append(error)

        thread = Thread(target=run, daemon=True)
        thread.start()
        while thread.is_alive():
            thread.join(1.0)
        if isinstance(found[0], BaseException):
            raise found[0]
        return found[0]  # type: ignore[no-any-return]

    def _sampled(self, rows: Any, samples: int) -> Any:
        """What the function gives for each sample, an array (results, samples)."""
        import numpy

        rows = numpy.ascontiguousarray(rows, float)
        count = self.sizes.sampled + len(self.sizes.guards) - self.own_guards
        sampled = numpy.empty((count, samples))
        self._reserve(samples)
        self.function(
            samples, self.given, rows.ctypes.data, self.found, sampled.ctypes.data, *self.where
        )
        return sampled

    def caller(self, arguments: Sequence[Any], careful: bool) -> Caller:
        if self.work > LONG:
            return super().caller(arguments, careful)
        function, where, given, found = self.function, self.where, self.given, self.found

        def run(source: int, to: int) -> None:
            function(source or given, to or found, *where)

        inputs = doubles(self.inputs)[: self.sizes.inputs]
        outputs = doubles(self.outputs)[: self.sizes.outputs]
        anywhere = not self.own_guards
        return caller(
            lambda: self.lock, inputs, outputs, run, arguments, careful, anywhere=anywhere
        )

    def steps(self, parameters: int, careful: bool) -> Steps:
        return _Steps(self, parameters, careful)


class _Steps(Steps):
    """Steps whose parameters and gradient are views of what the function reads and writes."""

    def __init__(self, kernel: Compiled, parameters: int, careful: bool) -> None:
        values = _array(kernel.inputs)
        outputs = _array(kernel.outputs)
        super().__init__(kernel, values[:parameters], outputs[1 : 1 + parameters], careful)
        self.compiled, self.seed, self.outputs = kernel, values[parameters:], outputs
        self.sampled: Any = None

    def step(self, rows: Any, seed: float) -> bool:
        self.seed[0] = seed
        self.sampled = self.compiled._sampled(rows, rows.shape[1])
        return self.careful and has_nan(self.gradient)

    def read(self) -> tuple[float, Any]:
        count = self.compiled.sizes.sampled
        return float(self.outputs[0]), self.sampled[:count] if count else None


def _array(buffer: Any) -> Any:
    """A view of a buffer as an array."""
    import numpy

    return numpy.frombuffer(buffer)
