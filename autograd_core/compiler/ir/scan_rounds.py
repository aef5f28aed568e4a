"""The rounds of a scan, each recorded on a tape of its own."""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any, NamedTuple

from ...engine import context
from ...engine.node import UNKNOWN, Node, Operands, number
from ...engine.value import Value, new_node, slots_of_many
from ...primitives import Primitive
from ...pytree.core import Structure, build, flatten, leaf_names
from .program import Program
from .scans import ScanRow, column, same_programs, scans_of
from .trace import NotOneProgram, Tape, as_program

_HERE = __name__.partition(".")[0]

Step = Callable[[Any, Any], tuple[Any, Any]]


class OtherStructure(NotOneProgram):
    """A round gives another structure than it is given."""


class Round(NamedTuple):
    """A recorded round, the Values from outside that it reads, and its own."""

    program: Program
    captured: list[Node]
    results: Structure
    after: list[float]  # the numbers of the next state
    kinked: bool
    nodes: list[Node]

    def same(self, other: Round) -> bool:
        return (
            self.results == other.results
            and len(self.captured) == len(other.captured)
            and all([x is y for x, y in zip(self.captured, other.captured, strict=True)])
            and same_programs(self.program, other.program)
        )


def round_as_program(
    tape: Tape, f: Step, state: list[Any], structure: Structure, xs: list[Any], of_x: Structure
) -> Round:
    labels = [*leaf_names(structure, "state"), *leaf_names(of_x, "x")]
    with round_of(tape) as own:
        leaves = [
            Value(number(x), label) if isinstance(x, Node) else Plain(x, label)
            for x, label in zip([*state, *xs], labels, strict=True)
        ]
        own.arguments.update(leaves)
        n = len(state)
        try:
            after, y = f(build(structure, leaves[:n]), build(of_x, leaves[n:]))
            outputs, again = flatten(after)
            results, of_y = flatten(y)
        except Exception:  # one that is there for numbers too comes again, in the usual recording
            raise NotOneProgram from None
        if again != structure:
            raise OtherStructure
        if any([isinstance(x, Node) for x in own.same.values()]):
            raise NotOneProgram  # of what is detached, which a program does not tell
        program, captured = as_program(own, leaves, [*outputs, *results], [False] * len(leaves))
        kinked = bool(own.sweeps) or any([row.scan.kinked for _, row in scans_of(program)])
    program.forward = None
    # what a condition compares is kept by the search for lost gradients
    compared = {id(x) for guard in own.guards for x in (guard, *_held(guard))}
    nodes = [x for x in (*own.nodes, *own.arguments) if id(x) not in compared]
    own.__init__()  # type: ignore[misc]  # nothing else of it is needed, nor is to hold the nodes
    return Round(program, captured, of_y, [number(x) for x in outputs], kinked, nodes)


@contextmanager
def round_of(tape: Tape) -> Iterator[Tape]:
    """Record a round on a tape of its own. Nothing that is on it may be used outside, unless as
    the program of the round.
    """
    own = Tape(tape.strict)
    own.opened, own.scanning, own.is_round = tape.opened, tape.scanning, True
    context.recordings.append(own)
    try:
        with context.entered(tape=own):
            yield own
    finally:
        context.recordings.remove(own)
        if tape.scanning is not None:
            tape.scanning.inside.update(own.nodes, own.arguments, own.same)


class Plain(Value):
    """A number of a round that is a plain number in the loop: as a key it would be looked up among
    these, and its text would be that of this round. What is computed from such numbers alone is
    one too.
    """

    __slots__ = ()


def _refused(name: str) -> Callable[..., Any]:
    """The method as this library may call it, and nobody else."""

    def method(self: Any, *others: Any) -> Any:
        if (sys._getframe(1).f_globals.get("__package__") or "").startswith(_HERE):
            return getattr(Value, name)(self, *others)
        raise NotOneProgram

    return method


for _name in ("__hash__", "__str__", "__repr__", "__format__"):
    setattr(Plain, _name, _refused(_name))


def _staying_plain(name: str) -> Callable[..., Any]:
    def method(self: Any, *others: Any) -> Any:
        found = getattr(Value, name)(self, *others)
        if found.__class__ is Value and all([x.__class__ is not Value for x in others]):
            found.__class__ = Plain
        return found

    return method


for _name in """
    add radd sub rsub mul rmul truediv rtruediv pow rpow floordiv rfloordiv mod rmod neg pos abs
""".split():
    setattr(Plain, f"__{_name}__", _staying_plain(f"__{_name}__"))


def outlives(tape: Tape, nodes: list[Node]) -> bool:
    """Whether something holds a node of a round besides the nodes computed from it, also in loops
    inside the round: code outside keeps it, which may need those of all rounds.
    """
    inside = tape.scanning.inside  # type: ignore[union-attr]
    held = Counter([id(x) for node in {*nodes, *inside} for x in _held(node)])
    probe: Node = Value(0.0)
    inside.add(probe)
    nodes.append(probe)
    del probe
    counts = [sys.getrefcount(node) - held[id(node)] for node in nodes]
    least = counts[-1]
    nodes.pop()
    return any([count > least for count in counts])


def _held(node: Node) -> Iterator[Any]:
    """The Nodes that a node holds, each as often as it does."""
    for x in (node._a, node._b, node._da, node._db):
        if isinstance(x, Node):
            yield x
        elif isinstance(x, Operands):
            members = [*x.members]
            if x.flowing is not x.members:
                members += x.flowing
            yield from [y for y in members if isinstance(y, Node)]


def recorded(row: ScanRow | Primitive, operands: Sequence[Any], value: Any = None) -> Any:
    """A node of a scan or a column on the tape."""
    tape = context.tape()
    if value is None:
        value = row.compute(*map(number, operands))
    unknown: list[Any] = [UNKNOWN] * len(operands)
    node = new_node(row, value, *slots_of_many([*operands], unknown))
    tape.nodes.append(node)
    return node


def replayed(program: Program, inputs: Sequence[Any]) -> list[Any]:
    """The outputs of a program, computed once more on other Values."""
    known: dict[int, Any] = program.constants | dict(zip(program.inputs, inputs, strict=True))
    values: list[Any] = []
    for i, (row, given) in enumerate(zip(program.rows, program.operands, strict=True)):
        operands = [values[j] for j in given]
        if row is None:
            values.append(known[i])
        elif row is column or isinstance(row, ScanRow):
            values.append(recorded(row, operands))
        else:
            values.append(row(*operands))
    return [values[i] for i in program.outputs]
