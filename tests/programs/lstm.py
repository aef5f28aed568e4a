"""An LSTM cell in nested lists, three steps long, and the cross-entropy of its last output.

Changed for the port: the import line. The softmax subtracts Python's `max` of the logits; which
logit is largest is a path.
"""

from __future__ import annotations

import random

from autograd_core import math
from tests.programs.program import Program

HIDDEN, SEQUENCE, CLASS = 3, [[0.5, -1.0], [1.5, 0.3], [-0.2, 0.8]], 1


def sigmoid(x):
    return 1.0 / (1.0 + math.exp(-x))


def affine(rows, x):
    return [row[-1] + sum(w * a for w, a in zip(row, x)) for row in rows]


def lstm_cell(weights, x, h, c):
    gates = affine(weights, x + h)
    n = len(h)
    forget = [sigmoid(g) for g in gates[:n]]
    keep = [sigmoid(g) for g in gates[n : 2 * n]]
    new = [math.tanh(g) for g in gates[2 * n : 3 * n]]
    show = [sigmoid(g) for g in gates[3 * n :]]
    c = [f * old + k * g for f, old, k, g in zip(forget, c, keep, new)]
    return [o * math.tanh(a) for o, a in zip(show, c)], c


def softmax(logits):
    largest = max(logits)
    exps = [math.exp(z - largest) for z in logits]
    total = sum(exps)
    return [e / total for e in exps]


def loss(cell, head):
    h = c = [0.0] * HIDDEN
    for x in SEQUENCE:
        h, c = lstm_cell(cell, x, h, c)
    return -math.log(softmax(affine(head, h))[CLASS])


def weights(seed):
    draw = random.Random(seed).gauss
    cell = [[draw(0.0, 0.8) for _ in range(HIDDEN + 3)] for _ in range(4 * HIDDEN)]
    return cell, [[draw(0.0, 0.8) for _ in range(HIDDEN + 1)] for _ in range(3)]


PROGRAM = Program(loss, [weights(seed) for seed in range(3)], paths=3)
