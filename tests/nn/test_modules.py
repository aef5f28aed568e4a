"""Neurons, layers and networks: what they compute, what they own, and what their graphs show."""

from __future__ import annotations

import gc
import math
import weakref
from random import Random
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from autograd_core import Value, sigmoid, softmax, tanh
from nn import MLP, Layer, Module, Neuron, Sequential
from nn.modules.activations import ACTIVATIONS
from nn.modules.initializers import INITIALIZERS, glorot_uniform, he_normal, uniform

finite = st.floats(-10.0, 10.0)


@given(st.lists(finite, min_size=1, max_size=8))
def test_a_neuron_is_its_activation_of_weights_times_inputs_plus_bias(xs: list[float]) -> None:
    neuron = Neuron(len(xs), "tanh", seed=1)
    neuron.bias.data = 0.3
    z = math.fsum(w.data * x for w, x in zip(neuron.weights, xs, strict=True)) + 0.3
    assert neuron(xs).data == pytest.approx(math.tanh(z), abs=1e-12)


@pytest.mark.parametrize("name", [name for name in ACTIVATIONS if name != "linear"])
def test_z_is_one_node_and_the_operand_of_the_activation(name: str) -> None:
    neuron = Neuron(3, name, seed=0)
    result = neuron([0.5, -1.0, 2.0])
    z = result.operands[0]
    assert z.operation.name == "dot"
    assert result.data == ACTIVATIONS[name](z.data)
    assert set(map(id, neuron.parameters())) <= set(map(id, z.operands))


def test_a_linear_neuron_gives_z_itself() -> None:
    assert Neuron(2, "linear", seed=0)([1.0, 2.0]).operation.name == "dot"


def test_a_layer_gives_what_its_neurons_give() -> None:
    layer = Layer(3, 4, "silu", seed=0)
    xs = [0.1, -0.2, 0.3]
    assert [y.data for y in layer(xs)] == [neuron(xs).data for neuron in layer.neurons]


def test_softmax_is_an_activation_of_the_whole_layer() -> None:
    layer = Layer(2, 3, "softmax", seed=0)
    zs = [neuron([1.0, 2.0]).data for neuron in layer.neurons]
    assert [y.data for y in layer([1.0, 2.0])] == pytest.approx(softmax(zs), abs=1e-15)
    with pytest.raises(ValueError, match="give it to a Layer"):
        Neuron(2, "softmax")


def test_an_activation_that_is_set_is_the_one_that_is_computed() -> None:
    xs = [1.0, 2.0]
    neuron, layer, model = (
        Neuron(2, seed=0),
        Layer(2, 3, "softmax", seed=0),
        MLP(2, [3, 3, 1], seed=0),
    )
    for module in (neuron, layer, model):
        module(xs)  # what was computed before must not remain
        module.activation = "tanh"
        assert module.activation == "tanh"
    assert neuron(xs).data == Neuron(2, "tanh", seed=0)(xs).data
    assert [y.data for y in layer(xs)] == [y.data for y in Layer(2, 3, "tanh", seed=0)(xs)]
    assert [y.data for y in model(xs)] == [y.data for y in MLP(2, [3, 3, 1], "tanh", seed=0)(xs)]
    layer.activation = softmax
    assert layer.activation == layer.output == "softmax"
    assert [y.data for y in layer(xs)] == [y.data for y in Layer(2, 3, "softmax", seed=0)(xs)]
    with pytest.raises(ValueError, match="no activation is called 'tahn'"):
        layer.activation = "tahn"
    assert layer.activation == "softmax"


def test_neurons_of_a_layer_may_have_activations_of_their_own() -> None:
    layer = Layer(2, 3, "tanh", seed=0)
    layer.neurons[0] = Neuron(2, "linear", seed=1)
    layer.neurons[2].activation = "relu"
    xs = [Value(3.0), Value(-1.0)]
    ys = layer(xs)
    assert [y.data for y in ys] == [neuron(xs).data for neuron in layer.neurons]
    assert [y.operation.name for y in ys] == ["dot", "tanh", "relu"]
    assert layer.output is None
    assert repr(layer) == "Layer(2, 3, several activations)"


def test_a_layer_refuses_a_neuron_that_it_would_not_call() -> None:
    class Doubled(Neuron):
        def __call__(self, inputs: Any) -> Value:
            return 2.0 * super().__call__(inputs)

    layer, own = Layer(2, 2, seed=0), Doubled(2, seed=0)
    assert own([1.0, 2.0]).data == 2.0 * Neuron(2, seed=0)([1.0, 2.0]).data
    layer.neurons[0] = own
    with pytest.raises(
        TypeError,
        match="for all its neurons at once, and would never call a Doubled; put Neurons into it",
    ):
        layer([1.0, 2.0])


def test_a_network_gives_a_list_whatever_its_size() -> None:
    for size in (1, 3):
        outputs = MLP(2, [4, size], seed=0)([1.0, 2.0])
        assert isinstance(outputs, list)
        assert len(outputs) == size


def test_a_network_is_its_layers_one_after_the_other() -> None:
    model = MLP(2, [3, 1], activation="tanh", output="sigmoid", seed=0)
    hidden = [tanh(n(xs).operands[0]).data for n in model.layers[0].neurons for xs in [[0.5, 1.5]]]  # type: ignore[attr-defined]
    last = model.layers[1].neurons[0]  # type: ignore[attr-defined]
    z = sum(w.data * h for w, h in zip(last.weights, hidden, strict=True)) + last.bias.data
    assert model([0.5, 1.5])[0].data == pytest.approx(sigmoid(z), abs=1e-15)


def test_inputs_may_be_values_tuples_or_numpy_rows() -> None:
    numpy = pytest.importorskip("numpy")
    model = MLP(2, [2], seed=0)
    expected = [y.data for y in model([1.0, 2.0])]
    for inputs in [(1, 2), numpy.array([1.0, 2.0]), [Value(1.0), Value(2.0)], range(1, 3)]:
        assert [y.data for y in model(inputs)] == expected


def test_the_gradient_reaches_inputs_and_every_parameter() -> None:
    model = MLP(2, [3, 2], activation="tanh", output="linear", seed=3)
    x = [Value(0.5), Value(-1.0)]
    y = model(x)
    (y[0] * y[1]).backward()
    assert all(p.grad != 0.0 for p in [*model.parameters(), *x])
    model.zero_grad()
    assert all(p.grad == 0.0 for p in model.parameters())


def test_parameters_are_named_by_the_way_to_them_and_labelled_for_pictures() -> None:
    model = MLP(2, [3, 1], seed=0)
    named = dict(model.named_parameters())
    assert len(named) == len(model.parameters()) == 13
    bias = named["layers.0.neurons.2.bias"]
    assert (bias.label, bias.role, bias.group.path) == ("b", "parameter", "layer 1 / neuron 3")  # type: ignore[union-attr]
    assert named["layers.1.neurons.0.weights.1"].label == "w₂"


def test_a_shared_parameter_counts_once() -> None:
    layer = Layer(2, 2, seed=0)
    assert len(Sequential(layer, layer).parameters()) == len(layer.parameters()) == 6


def test_a_module_of_ones_own_is_found_through_lists_dicts_and_attributes() -> None:
    class Gate(Module):
        def __init__(self) -> None:
            self.parts = {"in": [Neuron(1, seed=0)], "out": Neuron(1, seed=0)}
            self.scale = Value(1.0, role="parameter")
            self.not_a_parameter = Value(2.0)

    names = [name for name, _ in Gate().named_parameters()]
    assert names == [
        "parts.in.0.weights.0",
        "parts.in.0.bias",
        "parts.out.weights.0",
        "parts.out.bias",
        "scale",
    ]
    with pytest.raises(NotImplementedError, match="Gate has no __call__"):
        Gate()([1.0])


def test_the_same_seed_gives_the_same_weights_and_a_random_goes_on() -> None:
    def numbers(seed: Any) -> list[float]:
        return [p.data for p in MLP(3, [4, 2], seed=seed).parameters()]

    assert numbers(5) == numbers(5) != numbers(6)
    assert numbers(None) != numbers(None)
    random = Random(5)
    assert numbers(random) == numbers(5)
    assert numbers(random) != numbers(5)


@pytest.mark.parametrize("name", INITIALIZERS)
def test_initial_weights_have_the_spread_of_their_rule(name: str) -> None:
    spread = {
        "glorot_uniform": math.sqrt(2.0 / (50 + 30)),
        "he_normal": math.sqrt(2.0 / 50),
        "uniform": math.sqrt(1.0 / 3.0),
    }[name]
    layer = Layer(50, 30, initializer=name, seed=0)
    weights = [w.data for neuron in layer.neurons for w in neuron.weights]
    assert abs(math.fsum(weights)) / len(weights) < 0.1 * spread
    assert math.sqrt(math.fsum(w * w for w in weights) / len(weights)) == pytest.approx(
        spread, rel=0.05
    )
    assert all(neuron.bias.data == 0.0 for neuron in layer.neurons)


@given(st.integers(1, 100), st.integers(1, 100), st.integers())
def test_bounded_initializers_stay_in_their_bounds(
    n_inputs: int, n_outputs: int, seed: int
) -> None:
    assert abs(glorot_uniform(n_inputs, n_outputs, Random(seed))) <= math.sqrt(
        6.0 / (n_inputs + n_outputs)
    )
    assert abs(uniform(n_inputs, n_outputs, Random(seed))) <= 1.0
    assert math.isfinite(he_normal(n_inputs, n_outputs, Random(seed)))


def test_activation_and_initializer_may_be_functions() -> None:
    model = MLP(2, [1], output=lambda z: z * z, initializer=lambda n_inputs, n_outputs, random: 1.0)
    assert model([1.0, 2.0])[0].data == 9.0


@pytest.mark.parametrize(
    "module", [Neuron(3), Layer(3, 2), MLP(3, [2, 1])], ids=["Neuron", "Layer", "MLP"]
)
def test_a_wrong_number_of_inputs_is_an_error_that_says_what_to_give(module: Module) -> None:
    with pytest.raises(ValueError, match=r"takes 3 inputs, got 2; give one sample of 3 numbers"):
        module([1.0, 2.0])
    with pytest.raises(TypeError, match=r"takes a list of 3 numbers, got 1\.0"):
        module(1.0)


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: Neuron(0), "inputs of a Neuron must be a whole number of at least 1, got 0"),
        (lambda: Neuron(True), "got True"),
        (
            lambda: Layer(2, 1.5),
            r"outputs of a Layer must be a whole number of at least 1, got 1\.5",
        ),  # type: ignore[arg-type]
        (lambda: MLP(2, []), r"got \[\]; write MLP\(2, \[16, 16, 1\]\)"),
        (lambda: MLP(2, 3), "one number per layer, got 3"),  # type: ignore[arg-type]
        (
            lambda: Neuron(2, "sigmoyd"),
            "no activation is called 'sigmoyd'; choose one of linear, sigmoid",
        ),
        (
            lambda: Neuron(2, initializer="zeros"),
            "no initializer is called 'zeros'; choose one of glorot_uniform, he_normal, uniform",
        ),
    ],
)
def test_a_wrong_setting_is_an_error_that_names_the_choice(make: Any, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        make()


def test_sequential_takes_modules_only() -> None:
    with pytest.raises(TypeError, match="Sequential takes Modules, got 3"):
        Sequential(3)  # type: ignore[arg-type]


def test_modules_print_as_they_are_made() -> None:
    assert (
        repr(MLP(2, [3, 1], "relu", "linear"))
        == "MLP(2, [3, 1], activation='relu', output='linear')"
    )
    assert (
        repr(Sequential(Neuron(2, tanh), Layer(1, 2)))
        == "Sequential(Neuron(2, tanh), Layer(1, 2, 'sigmoid'))"
    )
    model = MLP(2, [3, 1])
    model.layers[0].neurons.pop()  # type: ignore[attr-defined]
    assert repr(model) == "Sequential(Layer(2, 2, 'sigmoid'), Layer(3, 1, 'sigmoid'))"


def test_a_model_keeps_no_graph_alive() -> None:
    class Tracked(Value):  # a plain Value has no weak references
        __slots__ = ("__weakref__",)

    model = MLP(2, [3, 1], seed=0)
    gc.disable()
    try:
        x = Tracked(1.0)
        model([x, 2.0])[0].backward()
        gone = weakref.ref(x)
        del x
        assert gone() is None
    finally:
        gc.enable()


@pytest.mark.parametrize(("name", "value"), [("weights", [1.0, 2.0]), ("bias", 0.5)])
def test_plain_numbers_are_no_parameters(name: str, value: Any) -> None:
    neuron = Neuron(2, seed=0)
    with pytest.raises(TypeError, match=rf"the {name} of a Neuron must be Values, got "):
        setattr(neuron, name, value)
    assert len(neuron.parameters()) == 3


def test_a_subclass_may_set_its_activation_first() -> None:
    class Rectified(Layer):
        def __init__(self) -> None:
            self.activation = "relu"
            super().__init__(2, 3, "relu")

    assert Rectified().activation == "relu"


def test_a_network_of_functions_prints_itself() -> None:
    model = MLP(2, [2, 1], seed=0)
    model.layers[0] = lambda inputs: inputs  # type: ignore[call-overload]
    assert repr(model).startswith("Sequential(<function")
