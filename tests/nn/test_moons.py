"""micrograd's moons demo with its loop and its settings: two half moons, a max-margin loss, 100
steps of descent.
"""

from __future__ import annotations

import pytest

from autograd_core import dot, mean, relu
from nn import MLP


@pytest.mark.slow
def test_the_demo_of_micrograd_trains_to_the_same_accuracy() -> None:
    datasets = pytest.importorskip("sklearn.datasets")
    X, y = datasets.make_moons(n_samples=100, noise=0.1, random_state=1337)
    inputs, sides = X.tolist(), (2 * y - 1).tolist()
    model = MLP(2, [16, 16, 1], activation="relu", output="linear", seed=0)
    parameters = model.parameters()
    for k in range(100):
        scores = [model(x)[0] for x in inputs]
        losses = [relu(1 - side * score) for side, score in zip(sides, scores, strict=True)]
        total = mean(losses) + 1e-4 * dot(parameters, parameters)
        model.zero_grad()
        total.backward()
        for p in parameters:
            p.data -= (1.0 - 0.9 * k / 100) * p.grad
    accuracy = mean(
        [float((side > 0) == (model(x)[0].data > 0)) for side, x in zip(sides, inputs, strict=True)]
    )
    assert (accuracy, total.data < 0.1) == (1.0, True)
