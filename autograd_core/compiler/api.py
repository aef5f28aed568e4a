"""`compiled(function)`: it records the function, lowers the program, keeps it and runs it."""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable, Collection, Sequence
from typing import Any

from ..engine import context
from ..engine.forks import Locked
from ..engine.references import Hidden, reference
from ..errors import RecordingError, callable_or_error
from ..pytree.core import build
from .calling.calls import call_of
from .calling.compiled_methods import methods_of
from .calling.shortcuts import NO_SHORTCUT, Shortcut, kinds, shortcut
from .calling.static import with_static, without_static
from .calling.values import on_values
from .ir import scan_recording  # noqa: F401  it records loops
from .ir.program import Program
from .pipeline import BACKENDS, backend_named, optional_passes
from .running import Runner

_SEVERAL = (inspect.Parameter.VAR_POSITIONAL, inspect.Parameter.VAR_KEYWORD)


def _none(arguments: Sequence[Any]) -> Any:
    """The shortcut of a function that has none."""
    return NO_SHORTCUT


class Compiled(Runner):
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
        super().__init__(function, batched, reduce, without, backend, static)
        functools.update_wrapper(self, function, updated=())
        self.derived: dict[Any, Compiled] = {}  # functions made of this one, as its derivatives
        self._shortcuts: dict[Any, Shortcut] = {}
        self._latest: Shortcut = _none
        self._signature = inspect.signature(function) if batched or static else None

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        if context.active and context.tape() is not None and self.function is not None:
            return self.plainly(args, kwargs)  # a part of the program that is being recorded
        if self.static:
            args, kwargs = with_static(self._signature, self.static, args, kwargs)
        if not kwargs:
            if (found := self._latest(args)) is not NO_SHORTCUT:
                return found
            if self._shortcuts and (fast := self._shortcuts.get(kinds(args))) is not None:
                self._latest = fast
                if (found := fast(args)) is not NO_SHORTCUT:
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
            (path, *others) = self.trees[call.structure].paths
            simple = not others and not path.truths and not path.captured
            if simple and kinds(args) not in self._shortcuts:
                fast = shortcut(path.family.executable, args, result)
                if fast is not None:
                    self._latest = self._shortcuts[kinds(args)] = fast
        return build(result, outputs)

    def plainly(self, args: Sequence[Any], kwargs: dict[str, Any]) -> Any:
        """Call the function itself, for each sample if it is batched."""
        if self.static:
            args, kwargs = without_static(args, kwargs)
        if not self.batched:
            return self._function()(*args, **kwargs)
        call = call_of(self._signature, self.batched, tuple(args), kwargs)
        return build(*self._each(call, list))

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
        """Every program so far: for each structure of the arguments one for the first path, and
        one for each of the others, or for several that have most of it in common.
        """
        return [x.executable.program for tree in self.trees.values() for x in tree.families]

    @property
    def program(self) -> Program:
        """The program of the latest recording; call the function once to have one."""
        if not self.programs:
            raise RecordingError(
                "nothing is recorded yet: call the compiled function once, then look at its program"
            )
        return self.programs[-1]

    def __getstate__(self) -> dict[str, Any]:
        import pickle

        state = {
            key: value
            for key, value in self.__dict__.items()
            if key not in ("lock", "refused", "_shortcuts", "_latest", "__wrapped__")
        }
        state["function"] = reference(self.function)
        try:
            pickle.dumps(state["function"])
        except Exception:  # a lambda or a closure: the recorded programs travel alone
            state["function"] = None
        return state

    def __setstate__(self, state: dict[str, Any]) -> None:
        Locked.__init__(self)
        self.__dict__.update(state)
        self._shortcuts, self._latest, self.refused = {}, _none, set()
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
    """Record a function as a program at its first call, and run it at array speed from then on.

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
        static_argnames: the name of an argument, or several, that is not a number of the program
            but a part of its structure, such as a count. Each of its values must have a hash, and
            gets a separate program; the function sees the value as it is.

    Returns:
        A function of the same arguments.

    Raises:
        TypeError: `function` is not callable.
        ValueError: an option names a parameter, a reduction, a pass or a back-end that does not
            exist.
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
            f"the back-end {backend!r} does not run batches; leave batched out, or choose "
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
