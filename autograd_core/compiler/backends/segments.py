"""A program with scans in parts, for back-ends that print no loops: the segments between the scans
are programs of their own, and so is a round of each scan. A kernel runs one after the other.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from ...primitives import Primitive
from ..ir.program import Program
from ..ir.scans import Scan, ScanRow, alone, column, element, has_scans, result
from ..passes import Pass
from ..passes.dead_code import remove_dead_code
from ..passes.simplify import simplify
from .base import Kernel


@dataclass(slots=True)
class Segment:
    """What is computed between scans: a program, and the numbers in the whole program of what it
    reads and gives. Before it results and elements are looked up; behind it columns are made, and
    scans run.
    """

    program: Program = field(default_factory=Program)
    reads: list[int] = field(default_factory=list)
    gives: list[int] = field(default_factory=list)
    lookups: list[int] = field(default_factory=list)
    columns: list[int] = field(default_factory=list)
    scans: list[int] = field(default_factory=list)


class Segments:
    """A program that is cut at its scans; the last segment gives its outputs and guards. `bodies`
    are the rounds of its scans, which know what has samples.
    """

    def __init__(self, program: Program) -> None:
        for step in (Pass("simplify", simplify), Pass("remove_dead_code", remove_dead_code)):
            program = step(program, program.without)
        self.program, self.bodies = program, dict[int, Program]()
        self.ready = self._ready()
        self.segments = [Segment() for _ in range(1 + max(self.ready, default=0))]
        self._at: list[dict[int, int]] = [{} for _ in self.segments]
        for i, row in enumerate(program.rows):
            if row is not None:
                self._place(i, row, self.segments[self.ready[i]])
        last, end = self.segments[-1].program, len(self.segments) - 1
        last.outputs = [self._read(end, i) for i in program.outputs]
        last.guards = [(self._read(end, i), truth) for i, truth in program.guards]
        last.summed = program.summed
        for part, at in zip(self.segments[:-1], self._at, strict=False):
            part.program.outputs = [at[i] for i in part.gives]

    def _ready(self) -> list[int]:
        """For each value the segment that computes it, or behind which its scan runs."""
        rows, ready = self.program.rows, list[int]()
        for row, operands in zip(rows, self.program.operands, strict=True):
            first = max([ready[j] for j in operands], default=0)
            later = row is result or (row is element and rows[operands[0]] is column)
            ready.append(first + later)
        return ready

    def _place(self, i: int, row: Primitive, part: Segment) -> None:
        """Put an instruction into its segment."""
        program, operands = self.program, self.program.operands[i]
        if not row.structured:
            given = tuple([self._read(self.ready[i], j) for j in operands])
            number, batched = program.recorded[i], program.batched[i]
            part.program.without = program.without
            self._at[self.ready[i]][i] = part.program.append(row, given, number, batched)
        elif isinstance(row, ScanRow):
            part.scans.append(i)
            self.bodies[i] = with_samples(row.scan, [program.batched[j] for j in operands])
            self._give(operands)
        elif row is column:
            part.columns.append(i)
            self._give(operands)
        else:
            part.lookups.append(i)

    def _read(self, n: int, j: int) -> int:
        """The number of value j in segment n."""
        program, at, part = self.program, self._at[n], self.segments[n]
        if j not in at:
            if j in program.constants:
                at[j] = part.program.constant(program.constants[j])
            else:
                name, batched = program.names.get(j, ""), program.batched[j]
                at[j] = part.program.input(program.recorded[j], name, batched=batched)
                part.reads.append(j)
                self._give([j])
        return at[j]

    def _give(self, values: Sequence[int]) -> None:
        """Note that these are read outside of the segments that compute them."""
        for j in values:
            row, part = self.program.rows[j], self.segments[self.ready[j]]
            if row is not None and not row.structured and j not in part.gives:
                part.gives.append(j)

    def programs(self) -> Iterator[tuple[str, Program, int]]:
        """The programs of the parts, with their titles and how often they run."""
        for n, part in enumerate(self.segments):
            if part.gives or part is self.segments[-1]:
                yield f"segment {n + 1} of {len(self.segments)}", part.program, 1
            for i in part.scans:
                row: Any = self.program.rows[i]
                rounds = row.scan.rounds
                yield f"each of the {rounds} rounds of %{i}", self.bodies[i], rounds


def with_samples(scan: Scan, given: Sequence[bool]) -> Program:
    """The body of a scan, of whose operands these have samples. If one has, so have the states."""
    body, s = scan.body, scan.states
    if not any(given):
        return body
    flags = [True] * s + [False] * len(scan.tables) + [*given[s:]]
    has = dict(zip(body.inputs, flags, strict=True))
    batched: list[bool] = []
    for i, operands in enumerate(body.operands):
        batched.append(has.get(i, False) or any([batched[j] for j in operands]))
    return replace(body, batched=batched)


def in_parts(program: Program, texts: Callable[[Program], dict[str, str]]) -> dict[str, str]:
    """The texts of a program; of one with scans those of its parts, under their titles."""
    if not has_scans(program):
        return texts(program)
    found: dict[str, list[str]] = {}
    for title, part, _ in Segments(program).programs():
        for name, text in in_parts(part, texts).items():
            found.setdefault(name, []).append(f"# {title}\n{text}")
    return {name: "\n\n".join(parts) for name, parts in found.items()}


class SegmentsKernel(Kernel):
    """Runs a program in segments, and the rounds of each scan one after the other."""

    def __init__(self, program: Program, build: Callable[[Program], Kernel]) -> None:
        self.cut = Segments(program)
        parts = self.cut.segments
        self.kernels = [build(x.program) if x.gives or x is parts[-1] else None for x in parts]
        batched = any(self.cut.program.batched)
        self.rounds: dict[int, Rounds] = {}
        self.alone: dict[int, Kernel] = {}  # what a batch has in common runs as plain Python
        for i, body in self.cut.bodies.items():
            row: Any = self.cut.program.rows[i]
            if batched and not any(body.batched):
                single = alone(row.scan, len(self.cut.program.operands[i]))
                self.alone[i] = Program.executable(single).kernel
            else:
                self.rounds[i] = Rounds(row.scan, body, build(body))
        self.sampled = [self.cut.program.batched[i] for i in self.cut.program.outputs]

    def run(self, numbers: Any, rows: Any = None, samples: int = 1) -> tuple[Any, Any, list[Any]]:
        program, known = self.cut.program, dict[int, Any](self.cut.program.constants)
        flat = numbers if isinstance(numbers, list) else numbers.tolist()
        shared, own = iter(flat), iter(rows if rows is not None else ())
        known |= {i: next(own) if program.batched[i] else next(shared) for i in program.inputs}
        found: tuple[Any, Any, list[Any]] = None, None, []
        for part, kernel in zip(self.cut.segments, self.kernels, strict=True):
            for i in part.lookups:
                xs, k = program.operands[i]
                known[i] = known[xs][int(known[k])]
            if kernel is not None:
                batched = part.program.batched
                flags = [batched[i] for i in part.program.inputs]
                found = _run(kernel, [known[i] for i in part.reads], flags, samples)
                if part.gives:
                    known |= zip(part.gives, _outputs(kernel, part.program, found), strict=True)
            for i in part.columns:
                numbers_of = [known[j] for j in program.operands[i]]
                known[i] = _stacked(numbers_of, samples) if program.batched[i] else numbers_of
            for i in part.scans:
                operands = [known[j] for j in program.operands[i]]
                if i in self.alone:
                    known[i] = self.alone[i].run(operands)[0]
                else:
                    known[i] = self.rounds[i].run(operands, samples)
        return found


def _run(kernel: Kernel, values: list[Any], flags: list[bool], samples: int) -> Any:
    if not any(flags):
        return kernel.run(values, None, samples)
    rows = _stacked([x for x, own in zip(values, flags, strict=True) if own], samples)
    return kernel.run([x for x, own in zip(values, flags, strict=True) if not own], rows, samples)


def _stacked(values: list[Any], samples: int) -> Any:
    import numpy

    rows = numpy.empty((len(values), samples))
    for k, x in enumerate(values):
        rows[k] = x
    return rows


def _outputs(kernel: Kernel, program: Program, found: Any) -> list[Any]:
    """The outputs in their order: floats, and rows."""
    numbers, rows, _ = found
    flat = numbers.tolist() if hasattr(numbers, "tolist") else numbers
    shared, own = iter(flat), iter(rows if rows is not None else ())
    return [next(own) if program.batched[i] else next(shared) for i in program.outputs]


class Rounds:
    """Runs a scan with the kernel of a round.

    The inputs of a round lie in one array, or in one for numbers and one for rows; what all rounds
    share is put there once.
    """

    def __init__(self, scan: Scan, body: Program, kernel: Kernel) -> None:
        self.scan, self.kernel = scan, kernel
        self.own = [body.batched[i] for i in body.inputs]
        counts = [0, 0]
        self.places: list[int] = []
        for has_samples in self.own:
            self.places.append(counts[has_samples])
            counts[has_samples] += 1
        self.counts = counts

    def run(self, operands: list[Any], samples: int) -> list[Any]:
        """The results of the scan."""
        import numpy

        scan, s, batched = self.scan, self.scan.states, any(self.own)
        states, columns, shared = scan.parts(operands)
        entries = [numpy.asarray(x) for x in (*scan.tables, *columns)]
        flat, rows = numpy.empty(self.counts[0]), numpy.empty((self.counts[1], samples))
        for k, x in [*enumerate(states), *enumerate(shared, s + len(entries))]:
            (rows if self.own[k] else flat)[self.places[k]] = x
        target = rows if batched else flat
        before = numpy.empty((scan.rounds, len(scan.history), *target.shape[1:]))
        kept = numpy.array(scan.history, dtype=int)
        found: list[Any] = [None] * scan.rounds
        for k in scan.order:
            before[k] = target[kept]
            for n, x in enumerate(entries, s):
                (rows if self.own[n] else flat)[self.places[n]] = x[k]
            outputs = self.kernel.run(flat, rows if batched else None, samples)
            y = _together(self.kernel, outputs, target.shape[1:])
            target[:s] = y[:s]
            found[k] = y[s:]
        series = numpy.array(found)
        return [*target[:s].copy(), *numpy.moveaxis(series, 1, 0), *numpy.moveaxis(before, 1, 0)]


def _together(kernel: Kernel, found: Any, shape: tuple[int, ...]) -> Any:
    """The outputs of a round in one array, as numbers or as rows."""
    import numpy

    numbers, rows, _ = found
    if not shape:
        return numpy.asarray(numbers)
    if all(kernel.sampled):
        return rows
    every = numpy.empty((len(kernel.sampled), *shape))
    sampled = numpy.array(kernel.sampled)
    every[~sampled] = numpy.asarray(numbers)[:, None]
    if rows is not None:
        every[sampled] = rows
    return every
