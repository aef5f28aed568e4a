"""Trust: numerical derivatives, and the comparison of exact ones with them."""

from __future__ import annotations

import math
import warnings
from collections.abc import Callable
from typing import Any

from .containers import flatten, paths
from .differences import slopes
from .errors import real
from .modes import no_grad
from .node import Node
from .transforms import grad, hessian, hvp, jvp
from .value import Value


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


def check_gradients(f: Callable[..., Any], x: Any, *, order: int = 2, tolerance: float = 1e-6) -> Any:
    """Compare the derivatives of f at x: backward, forward, and by extrapolated differences; return the exact gradient.

    An AssertionError names every derivative that is off, by the path to its number in x, and by how much: more than
    `tolerance`, relative to the largest, and than the differences may be off. `order` 2 compares the second
    derivatives too. A kink is no error: where the slopes from the left and from the right differ and the gradient lies
    between them, a RuntimeWarning says so.

    >>> check_gradients(lambda w: w[0] * w[1] ** 2, [2.0, 3.0])
    [9.0, 12.0]
    """
    check = _Check(f, x, tolerance)
    exact = grad(f)(check.at())
    check.first(_flat(exact))
    if order > 1 and not check.wrong and not check.kinks:
        check.second()
    if check.wrong:
        raise AssertionError("the derivatives disagree\n" + "\n".join(check.wrong))
    for kink in check.kinks:
        warnings.warn(kink, RuntimeWarning, stacklevel=2)
    return exact


class _Check:
    """The comparison of one function's derivatives at one point, and what it found."""

    def __init__(self, f: Callable[..., Any], x: Any, tolerance: float) -> None:
        leaves, self.build = flatten(x, "x")
        self.numbers = [real(leaf.data if isinstance(leaf, Node) else leaf, "a number in x") for leaf in leaves]
        self.f, self.names, self.tolerance = f, paths(x), tolerance
        self.wrong: list[str] = []
        self.kinks: list[str] = []

    def at(self, i: int = 0, moved: float = 0.0) -> Any:
        """x, with one of its numbers moved."""
        return self.build([number + moved * (i == j) for j, number in enumerate(self.numbers)])

    def value(self, x: Any) -> list[float]:
        """f(x) as the engine computes it: outside its domain nan, where Python raises or gives a complex number."""
        leaves, build = flatten(x)
        with no_grad():
            return [_plain(self.f(build([Value(leaf) for leaf in leaves])))]

    def direction(self, i: int) -> Any:
        return self.build([float(i == j) for j in range(len(self.numbers))])

    def first(self, backward: list[float]) -> None:
        """∂f/∂xᵢ by both sweeps, and by differences of f."""
        for i, name in enumerate(self.names):
            forward = _plain(jvp(self.f, (self.at(),), (self.direction(i),))[1])
            self.compare(i, [f"∂f/∂{name}"], [backward[i]], [forward], _largest(backward), self.value)

    def second(self) -> None:
        """∂²f/∂xᵢ∂xⱼ by both sweeps over the gradient, and by differences of the gradient."""
        n, every = len(self.numbers), _flat(hessian(self.f)(self.at()))
        for i, name in enumerate(self.names):
            forward = _flat(hvp(self.f, (self.at(),), (self.direction(i),))[0])
            names = [f"∂²f/∂{other}∂{name}" for other in self.names]
            self.compare(i, names, every[i::n], forward, _largest(every), lambda x: _flat(grad(self.f)(x)))

    def compare(
        self, i: int, names: list[str], backward: list[float], forward: list[float], scale: float, f: Callable[..., Any]
    ) -> None:
        """Both sweeps with each other, and with the differences of f along the i-th number."""
        allowed = self.tolerance * scale
        along = slopes(lambda moved: f(self.at(i, moved)), 0.02 * max(1.0, abs(self.numbers[i])))
        for name, one, other, slope in zip(names, backward, forward, along, strict=True):
            near = slope.best
            apart, off = abs(one - other), abs(one - near.value)
            sweeps_agree = apart <= 1e-9 * scale or one == other or (one != one and other != other)
            kink = slope.has_kink(allowed)
            near_enough = off <= allowed + 10.0 * near.error or (one != one and near.value != near.value)
            if sweeps_agree and near_enough and not kink:
                continue
            sides = f"from the left {slope.left}, from the right {slope.right}"
            if sweeps_agree and kink:
                low, high = sorted((slope.left.value, slope.right.value))
                if low - allowed <= one <= high + allowed:
                    self.kinks.append(f"{name} = {one!r} stands at a kink, where differences prove nothing: {sides}")
                    continue
            self.wrong.append(
                f"{name} is off by {max(apart, off):.3g}\n  backward     {one!r}\n  forward      {other!r}\n"
                f"  differences  {near}" + (f"\n  at a kink:   {sides}" if kink else "")
            )


def _flat(x: Any) -> list[float]:
    return [_plain(leaf) for leaf in flatten(x)[0]]


def _largest(numbers: list[float]) -> float:
    return max([1.0, *(abs(x) for x in numbers if math.isfinite(x))])
