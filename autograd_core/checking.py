"""Trust: numerical derivatives, and the comparison of exact ones with them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from .containers import flatten
from .errors import real
from .node import Node
from .transforms import grad, jvp


def numerical_gradient(f: Callable[..., Any], x: Any, h: float = 1e-4) -> Any:
    """The gradient by central differences, (f(x + h) − f(x − h)) / 2h for each number in x, with the structure of x.

    Its error is about h² f‴ / 6 plus the rounding of f divided by h: some eight digits at the best h.

    >>> round(numerical_gradient(lambda x: x**3, 2.0), 6)
    12.0
    """
    leaves, build = flatten(x, "x")
    numbers = [real(leaf.data if isinstance(leaf, Node) else leaf, "a number in x") for leaf in leaves]
    return build([_central(f, build, numbers, i, h) for i in range(len(numbers))])


def _central(f: Callable[..., Any], build: Callable[[Any], Any], numbers: list[float], i: int, h: float) -> float:
    above, below = list(numbers), list(numbers)
    above[i] += h
    below[i] -= h
    return (_plain(f(build(above))) - _plain(f(build(below)))) / (above[i] - below[i])


def _plain(x: Any) -> float:
    return x.data if isinstance(x, Node) else real(x, "the result")


def check_gradients(f: Callable[..., Any], x: Any, *, h: float = 1e-4, tolerance: float = 1e-6) -> Any:
    """Compare the exact gradient of f at x, backward and forward, with central differences; return the exact one.

    An AssertionError names every number in x whose derivative is off by more than `tolerance`, relative to the
    largest derivative, and by how much.

    >>> check_gradients(lambda w: w[0] * w[1] ** 2, [2.0, 3.0])
    [9.0, 12.0]
    """
    exact = grad(f)(x)
    backward, build = flatten(exact)
    numerical, _ = flatten(numerical_gradient(f, x, h))
    n = len(backward)
    forward = [jvp(f, (x,), (build([float(i == j) for j in range(n)]),))[1] for i in range(n)]
    scale = max([1.0, *(abs(_plain(g)) for g in backward)])
    lines = []
    for i in range(n):
        for name, other in (("forward sweep", forward[i]), ("differences", numerical[i])):
            error = abs(_plain(backward[i]) - _plain(other))
            if not error <= tolerance * scale:
                lines.append(f"number {i}: backward {_plain(backward[i])!r}, {name} {_plain(other)!r}, apart by {error:.3g}")
    if lines:
        raise AssertionError("the gradient disagrees (a kink near x, or a wrong rule?):\n" + "\n".join(lines))
    return exact
