"""Trust: numerical derivatives, and the comparison of exact ones with them."""

from __future__ import annotations

import math
import sys
import warnings
from collections.abc import Callable
from functools import cache, partial
from typing import Any

from ..engine.context import no_grad, recorded
from ..engine.node import Node, edges
from ..engine.sweeps import topological_order
from ..engine.value import Value
from ..engine.watches import Watch
from ..errors import callable_or_error, real
from ..primitives.reductions import unsettled
from ..pytree.core import Structure, build, flatten, paths
from ..transforms import grad, gradients, jvp
from .differences import Slope, slopes
from .staircases import Replay, staircase
from .verdicts import agree, verdict

DEPTH = 1000.0  # operations one after the other, each of which rounds once more


def numerical_gradient(f: Callable[..., Any], x: Any, h: float = 1e-4) -> Any:
    """The gradient by central differences, (f(x + h) − f(x − h)) / 2h for each number in x, with
    the structure of x.

    Its error is about h² f‴ / 6 plus the rounding of f divided by h: some eight digits at the best
    h.

    >>> round(numerical_gradient(lambda x: x**3, 2.0), 6)
    12.0
    """
    numbers, structure = _numbers(x)
    h = real(h, "the step h")
    for number in numbers:
        if not number - h < number < number + h and math.isfinite(number):
            raise ValueError(
                "the step h must be positive and large enough to move every number in x, got "
                f"{h!r} for {number!r}; "
                f"try {1e-4 * max(1.0, abs(number)):.0g}"
            )
    return build(structure, [_central(f, structure, numbers, i, h) for i in range(len(numbers))])


def _central(
    f: Callable[..., Any], structure: Structure, numbers: list[float], i: int, h: float
) -> float:
    above, below = list(numbers), list(numbers)
    above[i] += h
    below[i] -= h
    rise = _plain(f(build(structure, above, argument=True))) - _plain(
        f(build(structure, below, argument=True))
    )
    return rise / (above[i] - below[i])


def _plain(x: Any) -> float:
    return x.data if isinstance(x, Node) else real(x, "the result")


def check_gradients(
    f: Callable[..., Any], x: Any, *, order: int = 2, tolerance: float = 1e-6
) -> Any:
    """Compare the derivatives of f at x: backward, forward, and by extrapolated differences; return
    the exact gradient.

    An AssertionError names every derivative that is off, by the path to its number in x, and by how
    much: more than `tolerance`, relative to itself, and than the differences may be off, which is
    what the rounding of f leaves of them. One that rounding hides, of no more than `tolerance`
    times the largest and 1, is held to the two sweeps alone. `order` 2 compares the second
    derivatives too. Where differences prove nothing, a RuntimeWarning says so, and why: at a kink,
    if the gradient lies between the slopes from the left and from the right; at a jump; and where
    they do not settle. Longer steps tell a staircase, as of a bisection or `round(x, 6)`, whose
    slope here is not that of the curve: an AssertionError. The kink that makes a second derivative
    nan is named.

    >>> check_gradients(lambda w: w[0] * w[1] ** 2, [2.0, 3.0])
    [9.0, 12.0]
    """
    callable_or_error(f, "check_gradients", "{0}(f, x)")
    if order not in (1, 2):
        raise ValueError(f"order is 1 or 2 (the second derivatives too), got {order!r}")
    if not real(tolerance, "the tolerance") > 0.0:
        raise ValueError(
            f"the tolerance is a positive number, relative to each derivative, got {tolerance!r}"
        )
    check = _Check(f, x, tolerance)
    exact = check.run(check.all, (order,), {})
    lost = {(one.file, one.line): one for one in reversed(check.told)}.values()
    if check.wrong:
        raise AssertionError(
            "\n".join(["the derivatives disagree", *check.wrong, *[one.message for one in lost]])
        )
    for one in lost:
        one.warn()
    for unproven in check.unproven:
        warnings.warn(unproven, RuntimeWarning, stacklevel=2)
    return exact


class _Check(Watch):
    """The comparison of one function's derivatives at one point, and what it found."""

    told: list[Any]

    def __init__(self, f: Callable[..., Any], x: Any, tolerance: float) -> None:
        self.numbers, self.structure = _numbers(x)
        self.f, self.names, self.tolerance = f, list(paths(self.structure)), tolerance
        # where gradients are lost: of all the points at which f is differentiated once
        self.told = []
        self.wrong: list[str] = []
        self.unproven: list[str] = []
        self.rough: set[int] = (
            set()
        )  # along these numbers f has no slope, so its gradient is not compared along them

    def all(self, order: int) -> Any:
        """The gradient, compared at both orders."""
        exact = grad(self.f)(self.at())
        with recorded():
            self.first([_plain(g) for g in flatten(exact)[0]])
            if order > 1 and not self.wrong:
                self.second()
        return exact

    def at(self, i: int = 0, moved: float = 0.0) -> Any:
        """x, with one of its numbers moved."""
        moved_one = [number + moved * (i == j) for j, number in enumerate(self.numbers)]
        return build(self.structure, moved_one, argument=True)

    def leaves(self, i: int = -1, x: Any = None) -> list[Any]:
        """The numbers as Values, with x in the place of the i-th."""
        return [x if i == j else Value(number) for j, number in enumerate(self.numbers)]

    def result(self, leaves: list[Any]) -> Any:
        return self.f(build(self.structure, leaves, argument=True))

    def first(self, backward: list[float]) -> None:
        """∂f/∂xᵢ by both sweeps, and by differences of f."""
        leaves = self.leaves()
        output = self.result(leaves)
        noise, rounding = _rounding(output, leaves)
        graph = Replay(output)
        for i, name in enumerate(self.names):
            forward = _plain(
                jvp(lambda x, i=i: self.result(self.leaves(i, x)), (self.numbers[i],), (1.0,))[1]
            )
            before = len(self.wrong)
            self.compare(
                i,
                [f"∂f/∂{name}"],
                [(backward[i], forward, rounding[i])],
                self.value,
                [noise],
                [_kink(output)],
                lambda leaves: [self.result(leaves)],
            )
            if len(self.wrong) == before:
                self.climb(i, name, backward[i], noise, graph, leaves[i])

    def climb(
        self, i: int, name: str, slope: float, noise: float, graph: Replay, leaf: Value
    ) -> None:
        """Whether f has stairs along xᵢ, shorter than its steps and longer than those that
        differences end with.
        """
        x = self.numbers[i]
        found = staircase(
            lambda moved: self.value(i, moved)[0],
            lambda moved: self.gradient(i, moved)[i],
            partial(_moved, graph, leaf),
            x,
            noise,
        )
        if found is not None:
            self.wrong.append(f"∂f/∂{name} is that of a staircase: slope {slope:.4g} here, {found}")

    def second(self) -> None:
        """∂²f/∂xᵢ∂xⱼ by both sweeps over the gradient, and by differences of the gradient."""
        leaves = self.leaves()
        gradient = self.slopes(leaves)
        rounding = [_rounding(g, leaves) for g in gradient]
        backward = [[h.data for h in gradients(g, leaves)] for g in gradient]
        kinks = [_kink(g) for g in gradient]
        for i in {*range(len(leaves))} - self.rough:
            forward = map(
                _plain,
                jvp(lambda x, i=i: self.slopes(self.leaves(i, x)), (self.numbers[i],), (1.0,))[1],
            )
            names = [f"∂²f/∂{other}∂{self.names[i]}" for other in self.names]
            sweeps = [
                (row[i], other, terms[i])
                for row, other, (_, terms) in zip(backward, forward, rounding, strict=True)
            ]
            before, noises = len(self.wrong), [noise for noise, _ in rounding]
            self.compare(i, names, sweeps, self.gradient, noises, kinks, self.slopes)
            if self.suspicious and len(self.wrong) == before:
                self.climb_slopes(i, names, gradient, noises, leaves[i])

    def climb_slopes(
        self, i: int, names: list[str], gradient: list[Value], noises: list[float], leaf: Value
    ) -> None:
        """Whether the gradient has such stairs along xᵢ: of a table that is honest, of one step of
        Newton's method after a search it is not, so a warning tells.
        """
        x = self.numbers[i]
        along = cache(partial(self.gradient, i))

        @cache
        def curvature(moved: float) -> list[float]:
            slope = jvp(lambda x: self.slopes(self.leaves(i, x)), (x + moved,), (1.0,))[1]
            return [*map(_plain, slope)]

        for j, (name, g, noise) in enumerate(zip(names, gradient, noises, strict=True)):
            found = staircase(
                partial(_entry, along, j),
                partial(_entry, curvature, j),
                partial(_moved, Replay(g), leaf),
                x,
                noise,
            )
            if found is not None:
                slope = f"{curvature(0.0)[j]:.4g}"
                self.unproven.append(f"{name} is that of a staircase: {slope} here, {found}")

    def slopes(self, leaves: list[Any]) -> list[Value]:
        """The gradient as Values, which can be differentiated again."""
        return list(
            gradients(1.0 * self.result(leaves), leaves)
        )  # also of what f computed under no_grad

    def value(self, i: int, moved: float) -> list[float]:
        """f beside x as the engine computes it; nan where a row of one's own raises, as outside
        its domain.
        """
        try:
            with no_grad():
                return [_plain(self.result(self.leaves(i, Value(self.numbers[i] + moved))))]
        except (ArithmeticError, ValueError):
            return [math.nan]

    def gradient(self, i: int, moved: float) -> list[float]:
        """Its gradient there."""
        try:
            return [_plain(g) for g in flatten(grad(self.f)(self.at(i, moved)))[0]]
        except (ArithmeticError, ValueError):
            return [math.nan] * len(self.numbers)

    def compare(
        self,
        i: int,
        names: list[str],
        sweeps: list[tuple[float, float, float]],
        curve: Callable[[int, float], list[float]],
        noises: list[float],
        kinks: list[str],
        graphs: Callable[[list[Any]], list[Any]],
    ) -> None:
        """What the backward and the forward sweep gave, and how far rounding may part them,
        with differences along xᵢ.

        Where terms cancel at x and not beside it, the `graphs` there tell how the curve rounds.
        """

        def noise(moved: float) -> list[float]:
            leaves = self.leaves(i, Value(self.numbers[i] + moved))
            try:
                return [_rounding(output, leaves)[0] for output in graphs(leaves)]
            except (ArithmeticError, ValueError):
                return [0.0] * len(names)

        again: list[Slope] = []
        negligible = self.tolerance * max(
            [1.0, *(abs(one) for one, _, _ in sweeps if math.isfinite(one))]
        )
        along = slopes(lambda moved: curve(i, moved), self.numbers[i], noises)
        for j, (name, (one, other, rounding), slope, kink) in enumerate(
            zip(names, sweeps, along, kinks, strict=True)
        ):
            if kink and one != one and other != other:
                self.unproven.append(
                    f"{name} is nan: {kink}; differences along it give {slope.best}"
                )
                continue
            if not agree(one, other, rounding):
                self.wrong.append(_off(name, abs(one - other), one, other, slope))
                continue
            found = verdict(one, slope, self.tolerance, rounding, negligible)
            if (found.wrong or found.doubt) and abs(one - slope.best.value) <= negligible:
                again = again or slopes(
                    lambda moved: curve(i, moved), self.numbers[i], noises, noise
                )
                slope = again[j]
                found = verdict(one, slope, self.tolerance, rounding, negligible)
            if found.wrong:
                self.wrong.append(_off(name, abs(one - slope.best.value), one, other, slope))
            elif found.doubt:
                self.unproven.append(f"{name} = {one!r} {found.doubt}")
            if found.wrong or found.doubt or not math.isfinite(one):
                self.rough.add(i)


def _numbers(x: Any) -> tuple[list[float], Structure]:
    leaves, structure = flatten(x, "x")
    return [leaf.data if isinstance(leaf, Node) else leaf for leaf in leaves], structure


def _entry(curve: Callable[[float], list[float]], j: int, moved: float) -> float:
    return curve(moved)[j]


def _moved(graph: Replay, leaf: Value, moved: float) -> float:
    return graph(leaf, leaf.data + moved)


def _rounding(output: Any, inputs: list[Value]) -> tuple[float, list[float]]:
    """How far rounding may move an output, ε Σ |∂output/∂node · node|, and its derivatives, ε Σ
    |products along the paths|.

    Where terms cancel this is much more than the output and its derivatives themselves show.
    """
    reach: dict[Node, float] = {output: 1.0} if isinstance(output, Node) else {}
    moved = 0.0
    for node in topological_order(output) if reach else ():
        g = reach.get(node, 0.0)
        if node.operation is not None:
            moved += g * abs(node.data)
        for x, p in edges(node):
            if p is not None:
                reach[x] = reach.get(x, 0.0) + g * abs(p)
    epsilon = sys.float_info.epsilon
    along = [DEPTH * epsilon * reach.get(x, 0.0) for x in inputs]
    return epsilon * moved if math.isfinite(moved) else 0.0, [
        a if math.isfinite(a) else 0.0 for a in along
    ]


def _kink(output: Any) -> str:
    """The kink that makes a derivative of the output nan, where there is one."""
    order = topological_order(output) if isinstance(output, Node) else []
    return next((node.label for node in order if node.operation is unsettled), "")


def _off(name: str, off: float, one: float, other: float, slope: Slope) -> str:
    lines = [f"{name} is off by {off:.3g}" if math.isfinite(off) else f"{name} is {one!r}"]
    lines += [
        f"  backward     {one!r}",
        f"  forward      {other!r}",
        f"  differences  {slope.best}",
    ]
    if slope.jump or slope.has_kink(0.0):
        lines.append(
            f"  at a {'jump' if slope.jump else 'kink'}:   from the left {slope.left}, from the "
            f"right {slope.right}"
        )
    return "\n".join(lines)
