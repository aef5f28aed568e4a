"""Functions in pickles: also one that its decorators hide is found by its name, behind them."""

from __future__ import annotations

import sys
from collections.abc import Callable
from functools import reduce
from importlib import import_module
from typing import Any


class Hidden:
    """A function that stands behind `depth` decorators, under the name that is its own."""

    def __init__(self, function: Callable[..., Any], depth: int) -> None:
        self.function, self.depth = function, depth

    def __reduce__(self) -> Any:
        return _behind, (self.function.__module__, self.function.__qualname__, self.depth)


def reference(function: Any) -> Any:
    """What a pickle is to hold of a function: itself, or how it is found behind the decorators that
    hide it.

    In `@grad def f` the name `f` is that of the derivative, and the function is its `__wrapped__`.
    """
    module, name = (
        sys.modules.get(getattr(function, "__module__", None) or ""),
        getattr(function, "__qualname__", ""),
    )
    found, depth = reduce(lambda x, part: getattr(x, part, None), name.split("."), module), 0
    while found is not None and found is not function:
        found, depth = (
            vars(found).get("__wrapped__") if hasattr(found, "__dict__") else None,
            depth + 1,
        )
    return Hidden(function, depth) if depth and found is not None else function


def _behind(module: str, name: str, depth: int) -> Any:
    found = reduce(getattr, name.split("."), import_module(module))
    for _ in range(depth):
        found = found.__wrapped__
    return found
