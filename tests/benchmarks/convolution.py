"""A convolution in nested lists: 8 × 8 images, eight filters of 3 × 3, relu, means of 2 × 2, ten classes;
and the same for NumPy by hand, jax and torch.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

import nn
from autograd_core import relu, sum

from . import handwritten
from .handwritten import Array, Parameters

FILTERS, KERNEL, SIZE, BATCH = 8, 3, 8, 32
ACROSS = SIZE - KERNEL + 1
POOLED = ACROSS // 2


def problem() -> tuple[Parameters, Array, Array]:
    """Weights and biases of both layers, images (32, 8, 8), and one-hot targets."""
    random, (images, onehot) = np.random.default_rng(3), handwritten.digits()
    shapes = [(FILTERS, KERNEL**2), (10, FILTERS * POOLED**2)]
    parameters = [
        (random.normal(size=shape) / np.sqrt(shape[1]), random.uniform(-0.1, 0.1, shape[0]))
        for shape in shapes
    ]
    return parameters, images[:BATCH].reshape(-1, SIZE, SIZE), onehot[:BATCH]


def loss(layers: Sequence[Any], image: Any, onehot: Any) -> Any:
    """Of one image; each layer is a list of units, a unit the list of its weights and its bias."""
    filters, classes = layers
    pooled = []
    for unit in filters:
        plane = [[relu(_at(unit, image, i, j)) for j in range(ACROSS)] for i in range(ACROSS)]
        for i in range(0, ACROSS, 2):
            for j in range(0, ACROSS, 2):
                four = plane[i][j], plane[i][j + 1], plane[i + 1][j], plane[i + 1][j + 1]
                pooled.append(sum(four) / 4.0)
    outputs = [
        sum([w * x for w, x in zip(unit, pooled, strict=False)]) + unit[-1] for unit in classes
    ]
    return nn.cross_entropy_from_logits(outputs, onehot)


def _at(unit: Any, image: Any, i: int, j: int) -> Any:
    total = unit[-1]
    for a in range(KERNEL):
        for b in range(KERNEL):
            total = total + unit[KERNEL * a + b] * image[i + a][j + b]
    return total


def by_hand(
    parameters: Parameters, images: Array, onehot: Array, rate: float
) -> tuple[Array, Callable[[], Any]]:
    """The patches of the images are laid out once: as columns, and so that four slabs of them are the
    four places of a mean.
    """
    n, cells = len(images), POOLED**2
    ends = FILTERS * (KERNEL**2 + 1)
    p = handwritten.flat(parameters)
    g = np.empty_like(p)
    (v1, v2), (g1, g2) = ((x[:ends].reshape(FILTERS, -1), x[ends:].reshape(10, -1)) for x in (p, g))
    windows = np.lib.stride_tricks.sliding_window_view(images, (KERNEL, KERNEL), (1, 2))
    slabs = windows.reshape(n, POOLED, 2, POOLED, 2, KERNEL**2).transpose(5, 2, 4, 1, 3, 0)
    patches = np.ones((KERNEL**2 + 1, 4 * cells * n))
    patches[:-1] = slabs.reshape(KERNEL**2, -1)
    pt, y = patches.T, onehot.T.copy()
    h, z = np.empty((FILTERS, 4 * cells * n)), np.empty((10, n))
    slab, positive = h.reshape(FILTERS, 4, cells * n), np.empty((FILTERS, 4, cells * n), bool)
    pooled, m = np.ones((FILTERS * cells + 1, n)), np.empty(n)
    means, d = pooled[:-1].reshape(FILTERS, cells * n), np.empty((FILTERS * cells, n))
    back, w2t = d.reshape(FILTERS, 1, cells * n), v2[:, :-1].T

    def gradient() -> None:
        np.dot(v1, patches, h)
        np.greater(slab, 0.0, positive)
        np.maximum(h, 0.0, out=h)
        np.add.reduce(slab, 1, None, means)
        np.multiply(means, 0.25, means)
        np.dot(v2, pooled, z)
        np.maximum.reduce(z, 0, None, m)
        np.subtract(z, m, z)
        np.exp(z, z)
        np.add.reduce(z, 0, None, m)
        np.divide(z, m, z)
        np.subtract(z, y, z)
        np.multiply(z, 1.0 / n, z)
        np.dot(w2t, z, d)
        np.multiply(d, 0.25, d)
        np.multiply(positive, back, slab)
        np.dot(z, pooled.T, g2)
        np.dot(h, pt, g1)

    def step() -> None:
        gradient()
        np.multiply(g, rate, g)
        np.subtract(p, g, p)

    gradient()
    return g.copy(), step


def in_jax(jax: Any) -> Callable[..., Any]:
    jnp = jax.numpy

    def loss(layers: Any, x: Any, y: Any) -> Any:
        (w1, b1), (w2, b2) = layers
        kernel = w1.reshape(FILTERS, 1, KERNEL, KERNEL)
        h = jax.lax.conv_general_dilated(x[:, None], kernel, (1, 1), "VALID")
        h = jnp.maximum(h + b1[:, None, None], 0.0)
        h = h.reshape(-1, FILTERS, POOLED, 2, POOLED, 2).mean((3, 5)).reshape(len(x), -1)
        return -jnp.mean(jnp.sum(y * jax.nn.log_softmax(h @ w2.T + b2), 1))

    return loss


def in_torch(torch: Any) -> Callable[..., Any]:
    functional = torch.nn.functional

    def loss(layers: Any, x: Any, y: Any) -> Any:
        (w1, b1), (w2, b2) = layers
        h = functional.conv2d(x[:, None], w1.reshape(FILTERS, 1, KERNEL, KERNEL), b1)
        h = functional.avg_pool2d(torch.relu(h), 2).flatten(1)
        return functional.cross_entropy(functional.linear(h, w2, b2), y)

    return loss
