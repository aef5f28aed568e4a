"""How far two correct evaluations of one program may differ: a bound on the rounding error of
each instruction.
"""

from __future__ import annotations

import math
from typing import Any

from autograd_core.compiler.ir.program import Program

UNIT = 2.0**-52
OPERATIONS = 8.0
"""Rounding errors, in units of the last place, that one instruction may make: it may be
computed by another formula.
"""
TINY = 1e-300
"""Below this, digits are lost on the way to zero."""


EXACT = set(
    "neg identity absolute maximum minimum where relu clip sign floor ceil copysign less "
    "less_equal equal not_equal both either"
    .split()
)  # fmt: skip


COMPARISONS = {"less", "less_equal", "equal", "not_equal"}


class Bounds:
    """For each instruction of a program the error that it may have; infinite where rounding decides
    what happens.

    An operand is moved by its own bound to either side; how far the result moves is its bound, with
    its own rounding added. So a kink, a pole or a comparison that lies within the rounding error of
    its operands shows. `decided` says that there is no such comparison: of two that flip together,
    one at a time would show nothing.
    """

    def __init__(self, program: Program) -> None:
        self.errors: list[float] = []
        for row, operands, number in zip(
            program.rows, program.operands, program.recorded, strict=True
        ):
            if row is None:
                self.errors.append(0.0)
                continue
            xs = [program.recorded[j] for j in operands]
            moved = sum(
                self._moved(row, xs, k, self.errors[j], number)
                for k, j in enumerate(operands)
                if self.errors[j]
            )
            if row.name == "copysign" and xs[1] != xs[1]:
                moved = math.inf  # the sign of a nan is nobody's
            self.errors.append(
                moved + (_rounding(row.name, xs, number) if math.isfinite(number) else 0.0)
            )
        self.outputs = [self.errors[i] for i in program.outputs]
        asked = [
            i for i, row in enumerate(program.rows) if row is not None and row.name in COMPARISONS
        ]
        self.decided = all(self.errors[i] == 0.0 for i in [*asked, *(i for i, _ in program.guards)])

    @staticmethod
    def _moved(row: Any, xs: list[float], k: int, error: float, number: float) -> float:
        period = (
            abs(xs[1])
            if row.name in ("mod", "fmod", "floordiv")
            else 6.0
            if row.name in ("sin", "cos", "tan")
            else math.inf
        )
        if math.isinf(error) or error > 0.05 * period:
            return math.inf
        error = max(error, math.ulp(xs[k]))
        distance = 0.0
        for side in (-error, error):
            other = row.compute(*xs[:k], xs[k] + side, *xs[k + 1 :])
            if other != number and not (other != other and number != number):
                apart = abs(other - number)
                distance = max(distance, apart if apart == apart else math.inf)
        return distance


def _rounding(name: str, xs: list[float], number: float) -> float:
    if name in EXACT:
        return 0.0
    size = abs(number)
    if name in ("add", "sub", "sum"):
        size = math.fsum(map(abs, xs))
    elif name == "dot":
        half = len(xs) // 2
        size = math.fsum(abs(a * b) for a, b in zip(xs[:half], xs[half:], strict=True))
    elif name == "logsumexp":
        size += max(map(abs, xs)) + 1.0
    elif number == 0.0 and all(xs):
        return TINY  # it came to nothing on the way
    if number == 0.0 and name in ("add", "sub", "sum", "dot"):
        return TINY + UNIT * size  # the sign of a zero depends on the order of the terms
    return OPERATIONS * UNIT * size * max(1, len(xs)) + (TINY if 0.0 < size < 1e-280 else 0.0)


def agree(got: float, wanted: float, error: float) -> bool:
    """Whether two results are one: the same special value, or closer than their rounding errors."""
    if error == math.inf:
        return True
    if wanted != wanted or got != got:
        return wanted != wanted and got != got
    if math.isinf(wanted) or math.isinf(got):
        return got == wanted
    return abs(got - wanted) <= 4.0 * error
