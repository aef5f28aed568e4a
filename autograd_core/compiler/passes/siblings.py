"""Siblings: instructions that are alike but for a constant, as samples are that a loop unrolled
with their targets.

`y₁ − 1`, `y₂ − 0` or `−1 · y₁`, `1 · y₂`: if the 0 or the 1 were dropped, one sample would lose an
instruction that the others have, and the rest of it could no longer be grouped with theirs. So a
neutral constant stays where siblings have another one.
"""

from __future__ import annotations

from ..ir.program import Program


def among_different(program: Program) -> set[int]:
    """The instructions with a neutral constant, some of whose siblings have another one.

    Siblings do the same to the result of one row of the table, for a consumer of the same row.
    """
    constants, rows = program.constants, program.rows
    families: dict[object, tuple[list[int], list[int]]] = {}
    for i, row in enumerate(rows):
        if row is not None and row.neutral is not None:
            a, b = program.operands[i]
            if (a in constants) != (b in constants):
                first = a in constants
                other = rows[b if first else a]
                family = (
                    row.name,
                    first and row.name != "mul",
                    other and other.name,
                    program.batched[i],
                )
                same = constants[a if first else b] == row.neutral
                families.setdefault(family, ([], []))[same].append(i)
    families = {family: both for family, both in families.items() if both[0] and both[1]}
    if not families:
        return set()
    consumers: dict[int, set[str]] = {
        i: set() for both in families.values() for members in both for i in members
    }
    for row, operands in zip(rows, program.operands, strict=True):
        for j in operands:
            if j in consumers and row is not None:
                consumers[j].add(row.name)
    found = set()
    for others, neutral in families.values():
        known = {name for i in others for name in consumers[i]}
        found.update([i for i in neutral if not known.isdisjoint(consumers[i])])
    return found
