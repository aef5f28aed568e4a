"""One name for a node in pictures, explanations, steps and messages, and one form of numbers."""

from __future__ import annotations

import math
import re
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from autograd_core import (
    Value,
    compiled,
    detect_anomaly,
    draw,
    exp,
    explain,
    explore,
    group,
    log,
    sin,
    softmax,
    sum,
    tanh,
)
from autograd_core.drawing.render.notation import number, significant
from autograd_core.drawing.scalars.model import Scalars
from autograd_core.engine.naming import in_order, names
from autograd_core.errors import AnomalyError
from nn import MLP

graphviz = pytest.importorskip("graphviz")


def recurrent(steps: int, labelled: bool = False) -> Value:
    w, u, state = Value(0.5, "w"), Value(-0.3, "u"), Value(0.0, "h0")
    for k in range(1, steps + 1):
        state = tanh(w * Value(float(k), f"x{k}") + u * state)
        if labelled:
            state.label = f"h{k}"
    return state


def explained(value: Value) -> list[str]:
    """The left sides of what is given and of the forward pass."""
    text = str(explain(value)).partition("Local derivatives")[0]
    return [line.split(" = ")[0].strip() for line in text.splitlines() if " = " in line]


def drawn(value: Value) -> set[str]:
    content = draw(value, level="scalars", constants=False).content
    assert isinstance(content, Scalars)
    return {card.name for card in content.cards}


@pytest.mark.parametrize("value", [recurrent(3), sin(Value(1.0)) * 2.0 + Value(3.0)])
def test_a_picture_an_explanation_and_its_steps_give_a_node_one_name(value: Value) -> None:
    assert drawn(value) == {*explained(value)}
    steps = explore(value).frames()["steps"]
    assert {step["head"].split(" ")[0] for step in steps} <= {*explained(value)}
    assert {step.name for step in explain(value).steps} == {*explained(value)}


def test_a_message_gives_a_node_the_same_name() -> None:
    """Forwards, where the result does not exist yet, and backwards."""
    x = Value(1.0, "x")

    def f() -> Value:
        return log(1.0 - x * x) * 2.0

    assert "v2 = 1 − v1" in str(explain(f()))
    with detect_anomaly(), pytest.raises(AnomalyError, match="operand 1: v2, the result of sub = "):
        f()
    y = Value(0.0, "y")
    loss = (y * 3.0).sqrt() + 1.0
    assert "v2 = √(v1)" in str(explain(loss))
    with detect_anomaly(), pytest.raises(AnomalyError, match="arrived at v2, the result of sqrt"):
        loss.backward()


def test_the_source_of_a_program_gives_a_node_the_same_name() -> None:
    def f(w: Any, x: Any, b: Any) -> Any:
        z = tanh(w * x + b)
        return z * exp(z) + sin(z * exp(z))

    program = compiled(f)
    program(0.5, 2.0, 0.3)
    source = program.program.source("python")
    text = str(explain(f(*[Value(x, label) for x, label in ((0.5, "w"), (2.0, "x"), (0.3, "b"))])))
    assert "v3 = tanh(w * x + b)" in source
    assert "v3 = tanh(v2)" in text
    assert "v2 = v1 + b" in text


def test_a_parameter_is_named_by_its_place() -> None:
    """Also the result of a neuron that has one; in its box, the place need not be repeated."""
    (y,) = [*MLP(2, [2, 1], seed=0)([Value(1.0, "a"), Value(2.0, "b")])]
    found = explained(y)
    assert "layer 1 / neuron 2 / w₁" in found
    assert "layer 1 / neuron 2" in found
    assert "[layer 1 / neuron 2 / w₁]·a" in str(explain(y))
    assert "dL/d[layer 1 / neuron 2 / w₁]" in str(explain(y))
    assert not re.search(r"\(\d\)", str(explain(y)))
    assert drawn(y) == {*found}
    content = draw(y, level="scalars").content
    assert {card.title for card in content.cards} >= {"w₁", "w₂", "neuron 2"}


def test_a_label_that_is_there_once_is_the_name() -> None:
    with group("part"):
        w = Value(1.0, "w")
    assert explained(w * Value(2.0, "x")) == ["w", "x", "L"]


@pytest.mark.parametrize("labelled", [False, True])
def test_nodes_are_listed_in_the_order_of_computation(labelled: bool) -> None:
    """A recurrent network begins with its first input."""
    order = [*names(in_order(recurrent(4, labelled))).values()]
    assert [x for x in order if x[0] == "x"] == ["x1", "x2", "x3", "x4"]
    if labelled:
        assert [x for x in order if x[0] == "h"] == ["h0", "h1", "h2", "h3", "h4"]
    results = [x for x in order if x[0] == "v"]
    assert results == [f"v{k}" for k in range(1, len(results) + 1)]


def test_the_order_of_a_loop_is_that_in_which_it_ran() -> None:
    """What is recorded while the program runs, beside what is listed: for sums over time, for
    reductions and for branches of one formula."""
    made: list[Value] = []

    def kept(x: Value) -> Value:
        made.append(x)
        return x

    w, u, state, total = Value(0.5), Value(-0.3), Value(0.0), Value(0.0)
    for k in range(5):
        state = kept(tanh(kept(kept(w * Value(float(k))) + kept(u * state))))
        total = kept(total + kept(kept(state - 0.5) ** 2))
    assert [x for x in in_order(total) if x.operation is not None] == made


@st.composite
def graphs(draw_from: Any) -> Value:
    nodes = [Value(1.0) for _ in range(3)]
    for _ in range(draw_from(st.integers(1, 30))):
        a, b = (nodes[draw_from(st.integers(0, len(nodes) - 1))] for _ in range(2))
        nodes.append(draw_from(st.sampled_from([a + b, a * b, a.tanh(), a + b + a * b])))
    return nodes[-1]


@given(graphs())
def test_every_node_is_listed_once_after_its_operands(value: Value) -> None:
    order = in_order(value)
    at = {node: k for k, node in enumerate(order)}
    assert len(at) == len(order)
    assert order[-1] is value
    for node in order:
        assert all(at[x] < at[node] for x in node.operands if x in at)
        assert {x for x in node.operands if isinstance(x, Value)} <= {*at}
    assert len({*names(order).values()}) == len(order)


def test_softmax_is_explained_as_in_a_textbook() -> None:
    """Without what it subtracts for accuracy's sake, and without another way to a large share; the
    values and the gradients are those of the graph, and the names those of its picture."""
    for numbers in ([1.0, 2.0, 3.0], [0.0, 6.0, 1.0], [-1.0, -1.0, 4.0]):
        z = [Value(x, f"z{k}") for k, x in enumerate(numbers)]
        p = softmax(z)
        p[2].label = "p"
        loss = -log(p[2])
        text, steps = str(explain(loss)), {step.name: step for step in explain(loss).steps}
        assert "v1 = exp(z2)" in text
        assert not re.search("largest|share|rest|′", text)
        loss.backward()
        for x in z:
            assert steps[x.label].gradient == pytest.approx(x.grad, rel=1e-12)
        assert {*explained(loss)} < drawn(loss)
        assert {name[-1] for name in drawn(loss) - {*explained(loss)}} <= {"′", "t", ")"}
        frames = explore(loss).frames()
        assert [step["head"].split(" ")[0] for step in frames["forward"]] == explained(loss)[3:]
        assert [leaf["title"] for leaf in frames["leaves"]] == ["z2", "z0", "z1"]


def test_a_constant_that_does_not_cancel_is_shown() -> None:
    """What is subtracted elsewhere, or from one of the exponents only."""
    x, y, c = Value(1.0, "x"), Value(2.0, "y"), Value(3.0, "c", role="constant")
    a, b = exp(x - c), exp(y - c)
    for loss in (a / (a + b), a / sum([a, b, exp(x)]), (x - c) * 2.0, a / sum([a, b]) * b):
        assert "c = 3.00" in str(explain(loss))
    assert "c = 3.00" not in str(explain(a / sum([a, b])))
    far = exp(Value(800.0, "x") - c)
    assert "c = 3.00" in str(explain(far / sum([far, far * 0.0 + b])))


def test_the_order_of_a_long_chain() -> None:
    y = Value(1.0)
    for _ in range(100_000):
        y = y * 1.0 + y
    assert len(in_order(y)) == 200_001


def test_digits_are_an_option() -> None:
    """In text, in pictures, in steps; wrong ones are refused."""
    x = Value(1 / 3, "x")
    y = x * x
    assert "x = 0.33333" in str(explain(y, digits=5)).splitlines()[1]
    y.backward()
    assert "0.66667" in draw(y, digits=5).source
    assert "0.67" in draw(y, digits=2).source
    assert "0.33333" in str(explore(y, digits=5).frames()["steps"])
    for wrong in (0, 16, -1):
        for show in (draw, explain, explore):
            with pytest.raises(ValueError, match=r"digits must be from 1 to 15"):
                show(y, digits=wrong)  # type: ignore[operator]
    with pytest.raises(TypeError, match=r"digits must be a whole number, got 2\.5"):
        explain(y, digits=2.5)  # type: ignore[arg-type]
    assert number(1 / 3) == "0.333"


@given(st.floats(allow_nan=False, allow_infinity=False), st.integers(1, 15))
def test_a_number_is_written_with_so_many_digits(x: float, digits: int) -> None:
    with significant(digits):
        read = float(number(x).replace("−", "-"))
    assert math.isclose(read, x, rel_tol=0.5001 * 10.0 ** (1 - digits), abs_tol=1e-322) or (
        math.isinf(read) and abs(x) > 1.7e308
    )


@given(st.floats(1e-9, 1e9), st.floats(1e-9, 1e9), st.floats(1e-9, 1e9))
def test_a_line_has_one_form_and_checks(a: float, b: float, c: float) -> None:
    """With powers of ten or without; the printed product is the product of what is printed."""
    text = str(explain(Value(a, "a") * Value(b, "b") * Value(c, "c")))
    backward = text.partition("Backward")[2]
    for line in backward.splitlines()[2:]:
        *_, product, found = line.split(" = ") if line.count(" = ") > 1 else ("", "", "")
        if " × " not in product:
            continue
        x, y = product.split(" × ")
        numbers = [float(z.strip("()").replace("−", "-")) for z in (x, y, found)]
        assert ("e" in found) == ("e" in x + y) or any(1.0 <= z < 10.0 for z in numbers)
        mantissa, _, power = found.partition("e")
        unit = 10.0 ** (int((power or "0").replace("−", "-")) - len(mantissa.partition(".")[2]))
        assert abs(numbers[0] * numbers[1] - numbers[2]) <= 2.001 * unit, line
