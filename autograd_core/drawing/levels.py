"""Which level a graph is drawn at, and the picture of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from ..engine.node import Node
from .graph.layering import Layering
from .graph.stale import stale
from .graph.walk import Flat
from .layers import dot as layers_dot
from .layers.data import Layers, layers
from .neurons import dot as neurons_dot
from .neurons.data import network
from .neurons.model import Network
from .picture import Picture
from .render.cards import View
from .render.notation import exact, number, signed
from .render.timeline import AnimationStep, timeline
from .scalars import dot as scalars_dot
from .scalars.data import scalars
from .scalars.selection import Options

CARDS, NODES = 60, 20_000  # up to which the neurons of a graph are readable, and are looked for


@dataclass(frozen=True)
class Look:
    """How a picture is to look, what it warns of, and what its errors call it."""

    title: str = ""
    theme: str = "auto"
    direction: str = ""
    warning: str = ""
    what: str = "level='scalars'"


def picture(
    value: Node, flat: Flat, level: str, options: Options, sample: int | None, look: Look
) -> Picture:
    """The picture of the level asked for; with "auto" of the first that is readable."""
    look = replace(look, warning=look.warning or stale(flat.nodes))
    if level != "auto":
        return LEVELS[level](value, flat, options, sample, look)
    view = scalars(value, flat, options)
    if view is not None and (options.focus or not _long(view, options) or not _few_neurons(flat)):
        return _of_scalars(value, view, options, look)
    found = network(value, flat, sample) if _few_neurons(flat) else None
    if found is not None and len(found.cards) <= CARDS:
        return _of_neurons(value, found, look)
    return _of_layers(value, layers(value, flat), look)


def _scalars(value: Node, flat: Flat, options: Options, sample: int | None, look: Look) -> Picture:
    view = scalars(value, flat, options)
    if view is None:
        raise ValueError(
            f"{look.what} draws up to limit={options.limit} cards, but this graph has "
            f"{len(flat.nodes):,} nodes: "
            "draw a part of it (focus=node, steps=2), or give a larger limit"
        )
    return _of_scalars(value, view, options, look)


def _neurons(value: Node, flat: Flat, options: Options, sample: int | None, look: Look) -> Picture:
    return _of_neurons(value, network(value, flat, sample), look)


def _layers(value: Node, flat: Flat, options: Options, sample: int | None, look: Look) -> Picture:
    return _of_layers(value, layers(value, flat), look)


LEVELS = {
    "scalars": _scalars,
    "neurons": _neurons,
    "layers": _layers,
}
"""How each level is drawn. One that is added here can be chosen by its name."""


def _long(view: View, options: Options) -> bool:
    """Whether the cards have more lines than can be looked at, as those of several samples of a
    network have.
    """
    return sum([max(1, len(card.rows)) for card in view.cards]) > options.limit


def _few_neurons(flat: Flat) -> bool:
    """Whether a graph has layers, few enough to stand side by side."""
    return len(flat.nodes) <= NODES and 0 < len(Layering.of(flat).layers) <= 6


def _of_scalars(value: Node, view: View, options: Options, look: Look) -> Picture:
    name = value.label or "the result"
    title = look.title or (
        f"How the {_gradient_of(value)} {name} flows back"
        if view.computed
        else f"How {name} was computed"
    )
    drawn = sum(card.role != "constant" for card in view.cards)
    caption = [f"{drawn} of {view.nodes:,} nodes are drawn."] if options.focus else []
    caption += (
        ["Constants stand in the corners of the cards that use them."]
        if view.constants_inside
        else []
    )
    leaves = [
        (card.title, card.gradient) for card in view.cards if card.role in ("parameter", "input")
    ]
    about = [
        f"A computation graph of {len(view.cards)} nodes. {name} = {exact(value.data)}.",
        _gradients(leaves, view.computed),
    ]
    drawing = scalars_dot.source(
        view, title, look.theme, look.direction or "LR", look.warning, caption
    )
    order = [*(card.id for card in reversed(view.cards)), *(fold.id for fold in view.folds)]
    flowing = [
        (edge.id, edge.user, edge.operand)
        for edge in view.edges
        if edge.flow in ("gradient", "norm")
    ]
    return _picture(drawing, title, about, look, view, order, timeline(order, flowing))


def _of_neurons(value: Node, found: Network, look: Look) -> Picture:
    title = look.title or (f"How the {_gradient_of(value)} {found.name} flows back through the "
                           "neurons" if found.computed else
                           f"The neurons that {found.name} was computed with")  # fmt: skip
    layered = [column for column in found.columns if column.title]
    sizes = ", ".join(
        f"{column.title}: {sum(card.count for card in column.cards)}" for column in layered
    )
    neurons = [
        (f"{column.title} {card.title}", card.gradient)
        for column in layered
        for card in column.cards
    ]
    drawing = neurons_dot.source(found, title, look.theme, look.direction or "LR", look.warning)
    order = [f"column{k}" for k in reversed(range(len(found.columns)))]
    parts = {
        card.id: f"column{k}" for k, column in enumerate(found.columns) for card in column.cards
    }
    flowing = [(flow.id, flow.user, flow.operand) for flow in found.flows if flow.taken]
    steps = timeline([card.id for card in reversed(found.cards)], flowing, parts)
    about = [
        f"A network in {len(layered)} layers (neurons in {sizes}). {found.name} = "
        f"{exact(value.data)}.",
        _gradients(neurons, found.computed),
    ]
    return _picture(drawing, title, about, look, found, order, steps)


def _of_layers(value: Node, found: Layers, look: Look) -> Picture:
    title = look.title or (
        f"How large the {_gradient_of(value)} {found.name} is, layer by layer"
        if found.computed
        else f"The layers that {found.name} was computed with"
    )
    about = (
        f"A summary of {found.nodes:,} nodes in {len(found.bands)} layers. {found.name} = "
        f"{exact(found.value)}."
    )
    for band in reversed(found.bands):
        if band.rms is not None:
            verdict = f", {band.verdict}" if band.verdict else ""
            about += f" {band.title}: gradients of rms {number(band.rms)}{verdict}."
    about += "" if found.computed else " Gradients are not computed yet."
    drawing = layers_dot.source(found, title, look.theme, look.direction or "BT", look.warning)
    order = ["result", *(band.id for band in reversed(found.bands)), "inputs"]
    flowing = [(crossing.id, crossing.user, crossing.operand) for crossing in found.crossings]
    return _picture(drawing, title, [about], look, found, order, timeline(order, flowing))


def _picture(
    drawing: tuple[str, dict[str, str]],
    title: str,
    about: Sequence[str],
    look: Look,
    content: Any,
    order: Sequence[str],
    steps: Sequence[AnimationStep],
) -> Picture:
    text, tips = drawing
    return Picture(
        text,
        title=title,
        description=" ".join(filter(None, (look.warning, *about, content.alarm))),
        tips=tips,
        theme=look.theme,
        content=content,
        order=order,
        steps=steps if content.computed else (),
    )


def _gradient_of(value: Node) -> str:
    """What flows back: of a result its own gradient, of a part of a larger graph what came to
    it from there.
    """
    return (
        "gradient of"
        if value._grad in (None, 1.0)
        else f"gradient {signed(value.grad)} that came to"
    )


def _gradients(named: list[tuple[str, float | None]], computed: bool) -> str:
    """The largest gradients, in words."""
    if not computed:
        return "Gradients are not computed yet."
    known = [(name, g) for name, g in named if g is not None]
    largest = sorted(known, key=lambda pair: -abs(pair[1]))[:8]
    return (
        "Gradients: " + ", ".join(f"{name} {number(g)}" for name, g in largest) + "."
        if largest
        else ""
    )
