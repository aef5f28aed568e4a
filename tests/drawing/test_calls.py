"""One call of a solver is one card in a picture and one line of an explanation, whatever number of results it has."""

from __future__ import annotations

from typing import Any

import pytest

from autograd_core import Value, cholesky, draw, explain, explore, odeint, quad, root, solve
from autograd_core.drawing.scalars.model import Scalars

pytest.importorskip("graphviz")


def content(value: Value) -> Scalars:
    found = draw(value, level="scalars").content
    assert isinstance(found, Scalars)
    return found


def pair() -> tuple[Value, Value]:
    """The product of two unknowns of one system of equations, and a number that they depend on."""
    k = Value(2.0, "k")
    x, y = solve([[k, 1.0], [1.0, 3.0]], [3.0, 5.0])
    return x * y, k


def test_the_results_of_one_call_share_a_card() -> None:
    product, k = pair()
    product.backward()
    found = content(product)
    (call,) = found.calls
    assert call.title == "solve"
    assert [(x.title, round(x.value, 6)) for x in call.results] == [("v1", 0.8), ("v2", 1.4)]
    assert [x.gradient for x in call.results] == pytest.approx([1.4, 0.8])
    assert found.cards[0].title == "k"
    assert len(found.cards) == 2
    # of the operands it shows the Values alone, with what all results send to them together
    (operand,) = [x for row in call.rows for x in row.operands]
    assert operand.title == "k"
    assert operand.contribution == pytest.approx(k.grad)
    (sent,) = [arrow for arrow in found.arrows if arrow.user == call.id]
    assert sent.contribution == pytest.approx(k.grad)
    received = [arrow.at for arrow in found.arrows if arrow.operand == call.id]
    assert sorted(received) == ["o0", "o1"]
    assert all(f'PORT="{at}"' in draw(product).source for at in received)


def test_two_calls_have_two_cards() -> None:
    k = Value(2.0, "k")
    x = solve([[k, 1.0], [1.0, 3.0]], [3.0, 5.0])
    y = solve([[k, 1.0], [1.0, 3.0]], [3.0, 6.0])
    assert len(content(x[0] * x[1] + y[0] * y[1]).calls) == 2


@pytest.mark.parametrize(
    "solved",
    [
        pytest.param(lambda a: root(lambda x: x * x - a, 1.0), id="root"),
        pytest.param(lambda a: quad(lambda x: a * x, 0.0, 1.0), id="quad"),
        pytest.param(lambda a: solve([[a]], [1.0])[0], id="solve"),
    ],
)
def test_one_result_is_a_card_with_the_values_alone(solved: Any) -> None:
    a = Value(4.0, "a")
    y = solved(a) * 2.0
    y.backward()
    found = content(y)
    assert found.calls == ()
    card = next(card for card in found.cards if card.rows)
    assert [x.title for row in card.rows for x in row.operands] == ["a"]


def test_one_call_is_one_line() -> None:
    product, _ = pair()
    text = str(explain(product))
    assert "v1, v2 = solve(k, 1, 1, …, 5) = solve(2.00, 1, 1, …, 5) = 0.800, 1.40" in text
    assert text.count("solve(k") == 1
    r = Value(2.0, "r")
    states = odeint(lambda y, t: [-r * y[0], y[0]], [1.0, 0.0], [0.0, 1.0, 2.0])
    text = str(explain(states[1][0] + states[2][0] * states[2][1]))
    assert text.count("odeint(r") == 1
    lower = cholesky([[Value(4.0, "a"), 0.0], [Value(2.0, "b"), 5.0]])
    text = str(explain(lower[0][0] + lower[1][0] + lower[1][1]))
    assert "cholesky(a, b, 5) = cholesky(4.00, 2.00, 5) = 2.00, 1.00, 2.00" in text


def test_the_stepper_shows_each_result_by_itself() -> None:
    """Its steps are those of single numbers."""
    found = explore(pair()[0]).picture().content
    assert isinstance(found, Scalars)
    assert found.calls == ()
    assert [card.title for card in found.cards if card.name in ("v1", "v2")] == ["v1", "v2"]


def test_a_number_that_is_not_finite_is_marked_on_its_line() -> None:
    product, _ = pair()
    product.backward(float("inf"))
    assert draw(product).source.count("⚠") >= 2
