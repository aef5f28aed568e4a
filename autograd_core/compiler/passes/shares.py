"""Shares of one whole: where all of them are there, 1 − rest, recorded for its derivatives, is
the quotient once more.
"""

from __future__ import annotations

from ..ir.program import Program

PARTS = {"share_of_one", "part_of_unit"}


def quotients(program: Program, rest: int) -> frozenset[int]:
    """The quotients that `rest`, the sum of the minor ones, was made of: all aₖ / Σ a or all aₖ
    / √Σ a², else none.
    """
    if not _is(program, rest, "minor") or not program.operands[rest]:
        return frozenset()
    parts = program.operands[rest]
    squares = all([_is(program, i, "mul") and len(set(program.operands[i])) == 1 for i in parts])
    found = [program.operands[i][0] for i in parts] if squares else list(parts)
    if not all([_is(program, i, "div") for i in found]):
        return frozenset()
    above, below = zip(*[program.operands[i] for i in found], strict=True)
    whole = below[0]
    if squares and _is(program, whole, "sqrt"):
        whole, above = program.operands[whole][0], above + above
    same = (
        len(set(below)) == 1
        and _is(program, whole, "dot" if squares else "sum")
        and program.operands[whole] == above
    )
    return frozenset(found if same else ())


def _is(program: Program, i: int, name: str) -> bool:
    row = program.rows[i]
    return row is not None and row.name == name
