"""Trust: numerical derivatives, and the comparison of exact ones with them."""

from __future__ import annotations

import math
import warnings
from collections.abc import Callable
from typing import Any

from .containers import flatten, paths
from .differences import Estimate, Slope, slopes
from .errors import real
from .modes import no_grad
from .node import Node
from .transforms import grad, hessian, jvp
from .value import Value

TINY = 1e-300  # below it floats have few digits


def numerical_gradient(f: Callable[..., Any], x: Any, h: float = 1e-4) -> Any:
    """The gradient by central differences, (f(x + h) − f(x − h)) / 2h for each number in x, with the structure of x.

    Its error is about h² f‴ / 6 plus the rounding of f divided by h: some eight digits at the best h.

    >>> round(numerical_gradient(lambda x: x**3, 2.0), 6)
    12.0
    """
    leaves, build = flatten(x, "x")
    numbers = [real(leaf.data if isinstance(leaf, Node) else leaf, "a number in x") for leaf in leaves]
    h = real(h, "the step h")
    for number in numbers:
        if not number - h < number < number + h and math.isfinite(number):
            raise ValueError(
                f"the step h must be positive and large enough to move every number in x, got {h!r} for {number!r}; "
                f"try {1e-4 * max(1.0, abs(number)):.0g}"
            )
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
    `tolerance`, relative to itself, and than the differences may be off. `order` 2 compares the second derivatives too.
    Where differences prove nothing, a RuntimeWarning says so, and why: at a kink, if the gradient lies between the slopes
    from the left and from the right; at a jump; and where they do not settle.

    >>> check_gradients(lambda w: w[0] * w[1] ** 2, [2.0, 3.0])
    [9.0, 12.0]
    """
    if order not in (1, 2):
        raise ValueError(f"order is 1 or 2 (the second derivatives too), got {order!r}")
    if not real(tolerance, "the tolerance") > 0.0:
        raise ValueError(f"the tolerance is a positive number, relative to each derivative, got {tolerance!r}")
    check = _Check(f, x, tolerance)
    exact = grad(f)(check.at())
    check.first(_flat(exact))
    if order > 1 and not check.wrong:
        check.second()
    if check.wrong:
        raise AssertionError("the derivatives disagree\n" + "\n".join(check.wrong))
    for unproven in check.unproven:
        warnings.warn(unproven, RuntimeWarning, stacklevel=2)
    return exact


class _Check:
    """The comparison of one function's derivatives at one point, and what it found."""

    def __init__(self, f: Callable[..., Any], x: Any, tolerance: float) -> None:
        leaves, self.build = flatten(x, "x")
        self.numbers = [real(leaf.data if isinstance(leaf, Node) else leaf, "a number in x") for leaf in leaves]
        self.f, self.names, self.tolerance = f, paths(x), tolerance
        self.wrong: list[str] = []
        self.unproven: list[str] = []
        self.rough: set[int] = set()  # along these numbers f has no slope, so its gradient is not compared along them

    def at(self, i: int = 0, moved: Any = 0.0) -> Any:
        """x, with one of its numbers moved."""
        return self.build([number + moved if i == j else number for j, number in enumerate(self.numbers)])

    def value(self, x: Any) -> list[float]:
        """f(x) as the engine computes it: outside its domain nan, where Python raises or gives a complex number."""
        leaves, build = flatten(x)
        with no_grad():
            return [_plain(self.f(build([Value(leaf) for leaf in leaves])))]

    def first(self, backward: list[float]) -> None:
        """∂f/∂xᵢ by both sweeps, and by differences of f."""
        for i, name in enumerate(self.names):
            forward = _plain(jvp(lambda moved, i=i: self.f(self.at(i, moved)), (0.0,), (1.0,))[1])
            self.compare(i, [f"∂f/∂{name}"], [backward[i]], [forward], _largest(backward), self.value)

    def second(self) -> None:
        """∂²f/∂xᵢ∂xⱼ by both sweeps over the gradient, and by differences of the gradient."""
        n, every = len(self.numbers), _flat(hessian(self.f)(self.at()))
        for i in {*range(n)} - self.rough:
            forward = jvp(lambda moved, i=i: flatten(grad(self.f)(self.at(i, moved)))[0], (0.0,), (1.0,))[1]
            names = [f"∂²f/∂{other}∂{self.names[i]}" for other in self.names]
            self.compare(i, names, every[i::n], forward, _largest(every), lambda x: _flat(grad(self.f)(x)))

    def compare(
        self, i: int, names: list[str], backward: list[float], forward: list[float], scale: float, f: Callable[..., Any]
    ) -> None:
        """Both sweeps with each other, and with the differences of f along the i-th number."""
        along = slopes(lambda moved: f(self.at(i, moved)), self.numbers[i])
        for name, one, other, slope in zip(names, backward, forward, along, strict=True):
            allowed = self.tolerance * _largest([one, slope.best.value]) + 1e-12 * scale + TINY
            apart = abs(one - other)
            if not (
                apart <= 1e-9 * max(abs(one), abs(other)) + 1e-12 * scale + TINY
                or one == other
                or (one != one and other != other)
            ):
                self.wrong.append(_off(name, apart, one, other, slope))
                continue
            doubt, error = _judged(one, slope, allowed, self.tolerance * max(1.0, scale))
            if error:
                self.wrong.append(_off(name, abs(one - slope.best.value), one, other, slope))
            elif doubt:
                self.unproven.append(f"{name} = {one!r} {doubt}")
            if doubt or error or not math.isfinite(one):
                self.rough.add(i)


def _judged(x: float, slope: Slope, allowed: float, silent: float) -> tuple[str, bool]:
    """What keeps differences from proving that x is the derivative (empty where they do), and whether x is wrong.

    Differences that are less certain than `silent` and than a thousandth of x prove nothing.
    """
    best, sides = slope.best, f"from the left {slope.left}, from the right {slope.right}"
    if best.value != best.value:
        return "is not compared: there are no finite differences here", False

    def near(estimate: Estimate) -> bool:
        return x == estimate.value or abs(x - estimate.value) <= allowed + 10.0 * estimate.error

    if slope.jump:
        smooth = [side for side in (slope.left, slope.right) if side.error <= max(allowed, silent)]
        wrong = bool(smooth) and not any(near(side) for side in smooth)
        return f"stands at a jump of {slope.jump:.3g}, where differences prove nothing: {sides}", wrong
    if slope.has_kink(allowed):
        low, high = sorted((slope.left.value, slope.right.value))
        return f"stands at a kink, where differences prove nothing: {sides}", not low - allowed <= x <= high + allowed
    uncertain = 10.0 * best.error > max(silent, 1e-3 * abs(best.value)) or math.isinf(best.value)
    if near(best):
        return ("" if x == best.value or not uncertain else f"is not proven: the differences do not settle, {sides}"), False
    if uncertain and (math.isinf(x) or math.isinf(best.value)):
        return f"is not proven: the differences do not settle, {sides}", False
    return "", True


def _off(name: str, off: float, one: float, other: float, slope: Slope) -> str:
    lines = [f"{name} is off by {off:.3g}" if math.isfinite(off) else f"{name} is {one!r}"]
    lines += [f"  backward     {one!r}", f"  forward      {other!r}", f"  differences  {slope.best}"]
    if slope.jump or slope.has_kink(0.0):
        lines.append(f"  at a {'jump' if slope.jump else 'kink'}:   from the left {slope.left}, from the right {slope.right}")
    return "\n".join(lines)


def _flat(x: Any) -> list[float]:
    return [_plain(leaf) for leaf in flatten(x)[0]]


def _largest(numbers: list[float]) -> float:
    return max([abs(x) for x in numbers if math.isfinite(x)], default=0.0)
