"""Random numbers that a function draws while it is recorded, which its program would repeat at
every call.
"""

from __future__ import annotations

import sys
import warnings
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import partial
from types import BuiltinMethodType, CodeType, FunctionType, MethodType, ModuleType
from typing import Any

from ...engine.node import Node
from ...engine.source_location import is_ours
from ...primitives import Primitive

States = Sequence[tuple[Callable[[], Any], Any]]
_WITHOUT_DRAWS = {"autograd_core", "numpy", "builtins"}
_MOST = 300  # objects that are looked at for generators, the nearest first


def random_states(function: Callable[..., Any]) -> States:
    """How to read the state of each generator that the function may draw from, and what it is
    now.
    """
    readers: list[Callable[[], Any]] = []
    random, numpy = sys.modules.get("random"), sys.modules.get("numpy.random")
    if random is not None:
        readers.append(random.getstate)
    for x in _reached(function):
        if (
            random is not None
            and isinstance(x, random.Random)
            and not isinstance(x, random.SystemRandom)
        ):
            readers.append(x.getstate)
        elif numpy is not None and isinstance(x, numpy.Generator | numpy.RandomState):
            readers.append(partial(_of_numpy, x))
        elif (
            numpy is not None
            and isinstance(x, ModuleType)
            and x.__name__ in ("numpy", "numpy.random")
        ):
            readers.append(partial(_of_numpy, numpy.mtrand._rand))
    return [(read, read()) for read in readers]


def tell_of_draws(function: Callable[..., Any], before: States) -> None:
    """Warn where one of the generators has moved since."""
    if all([read() == state for read, state in before]):
        return
    level, frame = 1, sys._getframe()
    while frame.f_back is not None and is_ours(frame):
        level, frame = level + 1, frame.f_back
    warnings.warn(
        f"{getattr(function, '__qualname__', function)} drew random numbers while it was "
        "recorded, and its program repeats them "
        "at every call. Draw outside, and give the numbers as arguments; or, for the same numbers "
        "at every call, draw from a "
        "generator that the function makes with a seed, as random.Random(0)",
        RuntimeWarning,
        stacklevel=level,
    )


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


def _reached(function: Any) -> Iterator[Any]:
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
        names = [x.__globals__.get(name, sys.modules.get(name)) for name in _names(x.__code__)]
        return [
            *names,
            *map(_content, x.__closure__ or ()),
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
    return [type(x), *getattr(x, "__dict__", {}).values()]


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
