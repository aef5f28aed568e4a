"""The digits of other libraries at the same hard points: `python -m tests.engine.accuracy_of_peers`
prints a line for each.

A peer is measured on the functions that it offers under a name of its own, and on what those make
in one line. A derivative that it refuses (PyTorch has no second one of a few) is not counted; one
that raises an error is doubtful.
"""

from __future__ import annotations

import importlib
import math
import warnings
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from typing import Any

from .accuracy import load, score, totals

Function = Callable[..., Any]
Derivatives = Callable[[Function, Sequence[float]], list[Any]]

SPELLED = {
    "asin": "arcsin",
    "acos": "arccos",
    "atan": "arctan",
    "asinh": "arcsinh",
    "acosh": "arccosh",
    "atanh": "arctanh",
}
SPELLED |= {
    "atan2": "arctan2",
    "pow": "power",
    "div": "divide",
    "mul": "multiply",
    "logsigmoid": "log_sigmoid",
}
SPELLED |= {"softsign": "soft_sign", "lgamma": "gammaln"}


def torch() -> tuple[Callable[[str], Function | None], Derivatives]:
    torch = importlib.import_module("torch")
    own: dict[str, Function] = {
        "xlogx": lambda x: torch.special.xlogy(x, x),
        "normal_logpdf": lambda x: torch.distributions.Normal(
            0.0 * x.detach(), 1.0, validate_args=False
        ).log_prob(x),
        "bce_with_logits": torch.nn.functional.binary_cross_entropy_with_logits,
        "pow_int": torch.pow,
    }

    def derivatives(f: Function, point: Sequence[float]) -> list[Any]:
        xs = [torch.tensor(x, dtype=torch.float64, requires_grad=True) for x in point]
        y = f(*xs)

        def slopes(y: Any, keep: bool) -> list[Any]:
            if not y.requires_grad:
                return [torch.zeros(())] * len(xs)
            try:
                found = torch.autograd.grad(
                    y, xs, retain_graph=True, create_graph=keep, allow_unused=True
                )
            except (NotImplementedError, RuntimeError):
                return [None] * len(xs)
            return [torch.zeros(()) if g is None else g for g in found]

        first = slopes(y, True)
        second = [slopes(g, False)[i:] for i, g in enumerate(first)]
        return [
            None if v is None else v.item()
            for v in (y, *first, *(g for row in second for g in row))
        ]

    return _among(own, torch, torch.nn.functional, torch.special), derivatives


def jax() -> tuple[Callable[[str], Function | None], Derivatives]:
    jax = importlib.import_module("jax")
    jax.config.update("jax_enable_x64", True)
    jax.config.update("jax_platforms", "cpu")
    special = importlib.import_module("jax.scipy.special")
    own: dict[str, Function] = {
        "rsqrt": jax.lax.rsqrt,
        "gelu": lambda x: jax.nn.gelu(x, approximate=False),
        "xlogx": lambda x: special.xlogy(x, x),
        "normal_logpdf": importlib.import_module("jax.scipy.stats").norm.logpdf,
        "bce_with_logits": lambda x, y: (
            jax.numpy.maximum(x, 0) - x * y + jax.numpy.log1p(jax.numpy.exp(-jax.numpy.abs(x)))
        ),
        "pow_int": lambda x, n: x**n,
    }
    return _among(own, jax.numpy, jax.nn, special), _by_grad(jax.grad)


def autograd() -> tuple[Callable[[str], Function | None], Derivatives]:
    autograd, np = importlib.import_module("autograd"), importlib.import_module("autograd.numpy")
    special, norm = (
        importlib.import_module("autograd.scipy.special"),
        importlib.import_module("autograd.scipy.stats").norm,
    )
    np.seterr(all="ignore")
    own: dict[str, Function] = {
        "rsqrt": lambda x: 1.0 / np.sqrt(x),
        "sigmoid": special.expit,
        "logsigmoid": lambda x: -np.logaddexp(0.0, -x),
        "softplus": lambda x: np.logaddexp(0.0, x),
        "silu": lambda x: x * special.expit(x),
        "gelu": lambda x: x * norm.cdf(x, 0.0, 1.0),
        "relu": lambda x: np.maximum(x, 0.0),
        "softsign": lambda x: x / (1.0 + np.abs(x)),
        "xlogx": lambda x: x * np.log(x),
        "normal_logpdf": lambda x: norm.logpdf(x, 0.0, 1.0),
        "bce_with_logits": lambda x, y: np.logaddexp(0.0, x) - x * y,
        "pow_int": lambda x, n: x**n,
    }
    by_grad = _by_grad(autograd.grad)
    find = _among(own, np, special)
    without_rule = {"cbrt", "hypot", "xlogy"}  # it has the name, and no derivative for it
    return lambda name: None if name in without_rule else find(name), by_grad


def _among(own: dict[str, Function], *modules: Any) -> Callable[[str], Function | None]:
    def find(name: str) -> Function | None:
        spellings = (name, SPELLED.get(name, name))
        named = (getattr(module, spelling, None) for module in modules for spelling in spellings)
        return own.get(name) or next((f for f in named if f is not None), None)

    return find


def _by_grad(grad: Callable[..., Function]) -> Derivatives:
    def derivatives(f: Function, point: Sequence[float]) -> list[Any]:
        first = [grad(f, i) for i in range(len(point))]
        second = [grad(g, j) for i, g in enumerate(first) for j in range(i, len(point))]
        found = []
        for g in (f, *first, *second):
            try:
                found.append(float(g(*point)))
            except Exception:
                found.append(math.nan)
        return found

    return derivatives


def measured(
    peer: Callable[[], tuple[Callable[[str], Function | None], Derivatives]],
) -> list[Counter[str]]:
    """How often each verdict was given, at order 0, 1 and 2."""
    find, derivatives = peer()
    return totals(
        {
            name: score(rows, f, derivatives)
            for name, rows in load().items()
            if (f := find(name)) is not None
        }
    )


def lines() -> Iterator[str]:
    yield "| | within 4 ulp: value | first | second | doubtful: value | first | second |"
    yield "|---|---:|---:|---:|---:|---:|---:|"
    for peer in (torch, autograd, jax):
        try:
            counts = measured(peer)
        except ImportError:
            yield f"| {peer.__name__} is not installed |"
            continue
        shares = [
            100.0 * count[word] / count.total()
            for word in ("right", "doubtful")
            for count in counts
        ]
        yield f"| {peer.__name__} | " + " | ".join(f"{share:.1f} %" for share in shares) + " |"


if __name__ == "__main__":
    warnings.simplefilter("ignore")
    for line in lines():
        print(line, flush=True)
