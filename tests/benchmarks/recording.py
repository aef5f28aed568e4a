"""From the first call to a compiled program: how long it takes, and how time and memory grow with
its size.

Seconds are those of the processor: a single thread works, and the rest of the machine does not
count.
"""

from __future__ import annotations

import math
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

SAMPLES = (10, 30, 100, 250, 500)


def recordings() -> None:
    """The digits network recorded on one sample, and the moons loop with all of its samples."""
    from . import handwritten

    print("\nrecording: from the first call to the first result, a new program each time")
    x, y = handwritten.digits()
    for title, goal, start, rounds in (
        ("digits 64-32-10, on one sample", 0.1, lambda: digits_program(x, y), 7),
        ("moons, the user's loop", 1.5, lambda: moons_program(100), 3),
    ):
        times = []
        for _ in range(rounds):
            run, count = start()
            begin = time.process_time()
            run()
            times.append(time.process_time() - begin)
        print(
            f"  {title:32}{statistics.median(times):>8.3f} s   goal {goal} s   {count():,} "
            "instructions",
            flush=True,
        )


def digits_program(x: Any, y: Any) -> tuple[Callable[[], Any], Callable[[], int]]:
    import nn

    from . import handwritten
    from .compiled import recorded

    program = recorded(
        handwritten.initial_parameters([64, 32, 10], seed=1), nn.cross_entropy_from_logits
    )

    def count() -> int:
        assert program.executable is not None
        return len(program.executable.program)

    return lambda: program(program.rows(x[:32], y[:32])), count


def moons_program(samples: int) -> tuple[Callable[[], Any], Callable[[], int]]:
    from autograd_core import compiled, grad

    from . import handwritten
    from .compiled import moons_loss

    random = np.random.default_rng(0)
    x, y = random.normal(size=(samples, 2)), random.integers(0, 2, samples).astype(float)
    p, slopes = (
        handwritten.flat(handwritten.initial_parameters([2, 16, 16, 1])),
        compiled(grad(moons_loss)),
    )
    return lambda: slopes(p, x, y), lambda: len(slopes.program)


def growth() -> None:
    """The moons loop with more and more samples, each in a process of its own."""
    print("\ngrowth: the moons loop with more and more samples")
    print(f"  {'instructions':>12}{'seconds':>10}{'µs each':>10}{'bytes each':>12}")
    for samples in SAMPLES:
        command = [sys.executable, "-m", __spec__.name, str(samples)]
        done = subprocess.run(command, capture_output=True, text=True, check=True)
        count, seconds, size = map(float, done.stdout.split())
        print(
            f"  {count:>12,.0f}{seconds:>10.2f}{1e6 * seconds / count:>10.2f}{size / count:>12.0f}",
            flush=True,
        )


def main() -> None:
    """Compile once, and print the number of instructions, the seconds, and the bytes of memory
    that it took at most.
    """
    run, count = moons_program(int(sys.argv[1]))
    before = most_memory()
    begin = time.process_time()
    run()
    seconds = time.process_time() - begin
    print(count(), seconds, most_memory() - before)


def most_memory() -> float:
    """The most memory that this process has had, in bytes; nan where the system does not say."""
    status = Path("/proc/self/status")
    if not status.exists():
        return math.nan
    (line,) = [line for line in status.read_text().splitlines() if line.startswith("VmHWM")]
    return 1024.0 * float(line.split()[1])


if __name__ == "__main__":
    main()
