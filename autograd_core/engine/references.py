"""References to functions in pickles, also to one that its decorators hide."""

from __future__ import annotations

import sys
from collections.abc import Callable
from functools import reduce
from importlib import import_module
from typing import Any


class Hidden:
    """A function behind `depth` decorators, which have its name."""

    def __init__(self, function: Callable[..., Any], depth: int) -> None:
        self.function, self.depth = function, depth

    def __reduce__(self) -> Any:
        return _behind, (self.function.__module__, self.function.__qualname__, self.depth)


def reference(function: Any) -> Any:
    """What a pickle holds of a function: itself, or how to find it behind its decorators.

    After `@grad def f` the name `f` is that of the derivative, whose `__wrapped__` is the function.
    """
    module = sys.modules.get(getattr(function, "__module__", None) or "")
    names = getattr(function, "__qualname__", "").split(".")
    found, depth = reduce(lambda x, name: getattr(x, name, None), names, module), 0
    while found is not None and found is not function:
        found, depth = getattr(found, "__dict__", {}).get("__wrapped__"), depth + 1
    return Hidden(function, depth) if depth and found is not None else function


def _behind(module: str, name: str, depth: int) -> Any:
    found = reduce(getattr, name.split("."), import_module(module))
    for _ in range(depth):
        found = found.__wrapped__
    return found
