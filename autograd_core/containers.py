"""Nested containers of numbers: taken apart into a flat list, and put together again."""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from itertools import product
from typing import Any

from .errors import shown

Rebuild = Callable[[Sequence[Any]], Any]


def flatten(structure: Any, what: str = "the argument") -> tuple[list[Any], Rebuild]:
    """The numbers in nested lists, tuples, dicts and NumPy arrays, and a function that puts others in their places.

    >>> leaves, rebuild = flatten({"w": [1.0, 2.0], "b": 3.0})
    >>> leaves, rebuild([10.0, 20.0, 30.0])
    ([1.0, 2.0, 3.0], {'w': [10.0, 20.0], 'b': 30.0})
    """
    kind = structure.__class__
    if kind is float:
        return [structure], _only
    if isinstance(structure, dict):
        keys = list(structure)
        leaves, parts = _flatten_all(structure.values(), [f"{what}[{key!r}]" for key in keys])
        return leaves, lambda new: kind(zip(keys, parts(new), strict=True))
    if isinstance(structure, list | tuple):
        if all([x.__class__ is float for x in structure]):  # nothing to look into
            leaves, parts = list(structure), list
        else:
            leaves, parts = _flatten_all(structure, [f"{what}[{i}]" for i in range(len(structure))])
        if hasattr(structure, "_fields"):  # a named tuple takes its fields one by one
            return leaves, lambda new: kind(*parts(new))
        return leaves, lambda new: kind(parts(new))
    if is_array(structure):
        shape = structure.shape
        return structure.ravel().tolist(), lambda new: _array(new, shape)
    if structure is None or isinstance(structure, str | bytes | set | frozenset):
        raise TypeError(f"{what} must be a number or nested lists, tuples, dicts or arrays of numbers, got {structure!r}")
    return [structure], _only


def flatten_like(structure: Any, like: Any, what: str) -> list[Any]:
    """The numbers of a structure in the order of those of another, which it must have: dicts by their keys, arrays by shape.

    >>> flatten_like({"b": [2.0, 3.0], "a": 1.0}, {"a": 10.0, "b": [20.0, 30.0]}, "the tangents")
    [1.0, 2.0, 3.0]
    """
    if isinstance(like, dict):
        if isinstance(structure, dict) and structure.keys() == like.keys():
            return [x for key, part in like.items() for x in flatten_like(structure[key], part, f"{what}[{key!r}]")]
        raise ValueError(f"{what} must have the keys {shown(list(like))}, got {_kind(structure)}")
    if isinstance(like, list | tuple):
        if (isinstance(structure, list | tuple) or (is_array(structure) and structure.ndim > 0)) and len(structure) == len(like):
            pairs = enumerate(zip(structure, like, strict=True))
            return [x for i, (own, part) in pairs for x in flatten_like(own, part, f"{what}[{i}]")]
        raise ValueError(f"{what} must have {len(like)} entries, got {_kind(structure)}")
    if is_array(like):
        import numpy

        if numpy.shape(structure) == like.shape:
            return flatten(structure, what)[0]
        raise ValueError(f"{what} must have the shape {like.shape}, got {_kind(structure)}")
    if isinstance(structure, dict | list | tuple) or (is_array(structure) and structure.ndim > 0):
        raise ValueError(f"{what} must be one number, got {_kind(structure)}")
    return flatten(structure, what)[0]


def _kind(structure: Any) -> str:
    if isinstance(structure, dict):
        return f"the keys {shown(list(structure))}"
    if is_array(structure):
        return f"an array of shape {structure.shape}"
    return f"{len(structure)} entries" if isinstance(structure, list | tuple) else shown(structure)


def _only(new: Sequence[Any]) -> Any:
    return new[0]


def paths(structure: Any, name: str = "x") -> list[str]:
    """How each number of a structure is reached, in the order of `flatten`.

    >>> paths({"w": [1.0, 2.0], "b": 3.0})
    ["x['w'][0]", "x['w'][1]", "x['b']"]
    """
    if isinstance(structure, dict):
        return [path for key, part in structure.items() for path in paths(part, f"{name}[{key!r}]")]
    if isinstance(structure, list | tuple):
        fields = getattr(structure, "_fields", None)
        names = [f"{name}.{field}" for field in fields] if fields else [f"{name}[{i}]" for i in range(len(structure))]
        return [path for own, part in zip(names, structure, strict=True) for path in paths(part, own)]
    if is_array(structure):
        return [name + (str(list(index)) if index else "") for index in product(*map(range, structure.shape))]
    return [name]


def is_array(x: Any) -> bool:
    """Whether x is a NumPy array, without importing NumPy."""
    numpy = sys.modules.get("numpy")
    return numpy is not None and isinstance(x, numpy.ndarray)


def _flatten_all(parts: Any, names: list[str]) -> tuple[list[Any], Callable[[Sequence[Any]], list[Any]]]:
    flat = [flatten(part, name) for part, name in zip(parts, names, strict=True)]

    def rebuild(new: Sequence[Any]) -> list[Any]:
        built, start = [], 0
        for leaves, build in flat:
            built.append(build(new[start : start + len(leaves)]))
            start += len(leaves)
        return built

    return [leaf for leaves, _ in flat for leaf in leaves], rebuild


def _array(new: Sequence[Any], shape: tuple[int, ...]) -> Any:
    """An array of that shape: of floats, of Values (dtype object), or with the shape of its elements behind its own."""
    import numpy

    if all(isinstance(x, float | int) for x in new):
        return numpy.array(new, dtype=float).reshape(shape)
    if new and (is_array(new[0]) or isinstance(new[0], list | tuple)):
        return numpy.array(new).reshape(shape + numpy.shape(new[0]))
    array = numpy.empty(len(new), dtype=object)
    array[:] = list(new)
    return array.reshape(shape)
