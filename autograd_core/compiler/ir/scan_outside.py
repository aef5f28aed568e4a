"""What the step of a scan reads or changes besides its arguments. A loop is one instruction only if
its rounds change nothing outside, for the step is called twice however many rounds there are.
"""

from __future__ import annotations

import dis
import functools
import pickle
import random
import sys
from array import array
from collections import deque
from collections.abc import Callable, Iterator
from types import (
    BuiltinMethodType,
    CellType,
    CodeType,
    FunctionType,
    MemberDescriptorType,
    MethodType,
    MethodWrapperType,
    ModuleType,
)
from typing import Any

from ...engine.node import Node

MOST = 1_000  # objects that are looked at
DEEPEST = 10  # steps from a function to what it reaches; a cell, an object and a list are one each
_LIBRARY = __name__.partition(".")[0]
_PLAIN = (int, float, complex, str, bytes, type(None), Node, CodeType, range)
_STORES = frozenset(
    dis.opmap[name]
    for name in ("STORE_GLOBAL", "DELETE_GLOBAL", "STORE_ATTR", "DELETE_ATTR", "MATCH_CLASS")
)
_CELLS = ("STORE_DEREF", "DELETE_DEREF")
_KEEPING = (list, dict, set, deque, random.Random)
_EMPTY: Any = object()
_KINDS = frozenset(("isinstance", "type"))  # a number of a round is no int


class Outside:
    """What the step of a scan reaches outside itself, and what was in it at first."""

    def __init__(self, f: Callable[..., Any]) -> None:
        self.f = f
        self.reached = _reached(f)
        self.contents = self.settled = _all_contents(self.reached)
        self.later = self.reached

    def settle(self) -> None:
        """Note what is there after the first round: it may have filled a cache."""
        self.later = _reached(self.f)
        self.settled = _all_contents(self.later)

    def keeps_state(self) -> bool:
        """Whether the text of the step says already that its rounds differ: it assigns to what is
        outside, asks for the type of a number, or has an iterator at hand.
        """
        own = getattr(_function(self.f), "__globals__", None)
        for x in self.reached:
            if isinstance(x, FunctionType):
                codes = [*_codes(x.__code__)]
                if any([_assigns(code, x.__code__.co_freevars) for code in codes]):
                    return True
                if x.__globals__ is own and any([_KINDS & {*code.co_names} for code in codes]):
                    return True
            elif hasattr(type(x), "__next__"):
                return True
        return False

    def is_changed(self) -> bool:
        """Whether anything is not as it was after the first round."""
        return any([not _same(x, was) for x, was in zip(self.later, self.settled, strict=True)])

    def restore(self) -> None:
        """Put back what was there, as far as that can be done."""
        for x, was in zip(self.reached, self.contents, strict=True):
            if not _same(x, was):
                _put_back(x, was)


def _function(f: Any) -> Any:
    """The function that is called if this is."""
    while isinstance(f, functools.partial | MethodType):
        f = f.func if isinstance(f, functools.partial) else f.__func__
    return f if isinstance(f, FunctionType) else type(f).__call__


def _reached(f: Callable[..., Any]) -> list[Any]:
    """The objects that a step may read, the nearest first. The generators of random numbers that
    everybody shares are among them.
    """
    found: dict[int, Any] = {}
    shared = [random.random.__self__]  # type: ignore[attr-defined]
    if "numpy.random" in sys.modules:
        shared.append(sys.modules["numpy.random"].random.__self__)
    level: list[Any] = [f, _function(f), *shared]
    for _ in range(DEEPEST):
        following: list[Any] = []
        for x in level:
            if isinstance(x, _PLAIN) or id(x) in found or _is_of_library(x):
                continue
            if len(found) == MOST:
                return [*found.values()]
            found[id(x)] = x
            following += _children(x)
        level = following
    return [*found.values()]


def _is_of_library(x: Any) -> bool:
    of = x if isinstance(x, FunctionType | type) else type(x)
    return str(getattr(of, "__module__", "")).partition(".")[0] == _LIBRARY


def _children(x: Any) -> list[Any]:
    """The objects that one holds."""
    if isinstance(x, FunctionType):
        names = {name for code in _codes(x.__code__) for name in code.co_names}
        own = [*(x.__closure__ or ()), *(x.__defaults__ or ()), x.__kwdefaults__, x.__dict__]
        return [*own, *_named(names, x.__globals__)]
    if isinstance(x, MethodType):
        return [x.__self__, x.__func__]
    if isinstance(x, functools.partial):
        return [x.func, x.args, x.keywords]
    if isinstance(x, BuiltinMethodType | MethodWrapperType):
        return [] if isinstance(x.__self__, ModuleType) else [x.__self__]
    if isinstance(x, type):
        return [y for y in _contents(x) if isinstance(y, _KEEPING) or hasattr(type(y), "__next__")]
    if isinstance(x, dict):
        return [*dict.values(x)][:MOST]
    if isinstance(x, list | tuple | set | frozenset | deque):
        return [*x][:MOST]
    if isinstance(x, bytearray | array | random.Random | ModuleType) or _is_array(x):
        return []
    if isinstance(x, CellType):
        return [*_contents(x)]
    try:
        space = object.__getattribute__(x, "__dict__")
    except AttributeError:
        space = None
    return [space, *_contents(x), type(x)]


def _named(names: set[str], space: dict[str, Any], deep: int = 3) -> Iterator[Any]:
    """What these names may stand for here, and in the modules that they stand for."""
    for name in names & space.keys():
        x = space[name]
        if not isinstance(x, ModuleType):
            yield x
        elif deep and x.__name__.partition(".")[0] != _LIBRARY:
            yield from _named(names, vars(x), deep - 1)


def _codes(code: CodeType) -> Iterator[CodeType]:
    """A code, and those of the functions inside it."""
    yield code
    for x in code.co_consts:
        if isinstance(x, CodeType):
            yield from _codes(x)


def _assigns(code: CodeType, outside: tuple[str, ...]) -> bool:
    """Whether a code assigns to attributes, to globals, or to variables of functions around."""
    used = {*code.co_code[::2]}
    if used & _STORES:
        return True
    if not used & {dis.opmap[name] for name in _CELLS}:
        return False
    return any([x.opname in _CELLS and x.argval in outside for x in dis.get_instructions(code)])


def _members(x: Any) -> list[MemberDescriptorType]:
    """The slots of an object."""
    spaces = [vars(cls) for cls in type(x).__mro__ if "__slots__" in vars(cls)]
    members = [y for space in spaces for y in space.values()]
    return [y for y in members if isinstance(y, MemberDescriptorType)]


def _slot(member: MemberDescriptorType, x: Any) -> Any:
    """What is in a slot, read without code of the user's; _EMPTY if nothing is."""
    try:
        return member.__get__(x, type(x))
    except AttributeError:
        return _EMPTY


def _contents(x: Any) -> list[Any] | bytes:
    """What can change in an object: the objects that it holds, or its numbers."""
    if isinstance(x, dict):
        return [*dict.keys(x), *dict.values(x)]
    if isinstance(x, list | set | deque):
        return [*x]
    if isinstance(x, type):
        return [*vars(x).keys(), *vars(x).values()]
    if isinstance(x, CellType):
        try:
            return [x.cell_contents]
        except ValueError:  # nothing is assigned yet
            return []
    if isinstance(x, bytearray | array):
        return bytes(x)
    state = _random_state(x)
    if state is not None:
        return pickle.dumps(state)
    if _is_array(x):
        return bytes(x.tobytes())
    return [_slot(member, x) for member in _members(x)]


def _random_state(x: Any) -> Any:
    """The state of a generator of random numbers, if it is one that can be put back."""
    if isinstance(x, random.Random):
        return None if isinstance(x, random.SystemRandom) else x.getstate()
    numpy = sys.modules.get("numpy.random")
    if numpy is not None and isinstance(x, numpy.Generator):
        return x.bit_generator.state
    return x.get_state() if numpy is not None and isinstance(x, numpy.RandomState) else None


def _is_array(x: Any) -> bool:
    numpy = sys.modules.get("numpy")
    return numpy is not None and isinstance(x, numpy.ndarray)


def _all_contents(found: list[Any]) -> list[list[Any] | bytes]:
    return [_contents(x) for x in found]


def _same(x: Any, was: list[Any] | bytes) -> bool:
    now = _contents(x)
    if isinstance(was, bytes):
        return now == was
    return len(now) == len(was) and all([a is b for a, b in zip(now, was, strict=True)])


def _put_back(x: Any, was: Any) -> None:
    if isinstance(x, dict):
        half = len(was) // 2
        x.clear()
        x.update(zip(was[:half], was[half:], strict=True))
    elif isinstance(x, list | bytearray):
        x[:] = was
    elif isinstance(x, array):
        x[:] = array(x.typecode, was)
    elif isinstance(x, set | deque):
        x.clear()
        (x.update if isinstance(x, set) else x.extend)(was)
    elif isinstance(was, bytes):
        _put_numbers_back(x, was)
    elif isinstance(x, type):
        _put_attributes_back(x, was)
    elif not isinstance(x, CellType):  # a step that assigns to one is not tried
        for member, y in zip(_members(x), was, strict=True):
            member.__delete__(x) if y is _EMPTY else member.__set__(x, y)


def _put_attributes_back(x: type, was: list[Any]) -> None:
    half = len(was) // 2
    before, now = dict(zip(was[:half], was[half:], strict=True)), dict(vars(x))
    for name in now.keys() - before.keys():
        type.__delattr__(x, name)
    for name, y in before.items():
        if now.get(name, _EMPTY) is not y:
            type.__setattr__(x, name, y)


def _put_numbers_back(x: Any, was: bytes) -> None:
    if isinstance(x, random.Random):
        x.setstate(pickle.loads(was))
    elif not _is_array(x):
        state = pickle.loads(was)
        if hasattr(x, "set_state"):
            x.set_state(state)
        else:
            x.bit_generator.state = state
    elif not x.dtype.hasobject:
        x[...] = sys.modules["numpy"].frombuffer(was, x.dtype).reshape(x.shape)
