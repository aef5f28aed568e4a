"""Activation functions by name: of one unit, or of a whole layer."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import autograd_core
from autograd_core import softmax

from ..requirements import chosen

Activation = Callable[[Any], Any]


def linear(z: Any) -> Any:
    """Return z itself: no activation.

    Args:
        z: any number or Value.

    Returns:
        The same object.

    Example:
        >>> linear(2.5)
        2.5
    """
    return z


NAMES = "sigmoid tanh relu leaky_relu elu gelu silu mish softplus softsign"

ACTIVATIONS: dict[str, Activation] = {
    "linear": linear,
    **{name: getattr(autograd_core, name) for name in NAMES.split()},
}

OVER_A_LAYER: dict[str, Callable[[Sequence[Any]], list[Any]]] = {"softmax": softmax}
"""Activations of all units of a layer at once."""


def unit_activation(given: str | Activation) -> Activation:
    """The activation with that name, or the given function itself.

    >>> unit_activation("relu")(-2.0)
    0.0
    """
    if isinstance(given, str) and given in OVER_A_LAYER:
        raise ValueError(
            f"{given} needs all units of a layer at once, so a single neuron cannot have it; give "
            "it to a Layer"
        )
    return chosen(given, ACTIVATIONS, "activation", "a function of z", more=OVER_A_LAYER)


def layer_and_unit_activation(activation: str | Activation) -> tuple[str | None, str | Activation]:
    """The name of an activation over a whole layer, or None; and the activation of each unit.

    >>> layer_and_unit_activation("softmax"), layer_and_unit_activation("tanh")
    (('softmax', 'linear'), (None, 'tanh'))
    """
    whole = next(
        (name for name, function in OVER_A_LAYER.items() if activation in (name, function)), None
    )
    return whole, activation if whole is None else "linear"


def common(activations: Sequence[str | Activation | None]) -> str | Activation | None:
    """The activation that all share, or None if they differ.

    >>> common(["tanh", "tanh"]), common(["tanh", "relu"])
    ('tanh', None)
    """
    return activations[0] if activations and all(f == activations[0] for f in activations) else None


def activation_text(activation: str | Activation | None) -> str:
    """The activation as a module prints it."""
    if activation is None:
        return "several activations"
    if isinstance(activation, str):
        return repr(activation)
    return str(getattr(activation, "name", getattr(activation, "__name__", activation)))
