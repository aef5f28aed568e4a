"""A function of one sample, computed for many samples at once; `predict` does so with a model."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from contextlib import suppress
from numbers import Real
from operator import sub
from typing import Any

from autograd_core import Value, compiled, no_grad
from autograd_core.errors import shown

from ..data.samples import samples, stacked
from ..modules.dropout import drawing, left_out
from ..modules.module import Module
from ..modules.networks import replacements

AT_ONCE = 4096  # samples, so that memory does not grow with the data


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
        self.model, self._recorded = model, -1
        self._batched: BatchedFunction | None = None

    def __reduce__(self) -> Any:
        return Predictor, (self.model,)  # a copy records a program of its own

    def __call__(self, inputs: Any) -> list[Any]:
        found = self.array(inputs)
        return found if isinstance(found, list) else found.tolist()

    def array(self, inputs: Any) -> Any:
        """The outputs as an array; a list where there is no program."""
        if self._recorded != (now := replacements()):
            model, self._recorded = self.model, now
            self._batched = BatchedFunction(lambda x: model(x), "x")
        with no_grad(), drawing(left_out):
            if self._batched:
                with suppress(Exception):
                    import numpy

                    rows = stacked(inputs)
                    starts = range(0, len(rows), AT_ONCE)
                    parts = [by_sample(self._batched(rows[k : k + AT_ONCE])) for k in starts]
                    return numpy.concatenate(parts)
            found = [self._output(i, x) for i, x in enumerate(inputs)]
            self._batched = None  # one sample after another is slower, but always possible
            return found

    def _output(self, i: int, x: Any) -> Any:
        try:
            return plain(self.model(x))
        except (TypeError, ValueError) as error:
            hint = "; for one sample, give the list [x]" if isinstance(x, Real) else ""
            raise type(error)(f"row {i} does not fit the model: {error}{hint}") from None


def predict(model: Module, X: Any) -> Any:
    """Compute the outputs of a model for many samples at once: ŷᵢ = model(xᵢ).

    They run as one array program, recorded at the first call and kept with the model. It reads the
    parameters at each call, so it need not be made again after a training. A model that is no
    program, such as a random one, computes one sample after another.

    Args:
        model: the model, called on each sample.
        X: a list, array or data frame of N samples.

    Returns:
        A NumPy array (N, outputs), or (N,) if the model returns a single Value; lists without
        NumPy.

    Raises:
        ValueError: there are no samples, or one has the wrong number of columns.
        TypeError: this is not a list of samples, or one does not fit the model.

    Example:
        >>> from nn import Layer, predict
        >>> layer = Layer(2, 1, "linear", initializer=lambda *_: 1.0)
        >>> predict(layer, [[1.0, 2.0], [3.0, 4.0]])
        array([[3.],
               [7.]])
    """
    if not callable(model) or not hasattr(model, "__dict__"):
        swapped = ": the arguments look swapped" if isinstance(X, Module) else ""
        raise TypeError(
            f"predict takes a model and samples for it, got {shown(model)} "
            f"({type(model).__name__}) as the model{swapped}; write predict(model, X)"
        )
    rows = samples(X, "X")
    if not len(rows):
        raise ValueError("X must hold at least one row, got none")
    kept = vars(model).get("_predictor")
    if kept is None or kept.model is not model:  # the model is a shallow copy of another
        kept = vars(model)["_predictor"] = Predictor(model)
    found = kept.array(rows)
    with suppress(ImportError, ValueError):  # no NumPy, or outputs without a common shape
        import numpy

        return numpy.asarray(found)
    return found


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


def by_sample(outputs: Any) -> Any:
    """One array with an entry per sample, from such an array for each output."""
    if not isinstance(outputs, list | tuple):
        return outputs
    import numpy

    return numpy.stack([by_sample(y) for y in outputs], 1)


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
