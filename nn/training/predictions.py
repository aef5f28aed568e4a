"""A function of one sample, computed for many samples at once; `Predictor` does so with a model."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from contextlib import suppress
from operator import sub
from typing import Any

from autograd_core import Value, compiled, no_grad

from ..data.samples import stacked


class BatchedFunction:
    """A function of one sample as a program for many samples.

    Each call after the first also computes one sample on Values, a different one each time, unless
    `check` is False. If the results differ, something that the function uses has changed, and it is
    recorded again.
    """

    def __init__(self, function: Callable[..., Any], *arguments: str, check: bool = True) -> None:
        self.function, self.arguments, self.check = function, arguments, check
        self._close, self._calls = Comparison(), 0
        self._record()

    def _record(self) -> None:
        self._program = compiled(self.function, batched=self.arguments)

    def __call__(self, *columns: Any) -> Any:
        """The results as arrays, from one column of samples for each argument."""
        found, i = self._program(*columns), self._calls % len(columns[0])
        if self.check and self._calls:
            expected = self.function(*[column[i] for column in columns])
            if not self._close(_numbers(found, i), _numbers(plain(expected))):
                self._record()
                found = self._program(*columns)
        self._calls += 1
        return found


class Predictor:
    """The outputs of a model for many samples at once, also after the model has changed.

    >>> from nn import Layer
    >>> layer = Layer(2, 1, "linear", initializer=lambda *_: 1.0)
    >>> Predictor(layer)([[1.0, 2.0], [3.0, 4.0]])
    [[3.0], [7.0]]
    """

    def __init__(self, model: Callable[[Any], Any]) -> None:
        self.model = model
        self._batched: BatchedFunction | None = BatchedFunction(lambda x: model(x), "x")

    def __call__(self, inputs: Any) -> list[Any]:
        with no_grad():
            if self._batched:
                with suppress(Exception):
                    return by_sample(self._batched(stacked(inputs)))
                self._batched = None  # one sample after another is slower, but always possible
            return [plain(self.model(x)) for x in inputs]


class Comparison:
    """Compares results of a program with those computed on Values, up to rounding.

    The tolerance is relative to the largest number seen so far, because a loss that falls to 0
    keeps few digits. It grows tenfold after each difference, so that rounding is not reported as a
    change again and again.

    >>> close = Comparison()
    >>> close([1000.0], [1000.0 + 1e-10]), close([1e-9], [2e-9]), close([1.0], [2.0])
    (True, True, False)
    """

    scale = 0.0

    def __call__(self, found: Sequence[float], expected: Sequence[float]) -> bool:
        self.scale = max([self.scale, *[abs(y) for y in expected if math.isfinite(y)]])
        if len(found) != len(expected):
            return False
        tolerance = 1e-9 * self.scale
        if sum(map(abs, map(sub, found, expected))) <= tolerance:
            return True  # a shortcut
        same = all(
            a == b or abs(a - b) <= tolerance or (a != a and b != b)
            for a, b in zip(found, expected, strict=True)
        )
        self.scale *= 1.0 if same else 10.0
        return same


def plain(outputs: Any) -> Any:
    """Outputs without their graph."""
    if isinstance(outputs, list | tuple):
        return [plain(y) for y in outputs]
    return outputs.data if isinstance(outputs, Value) else outputs


def by_sample(outputs: Any) -> list[Any]:
    """The outputs of each sample as plain numbers, from one array for each output."""
    if not isinstance(outputs, list | tuple):
        return outputs.tolist()  # type: ignore[no-any-return]
    return [list(sample) for sample in zip(*map(by_sample, outputs), strict=True)]


def array_of(numbers: Any) -> Any:
    """Nested numbers as an array, or None if they have no common shape."""
    import numpy

    try:
        return numpy.array(numbers, dtype=float)
    except (TypeError, ValueError):
        return None


def _numbers(outputs: Any, *i: int) -> list[float]:
    """The numbers in nested outputs; with i, those of sample i."""
    if isinstance(outputs, list | tuple):
        return [y for part in outputs for y in _numbers(part, *i)]
    return [float(outputs[i] if i else outputs)]
