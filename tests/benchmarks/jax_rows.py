"""`python -m tests.benchmarks.jax_rows`: the rule by which JAX gets an operation on several rows of
a batch as one vector for each row, or as one array (rows × samples).

Elementwise operations on so many rows, the same with their gradients, and a layer of so many
neurons, each compiled in both ways: a number is the time with a vector for each row, divided by
that with arrays; below 1, vectors are faster. Then gradients of networks, beside JAX written by
hand, where operations on at most so many rows become vectors. All run by turns; the numbers are
medians.
"""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable, Sequence
from typing import Any
from unittest import mock

import jax
import jax.numpy as jnp
import numpy as np

from autograd_core import compiled, dot, exp, log, sin, sqrt, tanh, value_and_grad
from autograd_core.compiler.backends.jax import nests

from .jax_functions import networks

ROWS, SAMPLES = (2, 4, 8, 16, 32), (10, 1_000, 100_000)
LIMITS = (0, 8, 16, 32)
NETWORKS = [([2, 16, 16, 1], 100), ([64, 32, 10], 32)]
ROUNDS = 25


def formulas(rows: int, by_gradient: bool) -> Callable[..., Any]:
    """As many results, each by a dozen operations on numbers of its own."""

    def f(x: Any) -> Any:
        ys = [
            exp(-a * b) * sin(a) / sqrt(1.0 + b * b) + log(1.0 + a * a)
            for a, b in zip(x, [*x[1:], x[0]], strict=True)
        ]
        total = ys[0]
        for y in ys[1:]:
            total = total + y * y
        return total if by_gradient else ys

    return value_and_grad(f) if by_gradient else f


def layer(rows: int, _: bool) -> Callable[..., Any]:
    """So many neurons on four inputs."""
    random = np.random.default_rng(0)
    weights = random.normal(size=(rows, 4)).tolist()
    return lambda x: [tanh(dot(w, list(x[:4]))) for w in weights]


WORKS: dict[str, tuple[Callable[..., Any], bool]] = {
    "formulas": (formulas, False),
    "formulas, with gradients": (formulas, True),
    "a layer": (layer, False),
}


def main() -> None:
    jax.config.update("jax_enable_x64", True)
    print("| work | rows |", " | ".join(f"{n:,} samples" for n in SAMPLES), "|")
    print("|---" * (2 + len(SAMPLES)) + "|")
    for name, (make, by_gradient) in WORKS.items():
        for rows in ROWS:
            cells = [f"{ratio(make(rows, by_gradient), rows, n):.2f}" for n in SAMPLES]
            print("|", " | ".join([name, str(rows), *cells]), "|", flush=True)
    print("\n| network | samples |", " | ".join(f"at most {n}" for n in LIMITS), "|")
    print("|---" * (2 + len(LIMITS)) + "|")
    for sizes, samples in NETWORKS:
        cells = [f"{beside_hand(sizes, samples, n):.2f}" for n in LIMITS]
        print("|", " | ".join(["-".join(map(str, sizes)), str(samples), *cells]), "|", flush=True)


def beside_hand(sizes: list[int], samples: int, limit: int) -> float:
    """The time of a gradient, divided by that of JAX written by hand."""
    with mock.patch.object(nests, "NARROW", limit), mock.patch.object(nests, "MOST_ROWS", 10**9):
        ways = [
            lambda call=call: jax.block_until_ready(call()) for call in networks(sizes, samples)
        ]  # type: ignore[misc]
    return _median(ways[1], ways[0])


def ratio(f: Callable[..., Any], rows: int, samples: int) -> float:
    """Time with a vector for each row, by that with arrays."""
    x = np.random.default_rng(1).uniform(0.5, 1.5, (samples, max(rows, 4)))
    program = compiled(lambda x: f(x), batched="x", backend="jax")
    program(x[:2])
    ways = [_way(program, narrow, x) for narrow in (10**9, 0)]
    found = [np.asarray(way()) for way in ways]
    np.testing.assert_allclose(*found, rtol=1e-9, atol=1e-12)
    return _median(*ways)


def _median(a: Callable[[], Any], b: Callable[[], Any]) -> float:
    return statistics.median([_seconds(a) / _seconds(b) for _ in range(ROUNDS)])


def _way(program: Any, narrow: int, x: Any) -> Callable[[], Any]:
    limits = {"NARROW": narrow, "NARROW_FORMULA": narrow, "MOST_ROWS": 10**9}
    with mock.patch.multiple(nests, **limits):
        call, given = jax.jit(program.program.to_jax()), (jnp.zeros(0), jnp.asarray(x.T))
        _, found = call(*given)
    assert len(found) >= 1
    return lambda: _joined(call(*given)[1])


def _joined(rows: Sequence[Any]) -> Any:
    return jax.block_until_ready(rows)


def _seconds(call: Callable[[], Any]) -> float:
    start = time.perf_counter()
    call()
    return time.perf_counter() - start


if __name__ == "__main__":
    main()
