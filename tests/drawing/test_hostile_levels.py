"""Labels and names of groups that try to break out come out literally, at the levels of neurons
and layers too.
"""

from __future__ import annotations

import xml.etree.ElementTree as ElementTree

import pytest

from autograd_core import Value, draw, explore, group, tanh

from .hostile import HOSTILE

pytest.importorskip("graphviz")

SVG = "{http://www.w3.org/2000/svg}"


def graph(label: str) -> Value:
    """One neuron, everything named."""
    with group(label), group(f"unit {label}"):
        w = Value(0.5, label, role="parameter")
    y = tanh(w * Value(2.0, label))
    loss = y**2
    loss.label = label
    loss.backward()
    return loss


@pytest.mark.slow
@pytest.mark.parametrize("level", ["neurons", "layers"])
@pytest.mark.parametrize("label", HOSTILE.values(), ids=HOSTILE)
def test_it_renders_and_every_card_is_there(
    renderer: str, label: str, level: str, capfd: pytest.CaptureFixture[str]
) -> None:
    """Nothing is printed, no card is lost, nothing becomes an element of its own."""
    picture = draw(graph(label), level=level)
    root = ElementTree.fromstring(picture.svg())
    ids = {element.get("id") for element in root.iter()}
    assert {card.id for card in picture.content.cards} <= ids
    kinds = {element.tag.removeprefix(SVG) for element in root.iter()}
    assert kinds <= {
        "svg",
        "g",
        "title",
        "desc",
        "style",
        "polygon",
        "polyline",
        "path",
        "text",
        "ellipse",
    }
    assert capfd.readouterr() == ("", "")


@pytest.mark.parametrize("label", HOSTILE.values(), ids=HOSTILE)
def test_the_page_to_step_through_stays_one_script(label: str) -> None:
    """Whatever the labels are."""
    page = explore(graph(label)).html()
    assert page.count("<script") == page.count("</script") == 1
    page.encode("utf-8")
