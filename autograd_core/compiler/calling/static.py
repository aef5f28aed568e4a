"""Static arguments: parts of the structure, each value of which has a program of its own."""

from __future__ import annotations

import inspect
from collections.abc import Sequence
from typing import Any

from ...engine.node import Node
from ...errors import shown
from ...pytree.objects import Static

Arguments = tuple[tuple[Any, ...], dict[str, Any]]


def with_static(
    signature: inspect.Signature | None,
    names: Sequence[str],
    args: Sequence[Any],
    kwargs: dict[str, Any],
) -> Arguments:
    """The arguments, of which those with these names are marked as static."""
    assert signature is not None
    bound = signature.bind(*args, **kwargs)
    for name in names:
        if name in bound.arguments:
            bound.arguments[name] = Static(_checked(bound.arguments[name], name))
    return bound.args, bound.kwargs


def _checked(x: Any, name: str) -> Any:
    if isinstance(x, Node):
        raise TypeError(
            f"the static argument {name!r} is a Value, which would get a program of its own and "
            "lose its gradient; pass int(v) or v.data, or leave the name out of static_argnames"
        )
    try:
        hash(x)
    except TypeError:
        raise TypeError(
            f"the static argument {name!r} needs a hash, by which its program is found; got "
            f"{shown(x)} ({type(x).__name__}), which has none: pass a tuple in place of a list"
        ) from None
    return x


def without_static(args: Sequence[Any], kwargs: dict[str, Any]) -> Arguments:
    """The arguments as the function sees them."""
    return tuple(map(_plain, args)), {name: _plain(x) for name, x in kwargs.items()}


def _plain(x: Any) -> Any:
    return x.x if x.__class__ is Static else x
