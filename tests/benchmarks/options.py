"""`python -m tests.benchmarks.options`: Black-Scholes prices and greeks of 100,000 options in one
batch, beside NumPy by hand with SciPy's `ndtr`; and the gamma family, beside one call a sample.

All take turns in one process with one thread; a time is the median of the rounds, in seconds of the
processor.
"""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Callable
from typing import Any

import numpy as np

import autograd_core
from autograd_core import compiled, digamma, erf, gamma, grad, lgamma, sqrt, value_and_grad
from autograd_core.compiler.pipeline import Executable
from autograd_core.primitives.elementary import normal_cdf

from . import opponents
from .contest import BY_HAND, Contest, by_turns, executable_of, ours
from .handwritten import Array
from .worker import ONE_THREAD

OPTIONS, ROUNDS, GOAL = 100_000, 31, 0.8
RANGES = {
    "spot": (80.0, 120.0),
    "strike": (80.0, 120.0),
    "rate": (0.0, 0.1),
    "volatility": (0.1, 0.5),
    "years": (0.2, 2.0),
}


def price(cdf: Callable[[Any], Any], module: Any = autograd_core) -> Callable[..., Any]:
    """The price of a call, with the functions of a package."""

    def call(spot: Any, strike: Any, rate: Any, volatility: Any, years: Any) -> Any:
        deviation = volatility * module.sqrt(years)
        d1 = (module.log(spot / strike) + (rate + 0.5 * volatility**2) * years) / deviation
        d2 = d1 - deviation
        return spot * cdf(d1) - strike * module.exp(-rate * years) * cdf(d2)

    return call


def by_hand(spot: Any, strike: Any, rate: Any, volatility: Any, years: Any) -> Any:
    """The price, and its slopes by the arguments in their order."""
    from scipy.special import ndtr

    root = np.sqrt(years)
    deviation = volatility * root
    d1 = (np.log(spot / strike) + (rate + 0.5 * volatility * volatility) * years) / deviation
    d2 = d1 - deviation
    discount = np.exp(-rate * years)
    above, below = ndtr(d1), strike * discount * ndtr(d2)
    density = spot * np.exp(-0.5 * d1 * d1) * (1.0 / np.sqrt(2.0 * np.pi))
    theta = density * volatility / (2.0 * root) + rate * below
    return spot * above - below, (above, -below / strike, years * below, density * root, theta)


def contest() -> Contest:
    """The prices and greeks with `normal_cdf`, for every engine."""
    book = _book()
    pricing = price(normal_cdf)

    def numbers(found: Any) -> Array:
        value, slopes = found
        return np.concatenate([np.asarray(x) for x in (value, *slopes)])

    def our(backend: str) -> tuple[Array, Callable[[], Any]]:
        slopes = value_and_grad(pricing, range(len(book)))
        fast = compiled(slopes, batched=[*RANGES], backend=backend)
        return numbers(fast(*book)), lambda: fast(*book)

    def of(function: Callable[..., Any], backend: str) -> tuple[Executable, int]:
        made = compiled(function, batched=[*RANGES], backend=backend)
        made(*book)
        return executable_of(made), OPTIONS

    return Contest(
        "Black-Scholes: 100,000 prices and their greeks",
        {"numpy": GOAL, "native": 0.8},
        {
            BY_HAND: lambda: (numbers(by_hand(*book)), lambda: by_hand(*book)),
            **ours(our),
            "jax jit": lambda: _in_jax(book, numbers),
            "torch": lambda: _in_torch(book),
            "CasADi": lambda: _in_casadi(book),
        },
        lambda backend: of(value_and_grad(pricing, range(len(book))), backend),
        lambda backend: of(pricing, backend),
    )


def _in_jax(book: list[Array], numbers: Callable[[Any], Array]) -> tuple[Array, Callable[[], Any]]:
    jax, _ = opponents.package_jax()
    pricing = price(jax.scipy.special.ndtr, jax.numpy)
    every = jax.jit(jax.vmap(jax.value_and_grad(pricing, range(len(book)))))
    given = [jax.numpy.asarray(x) for x in book]
    return numbers(every(*given)), lambda: jax.block_until_ready(every(*given))


def _in_torch(book: list[Array]) -> tuple[Array, Callable[[], Any]]:
    torch = opponents.package_torch()
    given = [torch.tensor(x, requires_grad=True) for x in book]

    def run() -> Any:
        value = price(torch.special.ndtr, torch)(*given)
        return [value.detach(), *torch.autograd.grad(value.sum(), given)]

    return torch.cat(run()).numpy(), run


def _in_casadi(book: list[Array]) -> tuple[Array, Callable[[], Any]]:
    """Its function for one option, mapped over all of them."""
    import casadi

    given = casadi.SX.sym("x", len(book))
    pricing = price(lambda x: 0.5 * (1.0 + casadi.erf(x / np.sqrt(2.0))), casadi)
    value = pricing(*casadi.vertsplit(given))
    results = casadi.vertcat(value, casadi.gradient(value, given))
    return opponents.called_casadi(
        casadi.Function("f", [given], [results]).map(OPTIONS),
        np.stack(book, 1).ravel(),
        lambda found: found.reshape(OPTIONS, -1).T.ravel(),
    )


def _book() -> list[Array]:
    random = np.random.default_rng(0)
    return [random.uniform(*limits, OPTIONS) for limits in RANGES.values()]


def options() -> dict[str, Callable[[], Any]]:
    book = _book()
    formulas = {"normal_cdf": normal_cdf, "erf": lambda x: 0.5 * (1.0 + erf(x / sqrt(2.0)))}
    steps: dict[str, Callable[[], Any]] = {"NumPy by hand": lambda: by_hand(*book)}
    for name, cdf in formulas.items():
        fast = compiled(value_and_grad(price(cdf), range(len(book))), batched=[*RANGES])
        steps[name] = lambda fast=fast: fast(*book)  # type: ignore[misc]
    value, greeks = by_hand(*book)
    for step in steps.values():
        found, slopes = step()
        for x, y in zip((found, *slopes), (value, *greeks), strict=True):
            assert abs(x - y).max() < 1e-11
    return steps


def report_gamma() -> None:
    xs = np.random.default_rng(0).uniform(0.1, 10.0, OPTIONS)
    for f in (gamma, lgamma, digamma):
        fast, eager = compiled(value_and_grad(f), batched=["x"]), grad(f)
        fast(xs)
        steps = {"batch": lambda fast=fast: fast(xs), "eager": lambda eager=eager: [*map(eager, xs[:200].tolist())]}  # fmt: skip
        times = by_turns(steps, 5, time.process_time)
        batch, one = times["batch"] / len(xs), times["eager"] / 200
        print(
            f"  {f.name:12}{1e9 * batch:>8.0f} ns a sample{one / batch:>8.0f} times as fast as eager"
        )


def main() -> int:
    if not os.environ.items() >= ONE_THREAD.items():  # NumPy reads it when it is loaded
        command = [sys.executable, "-m", __spec__.name]
        return subprocess.call(command, env=os.environ | ONE_THREAD)
    times = by_turns(options(), ROUNDS, time.process_time)
    hand = times["NumPy by hand"]
    print(f"{OPTIONS:,} options with greeks")
    for name, seconds in times.items():
        goal = f"   goal {GOAL} ×" if name in ("normal_cdf", "erf") else ""
        print(f"  {name:16}{1e3 * seconds:>8.2f} ms{seconds / hand:>8.2f} ×{goal}")
    print("value and slope of the gamma family")
    report_gamma()
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
