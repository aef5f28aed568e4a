"""Initial weights: by name, or by a function (n_inputs, n_outputs, random) for each weight."""

from __future__ import annotations

import math
from collections.abc import Callable
from operator import index
from random import Random
from typing import SupportsIndex

from autograd_core import Value
from autograd_core.support import subscript

from ..requirements import chosen

Seed = int | Random | None
Initializer = Callable[[int, int, Random], float]


def glorot_uniform(n_inputs: int, n_outputs: int, random: Random) -> float:
    """Uniform in ±√(6 / (n_inputs + n_outputs)): preserves the scale of sums and gradients with
    sigmoid and tanh (Glorot, Bengio 2010).

    >>> abs(glorot_uniform(3, 3, Random(0))) <= 1.0
    True
    """
    limit = math.sqrt(6.0 / (n_inputs + n_outputs))
    return random.uniform(-limit, limit)


def he_normal(n_inputs: int, n_outputs: int, random: Random) -> float:
    """Normal with standard deviation √(2 / n_inputs): preserves the scale of sums with relu (He et
    al. 2015).

    >>> he_normal(8, 1, Random(0)) == Random(0).gauss(0.0, 0.5)
    True
    """
    return random.gauss(0.0, math.sqrt(2.0 / n_inputs))


def uniform(n_inputs: int, n_outputs: int, random: Random) -> float:
    """Uniform in ±1, for any number of inputs.

    >>> abs(uniform(3, 3, Random(0))) <= 1.0
    True
    """
    return random.uniform(-1.0, 1.0)


INITIALIZERS: dict[str, Initializer] = {
    "glorot_uniform": glorot_uniform,
    "he_normal": he_normal,
    "uniform": uniform,
}


def initializer(given: str | Initializer) -> Initializer:
    """The initializer with that name, or the given function itself.

    >>> initializer("he_normal") is he_normal
    True
    """
    return chosen(given, INITIALIZERS, "initializer", "a function")


def weights_of(
    n_inputs: int, n_outputs: int, given: str | Initializer, random: Random
) -> tuple[list[Value], Value]:
    """New weights w₁ … wₙ, and the bias b, which starts at 0."""
    start = initializer(given)
    labels = [f"w{subscript(i + 1)}" for i in range(n_inputs)]
    weights = [
        Value(start(n_inputs, n_outputs, random), label, role="parameter") for label in labels
    ]
    return weights, Value(0.0, "b", role="parameter")


def random_of(seed: Seed) -> Random:
    if isinstance(seed, Random):
        return seed
    return Random(
        index(seed) if isinstance(seed, SupportsIndex) else seed
    )  # Random takes no NumPy integers
