"""The structure of arguments and results: what nests in what, and which shape an array has. It is the key of a program."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from ..containers import is_array
from ..errors import real
from ..node import Node

Structure = tuple[Any, ...]
"""("number",) | ("array", shape) | ("list" | "tuple" | type, parts) | ("dict", keys, parts) | ("static", x)."""

NUMBER: Structure = ("number",)


def structure_of(x: Any, numbers: list[Any]) -> Structure:
    """The structure of x; its numbers are appended to `numbers`, those of an array as one entry."""
    if x.__class__ is float or isinstance(x, Node):
        numbers.append(x)
        return NUMBER
    if x.__class__ is list or isinstance(x, list | tuple):
        return (x.__class__, tuple([structure_of(part, numbers) for part in x]))
    if is_array(x):
        numbers.append(x)
        return ("array", x.shape)
    if isinstance(x, dict):
        return ("dict", tuple(x), tuple([structure_of(part, numbers) for part in x.values()]))
    if x is None or isinstance(x, str | bytes | bool) or (callable(x) and not hasattr(x, "__array__")):
        return ("static", x)
    numbers.append(real(x, "an argument of a compiled function"))
    return NUMBER


def size(structure: Structure) -> int:
    """How many numbers there are in the structure."""
    kind = structure[0]
    if kind == "number":
        return 1
    if kind == "array":
        count = 1
        for n in structure[1]:
            count *= n
        return count
    return 0 if kind == "static" else sum(size(part) for part in structure[-1])


def build(structure: Structure, flat: Sequence[Any], start: int = 0) -> Any:
    """Numbers from a flat sequence in their places; in the place of an array, an array of its own."""
    kind = structure[0]
    if kind == "number":
        return flat[start]
    if kind == "static":
        return structure[1]
    if kind == "array":
        return _array(flat[start : start + size(structure)], structure[1])
    built = []
    for part in structure[-1]:
        built.append(build(part, flat, start))
        start += size(part)
    if kind == "dict":
        return dict(zip(structure[1], built, strict=True))
    return kind(*built) if hasattr(kind, "_fields") else kind(built)


def _array(numbers: Sequence[Any], shape: tuple[int, ...]) -> Any:
    import numpy

    if not any([isinstance(x, Node) for x in numbers[:1]]):
        return numpy.array(numbers, dtype=float).reshape(shape)
    array = numpy.empty(len(numbers), dtype=object)
    array[:] = list(numbers)
    return array.reshape(shape)
