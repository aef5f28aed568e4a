"""The levels of pictures, and which of them a graph is drawn at."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from .graph.layering import Layering
from .graph.stale import stale
from .graph.walk import Flat
from .layers import dot as layers_dot
from .layers.data import layers
from .neurons import dot as neurons_dot
from .neurons.data import neurons
from .picture import Picture
from .render.canvas import Canvas, Look
from .scalars import dot as scalars_dot
from .scalars.data import scalars
from .scalars.selection import Options

CARDS, LAYERS = 60, 6
"""Up to how many cards and layers the neurons of a graph are readable."""
NODES = 20_000
"""Up to how many nodes neurons are looked for."""


def picture(flat: Flat, level: str, options: Options, look: Look) -> Picture:
    """The picture of the level asked for; with "auto" of the first that is readable."""
    look = replace(look, warning=stale(flat.nodes))
    if level != "auto":
        return Picture(LEVELS[level](flat, options, look))
    few = len(flat.nodes) <= NODES and 0 < len(Layering.of(flat).layers) <= LAYERS
    content = scalars(flat, options)
    if content is not None:
        # The cards of several samples of a network have more lines than can be looked at.
        lines = sum([max(1, len(card.rows)) for card in content.cards])
        if options.focus or lines <= options.limit or not few:
            return Picture(scalars_dot.drawing(content, look, bool(options.focus)))
    if few:
        network = neurons(flat)
        if len(network.cards) <= CARDS:
            return Picture(neurons_dot.drawing(network, look))
    return Picture(_layers(flat, options, look))


def scalar_drawing(
    flat: Flat, options: Options, look: Look, what: str = "level='scalars'"
) -> Canvas:
    """The drawing of the scalars; an error in the words of `what` where there are too many."""
    content = scalars(flat, options)
    if content is None:
        raise ValueError(
            f"{what} draws up to limit={options.limit} cards, but this graph has "
            f"{len(flat.nodes):,} nodes: draw a part of it (focus=node, steps=2), or give a larger "
            "limit"
        )
    return scalars_dot.drawing(content, look, bool(options.focus))


def _neurons(flat: Flat, options: Options, look: Look) -> Canvas:
    return neurons_dot.drawing(neurons(flat, options.sample), look)


def _layers(flat: Flat, options: Options, look: Look) -> Canvas:
    return layers_dot.drawing(layers(flat), look)


LEVELS: dict[str, Callable[[Flat, Options, Look], Canvas]] = {
    "scalars": scalar_drawing,
    "neurons": _neurons,
    "layers": _layers,
}
"""How each level is drawn. One that is added here can be chosen by its name."""
