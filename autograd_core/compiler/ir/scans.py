"""Scans: a loop as one instruction of a program, with a program of its own for a round.

    %5 = scan %0 %1 %2        its operands: the states at first, columns, and what all rounds share
    %6 = result %5 0          the first state after the last round
    %7 = result %5 2          a column: a number of each round
    %8 = element %7 9         the number of round 9 in it
    %9 = column %3 %4 …       a column of single numbers

The values of a scan and of a column are no numbers, and only these rows read them. A back-end that
does not print scans runs what `without_scans` gives, or the rounds one by one.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Any, ClassVar

from ...primitives import Primitive
from ...primitives.arithmetic import where
from ...primitives.primitive import REAL, Reduction
from .program import Program


class Counted(Sequence[float]):
    """The numbers of a range as floats, made when they are read: a loop may have millions."""

    def __init__(self, whole: range) -> None:
        self.whole = whole

    def __len__(self) -> int:
        return len(self.whole)

    def __getitem__(self, k: Any) -> Any:
        found = self.whole[k]
        return Counted(found) if isinstance(found, range) else float(found)

    def __iter__(self) -> Iterator[float]:
        return map(float, self.whole)

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> Any:
        import numpy

        return numpy.asarray(self.whole, dtype or float)


@dataclass(slots=True, eq=False)
class Scan:
    """A loop: (sₖ₊₁, yₖ) = body(sₖ, xₖ, θ).

    The inputs of the body are the states, the entries of the `tables` (columns of constants), those
    of the columns among the operands, and what all rounds share. Its outputs are the next states
    and the results yₖ.

    The results of the scan are the states after the last round; then a column for each yₖ, and one
    for each state in `history`, with what it is before each round.

    Args:
        rounds: how many there are.
        reverse: whether they go from the last entry of each column to the first.
        states: how many numbers are carried from round to round.
        tables: columns of constants.
        columns: how many of the operands are columns.
        body: the program of one round.
        history: the states of which the values of all rounds are results.
        kinked: whether the body is a derivative at whose kinks no other can be taken.
    """

    rounds: int
    reverse: bool
    states: int
    tables: tuple[Sequence[float], ...]
    columns: int
    body: Program
    history: tuple[int, ...]
    kinked: bool = False

    @property
    def finals(self) -> int:
        """How many numbers the last round gives; the results behind them are columns."""
        return self.states

    @property
    def order(self) -> range:
        """The rounds as they follow one another."""
        rounds = range(self.rounds)
        return rounds[::-1] if self.reverse else rounds

    @property
    def series(self) -> int:
        """How many results a round has, beside the next states."""
        return len(self.body.outputs) - self.states

    def parts(self, operands: Sequence[Any]) -> tuple[list[Any], list[Any], list[Any]]:
        """The operands: the states at first, the columns, and what all rounds share."""
        s, c = self.states, self.states + self.columns
        return [*operands[:s]], [*operands[s:c]], [*operands[c:]]

    def same(self, other: Scan) -> bool:
        """Whether another recording gave the same loop."""
        mine = self.rounds, self.reverse, self.states, self.columns, self.history, self.kinked
        others = (
            other.rounds, other.reverse, other.states, other.columns, other.history, other.kinked
        )  # fmt: skip
        tables = [tuple(map(float.hex, x)) for x in self.tables]
        return (
            mine == others
            and tables == [tuple(map(float.hex, x)) for x in other.tables]
            and same_programs(self.body, other.body)
        )


class ScanRow(Reduction):
    """The row of one scan. Its value is the list of its results.

    `pull(scan, node, operands)` gives what its operands are multiplied by in a backward sweep.
    """

    structured = True

    def __init__(self, scan: Scan, pull: Callable[..., Any] | None = None) -> None:
        self.scan, self.pull = scan, pull
        slopes = partial(pull, scan) if pull else _no_slope
        compute: Any = partial(_results, scan)
        super().__init__("scan", "scan", compute, slopes)

    def with_scan(self, scan: Scan) -> ScanRow:
        return ScanRow(scan, self.pull)

    @property
    def details(self) -> Sequence[str]:  # type: ignore[override]  # made when it is asked for
        scan = self.scan
        way = " from the last to the first" if scan.reverse else ""
        given = f"{scan.states} states, {len(scan.tables)} tables, {scan.columns} columns"
        return [f"{scan.rounds} rounds{way}; {given}", *str(scan.body).splitlines()]

    def __reduce__(self) -> Any:
        return ScanRow, (self.scan,)


def _results(scan: Scan, *xs: Any) -> list[Any]:
    return Program.executable(alone(scan, len(xs))).kernel.run([*xs])[0]  # type: ignore[no-any-return]


def alone(scan: Scan, count: int) -> Program:
    """A program that gives the results of a scan of so many operands. Its inputs and outputs are
    numbers and columns.
    """
    program = Program()
    operands = tuple([program.input(0.0) for _ in range(count)])
    whole = program.append(ScanRow(scan), operands, 0.0)
    for k in range(scan.finals + scan.series + len(scan.history)):
        at = program.append(result, (whole, program.constant(float(k))), 0.0)
        program.outputs.append(at)
    return program


def column_lengths(program: Program) -> dict[int, int]:
    """How many numbers the columns have that are inputs or outputs of a program."""
    found: dict[int, int] = {}
    for i in program.outputs:
        if program.rows[i] is result:
            whole, k = program.operands[i]
            scan: Scan = program.rows[whole].scan  # type: ignore[union-attr]
            if program.constants[k] >= scan.finals:
                found[i] = scan.rounds
    inputs = {*program.inputs}
    for i, row in scans_of(program):
        _, columns, _ = row.scan.parts(program.operands[i])
        found.update([(j, row.scan.rounds) for j in columns if j in inputs])
    return found


def _where(condition: Any, g: Any) -> Any:
    return g.where(condition) if isinstance(g, Column) else where(condition, g, 0.0)


class Bundle:
    """What a backward sweep brings to a scan: the gradients of its results, by their numbers."""

    def __init__(self, parts: dict[int, Any]) -> None:
        self.parts = parts

    def __add__(self, other: Bundle) -> Bundle:
        for k, g in other.parts.items():
            self.parts[k] = self.parts[k] + g if k in self.parts else g
        return self

    def where(self, condition: Any) -> Bundle:
        """The same, or 0 where the condition does not hold."""
        return Bundle({k: _where(condition, g) for k, g in self.parts.items()})

    def __rmul__(self, g: Any) -> Bundle:
        """The gradient of one result."""
        return Bundle(dict.fromkeys(self.parts, g))


class Column:
    """What a backward sweep brings to a column: gradients of single elements, and whole columns."""

    def __init__(self, elements: dict[int, Any], whole: Sequence[Any] = ()) -> None:
        self.elements, self.whole = elements, [*whole]

    def __add__(self, other: Column) -> Column:
        for k, g in other.elements.items():
            self.elements[k] = self.elements[k] + g if k in self.elements else g
        self.whole += other.whole
        return self

    def where(self, condition: Any) -> Column:
        """The same, or 0 where the condition does not hold."""
        elements = {k: _where(condition, g) for k, g in self.elements.items()}
        return Column(elements, [Column.selected(condition, x) for x in self.whole])

    selected: ClassVar[Callable[[Any, Any], Any]]
    """Gives a column or zeros; set where recordings are made, which is above this floor."""

    def __rmul__(self, g: Any) -> Column:
        """The gradient of one element."""
        return Column(dict.fromkeys(self.elements, g))

    def __mul__(self, other: Any) -> Any:
        """The gradient of the operands of what made the column."""
        if isinstance(other, Bundle):
            return Bundle(dict.fromkeys(other.parts, self))
        (k,) = other.elements
        found = [] if k not in self.elements else [self.elements[k]]
        found += [element(x, float(k)) for x in self.whole]
        return sum(found[1:], start=found[0]) if found else 0.0


class _Structured(Primitive):
    """A row that reads or gives what is no number."""

    structured = True

    def __reduce__(self) -> Any:
        return _row, (self.name,)


class _ColumnRow(Reduction):
    structured = True

    def __reduce__(self) -> Any:
        return _row, (self.name,)


def _as_list(*xs: Any) -> Any:
    return [*xs]


def _entry(xs: Any, k: float) -> Any:
    return xs[int(k)]


def _no_slope(*_: Any) -> float:
    return 0.0


result = _Structured(
    "result", "result", (REAL, REAL), _entry, (lambda y, xs, k: Bundle({int(k): 1.0}), _no_slope)
)
element = _Structured(
    "element", "element", (REAL, REAL), _entry, (lambda y, xs, k: Column({int(k): 1.0}), _no_slope)
)
column = _ColumnRow(
    "column",
    "column",
    _as_list,
    lambda y, *xs: [Column({k: 1.0}) for k in range(len(xs))],
)


def _row(name: str) -> Primitive:
    return {row.name: row for row in (result, element, column)}[name]


def scans_of(program: Program) -> Iterator[tuple[int, ScanRow]]:
    """The scans of a program, with the numbers of their instructions."""
    return ((i, row) for i, row in enumerate(program.rows) if isinstance(row, ScanRow))


def has_scans(program: Program) -> bool:
    return any([isinstance(row, ScanRow) for row in {*program.rows}])


def every_program(program: Program) -> Iterator[Program]:
    """A program, and those of the rounds of its scans."""
    yield program
    for _, row in scans_of(program):
        yield from every_program(row.scan.body)


def operations(program: Program) -> int:
    """How many instructions a run of a program takes, those of all rounds."""
    rounds = [row.scan.rounds * operations(row.scan.body) for _, row in scans_of(program)]
    return len(program) + sum(rounds)


def same_programs(one: Program, other: Program) -> bool:
    """Whether two recordings gave the same program, of other numbers."""
    return (
        one.operands == other.operands
        and one.inputs == other.inputs
        and one.outputs == other.outputs
        and one.guards == other.guards
        and one._known == other._known
        and all(map(_same_rows, one.rows, other.rows))
    )


def _same_rows(one: Primitive | None, other: Primitive | None) -> bool:
    if isinstance(one, ScanRow) and isinstance(other, ScanRow):
        return one.scan.same(other.scan)
    return one is other


def without_scans(program: Program) -> Program:
    """The program with the rounds of all scans written out, for back-ends that know no loops."""
    if not has_scans(program):
        return program
    new = replace(program, rows=[], operands=[], recorded=[], batched=[], constants={}, names={})
    at: list[Any] = []  # the new number of an instruction, or those of a column or of all results
    new.inputs = []
    for i, (row, given, number, batched) in enumerate(program.instructions()):
        if row is None and i not in program.constants:
            at.append(new.input(number, program.names.get(i, ""), batched=batched))
        else:
            constant = program.constants.get(i)
            at.append(_written_out(new, row, [at[j] for j in given], number, constant))
    new.outputs = [at[i] for i in program.outputs]
    new.guards = [(at[i], truth) for i, truth in program.guards]
    new.masks = [at[i] for i in program.masks]
    if program.forward is not None:
        new.forward = next(
            (at[i] for i in range(program.forward, len(at)) if isinstance(at[i], int)), None
        )
    return new


Program._without_scans = without_scans


def _written_out(
    new: Program, row: Primitive | None, given: list[Any], number: Any, constant: float | None
) -> Any:
    """The instruction with these operands in another program: its number, a list for a column."""
    if row is None:
        assert constant is not None
        return new.constant(constant)
    if row is result or row is element:
        return given[0][int(new.constants[given[1]])]
    if row is column:
        return given
    if not isinstance(row, ScanRow):
        if number is None:
            number = row.compute(*[new.recorded[j] for j in given])
        return new.append(row, tuple(given), number)
    scan = row.scan
    states, columns, shared = scan.parts(given)
    found: list[list[Any]] = [[None] * scan.rounds for _ in range(scan.series + len(scan.history))]
    for k in scan.order:
        before = states
        entries = [new.constant(x[k]) for x in scan.tables] + [x[k] for x in columns]
        outputs = _round_of(new, scan.body, [*states, *entries, *shared])
        states, results = outputs[: scan.states], outputs[scan.states :]
        for column_of, x in zip(found, [*results, *[before[j] for j in scan.history]], strict=True):
            column_of[k] = x
    return [*states, *found]


def _round_of(new: Program, body: Program, inputs: list[Any]) -> list[Any]:
    known = dict(zip(body.inputs, inputs, strict=True))
    at: list[Any] = []
    for i, (row, given) in enumerate(zip(body.rows, body.operands, strict=True)):
        if i in known:
            at.append(known[i])
        else:
            operands = [at[j] for j in given]
            at.append(_written_out(new, row, operands, None, body.constants.get(i)))
    return [at[i] for i in body.outputs]
