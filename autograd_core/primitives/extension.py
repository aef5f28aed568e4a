"""Rows of the user's own: what the table takes for granted is checked here, when they are added and when they are computed."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any

from ..errors import real
from .primitive import REAL, TABLE, Interval, Primitive, Rule
from .primitive import primitive as built_in

_own: dict[str, tuple[str, str]] = {}
"""The rows that were added here, by the place of their function."""


def primitive(
    name: str,
    *,
    compute: Callable[..., float],
    partials: Rule | Iterable[Rule],
    symbol: str | None = None,
    domain: Interval | Sequence[Interval] = REAL,
    followed: Sequence[Rule | None] | None = None,
    array: str | None = None,
    doc: str = "",
) -> Primitive:
    """Add a row to the table: an operation of your own, with everything that the built-in ones get.

    `compute(*xs)` takes and gives floats. `partials` holds one function `(y, *xs)` per operand (or the function
    alone, where there is one operand): the local derivative, written with table functions and `+ - *` only, so that
    the same rule serves floats, Values (any order) and arrays. `domain` is where the row is defined (one interval,
    or one per operand). `followed` says for which operands, and when, a gradient flows at all (for selections).
    `array` names NumPy's own function, where there is one. A row that the same function defines again, as when the cell of
    a notebook is run once more, replaces the one before.

    >>> from autograd_core import Value, cos, grad, primitive, sin
    >>> versine = primitive("versine", compute=lambda x: 2 * sin(x / 2) ** 2, partials=lambda y, x: sin(x))
    >>> grad(versine)(0.5) == sin(0.5), grad(grad(versine))(0.5) == cos(0.5)
    (True, True)
    >>> area = primitive("area", compute=lambda a, b: a * b, partials=[lambda y, a, b: b, lambda y, a, b: a])
    >>> grad(area, argnums=(0, 1))(2.0, 3.0)
    (3.0, 2.0)
    """
    if not (isinstance(name, str) and name.isidentifier()):
        raise ValueError(f"the name of a primitive must be a Python identifier, got {name!r}")
    if not callable(compute):
        raise TypeError(f"compute of {name} must be a function of floats, got {compute!r}")
    rules = (partials,) if callable(partials) else tuple(partials) if isinstance(partials, Iterable) else ()
    if not rules or not all(map(callable, rules)):
        raise TypeError(f"partials of {name} must be one function (y, *xs) for each operand, got {partials!r}")
    place = (getattr(compute, "__module__", ""), getattr(compute, "__qualname__", ""))
    if _own.get(name) == place:
        TABLE.pop(name, None)
    checked = [_checked(rule, f"partial derivative {i} of {name}") for i, rule in enumerate(rules, 1)]
    added = built_in(
        name, compute=_checked(compute, f"the value of {name}"), partials=checked, symbol=symbol, domain=domain,
        followed=followed, array=array, doc=doc,
    )  # fmt: skip
    _own[name] = place
    return added


def _checked(function: Callable[..., Any], what: str) -> Callable[..., Any]:
    """The function, whose result must be a number."""

    def checked(*xs: Any) -> Any:
        y = function(*xs)
        return y if y.__class__ is float or hasattr(y, "_apply") else real(y, what)

    return checked
