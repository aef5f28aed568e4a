"""Dead code: instructions that no output and no guard needs are dropped. Inputs stay, used or
not.
"""

from __future__ import annotations

from collections.abc import Sequence

from ..ir.program import Program, uses
from ..ir.scans import has_scans, result
from .unused_results import Pruned, needed


def remove_dead_code(program: Program) -> Program:
    live: Sequence[int]
    scans: dict[int, Pruned] = {}
    if has_scans(program):
        live, scans = needed(program)
    else:
        live = uses(program)
        for i in program.inputs:
            live[i] += 1
    new = Program()
    at = [-1] * len(program)
    constants, append = program.constants, new.append
    for i, (row, operands, number, batched) in enumerate(program.instructions()):
        if not live[i]:
            continue
        if row is None and i in constants:
            at[i] = new.constant(number)
        elif i in scans:
            row, operands, _ = scans[i]
            at[i] = append(row, tuple([at[j] for j in operands]), number, batched)
        elif row is result:
            whole, k = operands
            place = new.constant(float(scans[whole].results[int(constants[k])]))
            at[i] = append(row, (at[whole], place), number, batched)
        elif len(operands) == 2:  # most have two
            a, b = operands
            at[i] = append(row, (at[a], at[b]), number, batched)
        else:
            at[i] = append(row, tuple([at[j] for j in operands]), number, batched)
    return carry(program, new, at)


def carry(old: Program, new: Program, at: list[int]) -> Program:
    """Give the new program the inputs, names, outputs and guards of the old; `at` says where each
    instruction is now, -1 for one that was dropped.
    """
    new.inputs = [at[i] for i in old.inputs]
    new.names.update({at[i]: name for i, name in old.names.items() if at[i] >= 0})
    new.summed, new.deferred, new.without = old.summed, old.deferred, old.without
    new.strict, new.apart = old.strict, old.apart
    new.outputs = [at[i] for i in old.outputs]
    new.guards = [(at[i], truth) for i, truth in old.guards]
    new.masks = [at[i] for i in old.masks if at[i] >= 0 and at[i] not in new.constants]
    if old.forward is not None:
        new.forward = 1 + max(at[: old.forward], default=-1)
    return new
