"""A training step of microgpt whose tokens are arguments is one program for every text."""

from __future__ import annotations

import random
from itertools import pairwise
from typing import Any

import pytest

from autograd_core import compiled, log, maximum, softmax, take, value_and_grad
from tests.programs.microgpt import SIZE, VOCABULARY, linear, normed, parameters
from tests.programs.program import flat

pytestmark = pytest.mark.usefixtures("compiled_at_once")


def attend(query: Any, keys: Any, values: Any) -> Any:
    scores = [sum(q * k for q, k in zip(query, key, strict=True)) / SIZE**0.5 for key in keys]
    shares = softmax(scores)
    return [sum(s * v[j] for s, v in zip(shares, values, strict=True)) for j in range(SIZE)]


def text_loss(p: Any, tokens: Any) -> Any:
    """The loss of microgpt.py, with `take` for the tokens, and `softmax` and `maximum` for `max`."""
    keys: list[Any] = []
    values: list[Any] = []
    total = 0.0
    for place, (token, following) in enumerate(pairwise(tokens)):
        embedding = take(p["token"], token)
        x = [a + b for a, b in zip(embedding, p["place"][place], strict=True)]
        inside = normed(x)
        keys.append(linear(inside, p["key"]))
        values.append(linear(inside, p["value"]))
        heard = attend(linear(inside, p["query"]), keys, values)
        x = [a + b for a, b in zip(x, linear(heard, p["out"]), strict=True)]
        wide = [maximum(0.0, a) ** 2 for a in linear(normed(x), p["up"])]
        x = [a + b for a, b in zip(x, linear(wide, p["down"]), strict=True)]
        total = total - log(take(softmax(linear(x, p["head"])), following))
    return total / (len(tokens) - 1.0)


def test_every_text_of_a_length_takes_one_program() -> None:
    draw = random.Random(0)
    p = parameters(0)
    step, eager = compiled(value_and_grad(text_loss)), value_and_grad(text_loss)
    for _ in range(6):
        tokens = [float(draw.randrange(VOCABULARY)) for _ in range(5)]
        found, expected = flat(step(p, tokens)), flat(eager(p, tokens))
        assert found == pytest.approx(expected, rel=1e-10, abs=1e-13)
    assert len(step.programs) == 1
    assert step.program.guards == []
