"""Graphs of any size to draw: a chain of operations, and a network of neurons with a loss."""

from __future__ import annotations

import random

from autograd_core import Value, group, mean, tanh
from nn import MLP


def chain(n: int, groups: int = 2) -> Value:
    """n operations, in turn in several groups, that use one parameter in each."""
    weights = []
    for k in range(groups):
        with group(f"group {k}"):
            weights.append(Value(0.999, f"w{k}", role="parameter"))
    y = Value(1.0, "x")
    for i in range(n // 2):
        y = tanh(y * weights[i % groups])
    return y


def network(sizes: list[int], spread: float, samples: int = 3) -> Value:
    """A loss of a sigmoid network, after backward()."""
    model = MLP(
        2, sizes, seed=1, initializer=lambda n_inputs, n_outputs, rng: rng.gauss(0.0, spread)
    )
    rng = random.Random(0)
    terms = [(model([Value(rng.gauss(0.0, 1.0)), 1.0])[0] - 1.0) ** 2 for _ in range(samples)]
    loss = mean(terms)
    loss.label = "loss"
    loss.backward()
    return loss
