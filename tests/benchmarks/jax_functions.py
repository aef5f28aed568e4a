"""`python -m tests.benchmarks.jax_functions`: programs as JAX functions beside JAX written by hand
for the same work.

Both run in one process by turns, jitted, on arrays that lie on the device. Before any time, the
results agree to 1e-9. The ratio is the median of those within the rounds.
"""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable
from itertools import pairwise
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

import nn
from autograd_core import compiled, erf, exp, log, sqrt, value_and_grad
from autograd_core.primitives import TABLE

Pair = tuple[Callable[[], Any], Callable[[], Any]]
"""A call by hand, and one of ours."""
ROUNDS = 60


def main() -> None:
    jax.config.update("jax_enable_x64", True)
    works: dict[str, Callable[[], Pair]] = {
        "Black-Scholes with erf, 100,000 prices and 5 derivatives": lambda: options(by_erf=True),
        "the same with the normal distribution function": lambda: options(by_erf=False),
        "gradient of MLP(2, [16, 16, 1]), 100 samples": lambda: networks([2, 16, 16, 1], 100),
        "the same, 10,000 samples": lambda: networks([2, 16, 16, 1], 10_000),
        "gradient of MLP(64, [32, 10]), 32 samples": lambda: networks([64, 32, 10], 32),
        "gradient of MLP(784, [128, 10]), 64 samples": lambda: networks([784, 128, 10], 64),
    }
    print("| work | by hand, µs | ratio |\n|---|---|---|")
    for title, start in works.items():
        by_hand, ours = start()
        times = np.array([[_seconds(by_hand), _seconds(ours)] for _ in range(ROUNDS)][5:])
        ratio = statistics.median(times[:, 1] / times[:, 0])
        print(f"| {title} | {1e6 * statistics.median(times[:, 0]):.0f} | {ratio:.2f} |", flush=True)


def _seconds(call: Callable[[], Any]) -> float:
    start = time.perf_counter()
    jax.block_until_ready(call())
    return time.perf_counter() - start


def options(by_erf: bool, count: int = 100_000) -> Pair:
    """European calls: the price and its derivatives by all five numbers."""
    normal = TABLE["normal_cdf"]
    cdf = (lambda x: 0.5 * (1.0 + erf(x / 2.0**0.5))) if by_erf else normal
    theirs = jax.scipy.stats.norm.cdf
    if by_erf:
        theirs = lambda x: 0.5 * (1.0 + jax.scipy.special.erf(x / 2.0**0.5))

    def price(m: Any, cdf: Any, *given: Any) -> Any:
        s, k, r, v, t = given
        d = (m.log(s / k) + (r + v * v / 2.0) * t) / (v * m.sqrt(t))
        return s * cdf(d) - k * m.exp(-r * t) * cdf(d - v * m.sqrt(t))

    class Scalars:
        log, sqrt, exp = staticmethod(log), staticmethod(sqrt), staticmethod(exp)

    def scalar(s: Any, k: Any, r: Any, v: Any, t: Any) -> Any:
        return price(Scalars, cdf, s, k, r, v, t)

    random = np.random.default_rng(0)
    ranges = [(80.0, 120.0), (80.0, 120.0), (0.0, 0.05), (0.1, 0.5), (0.1, 2.0)]
    columns = [random.uniform(low, high, count) for low, high in ranges]
    everything = range(5)
    program = compiled(
        value_and_grad(scalar, argnums=everything), batched=("s", "k", "r", "v", "t"), backend="jax"
    )
    program(*[column[:2] for column in columns])
    ours = jax.jit(program.program.to_jax())
    by_hand = jax.jit(
        jax.vmap(jax.value_and_grad(lambda *xs: price(jnp, theirs, *xs), argnums=tuple(everything)))
    )
    own, rows = [jnp.asarray(x) for x in columns], jnp.asarray(np.array(columns))
    none = jnp.zeros(0)
    value, slopes = by_hand(*own)
    _agree(np.array([value, *slopes]), np.array(ours(none, rows)[1]))
    return lambda: by_hand(*own), lambda: ours(none, rows)


def networks(sizes: list[int], samples: int) -> Pair:
    """The mean squared error of a network with tanh, and its gradient."""
    random = np.random.default_rng(0)
    model = nn.MLP(sizes[0], sizes[1:], activation="tanh", output="linear", seed=0)
    x, t = random.normal(size=(samples, sizes[0])), random.normal(size=(samples, sizes[-1]))
    parameters = [p.data for p in model.parameters()]

    def scalar(parameters: Any, x: Any, t: Any) -> Any:
        given = iter(parameters)
        values = x
        for k, (n, m) in enumerate(pairwise(sizes)):
            sums = []
            for _ in range(m):
                weights, bias = [next(given) for _ in range(n)], next(given)
                total = bias
                for w, y in zip(weights, values, strict=True):
                    total = total + w * y
                sums.append(total)
            values = sums if k == len(sizes) - 2 else [TABLE["tanh"](z) for z in sums]
        error = 0.0
        for y, wanted in zip(values, t, strict=True):
            error = error + (y - wanted) ** 2
        return error

    def by_hand(layers: Any, x: Any, t: Any) -> Any:
        for w, b in layers[:-1]:
            x = jnp.tanh(x @ w + b)
        w, b = layers[-1]
        return ((x @ w + b - t) ** 2).sum() / samples

    program = compiled(value_and_grad(scalar), batched=("x", "t"), reduce="sum", backend="jax")
    program(parameters, x[:2], t[:2])
    to_jax = program.program.to_jax()
    ours = jax.jit(lambda numbers, rows: to_jax(numbers, rows)[0] / samples)
    numbers, rows = jnp.asarray(parameters), jnp.asarray(np.concatenate([x, t], 1).T)
    layers, start = [], 0
    for n, m in pairwise(sizes):
        matrix = np.array(parameters[start : start + (n + 1) * m]).reshape(m, n + 1)
        layers.append((jnp.asarray(matrix[:, :n].T), jnp.asarray(matrix[:, n])))
        start += (n + 1) * m
    jitted = jax.jit(jax.value_and_grad(by_hand))
    given = layers, jnp.asarray(x), jnp.asarray(t)
    value, slopes = jitted(*given)
    flat = [np.concatenate([w.T, b[:, None]], 1).ravel() for w, b in slopes]
    _agree(np.concatenate([[value], *flat]), np.array(ours(numbers, rows)))
    return lambda: jitted(*given), lambda: ours(numbers, rows)


def _agree(wanted: Any, got: Any) -> None:
    np.testing.assert_allclose(got, wanted, rtol=1e-9, atol=1e-9)


if __name__ == "__main__":
    main()
