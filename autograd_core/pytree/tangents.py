"""What belongs to the numbers of a structure: tangents in their order, and a row of derivatives
in the place of each.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from ..errors import shown
from .core import (
    NUMBER,
    Structure,
    build,
    entries_of,
    flatten,
    in_words,
    is_array,
    is_registered,
    leaves_of,
    mapped,
    opened,
    parts_of,
    size,
)


def flatten_like(x: Any, like: Structure, what: str) -> list[Any]:
    """The numbers of x in the order of a structure, which it must have: dicts by their keys, arrays
    by shape.

    >>> structure = flatten({"a": 10.0, "b": [20.0, 30.0]})[1]
    >>> flatten_like({"b": [2.0, 3.0], "a": 1.0}, structure, "the tangents")
    [1.0, 2.0, 3.0]
    """
    kind = like[0]
    if kind in ("number", "static", "array"):
        leaves, structure = flatten(x, what)
        fits = structure[0] == kind
        if kind == "array":
            import numpy

            fits = numpy.shape(x) == like[1]
        elif kind == "number" and is_array(x) and x.ndim == 0:
            fits = True
        if not fits:
            wanted = (
                f"have the shape {like[1]}"
                if kind == "array"
                else "be one number"
                if kind == "number"
                else f"be {like[1]!r}"
            )
            raise ValueError(f"{what} must {wanted}, got {_kind(x)}")
        return leaves
    children = _children_like(x, like, what)
    named = zip(
        children, parts_of(like), entries_of(like), strict=False
    )  # behind the children there may be attributes
    return [
        leaf for child, part, entry in named for leaf in flatten_like(child, part, what + entry)
    ]


def _children_like(x: Any, like: Structure, what: str) -> Any:
    kind, metadata, _ = like
    attributes = () if kind in (list, tuple, dict) or is_registered(kind) else metadata[1] or ()
    if not is_registered(kind) and issubclass(kind, dict):
        keys = metadata if kind is dict else metadata[0]
        if isinstance(x, dict) and x.keys() == set(keys):
            return [x[key] for key in keys]
        raise ValueError(f"{what} must have the keys {shown(list(keys))}, got {_kind(x)}")
    if not is_registered(kind) and issubclass(kind, list | tuple):
        count = len(parts_of(like)) - len(attributes)
        if (isinstance(x, list | tuple) or (is_array(x) and x.ndim > 0)) and len(x) == count:
            return x
        raise ValueError(f"{what} must have {count} entries, got {_kind(x)}")
    children, own = (opened(x) if x.__class__ is kind else None) or ((), like)
    if own != metadata:
        raise ValueError(f"{what} must be {in_words(like)}, got {_kind(x)}")
    return children


def _kind(x: Any) -> str:
    if isinstance(x, dict):
        return f"the keys {shown(list(x))}"
    if is_array(x):
        return f"an array of shape {x.shape}"
    return f"{len(x)} entries" if isinstance(x, list | tuple) else shown(x)


def build_rows(outer: Structure, inner: Structure, rows: Sequence[Sequence[Any]]) -> Any:
    """The structure `outer`, and in each of its places the structure `inner` around a row; of two
    arrays, one array.

    >>> build_rows((tuple, None, 2), (list, None, 2), [[1.0, 2.0], [3.0, 4.0]])
    ([1.0, 2.0], [3.0, 4.0])
    """
    items, start = [], 0
    for leaf in leaves_of(outer):
        own = rows[start : start + size(leaf)]
        start += len(own)
        if leaf[0] != "static":
            items.append(
                build(inner, own[0]) if leaf[0] == "number" else _build_grid(leaf[1], inner, own)
            )
    return build(mapped(outer, lambda leaf: NUMBER if leaf[0] == "array" else leaf), items)


def _build_grid(shape: tuple[int, ...], inner: Structure, rows: Sequence[Sequence[Any]]) -> Any:
    """In the places of an array: one array if the inner structure could be one, else the inner
    structure with arrays in it.
    """
    own = _shape(inner)
    if own is not None:
        return build(("array", shape + own), [x for row in rows for x in row])
    flat, start = [], 0
    for leaf in leaves_of(inner):
        end = start + size(leaf)
        flat += [x for row in rows for x in row[start:end]]
        start = end
    return build(
        mapped(
            inner,
            lambda leaf: leaf if leaf[0] == "static" else ("array", shape + (leaf[1:] or ((),))[0]),
        ),
        flat,
    )


def _shape(structure: Structure) -> tuple[int, ...] | None:
    """The shape of an array, or of lists and tuples that could be one."""
    if structure[0] in ("number", "array"):
        return structure[1] if structure[1:] else ()
    if structure[0] not in (list, tuple):
        return None
    shapes = {_shape(part) for part in parts_of(structure)} or {()}
    shape = shapes.pop()
    return None if shapes or shape is None else (len(parts_of(structure)), *shape)
