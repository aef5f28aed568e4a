"""What a picture of neurons shows, as pure data: a card for each neuron and each input."""

from __future__ import annotations

from dataclasses import dataclass

from ..graph.saturation import is_saturated
from ..render.content import Content


@dataclass(frozen=True)
class Weight:
    """A parameter of a neuron; `gradient` is what the drawn samples send to it, `accumulated`
    `.grad` where that differs.
    """

    title: str
    value: float
    gradient: float | None
    accumulated: float | None = None


@dataclass(frozen=True)
class NeuronCard:
    """One card. All numbers but those of the weights are means over the samples that are drawn.

    `role` is "neuron", "input", "operation" (between layers), "result". `gradient` is ∂L/∂(output):
    the contributions of the arrows into the card and `elsewhere` (from inside the neuron itself)
    sum to it. `slope` is the activation's local derivative, `steepest` the largest that it can be.
    `count` is 1, or the number of neurons that the card stands for, and `outputs` how many outputs
    of each sample: where one of them is more than 1, the card has no value, and its gradient is a
    sum.
    """

    id: str
    title: str
    symbol: str
    role: str
    value: float | None
    gradient: float | None
    slope: float | None = None
    steepest: float = 1.0
    weights: tuple[Weight, ...] = ()
    elsewhere: float | None = None
    count: int = 1
    outputs: float = 1.0

    @property
    def single(self) -> bool:
        """Whether the card stands for one number of each sample."""
        return self.count == 1 and self.outputs <= 1

    @property
    def saturated(self) -> bool:
        """Whether the slope is less than a fifth of the steepest: for the sigmoid, σ′ < 0.05."""
        return self.slope is not None and is_saturated(self.slope, self.steepest)


@dataclass(frozen=True)
class NeuronColumn:
    """The cards of one layer; `title` is "" for cards outside any. `norm` is the size of the
    gradient of its parameters.
    """

    title: str
    cards: tuple[NeuronCard, ...]
    parameters: int = 0
    norm: float | None = None


@dataclass(frozen=True, kw_only=True)
class Neurons(Content[NeuronCard]):
    """The neuron level of a graph. An arrow carries the sum of w · ∂L/∂z over all connections
    between two cards, as a mean over the samples; its `local` is w where there is one connection,
    and it is "constant" where it leads to a plain number.

    `samples` counts the samples in the graph; `sample` is the one that is drawn, None where all
    are."""

    columns: tuple[NeuronColumn, ...]
    samples: int
    sample: int | None
