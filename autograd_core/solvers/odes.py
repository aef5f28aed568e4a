"""Ordinary differential equations: `odeint`, and the row whose value is a solution at a time."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from functools import partial
from typing import Any
from weakref import ref

from ..derivative import numbers
from ..engine.node import Node, number, operand
from ..errors import RecordingError, callable_or_error, real
from ..functions import dot
from ..primitives import Reduction
from ..pytree.core import build
from .steps import Slope, Stopped, plain_states, states
from .systems import System, derived, is_general, jacobian, recorded, without_branches

KEPT = 1024  # solutions that are kept: a batch asks for one after another
LARGE = 2000  # numbers of y and their derivatives: beyond, the steps are differentiated


def odeint(
    f: Callable[..., Any],
    y0: Any,
    ts: Any,
    *args: Any,
    rtol: float = 1.4e-8,
    atol: float = 1.4e-8,
) -> list[Any]:
    """The solution of an initial value problem: dy/dt = f(y, t, *args) with y(ts[0]) = y0.

    The method is that of Dormand and Prince, of order 5, with steps that adapt to the tolerances:
    the estimated error of a step is at most atol + rtol |y|, as a root mean square over the numbers
    of y. Where the steps become too many, as for a stiff equation, SciPy's Radau method is used, if
    SciPy is installed.

    Each number of y at each time is one node. Its derivatives, of any order, by what f depends on,
    y0 and the times, are the solution of the differentiated equation, to the same tolerances. If f
    branches or there are very many of them, the accepted steps are differentiated instead, whose
    sizes count as constants.

    Args:
        f: a function of y and t that returns dy/dt, with the structure of y. It is called on Values
            too.
        y0: the start: a number, or nested lists, tuples, dicts or arrays of numbers.
        ts: the times, floats or Values, which all increase or all decrease.
        *args: further arguments of f.
        rtol: the error of a step that is allowed relative to y; a number ≥ 0.
        atol: the error of a step that is allowed near 0, in the unit of y; a number ≥ 0.

    Returns:
        A list with y at each time, each with the structure of `y0`: floats, or Values where they
        depend on Values. Inside a compiled function nan where there is no solution.

    Raises:
        TypeError: f is not a function, or y0, ts or the result of f is not made of real numbers.
        ValueError: the times do not go one way, f returns another number of numbers, or the step
            size becomes too small.
        RecordingError: inside a compiled function, f branches or reads plain numbers of Values.

    Example:
        >>> from autograd_core import grad, odeint
        >>> def decayed(rate):
        ...     return odeint(lambda y, t: -rate * y, 1.0, [0.0, 1.0])[-1]
        >>> round(decayed(2.0), 7), round(grad(decayed)(2.0), 6)
        (0.1353353, -0.135335)

    Source: Dormand and Prince, A Family of Embedded Runge-Kutta Formulae, 1980.
    """
    callable_or_error(f, "odeint", "{0}(f, y0, ts)")
    start, structure = numbers(y0, "y0 of odeint", nothing=False)
    times = [operand(t, "a time of odeint") for t in ts]
    general = is_general()
    if not general:
        _must_go_one_way([number(t) for t in times])
    tolerances = real(rtol, "rtol"), real(atol, "atol")

    def slope(y: list[Any], t: Any) -> list[Any]:
        found, _ = numbers(f(build(structure, y, argument=True), t, *args), "the result of f")
        if len(found) != len(y):
            raise ValueError(
                f"odeint needs a function that returns as many numbers as y0 has, {len(y)}, "
                f"got {len(found)}"
            )
        return found

    found = _states(slope, start, times, tolerances, general) if times else []
    return [build(structure, state) for state in found]


def _must_go_one_way(times: Sequence[float]) -> None:
    if not _go_one_way(times):
        raise ValueError(f"the times of odeint must all increase or all decrease, got {times!r}")


def _go_one_way(times: Sequence[float]) -> bool:
    ordered = sorted(times)
    return [*times] in (ordered, ordered[::-1]) and all(map(math.isfinite, times))


def _states(
    slope: Slope,
    start: list[Any],
    times: list[Any],
    tolerances: tuple[float, float],
    general: bool,
) -> list[list[Any]]:
    """y at each time."""
    first = [number(x) for x in start]
    given = [*start, *times]
    if not general:
        plain = not any([isinstance(x, Node) for x in given])
        if plain and not any([isinstance(x, Node) for x in slope(first, times[0])]):
            return _by_steps(slope, start, times, tolerances)
    n, begin = len(start), times[0]
    try:
        if isinstance(begin, Node):  # the time since then, so that it is among θ
            given = [*start, 0.0, *[t - begin for t in times[1:]]]
            at, moved = [*first, 0.0], lambda x: slope(x[:n], x[n] + begin)
        else:
            at, moved = [*first, begin], lambda x: slope(x[:n], x[n])
        system, thetas = recorded("odeint", moved, at, general=True)
    except RecordingError:
        if general:
            raise
        return _by_steps(slope, start, times, tolerances)
    if not general and (system.branches or n * (1 + n + len(thetas)) > LARGE):
        return _by_steps(slope, start, times, tolerances)
    state = State(without_branches("odeint", system), n, (), *tolerances)
    operands = (*thetas, *given)
    if not general:  # a recording does not ask: it holds for other numbers too
        numbers_of = tuple([number(x) for x in operands])
        try:
            state.known[numbers_of] = state.search(numbers_of)
        except Stopped as error:
            raise ValueError(str(error)) from None
    row = state.row(len(times))
    return [start] + [
        [row(*operands, float(k * n + i)) for i in range(n)] for k in range(1, len(times))
    ]


def _by_steps(
    slope: Slope, start: list[Any], times: list[Any], tolerances: tuple[float, float]
) -> list[list[Any]]:
    """The solution of steps that are differentiated themselves."""
    try:
        if any([isinstance(x, Node) for x in [*start, *times]]):
            return states(slope, start, times, *tolerances)
        return plain_states(slope, start, times, *tolerances, len(start))
    except Stopped as error:
        raise ValueError(str(error)) from None


class State:
    """An equation, the tolerances, and the solutions found. The unknowns of its system are n
    numbers y and t. The first numbers of y start as `free` operands, the others as `fixed` numbers;
    the error of each `free` ones in a row has to be within the tolerances.
    """

    def __init__(
        self, system: System, free: int, fixed: Sequence[float], rtol: float, atol: float
    ) -> None:
        self.system, self.free, self.fixed = system, free, (*fixed,)
        self.rtol, self.atol = rtol, atol
        self.n, self.thetas = system.n - 1, len(system.at) - system.n
        self.known: dict[tuple[float, ...], list[float]] = {}
        self._with_slopes: State | None = None
        self._rows: dict[int, Any] = {}

    def __reduce__(self) -> Any:
        return State, (self.system, self.free, self.fixed, self.rtol, self.atol)

    def row(self, times: int) -> Solution:
        """The row for so many times; it holds the state, and so the state does not hold it."""
        row: Solution | None = self._rows[times]() if times in self._rows else None
        if row is None:
            row = Solution(self, times)
            self._rows[times] = ref(row)
        return row

    def solution(self, xs: tuple[float, ...]) -> list[float]:
        """The numbers of y at all times, for θ, the start and the times; nan where there are
        none.
        """
        if xs not in self.known:
            if len(self.known) > KEPT:
                self.known.clear()
            try:
                self.known[xs] = self.search(xs)
            except (Stopped, ArithmeticError):
                self.known[xs] = [math.nan] * (len(xs) - self.thetas - self.free) * self.n
        return self.known[xs]

    def search(self, xs: tuple[float, ...]) -> list[float]:
        """The numbers of y at all times."""
        thetas, start, times = self.parts(xs)
        if not _go_one_way(times):
            raise Stopped
        plain = self.system.plain
        found = plain_states(
            lambda y, t: plain([*y, t, *thetas]), start, times, self.rtol, self.atol, self.free
        )
        return [x for y in found for x in y]

    def parts(self, xs: Sequence[Any]) -> tuple[Sequence[Any], list[Any], Sequence[Any]]:
        """θ, the start and the times among operands."""
        first = self.thetas + self.free
        return xs[: self.thetas], [*xs[self.thetas : first], *self.fixed], xs[first:]

    def with_slopes(self) -> State:
        """The equation of y and of its derivatives in the start and θ, column by column."""
        if self._with_slopes is None:
            n, m, free, system = self.n, self.thetas, self.free, self.system

            def slopes(unknowns: list[Any], thetas: list[Any]) -> list[Any]:
                y, moved, t = unknowns[:n], unknowns[n:-1], unknowns[-1]
                found = system.run([*y, t, *thetas])
                rows = jacobian(found, [*y, *thetas])
                for j in range(free + m):
                    column = moved[j * n : (j + 1) * n]
                    found += [
                        dot(row[:n], column) + (row[n + j - free] if j >= free else 0.0)
                        for row in rows
                    ]
                return found

            columns = [float(i == j < free) for j in range(free + m) for i in range(n)]
            fixed = [*self.fixed, *columns]
            at = [*system.at[:n], *columns, system.at[n]]
            self._with_slopes = State(
                derived(system, slopes, at), free, fixed, self.rtol, self.atol
            )
        return self._with_slopes


class Solution(Reduction):
    """The row of a number of y at a time. The operands are θ, the start, the times, and which."""

    unit = True

    def __init__(self, state: State, times: int) -> None:
        self.state, self.times = state, times
        super().__init__(
            "odeint",
            "odeint",
            lambda *xs: state.solution(xs[:-1])[int(xs[-1])],
            partial(_slopes, state, times),
            doc="A number of the solution of dy/dt = f(y, t, θ) at a time. The operands are θ, "
            "y at the first time, all times, and the number of the result.",
            results=-1,
        )

    def __reduce__(self) -> Any:
        return Solution, (self.state, self.times)


def _slopes(state: State, count: int, y: Any, *xs: Any) -> list[Any]:
    """The partial derivatives: those by a time are f there, the others solve their own equation."""
    given, n, free = xs[:-1], state.n, state.free
    thetas, _, times = state.parts(given)
    k, i = divmod(int(number(xs[-1])), n)
    moved = state.with_slopes()
    row, first = moved.row(count), k * moved.n + n + i
    columns = [row(*given, float(first + j * n)) for j in range(free + len(thetas))]
    by_time: list[Any] = [0.0] * count
    if y.__class__ is float or isinstance(times[k], Node):
        own = state.row(count)
        now = [y if j == i else own(*given, float(k * n + j)) for j in range(n)]
        by_time[k] = state.system.run([*now, times[k], *thetas])[i]
    return [*columns[free:], *columns[:free], *by_time, 0.0]
