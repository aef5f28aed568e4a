"""Checks of settings, and their error messages."""

from __future__ import annotations

from operator import index
from typing import Any


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
