"""The programs in which matrix products must be found: plain scalar Python, written in
different ways.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from itertools import pairwise
from typing import Any

import autograd_core as ac

Layer = Callable[[Sequence[Any], Sequence[Any]], Any]
"""The weighted sum of one neuron, from its weights (the last is the bias) and its inputs."""


def uniform(count: int, seed: int = 1) -> list[float]:
    chance = random.Random(seed)
    return [chance.uniform(-0.7, 0.7) for _ in range(count)]


def _plain(w: Sequence[Any], x: Sequence[Any]) -> Any:
    total = w[0] * x[0]
    for i in range(1, len(x)):
        total = total + w[i] * x[i]
    return total + w[-1]


def _bias_first(w: Sequence[Any], x: Sequence[Any]) -> Any:
    total = w[-1]
    for i in range(len(x)):
        total = total + w[i] * x[i]
    return total


def _turned_round(w: Sequence[Any], x: Sequence[Any]) -> Any:
    total = 0.0 * 0.0
    for i in reversed(range(len(x))):
        total = (x[i] * w[i] if i % 2 else w[i] * x[i]) + total
    return w[-1] + total


def _as_a_tree(w: Sequence[Any], x: Sequence[Any]) -> Any:
    terms = [w[-1], *[a * b for a, b in zip(w, x, strict=False)]]
    while len(terms) > 1:
        terms = [terms[0] + terms[-1], *terms[1:-1]]
    return terms[0]


WAYS: dict[str, Layer] = {
    "plain + and ×, bias last": _plain,
    "bias first": _bias_first,
    "reversed and swapped": _turned_round,
    "as a tree": _as_a_tree,
    "Python's sum": lambda w, x: sum((a * b for a, b in zip(w, x, strict=False)), w[-1]),
    "the library's sum": lambda w, x: ac.sum([*[a * b for a, b in zip(w, x, strict=False)], w[-1]]),
    "dot and bias": lambda w, x: ac.dot(list(w[: len(x)]), list(x)) + w[-1],
    "dot with a 1": lambda w, x: ac.dot(list(w), [*x, 1.0]),
}


def dense(
    sizes: Sequence[int], layer: Layer, weights: Sequence[Any], x: Sequence[Any]
) -> list[Any]:
    """tanh in the hidden layers, none at the output."""
    rest = iter(weights)
    x = list(x)
    for n, m in pairwise(sizes):
        z = [layer([next(rest) for _ in range(n + 1)], x) for _ in range(m)]
        x = z if m == sizes[-1] else [ac.tanh(v) for v in z]
    return x


def count(sizes: Sequence[int]) -> int:
    return sum((n + 1) * m for n, m in pairwise(sizes))


def convolution(
    size: int, filters: int, w: Sequence[Any], image: Sequence[Any], target: Any
) -> Any:
    """3 × 3 filters with a bias, then a dense layer of one unit."""
    hidden = []
    for k in range(filters):
        kernel = list(w[10 * k : 10 * k + 10])
        for r in range(size - 2):
            for c in range(size - 2):
                patch = [image[(r + i) * size + c + j] for i in range(3) for j in range(3)]
                hidden.append(ac.tanh(ac.dot(kernel, [*patch, 1.0])))
    return (ac.dot(list(w[10 * filters :]), [*hidden, 1.0]) - target) ** 2


def recurrent(units: int, sequences: Sequence[Sequence[float]], w: Sequence[Any]) -> Any:
    rows = [list(w[i * (units + 2) : (i + 1) * (units + 2)]) for i in range(units)]
    total = 0.0
    for sequence in sequences:
        h: list[Any] = [0.1 * i for i in range(units)]
        for x in sequence:
            h = [ac.tanh(ac.dot(row, [*h, x, 1.0])) for row in rows]
        total = total + ac.sum([v * v for v in h])
    return total


def attention(tokens: int, width: int, causal: bool, w: Sequence[Any]) -> Any:
    rest = iter(w)
    maps = [[[next(rest) for _ in range(width)] for _ in range(width)] for _ in range(3)]
    X = [[next(rest) for _ in range(width)] for _ in range(tokens)]
    q, k, v = [[[ac.dot(row, x) for row in m] for x in X] for m in maps]
    total = 0.0
    for i in range(tokens):
        seen = range(i + 1) if causal else range(tokens)
        share = ac.softmax([ac.dot(q[i], k[j]) for j in seen])
        out = [ac.dot(share, [v[j][d] for j in seen]) for d in range(width)]
        total = total + ac.sum([y * y for y in out])
    return total


def tied(inputs: int, units: int, data: Sequence[Sequence[float]], w: Sequence[Any]) -> Any:
    W = [list(w[i * inputs : (i + 1) * inputs]) for i in range(units)]
    total = 0.0
    for x in data:
        h = [ac.tanh(ac.dot(row, list(x))) for row in W]
        y = [ac.dot([W[i][j] for i in range(units)], h) for j in range(inputs)]
        total = total + ac.sum([(a - b) ** 2 for a, b in zip(y, x, strict=True)])
    return total


def gram(width: int, w: Sequence[Any]) -> Any:
    rows = [list(w[i : i + width]) for i in range(0, len(w), width)]
    return ac.sum([ac.dot(a, b) ** 2 for a in rows for b in rows])


MOONS = [2, 16, 16, 1]
WEIGHTS = uniform(count(MOONS))
