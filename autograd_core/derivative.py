"""One run of a function for its derivative, on fresh leaves in the places of the differentiated
arguments; and what a transform gives, a function named as the one that it is the derivative of.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import update_wrapper
from types import MethodType
from typing import Any

from .engine import context
from .engine.kinks import beyond
from .engine.lost_gradients import parameter_names, report_losses
from .engine.node import Argument, Node, Note, number
from .engine.references import reference
from .engine.sweeps import adjoints, differentiate, topological_order
from .engine.trackers import Tracker
from .engine.value import Value, apply, unrecorded
from .errors import callable_or_error, real, shown, unboxed
from .primitives.arithmetic import identity
from .pytree.core import (
    NUMBER,
    Structure,
    build,
    flatten,
    has_static,
    is_flag,
    leaf_names,
    tuple_of,
)

Argnums = int | Sequence[int]


class Derivative:
    """What a transform gives: a function, named and documented as the one that it is the derivative
    of.

    It can be pickled where that one can, by the name of that one: also under that very name, as in
    `@grad def f`.
    """

    __wrapped__: Callable[..., Any]

    def __init__(
        self,
        transform: Any,
        rule: Callable[[Call], Any],
        f: Callable[..., Any],
        argnums: Argnums,
        sparse: bool = False,
    ) -> None:
        callable_or_error(f, transform.__name__)
        update_wrapper(self, f, updated=())
        self._transform, self._rule, self._argnums = transform, rule, argnums
        self.sparse = sparse

    def __call__(self, /, *args: Any, **kwargs: Any) -> Any:
        if context.active:
            return recorded(lambda: self._rule(Call(self.__wrapped__, self._argnums, args, kwargs)))
        return self._rule(Call(self.__wrapped__, self._argnums, args, kwargs))

    def positions(self, count: int) -> set[int]:
        """The arguments that it is taken by, of so many."""
        return {position % count for position in _positions(self._argnums, count)}

    def __get__(self, instance: Any, owner: type | None = None) -> Any:
        return self if instance is None else MethodType(self, instance)

    def __repr__(self) -> str:
        return f"<{self._transform.__name__} of {self.__wrapped__!r}>"

    def __reduce__(self) -> Any:
        options = (True,) if self.sparse else ()
        return self._transform, (reference(self.__wrapped__), self._argnums, *options)

    def __copy__(self) -> Derivative:
        return self  # as of every function

    def __deepcopy__(self, memo: dict[int, Any]) -> Derivative:
        return self


def recorded(derivative: Callable[[], Any]) -> Any:
    """The derivative whatever `no_grad` it is computed in; there it is a constant."""
    if not context.active or context.current.get().recording:
        return derivative()
    with context.recorded():
        return _constant(derivative())


def _constant(result: Any) -> Any:
    numbers, structure = flatten(result)
    return build(structure, [unrecorded(x) if isinstance(x, Value) else x for x in numbers])


class Call(Tracker):
    """One run of a function on fresh leaves in the places of the differentiated arguments."""

    def __init__(
        self, f: Callable[..., Any], argnums: Argnums, args: Sequence[Any], kwargs: dict[str, Any]
    ) -> None:
        positions = _positions(argnums, len(args))
        parts = [numbers(args[i], f"argument {i}", len(positions) > 1) for i in positions]
        leaves = parts[0][0] if len(parts) == 1 else [x for own, _ in parts for x in own]
        structures = [part for _, part in parts]
        self.structure: Structure = (
            structures[0] if isinstance(argnums, int) else tuple_of(structures)
        )
        tape = context.tape()
        self.nested = tape is not None or any([isinstance(x, Node) for x in leaves])
        self.inputs = [apply(identity, (x,)) if isinstance(x, Node) else Value(x) for x in leaves]
        if tape is not None:
            tape.same |= {
                x: x._number for x in self.inputs if x._da is None
            }  # constants of the program
        notes = []
        for x in self.inputs:
            known = x._origin.__class__ is Note
            x._origin = note = (
                Argument(x.operation, group=x.group) if known else Argument(x._origin)
            )
            notes.append(note)
        given, start = list(args), 0
        for i, (own, part) in zip(positions, parts, strict=True):
            given[i] = (
                self.inputs[start]
                if part is NUMBER
                else build(part, self.inputs[start : start + len(own)], argument=True)
            )
            start += len(own)
        self.arguments = f, len(args), positions, structures
        try:
            self.output = self.run(f, given, kwargs)
        finally:
            for note in notes:
                note.role = "constant"

    def tell(
        self,
        outputs: Sequence[Any],
        slopes: Sequence[Sequence[Any]] = (),
        result: Structure | None = None,
    ) -> None:
        """Warn of what was read of an argument on which no output depends: all slopes by it,
        where given, are 0. Several outputs, which stand in the `result`, are looked at one by one.
        """
        if self.suspicious:
            suspects: Sequence[int] = range(len(self.inputs))
            for row in slopes:
                suspects = [i for i in suspects if not number(row[i])]
            rows = None if result is None else lambda: list(leaf_names(result, "the result"))
            if suspects or rows:
                report_losses(self, outputs, suspects, self.names, rows)
        self.readings, self.inner = {}, ()

    def names(self) -> list[str]:
        """The path to each input, from the name that the function has for its argument."""
        f, count, positions, structures = self.arguments
        names = parameter_names(f, count)
        return [
            path
            for i, part in zip(positions, structures, strict=True)
            for path in leaf_names(part, names[i])
        ]

    def symbolic(self, output: Node) -> bool:
        """Whether a derivative of the result could be wanted: it was computed from Values that
        are not ours.
        """
        return self.nested or _foreign(topological_order(output))

    def gradient(self, output: Any, symbolic: bool | None = None) -> tuple[list[Any], bool]:
        """∂output/∂input for each input, and whether these are Values: where nothing is said,
        if that could be wanted.
        """
        if not isinstance(output, Node):
            return [0.0] * len(self.inputs), bool(symbolic)
        if not self.nested and not symbolic:
            found, ends = adjoints(output, self.inputs)
            if symbolic is False or not _foreign(ends):
                return found, False
        return differentiate(output, self.inputs), True


def _positions(argnums: Argnums, count: int) -> list[int]:
    """The arguments to differentiate by, of so many."""
    if argnums.__class__ is int and -count <= argnums < count:  # a fast path
        return [argnums]
    positions = [argnums] if isinstance(argnums, int) else list(argnums)
    if not all([isinstance(position, int) for position in positions]):
        raise TypeError(
            f"argnums is the number of an argument, or several: 0 or (0, 1), got {argnums!r}"
        )
    for position in positions:
        if not -count <= position < count:
            raise TypeError(
                f"argnums names argument {position}, but the function was called with {count} "
                "arguments by position; "
                "pass these arguments by position, not by name"
            )
    if len(positions) > 1 and len({position % count for position in positions}) < len(positions):
        raise ValueError(f"argnums names an argument twice, got {argnums!r}")
    return positions


def _foreign(nodes: Sequence[Node]) -> bool:
    """Whether there are leaves that stand for more than their number, also beyond a kink."""
    if any([x.role not in ("constant", "operation") for x in nodes]):
        return True
    computed = [x for x in nodes if x._da is not None]
    return bool(computed) and _foreign([x for x in beyond(computed) if x._da is None])


def plain(output: Any, symbolic: bool) -> Any:
    """The output as a number where plain numbers came in, as a Value where it can be
    differentiated further.
    """
    return output._number if isinstance(output, Node) and not symbolic else output


def numbers(x: Any, what: str, nothing: bool = True) -> tuple[list[Any], Structure]:
    """The numbers of an argument and its structure, unless it has none and is no empty container
    either.

    A bool is a number where it is the whole argument, and a flag inside a container. `nothing`:
    None may stand for no numbers.
    """
    if x.__class__ is float:  # a fast path
        return [x], NUMBER
    if is_flag(x):
        return [float(x)], NUMBER
    leaves, structure = flatten(x, what)
    if not leaves and (has_static(structure) or (x is None and not nothing)):
        raise TypeError(
            f"{what} must be a number or nested lists, tuples, dicts or arrays of numbers, got "
            f"{shown(x)}"
        )
    return leaves, structure


def scalar(output: Any, name: str) -> Any:
    """The one number that a function returned."""
    if isinstance(output, Node) or isinstance(output := unboxed(output), Node):
        return output
    if (
        hasattr(output, "__len__")
        and not isinstance(output, str | bytes)
        and getattr(output, "ndim", 1) != 0
    ):
        raise TypeError(
            f"{name} needs a function that returns one number, got {shown(output)} "
            f"({type(output).__name__}); "
            "sum its numbers, or use jacobian for several outputs"
        )
    return real(output, f"{name} needs a function that returns one number: the result")
