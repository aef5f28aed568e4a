"""From a graph to its layers in numbers: how large the gradients of each are, found in one pass
over any graph.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence
from itertools import pairwise

from ...primitives import Primitive
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
    bands = [Band(f"l{k}", title) for k, title in enumerate(titles)]
    _count(flat, layering, band_of, bands)
    arrows, inputs = crossings(flat, band_of, len(bands))
    alike = [
        band for band in bands if band.parameters
    ] or bands  # ∂L/∂w is not compared with the gradient of an operation
    last = alike[-1].rms if alike else None
    for band in alike:
        rms = band.rms
        band.ratio = None if rms is None or last is None else rms / last if last else math.nan
    return Layers(**summary(flat), cards=tuple(bands), arrows=arrows, inputs=inputs)


def _bands(flat: Flat, layering: Layering) -> tuple[list[str], list[int]]:
    """The titles of the bands and the band of each node: that of its layer, else of the layer that
    uses it.

    What lies above the layers is at their number, inputs one further. A graph without layers is cut
    by depth.
    """
    titles = [layer.path for layer in layering.layers]
    if not titles:
        return _sections(flat)
    size = math.ceil(len(titles) / MOST)
    if size > 1:
        ends = [(k, min(k + size, len(titles)) - 1) for k in range(0, len(titles), size)]
        titles = [f"{titles[first]} … {titles[last]}" for first, last in ends]
    above, inputs = len(titles), len(titles) + 1
    of = [NONE if k == NONE else k // size for k in layering.layer_of] + [NONE]
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


def _sections(flat: Flat) -> tuple[list[str], list[int]]:
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
    return titles, [of[d] for d in depth[:-1]]


def _count(flat: Flat, layering: Layering, band_of: Sequence[int], bands: Sequence[Band]) -> None:
    """Fill in the numbers of the bands."""
    sent: list[list[float]] = [[] for _ in bands]  # the gradients of the operations
    inside: list[set[int]] = [set() for _ in bands]  # their groups
    found: list[Counter[Primitive]] = [Counter() for _ in bands]
    for i, (node, k) in enumerate(zip(flat.nodes, band_of, strict=True)):
        if k >= len(bands):
            continue
        band = bands[k]
        band.nodes += 1
        g = flat.gradients[i] or 0.0 if flat.computed else 0.0
        y, operation = node._number, node.operation
        if y - y != 0.0 or g - g != 0.0:
            band.not_finite += 1
        if operation is None:
            band.parameters += 1
            band.gradients.append(g)
            continue
        sent[k].append(g)
        found[k][operation] += 1
        inside[k].add(layering.group_of[i])
        if operation.steepest is not None:
            _, slope = next(flat.edges(i))
            band.flat += is_saturated(slope, operation.steepest)
        elif band.fan is None and operation.pairs:
            factors = [j for operands, _, _ in flat.sides[i] for j in operands]
            band.fan = (len(factors) // 2 - (factors[-1] == PLAIN), 0)
    for k, band in enumerate(bands):
        groups = {layering.groups[m] for m in inside[k] if m != NONE} - set(layering.layers)
        band.fan = (band.fan[0], len(groups)) if band.fan and groups and band.parameters else None
        if not flat.computed or not band.parameters:
            band.gradients = sent[k] if flat.computed else []
        for operation, count in found[k].items():
            symbol = operation.name if operation.symbol == "·" else operation.symbol
            band.operations[symbol] += count
            if operation.steepest is not None:
                band.activations += count
        activations = [operation for operation in found[k] if operation.steepest is not None]
        band.activation = max(activations, key=found[k].__getitem__).symbol if activations else ""
