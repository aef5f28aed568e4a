"""A loss over data that does not fit one machine: each partition of a Dask collection is computed
where it lies, and the sums come back.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from .compiler.api import compiled
from .compiler.batch_gradient import BatchGradient
from .engine.value import Value
from .errors import MissingExtra, callable_or_error
from .transforms import value_and_grad as value_and_grad_of

__all__ = ["TotalLoss", "value_and_grad"]

AT_ONCE = 8192
"""So many samples of a partition are computed at a time: their intermediate results stay small."""
ATTEMPTS = 5
"""How often a partition is tried whose worker is lost."""


def value_and_grad(
    function: Callable[..., Any],
    *data: Any,
    parameters: Sequence[Value] | None = None,
    reduce: str = "mean",
    client: Any = None,
) -> TotalLoss:
    """The loss of all samples and its gradient, over Dask collections: for SciPy's `minimize`.

    Each partition of the data, and the compiled program, stay on the worker that computes it; a
    step sends the parameters there and the sums back. They are added in the order of the
    partitions, so the result is the same bit for bit, whatever the workers do. If a worker is lost,
    its partitions are loaded again on others.

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
        ValueError: the collections have different partitions, or `reduce` is another one.

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
    try:
        import dask
        import distributed
    except ImportError:
        raise MissingExtra("distributed", "dask", "a loss over Dask collections") from None
    if not data:
        raise TypeError("value_and_grad needs the data: one Dask collection for each argument")
    client = distributed.get_client() if client is None else client
    parts = [_partitions(x, data[0]) for x in data]
    if len({len(x) for x in parts}) != 1:
        raise ValueError(
            f"the collections have {[len(x) for x in parts]} partitions; repartition them alike"
        )
    loaded = client.compute([dask.delayed(_columns)(*part) for part in zip(*parts, strict=True)])
    return TotalLoss(client, loaded, (function, parameters), reduce)


class TotalLoss:
    """The loss of all samples and its gradient, as a function of a flat array of the parameters.

    `value_and_grad` makes it.

    Args:
        client: the `distributed.Client`.
        loaded: for each partition the future of its columns.
        model: the loss of one sample, and the Values that it reads, or None.
        reduce: "mean" or "sum" over the samples.
    """

    def __init__(self, client: Any, loaded: Sequence[Any], model: Any, reduce: str) -> None:
        self.client, self.loaded, self.model, self.reduce = client, list(loaded), model, reduce
        self._parts: list[Any] = [None] * len(self.loaded)

    def __call__(self, parameters: Any) -> tuple[float, Any]:
        """Compute the loss and the gradient.

        Args:
            parameters: a flat array of the parameters.

        Returns:
            A pair: the loss, and an array of its derivatives by the parameters.

        Raises:
            RuntimeError: a partition was lost again and again.
        """
        import numpy

        given = numpy.array(parameters, float)
        found: list[Any] = [None for _ in self._parts]
        for _ in range(ATTEMPTS):
            missing = [k for k, x in enumerate(found) if x is None]
            if not missing:
                break
            self._load([k for k in missing if self._parts[k] is None])
            there = [k for k in missing if self._parts[k] is not None]
            running = [(k, self._try(self._parts[k].evaluate, given)) for k in there]
            for k, future in running:
                found[k] = future and self._try(future.result)
                if found[k] is None:
                    self._parts[k] = None  # its worker is gone
        if any([x is None for x in found]):
            raise RuntimeError(
                f"partitions were lost {ATTEMPTS} times in a row; are there workers left, with "
                "enough memory for the data?"
            )
        losses, slopes, counts = zip(*found, strict=True)
        share = 1.0 / sum(counts) if self.reduce == "mean" else 1.0
        return sum(losses) * share, sum(slopes[1:], start=slopes[0]) * share

    def _load(self, chosen: list[int]) -> None:
        """Have these partitions, and the program, on workers: where they were loaded, if these are
        still there.
        """
        import distributed

        if not chosen:
            return
        distributed.wait([self.loaded[k] for k in chosen])
        holders = self.client.who_has([self.loaded[k] for k in chosen])
        made = {}
        for k in chosen:
            near = holders.get(self.loaded[k].key)
            place = {"workers": near, "allow_other_workers": True} if near else {}
            made[k] = self.client.submit(
                Part, self.loaded[k], self.model, actor=True, pure=False, **place
            )
        for k, future in made.items():
            self._parts[k] = self._try(future.result)

    def _try(self, call: Callable[..., Any], *given: Any) -> Any:
        """What a call of a worker gives; None if the worker is lost."""
        try:
            return call(*given)
        except OSError:
            return None
        except (ValueError, RuntimeError) as error:
            if "Worker holding Actor was lost" not in str(error):
                raise
            return None


class Part:
    """A partition on a worker, with the compiled loss; Dask calls this an actor."""

    def __init__(self, columns: list[Any], model: tuple[Callable[..., Any], Any]) -> None:
        function, self.parameters = model
        self.columns, self.samples = columns, len(columns[0])
        if self.parameters is None:
            names = [f"x{k}" for k in range(len(columns))]
            self.program = compiled(
                _named(value_and_grad_of(function), names), batched=names, reduce="sum"
            )
        else:
            self.batch = BatchGradient(function, self.parameters)

    def evaluate(self, parameters: Any) -> tuple[float, Any, int]:
        """The sums of the loss and of its gradient, and the number of samples."""
        import numpy

        loss, slope = 0.0, numpy.zeros(len(parameters))
        for k in range(0, self.samples, AT_ONCE):
            columns = [x[k : k + AT_ONCE] for x in self.columns]
            y, g = self._sums(parameters, columns)
            loss, slope = loss + y, slope + g
        return loss, slope, self.samples

    def _sums(self, parameters: Any, columns: list[Any]) -> tuple[float, Any]:
        if self.parameters is None:
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


def _partitions(x: Any, first: Any) -> list[Any]:
    """The partitions of a collection along the samples, as delayed objects."""
    if not hasattr(x, "to_delayed"):
        raise TypeError(
            "the data must be Dask arrays, data frames or series, got "
            f"{type(x).__name__}; dask.array.from_array(x, chunks=...) makes one"
        )
    if hasattr(x, "rechunk"):  # an array
        rows = first.chunks[0] if hasattr(first, "chunks") else x.chunks[0]
        x = x.rechunk({0: rows, **dict.fromkeys(range(1, x.ndim), -1)})
        return list(x.to_delayed().ravel())
    return list(x.to_delayed())


def _columns(*parts: Any) -> list[Any]:
    """A partition of each collection as arrays of numbers."""
    import numpy

    columns = [numpy.ascontiguousarray(x, float) for x in parts]
    if len({len(x) for x in columns}) != 1:
        raise ValueError(
            f"a partition has {[len(x) for x in columns]} samples; repartition the collections "
            "alike"
        )
    return columns
