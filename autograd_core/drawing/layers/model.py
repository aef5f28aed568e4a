"""What a picture of layers shows, as pure data: a band for each layer."""

from __future__ import annotations

import math
from collections import Counter
from dataclasses import dataclass

from ..render.content import Content

VANISHING, EXPLODING = 1e-3, 1e3


@dataclass
class Band:
    """One layer: what it is made of, and the gradients of its parameters (of its operations, where
    it has none).

    `ratio` is its rms over that of the last layer; None where it has no parameters, but others
    have. `activations` counts its activations, `flat` those of them with less than a fifth of the
    steepest slope. `fan` is the number of operands and of units, where that is known. A band
    stands for one layer, or for several of one kind, which `repeats` counts.
    """

    id: str
    title: str
    nodes: int
    parameters: int
    operations: Counter[str]
    gradients: list[float]
    fan: tuple[int, int] | None
    activation: str
    activations: int
    flat: int
    not_finite: int
    ratio: float | None = None
    repeats: int = 1

    @property
    def times(self) -> str:
        """× 12, where it stands for 12 layers of one kind."""
        return f" × {self.repeats}" if self.repeats > 1 else ""

    @property
    def rms(self) -> float | None:
        """The root of the mean square of the gradients; None before a backward pass."""
        sizes = self.gradients
        return math.hypot(*sizes) / math.sqrt(len(sizes)) if sizes else None

    @property
    def saturated(self) -> float | None:
        """The share of saturated activations; None where there are none."""
        return self.flat / self.activations if self.activations else None

    @property
    def verdict(self) -> str:
        """ "vanishing", "exploding" or ""."""
        if self.ratio is None or VANISHING <= self.ratio <= EXPLODING or self.ratio != self.ratio:
            return ""
        return "vanishing" if self.ratio < VANISHING else "exploding"


@dataclass(frozen=True, kw_only=True)
class Layers(Content[Band]):
    """The layer level of a graph; the bands stand in the order of computation. `inputs` counts
    the leaves that feed them."""

    inputs: int
