"""The neuron level: what its cards and arrows print is what the sweep computed."""

from __future__ import annotations

import copy
import math
import pickle
import random
import xml.etree.ElementTree as ElementTree
from collections.abc import Callable
from typing import Any

import pytest

from autograd_core import Value, draw, exp, group, mean, sum, tanh
from nn import MLP, binary_cross_entropy_from_logits, hinge, mean_squared_error

from .neurons import assert_arrows_add_up, network

pytest.importorskip("graphviz")


def batch(
    samples: int = 1, sizes: tuple[int, ...] = (4, 3, 1), penalty: float = 0.0
) -> tuple[MLP, list[list[Value]], Value]:
    """A network, the outputs of every sample, and the loss after backward()."""
    model = MLP(2, sizes, seed=1, initializer=lambda n_inputs, n_outputs, rng: rng.gauss(0.0, 1.0))
    rng = random.Random(5)
    outputs = [
        model([Value(rng.gauss(0.0, 1.0), "x1"), Value(rng.gauss(0.0, 1.0), "x2")])
        for _ in range(samples)
    ]
    loss = mean([sum([(y - 1.0) ** 2 for y in ys]) for ys in outputs])
    if penalty:
        loss = loss + penalty * sum([p**2 for p in model.parameters()])
    loss.label = "loss"
    loss.backward()
    return model, outputs, loss


def by_hand(samples: int = 1, grouped: bool = True) -> Value:
    """Three tanh neurons and a sigmoid one, written with + and *, with one group for each layer."""
    rng = random.Random(1)
    with group("hidden"):
        rows = [[Value(rng.gauss(0.0, 1.0)) for _ in range(3)] for _ in range(3)]
    with group("out"):
        last = [Value(rng.gauss(0.0, 1.0)) for _ in range(3)]
    terms = []
    for k in range(samples):
        x1, x2 = Value(0.1 * k, "x1"), Value(0.5, "x2")
        with group("hidden"):
            hidden = [tanh(w1 * x1 + w2 * x2 + b) for w1, w2, b in rows]
        with group("out"):
            y = 1.0 / (
                1.0 + exp(-(last[0] * hidden[0] + last[1] * hidden[1] + last[2] * hidden[2]))
            )
        terms.append((y - 1.0) ** 2)
    loss = mean(terms)
    loss.label = "loss"
    loss.backward()
    return loss


def test_there_is_a_card_for_each_neuron_and_an_arrow_for_each_connection() -> None:
    """In columns, inputs first, the loss last."""
    _, _, loss = batch()
    found = network(loss)
    assert [(column.title, [card.title for card in column.cards]) for column in found.columns] == [
        ("", ["x1", "x2"]),
        ("layer 1", ["n₁", "n₂", "n₃", "n₄"]),
        ("layer 2", ["n₁", "n₂", "n₃"]),
        ("layer 3", ["n₁"]),
        ("", ["loss"]),
    ]
    assert len(found.arrows) == 2 * 4 + 4 * 3 + 3 + 1
    assert [column.parameters for column in found.columns] == [0, 12, 15, 4, 0]


def test_the_numbers_of_a_card_are_those_of_the_neuron() -> None:
    """Output, ∂L/∂a, σ′, the weights and their gradients."""
    model, ((y,),), loss = batch()
    found = network(loss)
    card = found.columns[3].cards[0]
    assert (card.value, card.gradient, card.symbol, card.steepest) == (y.data, y.grad, "σ", 0.25)
    assert card.slope == pytest.approx(y.data * (1 - y.data))
    neuron = model.layers[2].neurons[0]  # type: ignore[attr-defined]
    assert [(w.value, w.gradient) for w in card.weights] == [
        (p.data, p.grad) for p in neuron.parameters()
    ]
    assert [w.title for w in card.weights] == ["w₁", "w₂", "w₃", "b"]
    sizes = [p.grad for p in model.layers[2].parameters()]
    assert found.columns[3].norm == pytest.approx(math.hypot(*sizes))


def test_an_arrow_carries_weight_times_the_gradient_of_z() -> None:
    """From the output neuron to the second of the layer before."""
    model, ((y,),), loss = batch()
    found = network(loss)
    user, operand = found.columns[3].cards[0], found.columns[2].cards[1]
    arrow = next(
        arrow for arrow in found.arrows if (arrow.user, arrow.operand) == (user.id, operand.id)
    )
    weight = model.layers[2].neurons[0].weights[1].data  # type: ignore[attr-defined]
    assert arrow.local == weight
    assert arrow.contribution == pytest.approx(weight * y.operands[0].grad, rel=1e-12)


@pytest.mark.parametrize("samples", [1, 5])
@pytest.mark.parametrize("sample", [None, 0])
def test_the_arrows_into_a_card_add_up_to_its_gradient(samples: int, sample: int | None) -> None:
    """Of one sample and of the mean, of modules and of graphs made by hand."""
    for loss in (batch(samples)[2], batch(samples, (4, 2), penalty=0.1)[2], by_hand(samples)):
        assert_arrows_add_up(network(loss, sample=sample))


def test_a_batch_is_drawn_as_the_mean_over_its_samples() -> None:
    """Or as one of them; the gradients of the weights are then the part of that sample."""
    model, outputs, loss = batch(5)
    found = network(loss)
    card = found.columns[3].cards[0]
    assert (found.samples, found.sample) == (5, None)
    assert card.value == pytest.approx(math.fsum(y.data for (y,) in outputs) / 5)
    assert card.gradient == pytest.approx(math.fsum(y.grad for (y,) in outputs) / 5)
    assert card.weights[-1].gradient == model.layers[2].neurons[0].bias.grad  # type: ignore[attr-defined]
    parts = []
    for k, (y,) in enumerate(outputs):
        one = network(loss, sample=k)
        card = one.columns[3].cards[0]
        assert (card.value, card.gradient, one.card("x1").value) == (y.data, y.grad, y_input(y))
        parts.append(card.weights[-1].gradient or 0.0)
    assert math.fsum(parts) == pytest.approx(model.layers[2].neurons[0].bias.grad)  # type: ignore[attr-defined]
    with pytest.raises(
        ValueError, match="sample must be from 0 to 4, the samples in this graph, got 5"
    ):
        network(loss, sample=5)


def y_input(y: Value) -> float:
    """The first input of the sample that y belongs to."""
    while y.operands:
        y = next(x for x in y.operands if isinstance(x, Value) and (x.operands or x.label == "x1"))
    return y.data


def test_graphs_made_by_hand_have_neurons_too() -> None:
    """Told apart by their parameters, inside one group; an activation of several operations has
    its slope.
    """
    found = network(by_hand(4))
    assert [(column.title, len(column.cards), column.parameters) for column in found.columns] == [
        ("", 2, 0),
        ("hidden", 3, 9),
        ("out", 1, 3),
        ("", 1, 0),
    ]
    assert [card.symbol for card in found.columns[1].cards] == ["tanh"] * 3
    one = network(by_hand(1)).columns[2].cards[0]
    assert one.value is not None
    assert (one.symbol, one.slope) == ("f", pytest.approx(one.value * (1 - one.value)))


def test_plain_numbers_as_inputs_have_cards_without_a_gradient() -> None:
    """At the places where the weights take them; the 1 of the bias is none."""
    y = MLP(3, [2], seed=0)([0.5, 1.0, -2.0])[1]
    y.backward()
    found = network(y)
    inputs = found.columns[0].cards
    assert [(card.title, card.value, card.gradient) for card in inputs] == [
        ("x₁", 0.5, None),
        ("x₂", 1.0, None),
        ("x₃", -2.0, None),
    ]
    assert all(
        arrow.kind == "constant" and arrow.contribution is None
        for card in inputs
        for arrow in found.into(card)
    )


def test_wide_layers_show_their_largest_and_one_card_for_the_rest() -> None:
    """Whose gradient is the sum, so that the arrows still add up."""
    _, _, loss = batch(1, (30, 1))
    found = network(loss)
    cards = found.columns[1].cards
    assert [card.count for card in cards] == [1] * 8 + [22]
    assert (cards[-1].title, cards[-1].symbol) == ("22 more", "σ")
    assert_arrows_add_up(found)


def test_operations_between_layers_have_a_card() -> None:
    """A residual connection: the arrows around the layer are there too."""
    x = [Value(0.5, "x1"), Value(-1.0, "x2")]
    second = MLP(2, [1], seed=1)
    with group("first"):
        a = [tanh(w * x[0]) for w in (Value(0.3, role="parameter"), Value(0.2, role="parameter"))]
    h = [u + v for u, v in zip(a, x, strict=True)]
    loss = second(h)[0] ** 2
    loss.backward()
    found = network(loss)
    between = [card for card in found.cards if card.role == "operation"]
    assert [card.title for card in between] == ["+"]
    assert {arrow.operand for arrow in found.arrows if arrow.user == between[0].id} >= {
        card.id for card in found.columns[0].cards
    }
    assert_arrows_add_up(found)


def test_saturated_neurons_have_a_black_bar() -> None:
    """σ′ < 0.05, in the data and in the words of the card."""
    with group("neuron"):
        y = Value(8.0, "w", role="parameter") * Value(1.0, "x")
        y = y.sigmoid()
    y.backward()
    picture = draw(y, level="neurons")
    card = picture.content.card("neuron")
    assert card.saturated
    assert picture.tips[card.id].startswith(
        "neuron: value 0.999665, gradient 1, slope 0.000335238, saturated"
    )
    assert f'BGCOLOR="{"#1f2328"}" WIDTH="1"' in picture.source


def test_before_backward_nothing_is_computed() -> None:
    """No gradients, no flows; slopes and weights are known."""
    model = MLP(2, [2, 1], seed=0)
    found = network(model([Value(1.0), Value(2.0)])[0])
    assert not found.computed
    assert all(card.gradient is None for card in found.cards)
    assert all(arrow.contribution is None for arrow in found.arrows)
    assert found.columns[1].cards[0].slope is not None


def test_without_groups_the_error_says_how_to_name_them() -> None:
    """`with group`, or nn's modules."""
    with pytest.raises(ValueError, match=r"compute each part inside `with group\(\"name\"\):`"):
        network(Value(2.0) * 3.0)


@pytest.mark.parametrize("direction", ["LR", "RL", "TB", "BT"])
def test_the_network_renders(renderer: str, direction: str) -> None:
    """Every card and arrow under its id, with its tooltip, in every direction; no links are
    left.
    """
    picture = draw(batch(3)[2], level="neurons", direction=direction)
    root = ElementTree.fromstring(picture.svg())
    svg = "{http://www.w3.org/2000/svg}"
    tips = {group.get("id"): group.findtext(f"{svg}title") for group in root.iter(f"{svg}g")}
    for card in picture.content.cards:
        assert (tips[card.id] or "").startswith(card.title)
    assert {arrow.id for arrow in picture.content.arrows} <= set(tips)
    assert not list(root.iter(f"{svg}a"))
    assert "\n" in (tips["l0u0"] or "")


def test_not_finite_neurons_stand_out() -> None:
    """Named in the title, thick in the drawing."""
    with group("neuron"):
        y = (Value(1e308, "w", role="parameter") * Value(10.0, "x")).tanh()
    loss = y * math.inf
    loss.backward()
    picture = draw(loss, level="neurons")
    assert picture.content.alarm.startswith("First non-finite value")
    assert 'BORDER="3"' in picture.source


LOSSES: dict[str, Callable[[Value], Value]] = {
    "cross-entropy of a logit": lambda y: binary_cross_entropy_from_logits(y, 0),
    "squares": lambda y: mean_squared_error(y, 3.0),
    "hinge": lambda y: hinge(y, -1),
    "a plain difference": lambda y: (y - 3.0) ** 2,
    "exp": exp,
    "twice": lambda y: 2 * y,
    "micrograd's": lambda y: (1 + -1.0 * y).relu(),
}


@pytest.mark.parametrize(
    "again", [lambda loss: loss, lambda loss: pickle.loads(pickle.dumps(loss)), copy.deepcopy]
)
@pytest.mark.parametrize("output", ["linear", "tanh", "softplus", "leaky_relu"])
@pytest.mark.parametrize("loss", LOSSES.values(), ids=LOSSES)
def test_what_the_loss_does_to_an_output_is_no_part_of_the_neuron(
    loss: Any, output: str, again: Any
) -> None:
    y = MLP(2, [3, 1], activation="tanh", output=output, seed=0)([0.9, -1.4])[0]
    result = loss(y)
    result.backward()
    last = [card for card in network(again(result)).cards if card.role == "neuron"][-1]
    assert (last.value, last.gradient, last.symbol) == (
        y.data,
        y.grad,
        "" if output == "linear" else y.operation.symbol,
    )
