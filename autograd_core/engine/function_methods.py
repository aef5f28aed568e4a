"""Every public function of the table as a method of its first operand: `v.tanh()` is `tanh(v)`.

NumPy calls these methods on the elements of an object array, by its own names. Their types are in
`function_methods.pyi`, which `python .ci/write_table.py` writes.
"""

from __future__ import annotations

from typing import Any, Self

from ..primitives import Primitive
from ..primitives.public import PUBLIC, docstring


class FunctionMethods:
    """The functions of the table as methods."""

    __slots__ = ()


def _method(row: Primitive) -> Any:
    """The method, as fast as one in a class and with its signature. One with several operands is
    written out.
    """
    if row.arity == 1 and row.many is None:

        def method(self: Any) -> Any:
            return self._unary(row)

        method.__annotations__ = {"return": Self}
        return method
    given = [str(p) for p in row.__signature__.parameters.values()]
    others = given if given[0].startswith("*") else given[1:]
    names = [text.partition("=")[0] for text in others]
    call = f"self._apply(row, ({', '.join(['self', *names])},))"
    if row.arity == 1:
        call = "self._unary(row)"
        if names:
            call += f" if {names[0]} is None else row(self, {names[0]})"
    scope: dict[str, Any] = {"row": row, "Self": Self, "__name__": __name__}
    text = f"def {row.name}({', '.join(['self', *others])}) -> Self: return {call}"
    # a file of this package, so that no line of it is taken for one of the user
    exec(compile(text, f"{__file__} <methods>", "exec", dont_inherit=True), scope)
    return scope[row.name]


for _row in PUBLIC.values():
    _made = _method(_row)
    _made.__name__, _made.__qualname__ = _row.name, f"FunctionMethods.{_row.name}"
    _made.__doc__ = docstring(_row, method=True)
    for _name in (_row.name, _row.array or _row.name):
        setattr(FunctionMethods, _name, _made)
