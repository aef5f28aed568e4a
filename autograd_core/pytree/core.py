"""Pytrees: nested containers of numbers, flattened into a list and rebuilt from one.

Transforms and compiled calls share this module. A structure (JAX calls it a treedef) describes
what is nested in what. It is a tuple with a hash, and the key of a compiled program:

- `NUMBER` is one number;
- `("array", shape)` is a NumPy array;
- `("static", x, class)` holds no number: `None`, text, a bool, a function;
- `(class, metadata, parts)` is a container. `parts` are the structures of its children, or only
  their count where each of them is `NUMBER`.
"""

from __future__ import annotations

import math
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
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
] = {
    list: (lambda x: (x, None), lambda _, children: [*children]),
    tuple: (lambda x: (x, None), lambda _, children: children),
    dict: (
        lambda x: (x.values(), tuple(x)),
        lambda keys, children: dict(zip(keys, children, strict=True)),
    ),
}


def register_pytree_node(
    cls: type,
    flatten: Callable[[Any], tuple[Iterable[Any], Any]],
    unflatten: Callable[[Any, tuple[Any, ...]], Any],
) -> None:
    """Let the instances of a class hold numbers, in transforms and in compiled functions.

    Subclasses are not registered with it.

    Args:
        cls: the class. Register it once, where it is defined.
        flatten: `flatten(x)` returns `(children, metadata)`. The children are numbers or
            containers of numbers. The metadata is the rest of x, and must have a hash.
        unflatten: `unflatten(metadata, children)` returns an instance with other children. These
            can be Values or derivatives, so it must not check their types.

    Raises:
        TypeError: `cls` is not a class, or `flatten` or `unflatten` is not callable.
        ValueError: the class is registered already.

    Example:
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

    Source: the function of this name in `jax.tree_util`.
    """
    if not isinstance(cls, type):
        raise TypeError(
            f"register_pytree_node takes a class, got {shown(cls)} ({type(cls).__name__})"
        )
    if cls in _registered or cls is float:
        raise ValueError(f"{cls.__name__} is registered already; register a class once")
    for function in (flatten, unflatten):
        callable_or_error(function, "register_pytree_node", "{0}(cls, flatten, unflatten)")
    _registered[cls] = flatten, unflatten


def sequence_or_dict(kind: type) -> Any:
    """`list`, `tuple` or `dict` if a class is it or an unregistered subclass of it, else None."""
    for base in _BRACKETS:
        if kind is base or (issubclass(kind, base) and kind not in _registered):
            return base
    return None


def structure_of(x: Any, leaves: list[Any], what: str = "the argument") -> Structure:
    """The structure of x. Its numbers are appended to `leaves`; an array is appended whole.

    Errors name the place in x, which they call `what`.
    """
    try:
        return _flatten(x, leaves)
    except RecursionError:
        raise TypeError(_too_deep(x, what)) from None
    except (TypeError, OverflowError):
        _refuse_leaf(x, what)
        raise


def flatten(x: Any, what: str = "the argument") -> tuple[list[Any], Structure]:
    """The numbers in x, those of arrays one by one, and the structure for `build`.

    >>> leaves, structure = flatten({"w": [1.0, 2.0], "b": 3.0})
    >>> leaves, build(structure, [10.0, 20.0, 30.0])
    ([1.0, 2.0, 3.0], {'w': [10.0, 20.0], 'b': 30.0})
    """
    if x.__class__ is float:
        return [x], NUMBER
    leaves: list[Any] = []
    structure = structure_of(x, leaves, what)
    return leaves if structure[-1].__class__ is int else flat_numbers(leaves), structure


def flat_numbers(leaves: Iterable[Any]) -> list[Any]:
    """The leaves from `structure_of`, with the numbers of arrays one by one."""
    flat: list[Any] = []
    for x in leaves:
        if x.__class__ is float or not is_array(x):
            flat.append(x)
        else:
            flat += x.ravel().tolist()
    return flat


def _flatten(x: Any, leaves: list[Any]) -> Structure:
    kind = x.__class__
    if kind is float or isinstance(x, Node):
        leaves.append(x)
        return NUMBER
    # the usual containers first
    found = (x, None) if kind is list or kind is tuple else opened(x)
    if found is None:
        return _leaf(x, leaves, "the argument")
    children, metadata = found
    if set(map(type, children)) <= {float}:  # takes a third of the time of a loop
        leaves += children
        return (kind, metadata, len(children))
    return (kind, metadata, _counted([_flatten(child, leaves) for child in children]))


def _leaf(x: Any, leaves: list[Any], what: str) -> Structure:
    """The structure of what is no container, no float and no Value."""
    kind = x.__class__
    if is_array(x):
        leaves.append(checked_array(x, f"an entry of {what}"))
        return ("array", x.shape)
    if kind is Static:  # unlike ==, the key tells -0.0 from 0.0, and 1.0 from True
        return ("static", x.x, x.x.hex() if x.x.__class__ is float else x.x.__class__)
    if type(x) is Condition:
        leaves.append(x.node)
        return NUMBER
    is_function = callable(x) and not hasattr(x, "__array__")
    if x is None or isinstance(x, _STATIC) or is_flag(x) or is_function:
        return ("static", x, kind)
    leaves.append(real(x, what, NESTED))
    return NUMBER


def tuple_of(parts: list[Structure]) -> Structure:
    """The structure of a tuple whose entries have these structures."""
    return (tuple, None, _counted(parts))


def _counted(parts: list[Structure]) -> int | tuple[Structure, ...]:
    return len(parts) if parts.count(NUMBER) == len(parts) else tuple(parts)


def opened(x: Any) -> tuple[Sequence[Any], Any] | None:
    """The children and the metadata of a container, None of anything else.

    Containers are instances of registered classes, dataclasses, and instances of subclasses of
    list, tuple and dict.
    """
    kind = x.__class__
    if kind in _registered:
        found = _registered[kind][0](x)
        if not (isinstance(found, tuple) and len(found) == 2):
            raise TypeError(
                f"the flatten function of {kind.__name__} must return (children, metadata), got "
                f"{shown(found)}"
            )
        return [*found[0]], found[1]
    return opened_object(x) if is_object(kind) and not is_array(x) else None


def _refuse_leaf(x: Any, what: str) -> None:
    """Raise the error of the first leaf that is no number. It names the place of the leaf."""
    children = _children(x)
    if children is None and not isinstance(x, Node):
        _leaf(x, [], what)
    for entry, child in children or ():
        _refuse_leaf(child, what + entry)


def _too_deep(x: Any, what: str) -> str:
    """The message on a container that contains itself, or is nested too deeply."""
    above: list[int] = []
    path = [what]
    seen: set[int] = set()
    pending = [(x, what, 0)]
    while pending:
        x, entry, depth = pending.pop()
        del above[depth:], path[depth:]
        path.append(entry)
        if id(x) in above:
            place = "".join(path)
            return f"{what} contains itself, at {place}, so its numbers have no end: leave it out"
        if id(x) not in seen and (found := _children(x)) is not None:
            seen.add(id(x))
            above.append(id(x))
            pending += [(child, entry, depth + 1) for entry, child in reversed(found)]
    return f"{what} is nested more deeply than Python's recursion limit allows: nest it less"


def _children(x: Any) -> list[tuple[str, Any]] | None:
    """The children of a container, each with the text of its access; None of a leaf."""
    if (found := opened(x)) is None:
        return None
    children, metadata = found
    names = entries_of((x.__class__, metadata, len(children)))
    return [*zip(names, children, strict=True)]


def checked_array(array: Any, what: str = "an entry of an array") -> Any:
    """The array with float entries, or with dtype object where Values are among its entries.

    Arrays with other entries, such as text, None or complex numbers, are refused.
    """
    import numpy

    if array.__class__ is numpy.ndarray and array.dtype.char == "d":
        return array
    if array.__class__ is not numpy.ndarray and not isinstance(array, numpy.memmap):
        refuse(array.__class__, "it is a subclass of numpy.ndarray. Convert it: numpy.asarray(x)")
    if array.dtype.kind in "biuf":
        return array.astype(float)
    return _array(
        [x if isinstance(x, Node) else real(x, what) for x in array.ravel().tolist()], array.shape
    )


def is_array(x: Any) -> bool:
    """Whether x is a NumPy array. NumPy is not imported for this."""
    numpy = sys.modules.get("numpy")
    try:
        return numpy is not None and isinstance(x, numpy.ndarray)
    except AttributeError:  # another thread is importing NumPy
        return False


def is_flag(x: Any) -> bool:
    """Whether x is a bool of Python or NumPy. Inside a container it is a flag, not a number."""
    return isinstance(x, bool) or x.__class__ is getattr(sys.modules.get("numpy"), "bool_", None)


def build(structure: Structure, flat: Any, argument: bool = False) -> Any:
    """The container of this structure with the numbers of a flat sequence.

    `argument` is set for the argument of a function: a dataclass then computes its derived fields
    again in `__post_init__`.
    """
    return built_from(structure, flat, 0, argument)[0]


def built_from(
    structure: Structure, flat: Any, start: int, argument: bool = False
) -> tuple[Any, int]:
    """What `build` gives from the numbers at `start` on, and the end of those numbers."""
    kind = structure[0]
    if kind == "number":
        x = flat[start]
        floats = flat.__class__ is not list and is_array(flat) and flat.dtype != object
        return x.item() if floats else x, start + 1
    if kind == "static":
        return structure[1], start
    if kind == "array":
        end = start + size(structure)
        return _array(flat[start:end], structure[1]), end
    _, metadata, parts = structure
    if parts.__class__ is int:
        built = flat[start : start + parts]
        if built.__class__ is not list:
            built = built.tolist() if is_array(built) else list(built)
        start += parts
    else:
        built = []
        for part in parts:
            x, start = built_from(part, flat, start, argument)
            built.append(x)
    if kind is list:  # no copy
        return built, start
    if kind in _registered:
        return _registered[kind][1](metadata, tuple(built)), start
    if not is_object(kind):
        raise TypeError(
            f"{kind.__name__} was registered where this function was compiled, but is not "
            "registered here: call register_pytree_node"
        )
    return rebuilt(kind, metadata, built, argument), start


def mapped(structure: Structure, change: Callable[[Structure], Structure]) -> Structure:
    """The structure with each leaf changed."""
    if structure[0].__class__ is str:
        return change(structure)
    return (*structure[:2], _counted([mapped(part, change) for part in parts_of(structure)]))


def leaves_of(structure: Structure) -> Iterator[Structure]:
    """The structures of its leaves."""
    if structure[0].__class__ is str:
        yield structure
    else:
        for part in parts_of(structure):
            yield from leaves_of(part)


def _array(numbers: Any, shape: tuple[int, ...]) -> Any:
    """An array of that shape, of floats or of Values (dtype object).

    Numbers that are themselves arrays, one entry per sample, give a leading axis of samples.
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
    """The structures of the children of a container."""
    parts = structure[2]
    return (NUMBER,) * parts if parts.__class__ is int else parts


def entries_of(structure: Structure) -> list[str]:
    """The text of the access to each child, such as `[0]`, `['key']` or `.field`."""
    kind, metadata, parts = structure
    count = parts if parts.__class__ is int else len(parts)
    if kind is dict:
        return [f"[{key!r}]" for key in metadata]
    if kind in _registered:
        return [f"[{i}]" for i in range(count)]
    return entries(kind, metadata, count)


def leaf_names(structure: Structure, name: str = "x") -> Iterator[str]:
    """The path to each number.

    >>> list(leaf_names(flatten({"w": [1.0, 2.0], "b": 3.0})[1]))
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
            yield from leaf_names(part, name + entry)


def size(structure: Structure) -> int:
    """The count of numbers in the structure."""
    kind, last = structure[0], structure[-1]
    if kind.__class__ is str:
        return 1 if kind == "number" else math.prod(last) if kind == "array" else 0
    return last if last.__class__ is int else sum(map(size, last))


def has_arrays(structure: Structure) -> bool:
    """Whether the structure contains an array."""
    return any([leaf[0] == "array" for leaf in leaves_of(structure)])


def has_static(structure: Structure) -> bool:
    """Whether the structure contains something other than numbers and None."""
    return any([leaf[0] == "static" and leaf[1] is not None for leaf in leaves_of(structure)])


def in_words(structure: Structure) -> str:
    """The structure as messages show it, shortened.

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
        names = [entry.strip("[].") for entry in entries_of(structure)]
        parts = [f"{name}: {part}" for name, part in zip(names, parts, strict=True)]
    parts = parts[:4] + ["…"] * (len(parts) > 4)
    opening, closing = _BRACKETS.get(kind, (f"{kind.__name__}(", ")"))
    return f"{opening}{', '.join(parts)}{closing}"


def unhashable(structure: Structure, what: str) -> TypeError | None:
    """The error that names a part of the structure without a hash; None if there is none."""
    try:
        hash(structure)
        return None
    except TypeError:
        part = shown(structure[1])
    if structure[0] == "static":
        return TypeError(
            f"{what} is not a number, so a program is kept for each such object; that needs a "
            f"hash, which {part} has not"
        )
    for entry, child in zip(entries_of(structure), parts_of(structure), strict=True):
        if (error := unhashable(child, what + entry)) is not None:
            return error
    return TypeError(
        f"the metadata of {what}, a {structure[0].__name__}, must have a hash, got {part}"
    )
