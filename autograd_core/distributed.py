"""A loss over data that does not fit one machine: each partition of a Dask collection is computed
where it lies, and the sums come back.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

from .compiler.api import compiled
from .compiler.batch_gradient import BatchGradient
from .engine.value import Value
from .errors import callable_or_error
from .partitions import Partitions, Total
from .transforms import value_and_grad as value_and_grad_of

__all__ = ["TotalLoss", "value_and_grad"]

AT_ONCE = 8192
"""So many samples of a partition are computed at a time: their intermediate results stay small."""


def value_and_grad(
    function: Callable[..., Any],
    *data: Any,
    parameters: Sequence[Value] | None = None,
    reduce: str = "mean",
    client: Any = None,
) -> TotalLoss:
    """The loss of all samples and its gradient, over Dask collections: for SciPy's `minimize`.

    Each partition of the data, and the compiled program, stay on the worker that computes it; a
    step sends the parameters there and the sums back. They are added in an order that only the
    number of partitions determines, so the result is the same bit for bit, whatever the workers do.
    If a worker is lost, its partitions are loaded again on others.

    Args:
        function: the loss of one sample: `function(w, *sample)` of the array of parameters and one
            entry of each collection; with `parameters` given, `function(*sample)`.
        *data: Dask arrays, data frames or series with as many rows; the first axis has the samples.
        parameters: the Values that the function reads, such as `model.parameters()`.
        reduce: "mean" or "sum" over the samples.
        client: the `distributed.Client`; None for the current one.

    Returns:
        A function of a flat array of the parameters, which gives the loss and its gradient.

    Raises:
        MissingExtra: the package distributed is not installed.
        TypeError: `function` is not callable, or there is no data.
        ValueError: the collections have different partitions, `reduce` is another one, or there is
            no client.

    Example:
        >>> import dask.array, scipy.optimize
        >>> from distributed import Client
        >>> client = Client(processes=False, dashboard_address=None)
        >>> x = dask.array.arange(1.0, 7.0, chunks=2)
        >>> total = value_and_grad(lambda w, x: (w[0] - x) ** 2, x)
        >>> loss, slope = total([3.0])
        >>> round(loss, 6), slope
        (3.166667, array([-1.]))
        >>> round(float(scipy.optimize.minimize(total, [0.0], jac=True).x[0]), 6)
        3.5
        >>> client.close()
    """
    callable_or_error(function, "value_and_grad", "{0}(f, data)")
    if reduce not in ("mean", "sum"):
        raise ValueError(f"reduce must be 'mean' or 'sum', got {reduce!r}")
    if not data:
        raise TypeError("value_and_grad needs the data: one Dask collection for each argument")
    partitions = Partitions(client, data, _columns)
    make = partial(Loss, function, parameters, len(data))
    return TotalLoss(partitions.total(make), reduce)


class TotalLoss:
    """The loss of all samples and its gradient, as a function of a flat array of the parameters.

    `value_and_grad` makes it.

    Args:
        total: the sums over the partitions.
        reduce: "mean" or "sum" over the samples.
    """

    def __init__(self, total: Total, reduce: str) -> None:
        self.total, self.reduce = total, reduce

    def __call__(self, parameters: Any) -> tuple[float, Any]:
        """Compute the loss and the gradient.

        Args:
            parameters: a flat array of the parameters.

        Returns:
            A pair: the loss, and an array of its derivatives with respect to the parameters.
        """
        import numpy

        loss, slope, count = self.total("evaluate", numpy.array(parameters, float))
        share = 1.0 / count if self.reduce == "mean" else 1.0
        return loss * share, slope * share


class Loss:
    """The compiled loss on a worker.

    Args:
        function: the loss of one sample.
        parameters: the Values that it reads, or None.
        arguments: how many columns a sample has.
    """

    def __init__(self, function: Callable[..., Any], parameters: Any, arguments: int) -> None:
        self.batch = None
        if parameters is not None:
            self.batch = BatchGradient(function, parameters)
            return
        names = [f"x{k}" for k in range(arguments)]
        self.program = compiled(
            _named(value_and_grad_of(function), names), batched=names, reduce="sum"
        )

    def evaluate(self, columns: list[Any], _: int, parameters: Any) -> list[Any]:
        """The sums of the loss and of its gradient, and the number of samples."""
        import numpy

        loss, slope, samples = 0.0, numpy.zeros(len(parameters)), len(columns[0])
        for k in range(0, samples, AT_ONCE):
            y, g = self._sums(parameters, [x[k : k + AT_ONCE] for x in columns])
            loss, slope = loss + y, slope + g
        return [loss, slope, samples]

    def _sums(self, parameters: Any, columns: list[Any]) -> tuple[float, Any]:
        if self.batch is None:
            return self.program(parameters, *columns)  # type: ignore[no-any-return]
        rows = self.batch.rows(*columns)
        self.batch.values[:] = parameters
        loss, _ = self.batch(rows)
        return loss * len(columns[0]), self.batch.gradient * len(columns[0])


def _named(function: Callable[..., Any], names: Sequence[str]) -> Callable[..., Any]:
    """The function with a parameter of its own name for each collection."""
    from inspect import Parameter, Signature

    def call(w: Any, *sample: Any) -> Any:
        return function(w, *sample)

    kind = Parameter.POSITIONAL_OR_KEYWORD
    call.__signature__ = Signature([Parameter(x, kind) for x in ("w", *names)])  # type: ignore[attr-defined]
    return call


def _columns(*parts: Any) -> list[Any]:
    """A partition of each collection as arrays of numbers."""
    import numpy

    columns = [numpy.ascontiguousarray(x, float) for x in parts]
    if len({len(x) for x in columns}) != 1:
        raise ValueError(
            f"a partition has {[len(x) for x in columns]} samples; repartition the collections "
            "in the same way"
        )
    return columns
