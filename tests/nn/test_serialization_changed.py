"""Models that were changed after they were made: written as they are, or refused where `load`
would not give them back.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from autograd_core import Value
from nn import MLP, Convolution2d, Layer, Module, Neuron, Sequential, load, save


def outputs(model: Module, inputs: list[float]) -> list[float]:
    return [y.data for y in model(inputs)]


def _replace_a_layer(model: MLP) -> None:
    model.layers[0] = Layer(2, 3, "relu", seed=1)


def _append_a_layer(model: MLP) -> None:
    model.layers.append(Layer(1, 2, "softmax", seed=1))


def _remove_a_layer(model: MLP) -> None:
    model.layers.pop()


def _replace_all_activations(model: MLP) -> None:
    model.activation = "tanh"
    for neuron in model.layers[1].neurons:  # type: ignore[attr-defined]
        neuron.activation = "softplus"


def _change_what_is_only_shown(model: MLP) -> None:
    model.sizes.append(5)
    model.n_inputs = 7


@pytest.mark.parametrize(
    "change",
    [
        _replace_a_layer,
        _append_a_layer,
        _remove_a_layer,
        _replace_all_activations,
        _change_what_is_only_shown,
    ],
)
def test_a_model_that_was_changed_is_saved_as_it_is(
    change: Callable[[MLP], None], tmp_path: Path
) -> None:
    model = MLP(2, [3, 1], seed=0)
    change(model)
    save(model, tmp_path / "m.json")
    again = load(tmp_path / "m.json")
    assert outputs(again, [1.0, 2.0]) == outputs(model, [1.0, 2.0])
    assert [name for name, _ in again.named_parameters()] == [
        name for name, _ in model.named_parameters()
    ]
    assert repr(again) == repr(model)


def _put_a_neuron_into_two_layers(model: MLP) -> None:
    model.layers[1].neurons = model.layers[0].neurons  # type: ignore[attr-defined]


def _share_weights(model: MLP) -> None:
    first = model.layers[0].neurons  # type: ignore[attr-defined]
    first[0].weights = first[1].weights


def _freeze_a_neuron(model: MLP) -> None:
    neuron = model.layers[1].neurons[0]  # type: ignore[attr-defined]
    neuron.weights, neuron.bias = [Value(0.5), Value(0.5)], Value(0.0)


def _freeze_a_bias_and_add_another(model: MLP) -> None:
    neuron = model.layers[1].neurons[0]  # type: ignore[attr-defined]
    neuron.bias, neuron.other = Value(0.0), Value(0.0, role="parameter")


def _add_a_parameter(model: MLP) -> None:
    model.a_scale = Value(2.0, role="parameter")  # type: ignore[attr-defined]


def _use_a_layer_twice(model: MLP) -> None:
    model.layers.insert(0, model.layers[0])


def _set_one_activation(model: MLP) -> None:
    model.layers[1].neurons[1].activation = "relu"  # type: ignore[attr-defined]


def _set_one_activation_under_a_softmax(model: MLP) -> None:
    model.layers[1] = Layer(2, 2, "softmax")
    _set_one_activation(model)


def _remove_all_neurons(model: MLP) -> None:
    model.layers[1].neurons.clear()  # type: ignore[attr-defined]


def _put_in_a_neuron_of_ones_own(model: MLP) -> None:
    model.layers[1].neurons[0] = type("Own", (Neuron,), {})(2)  # type: ignore[attr-defined]


UNSAVED = {
    _put_a_neuron_into_two_layers: "it has 6 parameters, and a new one of its kind and sizes has 12; "
    "layers.1.neurons.0.bias is missing",
    _share_weights: r"layers\.0\.neurons\.1\.weights\.0 is missing, shared, or not a parameter; save "
    r"its named_parameters\(\)",
    _freeze_a_neuron: r"layers\.1\.neurons\.0\.bias is missing, shared, or not a parameter",
    _freeze_a_bias_and_add_another: r"layers\.1\.neurons\.0\.bias is missing, shared, or not "
    r"a parameter",
    _add_a_parameter: "a_scale is a parameter that a file cannot hold",
    _use_a_layer_twice: r"layers\.1\.neurons\.0\.bias is missing, shared",
    _set_one_activation: r"one activation for all units of a layer, but Layer\(2, 2, several .* "
    r"unit 0 has 'sigmoid'; give",
    _set_one_activation_under_a_softmax: r"but Layer\(2, 2, 'softmax'\) has several: unit 1 has "
    r"'relu'",
    _remove_all_neurons: "a layer without units computes nothing",
    _put_in_a_neuron_of_ones_own: "got a Own; save its named_parameters",
}


@pytest.mark.parametrize("change", UNSAVED, ids=lambda change: change.__name__)
def test_a_model_that_load_would_not_give_back_is_refused(
    change: Callable[[MLP], None], tmp_path: Path
) -> None:
    model = MLP(2, [2, 2], seed=0)
    change(model)
    with pytest.raises((ValueError, TypeError), match=UNSAVED[change]):
        save(model, tmp_path / "m.json")
    assert list(tmp_path.iterdir()) == []


def test_what_is_nested_too_deeply_to_be_read_is_not_written(tmp_path: Path) -> None:
    model: Module = Neuron(2)
    for _ in range(60):
        model = Sequential(model)
    with pytest.raises(ValueError, match="nested more than 50 deep"):
        save(model, tmp_path / "m.json")


def test_a_convolution_is_saved_with_the_filters_that_it_has(tmp_path: Path) -> None:
    model = Convolution2d((1, 2, 2), 1, 2, activation="tanh", seed=0)
    model.filters.append(Neuron(4, "tanh", seed=1))
    save(model, tmp_path / "m.json")
    again = load(tmp_path / "m.json")
    assert outputs(again, [0.1, 0.2, 0.3, 0.4]) == outputs(model, [0.1, 0.2, 0.3, 0.4])
    model.filters[1].activation = "relu"
    with pytest.raises(ValueError, match="unit 0 has 'tanh'; give all units the same"):
        save(model, tmp_path / "m.json")
