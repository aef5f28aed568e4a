"""The neuron that the tests draw and explain, and what holds of every picture of neurons."""

from __future__ import annotations

import math
import re

import pytest

from autograd_core import Value, dot, draw, group, sigmoid
from autograd_core.drawing.neurons.model import Neurons


def neuron(how: str = "plain") -> Value:
    """The loss of one sigmoid neuron with two inputs, written with + and *, or with dot."""
    x1, x2, y = Value(2.0, "x1"), Value(-1.0, "x2"), Value(1.0, "y")
    with group("neuron"):
        w1, w2, b = (
            Value(x, name, role="parameter") for x, name in ((-0.8, "w1"), (1.2, "w2"), (0.9, "b"))
        )
    z = w1 * x1 + w2 * x2 + b if how == "plain" else dot([w1, w2], [x1, x2]) + b
    a = sigmoid(z)
    error = a - y
    loss = error**2
    z.label, a.label, error.label, loss.label = "z", "a", "err", "loss"
    return loss


def network(value: Value, **options: object) -> Neurons:
    """The neuron level of a graph."""
    content = draw(value, level="neurons", **options).content  # type: ignore[arg-type]
    assert isinstance(content, Neurons)
    return content


def assert_arrows_add_up(found: Neurons) -> None:
    for card in found.cards:
        inflow = math.fsum(arrow.contribution or 0.0 for arrow in found.into(card)) + (
            card.elsewhere or 0.0
        )
        if card.role != "result" and card.gradient is not None:
            assert inflow == pytest.approx(card.gradient, rel=1e-12, abs=1e-15), card


def words(markup: str) -> str:
    """The words of a DOT text or an SVG, which may stand on several lines."""
    return " ".join(re.sub(r"<[^<>]*>", " ", markup).split())
