"""The matrix products that are found in plain scalar code, by number and shape: (rows, contraction,
columns) of one sample.

In a batch, the samples multiply the columns, or the contraction where the product is summed over
them.
"""

from __future__ import annotations

import math
from collections import Counter
from typing import Any

import numpy as np
import pytest

import autograd_core as ac
from autograd_core import compiled, grad, gradients, value_and_grad
from autograd_core.compiler.tensorize.groups import Elementwise
from nn import MLP, Neuron

from .networks import (
    MOONS,
    WAYS,
    WEIGHTS,
    attention,
    convolution,
    count,
    dense,
    gram,
    recurrent,
    tied,
    uniform,
)
from .slots import lowered

ways = pytest.mark.parametrize("way", WAYS.values(), ids=WAYS)


# Dense layers, with a batch axis.


@ways
def test_each_layer_is_one_product_however_it_is_written(way: Any) -> None:
    n = len(WEIGHTS)
    found = lowered(lambda a: dense(MOONS, way, a[:n], a[n:]), [*WEIGHTS, 0.3, 0.4], [n, n + 1])
    assert found.products == [(16, 3, 1), (16, 17, 1), (1, 17, 1)]
    assert found.gathered == 0
    assert len(found.groups) == 5  # and two tanh


@ways
def test_the_gradient_of_a_batch_is_one_product_for_each_layer_and_direction(way: Any) -> None:
    n = len(WEIGHTS)

    def loss(w: list[Any], sample: list[Any]) -> Any:
        return (dense(MOONS, way, w, sample[:2])[0] - sample[2]) ** 2

    step = lambda a: grad(lambda w: loss(w, a[n:]))(a[:n])
    found = lowered(step, [*WEIGHTS, 0.3, 0.4, 1.0], range(n, n + 3), summed=True)
    forward, backward = (
        [(16, 3, 1), (16, 17, 1), (1, 17, 1)],
        [(16, 1, 17), (16, 16, 1), (16, 1, 3)],
    )
    assert found.products[:3] == forward
    assert [shape for shape in found.products[3:] if shape[2] > 1 or shape[1] > 1] == backward
    assert all(
        columns == inner == 1 for _, inner, columns in set(found.products[3:]) - set(backward)
    )  # the last layer's
    assert found.gathered == 0


def test_a_digits_network_with_a_batch_axis() -> None:
    sizes = [64, 32, 10]
    n = count(sizes)

    def loss(w: list[Any], x: list[Any], y: list[Any]) -> Any:
        z = dense(sizes, WAYS["dot and bias"], w, x)
        return ac.logsumexp(z) - ac.dot(z, y)

    def step(a: list[Any]) -> Any:
        return value_and_grad(lambda w: loss(w, a[n : n + 64], a[n + 64 :]))(a[:n])

    found = lowered(
        step, [*uniform(n), *uniform(64, 2), 1.0, *[0.0] * 9], range(n, n + 74), summed=True
    )
    large = [shape for shape in found.products if shape[0] > 1]
    assert large == [(32, 65, 1), (10, 33, 1), (10, 1, 33), (32, 10, 1), (32, 1, 65)]
    assert found.gathered <= 1


def test_the_shares_of_a_cross_entropy_are_divided_once_for_all() -> None:
    step = lambda a: grad(lambda z: ac.logsumexp(z) * ac.sum(a[6:]) - ac.dot(z, a[6:]))(a[:6])
    found = lowered(step, [*uniform(6), *uniform(6, 2)], range(12))
    assert [
        len(g.out) for g in found.groups if isinstance(g, Elementwise) and g.row.name == "div"
    ] == [1]


def test_a_constant_beside_a_sum_of_one_layer_belongs_to_the_product() -> None:
    f = lambda x: ac.sum([*[ac.exp(a) for a in x], -1.0])
    found = lowered(f, uniform(10), range(10))
    assert (found.products, len(found.groups), found.gathered) == ([(1, 11, 1)], 2, 0)
    two = lowered(
        lambda x: [f(x[:5]), f(x[5:])], uniform(10), range(10)
    )  # no 1 can lie behind each of them
    assert two.products == [(1, 5, 2)]
    xs = np.array([uniform(10), uniform(10, 3)])
    np.testing.assert_allclose(compiled(f, batched=["x"])(xs), np.exp(xs).sum(1) - 1.0, rtol=1e-13)


def test_the_gradient_through_a_softmax_is_one_product_too() -> None:
    """1 / Σ is computed once, beside the first of the classes: whose factor has the lower
    number is chance.
    """
    sizes = [8, 6, 5]
    n = count(sizes)

    def step(a: list[Any]) -> Any:
        def loss(w: list[Any]) -> Any:
            shares = ac.softmax(dense(sizes, WAYS["dot and bias"], w, a[n : n + 8]))
            return -ac.dot([ac.log(p) for p in shares], a[n + 8 :])

        return value_and_grad(loss)(a[:n])

    found = lowered(
        step, [*uniform(n), *uniform(8, 2), 1.0, *[0.0] * 4], range(n, n + 13), summed=True
    )
    large = [shape for shape in found.products if shape[0] > 1]
    assert large == [(6, 9, 1), (5, 7, 1), (5, 1, 7), (6, 5, 1), (6, 1, 9)]


# nn: the parameters are read from outside.


def test_a_model_is_a_product_for_each_layer() -> None:
    model = MLP(2, [16, 16, 1], activation="tanh", output="linear", seed=1)
    parameters = model.parameters()
    forward = lowered(model, [0.3, 0.4], [0, 1])
    assert forward.products == [(16, 3, 1), (16, 17, 1), (1, 17, 1)]

    def loss(a: list[Any]) -> Any:
        return (model(a[:2])[0] - a[2]) ** 2

    step = lowered(
        lambda a: gradients(loss(a), parameters), [0.3, 0.4, 1.0], [0, 1, 2], summed=True
    )
    assert {(16, 1, 17), (16, 16, 1), (16, 1, 3)} <= set(step.products)
    assert forward.gathered == step.gathered == 0


def test_neurons_side_by_side_are_a_layer() -> None:
    neurons = [Neuron(2, "tanh", seed=k) for k in range(4)]
    assert lowered(lambda x: [neuron(x) for neuron in neurons], [0.3, 0.4], [0, 1]).products == [
        (4, 3, 1)
    ]


# Convolutions, recurrence, attention, shared weights.


def _convolution(a: list[Any]) -> Any:
    return grad(lambda w: convolution(8, 3, w, a[139:-1], a[-1]))(a[:139])


IMAGE = [*uniform(139), *uniform(64, 2), 1.0]


def test_the_patches_of_an_image_share_their_kernel() -> None:
    one = lowered(_convolution, IMAGE)
    assert one.products == [(3, 10, 36), (1, 109, 1), (3, 36, 10)]


def test_a_batch_of_images() -> None:
    batch = lowered(_convolution, IMAGE, range(139, 204), summed=True)
    assert {(3, 10, 36), (3, 36, 10)} <= set(batch.products)
    assert Counter(rows for rows, _, _ in batch.products)[3] == 2


def test_a_recurrent_net_has_one_weight_gradient_over_all_time_and_all_samples() -> None:
    sequences = [uniform(10, k) for k in range(5)]
    found = lowered(grad(lambda w: recurrent(6, sequences, w)), uniform(48))
    assert Counter(found.products) == {(6, 8, 5): 10, (6, 6, 5): 9, (6, 50, 8): 1}


def test_attention_is_queries_keys_and_values_scores_and_mixtures() -> None:
    found = lowered(lambda w: attention(6, 4, False, w), uniform(72))
    assert found.products[0] == (12, 4, 6)  # Q, K and V as one
    assert {(6, 4, 6), (4, 6, 6)} <= set(found.products)
    assert len(found.products) == 5  # and the sums of the softmax, and the loss


def test_the_gradient_of_attention() -> None:
    found = lowered(grad(lambda w: attention(6, 4, False, w)), uniform(72))
    assert (12, 6, 4) in found.products or Counter(found.products)[4, 6, 4] >= 3  # of the maps
    assert (4, 12, 6) in found.products  # of the tokens
    assert len(found.products) <= 16


def test_causal_attention_shares_its_maps() -> None:
    found = lowered(lambda w: attention(6, 4, True, w), uniform(72))
    assert found.products[0] == (12, 4, 6)


def test_the_scores_of_causal_attention_are_one_product() -> None:
    found = lowered(lambda w: attention(6, 4, True, w), uniform(72))
    assert (6, 4, 6) in found.products
    assert len(found.products) <= 8


def test_tied_weights_have_one_gradient_from_both_uses() -> None:
    data = [uniform(6, k) for k in range(20)]
    found = lowered(grad(lambda w: tied(6, 3, data, w)), uniform(18))
    assert found.products == [(3, 6, 20), (6, 3, 20), (3, 6, 20), (3, 40, 6)]


@pytest.mark.parametrize("n", [3, 6, 9])
def test_a_gram_matrix_is_one_product(n: int) -> None:
    """a · b and b · a are one value: a triangle, which is computed as the whole matrix."""
    found = lowered(lambda w: gram(4, w), uniform(4 * n))
    assert found.products[0] == (n, 4, n)
    assert len(found.groups) <= 3


@pytest.mark.parametrize("n", [3, 6, 9])
def test_the_gradient_of_a_gram_matrix_is_one_product(n: int) -> None:
    assert lowered(grad(lambda w: gram(4, w)), uniform(4 * n)).products == [(n, 4, n), (n, n, 4)]


def test_what_nobody_reads_beside_a_triangle_does_no_harm() -> None:
    """An infinite factor reaches what it is a factor of, and nothing else."""
    rows, n = [[1.0, 2.0], [3.0, -1.0], [1e100, 0.5], [0.5, 0.25]], 4

    def lower(a: list[Any]) -> Any:
        x, y = (
            [a[2 * i : 2 * i + 2] for i in range(n)],
            [a[8 + 2 * i : 10 + 2 * i] for i in range(n)],
        )
        return [ac.dot(x[i], y[j]) for i in range(n) for j in range(i + 1)]

    numbers = [v for row in rows for v in row] + [
        v for row in (*rows[1:], [math.inf, 0.0]) for v in row
    ]
    found = lowered(lower, numbers)
    assert found.products == [(n, 2, n)]
    assert [math.isfinite(x) for x in lower(numbers)] == [True] * 9 + [False]


def test_a_circular_convolution_is_a_product() -> None:
    """Every sum has the same factors, in other pairs."""
    n = 5
    circular = lambda a: [ac.sum([a[i] * a[n + (i + k) % n] for i in range(n)]) for k in range(n)]
    assert lowered(circular, uniform(2 * n)).products in ([(1, 5, 5)], [(5, 5, 1)])


def test_products_can_be_left_out() -> None:
    n = len(WEIGHTS)
    found = lowered(
        lambda a: dense(MOONS, WAYS["dot with a 1"], a[:n], a[n:]),
        [*WEIGHTS, 0.3, 0.4],
        [n],
        without=["find_matmuls"],
    )
    assert found.products == []
