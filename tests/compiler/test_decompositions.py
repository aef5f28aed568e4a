"""Rows that NumPy has no function for keep their digits and their special values in batches."""

from __future__ import annotations

import math

import pytest

from autograd_core import compiled, maximum
from autograd_core.primitives import TABLE, Primitive

np = pytest.importorskip("numpy")

ULPS = 5
SMALLEST = 1e-300  # below it there are fewer digits
SPECIAL = [
    0.0,
    -0.0,
    math.inf,
    -math.inf,
    math.nan,
    1.7e308,
    -1.7e308,
    5e-324,
    -5e-324,
    1.0,
    -1.0,
    0.25,
    0.5,
    0.75,
    30.0,
    40.0,
]
ROWS = [row for row in TABLE.values() if row.decomposition is not None and row.arity in (1, 2)]


def _points(seed: int) -> list[float]:
    rng = np.random.default_rng(seed)
    parts = [
        rng.uniform(-1, 1, 300),
        rng.uniform(-6, 6, 300),
        rng.uniform(-40, 40, 300),
        10.0 ** rng.uniform(-300, 3, 60),
    ]
    return [*SPECIAL, *np.concatenate([*parts, 1.0 - 10.0 ** rng.uniform(-16, -1, 60)]).tolist()]


@pytest.mark.parametrize("row", ROWS, ids=[row.name for row in ROWS])
def test_a_decomposition_agrees_with_its_row(row: Primitive) -> None:
    xs, ys = _points(0), _points(1)
    pairs = [(x, y) for x in SPECIAL for y in SPECIAL] + list(zip(xs, ys, strict=True))
    points = [(x,) for x in xs] if row.arity == 1 else pairs
    names = ["a", "b"][: row.arity]
    f = compiled(
        (lambda a: row(a)) if row.arity == 1 else (lambda a, b: row(a, b)),
        batched=names,
        backend="numpy",
    )
    found = f(*[np.array(column) for column in zip(*points, strict=True)])
    for point, y in zip(points, found.tolist(), strict=True):
        expected = row.compute(*point)
        if not math.isfinite(expected) or expected == 0.0:
            assert repr(y) == repr(expected) or 0.0 < abs(y) < SMALLEST, point
        elif abs(expected) > SMALLEST:
            assert abs(y - expected) <= ULPS * math.ulp(expected), point


def test_a_large_batch_is_computed_in_strips() -> None:
    def f(x: float, y: float) -> list[float]:
        return [x * y, 2.0, maximum(x, y) if x > 0.5 else x]

    rng = np.random.default_rng(0)
    x, y = rng.uniform(0.0, 1.0, (2, 300_000))
    found = compiled(f, batched=["x", "y"], backend="numpy")(x, y)
    assert (found[0] == x * y).all()
    assert (found[1] == 2.0).all()
    assert (found[2] == np.where(x > 0.5, np.maximum(x, y), x)).all()
    total = compiled(lambda x: x * x, batched="x", reduce="sum")(x)
    assert abs(total - (x * x).sum()) < 1e-9 * total
