"""Common subexpressions: equal operations on equal operands become one. For straight-line programs.

`a + b` and `b + a` are equal; `x - y` and `x + (-1)·y` are not: only what is written alike becomes
one.
"""

from __future__ import annotations

from ..ir.program import Program
from .dead_code import carry


def eliminate_common_subexpressions(program: Program) -> Program:
    new = Program()
    at: list[int] = []
    seen: dict[tuple[object, ...], int] = {}
    for i, (row, operands, number, batched) in enumerate(program.instructions()):
        if i in program.constants:
            at.append(new.constant(number))
            continue
        now = tuple([at[j] for j in operands])
        key = (row or i, tuple(sorted(now)) if row and row.commutative else now)
        if key not in seen:
            seen[key] = new.append(row, now, number, batched)
        at.append(seen[key])
    return carry(program, new, at)
