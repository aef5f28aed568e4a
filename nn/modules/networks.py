"""Networks: `Neuron`, `Layer`, `Sequential` and `MLP`."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from math import prod
from random import Random
from typing import Any

from autograd_core import Matrix, Value, group
from autograd_core.errors import unfollowed

from ..requirements import count
from .activations import (
    OVER_A_LAYER,
    Activation,
    activation_text,
    common,
    layer_and_unit_activation,
    unit_activation,
)
from .initializers import Initializer, Seed, random_of, weights_of
from .module import Module


class _Weights:
    """The weights and biases of some neurons as one Matrix, kept until one of them is replaced."""

    __slots__ = ("_activate", "_each", "_matrix", "_neurons", "_replaced")

    replaced = 0  # how often the weights or the activation of any neuron were replaced

    def __init__(self) -> None:
        self._neurons: list[Neuron] = []
        self._replaced = -1

    def __reduce__(self) -> Any:
        return _Weights, ()

    def units(self, neurons: list[Neuron], xs: list[Any]) -> list[Value]:
        """The output of each neuron, with its own activation."""
        if self._replaced != _Weights.replaced or self._neurons != neurons:
            self._read(neurons)
        if self._each is None:
            return self._matrix.units(xs, self._activate)
        return [
            z if f is None else f(z) for f, z in zip(self._each, self._matrix @ xs, strict=True)
        ]

    def _read(self, neurons: list[Neuron]) -> None:
        for neuron in neurons:
            if not isinstance(neuron, Neuron) or (
                neuron._shared is not self and type(neuron).__call__ is not Neuron.__call__
            ):
                raise TypeError(
                    "a Layer computes f(w · x + b) for all its neurons at once, and would never "
                    f"call a {type(neuron).__name__}; put Neurons into it, or write a Module that "
                    "calls yours one after another"
                )
        self._matrix = Matrix([(*neuron.weights, neuron.bias) for neuron in neurons])
        activations = [neuron._activate for neuron in neurons]
        self._activate = activations[0] if activations else None
        self._each = None if all(f is self._activate for f in activations) else activations
        self._neurons, self._replaced = list(neurons), _Weights.replaced


def replacements() -> int:
    """How often the weights or the activation of any neuron were replaced."""
    return _Weights.replaced


class Neuron(Module):
    """Compute one unit: ŷ = f(z) with z = w · x + b.

    The result has the operand z. `activation`, `weights` and `bias` can be set.

    Args:
        n_inputs: the number of inputs, at least 1.
        activation: f: the name of an activation, such as "tanh", or a function of z.
        initializer: of the weights: "glorot_uniform", "he_normal", "uniform", or a
            function(n_inputs, n_outputs, random); the bias starts at 0.
        seed: an int or a `random.Random` that determines the weights; by default they differ each
            time.

    Raises:
        ValueError: there is no such activation or initializer, or the activation needs a whole
            layer, or `n_inputs` is no whole number of at least 1.
        TypeError: weights or a bias that are set are not Values.

    Example:
        >>> neuron = Neuron(2, "linear", initializer=lambda n_inputs, n_outputs, random: 0.5)
        >>> neuron([4.0, 2.0])
        Value(3.0)
    """

    def __init__(
        self,
        n_inputs: int,
        activation: str | Activation = "sigmoid",
        *,
        initializer: str | Initializer = "glorot_uniform",
        seed: Seed = None,
    ) -> None:
        n_weights = count(n_inputs, "the number of inputs of a Neuron")
        self.activation, self.initializer = activation, initializer
        self.weights: Sequence[Value]  # a tuple: new weights are assigned as a whole
        self.weights, self.bias = weights_of(n_weights, 1, initializer, random_of(seed))
        self._shared = _Weights()

    def __call__(self, inputs: Sequence[Any]) -> Value:
        xs = _operands(inputs, len(self.weights), self)
        return self._shared.units([self], xs)[0]

    def __setattr__(self, name: str, value: Any) -> None:
        if name == "weights":
            value = tuple(value)
        if name in ("weights", "bias"):
            if not all(isinstance(x, Value) for x in (value if name == "weights" else [value])):
                raise TypeError(
                    f"the {name} of a Neuron must be Values, got {value!r}; set the number of one "
                    'by its .data, or give new ones as Value(0.5, role="parameter")'
                )
        elif name == "activation":
            self._activate = None if value == "linear" else unit_activation(value)
        super().__setattr__(name, value)
        _Weights.replaced += 1

    @property
    def output(self) -> str | Activation:
        """The activation of the output."""
        return self.activation

    @property
    def sample_shapes(self) -> tuple[int, int]:
        """The number of inputs, and 1 output."""
        return len(self.weights), 1

    def __repr__(self) -> str:
        return f"Neuron({len(self.weights)}, {activation_text(self.activation)})"


def neurons_of(
    n: int,
    name: str,
    n_inputs: int,
    n_outputs: int,
    activation: str | Activation,
    initializer: str | Initializer,
    random: Random,
) -> list[Neuron]:
    """The n neurons of a layer; `n_outputs` is for the initializer."""
    neurons = []
    for i in range(n):
        with group(f"{name} {i + 1}"):
            neuron = Neuron(n_inputs, activation, initializer=initializer, seed=random)
            neuron.weights, neuron.bias = weights_of(n_inputs, n_outputs, initializer, random)
            neurons.append(neuron)
    return neurons


class Layer(Module):
    """Compute units that share their inputs: ŷₖ = f(wₖ · x + bₖ).

    Args:
        n_inputs: the number of inputs, at least 1.
        n_outputs: the number of units, at least 1.
        activation: f: the name of an activation, such as "tanh", or a function of z; "softmax"
            applies to the whole layer. It can be set.
        initializer: of the weights, as for a `Neuron`.
        seed: an int or a `random.Random` that determines the weights.

    Raises:
        ValueError: there is no such activation or initializer, or a size is no whole number of at
            least 1.

    Example:
        >>> len(Layer(3, 4, "tanh", seed=0)([1.0, 2.0, 3.0]))
        4
    """

    def __init__(
        self,
        n_inputs: int,
        n_outputs: int,
        activation: str | Activation = "sigmoid",
        *,
        initializer: str | Initializer = "glorot_uniform",
        seed: Seed = None,
    ) -> None:
        self.n_inputs = count(n_inputs, "the number of inputs of a Layer")
        self.initializer = initializer
        self._whole, own = layer_and_unit_activation(activation)
        self._shared, random = _Weights(), random_of(seed)
        n = count(n_outputs, "the number of outputs of a Layer")
        self.neurons = neurons_of(n, "neuron", n_inputs, n_outputs, own, initializer, random)

    def __call__(self, inputs: Sequence[Any]) -> list[Value]:
        xs = _operands(inputs, self.n_inputs, self)
        units = self._shared.units(self.neurons, xs)
        return units if self._whole is None else OVER_A_LAYER[self._whole](units)

    @property
    def activation(self) -> str | Activation | None:
        """The activation of the layer or of all its neurons; None if they differ. It can be set."""
        return self._whole or common([neuron.activation for neuron in self.neurons])

    @activation.setter
    def activation(self, given: str | Activation) -> None:
        whole, own = layer_and_unit_activation(given)
        for neuron in vars(self).get("neurons", ()):  # a subclass may set it before they exist
            neuron.activation = own
        self._whole = whole

    @property
    def output(self) -> str | Activation | None:
        """The activation of the outputs."""
        return self.activation

    @property
    def sample_shapes(self) -> tuple[int, int]:
        """The numbers of inputs and outputs."""
        return self.n_inputs, len(self.neurons)

    def __repr__(self) -> str:
        return f"Layer({self.n_inputs}, {len(self.neurons)}, {activation_text(self.activation)})"


class Sequential(Module):
    """Apply modules in sequence: each takes the outputs of the previous one.

    Args:
        *layers: the modules; afterwards the list `layers`, which can be changed.

    Raises:
        TypeError: one of them is not a Module.
        ValueError: one takes another number of inputs than the one before it gives.

    Example:
        >>> Sequential(Layer(2, 3, "tanh"), Layer(3, 1, "linear"))
        Sequential(Layer(2, 3, 'tanh'), Layer(3, 1, 'linear'))
    """

    def __init__(self, *layers: Module) -> None:
        for layer in layers:
            if not isinstance(layer, Module):
                raise TypeError(
                    f"Sequential takes Modules, got {layer!r}; write Sequential(Layer(2, 3), "
                    "Layer(3, 1))"
                )
        self.layers = list(layers)
        self._check_sizes()

    def __call__(self, inputs: Sequence[Any]) -> Any:
        try:
            for layer in self.layers:
                inputs = layer(inputs)
        except ValueError:
            self._check_sizes()  # the list may have been changed
            raise
        return inputs

    def _check_sizes(self) -> None:
        """Refuse a module that takes another number of inputs than the one before it gives."""
        for before, after in pairwise(self.layers):
            given, taken = before.sample_shapes[1], after.sample_shapes[0]
            if "" not in (given, taken) and _size(given) != _size(taken):
                raise ValueError(
                    f"{after!r} takes {_size(taken)} inputs, but {before!r} before it gives "
                    f"{_size(given)}; make them equal"
                )

    @property
    def output(self) -> str | Activation | None:
        """The activation of the outputs of the last module."""
        return self.layers[-1].output if self.layers else None

    @property
    def sample_shapes(self) -> tuple[Any, Any]:
        """The shapes of a sample and of the outputs of the last module."""
        return (
            (self.layers[0].sample_shapes[0], self.layers[-1].sample_shapes[1])
            if self.layers
            else ("", "")
        )

    def __repr__(self) -> str:
        return f"Sequential({', '.join(map(repr, self.layers))})"


class MLP(Sequential):
    """Compute a multilayer perceptron: layers in sequence, each ŷ = f(W x + b).

    The result is always a list, also for one output.

    Args:
        n_inputs: the number of inputs, at least 1.
        sizes: the number of units of each layer, at least one layer; the last is that of the
            outputs.
        activation: f of all layers but the last: a name, such as "relu", or a function of z. It can
            be set.
        output: f of the last layer; "softmax" gives probabilities of classes, and "linear" logits.
        initializer: of the weights, as for a `Neuron`.
        seed: an int or a `random.Random` that determines the weights.

    Raises:
        ValueError: there is no such activation or initializer, there are no sizes, or a size is no
            whole number of at least 1.

    Example:
        >>> model = MLP(2, [16, 16, 1], activation="relu", output="linear", seed=0)
        >>> len(model.parameters()), len(model([0.5, -1.0]))
        (337, 1)
    """

    def __init__(
        self,
        n_inputs: int,
        sizes: Sequence[int],
        activation: str | Activation = "sigmoid",
        output: str | Activation = "sigmoid",
        *,
        initializer: str | Initializer = "glorot_uniform",
        seed: Seed = None,
    ) -> None:
        if not isinstance(sizes, Sequence) or not sizes:
            raise ValueError(
                f"the sizes of an MLP are a list with one number per layer, got {sizes!r}; write "
                "MLP(2, [16, 16, 1])"
            )
        random = random_of(seed)
        layers = []
        for i, (before, size) in enumerate(zip([n_inputs, *sizes], sizes, strict=False)):
            with group(f"layer {i + 1}"):
                own = output if i == len(sizes) - 1 else activation
                layers.append(Layer(before, size, own, initializer=initializer, seed=random))
        super().__init__(*layers)
        self.n_inputs, self.sizes = layers[0].n_inputs, [len(layer.neurons) for layer in layers]
        self._activation, self.initializer = activation, initializer

    @property
    def activation(self) -> str | Activation | None:
        """The activation of all layers but the last; None if theirs differ. It can be set."""
        return common(
            [getattr(layer, "output", None) for layer in self.layers[:-1]] or [self._activation]
        )

    @activation.setter
    def activation(self, given: str | Activation) -> None:
        for layer in self.layers[:-1]:
            if isinstance(layer, Layer):
                layer.activation = given
        self._activation = given

    def as_made(self) -> bool:
        """Tell whether the layers still match the sizes and the activations: they can be changed.

        Returns:
            True if n_inputs, sizes, activation and output describe the model.

        Example:
            >>> model = MLP(2, [3, 1], seed=0)
            >>> before = model.as_made()
            >>> model.layers.append(Layer(1, 1))
            >>> before, model.as_made()
            (True, False)
        """
        sizes = [*zip([self.n_inputs, *self.sizes], self.sizes, strict=False)]
        layers = [layer for layer in self.layers if type(layer) is Layer]
        return (
            len(layers) == len(self.layers)
            and [(layer.n_inputs, len(layer.neurons)) for layer in layers] == sizes
            and all(layer.activation == self.activation for layer in layers[:-1])
        )

    def __repr__(self) -> str:
        if not self.as_made():
            return super().__repr__()
        activations = (
            f"activation={activation_text(self.activation)}, output={activation_text(self.output)}"
        )
        return f"MLP({self.n_inputs}, {self.sizes}, {activations})"


def _size(shape: Any) -> int:
    """How many numbers a sample of this shape has."""
    return prod(shape) if isinstance(shape, tuple) else shape


def _operands(inputs: Sequence[Any], expected: int, module: Module) -> list[Any]:
    """The inputs as a list with 1.0 at its end, which the bias multiplies."""
    try:
        if inputs.__class__ is not list and hasattr(inputs, "tolist"):  # a NumPy row
            inputs = unfollowed(inputs, "an input").tolist()
        xs = [*inputs, 1.0]
    except TypeError:
        unfollowed(inputs, "an input")
        raise TypeError(
            f"{module!r} takes a list of {expected} numbers, got {inputs!r}; write "
            "model([x₁, x₂, …])"
        ) from None
    if len(xs) != expected + 1:
        got = len(xs) - 1
        raise ValueError(
            f"{module!r} takes {expected} inputs, got {got}; give one sample of {expected} "
            "numbers at a time"
        )
    return xs
