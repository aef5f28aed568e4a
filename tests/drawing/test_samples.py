"""The neuron level: what is a sample, and what is not."""

from __future__ import annotations

import math

import pytest

from autograd_core import Value, draw, group, mean, softplus, sum, tanh
from nn import MLP

from .neurons import assert_arrows_add_up, network

pytest.importorskip("graphviz")


def test_several_outputs_of_a_neuron_are_no_samples() -> None:
    """Where a loss takes z and σ(z): gradients are sums, and the neuron is a sigmoid still."""
    w, b, x = Value(2.0, "w", role="parameter"), Value(0.5, "b", role="parameter"), Value(1.0, "x")
    with group("neuron"):
        z = w * x + b
        a = z.sigmoid()
    loss = softplus(z) - z + 0.1 * a * a
    loss.backward()
    picture = draw(loss, level="neurons")
    found = picture.content
    card = found.card("neuron")
    assert (found.samples, found.card("x").gradient) == (1, x.grad)
    assert (card.outputs, card.value, card.symbol, card.slope) == (
        2,
        None,
        "σ",
        pytest.approx(a.data * (1 - a.data)),
    )
    assert card.gradient == pytest.approx(z.grad + a.grad)
    assert_arrows_add_up(found)
    assert "σ, 2 outputs" in picture.source
    assert "Σ grad: the gradients of all outputs of the card, added up." in picture.source


@pytest.mark.parametrize("all_used", [True, False])
@pytest.mark.parametrize("names", [("step 0", "step 1", "step 2"), ("step", "step", "step")])
def test_the_steps_of_a_recurrence_are_no_samples(names: tuple[str, ...], all_used: bool) -> None:
    """Each group has a card of its own, whose numbers are those of its step; one group has one,
    with sums.
    """
    w, h0 = Value(0.8, "w", role="parameter"), Value(0.5, "h0")
    outputs = [h0]
    for name in names:
        with group(name):
            outputs.append((w * outputs[-1]).tanh())
    loss = sum([h**2 for h in (outputs[1:] if all_used else outputs[-1:])])
    loss.backward()
    found = network(loss)
    assert (found.samples, found.card("h0").gradient) == (1, h0.grad)
    cards = [card for card in found.cards if card.role == "neuron"]
    if names[0] != names[1]:
        expected = [(name, h.data, h.grad, 1) for name, h in zip(names, outputs[1:], strict=True)]
    elif all_used:
        expected = [("step", None, math.fsum(h.grad for h in outputs[1:]), 3)]
    else:
        expected = [("step", outputs[-1].data, outputs[-1].grad, 1)]
    assert [
        (card.title, card.value, pytest.approx(card.gradient), card.outputs) for card in cards
    ] == expected
    assert_arrows_add_up(found)


def recurrent_batch(samples: int = 3) -> tuple[list[list[Value]], Value]:
    """Two units that feed each other, unrolled over three steps, for each sample; and the loss
    of the last.
    """
    weights = [
        [Value(0.1 * (k + 1) * (-1) ** i, role="parameter") for i in range(3)] for k in range(2)
    ]
    states, inputs = [], []
    for k in range(samples):
        h = [0.0, 0.0]
        inputs.append([Value(0.1 * k + 0.2 * step, "x") for step in range(3)])
        for x in inputs[-1]:
            with group("cell"):
                h = [tanh(w[0] * h[0] + w[1] * h[1] + w[2] * x) for w in weights]
        states.append(h)
    with group("loss"):  # takes all samples together, and is no layer that makes one sample of them
        loss = mean([(a - b) ** 2 for a, b in states])
    loss.backward()
    return inputs, loss


def test_a_batch_of_recurrences_is_a_batch() -> None:
    """What is joined by nothing but parameters is a sample, and a loss in a group joins nothing."""
    inputs, loss = recurrent_batch()
    found = network(loss)
    assert found.samples == 3
    assert (found.card("x").outputs, found.card("x").value) == (3, None)
    assert found.card("x").gradient == pytest.approx(
        math.fsum(x.grad for xs in inputs for x in xs) / 3
    )
    for k, xs in enumerate(inputs):
        assert network(loss, sample=k).card("x").gradient == pytest.approx(
            math.fsum(x.grad for x in xs)
        )
    assert (found.card("loss").value, found.card("loss").gradient) == (loss.data, 1.0)


def test_an_input_that_samples_share_shows_its_whole_gradient() -> None:
    """The outputs are no samples of their own then."""
    model, x = MLP(1, [2, 1], seed=0), Value(0.3, "x")
    loss = mean([(model([x])[0] - target) ** 2 for target in (0.0, 1.0)])
    loss.backward()
    found = network(loss)
    assert (found.samples, found.card("x").gradient) == (1, pytest.approx(x.grad))
