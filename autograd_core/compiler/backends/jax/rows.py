"""The JAX function of a row of the table: NumPy's or SciPy's name for it is also JAX's."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from ....primitives import Primitive

Function = Callable[..., Any]


def function_of(row: Primitive) -> Function:
    """The function of arrays. A row that JAX has no function for is computed by the host."""
    if row.special:
        return getattr(jax.scipy.special, row.special)  # type: ignore[no-any-return]
    if row.array and row.arity < 0:
        return _accumulating(getattr(jnp, row.array))
    if row.array in ("maximum", "minimum"):
        return _selecting(row.array)
    if row.array == "where":
        return lambda condition, a, b: jnp.where(condition != 0.0, a, b)
    if row.array:
        return _as_numbers(getattr(jnp, row.array))
    return on_host(row)


def _selecting(name: str) -> Function:
    """Of two zeros the first is taken, as the row of the table does."""
    first = jnp.greater_equal if name == "maximum" else jnp.less_equal
    # a nan is no more and no less than a number: it is taken, whichever operand it is
    return lambda a, b: jnp.where(first(a, b) | jnp.isnan(a), a, b)


def _accumulating(function: Function) -> Function:
    def all_of(*xs: Any) -> Any:
        total = xs[0]
        for x in xs[1:]:
            total = function(total, x)
        return total

    return all_of


def _as_numbers(function: Function) -> Function:
    """Comparisons give 1.0 and 0.0 here, and take any number but 0 for true."""

    def numbers(*xs: Any) -> Any:
        y = function(*xs)
        return y.astype(jnp.result_type(*xs)) if y.dtype == bool else y

    return numbers


def on_host(row: Primitive) -> Function:
    """The row's own function of floats, called for each element where the arrays are; its slopes
    are those of the table, once.
    """

    def compute(*xs: Any) -> Any:
        return _called(row.compute, xs)

    def with_tangent(xs: Any, tangents: Any) -> Any:
        y = value(*xs)
        rules = row.partials if row.arity >= 0 else [_nth(row, k) for k in range(len(xs))]
        slopes = [_called(rule, (y, *xs)) for rule in rules]
        return y, sum([slope * t for slope, t in zip(slopes, tangents, strict=True)])

    value: Any = jax.custom_jvp(compute)
    value.defjvp(with_tangent)
    return value  # type: ignore[no-any-return]


def _nth(row: Primitive, k: int) -> Function:
    """One of the slopes of a row that gives all at once."""
    return lambda y, *xs: [*row.partials[0](y, *xs)][k]


def _called(function: Function, xs: Any) -> Any:
    """A function of floats on arrays of one shape, or that of the others for numbers."""
    dtype = jnp.result_type(*xs)

    def all_elements(*xs: Any) -> Any:
        given = np.broadcast_arrays(*[np.asarray(x, float) for x in xs])
        columns = [x.ravel().tolist() for x in given]
        found = np.array([float(function(*each)) for each in zip(*columns, strict=True)])
        with np.errstate(all="ignore"):  # in single precision some are infinite
            return found.reshape(given[0].shape).astype(dtype)

    shape = jnp.broadcast_shapes(*[jnp.shape(x) for x in xs])
    result = jax.ShapeDtypeStruct(shape, dtype)
    return jax.pure_callback(all_elements, result, *xs, vmap_method="expand_dims")
