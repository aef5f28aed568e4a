"""A block of a transformer in nested lists: embedding, attention, an MLP, and the loss of a text.

Changed for the port: the import line. The tokens are plain ints outside the function, so an index
is never a Value. The softmax subtracts Python's `max`; which scores are largest is a path.
"""

from __future__ import annotations

import random
from itertools import pairwise

from autograd_core import math
from tests.programs.program import Program

TOKENS, SIZE, VOCABULARY = [0, 2, 1, 3, 2], 4, 4


def linear(x, rows):
    return [sum(w * a for w, a in zip(row, x)) for row in rows]


def normed(x):
    scale = (sum(a * a for a in x) / len(x) + 1e-5) ** -0.5
    return [a * scale for a in x]


def softmax(logits):
    largest = max(logits)
    exps = [math.exp(z - largest) for z in logits]
    total = sum(exps)
    return [e / total for e in exps]


def attend(query, keys, values):
    scores = [sum(q * k for q, k in zip(query, key)) / SIZE**0.5 for key in keys]
    shares = softmax(scores)
    return [sum(s * v[j] for s, v in zip(shares, values)) for j in range(SIZE)]


def text_loss(p):
    keys, values, total = [], [], 0.0
    for place, (token, following) in enumerate(pairwise(TOKENS)):
        x = [a + b for a, b in zip(p["token"][token], p["place"][place])]
        inside = normed(x)
        keys.append(linear(inside, p["key"]))
        values.append(linear(inside, p["value"]))
        heard = attend(linear(inside, p["query"]), keys, values)
        x = [a + b for a, b in zip(x, linear(heard, p["out"]))]
        wide = [max(0.0, a) ** 2 for a in linear(normed(x), p["up"])]
        x = [a + b for a, b in zip(x, linear(wide, p["down"]))]
        total -= math.log(softmax(linear(x, p["head"]))[following])
    return total / (len(TOKENS) - 1)


def parameters(seed):
    draw = random.Random(seed).gauss

    def matrix(rows, columns):
        return [[draw(0.0, 0.5) for _ in range(columns)] for _ in range(rows)]

    squares = {name: matrix(SIZE, SIZE) for name in ("query", "key", "value", "out")}
    return squares | {
        "token": matrix(VOCABULARY, SIZE),
        "place": matrix(len(TOKENS), SIZE),
        "up": matrix(2 * SIZE, SIZE),
        "down": matrix(SIZE, 2 * SIZE),
        "head": matrix(VOCABULARY, SIZE),
    }


PROGRAM = Program(text_loss, [(parameters(0),), (parameters(1),)], paths=2, batched=False)
