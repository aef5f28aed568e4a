"""Recording a scan: the step is recorded once and, to compare, a second time."""

from __future__ import annotations

import functools
from collections.abc import Callable, Sequence
from typing import Any

from ...engine import context
from ...engine.node import number
from ...primitives.comparisons import both, equal
from ...pytree.core import Structure, build, flatten
from .program import Program
from .scan_gradients import pull
from .scan_outside import Outside
from .scan_rounds import (
    OtherStructure,
    Round,
    Step,
    outlives,
    recorded,
    round_as_program,
)
from .scans import Counted, Scan, ScanRow, column, element, result
from .trace import NotOneProgram, Tape

FEWEST = 10  # rounds; fewer are recorded one by one, among which array programs find more
AGREE = -1.0
"""The number of a guard that says that all rounds take the branches of the first: no truth of a
condition is equal to it.
"""


def record_scan(
    f: Callable[..., Any], step: Step, init: Any, entries: Sequence[Any]
) -> tuple[Any, list[Any]] | None:
    """The state after these rounds, and their results, as a scan records them; None where they are
    recorded one by one. The step was made of the user's function f.
    """
    tape = context.tape()
    scanning, code = tape.scanning, _code_of(f)
    if scanning is None or len(entries) < FEWEST or not context.current.get().recording:
        return None
    if None in scanning.refused or code in scanning.refused:
        return None
    outside = Outside(f)
    if outside.keeps_state():
        return None
    try:
        found = _recorded(tape, step, init, entries, outside)
        if outside.is_changed():
            raise NotOneProgram
    except NotOneProgram:
        outside.restore()
        return scanning.refuse(code)  # type: ignore[no-any-return]  # never returns
    except BaseException:
        outside.restore()
        raise
    return found


Tape.record_scan = staticmethod(record_scan)


def _code_of(f: Any) -> Any:
    """By what a function is known in another run of the code that makes it; None if by nothing."""
    while isinstance(f, functools.partial):
        f = f.func
    return getattr(f, "__code__", None) or getattr(type(f).__call__, "__code__", None)


def _recorded(
    tape: Tape,
    f: Step,
    init: Any,
    entries: Sequence[Any],
    outside: Outside,
    structured: bool = False,
) -> tuple[Any, list[Any]]:
    """The scan. The first round is recorded by itself where it has another structure than the
    others, such as an array that becomes a list, or where it takes branches, so that each of its
    conditions is a guard.
    """
    state, structure = flatten(init)
    columns, of_x = _columns(entries)
    try:
        first = round_as_program(tape, f, state, structure, [x[0] for x in columns], of_x)
        outside.settle()
        second = round_as_program(tape, f, first.after, structure, [x[1] for x in columns], of_x)
    except OtherStructure:
        if structured:
            raise
        after, y = f(init, entries[0])
        found, ys = _recorded(tape, f, after, entries[1:], outside, structured=True)
        return found, [y, *ys]
    if not first.same(second) or outlives(tape, first.nodes) or outlives(tape, second.nodes):
        raise NotOneProgram
    if not first.program.guards:
        return _applied(tape, first, state, structure, columns, len(entries))
    after, y = f(init, entries[0])
    state, again = flatten(after)
    if again != structure:
        raise NotOneProgram
    rest = [x[1:] for x in columns]
    found, ys = _applied(tape, first, state, structure, rest, len(entries) - 1)
    return found, [y, *ys]


def _columns(entries: Sequence[Any]) -> tuple[list[Sequence[Any]], Structure]:
    """The numbers that the rounds read, in columns, and the structure that a round reads."""
    if isinstance(entries, range):
        return [Counted(entries)], flatten(0.0)[1]
    kinds = {*map(type, entries)}
    if kinds == {float} or kinds == {type(None)}:
        leaves, structure = flatten(entries[0])
        return [tuple(entries)] if leaves else [], structure
    rows, structures = [], []
    for x in entries:
        leaves, structure = flatten(x)
        rows.append(leaves)
        structures.append(structure)
    if any([structure != structures[0] for structure in structures]):
        raise NotOneProgram
    if len({*map(_kinds, entries)}) > 1:
        raise NotOneProgram  # the step may tell 1 from 1.0
    return [*zip(*rows, strict=True)], structures[0]


def _kinds(x: Any) -> Any:
    """Which of the numbers of an entry are integers."""
    if isinstance(x, dict):
        return tuple([_kinds(y) for y in x.values()])
    if isinstance(x, list | tuple):
        return tuple([_kinds(y) for y in x])
    return type(x) is bool or 2 * hasattr(type(x), "__index__")


def _applied(
    tape: Tape,
    step: Round,
    state: list[Any],
    structure: Structure,
    columns: list[Sequence[Any]],
    rounds: int,
) -> tuple[Any, list[Any]]:
    """The scan of a recorded round as nodes."""
    s, program = len(state), step.program
    inputs = program.inputs
    entries, shared = inputs[s : s + len(columns)], inputs[s + len(columns) :]
    constant = [isinstance(x, Counted) or {*map(type, x)} <= {float} for x in columns]
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
    given = [*state, *[recorded(column, x) for x in own_columns], *step.captured]
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
    if step.results[0] == "static":
        return build(structure, after), [build(step.results, ())] * rounds
    results = [*zip(*series, strict=True)] if series else [()] * rounds
    return build(structure, after), [build(step.results, x) for x in results]


def _guard(program: Program, s: int) -> None:
    """Make the conditions of a round a state more, 1 as long as each is as it was recorded."""
    inputs = [*program.inputs]
    agree = program.input(1.0, "agree")
    program.inputs = [*inputs[:s], agree, *inputs[s:]]
    for i, truth in program.guards:
        if truth is not True:
            i = program.append(equal, (i, program.constant(float(truth or 0.0))), 1.0)
        agree = program.append(both, (agree, i), 1.0)
    program.outputs.insert(s, agree)
    program.guards = []


def _series(whole: Any, k: int, rounds: int, constant: float | None) -> list[Any]:
    """A result of all rounds."""
    if constant is not None:
        return [constant] * rounds
    xs = result(whole, float(k))
    return [element(xs, float(t)) for t in range(rounds)]
