"""Learning rates that change from step to step: `CosineDecay`, `StepDecay` and `WarmUp`."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

from .requirements import count, require

LearningRate = float | Callable[[int], float]


class _Schedule:
    def __post_init__(self) -> None:
        for name, given in vars(self).items():
            if name.endswith(("steps", "size")):
                count(given, name)
            elif not callable(given):
                require(0.0 <= given < math.inf, name, "a number of at least 0", given)


@dataclass(frozen=True)
class CosineDecay(_Schedule):
    """Let the learning rate fall along half a cosine: η + (η₀ − η) (1 + cos(π t / T)) / 2.

    It falls from η₀ at step t = 0 to η at step T, and stays there. A step is one batch.

    Args:
        learning_rate: the first learning rate η₀, at least 0.
        decay_steps: the number of steps T, at least 1.
        final: the last learning rate η, at least 0.

    Raises:
        ValueError: a number is out of its range.

    Example:
        >>> rate = CosineDecay(0.1, decay_steps=100)
        >>> [round(rate(step), 3) for step in (0, 50, 100, 200)]
        [0.1, 0.05, 0.0, 0.0]

    Source: I. Loshchilov and F. Hutter, SGDR, 2017, without restarts.
    """

    learning_rate: float
    decay_steps: int
    final: float = 0.0

    def __call__(self, step: int) -> float:
        share = (1.0 + math.cos(math.pi * min(step / self.decay_steps, 1.0))) / 2.0
        return self.final + (self.learning_rate - self.final) * share


@dataclass(frozen=True)
class StepDecay(_Schedule):
    """Multiply the learning rate by a factor at regular intervals: η₀ γ^⌊t / n⌋.

    A step t is one batch.

    Args:
        learning_rate: the first learning rate η₀, at least 0.
        step_size: the number of steps n between two changes, at least 1.
        gamma: the factor γ, at least 0.

    Raises:
        ValueError: a number is out of its range.

    Example:
        >>> rate = StepDecay(0.5, step_size=30, gamma=0.5)
        >>> [rate(step) for step in (0, 29, 30, 60)]
        [0.5, 0.5, 0.25, 0.125]
    """

    learning_rate: float
    step_size: int
    gamma: float = 0.1

    def __call__(self, step: int) -> float:
        return self.learning_rate * self.gamma ** (step // self.step_size)


@dataclass(frozen=True)
class WarmUp(_Schedule):
    """Let the learning rate rise linearly at the beginning: η (t + 1) / n for the steps t < n.

    Then it is η, or follows another schedule from its step 0 on. A step is one batch.

    Args:
        learning_rate: the learning rate η, at least 0; or a function of the step, such as a
            `CosineDecay`, whose first learning rate is η.
        warmup_steps: the number of steps n, at least 1.

    Raises:
        ValueError: a number is out of its range.

    Example:
        >>> rate = WarmUp(CosineDecay(0.5, decay_steps=100), warmup_steps=5)
        >>> [rate(step) for step in (0, 1, 4, 5, 105)]
        [0.1, 0.2, 0.5, 0.5, 0.0]

    Source: P. Goyal et al., Accurate, Large Minibatch SGD, 2017.
    """

    learning_rate: LearningRate
    warmup_steps: int

    def __call__(self, step: int) -> float:
        after, share = step - self.warmup_steps, min((step + 1) / self.warmup_steps, 1.0)
        rate = self.learning_rate
        return share * (rate(max(after, 0)) if callable(rate) else rate)
