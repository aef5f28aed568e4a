"""Solutions of equations and smallest values: `root`, `fixed_point`, `argmin`.

The numbers come from a search on plain numbers. The derivatives come from the equation itself, by
the implicit function theorem: where F(x, θ) = 0, dx = −(∂F/∂x)⁻¹ ∂F/∂θ dθ. The steps of the search
are not differentiated.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from ..derivative import numbers
from ..engine.node import number
from ..errors import callable_or_error
from ..pytree.core import build, flatten
from ..transforms import value_and_grad
from .implicit import Implicit, Search, State
from .searches import NotFound, find_fixed_point, find_minimum, find_zero
from .systems import is_general, recorded, without_branches

Residuals = Callable[[list[Any]], list[Any]]


def root(f: Callable[..., Any], x0: Any, *args: Any) -> Any:
    """A zero x of a function: f(x, *args) = 0.

    The search is Newton's method with exact derivatives and shortened steps; if it fails, SciPy's
    `root` goes on where SciPy is installed. Each number of x is one node. Its derivatives of any
    order, by everything that f depends on, follow from the implicit function theorem. The zero that
    is found depends on `x0`, but its derivative with respect to `x0` is 0.

    Args:
        f: a function that returns as many numbers as x has.
        x0: where the search starts: a number, or nested lists, tuples, dicts or arrays of numbers.
        *args: further arguments of f.

    Returns:
        x with the structure of `x0`: floats, or Values where f depends on Values. Inside a compiled
        function nan where no zero is found.

    Raises:
        TypeError: f is not a function, or x0 or its result is not made of real numbers.
        ValueError: f returns another number of numbers, or no zero is found.
        RecordingError: f reads plain numbers of Values, or, inside a compiled function, branches.

    Example:
        >>> from autograd_core import grad, sin
        >>> def anomaly(e, mean):  # Kepler's equation
        ...     return root(lambda E: E - e * sin(E) - mean, mean)
        >>> [round(slope, 5) for slope in grad(anomaly, argnums=(0, 1))(0.3, 1.0)]
        [1.04801, 1.09133]

    Source: Krantz and Parks, The Implicit Function Theorem, 2002; for systems, M. J. D. Powell, A
    Hybrid Method for Nonlinear Equations, 1970.
    """
    start, structure = _start("root", f, x0)

    def residuals(x: list[Any]) -> list[Any]:
        return _counted("root", f(build(structure, x, argument=True), *args), len(x))

    return build(structure, _solved("root", residuals, find_zero, start))


def fixed_point(f: Callable[..., Any], x0: Any, *args: Any) -> Any:
    """A fixed point x of a function: x = f(x, *args).

    The search iterates f while that approaches a fixed point, and ends with Newton's method. Its
    derivatives are as for `root`.

    Args:
        f: a function that returns as many numbers as x has.
        x0: where the search starts: a number, or nested lists, tuples, dicts or arrays of numbers.
        *args: further arguments of f.

    Returns:
        x with the structure of `x0`: floats, or Values where f depends on Values. Inside a compiled
        function nan where no fixed point is found.

    Raises:
        TypeError: f is not a function, or x0 or its result is not made of real numbers.
        ValueError: f returns another number of numbers, or no fixed point is found.
        RecordingError: f reads plain numbers of Values, or, inside a compiled function, branches.

    Example:
        >>> from autograd_core import Value, cos
        >>> fixed_point(cos, 1.0)
        0.7390851332151607
        >>> fixed_point(lambda x, a: 0.5 * (x + a / x), 1.0, Value(2.0))
        Value(1.414213562373095)

    Source: Christianson, Reverse Accumulation and Attractive Fixed Points, 1994.
    """
    start, structure = _start("fixed_point", f, x0)

    def residuals(x: list[Any]) -> list[Any]:
        found = f(build(structure, x, argument=True), *args)
        return [a - b for a, b in zip(x, _counted("fixed_point", found, len(x)), strict=True)]

    return build(structure, _solved("fixed_point", residuals, find_fixed_point, start))


def argmin(f: Callable[..., Any], x0: Any, *args: Any) -> Any:
    """The point x of a local minimum of a function: ∇f(x, *args) = 0, with f larger nearby.

    The search is Newton's method with exact Hessians, damped so that f decreases. Its derivatives
    are as for `root`, of the equation ∇f = 0.

    Args:
        f: a function that returns one number.
        x0: where the search starts: a number, or nested lists, tuples, dicts or arrays of numbers.
        *args: further arguments of f.

    Returns:
        x with the structure of `x0`: floats, or Values where f depends on Values. Inside a compiled
        function nan where no minimum is found.

    Raises:
        TypeError: f is not a function, or x0 or its result is not made of real numbers.
        ValueError: no minimum is found.
        RecordingError: f reads plain numbers of Values, or, inside a compiled function, branches.

    Example:
        >>> from autograd_core import Value
        >>> argmin(lambda x, a: (x[0] - a) ** 2 + (x[0] - x[1]) ** 2, [0.0, 0.0], Value(3.0))
        [Value(3.0), Value(3.0)]

    Source: Nocedal and Wright, Numerical Optimization, 2nd edition, 2006, section 3.4.
    """
    start, structure = _start("argmin", f, x0)
    slope = value_and_grad(f)

    def residuals(x: list[Any]) -> list[Any]:
        value, slopes = slope(build(structure, x, argument=True), *args)
        return [value, *flatten(slopes, "the gradient")[0]]

    return build(structure, _solved("argmin", residuals, find_minimum, start))


def _start(name: str, f: Callable[..., Any], x0: Any) -> tuple[list[Any], Any]:
    callable_or_error(f, name, "{0}(f, x0)")
    return numbers(x0, f"x0 of {name}", nothing=False)


def _counted(name: str, result: Any, n: int) -> list[Any]:
    """The numbers that the function returned: as many as there are unknowns."""
    found, _ = numbers(result, f"the result of the function given to {name}", nothing=False)
    if len(found) != n:
        raise ValueError(
            f"{name} needs a function that returns as many numbers as x0 has, {n}, got {len(found)}"
        )
    return found


def _solved(name: str, residuals: Residuals, search: Search, start: list[Any]) -> list[Any]:
    """The unknowns: floats, or a node each where the residuals depend on Values."""
    first = [number(x) for x in start]
    if is_general():
        system, thetas = recorded(name, residuals, first)
        state, given = State(name, without_branches(name, system), search, first), start
    else:
        state, thetas = _found(name, residuals, search, first)
        given = first
    if not thetas and given == first:
        return [*state.solution(state.start)]
    row = Implicit(state)
    return [row(*thetas, *given, float(i)) for i in range(len(start))]


def _found(
    name: str, residuals: Residuals, search: Search, start: Sequence[float]
) -> tuple[State, list[Any]]:
    """The system at the solution, which may be on another branch than the start of the search."""

    def evaluate(x: Sequence[float]) -> tuple[list[float], list[list[float]]]:
        system, thetas = recorded(name, residuals, x)
        return system.evaluate([number(t) for t in thetas], x)

    try:
        x = search(evaluate, start)
    except NotFound as error:
        raise ValueError(
            f"{name} found no solution: {error}; start nearer to it, or check that there is one"
        ) from None
    system, thetas = recorded(name, residuals, x)
    state = State(name, system, search, start)
    state.known[(*[number(t) for t in thetas], *start)] = (*x,)
    return state, thetas
