"""The paths through the branches of a function, and the calls that have none yet."""

from __future__ import annotations

from typing import Any

from ...engine.node import is_running
from ...engine.reads import SourceLine
from ...pytree.core import Structure
from ..ir.program import Program
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
    """A path through the branches of a function: whether each condition held, its program, and the
    Values from outside that it reads.

    It is `followed` if a gradient may flow to one of these: a computed Value, or an argument of a
    derivative that is being taken. `lines` are those that asked for the conditions, `seconds` the
    time for recording and compiling it, and `others` says where the calls go that branch off at a
    condition.
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
        self.others: dict[int, Path | Detour] = {}
        self.seconds = 0.0
        self.followed = any([x._da is not None or is_running(x) for x in captured])
        self.result = result
        self.truths = [truth for _, truth in program.guards]
        self.executable = Executable(program)
        self.strict: Executable | None = None

    def __getstate__(self) -> dict[str, Any]:
        return {**self.__dict__, "others": {}}  # a pickle goes no deeper for many paths

    def is_zero(self, k: int) -> bool:
        """Whether output k is 0 for all inputs, as the derivative by an input that the result does
        not depend on.
        """
        program = self.executable.program
        return program.constants.get(program.outputs[k]) == 0.0

    def run(self, executable: Executable, call: Call) -> tuple[Any, Any, list[Any]]:
        """The outputs without and with samples, and the guards."""
        return executable.kernel.run(call.flat(self.captured), call.rows, call.samples)
