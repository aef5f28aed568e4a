"""Scans in batches: the rounds one after the other, each for all samples."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from autograd_core import compiled, scan, sin, value_and_grad

from .loops import STEPS, flat, numbers, scans_in, step


@pytest.mark.slow
@settings(max_examples=20, deadline=None)
@given(step, step, step, st.booleans(), st.booleans())
def test_random_steps_in_batches(p: int, q: int, y: int, reverse: bool, checkpoint: bool) -> None:
    numpy = pytest.importorskip("numpy")
    xs = [0.1 * k - 0.4 for k in range(16)]

    def f(a: Any, r: Any, xs: list[Any]) -> Any:
        def one(s: Any, x: Any) -> Any:
            now = (*s, x, r)
            return (STEPS[p](*now), STEPS[q](*now)), STEPS[y](*now)

        (a, b), ys = scan(one, (a, 0.3), xs, None, reverse, checkpoint)
        return a * b + ys[3] * ys[0] + sum(ys, 0.0)

    derived, samples = value_and_grad(f, (0, 1, 2)), [-0.9, -0.2, 0.4, 1.1]
    found = flat(compiled(derived, batched="a")(numpy.array(samples), 0.9, xs))
    rows = numpy.array([numpy.broadcast_to(x, 4) if numpy.ndim(x) < 2 else x for x in found])
    want = numpy.array([numbers(derived(a, 0.9, xs)) for a in samples]).T
    assert rows == pytest.approx(want, rel=1e-9, abs=1e-11)


def test_a_batch_whose_samples_take_different_branches() -> None:
    numpy = pytest.importorskip("numpy")

    def f(x: Any, r: Any) -> Any:
        return scan(lambda s, _: ((s * r if s > 0.1 else s + r), s), x, length=20)[0]

    xs = numpy.linspace(0.01, 5.0, 40)
    for derived in (f, value_and_grad(f, (0, 1))):
        found = compiled(derived, batched="x")(xs, 0.9)
        want = [numbers(derived(x, 0.9)) for x in xs.tolist()]
        rows = numpy.stack([*found[1], found[0]]) if derived is not f else numpy.stack([found])
        order = numpy.array(want).T if derived is f else numpy.array(want).T[[1, 2, 0]]
        assert rows == pytest.approx(order, rel=1e-12)


@pytest.mark.parametrize("reduce", [None, "sum", "mean"])
def test_batches_of_loops(reduce: str | None) -> None:
    numpy = pytest.importorskip("numpy")

    def f(r: Any, x: Any, u: list[Any]) -> Any:
        def step(s: Any, c: Any) -> Any:
            a, b, n = s
            return (a + 0.1 * sin(b) * r, b * r + c * x, n + 1.0), a * b + n

        (a, b, n), ys = scan(step, (x, 0.5, 0.0), u, None, True)
        alone, _ = scan(lambda s, c: (s * r + c, None), 0.1, u)  # the same for all samples
        return a * b + n * ys[2] + sum(ys) * alone

    rows, u = numpy.linspace(-1.0, 1.0, 7), [0.1 * k for k in range(12)]
    derived = value_and_grad(f, (0, 2))
    fast = compiled(derived, batched="x", reduce=reduce)
    found = numpy.array([numpy.array(x) for x in flat(fast(0.8, rows, u))]).T
    want = numpy.array([numbers(derived(0.8, x, u)) for x in rows.tolist()])
    if reduce is not None:
        want = want.sum(0) if reduce == "sum" else want.mean(0)
    assert found == pytest.approx(want, rel=1e-11)
    assert scans_in(fast) > 2
