"""Pictures that can be read where they are shown: lines that a page has room for, and copies of
what is used far from its card.
"""

from __future__ import annotations

import math
import re
import xml.etree.ElementTree as ElementTree
from collections.abc import Callable
from itertools import pairwise

import pytest

from autograd_core import Value, dot, draw, group, tanh
from autograd_core.drawing.render.graphviz_program import render
from autograd_core.drawing.scalars.lines import placement
from autograd_core.drawing.scalars.model import Scalars
from nn import MLP

pytest.importorskip("graphviz")

SVG = "{http://www.w3.org/2000/svg}"


def micrograd() -> Value:
    """The expression of micrograd's README."""
    a, b = Value(-4.0, "a"), Value(2.0, "b")
    c, d = a + b, a * b + b**3
    c = c + c + 1
    c = c + 1 + c + (-a)
    d = d + d * 2 + (b + a).relu()
    d = d + 3 * d + (b - a).relu()
    f = (c - d) ** 2
    return f / 2.0 + 10.0 / f


def recurrent(steps: int = 5) -> Value:
    """The state after some steps, with three parameters that each step uses."""
    w, u, b = (Value(0.5, name, role="parameter") for name in "wub")
    h = Value(0.0, "h0")
    for k in range(1, steps + 1):
        h = tanh(w * h + u * Value(0.1 * k - 0.4, f"x{k}") + b)
        h.label = f"h{k}"
    return h


def network() -> Value:
    model = MLP(2, [3, 3, 1], seed=1)
    return (model([Value(0.8, "x₁"), Value(-0.5, "x₂")])[0] - 1.0) ** 2


def chain() -> Value:
    y = Value(1.0, "x")
    for _ in range(30):
        y = y.sin()
    return y


GRAPHS: dict[str, Callable[[], Value]] = {
    "micrograd": micrograd, "recurrent": recurrent, "network": network, "chain": chain,
}  # fmt: skip


def drawn(value: Value, **options: object) -> tuple[Scalars, ElementTree.Element]:
    value.backward()
    picture = draw(value, level="scalars", **options)  # type: ignore[arg-type]
    assert isinstance(picture.content, Scalars)
    return picture.content, ElementTree.fromstring(picture.svg())


def letters(root: ElementTree.Element, page: float = 790.0) -> float:
    """How high the smallest letters are in pixels, where the drawing is at most so wide."""
    width = float(root.get("width", "").removesuffix("pt")) / 0.75
    sizes = [float(text.get("font-size", "14")) / 0.75 for text in root.iter(f"{SVG}text")]
    return min(sizes) * min(1.0, page / width)


def heights(root: ElementTree.Element, ids: list[str]) -> list[float]:
    """The vertical places of cards."""
    found = {group.get("id"): group for group in root.iter(f"{SVG}g")}
    return [float(next(found[id].iter(f"{SVG}text")).get("y", "0")) for id in ids]


@pytest.mark.parametrize("graph", GRAPHS)
@pytest.mark.parametrize("direction", ["LR", "RL"])
def test_letters_are_nine_pixels_high_on_a_page_of_790(graph: str, direction: str) -> None:
    _, root = drawn(GRAPHS[graph](), direction=direction)
    assert letters(root) >= 9.0


@pytest.mark.parametrize("graph", GRAPHS)
def test_lines_come_in_the_order_of_computation(graph: str) -> None:
    """What is shared above, then from the first line to the result; and no arrow leads from line to
    line.
    """
    content, root = drawn(GRAPHS[graph]())
    placed = placement(content)
    assert len(placed.lines) > 1
    lines = [[card.id for card in line] for line in placed.lines]
    if placed.shared:
        lines.insert(0, [card.id for card in placed.shared])
    places = [heights(root, line) for line in lines]
    assert all(max(above) < min(below) for above, below in pairwise(places))
    line_of = {id: k for k, line in enumerate(lines) for id in line}
    assert set(line_of) == {card.id for card in content.cards}
    for arrow in content.arrows:
        if arrow.id not in placed.copies:
            assert line_of[arrow.user] == line_of[arrow.operand]
        else:
            assert line_of[arrow.user] >= line_of[arrow.operand]


def test_a_shared_parameter_has_a_copy_beside_each_use_and_a_card_of_the_shares() -> None:
    """The shares on the card add up to its gradient, as printed on the copies."""
    content, root = drawn(recurrent())
    shared = {card.title for card in placement(content).shared}
    assert shared == {"w", "u", "b"}
    groups = {group.get("id"): group for group in root.iter(f"{SVG}g")}
    for name in shared:
        card = content.card(name)
        assert card.gradient is not None
        texts = ["".join(text.itertext()) for text in groups[card.id].iter(f"{SVG}text")]
        shares = [
            float(after.replace("−", "-"))
            for before, after in pairwise(texts)
            if before.startswith("from ")
        ]
        assert len(shares) == 5
        assert math.isclose(math.fsum(shares), card.gradient, rel_tol=0.02)
        for arrow in content.into(card):
            copy = ["".join(text.itertext()) for text in groups[arrow.id].iter(f"{SVG}text")]
            assert copy[0] == name
    assert "~copy" not in ElementTree.tostring(root, encoding="unicode")


def test_a_step_of_a_recurrent_net_is_a_line() -> None:
    """From left to right, the first step first; a line begins with a copy of the last state."""
    content, _ = drawn(recurrent())
    lines = placement(content).lines
    states = [[card.title for card in line if card.title[0] == "h"] for line in lines]
    assert states == [["h0", "h1"], ["h2"], ["h3"], ["h4"], ["h5"]]


def test_the_layers_of_a_network_do_not_share_a_line() -> None:
    content, _ = drawn(network())
    for line in placement(content).lines:
        layers = {card.group.path.split(" / ")[0] for card in line if card.group is not None}
        assert len(layers) <= 1


def test_what_fits_is_one_line_of_arrows_to_cards() -> None:
    w, x = Value(3.0, "w"), Value(2.0, "x")
    content, _ = drawn((w * x + x) ** 2)
    placed = placement(content)
    assert (len(placed.lines), placed.shared, placed.copies) == (1, (), frozenset())
    assert len(placement(drawn(chain())[0], math.inf).lines) == 1


def test_groups_that_use_each_other_have_their_lines_too() -> None:
    """As folded cards, an encoder and a decoder that take turns."""
    y = Value(1.0, "x")
    for k in range(6):
        with group(f"part {k % 2}"):
            y = tanh(y * Value(0.5, f"w{k}", role="parameter"))
    content, root = drawn(y, fold=("part 0", "part 1"))
    assert len(content.folds) == 2
    assert letters(root) >= 9.0


@pytest.mark.parametrize("level", ["scalars", "neurons"])
def test_a_caption_never_sets_the_width(level: str) -> None:
    """A picture is as wide as its cards, or as a short line of its title."""
    model = MLP(1, [1], seed=1)
    loss = model([Value(0.8, "x")])[0]
    loss.backward()
    for value in (loss, Value(2.0, "x")) if level == "scalars" else (loss,):
        picture = draw(value, level=level, title="A title that is longer than the picture is wide")
        root = ElementTree.fromstring(picture.svg())
        cards = re.sub(r"label=<<TABLE BORDER=\"0\".*?</TABLE>>\]", "]", picture.source, count=1)
        assert "A title" not in cards
        bare = float(re.findall(r'<svg width="(\d+)pt"', render(cards).decode())[0])
        assert float(root.get("width", "").removesuffix("pt")) <= max(bare, 290.0)


def test_a_dot_shows_its_products_in_columns() -> None:
    weights = [Value(0.5, "w₁", role="parameter"), Value(-1.0, "w₂", role="parameter")]
    _, root = drawn(dot(weights, [Value(2.0, "x₁"), Value(3.0, "x₂")]))
    texts = ["".join(text.itertext()) for text in root.iter(f"{SVG}text")]
    assert {"∂ × grad", "∂", "to", "product", "value", "w₁ · x₁", "w₂ · x₂"} <= set(texts)


def test_the_legend_is_in_plain_words() -> None:
    _, root = drawn(micrograd())
    texts = " ".join("".join(text.itertext()) for text in root.iter(f"{SVG}text"))
    assert "colour: size of the gradient, logarithmic" in texts
    assert "Hover" not in texts
