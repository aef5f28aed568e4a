"""Gradients that are lost silently: the result does not depend on an argument whose number the
function has read.
"""

from __future__ import annotations

import inspect
import sys
import warnings
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import cache
from typing import Any, NamedTuple

from ..errors import LostGradientWarning
from .node import Node, Operands
from .reads import Readings, SourceLine
from .trackers import SEARCH, Marks, Tracker, all_marks, computed_from
from .traversal import operands_first

NAMED = 3  # arguments in a message
ALIVE = 1  # the mark of the arguments that the result depends on; the lost ones have the bits above

_READ = (
    "whose number was read at {place}: no gradient flows through a plain number. Compute with the "
    "Value itself; where a constant is meant, read it from x.detach() instead of x"
)
_COMPARED = (
    "which was compared many times at {place}, as in a bisection: no gradient flows through "
    "comparisons. One step of Newton's method on Values, after the search, restores the first "
    "derivative, and each further step the next order; where a constant is meant, compare "
    "x.detach() instead of x"
)


class Loss(NamedTuple):
    """A line of the user's code at which a gradient was lost."""

    message: str
    line: SourceLine

    def warn(self) -> None:
        """Warn as if at that line: Python then shows it once, or as the user's filters say."""
        file, line, _, module = self.line
        names = getattr(sys.modules.get(module), "__dict__", {})
        registry = names.setdefault("__warningregistry__", {})
        warnings.warn_explicit(self.message, LostGradientWarning, file, line, module, registry)


class _Line(NamedTuple):
    """The readings at one line. `ignored` marks the arguments of the derivative inside which they
    were made: that derivative reports them itself.
    """

    readings: list[Readings]
    ignored: Marks

    def truths(self) -> list[bool]:
        """The outcomes of the comparisons."""
        return [x.truth for x in self.readings if x.truth is not None for _ in [*x]]

    def lost(self, marks: Marks, count: int) -> tuple[list[int], list[int]]:
        """Which of `count` lost arguments were read here, and which were compared in a search."""
        found = [
            (readings.truth, [x for x in operands if isinstance(x, Node)])
            for readings in self.readings
            for operands in [*readings]
        ]
        marks = computed_from([x for _, xs in found for x in xs], self.ignored | marks)
        by = [(truth, all_marks(xs, marks), len(xs) > 1) for truth, xs in found]
        # a comparison of several arguments that selects one of them, as in `max` and `sorted`
        selects = any([bits & ALIVE for truth, bits, _ in by if truth is not None])
        read, searched = [], []
        for k in range(count):
            truths = [
                truth
                for truth, bits, several in by
                if bits & 2 << k and (truth is None or not (selects and several))
            ]
            if None in truths:
                read.append(k)
            if is_search([truth for truth in truths if truth is not None]):
                searched.append(k)
        return read, searched


def report_losses(
    tracker: Tracker,
    outputs: Sequence[Any],
    suspects: Iterable[int],
    names: Callable[[], Sequence[str]],
    rows: Callable[[], Sequence[str]] | None = None,
) -> None:
    """Warn of each line that read an argument on which the outputs do not depend.

    `suspects` are the numbers of the arguments to look at. If `rows` names several outputs, then
    for an output that depends on no argument the plain numbers that were read are reported too, but
    not the comparisons: these could be one branch for each output.
    """
    if not (lines := _lines_of(tracker)):
        return
    names = cache(names)
    nodes = [y for y in outputs if isinstance(y, Node)]
    used = tracker.used | {id(x) for x in operands_first(Operands(nodes))}
    gone = [i for i in suspects if id(tracker.inputs[i]) not in used]
    marks = {id(x): ALIVE for x in tracker.inputs}
    lost = {id(tracker.inputs[i]): 2 << k for k, i in enumerate(gone)}
    found = _losses(lines, marks | lost, len(gone), lambda k: names()[gone[k]]) if gone else []
    if rows is not None and len(outputs) > 1 and (lines := _lines_of(tracker)):
        marks = computed_from(nodes, marks)
        constant = [k for k, y in enumerate(outputs) if not marks.get(id(y), 0)]
        if 0 < len(constant) < len(outputs):
            count, row = len(tracker.inputs), rows()[constant[0]]
            marks = {id(x): 2 << k for k, x in enumerate(tracker.inputs)}
            found += _losses(lines, marks, count, lambda k: names()[k], row)
    if tracker.losses is not None:
        tracker.losses += found
    else:
        for loss in found:
            loss.warn()


def _losses(
    lines: list[_Line], marks: Marks, count: int, name: Callable[[int], str], row: str = ""
) -> list[Loss]:
    """What was lost at those lines, for a row of the result only what was read. The readings are
    then deleted, so that an outer derivative does not report them again.
    """
    losses = []
    for line in lines:
        read, searched = line.lost(marks, count)
        lost = read or ([] if row else searched)
        if lost:
            names = [name(k) for k in lost[: NAMED + 1]]
            losses.append(_loss(line.readings[0].line, names, bool(read), row))
            for readings in line.readings:
                readings.clear()
    return losses


def _lines_of(tracker: Tracker) -> list[_Line]:
    return [*_lines(tracker.readings, tracker.inner, {})]


def _lines(readings: Mapping[Any, Readings], inner: Any, ignored: Marks) -> Iterator[_Line]:
    """The lines at which something can be lost, also those in the derivatives inside."""
    by_line: dict[tuple[str, int], list[Readings]] = defaultdict(list)
    for one in [*readings.values()]:
        by_line[one.line[:2]].append(one)
    for line in [_Line(found, ignored) for found in by_line.values()]:
        if is_search(line.truths()) or any([x.truth is None and x for x in line.readings]):
            yield line
    for inputs, own, deeper in inner:
        yield from _lines(own, deeper, ignored | {id(x): 0 for x in inputs})


def is_search(truths: Sequence[bool]) -> bool:
    """Whether comparisons with these outcomes are a search, as a bisection is, and no branch."""
    return len(truths) >= SEARCH and len({*truths}) == 2


def _loss(line: SourceLine, arguments: list[str], read: bool, row: str) -> Loss:
    shown = ", ".join(arguments[:NAMED]) + (" and others" if len(arguments) > NAMED else "")
    place = f"{line.file}, line {line.line}, in {line.function}"
    text = (
        f"the derivative {f'of {row} ' if row else ''}with respect to {shown} is 0: "
        f"{row or 'the result'} does not depend on it, "
    )
    return Loss(text + (_READ if read else _COMPARED).format(place=place), line)


def parameter_names(f: Callable[..., Any], count: int) -> list[str]:
    """The names of the first `count` arguments of f."""
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
