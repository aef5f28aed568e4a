"""The recorder notes what the parameters and units did, whether the training is compiled or
eager, whole or resumed.
"""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

import pytest

from autograd_core import Value, grad, sigmoid
from nn import MLP, GradientDescent, History, Layer, Module, Neuron, Sequential, fit
from nn.modules.convolution import AveragePooling2d, Convolution2d
from nn.plots import Recorder, recorder
from nn.plots.recorder import layers_of

pytest.importorskip("numpy")

INPUTS, TARGETS = [[0, 0], [0, 1], [1, 0], [1, 1]], [0, 1, 1, 0]


def trained(noted: Recorder, epochs: int = 6, **more: Any) -> MLP:
    model = MLP(2, [3, 1], seed=0)
    noted.follow = model.parameters()[:2]
    fit(
        model,
        INPUTS,
        TARGETS,
        loss="mean_squared_error",
        optimizer=GradientDescent(2.0),
        epochs=epochs,
        batch_size=4,
        callbacks=[noted],
        verbose=False,
        **more,
    )
    return model


def test_it_notes_the_root_mean_square_of_each_layers_gradients() -> None:
    noted = Recorder()
    model = trained(noted)
    assert noted.epochs == [1, 2, 3, 4, 5, 6]
    for name, layer in zip(("layer 1", "layer 2"), model.layers, strict=True):
        slopes = [p.grad for p in layer.parameters()]
        assert noted.gradient_size[name][-1] == pytest.approx(
            math.sqrt(sum(g * g for g in slopes) / len(slopes))
        )
        assert len(noted.gradient_size[name]) == 6


def test_every_gradient_is_in_one_bin_of_the_histogram_or_is_zero() -> None:
    class Given(Module):
        def __init__(self) -> None:
            self.weights = [Value(1.0, role="parameter") for _ in range(5)]

    model, noted = Given(), Recorder()
    for weight, slope in zip(model.weights, [0.0, 0.1, -0.1, 99.0, 1e-7], strict=True):
        weight.grad = slope
    noted(model, History(loss=[1.0]))
    assert noted.gradient_counts["layer 1"] == [[(-28, 1), (-4, 2), (7, 1)]]
    assert noted.zero_gradients == {"layer 1": [1]}


def test_the_path_begins_before_the_first_epoch_and_ends_where_the_model_is() -> None:
    noted = Recorder()
    fresh = MLP(2, [3, 1], seed=0).parameters()[:2]
    model = MLP(2, [3, 1], seed=0)
    noted = Recorder(follow=model.parameters()[:2])
    fit(
        model,
        INPUTS,
        TARGETS,
        loss="mean_squared_error",
        epochs=3,
        callbacks=[noted],
        verbose=False,
    )
    assert len(noted.path) == 4
    assert noted.path[0] == [p.data for p in fresh]
    assert noted.path[-1] == [p.data for p in model.parameters()[:2]]


def test_a_unit_is_saturated_where_its_slope_is_below_a_fifth_of_the_steepest() -> None:
    model = MLP(2, [3, 1], seed=0)
    for scale, neuron in zip((0.1, 4.0, 40.0), model.layers[0].neurons, strict=True):
        for weight in neuron.weights:
            weight.data = scale
        neuron.bias.data = -scale
    noted = Recorder(inputs=INPUTS)
    noted(model, History(loss=[1.0]))
    slopes = [
        grad(sigmoid)(n.weights[0].data * (x + y - 1))
        for n in model.layers[0].neurons
        for x, y in INPUTS
    ]
    assert noted.saturated["layer 1"] == [sum(s < 0.05 for s in slopes) / len(slopes)]
    assert 0.0 < noted.saturated["layer 1"][0] < 1.0


def test_saturation_is_the_same_where_nothing_can_be_compiled(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    whole, plain = Recorder(inputs=INPUTS), Recorder(inputs=INPUTS)
    trained(whole)

    def refused(*arguments: Any, **more: Any) -> Any:
        raise ImportError("no NumPy here")

    monkeypatch.setattr(recorder, "compiled", lambda *arguments, **more: refused)
    trained(plain, compiled=False)
    assert plain.saturated == whole.saturated
    for name, sizes in whole.gradient_size.items():
        assert plain.gradient_size[name] == pytest.approx(sizes)


def test_relu_units_that_are_off_are_saturated_and_linear_and_softmax_layers_have_no_saturation() -> (
    None
):
    model = Sequential(
        Layer(2, 2, "relu", seed=0), Layer(2, 2, "linear", seed=0), Layer(2, 2, "softmax", seed=0)
    )
    for neuron, bias in zip(model.layers[0].neurons, (-99.0, 99.0), strict=True):  # type: ignore[attr-defined]
        neuron.bias.data = bias
    noted = Recorder(inputs=INPUTS)
    noted(model, History(loss=[1.0]))
    assert noted.saturated == {"layer 1": [0.5]}


def test_modules_between_the_layers_of_neurons_pass_their_outputs_on() -> None:
    images = Sequential(
        Convolution2d((1, 4, 4), 1, seed=0), AveragePooling2d((1, 2, 2)), Layer(1, 3, seed=0)
    )
    noted = Recorder(inputs=[[0.5] * 16])
    noted(images, History(loss=[1.0]))
    assert list(noted.gradient_size) == ["layer 1", "layer 2"]
    assert noted.saturated == {"layer 2": [0.0]}


def test_a_long_training_keeps_fewer_entries(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(recorder, "LIMIT", 4)
    noted = Recorder(inputs=INPUTS)
    model = trained(noted, epochs=36)
    assert noted.every == 8
    assert noted.epochs == [1, 9, 17, 25, 33]
    columns = [
        *noted.gradient_size.values(),
        *noted.gradient_counts.values(),
        *noted.saturated.values(),
    ]
    assert {len(column) for column in columns} == {5}
    assert len(noted.path) == 1 + 5 + 1
    assert noted.path[-1] == [p.data for p in model.parameters()[:2]]


def test_a_resumed_training_is_noted_as_a_whole_one(tmp_path: Path) -> None:
    whole, parts = Recorder(inputs=INPUTS), Recorder(inputs=INPUTS)
    trained(whole)
    trained(parts, epochs=3, checkpoint=tmp_path / "checkpoint.json")
    parts = Recorder(inputs=INPUTS)
    trained(parts, checkpoint=tmp_path / "checkpoint.json", resume=True)
    assert parts.epochs == whole.epochs
    assert parts.gradient_size == whole.gradient_size
    assert parts.saturated == whole.saturated
    assert [[list(pair) for pair in entry] for entry in whole.gradient_counts["layer 1"]] == [
        [list(pair) for pair in entry] for entry in parts.gradient_counts["layer 1"]
    ]
    assert parts.path == whole.path


def test_layers_are_the_modules_of_a_model_of_ones_own() -> None:
    class Two(Module):
        def __init__(self) -> None:
            self.encoder, self.decoder, self.gain = (
                Layer(2, 3),
                Layer(3, 2),
                Value(1.0, role="parameter"),
            )

    assert {name: len(found) for name, found in layers_of(Two()).items()} == {
        "encoder": 9,
        "decoder": 8,
        "others": 1,
    }
    assert {name: len(found) for name, found in layers_of(Neuron(4)).items()} == {"layer 1": 5}


def test_many_inputs_are_thinned_out_evenly() -> None:
    assert len(Recorder(inputs=[[float(i)] for i in range(1000)]).inputs) <= 64
    assert len(Recorder(inputs=INPUTS).inputs) == 4


def test_it_can_note_each_third_epoch() -> None:
    noted = Recorder(follow=[], every=3)
    trained(noted, epochs=8)
    assert noted.epochs == [1, 4, 7]
    assert len(noted.gradient_size["layer 1"]) == 3
    with pytest.raises(ValueError, match="every must be a whole number of at least 1"):
        Recorder(every=0)


def test_gradients_that_are_not_finite_are_in_no_bin() -> None:
    noted, neuron = Recorder(), Neuron(4)
    for parameter, gradient in zip(
        neuron.parameters(), (math.inf, math.nan, 0.0, 1.0, -0.5), strict=True
    ):
        parameter.grad = gradient
    history = History()
    history.loss.append(1.0)
    noted(neuron, history)
    assert noted.gradient_counts["layer 1"] == [[(-2, 1), (0, 1)]]
    assert noted.zero_gradients["layer 1"] == [1]


def test_a_layer_of_several_activations_has_no_share_of_saturated_units() -> None:
    model = MLP(2, [3, 1], "tanh", seed=0)
    model.layers[0].neurons[0].activation = "relu"
    noted = Recorder(INPUTS)
    fit(
        model,
        INPUTS,
        TARGETS,
        loss="mean_squared_error",
        epochs=2,
        callbacks=[noted],
        verbose=False,
    )
    assert list(noted.saturated) == ["layer 2"]
