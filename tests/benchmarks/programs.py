"""`python -m tests.benchmarks.programs`: the programs of tests/programs, each as a plain function,
with its gradient, and with its compiled gradient, beside JAX where that can trace the same text.

All take turns in one process with one thread; a time is the median of the rounds, in seconds of the
processor, so that the rest of the machine does not count. The columns:

- plain: the function on floats, with the standard `math`;
- eager, compiled: its value and gradient, as a multiple of plain;
- batch: the same for two hundred samples at once, for each sample;
- first: the first call of the compiled gradient, with recording and compiling, and the most memory
  that it takes (tracemalloc);
- 50 calls: with arguments that vary by a tenth, a compiled gradient against the eager one, both
  with all that they do after the first call;
- paths: how many these calls take, and how many programs serve all of them once each is compiled;
- jax: the jitted value and gradient, as a multiple of plain, and its first call; with --slow for
  programs of more than 2,000 instructions too.
"""

from __future__ import annotations

import argparse
import gc
import inspect
import math
import os
import random
import subprocess
import sys
import time
import tracemalloc
import warnings
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any
from unittest import mock

from autograd_core import Value, compiled, value_and_grad
from autograd_core import math as ours
from autograd_core.compiler import running
from autograd_core.compiler.ir.trace import taping
from tests.programs.program import NAMES, Program, flat, load, rebuilt

from .contest import by_turns
from .opponents import installed
from .worker import ONE_THREAD

LARGE = 2000  # instructions that JAX takes minutes to compile where they are not a loop
ROUNDS, SAMPLES, CALLS, SPREAD = 15, 200, 50, 0.1
HEAD = (
    f"{'program':20}{'plain':>10}{'eager':>9}{'compiled':>10}{'batch':>9}{'first':>9}{'memory':>9}"
    f"{'50 calls':>11}{'paths':>9}{'jax':>9}{'first':>9}"
)


def report(name: str, rounds: int, slow: bool) -> None:
    """Print the line of one program."""
    program, plain = load(name), load(name, math).function
    point, arguments = program.points[0], range(len(program.points[0]))
    eager, fast = value_and_grad(program.function, arguments), gradient_of(program)
    first = min(seconds(lambda: gradient_of(program)(*point)) for _ in range(3))
    steps: dict[str, Callable[[], Any]] = {
        "plain": lambda: plain(*point),
        "eager": lambda: eager(*point),
        "compiled": lambda: fast(*point),
    }
    if program.batched:
        steps["batch"] = batch(program)
    fast(*point)
    in_jax: Any = "" if slow or len(fast.program) <= LARGE else "--slow"
    jax_first = 0.0
    if not in_jax and installed("jax"):
        in_jax, jax_first = jax_gradient(name, eager(*point))
    if callable(in_jax):
        steps["jax"] = in_jax
    times = by_turns(steps, rounds, time.process_time)
    plainly = times.pop("plain")
    each = {title: seconds / plainly for title, seconds in times.items()}
    calls, paths = varied_calls(program)
    line = f"{name:20}{1e6 * plainly:>7.1f} µs{each['eager']:>7.1f} ×{each['compiled']:>8.2f} ×"
    line += f"{each['batch'] / SAMPLES:>7.2f} ×" if program.batched else f"{'':9}"
    merged = f"{paths} in {programs(program)}" if paths > 1 else "1"
    line += f"{1e3 * first:>6.0f} ms{memory(program):>6.1f} MB{calls:>9.2f} ×{merged:>9}"
    line += f"{each['jax']:>7.2f} ×{jax_first:>7.2f} s" if "jax" in each else f"{in_jax:>9}"
    print(line.rstrip(), flush=True)


def gradient_of(program: Program, **options: Any) -> Any:
    return compiled(value_and_grad(program.function, range(len(program.points[0]))), **options)


def seconds(call: Callable[[], Any]) -> float:
    gc.collect()
    start = time.process_time()
    call()
    return time.process_time() - start


def memory(program: Program) -> float:
    """The most that the first call of the compiled gradient takes, in megabytes."""
    gc.collect()
    tracemalloc.start()
    gradient_of(program)(*program.points[0])
    most = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    return most / 1e6


def varied(program: Program, count: int) -> list[Any]:
    """The first point, and others whose numbers differ by up to a tenth."""
    draw, point = random.Random(0).uniform, program.points[0]
    points = [point]
    while len(points) < count:
        found = rebuilt(point, [x * (1.0 + SPREAD * draw(-1.0, 1.0)) for x in flat(point)])
        try:
            defined = math.isfinite(program.function(*found))
        except (ArithmeticError, ValueError):
            defined = False
        if defined:
            points.append(found)
    return points


def batch(program: Program) -> Callable[[], Any]:
    names = [*inspect.signature(program.function).parameters]
    columns = [[*column] for column in zip(*varied(program, SAMPLES), strict=True)]
    fast = gradient_of(program, batched=names)
    return lambda: fast(*columns)


def varied_calls(program: Program) -> tuple[float, int]:
    """Fifty calls with the compiled gradient, as a multiple of the eager ones, and their paths."""
    points = varied(program, CALLS + 1)
    eager = value_and_grad(program.function, range(len(points[0])))
    fast = gradient_of(program)
    fast(*points[0])
    ours = theirs = 0.0
    for point in points[1:]:
        ours += seconds(lambda: fast(*point))  # noqa: B023
        theirs += seconds(lambda: eager(*point))  # noqa: B023
    return ours / theirs, len({path(program, point) for point in points})


def programs(program: Program) -> int:
    """How many programs the paths of these calls share, if each is compiled when it is taken."""
    fast = gradient_of(program)
    with mock.patch.object(running, "PATIENCE", 0.0):
        for point in varied(program, CALLS + 1):
            fast(*point)
    return len(fast.programs)


def path(program: Program, point: Any) -> tuple[bool, ...]:
    """Whether each condition holds that the function meets at a point."""
    with taping(False) as tape:
        leaves = [Value(x) for x in flat(point)]
        tape.arguments.update(leaves)
        program.function(*rebuilt(point, leaves))
    return tuple(tape.guards.values())


def jax_gradient(name: str, expected: Any) -> tuple[Callable[[], Any] | str, float]:
    """JAX's gradient of the same text, and the seconds of its first call; or why there is none."""
    import jax

    jax.config.update("jax_enable_x64", True)
    program = load(name, of_jax())
    arguments = tuple(range(len(program.points[0])))
    point = rebuilt(program.points[0], [float(x) for x in flat(program.points[0])])
    fast = jax.jit(jax.value_and_grad(program.function, arguments))
    start = time.process_time()
    try:
        found = jax.block_until_ready(fast(*point))
    except jax.errors.ConcretizationTypeError:
        return "branches", 0.0
    except (TypeError, ValueError, AttributeError, jax.errors.JAXTypeError) as error:
        return type(error).__name__[:8], 0.0
    first = time.process_time() - start
    largest = max(map(abs, flat(expected)))
    if not all(
        abs(a - b) <= 1e-6 * largest for a, b in zip(flat(found), flat(expected), strict=True)
    ):
        return "differs", 0.0
    return lambda: jax.block_until_ready(fast(*point)), first


def of_jax() -> SimpleNamespace:
    """The names of `math` with the functions of jax.numpy."""
    import jax.numpy as jnp
    import jax.scipy.special as special

    names = {name: getattr(jnp, name, getattr(math, name, None)) for name in ours.__all__}
    constants = {name: x for name in ours.__all__ if isinstance(x := getattr(ours, name), float)}
    more = {
        "erf": special.erf,
        "erfc": special.erfc,
        "dist": lambda p, q: jnp.sqrt(sum((a - b) ** 2 for a, b in zip(p, q, strict=True))),
    }
    return SimpleNamespace(**(names | constants | more))


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks.programs")
    parser.add_argument("names", nargs="*", help="programs to run, all by default")
    parser.add_argument("--slow", action="store_true", help="JAX also where it takes minutes")
    parser.add_argument("--rounds", type=int, default=ROUNDS)
    options = parser.parse_args()
    if unknown := {*options.names} - {*NAMES}:
        parser.error(f"no program is called {', '.join(sorted(unknown))}")
    if not os.environ.items() >= ONE_THREAD.items():  # NumPy reads it when it is loaded
        given = [*options.names, "--rounds", str(options.rounds), *["--slow"] * options.slow]
        return subprocess.call(
            [sys.executable, "-m", __spec__.name, *given], env=os.environ | ONE_THREAD
        )
    warnings.filterwarnings("ignore", ".*different paths")
    print(HEAD)
    for name in options.names or NAMES:
        report(name, options.rounds, options.slow)
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
