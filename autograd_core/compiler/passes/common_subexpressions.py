"""Common subexpressions: equal operations on equal operands become one. For straight-line programs.

`a + b` and `b + a` are equal; `x - y` and `x + (-1)·y` are not: only what is written alike becomes
one.
"""

from __future__ import annotations

from ..ir.program import Program
from .dead_code import carry


def eliminate_common_subexpressions(program: Program) -> Program:
    new = Program()
    at = [-1] * len(program)
    seen: dict[tuple[object, ...], int] = {}
    for i, row in enumerate(program.rows):
        operands = tuple([at[j] for j in program.operands[i]])
        if row is None:
            key: tuple[object, ...] = (
                (program.constants[i].hex(),) if i in program.constants else (i,)
            )
        else:
            key = (row, tuple(sorted(operands)) if row.commutative else operands)
        if key in seen:
            at[i] = seen[key]
            continue
        if row is None:
            at[i] = new.leaf(program.recorded[i], batched=program.batched[i])
        else:
            at[i] = new.apply(row, operands, program.recorded[i], program.batched[i])
        seen[key] = at[i]
    return carry(program, new, at)
