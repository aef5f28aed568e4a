"""Constant folding, and rewrites that hold for every float: those in `rewrites`, and `shares` of a
whole. Equal operations become one, but not yet for + − ×: the sums of a layer would lose their
common shape.
"""

from __future__ import annotations

from ...primitives.arithmetic import mul
from ...primitives.reductions import part_of_unit, share_of_one, unsettled
from ..ir.program import Program
from .dead_code import carry
from .rewrites import Simplifier
from .shares import Shares
from .siblings import among_different


def simplify(program: Program) -> Program:
    new = Program()
    at: list[int] = []
    simplifier = Simplifier(new)
    shares = Shares(program, simplifier)
    different = among_different(program)
    single, constants, rows = shares.single, new.constants, new.rows
    operands_of, recorded, sampled = new.operands, new.recorded, new.batched
    for i, (row, given, number, batched) in enumerate(program.instructions()):
        if row is None:
            constant = i in program.constants
            at.append(new.constant(number) if constant else new.append(None, (), number, batched))
            continue
        if row.structured:
            at.append(new.append(row, tuple([at[j] for j in given]), number, batched))
            continue
        if row.additive and len(given) == 2:
            a, b = given
            a, b = at[a], at[b]
            if a not in constants and b not in constants:  # most are these: nothing to rewrite
                if single and row is mul and (a in single or b in single):
                    a, b = shares.divided(a, b)
                at.append(len(rows))  # a fast path of `append`
                rows.append(row)
                operands_of.append((a, b))
                recorded.append(number)
                sampled.append(batched)
                continue
        operands = tuple([at[j] for j in given])
        found = None
        if row is unsettled and constants.get(operands[0]) == 0.0:
            found = new.constant(-0.0)  # it matters for further derivatives alone
        elif row is share_of_one or row is part_of_unit:
            found = shares.quotient(i, *operands)
        if found is None:
            has_samples = None if batched else False
            found = simplifier.apply(row, operands, number, has_samples, keep=i in different)
        at.append(found)
    return carry(program, new, at)
