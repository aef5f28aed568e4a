"""Dead code: instructions that no output and no guard needs are dropped. Inputs stay, used or
not.
"""

from __future__ import annotations

from ..ir.program import Program


def remove_dead_code(program: Program) -> Program:
    live = [False] * len(program)
    for i in [*program.inputs, *program.outputs, *(i for i, _ in program.guards)]:
        live[i] = True
    for i in range(len(program) - 1, -1, -1):
        if live[i]:
            for j in program.operands[i]:
                live[j] = True
    new = Program()
    at = [-1] * len(program)
    for i, row in enumerate(program.rows):
        if live[i]:
            at[i] = new.append(
                row,
                tuple([at[j] for j in program.operands[i]]),
                program.recorded[i],
                program.batched[i],
            )
    return carry(program, new, at)


def carry(old: Program, new: Program, at: list[int]) -> Program:
    """Give the new program the inputs, constants, names, outputs and guards of the old; `at`
    says where each now is.
    """
    new.inputs = [at[i] for i in old.inputs]
    new.constants.update({at[i]: c for i, c in old.constants.items() if at[i] >= 0})
    new.names.update({at[i]: name for i, name in old.names.items() if at[i] >= 0})
    new.summed, new.deferred, new.without = old.summed, old.deferred, old.without
    new.strict, new.apart = old.strict, old.apart
    new.outputs = [at[i] for i in old.outputs]
    new.guards = [(at[i], truth) for i, truth in old.guards]
    new.masks = [at[i] if i >= 0 else i for i in old.masks if i < 0 or at[i] not in new.constants]
    if old.forward is not None:
        new.forward = 1 + max(at[: old.forward], default=-1)
    return new
