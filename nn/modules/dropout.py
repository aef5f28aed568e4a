"""`Dropout`: some of a layer's inputs are 0 for a step of the training."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

from autograd_core import no_grad

from ..requirements import require
from .initializers import Seed, random_of
from .module import Module

Draw = Callable[[float], Any]
"""From the rate of a Dropout to the factor of one of its inputs."""
_draw: ContextVar[Draw | None] = ContextVar("draw", default=None)


class Dropout(Module):
    """Set inputs to 0 at random while training, so that no unit relies on a single other unit.

    Each input becomes 0 with probability p, and otherwise x / (1 − p), so that the mean stays the
    same. `fit` draws new zeros for each sample of each step, from its seed; `predict`, `evaluate`
    and the evaluation of validation data leave the inputs as they are. For your own calls,
    `model.train()` switches it on and `model.eval()` switches it off; it is off at first.

    Args:
        rate: the probability p, at least 0 and below 1.
        seed: an int or a `random.Random` that determines the zeros of your own calls.

    Raises:
        ValueError: the rate is out of its range.

    Example:
        >>> from nn import Layer, Sequential
        >>> model = Sequential(Layer(2, 8, "relu"), Dropout(0.25), Layer(8, 1))
        >>> dropout = Dropout(0.5, seed=0)
        >>> dropout([1.0, 2.0, 3.0]), dropout.train()([1.0, 2.0, 3.0])
        ([1.0, 2.0, 3.0], [2.0, 4.0, 0.0])

    Source: N. Srivastava, G. Hinton, A. Krizhevsky, I. Sutskever and R. Salakhutdinov, 2014.
    """

    training = False

    def __init__(self, rate: float = 0.5, *, seed: Seed = None) -> None:
        self.rate = rate
        self._random = random_of(seed)

    def __setattr__(self, name: str, value: Any) -> None:
        if name == "rate":
            require(0.0 <= value < 1.0, "the rate of a Dropout", "at least 0 and below 1", value)
        super().__setattr__(name, value)

    def __call__(self, inputs: Sequence[Any]) -> list[Any]:
        draw = _draw.get() or (factors(self._random.random) if self.training else left_out)
        return [x if (f := draw(self.rate)) is None else f * x for x in inputs]

    def __repr__(self) -> str:
        return f"Dropout({self.rate})"


def factors(random: Callable[[], float]) -> Draw:
    """Factors from random numbers between 0 and 1."""
    return lambda rate: 0.0 if random() < rate else 1.0 / (1.0 - rate)


def left_out(rate: float) -> None:
    """No factor: the inputs stay as they are, as in an evaluation."""


@contextmanager
def drawing(draw: Draw) -> Iterator[None]:
    """Let every Dropout take its factors from here, in this thread and until the block ends."""
    before = _draw.set(draw)
    try:
        yield
    finally:
        _draw.reset(before)


def rates_in(model: Module, x: Any) -> list[float]:
    """The rate of each factor that the model draws for a sample, in the order of the draws."""
    rates: list[float] = []
    with no_grad(), drawing(rates.append):
        model(x)
    return rates
