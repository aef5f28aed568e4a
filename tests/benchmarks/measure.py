"""What a benchmark is, and how one engine's part of it is measured: gradients first, then time,
then memory.
"""

from __future__ import annotations

import gc
import importlib.util
import statistics
import time
import tracemalloc
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

SHORTEST_ROUND = 0.02
FEWEST_ROUNDS, MOST_ROUNDS = 3, 150


@dataclass(frozen=True)
class Work:
    """One engine at work: `step` is timed; `gradient` gives, first, what every engine must agree
    on.

    `keep` builds a number of nodes and a function that walks them backwards, for the bytes a node
    takes.
    """

    step: Callable[[], Any]
    gradient: Callable[[], list[float]]
    keep: Callable[[], tuple[Any, int, Callable[[], None]]] | None = None


@dataclass(frozen=True)
class Engine:
    """How to set one engine to work, the package that it needs, and how the garbage collector
    is while it works.
    """

    start: Callable[[], Work]
    package: str = ""
    collector: bool = True
    slow: bool = False

    @property
    def ours(self) -> bool:
        return not self.package

    @property
    def installed(self) -> bool:
        return self.ours or importlib.util.find_spec(self.package) is not None


@dataclass(frozen=True)
class Benchmark:
    """One piece of work for several engines, each of which runs in a process of its own."""

    title: str
    engines: dict[str, Engine]
    tolerance: float = 1e-12
    seconds: float = 2.0  # how long each engine repeats its step at each of its turns


@dataclass
class Result:
    """What one engine reached, or why it did not."""

    seconds: float | None = None
    rounds: int = 0
    gradient: list[float] = field(default_factory=list)
    bytes_forward: float | None = None
    bytes_backward: float | None = None
    trouble: str = ""


def measure(benchmark: Benchmark, engine: Engine) -> Result:
    """The gradient, the median time of a step, and the bytes a node takes. An engine that fails
    says with what.
    """
    if not engine.installed:
        return Result(trouble="not installed")
    work, result = engine.start(), Result()
    try:
        result.gradient = work.gradient()
        if not engine.collector:
            gc.disable()
        times = _rounds(work.step, benchmark.seconds, engine.collector)
        result.seconds, result.rounds = statistics.median(times), len(times)
    except (RecursionError, MemoryError) as error:
        result.trouble = type(error).__name__
    if work.keep is not None:
        result.bytes_forward, result.bytes_backward = _bytes(work.keep)
    return result


def _rounds(step: Callable[[], Any], seconds: float, collector: bool) -> list[float]:
    """Seconds a step, round by round; a round repeats short steps."""
    repeats, once = 1, _timed(step, 1)
    while once * repeats < SHORTEST_ROUND:
        repeats = max(2 * repeats, int(SHORTEST_ROUND / once))
        once = _timed(step, repeats)
    times: list[float] = []
    end = time.perf_counter() + seconds
    while len(times) < MOST_ROUNDS and (time.perf_counter() < end or len(times) < FEWEST_ROUNDS):
        if not collector:
            gc.collect()  # outside the time: else memory fills up
        times.append(_timed(step, repeats))
    return times


def _timed(step: Callable[[], Any], repeats: int) -> float:
    """Seconds a step; what the last one gives is kept until then, so that a graph of which
    there is one is freed afterwards.
    """
    start = time.perf_counter()
    for _ in range(repeats):
        kept = step()
    seconds = (time.perf_counter() - start) / repeats
    del kept
    return seconds


def _bytes(keep: Callable[[], tuple[Any, int, Callable[[], None]]]) -> tuple[float, float]:
    """Bytes for each node of a graph that is held: after the forward pass, and after the
    backward pass.
    """
    gc.collect()
    tracemalloc.start()
    before = tracemalloc.get_traced_memory()[0]
    graph, nodes, backward = keep()
    gc.collect()
    forward = tracemalloc.get_traced_memory()[0] - before
    backward()
    gc.collect()
    after = tracemalloc.get_traced_memory()[0] - before
    tracemalloc.stop()
    del graph
    return forward / nodes, after / nodes
