"""The matrix products that are found where a user's own loop goes over the samples, whatever
the targets and the loss.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from itertools import pairwise
from typing import Any

import pytest

import autograd_core as ac
from autograd_core import Value, gradients, value_and_grad
from nn import MLP

from .networks import MOONS, WAYS, WEIGHTS, dense, uniform
from .slots import lowered

pytestmark = pytest.mark.slow

ways = pytest.mark.parametrize("way", WAYS.values(), ids=WAYS)


def _loop(way: Any, targets: tuple[float, float], mean: str) -> Callable[[list[Any]], Any]:
    def loss(w: list[Any]) -> Any:
        total = 0.0
        for k in range(20):
            d = dense(MOONS, way, w, uniform(2, k))[0] - targets[k % 2]
            total = total + (d * d * (1.0 / 20.0) if mean == "each · 1/n" else d * d)
        return total * (1.0 / 20.0) if mean == "· 1/n" else total / 20.0 if mean == "/ n" else total

    return value_and_grad(loss)


UNROLLED = [
    *[(16, 3, 20), (16, 17, 20), (1, 17, 20)],  # forward
    *[
        (1, 20, 1),
        (16, 1, 20),
        (1, 20, 17),
    ],  # the loss, what it sends to the last hidden layer, the last weights
    *[(16, 16, 20), (16, 20, 17), (16, 20, 3)],  # the layers below
]


@ways
def test_a_loop_over_samples_is_as_many_products_as_there_are_layers(way: Any) -> None:
    found = lowered(_loop(way, (-1.0, 1.0), "/ n"), WEIGHTS)
    assert found.products == UNROLLED
    assert found.gathered == 0


@pytest.mark.parametrize("mean", ["· 1/n", "each · 1/n", "none"])
def test_the_mean_makes_no_difference(mean: str) -> None:
    assert lowered(_loop(WAYS["Python's sum"], (-1.0, 1.0), mean), WEIGHTS).products == UNROLLED


@pytest.mark.parametrize("targets", [(0.0, 1.0), (0, 1), (-1, 0), (1, 0)])
def test_a_target_of_zero_makes_no_difference(targets: tuple[float, float]) -> None:
    assert lowered(_loop(WAYS["Python's sum"], targets, "/ n"), WEIGHTS).products == UNROLLED


def test_targets_on_the_left_and_weights_of_the_samples_make_no_difference() -> None:
    def loss(w: list[Any]) -> Any:
        total = 0.0
        for k in range(20):
            d = k % 2 - dense(MOONS, WAYS["Python's sum"], w, uniform(2, k))[0]
            total = total + (1 + k) * d * d
        return total

    found = lowered(value_and_grad(loss), WEIGHTS)
    assert Counter(found.products) == Counter(UNROLLED)


def _hinge(way: Any, targets: tuple[float, float], w: list[Any]) -> Any:
    data = [(uniform(2, k), targets[k % 2]) for k in range(20)]
    scores = [dense(MOONS, way, w, x)[0] for x, _ in data]
    losses = [ac.relu(1 + -y * score) for (_, y), score in zip(data, scores, strict=True)]
    return sum(losses) * (1.0 / len(losses)) + 1e-4 * sum(p * p for p in w)


DEMO = [*UNROLLED[:4], (1, len(WEIGHTS), 1), *UNROLLED[4:]]  # and the squares of the weights


@pytest.mark.parametrize("targets", [(-1.0, 1.0), (-1, 1)], ids=["floats", "ints"])
@ways
def test_the_moons_demo_with_its_hinge_loss_and_its_regularization(
    way: Any, targets: tuple[float, float]
) -> None:
    found = lowered(value_and_grad(lambda w: _hinge(way, targets, w)), WEIGHTS)
    assert found.products == DEMO
    assert len(found.groups) <= 40


class _Neuron:
    """A unit as micrograd has it: the sum starts with the bias."""

    def __init__(self, inputs: int, seed: int) -> None:
        self.w = [Value(x) for x in uniform(inputs, seed)]
        self.b = Value(0.0)

    def __call__(self, x: Sequence[Any]) -> Any:
        return sum((wi * xi for wi, xi in zip(self.w, x, strict=True)), self.b)


@pytest.mark.parametrize("given_as", [float, Value], ids=["numbers", "Values"])
def test_the_moons_demo_as_it_stands_in_micrograd(given_as: Any) -> None:
    """Units with lists of their own, targets that are ints, and a line on accuracy before the
    loss is differentiated.
    """
    layers = [[_Neuron(n, 20 * n + k) for k in range(m)] for n, m in pairwise(MOONS)]
    parameters = [p for layer in layers for unit in layer for p in [*unit.w, unit.b]]

    def model(x: Sequence[Any]) -> Any:
        for layer in layers[:-1]:
            x = [unit(x).relu() for unit in layer]
        return layers[-1][0](x)

    def step(_: list[Any]) -> Any:
        points, targets = (
            [uniform(2, k) for k in range(20)],
            [1 if k % 3 else -1 for k in range(20)],
        )
        scores = [model([given_as(x) for x in point]) for point in points]
        losses = [(1 + -y * score).relu() for y, score in zip(targets, scores, strict=True)]
        total = sum(losses) * (1.0 / len(losses)) + 1e-4 * sum(p * p for p in parameters)
        accuracy = sum(
            ac.where(score > 0, 1.0, 0.0) * (y > 0)
            for y, score in zip(targets, scores, strict=True)
        )
        return total, accuracy, gradients(total, parameters)

    found = lowered(step, [0.0]).products
    assert Counter(found) == Counter(DEMO) + Counter([(1, 20, 1)])  # the accuracy


@pytest.mark.parametrize("targets_first", [False, True], ids=["y - t", "t - y"])
@pytest.mark.parametrize("bias", [False, True], ids=["without a bias", "with a bias"])
def test_a_linear_regression_with_points_and_targets_as_arguments(
    bias: bool, targets_first: bool
) -> None:
    def loss(w: list[Any], points: list[Any], targets: list[Any]) -> Any:
        total = 0.0
        for k, t in enumerate(targets):
            y = ac.dot(w[:3], points[3 * k : 3 * k + 3]) + (w[3] if bias else 0.0)
            total = total + (t - y if targets_first else y - t) ** 2
        return total + 0.1 * sum(p * p for p in w[:3])

    found = lowered(
        lambda a: value_and_grad(lambda w: loss(w, a[4:64], a[64:]))(a[:4]), uniform(84)
    ).products
    n = 4 if bias else 3
    assert {(1, n, 20), (20, n, 1), (21, n, 1)} & set(found)
    assert {(1, 20, n), (n, 20, 1)} & set(found)
    assert len(found) <= 4


@pytest.mark.parametrize("loss", ["log", "softplus"])
def test_a_logistic_regression_in_a_loop(loss: str) -> None:
    def mean(w: list[Any]) -> Any:
        total = 0.0
        for k in range(24):
            t, z = k % 2, ac.dot(w[:4], uniform(4, k)) + w[4]
            p = ac.sigmoid(z)
            log = t * ac.log(p) + (1 - t) * ac.log(1 - p)
            total = total - log if loss == "log" else total + ac.softplus((1 - 2 * t) * z)
        return total / 24

    found = lowered(value_and_grad(mean), uniform(5)).products
    assert found[0] == (1, 5, 24)
    assert found[-1] == (1, 24, 5)
    assert len(found) == 3  # and the loss


def test_a_loop_over_samples_with_a_model() -> None:
    model = MLP(2, [16, 16, 1], activation="tanh", output="linear", seed=1)
    parameters = model.parameters()

    def slopes(_: list[Any]) -> Any:
        total = 0.0
        for k in range(20):
            d = model(uniform(2, k))[0] - (1.0 if k % 2 else -1.0)
            total = total + d * d
        return gradients(total / 20.0, parameters)

    assert Counter(lowered(slopes, [0.0]).products) == Counter(UNROLLED) - Counter([(1, 20, 1)])
