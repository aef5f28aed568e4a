"""A contest between engines that take turns in one process, and the figures of our program in
it.
"""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from autograd_core import backends
from autograd_core.compiler.pipeline import Executable
from autograd_core.compiler.tensorize.loop_nests import Contract

from .limit import Limit
from .opponents import Start, installed

ROUNDS, ROUND_SECONDS, TOLERANCE = 75, 0.004, 1e-9
BY_HAND = "NumPy by hand"
OURS = [name for name in ("numpy", "native") if backends()[name].available]
"""The back-ends of ours that take part."""
ASKED_FOR = ["c"] if backends()["c"].available else []
"""Those that run what they are asked to, beside them."""
Clock = Callable[[], float]


@dataclass
class Contest:
    """One piece of work for several engines; ours should take at most `goals` times as long as NumPy
    by hand, for what runs them.

    `gradient` and `function` give our programs for one batch, and how many samples it has.
    """

    title: str
    goals: dict[str, float]
    engines: dict[str, Start]
    gradient: Callable[[str], tuple[Executable, int]]
    function: Callable[[str], tuple[Executable, int]]
    found: dict[str, float] = field(default_factory=dict)
    """What `report` found: the seconds of NumPy by hand, and the ratios of the others."""


COLUMNS = {
    "numpy": "autograd_core, numpy",
    "native": "autograd_core, native",
    "C": "autograd_core, c",
    "jax": "jax jit",
    "torch": "torch",
    "CasADi": "CasADi",
}


def table(contests: Sequence[Contest]) -> str:
    """All contests side by side, as multiples of NumPy by hand, in Markdown. What our back-ends also
    do in another way has a line of its own.
    """
    lines = [
        f"| work | NumPy by hand | {' | '.join(COLUMNS)} |",
        "|---|" + "---:|" * (1 + len(COLUMNS)),
    ]
    for contest in contests:
        for way in _ways(contest):
            cells = [contest.found.get(engine + way) for engine in COLUMNS.values()]
            title = way.removeprefix(", ") or contest.title
            by_hand = "" if way else f"{1e6 * contest.found[BY_HAND]:,.4g} µs"
            ratios = ["" if x is None else f"{x:.2f}" if x < 10.0 else f"{x:.0f}" for x in cells]
            lines.append(f"| {title} | {by_hand} | {' | '.join(ratios)} |")
    return "\n".join(lines)


def _ways(contest: Contest) -> list[str]:
    """What is said of engines after their names."""
    parts = [engine.split(", ", 2) for engine in contest.found if engine.startswith("autograd")]
    return list(dict.fromkeys(["", *[f", {part[2]}" for part in parts if part[2:]]]))


def ours(start: Callable[[str], Any]) -> dict[str, Start]:
    """An engine for each of our back-ends."""
    return {f"autograd_core, {backend}": partial(start, backend) for backend in (*OURS, *ASKED_FOR)}


def executable_of(function: Any) -> Executable:
    """What runs the only path of a compiled function."""
    (path,) = next(iter(function.trees.values())).paths
    return path.family.executable  # type: ignore[no-any-return]


def report(
    name: str,
    contest: Contest,
    slow: bool,
    rounds: int = ROUNDS,
    clock: Clock = time.perf_counter,
) -> bool:
    """Print a line for each engine and one for our program; whether all gradients agree."""
    print(f"\n{name}: {contest.title.removeprefix(name + ': ')}")
    steps: dict[str, Callable[[], Any]] = {}
    agreed, expected = True, None
    for engine, start in contest.engines.items():
        if trouble := _missing(engine, slow):
            print(f"  {engine:36}{trouble:>12}")
            continue
        found, steps[engine] = start()
        expected = found if expected is None else expected
        error = float(abs(found - expected).max() / abs(expected).max())
        if not error <= TOLERANCE:
            agreed = False
            print(f"  {engine:36}{'':>12} gradient off by {error:.1e}")
            del steps[engine]
    times = turns(steps, rounds, clock)
    for engine, of in times.items():
        seconds = statistics.median(of)
        ratio = statistics.median([a / b for a, b in zip(of, times[BY_HAND], strict=True)])
        goal = contest.goals.get(engine.partition(", ")[2])
        aim = f"   goal {goal:.2f} ×" if goal else ""
        print(f"  {engine:36}{1e6 * seconds:>9.1f} µs{ratio:>8.2f} ×{aim}", flush=True)
        contest.found[engine] = seconds if engine == BY_HAND else ratio
    for backend in OURS:
        print(f"  {backend}: {figures(contest, backend, rounds)}")
    return agreed


def _missing(engine: str, slow: bool) -> str:
    package = engine.partition(" ")[0].partition(".")[0].lower()
    if package in ("jax", "torch", "casadi") and not installed(package):
        return "not installed"
    return "with --slow" if engine == "torch.compile" and not slow else ""


def by_turns(
    steps: dict[str, Callable[[], Any]], rounds: int, clock: Clock = time.perf_counter
) -> dict[str, float]:
    """The median seconds of each step."""
    return {engine: statistics.median(of) for engine, of in turns(steps, rounds, clock).items()}


def turns(
    steps: dict[str, Callable[[], Any]], rounds: int, clock: Clock = time.perf_counter
) -> dict[str, list[float]]:
    """The seconds of each step, round by round; in every short round each engine has its turn."""
    repeats = {}
    for engine, step in steps.items():
        step()
        repeats[engine] = max(1, int(ROUND_SECONDS / max(_seconds(step, 3, clock), 1e-7)))
    times: dict[str, list[float]] = {engine: [] for engine in steps}
    for _ in range(rounds):
        for engine, step in steps.items():
            times[engine].append(_seconds(step, repeats[engine], clock))
    return times


def _seconds(step: Callable[[], Any], repeats: int, clock: Clock) -> float:
    start = clock()
    for _ in range(repeats):
        step()
    return (clock() - start) / repeats


def figures(contest: Contest, backend: str, rounds: int) -> str:
    """Our program in numbers: instructions, operations, products, the share of the processor's limit
    (see limit.py), and gradient ÷ function.
    """
    (gradient, samples), (function, _) = contest.gradient(backend), contest.function(backend)
    steps = {"gradient": alone(gradient, samples), "function": alone(function, samples)}
    text = f"{len(gradient.program):,} instructions"
    limit = None
    if hasattr(gradient.kernel, "machine"):
        nests = list(gradient.kernel.program)
        products = len([nest for nest in nests if isinstance(nest, Contract)])
        text += f" in {len(nests)} array operations, {products} of them products"
        limit = Limit(gradient.kernel.program, samples)
        steps |= limit.steps()
    times = turns(steps, rounds)
    seconds = {name: statistics.median(times[name]) for name in ("gradient", "function")}
    if limit is not None:
        text += f", {limit.text(seconds['gradient'], times)}"
    return text + f"; gradient ÷ function {seconds['gradient'] / seconds['function']:.2f}"


def alone(executable: Executable, samples: int) -> Callable[[], Any]:
    """The program without the way in and out."""
    if not hasattr(executable.kernel, "machine"):
        numbers = [executable.program.recorded[i] for i in executable.program.inputs]
        return lambda: executable.kernel.run(numbers)
    machine = executable.kernel.machine(samples)
    return lambda: machine.execute(machine.compute)
