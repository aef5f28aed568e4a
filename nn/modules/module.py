"""`Module`, the base of all models: its parameters, and a summary of its layers."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Self

from autograd_core import Value

from .activations import Activation, activation_text


class Module:
    """Compute outputs from inputs and parameters; the base of all models.

    The parameters are the Values with the role "parameter" among the attributes, and those of
    submodules, also in lists, tuples and dicts. `trainable = False` freezes those of a module and
    of its submodules: a training computes with them, but does not change them.

    Example:
        >>> class Scale(Module):
        ...     def __init__(self) -> None:
        ...         self.factor = Value(2.0, role="parameter")
        ...     def __call__(self, inputs):
        ...         return [self.factor * x for x in inputs]
        >>> Scale().named_parameters()
        [('factor', Value(2.0))]
    """

    trainable = True

    def __call__(self, inputs: Any) -> Any:
        """Compute the outputs for one sample.

        Args:
            inputs: the sample, usually a list of numbers.

        Returns:
            A Value or a list of them.

        Raises:
            NotImplementedError: the class does not define it.
        """
        raise NotImplementedError(
            f"{type(self).__name__} has no __call__; define it: the outputs for one sample's inputs"
        )

    def parameters(self) -> list[Value]:
        """Find every parameter that is not frozen once, in the order of the attributes.

        Returns:
            The parameters, as an optimizer takes them.

        Example:
            >>> from nn import Neuron
            >>> [p.data for p in Neuron(2, initializer=lambda *_: 0.5).parameters()]
            [0.5, 0.5, 0.0]
        """
        return [p for *_, p, trainable in _find(self).values() if trainable]

    def named_parameters(self) -> list[tuple[str, Value]]:
        """Find every parameter once, including the frozen ones, with its path.

        Returns:
            Pairs of a path, such as `layers.0.neurons.3.bias`, and a parameter.
        """
        return [(f"{path}{name}", p) for path, name, p, _ in _find(self).values()]

    def zero_grad(self) -> None:
        """Set the gradient of every parameter to 0.0: each backward pass adds to it.

        Example:
            >>> from nn import Neuron
            >>> neuron = Neuron(1, "linear", seed=0)
            >>> neuron([2.0]).backward()
            >>> before = [p.grad for p in neuron.parameters()]
            >>> neuron.zero_grad()
            >>> before, [p.grad for p in neuron.parameters()]
            ([2.0, 1.0], [0.0, 0.0])
        """
        for _, parameter in self.named_parameters():
            parameter.grad = 0.0

    def train(self, mode: bool = True) -> Self:
        """Switch every `Dropout` of the model on, for your own calls; `fit` does this itself.

        Args:
            mode: False switches them off, as `eval` does.

        Returns:
            The model itself.

        Example:
            >>> from nn import Dropout, Layer, Sequential
            >>> model = Sequential(Layer(2, 3, seed=0), Dropout(0.5, seed=1)).train()
            >>> [y.data == 0.0 for y in model([1.0, 2.0])]
            [True, False, False]
        """
        for part in _parts(self):
            if hasattr(part, "training"):
                part.training = mode
        return self

    def eval(self) -> Self:
        """Switch every `Dropout` of the model off, as in a new model.

        Returns:
            The model itself.

        Example:
            >>> from nn import Dropout
            >>> Dropout(0.5).train().eval()([1.0, 2.0])
            [1.0, 2.0]
        """
        return self.train(False)

    def summary(self) -> str:
        """Describe the layers in a table: their shapes, activations and numbers of parameters.

        A parameter that several layers share counts in the first of them.

        Returns:
            Text with one line per layer, or per submodule of your own module, and one for the whole
            model.

        Example:
            >>> from nn import MLP
            >>> model = MLP(2, [16, 1], "relu", seed=0)
            >>> model.layers[0].trainable = False
            >>> print(model.summary())
            part     kind   inputs  outputs  activation  parameters  trainable
            layer 1  Layer       2       16  relu                48          0
            layer 2  Layer      16        1  sigmoid             17         17
            total    MLP         2        1  sigmoid             65         17
        """
        rows = ["part kind inputs outputs activation parameters trainable".split()]
        left, layers = _find(self), getattr(self, "layers", None)
        members = vars(self)
        if isinstance(layers, list):
            members = {f"layer {i}": layer for i, layer in enumerate(layers, 1)}
        parts = {name: part for name, part in members.items() if isinstance(part, Module)}
        for name, part in [*parts.items(), ("total", self)]:
            if part is self:
                left = _find(self)
            own = [left.pop(key) for key in _find(part) if key in left]
            activation = "" if part.output is None else activation_text(part.output).strip("'")
            counts = len(own), sum(trainable for *_, trainable in own)
            rows.append(
                [name, type(part).__name__, *map(str, [*part.sample_shapes, activation, *counts])]
            )
        widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
        cells = [zip(row, "<<>><>>", widths, strict=True) for row in rows]
        return "\n".join("  ".join(f"{x:{side}{n}}" for x, side, n in row) for row in cells)

    @property
    def sample_shapes(self) -> tuple[Any, Any]:
        """The shapes of a sample and of its outputs for `summary`; empty if they are unknown."""
        return "", ""

    @property
    def output(self) -> str | Activation | None:
        """The activation of the outputs, or None if it is unknown."""
        return None


Found = tuple[str, Any, Value, bool]
"""The path of a parameter, its name at the end of it, the parameter, and whether it is trained."""


def _find(
    part: Any, path: str = "", found: dict[int, Found] | None = None, trainable: bool = True
) -> dict[int, Found]:
    """The parameters in a module, a list, a tuple or a dict by their ids, added to `found`."""
    found = {} if found is None else found
    trainable &= getattr(part, "trainable", True)
    members = vars(part) if isinstance(part, Module) else part
    for name, member in members.items() if isinstance(members, dict) else enumerate(members):
        if isinstance(member, Value):
            if member.role == "parameter":
                *first, before = found.get(id(member), (path, name, member, True))
                found[id(member)] = (*first, before and trainable)  # frozen in one place, in all
        elif isinstance(member, Module | dict | list | tuple):
            _find(member, f"{path}{name}.", found, trainable)
    return found


def _parts(part: Any) -> Iterator[Module]:
    """A module and all modules in it, also in lists, tuples and dicts."""
    if isinstance(part, Module):
        yield part
    members = vars(part) if isinstance(part, Module) else part
    for member in members.values() if isinstance(members, dict) else members:
        if isinstance(member, Module | dict | list | tuple):
            yield from _parts(member)
