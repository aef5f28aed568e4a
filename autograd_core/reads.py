"""What a function that is differentiated reads of its numbers, past the graph: plain numbers, and truths of comparisons.

`modes.watching` holds the running call of each thread. While it is empty, reading costs nothing more than to see that.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Mapping, Sequence
from threading import get_ident
from types import FrameType, MappingProxyType
from typing import Any

from .modes import watching
from .places import is_ours

MOST = 1000  # reads and comparisons of one place that are remembered, the last: what is remembered is not freed


class Place:
    """A place in the user's code: the nodes whose numbers were read there, and the comparisons, (truth, operands)."""

    __slots__ = ("code", "compared", "globals", "line", "read")

    def __init__(self, frame: FrameType) -> None:
        self.code, self.line, self.globals = frame.f_code, frame.f_lineno, frame.f_globals
        self.read: deque[Any] = deque(maxlen=MOST)
        self.compared: deque[tuple[bool, Sequence[Any]]] = deque(maxlen=MOST)


class Watch:
    """One run of a function, and the places at which it read, by the address of the instruction.

    `inside` holds inputs, places and what was inside of the runs that began and ended meanwhile. What is lost is added to
    `told` where that is a list; else there is a warning.
    """

    inputs: Sequence[Any] = ()
    places: Mapping[int, Place] = MappingProxyType({})
    inside: Any = ()
    told: list[Any] | None = None

    def run(self, f: Callable[..., Any], args: Sequence[Any], kwargs: dict[str, Any]) -> Any:
        """f(*args, **kwargs), watched."""
        thread = get_ident()
        outer = watching.get(thread)
        watching[thread] = self
        try:
            if outer is not None:
                self.told = outer.told
            return f(*args, **kwargs)
        finally:
            if outer is None:
                watching.pop(thread, None)
            else:
                watching[thread] = outer
                if outer.inputs and (self.places or self.inside):
                    outer.inside = outer.inside or []
                    outer.inside.append((self.inputs, self.places, self.inside))

    def place(self, frame: FrameType) -> Place:
        """The user's innermost place from that frame on."""
        while frame.f_back is not None and is_ours(frame):
            frame = frame.f_back
        places = self.places = self.places or {}
        return places.setdefault(id(frame.f_code) + frame.f_lasti, Place(frame))  # type: ignore[attr-defined,no-any-return]


def note_read(node: Any, frame: FrameType) -> None:
    """The plain number of a node is read there."""
    for watch in _watches():
        watch.place(frame).read.append(node)


def note_comparison(truth: bool, operands: Sequence[Any], frame: FrameType) -> None:
    """The truth of a comparison is asked for there."""
    for watch in _watches():
        place = watch.places.get(id(frame.f_code) + frame.f_lasti) or watch.place(frame)
        place.compared.append((truth, operands))


def _watches() -> Sequence[Watch]:
    """The call that runs in this thread; in a thread of the function's own, every one: what it is of, the graph will say."""
    own = watching.get(get_ident())
    return (own,) if own is not None else tuple(watching.values())
