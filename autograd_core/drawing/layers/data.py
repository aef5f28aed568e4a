"""From a graph to its layers in numbers: how large the gradients of each are, found in one pass
over any graph.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence
from itertools import groupby, pairwise

from ..graph.alarms import summary
from ..graph.grouping import NONE
from ..graph.layering import Layering
from ..graph.saturation import is_saturated
from ..graph.walk import PLAIN, Flat, for_each_tuple
from .crossings import crossings
from .model import Band, Layers

MOST = 16
SECTIONS = 8


def layers(flat: Flat) -> Layers:
    """The layer level of a graph."""
    layering = Layering.of(flat)
    titles, band_of = _bands(flat, layering)
    members: list[list[int]] = [[] for _ in range(len(titles) + 2)]
    for i, k in enumerate(band_of):
        members[k].append(i)
    bands = [
        _band(flat, layering, f"l{k}", title, repeats, members[k])
        for k, (title, repeats) in enumerate(titles)
    ]
    arrows, inputs = crossings(flat, band_of, len(bands))
    # ∂L/∂w is not compared with the gradient of an operation
    alike = [band for band in bands if band.parameters] or bands
    last = alike[-1].rms if alike else None
    for band in alike:
        if band.rms is not None and last is not None:
            band.ratio = band.rms / last if last else math.nan
    return Layers(**summary(flat), cards=tuple(bands), arrows=arrows, inputs=inputs)


def _bands(flat: Flat, layering: Layering) -> tuple[list[tuple[str, int]], list[int]]:
    """The titles of the bands, each with how many layers of one kind it stands for, and the band of
    each node: that of its layer, else of the layer that uses it.

    What lies above the layers is at their number, inputs one further. A graph without layers is cut
    by depth.
    """
    paths = [layer.path for layer in layering.layers]
    if not paths:
        return _sections(flat)
    kinds = _kinds(flat, layering) if len(paths) > MOST else []
    chunks = _chunks(kinds) if kinds else [[k] for k in range(len(paths))]
    titles = [_chunk_title(paths, chunk, kinds) for chunk in chunks]
    band = {layer: k for k, chunk in enumerate(chunks) for layer in chunk}
    above, inputs = len(titles), len(titles) + 1
    of = [band.get(k, NONE) for k in layering.layer_of] + [NONE]
    band_of = [of[k] for k in layering.group_of]
    seen: set[int] = set()  # operands that have their bands
    for i in reversed(range(len(band_of))):
        sides = flat.sides[i]
        if not sides:
            is_input = flat.nodes[i].role == "input" and layering.group_of[i] == NONE
            if is_input or band_of[i] == NONE:
                band_of[i] = inputs
        elif band_of[i] == NONE:
            band_of[i] = above
        elif band_of[i] != above:
            for operands, _, _ in sides:
                if id(operands) in seen:
                    continue
                seen.add(id(operands))
                for j in operands:
                    if (
                        j != PLAIN
                        and band_of[j] == NONE
                        and (flat.sides[j] or flat.nodes[j].role == "parameter")
                    ):
                        band_of[j] = band_of[i]
    return titles, band_of


def _kinds(flat: Flat, layering: Layering) -> list[Counter[str]]:
    """What each layer is made of: how many parameters, and how many of each operation."""
    kinds: list[Counter[str]] = [Counter() for _ in layering.layers]
    for node, k in zip(flat.nodes, layering.group_of, strict=True):
        if k != NONE and layering.layer_of[k] != NONE:
            kinds[layering.layer_of[k]][node.operation.name if node.operation else node.role] += 1
    return kinds


def _chunks(kinds: Sequence[Counter[str]]) -> list[list[int]]:
    """The layers in as many bands as can be looked at: those of a repeated kind share bands. Where
    few repeat, any neighbours share one.
    """
    runs = [[*run] for _, run in groupby(range(len(kinds)), key=lambda k: sorted(kinds[k].items()))]
    size = 1
    while sum([-(-len(run) // size) for run in runs]) > MOST and size < len(kinds):
        size += 1
    chunks = [run[k : k + size] for run in runs for k in range(0, len(run), size)]
    if len(chunks) > MOST:
        size = -(-len(kinds) // MOST)
        chunks = [[*range(k, min(k + size, len(kinds)))] for k in range(0, len(kinds), size)]
    return chunks


def _chunk_title(
    paths: Sequence[str], chunk: Sequence[int], kinds: Sequence[Counter[str]]
) -> tuple[str, int]:
    """layer 3, or layer 3 … layer 14, and 12 where these are alike."""
    first, last = paths[chunk[0]], paths[chunk[-1]]
    if len(chunk) == 1:
        return first, 1
    alike = all(kinds[k] == kinds[chunk[0]] for k in chunk)
    return f"{first} … {last}", len(chunk) if alike else 1


def _sections(flat: Flat) -> tuple[list[tuple[str, int]], list[int]]:
    """Bands of operations equally deep above the leaves."""
    depth = [0] * (len(flat.nodes) + 1)  # the last of plain numbers, at PLAIN
    deepest_of = for_each_tuple(lambda operands: max([depth[j] for j in operands]))
    for i, sides in enumerate(flat.sides):
        for operands, _, _ in sides:
            depth[i] = max(depth[i], 1 + deepest_of(operands))
    deepest = max(depth)
    count = max(1, min(SECTIONS, deepest))
    bounds = [round(k * deepest / count) for k in range(count + 1)]
    titles = [
        f"depth {a + 1:,}–{b:,}" if b > a + 1 else f"depth {b:,}" for a, b in pairwise(bounds)
    ]
    of = [count + 1] + [k for k in range(count) for _ in range(bounds[k], bounds[k + 1])]
    return [(title, 1) for title in titles], [of[d] for d in depth[:-1]]


def _band(
    flat: Flat, layering: Layering, id: str, title: str, repeats: int, members: Sequence[int]
) -> Band:
    """A layer in numbers; `members` are its nodes."""
    nodes = [flat.nodes[i] for i in members]
    kinds = [node.operation for node in nodes]
    gradients = [flat.gradients[i] or 0.0 if flat.computed else 0.0 for i in members]
    of_parameters = [g for kind, g in zip(kinds, gradients, strict=True) if kind is None]
    found = Counter([kind for kind in kinds if kind is not None])
    operations: Counter[str] = Counter()
    for operation, count in found.items():
        operations[operation.name if operation.symbol == "·" else operation.symbol] += count
    activations = {kind: count for kind, count in found.items() if kind.steepest is not None}
    saturated = [
        is_saturated(next(flat.edges(i))[1], kind.steepest)
        for i, kind in zip(members, kinds, strict=True)
        if kind is not None and kind.steepest is not None
    ]
    numbers = zip(nodes, gradients, strict=True)
    return Band(
        id=id,
        title=title,
        repeats=repeats,
        nodes=len(nodes),
        parameters=len(of_parameters),
        operations=operations,
        gradients=(of_parameters or gradients) if flat.computed else [],
        fan=_fan(flat, layering, members) if of_parameters else None,
        activation=max(activations, key=activations.__getitem__).symbol if activations else "",
        activations=sum(activations.values()),
        flat=sum(saturated),
        not_finite=sum(x._number - x._number != 0.0 or g - g != 0.0 for x, g in numbers),
    )


def _fan(flat: Flat, layering: Layering, members: Sequence[int]) -> tuple[int, int] | None:
    """How many operands the first dot product of a layer has, but for that of the bias, and how
    many units the layer has; None where that is not known.
    """
    known = [layering.layer_of[k] for i in members if (k := layering.group_of[i]) != NONE]
    first = min(known, default=NONE)  # of several that share a band
    operations = [
        i
        for i in members
        if flat.sides[i] and first in (NONE, layering.layer_of[layering.group_of[i]])
    ]
    units = {layering.groups[k] for i in operations if (k := layering.group_of[i]) != NONE}
    units -= set(layering.layers)
    for i in operations:
        operation = flat.nodes[i].operation
        if units and operation is not None and operation.pairs:
            factors = [j for operands, _, _ in flat.sides[i] for j in operands]
            return len(factors) // 2 - (factors[-1] == PLAIN), len(units)
    return None
