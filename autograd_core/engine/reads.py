"""What a function that is differentiated reads of its numbers, past the graph: plain numbers, and
truths of comparisons.

`context.watching` holds the running call of each thread. While it is empty, reading costs nothing
more than to see that.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from threading import get_ident
from types import FrameType
from typing import Any, NamedTuple

from .context import watching
from .source_location import is_ours

MOST = 1000  # entries of one place; what is remembered is not freed
RULES = f"{__name__.partition('.')[0]}.primitives"
FEW = 2  # comparisons of one place with one truth that are a branch, whatever else is on the line


class Spot(NamedTuple):
    """A line of the user's code."""

    file: str
    line: int
    function: str
    module: str


class Entries(list[tuple[Any, ...]]):
    """The operands of each reading; of more than `MOST`, those that say more than the others."""

    says_more: Any = None


class Place:
    """An instruction of the user's code, and what was read there: numbers, and comparisons that
    were true or false.
    """

    __slots__ = ("code", "false", "globals", "instruction", "read", "true")

    def __init__(self, frame: FrameType) -> None:
        self.code, self.instruction, self.globals = frame.f_code, frame.f_lasti, frame.f_globals
        self.read, self.true, self.false = Entries(), Entries(), Entries()

    def spot(self) -> Spot:
        code, module = self.code, str(self.globals.get("__name__"))
        lines = [line for start, end, line in code.co_lines() if start <= self.instruction < end]
        line = lines[0] or code.co_firstlineno
        return Spot(code.co_filename, line, code.co_name, module)

    def clear(self) -> None:
        for entries in (self.read, self.true, self.false):
            entries.clear()


class PlaceInProgram(Place):
    """A line of a compiled function, which does not run while its program does."""

    __slots__ = ("line",)

    def __init__(self, spot: Spot) -> None:
        self.line, self.globals = spot, getattr(sys.modules.get(spot.module), "__dict__", {})
        self.read, self.true, self.false = Entries(), Entries(), Entries()

    def spot(self) -> Spot:
        return self.line


def spot_of(frame: FrameType) -> Spot:
    """The line at which it stands."""
    code, module = frame.f_code, str(frame.f_globals.get("__name__"))
    return Spot(code.co_filename, frame.f_lineno or code.co_firstlineno, code.co_name, module)


def users_frame(frame: FrameType) -> FrameType:
    """The user's innermost frame from that one on."""
    while is_ours(frame) and frame.f_back is not None:
        frame = frame.f_back
    return frame


def note_read(node: Any, frame: FrameType) -> None:
    """The plain number of a node is read there."""
    for watch in watches():
        watch.suspicious = True
        entries = watch.place(frame).read
        if len(entries) < MOST and entries.says_more is None:
            entries.append((node,))
        else:
            watch.sift(entries, (node,))


def note_comparison(truth: bool, operands: tuple[Any, ...], frame: FrameType) -> None:
    """The truth of a comparison is asked for there; in a rule of the table it is no branch of the
    user's.
    """
    if frame.f_globals.get("__package__") == RULES:
        return
    for watch in watches():
        place = watch.places.get(id(frame.f_code) + frame.f_lasti) or watch.place(frame)
        entries = place.true if truth else place.false
        count = len(entries)
        if count < MOST and entries.says_more is None:
            entries.append(operands)
            if count == FEW:
                watch.suspicious = True
        else:
            watch.sift(entries, operands)


def watches() -> Sequence[Any]:
    """The call that runs in this thread; in a thread of the function's own, every one: what it
    is of, the graph will say.
    """
    own = watching.get(get_ident())
    return (own,) if own is not None else tuple(watching.values())
