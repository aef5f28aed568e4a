"""`python -m tests.benchmarks.versions ../old`: this checkout beside another one, for instance that
of the last release.

Each checkout works in a process of its own, and both take turns at the same work, so that whatever
else the machine does disturbs both alike. A figure is the median of the CPU times; the ratio, new ÷
old, the median of the ratios of the rounds.
"""

from __future__ import annotations

import argparse
import os
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[2]
ONE_THREAD = dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"), "1")
ROUND_SECONDS = 0.05
Step = Callable[[], Any]


def works() -> dict[str, Callable[[], Step]]:
    """What is measured: by its name, a function that sets the work up. All of it lies in the
    checkout at hand.
    """
    from tests.benchmarks import calls, compiled, eager

    found: dict[str, Callable[[], Step]] = {
        "eager, a Layer's training step": lambda: eager.moons_layers().step,
        "eager, the same with Neurons": lambda: eager.moons_neurons().step,
        "eager, the same on + and *": lambda: eager.moons_bare().step,
        "eager, 20 operations": lambda: eager.expression_ours().step,
        "eager, a chain of 100,000": lambda: _chain(eager),
        "grad of comparisons": _comparisons,
        "leaky_relu and elu": _activations,
        "first call, 20 operations": lambda: _first_call(calls),
        "first call, moons' loop over 20 samples": lambda: _first_loop(compiled),
        "first call, Rosenbrock of 1000": lambda: _first_rosenbrock(compiled),
        "first call, a batch of 16-32-10": lambda: _first_batch(compiled),
        "call, compiled, on Values": lambda: _on_values(calls),
        "call, compiled, a keyword": lambda: _keyword(calls),
        "call, compiled, with branches": _branches,
    }
    found |= {
        f"call, {way}": lambda way=way: calls.ways()[way]
        for way in calls.ways()
        if "jax" not in way
    }  # type: ignore[misc]
    for name in (
        "moons",
        "digits",
        "wide",
        "rosenbrock-100",
        "rosenbrock-10000-gradient",
        "hessian",
    ):
        for engine in compiled.CONTESTS[name]().engines:
            if engine.startswith("autograd_core"):
                found[f"{name}{engine.removeprefix('autograd_core')}"] = (
                    lambda name=name, engine=engine: (  # type: ignore[misc]
                        compiled.CONTESTS[name]().engines[engine]()[1]
                    )
                )
    return found


def _chain(eager: Any) -> Step:
    from autograd_core import Value

    def step() -> None:
        eager.chain(Value(1.5), 100_000).backward()

    return step


def _comparisons() -> Step:
    from autograd_core import grad

    slope = grad(lambda x: x * sum([x > k for k in range(100)]))
    return lambda: slope(50.5)


def _activations() -> Step:
    from autograd_core import Value, elu, leaky_relu

    values = [Value(1.5), Value(-1.5)]
    return lambda: [(elu(x), leaky_relu(x)) for x in values]


def _first_call(calls: Any) -> Step:
    from autograd_core import compiled, value_and_grad

    derivative = value_and_grad(calls.expression, (0, 1, 2, 3))
    return lambda: compiled(derivative)(*calls.POINT)


def _first_loop(compiled: Any) -> Step:
    from autograd_core import grad

    xs, ys = (array[:20].tolist() for array in compiled.SAMPLES)
    p = compiled.handwritten.flat(compiled.handwritten.initial_parameters([2, 16, 16, 1]))
    slopes = grad(lambda p: compiled.moons_loss(p, xs, ys))
    return lambda: compiled.compiled(slopes)(p)


def _first_rosenbrock(compiled: Any) -> Step:
    slopes = compiled.grad(compiled.rosenbrock_scalars)
    x = compiled.np.linspace(-1.5, 1.5, 1000)
    return lambda: compiled.compiled(slopes)(x)


def _first_batch(compiled: Any) -> Step:
    x, classes = compiled.np.linspace(-1.0, 1.0, 128).reshape(8, 16), compiled.np.eye(10)[:8]
    parameters = compiled.handwritten.initial_parameters([16, 32, 10])
    loss = compiled.nn.cross_entropy_from_logits
    return lambda: compiled.batch_program(parameters, loss, x, classes)


def _on_values(calls: Any) -> Step:
    from autograd_core import Value, compiled

    function, values = compiled(calls.expression), [Value(x) for x in calls.POINT]
    return lambda: function(*values)


def _keyword(calls: Any) -> Step:
    from autograd_core import compiled

    function = compiled(lambda a, b, c, *, d: calls.expression(a, b, c, d))
    a, b, c, d = calls.POINT
    return lambda: function(a, b, c, d=d)


def _branches() -> Step:
    from autograd_core import compiled, sin

    function = compiled(lambda x: sin(x) if x > 0.0 else x * x)
    return lambda: (function(1.5), function(-1.5))


def work() -> None:
    """Answer names on standard input with the CPU seconds of one step; each work is set up at
    its first turn.
    """
    known, ready = works(), {}
    print("\t".join(known), flush=True)
    for line in sys.stdin:
        name = line.strip()
        if name not in ready:
            step = known[name]()
            step()
            shortest = min([_seconds(step, 1) for _ in range(3)])  # a collection takes long
            ready[name] = step, max(1, int(ROUND_SECONDS / max(shortest, 1e-7)))
        print(_seconds(*ready[name]), flush=True)


def _seconds(step: Step, repeats: int) -> float:
    start = time.process_time()
    for _ in range(repeats):
        step()
    return (time.process_time() - start) / repeats


class Checkout:
    """A process that works with the code of one checkout."""

    def __init__(self, root: Path) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-P", __file__, "--work"],
            cwd=root,
            env=os.environ | ONE_THREAD | {"PYTHONPATH": str(root)},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        self.names = self._answer().split("\t")

    def seconds(self, name: str) -> float:
        assert self.process.stdin is not None
        self.process.stdin.write(f"{name}\n")
        self.process.stdin.flush()
        return float(self._answer())

    def _answer(self) -> str:
        assert self.process.stdout is not None
        return self.process.stdout.readline().rstrip("\n")


def main() -> None:
    parser = argparse.ArgumentParser(
        prog="python -m tests.benchmarks.versions", description=__doc__
    )
    parser.add_argument("old", type=Path, nargs="?", help="the folder of the other checkout")
    parser.add_argument("--only", default="", help="a part of the names of what is to be measured")
    parser.add_argument("--rounds", type=int, default=30)
    parser.add_argument("--work", action="store_true", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.work:
        return work()
    if options.old is None or not (options.old / "autograd_core").is_dir():
        parser.error(
            f"give the folder of another checkout, with autograd_core in it; got {options.old}"
        )
    old, new = Checkout(options.old.resolve()), Checkout(ROOT)
    print(f"{'':40}{'old':>12}{'new':>12}{'new ÷ old':>12}")
    for name in [name for name in new.names if name in old.names and options.only in name]:
        rounds = []
        for k in range(options.rounds):
            pair = {side: side.seconds(name) for side in ((old, new) if k % 2 else (new, old))}
            rounds.append((pair[old], pair[new]))
        before, after = (statistics.median(times) for times in zip(*rounds, strict=True))
        ratio = statistics.median([b / a for a, b in rounds])
        print(f"{name:40}{1e6 * before:>9.1f} µs{1e6 * after:>9.1f} µs{ratio:>12.3f}", flush=True)
    return None


if __name__ == "__main__":
    main()
