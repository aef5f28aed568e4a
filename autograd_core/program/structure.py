"""The structure of arguments and results: what nests in what, and which shape an array has. It is the key of a program."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator
from typing import Any

from ..containers import is_array
from ..errors import NESTED, numpy_or_error, real
from ..node import Node

Structure = tuple[Any, ...]
"""("number",) | ("array", shape) | ("static", x) | ("samples", part) | (container type, parts) | ("dict", keys, parts)."""

NUMBER: Structure = ("number",)


class Samples:
    """An argument with a value for each sample: its numbers as rows, (numbers of one sample, samples)."""

    def __init__(self, argument: Any, name: str) -> None:
        numpy = numpy_or_error("a batch")
        try:
            array = _floats(numpy.asarray(argument), "an entry")
        except (TypeError, ValueError) as error:
            raise TypeError(f"the batched argument {name!r} must be an array of numbers, one entry a sample: {error}") from None
        if array.ndim == 0:
            raise TypeError(f"the batched argument {name!r} needs a leading axis of samples, got the single number {array!r}")
        self.rows = numpy.ascontiguousarray(array.reshape(len(array), math.prod(array.shape[1:])).T)
        self.name = name
        shape = array.shape[1:]
        self.part: Structure = ("array", shape) if shape else NUMBER
        if not is_array(argument):  # lists stay lists inside
            for n in reversed(shape):
                self.part = (list, (NUMBER if self.part[0] in ("array", "number") else self.part,) * n)


def structure_of(x: Any, numbers: list[Any]) -> Structure:
    """The structure of x; its numbers are appended to `numbers`, those of an array as one entry."""
    if x.__class__ is float or isinstance(x, Node):
        numbers.append(x)
        return NUMBER
    if isinstance(x, list | tuple):
        if set(map(type, x)) <= {float}:  # in a third of the time of a loop
            numbers += x
            return (x.__class__, (NUMBER,) * len(x))
        return (x.__class__, tuple([structure_of(part, numbers) for part in x]))
    if is_array(x):
        numbers.append(x if x.dtype == float or x.dtype == object else _floats(x, "an entry of an array"))
        return ("array", x.shape)
    if isinstance(x, Samples):
        numbers.append(x)
        return ("samples", x.part)
    if isinstance(x, dict):
        return ("dict", tuple(x), tuple([structure_of(part, numbers) for part in x.values()]))
    if x is None or isinstance(x, str | bytes | bool) or (callable(x) and not hasattr(x, "__array__")):
        return ("static", x)
    numbers.append(real(x, "an argument or a result of a compiled function", NESTED))
    return NUMBER


def flat_numbers(parts: Iterable[Any]) -> list[Any]:
    """What `structure_of` has appended, with the numbers of arrays one by one."""
    return [x for part in parts for x in (part.ravel().tolist() if is_array(part) else [part])]


def _floats(array: Any, what: str) -> Any:
    """An array of floats: text and None have no place in it, nor have complex numbers."""
    if array.dtype.kind in "biuf":
        return array.astype(float, copy=False)
    numbers = [real(x, what) for x in array.ravel().tolist()]
    return numpy_or_error("an array").array(numbers, dtype=float).reshape(array.shape)


def leaves(structure: Structure, name: str = "", sampled: bool = False) -> Iterator[tuple[str, bool]]:
    """The name of each number in the structure, and whether it has a value for each sample."""
    kind = structure[0]
    if kind == "number":
        yield name, sampled
    elif kind == "samples":
        yield from leaves(structure[1], name, True)
    elif kind == "array":
        for k in range(size(structure)):
            yield f"{name}[{k}]", sampled
    elif kind != "static":
        keys = structure[1] if kind == "dict" else range(len(structure[-1]))
        for key, part in zip(keys, structure[-1], strict=True):
            yield from leaves(part, f"{name}[{key}]" if name else str(key), sampled)


def size(structure: Structure) -> int:
    """How many numbers there are in the structure."""
    kind = structure[0]
    if kind == "number":
        return 1
    if kind == "samples":
        return size(structure[1])
    if kind == "array":
        count = 1
        for n in structure[1]:
            count *= n
        return count
    return 0 if kind == "static" else sum([size(part) for part in structure[-1]])


def build(structure: Structure, flat: Any) -> Any:
    """Numbers from a flat sequence in their places; in the place of an array, an array of its own."""
    return _built(structure, flat, 0)[0]


def _built(structure: Structure, flat: Any, start: int) -> tuple[Any, int]:
    """What is built from `start` on, and where the next part starts."""
    kind = structure[0]
    if kind == "number":
        x = flat[start]
        return (x.item() if is_array(flat) and flat.dtype != object else x), start + 1
    if kind == "static":
        return structure[1], start
    if kind == "samples":
        return _built(structure[1], flat, start)
    if kind == "array":
        end = start + size(structure)
        return _array(flat[start:end], structure[1]), end
    parts = structure[-1]
    if all([part is NUMBER for part in parts]):
        some = flat[start : start + len(parts)]
        built = some.tolist() if is_array(some) else list(some)
        start += len(parts)
    else:
        built = []
        for part in parts:
            x, start = _built(part, flat, start)
            built.append(x)
    if kind == "dict":
        return dict(zip(structure[1], built, strict=True)), start
    return (kind(*built) if hasattr(kind, "_fields") else built if kind is list else kind(built)), start


def in_words(structure: Structure) -> str:
    """The structure as a message shows it, shortened.

    >>> in_words((tuple, (NUMBER, ("dict", ("w",), (("array", (2, 3)),)))))
    "(a number, {'w': an array of shape (2, 3)})"
    """
    kind = structure[0]
    if kind in ("number", "samples"):
        return "a number"
    if kind == "array":
        return f"an array of shape {structure[1]}"
    if kind == "static":
        return repr(structure[1])
    parts = [in_words(part) for part in structure[-1][:4]]
    if kind == "dict":
        parts = [f"{key!r}: {part}" for key, part in zip(structure[1], parts, strict=False)]
    parts += ["…"] * (len(structure[-1]) > 4)
    opening, closing = "{}" if kind == "dict" else "[]" if kind is list else "()"
    return f"{opening}{', '.join(parts)}{closing}"


def has_arrays(structure: Structure) -> bool:
    """Whether a part of the structure is an array."""
    if structure[0] in ("number", "static"):
        return False
    return structure[0] == "array" or any([has_arrays(part) for part in structure[-1]])


def reader(structure: Structure) -> Callable[[Any], Any]:
    """`build` for one structure and flat arrays of floats, in a third of the time."""
    if structure[0] == "array" and len(structure[1]) == 1:
        return lambda flat: flat
    return _reader(structure, 0)[0]


def _reader(structure: Structure, start: int) -> tuple[Callable[[Any], Any], int]:
    kind, end = structure[0], start + size(structure)
    if kind == "number":
        return (lambda flat: flat.item(start)), end
    if kind == "array":
        shape, part = structure[1], slice(start, end)
        return (lambda flat: flat[part].reshape(shape)) if len(shape) != 1 else (lambda flat: flat[part]), end
    if kind not in (list, tuple) or all([part is NUMBER for part in structure[1]]):
        return (lambda flat: _built(structure, flat, start)[0]), end
    readers = []
    for part in structure[1]:
        read, start = _reader(part, start)
        readers.append(read)
    return (lambda flat: kind([read(flat) for read in readers])), end


def _array(numbers: Any, shape: tuple[int, ...]) -> Any:
    import numpy

    if is_array(numbers) and numbers.dtype != object:
        return numbers.reshape(shape)
    if all([x.__class__ is float for x in numbers]):
        return numpy.array(numbers, dtype=float).reshape(shape)
    if not any([isinstance(x, Node) for x in numbers]):
        # the axis of the samples, where there is one, leads
        return numpy.stack(numbers, -1).reshape(numpy.shape(numbers[0]) + shape) if len(numbers) else numpy.zeros(shape)
    array = numpy.empty(len(numbers), dtype=object)
    array[:] = list(numbers)
    return array.reshape(shape)
