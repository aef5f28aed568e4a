"""Recording a scan: the step is recorded on a tape of its own, once and, to compare, a second time.

The gradient of a scan is a scan too. It goes through the rounds in reverse order, with the step's
own gradient as its body: this computes the round once more, from the state before it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any, NamedTuple

from ...engine import context
from ...engine.node import UNKNOWN, Node, number
from ...engine.sweeps import differentiate
from ...engine.value import Value, new_node, slots_of_many
from ...primitives import Primitive
from ...primitives.arithmetic import add
from ...primitives.comparisons import both, equal
from ...pytree.core import Structure, build, flatten, paths
from .program import Program
from .scans import (
    Bundle,
    Column,
    Scan,
    ScanRow,
    column,
    element,
    result,
    same_programs,
    scans_of,
)
from .trace import Tape, as_program

FEWEST = 10  # rounds; fewer are recorded one by one, among which array programs find more
AGREE = -1.0
"""The number of a guard that says that all rounds take the branches of the first: no truth of a
condition is equal to it.
"""

Step = Callable[[Any, Any], tuple[Any, Any]]


class NotOneProgram(Exception):
    """The rounds have no program in common."""


class Round(NamedTuple):
    """A recorded round, and the Values from outside that it reads."""

    program: Program
    captured: list[Node]
    results: Structure
    after: list[float]  # the numbers of the next state
    kinked: bool

    def same(self, other: Round) -> bool:
        return (
            self.results == other.results
            and len(self.captured) == len(other.captured)
            and all([x is y for x, y in zip(self.captured, other.captured, strict=True)])
            and same_programs(self.program, other.program)
        )


def record_scan(f: Step, init: Any, entries: Sequence[Any]) -> tuple[Any, list[Any]] | None:
    """The state after so many rounds as a scan records them, and their results; None where they are
    to be recorded one by one. These may be fewer rounds than there are entries.
    """
    tape = context.tape()
    if tape.scanning is None or len(entries) < FEWEST or not context.current.get().recording:
        return None
    try:
        return _recorded(tape, f, init, entries)
    except NotOneProgram:
        return None


Tape.record_scan = staticmethod(record_scan)


def _recorded(tape: Tape, f: Step, init: Any, entries: Sequence[Any]) -> tuple[Any, list[Any]]:
    state, structure = flatten(init)
    columns, of_x = _columns(entries)
    first = _round(tape, f, [*map(number, state)], structure, [x[0] for x in columns], of_x)
    second = _round(tape, f, first.after, structure, [x[1] for x in columns], of_x)
    if not first.same(second):
        raise NotOneProgram
    if not first.program.guards:
        return _applied(tape, first, state, structure, columns, len(entries))
    after, y = f(init, entries[0])
    state, again = flatten(after)
    if again != structure:
        raise NotOneProgram
    try:
        found, ys = _applied(
            tape, first, state, structure, [x[1:] for x in columns], len(entries) - 1
        )
    except NotOneProgram:
        return after, [y]
    return found, [y, *ys]


def _columns(entries: Sequence[Any]) -> tuple[list[tuple[Any, ...]], Structure]:
    """The numbers that the rounds read, in columns, and the structure that a round reads."""
    rows, structures = [], []
    for x in entries:
        leaves, structure = flatten(x)
        rows.append(leaves)
        structures.append(structure)
    if any([structure != structures[0] for structure in structures]):
        raise NotOneProgram
    return [*zip(*rows, strict=True)], structures[0]


def _round(
    tape: Tape, f: Step, state: list[float], structure: Structure, xs: list[Any], of_x: Structure
) -> Round:
    numbers = [*state, *map(number, xs)]
    labels = [*paths(structure, "state"), *paths(of_x, "x")]
    with round_of(tape) as own:
        leaves = [Value(a, label) for a, label in zip(numbers, labels, strict=True)]
        own.arguments.update(leaves)
        n = len(state)
        try:
            after, y = f(build(structure, leaves[:n]), build(of_x, leaves[n:]))
            outputs, again = flatten(after)
            results, of_y = flatten(y)
        except Exception:  # one that is there for numbers too comes again, in the usual recording
            raise NotOneProgram from None
        if again != structure or float in map(type, own.guards.values()):
            raise NotOneProgram
        program, captured = as_program(own, leaves, [*outputs, *results], [False] * len(leaves))
        kinked = bool(own.sweeps) or any([row.scan.kinked for _, row in scans_of(program)])
    program.forward = None
    return Round(program, captured, of_y, [number(x) for x in outputs], kinked)


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


def _applied(
    tape: Tape,
    step: Round,
    state: list[Any],
    structure: Structure,
    columns: list[tuple[Any, ...]],
    rounds: int,
) -> tuple[Any, list[Any]]:
    """The scan of a recorded round as nodes."""
    s, program = len(state), step.program
    inputs = program.inputs
    entries, shared = inputs[s : s + len(columns)], inputs[s + len(columns) :]
    constant = [set(map(type, x)) <= {float} for x in columns]
    program.inputs = [
        *inputs[:s],
        *[i for i, own in zip(entries, constant, strict=True) if own],
        *[i for i, own in zip(entries, constant, strict=True) if not own],
        *shared,
    ]
    guarded = bool(program.guards)
    if guarded:
        _guard(program, s)
        state = [*state, 1.0]
    scan = Scan(
        rounds,
        False,
        len(state),
        tuple([x for x, own in zip(columns, constant, strict=True) if own]),
        constant.count(False),
        program,
        tuple(range(len(state))),
        step.kinked,
    )
    own_columns = [x for x, own in zip(columns, constant, strict=True) if not own]
    given = [*state, *[_column(x) for x in own_columns], *step.captured]
    row = ScanRow(scan, pull)
    found: Any = row.compute(*map(number, given))
    if guarded and found[s] != 1.0:
        raise NotOneProgram
    whole = recorded(row, given, found)
    if guarded:
        agree = result(whole, float(s)) + (AGREE - 1.0)
        tape.guards[agree] = number(agree)
    after = [result(whole, float(k)) for k in range(s)]
    series = [
        _series(whole, len(state) + k, rounds, program.constants.get(i))
        for k, i in enumerate(program.outputs[len(state) :])
    ]
    results = [*zip(*series, strict=True)] if series else [()] * rounds
    return build(structure, after), [build(step.results, x) for x in results]


def _guard(program: Program, s: int) -> None:
    """Make the conditions of a round a state more, 1 as long as each is as it was recorded."""
    inputs = program.inputs
    agree = program.input(1.0, "agree")
    program.inputs = [*inputs[:s], agree, *inputs[s:]]
    for i, truth in program.guards:
        if not truth:
            i = program.append(equal, (i, program.constant(0.0)), 1.0)
        agree = program.append(both, (agree, i), 1.0)
    program.outputs.insert(s, agree)
    program.guards = []


def _series(whole: Any, k: int, rounds: int, constant: float | None) -> list[Any]:
    """A result of all rounds."""
    if constant is not None:
        return [constant] * rounds
    xs = result(whole, float(k))
    return [element(xs, float(t)) for t in range(rounds)]


def _column(xs: Sequence[Any]) -> Any:
    return recorded(column, xs)


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


class Pulled:
    """What an operand of a scan is multiplied by in a backward sweep; all share the `gradients`."""

    def __init__(self, gradients: Callable[[Bundle], list[Any]], k: int) -> None:
        self.gradients, self.k = gradients, k

    def __rmul__(self, g: Bundle) -> Any:
        return self.gradients(g)[self.k]


def pull(scan: Scan, node: Any, *operands: Any) -> list[Pulled]:
    """The rule of the gradients of a scan: a scan in reverse order, made when it is first used."""
    made: list[list[Any]] = []

    def gradients(g: Bundle) -> list[Any]:
        if not made:
            made.append(_gradients(scan, node, operands, g.parts))
        return made[0]

    return [Pulled(gradients, k) for k in range(len(operands))]


def _gradients(
    scan: Scan, node: Any, operands: Sequence[Any], arriving: dict[int, Any]
) -> list[Any]:
    """The gradient of each operand, where these arrive at the results."""
    tape: Tape = context.tape()
    if scan.kinked:
        tape.refuse_scans()
    s, n = scan.states, scan.rounds
    _, columns, shared = scan.parts(operands)
    series = {k: arriving[s + k] for k in range(scan.series) if s + k in arriving}
    first = s + scan.series
    before = {j: arriving[first + h] for h, j in enumerate(scan.history) if first + h in arriving}
    assert len(scan.history) == s
    history = [result(node, float(first + j)) for j in range(s)]
    given = [*map(_whole, [(g, n) for g in (*series.values(), *before.values())])]
    step = _gradient_step(tape, scan, node, operands, [*series], [*before])
    body = step.program
    accumulated = [k for k, slope in enumerate(step.slopes_of_shared) if slope]
    found = Scan(
        n,
        not scan.reverse,
        s + len(accumulated),
        scan.tables,
        s + len(columns) + len(given),
        body,
        tuple(range(s + len(accumulated))),
        step.kinked,
    )
    start = [arriving.get(k, 0.0) for k in range(s)] + [0.0] * len(accumulated)
    whole = recorded(ScanRow(found, pull), [*start, *history, *columns, *given, *shared])
    results = [result(whole, float(k)) for k in range(len(body.outputs))]
    slopes = results[:s]
    finals, own = iter(results[s : found.states]), iter(results[found.states :])
    slopes += [Column({}, [next(own)] if x else []) for x in step.slopes_of_columns]
    return slopes + [next(finals) if x else 0.0 for x in step.slopes_of_shared]


class GradientStep(NamedTuple):
    """The program of a round of a gradient; which columns and shared numbers have a slope."""

    program: Program
    slopes_of_columns: list[bool]
    slopes_of_shared: list[bool]
    kinked: bool


def _gradient_step(
    tape: Tape,
    scan: Scan,
    node: Node,
    operands: Sequence[Any],
    series: list[int],
    before: list[int],
) -> GradientStep:
    """A round of the gradient, of whose results and of which states before it gradients arrive."""
    s, last = scan.states, scan.order[-1]
    body, labels = scan.body, scan.body.names
    _, columns, shared = scan.parts(operands)
    results: Any = node._number
    past = results[s + scan.series :]
    numbers = [x[last] for x in (*past, *scan.tables, *map(number, columns))]
    numbers += [number(x) for x in shared]
    with round_of(tape) as own:
        upstream = [Value(1.0, f"d_{labels.get(i, '')}") for i in body.inputs[:s]]
        inputs = [Value(x, labels.get(i, "")) for x, i in zip(numbers, body.inputs, strict=True)]
        arriving = [Value(1.0) for _ in (*series, *before)]
        own.arguments.update(upstream, inputs, arriving)
        outputs = replayed(body, inputs)
        weights = dict(zip(series, arriving, strict=False))
        terms = [g * y for g, y in zip(upstream, outputs[:s], strict=True) if isinstance(y, Node)]
        terms += [g * y for k, g in weights.items() if isinstance(y := outputs[s + k], Node)]
        t = len(scan.tables)
        wanted = [*inputs[:s], *inputs[s + t :]]
        slopes: list[Any] = [0.0] * len(wanted)
        if terms:
            slopes = differentiate(sum(terms[1:], start=terms[0]), wanted)
        for j, g in zip(before, arriving[len(series) :], strict=True):
            slopes[j] = slopes[j] + g
        c = s + len(columns)
        of_columns, of_shared = slopes[s:c], slopes[c:]
        totals = [Value(0.0) for x in of_shared if isinstance(x, Node)]
        own.arguments.update(totals)
        added = zip(totals, [x for x in of_shared if isinstance(x, Node)], strict=True)
        outputs = [
            *slopes[:s],
            *[total + x for total, x in added],
            *[x for x in of_columns if isinstance(x, Node)],
        ]
        tables, entries, constants = inputs[s : s + t], inputs[s + t : c + t], inputs[c + t :]
        leaves = [*upstream, *totals, *tables, *inputs[:s], *entries, *arriving, *constants]
        program, captured = as_program(own, leaves, outputs, [False] * len(leaves))
        assert not captured
        if own.guards:
            tape.refuse_scans()
        kinked = bool(own.sweeps) or any([row.scan.kinked for _, row in scans_of(program)])
    program.forward = None
    return GradientStep(
        program,
        [isinstance(x, Node) for x in of_columns],
        [isinstance(x, Node) for x in of_shared],
        kinked,
    )


def _whole(arriving: tuple[Any, int]) -> Any:
    """The gradients that arrive at a column, as one column."""
    g, n = arriving
    parts = [*g.whole]
    if g.elements:
        parts.append(_column([g.elements.get(k, 0.0) for k in range(n)]))
    if not parts:
        return _column([0.0] * n)
    return parts[0] if len(parts) == 1 else _added(parts, n)


def _added(columns: list[Any], n: int) -> Any:
    """The sum of columns, number by number: a scan that carries nothing."""
    program = Program()
    xs = [program.input(x._number[0]) for x in columns]
    total = xs[0]
    for x in xs[1:]:
        total = program.append(add, (total, x), program.recorded[total] + program.recorded[x])
    program.outputs = [total]
    scan = Scan(n, False, 0, (), len(columns), program, ())
    return recorded(result, (recorded(ScanRow(scan, pull), columns), 0.0))
