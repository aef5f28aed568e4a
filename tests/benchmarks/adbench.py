"""`python -m tests.benchmarks.adbench`: ADBench's objectives, small as in tests/programs, beside NumPy
with derivatives written by hand; and the sparse forms of larger problems.

All take turns in one process with one thread; a time is the median of the rounds, in seconds of the
processor.
"""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np

from autograd_core import compiled, grad, hessian, jacobian
from tests.programs import bundle_adjustment, by_hand
from tests.programs.program import flat, load, rebuilt
from tests.programs.test_adbench import adjustment

from .compiled import rosenbrock_scalars
from .contest import by_turns
from .worker import ONE_THREAD

ROUNDS, CAMERAS, POINTS, VIEWS, LONG = 31, 10, 200, 1000, 10_000


def report(name: str) -> None:
    """Print the gradient and the Hessian of an objective, by hand and compiled."""
    program = load(name)
    point = program.points[0]
    numbers = flat(point)
    slopes = compiled(grad(program.function, range(len(point))))
    bends = compiled(hessian(lambda xs: program.function(*rebuilt(point, xs))))
    slopes(*point), bends(numbers)
    times = by_turns(
        {
            "by hand": lambda: by_hand.gradient(name, point),
            "gradient": lambda: slopes(*point),
            "Hessian by hand": lambda: by_hand.hessian(name, partial(rebuilt, point), numbers),
            "Hessian": lambda: bends(numbers),
        },
        ROUNDS,
        time.process_time,
    )
    line = "".join(f"{1e6 * seconds:>12.0f} µs" for seconds in times.values())
    print(f"  {name:18}{len(numbers):>4}{line}")


def report_sparse() -> None:
    numbers, residuals, sees = adjustment(CAMERAS, POINTS, VIEWS)
    x = np.array(numbers)
    sparse = compiled(jacobian(residuals, sparse=True))
    dense_blocks = compiled(
        jacobian(lambda q: bundle_adjustment.residuals(q[:11], q[11:], 1.0)), batched="q"
    )
    cameras, points = x[: 11 * CAMERAS].reshape(-1, 11), x[11 * CAMERAS :].reshape(-1, 3)
    c, p = map(np.array, zip(*sees, strict=True))
    steps: dict[str, Callable[[], Any]] = {
        "by hand, one view after another": lambda: [
            by_hand.bundle_jacobian(cameras[i], points[j], 1.0) for i, j in sees
        ],
        "jacobian(sparse=True)": lambda: sparse(x),
        "one view, batched": lambda: dense_blocks(np.concatenate([cameras[c], points[p]], 1)),
    }
    for step in steps.values():
        step()
    print(
        f"bundle adjustment, {VIEWS:,} views, {len(numbers)} parameters, {sparse(x).nnz:,} entries"
    )
    for title, seconds in by_turns(steps, 7, time.process_time).items():
        print(f"  {title:34}{1e3 * seconds:>9.2f} ms")
    start = np.linspace(-1.0, 1.0, LONG)
    slope, bend = (
        compiled(grad(rosenbrock_scalars)),
        compiled(hessian(rosenbrock_scalars, sparse=True)),
    )
    slope(start), bend(start)
    times = by_turns(
        {"gradient": lambda: slope(start), "Hessian": lambda: bend(start)}, 200, time.process_time
    )
    ratio = times["Hessian"] / times["gradient"]
    print(f"Rosenbrock, n = {LONG:,}: sparse Hessian {ratio:.2f} × the gradient   goal 3 ×")


def main() -> int:
    if not os.environ.items() >= ONE_THREAD.items():  # NumPy reads it when it is loaded
        command = [sys.executable, "-m", __spec__.name]
        return subprocess.call(command, env=os.environ | ONE_THREAD)
    heads = ("by hand", "gradient", "by hand", "Hessian")
    print(f"  {'objective':18}{'n':>4}" + "".join(f"{head:>15}" for head in heads))
    for name in by_hand.GRADIENTS:
        report(name)
    report_sparse()
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
