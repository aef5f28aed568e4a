"""What a setting must be: the error of one that is not."""

from __future__ import annotations

from operator import index
from typing import Any


def require(holds: bool, what: str, must: str, got: object) -> None:
    """Raise the error of a setting out of its range."""
    if not holds:
        raise ValueError(f"{what} must be {must}, got {got!r}")


def count(n: Any, what: str, least: int = 1) -> int:
    """A whole number, of Python or of NumPy, as an int."""
    try:
        whole = least - 1 if isinstance(n, bool) else index(n)
    except TypeError:
        whole = least - 1
    if whole < least:
        raise ValueError(f"{what} must be a whole number of at least {least}, got {n!r}")
    return whole
