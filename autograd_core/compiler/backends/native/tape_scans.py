"""Scans on the tape: the rounds are a loop, and columns lie in a row of the array."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from ...ir.program import Program
from ...ir.scans import Scan, ScanRow, column, element, result
from .tape_code import Code, Place


class Straight:
    """Instructions one after the other: a program with scans, or a round of one.

    `places` says where the value of each is; of a column it is that of round 0. What is in
    `targets` is put there.
    """

    def __init__(
        self,
        code: Code,
        program: Program,
        places: dict[int, Place],
        targets: Mapping[int, Place] = {},
    ) -> None:
        self.code, self.program, self.places = code, program, places
        scans: dict[int, list[Place]] = {}
        for i, (row, operands) in enumerate(zip(program.rows, program.operands, strict=True)):
            if row is None:
                continue
            if row is result or row is element:
                xs, k = operands[0], int(program.constants[operands[1]])
                places[i] = scans[xs][k] if row is result else (places[xs][0] + k, 0)
            elif row is column:
                places[i] = self._column(operands)
            elif isinstance(row, ScanRow):
                scans[i] = lowered(code, row.scan, [self.place(j) for j in operands])
            else:
                given = [self.place(j) for j in operands]
                places[i] = targets[i] if i in targets else (code.new(), 0)
                code.apply(row, places[i], given)

    def place(self, i: int) -> Place:
        x = self.program.constants.get(i)
        return self.places[i] if x is None else (self.code.constant(x), 0)

    def _column(self, operands: Sequence[int]) -> Place:
        known = self.program.constants
        if all([i in known for i in operands]):
            return self.code.table([known[i] for i in operands]), 0
        start = self.code.new(len(operands))
        self.code.copy_all(start, [self.place(i) for i in operands])
        return start, 0


class _State:
    """Where a state is before a round, and where after it. If all rounds are kept, these places
    move along an array; else they are one.
    """

    def __init__(self, code: Code, scan: Scan, kept: bool) -> None:
        n, back = scan.rounds, scan.reverse
        start = code.new(n + 1 if kept else 1)
        self.kept, self.history = kept, (start + back, 0)
        first, last, step = (start + n, start, -1) if back else (start, start + n, 1)
        self.before, self.after = (first, step), (first + step, step)
        self.end = last, 0
        if not kept:
            self.before = self.after = self.end = start, 0


def lowered(code: Code, scan: Scan, given: Sequence[Place]) -> list[Place]:
    """Append a scan of what is in these places: where its results are."""
    n, body = scan.rounds, scan.body
    first, columns, shared = scan.parts(given)
    states = [_State(code, scan, j in scan.history) for j in range(scan.states)]
    for state, x in zip(states, first, strict=True):
        code.copy((state.before[0], 0), x)
    at, step = (n - 1, -1) if scan.reverse else (0, 1)
    series = [code.new(n) for _ in range(scan.series)]
    rows = [*map(code.table, scan.tables), *[x for x, _ in columns]]
    inputs = [x.before for x in states] + [(x + at, step) for x in rows]
    inputs += [_fixed(code, x) for x in shared]
    wanted = [x.after for x in states] + [(x + at, step) for x in series]
    targets, late = _targets(scan, states, wanted)
    begin = len(code.code)
    places = dict(zip(body.inputs, inputs, strict=True))
    inner = Straight(code, body, places, targets)
    _copy_at_once(code, [(wanted[k], inner.place(body.outputs[k])) for k in late])
    code.repeat(n, begin)
    finals = [x.end for x in states]
    return [*finals, *[(x, 0) for x in series], *[states[j].history for j in scan.history]]


def _fixed(code: Code, place: Place) -> Place:
    """A place that does not move in the loop around."""
    if not place[1]:
        return place
    own = code.new(), 0
    code.copy(own, place)
    return own


def _targets(
    scan: Scan, states: Sequence[_State], wanted: Sequence[Place]
) -> tuple[dict[int, Place], list[int]]:
    """Where instructions of a round put their values at once, and the outputs that are copied at
    its end: the others, and those that would overwrite a state that is still read.
    """
    body = scan.body
    read = dict.fromkeys(body.inputs, -1)
    for i, operands in enumerate(body.operands):
        read.update([(j, i) for j in operands if j in read])
    read.update([(i, len(body)) for i in body.outputs if i in read])
    targets: dict[int, Place] = {}
    late: list[int] = []
    for k, i in enumerate(body.outputs):
        row = body.rows[i]
        free = k >= scan.states or states[k].kept or read[body.inputs[k]] <= i
        if row is None or row.structured or i in targets or not free:
            late.append(k)
        else:
            targets[i] = wanted[k]
    return targets, late


def _copy_at_once(code: Code, copies: Sequence[tuple[Place, Place]]) -> None:
    """Copy numbers, of which some may be overwritten by others."""
    written = {to for to, _ in copies}
    held = [(to, (code.new(), 0), x) for to, x in copies if x in written and x != to]
    for _, between, x in held:
        code.copy(between, x)
    moved = {to: between for to, between, _ in held}
    for to, x in copies:
        if x != to:
            code.copy(to, moved.get(to, x))
