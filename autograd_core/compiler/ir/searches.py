"""Searches in a recorded function: lines that compare an argument many times, as a bisection does.
A derivative by that argument does not see their guards.
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
    computed from, constants apart.
    """

    line: SourceLine
    compared: list[tuple[bool, list[list[int]]]]


def searches_of(tape: Any, inputs: Sequence[Node]) -> list[Search]:
    """The searches on a tape; inputs are known by their number."""
    lines: dict[SourceLine, list[Node]] = defaultdict(list)
    for condition, line in tape.lines.items():
        lines[line].append(condition)
    lines = {line: xs for line, xs in lines.items() if is_search([tape.guards[x] for x in xs])}
    if not lines:
        return []
    operands = {
        c: [x for x in c.operands if isinstance(x, Node)] for xs in lines.values() for c in xs
    }
    marks = {id(x): 1 << k for k, x in enumerate(inputs)}
    marks = computed_from([x for xs in operands.values() for x in xs], marks)

    def inputs_in(x: Node) -> list[int]:
        return [k for k in range(len(inputs)) if marks.get(id(x), 0) >> k & 1]

    return [
        Search(line, [(tape.guards[c], [inputs_in(x) for x in operands[c]]) for c in conditions])
        for line, conditions in lines.items()
    ]
