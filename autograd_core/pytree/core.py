"""Nested containers of numbers, for transforms and compiled calls alike: taken apart into a flat
list, and built again.

A structure says what nests in what. It is a tuple, and the key of a compiled program: `NUMBER`;
`("array", shape)`; `("static", x, class)` for what holds no number (`None`, text, a bool, a
function); and `(class, metadata, parts)` for a container, whose parts are structures, or their
count where all are plain numbers.
"""

from __future__ import annotations

import math
import sys
from collections.abc import Callable, Iterable, Iterator
from enum import Enum
from itertools import product
from typing import Any

from ..engine.conditions import Condition
from ..engine.node import Node
from ..errors import NESTED, callable_or_error, real, shown
from .objects import Static, entries, is_object, opened_object, rebuilt, refuse

Structure = tuple[Any, ...]

NUMBER: Structure = ("number",)
_BRACKETS = {list: ("[", "]"), tuple: ("(", ")"), dict: ("{", "}")}
_STATIC = (str, bytes, Enum)
_registered: dict[
    type, tuple[Callable[[Any], tuple[Iterable[Any], Any]], Callable[[Any, tuple[Any, ...]], Any]]
] = {}


def register_pytree_node(
    cls: type,
    flatten: Callable[[Any], tuple[Iterable[Any], Any]],
    unflatten: Callable[[Any, tuple[Any, ...]], Any],
) -> None:
    """Let the instances of a class hold numbers, in every transform and in compiled functions, as
    `jax.tree_util` does.

    `flatten(x)` gives `(children, metadata)`: children are numbers or containers of them; metadata
    is the rest, and has a hash. `unflatten(metadata, children)` gives the object around other
    children, Values or slopes: let it check nothing. A class is registered once, where it is
    defined; a ValueError tells of a second time. Subclasses are not registered by it.

    >>> from autograd_core import grad, register_pytree_node
    >>> class Point:
    ...     def __init__(self, x, y):
    ...         self.x, self.y = x, y
    >>> register_pytree_node(
    ...     Point, lambda p: ((p.x, p.y), None), lambda _, children: Point(*children)
    ... )
    >>> slope = grad(lambda p: p.x * p.y)(Point(2.0, 3.0))
    >>> slope.x, slope.y
    (3.0, 2.0)
    """
    if not isinstance(cls, type):
        raise TypeError(
            f"register_pytree_node takes a class, got {shown(cls)} ({type(cls).__name__})"
        )
    if cls in _registered or cls in (list, tuple, dict, float):
        raise ValueError(f"{cls.__name__} is registered already")
    for function in (flatten, unflatten):
        callable_or_error(function, "register_pytree_node", "{0}(cls, flatten, unflatten)")
    _registered[cls] = flatten, unflatten


def is_registered(cls: type) -> bool:
    """Whether a class was given to `register_pytree_node`."""
    return cls in _registered


def structure_of(x: Any, parts: list[Any], what: str = "the argument") -> Structure:
    """The structure of x; its numbers are appended to `parts`, those of an array as one entry.
    Errors name the place.
    """
    try:
        return _taken_apart(x, parts)
    except RecursionError:
        raise TypeError(_bottomless(x, what)) from None
    except (TypeError, OverflowError):
        _refuse_leaf(x, what)
        raise


def flatten(x: Any, what: str = "the argument") -> tuple[list[Any], Structure]:
    """The numbers in x, one by one, and the structure that `build` puts others in.

    >>> leaves, structure = flatten({"w": [1.0, 2.0], "b": 3.0})
    >>> leaves, build(structure, [10.0, 20.0, 30.0])
    ([1.0, 2.0, 3.0], {'w': [10.0, 20.0], 'b': 30.0})
    """
    if x.__class__ is float:
        return [x], NUMBER
    if x.__class__ is list and set(map(type, x)) <= {float}:
        return list(x), (list, None, len(x))
    parts: list[Any] = []
    structure = structure_of(x, parts, what)
    return parts if structure[-1].__class__ is int else flat_numbers(parts), structure


def flat_numbers(parts: Iterable[Any]) -> list[Any]:
    """What `structure_of` has appended, with the numbers of arrays one by one."""
    flat: list[Any] = []
    for x in parts:
        if x.__class__ is float or not is_array(x):
            flat.append(x)
        else:
            flat += x.ravel().tolist()
    return flat


def _taken_apart(x: Any, parts: list[Any]) -> Structure:
    kind = x.__class__
    if kind is float or isinstance(x, Node):
        parts.append(x)
        return NUMBER
    if kind is list or kind is tuple or kind is dict:
        inside, keys = (x.values(), tuple(x)) if kind is dict else (x, None)
        if set(map(type, inside)) <= {float}:  # in a third of the time of a loop
            parts += inside
            return (kind, keys, len(x))
        return (kind, keys, _counted([_taken_apart(part, parts) for part in inside]))
    if is_array(x) and kind not in _registered:
        parts.append(checked_array(x))
        return ("array", x.shape)
    if (found := opened(x)) is not None:
        children, metadata = found
        return (kind, metadata, _counted([_taken_apart(child, parts) for child in children]))
    if kind is Static:
        x = x.x
        return (
            "static",
            x,
            x.hex() if x.__class__ is float else x.__class__,
        )  # -0.0 is not 0.0, nor 1.0 True
    if type(x) is Condition:
        parts.append(x.node)
        return NUMBER
    if (
        x is None
        or isinstance(x, _STATIC)
        or is_flag(x)
        or (callable(x) and not hasattr(x, "__array__"))
    ):
        return ("static", x, kind)
    parts.append(real(x, "a number", NESTED))
    return NUMBER


def tuple_of(parts: list[Structure]) -> Structure:
    """The structure of a tuple of such parts."""
    return (tuple, None, _counted(parts))


def _counted(parts: list[Structure]) -> int | tuple[Structure, ...]:
    return len(parts) if parts.count(NUMBER) == len(parts) else tuple(parts)


def opened(x: Any) -> tuple[Iterable[Any], Any] | None:
    """The children of a registered class, of a dataclass or of a subclass of a list, tuple or
    dict; None for all else.
    """
    kind = x.__class__
    if kind in _registered:
        found = _registered[kind][0](x)
        if not (isinstance(found, tuple) and len(found) == 2):
            raise TypeError(
                f"the flatten of {kind.__name__} must give (children, metadata), got {shown(found)}"
            )
        return found
    return opened_object(x) if is_object(kind) else None


def _refuse_leaf(x: Any, what: str) -> None:
    """Raise the error of the first leaf that is no number, with its place."""
    children = _children(x)
    if children is None:
        if is_array(x):
            checked_array(x, f"an entry of {what}")
        elif x.__class__ is not Static:
            real(x, what, NESTED)
    for entry, child in children or ():
        try:
            _taken_apart(child, [])
        except (TypeError, OverflowError):
            _refuse_leaf(child, what + entry)


def _bottomless(x: Any, what: str) -> str:
    """The message on a container that contains itself, which names the place, or is too deep."""
    above: list[int] = []
    entries = [what]
    seen: set[int] = set()
    pending = [(x, what, 0)]
    while pending:
        x, entry, depth = pending.pop()
        del above[depth:], entries[depth:]
        entries.append(entry)
        if id(x) in above:
            place = "".join(entries)
            return f"{what} contains itself, at {place}, so its numbers have no end: leave it out"
        if id(x) not in seen and (found := _children(x)) is not None:
            seen.add(id(x))
            above.append(id(x))
            pending += [(child, entry, depth + 1) for entry, child in reversed(found)]
    return f"{what} is nested more deeply than Python's recursion limit allows: nest it less"


def _children(x: Any) -> list[tuple[str, Any]] | None:
    """The children of a container, and how each is reached; None of a leaf."""
    kind = x.__class__
    if kind is list or kind is tuple or kind is dict:
        children, metadata = (x.values(), tuple(x)) if kind is dict else (x, None)
    elif (found := opened(x)) is not None:
        children, metadata = found
    else:
        return None
    children = list(children)
    return [*zip(entries_of((kind, metadata, len(children))), children, strict=True)]


def checked_array(array: Any, what: str = "an entry of an array") -> Any:
    """An array of floats, or of objects among which are Values: text and None have no place in
    it, nor have complex numbers.
    """
    import numpy

    if array.__class__ is numpy.ndarray and array.dtype.char == "d":
        return array
    if array.__class__ is not numpy.ndarray and not isinstance(array, numpy.memmap):
        refuse(
            array.__class__,
            "it is an array of another class than numpy.ndarray. Make it one with numpy.asarray(x)",
        )
    if array.dtype.kind in "biuf":
        return array.astype(float)
    return _array(
        [x if isinstance(x, Node) else real(x, what) for x in array.ravel().tolist()], array.shape
    )


def is_array(x: Any) -> bool:
    """Whether x is a NumPy array, without importing NumPy."""
    numpy = sys.modules.get("numpy")
    try:
        return numpy is not None and isinstance(x, numpy.ndarray)
    except AttributeError:  # another thread has just begun to import NumPy
        return False


def is_flag(x: Any) -> bool:
    """Whether x is a bool of Python's or NumPy's, which inside a container is a flag and no
    number.
    """
    return isinstance(x, bool) or x.__class__ is getattr(sys.modules.get("numpy"), "bool_", None)


def build(structure: Structure, flat: Any, argument: bool = False) -> Any:
    """Numbers from a flat sequence in their places; in the place of an array, an array of its own.

    As the `argument` of a function, a dataclass gets anew what its `__post_init__` computes.
    """
    return built_from(structure, flat, 0, argument)[0]


def built_from(
    structure: Structure, flat: Any, start: int, argument: bool = False
) -> tuple[Any, int]:
    """What is built from `start` on, and where the next part starts."""
    kind = structure[0]
    if kind == "number":
        x = flat[start]
        return (
            x.item()
            if flat.__class__ is not list and is_array(flat) and flat.dtype != object
            else x
        ), start + 1
    if kind == "static":
        return structure[1], start
    if kind == "array":
        end = start + size(structure)
        return _array(flat[start:end], structure[1]), end
    _, metadata, parts = structure
    if parts.__class__ is int:
        built = flat[start : start + parts]
        built = (
            built if built.__class__ is list else built.tolist() if is_array(built) else list(built)
        )
        start += parts
    else:
        built = []
        for part in parts:
            x, start = built_from(part, flat, start, argument)
            built.append(x)
    if kind is list:
        return built, start
    if kind is tuple:
        return tuple(built), start
    if kind is dict:
        return dict(zip(metadata, built, strict=True)), start
    if kind in _registered:
        return _registered[kind][1](metadata, tuple(built)), start
    if not is_object(kind):
        raise TypeError(
            f"{kind.__name__} was registered where this was recorded, and is not here: call "
            "register_pytree_node"
        )
    return rebuilt(kind, metadata, built, argument), start


def mapped(structure: Structure, change: Callable[[Structure], Structure]) -> Structure:
    """The structure with other leaves."""
    if structure[0].__class__ is str:
        return change(structure)
    return (*structure[:2], _counted([mapped(part, change) for part in parts_of(structure)]))


def leaves_of(structure: Structure) -> Iterator[Structure]:
    if structure[0].__class__ is str:
        yield structure
    else:
        for part in parts_of(structure):
            yield from leaves_of(part)


def _array(numbers: Any, shape: tuple[int, ...]) -> Any:
    """An array of that shape: of floats, of Values (dtype object), or of what has an axis of
    samples, which leads.
    """
    import numpy

    if numbers.__class__ is not list and is_array(numbers) and numbers.dtype != object:
        return numbers.reshape(shape)
    kinds = set(map(type, numbers))
    if kinds <= {float}:
        return numpy.array(numbers, dtype=float).reshape(shape)
    if kinds == {numpy.ndarray}:
        return numpy.stack(numbers, -1).reshape(numpy.shape(numbers[0]) + shape)
    return numpy.fromiter(numbers, object, len(numbers)).reshape(shape)


def parts_of(structure: Structure) -> tuple[Structure, ...]:
    """The structures inside a container."""
    parts = structure[2]
    return (NUMBER,) * parts if parts.__class__ is int else parts


def entries_of(structure: Structure) -> list[str]:
    """How each part of a container is reached."""
    kind, metadata, parts = structure
    size = parts if parts.__class__ is int else len(parts)
    if kind is dict:
        return [f"[{key!r}]" for key in metadata]
    return (
        [f"[{i}]" for i in range(size)]
        if kind in (list, tuple) or kind in _registered
        else entries(kind, metadata, size)
    )


def paths(structure: Structure, name: str = "x") -> Iterator[str]:
    """How each number is reached.

    >>> list(paths(flatten({"w": [1.0, 2.0], "b": 3.0})[1]))
    ["x['w'][0]", "x['w'][1]", "x['b']"]
    """
    kind = structure[0]
    if kind == "number":
        yield name
    elif kind == "array":
        for index in product(*map(range, structure[1])):
            yield name + (str(list(index)) if index else "")
    elif kind != "static":
        for entry, part in zip(entries_of(structure), parts_of(structure), strict=True):
            yield from paths(part, name + entry)


def size(structure: Structure) -> int:
    """How many numbers there are in the structure."""
    kind = structure[0]
    if kind.__class__ is str:
        return 1 if kind == "number" else math.prod(structure[1]) if kind == "array" else 0
    parts = structure[2]
    return parts if parts.__class__ is int else sum([size(part) for part in parts])


def has_arrays(structure: Structure) -> bool:
    """Whether a part of the structure is an array."""
    return any([leaf[0] == "array" for leaf in leaves_of(structure)])


def has_static(structure: Structure) -> bool:
    """Whether a part of the structure is something else than a number, and not None."""
    return any([leaf[0] == "static" and leaf[1] is not None for leaf in leaves_of(structure)])


def in_words(structure: Structure) -> str:
    """The structure as a message shows it, shortened.

    >>> in_words((tuple, None, (NUMBER, (dict, ("w",), (("array", (2, 3)),)))))
    "(a number, {'w': an array of shape (2, 3)})"
    """
    kind = structure[0]
    if kind == "number":
        return "a number"
    if kind == "array":
        return f"an array of shape {structure[1]}"
    if kind == "static":
        return shown(structure[1])
    parts = [in_words(part) for part in parts_of(structure)]
    if kind not in (list, tuple):
        parts = [
            f"{entry.strip('[].')}: {part}"
            for entry, part in zip(entries_of(structure), parts, strict=True)
        ]
    parts = parts[:4] + ["…"] * (len(parts) > 4)
    opening, closing = _BRACKETS.get(kind, (f"{kind.__name__}(", ")"))
    return f"{opening}{', '.join(parts)}{closing}"


def unhashable(structure: Structure, what: str) -> TypeError | None:
    """The error that names what in a structure has no hash, so that no program can be found by
    it.
    """
    try:
        hash(structure)
        return None
    except TypeError:
        pass
    if structure[0] == "static":
        x = shown(structure[1])
        return TypeError(
            f"{what} is no number, so a program is kept for each; that needs a hash, which {x} "
            "has not"
        )
    for entry, part in zip(entries_of(structure), parts_of(structure), strict=True):
        if (error := unhashable(part, what + entry)) is not None:
            return error
    return TypeError(
        f"the metadata of {what}, a {structure[0].__name__}, must have a hash, got "
        f"{shown(structure[1])}"
    )
