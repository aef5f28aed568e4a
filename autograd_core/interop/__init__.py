"""Compiled functions in the hands of others: as functions of PyTorch's tensors, or of JAX's arrays,
with derivatives of any order. A scalar model can so be a part of a larger one.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from importlib.util import find_spec
from typing import Any

from ..engine.forks import importing
from ..errors import MissingExtra, callable_or_error

__all__ = ["jax_function", "torch_function"]


def torch_function(
    function: Callable[..., Any], *, batched: str | Sequence[str] = ()
) -> Callable[..., Any]:
    """The function for PyTorch tensors: compiled, and a node of PyTorch's graph.

    The function is written for numbers and may take branches. A tensor without dimensions is a
    number for it, another one a NumPy array of numbers. What it returns becomes tensors: a number
    one without dimensions, a list or an array of numbers one tensor; tuples and dicts stay.
    `backward`, `create_graph` and `torch.func.grad` work, to any order. It runs on the CPU, in
    double precision; the result has the precision and the device of the arguments.

    Args:
        function: a function of numbers, arrays, and lists, tuples and dicts of them.
        batched: the name of an argument that has a leading axis of samples, or several. The
            function is written for one sample; results get the axis.

    Returns:
        A function of the same arguments, which are tensors or numbers.

    Raises:
        TypeError: `function` is not callable.
        MissingExtra: the package torch is not installed.

    Example:
        >>> import torch
        >>> from autograd_core import sin
        >>> wave = torch_function(lambda x: x * sin(x) if x > 0.0 else 0.0 * x)
        >>> x = torch.tensor(2.0, dtype=torch.float64, requires_grad=True)
        >>> wave(x).backward()
        >>> round(x.grad.item(), 6)
        0.077004
    """
    callable_or_error(function, "torch_function")
    if find_spec("torch") is None:
        raise MissingExtra("torch", "torch", "torch_function")
    with importing:
        from .tensors import on_tensors

    return on_tensors(function, batched)


def jax_function(
    function: Callable[..., Any], *, batched: str | Sequence[str] = ()
) -> Callable[..., Any]:
    """The function for JAX arrays: compiled, and called by JAX on the host.

    The function may take branches; without them `program.to_jax()` is faster, as XLA compiles it.
    Arguments and results are as for `torch_function`. `jit`, `grad`, `vmap` and `jacrev` of any
    order work, forward mode (`jvp`, `jacfwd`, `jax.hessian`) does not. It computes in double
    precision; the result has the precision of the arguments. The shape of the result is found by a
    call of the function on numbers between ½ and 1.

    Args:
        function: a function of numbers, arrays, and lists, tuples and dicts of them.
        batched: the name of an argument that has a leading axis of samples, or several. The
            function is written for one sample; results get the axis.

    Returns:
        A function of the same arguments, which are arrays or numbers.

    Raises:
        TypeError: `function` is not callable.
        MissingExtra: the package jax is not installed.

    Example:
        >>> import jax
        >>> from autograd_core import sin
        >>> wave = jax_function(lambda x: x * sin(x) if x > 0.0 else 0.0 * x)
        >>> round(float(jax.jit(jax.grad(wave))(2.0)), 5)
        0.077
    """
    callable_or_error(function, "jax_function")
    if find_spec("jax") is None:
        raise MissingExtra("jax", "jax", "jax_function")
    with importing:
        from .jax_arrays import on_jax_arrays

    return on_jax_arrays(function, batched)
