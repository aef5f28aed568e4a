"""The layer level: any graph in numbers, in one pass and without recursion."""

from __future__ import annotations

import math
import os
import re
import xml.etree.ElementTree as ElementTree

import pytest

from autograd_core import Value, draw, group, mean, relu, sigmoid, sum, tanh
from autograd_core.drawing.graph.walk import PLAIN, Flat
from autograd_core.drawing.layers.data import MOST
from autograd_core.drawing.layers.dot import binned
from autograd_core.drawing.layers.model import Layers
from nn import MLP

from .networks import chain, network

pytest.importorskip("graphviz")

DEEP = int(os.environ.get("AUTOGRAD_DEEP", "100_000"))


def test_operands_that_many_nodes_share_are_read_once_and_get_what_the_backward_pass_gave() -> None:
    """The gradients of a batch, whose weights and activations are each the operands of many dot
    products.
    """
    model = MLP(3, [5, 4], activation="tanh", seed=0)
    y = mean([out**2 for k in range(6) for out in model([0.1 * k, -0.5, 1.0])])
    y.backward()
    flat = Flat.of(y)
    assert flat.gradients == [node.grad for node in flat.nodes]
    assert (
        len({id(places) for sides in flat.sides for places, _, _ in sides if len(places) > 2})
        == 9 + 2 * 6 + 1
    )
    for i, node in enumerate(flat.nodes):
        operands = [flat.nodes[j] if j != PLAIN else None for j, _ in flat.edges(i)]
        assert operands == [x if isinstance(x, Value) else None for x in node.operands]
        assert [0.0 if p is None else p for _, p in flat.edges(i)] == [
            p if isinstance(x, Value) else 0.0
            for x, p in zip(node.operands, node.partials, strict=True)
        ]


def layers(value: Value, **options: object) -> Layers:
    content = draw(value, level="layers", **options).content  # type: ignore[arg-type]
    assert isinstance(content, Layers)
    return content


def texts(svg: str) -> list[str]:
    return [
        "".join(text.itertext())
        for text in ElementTree.fromstring(svg).iter("{http://www.w3.org/2000/svg}text")
    ]


@pytest.mark.slow
def test_a_deep_graph_is_summarised(renderer: str) -> None:
    """Counts by layer and by operation; never a card each."""
    y = chain(DEEP)
    y.backward()
    picture = draw(y)
    found = picture.content
    assert isinstance(found, Layers)
    assert found.nodes == DEEP + 3
    assert {
        band.title: (band.nodes, band.parameters, dict(band.operations)) for band in found.cards
    } == {
        "group 0": (DEEP // 2 + 1, 1, {"×": DEEP // 4, "tanh": DEEP // 4}),
        "group 1": (DEEP // 2 + 1, 1, {"×": DEEP // 4, "tanh": DEEP // 4}),
    }
    assert found.inputs == 1
    assert {"group 0", "group 1"} <= set(texts(picture.svg()))
    assert f"{DEEP + 3:,} nodes" in picture.description
    assert len(picture.source) < 20_000


def test_the_rms_is_that_of_the_gradients_of_the_parameters() -> None:
    """Computed by hand from `.grad`."""
    loss = network([4, 3, 1], 1.0)
    found = layers(loss)
    assert [band.title for band in found.cards] == ["layer 1", "layer 2", "layer 3"]
    assert [band.fan for band in found.cards] == [(2, 4), (4, 3), (3, 1)]
    by_layer: dict[str, list[float]] = {}
    stack, seen = [loss], set()
    while stack:
        node = stack.pop()
        if node not in seen:
            seen.add(node)
            stack += [x for x in node.operands if isinstance(x, Value)]
            if node.role == "parameter" and node.group is not None:
                by_layer.setdefault(node.group.path.split(" / ")[0], []).append(node.grad)
    for band in found.cards:
        grads = by_layer[band.title]
        assert band.parameters == len(grads)
        assert band.rms == pytest.approx(
            math.sqrt(math.fsum(g * g for g in grads) / len(grads)), rel=1e-12
        )
    assert found.cards[-1].ratio == 1.0


def test_the_norm_between_layers_is_that_of_the_gradients_of_the_outputs() -> None:
    """What the loss sends to the last layer: ∂L/∂a of every sample."""
    loss = network([3, 1], 1.0)
    found = layers(loss)
    outputs = (
        [term.operands[0].operands[0] for term in loss.operands[0].operands]
        if len(loss.operands) == 2
        else [term.operands[0].operands[0] for term in loss.operands]
    )
    crossing = next(x for x in found.arrows if (x.user, x.operand) == ("result", "l1"))
    assert crossing.contribution == pytest.approx(math.hypot(*(a.grad for a in outputs)), rel=1e-12)


def test_vanishing_gradients_are_marked_and_exploding_ones_too() -> None:
    """Against the last layer; in words, by a sign and by colour."""
    vanishing = draw(network([8] * 7 + [1], 0.1), level="layers")
    assert isinstance(vanishing.content, Layers)
    assert vanishing.content.cards[0].verdict == "vanishing"
    assert vanishing.content.cards[-1].verdict == ""
    assert "layer 1 ▽" in texts(vanishing.svg())
    assert "vanishing" in vanishing.description
    with group("first"):
        v = Value(1e-4, role="parameter")
    y = v * 1.0
    for k in range(3):
        with group(f"layer {k}"):
            y = y * Value(50.0, role="parameter")
    y.backward()
    exploding = draw(y, level="layers")
    assert isinstance(exploding.content, Layers)
    assert exploding.content.card("first").verdict == "exploding"
    assert "first △" in texts(exploding.svg())


@pytest.mark.parametrize(
    ("f", "z", "share"),
    [
        (sigmoid, 6.0, 1.0),
        (sigmoid, 1.0, 0.0),
        (tanh, 2.0, 1.0),
        (relu, -1.0, 1.0),
        (relu, 1.0, 0.0),
    ],
)
def test_saturated_units_are_counted(f: object, z: float, share: float) -> None:
    """Slopes below a fifth of the steepest: σ′ < 0.05."""
    with group("layer"):
        y = f(Value(z, role="parameter") * 1.0)  # type: ignore[operator]
    assert layers(y).cards[0].saturated == share


def test_a_graph_without_groups_is_cut_by_depth() -> None:
    """Bands of equally deep operations show how the gradient changes on its way."""
    y = Value(1.0, "x")
    for _ in range(800):
        y = y * 0.99
    y.backward()
    found = layers(y)
    assert [band.title for band in found.cards][::7] == ["depth 1–100", "depth 701–800"]
    assert sum(band.nodes for band in found.cards) == 800
    rms = [band.rms or 0.0 for band in found.cards]
    assert rms == sorted(rms)
    assert layers(Value(2.0) * 3.0).cards[0].title == "depth 1"


def test_many_layers_are_taken_together() -> None:
    """Neighbours, so that the order of computation is kept."""
    y = Value(1.0)
    for k in range(50):
        with group(f"layer {k}"):
            y = y * Value(0.9, role="parameter")
    found = layers(y)
    assert len(found.cards) <= MOST
    assert found.cards[0].title == "layer 0 … layer 3"
    assert sum(band.parameters for band in found.cards) == 50


def test_groups_inside_a_group_make_one_layer_unless_one_feeds_the_other() -> None:
    """Neurons side by side are a layer; blocks one behind the other are layers."""
    x = Value(1.0)
    with group("block"):
        for k in range(3):
            with group(f"part {k}"):
                x = tanh(x * Value(0.5, role="parameter"))
    assert [band.title for band in layers(x).cards] == [
        "block / part 0",
        "block / part 1",
        "block / part 2",
    ]


def test_what_is_not_finite_is_counted_and_named() -> None:
    """In the band and in the title."""
    with group("hot"):
        y = Value(1e308, "w", role="parameter")
        for _ in range(20):
            y = y * 10.0
    picture = draw(y, level="layers")
    assert "20 not finite" in picture.source
    assert "First non-finite value in hot: v1 = w·10 = +∞, at w = 1e308" in picture.content.alarm
    assert picture.content.alarm in picture.description


def test_before_backward_nothing_is_computed() -> None:
    """No sizes; what is saturated is known."""
    picture = draw(chain(20), level="layers")
    assert picture.content.cards[0].rms is None
    assert "Gradients are not computed yet" in picture.source
    assert all(arrow.contribution is None for arrow in picture.content.arrows)


def test_histograms_count_every_size_but_zero() -> None:
    """Sizes below the axis are in the first bin, the largest in the last."""
    counts = binned([0.0, 1e-9, -0.5, 0.99, math.inf], (-2, 0))
    assert (sum(counts), counts[0], counts[-1], counts[16]) == (3, 1, 1, 1)


def test_gradients_of_parameters_are_not_compared_with_those_of_operations() -> None:
    """Of a recurrence, w belongs to one step: the others have gradients of 1, and nothing
    vanishes.
    """
    w, h = Value(1.0, "w", role="parameter"), Value(2000.0, "h0")
    for step in range(4):
        with group(f"step {step}"):
            h = w * h
    h.backward()
    found = draw(h, level="layers").content
    assert [(band.rms, band.ratio, band.verdict) for band in found.cards] == [
        (1.0, None, "")
    ] * 3 + [(8000.0, 1.0, "")]


def test_gradients_that_are_0_are_counted_in_the_picture() -> None:
    """The logarithmic axis has no place for them."""
    with group("part"):
        y = sum([Value(float(k), f"w{k}", role="parameter").relu() for k in (-1, -2, 3)])
    y.backward()
    assert "0 exactly, not drawn: 2 of 3" in draw(y, level="layers").source
    y = Value(2.0, "w", role="parameter") * 3.0
    y.backward()
    assert "not drawn" not in draw(y, level="layers").source


def test_the_thick_arrows_run_straight_down() -> None:
    """Also where thin ones go past layers, as those of weight decay do: the layers stand one
    below the other.
    """
    net = MLP(2, [3, 3, 1], seed=0)
    loss = net([0.5, 1.0])[0] ** 2 + 1e-4 * sum([p * p for p in net.parameters()])
    loss.backward()
    weights = [
        int(found) for found in re.findall(r"weight=(\d+)", draw(loss, level="layers").source)
    ]
    assert len(weights) == 5
    assert sorted(weights)[2] > 3 * sorted(weights)[1]


def test_repeated_layers_share_a_band_that_counts_them() -> None:
    """Each layer is in one band; a layer of another kind has its own."""
    model = MLP(4, [6] * 30 + [1], activation="tanh", seed=1)
    loss = model([0.1, 0.2, 0.3, 0.4])[0] ** 2
    loss.backward()
    found = layers(loss)
    assert len(found.cards) <= MOST
    assert sum(band.repeats for band in found.cards) == 31
    assert (found.cards[0].repeats, found.cards[-1].repeats) == (1, 1)
    (first, second, *_) = found.cards
    assert (first.title, second.title) == ("layer 1", "layer 2 … layer 4")
    assert (second.repeats, second.fan, second.parameters) == (3, (6, 6), 3 * 42)
    svg = draw(loss, level="layers").svg()
    assert "layer 2 … layer 4 × 3" in svg
    assert "each 6 → 6 tanh, 42 parameters" in svg
    assert "rms, log scale" in svg
