"""`Module`, the base of all models: its parameters, and a summary of its layers."""

from __future__ import annotations

from typing import Any

from autograd_core import Value

from .activations import Activation


class Module:
    """Compute outputs from inputs and parameters; the base of all models.

    The parameters are the Values with the role "parameter" among the attributes, and those of
    submodules, also in lists, tuples and dicts.

    Example:
        >>> class Scale(Module):
        ...     def __init__(self) -> None:
        ...         self.factor = Value(2.0, role="parameter")
        ...     def __call__(self, inputs):
        ...         return [self.factor * x for x in inputs]
        >>> Scale().named_parameters()
        [('factor', Value(2.0))]
    """

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
        """Find every parameter once, in the order of the attributes.

        Returns:
            The parameters, as an optimizer takes them.

        Example:
            >>> from nn import Neuron
            >>> [p.data for p in Neuron(2, initializer=lambda *_: 0.5).parameters()]
            [0.5, 0.5, 0.0]
        """
        return [parameter for *_, parameter in _find(self, "", {}).values()]

    def named_parameters(self) -> list[tuple[str, Value]]:
        """Find every parameter once, with its path.

        Returns:
            Pairs of a path, such as `layers.0.neurons.3.bias`, and a parameter.
        """
        found = _find(self, "", {}).values()
        return [(f"{path}{name}", parameter) for path, name, parameter in found]

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
        for parameter in self.parameters():
            parameter.grad = 0.0

    @property
    def output(self) -> str | Activation | None:
        """The activation of the outputs, or None if it is unknown."""
        return None


Parameters = dict[int, tuple[str, Any, Value]]


def _find(part: Any, path: str, found: Parameters) -> Parameters:
    """Add the parameters in a module, a list, a tuple or a dict, each with its path and its name at
    the end of it; the keys are their ids.
    """
    members = vars(part) if isinstance(part, Module) else part
    for name, member in members.items() if isinstance(members, dict) else enumerate(members):
        if isinstance(member, Value):
            if member.role == "parameter" and id(member) not in found:
                found[id(member)] = path, name, member
        elif isinstance(member, Module | dict | list | tuple):
            _find(member, f"{path}{name}.", found)
    return found
