"""The weight decay that is tried out, weak where the network must bend and strong where there is
noise; and how long a training is.
"""

from __future__ import annotations

import math
from random import Random
from typing import Any

import pytest

from nn import MLP, Module
from nn.training.defaults import STRENGTHS, chosen_weight_decay, enough_epochs

SETTINGS: dict[str, Any] = {
    "loss": "mean_squared_error",
    "learning_rate": 0.01,
    "epochs": 200,
    "batch_size": 32,
}


def chosen(n: int, noise: float, **more: Any) -> tuple[float, Module]:
    """For sin 4x + y², or for that much noise around a plane in five directions."""
    random = Random(1)
    rows = [[random.uniform(-1.0, 1.0) for _ in range(5)] for _ in range(n)]
    targets = [
        noise * random.gauss(0.0, 1.0) + sum(x) / 2.0 if noise else math.sin(4.0 * x[0]) + x[1] ** 2
        for x in rows
    ]
    model = MLP(5, [16, 1], "tanh", "linear", seed=0)
    return chosen_weight_decay(model, rows, targets, **SETTINGS | more), model


def test_it_is_weak_without_noise_and_strong_with_noise() -> None:
    pytest.importorskip("numpy")
    assert chosen(300, 0.0)[0] <= 1.0 / 300
    assert chosen(300, 1.5)[0] >= 10.0 / 300


def test_it_is_one_of_the_strengths_by_the_number_of_samples_and_repeats() -> None:
    pytest.importorskip("numpy")
    found = chosen(200, 0.5, epochs=5)[0]
    assert found * 200 in [pytest.approx(strength) for strength in STRENGTHS]
    assert chosen(200, 0.5, epochs=5)[0] == found


def test_the_model_keeps_its_parameters() -> None:
    _, model = chosen(50, 0.5, epochs=3)
    fresh = MLP(5, [16, 1], "tanh", "linear", seed=0)
    assert [p.data for p in model.parameters()] == [p.data for p in fresh.parameters()]


def test_trainings_that_diverge_are_not_chosen() -> None:
    """All diverge: the usual one remains."""
    assert chosen(100, 0.5, epochs=2, learning_rate=1e300)[0] == 0.02


def test_without_numpy_it_falls_with_the_number_of_samples(monkeypatch: pytest.MonkeyPatch) -> None:
    def missing(*_: object) -> None:
        raise ImportError("no NumPy")

    monkeypatch.setattr("nn.training.loop.CompiledStep", missing)
    assert chosen(100, 0.5)[0] == 0.02
    assert chosen(1000, 0.5)[0] == 0.008


@pytest.mark.parametrize(
    ("n", "columns", "epochs"), [(100, 3, 200), (15_000, 3, 100), (10**6, 3, 1), (8_000, 561, 34)]
)
def test_a_training_ends_by_the_number_of_samples_and_parameters(
    n: int, columns: int, epochs: int
) -> None:
    assert enough_epochs(n, MLP(columns, [64, 2], seed=0)) == epochs
