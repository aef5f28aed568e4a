"""`compiled(function)`: it records the function, lowers the program, keeps it and runs it."""

from __future__ import annotations

import functools
import inspect
import linecache
import warnings
from collections.abc import Callable, Collection, Sequence
from time import perf_counter
from typing import Any

from ..derivative import Derivative
from ..engine import context
from ..engine.forks import Locked
from ..engine.gc_pause import collector_paused
from ..engine.reads import SourceLine
from ..engine.references import Hidden, reference
from ..engine.source_location import user_stack_level
from ..engine.value import Value
from ..errors import RecordingError, callable_or_error
from ..primitives.reductions import sum as total
from ..pytree.core import Structure, build, flat_numbers, structure_of
from .backends.base import has_nan
from .calling.calls import RESULT, Call, call_of, check_structure, joined, plain
from .calling.compiled_methods import methods_of
from .calling.fast_path import SLOW_PATH, FastPath, fast_path, kinds
from .calling.paths import Detour, Path
from .calling.static import with_static, without_static
from .calling.values import on_values
from .ir import scan_recording  # noqa: F401  it records loops
from .ir.program import Program
from .ir.random_draws import record_and_warn
from .ir.searches import Search, searches_of
from .ir.trace import Scanning, as_program, recorded_with_scans, taping
from .pipeline import BACKENDS, Executable, backend_named, optional_passes

MAX_PATHS, MAX_PATHS_OF_BATCHES = 1000, 32
PATIENCE = 1.0
"""A further path is compiled when its calls without a program have taken so many times as long as
compiling the first one.
"""
THIRD = 3
ONE_PATH = "on one path through its branches"
_SEVERAL = (inspect.Parameter.VAR_POSITIONAL, inspect.Parameter.VAR_KEYWORD)


class Compiled(Locked):
    """A function with its programs: one for each structure of the arguments and each path
    through its branches.
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
        functools.update_wrapper(self, function, updated=())
        self.function: Callable[..., Any] | None = function
        self.batched, self.static = tuple(batched), tuple(static)
        self.reduce = reduce
        self.without = frozenset(without)
        self.backend = backend
        self.paths: dict[Structure, list[Path]] = {}
        self.derived: dict[Any, Compiled] = {}  # functions made of this one, as its derivatives
        self._fast_paths: dict[Any, FastPath] = {}
        self._signature = inspect.signature(function) if batched or static else None

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        if context.active and context.tape() is not None and self.function is not None:
            return self.plainly(args, kwargs)  # a part of the program that is being recorded
        if self.static:
            args, kwargs = with_static(self._signature, self.static, args, kwargs)
        if self._fast_paths and not kwargs:
            fast = self._fast_paths.get(kinds(args))
            if fast is not None and (found := fast(args)) is not SLOW_PATH:
                return found
        call = call_of(self._signature, self.batched, args, kwargs)
        if call.on_values:
            return on_values(self, call)
        result, outputs = self.run(call)
        if (
            any([path is not None and path.followed for path in call.taken])
            and context.current.get().recording
        ):
            each = self.batched and self.reduce is None
            return self.plainly(args, kwargs) if each else on_values(self, call)
        if not kwargs and call.rows is None:
            (path, *others) = self.paths[call.structure]
            simple = not others and not path.truths and not path.captured
            if simple and (fast := fast_path(path.executable, args, result)) is not None:
                self._fast_paths[kinds(args)] = fast
        return build(result, outputs)

    def plainly(self, args: Sequence[Any], kwargs: dict[str, Any]) -> Any:
        """Call the function itself, for each sample if it is batched."""
        if self.static:
            args, kwargs = without_static(args, kwargs)
        if not self.batched:
            return self._function()(*args, **kwargs)
        call = call_of(self._signature, self.batched, tuple(args), kwargs)
        return build(*self._each(call, list))

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
        if len(mine) == len(call.given) and call.rows is None and not self.static:
            return self._each(call, list)
        own = call.of_arguments(mine)
        return self._each(
            call,
            lambda xs: [
                x if mine else Value(x, role="constant") for x, mine in zip(xs, own, strict=True)
            ],
        )

    def like(self, function: Callable[..., Any], reduce: str | None) -> Compiled:
        """Another function, compiled in the same way."""
        return Compiled(function, self.batched, reduce, self.without, self.backend, self.static)

    def __get__(self, instance: Any, owner: type | None = None) -> Any:
        """The compiled method of an object, which has programs of its own: the function reads the
        object's attributes from outside.
        """
        if instance is None:
            return self
        kept = methods_of(instance)
        if self not in kept:
            kept[self] = self.like(self._function().__get__(instance, owner), self.reduce)
        return kept[self]

    @property
    def programs(self) -> list[Program]:
        """Every program recorded so far, one for each structure of the arguments and each path."""
        return [path.executable.program for paths in self.paths.values() for path in paths]

    @property
    def program(self) -> Program:
        """The program of the latest recording; call the function once to have one."""
        if not self.programs:
            raise RecordingError(
                "nothing is recorded yet: call the compiled function once, then look at its program"
            )
        return self.programs[-1]

    def run(self, call: Call) -> tuple[Structure, list[Any]]:
        """The outputs for plain numbers. Each sample takes the path whose conditions it meets."""
        with self.lock:
            try:
                paths = self.paths.setdefault(call.structure, [])
            except TypeError:
                raise call.unhashable() from None
            first = paths[0] if paths else self._new_path(call)
            pending: list[tuple[Call, Path | Detour]] = [(call, first)]
            parts: list[tuple[Call, list[Any]]] = []
            while pending:
                part, path = pending.pop()
                if isinstance(path, Detour):
                    part.taken.append(None)
                    start = perf_counter()
                    result, outputs = self._without_program(part)
                    path.seconds += perf_counter() - start
                    check_structure(self, result, first.result, ONE_PATH)
                    parts.append((part, [plain(x) for x in outputs]))
                    continue
                part.taken.append(path)
                executable = path.executable
                numbers, rows, guards = path.run(executable, part)
                if path.truths and (detours := self._detours(part, path, guards)):
                    pending += detours
                    continue
                if executable.careful and (has_nan(numbers) or has_nan(rows)):
                    executable = self._strict(path, part)
                    numbers, rows, _ = path.run(executable, part)
                if part.rows is not None:
                    sampled = executable.kernel.sampled
                    numbers = part.outputs(sampled, numbers, rows, self.reduce)
                parts.append((part, numbers))
            if len(parts) == 1:
                return first.result, parts[0][1]
            return first.result, joined(parts, call.samples, self.reduce)

    def _detours(
        self, call: Call, path: Path, guards: list[Any]
    ) -> list[tuple[Call, Path | Detour]]:
        """The parts of a call with the path that each is to take, if not all take this one."""
        # only when all have been read may other programs run, which use the same memory
        return [
            (part, path if failed is None else self._other(part, path, failed, found))
            for part, failed, found in path.sorted_by_guards(call, guards)
        ]

    def _other(self, call: Call, path: Path, failed: int, found: float) -> Path | Detour:
        """Where a call goes that parts from a path at its condition number `failed`, which gives
        `found`: a path that is known, or a new one. A single call takes a new path without a
        program at first; such calls are compiled when they have taken as long as compiling takes.
        So a compiled function never takes more than twice the time of the plain one, whatever the
        branches.
        """
        paths = self.paths[call.structure]
        truth = path.truths[failed]
        way = found if truth.__class__ is float else not truth
        branch = failed, way if way == way else None
        other = path.others.get(branch)
        if other is None:
            prefix = [*path.truths[:failed], way]
            known = [x for x in paths if x.truths[: failed + 1] == prefix]
            other = path.others[branch] = known[0] if known else Detour()
            if not known:
                self._warn_of_branches(paths, path.lines[failed])
        if isinstance(other, Path):
            return other
        price = PATIENCE * min([x.seconds for x in paths])
        if len(paths) < self._most_paths and (call.rows is not None or other.seconds >= price):
            other = path.others[branch] = self._new_path(call)
        return other

    @property
    def _most_paths(self) -> int:
        return MAX_PATHS_OF_BATCHES if self.batched else MAX_PATHS

    def _warn_of_branches(self, paths: list[Path], line: SourceLine | None) -> None:
        """Name the condition at which the third path begins, or the first of too many. In a batch a
        few paths cost nothing.
        """
        ways = len(paths) + sum([x.__class__ is Detour for y in paths for x in y.others.values()])
        most = self._most_paths
        if ways != most + 1 and (ways != THIRD or self.batched):
            return
        where = ""
        if line is not None:
            text = linecache.getline(line.file, line.line).strip()
            text = f": {text}" if text else ""
            where = f" One begins at {line.file}, line {line.line}{text}."
        warnings.warn(
            f"{self!r} has taken {ways} different paths through its branches.{where} Each path is "
            "compiled by itself when its calls have taken as long as compiling takes, and none is "
            f"after {most}. To have one program for all, write what a condition chooses with "
            "maximum, minimum or where(condition, a, b), and an entry with take(xs, i)",
            RuntimeWarning,
            stacklevel=user_stack_level(),
        )

    def _new_path(self, call: Call) -> Path:
        """The path that a call takes, recorded."""
        start = perf_counter()
        with collector_paused():
            recorded = record_and_warn(self._function(), functools.partial(self._record, call))
            path = Path(*recorded)
            path.executable.kernel.prepare(call.samples)
        program = path.executable.program
        if path.executable.careful and has_nan([program.recorded[i] for i in program.outputs]):
            path.executable = self._strict(path, call)  # the recorded call needs it, so others will
        paths = self.paths[call.structure]
        if paths:
            check_structure(self, path.result, paths[0].result, ONE_PATH)
        path.seconds = perf_counter() - start
        paths.append(path)
        return path

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
        return recorded_with_scans(functools.partial(self._recorded, call, strict))

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
        lines = [tape.lines.get(condition) for condition in tape.guards]
        return program, captured, result, searches, lines

    def _strict(self, path: Path, call: Call) -> Executable:
        """The same path as a strict program, which masks everything below a branch not taken."""
        if path.strict is None and self.function is not None:
            path.strict = Executable(self._record(call, strict=True)[0])
        return path.strict or path.executable

    def __getstate__(self) -> dict[str, Any]:
        import pickle

        state = {
            key: value
            for key, value in self.__dict__.items()
            if key not in ("lock", "_fast_paths", "__wrapped__")
        }
        state["function"] = reference(self.function)
        try:
            pickle.dumps(state["function"])
        except Exception:  # a lambda or a closure: the recorded programs travel alone
            state["function"] = None
        return state

    def __setstate__(self, state: dict[str, Any]) -> None:
        super().__init__()
        self.__dict__.update(state)
        self._fast_paths = {}
        if isinstance(self.function, Hidden):  # in a copy, which goes through no pickle
            self.function = self.function.function
        if self.function is not None:
            self.__wrapped__ = self.function

    def __repr__(self) -> str:
        return f"<compiled {getattr(self, '__qualname__', 'function')}>"


def compiled(
    function: Callable[..., Any] | None = None,
    *,
    batched: str | Sequence[str] = (),
    reduce: str | None = None,
    without: str | Collection[str] = (),
    backend: str = "auto",
    static_argnames: str | Sequence[str] = (),
) -> Any:
    """The function as a program: recorded at the first call, run at array speed from then on.

    The results are those of the plain function, which may take and return numbers, lists and nested
    containers. The derivatives that the transforms give are functions too:
    `compiled(value_and_grad(loss))`. Python's `if` and `while` work: each path is recorded when it
    is first taken.

    Args:
        function: a function of numbers or nested containers of numbers. Without it the result is a
            decorator with these options.
        batched: the name of an argument that has a leading axis of samples, or several. The
            function is written for one sample and runs for all of them; results get the axis.
        reduce: "sum" or "mean" of the results over the samples, instead of the axis; None keeps the
            axis.
        without: the names of passes that are switched off.
        backend: "python" (straight-line code), "numpy", "native" (built at installation), "c" (by a
            C compiler), "jax" (by XLA), or "auto" for the one of the first three that costs least.
        static_argnames: the name of an argument that is no number of the program but a part of its
            structure, such as a count, or several. Each of its values, which must have a hash, gets
            a program of its own; the function sees the value as it is.

    Returns:
        A function of the same arguments.

    Raises:
        TypeError: `function` is not callable.
        ValueError: an option names a parameter, a reduction, a pass or a back-end that is not
            there.
        RecordingError: when called, if the function did something that a program could not repeat.

    Example:
        >>> from autograd_core import grad, sin
        >>> slope = compiled(grad(lambda x: sin(x) * x))
        >>> slope(2.0) == grad(lambda x: sin(x) * x)(2.0)
        True
    """
    if function is None:
        return functools.partial(
            compiled,
            batched=batched,
            reduce=reduce,
            without=without,
            backend=backend,
            static_argnames=static_argnames,
        )
    callable_or_error(function, "compiled")
    names, static = [(x,) if isinstance(x, str) else tuple(x) for x in (batched, static_argnames)]
    for option, given in (("batched", names), ("static_argnames", static)):
        _check_names(function, option, given)
    if both := [name for name in names if name in static]:
        raise ValueError(
            f"{both[0]!r} is in batched and in static_argnames; a static argument has no samples"
        )
    if reduce not in (None, "sum", "mean") or (reduce and not names):
        raise ValueError(
            f"reduce must be None, or 'sum' or 'mean' together with batched=...; got {reduce!r}"
        )
    passes = {without} if isinstance(without, str) else set(without)
    if strange := sorted(passes - set(optional_passes())):
        raise ValueError(
            f"without names {strange}, which it cannot switch off; the passes are "
            f"{', '.join(optional_passes())}"
        )
    if backend != "auto" and not backend_named(backend).batches and names:
        able = [name for name, found in BACKENDS.items() if found.batches]
        raise ValueError(
            f"the back-end {backend!r} runs no batches; leave batched out, or choose "
            f"'auto' or one of {able}"
        )
    return Compiled(function, names, reduce, passes, backend, static)


def _check_names(function: Callable[..., Any], option: str, names: Sequence[str]) -> None:
    parameters = inspect.signature(function).parameters if names else {}
    single = [name for name, p in parameters.items() if p.kind not in _SEVERAL]
    if unknown := [name for name in names if name not in single]:
        known = ", ".join(single) or "none that takes one argument"
        raise ValueError(
            f"{option} names {unknown}, but the parameters of {function!r} are: {known}; name some "
            "of those, or wrap the function "
            f"in another: lambda {unknown[0]}: f({unknown[0]})"
        )
