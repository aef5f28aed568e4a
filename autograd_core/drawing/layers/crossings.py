"""How large the gradient is where it goes from one layer to another."""

from __future__ import annotations

import math
from collections.abc import Sequence
from itertools import repeat

from ...primitives.products import products_of
from ..graph.walk import PLAIN, Flat, Indices
from ..render.content import Arrow


def crossings(flat: Flat, band_of: Sequence[int], count: int) -> tuple[tuple[Arrow, ...], int]:
    """An arrow from each band to each that it takes operands from, and how many inputs there are.

    `band_of` is the band of each node: beyond the `count` layers come what lies above them, and the
    inputs.
    """
    above, inputs = count, count + 1

    def crosses(k: int, j: int) -> bool:
        return j != PLAIN and band_of[j] != k and (band_of[j] == inputs or bool(flat.sides[j]))

    sent: dict[tuple[int, int], dict[int, float]] = {}

    def send(k: int, j: int, share: float) -> None:
        to = sent.setdefault((k, band_of[j]), {})
        to[j] = to.get(j, 0.0) + share

    # By band and operands: what the users in the band send, each a gradient times its partials.
    sending: dict[tuple[int, int], tuple[Indices, list[float], list[Sequence[float]]] | None] = {}
    for sides, k, g in zip(flat.sides, band_of, flat.gradients, strict=True):
        for operands, targets, partials in sides:
            if len(operands) < 3:  # not shared
                for n, j in enumerate(operands):
                    if crosses(k, j):
                        send(k, j, 0.0 if g is None or targets is None else g * partials[n])
                continue
            key = k, id(operands)
            if key not in sending:
                leaves = any(crosses(k, j) for j in operands)
                sending[key] = (operands, [], []) if leaves else None
            users = sending[key]
            if users is not None and g is not None and targets is not None:
                users[1].append(g)
                users[2].append(partials)

    for (k, _), users in sending.items():
        operands, gs, rows = users or ((), [], [])
        totals = products_of(len(gs)).many(zip(*rows, strict=True), gs) if gs else repeat(0.0)
        for j, total in zip(operands, totals, strict=False):
            if crosses(k, j):
                send(k, j, total)
    fed = {j for (k, band), shares in sent.items() if band == inputs and k < count for j in shares}
    names = [f"l{k}" for k in range(count)] + ["result", "inputs"]
    arrows = []
    for n, ((k, band), shares) in enumerate(sorted(sent.items(), reverse=True)):
        if (k, band) != (above, inputs):
            norm = math.hypot(*shares.values()) if flat.computed else None
            arrows.append(Arrow(f"e{n}", names[k], names[band], norm, "norm"))
    return tuple(arrows), len(fed)
