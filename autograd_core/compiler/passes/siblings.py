"""Siblings: instructions that are alike but for a constant, as samples are that a loop unrolled
with their targets.

`y₁ − 1`, `y₂ − 0` or `−1 · y₁`, `1 · y₂`: if the 0 or the 1 were dropped, one sample would lose an
instruction that the others have, and the rest of it could no longer be grouped with theirs. So a
neutral constant stays where siblings have another one.
"""

from __future__ import annotations

from collections import defaultdict

from ..ir.program import Program


def among_different(program: Program) -> set[int]:
    """The instructions with a neutral constant, some of whose siblings have another one.

    Siblings do the same to the result of one row of the table, for a consumer of the same row.
    """
    constants, rows = program.constants, program.rows
    families: dict[int, tuple[object, bool]] = {}  # and whether the constant is neutral
    for i, (row, operands) in enumerate(zip(rows, program.operands, strict=True)):
        if row is not None and row.neutral is not None:
            a, b = operands
            if (a in constants) != (b in constants):
                first = a in constants
                c, x = (a, b) if first else (b, a)
                place = first and not row.commutative
                family = (row, place, rows[x], program.batched[i])
                families[i] = family, constants[c] == row.neutral
    kinds = set(families.values())
    mixed = {family for family, neutral in kinds if neutral and (family, False) in kinds}
    if not mixed:
        return set()
    families = {i: found for i, found in families.items() if found[0] in mixed}
    siblings: dict[object, tuple[set[int], set[int]]] = defaultdict(lambda: (set(), set()))
    for row, operands in zip(rows, program.operands, strict=True):
        for i in operands:
            if i in families:
                siblings[families[i][0], row][families[i][1]].add(i)
    return {i for others, neutral in siblings.values() if others for i in neutral}
