"""The slope of a remainder by its divisor counts how often the divisor fits: a whole number,
held to exact fractions.
"""

from __future__ import annotations

import math
import random
from collections.abc import Iterator
from fractions import Fraction
from typing import Any

import pytest

from autograd_core import compiled, fmod, grad

POINTS = 20_000


def _multiples() -> Iterator[tuple[float, float]]:
    """a = k · b, rounded: just above or just below a jump, where a quotient that is rounded
    lies on it.
    """
    draw = random.Random(12)
    for _ in range(POINTS):
        b = draw.uniform(0.01, 10.0)
        yield draw.choice([-1.0, 1.0]) * (draw.randint(1, 1000) * b), draw.choice([-1.0, 1.0]) * b


def _anywhere() -> Iterator[tuple[float, float]]:
    draw = random.Random(13)
    for _ in range(POINTS // 10):
        yield draw.uniform(-1e6, 1e6), draw.choice([-1.0, 1.0]) * 10.0 ** draw.uniform(-6.0, 6.0)


def _floor(a: float, b: float) -> int:
    return math.floor(Fraction(a) / Fraction(b))


def _trunc(a: float, b: float) -> int:
    return math.trunc(Fraction(a) / Fraction(b))


def test_the_slope_of_fmod_by_its_divisor_is_the_whole_quotient() -> None:
    assert grad(lambda b: fmod(12.5, b))(0.1) == -124.0
    slope = grad(fmod, argnums=1)
    wrong = [
        (a, b)
        for points in (_multiples(), _anywhere())
        for a, b in points
        if slope(a, b) != -_trunc(a, b)
    ]
    assert wrong == []


def test_the_slope_of_a_modulus_and_a_whole_quotient_are_exact_too() -> None:
    slope = grad(lambda a, b: a % b, argnums=1)
    whole = grad(lambda w, a, b: w * (a // b))
    for points in (_multiples(), _anywhere()):
        for k, (a, b) in enumerate(points):
            assert slope(a, b) == -_floor(a, b), (a, b)
            if k % 10 == 0:
                assert (
                    whole(1.0, a, b) * 1.0 == _floor(a, b) if abs(_floor(a, b)) < 2**53 else True
                ), (a, b)


@pytest.mark.parametrize(
    ("f", "exact"), [(fmod, _trunc), (lambda a, b: a % b, _floor)], ids=["fmod", "%"]
)
def test_a_compiled_batch_of_remainders_has_the_same_slopes(f: Any, exact: Any) -> None:
    pytest.importorskip("numpy")
    points = list(_multiples())[:2000]
    batch = compiled(lambda a, b: grad(f, argnums=1)(a, b), batched=("a", "b"))
    found = batch([a for a, _ in points], [b for _, b in points]).tolist()
    assert found == [-exact(a, b) for a, b in points]
    single = compiled(lambda a, b: grad(f, argnums=1)(a, b))
    assert [single(a, b) for a, b in points[:50]] == found[:50]


def test_the_signs_and_the_ends_of_a_remainder_stay() -> None:
    slope = grad(fmod, argnums=(0, 1))
    assert slope(-5.0, 3.0) == (1.0, 1.0)
    assert slope(5.0, -3.0) == (1.0, 1.0)
    assert slope(5.0, math.inf) == (1.0, 0.0)
    assert slope(0.5, 3.0) == (1.0, 0.0)
    assert math.isnan(slope(math.inf, 3.0)[1])
