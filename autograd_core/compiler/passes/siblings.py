"""Siblings: instructions that are alike but for a constant, as samples are that a loop unrolled
with their targets.

`y₁ − 1`, `y₂ − 0` or `−1 · y₁`, `1 · y₂`: if the 0 or the 1 were dropped, one sample would lose an
instruction that the others have, and the rest of it could no longer be grouped with theirs. So a
neutral constant stays where siblings have another one.
"""

from __future__ import annotations

from collections import defaultdict

from ...primitives import Primitive
from ..ir.program import Program


def among_different(program: Program) -> set[int]:
    """The instructions with a neutral constant, some of whose siblings have another one.

    Siblings do the same to the result of one row of the table, for a consumer of the same row.
    """
    constants, rows = program.constants, program.rows
    families: dict[object, tuple[list[int], list[int]]] = defaultdict(lambda: ([], []))
    for i, row in enumerate(rows):
        if row is not None and row.neutral is not None:
            a, b = program.operands[i]
            if (a in constants) != (b in constants):
                first = a in constants
                c, x = (a, b) if first else (b, a)
                family = (row, first and not row.commutative, rows[x], program.batched[i])
                families[family][constants[c] == row.neutral].append(i)
    consumers: dict[int, set[Primitive | None]] = {
        i: set() for both in families.values() if all(both) for members in both for i in members
    }
    if not consumers:
        return set()
    for row, operands in zip(rows, program.operands, strict=True):
        for j in operands:
            if j in consumers:
                consumers[j].add(row)
    found = set()
    for others, neutral in families.values():
        if others and neutral:
            known = {row for i in others for row in consumers[i]}
            found.update([i for i in neutral if not known.isdisjoint(consumers[i])])
    return found
