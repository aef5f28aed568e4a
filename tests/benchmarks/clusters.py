"""`python -m tests.benchmarks.clusters`: what a step over Dask collections costs, beside the
computing itself: by the number of partitions, of workers and of parameters; and beside a step that
sends the data to the workers each time.

The workers are processes of this machine. A time is the median of the steps.
"""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from typing import Any

import numpy as np

import nn

from .worker import ONE_THREAD

ROWS, STEPS = 100, 50


def main() -> int:
    if not os.environ.items() >= ONE_THREAD.items():  # NumPy reads it when it is loaded
        command = [sys.executable, "-m", __spec__.name]
        return subprocess.call(command, env=os.environ | ONE_THREAD)
    from distributed import Client, LocalCluster

    print("| workers | partitions | parameters | ms a step | the first |\n|---|---|---|---|---|")
    network = [8, 100, 100, 1]
    for workers, works in (
        (2, [(2, [8]), (8, [8]), (32, [8]), (128, [8]), (8, network)]),
        (4, [(32, [8]), (8, network)]),
        (8, [(32, [8]), (8, network)]),
        (16, [(32, [8])]),
    ):
        with (
            LocalCluster(n_workers=workers, threads_per_worker=1, dashboard_address=None) as local,
            Client(local) as client,
        ):
            for partitions, sizes in works:
                total, w = total_of(partitions, sizes)
                seconds, first = _times(total, w)
                row = workers, partitions, f"{len(w):,}", f"{1e3 * seconds:.1f}", f"{first:.2f} s"
                print("|", " | ".join(map(str, row)), "|", flush=True)
            if workers == 2:
                resent(client)
    return 0


def total_of(partitions: int, sizes: list[int]) -> tuple[Any, Any]:
    """The loss of a linear model of so many numbers, or of a network; and parameters."""
    import dask.array

    from autograd_core.distributed import value_and_grad

    random = dask.array.random.RandomState(0)
    x = random.normal(size=(partitions * ROWS, sizes[0]), chunks=(ROWS, sizes[0]))
    t = (x[:, 0] > 0.0) * 1.0
    if len(sizes) == 1:
        return value_and_grad(logistic, x, t), np.full(sizes[0], 0.1)
    model = nn.MLP(sizes[0], sizes[1:], activation="tanh", output="linear", seed=0)
    parameters = model.parameters()
    loss = lambda x, t: (model(x)[0] - t) ** 2
    total = value_and_grad(loss, x, t, parameters=parameters)
    return total, np.array([p.data for p in parameters])


def logistic(w: Any, x: Any, t: Any) -> Any:
    from autograd_core import dot, softplus

    z = dot(list(w), list(x))
    return softplus(z) - t * z


def resent(client: Any) -> None:
    """The same loss with 8 partitions of 10,000 rows, which are sent with every step."""
    random = np.random.default_rng(0)
    x = random.normal(size=(8, 10_000, 8))
    t = (x[..., 0] > 0.0) * 1.0

    def step(w: Any) -> float:
        parts = zip(x, t, strict=True)
        sums = [client.submit(by_hand, w, *part, pure=False) for part in parts]
        return float(sum([loss for loss, _ in client.gather(sums)]))

    print(
        f"8 partitions of 10,000 rows, sent anew: {1e3 * _times(step, np.full(8, 0.1))[0]:.1f} ms"
    )


def by_hand(w: Any, x: Any, t: Any) -> tuple[float, Any]:
    z = x @ w
    return float((np.logaddexp(0.0, z) - t * z).sum()), (1.0 / (1.0 + np.exp(-z)) - t) @ x


def _times(step: Callable[[Any], Any], w: Any) -> tuple[float, float]:
    """The median of the steps, and the time of the first one, which compiles."""
    found = []
    for _ in range(1 + STEPS):
        start = time.perf_counter()
        step(w)
        found.append(time.perf_counter() - start)
    return statistics.median(found[1:]), found[0]


if __name__ == "__main__":
    raise SystemExit(main())
