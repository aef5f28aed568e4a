"""Why not numerical differences: all n partial derivatives by n + 1 calls of the function, or by
one backward pass.

Run it: python tests/textbook/cost_of_differences.py
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from random import Random
from typing import Any

from autograd_core import dot, grad, sigmoid


@dataclass(frozen=True)
class Row:
    """One line of the table: seconds for the whole gradient, both ways, and how far the two
    gradients are apart.
    """

    n: int
    calls: int
    differences: float
    backward: float
    error: float


def neuron(n: int) -> Callable[[list[Any]], Any]:
    """The squared error of one sigmoid neuron as a function of its n weights."""
    random = Random(0)
    inputs = [random.uniform(-1.0, 1.0) for _ in range(n)]
    return lambda weights: (sigmoid(dot(weights, inputs)) - 1.0) ** 2


def forward_differences(
    f: Callable[[list[float]], float], x: list[float], h: float = 1e-7
) -> list[float]:
    """(f(x + h eᵢ) − f(x)) / h for every i: n + 1 calls of f."""
    base = f(x)
    return [(f([*x[:i], x[i] + h, *x[i + 1 :]]) - base) / h for i in range(len(x))]


def cost_table(sizes: Iterable[int]) -> list[Row]:
    """Both ways for every number of weights, with the calls of the function counted."""
    rows = []
    for n in sizes:
        f, x, calls = neuron(n), [1.0 / (i + 1) for i in range(n)], 0

        def counted(weights: list[float], f: Callable[[list[Any]], Any] = f) -> float:
            nonlocal calls
            calls += 1
            return f(weights)  # type: ignore[no-any-return]

        started = time.perf_counter()
        numerical = forward_differences(counted, x)
        between = time.perf_counter()
        exact = grad(f)(x)
        ended = time.perf_counter()
        error = max(abs(a - b) for a, b in zip(numerical, exact, strict=True))
        rows.append(Row(n, calls, between - started, ended - between, error))
    return rows


if __name__ == "__main__":
    print(f"{'n':>6}{'calls':>8}{'differences':>14}{'backward':>12}{'ratio':>9}{'apart':>10}")
    for row in cost_table([1, 10, 100, 1000, 3000]):
        times = (
            f"{1e3 * row.differences:11.2f} ms{1e3 * row.backward:9.2f} "
            f"ms{row.differences / row.backward:8.1f}x"
        )
        print(f"{row.n:6}{row.calls:8}{times}{row.error:10.1e}")
