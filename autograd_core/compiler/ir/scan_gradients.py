"""The gradient of a scan is a scan too. It goes through the rounds in the other direction, with the
step's own gradient as its body: this computes the round once more, from the state before it.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

from ...engine import context
from ...engine.node import Node, number
from ...engine.sweeps import differentiate
from ...engine.value import Value
from ...primitives.arithmetic import add, where
from .program import Program
from .scan_rounds import recorded, replayed, round_of
from .scans import Bundle, Column, Scan, ScanRow, column, result, scans_of
from .trace import Tape, as_program


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
        parts.append(recorded(column, [g.elements.get(k, 0.0) for k in range(n)]))
    if not parts:
        return recorded(column, [0.0] * n)
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


def _selected(condition: Any, xs: Any) -> Any:
    """A column, or zeros where a condition does not hold."""
    n, program = len(xs._number), Program()
    inputs = [program.input(x) for x in (xs._number[0], number(condition))]
    chosen = program.append(where, (inputs[1], inputs[0], program.constant(0.0)), 0.0)
    program.outputs = [chosen]
    scan = Scan(n, False, 0, (), 1, program, ())
    return result(recorded(ScanRow(scan, pull), [xs, condition]), 0.0)


Column.selected = staticmethod(_selected)
