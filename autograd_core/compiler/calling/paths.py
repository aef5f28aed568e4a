"""The paths through the branches of a function, and the calls that have none yet."""

from __future__ import annotations

import math
from typing import Any

from ...engine.forks import unlocked_property
from ...engine.node import is_running
from ...engine.reads import SourceLine
from ...pytree.core import Structure
from ..ir.program import Program
from ..ir.scans import every_program
from ..ir.searches import Search
from ..pipeline import Executable
from .calls import Call


class Detour:
    """The calls that branch off from a path at one of its conditions and have no program yet, with
    the time that they have taken.
    """

    def __init__(self) -> None:
        self.seconds = 0.0


class Path:
    """A path through the branches of a function: whether each condition held (or which integer a
    number gave), its program, and the Values from outside that it reads.

    It is `followed` if a gradient may flow to one of these: a computed Value, or an argument of a
    derivative that is being taken. `lines` are those that asked for the conditions, `seconds` the
    time for recording and compiling it, and `others` says where the calls go that branch off at a
    condition, by what it gives there.
    """

    def __init__(
        self,
        program: Program,
        captured: list[Any],
        result: Structure,
        searches: list[Search],
        lines: list[SourceLine | None],
    ) -> None:
        self.captured, self.searches, self.lines = captured, searches, lines
        self.others: dict[tuple[int, float | None], Path | Detour] = {}
        self.seconds = 0.0
        self.followed = any([x._da is not None or is_running(x) for x in captured])
        self.result = result
        self.truths = [truth for _, truth in program.guards]
        self.executable = Executable(program)
        self.strict: Executable | None = None

    def __getstate__(self) -> dict[str, Any]:
        return {**self.__dict__, "others": {}}  # a pickle goes no deeper for many paths

    @unlocked_property
    def has_kinks(self) -> bool:
        programs = every_program(self.executable.program)
        rows = [row for program in programs for row in program.rows]
        return any([row is not None and row.kink is not None for row in rows])

    def is_zero(self, k: int) -> bool:
        """Whether output k is 0 for all inputs, as the derivative by an input that the result does
        not depend on.
        """
        program = self.executable.program
        return program.constants.get(program.outputs[k]) == 0.0

    def run(self, executable: Executable, call: Call) -> tuple[Any, Any, list[Any]]:
        """The outputs without and with samples, and the guards."""
        return executable.kernel.run(call.flat(self.captured), call.rows, call.samples)

    def sorted_by_guards(
        self, call: Call, guards: list[Any]
    ) -> list[tuple[Call, int | None, float]]:
        """The parts of a call that part from this path, each with the number of the first condition
        that is another, and what that gives; and the part that takes this path, with None. Nothing
        if all samples take it.
        """
        if call.rows is None and guards == self.truths:
            return []
        wrong = [
            x != y if y.__class__ is float else (x != 0.0) != y
            for x, y in zip(guards, self.truths, strict=False)  # a run may end early
        ]
        if call.rows is None:
            if True not in wrong:
                return []
            k = wrong.index(True)
            return [(call, k, guards[k])]
        if not any([x is True or (x is not False and x.any()) for x in wrong]):
            return []
        import numpy

        first = numpy.full(call.samples, len(wrong))
        for k in reversed(range(len(wrong))):
            first[wrong[k]] = k
        parts: list[tuple[Call, int | None, float]] = []
        for k in numpy.bincount(first).nonzero()[0].tolist():  # `unique` imports more
            chosen = (first == k).nonzero()[0]
            if k == len(wrong) or self.truths[k].__class__ is not float:
                parts.append((call.subset(chosen), None if k == len(wrong) else k, 0.0))
                continue
            found = numpy.broadcast_to(guards[k], call.samples)[chosen]
            for x in {*found.tolist()} if (found == found).all() else [math.nan]:
                parts.append((call.subset(chosen[found == x] if x == x else chosen), k, x))
        return parts
