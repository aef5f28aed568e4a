"""The backward pass in steps: as an animation, and in the order for the keyboard."""

from __future__ import annotations

import re
import xml.etree.ElementTree as ElementTree
from pathlib import Path

import pytest

from autograd_core import Value, draw, sigmoid
from autograd_core.drawing.render.content import Arrow
from autograd_core.drawing.render.timeline import AnimationStep, timeline

from .networks import network
from .neurons import neuron

pytest.importorskip("graphviz")

SVG = "{http://www.w3.org/2000/svg}"


def drawn(level: str) -> Value:
    if level == "scalars":
        loss = neuron()
        loss.backward()
        return loss
    return network([3, 2, 1], 1.0, samples=1)


@pytest.mark.parametrize("level", ["scalars", "neurons", "layers"])
def test_a_card_acts_after_everything_that_sends_to_it(level: str) -> None:
    """And every arrow along which a gradient flows is in exactly one step."""
    picture = draw(drawn(level), level=level)
    acted: set[str] = set()
    carried: list[str] = []
    for step in picture.steps:
        acted |= set(step.cards)
        assert not acted & set(step.reached)
        carried += step.arrows
    assert len(carried) == len(set(carried))
    assert set(carried) == {arrow.id for arrow in picture.content.arrows if arrow.carries}


def test_cards_of_one_part_act_together_and_a_circle_does_not_stop_the_steps() -> None:
    """b and c are one layer; d and e feed each other."""
    ways = ["ab", "ac", "bd", "cd", "de", "ed"]
    arrows = [Arrow(str(n), user, operand, 0.0) for n, (user, operand) in enumerate(ways, 1)]
    steps = timeline({"a": "a", "b": "x", "c": "x", "d": "d", "e": "e"}, arrows)
    assert steps[:2] == (
        AnimationStep(("a",), ("1", "2"), ("b", "c")),
        AnimationStep(("b", "c"), ("3", "4"), ("d",)),
    )
    assert {arrow for step in steps for arrow in step.arrows} == set("123456")


@pytest.mark.parametrize("level", ["scalars", "neurons", "layers"])
def test_the_animation_moves_what_is_in_the_drawing(
    renderer: str, level: str, tmp_path: Path
) -> None:
    """Only there, only on a screen, and only where motion is wanted; it is one file without
    scripts.
    """
    picture = draw(drawn(level), level=level)
    path = picture.save(tmp_path / "flow.svg", animated=True)
    text = Path(path).read_text("utf-8")
    assert text == picture.animated()
    root = ElementTree.fromstring(text)
    ids = {element.get("id") for element in root.iter()}
    style = root.findtext(f"{SVG}style") or ""
    moved = set(re.findall(r"^#(\w+)\{animation-name", style, re.MULTILINE))
    assert {arrow for step in picture.steps for arrow in step.arrows} <= moved <= ids
    assert "@media screen and (prefers-reduced-motion:no-preference)" in style
    assert "<script" not in text
    assert "animation" not in picture.svg()
    for name, frames in re.findall(r"@keyframes (\S+)\{((?:[\d.]+%\{[^}]*\})+)\}", style):
        at = [float(x) for x in re.findall(r"([\d.]+)%\{", frames)]
        assert at == sorted(at), name
        assert at[-1] == 100.0


def test_before_backward_there_is_nothing_to_play() -> None:
    """No steps, no motion."""
    picture = draw(neuron())
    assert picture.steps == ()
    assert "keyframes" not in picture.animated()


def test_only_an_svg_can_be_animated(tmp_path: Path) -> None:
    """Other suffixes are refused."""
    with pytest.raises(ValueError, match=r"only an SVG can be animated, got 'flow.png'"):
        draw(neuron()).save("flow.png", animated=True)


def test_the_keyboard_goes_the_way_of_the_gradient(renderer: str) -> None:
    """From the loss to the leaves; every card has a name of its own."""
    root = ElementTree.fromstring(draw(drawn("scalars")).svg())
    stops = [
        element.get("aria-label") or "" for element in root.iter() if element.get("tabindex") == "0"
    ]
    names = [stop.split(":")[0] for stop in stops]
    assert names[:4] == ["loss", "err", "y", "a"]
    assert len(stops) == 13
    assert all("value" in stop and "gradient" in stop for stop in stops)
    arrows = [element for element in root.iter() if (element.get("class") or "").startswith("edge")]
    assert all((arrow.get("aria-label") or "").startswith("from ") for arrow in arrows)


def test_a_saturated_activation_says_so(renderer: str) -> None:
    """Its slope is the local derivative on its arrow."""
    z = Value(6.0, "z")
    a = sigmoid(z)
    a.backward()
    picture = draw(a)
    assert picture.content.cards[-1].slope == z.grad
    assert "saturated, σ′ = 0.00247" in picture.svg()
    assert draw(sigmoid(Value(1.0))).content.cards[-1].slope is None
