"""From a graph to its layers in numbers: how large the gradients of each are, found in one pass
over any graph.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import pairwise

from ...engine.node import Node
from ...primitives import Primitive
from ..graph.alarms import alarm
from ..graph.grouping import NONE
from ..graph.layering import Layering
from ..graph.saturation import is_saturated
from ..graph.walk import NUMBER, Flat, once
from .crossings import Crossing, crossings

MOST = 16
SECTIONS = 8
VANISHING, EXPLODING = 1e-3, 1e3


@dataclass
class Band:
    """One layer: what it is made of, and the gradients of its parameters (of its operations, where
    it has none).

    `ratio` is its rms over that of the last layer; None where it has no parameters, but others
    have. `saturated` is the share of activations with less than a fifth of the steepest slope.
    `fan` is the number of operands and of units, where that is known.
    """

    id: str
    title: str
    nodes: int = 0
    parameters: int = 0
    operations: Counter[str] = field(default_factory=Counter)
    gradients: list[float] = field(default_factory=list)
    fan: tuple[int, int] | None = None
    activation: str = ""
    activations: int = 0
    flat: int = 0
    not_finite: int = 0
    ratio: float | None = None

    @property
    def rms(self) -> float | None:
        """The root of the mean square of the gradients; None before a backward pass."""
        return (
            math.hypot(*self.gradients) / math.sqrt(len(self.gradients)) if self.gradients else None
        )

    @property
    def saturated(self) -> float | None:
        return self.flat / self.activations if self.activations else None

    @property
    def verdict(self) -> str:
        """ "vanishing", "exploding" or ""."""
        if self.ratio is None or self.ratio != self.ratio:
            return ""
        return (
            "vanishing" if self.ratio < VANISHING else "exploding" if self.ratio > EXPLODING else ""
        )


@dataclass(frozen=True)
class Layers:
    """The layer level of a graph; the bands stand in the order of computation. `inputs` counts
    the leaves that feed them.
    """

    name: str
    value: float
    gradient: float | None
    nodes: int
    bands: tuple[Band, ...]
    crossings: tuple[Crossing, ...]
    inputs: int
    computed: bool
    alarm: str

    def band(self, title: str) -> Band:
        """The first band with that title, or with that id."""
        return next(band for band in self.bands if title in (band.title, band.id))


def layers(value: Node, flat: Flat) -> Layers:
    """The layer level of the graph below `value`."""
    computed = value._grad is not None
    gradients = flat.sweep(1.0 if value._grad is None else value._grad)
    layering = Layering.of(flat)
    titles, place = _places(flat, layering)
    bands = [Band(f"l{k}", title) for k, title in enumerate(titles)]
    _count(flat, layering, place, gradients if computed else None, bands)
    between, inputs = crossings(flat, place, gradients, len(bands), computed)
    alike = [
        band for band in bands if band.parameters
    ] or bands  # ∂L/∂w is not compared with the gradient of an operation
    last = alike[-1].rms if alike else None
    for band in alike:
        rms = band.rms
        band.ratio = None if rms is None or last is None else rms / last if last else math.nan
    return Layers(
        name=value.label or "the result",
        value=value._number,
        gradient=value._grad,
        nodes=len(flat.nodes),
        bands=tuple(bands),
        crossings=tuple(between),
        inputs=inputs,
        computed=computed,
        alarm=alarm(flat, gradients, computed),
    )


def _places(flat: Flat, layering: Layering) -> tuple[list[str], list[int]]:
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
        titles = [
            f"{titles[k]} … {titles[min(k + size, len(titles)) - 1]}"
            for k in range(0, len(titles), size)
        ]
    above, inputs = len(titles), len(titles) + 1
    of = [NONE if k == NONE else k // size for k in layering.layer_of] + [NONE]
    place = [of[k] for k in layering.member]
    seen: set[int] = set()  # operands that have their places
    for i in range(len(place) - 1, -1, -1):
        sides = flat.sides[i]
        if not sides:
            if place[i] == NONE or (flat.nodes[i].role == "input" and layering.member[i] == NONE):
                place[i] = inputs
            continue
        if place[i] == NONE:
            place[i] = above
        elif place[i] != above:
            for places in sides:
                if id(places) in seen:
                    continue
                seen.add(id(places))
                for j in places:
                    if (
                        j != NUMBER
                        and place[j] == NONE
                        and (flat.sides[j] or flat.nodes[j].role == "parameter")
                    ):
                        place[j] = place[i]
    return titles, place


def _sections(flat: Flat) -> tuple[list[str], list[int]]:
    """Bands of operations equally deep above the leaves."""
    depth = [0] * len(flat.nodes) + [0]
    deepest_of = once(lambda places: max([depth[j] for j in places]))
    for i, sides in enumerate(flat.sides):
        for places in sides:
            below = (
                deepest_of(places) if len(places) > 2 else max(depth[places[0]], depth[places[-1]])
            )
            depth[i] = max(depth[i], 1 + below)
    deepest = max(depth)
    count = max(1, min(SECTIONS, deepest))
    bounds = [round(k * deepest / count) for k in range(count + 1)]
    titles = [
        f"depth {a + 1:,}–{b:,}" if b > a + 1 else f"depth {b:,}" for a, b in pairwise(bounds)
    ]
    of = [count + 1] + [k for k in range(count) for _ in range(bounds[k], bounds[k + 1])]
    return titles, [of[d] for d in depth[:-1]]


def _slope(flat: Flat, i: int) -> float | None:
    """The derivative of node i by its only operand; None where it is not followed."""
    (to,) = flat.flowing[i]
    return None if to is None or to[0] == NUMBER else flat.local[i][0][0]


def _count(
    flat: Flat,
    layering: Layering,
    place: Sequence[int],
    gradients: Sequence[float | None] | None,
    bands: Sequence[Band],
) -> None:
    """Fill in the numbers of the bands."""
    operations: list[list[float]] = [[] for _ in bands]
    inside: list[set[int]] = [set() for _ in bands]
    rows: list[Counter[Primitive]] = [Counter() for _ in bands]
    for i, (node, k) in enumerate(zip(flat.nodes, place, strict=True)):
        if k >= len(bands):
            continue
        band = bands[k]
        band.nodes += 1
        g = 0.0 if gradients is None else gradients[i] or 0.0
        y, row = node._number, node.operation
        if y - y != 0.0 or g - g != 0.0:
            band.not_finite += 1
        if row is None:
            band.parameters += 1
            band.gradients.append(g)
            continue
        operations[k].append(g)
        rows[k][row] += 1
        inside[k].add(layering.member[i])
        if row.steepest is not None:
            band.flat += is_saturated(_slope(flat, i), row.steepest)
        elif band.fan is None and row.pairs:
            factors = [j for places in flat.sides[i] for j in places]
            band.fan = (len(factors) // 2 - (factors[-1] == NUMBER), 0)
    for k, band in enumerate(bands):
        groups = {layering.groups[m] for m in inside[k] if m != NONE} - set(layering.layers)
        band.fan = (band.fan[0], len(groups)) if band.fan and groups and band.parameters else None
        if gradients is None or not band.parameters:
            band.gradients = [] if gradients is None else operations[k]
        for row, count in rows[k].items():
            band.operations[row.name if row.symbol == "·" else row.symbol] += count
        activations = {row: count for row, count in rows[k].items() if row.steepest is not None}
        band.activations = sum(activations.values())
        band.activation = (
            max(activations, key=activations.__getitem__).symbol if activations else ""
        )
