"""A layer keeps its weights as one matrix for all samples, and notices whatever is replaced."""

from __future__ import annotations

import copy
import pickle
from collections.abc import Callable

import pytest

from autograd_core import Value
from nn import MLP, Layer, Neuron


def _replace_a_bias(layer: Layer) -> None:
    layer.neurons[0].bias = Value(5.0, role="parameter")


def _replace_weights(layer: Layer) -> None:
    layer.neurons[1].weights = [Value(1.0, role="parameter"), Value(-1.0, role="parameter")]


def _replace_a_neuron(layer: Layer) -> None:
    layer.neurons[0] = layer.neurons[1]


def _change_a_number(layer: Layer) -> None:
    layer.neurons[0].weights[1].data = 9.0


CHANGES = [_replace_a_bias, _replace_weights, _replace_a_neuron, _change_a_number]


@pytest.mark.parametrize("change", CHANGES, ids=lambda change: change.__name__.lstrip("_"))
def test_what_is_replaced_is_used_at_the_next_call(change: Callable[[Layer], None]) -> None:
    layer = Layer(2, 2, "linear", seed=0)
    layer([1.0, 2.0])
    change(layer)
    by_hand = [
        sum(w * x for w, x in zip(n.weights, (1.0, 2.0), strict=True)) + n.bias
        for n in layer.neurons
    ]
    assert [y.data for y in layer([1.0, 2.0])] == pytest.approx(
        [y.data for y in by_hand], rel=1e-15
    )
    assert [n([1.0, 2.0]).data for n in layer.neurons] == pytest.approx(
        [y.data for y in by_hand], rel=1e-15
    )


@pytest.mark.parametrize(
    "again",
    [copy.deepcopy, lambda model: pickle.loads(pickle.dumps(model))],
    ids=["copied", "pickled"],
)
def test_a_copy_has_weights_of_its_own(again: Callable[[MLP], MLP]) -> None:
    model = MLP(2, [3, 1], seed=0)
    before = model([1.0, 2.0])[0].data
    copied = again(model)
    copied.parameters()[0].data += 1.0
    assert copied([1.0, 2.0])[0].data != before == model([1.0, 2.0])[0].data


def test_a_neuron_that_replaces_its_weights_keeps_them_as_a_tuple() -> None:
    neuron = Neuron(2)
    neuron.weights = [Value(1.0), Value(2.0)]
    assert isinstance(neuron.weights, tuple)
