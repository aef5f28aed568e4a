"""`program.to_jax()`: a program as a pure function of JAX arrays."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import jax
import jax.numpy as jnp

from .evaluation import Form


def function_of(form: Form, dtype: str) -> Callable[..., Any]:
    """The function of the inputs without samples and of those with samples."""
    batched = any(form.inputs)
    singles = len(form.inputs) - sum(form.inputs)

    def run(numbers: Any, rows: Any = None) -> Any:
        numbers = _array(numbers, dtype, (singles,), "numbers")
        if not batched:
            return form(numbers, None).numbers
        found = form(numbers, _array(rows, dtype, (sum(form.inputs), None), "rows"))
        return found.numbers, tuple([row for block in found.rows for row in block])

    return run


def _array(given: Any, dtype: str, shape: tuple[int | None, ...], name: str) -> Any:
    if dtype == "float64" and not jax.config.jax_enable_x64:
        raise TypeError(
            "float64 was asked for, but JAX is set to single precision: call "
            "jax.config.update('jax_enable_x64', True) at the start of your script, or use "
            "to_jax(dtype='float32')"
        )
    array = jnp.asarray(() if given is None else given, dtype)
    expected = tuple(["samples" if n is None else n for n in shape])
    fits = array.ndim == len(shape) and array.shape[0] == shape[0]
    if not fits:
        raise ValueError(f"{name} must be an array of shape {expected}, got {array.shape}")
    return array
