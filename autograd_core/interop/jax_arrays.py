"""A function on JAX's arrays, which the host computes."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cache, wraps
from math import prod
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from .operations import Flattened, Operation, leaves_of, rebuilt


@cache
def applied(operation: Operation) -> Callable[..., Any]:
    """An operation as a function of JAX; its gradient is its pullback, which is one too."""

    def value(shared: Any, own: Any) -> Any:
        shape = (*(() if own is None else own.shape[:1]), operation.results)
        result = jax.ShapeDtypeStruct(shape, shared.dtype)

        def on_host(*given: Any) -> Any:
            numbers = [np.asarray(x) for x in given]
            return operation(*numbers, *[None] * (2 - len(numbers))).astype(shared.dtype)

        given = (shared,) if own is None else (shared, own)
        return jax.pure_callback(on_host, result, *given, vmap_method="sequential")

    def forward(shared: Any, own: Any) -> Any:
        return call(shared, own), (shared, own)

    def backward(given: Any, g: Any) -> Any:
        shared, own = given
        pullback = applied(operation.pullback)
        if own is None:
            return pullback(jnp.concatenate([shared, g]), None)[: len(shared)], None
        slopes = pullback(shared, jnp.concatenate([own, g], 1))
        return slopes[:, : len(shared)].sum(0), slopes[:, len(shared) :]

    call: Any = jax.custom_vjp(value)
    call.defvjp(forward, backward)
    return call  # type: ignore[no-any-return]


def on_jax_arrays(function: Callable[..., Any], batched: str | Sequence[str]) -> Callable[..., Any]:
    flattened = Flattened(function, batched)

    @wraps(function)
    def call(*args: Any, **kwargs: Any) -> Any:
        found, tree = flattened.taken_apart(args, kwargs, jnp.asarray)
        dtype = jnp.result_type(float, *[x for x, _ in found])
        shared = [jnp.ravel(jnp.asarray(x, dtype)) for x, own in found if not own]
        own = [jnp.reshape(jnp.asarray(x, dtype), (len(x), -1)) for x, own in found if own]
        given = jnp.concatenate(shared) if shared else jnp.zeros(0, dtype)
        y = applied(flattened.operation(tree))(given, jnp.concatenate(own, 1) if own else None)
        result = flattened.result(tree)
        ends = np.cumsum([prod(x.shape) for x in leaves_of(result)])[:-1].tolist()
        pieces = iter(jnp.split(y, ends, -1))
        return rebuilt(result, lambda x: jnp.reshape(next(pieces), (*y.shape[:-1], *x.shape)))

    return call
