"""A shortcut for calls with floats, lists of floats and arrays, of a function with one path and no
conditions: a function that is written for arguments of these kinds, in Python. It neither flattens
them nor looks anything up.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from struct import Struct
from typing import Any

from ...pytree.core import Structure, built_from, has_arrays, size
from ..pipeline import Executable

Shortcut = Callable[[Sequence[Any]], Any]
"""Gives the result for arguments of the same kinds, or `NO_SHORTCUT` if it cannot."""

NO_SHORTCUT = object()

MOST, FEW = 100, 10
"""So many parts of a result are written out at most, and of a tuple so many numbers."""

_array: Any = None  # numpy.ndarray, where NumPy is loaded


def kinds(arguments: Sequence[Any]) -> tuple[Any, ...]:
    """The key of a shortcut: the shape of each array, the length of each list, the type of all
    else.
    """
    array = _array
    return tuple(
        [
            len(x) if (kind := x.__class__) is list else x.shape if kind is array else kind
            for x in arguments
        ]
    )


def shortcut(
    executable: Executable, arguments: Sequence[Any], result: Structure
) -> Shortcut | None:
    """The shortcut for arguments of these kinds; None if there is none."""
    global _array
    _array = getattr(sys.modules.get("numpy"), "ndarray", None)
    conditions = [_condition(f"a[{k}]", x) for k, x in enumerate(arguments)]
    if not all(conditions):
        return None
    dtypes = [x.dtype for x in arguments if x.__class__ is _array]
    scope: dict[str, Any] = {
        "no": NO_SHORTCUT,
        "floats": {float},
        "array": _array,
        "dtype": dtypes[0] if dtypes else None,
        "call": executable.kernel.caller(arguments, executable.careful),
    }
    return _written([f"len(a) == {len(arguments)}", *conditions], result, scope)


def _condition(name: str, x: Any) -> str:
    """The condition that an argument is of the kind of x; empty where there is no shortcut."""
    if x.__class__ is float:
        return f"{name}.__class__ is float"
    if x.__class__ is list and {*map(type, x)} == {float}:
        length = f"(x := {name}).__class__ is list and len(x) == {len(x)}"
        return f"{length} and {{*map(type, x)}} == floats"
    if x.__class__ is _array and x.dtype == float:
        return f"(x := {name}).__class__ is array and x.shape == {x.shape} and x.dtype is dtype"
    return ""


def _written(conditions: Sequence[str], result: Structure, scope: dict[str, Any]) -> Shortcut:
    """The function, which calls the arguments `a` and the outputs `n`."""
    listed = f"return {_Text(scope, listed=True).whole(result)}"
    if has_arrays(result):  # in a third of the time that numpy.array takes
        scope |= {"empty": sys.modules["numpy"].empty, "pack": Struct(f"{size(result)}d").pack_into}
        listed = "n, m = empty(len(n)), n; pack(n, 0, *m)"
    text = f"""\
def run(a):
    if not ({" and ".join(conditions)}):
        return no
    n = call(a)
    if n is None:
        return no
    if n.__class__ is list:
        {listed}
    return {_Text(scope, listed=False).whole(result)}
"""
    exec(compile(text, "<shortcut>", "exec"), scope)
    run: Shortcut = scope["run"]
    return run


class _Text:
    """What builds a result from the numbers `n`, which are a list or an array."""

    def __init__(self, scope: dict[str, Any], listed: bool) -> None:
        self.scope, self.listed = scope, listed
        self.parts = 0

    def whole(self, structure: Structure) -> str:
        flat = structure[0] == "array" and len(structure[1]) == 1
        return "n" if flat else self.of(structure, 0)

    def of(self, structure: Structure, start: int) -> str:
        """The part from the numbers at `start` on."""
        kind, end = structure[0], start + size(structure)
        self.parts += 1
        if kind == "number":
            return f"n[{start}]" if self.listed else f"n.item({start})"
        if kind == "array":
            shape = f".reshape({structure[1]})" if len(structure[1]) > 1 else ""
            return f"n[{start}:{end}]{shape}"
        if kind not in (list, tuple) or self.parts > MOST:
            name = f"part_{start}_{self.parts}"
            self.scope |= {"built": built_from, name: structure}
            return f"built({name}, n, {start})[0]"
        if structure[2].__class__ is int:
            numbers = f"n[{start}:{end}]" if self.listed else f"n[{start}:{end}].tolist()"
            return numbers if kind is list else self._tuple(start, end, numbers)
        children = []
        for part in structure[2]:
            children.append(self.of(part, start))
            start += size(part)
        inside = ", ".join(children)
        return f"[{inside}]" if kind is list else f"({inside},)" if inside else "()"

    def _tuple(self, start: int, end: int, numbers: str) -> str:
        if not self.listed or end - start > FEW:
            return f"(*{numbers},)"
        return f"({' '.join([f'n[{k}],' for k in range(start, end)])})"
