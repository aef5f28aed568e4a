"""`python -m tests.benchmarks.compiled`: compiled programs beside NumPy written by hand, jax and
torch, as a table.

All engines run in one process with one thread, by turns, so that whatever else the machine does
disturbs all of them alike; a time is the median of the rounds. Before any time, the gradients agree
to 1e-9. What counts is the ratio to the NumPy written by hand: the median of the ratios within the
rounds.
"""

from __future__ import annotations

import argparse
import itertools
import os
import subprocess
import sys
import time
from builtins import sum as add
from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

import numpy as np

import nn
from autograd_core import (
    BatchGradient,
    Value,
    compiled,
    exp,
    grad,
    hessian,
    log,
    sigmoid,
    sin,
    sum,
    value_and_grad,
)
from autograd_core.compiler.pipeline import Executable
from autograd_core.support import Update

from . import convolution, handwritten, opponents, options, recurrent
from .calls import calls
from .contest import BY_HAND, OURS, Contest, executable_of, ours, report, table
from .eager import CLASSES, POINTS
from .handwritten import Array, Parameters
from .recording import growth, recordings
from .worker import ONE_THREAD

RATE = 0.01
EPOCH = "native, steps in one call"
SAMPLES = np.array(POINTS), (np.array(CLASSES) + 1.0) / 2.0


def moons() -> Contest:
    parameters, (x, y) = handwritten.initial_parameters([2, 16, 16, 1]), SAMPLES
    batches = [(x, y)]
    in_torch = partial(opponents.network_in_torch, classes=False)

    def by_hand() -> tuple[Array, Callable[[], Any]]:
        step, _ = handwritten.moons_step(parameters, x, y, RATE)
        return handwritten.flat(handwritten.moons_gradient(parameters, x, y)), step

    def in_a_loop(backend: str) -> tuple[Array, Callable[[], Any]]:
        """As by hand: the data lie outside, and the rate is a factor of the loss."""
        xs, ys, p = x.tolist(), y.tolist(), handwritten.flat(parameters)
        slopes = compiled(grad(lambda p: RATE * moons_loss(p, xs, ys)), backend=backend)
        return slopes(p) / RATE, lambda: np.subtract(p, slopes(p), p)

    def data_passed() -> tuple[Array, Callable[[], Any]]:
        """As one would write it without a thought of speed."""
        slopes, p = compiled(grad(moons_loss)), handwritten.flat(parameters)
        return slopes(p, x, y), lambda: np.subtract(p, RATE * slopes(p, x, y), p)

    return Contest(
        "moons: 2-16-16-1, 100 samples, gradient and update",
        {"numpy": 1.1, "native": 0.5, EPOCH: 0.35},
        {
            BY_HAND: by_hand,
            **ours(partial(batch_axis, parameters, squared_error, batches)),
            **in_one_call(parameters, squared_error, x, y, size=100, steps=50, every=50),
            **{f"{title}, user's loop": start for title, start in ours(in_a_loop).items()},
            f"autograd_core, {OURS[-1]}, data passed": data_passed,
            **others(parameters, batches, opponents, classes=False),
            "torch.compile": opponents.trained_torch(
                parameters, batches, in_torch, RATE, compiled=True
            ),
        },
        partial(batch_program, parameters, squared_error, x, y),
        partial(reduced, parameters, squared_error, x, y),
    )


def moons_loss(p: Any, x: Any, y: Any) -> Any:
    """The whole batch in plain scalar Python, a loop over the samples included."""
    return sum([(moons_network(p, a) - t) ** 2 for a, t in zip(x, y, strict=True)]) / float(len(y))


def moons_network(p: Any, inputs: Any) -> Any:
    k = 0
    for size in (16, 16, 1):
        outputs = []
        for _ in range(size):
            z = p[k + len(inputs)]
            for j, x in enumerate(inputs):
                z = z + p[k + j] * x
            outputs.append(sigmoid(z))
            k += len(inputs) + 1
        inputs = outputs
    return inputs[0]


def digits() -> Contest:
    goals = {"numpy": 1.1, "native": 0.5, EPOCH: 0.5}
    title = "digits: 64-32-10, an epoch of 56 batches of 32"
    return _classes(title, goals, [64, 32, 10], *handwritten.digits())


def wide() -> Contest:
    random = np.random.default_rng(2)
    images, onehot = random.uniform(0, 1, (64, 784)), np.eye(10)[random.integers(0, 10, 64)]
    return _classes(
        "784-128-10, one batch of 64, gradient and update",
        {"numpy": 1 / 0.9, "native": 1.1},
        [784, 128, 10],
        images,
        onehot,
        64,
    )


def _classes(
    title: str, goals: dict[str, float], sizes: list[int], x: Array, y: Array, size: int = 32
) -> Contest:
    parameters = handwritten.initial_parameters(sizes, seed=1)
    batches = [(x[i : i + size], y[i : i + size]) for i in range(0, len(x), size)]
    steps, loss = len(x) // size, nn.cross_entropy_from_logits
    every = 1 if steps > 1 else 10  # one batch is trained on several times
    start = partial(batch_axis, parameters, loss, batches)

    def by_hand() -> tuple[Array, Callable[[], Any]]:
        epoch, _, _ = handwritten.digits_epoch(parameters, x, y, RATE, size)
        return handwritten.flat(handwritten.digits_gradient(parameters, *batches[0])), epoch

    return Contest(
        title,
        goals,
        {
            BY_HAND: by_hand,
            **ours(start),
            **{
                f"{title}, loss read": partial(one, read=True) for title, one in ours(start).items()
            },
            **in_one_call(parameters, loss, x, y, size, steps * every, every),
            **others(parameters, batches, opponents, classes=True),
        },
        partial(batch_program, parameters, loss, *batches[0]),
        partial(reduced, parameters, loss, *batches[0]),
    )


def from_lists(work: Any, title: str, goal: float) -> Contest:
    """A network in nested lists, as convolution.py and recurrent.py have it."""
    parameters, x, y = work.problem()
    return Contest(
        title,
        {"numpy": 1.5, "native": goal},
        {
            BY_HAND: lambda: work.by_hand(parameters, x, y, RATE),
            **ours(partial(batch_axis, parameters, work.loss, [(x, y)])),
            **in_one_call(parameters, work.loss, x, y, size=len(x), steps=20, every=20),
            **others(parameters, [(x, y)], work),
        },
        partial(batch_program, parameters, work.loss, x, y),
        partial(reduced, parameters, work.loss, x, y),
    )


def others(
    parameters: Parameters, batches: list[tuple[Array, Array]], work: Any, **options: bool
) -> dict[str, opponents.Start]:
    """The same network in jax and in torch."""
    names = ("network_in_jax", "network_in_torch") if work is opponents else ("in_jax", "in_torch")
    in_jax, in_torch = [partial(getattr(work, name), **options) for name in names]
    return {
        "jax jit": opponents.trained_jax(parameters, batches, in_jax, RATE),
        "torch": opponents.trained_torch(parameters, batches, in_torch, RATE),
    }


def squared_error(outputs: list[Value], target: Any) -> Any:
    return (outputs[0] - target) ** 2


def model_of(parameters: Parameters, output: str) -> nn.MLP:
    sizes = [len(b) for _, b in parameters]
    model = nn.MLP(parameters[0][0].shape[1], sizes, activation="sigmoid", output=output)
    for p, number in zip(model.parameters(), handwritten.flat(parameters).tolist(), strict=True):
        p.data = number
    return model


def recorded(
    parameters: Parameters, loss: Callable[..., Any], backend: str = "auto"
) -> BatchGradient:
    """The loss of one sample, to be recorded on the first one."""
    return BatchGradient(*of_a_sample(parameters, loss), backend=backend)


def of_a_sample(
    parameters: Parameters, loss: Callable[..., Any]
) -> tuple[Callable[..., Any], list[Value]]:
    """The loss as a function of an input and a target, and its parameters: those of a model, or
    lists of units.
    """
    if loss in (convolution.loss, recurrent.loss):
        layers = [[[*map(Value, unit)] for unit in np.c_[w, b].tolist()] for w, b in parameters]
        return lambda x, t: loss(layers, x.tolist(), t), flat(layers)
    model = model_of(parameters, "sigmoid" if loss is squared_error else "linear")
    return lambda x, t: loss(model(x), t), model.parameters()


def flat(layers: list[list[list[Value]]]) -> list[Value]:
    return [value for layer in layers for unit in layer for value in unit]


def batch_axis(
    parameters: Parameters,
    loss: Callable[..., Any],
    batches: list[tuple[Array, Array]],
    backend: str = "auto",
    *,
    read: bool = False,
) -> tuple[Array, Callable[[], Any]]:
    """An epoch of steps of a program recorded on one sample."""
    program = recorded(parameters, loss, backend)
    rows = [program.rows(x, y) for x, y in batches]
    program(rows[0])
    start = program.gradient.copy()

    def epoch() -> None:
        for batch in rows:
            program.step(batch, RATE)
            if read:
                program.read()
            np.subtract(program.values, program.gradient, program.values)

    return start, epoch


def in_one_call(
    parameters: Parameters,
    loss: Callable[..., Any],
    x: Array,
    y: Array,
    size: int,
    steps: int,
    every: int = 1,
) -> dict[str, Any]:
    """So many steps in one native call, which is due `every` so many turns."""

    def start() -> tuple[Array, Callable[[], Any]]:
        program = recorded(parameters, loss, "native")
        rows = np.asfortranarray(program.rows(x, y))
        program(rows[:, :size].copy())
        batches = np.arange(steps * size).reshape(steps, size) % len(x)
        given = rows, batches, Update(program.values.size, [RATE] * steps, [])
        turn = itertools.count()
        return program.gradient.copy(), lambda: next(turn) % every or program.train(*given)

    return {f"autograd_core, {EPOCH}": start} if "native" in OURS else {}


def batch_program(
    parameters: Parameters, loss: Callable[..., Any], x: Array, y: Array, backend: str = "auto"
) -> tuple[Executable, int]:
    program = recorded(parameters, loss, backend)
    program(program.rows(x, y))
    assert program.executable is not None
    return program.executable, len(x)


def reduced(
    parameters: Parameters, loss: Callable[..., Any], x: Array, y: Array, backend: str = "auto"
) -> tuple[Executable, int]:
    """The mean loss alone."""
    of_one, _ = of_a_sample(parameters, loss)
    function = compiled(of_one, batched=("x", "t"), reduce="mean", backend=backend)
    function(x, y)
    return executable_of(function), len(x)


def rosenbrock(n: int, transform: str) -> Contest:
    x = np.random.default_rng(0).uniform(-1.5, 1.5, n)
    fast = dict(zip(("grad", "value_and_grad"), handwritten.rosenbrock_fast(n), strict=True))[
        transform
    ]
    slopes = {"grad": grad, "value_and_grad": value_and_grad}[transform](rosenbrock_scalars)

    def scalars(backend: str) -> tuple[Array, Callable[[], Any]]:
        own = compiled(slopes, backend=backend)
        found = own(x)
        return (found[1] if transform == "value_and_grad" else found), lambda: own(x)

    return Contest(
        f"Rosenbrock, n = {n:,}, {'gradient' if transform == 'grad' else 'value and gradient'}",
        {"numpy": 1.5, "native": 0.45} if n == 100 else {"numpy": 2.0, "native": 0.9},
        {
            BY_HAND: lambda: (handwritten.rosenbrock_gradient(x), lambda: fast(x)),
            **ours(scalars),
            "jax jit": opponents.derivative_jax(transform, rosenbrock_arrays, x),
            "torch": opponents.derivative_torch("grad", rosenbrock_arrays, x),
            "CasADi": opponents.derivative_casadi(transform, rosenbrock_elements, x),
        },
        partial(program_at, slopes, x),
        partial(program_at, rosenbrock_scalars, x),
    )


def program_at(function: Callable[..., Any], x: Array, backend: str) -> tuple[Executable, int]:
    made = compiled(function, backend=backend)
    made(x)
    return executable_of(made), 1


def rosenbrock_scalars(x: Any) -> Any:
    return sum([100.0 * (b - a**2) ** 2 + (1.0 - a) ** 2 for a, b in itertools.pairwise(x)])


def rosenbrock_elements(_: Any, x: Sequence[Any]) -> Any:
    return add([100.0 * (b - a * a) ** 2 + (1.0 - a) ** 2 for a, b in itertools.pairwise(x)])


def rosenbrock_arrays(_: Any, x: Any) -> Any:
    return (100.0 * (x[1:] - x[:-1] ** 2) ** 2 + (1.0 - x[:-1]) ** 2).sum()


def second_derivatives() -> Contest:
    x = np.random.default_rng(0).uniform(-1, 1, 20)

    def arrays(package: Any, x: Any) -> Any:
        return package.log(package.exp(x).sum()) + package.sin(x[:-1] * x[1:]).sum()

    def elements(package: Any, x: Sequence[Any]) -> Any:
        sines = [package.sin(a * b) for a, b in itertools.pairwise(x)]
        return package.log(add([package.exp(a) for a in x])) + add(sines)

    def scalars(backend: str) -> tuple[Array, Callable[[], Any]]:
        own = compiled(hessian(exponentials_and_sines), backend=backend)
        return own(x).ravel(), lambda: own(x)

    return Contest(
        "Hessian of 20 variables",
        {"numpy": 1.0, "native": 0.15},
        {
            BY_HAND: lambda: (handwritten.hessian(x).ravel(), lambda: handwritten.hessian(x)),
            **ours(scalars),
            "jax jit": opponents.derivative_jax("hessian", arrays, x),
            "torch": opponents.derivative_torch("hessian", arrays, x),
            "CasADi": opponents.derivative_casadi("hessian", elements, x),
        },
        partial(program_at, grad(exponentials_and_sines), x),
        partial(program_at, exponentials_and_sines, x),
    )


def exponentials_and_sines(x: Any) -> Any:
    return log(sum([exp(a) for a in x])) + sum([sin(a * b) for a, b in itertools.pairwise(x)])


CONTESTS: dict[str, Callable[[], Contest]] = {
    "moons": moons,
    "digits": digits,
    "wide": wide,
    "convolution": partial(
        from_lists, convolution, "convolution: 8 filters of 3 x 3, 32 images of 8 x 8", 0.8
    ),
    "lstm": partial(from_lists, recurrent, "lstm: 16 units, 32 sequences of 16 x 4 numbers", 0.8),
    "rosenbrock-100": partial(rosenbrock, 100, "value_and_grad"),
    "rosenbrock-100-gradient": partial(rosenbrock, 100, "grad"),
    "rosenbrock-10000": partial(rosenbrock, 10_000, "value_and_grad"),
    "rosenbrock-10000-gradient": partial(rosenbrock, 10_000, "grad"),
    "hessian": second_derivatives,
    "options": options.contest,
}

OTHERS: dict[str, Callable[[], None]] = {"calls": calls, "recording": recordings, "growth": growth}


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(
        prog="python -m tests.benchmarks.compiled", description=__doc__
    )
    parser.add_argument(
        "names", nargs="*", help=f"what to run, all by default: {', '.join([*CONTESTS, *OTHERS])}"
    )
    parser.add_argument(
        "--slow", action="store_true", help="torch.compile too, which takes a minute to start"
    )
    parser.add_argument(
        "--cpu",
        action="store_true",
        help="seconds of the processor, for a busy machine; all threads of an engine count",
    )
    given = parser.parse_args(arguments)
    names = given.names or [*CONTESTS, *OTHERS]
    if unknown := set(names) - {*CONTESTS, *OTHERS}:
        parser.error(f"no benchmark is called {', '.join(sorted(unknown))}")
    if not os.environ.items() >= ONE_THREAD.items():  # NumPy reads it when it is loaded
        flags = [flag for flag, on in (("--slow", given.slow), ("--cpu", given.cpu)) if on]
        return subprocess.call(
            [sys.executable, "-m", __spec__.name, *names, *flags], env=os.environ | ONE_THREAD
        )
    clock = time.process_time if given.cpu else time.perf_counter
    agreed, contests = True, {name: CONTESTS[name]() for name in names if name in CONTESTS}
    for name, contest in contests.items():
        agreed &= report(name, contest, given.slow, clock=clock)
    if contests:
        print(f"\n{table([*contests.values()])}")
    for name in names:
        if name in OTHERS:
            OTHERS[name]()
    return int(not agreed)


if __name__ == "__main__":
    raise SystemExit(main())
