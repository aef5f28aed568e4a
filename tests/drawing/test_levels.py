"""The level is chosen by size, or as told."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from autograd_core import Value, draw, explore, group
from autograd_core.drawing.layers.model import Layers
from autograd_core.drawing.neurons.model import Neurons
from autograd_core.drawing.scalars.model import Scalars

from .networks import chain, network
from .neurons import neuron

pytest.importorskip("graphviz")


def test_the_size_decides() -> None:
    """Cards for a neuron, neurons for a small network, layers for a deep one and for what has
    no neurons.
    """
    assert isinstance(draw(neuron()).content, Scalars)
    assert isinstance(draw(network([5, 5, 1], 1.0, samples=20)).content, Neurons)
    assert isinstance(
        draw(network([5, 1], 1.0, samples=20)).content, Neurons
    )  # cards for eight of them were a metre high
    assert isinstance(draw(network([16] * 8 + [1], 1.0)).content, Layers)
    ungrouped = Value(1.0)
    for _ in range(400):
        ungrouped = ungrouped * 1.01
    assert isinstance(draw(ungrouped).content, Layers)


@pytest.mark.parametrize(
    ("level", "kind"), [("scalars", Scalars), ("neurons", Neurons), ("layers", Layers)]
)
def test_as_told(level: str, kind: type) -> None:
    """One network at each level."""
    picture = draw(network([3, 1], 1.0, samples=1), level=level)
    assert isinstance(picture.content, kind)
    assert picture.svg().startswith("<svg")


def test_the_limit_decides() -> None:
    """The same graph as cards, and as a summary; as cards it says how to see them."""
    y = chain(20)
    assert isinstance(draw(y).content, Scalars)
    assert isinstance(draw(y, limit=10, level="auto").content, Neurons)
    with pytest.raises(
        ValueError,
        match=r"draws up to limit=10 cards, but this graph has 23 nodes: draw a part of it \(focus",
    ):
        draw(y, limit=10, level="scalars")


def constants(operations: int) -> Value:
    """Operations that each use a plain number, on either side."""
    y = Value(0.5, "x")
    for k in range(operations):
        y = 1.5 - y if k % 2 else y * 0.25
    y.backward()
    return y


def test_constants_beyond_the_limit_are_written_into_the_cards() -> None:
    """A card for each constant counts as any other: 10 operations and 10 constants are drawn,
    140 and 140 are not.
    """
    few, many = draw(constants(10)).content, draw(constants(140)).content
    assert (len(few.cards), few.constants_inside) == (21, False)
    assert (len(many.cards), many.constants_inside) == (141, True)
    assert {card.symbol for card in many.cards if card.role == "operation"} == {"×0.25", "1.5−"}
    assert "Constants stand in the corners" in draw(constants(140)).source
    assert isinstance(draw(constants(151)).content, Layers)


def test_a_part_of_a_large_graph_can_be_drawn(renderer: str) -> None:
    """Around a parameter that is used everywhere, no more than the limit."""
    y = chain(10_000)
    picture = draw(y, focus=y.operands[0].operands[1], steps=1, limit=20)
    assert len(picture.content.cards) == 20
    assert picture.content.nodes == 10_003
    assert "20 of 10,003 nodes are drawn." in picture.source
    assert picture.svg().startswith("<svg")


def test_an_unknown_level_is_an_error() -> None:
    """It names the levels."""
    with pytest.raises(
        ValueError, match="level must be one of auto, scalars, neurons, layers, got 'units'"
    ):
        draw(neuron(), level="units")


@pytest.mark.parametrize("name", ["x.html", "x.txt"])
def test_a_suffix_that_is_no_picture_is_refused(name: str, tmp_path: Path) -> None:
    with pytest.raises(
        ValueError,
        match=r"a picture is saved as \.svg, .*got .*x\.(html|txt)'; a page is made by explore",
    ):
        draw(neuron()).save(tmp_path / name)


@pytest.mark.parametrize("level", ["scalars", "neurons", "layers"])
def test_the_title_of_a_part_of_a_graph_says_whose_gradient_flows(level: str) -> None:
    """That of the loss, which came to it: its numbers are not ∂d/∂…"""
    w, x = Value(2.0, "w", role="parameter"), Value(3.0, "x")
    with group("part"):
        d = w * x
    d.label = "d"
    loss = (d - 1.0) ** 2
    loss.label = "loss"
    loss.backward()
    assert "gradient of loss " in draw(loss, level=level).title
    assert "gradient +10.0 that came to d " in draw(d, level=level).title


OPTIONS = {"title": 5, "focus": 3.0, "limit": None, "steps": 1.5, "terms": "8"}


@pytest.mark.parametrize("function", [draw, explore])
def test_an_option_that_is_not_what_it_has_to_be_is_named(function: Callable[..., object]) -> None:
    a = Value(1.0)
    for option, given in OPTIONS.items():
        with pytest.raises(TypeError, match=f"^{option} must be a .* got {given!r}"):
            function(a * 2.0, **{option: given})
    for option in ("limit", "steps", "terms"):
        with pytest.raises(ValueError, match=f"^{option} must not be negative, got -1"):
            function(a * 2.0, focus=a, **{option: -1})
