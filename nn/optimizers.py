"""Optimizers: `GradientDescent`, `Adam` and `AdamW`, with the formulas of PyTorch."""

from __future__ import annotations

import math
import numbers
import re
from collections.abc import Sequence
from dataclasses import is_dataclass
from operator import is_
from typing import Any

from autograd_core import Value

from .requirements import require
from .schedules import LearningRate


class Optimizer:
    """Update parameters along their gradients; the base of all optimizers.

    A subclass defines `_rule`, and in `remembers` how many numbers it keeps for each parameter.

    Args:
        learning_rate: the learning rate η, at least 0; or a function of the step, which counts from
            0.
        weight_decay: the factor λ, at least 0: λ w is added to the gradient of each parameter w.
        clip_norm: the bound c, above 0: before all else, the gradient g of all parameters together
            is multiplied by c / ‖g‖ where ‖g‖ is larger, as PyTorch's clip_grad_norm_ does. None
            for no bound.

    Raises:
        TypeError: the learning rate is neither a number nor a function.
        ValueError: a number is out of its range.

    Example:
        >>> class SignDescent(Optimizer):
        ...     def _rule(self, learning_rate, step, x, g):
        ...         return (x - learning_rate * ((g > 0.0) - (g < 0.0)),)
        >>> w = Value(1.0, role="parameter")
        >>> w.grad = -7.0
        >>> SignDescent(0.5, weight_decay=0.0).step([w])
        >>> w.data
        1.5
    """

    remembers = 0

    def __init__(
        self, learning_rate: LearningRate, weight_decay: float, clip_norm: float | None = None
    ) -> None:
        if not callable(learning_rate):
            if not isinstance(learning_rate, numbers.Real):
                raise TypeError(
                    "learning_rate must be a number or a function of the step, got "
                    f"{type(learning_rate).__name__}; parameters are given to each step: "
                    "optimizer.step(model.parameters())"
                )
            must = "a number of at least 0, or a function of the step"
            require(0.0 <= learning_rate < math.inf, "learning_rate", must, learning_rate)
            learning_rate = float(learning_rate)
        must = "a number of at least 0"
        require(0.0 <= weight_decay < math.inf, "weight_decay", must, weight_decay)
        require(clip_norm is None or clip_norm > 0.0, "clip_norm", "above 0, or None", clip_norm)
        self.learning_rate, self.weight_decay = learning_rate, float(weight_decay)
        self.clip_norm = clip_norm
        self.steps = 0
        self._parameters: list[Value] = []
        self._memory: list[Any] = []

    def step(self, parameters: Sequence[Value]) -> None:
        """Update all parameters once. Ctrl-C waits until the update is complete.

        Args:
            parameters: the Values to update, whose `.grad` is set; the same ones at each step.

        Raises:
            TypeError: these are not Values.
            ValueError: these are not the parameters of the first step, or the function of the
                learning rate gave no number of at least 0.
        """
        self.claim(parameters)
        learning_rate = self._learning_rate()
        before = self._memory or [[0.0] * len(parameters)] * self.remembers
        factor = self._clipping([p.grad for p in parameters])
        moved = [
            self._moved(learning_rate, p.data, factor * p.grad, *kept)
            for p, *kept in zip(parameters, *before, strict=True)
        ]
        new, *memory = [list(column) for column in zip(*moved, strict=True)]
        steps = self.steps + 1
        try:
            self._write(new, memory, steps)
        except KeyboardInterrupt:
            self._write(new, memory, steps)
            raise

    def _write(self, new: list[float], memory: list[Any], steps: int) -> None:
        self._memory, self.steps = memory, steps
        for parameter, number in zip(self._parameters, new, strict=True):
            parameter.data = number

    def update_arrays(self, values: Any, gradient: Any) -> None:
        """Update flat arrays of all parameters, as `step` updates Values.

        Args:
            values: the numbers of the parameters, changed in place.
            gradient: their gradient, of the same shape.

        Raises:
            ValueError: the function of the learning rate gave no number of at least 0.

        Example:
            >>> import numpy
            >>> values = numpy.array([1.0, 2.0])
            >>> GradientDescent(0.5).update_arrays(values, numpy.array([2.0, 0.0]))
            >>> values
            array([0., 2.])
        """
        zero = 0.0 * values
        before = [zero + column for column in self._memory] or [zero] * self.remembers
        if (factor := self._clipping(gradient)) != 1.0:
            gradient = factor * gradient
        values[:], *memory = self._moved(self._learning_rate(), values, gradient, *before)
        self._memory, self.steps = memory, self.steps + 1

    def _clipping(self, gradient: Any) -> float:
        """The factor that bounds the norm of the gradient."""
        if self.clip_norm is None:
            return 1.0
        norm = _norm(gradient) if hasattr(gradient, "dot") else math.hypot(*gradient)
        return self.clip_norm / norm if norm > self.clip_norm else 1.0

    def _moved(self, learning_rate: float, x: Any, g: Any, *memory: Any) -> tuple[Any, ...]:
        if self.weight_decay:
            g = g + self.weight_decay * x
        return self._rule(learning_rate, self.steps + 1, x, g, *memory)

    def _rule(
        self, learning_rate: float, step: int, x: Any, g: Any, *memory: Any
    ) -> tuple[Any, ...]:
        """The new value of a parameter and its memory, for floats or elementwise for arrays; `step`
        counts from 1.
        """
        raise NotImplementedError

    def _learning_rate(self, step: int | None = None) -> float:
        if not callable(self.learning_rate):
            return self.learning_rate
        step = self.steps if step is None else step
        found = self.learning_rate(step)
        if not isinstance(found, numbers.Real) or not 0.0 <= found < math.inf:
            raise ValueError(
                f"learning_rate must be a number of at least 0, but its function gave {found!r} "
                f"for step {step}"
            )
        return found

    @property
    def memory(self) -> list[list[float]]:
        """What is kept from step to step: lists with one number per parameter."""
        return [[float(y) for y in column] for column in self._memory]

    def settings(self) -> dict[str, float | str]:
        """Give the settings by name, as a checkpoint compares them.

        Returns:
            The numbers. A schedule is described as it prints, and any other function of the step by
            its first two values.

        Example:
            >>> GradientDescent(lambda step: 0.5 / (1 + step)).settings()["learning_rate"]
            'a function, 0.5 and 0.25 at the first steps'
        """
        kept = {"steps", "remembers"}
        return {
            name: _described(setting) if callable(setting) else setting
            for name, setting in vars(self).items()
            if name[0] != "_" and name not in kept and setting is not None
        }

    def __repr__(self) -> str:
        given = ", ".join(f"{name}={setting}" for name, setting in self.settings().items())
        return f"{type(self).__name__}({given})"

    def resume(self, steps: int, memory: list[list[float]], parameters: Sequence[Value]) -> None:
        """Continue where another optimizer ended.

        Args:
            steps: how many steps it took.
            memory: its `memory`.
            parameters: the Values that the memory belongs to.

        Example:
            >>> optimizer = GradientDescent(momentum=0.9)
            >>> optimizer.resume(5, [[0.25]], [Value(1.0, role="parameter")])
            >>> optimizer.steps, optimizer.memory
            (5, [[0.25]])
        """
        self.steps, self._memory, self._parameters = steps, memory, list(parameters)

    def claim(self, parameters: Sequence[Value]) -> None:
        """Bind the optimizer to parameters, because its memory belongs to them.

        Args:
            parameters: the Values that it will update, the same ones at each step.

        Raises:
            TypeError: these are not Values.
            ValueError: the optimizer is bound to others.

        Example:
            >>> optimizer = GradientDescent()
            >>> optimizer.claim([Value(1.0)])
            >>> optimizer.claim([Value(1.0)])
            Traceback (most recent call last):
            ValueError: this optimizer belongs to 1 parameters, but was now given 1 others; ...
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
        own = self._parameters
        if len(parameters) != len(own) or not all(map(is_, parameters, own)):
            raise ValueError(
                f"this optimizer belongs to {len(own)} parameters, but was now given "
                f"{len(parameters)} others; make one optimizer for each model"
            )


def _described(rate: Any) -> str:
    if is_dataclass(rate):  # its settings, without the address of a function among them
        return re.sub(r" at 0x\w+", "", repr(rate))
    return f"a function, {rate(0)} and {rate(1)} at the first steps"


def _norm(gradient: Any) -> float:
    """The norm of an array, to the last bit as steps in one native call compute it."""
    import numpy

    with numpy.errstate(over="ignore"):
        scale, total = 1.0, _sum_of_squares(gradient)
        if not 1e-280 < total < 1e300:
            scale = 2.0**600 if total < 1.0 else 2.0**-600
            total = _sum_of_squares(scale * gradient)
    return math.sqrt(total) / scale


def _sum_of_squares(xs: Any) -> float:
    """64 sums, each of every 64th square, and then halves of them are added to halves."""
    rows = len(xs) // 64
    squares = xs * xs
    sums = squares[: 64 * rows].reshape(rows, 64).sum(0)
    sums[: len(xs) - 64 * rows] += squares[64 * rows :]
    while len(sums) > 1:
        sums = sums[: len(sums) // 2] + sums[len(sums) // 2 :]
    return float(sums[0])


class GradientDescent(Optimizer):
    """Update w ← w − η v with the velocity v ← μ v + ∂L/∂w.

    Args:
        learning_rate: the learning rate η, at least 0; or a function of the step, which counts from
            0.
        momentum: the factor μ, at least 0 and below 1; with 0, v is the gradient.
        nesterov: whether to step along ∂L/∂w + μ v instead of v; needs a momentum.
        weight_decay: the factor λ, at least 0: λ w is added to the gradient.
        clip_norm: the bound of the gradient's norm ‖g‖ over all parameters, above 0: a larger g is
            scaled down to it. None for no bound.

    Raises:
        TypeError: the learning rate is neither a number nor a function.
        ValueError: a number is out of its range.

    Example:
        >>> w = Value(1.0, role="parameter")
        >>> (w * w).backward()
        >>> GradientDescent(0.1).step([w])
        >>> w.data
        0.8

    Source: I. Sutskever, J. Martens, G. Dahl and G. Hinton, 2013, as PyTorch computes it.
    """

    def __init__(
        self,
        learning_rate: LearningRate = 0.1,
        momentum: float = 0.0,
        nesterov: bool = False,
        weight_decay: float = 0.0,
        clip_norm: float | None = None,
    ) -> None:
        super().__init__(learning_rate, weight_decay, clip_norm)
        require(0.0 <= momentum < 1.0, "momentum", "at least 0 and below 1", momentum)
        require(not nesterov or momentum > 0.0, "momentum", "above 0 with nesterov=True", momentum)
        self.momentum, self.nesterov = momentum, nesterov
        self.remembers = 1 if momentum else 0

    def _rule(
        self, learning_rate: float, step: int, x: Any, g: Any, *memory: Any
    ) -> tuple[Any, ...]:
        if not memory:
            return (x - learning_rate * g,)
        velocity = self.momentum * memory[0] + g
        ahead = g + self.momentum * velocity if self.nesterov else velocity
        return x - learning_rate * ahead, velocity


class Adam(Optimizer):
    """Update w ← w − η m̂ / (√v̂ + ε), with running means of the gradient and of its square.

    These are m ← β₁ m + (1 − β₁) ∂L/∂w and v ← β₂ v + (1 − β₂) (∂L/∂w)². In step t,
    m̂ = m / (1 − β₁ᵗ) and v̂ = v / (1 − β₂ᵗ), because the means start at 0.

    Args:
        learning_rate: the learning rate η, at least 0; or a function of the step, which counts from
            0.
        beta_1: the factor β₁, at least 0 and below 1.
        beta_2: the factor β₂, at least 0 and below 1.
        epsilon: ε, at least 0, which keeps the step finite where all gradients were 0.
        weight_decay: the factor λ, at least 0: λ w is added to the gradient.
        clip_norm: the bound of the gradient's norm ‖g‖ over all parameters, above 0: a larger g is
            scaled down to it. None for no bound.

    Raises:
        TypeError: the learning rate is neither a number nor a function.
        ValueError: a number is out of its range.

    Example:
        >>> w = Value(1.0, role="parameter")
        >>> (w * w).backward()
        >>> Adam(0.1).step([w])
        >>> round(w.data, 6)
        0.9

    Source: D. P. Kingma and J. Ba, 2015.
    """

    remembers = 2

    def __init__(
        self,
        learning_rate: LearningRate = 0.001,
        beta_1: float = 0.9,
        beta_2: float = 0.999,
        epsilon: float = 1e-8,
        weight_decay: float = 0.0,
        clip_norm: float | None = None,
    ) -> None:
        super().__init__(learning_rate, weight_decay, clip_norm)
        require(0.0 <= beta_1 < 1.0, "beta_1", "at least 0 and below 1", beta_1)
        require(0.0 <= beta_2 < 1.0, "beta_2", "at least 0 and below 1", beta_2)
        require(epsilon >= 0.0, "epsilon", "at least 0", epsilon)
        self.beta_1, self.beta_2, self.epsilon = beta_1, beta_2, epsilon

    def _corrections(self, learning_rate: float, step: int) -> tuple[float, float]:
        """The step size, and the root for √v̂: both means start at 0."""
        root = math.sqrt(1.0 - self.beta_2**step)
        return learning_rate / (1.0 - self.beta_1**step), root

    def _rule(
        self, learning_rate: float, step: int, x: Any, g: Any, *memory: Any
    ) -> tuple[Any, ...]:
        mean = self.beta_1 * memory[0] + (1.0 - self.beta_1) * g
        square = self.beta_2 * memory[1] + (1.0 - self.beta_2) * g * g
        size, root = self._corrections(learning_rate, step)
        return x - size * mean / (square**0.5 / root + self.epsilon), mean, square


class AdamW(Adam):
    """Update like `Adam`, with decoupled weight decay: first w ← w − η λ w.

    In `Adam` the decay is part of the gradient, and so is divided by √v̂: weights with large
    gradients hardly decay.

    Args:
        learning_rate: the learning rate η, at least 0; or a function of the step, which counts from
            0.
        beta_1: the factor β₁, at least 0 and below 1.
        beta_2: the factor β₂, at least 0 and below 1.
        epsilon: ε, at least 0, which keeps the step finite where all gradients were 0.
        weight_decay: the factor λ, at least 0.
        clip_norm: the bound of the gradient's norm ‖g‖ over all parameters, above 0: a larger g is
            scaled down to it. None for no bound.

    Raises:
        TypeError: the learning rate is neither a number nor a function.
        ValueError: a number is out of its range.

    Example:
        >>> w = Value(1.0, role="parameter")
        >>> (w * w).backward()
        >>> AdamW(0.1, weight_decay=0.5).step([w])
        >>> round(w.data, 6)
        0.85

    Source: I. Loshchilov and F. Hutter, Decoupled Weight Decay Regularization, 2019.
    """

    def __init__(
        self,
        learning_rate: LearningRate = 0.001,
        beta_1: float = 0.9,
        beta_2: float = 0.999,
        epsilon: float = 1e-8,
        weight_decay: float = 0.01,
        clip_norm: float | None = None,
    ) -> None:
        super().__init__(learning_rate, beta_1, beta_2, epsilon, weight_decay, clip_norm)

    def _moved(self, learning_rate: float, x: Any, g: Any, *memory: Any) -> tuple[Any, ...]:
        x = x - learning_rate * self.weight_decay * x
        return self._rule(learning_rate, self.steps + 1, x, g, *memory)
