"""The watch over one run of a function: where it read its numbers, and of which arguments these
were computed.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from threading import get_ident
from types import FrameType, MappingProxyType
from typing import Any

from .context import watching
from .node import Node, Operands
from .reads import MOST, Entries, Place, PlaceInProgram, Spot, users_frame
from .traversal import below, operands_first

MANY = 8
"""Comparisons on one line, some true and some false, that are a search and no branch: enough to
find one number of 256.
"""

Marks = dict[int, int]  # by the id of a node: which arguments it was computed from


class Watch:
    """One run of a function, and the places in the user's code where it read a number; the key of a
    place is the address of the instruction.

    `inside` holds, for each watched run within this one, its inputs, its places and its own
    `inside`. `used` are the ids of the inputs that a gradient taken inside the function depends on.
    If `told` is a list, what is lost is added to it; otherwise a warning is given.
    """

    inputs: Sequence[Any] = ()
    places: Mapping[Any, Place] = MappingProxyType({})
    inside: Any = ()
    used: frozenset[int] = frozenset()
    suspicious = False  # whether there is more than a few comparisons
    told: list[Any] | None = None
    outer: Watch | None = None

    def run(self, f: Callable[..., Any], args: Sequence[Any], kwargs: dict[str, Any]) -> Any:
        """f(*args, **kwargs), watched."""
        thread = get_ident()
        self.outer = outer = watching.get(thread)
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
        frame = users_frame(frame)
        places: Any = self.places or {}
        self.places = places
        address = id(frame.f_code) + frame.f_lasti
        if address not in places:
            places[address] = Place(frame)
        return places[address]  # type: ignore[no-any-return]

    def note_search(self, spot: Spot, compared: list[tuple[bool, tuple[Any, ...]]]) -> None:
        """A program has compared these operands at that line of its function."""
        places: Any = self.places or {}
        self.places, self.suspicious = places, True
        place = places.setdefault(spot, PlaceInProgram(spot))
        for truth, operands in compared:
            entries = place.true if truth else place.false
            if len(entries) < MOST and entries.says_more is None:
                entries.append(operands)
            else:
                self.sift(entries, operands)

    def use(self, output: Any) -> None:
        """The function itself takes the gradient of that: what it depends on is not lost, also
        where the gradient is constant.
        """
        if self.suspicious and isinstance(output, Node):
            reached = {id(x) for x in operands_first(output)}
            for watch in self._outwards():
                watch.used |= reached & {id(x) for x in watch.inputs}

    def sift(self, entries: Entries, new: tuple[Any, ...]) -> None:
        """Add an entry if it says what the others have not said; at the first call of this, of
        them too.
        """
        sieve = entries.says_more
        if sieve is None:
            inputs = [x for watch in self._outwards() for x in watch.inputs]
            sieve = entries.says_more = _Sieve({id(x): 1 << k for k, x in enumerate(inputs)})
            entries[:] = filter(sieve, entries)
        if not sieve.deep:  # a fast path
            for x in new:
                if isinstance(x, Node) and (x._da is None or id(x) in sieve.known):
                    break
            else:
                return
        if sieve(new):
            entries.append(new)

    def _outwards(self) -> Iterator[Watch]:
        watch: Watch | None = self
        while watch is not None:
            yield watch
            watch = watch.outer


class _Sieve:
    """Whether an entry says something new: of an argument what fewer than `MANY` have said, or of
    what was computed in more than one step, which would take long to look through, one of the
    first.
    """

    def __init__(self, known: Marks) -> None:
        self.known, self.deep = known, MOST
        self.said = {False: [0] * MANY, True: [0] * MANY}  # by the arguments: once, twice, …

    def __call__(self, entry: tuple[Any, ...]) -> bool:
        bits, nodes = 0, 0
        for x in entry:
            if isinstance(x, Node):
                nodes += 1
                own = self._marks(x)
                if own < 0:
                    self.deep -= self.deep > 0
                    return self.deep > 0
                bits |= own
        times = self.said[nodes > 1]
        if not bits & ~times[-1]:
            return False
        for k in range(MANY):
            times[k], bits = times[k] | bits, times[k] & bits
        return True

    def _marks(self, x: Any) -> int:
        """The arguments in it, -1 if it was computed in more than one step."""
        bits = self.known.get(id(x))
        if bits is not None or x._da is None:
            return bits or 0
        if not self.deep:
            return -1
        inside = below(x)
        if any(
            [
                y.__class__ is Operands or (y._da is not None and id(y) not in self.known)
                for y in inside
            ]
        ):
            return -1
        return all_marks(inside, self.known)


def all_marks(nodes: Iterable[Any], marks: Marks) -> int:
    bits = 0
    for x in nodes:
        bits |= marks.get(id(x), 0)
    return bits


def computed_from(nodes: list[Node], marks: Marks) -> Marks:
    """Which arguments each node was computed from."""
    found = dict(marks)
    for node in operands_first(Operands(nodes), marks):
        if id(node) not in marks:
            found[id(node)] = all_marks(below(node), found)
    return found
