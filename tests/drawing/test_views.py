"""What a picture shows is what the sweep computed."""

from __future__ import annotations

import math
import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from autograd_core import (
    Value,
    dot,
    draw,
    exp,
    group,
    log,
    logsumexp,
    relu,
    sqrt,
    sum,
    tanh,
    where,
)
from autograd_core.drawing.scalars.model import Scalars

from .neurons import neuron

pytest.importorskip("graphviz")


def view(value: Value, **options: object) -> Scalars:
    content = draw(value, **options).content  # type: ignore[arg-type]
    assert isinstance(content, Scalars)
    return content


def inflow(found: Scalars, title: str) -> float:
    """What comes into a card: along its arrows, and from nodes that are not drawn."""
    card = found.card(title)
    return math.fsum(arrow.contribution or 0.0 for arrow in found.into(card)) + (
        card.elsewhere or 0.0
    )


@pytest.mark.parametrize("how", ["plain", "dot"])
def test_the_neuron_has_a_card_for_each_node_and_the_chain_rule_on_each_arrow(how: str) -> None:
    """Values, gradients, symbols and roles, and on the way from z to a: 0.113 × −1.74 = −0.197."""
    loss = neuron(how)
    loss.backward()
    found = view(loss)
    assert found.computed
    assert found.alarm == ""
    assert {card.title: card.role for card in found.cards if card.role != "operation"} == {
        "w1": "parameter",
        "x1": "input",
        "w2": "parameter",
        "x2": "input",
        "b": "parameter",
        "y": "input",
    }
    assert [found.card(name).symbol for name in ("z", "a", "err", "loss")] == ["+", "σ", "−", "^2"]
    assert found.card("w1").gradient == pytest.approx(-0.394, abs=5e-4)
    (arrow,) = found.into(found.card("z"))
    assert (arrow.local, arrow.upstream, arrow.contribution) == pytest.approx(
        (0.113, -1.74, -0.197), abs=5e-4
    )
    assert arrow.local is not None
    assert arrow.upstream is not None
    assert arrow.contribution == arrow.local * arrow.upstream
    assert [card.title for card in found.cards if card.result] == ["loss"]


@pytest.mark.parametrize("how", ["plain", "dot"])
def test_operations_belong_to_the_group_of_the_parameters_they_consume(how: str) -> None:
    """Also the sum and the activation; the error and the loss stay outside."""
    found = view(neuron(how))
    inside = {card.title for card in found.cards if card.group is not None}
    assert {"w1", "w2", "b", "z", "a"} <= inside
    assert not {"x1", "x2", "y", "err", "loss"} & inside


def test_an_activation_that_is_not_the_only_user_stays_outside() -> None:
    """z is used twice: neither user is the neuron's own."""
    with group("neuron"):
        w = Value(2.0, "w", role="parameter")
    z = w * Value(3.0, "x")
    z.label = "z"
    a, b = tanh(z), exp(z)
    a.label, b.label = "a", "b"
    found = view(a + b)
    assert {card.title for card in found.cards if card.group is not None} == {"w", "z"}


def test_before_backward_nothing_is_computed() -> None:
    """No gradient, no contribution; the local derivatives are known."""
    found = view(neuron())
    assert not found.computed
    assert all(card.gradient is None and card.elsewhere is None for card in found.cards)
    assert all(arrow.contribution is None and arrow.local is not None for arrow in found.arrows)


def test_accumulation_shows_the_last_sweep_and_the_sum() -> None:
    """After a second backward() leaves hold twice the gradient; the drawing says so, and its
    arrows still add up.
    """
    loss = neuron()
    loss.backward()
    loss.backward()
    found = view(loss)
    card = found.card("w1")
    assert card.accumulated == 2 * card.gradient == pytest.approx(-0.788, abs=1e-3)
    assert inflow(found, "w1") == card.gradient
    assert found.card("z").accumulated is None


def test_the_drawn_value_is_the_root_with_the_gradient_that_it_has() -> None:
    """Drawing z of a loss shows what flowed through z, not a derivative of z."""
    loss = neuron()
    loss.backward()
    z = loss.operands[0].operands[0].operands[0]
    found = view(z)
    assert found.card("z").gradient == z.grad
    assert inflow(found, "w1") == found.card("w1").gradient == pytest.approx(-0.394, abs=5e-4)


def test_a_leaf_is_one_card() -> None:
    """A number that was computed from nothing."""
    assert [(card.title, card.value) for card in view(Value(2.0, "x")).cards] == [("x", 2.0)]


def test_constants_have_one_card_for_each_occurrence_and_can_be_hidden() -> None:
    """2 · x · 2 + 1 has three; an exponent is written into the symbol."""
    x = Value(3.0, "x")
    y = (2.0 * x * 2.0 + 1.0) ** 2
    found = view(y)
    assert [card.title for card in found.cards if card.role == "constant"] == ["2", "2", "1"]
    assert all(arrow.kind == "constant" for arrow in found.arrows if arrow.operand.count("c"))
    assert all(card.role != "constant" for card in view(y, constants=False).cards)
    assert view(x**2 * x.detach(), constants=False).card("x").role == "input"


def test_a_branch_not_taken_is_drawn_as_such() -> None:
    """sqrt(x) at 0 has an infinite slope; nothing of it comes in."""
    x = Value(0.0, "x")
    y = where(x > 0, sqrt(x), 2.0 * x)
    y.backward()
    found = view(y)
    dead = found.card("v1")
    assert not dead.taken
    assert dead.gradient == 0.0
    assert {arrow.kind for arrow in found.into(dead)} == {"not taken"}
    assert sorted((arrow.kind, arrow.contribution) for arrow in found.into(found.card("x"))) == [
        ("gradient", 2.0),
        ("not taken", 0.0),
    ]
    assert found.alarm == ""
    assert inflow(found, "x") == found.card("x").gradient == 2.0


def test_an_inactive_relu_shows_what_it_cut_off() -> None:
    """The neuron behind it is still drawn."""
    w, x = Value(-1.0, "w"), Value(2.0, "x")
    y = relu(w * x)
    y.backward()
    assert {card.title: card.taken for card in view(y).cards} == {
        "w": False,
        "x": False,
        "v1": False,
        "L": True,
    }


def test_the_first_non_finite_value_is_named() -> None:
    """ln(1 − a) at a = 1."""
    a = Value(1.0, "a")
    loss = -log(1.0 - a)
    loss.backward()
    assert view(loss).alarm == "First non-finite value: v2 = ln(v1) = −∞, at v1 = 0"


def test_the_first_non_finite_gradient_is_named_where_all_values_are_finite() -> None:
    """√x at 0."""
    x = Value(0.0, "x")
    y = sqrt(x)
    y.backward()
    assert view(y).alarm == (
        "First non-finite gradient: +∞ from L = √(x) to x, local +∞ × upstream +1.00"
    )


def test_a_dot_opens_into_its_products() -> None:
    """A row for each: the product, and for each operand the local derivative and the
    contribution.
    """
    loss = neuron("dot")
    loss.backward()
    found = view(loss)
    card = found.card("v1")
    assert [row.value for row in card.rows] == [-1.6, -1.2]
    assert [x.title for row in card.rows for x in row.operands] == ["w1", "x1", "w2", "x2"]
    assert [x.local for x in card.rows[0].operands] == [2.0, -0.8]
    assert [arrow.port for arrow in found.arrows if arrow.user == card.id] == [
        "r0_0",
        "r0_1",
        "r1_0",
        "r1_1",
    ]


def test_a_wide_dot_shows_its_largest_products_and_the_sum_of_the_rest() -> None:
    """Twenty products: eight rows and one for the other twelve; `terms` asks for another number."""
    weights, inputs = (
        [Value(float(i), f"w{i}") for i in range(20)],
        [Value(1.0, f"x{i}") for i in range(20)],
    )
    z = dot(weights, inputs)
    z.label = "z"
    card = view(z).card("z")
    assert [row.value for row in card.rows] == [float(i) for i in range(12, 20)]
    assert card.rest == (12, 66.0)
    assert len(view(z).cards) == 17
    assert len(view(z, terms=3).card("z").rows) == 3
    assert view(z, terms=20).card("z").rest is None


def test_an_operand_in_the_rest_that_is_drawn_for_another_reason_keeps_its_arrow() -> None:
    """The contributions into it still add up."""
    xs = [Value(float(i), f"x{i}") for i in range(20)]
    y = dot([1.0] * 20, xs) * xs[0]
    y.backward()
    found = view(y)
    assert "rest" in {arrow.port for arrow in found.into(found.card("x0"))}
    assert inflow(found, "x0") == found.card("x0").gradient == xs[0].grad


def test_a_focus_draws_what_is_near_and_says_what_is_not() -> None:
    """One step around z: its operands and its user; what comes from elsewhere is a number of
    its own.
    """
    x = Value(0.5, "x")
    z = tanh(x)
    z.label = "z"
    y = z
    for _ in range(1000):
        y = y * x
    y.backward(1e300)
    found = view(y, focus=z, steps=1)
    assert [card.title for card in found.cards] == ["x", "z", "v1"]
    assert found.nodes == 1002
    assert found.card("x").elsewhere is not None
    assert inflow(found, "x") == pytest.approx(x.grad)
    assert [card.title for card in view(y, focus=[x, z], steps=0).cards] == ["x", "z"]


def test_the_focus_has_a_row_even_where_it_is_small() -> None:
    """A weight among the smallest products of a dot is the one that was asked for."""
    weights = [Value(float(i), f"w{i}") for i in range(20)]
    z = dot(weights, [1.0] * 20)
    z.label = "z"
    found = view(z, focus=weights[1], steps=1)
    assert [row.operands[0].title for row in found.card("z").rows] == ["w1"]
    assert found.card("z").rest == (19, 189.0)


def test_a_focus_that_is_not_in_the_graph_is_refused() -> None:
    """With a sentence that says what to do."""
    with pytest.raises(
        ValueError, match=r"focus must be a Value in the graph .* got Value\(1\.0\)"
    ):
        draw(neuron(), focus=Value(1.0))


@pytest.mark.parametrize(("option", "value"), [("theme", "neon"), ("direction", "up")])
def test_a_wrong_option_is_refused(option: str, value: str) -> None:
    """The error lists what there is."""
    with pytest.raises(ValueError, match=f"{option} must be one of .*, got '{value}'"):
        draw(neuron(), **{option: value})  # type: ignore[arg-type]


def test_only_values_can_be_drawn() -> None:
    """A list of them cannot."""
    with pytest.raises(TypeError, match="draw and explore take a Value"):
        draw([neuron()])  # type: ignore[arg-type]


OPERATIONS = [
    lambda x: x[0] + x[1],
    lambda x: x[0] * x[1],
    lambda x: x[0] - 0.5,
    lambda x: tanh(x[0]),
    lambda x: relu(x[0]),
    lambda x: where(x[0] > x[1], x[1], x[2]),
    lambda x: dot([x[0], x[1], 0.5], [x[1], x[2], x[0]]),
    sum,
    lambda x: logsumexp([x[0], x[1], x[0]]),
]


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 10**9), st.integers(1, 60), st.booleans())
def test_contributions_into_a_card_sum_to_its_gradient(seed: int, size: int, focused: bool) -> None:
    """For any graph, whole or around a focus: arrows and `elsewhere` add up to the gradient,
    and it is `.grad`.
    """
    rng = random.Random(seed)
    nodes = [Value(rng.uniform(-1, 1)) for _ in range(4)]
    for _ in range(size):
        operation = rng.choice(OPERATIONS)
        nodes.append(operation(rng.choices(nodes, k=12)))
    for i, node in enumerate(nodes):
        node.label = f"node {i}"
    nodes[-1].backward(1.5)
    by_label = {node.label: node for node in nodes}
    drawn = view(nodes[-1])
    if focused:
        chosen = rng.choice(
            [by_label[card.title] for card in drawn.cards if card.title in by_label]
        )
        drawn = view(nodes[-1], focus=chosen, steps=2)
    for card in drawn.cards:
        if card.title in by_label:
            node = by_label[card.title]
            assert card.gradient == pytest.approx(node.grad, rel=1e-9, abs=1e-12)
            assert card.accumulated is None
            if node is not nodes[-1]:
                assert inflow(drawn, card.id) == pytest.approx(card.gradient, rel=1e-9, abs=1e-9)


def test_a_folded_group_is_one_card_that_sends_what_its_nodes_send() -> None:
    """The neuron folded: x1 and x2 still get all that they got, a still has its gradient on the
    way in.
    """
    loss = neuron("dot")
    loss.backward()
    found = view(loss, fold="neuron")
    assert [card.title for card in found.cards] == ["x1", "x2", "y", "err", "loss"]
    (folded,) = found.folds
    assert (folded.title, folded.nodes, folded.parameters) == ("neuron", 6, 3)
    assert folded.norm == pytest.approx(math.hypot(0.394, 0.197, 0.197), abs=1e-3)
    (into,) = found.into(folded)
    assert into.contribution == pytest.approx(-1.740, abs=5e-4)
    for name in ("x1", "x2"):
        assert inflow(found, name) == found.card(name).gradient != 0.0
    assert draw(loss, fold=["neuron"]).svg().count("▸ neuron") == 1
    assert view(neuron(), fold="neuron").folds[0].norm is None


def test_a_folded_group_does_not_count_for_the_limit() -> None:
    """A thousand operations in one group: the rest can be drawn."""
    x = Value(1.0, "x")
    with group("outer"), group("inner"):
        y = x
        for _ in range(1000):
            y = tanh(y)
    found = view(y * 2.0, fold=["outer / inner"])
    assert [(folded.title, folded.nodes) for folded in found.folds] == [("inner", 1000)]
    assert found.folds[0].group is not None
    assert found.folds[0].group.name == "outer"
    with pytest.raises(
        ValueError,
        match=r"fold names groups of the graph \(inner, outer, outer / inner\), got 'nothing'",
    ):
        draw(y, fold="nothing")


def test_between_folded_groups_the_size_of_the_gradient_is_shown() -> None:
    """Contributions to different nodes are not added."""
    with group("first"):
        a, b = Value(1.0, "a") * 2.0, Value(3.0, "b") * 2.0
    with group("second"):
        y = a * 3.0 + b * -4.0
    y.backward()
    found = view(y, fold=["first", "second"])
    assert [(arrow.kind, arrow.contribution) for arrow in found.arrows] == [("norm", 5.0)]
    assert "‖·‖ 5.00" in draw(y, fold=["first", "second"]).svg()


def test_what_is_not_added_has_no_sum_of_the_rest() -> None:
    """The terms of logsumexp: twelve more, but no total; a plain number is not printed twice in
    its row.
    """
    y = logsumexp([Value(float(i), f"x{i}") for i in range(19)] + [19.0])
    y.label = "y"
    card = view(y).card("y")
    assert card.rest == (12, None)
    assert [row.operands[0].title for row in card.rows] == [*(f"x{i}" for i in range(12, 19)), ""]
    assert "12 more" in draw(y).svg()


@settings(deadline=None)
@given(st.integers(9, 40), st.integers(0, 2**16))
def test_a_long_sum_is_one_card_with_its_terms(terms: int, seed: int) -> None:
    """Also where sums are added to sums: every gradient is there, and the arrows add up to it."""
    rng = random.Random(seed)
    parts = [Value(rng.uniform(-1, 1), f"x{k}") * 2.0 for k in range(terms)]
    order = list(parts)
    while len(order) > 1:
        k = rng.randrange(len(order) - 1)
        order[k : k + 2] = [order[k] + order[k + 1]]
    y = order[0] ** 2
    y.backward()
    found = view(y, level="scalars", limit=1000, terms=8)
    assert [card.symbol for card in found.cards].count("+") == 0
    (card,) = [card for card in found.cards if card.symbol == "Σ"]
    assert card.rest is not None
    assert card.rest[1] is not None
    assert (len(card.rows), card.rest[0]) == (8, terms - 8)
    assert math.fsum([row.value for row in card.rows]) + card.rest[1] == pytest.approx(card.value)
    for one in found.cards:
        if one.symbol == "×":
            assert one.elsewhere is None or one.elsewhere == 0.0
            assert [arrow.contribution for arrow in found.into(one)] == [card.gradient]


def test_a_part_of_a_sum_that_is_used_or_named_keeps_its_card() -> None:
    """And a sum of few terms is drawn as it was written."""
    xs = [Value(float(k), f"x{k}") for k in range(24)]
    first = sum_by_plus(xs[:12])
    second = sum_by_plus(xs[12:])
    second.label = "second"
    found = view(first + second + first, level="scalars", limit=1000)
    assert [card.symbol for card in found.cards].count("Σ") == 2
    assert found.card("second").symbol == "Σ"
    assert [card.symbol for card in view(sum_by_plus(xs[:4])).cards].count("+") == 3


def sum_by_plus(xs: list[Value]) -> Value:
    total = xs[0]
    for x in xs[1:]:
        total = total + x
    return total
