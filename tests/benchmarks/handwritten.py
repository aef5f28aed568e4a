"""The denominators: the best NumPy that we can write by hand for each piece of work, and the work
itself.

The tricks: feature-major rows; a row of ones for the bias, so that weights and bias come from one
product; weights stored negated under a sigmoid, which is then exp, add, reciprocal in place; the
learning rate folded into the seed of the backward pass; all parameters in one flat array, so that
the update is one subtraction; `out=` everywhere. Each fast version stands beside a plain one, which
tells what is right.
"""

# ruff: noqa: E702 (a line for each layer reads better than thirty lines)

from __future__ import annotations

import itertools
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

Array = np.ndarray[Any, np.dtype[np.float64]]
Parameters = list[tuple[Array, Array]]


def initial_parameters(sizes: Sequence[int], seed: int = 0) -> Parameters:
    """Weights (outputs, inputs) and biases of each layer."""
    random = np.random.default_rng(seed)
    return [
        (random.uniform(-1, 1, (after, before)) / np.sqrt(before), random.uniform(-0.1, 0.1, after))
        for before, after in itertools.pairwise(sizes)
    ]


def flat(layers: Sequence[tuple[Array, Array]]) -> Array:
    """Unit by unit its weights and, last, its bias."""
    return np.concatenate([np.c_[w, b].ravel() for w, b in layers])


def digits(batch_size: int = 32) -> tuple[Array, Array]:
    """1,792 images in 56 batches of 32: inputs (1792, 64) in [0, 1], one-hot targets (1792, 10)."""
    from nn.data.datasets import digits as load

    images, classes = load()
    n = len(classes) // batch_size * batch_size
    return np.array(images[:n]), np.eye(10)[classes[:n]]


def sigmoid(x: Array) -> Array:
    return 1.0 / (1.0 + np.exp(-x))


# Moons: a sigmoid network 2-16-16-1, mean squared error, the whole batch.


def moons_gradient(parameters: Parameters, inputs: Array, targets: Array) -> Parameters:
    (w1, b1), (w2, b2), (w3, b3) = parameters
    h1 = sigmoid(inputs @ w1.T + b1)
    h2 = sigmoid(h1 @ w2.T + b2)
    out = sigmoid(h2 @ w3.T + b3)
    d3 = 2.0 / len(inputs) * (out - targets[:, None]) * out * (1 - out)
    d2 = (d3 @ w3) * h2 * (1 - h2)
    d1 = (d2 @ w2) * h1 * (1 - h1)
    return [(d1.T @ inputs, d1.sum(0)), (d2.T @ h1, d2.sum(0)), (d3.T @ h2, d3.sum(0))]


def _augmented(
    parameters: Parameters, negated: Sequence[bool]
) -> tuple[Array, list[Array], Array, list[Array]]:
    """All parameters in one array with a view [W|b] of each layer, and the same for the
    gradient.
    """
    shapes = [(w.shape[0], w.shape[1] + 1) for w, _ in parameters]
    ends = list(itertools.accumulate([rows * columns for rows, columns in shapes], initial=0))
    values, gradient = np.empty(ends[-1]), np.empty(ends[-1])
    views, slopes = (
        [
            whole[a:b].reshape(shape)
            for (a, b), shape in zip(itertools.pairwise(ends), shapes, strict=True)
        ]
        for whole in (values, gradient)
    )
    for (w, b), view, negate in zip(parameters, views, negated, strict=True):
        view[:, :-1], view[:, -1] = w, b
        if negate:
            np.negative(view, view)
    return values, views, gradient, slopes


def moons_step(
    parameters: Parameters, inputs: Array, targets: Array, rate: float
) -> tuple[Callable[[], None], list[Array]]:
    """A step that computes the gradient and updates, and the gradients of the layers (times
    −rate).
    """
    n = len(inputs)
    p, (v1, v2, v3), g, (g1, g2, g3) = _augmented(parameters, (True, True, True))
    x, h1a, h2a = np.ones((3, n)), np.ones((17, n)), np.ones((17, n))
    x[:2] = inputs.T
    h1, h2 = h1a[:16], h2a[:16]
    out, y = np.empty((1, n)), targets.reshape(1, n).copy()
    e3, t3 = np.empty((1, n)), np.empty((1, n))
    e2, e1, d2, d1 = (np.empty((16, n)) for _ in range(4))
    xt, h1t, h2t, v3t, v2t = x.T, h1a.T, h2a.T, v3[:, :16].T, v2[:, :16].T
    seed, one = np.array(2.0 / n * rate), np.array(1.0)

    def step(
        dot=np.dot, exp=np.exp, add=np.add, rec=np.reciprocal, sub=np.subtract, mul=np.multiply
    ):  # type: ignore[no-untyped-def]
        # fmt: off
        # forward
        dot(v1, x, h1); exp(h1, h1); add(h1, one, h1); rec(h1, h1)
        dot(v2, h1a, h2); exp(h2, h2); add(h2, one, h2); rec(h2, h2)
        dot(v3, h2a, out); exp(out, out); add(out, one, out); rec(out, out)
        # backward
        sub(out, y, e3); sub(out, one, t3); mul(t3, out, t3); mul(e3, t3, e3); mul(e3, seed, e3)
        dot(v3t, e3, d2); sub(h2, one, e2); mul(e2, h2, e2); mul(e2, d2, e2)
        dot(v2t, e2, d1); sub(h1, one, e1); mul(e1, h1, e1); mul(e1, d1, e1)
        dot(e3, h2t, g3); dot(e2, h1t, g2); dot(e1, xt, g1)
        # update
        sub(p, g, p)
        # fmt: on

    return step, [g1, g2, g3]


# Digits: a network with a sigmoid hidden layer, softmax and cross-entropy, in batches.


def digits_gradient(parameters: Parameters, inputs: Array, onehot: Array) -> Parameters:
    (w1, b1), (w2, b2) = parameters
    h = sigmoid(inputs @ w1.T + b1)
    z = h @ w2.T + b2
    e = np.exp(z - z.max(1, keepdims=True))
    d2 = (e / e.sum(1, keepdims=True) - onehot) / len(inputs)
    d1 = (d2 @ w2) * h * (1 - h)
    return [(d1.T @ inputs, d1.sum(0)), (d2.T @ h, d2.sum(0))]


def digits_epoch(
    parameters: Parameters, inputs: Array, onehot: Array, rate: float, batch_size: int = 32
) -> tuple[Callable[[], None], Callable[[], None], list[Array]]:
    """An epoch of steps, its first step alone, and the gradients of the layers (times −rate and
    rate).
    """
    p, (v1, w2), g, (g1, g2) = _augmented(parameters, (True, False))
    (hidden, before), (classes, _) = v1.shape, w2.shape
    batches = []
    for i in range(0, len(inputs), batch_size):
        x = np.ones((before, batch_size))
        x[:-1] = inputs[i : i + batch_size].T
        batches.append((x, x.T, onehot[i : i + batch_size].T.copy()))
    ha = np.ones((hidden + 1, batch_size))
    h, ht = ha[:hidden], ha.T
    z, m = np.empty((classes, batch_size)), np.empty(batch_size)
    d, e = np.empty((hidden, batch_size)), np.empty((hidden, batch_size))
    w2t, seed, one = w2[:, :hidden].T, np.array(rate / batch_size), np.array(1.0)

    def step(  # type: ignore[no-untyped-def]
        x,
        xt,
        y,
        dot=np.dot,
        exp=np.exp,
        add=np.add,
        rec=np.reciprocal,
        sub=np.subtract,
        mul=np.multiply,
        div=np.divide,
        top=np.maximum.reduce,
        total=np.add.reduce,
    ):
        # fmt: off
        dot(v1, x, h); exp(h, h); add(h, one, h); rec(h, h)
        dot(w2, ha, z); top(z, 0, None, m); sub(z, m, z); exp(z, z); total(z, 0, None, m); div(z, m, z)
        sub(z, y, z); mul(z, seed, z)
        dot(w2t, z, d); sub(h, one, e); mul(e, h, e); mul(e, d, e)
        dot(z, ht, g2); dot(e, xt, g1)
        sub(p, g, p)
        # fmt: on

    def epoch() -> None:
        for batch in batches:
            step(*batch)

    return epoch, lambda: step(*batches[0]), [g1, g2]


# Rosenbrock: Σ 100 (x[i+1] − x[i]²)² + (1 − x[i])².


def rosenbrock_gradient(x: Array) -> Array:
    a = x[1:] - x[:-1] ** 2
    g = np.zeros(len(x))
    g[:-1] = -400 * x[:-1] * a - 2 * (1 - x[:-1])
    g[1:] += 200 * a
    return g


def rosenbrock_fast(
    n: int,
) -> tuple[Callable[[Array], Array], Callable[[Array], tuple[float, Array]]]:
    """The gradient, and the value with the gradient from the same intermediate results, in
    buffers of their own.
    """
    g, a, b, c = np.zeros(n), np.zeros(n - 1), np.zeros(n - 1), np.zeros(n - 1)
    front, back = g[:-1], g[1:]

    def from_difference(u: Array) -> Array:
        np.multiply(u, a, out=b)
        np.multiply(b, -400.0, out=b)
        np.multiply(u, 2.0, out=front)
        np.subtract(front, 2.0, out=front)
        np.add(front, b, out=front)
        g[-1] = 0.0
        np.multiply(a, 200.0, out=a)
        np.add(back, a, out=back)
        return g

    def gradient(x: Array) -> Array:
        u = x[:-1]
        np.multiply(u, u, out=a)
        np.subtract(x[1:], a, out=a)
        return from_difference(u)

    def value_and_gradient(x: Array) -> tuple[float, Array]:
        u = x[:-1]
        np.multiply(u, u, out=a)
        np.subtract(x[1:], a, out=a)
        np.subtract(1.0, u, out=c)
        value = 100.0 * float(a.dot(a)) + float(c.dot(c))
        return value, from_difference(u)

    return gradient, value_and_gradient


# The Hessian of log(Σ exp x[i]) + Σ sin(x[i] x[i+1]).


def hessian(x: Array) -> Array:
    p = np.exp(x)
    p /= p.sum()
    h = np.diag(p) - np.outer(p, p)
    u = x[:-1] * x[1:]
    c, s, i = np.cos(u), np.sin(u), np.arange(len(x) - 1)
    h[i, i] -= s * x[1:] ** 2
    h[i + 1, i + 1] -= s * x[:-1] ** 2
    off = c - s * u
    h[i, i + 1] += off
    h[i + 1, i] += off
    return h
