"""What a function that is differentiated reads of its numbers, past the graph: plain numbers, and
truths of comparisons.

`modes.watching` holds the running call of each thread. While it is empty, reading costs nothing
more than to see that.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from threading import get_ident
from types import CodeType, FrameType, MappingProxyType
from typing import Any

from .context import watching
from .source_location import is_ours

MOST = (
    1000  # reads and comparisons of one place that are remembered: what is remembered is not freed
)
RULES = f"{__name__.partition('.')[0]}.primitives"
FEW = 4  # comparisons of one place that are a branch, whatever else is on the line

Place = tuple[CodeType, int, dict[str, Any], list[Any], list[tuple[bool, Sequence[Any]]]]
"""Code, instruction and globals; the nodes whose numbers were read there, and the comparisons,
as truths and operands.
"""


class Watch:
    """One run of a function, and the places in the user's code at which it read, by the address of
    the instruction.

    `inside` holds inputs, places and what was inside of the runs that began and ended meanwhile.
    What is lost is added to `told` where that is a list; else there is a warning.
    """

    inputs: Sequence[Any] = ()
    places: Mapping[int, Place] = MappingProxyType({})
    inside: Any = ()
    suspicious = False  # whether there is more than a few comparisons
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
                if outer.inputs and (self.suspicious or self.inside):
                    outer.suspicious = True
                    outer.inside = outer.inside or []
                    outer.inside.append((self.inputs, self.places, self.inside))

    def place(self, frame: FrameType) -> Place:
        """The user's innermost place from that frame on."""
        while is_ours(frame) and frame.f_back is not None:
            frame = frame.f_back
        code, instruction = frame.f_code, frame.f_lasti
        places = self.places = self.places or {}
        address = id(code) + instruction
        if address not in places:
            places[address] = code, instruction, frame.f_globals, [], []  # type: ignore[index]
        return places[address]


def note_read(node: Any, frame: FrameType) -> None:
    """The plain number of a node is read there."""
    for watch in _watches():
        watch.suspicious = True
        read = watch.place(frame)[3]
        if len(read) < MOST:
            read.append(node)


def note_comparison(truth: bool, operands: Sequence[Any], frame: FrameType) -> None:
    """The truth of a comparison is asked for there; in a rule of the table it is no branch of the
    user's.
    """
    if frame.f_globals.get("__package__") == RULES:
        return
    for watch in _watches():
        compared = (watch.places.get(id(frame.f_code) + frame.f_lasti) or watch.place(frame))[4]
        count = len(compared)
        if count < MOST:
            compared.append((truth, operands))
            if count == FEW:
                watch.suspicious = True


def _watches() -> Sequence[Watch]:
    """The call that runs in this thread; in a thread of the function's own, every one: what it
    is of, the graph will say.
    """
    own = watching.get(get_ident())
    return (own,) if own is not None else tuple(watching.values())
