"""How deep a program is: the least number of array operations that follow one another."""

from __future__ import annotations

from ...primitives.arithmetic import add, identity, mul, neg, sub
from ...primitives.reductions import sum as total
from ..ir.program import Program

_LINEAR = {add, sub, neg, total, identity}


def depth(program: Program) -> int:
    """At least so many levels has the program: sums of sums are one sum of products, so only a
    product of two values or another function is a level above its operands.
    """
    level: list[int] = []
    constants = program.constants
    for row, operands in zip(program.rows, program.operands, strict=True):
        if len(operands) == 2:  # most are
            i, j = operands
            below = level[i] if level[i] > level[j] else level[j]
            if row is mul:
                level.append(below if i in constants or j in constants else below + 1)
                continue
        else:
            below = max([level[j] for j in operands], default=0)
        level.append(below if row is None or row in _LINEAR else below + 1)
    needed = [*program.outputs, *(i for i, _ in program.guards)]
    return max([level[i] for i in needed], default=0)
