"""The public functions: the rows with an example, and their docstrings, which are put together from
the facts of the rows.
"""

from __future__ import annotations

import math
from functools import cache
from itertools import zip_longest

from . import activations, arithmetic, elementary, gamma, reductions  # noqa: F401  # the rows
from .primitive import REAL, TABLE, Interval, Primitive

FORM = """{doc}
{args}
Returns:
    {returns}.
{raises}
Example:
    >>> from autograd_core import {module}
    >>> {call}
    {result}
"""

ERROR = "TypeError: an operand is not a number, or there are too many or too few."


def domain_of(interval: Interval) -> str:
    """The numbers of an interval in words.

    >>> domain_of(Interval(-1.0, math.inf))
    'a number ≥ −1'
    """
    low, high = [f"{x:g}".replace("-", "−") for x in (interval.low, interval.high)]
    if math.isfinite(interval.high):
        return f"a number from {low} to {high}"
    return f"a number ≥ {low}" if math.isfinite(interval.low) else "any real number"


@cache
def _args(row: Primitive) -> list[str]:
    """What each parameter is."""
    names = row.__signature__.parameters
    if "xs" in names:
        return ["*xs: two or more floats or Values, or one iterable of them; any real numbers."]
    return [
        f"{name}: {row.operands.get(name, 'a float or a Value')}"
        + (f"; {domain_of(interval)}." if interval else ".")
        for name, interval in zip_longest(names, row.domain)
    ]


def docstring(row: Primitive, method: bool = False) -> str:
    """The documentation of a row in the form that CONTRIBUTING.md describes; that of a method has
    no first operand, which is the Value itself.
    """
    args, errors = _args(row), [ERROR]
    first = args[0].partition(":")[0]
    call, _, result = row.example.partition(" -> ")
    sentence, kind = row.doc, "A float, or a Value where an operand is one"
    if method:
        args = ["*xs: more floats or Values; any real numbers."] if first == "*xs" else args[1:]
        sentence += f"\n\nThis Value is the operand {first.replace('*xs', 'x₁')}."
        name, _, rest = call.partition("(")
        given, _, others = rest.partition(", ")
        call = f"Value({given.strip(')')}).{name}({others or ')'}"
        result, kind = f"Value({result})", "A Value"
    elif first == "*xs":
        errors.append("ValueError: the iterable holds no number.")
    text = FORM.format(
        doc=sentence,
        args="\n".join(["\nArgs:", *[f"    {text}" for text in args], ""]) if args else "",
        returns=kind + ("" if {*row.domain} == {REAL} else "; nan outside the domain"),
        raises="\n".join(["\nRaises:", *[f"    {text}" for text in errors], ""]) if args else "",
        module="Value" if method else row.name,
        call=call,
        result=result,
    )
    return f"{text}\nSource: {row.source}\n" if row.source else text


PUBLIC = {name: row for name, row in sorted(TABLE.items()) if row.example}

for _row in PUBLIC.values():
    _row.__doc__ = docstring(_row)
