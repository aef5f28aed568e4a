"""Comparisons inside a compiled function. They behave like bools, and are recorded."""

from __future__ import annotations

import dis
import operator
import sys
from collections.abc import Callable
from numbers import Real
from types import CodeType, FrameType, FunctionType
from typing import Any

from ..errors import RecordingError
from ..primitives import Primitive, comparisons
from . import context
from .reads import note_read
from .source_location import HERE

_WITH_A_NUMBER = (
    "lt le gt ge eq ne add radd sub rsub mul rmul truediv rtruediv floordiv "
    "rfloordiv mod rmod pow rpow divmod rdivmod"
)
_NO_MINUS_ZERO = ("__mul__", "__rmul__", "__mod__", "__floordiv__")  # False * -2 is 0
_OF_THE_BOOL = (
    "invert hash int float index format round trunc floor ceil lshift rlshift rshift rrshift"
)


class Condition:
    """The result of `a < b` inside a compiled function; `node` is its number, 1 or 0.

    In `where` and in arithmetic it selects, so one program serves both cases. Where Python needs
    the bool itself (`if`, `not`, `int`, an index, a key, text), the program gets a guard: it holds
    only while the comparison has this outcome.
    """

    __slots__ = ("node",)

    __class__ = property(lambda self: bool)  # so that isinstance(x > 0, bool) is True

    def __init__(self, node: Any) -> None:
        self.node = node

    def __bool__(self) -> bool:
        tape = context.tape()
        if tape is None:
            raise RecordingError(
                "a condition of a compiled function was used outside its recording, in another "
                "thread or after it had ended; compute bool(x > 0) in the function's own thread, "
                "and pass that on"
            )
        truth: bool = tape.guard(self.node, sys._getframe(1))
        if context.trackers:
            note_read(self.node.operands, sys._getframe(1), truth)
        return truth

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> Any:
        """The truth, as a guard: for numpy.select and numpy.where."""
        import numpy

        return numpy.array(bool(self), dtype)

    def __and__(self, other: Any) -> Any:
        return self._joined(comparisons.both, operator.and_, other)

    def __or__(self, other: Any) -> Any:
        return self._joined(comparisons.either, operator.or_, other)

    def __xor__(self, other: Any) -> Any:
        return self._joined(comparisons.not_equal, operator.xor, other)

    __rand__, __ror__, __rxor__ = __and__, __or__, __xor__

    def _joined(self, row: Primitive, of_bools: Callable[[Any, Any], Any], other: Any) -> Any:
        if isinstance(other, bool):
            return Condition(self.node._apply(row, (self, other)))
        if other.__class__ is int:  # as ~ gives
            return of_bools(bool(self), other)
        return NotImplemented

    def __neg__(self) -> Any:
        return 0.0 - self.node  # -False is 0, not -0.0

    def __pos__(self) -> Any:
        return self.node

    __abs__ = __pos__

    def __repr__(self) -> str:
        if context.tape() is None:
            return "a condition of a compiled function"
        return repr(bool(self))

    def __reduce_ex__(self, protocol: Any) -> Any:
        return bool, (bool(self),)

    def __getattr__(self, name: str) -> Any:
        if not hasattr(bool, name):
            raise AttributeError(f"'bool' object has no attribute {name!r}")
        return getattr(bool(self), name)

    def _apply(self, row: Primitive, operands: tuple[Any, ...]) -> Any:
        return self.node._apply(row, operands)


def _with_a_number(name: str) -> Callable[..., Any]:
    def method(self: Condition, other: Any) -> Any:
        is_number = isinstance(other, Real) or hasattr(other, "_apply")
        found = getattr(self.node if is_number else bool(self), name)(other)
        return found + 0.0 if name in _NO_MINUS_ZERO and other.__class__ is int else found

    return method


def _of_the_bool(name: str) -> Callable[..., Any]:
    return lambda self, *given: getattr(bool(self), name)(*given)


for kind, names in ((_with_a_number, _WITH_A_NUMBER), (_of_the_bool, _OF_THE_BOOL)):
    for name in names.split():
        setattr(Condition, f"__{name}__", kind(f"__{name}__"))


def asked_by_identity(
    frame: FrameType | None,
    known: dict[int, tuple[CodeType, bool]],
    opened: CodeType | None = None,
) -> bool:
    """Whether the code that compares needs a real bool, as for `is True`, `type` or JSON.

    This includes its callers, up to the code that `opened` the recording, and the functions that
    each of them calls by name. `known` are the results for code that was inspected before.
    """
    while frame is not None and frame.f_globals.get("__name__") == "autograd_core.functions":
        frame = frame.f_back  # isnan and its like
    while frame is not None and frame.f_code is not opened:
        code = frame.f_code
        if code.co_filename.startswith(HERE):
            break
        if id(code) not in known:
            called = [frame.f_globals.get(name) for name in code.co_names]
            called += [frame.f_locals.get(name) for name in code.co_freevars]
            codes = [code, *[f.__code__ for f in called if isinstance(f, FunctionType)]]
            known[id(code)] = code, any(map(_needs_a_bool, codes))
        if known[id(code)][1]:
            return True
        frame = frame.f_back
    return False


def _needs_a_bool(code: CodeType) -> bool:
    """Whether code compares a bool or a comparison by `is` (or `case True`), names both `type` and
    `bool`, or writes JSON.
    """
    names = {*code.co_names}
    if {"type", "bool"} <= names or names & {"dump", "dumps"}:
        return True
    if any([isinstance(x, CodeType) and _needs_a_bool(x) for x in code.co_consts]):
        return True
    if dis.opmap["IS_OP"] not in code.co_code[::2]:
        return False
    steps = [
        (one.opname, one.argval is True or one.argval is False)
        for one in dis.get_instructions(code)
    ]
    return any(
        [
            steps[k - 1][1] or steps[k - 2][1] or steps[k - 1][0] == "COMPARE_OP"
            for k, (step, _) in enumerate(steps)
            if step == "IS_OP"
        ]
    )
