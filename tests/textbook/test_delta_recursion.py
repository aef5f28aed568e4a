"""Back-propagation as the books write it, δ⁽ˡ⁾ = σ′(z⁽ˡ⁾) Σ w δ⁽ˡ⁺¹⁾, against `.grad` of every
z.
"""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from autograd_core import sigmoid
from nn import MLP, sum_squared_error


@settings(max_examples=40)
@given(
    st.lists(st.integers(1, 5), min_size=1, max_size=4),
    st.integers(0, 10**6),
    st.lists(st.floats(-2, 2), min_size=3, max_size=3),
)
def test_the_recursion_equals_the_gradient_of_every_z_and_every_parameter(
    sizes: list[int], seed: int, x: list[float]
) -> None:
    model = MLP(3, sizes, activation="sigmoid", output="linear", seed=seed)
    layers: list[Any] = model.layers
    activations: list[list[Any]] = [list(x)]
    for layer in layers:
        activations.append(layer(activations[-1]))
    zs = [[unit.operands[0] for unit in units] for units in activations[1:-1]] + [activations[-1]]
    target = [0.5] * sizes[-1]
    sum_squared_error(activations[-1], target).backward()

    deltas = [
        [y.data - t for y, t in zip(activations[-1], target, strict=True)]
    ]  # identity output: δ = ŷ − y
    for layer, z in zip(reversed(layers[1:]), reversed(zs[:-1]), strict=True):
        slopes = [sigmoid(unit.data) * (1 - sigmoid(unit.data)) for unit in z]
        back = [
            sum(n.weights[j].data * d for n, d in zip(layer.neurons, deltas[0], strict=True))
            for j in range(len(z))
        ]
        deltas.insert(0, [slope * b for slope, b in zip(slopes, back, strict=True)])

    for layer, z, delta, inputs in zip(layers, zs, deltas, activations[:-1], strict=True):
        assert [unit.grad for unit in z] == pytest.approx(delta, abs=1e-13)
        for neuron, d in zip(layer.neurons, delta, strict=True):
            assert neuron.bias.grad == pytest.approx(d, abs=1e-13)
            expected = [d * (a if isinstance(a, float) else a.data) for a in inputs]
            assert [w.grad for w in neuron.weights] == pytest.approx(expected, abs=1e-13)
