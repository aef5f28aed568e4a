"""The row whose value is the solution of equations F(x, θ) = 0."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

from ..engine.node import Node, number
from ..engine.value import Value
from ..primitives import Reduction
from ..primitives.matrices import inverse
from ..primitives.reductions import dot
from .systems import System, apart

Search = Callable[[Any, Sequence[float]], list[float]]
KEPT = 1024  # solutions that are kept: a batch asks for one after another


class State:
    """What the results of one call share: the system, the search, and the solutions found."""

    def __init__(self, name: str, system: System, search: Search, start: Sequence[float]) -> None:
        self.name, self.system, self.search = name, system, search
        self.start = (*start,)
        self.known: dict[tuple[float, ...], tuple[float, ...]] = {}

    def __reduce__(self) -> Any:
        return State, (self.name, self.system, self.search, self.start), {"known": self.known}

    def solution(self, xs: tuple[float, ...]) -> tuple[float, ...]:
        """The unknowns, for θ and the start of the search; nan where none are found."""
        if xs not in self.known:
            if len(self.known) > KEPT:
                self.known.clear()
            m = len(xs) - self.system.n
            try:
                self.known[xs] = (*self.search(partial(self.system.evaluate, xs[:m]), xs[m:]),)
            except ValueError:
                self.known[xs] = (math.nan,) * self.system.n
        return self.known[xs]


class Implicit(Reduction):
    """The row of the unknowns. The operands are θ, the start of the search, and which one it is."""

    unit = True

    def __init__(self, state: State) -> None:
        self.state = state
        super().__init__(
            state.name,
            state.name,
            partial(_compute, state),
            partial(_slopes, state),
            doc="An unknown of a system of equations F(x, θ) = 0. The operands are θ, the start of "
            "the search for x, and the number of the unknown.",
            results=state.system.n,
        )

    def __reduce__(self) -> Any:
        return Implicit, (self.state,)


def _compute(state: State, *xs: float) -> float:
    return state.solution(xs[:-1])[int(xs[-1])]


def _slopes(state: State, y: Any, *xs: Any) -> list[Any]:
    """The partial derivatives of an unknown: floats for floats, Values for Values."""
    n = state.system.n
    if isinstance(y, Node):
        row = Implicit(state)
        unknowns = [y if k == int(number(xs[-1])) else row(*xs[:-1], float(k)) for k in range(n)]
        return _slopes_at(state, unknowns, xs)
    with apart():
        thetas = [Value(x) for x in xs[: -n - 1]]
        unknowns = [Value(x) for x in state.solution(xs[:-1])]
        return [number(p) for p in _slopes_at(state, unknowns, (*thetas, *xs[-n - 1 :]))]


def _slopes_at(state: State, unknowns: Sequence[Any], xs: Sequence[Any]) -> list[Any]:
    """−Σ (J⁻¹)ᵢⱼ ∂Fⱼ/∂θ, where J = ∂F/∂x."""
    n, i, thetas = len(unknowns), int(number(xs[-1])), xs[: -len(unknowns) - 1]
    rows = state.system.slopes([*unknowns, *thetas])
    jacobian = [entry for slopes in rows for entry in slopes[:n]]
    weights = [inverse(*jacobian, float(i * n + j)) for j in range(n)]
    by_theta = [-dot(*weights, *[slopes[n + k] for slopes in rows]) for k in range(len(thetas))]
    return [*by_theta, *[0.0] * (n + 1)]
