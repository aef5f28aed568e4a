"""Python on plain floats.

There are two forms of it. The fast one uses Python's own operators and `math`, which raise where
IEEE 754 has a value; where it raises, the careful one runs, in which every operation is the row's
own `compute`.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Sequence
from functools import cache
from typing import Any

from ...primitives import Primitive, arithmetic, reductions
from ..ir.operands import lengths
from ..ir.program import Program
from ..ir.scans import scans_of
from .base import Backend, Caller, Forms, Kernel, flattened, has_nan
from .source import source

Run = Callable[[Sequence[float]], tuple[list[float], list[bool]]]

RAISED = ZeroDivisionError, ValueError, OverflowError
"""What Python raises where IEEE 754 has a value."""

OPERATION, CALL = 12, 60  # nanoseconds, measured: an operation, and a call of `math` or of a row
ROUND = 60  # and a round of a loop
_LONG = (reductions.dot, reductions.sum)


class Python(Backend):
    """Cheap to call, and best where a program is narrow; without a batch axis."""

    name = "python"
    batches = False
    scans = columns = True

    def bounds(self, program: Program) -> tuple[float, float]:
        """The passes drop hardly more than nine instructions of ten."""
        most = cost(program)
        return 0.1 * most, most

    def cost(self, forms: Forms) -> float:
        return cost(forms.after(self.pipeline))

    def build(self, forms: Forms) -> Kernel:
        original = forms.program
        return Straight(forms.last(self.pipeline), lambda: Forms(original).last(self.pipeline))

    def source(self, forms: Forms) -> str:
        return source(forms.after(self.pipeline))[0]


def _has_operator(row: Primitive) -> bool:
    """Whether no function is called for it."""
    return bool(row.operator) or row.additive or row is arithmetic.where


def cost(program: Program) -> float:
    """What the program will cost, in nanoseconds."""
    counts = Counter(program.rows)
    found = [
        n * (OPERATION if _has_operator(row) else CALL)
        for row, n in counts.items()
        if row is not None and not row.structured
    ]
    long = [
        given
        for row, given in zip(program.rows, lengths(program.operands), strict=True)
        if given > 3 and row in _LONG
    ]
    scans = [row.scan.rounds * (ROUND + cost(row.scan.body)) for _, row in scans_of(program)]
    return sum(found) + sum(scans) + OPERATION * sum([n // 2 - 1 for n in long])


class Straight(Kernel):
    """Runs a program as a Python function: the fast one, or the careful one where it raises."""

    def __init__(self, program: Program, again: Callable[[], Program]) -> None:
        """`again` gives the program once more: it is large, and seldom needed."""
        self._fast = _function(program, careful=False)
        self._careful = cache(lambda: _function(again(), careful=True))

    def run(self, numbers: Any, rows: Any = None, samples: int = 1) -> tuple[Any, Any, list[Any]]:
        if numbers.__class__ is not list:
            numbers = numbers.tolist()
        try:
            outputs, guards = self._fast(numbers)
        except RAISED:
            outputs, guards = self._careful()(numbers)
        return outputs, None, guards

    def caller(self, arguments: Sequence[Any], careful: bool) -> Caller:
        fast, again = self._fast, self._careful
        flat = _flattening(arguments)

        def call(arguments: Sequence[Any]) -> Any:
            numbers = flat(arguments) if flat else arguments
            try:
                outputs, _ = fast(numbers)
            except RAISED:
                outputs, _ = again()(numbers)
            return None if careful and has_nan(outputs) else outputs

        return call


def _flattening(arguments: Sequence[Any]) -> Callable[[Sequence[Any]], Sequence[float]] | None:
    """What gives the numbers of arguments like these; None where the arguments are the numbers."""
    if {*map(type, arguments)} <= {float}:
        return None
    if len(arguments) == 1:
        if arguments[0].__class__ is list:
            return lambda arguments: arguments[0]
        return lambda arguments: arguments[0].ravel().tolist()
    return flattened


def _function(program: Program, *, careful: bool) -> Run:
    text, scope = source(program, careful=careful)
    names: dict[str, Any] = {**scope, "inf": math.inf, "nan": math.nan}
    exec(compile(text, "<program.python>", "exec"), names)
    run: Run = names["run"]
    return run
