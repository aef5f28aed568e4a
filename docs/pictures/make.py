"""Draws the pictures of this folder: `python docs/pictures/make.py`, with the extras pictures and
peers.

Before: micrograd's graphs in the look of the helper in its notebook, a box of numbers for each
value and an ellipse for each operation. After: the same graphs, drawn by `draw`.
"""

from __future__ import annotations

import random
from pathlib import Path
from typing import Any

import graphviz
import micrograd.engine
import micrograd.nn

from autograd_core import Value, draw, group, relu
from nn import MLP

HERE = Path(__file__).parent


def boxes(result: Any) -> graphviz.Digraph:
    """Data and gradient in a record for each value, its operation in a node of its own."""
    picture = graphviz.Digraph(format="svg", graph_attr={"rankdir": "LR"})
    names: dict[Any, str] = {result: "v0"}
    stack = [result]
    while stack:
        value = stack.pop()
        name = names[value]
        picture.node(
            name, label=f"{{ data {value.data:.4f} | grad {value.grad:.4f} }}", shape="record"
        )
        if value._op:
            picture.node(name + value._op, label=value._op)
            picture.edge(name + value._op, name)
        for operand in sorted(
            value._prev, key=lambda x: (x.data, x.grad, x._op)
        ):  # a set, in another order each time
            if operand not in names:
                names[operand] = f"v{len(names)}"
                stack.append(operand)
            picture.edge(names[operand], name + value._op)
    return picture


def neuron(new: Any, activate: Any, named: bool) -> Any:
    """The squared error of one unit."""
    numbers = {"x₁": 2.0, "x₂": -1.0, "w₁": -0.8, "w₂": 1.2, "b": 3.1, "y": 1.0}
    if named:
        leaves = {
            name: new(x, name, role="parameter" if name[0] in "wb" else "input")
            for name, x in numbers.items()
        }
        with group("neuron"):
            z = leaves["w₁"] * leaves["x₁"] + leaves["w₂"] * leaves["x₂"] + leaves["b"]
            a = activate(z)
        z.label, a.label = "z", "a"
    else:
        leaves = {name: new(x) for name, x in numbers.items()}
        a = activate(leaves["w₁"] * leaves["x₁"] + leaves["w₂"] * leaves["x₂"] + leaves["b"])
    loss = (a - leaves["y"]) ** 2
    if named:
        loss.label = "loss"
    loss.backward()
    return loss


def networks() -> tuple[Any, Value]:
    """The loss of a 2-4-1 network in micrograd, and of ours with the same weights."""
    random.seed(3)
    theirs, ours = micrograd.nn.MLP(2, [4, 1]), MLP(2, [4, 1], activation="relu", output="linear")
    for a, b in zip(theirs.parameters(), ours.parameters(), strict=True):
        b.data = a.data
    before = (theirs([micrograd.engine.Value(0.8), micrograd.engine.Value(-0.5)]) - 1.0) ** 2
    after = (ours([Value(0.8, "x₁"), Value(-0.5, "x₂")])[0] - 1.0) ** 2
    after.label = "loss"
    before.backward()
    after.backward()
    return before, after


def square() -> None:
    """The backward pass that the README shows, as an animation."""
    w, x, y = Value(3.0, "w", role="parameter"), Value(2.0, "x"), Value(4.0, "y")
    loss = (w * x - y) ** 2
    loss.label = "loss"
    loss.backward()
    picture = draw(loss, title="The backward pass of (w · x − y)²")
    picture.save(HERE / "backward.svg", animated=True)


def main() -> None:
    square()
    before, after = (
        neuron(micrograd.engine.Value, lambda z: z.relu(), False),
        neuron(Value, relu, True),
    )
    (HERE / "neuron_before.svg").write_bytes(boxes(before).pipe("svg"))
    draw(after, title="One unit: how the gradient of its loss flows back").save(
        HERE / "neuron_after.svg"
    )
    before, after = networks()
    (HERE / "network_before.svg").write_bytes(boxes(before).pipe("svg"))
    draw(after, level="neurons", title="A 2-4-1 network").save(HERE / "network_after.svg")


if __name__ == "__main__":
    main()
