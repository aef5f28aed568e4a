"""Where rows in native code are compared with what they compute."""

from __future__ import annotations

import math
import random
from itertools import product
from typing import Any

import pytest

from autograd_core.primitives import Primitive

SPECIAL = (0.0, -0.0, 1.0, -1.0, 0.5, 2.0, -3.0, math.inf, -math.inf, math.nan, 1e-310, 1e300, 40.0)


def points(row: Primitive) -> list[tuple[float, ...]]:
    """All pairs of special values, and random ones beside ordinary numbers."""
    count = row.arity if row.arity > 0 else 4 if row.pairs else 3
    draw = random.Random(row.name)
    points = [*product(SPECIAL, repeat=count)] if count < 3 else []
    points += [tuple(draw.choices(SPECIAL, k=count)) for _ in range(400)]
    for _ in range(200):
        size = draw.choice([0.9, 3.0, 30.0])
        points.append(tuple([draw.uniform(-size, size) for _ in range(count)]))
    if row.name == "polygamma":
        points = [(float(draw.randint(0, 6)), x) for _, x in points]
    return points


def assert_same(got: float, wanted: float, about: Any) -> None:
    """The same special value, or the same number up to rounding."""
    if math.isnan(wanted):
        assert math.isnan(got), about
    elif wanted in (0.0, math.inf, -math.inf):
        assert (got, math.copysign(1.0, got)) == (wanted, math.copysign(1.0, wanted)), about
    else:
        assert got == pytest.approx(wanted, rel=1e-13, abs=1e-14 if abs(wanted) < 1 else 0), about
