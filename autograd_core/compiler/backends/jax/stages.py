"""A program with scans as stages: in each a stretch of array operations, and then the scans that
read what it gives.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, replace

from ...ir.program import Program
from ...ir.scans import ScanRow, element, result
from .stretches import Stretch, stretch_of


@dataclass
class Structured:
    """The instructions between two stretches: scans, columns, and what is read of them. `bodies`
    are the programs of the rounds by the instruction, with what has samples noted.
    """

    instructions: list[int]
    bodies: dict[int, Program]


def stages(program: Program) -> list[Stretch | Structured]:
    """The parts in their order; `program.batched` is what the parts give."""
    numbers, structured = _numbered(program)
    read = _read_elsewhere(program, numbers)
    found: list[Stretch | Structured] = []
    for stage in range(1 + max([*numbers.values(), *structured.values()], default=0)):
        own = [i for i, k in numbers.items() if k == stage and not _is_structured(program, i)]
        if own and (stretch := stretch_of(program, own, read)).outputs:
            found.append(stretch)
        if between := [i for i, k in structured.items() if k == stage]:
            found.append(_between(program, between))
    return found


def _is_structured(program: Program, i: int) -> bool:
    row = program.rows[i]
    return row is not None and row.structured


def _numbered(program: Program) -> tuple[dict[int, int], dict[int, int]]:
    """The stage in which each number is there, and behind which each structured row is computed."""
    numbers: dict[int, int] = {}
    structured: dict[int, int] = {}
    stage = defaultdict[int, int](int)  # of everything that can be an operand; leaves have 0
    for i, (row, operands) in enumerate(zip(program.rows, program.operands, strict=True)):
        if row is None:
            continue
        stage[i] = max([stage[j] for j in operands], default=0)
        if not row.structured:
            numbers[i] = stage[i]
            continue
        structured[i] = stage[i]
        if row is element or (row is result and _is_number(program, operands)):
            stage[i] += 1
    return numbers, structured


def _is_number(program: Program, operands: Sequence[int]) -> bool:
    """Whether a result of a scan is a number of its last round."""
    whole, k = operands
    row = program.rows[whole]
    assert isinstance(row, ScanRow)
    return program.constants[k] < row.scan.finals


def _read_elsewhere(program: Program, numbers: dict[int, int]) -> set[int]:
    read = {*program.outputs, *[i for i, _ in program.guards]}
    for i, operands in enumerate(program.operands):
        stage = numbers.get(i, -1)
        read.update([j for j in operands if numbers.get(j, stage) != stage])
    return read


def _between(program: Program, instructions: list[int]) -> Structured:
    bodies = {}
    for i in instructions:
        row, operands = program.rows[i], program.operands[i]
        program.batched[i] = any([program.batched[j] for j in operands])
        if isinstance(row, ScanRow):
            scan = row.scan
            _, columns, shared = scan.parts(operands)
            flags = [program.batched[i]] * scan.states + [False] * len(scan.tables)
            flags += [program.batched[j] for j in (*columns, *shared)]
            bodies[i] = with_samples(scan.body, flags)
    return Structured(instructions, bodies)


def with_samples(body: Program, flags: Sequence[bool]) -> Program:
    """The program of a round whose inputs have samples as the flags say."""
    own = dict(zip(body.inputs, flags, strict=True))
    batched: list[bool] = []
    for i, operands in enumerate(body.operands):
        batched.append(own.get(i, False) or any([batched[j] for j in operands]))
    return replace(body, batched=batched)
