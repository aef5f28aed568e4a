"""An LSTM in lists: sixteen steps of four inputs, sixteen units, one output; and the same for NumPy by
hand, jax and torch.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from autograd_core import sigmoid, sum, tanh

from .handwritten import Array, Parameters

STEPS, INPUTS, HIDDEN, BATCH = 16, 4, 16, 32


def problem() -> tuple[Parameters, Array, Array]:
    """Weights and biases of the gates (input, forget, cell, output) and of the output, sequences
    (32, 16, 4), and targets.
    """
    random = np.random.default_rng(4)
    shapes = [(4 * HIDDEN, INPUTS + HIDDEN), (1, HIDDEN)]
    parameters = [
        (random.normal(size=shape) / np.sqrt(shape[1]), random.uniform(-0.1, 0.1, shape[0]))
        for shape in shapes
    ]
    x = random.normal(size=(BATCH, STEPS, INPUTS))
    return parameters, x, np.sin(x.sum((1, 2)))


def loss(layers: Sequence[Any], sequence: Any, target: Any) -> Any:
    """Of one sequence; each layer is a list of units, a unit the list of its weights and its bias."""
    gates, (last,) = layers
    h: list[Any] = [0.0] * HIDDEN
    c: list[Any] = [0.0] * HIDDEN
    for x in sequence:
        z = [_linear(unit, [*x, *h]) for unit in gates]
        i, f, g, o = (z[k : k + HIDDEN] for k in range(0, 4 * HIDDEN, HIDDEN))
        c = [
            sigmoid(forget) * old + sigmoid(into) * tanh(new)
            for forget, old, into, new in zip(f, c, i, g, strict=True)
        ]
        h = [sigmoid(out) * tanh(cell) for out, cell in zip(o, c, strict=True)]
    return (_linear(last, h) - target) ** 2


def _linear(unit: Any, inputs: Any) -> Any:
    return sum([w * x for w, x in zip(unit, inputs, strict=False)]) + unit[-1]


def by_hand(
    parameters: Parameters, sequences: Array, targets: Array, rate: float
) -> tuple[Array, Callable[[], Any]]:
    """The gates of the cell lie last, so that one sigmoid serves the others; the weights of all steps
    take one product.
    """
    n, rows = len(sequences), np.arange(4 * HIDDEN).reshape(4, HIDDEN)
    order = rows[[0, 1, 3, 2]].ravel()
    (w, b), (wo, bo) = parameters
    ends = 4 * HIDDEN * (INPUTS + HIDDEN + 1)
    p, g = np.r_[np.c_[w, b][order].ravel(), np.c_[wo, bo].ravel()], np.empty(ends + HIDDEN + 1)
    (v, vo), (gv, go) = (
        (x[:ends].reshape(4 * HIDDEN, -1), x[ends:].reshape(1, -1)) for x in (p, g)
    )
    inputs, given = INPUTS + HIDDEN + 1, np.ones((INPUTS + HIDDEN + 1, STEPS, n))
    given[:INPUTS], given[INPUTS:-1] = sequences.transpose(2, 1, 0), 0.0
    acts, cells = np.empty((STEPS, 4 * HIDDEN, n)), np.zeros((STEPS + 1, HIDDEN, n))
    tanhs, slopes = np.empty((STEPS, HIDDEN, n)), np.empty((4 * HIDDEN, STEPS, n))
    last, e, dh = np.ones((HIDDEN + 1, n)), np.empty((1, n)), np.empty((HIDDEN, n))
    dc, s, rest = np.empty((HIDDEN, n)), np.empty((HIDDEN, n)), np.empty((3 * HIDDEN, n))
    back, wide = v[:, INPUTS:-1].T, slopes.reshape(4 * HIDDEN, -1)
    columns = given.reshape(inputs, -1).T
    H, mul, add, sub = HIDDEN, np.multiply, np.add, np.subtract

    def forward() -> None:
        for t in range(STEPS):
            a, c, th = acts[t], cells[t + 1], tanhs[t]
            np.dot(v, given[:, t], a)
            gates = a[: 3 * H]
            np.negative(gates, gates), np.exp(gates, gates), add(gates, 1.0, gates)
            np.reciprocal(gates, gates), np.tanh(a[3 * H :], a[3 * H :])
            mul(a[H : 2 * H], cells[t], c), mul(a[:H], a[3 * H :], s), add(c, s, c)
            np.tanh(c, th)
            mul(a[2 * H : 3 * H], th, given[INPUTS:-1, t + 1] if t + 1 < STEPS else last[:-1])

    def backward() -> None:
        mul(vo[0, :-1, None], e, dh)
        dc.fill(0.0)
        for t in reversed(range(STEPS)):
            a, dz, th = acts[t], slopes[:, t], tanhs[t]
            mul(dh, a[2 * H : 3 * H], s), add(dc, s, dc)
            mul(s, th, s), mul(s, th, s), sub(dc, s, dc)
            (
                mul(dc, a[3 * H :], dz[:H]),
                mul(dc, cells[t], dz[H : 2 * H]),
                mul(dh, th, dz[2 * H : 3 * H]),
            )
            sub(1.0, a[: 3 * H], rest), mul(rest, a[: 3 * H], rest)
            mul(dz[: 3 * H], rest, dz[: 3 * H])
            mul(dc, a[:H], dz[3 * H :]), mul(a[3 * H :], a[3 * H :], s), sub(1.0, s, s)
            mul(dz[3 * H :], s, dz[3 * H :]), mul(dc, a[H : 2 * H], dc)
            if t:
                np.dot(back, dz, dh)

    def gradient() -> None:
        forward()
        np.dot(vo, last, e)
        sub(e, targets, e), mul(e, 2.0 / n, e)
        np.dot(e, last.T, go)
        backward()
        np.dot(wide, columns, gv)

    def step() -> None:
        gradient()
        mul(g, rate, g)
        sub(p, g, p)

    gradient()
    return np.r_[gv[np.argsort(order)].ravel(), go.ravel()], step


def in_jax(jax: Any) -> Callable[..., Any]:
    jnp = jax.numpy

    def loss(layers: Any, x: Any, y: Any) -> Any:
        (w, b), (wo, bo) = layers

        def step(state: Any, x: Any) -> Any:
            h, c = state
            i, f, g, o = jnp.split(jnp.concatenate([x, h], 1) @ w.T + b, 4, 1)
            c = jax.nn.sigmoid(f) * c + jax.nn.sigmoid(i) * jnp.tanh(g)
            return (jax.nn.sigmoid(o) * jnp.tanh(c), c), None

        zero = jnp.zeros((len(x), HIDDEN))
        (h, _), _ = jax.lax.scan(step, (zero, zero), x.swapaxes(0, 1))
        return jnp.mean(((h @ wo.T + bo)[:, 0] - y) ** 2)

    return loss


def in_torch(torch: Any) -> Callable[..., Any]:
    def loss(layers: Any, x: Any, y: Any) -> Any:
        (w, b), (wo, bo) = layers
        zero = torch.zeros(1, len(x), HIDDEN, dtype=x.dtype)
        weights = [w[:, :INPUTS], w[:, INPUTS:], b, torch.zeros_like(b)]
        options = (
            True,
            1,
            0.0,
            True,
            False,
            True,
        )  # biases, layers, dropout, training, two ways, axes
        _, h, _ = torch._VF.lstm(x, (zero, zero), weights, *options)
        return torch.nn.functional.mse_loss(torch.nn.functional.linear(h[0], wo, bo)[:, 0], y)

    return loss
