"""A scan as the text of a Python function: a `for` loop over its rounds.

`x_at` is the column that the rounds read x from, `y0_at` that of their first result, and `before0`
the first state before each round.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from ..ir.scans import Scan
from .expressions import listed

_DEEPER = " " * 8


def scan_function(
    name: str,
    k: str,
    scan: Scan,
    names: Sequence[str],
    body: Sequence[str],
    results: Sequence[str],
    scope: dict[str, Any],
) -> list[str]:
    """The lines of a function that runs a scan. `names` are those of the inputs of a round, `body`
    its lines, `results` the texts of its outputs, and k is the name of its number. The tables are
    put into the scope.
    """
    s, t = scan.states, scan.states + len(scan.tables)
    states, entries, shared = names[:s], names[t : t + scan.columns], names[t + scan.columns :]
    columns = [f"{x}_at" if f"{x}_at" not in names else f"{x}_at_" for x in entries]
    found = [f"y{j}_at" for j in range(scan.series)]
    before = [f"before{j}" for j in scan.history]
    order = f"range({scan.rounds})"
    lines = listed(f"def {name}(", [*states, *columns, *shared], "):", "")
    lines += [f"    {x} = [0.0] * {scan.rounds}" for x in (*found, *before)]
    lines.append(f"    for {k} in {f'reversed({order})' if scan.reverse else order}:")
    lines += [f"{_DEEPER}{x}[{k}] = {states[j]}" for x, j in zip(before, scan.history, strict=True)]
    for x, numbers in zip(names[s:t], scan.tables, strict=True):
        table = f"column{1 + sum([x.startswith('column') for x in scope])}"
        scope[table] = numbers
        lines.append(f"{_DEEPER}{x} = {table}[{k}]")
    lines += [f"{_DEEPER}{x} = {xs}[{k}]" for x, xs in zip(entries, columns, strict=True)]
    lines += [f"    {line}" for line in body]
    lines += [f"{_DEEPER}{x}[{k}] = {y}" for x, y in zip(found, results[s:], strict=True)]
    if s:
        lines += listed(f"[{', '.join(states)}] = [", [*results[:s]], "]", _DEEPER)
    return [*lines, *listed("return [", [*states, *found, *before], "]"), ""]
