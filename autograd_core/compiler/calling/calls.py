"""One call of a compiled function: its arguments as flat numbers, and its outputs in order."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, field, replace
from itertools import islice
from typing import Any

from ...engine.forks import unlocked_property
from ...engine.lost_gradients import parameter_names
from ...engine.node import Node
from ...errors import RecordingError
from ...pytree.core import (
    Structure,
    build,
    flat_numbers,
    in_words,
    leaf_names,
    parts_of,
    size,
    structure_of,
    tuple_of,
    unhashable,
)
from .batched import BatchedArgument, rows_of

RESULT = "the result of a compiled function"


@dataclass
class Call:
    """`parts` are the numbers and arrays of the arguments without samples, in order, and `rows` the
    numbers of those with samples: an array (numbers of one sample, samples).

    `batched` tells which arguments have samples, those by position first. Of a part of a call,
    `chosen` are the positions of its samples in the whole. `taken` are the paths by which the call
    was run, None for one that was run without a program.

    `on_numbers` is False if the arguments hold Values, in whose places the numbers are. Then
    `instead` is what is to be called on these where there is no program, and `found` what it gave.
    """

    args: tuple[Any, ...]
    kwargs: dict[str, Any]
    structure: Structure
    parts: list[Any]
    rows: Any
    samples: int
    batched: list[bool]
    chosen: Any = None
    taken: list[Any] = field(default_factory=list)
    on_numbers: bool = True
    instead: Callable[[], Any] | None = None
    found: Any = None

    @unlocked_property
    def on_values(self) -> bool:
        others = set(map(type, self.parts)) - {float}
        return bool(others) and any([isinstance(x, Node) or is_object_array(x) for x in self.parts])

    def flat(self, captured: Sequence[Any] = ()) -> Any:
        """The numbers without samples, and behind them those that the function reads from
        outside.
        """
        outside = [x._number for x in captured]
        if set(map(type, self.parts)) <= {float}:
            return [*self.parts, *outside] if outside else self.parts
        if len(self.parts) == 1 and not outside:
            return self.parts[0].ravel()
        return flat_numbers(self.parts) + outside

    @property
    def given(self) -> list[Structure]:
        """The structure of each argument."""
        return [part for arguments in parts_of(self.structure) for part in parts_of(arguments)]

    def unhashable(self) -> TypeError:
        """The error that names the argument without a hash, by which no program can be found."""
        for which, part in zip([*range(len(self.args)), *self.kwargs], self.given, strict=True):
            if (error := unhashable(part, f"argument {which!r}")) is not None:
                return error
        raise AssertionError("everything has a hash")

    def numbers(self, sample: int = 0) -> list[Any]:
        """The numbers of one sample, in the order of the structure."""
        numbers = flat_numbers(self.parts)
        if self.rows is None:
            return numbers
        shared, own = iter(numbers), iter(self.rows[:, sample].tolist())
        return [
            x
            for part, has_samples in zip(self.given, self.batched, strict=True)
            for x in islice(own if has_samples else shared, size(part))
        ]

    def of_arguments(self, positions: Collection[int]) -> list[bool]:
        """Whether each of these numbers is of one of the arguments at these positions."""
        return [k in positions for k, part in enumerate(self.given) for _ in range(size(part))]

    def names(self, function: Callable[..., Any]) -> list[tuple[str, bool]]:
        """What the function calls each of these numbers, and whether it has samples."""
        arguments = [*parameter_names(function, len(self.args)), *self.kwargs]
        return [
            (name, has_samples)
            for part, argument, has_samples in zip(self.given, arguments, self.batched, strict=True)
            for name in leaf_names(part, argument)
        ]

    def rebuilt(self, numbers: Sequence[Any]) -> tuple[tuple[Any, ...], dict[str, Any]]:
        """The arguments with other numbers (or Values) in their places."""
        args, kwargs = build(self.structure, numbers)
        return args, kwargs

    def subset(self, indices: Any) -> Call:
        chosen = indices if self.chosen is None else self.chosen[indices]
        return replace(self, rows=self.rows[:, indices], samples=len(indices), chosen=chosen)

    def each(
        self, function: Callable[..., Any], leaves: Callable[[list[Any]], list[Any]] = list
    ) -> tuple[Structure, list[Sequence[Any]]]:
        """The function called for one sample after the other, on the leaves that are made of its
        numbers: the structure of its result, and a column of what the samples give for each number
        in it.
        """
        structures, found = [], []
        for k in range(self.samples):
            args, kwargs = self.rebuilt(leaves(self.numbers(k)))
            outputs: list[Any] = []
            structures.append(structure_of(function(*args, **kwargs), outputs, RESULT))
            found.append(flat_numbers(outputs))
            check_structure(function, structures[0], structures[-1], "for one sample")
        return structures[0], [*zip(*found, strict=True)]

    def outputs(self, sampled: Sequence[bool], numbers: Any, rows: Any, reduce: str | None) -> Any:
        """The outputs of a kernel for a batch in the program's order: numbers, or arrays over the
        samples where nothing reduces them.
        """
        flat = numbers.tolist() if hasattr(numbers, "tolist") else numbers
        shared, own = iter(flat), iter(rows if rows is not None else ())
        if reduce is not None:
            n = self.samples
            factor = {"sum": (1.0, float(n)), "mean": (1.0 / n, 1.0)}[reduce]
            return [next(shared) * factor[not has_samples] for has_samples in sampled]
        import numpy

        return [
            next(own) if has_samples else numpy.full(self.samples, next(shared))
            for has_samples in sampled
        ]


def joined(parts: list[tuple[Call, list[Any]]], samples: int, reduce: str | None) -> list[Any]:
    """The outputs of all samples from those of the parts."""
    import numpy

    joined: list[Any] = []
    for column in zip(*[outputs for _, outputs in parts], strict=True):
        if reduce == "sum":
            joined.append(sum(column))
        elif reduce == "mean":
            joined.append(
                sum(
                    [part.samples / samples * x for (part, _), x in zip(parts, column, strict=True)]
                )
            )
        else:
            joined.append(numpy.empty(samples))
            for (part, _), x in zip(parts, column, strict=True):
                joined[-1][part.chosen] = x
    return joined


def check_structure(function: Any, one: Structure, other: Structure, place: str) -> None:
    """Raise an error if a function returned two structures, as "for one sample" and another."""
    if one != other:
        a, b = in_words(one), in_words(other)
        if a == b:
            b = (
                "one with other metadata, as sparse arrays have whose entries stand elsewhere "
                "(where(condition, a, b) keeps the entries of both),"
            )
        raise RecordingError(
            f"{function!r} returned {a} {place} and {b} "
            f"{place.split()[0]} another; a compiled function must always return the same structure"
        )


def is_object_array(x: Any) -> bool:
    """Whether x is a NumPy array that may hold Values."""
    return getattr(getattr(x, "dtype", None), "kind", "") == "O"


def plain(x: Any) -> Any:
    """The number of a Value, and the array of numbers of an array of Values."""
    if isinstance(x, Node):
        return x._number
    if is_object_array(x):
        import numpy

        return numpy.array([float(plain(y)) for y in x.ravel()]).reshape(x.shape)
    return x


def call_of(
    signature: inspect.Signature | None,
    batched: Sequence[str],
    args: tuple[Any, ...],
    kwargs: dict[str, Any],
) -> Call:
    """The call with these arguments, flattened; the batched ones are found by their names."""
    parts: list[Any] = []
    if signature is None or not batched:
        try:
            structure = structure_of((args, kwargs), parts)
        except (TypeError, OverflowError):
            for which, x in [*enumerate(args), *kwargs.items()]:
                structure_of(x, [], f"argument {which!r}")
            raise
        return Call(args, kwargs, structure, parts, None, 1, [False] * (len(args) + len(kwargs)))
    bound = signature.bind(*args, **kwargs)
    if missing := [name for name in batched if name not in bound.arguments]:
        raise TypeError(
            f"the batched arguments {missing} are missing: they need an axis of samples, which no "
            "default has"
        )
    args, kwargs = bound.args, bound.kwargs
    bound.arguments.update({x: BatchedArgument(bound.arguments[x], x) for x in batched})
    given: dict[Any, Any] = {**dict(enumerate(bound.args)), **bound.kwargs}
    own = {name: x for name, x in given.items() if isinstance(x, BatchedArgument)}
    rows = rows_of({x.name: x for x in own.values()})
    found = [
        own[name].structure if name in own else structure_of(x, parts, f"argument {name!r}")
        for name, x in given.items()
    ]
    n = len(args)
    structure = tuple_of([tuple_of(found[:n]), (dict, tuple(kwargs), tuple(found[n:]))])
    has_samples = [name in own for name in given]
    return Call(args, kwargs, structure, parts, rows, rows.shape[1], has_samples)
