"""The table, part 5: comparisons and their combinations, 1.0 for true and 0.0 for false.

Comparing Values gives a plain bool. These rows stand for a comparison where a function is recorded
for the compiler.
"""

from __future__ import annotations

from collections.abc import Callable
from operator import eq, le, lt, ne
from typing import Any

from .primitive import Primitive
from .primitive import built_in as primitive


def _row(
    name: str,
    symbol: str,
    test: Callable[[float, float], Any],
    array: str,
    operator: str,
    commutative: bool = True,
) -> Primitive:
    return primitive(
        name, symbol=symbol, array=array, operator=operator, commutative=commutative,
        compute=lambda a, b: 1.0 if test(a, b) else 0.0,
        partials=[lambda y, a, b: 0.0] * 2, followed=[lambda y, a, b: False] * 2,
        doc=f"1 where a {symbol} b holds, else 0; no gradient flows through it.",
    )  # fmt: skip


less: Primitive = _row("less", "<", lt, "less", "<", False)
less_equal: Primitive = _row("less_equal", "≤", le, "less_equal", "<=", False)
equal: Primitive = _row("equal", "=", eq, "equal", "==")
not_equal: Primitive = _row("not_equal", "≠", ne, "not_equal", "!=")
both: Primitive = _row("both", "and", lambda a, b: a != 0.0 and b != 0.0, "logical_and", "and")
either: Primitive = _row("either", "or", lambda a, b: a != 0.0 or b != 0.0, "logical_or", "or")
