"""What a differentiated function reads of its numbers outside the graph: plain numbers, and the
truth values of comparisons.

`context.trackers` holds the tracked run of each thread. While it is empty, a read costs only the
look at it.
"""

from __future__ import annotations

from collections.abc import Sequence
from threading import get_ident
from types import FrameType
from typing import Any, NamedTuple

from .context import trackers

LIMIT = 1000  # readings that are kept of one line and outcome, so that memory stays bounded
RULES = f"{__name__.partition('.')[0]}.primitives"
A_BRANCH = 2  # equal outcomes of one comparison are no search, whatever else is on its line


class SourceLine(NamedTuple):
    """A line of the user's code."""

    file: str
    line: int
    function: str
    module: str


class Readings(list[tuple[Any, ...]]):
    """The operands of the reads at one line: of plain numbers, where `truth` is None, or of
    comparisons with this outcome.
    """

    __slots__ = ("code", "line", "sieve", "truth")

    def __init__(self, line: SourceLine, truth: bool | None, code: Any) -> None:
        self.line, self.truth = line, truth
        self.code = code  # kept alive: its address is the key of the readings
        self.sieve: Any = None  # set beyond `LIMIT`


def source_line(frame: FrameType) -> SourceLine:
    """The line that the frame executes."""
    code, module = frame.f_code, str(frame.f_globals.get("__name__"))
    return SourceLine(code.co_filename, frame.f_lineno or code.co_firstlineno, code.co_name, module)


def readings_key(frame: FrameType, truth: bool | None) -> Any:
    """The key of the readings at an instruction: its address, negative for a false comparison, and
    in a tuple for the read of a plain number.
    """
    address = id(frame.f_code) + frame.f_lasti
    return (address, truth) if truth is None else address if truth else -address


def note_read(operands: tuple[Any, ...], frame: FrameType, truth: bool | None = None) -> None:
    """Note the read of a node's plain number, or of the truth of a comparison of `operands`."""
    if frame.f_globals.get("__package__") == RULES:
        return  # the rules of the table compare, which is no branch of the user's
    address = id(frame.f_code) + frame.f_lasti  # a fast path of `readings_key`
    key = (address, truth) if truth is None else address if truth else -address
    own = trackers.get(get_ident())
    for tracker in active_trackers() if own is None else (own,):
        readings = tracker.readings.get(key) or tracker.readings_at(frame, truth)
        count = len(readings)
        if count < LIMIT and readings.sieve is None:
            readings.append(operands)
            if count == A_BRANCH or truth is None:
                tracker.suspicious = True
        else:
            tracker.sift(readings, operands)


def active_trackers() -> Sequence[Any]:
    """The tracked run of this thread. In a thread that the function itself started: every run, and
    the graph shows which of them it belongs to.
    """
    own = trackers.get(get_ident())
    return (own,) if own is not None else tuple(trackers.values())
