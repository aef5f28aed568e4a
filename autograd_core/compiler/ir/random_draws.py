"""Random numbers that a function draws while it is recorded, which its program would repeat at
every call.
"""

from __future__ import annotations

import os
import sys
import warnings
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from functools import partial
from types import (
    BuiltinMethodType,
    CodeType,
    FunctionType,
    MemberDescriptorType,
    MethodType,
    ModuleType,
)
from typing import Any

from ...engine.forks import importing
from ...engine.node import Node
from ...engine.source_location import user_stack_level
from ...primitives import Primitive
from .program import Program

_WITHOUT_DRAWS = {"autograd_core", "numpy", "torch", "random", "builtins"}
_MOST = 300  # objects that are looked at for generators, the nearest first


class Draws:
    """What a function may draw random numbers from: the states of generators before it is
    recorded, and whether it may make one anew, which has no state before.
    """

    def __init__(self, function: Callable[..., Any]) -> None:
        self.function = function
        kinds = _kinds()
        reached = [*_reached(function, kinds)]
        found = [*[x for x in reached if isinstance(x, kinds)], *_global()]
        readers = [_reader(x) for x in found if not _has_no_state(x)]
        self.states = [(read, read()) for read in readers]
        self.unknown = any(map(_has_no_state, found)) or not _sources().isdisjoint(map(id, reached))

    def tell(self, program: Program, again: Callable[[], Program]) -> None:
        """Warn where a generator has moved since, or where another recording, which is made if
        the function may make a generator, comes out otherwise.
        """
        if all([read() == state for read, state in self.states]) and not (
            self.unknown and _differ(program, again)
        ):
            return
        warnings.warn(
            f"{getattr(self.function, '__qualname__', self.function)} drew random numbers while it "
            "was recorded, and its program repeats them "
            "at every call. Draw outside, and give the numbers as arguments; or, for the same "
            "numbers at every call, draw from a "
            "generator that the function makes with a seed, as random.Random(0)",
            RuntimeWarning,
            stacklevel=user_stack_level(),
        )


def _differ(one: Program, again: Callable[[], Program]) -> bool:
    """Whether another recording, of the same call, has other results."""
    try:
        other = again()
    except Exception:  # of a function that can be called once, as one that reads a file to its end
        return False
    a, b = [[x.recorded[i] for i in x.outputs] for x in (one, other)]
    return [t for _, t in one.guards] != [t for _, t in other.guards] or any(
        [x != y and x == x and y == y for x, y in zip(a, b, strict=False)]
    )


def _global() -> Iterator[Any]:
    """The generators that the functions of modules draw from."""
    for module, name in (("random", "_inst"), ("numpy.random.mtrand", "_rand")):
        if (x := getattr(sys.modules.get(module), name, None)) is not None:
            yield x
    if (x := getattr(sys.modules.get("torch"), "default_generator", None)) is not None:
        yield x


def _kinds() -> tuple[type, ...]:
    """The classes of generators, as far as their modules are loaded."""
    named = (("random", "Random"), ("numpy.random", "Generator"), ("numpy.random", "RandomState"))
    found = [
        getattr(sys.modules.get(m), name, None) for m, name in (*named, ("torch", "Generator"))
    ]
    return tuple([kind for kind in found if kind is not None])


def _sources() -> set[int]:
    """The identities of what makes generators."""
    random, numpy = sys.modules.get("random"), sys.modules.get("numpy.random")
    found = [getattr(random, name, None) for name in ("Random", "SystemRandom")]
    found += [getattr(numpy, name, None) for name in ("default_rng", "RandomState", "SeedSequence")]
    return {id(x) for x in (os.urandom, *found) if x is not None}


def _has_no_state(generator: Any) -> bool:
    return isinstance(generator, getattr(sys.modules.get("random"), "SystemRandom", ()))


def _reader(generator: Any) -> Callable[[], Any]:
    """What reads its state as something that can be compared."""
    if hasattr(generator, "getstate"):
        return generator.getstate  # type: ignore[no-any-return]
    if hasattr(generator, "initial_seed"):  # of PyTorch
        return lambda: generator.get_state().tolist()
    return partial(_of_numpy, generator)


def _of_numpy(generator: Any) -> Any:
    """The state of a generator of NumPy, as what can be compared."""
    return _plain(
        generator.get_state(legacy=False)
        if hasattr(generator, "get_state")
        else generator.bit_generator.state
    )


def _plain(state: Any) -> Any:
    if isinstance(state, dict):
        return [*map(_plain, state.values())]
    return state.tobytes() if hasattr(state, "tobytes") else state


def _reached(function: Any, kinds: tuple[type, ...]) -> Iterator[Any]:
    """What a function reads by name, from its closure, its defaults or its object, and what
    these hold; the nearest first.
    """
    seen: set[int] = set()
    waiting: deque[Any] = deque([function])
    while waiting and len(seen) < _MOST:
        x = waiting.popleft()
        if (
            id(x) in seen
            or x is None
            or isinstance(x, Node | Primitive | str | bytes | int | float)
        ):
            continue
        seen.add(id(x))
        yield x
        if not isinstance(x, kinds):
            waiting += _held(x)


def _held(x: Any) -> Iterable[Any]:
    package = (
        str(getattr(x, "__module__", "")).partition(".")[0]
        if isinstance(x, FunctionType | type)
        else ""
    )
    if (
        isinstance(x, ModuleType)
        or package in _WITHOUT_DRAWS
        or hasattr(sys.modules.get(package), "_part_of_autograd_core")
    ):
        return ()
    if isinstance(x, FunctionType):
        return [
            *_named(x),
            *(x.__defaults__ or ()),
            *(x.__kwdefaults__ or {}).values(),
        ]
    if isinstance(x, list | tuple | set | frozenset):
        return x if len(x) <= _MOST else ()
    if isinstance(x, dict):
        return x.values() if len(x) <= _MOST else ()
    if isinstance(x, MethodType):
        return x.__self__, x.__func__
    if isinstance(x, BuiltinMethodType):
        return (x.__self__,)
    if isinstance(x, partial):
        return x.func, x.args, x.keywords
    inherited = x.__mro__[1:] if isinstance(x, type) else _methods(type(x))
    return [*inherited, *getattr(x, "__dict__", {}).values(), *_slots(x)]


def _methods(kind: type) -> Iterator[Any]:
    """What an object has from its classes, without what made it."""
    for one in kind.__mro__:
        if one.__module__.partition(".")[0] not in _WITHOUT_DRAWS:
            yield from [x for name, x in vars(one).items() if name != "__init__"]


def _slots(x: Any) -> Iterator[Any]:
    for kind in type(x).__mro__:
        if "__slots__" in vars(kind):
            for slot in vars(kind).values():
                if isinstance(slot, MemberDescriptorType):
                    with suppress(AttributeError):  # not filled
                        yield slot.__get__(x)


def _named(function: FunctionType) -> list[Any]:
    """What a function names: in its module, in its closure, and in the modules among these."""
    names = [*_names(function.__code__)]
    found = [function.__globals__.get(name, sys.modules.get(name)) for name in names]
    found += map(_content, function.__closure__ or ())
    modules = [x for x in found if isinstance(x, ModuleType)]
    for module in modules:
        if module.__name__ == "numpy":  # which loads numpy.random when it is asked for
            inside = [_numpy_random()] if "random" in names else []
        else:
            inside = [vars(module).get(name) for name in names]
        found += inside
        modules += [x for x in inside if isinstance(x, ModuleType) and x not in modules]
    return found


def _numpy_random() -> Any:
    with importing:
        import numpy.random
    return numpy.random


def _names(code: CodeType) -> Iterator[str]:
    """The names that a function, and those defined in it, may read from outside."""
    yield from code.co_names
    for x in code.co_consts:
        if isinstance(x, CodeType):
            yield from _names(x)


def _content(cell: Any) -> Any:
    try:
        return cell.cell_contents
    except ValueError:  # not filled yet
        return None
