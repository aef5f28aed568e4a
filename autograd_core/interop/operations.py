"""A function of containers of arrays as one of flat numbers, compiled, with its pullback, which is
again such a function.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from math import prod
from typing import Any, NamedTuple

import numpy as np

from ..compiler.api import compiled
from ..compiler.calling.batched import check_counts
from ..engine.forks import unlocked_property
from ..engine.value import Value
from ..errors import refuse
from ..transforms import grad

Shape = tuple[int, ...]
GOLDEN = 0.6180339887498949


class Leaf(NamedTuple):
    """Numbers of an argument or of a result; `sampled` if there are as many for each sample."""

    shape: Shape
    sampled: bool = False


Tree = Leaf | tuple[Any, ...]
"""A leaf, or a container: its type, the keys of a dict (else None), and the trees in it."""


class Operation:
    """A flat function: of numbers that all samples share, and of those of one sample. It is called
    on an array (shared) and None, or on that and an array (samples, own), and gives an array
    (results), or (samples, results).
    """

    def __init__(self, function: Callable[[list[Any]], list[Any]], shared: int, own: int) -> None:
        self.function, self.shared, self.own = function, shared, own
        self._results: int | None = None

    def __call__(self, shared: Any, own: Any) -> Any:
        numbers = np.asarray(shared, float).tolist()
        if own is None:
            found = self._single(numbers)
            self._results = len(found)
            return np.array(found, float)
        found = self._batched(numbers, np.asarray(own, float))
        self._results = len(found)
        return np.array(found, float).reshape(len(found), len(own)).T

    @unlocked_property
    def _single(self) -> Callable[..., Any]:
        return compiled(lambda shared: self.function(shared))  # type: ignore[no-any-return]

    @unlocked_property
    def _batched(self) -> Callable[..., Any]:
        return compiled(  # type: ignore[no-any-return]
            lambda shared, own: self.function([*shared, *own]), batched="own"
        )

    @property
    def results(self) -> int:
        """How many numbers the function gives; before the first call it is asked, on different
        numbers between ½ and 1.
        """
        if self._results is None:
            count = self.shared + self.own
            points = [Value(0.5 + 0.5 * (k * GOLDEN % 1.0)) for k in range(count)]
            self._results = len(self.function(points))
        return self._results

    @unlocked_property
    def pullback(self) -> Operation:
        """The function of the same numbers, and behind them one for each result, that gives the
        gradient by all numbers of the sum of products of both.
        """
        count = self.shared + self.own

        def slopes(xs: list[Any]) -> list[Any]:
            given, weights = [*xs[:count]], xs[count:]

            def total(given: list[Any]) -> Any:
                found = self.function(given)
                return sum([u * y for u, y in zip(weights, found, strict=True)])

            return grad(total)(given)  # type: ignore[no-any-return]

        if self.own:
            return Operation(slopes, self.shared, self.own + self.results)
        return Operation(slopes, self.shared + self.results, 0)


class Flattened:
    """A function by the trees of its arguments: for each an operation, and the tree of the result
    once it is known.
    """

    def __init__(self, function: Callable[..., Any], batched: str | Sequence[str]) -> None:
        self.function = function
        self.batched = (batched,) if isinstance(batched, str) else tuple(batched)
        self.signature = inspect.signature(function)
        if unknown := [name for name in self.batched if name not in self.signature.parameters]:
            raise ValueError(
                f"batched names {unknown}, but the parameters of {function!r} are: "
                f"{', '.join(self.signature.parameters)}"
            )
        self.operations: dict[Tree, tuple[Operation, list[Tree]]] = {}

    def taken_apart(
        self, args: Sequence[Any], kwargs: dict[str, Any], as_array: Callable[[Any], Any]
    ) -> tuple[list[tuple[Any, bool]], Tree]:
        """The arrays and numbers in the arguments, each with whether it has samples; the tree."""
        found: list[tuple[Any, bool]] = []

        counts: dict[str, int] = {}

        def leaf(name: str, x: Any) -> Leaf:
            own = name in self.batched
            x = as_array(x)
            if isinstance(x, complex) or "complex" in str(getattr(x, "dtype", "")):
                refuse(x, f"the argument {name!r}")
            shape = tuple(getattr(x, "shape", ()))
            if own and not shape:
                raise TypeError(f"a batched argument needs a leading axis of samples, got {x!r}")
            if own and counts.setdefault(name, shape[0]) != shape[0]:
                counts[f"another part of {name}"] = shape[0]
            found.append((x, own))
            return Leaf(shape[1:] if own else shape, own)

        arguments = self.signature.bind(*args, **kwargs).arguments
        parts = [tree_of(x, partial(leaf, name)) for name, x in arguments.items()]
        if counts:
            check_counts(counts)
        return found, (dict, tuple(arguments), tuple(parts))

    def operation(self, tree: Tree) -> Operation:
        """The operation for arguments of this tree."""
        if tree not in self.operations:
            leaves = [*leaves_of(tree)]
            sizes = [sum([prod(x.shape) for x in leaves if x.sampled == own]) for own in (0, 1)]
            found: list[Tree] = []

            def flat(numbers: list[Any]) -> list[Any]:
                args, kwargs = self._arguments(tree, numbers)
                results: list[Any] = []
                found[:] = [_taken_apart(self.function(*args, **kwargs), results, sizes[1] > 0)]
                return results

            self.operations[tree] = Operation(flat, *sizes), found
        return self.operations[tree][0]

    def result(self, tree: Tree) -> Tree:
        """The tree of the result for arguments of this tree, of which the operation has run."""
        operation, found = self.operations[tree]
        if not found:
            _ = operation.results
        return found[0]

    def _arguments(self, tree: Tree, numbers: list[Any]) -> tuple[Any, Any]:
        """The arguments of one sample, of numbers in the order of shared and own ones."""
        leaves = [*leaves_of(tree)]
        shared = sum([prod(x.shape) for x in leaves if not x.sampled])
        parts = {False: iter(numbers[:shared]), True: iter(numbers[shared:])}

        def leaf(x: Leaf) -> Any:
            own = [next(parts[x.sampled]) for _ in range(prod(x.shape))]
            if not x.shape:
                return own[0]
            array = np.empty(len(own), object)
            array[:] = own
            return array.reshape(x.shape)

        bound = inspect.BoundArguments(self.signature, rebuilt(tree, leaf))
        return bound.args, bound.kwargs


def leaves_of(tree: Tree) -> Iterator[Leaf]:
    if isinstance(tree, Leaf):
        yield tree
    else:
        for part in tree[2]:
            yield from leaves_of(part)


def rebuilt(tree: Tree, leaf: Callable[[Leaf], Any]) -> Any:
    """The containers of a tree, with what the function makes of each leaf."""
    if isinstance(tree, Leaf):
        return leaf(tree)
    kind, keys, parts = tree
    made = [rebuilt(part, leaf) for part in parts]
    return dict(zip(keys, made, strict=True)) if kind is dict else kind(made)


def tree_of(x: Any, leaf: Callable[[Any], Leaf]) -> Tree:
    """The tree of lists, tuples and dicts; everything else is a leaf."""
    if isinstance(x, dict):
        return dict, tuple(x), tuple([tree_of(y, leaf) for y in x.values()])
    if type(x) in (list, tuple):
        return type(x), None, tuple([tree_of(y, leaf) for y in x])
    return leaf(x)


def _taken_apart(x: Any, numbers: list[Any], sampled: bool) -> Tree:
    """The tree of a result, whose numbers are appended: those of a list are one leaf."""
    if isinstance(x, dict):
        return dict, tuple(x), tuple([_taken_apart(y, numbers, sampled) for y in x.values()])
    if isinstance(x, tuple):
        return tuple, None, tuple([_taken_apart(y, numbers, sampled) for y in x])
    array = np.array(x, object)
    for y in array.ravel():
        if not isinstance(y, Value | float | int | np.floating | np.integer):
            raise TypeError(
                "the result must be made of numbers, lists and arrays of equal length, tuples and "
                f"dicts; got {y!r} ({type(y).__name__})"
            )
        numbers.append(y if isinstance(y, Value) else float(y))
    return Leaf(array.shape, sampled)
