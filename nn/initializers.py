"""Where weights start: by name, or any function (inputs of the layer, outputs of the layer, random) that gives one weight."""

from __future__ import annotations

import math
from collections.abc import Callable
from random import Random

Initializer = Callable[[int, int, Random], float]


def glorot(n_inputs: int, n_outputs: int, random: Random) -> float:
    """Uniform in ±√(6 / (inputs + outputs)): keeps the size of sums and gradients with sigmoid and tanh (Glorot, Bengio 2010).

    >>> abs(glorot(3, 3, Random(0))) <= 1.0
    True
    """
    limit = math.sqrt(6.0 / (n_inputs + n_outputs))
    return random.uniform(-limit, limit)


def he(n_inputs: int, n_outputs: int, random: Random) -> float:
    """Normal with standard deviation √(2 / inputs): keeps the size of sums with relu (He et al. 2015).

    >>> he(8, 1, Random(0)) == Random(0).gauss(0.0, 0.5)
    True
    """
    return random.gauss(0.0, math.sqrt(2.0 / n_inputs))


def uniform(n_inputs: int, n_outputs: int, random: Random) -> float:
    """Uniform in ±1, however many inputs there are.

    >>> abs(uniform(3, 3, Random(0))) <= 1.0
    True
    """
    return random.uniform(-1.0, 1.0)


INITIALIZERS: dict[str, Initializer] = {"glorot": glorot, "he": he, "uniform": uniform}


def initializer(given: str | Initializer) -> Initializer:
    """The initializer of that name, or the function itself.

    >>> initializer("he") is he
    True
    """
    if callable(given):
        return given
    if given not in INITIALIZERS:
        raise ValueError(f"no initializer is called {given!r}; choose one of {', '.join(INITIALIZERS)}, or give a function")
    return INITIALIZERS[given]
