"""The same work for jax (jit, with the update inside), torch (eager, or compiled) and CasADi."""

from __future__ import annotations

import importlib.util
from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np

from . import handwritten
from .handwritten import Array, Parameters

Start = Callable[[], tuple[Array, Callable[[], Any]]]
LossIn = Callable[[Any], Callable[..., Any]]
"""From a package to the mean loss of a batch: of the layers, the inputs and the targets."""


def network_in_jax(jax: Any, classes: bool) -> Callable[..., Any]:
    """The loss of a network of dense layers, as a function of these, the inputs and the targets."""

    def loss(layers: Any, x: Any, y: Any) -> Any:
        for w, b in layers[:-1]:
            x = jax.nn.sigmoid(x @ w.T + b)
        w, b = layers[-1]
        z = x @ w.T + b
        if classes:
            return -jax.numpy.mean(jax.numpy.sum(y * jax.nn.log_softmax(z), 1))
        return jax.numpy.mean((jax.nn.sigmoid(z)[:, 0] - y) ** 2)

    return loss


def network_in_torch(torch: Any, classes: bool) -> Callable[..., Any]:
    functional = torch.nn.functional

    def loss(layers: Any, x: Any, y: Any) -> Any:
        for w, b in layers[:-1]:
            x = torch.sigmoid(functional.linear(x, w, b))
        z = functional.linear(x, *layers[-1])
        if classes:
            return functional.cross_entropy(z, y)
        return functional.mse_loss(torch.sigmoid(z)[:, 0], y)

    return loss


def trained_jax(
    parameters: Parameters, batches: list[tuple[Array, Array]], loss_in: LossIn, rate: float
) -> Start:
    """A step, or an epoch of steps, each compiled with its update; the clock waits for the last
    one.
    """

    def start() -> tuple[Array, Callable[[], Any]]:
        jax, jnp = package_jax()
        loss = loss_in(jax)

        def moved(layers: Any, x: Any, y: Any) -> Any:
            return jax.tree.map(lambda p, g: p - rate * g, layers, jax.grad(loss)(layers, x, y))

        once, held = jax.jit(moved), [[tuple(map(jnp.asarray, layer)) for layer in parameters]]
        given = [(jnp.asarray(x), jnp.asarray(y)) for x, y in batches]

        def run() -> None:
            for x, y in given:
                held[0] = once(held[0], x, y)
            jax.block_until_ready(held[0])

        slopes = jax.grad(loss)(held[0], *given[0])
        return handwritten.flat([(np.asarray(w), np.asarray(b)) for w, b in slopes]), run

    return start


def trained_torch(
    parameters: Parameters,
    batches: list[tuple[Array, Array]],
    loss_in: LossIn,
    rate: float,
    compiled: bool = False,
) -> Start:
    def start() -> tuple[Array, Callable[[], Any]]:
        torch = package_torch()
        leaves = [torch.tensor(p, requires_grad=True) for layer in parameters for p in layer]
        layers = list(zip(leaves[::2], leaves[1::2], strict=True))
        given = [(torch.tensor(x), torch.tensor(y)) for x, y in batches]
        loss = partial(loss_in(torch), layers)

        forward = torch.compile(loss) if compiled else loss

        def run() -> None:
            for x, y in given:
                slopes = torch.autograd.grad(forward(x, y), leaves)
                with torch.no_grad():
                    torch._foreach_add_(leaves, slopes, alpha=-rate)

        slopes = [g.numpy() for g in torch.autograd.grad(forward(*given[0]), leaves)]
        return handwritten.flat(list(zip(slopes[::2], slopes[1::2], strict=True))), run

    return start


def derivative_jax(transform: str, function: Callable[[Any, Any], Any], x: Array) -> Start:
    """`transform` is "grad", "value_and_grad" or "hessian"; the function is given the package
    and x.
    """

    def start() -> tuple[Array, Callable[[], Any]]:
        jax, jnp = package_jax()
        once, given = (
            jax.jit(getattr(jax, transform)(lambda x: function(_Mathematics(jnp), x))),
            jnp.asarray(x),
        )
        found = once(given)
        result = found[1] if isinstance(found, tuple) else found
        return np.asarray(result).ravel(), lambda: jax.block_until_ready(once(given))

    return start


def derivative_torch(transform: str, function: Callable[[Any, Any], Any], x: Array) -> Start:
    def start() -> tuple[Array, Callable[[], Any]]:
        torch = package_torch()
        given = torch.tensor(x, requires_grad=transform != "hessian")
        if transform == "hessian":
            once = torch.func.hessian(lambda x: function(_Mathematics(torch), x))
            return once(given).numpy().ravel(), lambda: once(given)

        def run() -> Any:
            y = function(_Mathematics(torch), given)
            return torch.autograd.grad(y, given)[0]

        return run().numpy(), run

    return start


def derivative_casadi(transform: str, function: Callable[[Any, list[Any]], Any], x: Array) -> Start:
    """CasADi's own virtual machine, on buffers that are set once; the function is given the package
    and the elements of x.
    """

    def start() -> tuple[Array, Callable[[], Any]]:
        import casadi

        given = casadi.SX.sym("x", len(x))
        value = function(casadi, casadi.vertsplit(given))
        derivative = (
            casadi.hessian(value, given)[0] if transform == "hessian"
            else casadi.gradient(value, given)
        )  # fmt: skip
        results = [value, derivative] if transform == "value_and_grad" else [derivative]
        made = casadi.Function("f", [given], [casadi.densify(y) for y in results])
        return called_casadi(made, x.copy())

    return start


def called_casadi(
    function: Any, numbers: Array, arranged: Callable[[Array], Array] = np.copy
) -> tuple[Array, Callable[[], Any]]:
    """The last result of a function at these numbers, and its call on buffers that are set once."""
    buffer, run = function.buffer()
    outputs = [np.zeros(function.nnz_out(k)) for k in range(function.n_out())]
    buffer.set_arg(0, memoryview(numbers))
    for k, y in enumerate(outputs):
        buffer.set_res(k, memoryview(y))
    kept = function, buffer, numbers, outputs  # whose memory the call reads and writes

    def call() -> Any:
        run()
        return kept

    call()
    return arranged(outputs[-1]), call


class _Mathematics:
    """The few functions that the problems need, by one name for both packages."""

    def __init__(self, package: Any) -> None:
        self.exp, self.log, self.sin = package.exp, package.log, package.sin


def installed(name: str) -> bool:
    return importlib.util.find_spec(name) is not None


def package_jax() -> tuple[Any, Any]:
    import jax

    jax.config.update("jax_enable_x64", True)
    return jax, jax.numpy


def package_torch() -> Any:
    import torch

    torch.set_num_threads(1)
    return torch
