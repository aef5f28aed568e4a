"""From a graph to its layers in numbers: how large the gradients of each are, found in one pass over any graph."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import pairwise

from ..node import Node
from ..primitives import Primitive
from .alarms import alarm
from .grouping import NONE
from .saturation import STEEPEST, is_saturated
from .structure import Structure
from .walk import NUMBER, Flat

MOST = 16
SECTIONS = 8
VANISHING, EXPLODING = 1e-3, 1e3


@dataclass
class Band:
    """One layer: what it is made of, and the gradients of its parameters (of its operations, where it has none).

    `ratio` is its rms over that of the last layer, `saturated` the share of activations with less than a fifth of the
    steepest slope. `fan` is the number of operands and of units, where that is known.
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
        return math.hypot(*self.gradients) / math.sqrt(len(self.gradients)) if self.gradients else None

    @property
    def saturated(self) -> float | None:
        return self.flat / self.activations if self.activations else None

    @property
    def verdict(self) -> str:
        """ "vanishing", "exploding" or ""."""
        if self.ratio is None or self.ratio != self.ratio:
            return ""
        return "vanishing" if self.ratio < VANISHING else "exploding" if self.ratio > EXPLODING else ""


@dataclass(frozen=True)
class Crossing:
    """The size of the gradient that one band sends to another."""

    id: str
    user: str
    operand: str
    norm: float | None


@dataclass(frozen=True)
class Layers:
    """The layer level of a graph; the bands stand in the order of computation. `inputs` counts the leaves that feed them."""

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
    structure = Structure.of(flat)
    titles, place = _places(flat, structure)
    bands = [Band(f"l{k}", title) for k, title in enumerate(titles)]
    _count(flat, structure, place, gradients if computed else None, bands)
    crossings, inputs = _crossings(flat, place, gradients, len(bands), computed)
    last = next((band.rms for band in reversed(bands) if band.parameters), bands[-1].rms if bands else None)
    for band in bands:
        rms = band.rms
        band.ratio = None if rms is None or last is None else rms / last if last else math.nan
    return Layers(
        name=value.label or "the result",
        value=value._data,
        gradient=value._grad,
        nodes=len(flat.nodes),
        bands=tuple(bands),
        crossings=tuple(crossings),
        inputs=inputs,
        computed=computed,
        alarm=alarm(flat, gradients, computed),
    )


def _places(flat: Flat, structure: Structure) -> tuple[list[str], list[int]]:
    """The titles of the bands and the band of each node: that of its layer, else of the layer that uses it.

    What lies above the layers is at their number, inputs one further. A graph without layers is cut by depth.
    """
    titles = [layer.path for layer in structure.layers]
    if not titles:
        return _sections(flat)
    size = math.ceil(len(titles) / MOST)
    if size > 1:
        titles = [f"{titles[k]} … {titles[min(k + size, len(titles)) - 1]}" for k in range(0, len(titles), size)]
    above, inputs = len(titles), len(titles) + 1
    of = [NONE if k == NONE else k // size for k in structure.layer_of] + [NONE]
    place = [of[k] for k in structure.member]
    for i in range(len(place) - 1, -1, -1):
        targets = flat.targets[i]
        if not targets:
            if place[i] == NONE or (flat.nodes[i].role == "input" and structure.member[i] == NONE):
                place[i] = inputs
            continue
        if place[i] == NONE:
            place[i] = above
        elif place[i] != above:
            for j in targets:
                if j != NUMBER and place[j] == NONE and (flat.targets[j] or flat.nodes[j].role == "parameter"):
                    place[j] = place[i]
    return titles, place


def _sections(flat: Flat) -> tuple[list[str], list[int]]:
    """Bands of operations equally deep above the leaves."""
    depth = [0] * len(flat.nodes) + [0]
    for i, targets in enumerate(flat.targets):
        if targets:
            depth[i] = 1 + max([depth[j] for j in targets])
    deepest = max(depth)
    count = max(1, min(SECTIONS, deepest))
    bounds = [round(k * deepest / count) for k in range(count + 1)]
    titles = [f"depth {a + 1:,}–{b:,}" if b > a + 1 else f"depth {b:,}" for a, b in pairwise(bounds)]
    of = [count + 1] + [k for k in range(count) for _ in range(bounds[k], bounds[k + 1])]
    return titles, [of[d] for d in depth[:-1]]


def _count(
    flat: Flat, structure: Structure, place: Sequence[int], gradients: Sequence[float | None] | None, bands: Sequence[Band]
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
        if node._data - node._data != 0.0 or g - g != 0.0:
            band.not_finite += 1
        row = node._operation
        if row is None:
            band.parameters += 1
            band.gradients.append(g)
            continue
        operations[k].append(g)
        rows[k][row] += 1
        inside[k].add(structure.member[i])
        if row.name in STEEPEST:
            band.flat += is_saturated(flat.partials[i][0], STEEPEST[row.name])
        elif band.fan is None and row.name == "dot":
            targets = flat.targets[i]
            band.fan = (len(targets) // 2 - (targets[-1] == NUMBER), 0)
    for k, band in enumerate(bands):
        groups = {structure.groups[m] for m in inside[k] if m != NONE} - set(structure.layers)
        band.fan = (band.fan[0], len(groups)) if band.fan and groups and band.parameters else None
        if gradients is None or not band.parameters:
            band.gradients = [] if gradients is None else operations[k]
        for row, count in rows[k].items():
            band.operations[row.name if row.symbol == "·" else row.symbol] += count
        activations = {row: count for row, count in rows[k].items() if row.name in STEEPEST}
        band.activations = sum(activations.values())
        band.activation = max(activations, key=activations.__getitem__).symbol if activations else ""


def _crossings(
    flat: Flat, place: Sequence[int], gradients: Sequence[float | None], count: int, computed: bool
) -> tuple[list[Crossing], int]:
    """The sizes of the gradients between bands, and how many inputs there are."""
    sent: dict[tuple[int, int], dict[int, float]] = {}
    to: dict[int, float] = {}
    for i, targets in enumerate(flat.targets):
        k = current = place[i]
        g = gradients[i]
        for j, p in zip(targets, flat.partials[i], strict=True):
            at = place[j]  # of a plain number the last place
            if at != k and j != NUMBER and (at == count + 1 or flat.targets[j]):
                if at != current:
                    to, current = sent.setdefault((k, at), {}), at
                to[j] = to.get(j, 0.0) + (0.0 if p is None or g is None else g * p)
    names = [f"l{k}" for k in range(count)] + ["result", "inputs"]
    inputs = {j for (k, to), shares in sent.items() if to == count + 1 and k < count for j in shares}
    crossings = [
        Crossing(f"e{n}", names[k], names[to], math.hypot(*shares.values()) if computed else None)
        for n, ((k, to), shares) in enumerate(sorted(sent.items(), reverse=True))
        if (k, to) != (count, count + 1)
    ]
    return crossings, len(inputs)
