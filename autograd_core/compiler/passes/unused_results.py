"""Results of scans that nothing reads: they are dropped, with the states, the columns and the
operands that only they need.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import replace
from typing import NamedTuple

from ..ir.program import Program
from ..ir.scans import Scan, ScanRow, result


class Pruned(NamedTuple):
    """A scan with what is needed of it, its operands, and the new numbers of its results."""

    row: ScanRow
    operands: tuple[int, ...]
    results: dict[int, int]


def needed(program: Program) -> tuple[list[bool], dict[int, Pruned]]:
    """Which instructions outputs and guards need, and the scans among them, by number."""
    live = [False] * len(program)
    for i in [*program.outputs, *program.inputs, *(i for i, _ in program.guards)]:
        live[i] = True
    read: dict[int, set[int]] = defaultdict(set)
    scans: dict[int, Pruned] = {}
    for i in range(len(program) - 1, -1, -1):
        row, operands = program.rows[i], program.operands[i]
        if not live[i] or row is None:
            continue
        if row is result:
            whole, k = operands
            read[whole].add(int(program.constants[k]))
            operands = (whole,)
        elif isinstance(row, ScanRow):
            scans[i] = _pruned(row, operands, read[i])
            operands = scans[i].operands
        for j in operands:
            live[j] = True
    return live, scans


def _pruned(row: ScanRow, operands: Sequence[int], read: set[int]) -> Pruned:
    scan, body = row.scan, row.scan.body
    s, first = scan.states, scan.states + scan.series
    series = [k for k in range(scan.series) if s + k in read]
    history = [h for h in range(len(scan.history)) if first + h in read]
    states = {k for k in range(s) if k in read} | {scan.history[h] for h in history}
    while True:
        outputs = [body.outputs[k] for k in (*sorted(states), *[s + k for k in series])]
        live, _ = needed(replace(body, inputs=[], outputs=outputs))
        more = states | {k for k in range(s) if live[body.inputs[k]]}
        if more == states:
            break
        states = more
    kept = sorted(states)
    used = [live[i] for i in body.inputs]
    t = s + len(scan.tables)
    inputs = [body.inputs[k] for k in kept] + [
        i for i, own in zip(body.inputs[s:], used[s:], strict=True) if own
    ]
    given = [operands[k] for k in kept] + [
        j for j, own in zip(operands[s:], used[t:], strict=True) if own
    ]
    found = Scan(
        scan.rounds,
        scan.reverse,
        len(kept),
        tuple([x for x, own in zip(scan.tables, used[s:t], strict=True) if own]),
        sum(used[t : t + scan.columns]),
        replace(body, inputs=inputs, outputs=outputs),
        tuple([kept.index(scan.history[h]) for h in history]),
        scan.kinked,
    )
    numbers = [*kept, *[s + k for k in series], *[first + h for h in history]]
    return Pruned(row.with_scan(found), tuple(given), {k: n for n, k in enumerate(numbers)})
