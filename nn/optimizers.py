"""Optimizers: `GradientDescent` and `Adam`, with the formulas of PyTorch."""

from __future__ import annotations

import math
import numbers
from collections.abc import Callable, Sequence
from typing import Any

from autograd_core import Value

from .requirements import require

LearningRate = float | Callable[[int], float]


class Optimizer:
    """The base of all optimizers. `learning_rate` is a number, or a function of the step, which
    counts from 0.

    A subclass defines `_rule`, and how many numbers it `remembers` for each parameter.
    """

    def __init__(self, learning_rate: LearningRate, weight_decay: float) -> None:
        if not callable(learning_rate):
            if not isinstance(learning_rate, numbers.Real):
                raise TypeError(
                    "learning_rate must be a number or a function of the step, got "
                    f"{type(learning_rate).__name__}; "
                    "parameters are given to each step: optimizer.step(model.parameters())"
                )
            require(
                0.0 <= learning_rate < math.inf,
                "learning_rate",
                "a number of at least 0, or a function of the step",
                learning_rate,
            )
        require(
            0.0 <= weight_decay < math.inf, "weight_decay", "a number of at least 0", weight_decay
        )
        self.learning_rate, self.weight_decay, self.steps = (
            learning_rate if callable(learning_rate) else float(learning_rate),
            float(weight_decay),
            0,
        )
        self._parameters: list[Value] = []
        self._memory: list[Any] = []

    def step(self, parameters: Sequence[Value]) -> None:
        """Update all parameters once. Ctrl-C waits until the update is complete."""
        self.claim(parameters)
        rate = self._rate_now()
        old = [p.data for p in parameters]
        slopes = [p.grad for p in parameters]
        if self.weight_decay:
            slopes = [g + self.weight_decay * x for g, x in zip(slopes, old, strict=True)]
        before = self._memory or [[0.0] * len(old) for _ in range(self.remembers)]
        moved = [
            self._rule(rate, self.steps + 1, *numbers)
            for numbers in zip(old, slopes, *before, strict=True)
        ]
        new, *memory = [list(column) for column in zip(*moved, strict=True)]
        done = (new, memory, self.steps + 1)
        try:
            self._write(*done)
        except KeyboardInterrupt:
            self._write(*done)
            raise

    @property
    def memory(self) -> list[list[float]]:
        """What is kept from step to step: lists with one number per parameter."""
        return [[float(y) for y in column] for column in self._memory]

    def settings(self) -> dict[str, float | str]:
        """The settings by name. A learning rate that is a function is described by its first two
        values.
        """
        public = {
            name: setting
            for name, setting in vars(self).items()
            if not name.startswith("_") and name != "steps"
        }
        return {
            name: f"a function, {setting(0)} and {setting(1)} at the first steps"
            if callable(setting)
            else setting
            for name, setting in public.items()
        }

    def resume(self, steps: int, memory: list[list[float]], parameters: Sequence[Value]) -> None:
        """Continue after `steps` steps with that memory."""
        self.steps, self._memory, self._parameters = steps, memory, list(parameters)

    def move(self, values: Any, gradient: Any) -> None:
        """The same step on flat arrays of all parameters; `values` is changed in place."""
        rate = self._rate_now()
        slopes = gradient + self.weight_decay * values if self.weight_decay else gradient
        before = [0.0 * values + column for column in self._memory] or [
            0.0 * values for _ in range(self.remembers)
        ]
        values[:], *memory = self._rule(rate, self.steps + 1, values, slopes, *before)
        self._memory, self.steps = memory, self.steps + 1

    def _rate_now(self) -> float:
        if not callable(self.learning_rate):
            return self.learning_rate
        rate = self.learning_rate(self.steps)
        if not isinstance(rate, numbers.Real) or not 0.0 <= rate < math.inf:
            raise ValueError(
                f"learning_rate must be a number of at least 0, but its function gave {rate!r} for "
                f"step {self.steps}"
            )
        return rate

    def _rule(self, rate: float, step: int, x: Any, g: Any, *memory: Any) -> tuple[Any, ...]:
        """The new value of a parameter and its memory, for floats or elementwise for arrays."""
        raise NotImplementedError

    @property
    def remembers(self) -> int:
        """How many numbers are kept for each parameter."""
        return 0

    def _write(self, new: list[float], memory: list[Any], steps: int) -> None:
        self._memory, self.steps = memory, steps
        for parameter, number in zip(self._parameters, new, strict=True):
            parameter.data = number

    def claim(self, parameters: Sequence[Value]) -> None:
        """Bind the optimizer to these parameters. Its memory belongs to them, so they must be the
        same at each step.
        """
        if callable(getattr(parameters, "parameters", None)):
            raise TypeError(
                f"an optimizer updates parameters, got the model {parameters!r}; give it "
                "model.parameters()"
            )
        if not self._parameters:
            if not parameters or not all(isinstance(p, Value) for p in parameters):
                raise TypeError(
                    "an optimizer updates a list of Values such as model.parameters(), got "
                    f"{parameters!r}"
                )
            self._parameters = list(parameters)
        same = len(parameters) == len(self._parameters)
        if not same or any(
            new is not old for new, old in zip(parameters, self._parameters, strict=True)
        ):
            raise ValueError(
                f"this optimizer belongs to {len(self._parameters)} parameters, but was now given "
                f"{len(parameters)} others; make one optimizer for each model"
            )


class GradientDescent(Optimizer):
    """w ← w − η v with v ← μ v + ∂L/∂w: the learning rate η, the momentum μ.

    Without momentum v is the gradient.

    `nesterov` steps along ∂L/∂w + μ v, and `weight_decay` λ adds λ w to the gradient.

    >>> w = Value(1.0, role="parameter")
    >>> (w * w).backward()
    >>> GradientDescent(0.1).step([w])
    >>> w.data
    0.8
    """

    def __init__(
        self,
        learning_rate: LearningRate = 0.1,
        momentum: float = 0.0,
        nesterov: bool = False,
        weight_decay: float = 0.0,
    ) -> None:
        super().__init__(learning_rate, weight_decay)
        require(0.0 <= momentum < 1.0, "momentum", "at least 0 and below 1", momentum)
        require(not nesterov or momentum > 0.0, "momentum", "above 0 with nesterov=True", momentum)
        self.momentum, self.nesterov = momentum, nesterov

    @property
    def remembers(self) -> int:
        return 1 if self.momentum else 0

    def _rule(self, rate: float, step: int, x: Any, g: Any, *memory: Any) -> tuple[Any, ...]:
        if not memory:
            return (x - rate * g,)
        velocity = self.momentum * memory[0] + g
        ahead = g + self.momentum * velocity if self.nesterov else velocity
        return x - rate * ahead, velocity

    def __repr__(self) -> str:
        more = f", nesterov={self.nesterov}, weight_decay={self.weight_decay}"
        return f"GradientDescent({self.learning_rate}, momentum={self.momentum}{more})"


class Adam(Optimizer):
    """w ← w − η m̂ / (√v̂ + ε), with the running means m and v of the gradient and of its square
    (Kingma, Ba 2015).

    >>> w = Value(1.0, role="parameter")
    >>> (w * w).backward()
    >>> Adam(0.1).step([w])
    >>> round(w.data, 6)
    0.9
    """

    def __init__(
        self,
        learning_rate: LearningRate = 0.001,
        beta_1: float = 0.9,
        beta_2: float = 0.999,
        epsilon: float = 1e-8,
        weight_decay: float = 0.0,
    ) -> None:
        super().__init__(learning_rate, weight_decay)
        require(0.0 <= beta_1 < 1.0, "beta_1", "at least 0 and below 1", beta_1)
        require(0.0 <= beta_2 < 1.0, "beta_2", "at least 0 and below 1", beta_2)
        require(epsilon >= 0.0, "epsilon", "at least 0", epsilon)
        self.beta_1, self.beta_2, self.epsilon = beta_1, beta_2, epsilon

    @property
    def remembers(self) -> int:
        return 2

    def _rule(self, rate: float, step: int, x: Any, g: Any, *memory: Any) -> tuple[Any, ...]:
        mean = self.beta_1 * memory[0] + (1.0 - self.beta_1) * g
        square = self.beta_2 * memory[1] + (1.0 - self.beta_2) * g * g
        size = rate / (
            1.0 - self.beta_1**step
        )  # corrects the bias of running means that start at 0
        root = math.sqrt(1.0 - self.beta_2**step)
        return x - size * mean / (square**0.5 / root + self.epsilon), mean, square

    def __repr__(self) -> str:
        return (
            f"Adam({self.learning_rate}, {self.beta_1}, {self.beta_2}, {self.epsilon}, "
            f"weight_decay={self.weight_decay})"
        )
