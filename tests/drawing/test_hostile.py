"""Labels that try to break a picture come out literally."""

from __future__ import annotations

import xml.etree.ElementTree as ElementTree

import pytest

from autograd_core import Value, draw, explain, group

from .hostile import HOSTILE

pytest.importorskip("graphviz")

SHOWN = {
    "newline": "two lines",
    "nul": "nul␀nul",
    "control": "␛[31mred␇",
    "surrogate": "\ufffd",
    "noncharacter": "\ufffd\ufffd",
}


def texts(svg: str) -> list[str]:
    root = ElementTree.fromstring(svg)
    return ["".join(node.itertext()) for node in root.iter("{http://www.w3.org/2000/svg}text")]


@pytest.mark.slow
@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_label_comes_out_literally(name: str, renderer: str) -> None:
    """On the card, in the tooltips, in the title and as the name of a group; and no other card
    is lost.
    """
    label = HOSTILE[name]
    with group(label):
        x = Value(2.0, label)
        y = x * Value(3.0, "other")
    y.backward()
    picture = draw(y, title=label)
    svg = picture.svg()
    shown = SHOWN.get(name, label)
    found = [text.replace("\xa0", " ").strip() for text in texts(svg)]
    if "\n" in label:
        assert found.count("two") == found.count("lines") == 2  # the card and the group
    assert found.count(shown.strip()) >= (1 if "\n" in label else 3)  # and the title
    assert "other" in found
    assert "<script" not in svg
    tips = [
        title.text
        for title in ElementTree.fromstring(svg).iter("{http://www.w3.org/2000/svg}title")
    ]
    assert f"{shown}: value 2, gradient 3" in tips
    assert len(picture.content.cards) == 3


@pytest.mark.parametrize("name", HOSTILE)
def test_an_explanation_shows_a_hostile_label_on_one_line(name: str) -> None:
    """Each step is one line, in text and in mathematics."""
    y = Value(2.0, HOSTILE[name]) * 3.0
    found = explain(y)
    assert len(str(found).splitlines()) == 9
    assert SHOWN.get(name, HOSTILE[name]) in str(found)
    assert found._repr_latex_().count("\n") == 10
    assert "$" not in found._repr_latex_()[2:-2].replace(r"\$", "")


def test_a_label_of_a_megabyte_is_cut(renderer: str) -> None:
    """Its beginning is shown, and the picture stays small."""
    y = Value(2.0, "long" * 250_000) * Value(3.0, "other")
    picture = draw(y, title="t" * 1_000_000)
    assert len(picture.svg()) < 30_000
    assert any(text.startswith("longlong") and text.endswith("…") for text in texts(picture.svg()))
    assert len(str(explain(y))) < 1000


def test_empty_names_break_nothing(renderer: str) -> None:
    """A group without a name, a title of spaces."""
    with group(""):
        y = Value(2.0, "x") * 3.0
    assert "x" in texts(draw(y, title=" ").svg())
    assert draw(y, fold="").svg().count("▸") == 1
