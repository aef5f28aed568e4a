"""Systems of equations F(x, θ) = 0 as programs, and the row whose value is their solution.

A function is called once on Values, and a tape of its own takes down what it computes. This gives F
as a list of operations, and θ as the Values from outside that they use. Any derivative of F can
then be computed at any x and θ, without another call.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

from ..compiler.ir.trace import Tape
from ..engine import context
from ..engine.node import LEFT_THE_GRAPH, Node, Operands, number
from ..engine.sweeps import adjoints, differentiate
from ..engine.traversal import operands_first
from ..engine.value import Value
from ..errors import RecordingError
from ..primitives import Reduction
from ..primitives.matrices import inverse
from ..primitives.reductions import dot

Search = Callable[[Any, Sequence[float]], list[float]]
KEPT = 1024  # solutions that are kept: a batch asks for one after another


class SystemTape(Tape):
    """The tape of a system. It is `general` inside a compiled function, whose program has to hold
    for other numbers.
    """

    def __init__(self, general: bool) -> None:
        super().__init__(strict=True)
        self.general = general


class System:
    """The operations of F: each a row and its operands, which are floats or the numbers of slots.
    The first slots are the n unknowns and then θ; each operation fills one more.

    `skipped` outputs come before those of F; `branches` says whether the function asked for the
    truth of a comparison.
    """

    def __init__(self, n: int, steps: list[Any], outputs: list[Any], branches: bool) -> None:
        self.n, self.steps, self.outputs, self.branches = n, steps, outputs, branches
        self.skipped = len(outputs) - n

    def run(self, inputs: Sequence[Any]) -> list[Any]:
        """The outputs for the unknowns and θ, floats or Values."""
        slots = [*inputs]
        for row, operands in self.steps:
            slots.append(row(*[slots[x] if x.__class__ is int else x for x in operands]))
        return [slots[x] if x.__class__ is int else x for x in self.outputs]

    def evaluate(
        self, thetas: Sequence[float], x: Sequence[float]
    ) -> tuple[list[float], list[list[float]]]:
        """All outputs and their Jacobian by the unknowns."""
        with apart():
            unknowns = [Value(a) for a in x]
            outputs = self.run([*unknowns, *thetas])
            rows = [
                adjoints(y, unknowns)[0] if isinstance(y, Node) else [0.0] * self.n for y in outputs
            ]
        return [number(y) for y in outputs], rows

    def slopes(self, inputs: Sequence[Any]) -> list[list[Any]]:
        """The Jacobian of F by the unknowns and θ, as Values."""
        inside = [x.detach() if isinstance(x, Value) else Value(x) for x in inputs]
        rows = [
            differentiate(y, inside) if isinstance(y, Node) else [0.0] * len(inside)
            for y in self.run(inside)[self.skipped :]
        ]
        return _replayed(rows, dict(zip(inside, inputs, strict=True)))


def apart() -> Any:
    """A context in which a system is computed on numbers of its own, recorded on no tape."""
    return context.entered(tape=None, recording=True, group=None, anomalies=False)


def _replayed(rows: list[list[Any]], known: dict[Any, Any]) -> list[list[Any]]:
    """The same computations from other operands: those in `known` replace their keys."""
    nodes = [x for row in rows for x in row if isinstance(x, Node)]
    for node in operands_first(Operands(nodes)):
        if node.__class__ is Operands or node in known:
            continue
        row = node.operation
        known[node] = node if row is None else row(*[_known(x, known) for x in node.operands])
    return [[_known(x, known) for x in row] for row in rows]


def _known(x: Any, known: dict[Any, Any]) -> Any:
    return known[x] if isinstance(x, Node) else x


def is_general() -> bool:
    """Whether a program is being recorded that has to hold for other numbers."""
    tape = context.tape()
    return tape is not None and getattr(tape, "general", True)


def refuse_recording(name: str) -> None:
    """Refuse what chooses its points by plain numbers, which a program would keep for all calls."""
    if is_general():
        raise RecordingError(
            f"{name} was called inside a compiled function, whose program would keep the points "
            f"that {name} chooses for the numbers of the first call; call {name} outside (grad and "
            "its family differentiate it there), or write a fixed number of steps with scan"
        )


def recorded(
    name: str, f: Callable[[list[Any]], list[Any]], x: Sequence[float]
) -> tuple[System, list[Node]]:
    """The system of a function of a list of Values, which returns a list, and its θ."""
    tape = SystemTape(is_general())
    tape.opened = recorded.__code__
    with context.entered(tape=tape, recording=True, group=None, anomalies=False):
        unknowns = [Value(a) for a in x]
        try:
            outputs = f(unknowns)
        except RecordingError as error:
            if str(error) != LEFT_THE_GRAPH:
                raise
            raise RecordingError(
                f"the function given to {name} asked a Value for its plain number (.data, item(), "
                "round() or formatted text), of which no derivative can be computed; compute with "
                "the Value itself, or read the number before the call"
            ) from None
    return _as_system(tape, unknowns, outputs)


def _as_system(
    tape: Tape, unknowns: Sequence[Node], outputs: Sequence[Any]
) -> tuple[System, list[Node]]:
    """What is on the tape as a system, and its θ."""
    thetas = _captured(tape, unknowns, outputs)
    slots: dict[Node, Any] = {x: k for k, x in enumerate([*unknowns, *thetas])}
    first = len(slots)
    steps: list[Any] = []

    def slot(x: Any) -> Any:
        """The slot of an operand, or its number."""
        if not isinstance(x, Node):
            return float(x)
        if x not in slots:  # it was detached before it was used
            steps.append((_constant, (slot(tape.same[x]),)))
            slots[x] = first + len(steps) - 1
        return slots[x]

    for node in tape.nodes:
        steps.append((node.operation, tuple([slot(x) for x in node.operands])))
        slots[node] = first + len(steps) - 1
    return System(len(unknowns), steps, [slot(y) for y in outputs], bool(tape.guards)), thetas


def _captured(tape: Tape, unknowns: Sequence[Node], outputs: Sequence[Any]) -> list[Node]:
    """The Values from outside that the computations on the tape use."""
    made = {*tape.nodes, *tape.same, *unknowns}
    used = [x for node in tape.nodes for x in node.operands]
    used += [*tape.same.values(), *outputs]
    return [*dict.fromkeys([x for x in used if isinstance(x, Node) and x not in made])]


def _constant(x: Any) -> Any:
    return x.detach() if isinstance(x, Value) else x


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

    def __init__(self, state: State) -> None:
        self.state = state
        super().__init__(
            state.name,
            state.name,
            partial(_compute, state),
            partial(_slopes, state),
            doc="An unknown of a system of equations F(x, θ) = 0. The operands are θ, the start of "
            "the search for x, and the number of the unknown.",
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
