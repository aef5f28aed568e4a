"""Numbers that were changed after a graph was recorded: no picture takes the new ones for the
old.
"""

from __future__ import annotations

import math
import random
import re

import pytest

from autograd_core import Value, compiled, draw, exp, explain, explore, log, mean, primitive, sin
from autograd_core.drawing.graph.stale import STALE, stale
from autograd_core.drawing.graph.walk import in_order
from nn import MLP

from .neurons import words

pytest.importorskip("graphviz")


def trained(step: float) -> Value:
    """A loss, after a step of gradient descent."""
    model, rng = MLP(3, [4, 1], seed=0), random.Random(0)
    loss = mean([(model([rng.gauss(0.0, 1.0) for _ in range(3)])[0] - 1.0) ** 2 for _ in range(3)])
    loss.backward()
    for p in model.parameters():
        p.data -= step * p.grad
    return loss


@pytest.mark.parametrize("level", ["scalars", "neurons", "layers"])
def test_every_level_says_that_numbers_were_changed(level: str) -> None:
    """In the picture and in its description; not where nothing was changed."""
    picture = draw(trained(0.01), level=level, limit=1000)
    assert STALE in words(picture.source)
    assert picture.description.startswith(STALE)
    picture = draw(trained(0.0), level=level, limit=1000)
    assert STALE not in words(picture.source) + picture.description


def test_an_explanation_says_so_before_anything_else() -> None:
    w = Value(1.0, "w", role="parameter")
    loss = (w * Value(3.0, "x")) ** 2
    assert str(explain(loss)).startswith("Given")
    w.data = 0.82
    assert str(explain(loss)).startswith(STALE + "\nGiven")
    typeset = re.sub(r"\\\\|\\text|[{}&]", " ", explain(loss)._repr_latex_())  # on several lines
    assert STALE in " ".join(typeset.split())


def test_explore_computes_everything_anew() -> None:
    assert STALE not in words(explore(trained(0.01)).picture().source)


def test_a_number_outside_of_the_domain_is_a_change_too() -> None:
    x = Value(1.0, "x")
    y = log(x)
    x.data = -1.0
    assert stale([y]) == STALE


def test_what_only_rounds_differently_or_is_not_finite_was_not_changed() -> None:
    """Compiled nodes, sums in another order, NaN and infinity."""
    y = compiled(lambda a, b: sin(a) * b + exp(a))(Value(1.0), Value(2.0)) ** 2
    assert not stale(in_order(y))
    for number in (math.nan, math.inf):
        assert not stale(in_order(Value(number) * 2.0 + 1.0))
    turns = iter((1e-16, 2e-16))
    noisy = primitive(
        "noisy_for_stale", compute=lambda x: x + next(turns, 0.0), partials=[lambda y, x: 1.0]
    )
    assert not stale(in_order(noisy(Value(0.3))))
