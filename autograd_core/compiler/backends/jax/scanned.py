"""Loops that are one instruction, as `jax.lax.scan`: scans, columns, and what is read of them."""

from __future__ import annotations

from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from ...ir.program import Program
from ...ir.scans import Scan, ScanRow, column, element
from .evaluation import Form, stacked
from .known import Known
from .stages import Structured


def run_structured(
    known: Known, program: Program, part: Structured, forms: dict[int, Form]
) -> None:
    """Compute the instructions of a part in their order."""
    elements: list[int] = []
    for i in part.instructions:
        row, operands = program.rows[i], program.operands[i]
        if row is element:
            elements.append(i)
        elif row is column:
            known.columns[i] = known.read(operands, program.batched[i])
        elif isinstance(row, ScanRow):
            known.columns[i] = _scanned(known, program, i, row.scan, forms[i])
        else:
            _keep_result(known, program, i)
    _keep_elements(known, program, elements)


def _keep_result(known: Known, program: Program, i: int) -> None:
    whole, k = program.operands[i]
    row = program.rows[whole]
    assert isinstance(row, ScanRow)
    found = known.columns[whole][int(program.constants[k])]
    if program.constants[k] < row.scan.finals:
        known.write([i], found[None], program.batched[i])
    else:
        known.columns[i] = found


def _keep_elements(known: Known, program: Program, elements: list[int]) -> None:
    """The elements of each column at once."""
    of: dict[int, list[int]] = {}
    for i in elements:
        of.setdefault(program.operands[i][0], []).append(i)
    for whole, each in of.items():
        places = np.array([int(program.constants[program.operands[i][1]]) for i in each])
        known.write(each, known.columns[whole][places], program.batched[each[0]])


def _scanned(known: Known, program: Program, i: int, scan: Scan, form: Form) -> list[Any]:
    """The results of a scan: states after the last round, and columns."""
    states, columns, shared = scan.parts(program.operands[i])
    batched = program.batched[i]
    fixed = known.parted(shared, [program.batched[j] for j in shared])
    flags = [program.batched[j] for j in columns]
    entries = [
        [known.columns[j] for j, own in zip(columns, flags, strict=True) if own == kind]
        for kind in (False, True)
    ]
    entries[0] = [*[jnp.asarray(x, known.dtype) for x in scan.tables], *entries[0]]

    def one_round(state: Any, x: tuple[list[Any], list[Any]]) -> Any:
        own = [(state, state[:0]), (state[:0], state)][batched]
        parts = []
        for kind in (False, True):
            shape = (0, known.samples)[: 1 + kind]
            given = jnp.stack(x[kind]) if x[kind] else jnp.zeros(shape, known.dtype)
            first = own[kind] if len(own[kind]) else jnp.zeros(shape, known.dtype)
            parts.append(jnp.concatenate([first, given, fixed[kind]]))
        found = _in_order(form, parts[0], parts[1] if len(parts[1]) else None, batched, known)
        before = state[np.array(scan.history, int)]
        return found[: scan.states], (found[scan.states :], before)

    begin = known.read(states, batched)
    last, (series, before) = jax.lax.scan(
        one_round, begin, (entries[0], entries[1]), scan.rounds, reverse=scan.reverse
    )
    later = [*jnp.moveaxis(series, 1, 0), *jnp.moveaxis(before, 1, 0)]
    return [*last, *later]


def _in_order(form: Form, numbers: Any, rows: Any, batched: bool, known: Known) -> Any:
    """The outputs of a round in their order, with samples if the scan has them."""
    results = form(numbers, rows)
    if not batched:
        return results.numbers
    single = jnp.broadcast_to(results.numbers[:, None], (len(results.numbers), known.samples))
    each = stacked(results)
    whole = single if each is None else jnp.concatenate([single, each])
    order = np.argsort(np.argsort(form.sampled, kind="stable"), kind="stable")
    return whole[order]
