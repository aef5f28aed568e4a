"""Runs the calls of a function by the programs of its paths; records and compiles these."""

from __future__ import annotations

import functools
import linecache
import time
import warnings
from collections.abc import Callable, Collection, Sequence
from time import perf_counter
from typing import Any

from ..derivative import Derivative
from ..engine.forks import Locked, importing
from ..engine.gc_pause import collector_paused
from ..engine.reads import SourceLine
from ..engine.source_location import user_stack_level
from ..engine.value import Value
from ..errors import RecordingError
from ..primitives.reductions import sum as total
from ..pytree.core import Structure, flat_numbers, structure_of
from .backends.base import has_nan
from .calling.calls import RESULT, Call, check_structure, joined, plain
from .calling.paths import Branch, Detour, Family, Path, PathTree
from .ir.program import Program
from .ir.random_draws import record_and_warn
from .ir.searches import Search, searches_of
from .ir.trace import Scanning, as_program, recorded_with_scans, taping, unpacked
from .pipeline import BACKENDS, Executable

cpu_time: Callable[[], float] = getattr(time, "thread_time", perf_counter)
"""What other programs take on the machine is no cost of a call; a browser tells only the time."""

MAX_PATHS = 1000
PATHS_AT_ONCE = 32  # of a batch
PATIENCE = 1.0
"""A further path gets a program when its calls without one have taken so many times as long as it
took to add one of the latest paths.
"""
BOTH = 2.0  # a guess: a program of two paths takes so many times as long as that of the first
THIRD = 3
ONE_PATH = "on one path through its branches"


class Runner(Locked):
    """A function with its programs: for each structure of the arguments those of the paths through
    its branches.
    """

    def __init__(
        self,
        function: Callable[..., Any],
        batched: Sequence[str],
        reduce: str | None,
        without: Collection[str],
        backend: str,
        static: Sequence[str] = (),
    ) -> None:
        super().__init__()
        self.function: Callable[..., Any] | None = function
        self.batched, self.static = tuple(batched), tuple(static)
        self.reduce = reduce
        self.without = frozenset(without)
        self.backend = backend
        self.trees: dict[Structure, PathTree] = {}
        self.refused: set[Any] = set()  # the codes of steps that are recorded round by round

    def _each(
        self, call: Call, leaves: Callable[[list[Any]], list[Any]]
    ) -> tuple[Structure, list[Any]]:
        """The result of the function itself: its structure, and its outputs over all samples."""
        result, columns = call.each(self._function(), leaves)
        if call.rows is None:
            return result, [x for (x,) in columns]
        if self.reduce is None:
            import numpy

            return result, [numpy.fromiter(column, object, call.samples) for column in columns]
        share = 1.0 / call.samples if self.reduce == "mean" else 1.0
        return result, [total(*column) * share for column in columns]

    def _without_program(self, call: Call) -> tuple[Structure, list[Any]]:
        """The same for plain numbers, on Values as in a recording. A derivative makes Values of the
        arguments that it is taken by itself, in less time; but a sparse one then gives an array of
        SciPy, which is no container.
        """
        f = self.function
        if not isinstance(f, Derivative) or f.sparse:
            return self._each(call, lambda xs: [Value(x) for x in xs])
        mine = f.positions(len(call.args))
        if len(mine) == len(call.batched) and call.rows is None and not self.static:
            outputs: list[Any] = []
            found = f(*call.args) if call.on_numbers else f(*call.rebuilt(call.numbers())[0])
            return structure_of(found, outputs, RESULT), flat_numbers(outputs)
        own = call.of_arguments(mine)
        return self._each(
            call,
            lambda xs: [
                x if mine else Value(x, role="constant") for x, mine in zip(xs, own, strict=True)
            ],
        )

    def run(self, call: Call) -> tuple[Structure, list[Any]]:
        """The outputs for plain numbers. Each sample takes the path whose conditions it meets."""
        with self.lock:
            try:
                tree = self.trees.get(call.structure)
            except TypeError:
                raise call.unhashable() from None
            if tree is None or tree.outdated:
                tree = self.trees[call.structure] = self._first_path(call)
            if call.rows is None:
                return tree.paths[0].result, self._run_one(call, tree)
            parts = self._run_samples(call, tree)
            outputs = parts[0][1] if len(parts) == 1 else joined(parts, call.samples, self.reduce)
            return tree.paths[0].result, outputs

    def _run_one(self, call: Call, tree: PathTree) -> list[Any]:
        """The outputs of a call without samples. Where it parts from the path that is tried, one is
        tried that agrees with it so far.
        """
        path, passed = tree.latest, -1
        while True:
            family = path.family
            outputs, guards = family.run(call, path)
            parting = path.parting(guards) if path.truths else None
            if parting is None:
                break
            k, found = parting
            if k <= passed:  # programs that round in other ways do not agree on the path
                return self._plainly(call, tree, Detour())
            known = tree.branch(path, k, found)
            other = self._further(tree, call, *known) if isinstance(known, tuple) else known
            if isinstance(other, Detour):
                return self._plainly(call, tree, other)
            path, passed = other, k
        tree.latest = path
        call.taken.append(path)
        if not family.executable.careful or not has_nan(outputs):
            return outputs
        if family.executable.differentiates_scans:
            return self._plainly(call, tree, Detour())
        strict = self._strict(path, call)
        return strict.kernel.run(call.flat(path.captured))[0] if strict else outputs

    def _run_samples(self, call: Call, tree: PathTree) -> list[tuple[Call, list[Any]]]:
        """The outputs of a call with samples, in parts that are run together."""
        with importing:  # it loads NumPy
            from .calling.samples import Search, of_samples

        (path, *others) = tree.paths
        if not others:
            kernel = path.family.executable.kernel
            numbers, rows, guards = kernel.run(call.flat(path.captured), call.rows, call.samples)
            if not path.truths or of_samples(path.family).agree(guards):
                call.taken.append(path)
                return [(call, self._checked(call, tree, path.family, numbers, rows))]
        search = Search(tree, call, functools.partial(self._further, tree))
        search.run()
        parts: list[tuple[Call, list[Any]]] = []
        for family, samples in search.families():
            part = call if len(samples) == call.samples else call.subset(samples)
            members, executable = search.members(samples), family.executable
            if search.outputs is None:
                numbers, rows, _ = of_samples(family).run(executable, part, members)
            else:
                numbers, rows = search.outputs
            call.taken += [family.paths[k] for k in {*members.tolist()}]
            parts.append((part, self._checked(part, tree, family, numbers, rows)))
        if search.detours:
            part, whole = call.subset(search.away), Detour()
            parts.append((part, self._plainly(part, tree, whole)))
            for detour, group in search.detours.items():
                detour.seconds += whole.seconds * len(group) / part.samples
            call.taken.append(None)
        return parts

    def _checked(
        self, call: Call, tree: PathTree, family: Family, numbers: Any, rows: Any
    ) -> list[Any]:
        """The outputs of samples, from those of the kernel unless a nan in these may be wrong."""
        executable = family.executable
        if executable.careful and (has_nan(numbers) or has_nan(rows)):
            # each path, and each round of a scan, would need a strict program of its own
            if family.is_merged or executable.differentiates_scans:
                return self._plainly(call, tree, Detour())
            if (strict := self._strict(family.paths[0], call)) is not None:
                executable, given = strict, call.flat(family.captured)
                numbers, rows, _ = strict.kernel.run(given, call.rows, call.samples)
        return call.outputs(executable.kernel.sampled, numbers, rows, self.reduce)  # type: ignore[no-any-return]

    def _plainly(self, call: Call, tree: PathTree, detour: Detour) -> list[Any]:
        """The outputs of a call by the plain function."""
        call.taken.append(None)
        start = cpu_time()
        if call.instead is not None and call.rows is None:
            outputs: list[Any] = []
            call.found = call.instead()
            result = structure_of(call.found, outputs, RESULT)
        else:
            result, outputs = self._without_program(call)
        detour.seconds += cpu_time() - start
        check_structure(self, result, tree.paths[0].result, ONE_PATH)
        return outputs if {*map(type, outputs)} <= {float} else [plain(x) for x in outputs]

    def _further(self, tree: PathTree, call: Call, path: Path, branch: Branch) -> Path | Detour:
        """Where a call goes that parts from a path at a branch to which no path is known: to a new
        path, or to the plain function. A branch gets a path when its calls without one have taken
        as long as it took to add one of the latest paths. So a compiled function never takes much
        more than twice the time of the plain one, whatever the branches.

        The first paths of a batch are added at once.
        """
        detour = path.others.get(branch)
        if not isinstance(detour, Detour):
            detour = path.others[branch] = Detour()
            tree.ways += 1
            self._warn_of_branches(tree, path.lines[branch[0]])
        at_once = call.rows is not None and len(tree.paths) < PATHS_AT_ONCE
        if detour.closed or len(tree.paths) >= MAX_PATHS:
            return detour
        if not at_once and detour.seconds < PATIENCE * min(tree.prices):
            return detour
        start, refused = perf_counter(), len(self.refused)
        found, program = self._new_path(call)
        check_structure(self, found.result, tree.paths[0].result, ONE_PATH)
        tree.outdated |= len(self.refused) > refused  # its paths have scans where others cannot
        with collector_paused():
            if not tree.add(found, program, path, branch):
                detour.closed = True
                return detour
            if call.rows is None:
                self._make_ready(found, call)
        tree.prices = [*tree.prices[-2:], perf_counter() - start]
        return found

    def _warn_of_branches(self, tree: PathTree, line: SourceLine | None) -> None:
        """Name the condition at which the third path begins, or the first of too many. In a batch a
        few paths cost nothing.
        """
        ways, most = tree.ways, PATHS_AT_ONCE if self.batched else MAX_PATHS
        if ways != most + 1 and (ways != THIRD or self.batched):
            return
        where = ""
        if line is not None:
            text = linecache.getline(line.file, line.line).strip()
            text = f": {text}" if text else ""
            where = f" One begins at {line.file}, line {line.line}{text}."
        warnings.warn(
            f"{self!r} has taken {ways} different paths through its branches.{where} A further one "
            "is compiled when its calls have taken as long as compiling takes, and none is after "
            f"{MAX_PATHS}. To have one path for all, write what a condition chooses with maximum, "
            "minimum or where(condition, a, b), and an entry with take(xs, i)",
            RuntimeWarning,
            stacklevel=user_stack_level(),
        )

    def _first_path(self, call: Call) -> PathTree:
        start = perf_counter()
        path, _ = self._new_path(call)
        self._make_ready(path, call)
        return PathTree(path, BOTH * (perf_counter() - start))

    def _new_path(self, call: Call) -> tuple[Path, Program]:
        """The path that a call takes, recorded."""
        with collector_paused():
            recorded = record_and_warn(self._function(), functools.partial(self._record, call))
            return Path(*recorded), recorded[0]

    def _make_ready(self, path: Path, call: Call) -> None:
        """Compile the program of a path."""
        with collector_paused():
            executable = path.family.executable
            executable.kernel.prepare(call.samples)
            program = executable.program
            if (
                executable.careful
                and not (path.family.is_merged or executable.differentiates_scans)
                and has_nan([program.recorded[i] for i in program.outputs])
            ):
                # the recorded call needs it, so others will
                path.family.executable = self._strict(path, call) or executable

    def _function(self) -> Callable[..., Any]:
        if self.function is None:
            raise RecordingError(
                "this compiled function came out of a pickle without its function, and none of its "
                "programs fits these arguments; define the function in a module, so that it can be "
                "imported where it is unpickled"
            )
        return self.function

    def _record(
        self, call: Call, strict: bool
    ) -> tuple[Program, list[Any], Structure, list[Search], list[SourceLine | None]]:
        """Run the function once on Values and make what it did a program."""
        record = functools.partial(self._recorded, call, strict)
        found = recorded_with_scans(record, self.refused)
        unpacked(found[0])
        return found

    def _recorded(
        self, call: Call, strict: bool, scanning: Scanning
    ) -> tuple[Program, list[Any], Structure, list[Search], list[SourceLine | None]]:
        function = self._function()
        strict |= self.backend in BACKENDS and BACKENDS[self.backend].strict
        names = call.names(function)
        sampled = [has_samples for _, has_samples in names]
        with taping(strict, scanning) as tape:
            leaves = [
                Value(number, name, role="sample" if has_samples else "input")
                for number, (name, has_samples) in zip(call.numbers(), names, strict=True)
            ]
            tape.arguments.update(leaves)
            outputs: list[Any] = []
            args, kwargs = call.rebuilt(leaves)
            result = structure_of(function(*args, **kwargs), outputs, RESULT)
            flat = flat_numbers(outputs)
            program, captured = as_program(tape, leaves, flat, sampled)
            shared = [x for x, own in zip(leaves, sampled, strict=True) if not own]
            searches = searches_of(tape, [*shared, *captured])
        program.summed = len(flat) if self.reduce is not None else 0
        program.without, program.backend = self.without, self.backend
        asked = [
            (guard, tape.lines.get(condition))
            for guard, condition in zip(program.guards, tape.guards, strict=True)
            if guard[0] not in program.constants
        ]
        program.guards, lines = [guard for guard, _ in asked], [line for _, line in asked]
        return program, captured, result, searches, lines

    def _strict(self, path: Path, call: Call) -> Executable | None:
        """The same path as a strict program, which masks everything below a branch not taken; None
        if it cannot be recorded any more.
        """
        if path.strict is None and self.function is not None:
            path.strict = Executable(self._record(call, strict=True)[0])
        return path.strict
