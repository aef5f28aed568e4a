"""The logarithmic loss of Elo ratings over a season, each game predicted before it updates them.

Changed for the port: the import line.
"""

from __future__ import annotations

from autograd_core import math
from tests.programs.program import Program

GAMES = [(0, 1, 1.0), (1, 2, 0.5), (2, 0, 0.0), (0, 1, 0.0), (1, 2, 1.0), (2, 0, 1.0)]


def expected(a, b, home):
    return 1.0 / (1.0 + 10.0 ** ((b - a - home) / 400.0))


def season_loss(ratings, k, home):
    ratings, loss = list(ratings), 0.0
    for one, other, score in GAMES:
        p = expected(ratings[one], ratings[other], home)
        loss -= score * math.log(p) + (1.0 - score) * math.log(1.0 - p)
        change = k * (score - p)
        ratings[one] += change
        ratings[other] -= change
    return loss / len(GAMES)


PROGRAM = Program(
    season_loss,
    [
        ([1500.0, 1500.0, 1500.0], 20.0, 60.0),
        ([1700.0, 1480.0, 1320.0], 32.0, 0.0),
        ([1450.0, 1610.0, 1505.0], 10.0, 90.0),
    ],
)
