"""Chains, filters and grids: the sums at the ends lack terms of those between, and are computed
with them all the same.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from autograd_core import grad, sum, value_and_grad
from autograd_core.compiler.api import compiled

from .backends import forced
from .networks import uniform

TOLD = "# sums that continue one another"


def rosenbrock(x: Sequence[Any]) -> Any:
    return sum([100.0 * (b - a**2) ** 2 + (1.0 - a) ** 2 for a, b in itertools.pairwise(x)])


def springs(x: Sequence[Any]) -> Any:
    """Masses in a row, each held by its neighbours: the forces are second differences."""
    return sum([(b - a) ** 2 for a, b in itertools.pairwise(x)])


def advected(x: Sequence[Any]) -> Any:
    """x[k] (x[k + 1] − x[k − 1]), with nothing beyond the ends."""
    n = len(x)
    return [
        sum([float(d) * (x[k] * x[k + d]) for d in (-1, 1) if 0 <= k + d < n]) for k in range(n)
    ]


def smoothed(x: Sequence[Any]) -> Any:
    """A filter that is cut off at both ends."""
    n = len(x)
    return [
        sum([w * x[k + d] for d, w in ((-1, 0.25), (0, 0.5), (1, 0.25)) if 0 <= k + d < n])
        for k in range(n)
    ]


CHAINS: dict[str, Callable[[Any], Any]] = {
    "Rosenbrock": value_and_grad(rosenbrock),
    "Rosenbrock's gradient": grad(rosenbrock),
}
OTHERS: dict[
    str, Callable[[Any], Any]
] = {  # products with the weights, and two ends that are one group
    "springs": grad(springs),
    "a filter": smoothed,
    "advection": advected,
}


@pytest.mark.parametrize("name", [*CHAINS, *OTHERS])
def test_the_ends_of_a_chain_are_computed_with_the_rest(name: str) -> None:
    chain = (CHAINS | OTHERS)[name]
    x = np.array(uniform(40))
    with forced("numpy"):
        program = compiled(chain)
        found = program(x)
    assert (TOLD in program.program.source("numpy")) == (name in CHAINS)
    expected = chain(x.tolist())
    for y, wanted in (
        zip(found, expected, strict=True) if isinstance(found, tuple) else ((found, expected),)
    ):
        np.testing.assert_allclose(np.array(y, float), wanted, rtol=1e-13, atol=1e-15)


def test_a_batch_of_chains() -> None:
    xs = np.array([uniform(12, k) for k in range(5)])
    program = compiled(grad(rosenbrock), batched="x")
    found = program(xs)
    assert TOLD in program.program.source("numpy")
    np.testing.assert_allclose(
        np.stack(found, -1) if isinstance(found, list) else found,
        [grad(rosenbrock)(x) for x in xs.tolist()],
    )


@given(
    st.lists(
        st.tuples(st.integers(-2, 2), st.sampled_from([1.0, -1.0, 2.0, 0.5])),
        min_size=1,
        max_size=4,
    ),
    st.integers(3, 12),
    st.booleans(),
)
def test_any_filter_gives_what_the_function_gives(
    taps: list[tuple[int, float]], n: int, squared: bool
) -> None:
    def filtered(x: Sequence[Any]) -> Any:
        reach = lambda k: [
            w * x[k + d] * (x[k] if squared else 1.0) for d, w in taps if 0 <= k + d < n
        ]
        return [sum(terms) if (terms := reach(k)) else 0.0 for k in range(n)]

    x = [*uniform(n - 2), float("inf"), -0.5]
    with forced("numpy"):
        np.testing.assert_allclose(
            compiled(filtered)(x), [float(getattr(y, "data", y)) for y in filtered(x)], rtol=1e-12
        )
