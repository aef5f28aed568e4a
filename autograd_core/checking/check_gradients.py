"""Numerical derivatives, and the comparison of exact derivatives with them."""

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
from ..engine.trackers import Tracker
from ..engine.value import Value
from ..errors import callable_or_error, real
from ..primitives.reductions import unsettled
from ..pytree.core import Structure, build, flatten, leaf_names
from ..transforms import grad, gradients, jvp
from .differences import Slope, slopes
from .staircases import Replay, staircase
from .verdicts import agree, verdict

DEPTH = 1000.0  # operations one after the other, each of which rounds once more


def numerical_gradient(f: Callable[..., Any], x: Any, h: float = 1e-4) -> Any:
    """The gradient by central differences: (f(x + h) − f(x − h)) / 2h for each number in x.

    Its error is about h² f‴ / 6, plus the rounding error of f divided by h. At the best h, some
    eight digits are right.

    Args:
        f: a function of x that returns one number.
        x: a number, or nested lists, tuples, dicts or arrays of numbers.
        h: the step, in the unit of x; positive.

    Returns:
        The gradient, with the structure of x.

    Raises:
        ValueError: the step is not positive, or too small to change a number in x.
        TypeError: an argument or the result of f is not a real number.

    Example:
        >>> round(numerical_gradient(lambda x: x**3, 2.0), 6)
        12.0
    """
    numbers, structure = _numbers(x)
    h = real(h, "the step h")
    for number in numbers:
        if not number - h < number < number + h and math.isfinite(number):
            raise ValueError(
                "the step h must be positive and large enough to move every number in x, got "
                f"{h!r} for {number!r}; try {1e-4 * max(1.0, abs(number)):.0g}"
            )

    def slope(i: int, number: float) -> float:
        up, down = number + h, number - h
        above, below = (
            _plain(f(build(structure, [*numbers[:i], moved, *numbers[i + 1 :]], argument=True)))
            for moved in (up, down)
        )
        return (above - below) / (up - down)

    return build(structure, [slope(i, number) for i, number in enumerate(numbers)])


def check_gradients(
    f: Callable[..., Any], x: Any, *, order: int = 2, tolerance: float = 1e-6
) -> Any:
    """Compare the derivatives of f at x by three methods: backward, forward, and differences.

    The differences are extrapolated to a step of zero. A derivative is wrong if it is off by more
    than `tolerance`, relative to itself, and by more than the error of the differences. If rounding
    hides a small derivative, only the two sweeps are compared.

    If differences prove nothing, a RuntimeWarning says why: there is a jump, a kink (if the
    gradient lies between the slopes of the two sides), or they do not converge. If f is a
    staircase, as a bisection or `round(x, 6)` is, its slope is not that of the curve: this is
    wrong.

    Args:
        f: a function of x that returns one number.
        x: a number, or nested lists, tuples, dicts or arrays of numbers.
        order: 1 for the gradient only, 2 for the second derivatives too.
        tolerance: the relative error that is allowed; positive.

    Returns:
        The exact gradient, with the structure of x.

    Raises:
        AssertionError: derivatives are wrong. It names each by the path to its number in x.
        TypeError: f is not a function of real numbers that returns one.
        ValueError: `order` or `tolerance` is out of range.

    Example:
        >>> check_gradients(lambda w: w[0] * w[1] ** 2, [2.0, 3.0])
        [9.0, 12.0]

    Source: C. J. F. Ridders, "Accurate computation of F′(x) and F′(x) F″(x)", 1982.
    """
    callable_or_error(f, "check_gradients", "{0}(f, x)")
    if order not in (1, 2):
        raise ValueError(f"order is 1 or 2 (the second derivatives too), got {order!r}")
    if not real(tolerance, "the tolerance") > 0.0:
        raise ValueError(
            f"the tolerance is a positive number, relative to each derivative, got {tolerance!r}"
        )
    check = _Check(f, x, tolerance)
    exact = check.run(check.compare_all, (order,), {})
    losses = {loss.line[:2]: loss for loss in reversed(check.losses)}.values()
    if check.wrong:
        messages = [loss.message for loss in losses]
        raise AssertionError("\n".join(["the derivatives disagree", *check.wrong, *messages]))
    for loss in losses:
        loss.warn()
    for unproven in check.unproven:
        warnings.warn(unproven, RuntimeWarning, stacklevel=2)
    return exact


class _Check(Tracker):
    """The comparison of one function's derivatives at one point, and its findings."""

    losses: list[Any]

    def __init__(self, f: Callable[..., Any], x: Any, tolerance: float) -> None:
        self.numbers, self.structure = _numbers(x)
        self.f, self.names, self.tolerance = f, list(leaf_names(self.structure)), tolerance
        self.losses = []
        self.wrong: list[str] = []
        self.unproven: list[str] = []
        self.rough: set[int] = set()  # numbers along which f has no slope, nor its gradient

    def compare_all(self, order: int) -> Any:
        """The gradient, compared up to the order."""
        exact = grad(self.f)(build(self.structure, self.numbers, argument=True))
        with recorded():
            gradient = [_plain(g) for g in flatten(exact)[0]]
            _Order(self, ["∂f/"], lambda leaves: [self.result(leaves)], self.value, gradient)
            if order > 1 and not self.wrong:
                names = [f"∂²f/∂{name}" for name in self.names]
                _Order(self, names, self.gradient, self.gradient_near)
        return exact

    def leaves(self, i: int = -1, x: Any = None) -> list[Any]:
        """The numbers as Values, with x in the place of the i-th."""
        return [x if i == j else Value(number) for j, number in enumerate(self.numbers)]

    def result(self, leaves: list[Any]) -> Any:
        """The result of f."""
        return self.f(build(self.structure, leaves, argument=True))

    def gradient(self, leaves: list[Any]) -> list[Value]:
        """The gradient of f as Values, also of what f computes under `no_grad`."""
        return list(gradients(1.0 * self.result(leaves), leaves))

    def value(self, i: int, moved: float) -> list[float]:
        """f, with the i-th number moved."""
        with no_grad():
            return [_plain(self.result(self.leaves(i, Value(self.numbers[i] + moved))))]

    def gradient_near(self, i: int, moved: float) -> list[float]:
        """The gradient of f, with the i-th number moved."""
        numbers = [number + moved * (i == j) for j, number in enumerate(self.numbers)]
        gradient = grad(self.f)(build(self.structure, numbers, argument=True))
        return [_plain(g) for g in flatten(gradient)[0]]


class _Order:
    """The derivatives of one order: those of f, or those of its gradient.

    `graphs` computes what is differentiated from Values, and `curve(i, moved)` computes the same
    numbers near x. `backward` are the derivatives by the backward sweep, if these are known.
    """

    def __init__(
        self,
        check: _Check,
        names: list[str],
        graphs: Callable[[list[Any]], list[Any]],
        curve: Callable[[int, float], list[float]],
        backward: list[float] | None = None,
    ) -> None:
        self.check, self.names, self.graphs, self.curve = check, names, graphs, curve
        self.leaves = check.leaves()
        self.outputs = graphs(self.leaves)
        self.rounding = [_rounding(output, self.leaves) for output in self.outputs]
        self.backward = (
            [[h.data for h in gradients(g, self.leaves)] for g in self.outputs]
            if backward is None
            else [backward]
        )
        self.replays = [Replay(output) for output in self.outputs]
        for i in range(len(self.leaves)):
            if i in check.rough:
                continue
            found = len(check.wrong)
            self.compare(i)
            if len(check.wrong) == found and (check.suspicious or backward is not None):
                self.climb(i, check.unproven if backward is None else check.wrong)

    def near(self, curve: Callable[[int, float], list[float]], i: int) -> Any:
        """The curve along the i-th number. It is nan where a primitive of the user raises an error,
        as outside its domain.
        """

        def along(moved: float) -> list[float]:
            try:
                return curve(i, moved)
            except (ArithmeticError, ValueError):
                return [math.nan] * len(self.outputs)

        return cache(along)

    def forward(self, i: int, moved: float) -> list[float]:
        """The derivatives along the i-th number by the forward sweep."""
        x, check = self.check.numbers[i] + moved, self.check
        tangents = jvp(lambda x: self.graphs(check.leaves(i, x)), (x,), (1.0,))[1]
        return [*map(_plain, tangents)]

    def noise(self, i: int, moved: float) -> list[float]:
        """How the outputs round near x."""
        leaves = self.check.leaves(i, Value(self.check.numbers[i] + moved))
        return [_rounding(output, leaves)[0] for output in self.graphs(leaves)]

    def compare(self, i: int) -> None:
        """Compare both sweeps with differences along the i-th number."""
        check, x = self.check, self.check.numbers[i]
        backward = [row[i] for row in self.backward]
        negligible = check.tolerance * max([1.0, *[abs(g) for g in backward if math.isfinite(g)]])
        curve, noises = self.near(self.curve, i), [noise for noise, _ in self.rounding]
        found = slopes(curve, x, noises)
        finer: list[Slope] = []
        for j, (one, other, slope) in enumerate(
            zip(backward, self.forward(i, 0.0), found, strict=True)
        ):
            name, rounding = f"{self.names[j]}∂{check.names[i]}", self.rounding[j][1][i]
            kink = _kink(self.outputs[j])
            if kink and one != one and other != other:
                check.unproven.append(
                    f"{name} is nan: {kink}; differences along it give {slope.best}"
                )
                continue
            if not agree(one, other, rounding):
                check.wrong.append(_off(name, abs(one - other), one, other, slope))
                continue
            said = verdict(one, slope, check.tolerance, rounding, negligible)
            if (said.wrong or said.doubt) and abs(one - slope.best.value) <= negligible:
                # where terms cancel at x, but not near it, the curve rounds more near it
                finer = finer or slopes(curve, x, noises, self.near(self.noise, i))
                slope = finer[j]
                said = verdict(one, slope, check.tolerance, rounding, negligible)
            if said.wrong:
                check.wrong.append(_off(name, abs(one - slope.best.value), one, other, slope))
            elif said.doubt:
                check.unproven.append(f"{name} = {one!r} {said.doubt}")
            if said.wrong or said.doubt or not math.isfinite(one):
                check.rough.add(i)

    def climb(self, i: int, findings: list[str]) -> None:
        """Whether the outputs are staircases along the i-th number, with stairs shorter than the
        steps of the differences. Of a gradient this proves nothing: after a search, one step of
        Newton's method gives a right value and a wrong gradient.
        """
        curve, slope = self.near(self.curve, i), self.near(self.forward, i)
        for j, (name, replay) in enumerate(zip(self.names, self.replays, strict=True)):
            found = staircase(
                _entry(curve, j),
                _entry(slope, j),
                partial(replay.moved, self.leaves[i]),
                self.check.numbers[i],
                self.rounding[j][0],
            )
            if found is not None:
                findings.append(
                    f"{name}∂{self.check.names[i]} is that of a staircase: slope "
                    f"{self.backward[j][i]:.4g} here, {found}"
                )


def _entry(along: Callable[[float], list[float]], j: int) -> Callable[[float], float]:
    return lambda moved: along(moved)[j]


def _numbers(x: Any) -> tuple[list[float], Structure]:
    leaves, structure = flatten(x, "x")
    return [leaf.data if isinstance(leaf, Node) else leaf for leaf in leaves], structure


def _plain(x: Any) -> float:
    return x.data if isinstance(x, Node) else real(x, "the result")


def _rounding(output: Any, inputs: list[Value]) -> tuple[float, list[float]]:
    """How far rounding may move an output, ε Σ |∂output/∂node · node|, and its derivatives, ε Σ
    |products along the paths|.

    Where terms cancel, this is much more than the output and its derivatives themselves show.
    """
    reach: dict[Node, float] = {output: 1.0} if isinstance(output, Node) else {}
    total = 0.0
    for node in topological_order(output) if reach else ():
        g = reach.get(node, 0.0)
        if node.operation is not None:
            total += g * abs(node.data)
        for x, p in edges(node):
            if p is not None:
                reach[x] = reach.get(x, 0.0) + g * abs(p)
    epsilon = sys.float_info.epsilon
    value, *along = [
        bound if math.isfinite(bound) else 0.0
        for bound in (epsilon * total, *[DEPTH * epsilon * reach.get(x, 0.0) for x in inputs])
    ]
    return value, along


def _kink(output: Any) -> str:
    """The message on the kink that makes a derivative of the output nan, "" where there is none."""
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
