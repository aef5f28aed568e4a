"""Dataclasses, and subclasses of list, tuple and dict, as containers: opened, and built again
without their constructors.
"""

from __future__ import annotations

import copyreg
import dataclasses
import inspect
from collections import OrderedDict, defaultdict
from collections.abc import Iterable, Sequence
from functools import cached_property
from numbers import Number
from typing import Any, NoReturn

from ..engine.node import Node

COMPILED_METHODS = "_compiled_methods"
"""The attribute in which an object keeps its compiled methods, which are no part of it."""

_BASES: tuple[Any, ...] = (OrderedDict, defaultdict, dict, list, tuple)


class Static:
    """Something in a container that is a part of its structure, whatever it is."""

    __slots__ = ("x",)

    def __init__(self, x: Any) -> None:
        self.x = x


def is_object(kind: type) -> bool:
    """Whether the instances of a class are containers that are opened here."""
    return hasattr(kind, "__dataclass_fields__") or issubclass(kind, (dict, list, tuple))


def opened_object(x: Any) -> tuple[Iterable[Any], Any]:
    """The children of an object, and its metadata.

    These are `(names of the fields, whether __post_init__ computes some)` of a dataclass, and else
    `(keys, names of the attributes)`: no keys of a list or tuple, and no names where the attributes
    of a dict are its entries.
    """
    return _dataclass(x) if hasattr(x.__class__, "__dataclass_fields__") else _subclass(x)


def rebuilt(kind: Any, metadata: Any, children: Sequence[Any], argument: bool) -> Any:
    """An object of that class around other children; as an argument, with what its
    `__post_init__` computes of them.
    """
    if not hasattr(kind, "__dataclass_fields__"):
        return _rebuilt_subclass(kind, metadata, children)
    names, computes = metadata
    new = object.__new__(kind)
    _set(new, names, children)
    if argument and computes:
        new.__post_init__()
        for field in dataclasses.fields(kind):
            if field.init and getattr(new, field.name) is not children[names.index(field.name)]:
                refuse(
                    kind, f"its __post_init__ changes the field {field.name!r} that it was given"
                )
    return new


def entries(kind: Any, metadata: Any, size: int) -> list[str]:
    """How each child is reached: `['key']`, `.field` or `[0]`."""
    keys, names = metadata
    if hasattr(kind, "__dataclass_fields__"):
        return [f".{name}" for name in keys]
    attributes = [f".{name}" for name in names or ()]
    if keys is not None:
        return [*[f"[{key!r}]" for key in keys], *attributes]
    fields = getattr(kind, "_fields", None)  # of a named tuple
    own = (
        [f".{name}" for name in fields]
        if fields
        else [f"[{i}]" for i in range(size - len(attributes))]
    )
    return [*own, *attributes]


def refuse(kind: type, why: str) -> NoReturn:
    """Raise the error that says which class cannot be built again, and what to do."""
    name = kind.__name__
    raise TypeError(
        f"a {name} cannot be built again around other numbers: {why}. Say how with "
        f"register_pytree_node({name}, flatten, "
        "unflatten), where flatten(x) gives (children, metadata) and unflatten(metadata, "
        "children) gives x"
    )


def _dataclass(x: Any) -> tuple[Iterable[Any], Any]:
    kind = x.__class__
    if isinstance(x, _BASES):
        refuse(kind, f"it is both a dataclass and a {_base(kind).__name__}")
    fields = [
        field for field in dataclasses.fields(x) if hasattr(x, field.name)
    ]  # with init=False, one may be missing
    names = tuple([field.name for field in fields])
    children = [
        Static(y) if field.metadata.get("static") else _child(y)
        for field in fields
        for y in [getattr(x, field.name)]
    ]
    attributes = _attributes(x, names)
    if hasattr(kind, "__post_init__") and (attributes or not all([field.init for field in fields])):
        if len(inspect.signature(x.__post_init__).parameters) > 0:
            refuse(kind, "its __post_init__ needs an InitVar, which an object does not keep")
        return [*children, *map(_child, attributes.values())], ((*names, *attributes), True)
    return [*children, *_unchanged(kind, attributes)], ((*names, *attributes), False)


def _child(x: Any) -> Any:
    """What is in a field: an object that is no data is a part of the structure."""
    data = (
        isinstance(x, Node | Number)
        or is_object(x.__class__)
        or hasattr(x, "__array__")
        or x.__class__.__hash__ is None
    )
    return x if data else Static(x)


def _subclass(x: Any) -> tuple[Iterable[Any], Any]:
    base, names = _base(x.__class__), None
    keys = tuple(base.keys(x)) if issubclass(base, dict) else None
    children = [*(base.__iter__(x) if keys is None else base.values(x))]
    if getattr(x, "__dict__", None) is not x:
        attributes = _attributes(x)
        names = tuple(attributes)
        children += _unchanged(x.__class__, attributes)
    return children, (keys, names)


def _rebuilt_subclass(kind: Any, metadata: Any, children: Sequence[Any]) -> Any:
    keys, names = metadata
    base, count = _base(kind), len(children) - len(names or ())
    try:
        new = base.__new__(kind, children[:count]) if base is tuple else base.__new__(kind)
    except TypeError as error:
        refuse(kind, str(error))
    if base is list:
        list.extend(new, children[:count])
    for key, child in zip(keys or (), children, strict=False):
        base.__setitem__(new, key, child)
    if names is None:
        new.__dict__ = new
    else:
        _set(new, names, children[count:])
    return new


def _base(kind: type) -> Any:
    return next(base for base in _BASES if issubclass(kind, base))


def _set(new: Any, names: Iterable[str], values: Iterable[Any]) -> None:
    for name, value in zip(names, values, strict=True):
        object.__setattr__(new, name, value)  # also where the class is frozen


def _attributes(x: Any, but: Sequence[str] = ()) -> dict[str, Any]:
    """What an object has beside its entries or fields, without what `cached_property` has kept
    there.
    """
    names = {*getattr(x, "__dict__", ()), *copyreg._slotnames(x.__class__)}  # type: ignore[attr-defined]  # as `copy` finds them
    names |= {"default_factory"} if isinstance(x, defaultdict) else set()
    own = [name for name in sorted(names - {*but, COMPILED_METHODS}) if hasattr(x, name)]
    return {
        name: getattr(x, name)
        for name in own
        if not isinstance(getattr(x.__class__, name, None), cached_property)
    }


def _unchanged(kind: type, attributes: dict[str, Any]) -> list[Static]:
    """Attributes are handed on as they are; refused where they hold numbers, which may be those
    of the entries.
    """
    for name, value in attributes.items():
        if not isinstance(value, Node | Number) and _has_numbers(value):
            refuse(kind, f"its attribute {name!r} holds numbers")
    return [Static(value) for value in attributes.values()]


def _has_numbers(x: Any) -> bool:
    if isinstance(x, dict | list | tuple | set | frozenset):
        return any([_has_numbers(part) for part in (x.values() if isinstance(x, dict) else x)])
    if hasattr(x.__class__, "__dataclass_fields__"):
        return any([_has_numbers(getattr(x, field.name, None)) for field in dataclasses.fields(x)])
    return isinstance(x, Node | Number) or (hasattr(x, "__array__") and not callable(x))
