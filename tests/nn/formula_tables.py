"""Tables made by formulas: what they hold is known, and they need no file.

Each function gives rows and targets; the numbers of samples are those of the comparison.
"""

from __future__ import annotations

from typing import Any

import numpy

Samples = tuple[Any, Any]


def waves(n: int = 2000) -> Samples:
    """sin 4x + y², without noise."""
    x = numpy.random.default_rng(0).uniform(-1.0, 1.0, (n, 2))
    return x, numpy.sin(4.0 * x[:, 0]) + x[:, 1] ** 2


def friedman(n: int = 1000) -> Samples:
    """Five columns of ten matter, in three ways (J. H. Friedman, 1991)."""
    random = numpy.random.default_rng(1)
    x = random.uniform(size=(n, 10))
    bends = 10.0 * numpy.sin(numpy.pi * x[:, 0] * x[:, 1]) + 20.0 * (x[:, 2] - 0.5) ** 2
    return x, bends + 10.0 * x[:, 3] + 5.0 * x[:, 4] + random.normal(size=n)


def plane(n: int = 400, columns: int = 30) -> Samples:
    """A plane under as much noise: nothing to win over a linear model, and much to lose."""
    random = numpy.random.default_rng(2)
    x = random.normal(size=(n, columns))
    return x, (x @ random.normal(size=columns)) + columns**0.5 * random.normal(size=n)


def large_plane(n: int = 8000) -> Samples:
    """A plane under more noise."""
    return plane(n, 20)


def sides(n: int = 8000) -> Samples:
    """Two sides of a plane, the nearer the less certain."""
    random = numpy.random.default_rng(3)
    x = random.normal(size=(n, 20))
    z = x @ (0.5 * random.normal(size=20))
    return x, (random.uniform(size=n) < 1.0 / (1.0 + numpy.exp(-z))).astype(int)


def rare(n: int = 6000) -> Samples:
    """A class of 5 %, with a product of two columns in its formula."""
    random = numpy.random.default_rng(4)
    x = random.normal(size=(n, 12))
    z = 1.5 * (x[:, 0] + 0.8 * x[:, 1] * x[:, 2] + 0.5 * x[:, 3] - 3.2)
    return x, (random.uniform(size=n) < 1.0 / (1.0 + numpy.exp(-z))).astype(int)


def spirals(n: int = 1500) -> Samples:
    """Two spirals, wound into each other."""
    random = numpy.random.default_rng(5)
    k = random.integers(2, size=n)
    t = 2.0 * numpy.pi * numpy.sqrt(random.uniform(size=n))
    x = numpy.c_[t * numpy.cos(t + numpy.pi * k), t * numpy.sin(t + numpy.pi * k)]
    return x / 3.0 + 0.08 * random.normal(size=(n, 2)), k


def letters(n: int = 20_000) -> Samples:
    """26 classes, each in three styles, through 16 bent and rounded measures."""
    random = numpy.random.default_rng(6)
    styles = random.normal(size=(26, 3, 7))
    k = random.integers(26, size=n)
    z = styles[k, random.integers(3, size=n)] + 0.33 * random.normal(size=(n, 7))
    first, second = random.normal(size=(2, 7, 16)) / 7.0**0.5
    x = z @ first + 0.7 * numpy.tanh(1.5 * (z @ second))
    return numpy.round(7.5 + 3.0 * x).clip(0, 15), k


def sensors(n: int = 8000) -> Samples:
    """Six activities of 30 people, through 561 columns that measure 24 things."""
    random = numpy.random.default_rng(7)
    k = random.integers(6, size=n)
    spread = numpy.array([1.6, 1.6, 1.0, 0.6] + [0.38] * 20)
    activity = random.normal(size=(6, 24)) * spread
    people = 0.35 * random.normal(size=(30, 24))
    z = activity[k] + people[random.integers(30, size=n)] + 0.55 * random.normal(size=(n, 24))
    mixed = 0.9 * (z @ random.normal(size=(24, 561))) / 24.0**0.5
    return numpy.tanh(mixed + 0.15 * random.normal(size=(n, 561))), k


FORMULAS = (waves, friedman, plane, large_plane, sides, rare, spirals, letters, sensors)
