"""Dataclasses, and subclasses of list, tuple and dict, as containers of numbers. They are rebuilt
without a call of their constructors.
"""

from __future__ import annotations

import copyreg
import dataclasses
import inspect
from collections import OrderedDict, defaultdict
from collections.abc import Callable, Sequence
from functools import cached_property
from numbers import Number
from typing import Any, NoReturn

from ..engine.node import Node

COMPILED_METHODS = "_compiled_methods"
"""The attribute in which an object keeps its compiled methods. It is no part of the object."""

_is_dataclass: Callable[[type], bool] = dataclasses.is_dataclass
_BASES: tuple[Any, ...] = (OrderedDict, defaultdict, dict, list, tuple)


class Static:
    """A child that is part of the structure, whatever it is."""

    __slots__ = ("x",)

    def __init__(self, x: Any) -> None:
        self.x = x


def is_object(kind: type) -> bool:
    """Whether this file handles the instances of a class."""
    return _is_dataclass(kind) or issubclass(kind, (dict, list, tuple))


def opened_object(x: Any) -> tuple[list[Any], Any]:
    """The children of an object, and its metadata.

    The metadata is `(keys, names, computes)`: the keys of a dict, None of others; the names of the
    fields and attributes, None of a dict whose attributes are its entries; and whether
    `__post_init__` computes some of them.
    """
    return _dataclass(x) if _is_dataclass(x.__class__) else _subclass(x)


def rebuilt(kind: Any, metadata: Any, children: Sequence[Any], argument: bool) -> Any:
    """An object of that class with other children. If it is an `argument`, its `__post_init__`
    computes the derived fields again.
    """
    keys, names, computes = metadata
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
    for name, child in zip(names or (), children[count:], strict=True):
        object.__setattr__(new, name, child)  # also if the class is frozen
    if argument and computes:
        new.__post_init__()
        for field in dataclasses.fields(kind):
            if field.init and getattr(new, field.name) is not children[names.index(field.name)]:
                refuse(
                    kind, f"its __post_init__ changes the field {field.name!r} that it was given"
                )
    return new


def entries(kind: Any, metadata: Any, count: int) -> list[str]:
    """The text of the access to each child: `['key']`, `.field` or `[0]`."""
    keys, names, _ = metadata
    attributes = [f".{name}" for name in names or ()]
    if keys is not None:
        own = [f"[{key!r}]" for key in keys]
    elif fields := getattr(kind, "_fields", ()):  # of a named tuple
        own = [f".{name}" for name in fields]
    else:
        own = [f"[{i}]" for i in range(count - len(attributes))]
    return own + attributes


def refuse(kind: type, why: str) -> NoReturn:
    """Raise the error that names a class that cannot be rebuilt, and says what to do."""
    name = kind.__name__
    raise TypeError(
        f"a {name} cannot be rebuilt with other numbers: {why}. Say how with "
        f"register_pytree_node({name}, flatten, unflatten), where flatten(x) gives (children, "
        "metadata) and unflatten(metadata, children) gives x"
    )


def _dataclass(x: Any) -> tuple[list[Any], Any]:
    kind = x.__class__
    if isinstance(x, _BASES):
        refuse(kind, f"it is both a dataclass and a {_base(kind).__name__}")
    # a field with init=False may be missing
    fields = [field for field in dataclasses.fields(x) if hasattr(x, field.name)]
    names = tuple([field.name for field in fields])
    children = [
        (Static if field.metadata.get("static") else _child)(getattr(x, field.name))
        for field in fields
    ]
    attributes = _attributes(x, names)
    computes = hasattr(kind, "__post_init__") and bool(
        attributes or not all([field.init for field in fields])
    )
    if computes and inspect.signature(x.__post_init__).parameters:
        refuse(kind, "its __post_init__ needs an InitVar, which an object does not keep")
    children += map(_child, attributes.values()) if computes else _unchanged(kind, attributes)
    return children, (None, (*names, *attributes), computes)


def _child(x: Any) -> Any:
    """The value of a field. Where it holds no data, it is part of the structure."""
    data = isinstance(x, Node | Number) or is_object(x.__class__) or hasattr(x, "__array__")
    return x if data or x.__class__.__hash__ is None else Static(x)


def _subclass(x: Any) -> tuple[list[Any], Any]:
    base, names = _base(x.__class__), None
    keys = tuple(base.keys(x)) if issubclass(base, dict) else None
    children = [*(base.__iter__(x) if keys is None else base.values(x))]
    if getattr(x, "__dict__", None) is not x:
        attributes = _attributes(x)
        names = tuple(attributes)
        children += _unchanged(x.__class__, attributes)
    return children, (keys, names, False)


def _base(kind: type) -> Any:
    """The class whose `__new__` makes an instance."""
    return next((base for base in _BASES if issubclass(kind, base)), object)


def _attributes(x: Any, but: Sequence[str] = ()) -> dict[str, Any]:
    """The attributes of an object besides its entries or fields, without those that
    `cached_property` has computed.
    """
    kind = x.__class__
    names = {*getattr(x, "__dict__", ()), *copyreg._slotnames(kind)}  # type: ignore[attr-defined]  # as `copy` finds them
    names |= {"default_factory"} if isinstance(x, defaultdict) else set()
    return {
        name: getattr(x, name)
        for name in sorted(names - {*but, COMPILED_METHODS})
        if hasattr(x, name) and not isinstance(getattr(kind, name, None), cached_property)
    }


def _unchanged(kind: type, attributes: dict[str, Any]) -> list[Static]:
    """Attributes that stay as they are. Containers of numbers are refused: these numbers may have
    been computed from the entries.
    """
    for name, value in attributes.items():
        if not isinstance(value, Node | Number) and _has_numbers(value):
            refuse(kind, f"its attribute {name!r} holds numbers")
    return [Static(value) for value in attributes.values()]


def _has_numbers(x: Any) -> bool:
    if isinstance(x, dict):
        x = [*x.values()]
    elif _is_dataclass(x.__class__):
        x = [getattr(x, field.name, None) for field in dataclasses.fields(x)]
    if isinstance(x, list | tuple | set | frozenset):
        return any([_has_numbers(part) for part in x])
    return isinstance(x, Node | Number) or (hasattr(x, "__array__") and not callable(x))
