"""Searches in a recorded function: lines that compare an argument many times, as a bisection does,
or that take an integer from it. A derivative by that argument does not see their guards.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from typing import Any, NamedTuple

from ...engine.lost_gradients import is_search
from ...engine.node import Node
from ...engine.reads import SourceLine
from ...engine.trackers import computed_from


class Search(NamedTuple):
    """A line, and its comparisons: whether each held, and the inputs that each of its operands was
    computed from, constants apart. For an integer that was read the truth is None.
    """

    line: SourceLine
    compared: list[tuple[bool | None, list[list[int]]]]


def searches_of(tape: Any, inputs: Sequence[Node]) -> list[Search]:
    """The searches on a tape; inputs are known by their number."""
    lines: dict[SourceLine, list[Node]] = defaultdict(list)
    for condition, line in tape.lines.items():
        lines[line].append(condition)
    truths = {x: None if y.__class__ is float else y for x, y in tape.guards.items()}
    lines = {
        line: xs
        for line, xs in lines.items()
        if any([truths[x] is None for x in xs])
        or is_search([truth for x in xs if (truth := truths[x]) is not None])
    }
    if not lines:
        return []
    operands = {
        c: [c] if truths[c] is None else [x for x in c.operands if isinstance(x, Node)]
        for xs in lines.values()
        for c in xs
    }
    marks = {id(x): 1 << k for k, x in enumerate(inputs)}
    marks = computed_from([x for xs in operands.values() for x in xs], marks)

    def inputs_in(x: Node) -> list[int]:
        return [k for k in range(len(inputs)) if marks.get(id(x), 0) >> k & 1]

    return [
        Search(line, [(truths[c], [inputs_in(x) for x in operands[c]]) for c in conditions])
        for line, conditions in lines.items()
    ]
