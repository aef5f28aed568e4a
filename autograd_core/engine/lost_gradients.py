"""Gradients that were lost on the way: a result that does not depend on an argument whose
number was read.
"""

from __future__ import annotations

import inspect
import warnings
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ..errors import LostGradientWarning
from .node import Node, Operands
from .reads import Place, Watch
from .traversal import below, operands_first

MANY = 8
"""Comparisons on one line, some true and some false, that are a search and no branch: enough to
find one number of 256.
"""
NAMED = 3  # arguments in a message
ALIVE = 1  # the mark of the arguments that the result depends on; the lost ones have the bits above

Marks = dict[int, int]  # by the id of a node: which arguments it was computed from


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
    """A line of the user's code: what was read there, and the truths of comparisons with their
    operands.

    `inner` has no mark for the arguments of the derivative that ran inside, which alone judges what
    was read of those.
    """

    places: list[Place]
    inner: Marks

    def __post_init__(self) -> None:
        self.read = [x for _, _, _, read, _ in self.places for x in list(read)]
        self.compared = [pair for *_, compared in self.places for pair in list(compared)]

    def lost(self, marks: Marks, count: int) -> tuple[list[int], list[int]]:
        """Which of the lost arguments it has read, and which it has searched by."""
        marks = self.inner | marks
        operands = [[x for x in xs if isinstance(x, Node)] for _, xs in self.compared]
        marks = _computed_from([*self.read, *[x for xs in operands for x in xs]], marks)
        read = _all(self.read, marks)
        by = [
            (truth, _all(xs, marks), len(xs))
            for (truth, _), xs in zip(self.compared, operands, strict=True)
        ]
        selects = any(
            [bits & ALIVE for _, bits, _ in by]
        )  # one of several arguments, as `max` and `sorted` do
        searched = [
            _is_search(
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
    outputs: Iterable[Any],
    suspects: Iterable[int],
    names: Callable[[], Sequence[str]],
) -> None:
    """Warn of each place that read an argument on which the outputs do not depend; `suspects`
    are arguments by number.
    """
    lines = list(_lines(watch.places, watch.inside, {}))
    if not lines:
        return
    used = {id(x) for x in operands_first(Operands([y for y in outputs if isinstance(y, Node)]))}
    gone = [i for i in suspects if id(watch.inputs[i]) not in used]
    if not gone:
        return
    marks = {id(x): ALIVE for x in watch.inputs} | {
        id(watch.inputs[i]): 2 << k for k, i in enumerate(gone)
    }
    told = []
    for line in lines:
        read, searched = line.lost(marks, len(gone))
        if read or searched:
            told.append(
                _lost(
                    line.places[0],
                    [names()[gone[k]] for k in read or searched],
                    _READ if read else _COMPARED,
                )
            )
            for (
                *_,
                noted,
                compared,
            ) in line.places:  # once: not again by a derivative around this one
                noted.clear()
                compared.clear()
    if watch.told is not None:
        watch.told += told
    else:
        for lost in told:
            lost.warn()


def _lines(places: Mapping[int, Place], inside: Any, inner: Marks) -> Iterator[Line]:
    """The lines that could have lost something, also in the derivatives inside."""
    by_line: dict[tuple[str, int], list[Place]] = defaultdict(list)
    for place in list(places.values()):
        by_line[place[0].co_filename, _line_number(place)].append(place)
    for line in [Line(found, inner) for found in by_line.values()]:
        if line.read or _is_search([truth for truth, _ in line.compared]):
            yield line
    for inputs, there, deeper in inside:
        yield from _lines(there, deeper, inner | {id(x): 0 for x in inputs})


def _is_search(truths: Sequence[bool]) -> bool:
    return len(truths) >= MANY and len({*map(bool, truths)}) == 2


def _all(nodes: Iterable[Any], marks: Marks) -> int:
    bits = 0
    for x in nodes:
        bits |= marks.get(id(x), 0)
    return bits


def _computed_from(nodes: list[Node], marks: Marks) -> Marks:
    """Which arguments each node was computed from."""
    found = dict(marks)
    for node in operands_first(Operands(nodes), marks):
        if id(node) not in marks:
            found[id(node)] = _all(below(node), found)
    return found


_READ = (
    "whose number was read at {place}: no gradient flows through a plain number. Compute with the "
    "Value itself; where "
    "a constant is meant, read it from x.detach() instead of x"
)
_COMPARED = (
    "which was compared many times at {place}, as in a bisection: no gradient flows through "
    "comparisons. One step of Newton's "
    "method on Values, after the search, brings the derivative back; where a constant is meant, "
    "compare x.detach() instead of x"
)


def _lost(place: Place, names: list[str], how: str) -> Lost:
    code, line = place[0], _line_number(place)
    shown = ", ".join(names[:NAMED]) + (" and others" if len(names) > NAMED else "")
    where = f"{code.co_filename}, line {line}, in {code.co_name}"
    text = (
        f"the derivative with respect to {shown} is 0: the result does not depend on it, "
        + how.format(place=where)
    )
    return Lost(text, code.co_filename, line, place[2])


def _line_number(place: Place) -> int:
    code, instruction = place[:2]
    lines = [line for start, end, line in code.co_lines() if start <= instruction < end]
    return lines[0] or code.co_firstlineno


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
