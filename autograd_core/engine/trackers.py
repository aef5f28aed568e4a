"""A tracked run of a function: where it read its numbers, and which arguments these depend on."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from threading import get_ident
from types import FrameType, MappingProxyType
from typing import Any

from .context import trackers
from .node import Node, Operands
from .reads import LIMIT, Readings, SourceLine, readings_key, source_line
from .source_location import users_frame
from .traversal import below, operands_first

SEARCH = 8
"""This many comparisons on one line, some true and some false, are a search and no branch: enough
to find one number of 256.
"""

Marks = dict[int, int]
"""By the id of a node, the arguments that it was computed from, as bits."""


class Tracker:
    """One run of a function, and what it read.

    `readings` are found by the address of the instruction and the truth. `inner` holds the
    `inputs`, `readings` and `inner` of each tracked run inside this one. `used` are the ids of the
    inputs that a gradient inside the function depends on. What is lost is appended to `losses` if
    that is a list; otherwise a warning is given.
    """

    inputs: Sequence[Any] = ()
    readings: Mapping[Any, Readings] = MappingProxyType({})
    inner: Any = ()
    used: frozenset[int] = frozenset()
    suspicious = False  # whether something was read that is more than a few comparisons
    losses: list[Any] | None = None
    outer: Tracker | None = None

    def run(self, f: Callable[..., Any], args: Sequence[Any], kwargs: dict[str, Any]) -> Any:
        """f(*args, **kwargs), tracked."""
        thread = get_ident()
        self.outer = outer = trackers.get(thread)
        trackers[thread] = self
        try:
            if outer is not None:
                self.losses = outer.losses
            return f(*args, **kwargs)
        finally:
            if outer is None:
                trackers.pop(thread, None)
            else:
                trackers[thread] = outer
                if outer.inputs and (self.suspicious or self.inner):
                    outer.suspicious = True
                    outer.inner = outer.inner or []
                    outer.inner.append((self.inputs, self.readings, self.inner))

    def readings_at(self, frame: FrameType, truth: bool | None) -> Readings:
        """The readings at the innermost line of the user's code."""
        frame = users_frame(frame)
        key = readings_key(frame, truth)
        return self.readings.get(key) or self._new(key, source_line(frame), truth, frame.f_code)

    def _new(self, key: Any, line: SourceLine, truth: bool | None, code: Any = None) -> Readings:
        readings = Readings(line, truth, code)
        found: Any = self.readings or {}
        found[key] = readings
        self.readings = found
        return readings

    def sift(self, readings: Readings, operands: tuple[Any, ...]) -> None:
        """Add a reading if it says something new. The first call removes those that do not."""
        sieve = readings.sieve
        if sieve is None:
            inputs = {id(x) for tracker in self._outwards() for x in tracker.inputs}
            readings.sieve = sieve = _Sieve(inputs)
            readings[:] = filter(sieve, readings)
        if not sieve.deep:  # a fast path
            for x in operands:
                if isinstance(x, Node) and (x._da is None or id(x) in sieve.inputs):
                    break
            else:
                return
        if sieve(operands):
            readings.append(operands)

    def add_search(
        self, line: SourceLine, compared: list[tuple[bool | None, tuple[Any, ...]]]
    ) -> None:
        """Add the comparisons that a compiled program made at that line of its function; None for
        the reading of an integer.
        """
        self.suspicious = True
        for truth, operands in compared:
            found = self.readings.get((line, truth)) or self._new((line, truth), line, truth)
            self.sift(found, operands)

    def use(self, output: Any) -> None:
        """Note that the function itself takes the gradient of the output: what the output depends
        on is not lost, also where its gradient is constant.
        """
        if self.suspicious and isinstance(output, Node):
            reached = {id(x) for x in operands_first(output)}
            for tracker in self._outwards():
                tracker.used |= reached & {id(x) for x in tracker.inputs}

    def _outwards(self) -> Iterator[Tracker]:
        tracker: Tracker | None = self
        while tracker is not None:
            yield tracker
            tracker = tracker.outer


class _Sieve:
    """Whether a reading says something new.

    It does if it depends on an argument that fewer than `SEARCH` readings of its kind depend on.
    What was computed from the arguments in more than one step takes long to look through: of these
    the first `LIMIT` are kept.
    """

    def __init__(self, inputs: set[int]) -> None:
        self.inputs, self.deep = inputs, LIMIT
        self.counts: Counter[tuple[int, bool]] = Counter()

    def __call__(self, operands: tuple[Any, ...]) -> bool:
        nodes = [x for x in operands if isinstance(x, Node)]
        near = {id(y): y for x in nodes for y in (below(x) if self._is_computed(x) else (x,))}
        if any(map(self._is_computed, near.values())):
            self.deep -= self.deep > 0
            return self.deep > 0
        arguments = [(key, len(nodes) > 1) for key in near if key in self.inputs]
        new = any([self.counts[argument] < SEARCH for argument in arguments])
        self.counts.update(arguments)
        return new

    def _is_computed(self, x: Any) -> bool:
        return id(x) not in self.inputs and (x.__class__ is Operands or x._da is not None)


def all_marks(nodes: Iterable[Any], marks: Marks) -> int:
    """The arguments that any of the nodes was computed from."""
    bits = 0
    for x in nodes:
        bits |= marks.get(id(x), 0)
    return bits


def computed_from(nodes: list[Node], marks: Marks) -> Marks:
    """The marks of everything that the nodes were computed from, given those of the arguments."""
    found = dict(marks)
    for node in operands_first(Operands(nodes), marks):
        if id(node) not in marks:
            found[id(node)] = all_marks(below(node), found)
    return found
