"""One call of a compiled function: its arguments taken apart, and its result put together."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from ...engine.forks import unlocked_property
from ...engine.node import Node
from ...engine.value import Value
from ...errors import RecordingError
from ...pytree.core import (
    Structure,
    build,
    flat_numbers,
    in_words,
    parts_of,
    paths,
    structure_of,
    tuple_of,
    unhashable,
)
from .samples import Samples

RESULT = "the result of a compiled function"


@dataclass
class Call:
    """`parts` are the numbers and arrays of the arguments in order, `rows` those with samples
    (numbers, samples).

    `batched` tells which arguments have samples, those by position first.
    `taken` are the paths by which it was run, None for one that was run without a program.
    """

    args: tuple[Any, ...]
    kwargs: dict[str, Any]
    names: tuple[str, ...]
    structure: Structure
    parts: list[Any]
    rows: Any
    samples: int
    batched: list[bool]
    taken: list[Any] = field(default_factory=list)

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
        if len(self.parts) == 1 and not outside and hasattr(self.parts[0], "ravel"):
            return self.parts[0].ravel()
        flat: list[Any] = []
        for x in self.parts:
            if is_object_array(x):
                flat += [y._number if isinstance(y, Node) else y for y in x.ravel().tolist()]
            elif hasattr(x, "ravel"):
                flat += x.ravel().tolist()
            else:
                flat.append(x._number if isinstance(x, Node) else x)
        return flat + outside

    @property
    def given(self) -> list[Structure]:
        """The structure of each argument."""
        return [part for arguments in parts_of(self.structure) for part in parts_of(arguments)]

    def unhashable(self) -> TypeError:
        """The error that names what has no hash, so that no program can be found by it."""
        for which, part in zip([*range(len(self.args)), *self.kwargs], self.given, strict=True):
            if (error := unhashable(part, f"argument {which!r}")) is not None:
                return error
        raise AssertionError("everything has a hash")

    def leaves(self) -> list[tuple[float, str, bool]]:
        """Number, name and whether it has samples, of every number in the order of the
        structure, at the first sample.
        """
        shared, sampled = (
            iter(self.flat()),
            iter(self.rows[:, 0].tolist() if self.rows is not None else ()),
        )
        found = []
        for part, name, has_samples in zip(self.given, self.names, self.batched, strict=True):
            for label in paths(part, name):
                found.append((float(next(sampled if has_samples else shared)), label, has_samples))
        return found

    def rebuilt(self, numbers: Sequence[Any]) -> tuple[tuple[Any, ...], dict[str, Any]]:
        """The arguments with other numbers (or Values) in their places."""
        args, kwargs = build(self.structure, numbers)
        return args, kwargs

    def subset(self, indices: Any) -> Call:
        return replace(self, rows=self.rows[:, indices], samples=len(indices))

    def eager(self, function: Callable[..., Any], result: Structure) -> list[Any]:
        """The outputs computed without a program: a float each, or an array over the samples."""
        import numpy

        found = []
        for k in range(self.samples):
            one = replace(self, rows=self.rows[:, k : k + 1]) if self.rows is not None else self
            args, kwargs = one.rebuilt(
                [Value(number) for number, _, _ in one.leaves()]
            )  # Python's operators raise on floats
            outputs: list[Any] = []
            if (other := structure_of(function(*args, **kwargs), outputs, RESULT)) != result:
                raise RecordingError(
                    f"a compiled function returned {in_words(result)} on one path through its "
                    f"branches and {in_words(other)} "
                    "on another; it must always return the same structure"
                )
            found.append(flat_numbers(outputs))
        columns = [
            [y._number if isinstance(y, Node) else y for y in column]
            for column in zip(*found, strict=True)
        ]
        return (
            [column[0] for column in columns]
            if self.rows is None
            else [numpy.array(column) for column in columns]
        )


def is_object_array(x: Any) -> bool:
    """Whether x is a NumPy array that may hold Values."""
    return getattr(getattr(x, "dtype", None), "kind", "") == "O"


def call_of(
    signature: inspect.Signature | None,
    batched: Sequence[str],
    args: tuple[Any, ...],
    kwargs: dict[str, Any],
) -> Call:
    """Take the arguments apart; the batched ones by their names."""
    parts: list[Any] = []
    if signature is None:
        names = (*[f"x{k}" for k in range(len(args))], *kwargs)
        try:
            structure = structure_of((args, kwargs), parts)
        except (TypeError, OverflowError):
            for which, x in [*enumerate(args), *kwargs.items()]:
                structure_of(x, [], f"argument {which!r}")
            raise
        return Call(args, kwargs, names, structure, parts, None, 1, [False] * len(names))
    bound = signature.bind(*args, **kwargs)
    if missing := [name for name in batched if name not in bound.arguments]:
        raise TypeError(
            f"the batched arguments {missing} are missing: they need an axis of samples, which no "
            "default has"
        )
    args, kwargs = bound.args, bound.kwargs
    bound.arguments.update({name: Samples(bound.arguments[name], name) for name in batched})
    count, given = len(args), [*bound.args, *bound.kwargs.values()]
    names = (*[f"x{k}" for k in range(count)], *kwargs)
    has_samples = [isinstance(x, Samples) for x in given]
    own = [
        x.structure if isinstance(x, Samples) else structure_of(x, parts, f"argument {which!r}")
        for which, x in [*enumerate(bound.args), *bound.kwargs.items()]
    ]
    import numpy

    sampled = [x for x in given if isinstance(x, Samples)]
    counts = {x.name: x.rows.shape[1] for x in sampled}
    if len(set(counts.values())) != 1 or 0 in counts.values():
        raise ValueError(
            f"batched arguments need the same number of samples, at least one; got {counts}"
        )
    structure = tuple_of([tuple_of(own[:count]), (dict, tuple(kwargs), tuple(own[count:]))])
    rows, samples = numpy.concatenate([x.rows for x in sampled]), sampled[0].rows.shape[1]
    return Call(args, kwargs, names, structure, parts, rows, samples, has_samples)


def outputs_in_order(
    sampled: Sequence[bool],
    numbers: Any,
    rows: Any,
    samples: int | None,
    reduce: str | None,
) -> Any:
    """The outputs in the program's order: numbers, or arrays over the samples where there are
    samples.
    """
    if samples is None:
        return numbers
    flat = numbers.tolist() if hasattr(numbers, "tolist") else numbers
    shared, own = iter(flat), iter(rows if rows is not None else ())
    if reduce is not None:
        factor = {"sum": (1.0, float(samples)), "mean": (1.0 / samples, 1.0)}[reduce]
        return [next(shared) * factor[not has_samples] for has_samples in sampled]
    import numpy

    return [
        next(own) if has_samples else numpy.full(samples, next(shared)) for has_samples in sampled
    ]
