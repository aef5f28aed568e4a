"""Eager engines, one scalar at a time: a network on bare operators and with modules, a long
chain, a short expression.
"""

from __future__ import annotations

import itertools
import math
import random
from collections.abc import Callable, Sequence
from typing import Any

from .bare import Bare
from .measure import Benchmark, Engine, Work

SIZES = [2, 16, 16, 1]
SAMPLES = 100
RATE, DECAY = 0.01, 1e-4  # so low a rate that the units stay alive, however many steps are timed
CHAIN = 1_000_000
POINT = (0.7, -1.3, 2.1, 0.4)

Network = list[list[list[Any]]]  # for each layer and unit its weights and, last, its bias


def moons() -> tuple[list[list[float]], list[float]]:
    """Two half circles with noise: points, and classes −1 and 1."""
    noise = random.Random(1337)
    points, classes = [], []
    for i in range(SAMPLES):
        angle, upper = math.pi * (i // 2) / (SAMPLES / 2 - 1), i % 2 == 0
        x, y = (
            (math.cos(angle), math.sin(angle))
            if upper
            else (1.0 - math.cos(angle), 0.5 - math.sin(angle))
        )
        points.append([x + noise.gauss(0.0, 0.1), y + noise.gauss(0.0, 0.1)])
        classes.append(-1.0 if upper else 1.0)
    return points, classes


POINTS, CLASSES = moons()


def start_weights() -> list[float]:
    """The parameters at the start, unit by unit, the bias last."""
    uniform = random.Random(0).uniform
    found: list[float] = []
    for before, size in itertools.pairwise(SIZES):
        for _ in range(size):
            found += [uniform(-1.0, 1.0) for _ in range(before)] + [0.0]
    return found


def as_network(parameters: Sequence[Any]) -> Network:
    given = iter(parameters)
    return [
        [[next(given) for _ in range(before + 1)] for _ in range(size)]
        for before, size in itertools.pairwise(SIZES)
    ]


def output(network: Network, inputs: Sequence[Any], relu: Callable[[Any], Any]) -> Any:
    """The network on + and × alone, as micrograd's own modules compute it."""
    for i, layer in enumerate(network):
        units = [
            sum((w * x for w, x in zip(unit, inputs, strict=False)), unit[-1]) for unit in layer
        ]
        inputs = units if i == len(network) - 1 else [relu(unit) for unit in units]
    return inputs[0]


def cost(scores: Sequence[Any], parameters: Sequence[Any], relu: Callable[[Any], Any]) -> Any:
    """Mean hinge loss and weight decay."""
    losses = [relu(1.0 + -c * score) for c, score in zip(CLASSES, scores, strict=True)]
    return sum(losses) * (1.0 / len(losses)) + DECAY * sum(p * p for p in parameters)


def _training(parameters: list[Any], loss: Callable[[], Any]) -> Work:
    """Forward, backward, step, for engines with `.data`, `.grad` and `.backward()`."""

    def gradient() -> list[float]:
        for p in parameters:
            p.grad = 0.0
        loss().backward()
        return [p.grad for p in parameters]

    def step() -> None:
        gradient()
        for p in parameters:
            p.data -= RATE * p.grad

    return Work(step, gradient)


def _on_bare_operators(value: Callable[[float], Any]) -> Work:
    parameters = [value(w) for w in start_weights()]
    network = as_network(parameters)

    def relu(x: Any) -> Any:
        return x.relu()

    return _training(
        parameters, lambda: cost([output(network, x, relu) for x in POINTS], parameters, relu)
    )


def moons_bare() -> Work:
    from autograd_core import Value

    return _on_bare_operators(Value)


def moons_micrograd() -> Work:
    from micrograd.engine import Value

    return _on_bare_operators(Value)


def moons_neurons() -> Work:
    from autograd_core import relu
    from nn import Neuron

    layers = [
        [Neuron(before, "relu" if i < 2 else "linear") for _ in range(size)]
        for i, (before, size) in enumerate(itertools.pairwise(SIZES))
    ]
    parameters = [p for layer in layers for neuron in layer for p in neuron.parameters()]

    def score(x: Sequence[Any]) -> Any:
        for layer in layers:
            x = [neuron(x) for neuron in layer]
        return x[0]

    return _with_weights(
        _training(parameters, lambda: cost([score(x) for x in POINTS], parameters, relu)),
        parameters,
    )


def moons_layers() -> Work:
    from autograd_core import dot, mean, relu
    from nn import MLP

    model = MLP(SIZES[0], SIZES[1:], activation="relu", output="linear")
    parameters = model.parameters()

    def loss() -> Any:
        losses = [relu(1.0 - c * model(x)[0]) for x, c in zip(POINTS, CLASSES, strict=True)]
        return mean(losses) + DECAY * dot(parameters, parameters)

    return _with_weights(_training(parameters, loss), parameters)


def _with_weights(work: Work, parameters: list[Any]) -> Work:
    for p, w in zip(parameters, start_weights(), strict=True):
        p.data = w
    return work


def moons_torch() -> Work:
    import torch

    parameters = [torch.tensor(w, dtype=torch.float64, requires_grad=True) for w in start_weights()]
    network = as_network(parameters)

    def gradient() -> list[float]:
        for p in parameters:
            p.grad = None
        cost([output(network, x, torch.relu) for x in POINTS], parameters, torch.relu).backward()
        return [p.grad.item() for p in parameters]

    def step() -> None:
        gradient()
        with torch.no_grad():
            for p in parameters:
                p -= RATE * p.grad

    return Work(step, gradient)


def moons_hips() -> Work:
    import autograd

    parameters = start_weights()

    def relu(x: Any) -> Any:
        return x * (x > 0.0)

    def loss(given: list[Any]) -> Any:
        network = as_network(given)
        return cost([output(network, x, relu) for x in POINTS], given, relu)

    derivative = autograd.grad(loss)

    def step() -> None:
        parameters[:] = [
            p - RATE * g for p, g in zip(parameters, derivative(parameters), strict=True)
        ]

    return Work(step, lambda: [float(g) for g in derivative(parameters)])


def chain(x: Any, operations: int) -> Any:
    y = x
    for _ in range(operations // 2):
        y = y * 0.999
        y = y + x
    return y


def _chained(
    value: Callable[[float], Any], read: Callable[[Any], float] = lambda x: x.grad
) -> Work:
    def step() -> tuple[Any, Any]:
        x = value(1.5)
        y = chain(x, CHAIN)
        y.backward()
        return x, y  # freed when the time was taken

    def keep() -> tuple[Any, int, Callable[[], None]]:
        x, chains, length = value(1.5), 500, 200  # so short that a recursive engine can walk them
        graph = [chain(x, length) for _ in range(chains)]

        def backward() -> None:
            for y in graph:
                y.backward()

        return graph, chains * length, backward

    return Work(step, lambda: [read(step()[0])], keep)


def chain_ours() -> Work:
    from autograd_core import Value

    return _chained(Value)


def chain_micrograd() -> Work:
    from micrograd.engine import Value

    return _chained(Value)


def chain_torch() -> Work:
    import torch

    work = _chained(
        lambda x: torch.tensor(x, dtype=torch.float64, requires_grad=True), lambda x: x.grad.item()
    )
    return Work(work.step, work.gradient)  # its nodes live outside Python's memory


def chain_hips() -> Work:
    import autograd

    derivative = autograd.grad(lambda x: chain(x, CHAIN))
    return Work(lambda: derivative(1.5), lambda: [float(derivative(1.5))])


def expression(a: Any, b: Any, c: Any, d: Any) -> Any:
    """Twenty operations."""
    e = a * b + c
    f = e * e - d * a
    g = f * 0.5 + b * c
    h = g / (e * e + 1.0)
    i = h * f - g * d
    j = i * i + h * a
    return j * b - c * d


def _expressed(
    value: Callable[[float], Any], read: Callable[[Any], float] = lambda x: x.grad
) -> Work:
    def gradient() -> list[float]:
        leaves = [value(x) for x in POINT]
        expression(*leaves).backward()
        return [read(x) for x in leaves]

    return Work(gradient, gradient)


def expression_ours() -> Work:
    from autograd_core import Value

    return _expressed(Value)


def expression_bare() -> Work:
    return _expressed(Bare)


def expression_micrograd() -> Work:
    from micrograd.engine import Value

    return _expressed(Value)


def expression_torch() -> Work:
    import torch

    return _expressed(
        lambda x: torch.tensor(x, dtype=torch.float64, requires_grad=True), lambda x: x.grad.item()
    )


def expression_hips() -> Work:
    import autograd

    derivative = autograd.grad(expression, (0, 1, 2, 3))
    return Work(lambda: derivative(*POINT), lambda: [float(g) for g in derivative(*POINT)])


def expression_jax() -> Work:
    import jax

    jax.config.update("jax_enable_x64", True)
    derivative = jax.jit(jax.value_and_grad(expression, (0, 1, 2, 3)))
    return Work(
        lambda: jax.block_until_ready(derivative(*POINT)),
        lambda: [float(g) for g in derivative(*POINT)[1]],
    )


BENCHMARKS = {
    "moons": Benchmark(
        "MLP(2, [16, 16, 1]), 100 samples, forward + backward + step",
        {
            "autograd_core, Layer": Engine(moons_layers),
            "autograd_core, Neuron": Engine(moons_neurons),
            "autograd_core, + and *": Engine(moons_bare),
            "micrograd": Engine(moons_micrograd, "micrograd"),
            "micrograd, collector off": Engine(moons_micrograd, "micrograd", collector=False),
            "HIPS autograd": Engine(moons_hips, "autograd", slow=True),
            "torch scalars": Engine(moons_torch, "torch", slow=True),
        },
    ),
    "chain": Benchmark(
        "1,000,000 operations in a chain, forward + backward",
        {
            "autograd_core": Engine(chain_ours),
            "micrograd": Engine(chain_micrograd, "micrograd"),
            "torch scalars": Engine(chain_torch, "torch", slow=True),
            "HIPS autograd": Engine(chain_hips, "autograd", slow=True),
        },
    ),
    "expression": Benchmark(
        "20 operations on 4 numbers, forward + backward",
        {
            "autograd_core": Engine(expression_ours),
            "the least of Python": Engine(expression_bare),
            "jax jit, one call": Engine(expression_jax, "jax"),
            "micrograd": Engine(expression_micrograd, "micrograd"),
            "micrograd, collector off": Engine(expression_micrograd, "micrograd", collector=False),
            "torch scalars": Engine(expression_torch, "torch"),
            "HIPS autograd": Engine(expression_hips, "autograd"),
        },
    ),
}
