"""The skill of a player after a win or a draw, by the update of TrueSkill for two players.

Changed for the port: the import line. A win and a draw are two functions, as which of them applies
is no number.
Published: 25 ± 25/3 against the same, 10 % draws, a win: 29.396 (Herbrich, Minka and Graepel's
defaults, as the usual implementations print it).
"""

from __future__ import annotations

from statistics import NormalDist

from autograd_core import math
from tests.programs.program import Program

BETA, TAU = 25.0 / 6.0, 25.0 / 300.0
MARGIN = NormalDist().inv_cdf(0.55) * math.sqrt(2.0) * BETA


def pdf(x):
    return math.exp(-0.5 * x * x) / math.sqrt(2.0 * math.pi)


def cdf(x):
    return 0.5 * math.erfc(-x / math.sqrt(2.0))


def winner(mu, sigma, other_mu, other_sigma):
    variance = sigma**2 + TAU**2
    c = math.sqrt(2.0 * BETA**2 + variance + other_sigma**2 + TAU**2)
    t = (mu - other_mu - MARGIN) / c
    v = pdf(t) / cdf(t)
    return mu + variance / c * v


def drawn(mu, sigma, other_mu, other_sigma):
    variance = sigma**2 + TAU**2
    c = math.sqrt(2.0 * BETA**2 + variance + other_sigma**2 + TAU**2)
    t, e = (mu - other_mu) / c, MARGIN / c
    v = (pdf(-e - t) - pdf(e - t)) / (cdf(e - t) - cdf(-e - t))
    return mu + variance / c * v


def after_both(mu, sigma, other_mu, other_sigma):
    """The mean after a win, with what a draw would have given beside it, half as heavy."""
    win, draw = winner(mu, sigma, other_mu, other_sigma), drawn(mu, sigma, other_mu, other_sigma)
    return win + 0.5 * (draw - mu)


PROGRAM = Program(
    after_both,
    [
        (25.0, 25.0 / 3.0, 25.0, 25.0 / 3.0),
        (29.0, 7.0, 20.0, 5.0),
        (18.0, 3.0, 31.0, 6.0),
    ],
    published=[29.396],
    digits=3,
)
