"""Functions of unknowns and of Values from outside as lists of operations: F(x, θ).

A function is called once on Values, and a tape of its own takes down what it computes. This gives F
as a list of operations, and θ as the Values from outside that they use. F and its derivatives can
then be computed at any x and θ, without another call.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from ..compiler.ir.program import Program
from ..compiler.ir.trace import Tape
from ..compiler.pipeline import Executable
from ..engine import context
from ..engine.node import LEFT_THE_GRAPH, Node, Operands, number
from ..engine.sweeps import adjoints, differentiate
from ..engine.traversal import operands_first
from ..engine.value import Value
from ..errors import RecordingError
from ..primitives.arithmetic import identity

MANY = 10_000  # operations that run row by row; then compiling the system takes less time


class SystemTape(Tape):
    """The tape of a system. It is `general` where the system has to hold for other numbers than
    those that it is recorded with.
    """

    def __init__(self, general: bool) -> None:
        super().__init__(strict=True)
        self.general = general


class System:
    """The operations of F: each a row and its operands, which are floats or the numbers of slots.
    The first slots are the n unknowns and then θ; each operation fills one more.

    `at` are the unknowns and θ with which it was recorded; `branches` says whether the function
    asked for the truth of a comparison.
    """

    def __init__(
        self, n: int, at: Sequence[float], steps: list[Any], outputs: list[Any], branches: bool
    ) -> None:
        self.n, self.at, self.steps, self.outputs, self.branches = n, at, steps, outputs, branches
        self._left = MANY
        self._compiled: Any = None

    def __reduce__(self) -> Any:
        return System, (self.n, self.at, self.steps, self.outputs, self.branches)

    @property
    def skipped(self) -> int:
        """How many outputs come before those that are to be 0, one for each unknown."""
        return len(self.outputs) - self.n

    def run(self, inputs: Sequence[Any]) -> list[Any]:
        """The outputs for the unknowns and θ, floats or Values."""
        slots = [*inputs]
        for row, operands in self.steps:
            slots.append(row(*[slots[x] if x.__class__ is int else x for x in operands]))
        return [slots[x] if x.__class__ is int else x for x in self.outputs]

    def plain(self, inputs: Sequence[float]) -> list[float]:
        """The outputs for floats. From a number of calls on a program in Python computes them."""
        if self._compiled is None:
            self._left -= len(self.steps)
            if self._left > 0:
                return self.run(inputs)
            self._compiled = Executable(self._program()).kernel
        found: list[float] = self._compiled.run([*inputs])[0]
        return found

    def _program(self) -> Program:
        program = Program(backend="python", strict=True)
        slots = [program.input(x) for x in self.at]

        def slot(x: Any) -> int:
            return slots[x] if x.__class__ is int else program.constant(x)

        for step, operands in self.steps:
            row = identity if step is _constant else step
            given = tuple(map(slot, operands))
            numbers = [program.recorded[i] for i in given]
            slots.append(program.append(row, given, row.compute(*numbers)))
        program.outputs = [slot(x) for x in self.outputs]
        return program

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
        rows = jacobian(self.run(inside)[self.skipped :], inside)
        return _replayed(rows, dict(zip(inside, inputs, strict=True)))


def jacobian(outputs: Sequence[Any], inputs: Sequence[Node]) -> list[list[Any]]:
    """∂output/∂input as Values; 0.0 where there is no path."""
    return [
        differentiate(y, inputs) if isinstance(y, Node) else [0.0] * len(inputs) for y in outputs
    ]


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
    """Whether what is being recorded has to hold for other numbers."""
    tape = context.tape()
    return tape is not None and getattr(tape, "general", True)


def recorded(
    name: str,
    f: Callable[[list[Any]], list[Any]],
    x: Sequence[float],
    general: bool | None = None,
) -> tuple[System, list[Node]]:
    """The system of a function of a list of Values, which returns a list, and its θ.

    It is `general` inside a compiled function, whose program has to hold for other numbers.
    """
    tape = SystemTape(is_general() if general is None else general)
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
    thetas = _captured(tape, unknowns, outputs)
    return _as_system(tape, unknowns, thetas, outputs), thetas


def without_branches(name: str, system: System) -> System:
    """The system; an error if the function given to the solver of that name branched."""
    if system.branches:
        raise RecordingError(
            f"inside a compiled function the function given to {name} may not branch, because "
            "the solution could lie on the other side; write where(condition, a, b) for the `if`, "
            f"or call {name} outside the compiled function"
        )
    return system


def derived(
    system: System, build: Callable[[list[Any], list[Any]], Any], unknowns: Sequence[float]
) -> System:
    """A system of the same θ and of these unknowns, of which the first are those of the other.

    `build` gets the unknowns, and θ, as Values, and returns the outputs.
    """
    tape = SystemTape(True)
    with context.entered(tape=tape, recording=True, group=None, anomalies=False):
        inside = [Value(x) for x in unknowns]
        thetas = [Value(x) for x in system.at[system.n :]]
        outputs = build(inside, thetas)
    return _as_system(tape, inside, thetas, outputs)


def _as_system(
    tape: Tape, unknowns: Sequence[Node], thetas: Sequence[Node], outputs: Sequence[Any]
) -> System:
    """What is on the tape as a system."""
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
    at = [number(x) for x in (*unknowns, *thetas)]
    found = [slot(y) for y in outputs]
    return System(len(unknowns), at, steps, found, bool(tape.guards))


def _captured(tape: Tape, unknowns: Sequence[Node], outputs: Sequence[Any]) -> list[Node]:
    """The Values from outside that the computations on the tape use."""
    made = {*tape.nodes, *tape.same, *unknowns}
    used = [x for node in tape.nodes for x in node.operands]
    used += [*tape.same.values(), *outputs]
    return [*dict.fromkeys([x for x in used if isinstance(x, Node) and x not in made])]


def _constant(x: Any) -> Any:
    """The step of a number that was detached: no derivative goes through it."""
    return x.detach() if isinstance(x, Value) else x
