"""Programs as text, one instruction a line, in the notation of the field."""

from __future__ import annotations

from .program import Program


def listing(program: Program) -> str:
    """`%5 = mul %3 %4` for each instruction, with inputs first and outputs last.

    A trailing `*` marks what has a value for each sample of a batch.
    """
    lines = [f"program of {len(program.inputs)} inputs, {len(program)} instructions, {len(program.outputs)} outputs"]
    given = {i: k for k, i in enumerate(program.inputs)}
    for i, (row, operands) in enumerate(zip(program.rows, program.operands, strict=True)):
        star = "*" if program.batched[i] else ""
        if row is not None:
            lines.append(f"  %{i}{star} = {row.name} " + " ".join(f"%{j}" for j in operands))
        elif i in given:
            name = repr(program.names.get(i, ""))[1:-1]  # on one line, whatever is in it
            lines.append(f"  %{i}{star} = input {given[i]}" + (f"  # {name}" if name else ""))
        else:
            lines.append(f"  %{i} = {program.constants[i]!r}")
    lines += [f"  guard %{i} is {truth}" for i, truth in program.guards]
    lines.append("  return " + " ".join(f"%{i}" for i in program.outputs))
    return "\n".join(lines)
