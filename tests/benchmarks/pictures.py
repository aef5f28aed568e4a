"""`python -m tests.benchmarks.pictures`: time and size of the pictures of each level, and of
the stepper in a browser.
"""

from __future__ import annotations

import gc
import random
import shutil
import statistics
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from autograd_core import Value, draw, explore, mean, tanh
from autograd_core import sum as add
from autograd_core.drawing.graph.walk import Flat
from nn import MLP, sum_squared_error

SIZES = [50, 500, 5_000, 100_000]
DRAWN = {"scalars": 500, "neurons": 5_000, "layers": 1_000_000}
"""Up to how many nodes a level is drawn: of larger graphs it would not be readable."""


def network(nodes: int) -> Value:
    """The loss of a batch on a network of tanh units written with + and *, of about so many
    nodes, after backward().
    """
    sizes = [2, 1] if nodes < 100 else [6, 5, 1] if nodes < 1_000 else [8, 8, 1]
    model = MLP(2, sizes, activation="tanh", seed=0)
    rng = random.Random(0)

    def loss() -> Value:
        xs: list[Any] = [Value(rng.gauss(0.0, 1.0), f"x{k + 1}") for k in range(2)]
        for layer in model.layers:
            xs = [tanh(_weighted(neuron, xs)) for neuron in layer.neurons]  # type: ignore[attr-defined]
        return (xs[0] - 1.0) ** 2

    first = loss()
    parameters = len(model.parameters())
    samples = max(1, round((nodes - parameters) / (len(Flat.of(first).nodes) - parameters)))
    y = mean([first, *(loss() for _ in range(samples - 1))])
    y.label = "loss"
    y.backward()
    return y


def _weighted(neuron: Any, xs: list[Any]) -> Value:
    total = neuron.bias
    for w, x in zip(neuron.weights, xs, strict=True):
        total = total + w * x
    return total


def chain(nodes: int) -> Value:
    """Operations one after the other, without groups, after backward()."""
    y = Value(1.0, "x")
    for _ in range(nodes):
        y = y * 0.999999
    y.backward()
    return y


def wide_sums(nodes: int) -> Value:
    """Sums of twenty leaves each, drawn at random, and their sum; after backward()."""
    rng = random.Random(0)
    leaves = [Value(rng.random()) for _ in range(nodes // 2)]
    y = add([add(rng.sample(leaves, 20)) for _ in leaves])
    y.backward()
    return y


def wide_layers(nodes: int, *sizes: int) -> Value:
    """The loss of a batch on a network of layers that take hundreds of inputs, after backward()."""
    model = MLP(sizes[0], [*sizes[1:], 10], seed=0)
    rng = random.Random(0)
    samples = (nodes - len(model.parameters())) // (2 * sum(sizes[1:]) + 40)
    y = mean(
        [
            sum_squared_error(model([rng.random() for _ in range(sizes[0])]), [0.0] * 10)
            for _ in range(samples)
        ]
    )
    y.backward()
    return y


WIDE: dict[str, Callable[[], Value]] = {
    "sums of 20 and of 50,000": lambda: wide_sums(100_000),
    "a sum of 50,000 products": lambda: _after_backward(
        add([Value(1.0) * 2.0 for _ in range(50_000)])
    ),
    "a batch on 64-32-10": lambda: wide_layers(100_000, 64, 32),
    "a batch on 300-100-10": lambda: wide_layers(100_000, 300, 100),
    "a batch on 300-300-10": lambda: wide_layers(100_000 + 90_000, 300, 300),
}


def _after_backward(y: Value) -> Value:
    y.backward()
    return y


def seconds(work: Callable[[], Any], rounds: int = 3) -> tuple[float, Any]:
    """The median time, and the last result."""
    times, result = [], None
    for _ in range(rounds):
        result = None
        gc.collect()
        start = time.perf_counter()
        result = work()
        times.append(time.perf_counter() - start)
    return statistics.median(times), result


def rows() -> list[str]:
    lines = [
        f"{'nodes':>9}  {'level':8} {'draw':>9} {'to SVG':>9} {'DOT':>9} {'SVG':>9} {'animated':>9}"
    ]
    for size in SIZES:
        graph = network(size)
        count = len(Flat.of(graph).nodes)
        for level, most in DRAWN.items():
            if count > 1.3 * most:
                lines.append(f"{count:>9,}  {level:8} not drawn: more than {most:,} nodes")
                continue
            limit = 10 * most
            drawing, picture = seconds(
                lambda level=level, limit=limit, graph=graph: draw(graph, level=level, limit=limit)
            )
            rendering, svg = seconds(
                lambda graph=graph, level=level, limit=limit: draw(
                    graph, level=level, limit=limit
                ).svg()
            )
            sizes = [len(text.encode()) / 1e3 for text in (picture.source, svg, picture.animated())]
            written = " ".join(f"{kilobytes:>6.0f} kB" for kilobytes in sizes)
            lines.append(
                f"{count:>9,}  {level:8} {drawing:>7.3f} s {rendering - drawing:>7.3f} s {written}"
            )
    for size in (100_000, 1_000_000):
        graph = chain(size)
        drawing, picture = seconds(
            lambda graph=graph: draw(graph), rounds=1 if size > 500_000 else 3
        )
        lines.append(
            f"{size:>9,}  a chain, as layers: draw {drawing:.3f} s, DOT "
            f"{len(picture.source) / 1e3:.0f} kB"
        )
    for name, graph_of in WIDE.items():
        graph = graph_of()
        flat = Flat.of(graph)
        edges = sum(len(operands) for sides in flat.sides for operands, _, _ in sides)
        drawing, picture = seconds(lambda graph=graph: draw(graph))
        level = type(picture.content).__name__.lower()
        lines.append(
            f"{len(flat.nodes):>9,}  {name}, {edges:,} edges, as {level}: draw {drawing:.3f} s"
        )
    return lines


def stepper() -> str:
    """How long the page of `explore` takes to its first picture, and a step; in a headless
    Chromium.
    """
    chromium, driver = shutil.which("chromium"), shutil.which("chromedriver")
    try:
        from selenium import webdriver
    except ImportError:
        return "the stepper: selenium is not installed"
    if chromium is None or driver is None:
        return "the stepper: no Chromium with its chromedriver"
    options = webdriver.ChromeOptions()
    options.binary_location = chromium
    for argument in ("--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage"):
        options.add_argument(argument)
    explorer = explore(network(50))
    making, page = seconds(explorer.html)
    changing, _ = seconds(lambda: explorer.frames({0: 1.5}))
    with (
        tempfile.TemporaryDirectory() as folder,
        webdriver.Chrome(options, webdriver.ChromeService(driver)) as browser,
    ):
        path = Path(folder, "steps.html")
        path.write_text(page, "utf-8")
        browser.get(path.as_uri())
        browser.execute_async_script("setTimeout(arguments[0], 500)")
        painted = browser.execute_script(
            "return performance.getEntriesByName('first-contentful-paint')[0]?.startTime"
        )
        step = browser.execute_script(
            "const forth = document.querySelector('button[aria-label^=\"one step on\"]');"
            "const start = performance.now(); let steps = 0;"
            "while (!forth.disabled) { forth.click(); document.body.getBoundingClientRect(); "
            "steps += 1; }"
            "return (performance.now() - start) / steps"
        )
    return (
        f"the stepper, 50 nodes: page of {len(page.encode()) / 1e3:.0f} kB made in {making:.3f} "
        "s; in the browser first picture "
        f"after {painted:.0f} ms, a step {step:.2f} ms; a changed number is computed and laid out "
        f"in {changing:.3f} s"
    )


if __name__ == "__main__":
    print("\n".join([*rows(), stepper()]))
