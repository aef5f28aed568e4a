"""How large the gradient is where it goes from one layer to another."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from ..graph.walk import NUMBER, Flat, Shares


@dataclass(frozen=True)
class Crossing:
    """The size of the gradient that one band sends to another."""

    id: str
    user: str
    operand: str
    norm: float | None


def crossings(
    flat: Flat, place: Sequence[int], gradients: Sequence[float | None], count: int, computed: bool
) -> tuple[list[Crossing], int]:
    """The sizes of the gradients between bands, and how many inputs there are. `place` is the
    band of each node.
    """
    sent: dict[tuple[int, int], dict[int, float]] = {}

    def crosses(k: int, j: int) -> bool:
        return j != NUMBER and place[j] != k and (place[j] == count + 1 or bool(flat.sides[j]))

    def send(k: int, j: int, share: float) -> None:
        to = sent.setdefault((k, place[j]), {})
        to[j] = to.get(j, 0.0) + share

    shared: dict[tuple[int, int], Shares | None] = {}
    for i, sides in enumerate(flat.sides):
        k, g = place[i], gradients[i]
        if len(sides) == 1 and len(sides[0]) <= 2:
            for n, j in enumerate(sides[0]):
                if j != NUMBER and place[j] != k and crosses(k, j):
                    (to,), (partials,) = flat.flowing[i], flat.local[i]
                    send(
                        k, j, 0.0 if g is None or to is None or to[n] == NUMBER else g * partials[n]
                    )
            continue
        for places, to, partials in zip(sides, flat.flowing[i], flat.local[i], strict=True):
            if (k, id(places)) not in shared:
                across = [j for j in places if crosses(k, j)]
                shared[k, id(places)] = Shares(places) if across else None
                for j in across:
                    send(k, j, 0.0)
            many = shared[k, id(places)]
            if many is not None and g is not None and to is not None:
                many.to = to
                many.add(g, partials)
    for (k, _), many in shared.items():
        for j, share in many.added() if many is not None and many.gradients else ():
            if crosses(k, j):
                send(k, j, share)
    return _named(sent, count, computed)


def _named(
    sent: dict[tuple[int, int], dict[int, float]], count: int, computed: bool
) -> tuple[list[Crossing], int]:
    names = [f"l{k}" for k in range(count)] + ["result", "inputs"]
    inputs = {
        j for (k, to), shares in sent.items() if to == count + 1 and k < count for j in shares
    }
    found = [
        Crossing(f"e{n}", names[k], names[to], math.hypot(*shares.values()) if computed else None)
        for n, ((k, to), shares) in enumerate(sorted(sent.items(), reverse=True))
        if (k, to) != (count, count + 1)
    ]
    return found, len(inputs)
