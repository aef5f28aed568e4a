"""Checks of settings, and their error messages."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from operator import index
from typing import Any, TypeVar

F = TypeVar("F", bound=Callable[..., Any])


def require(holds: bool, what: str, must: str, got: object) -> None:
    """Raise a ValueError if a setting is out of range."""
    if not holds:
        raise ValueError(f"{what} must be {must}, got {got!r}")


def count(n: Any, what: str, least: int = 1) -> int:
    """Check a whole number, from Python or NumPy, and return it as an int."""
    try:
        whole = least - 1 if isinstance(n, bool) else index(n)
    except TypeError:
        whole = least - 1
    if whole < least:
        raise ValueError(f"{what} must be a whole number of at least {least}, got {n!r}")
    return whole


def chosen(
    given: str | F, known: Mapping[str, F], what: str, or_give: str, more: Iterable[str] = ()
) -> F:
    """Return the function with that name, or the given function itself; `more` are further names
    to list in the error.

    >>> chosen("double", {"double": lambda x: 2.0 * x}, "rule", "a function")(3.0)
    6.0
    """
    if not isinstance(given, str) and callable(given):
        return given
    if given not in known:
        names = ", ".join([*known, *more])
        raise ValueError(f"no {what} is called {given!r}; choose one of {names}, or give {or_give}")
    return known[given]
