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
    single, constants, append = shares.single, new.constants, new.append
    known = constants.keys()
    for i, (row, given, number, batched) in enumerate(program.instructions()):
        operands = tuple([at[j] for j in given])
        if row is None:
            constant = i in program.constants
            at.append(new.constant(number) if constant else append(None, (), number, batched))
        elif row.additive and len(operands) == 2 and known.isdisjoint(operands):
            # most are these: there is nothing to rewrite
            if single and row is mul and not single.isdisjoint(operands):
                operands = shares.divided(*operands)
            at.append(append(row, operands, number, batched))
        elif row is unsettled and constants.get(operands[0]) == 0.0:
            at.append(new.constant(-0.0))  # it matters for further derivatives alone
        else:
            found = None
            if row is share_of_one or row is part_of_unit:
                found = shares.quotient(i, *operands)
            if found is None:
                found = simplifier.apply(row, operands, number, keep=i in different)
            at.append(found)
    return carry(program, new, at)
