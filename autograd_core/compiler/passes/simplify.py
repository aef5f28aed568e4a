"""Constant folding, and rewrites that hold for every float: those in `rewrites`, and `shares` of a
whole. Equal operations become one, but not yet for + − ×: the sums of a layer would lose their
common shape.
"""

from __future__ import annotations

from ...primitives.arithmetic import div, mul
from ...primitives.reductions import part_of_unit, share_of_one, unsettled
from ..ir.program import Program
from .dead_code import carry
from .rewrites import applied, rewritten
from .shares import Shares
from .siblings import among_different


def simplify(program: Program) -> Program:
    new = Program()
    at = [-1] * len(program)
    seen: dict[object, int] = {}
    shares = Shares(program, new)
    different = among_different(program)
    known, single = new.constants, shares.single
    rows, operands_of, recorded, sampled = new.rows, new.operands, new.recorded, new.batched
    for i, (row, given, number, batched) in enumerate(program.instructions()):
        if row is None:
            constant = i in program.constants
            at[i] = new.constant(number) if constant else new.append(None, (), number, batched)
            continue
        if row.additive and len(given) == 2:
            a, b = given
            a, b = at[a], at[b]
            if a not in known and b not in known:  # a fast path: of two variables is nothing to do
                if single and row is mul and (a in single or b in single):
                    a, b = shares.divided(a, b)
                at[i] = len(rows)
                rows.append(row)
                operands_of.append((a, b))
                recorded.append(number)
                sampled.append(batched)
                continue
        operands = tuple([at[j] for j in given])
        if all([j in known for j in operands]):
            at[i] = applied(new, row, operands)
            continue
        if row is unsettled and known.get(operands[0]) == 0.0:
            at[i] = new.constant(-0.0)  # it matters for further derivatives alone
            continue
        found = None
        if row is share_of_one or row is part_of_unit:
            found = shares.quotient(i, *operands)
        if found is None:
            found, row, operands = rewritten(new, row, operands, keep=i in different)
        if found is None and not (row.additive or row is div):
            found = seen.get((row, operands))
        if found is None:
            batched = batched and any([sampled[j] for j in operands])
            found = new.append(row, operands, number, batched)
            seen[row, operands] = found
        at[i] = found
    return carry(program, new, at)
