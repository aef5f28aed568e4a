"""Graphs too large for cards are summarised, in one pass and without recursion."""

from __future__ import annotations

import math
import xml.etree.ElementTree as ElementTree

import pytest

from autograd_core import Value, draw, group, tanh
from autograd_core.drawing.summary import LONGEST, Summary

pytest.importorskip("graphviz")


def chain(n: int) -> Value:
    """n operations, alternately in two groups, that use one parameter in each."""
    weights = []
    for name in ("first", "second"):
        with group(name):
            weights.append(Value(0.999, f"w of {name}", role="parameter"))
    y = Value(1.0, "x")
    for i in range(n // 2):
        y = tanh(y * weights[i % 2])
    return y


def test_a_graph_of_a_hundred_thousand_nodes_is_summarised(renderer: str) -> None:
    """Counts by part and by operation; never a card each."""
    y = chain(100_000)
    y.backward()
    picture = draw(y)
    found = picture.content
    assert isinstance(found, Summary)
    assert found.nodes == 100_003
    assert sum(part.nodes for part in found.parts) == found.nodes
    assert {part.name: dict(part.operations) for part in found.parts} == {
        "outside any group": {},
        "first": {"×": 25_000, "tanh": 25_000},
        "second": {"×": 25_000, "tanh": 25_000},
    }
    first = next(part for part in found.parts if part.name == "first")
    weight = y.operands[0].operands[1]
    assert first.leaves == {"parameter": 1}
    assert first.rms is not None
    assert math.isfinite(first.rms)
    assert weight.group is not None
    texts = ["".join(text.itertext()) for text in ElementTree.fromstring(picture.svg()).iter("{http://www.w3.org/2000/svg}text")]
    assert {"first", "second", "50,001"} & set(texts) >= {"first", "second"}
    assert "100,003 nodes" in picture.description
    assert len(picture.source) < 10_000


def test_the_limit_decides() -> None:
    """The same graph as cards, and as a summary."""
    y = chain(20)
    assert not isinstance(draw(y).content, Summary)
    assert isinstance(draw(y, limit=10).content, Summary)


def test_a_part_of_a_large_graph_can_be_drawn(renderer: str) -> None:
    """Around a parameter that is used everywhere, no more than the limit."""
    y = chain(10_000)
    picture = draw(y, focus=y.operands[0].operands[1], steps=1, limit=20)
    assert len(picture.content.cards) == 20
    assert picture.content.nodes == 10_003
    assert "20 of 10,003 nodes are drawn." in picture.source
    assert picture.svg().startswith("<svg")


def test_many_groups_are_taken_together() -> None:
    """First by their parents, then the smallest into one line."""
    y = Value(1.0)
    for i in range(3):
        with group(f"layer {i}"):
            for j in range(20):
                with group(f"neuron {j}"):
                    y = tanh(y * 0.5)
    found = draw(y, limit=10).content
    assert [part.name for part in found.parts] == ["outside any group", "layer 0", "layer 1", "layer 2"]
    for i in range(30):
        with group(f"group {i}"):
            for _ in range(i):
                y = y + 1.0
    found = draw(y, limit=10).content
    assert len(found.parts) == LONGEST
    assert found.parts[-1].name.endswith("smaller groups")
    assert sum(part.nodes for part in found.parts) == found.nodes


def test_a_summary_counts_what_is_not_finite_and_what_is_not_computed() -> None:
    """Both are said where the numbers would be."""
    with group("hot"):
        y = Value(1e308, "w", role="parameter")
        for _ in range(20):
            y = y * 10.0
    source = draw(y, limit=5).source
    assert "20 not finite" in source
    assert "not computed" in source
