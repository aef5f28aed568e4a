"""Common subexpressions: equal operations on equal operands become one. For straight-line programs.

`a + b` and `b + a` are equal; `x - y` and `x + (-1)·y` are not: only what is written alike becomes
one.
"""

from __future__ import annotations

from collections import defaultdict

from ..ir.program import Program
from .dead_code import carry


def eliminate_common_subexpressions(program: Program) -> Program:
    new = Program()
    at: list[int] = []
    seen: dict[object, dict[object, int]] = defaultdict(dict)
    count, append = len(program), new.append
    for row, operands, number, batched in program.instructions():
        if row is None:
            i = len(at)
            constant = i in program.constants
            at.append(new.constant(number) if constant else append(None, (), number, batched))
            continue
        key: object
        if len(operands) == 2:  # most have two; a number takes less memory than a tuple
            a, b = at[operands[0]], at[operands[1]]
            now: tuple[int, ...] = (a, b)
            key = b * count + a if row.commutative and b < a else a * count + b
        else:
            now = tuple([at[j] for j in operands])
            key = tuple(sorted(now)) if row.commutative else now
        known = seen[row]
        if key not in known:
            known[key] = append(row, now, number, batched)
        at.append(known[key])
    return carry(program, new, at)
