"""Tangents in the order of a structure, and derivatives in the places of its numbers."""

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
    leaves_of,
    mapped,
    opened,
    parts_of,
    sequence_or_dict,
    size,
)


def flatten_like(x: Any, like: Structure, what: str) -> list[Any]:
    """The numbers of x in the order of a structure, which x must have.

    Entries of dicts are matched by their keys.

    >>> structure = flatten({"a": 10.0, "b": [20.0, 30.0]})[1]
    >>> flatten_like({"b": [2.0, 3.0], "a": 1.0}, structure, "the tangents")
    [1.0, 2.0, 3.0]
    """
    kind = like[0]
    if kind.__class__ is str:
        leaves, structure = flatten(x, what)
        if kind == "array":
            import numpy

            fits, wanted = numpy.shape(x) == like[1], f"have the shape {like[1]}"
        elif kind == "number":
            fits, wanted = structure in (NUMBER, ("array", ())), "be one number"
        else:
            fits, wanted = structure[0] == kind, f"be {like[1]!r}"
        if not fits:
            raise ValueError(f"{what} must {wanted}, got {_described(x)}")
        return leaves
    children = _children_like(x, like, what)
    named = zip(children, parts_of(like), entries_of(like), strict=False)  # without attributes
    return [
        leaf for child, part, entry in named for leaf in flatten_like(child, part, what + entry)
    ]


def _children_like(x: Any, like: Structure, what: str) -> Any:
    """The children of x in the order of a container's structure."""
    kind, metadata, _ = like
    base = sequence_or_dict(kind)
    if base is None:
        children, own = (opened(x) if x.__class__ is kind else None) or ((), like)
        if own == metadata:
            return children
        wanted = f"be {in_words(like)}"
    elif base is dict:
        keys = metadata if kind is dict else metadata[0]
        if isinstance(x, dict) and x.keys() == {*keys}:
            return [x[key] for key in keys]
        wanted = f"have the keys {shown([*keys])}"
    else:
        attributes = () if metadata is None else metadata[1]
        count = len(parts_of(like)) - len(attributes)
        if (isinstance(x, list | tuple) or (is_array(x) and x.ndim > 0)) and len(x) == count:
            return x
        wanted = f"have {count} entries"
    raise ValueError(f"{what} must {wanted}, got {_described(x)}")


def _described(x: Any) -> str:
    if isinstance(x, dict):
        return f"the keys {shown(list(x))}"
    if is_array(x):
        return f"an array of shape {x.shape}"
    return f"{len(x)} entries" if isinstance(x, list | tuple) else shown(x)


def build_rows(outer: Structure, inner: Structure, rows: Sequence[Sequence[Any]]) -> Any:
    """The structure `outer`, with the structure `inner` around one row in the place of each number.

    Where both are arrays, this is one array.

    >>> build_rows((tuple, None, 2), (list, None, 2), [[1.0, 2.0], [3.0, 4.0]])
    ([1.0, 2.0], [3.0, 4.0])
    """
    items, start = [], 0
    for leaf in leaves_of(outer):
        own = rows[start : start + size(leaf)]
        start += len(own)
        if leaf == NUMBER:
            items.append(build(inner, own[0]))
        elif leaf[0] == "array":
            items.append(_build_grid(leaf[1], inner, own))
    return build(mapped(outer, lambda leaf: NUMBER if leaf[0] == "array" else leaf), items)


def _build_grid(shape: tuple[int, ...], inner: Structure, rows: Sequence[Sequence[Any]]) -> Any:
    """The rows in the places of an array: one array if `inner` could be an array, else `inner` with
    arrays as its leaves.
    """
    own = _shape(inner)
    if own is not None:
        return build(("array", shape + own), [x for row in rows for x in row])
    flat, start = [], 0
    for leaf in leaves_of(inner):
        end = start + size(leaf)
        flat += [x for row in rows for x in row[start:end]]
        start = end

    def widened(leaf: Structure) -> Structure:
        return leaf if leaf[0] == "static" else ("array", shape + (_shape(leaf) or ()))

    return build(mapped(inner, widened), flat)


def _shape(structure: Structure) -> tuple[int, ...] | None:
    """The shape of a number, of an array, or of lists and tuples that could be an array."""
    kind, last = structure[0], structure[-1]
    if kind in ("number", "array"):
        return last if kind == "array" else ()
    if kind not in (list, tuple):
        return None
    shapes = {_shape(part) for part in parts_of(structure)} or {()}
    shape = shapes.pop()
    return None if shapes or shape is None else (len(parts_of(structure)), *shape)
