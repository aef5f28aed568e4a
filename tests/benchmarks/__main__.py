"""`python -m tests.benchmarks`: every benchmark for every engine that is installed, as a table or
as JSON.

Without names, the compiled programs follow the eager engines; `python -m tests.benchmarks.compiled`
runs them alone.
"""

from __future__ import annotations

import argparse
import dataclasses
import json
import os
import platform
import statistics

from . import compiled
from .measure import Benchmark, Result
from .worker import benchmarks, in_a_process

SUITES = ["eager"]
TURNS = (
    3  # of each engine, one after the other: so whatever else the machine does disturbs them alike
)


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks", description=__doc__)
    parser.add_argument("names", nargs="*", help="benchmarks to run, all by default")
    parser.add_argument("--slow", action="store_true", help="also the engines that take minutes")
    parser.add_argument("--json", action="store_true", help="print JSON")
    options = parser.parse_args()
    known = {
        name: (suite, benchmark)
        for suite in SUITES
        for name, benchmark in benchmarks(suite).items()
    }
    if unknown := set(options.names) - set(known):
        parser.error(
            f"no benchmark is called {', '.join(sorted(unknown))}; choose from {', '.join(known)}"
        )
    machine = (
        f"Python {platform.python_version()}, {platform.system()} {platform.machine()}, "
        f"{os.cpu_count()} processors"
    )
    report: dict[str, dict[str, Result]] = {}
    if not options.json:
        print(
            f"{machine}; medians; the engines take turns, each in a process of its own, one thread"
        )
    for name in options.names or known:
        suite, benchmark = known[name]
        report[name] = _run(suite, name, benchmark, options.slow)
        if not options.json:
            print("\n" + "\n".join(_table(name, benchmark, report[name])), flush=True)
    if not options.names and not options.json:
        compiled.main(["--slow"] if options.slow else [])
    if options.json:
        results = {
            name: {engine: dataclasses.asdict(result) for engine, result in row.items()}
            for name, row in report.items()
        }
        print(json.dumps({"machine": machine, "results": results}, indent=2))
    return int(
        any(
            result.trouble.startswith("gradient")
            for row in report.values()
            for result in row.values()
        )
    )


def _run(suite: str, name: str, benchmark: Benchmark, slow: bool) -> dict[str, Result]:
    """Every engine's result; one whose gradient is not that of the first has no time."""
    visits: dict[str, list[Result]] = {engine: [] for engine in benchmark.engines}
    for turn in range(TURNS):
        for engine, how in benchmark.engines.items():
            if how.slow and not slow:
                visits[engine] = [Result(trouble="with --slow")]
            elif not turn or (not how.slow and visits[engine][0].seconds):
                visits[engine].append(in_a_process(suite, name, engine))
    results = {engine: _together(of) for engine, of in visits.items()}
    expected = next(result.gradient for result in results.values() if result.gradient)
    for result in results.values():
        error = _distance(result.gradient, expected) if result.gradient else 0.0
        if not error <= benchmark.tolerance:
            result.seconds, result.trouble = None, f"gradient off by {error:.1e}"
        result.gradient = []
    return results


def _together(turns: list[Result]) -> Result:
    """The first of one engine's turns, with the median of their times."""
    times = [turn.seconds for turn in turns if turn.seconds]
    return dataclasses.replace(
        turns[0],
        seconds=statistics.median(times) if times else None,
        rounds=sum(t.rounds for t in turns),
    )


def _distance(a: list[float], b: list[float]) -> float:
    """The largest difference, relative to the largest number."""
    if len(a) != len(b):
        return float("inf")
    return max(abs(x - y) for x, y in zip(a, b, strict=True)) / max(abs(y) for y in b)


def _table(name: str, benchmark: Benchmark, results: dict[str, Result]) -> list[str]:
    """A line for each engine: its time, its bytes a node, and how many times as long it takes
    as each of ours.
    """
    ours = [
        engine for engine, how in benchmark.engines.items() if how.ours and results[engine].seconds
    ]
    bytes_known = any(result.bytes_forward for result in results.values())
    head = f"{'':28}{'median':>10}" + (f"{'bytes a node':>16}" if bytes_known else "")
    lines = [
        f"{name}: {benchmark.title}",
        head + "".join(f"{_versus(engine):>14}" for engine in ours),
    ]
    for engine, result in results.items():
        line = f"{engine:28}{_time(result.seconds) if result.seconds else result.trouble:>10}"
        if bytes_known:
            known = result.bytes_forward is not None
            line += f"{f'{result.bytes_forward:.0f} / {result.bytes_backward:.0f}' if known else '':>16}"
        if result.seconds:
            line += "".join(
                f"{_ratio(result.seconds / (results[own].seconds or 1.0)):>14}" for own in ours
            )
        lines.append(line.rstrip())
    return lines


def _versus(engine: str) -> str:
    return (
        "÷ " + engine.removeprefix("autograd_core").strip(" ,")[:12] if "," in engine else "÷ ours"
    )


def _ratio(ratio: float) -> str:
    return f"{ratio:.3g} ×" if ratio < 100.0 else f"{ratio:,.0f} ×"


def _time(seconds: float) -> str:
    for unit, size in (("s", 1.0), ("ms", 1e-3), ("µs", 1e-6)):
        if seconds >= size:
            return f"{seconds / size:.3g} {unit}"
    return f"{seconds / 1e-9:.3g} ns"


if __name__ == "__main__":
    raise SystemExit(main())
