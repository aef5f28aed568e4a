"""One engine in a process of its own: `python -m tests.benchmarks.worker eager "a chain"
micrograd` prints its result.
"""

from __future__ import annotations

import dataclasses
import importlib
import json
import os
import subprocess
import sys

from .measure import Benchmark, Result, measure

ONE_THREAD = dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"), "1")


def benchmarks(suite: str) -> dict[str, Benchmark]:
    """The benchmarks of one file of this folder."""
    return importlib.import_module(f".{suite}", __package__).BENCHMARKS  # type: ignore[no-any-return]


def in_a_process(suite: str, benchmark: str, engine: str) -> Result:
    """Engines that share a heap disturb each other's garbage collection: so each has a process."""
    command = [sys.executable, "-m", __spec__.name, suite, benchmark, engine]
    done = subprocess.run(
        command, capture_output=True, text=True, check=False, env=os.environ | ONE_THREAD
    )
    if done.returncode:
        reason = done.stderr.strip().splitlines()[-1:] or [f"exit code {done.returncode}"]
        return Result(trouble=reason[0])
    return Result(**json.loads(done.stdout.splitlines()[-1]))


def main() -> None:
    suite, name, engine = sys.argv[1:]
    benchmark = benchmarks(suite)[name]
    print(json.dumps(dataclasses.asdict(measure(benchmark, benchmark.engines[engine]))))


if __name__ == "__main__":
    main()
