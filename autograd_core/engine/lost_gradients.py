"""Gradients that were lost on the way: a result that does not depend on an argument whose
number was read.
"""

from __future__ import annotations

import inspect
import warnings
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

from ..errors import LostGradientWarning
from .node import Node, Operands
from .reads import Place, Spot
from .traversal import operands_first
from .watches import MANY, Marks, Watch, all_marks, computed_from

NAMED = 3  # arguments in a message
ALIVE = 1  # the mark of the arguments that the result depends on; the lost ones have the bits above


@dataclass(frozen=True)
class Lost:
    """A place in the user's code where a gradient was lost, and what there is to say of it."""

    message: str
    file: str
    line: int
    globals: dict[str, Any]

    def warn(self) -> None:
        """A warning at that place, as if it had been given there: so Python gives it once, or
        what the user's filters say.
        """
        module, registry = (
            str(self.globals.get("__name__")),
            self.globals.setdefault("__warningregistry__", {}),
        )
        warnings.warn_explicit(
            self.message, LostGradientWarning, self.file, self.line, module, registry
        )


@dataclass
class Line:
    """A line of the user's code: the numbers read there, and the comparisons made there, each with
    its result and its operands.

    `inner` marks the arguments of a derivative that ran inside as no concern of this one: that
    derivative judges them itself.
    """

    places: list[Place]
    inner: Marks

    def __post_init__(self) -> None:
        self.read = [x for place in self.places for (x,) in list(place.read)]
        self.compared = [
            (truth, xs)
            for place in self.places
            for truth, found in ((True, place.true), (False, place.false))
            for xs in list(found)
        ]

    def lost(self, marks: Marks, count: int) -> tuple[list[int], list[int]]:
        """Which of the lost arguments it has read, and which it has searched by."""
        marks = self.inner | marks
        operands = [[x for x in xs if isinstance(x, Node)] for _, xs in self.compared]
        marks = computed_from([*self.read, *[x for xs in operands for x in xs]], marks)
        read = all_marks(self.read, marks)
        by = [
            (truth, all_marks(xs, marks), len(xs))
            for (truth, _), xs in zip(self.compared, operands, strict=True)
        ]
        selects = any(
            [bits & ALIVE for _, bits, _ in by]
        )  # one of several arguments, as `max` and `sorted` do
        searched = [
            is_search(
                [
                    truth
                    for truth, bits, nodes in by
                    if bits & 2 << k and not (selects and nodes > 1)
                ]
            )
            for k in range(count)
        ]
        return [k for k in range(count) if read & 2 << k], [k for k in range(count) if searched[k]]


def tell_what_is_lost(
    watch: Watch,
    outputs: Sequence[Any],
    suspects: Iterable[int],
    names: Callable[[], Sequence[str]],
    rows: Callable[[], Sequence[str]] | None = None,
) -> None:
    """Warn of each place that read an argument on which the outputs do not depend; `suspects` are
    arguments by number.

    Of several outputs, which `rows` names, one that depends on no argument is told of what was
    read, and not of what was compared: that could be one branch for each output.
    """
    if not (lines := _lines_of(watch)):
        return
    names = cache(names)
    nodes = [y for y in outputs if isinstance(y, Node)]
    used = watch.used | {id(x) for x in operands_first(Operands(nodes))}
    gone = [i for i in suspects if id(watch.inputs[i]) not in used]
    marks = {id(x): ALIVE for x in watch.inputs}
    lost = {id(watch.inputs[i]): 2 << k for k, i in enumerate(gone)}
    told = _told(lines, marks | lost, len(gone), lambda k: names()[gone[k]]) if gone else []
    if rows is not None and len(outputs) > 1 and (lines := _lines_of(watch)):
        marks = computed_from(nodes, marks)
        constant = [k for k, y in enumerate(outputs) if not marks.get(id(y), 0)]
        if 0 < len(constant) < len(outputs):
            count, row = len(watch.inputs), rows()[constant[0]]
            marks = {id(x): 2 << k for k, x in enumerate(watch.inputs)}
            told += _told(lines, marks, count, lambda k: names()[k], row)
    if watch.told is not None:
        watch.told += told
    else:
        for one in told:
            one.warn()


def _told(
    lines: list[Line], marks: Marks, count: int, name: Callable[[int], str], row: str = ""
) -> list[Lost]:
    """What is lost of so many arguments on those lines; of a row of the result, what was read.
    It is said once: not again by a derivative around this one.
    """
    told = []
    for line in lines:
        read, searched = line.lost(marks, count)
        if read or (searched and not row):
            names = [name(k) for k in read or searched]
            place = line.places[0]
            told.append(lost_at(place.spot(), place.globals, names, bool(read), row))
            for place in line.places:
                place.clear()
    return told


def _lines_of(watch: Watch) -> list[Line]:
    return list(_lines(watch.places, watch.inside, {}))


def _lines(places: Mapping[Any, Place], inside: Any, inner: Marks) -> Iterator[Line]:
    """The lines that could have lost something, also in the derivatives inside."""
    by_line: dict[tuple[str, int], list[Place]] = defaultdict(list)
    for place in list(places.values()):
        by_line[place.spot()[:2]].append(place)
    for line in [Line(found, inner) for found in by_line.values()]:
        if line.read or is_search([truth for truth, _ in line.compared]):
            yield line
    for inputs, there, deeper in inside:
        yield from _lines(there, deeper, inner | {id(x): 0 for x in inputs})


def is_search(truths: Sequence[bool]) -> bool:
    return len(truths) >= MANY and len({*truths}) == 2


_READ = (
    "whose number was read at {place}: no gradient flows through a plain number. Compute with the "
    "Value itself; where "
    "a constant is meant, read it from x.detach() instead of x"
)
_COMPARED = (
    "which was compared many times at {place}, as in a bisection: no gradient flows through "
    "comparisons. One step of Newton's "
    "method on Values, after the search, brings the first derivative back, and one more step each "
    "derivative of the next order; where a constant is meant, "
    "compare x.detach() instead of x"
)


def lost_at(
    spot: Spot, names: dict[str, Any], arguments: Sequence[str], read: bool, row: str = ""
) -> Lost:
    """What is said of the arguments that were lost there, where they were read or compared."""
    shown = ", ".join(arguments[:NAMED]) + (" and others" if len(arguments) > NAMED else "")
    where = f"{spot.file}, line {spot.line}, in {spot.function}"
    text = (
        f"the derivative {f'of {row} ' if row else ''}with respect to {shown} is 0: "
        f"{row or 'the result'} does not depend on it, "
        + (_READ if read else _COMPARED).format(place=where)
    )
    return Lost(text, spot.file, spot.line, names)


def parameter_names(f: Callable[..., Any], count: int) -> list[str]:
    """What f calls the first of its arguments."""
    try:
        parameters = [
            p for p in inspect.signature(f).parameters.values() if p.kind <= p.VAR_POSITIONAL
        ]
    except (TypeError, ValueError):  # a function that is not written in Python
        parameters = []
    names = [p.name for p in parameters if p.kind != p.VAR_POSITIONAL][:count]
    several = next((p.name for p in parameters if p.kind == p.VAR_POSITIONAL), "argument ")
    rest = range(count - len(names))
    return names + [f"{several}[{i}]" if parameters else f"argument {i}" for i in rest]
