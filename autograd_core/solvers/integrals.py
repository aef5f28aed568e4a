"""Integrals: `quad`, and the row whose value is an integral."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from functools import partial
from typing import Any
from weakref import ref

from ..derivative import scalar
from ..engine.node import Node, number, operand
from ..errors import RecordingError, callable_or_error, real
from ..functions import dot, isfinite, where
from ..primitives import Reduction
from .quadrature import NotReached, Recorded, integral, points
from .systems import System, derived, is_general, jacobian, recorded, without_branches

KEPT = 1024  # integrals that are kept: a batch asks for one after another
# The rule of four points on [0, 1], for the derivatives with respect to a limit.
END_POINTS = (0.069431844202973714, 0.33000947820757187, 0.66999052179242813, 0.93056815579702629)
END_WEIGHTS = (0.17392742256872693, 0.32607257743127307, 0.32607257743127307, 0.17392742256872693)


def quad(
    f: Callable[..., Any], a: Any, b: Any, *args: Any, rtol: float = 1e-10, atol: float = 1e-13
) -> Any:
    """The integral of a function: ∫ f(x, *args) dx from a to b.

    It is computed by QUADPACK where SciPy is installed, else by the rule of 21 points (Gauss and
    Kronrod) that QUADPACK uses too, on halved intervals. The integral is one node. Its derivative
    by b is f(b), by a −f(a), and by what f depends on the integral of the derivative of f, to the
    same tolerance; so it has derivatives of any order.

    A function that branches on x is differentiated at the points of the sum instead: there
    derivatives with respect to the place of a kink or a jump have few digits, or none.

    Args:
        f: a function of a number that returns one number. It is called on Values too.
        a: the lower limit, a float or a Value, or −∞.
        b: the upper limit, a float or a Value, or ∞. It may be below a.
        *args: further arguments of f.
        rtol: the error allowed relative to the integral; a positive number.
        atol: the error allowed near 0, in the unit of the integral; a number ≥ 0.

    Returns:
        A float, or a Value where f or a limit depends on Values. Inside a compiled function nan
        where the tolerance is not reached.

    Raises:
        TypeError: f is not a function that returns one number, or a limit is not a number.
        ValueError: the tolerance is not reached.
        RecordingError: inside a compiled function, f branches or reads plain numbers of Values.

    Example:
        >>> from autograd_core import Value, exp, grad, quad
        >>> round(quad(lambda x: exp(-x * x), 0.0, float("inf")) ** 2 * 4.0, 12)
        3.14159265359
        >>> grad(lambda b: quad(lambda x: x * x, 0.0, b))(3.0)
        9.0

    Source: Piessens, de Doncker-Kapenga, Überhuber and Kahaner, QUADPACK, 1983.
    """
    callable_or_error(f, "quad", "{0}(f, a, b)")
    limits = [operand(x, "a limit of quad") for x in (a, b)]
    low, high = map(number, limits)
    tolerances = real(rtol, "rtol"), real(atol, "atol")

    def at(x: Any) -> Any:
        return scalar(f(x, *args), "quad")

    general = is_general()
    if not general and not any([isinstance(x, Node) for x in limits]):
        try:
            return integral(at, low, high, *tolerances)
        except Recorded:
            pass
    try:
        system, thetas = recorded("quad", lambda x: [at(x[0])], [_between(low, high)], general=True)
    except RecordingError:
        if general:
            raise
        return _by_points(at, limits, tolerances)
    if system.branches and not general:
        return _by_points(at, limits, tolerances)
    state = State(without_branches("quad", system), *tolerances)
    operands = (*thetas, *limits)
    if not general:  # a recording does not ask: it holds for other numbers too
        plain = tuple(map(number, operands))
        state.known[plain] = state.search(plain)
    return state.row(*operands)


def _between(low: float, high: float) -> float:
    """A number inside of the limits."""
    if not math.isfinite(low + high):
        low, high = max(min(low, high), -1e3), min(max(low, high), 1e3)
        return high - 1.0 if low == -1e3 else low + 1.0
    return 0.5 * (low + high)


class State:
    """The function under an integral, the tolerances, the integrals found, and the derivatives of
    the function.
    """

    def __init__(self, system: System, rtol: float, atol: float) -> None:
        self.system, self.rtol, self.atol = system, rtol, atol
        self.known: dict[tuple[float, ...], float] = {}
        self._derivatives: dict[int, State] = {}
        self._row: Any = lambda: None

    def __reduce__(self) -> Any:
        return State, (self.system, self.rtol, self.atol)

    @property
    def row(self) -> Integral:
        """The row of the integral; it holds the state, and so the state does not hold it."""
        row: Integral | None = self._row()
        if row is None:
            row = Integral(self)
            self._row = ref(row)
        return row

    def integral(self, xs: tuple[float, ...]) -> float:
        """The integral for θ and the limits; nan where the tolerance is not reached."""
        if xs not in self.known:
            if len(self.known) > KEPT:
                self.known.clear()
            try:
                self.known[xs] = self.search(xs)
            except NotReached:
                self.known[xs] = math.nan
        return self.known[xs]

    def search(self, xs: tuple[float, ...]) -> float:
        """The integral for θ and the limits."""
        *thetas, a, b = xs
        plain = self.system.plain
        return integral(lambda x: plain([x, *thetas])[0], a, b, self.rtol, self.atol)

    def derivative(self, k: int) -> State:
        """The state of the integral of the derivative of the function by the k-th of θ."""
        if k not in self._derivatives:
            system = self.system

            def slope(x: list[Any], thetas: list[Any]) -> list[Any]:
                return jacobian(system.run([*x, *thetas]), [thetas[k]])[0]

            found = derived(system, slope, system.at[:1])
            self._derivatives[k] = State(found, self.rtol, self.atol)
        return self._derivatives[k]


class Integral(Reduction):
    """The row of an integral. The operands are θ and both limits."""

    unit = True

    def __init__(self, state: State) -> None:
        self.state = state
        super().__init__(
            "quad",
            "∫",
            lambda *xs: state.integral(xs),
            partial(_slopes, state),
            doc="The integral of a function f(x, θ). The operands are θ, the lower and the upper "
            "limit.",
        )

    def __reduce__(self) -> Any:
        return Integral, (self.state,)


def _slopes(state: State, y: Any, *xs: Any) -> list[Any]:
    """∫ ∂f/∂θ dx, −f(a), f(b)."""
    *thetas, a, b = xs
    by_theta = [state.derivative(k).row(*xs) for k in range(len(thetas))]

    def at(x: Any) -> Any:
        if isinstance(y, Node) and not isinstance(x, Node):
            return 0.0
        return where(isfinite(x), state.system.run([x, *thetas])[0], 0.0)

    return [*by_theta, -at(a), at(b)]


def _by_points(at: Any, limits: Sequence[Any], tolerances: tuple[float, float]) -> Any:
    """The sum over the points, which is differentiated itself, and what the limits add."""
    low, high = map(number, limits)
    weights, values = points(at, low, high, *tolerances)
    ends = [
        sign * _end(at, x)
        for sign, x in zip((-1.0, 1.0), limits, strict=True)
        if isinstance(x, Node) and math.isfinite(x._number)
    ]
    return dot([*weights, *[1.0 for _ in ends]], [*values, *ends])


def _end(at: Callable[[Any], Any], x: Any) -> Any:
    """The integral from the number of x to x itself: 0, with the derivatives of the integral up to
    the eighth order.
    """
    start = x._number
    length = x - start
    return length * dot(END_WEIGHTS, [at(start + length * point) for point in END_POINTS])
