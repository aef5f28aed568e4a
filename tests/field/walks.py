"""What the tests of the ways out of errors share: a training, its data, and a model of one's
own.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import pytest

import nn
from autograd_core import Value

XS = [[0.0, 1.0], [1.0, 0.0], [1.0, 1.0], [0.0, 0.0], [0.5, 1.0], [0.2, 0.1]]
TEXTS = ["cat", "dog", "cow", "cat", "dog", "cow"]
NAMES = sorted(set(TEXTS))
CLASSES = [NAMES.index(text) for text in TEXTS]


def fitted(
    inputs: Any = XS,
    targets: Any = CLASSES,
    loss: Any = "cross_entropy",
    output: str = "softmax",
    model: Any = None,
    **options: Any,
) -> bool:
    """Whether a training of one epoch ends with a finite loss."""
    units = 3 if loss in ("cross_entropy", "cross_entropy_from_logits") else 1
    model = model or nn.MLP(2, [3, units], activation="tanh", output=output, seed=0)
    options = {"epochs": 1, "verbose": False, "optimizer": nn.Adam(0.01), **options}
    return math.isfinite(nn.fit(model, inputs, targets, loss=loss, **options).loss[-1])


def other(k: int, x: Any) -> list[Any]:
    """The inputs, with something else in the place of the first number of sample k."""
    return [[x, *row[1:]] if i == k else row for i, row in enumerate(XS)]


def without(k: int, xs: Any) -> Any:
    return [x for i, x in enumerate(xs) if i != k]


class Half(nn.Module):
    def __init__(self) -> None:
        self.weight = Value(0.5, role="parameter")

    def __call__(self, inputs: Any) -> Any:
        return self.weight * inputs[0]


class Bare(Half):
    def __init__(self) -> None:
        self.weight = 0.5  # type: ignore[assignment]


missing = type("NAType", (), {"__repr__": lambda self: "<NA>"})()
halves = [0.5] * 6

Walk = tuple[Callable[[], Any], str, list[tuple[Callable[[], Any], Any]]]
Walks = dict[str, Walk]


def walk(wrong: Callable[[], Any], says: str, ways: list[tuple[Callable[[], Any], Any]]) -> None:
    """Meet the error, then go each way that it names."""
    with pytest.raises(
        (TypeError, ValueError, RuntimeError, ArithmeticError), match=f"(?is){says}"
    ):
        wrong()
    for way, expected in ways:
        assert way() == expected
