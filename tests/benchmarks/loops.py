"""Long narrow loops, in plain Python and by `scan`: how long the first call takes, how much memory,
and how fast a call runs.

`python -m tests.benchmarks.loops` prints for each program the plain function on floats, the first
call of the compiled one, and each further call, and for `scan` the same in JAX if it is there. Each
runs in a process of its own. Seconds are those of the processor. Instructions are those of a plain
loop, also where a scan has few.
"""

from __future__ import annotations

import subprocess
import sys
import time
from argparse import ArgumentParser, RawDescriptionHelpFormatter
from collections.abc import Callable, Sequence
from functools import partial
from importlib.util import find_spec
from typing import Any

from autograd_core import math, scan, sqrt
from autograd_core.compiler.ir.scans import operations

from .recording import most_memory


def rk4(slope: Callable[[Any], list[Any]], y: list[Any], h: float) -> list[Any]:
    """A step of the classical Runge-Kutta method."""

    def moved(k: list[Any], factor: float) -> list[Any]:
        return [a + factor * b for a, b in zip(y, k, strict=True)]

    k1 = slope(y)
    k2 = slope(moved(k1, 0.5 * h))
    k3 = slope(moved(k2, 0.5 * h))
    k4 = slope(moved(k3, h))
    return [
        x + h / 6.0 * (a + 2.0 * b + 2.0 * c + d)
        for x, a, b, c, d in zip(y, k1, k2, k3, k4, strict=True)
    ]


def logistic(steps: int) -> tuple[Callable[[list[Any]], Any], list[float]]:
    """y' = r y (1 − y / k), as a function of y, r and k."""

    def end(x: list[Any]) -> Any:
        y, r, k = x
        state = [y]
        for _ in range(steps):
            state = rk4(lambda s: [r * s[0] * (1.0 - s[0] / k)], state, 0.01)
        return state[0]

    return end, [0.1, 1.5, 2.0]


def logistic_by_scan(steps: int) -> tuple[Callable[[list[Any]], Any], list[float]]:
    """The logistic equation by `scan`."""

    def end(x: list[Any]) -> Any:
        y, r, k = x

        def step(s: list[Any], _: Any) -> tuple[list[Any], None]:
            return rk4(lambda s: [r * s[0] * (1.0 - s[0] / k)], s, 0.01), None

        return scan(step, [y], None, steps)[0][0]

    return end, [0.1, 1.5, 2.0]


def swing(math: Any) -> Callable[[list[Any]], list[Any]]:
    """The slope of the state of a double pendulum, by the functions of a module."""
    cos, sin = math.cos, math.sin

    def slope(s: list[Any]) -> list[Any]:
        a, b, u, v = s
        d = a - b
        below = 3.0 - cos(2.0 * d)
        up = -9.81 * 3.0 * sin(a) - 9.81 * sin(a - 2.0 * b)
        up = up - 2.0 * sin(d) * (v * v + u * u * cos(d))
        down = 2.0 * sin(d) * (2.0 * u * u + 2.0 * 9.81 * cos(a) + v * v * cos(d))
        return [u, v, up / below, down / below]

    return slope


def pendulum(steps: int) -> tuple[Callable[[list[Any]], Any], list[float]]:
    """The angle of the lower arm of a double pendulum, as a function of the initial state."""
    slope = swing(math)

    def end(x: list[Any]) -> Any:
        state = x
        for _ in range(steps):
            state = rk4(slope, state, 0.005)
        return state[1]

    return end, [1.0, 0.5, 0.1, -0.2]


def scanned(
    steps: int, loop: Any = scan, module: Any = math, **options: bool
) -> tuple[Callable[[list[Any]], Any], list[float]]:
    """The same by `scan`, here or in JAX."""
    slope = swing(module)

    def end(x: list[Any]) -> Any:
        def step(s: list[Any], _: Any) -> tuple[list[Any], None]:
            return rk4(slope, s, 0.005), None

        return loop(step, x, None, steps, **options)[0][1]

    return end, [1.0, 0.5, 0.1, -0.2]


def moved(places: list[Any], speeds: list[Any]) -> tuple[list[Any], list[Any]]:
    """The places and velocities of three bodies in a plane a moment later."""
    masses, forces = [1.0, 0.8, 0.5], [0.0] * 6
    for i in range(3):
        for j in range(i + 1, 3):
            dx = places[2 * j] - places[2 * i]
            dy = places[2 * j + 1] - places[2 * i + 1]
            square = dx * dx + dy * dy + 0.01
            near = 1.0 / (square * sqrt(square))
            for k, d in enumerate((dx, dy)):
                forces[2 * i + k] += masses[j] * d * near
                forces[2 * j + k] -= masses[i] * d * near
    speeds = [v + 0.01 * f for v, f in zip(speeds, forces, strict=True)]
    return [p + 0.01 * v for p, v in zip(places, speeds, strict=True)], speeds


def bodies(steps: int, by_scan: bool = False) -> tuple[Callable[[list[Any]], Any], list[float]]:
    """Where the first of three bodies is, as a function of all places and velocities."""

    def end(x: list[Any]) -> Any:
        places, speeds = x[:6], x[6:]
        if by_scan:
            (places, speeds), _ = scan(
                lambda s, _: (moved(*s), None), (places, speeds), None, steps
            )
            return places[0] + places[1]
        for _ in range(steps):
            places, speeds = moved(places, speeds)
        return places[0] + places[1]

    return end, [0.0, 0.0, 1.0, 0.2, -0.7, 0.9, 0.0, 0.1, 0.3, -0.4, 0.2, 0.3]


PROGRAMS: dict[str, tuple[Callable[..., Any], int]] = {
    "logistic, 1,000 steps": (logistic, 1000),
    "logistic, 10,000 steps": (logistic, 10_000),
    "pendulum, 200 steps": (pendulum, 200),
    "pendulum, 1,000 steps": (pendulum, 1000),
    "three bodies, 200 steps": (bodies, 200),
}
SCANS: dict[str, tuple[Callable[..., Any], int]] = {
    "logistic by scan, 10,000": (logistic_by_scan, 10_000),
    "bodies by scan, 200 steps": (partial(bodies, by_scan=True), 200),
    "scan, 1,000 steps": (scanned, 1000),
    "scan, 10,000 steps": (scanned, 10_000),
    "the same, checkpoint=True": (partial(scanned, checkpoint=True), 10_000),
}
IN_JAX = "scan, 10,000 steps, in JAX"


def seconds_of(run: Callable[[], Any], least: float = 0.3) -> float:
    """The processor's seconds for a run, the least of those that fit in the time."""
    found: list[float] = []
    while sum(found) < least:
        begin = time.process_time()
        run()
        found.append(time.process_time() - begin)
    return min(found)


NAMES = ("python", "tape", "c")


def main(arguments: Sequence[str]) -> None:
    """Measure the program that is named, or each in a process of its own."""
    parser = ArgumentParser(prog=f"python -m {__spec__.name}", description=__doc__)
    parser.formatter_class = RawDescriptionHelpFormatter
    names = [*PROGRAMS, *SCANS, *([IN_JAX] if find_spec("jax") else [])]
    parser.add_argument("name", nargs="?", choices=names, metavar="NAME", help="; ".join(names))
    if name := parser.parse_args(arguments).name:
        measure_jax() if name == IN_JAX else measure(name)
        return
    print(f"{'value and gradient of':28}{'plain':>9}{'first call':>12}{'call':>10}", end="")
    print("".join([f"{name:>10}" for name in NAMES]), end="")
    print(f"{'memory':>10}{'instructions':>14}{'first, each':>13}{'call, each':>12}{'bytes':>7}")
    for name in names:
        subprocess.run([sys.executable, "-m", __spec__.name, name], check=True)


def measure(name: str) -> None:
    """Print a line: the plain function on floats, the first call, a call on each back-end, and the
    memory of the first call.
    """
    from autograd_core import backends, compiled, value_and_grad

    make, steps = (PROGRAMS | SCANS)[name]
    end, x = make(steps)
    plain = seconds_of(lambda: end(x))
    function = compiled(value_and_grad(end))
    small, given = make(2)
    compiled(value_and_grad(small))(given)  # imports what a first call imports
    before, begin = most_memory(), time.process_time()
    function(x)
    first, memory = time.process_time() - begin, most_memory() - before
    call, count = seconds_of(lambda: function(x)), operations(function.program)
    print(f"{name:28}{1e3 * plain:>6.2f} ms{first:>10.2f} s{1e3 * call:>7.2f} ms", end="")
    for backend in NAMES:
        text = ""
        if backends()[backend].available:
            forced = compiled(value_and_grad(end), backend=backend)
            forced(x)
            text = f"{1e3 * seconds_of(lambda: forced(x)):.3f} ms"  # noqa: B023  (called at once)
        print(f"{text:>10}", end="", flush=True)
    print(f"{memory / 2**20:>7.0f} MB{count:>14,}{1e6 * first / count:>10.1f} µs", end="")
    print(f"{1e9 * call / count:>9.1f} ns{memory / count:>7.0f}", flush=True)


def measure_jax() -> None:
    """Print the line of a scan in JAX."""
    import jax
    from jax import numpy

    jax.config.update("jax_enable_x64", True)
    end, x = scanned(10_000, jax.lax.scan, numpy)
    function = jax.jit(jax.value_and_grad(end))
    jax.jit(jax.value_and_grad(lambda x: x * x))(1.0)  # loads what a first call loads
    before, begin = most_memory(), time.process_time()
    jax.block_until_ready(function(x))
    first, memory = time.process_time() - begin, most_memory() - before
    call = seconds_of(lambda: jax.block_until_ready(function(x)))
    print(
        f"{IN_JAX:28}{'':>9}{first:>10.2f} s{1e3 * call:>7.2f} ms{'':>30}{memory / 2**20:>7.0f} MB"
    )


if __name__ == "__main__":
    main(sys.argv[1:])
