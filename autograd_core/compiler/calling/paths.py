"""The paths through the branches of a function: a tree, and the programs that they share."""

from __future__ import annotations

import math
from typing import Any

from ...engine.node import is_running
from ...engine.reads import SourceLine
from ...pytree.core import Structure
from ..ir.merging import Merged
from ..ir.program import Program
from ..ir.scans import every_program
from ..ir.searches import Search
from ..pipeline import Executable
from .calls import Call

MERGED = 3  # so many families, the latest, are tried for a new path
Truth = bool | float
"""What a condition gave, or an integer that was read of a number."""

Branch = tuple[int, Truth | None]
"""The number of a condition, and what it gives to calls that part there; None for nan."""


def has_scans(program: Program) -> bool:
    return any([row is not None and row.structured for row in {*program.rows}])


class Detour:
    """The calls that part from a path at one of its conditions and have no program yet, with the
    time that they have taken. It is `closed` if none will come.
    """

    def __init__(self) -> None:
        self.seconds, self.closed = 0.0, False


class Path:
    """A path through the branches of a function: what each condition gave, the lines that asked for
    them, and the Values from outside that it reads.

    It is `followed` if a gradient may flow to one of these: a computed Value, or an argument of a
    derivative that is being taken. It `has_kinks` if an operation of it has, and `zeros` are the
    outputs that are 0 for all inputs, as the derivative by an input that the result does not depend
    on. `others` says where the calls go that part from it at a condition, by what that gives.
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
        self.others: dict[Branch, Path | Detour] = {}
        self.parent: Path | None = None
        self.parted = -1  # the condition at which it parts from its parent
        self.followed = any([x._da is not None or is_running(x) for x in captured])
        self.result = result
        self.truths: list[Truth] = [truth for _, truth in program.guards if truth is not None]
        rows = {row for each in every_program(program) for row in each.rows}
        self.has_kinks = any([row is not None and row.kink is not None for row in rows])
        self.zeros = frozenset(
            [k for k, i in enumerate(program.outputs) if program.constants.get(i) == 0.0]
        )
        self.strict: Executable | None = None
        self.index = self.number = 0  # among all paths, and those of its family
        self.family = Family(self, program)

    def __getstate__(self) -> dict[str, Any]:
        return {**self.__dict__, "others": {}, "parent": None}  # the tree has these

    def parting(self, guards: list[Any]) -> tuple[int, Truth] | None:
        """The first condition that is another in a run of this path, and what it gives; None if
        there is none.
        """
        if self.family.is_merged:
            guards = [guards[n] for n in self.family.conditions[self.number]]
        if guards == self.truths:
            return None
        for k, (x, truth) in enumerate(zip(guards, self.truths, strict=False)):  # it may end early
            if truth.__class__ is float:
                if x != truth:
                    return k, x
            elif (x != 0.0) != truth:
                return k, not truth
        return None

    def inputs(self, count: int) -> list[Any]:
        """By what the inputs of its program are known, of which so many are of arguments."""
        return [*range(count), *self.captured]


class Family:
    """Paths that share a program. `conditions` tells for each path which guards of the program are
    its own, in its order, and `choices` are its further inputs.
    """

    def __init__(self, path: Path, program: Program) -> None:
        self.paths = [path]
        self.captured = path.captured
        self.executable = Executable(program)
        self.merged: Merged | None = None
        self.conditions: list[list[int]] = [[*range(len(program.guards))]]
        self.choices: list[list[float]] = [[]]
        self.samples: Any = None  # how it runs samples
        self.deciding: Executable | None = None

    def __getstate__(self) -> dict[str, Any]:
        return {**self.__dict__, "merged": None, "samples": None, "deciding": None}

    @property
    def is_merged(self) -> bool:
        return len(self.paths) > 1

    def add(self, path: Path, program: Program) -> bool:
        """Let another path share the program, if that is worth while."""
        count = len(program.inputs) - len(path.captured)
        if program.strict or has_scans(program):
            return False
        if self.merged is None:
            first = self.executable.program
            if self.is_merged or first.strict or has_scans(first):
                return False  # or it came out of a pickle, without what it was merged of
            self.merged = Merged(self.executable.program, self.paths[0].inputs(count))
        merged = self.merged.with_path(program, path.inputs(count))
        if merged is None:
            return False
        path.family, path.number = self, len(self.paths)
        self.paths.append(path)
        members = [path.number]
        if merged is not self.merged or self.executable.program is not merged.program:
            self.merged, self.executable = merged, Executable(merged.program)
            self.samples = self.deciding = None
            self.captured = [x for x in merged.inputs if x.__class__ is not int]
            members = [*range(len(self.paths))]
            self.conditions, self.choices = [], []
        self.conditions += [merged.members[k].guards for k in members]
        self.choices += [merged.numbers(k) for k in members]
        return True

    def run(self, call: Call, path: Path) -> tuple[list[Any], list[Any]]:
        """The outputs and the guards of a path for a call without samples."""
        numbers = call.flat(self.captured)
        if choices := self.choices[path.number]:
            numbers = [*(numbers if numbers.__class__ is list else numbers.tolist()), *choices]
        outputs, _, guards = self.executable.kernel.run(numbers)
        return outputs, guards


class PathTree:
    """The paths for arguments of one structure. Each but the first parts from another one, which
    shares all conditions before that.

    `latest` is the path that was taken last, where the search for the next one begins. `prices` are
    the seconds that it took to add the latest paths, and `ways` counts the paths and the detours.
    It is `outdated` if a loop that is one instruction in it has turned out to be none.
    """

    def __init__(self, first: Path, price: float) -> None:
        self.paths, self.families, self.latest = [first], [first.family], first
        self.prices, self.ways = [price], 1
        self.outdated = False
        self.samples: Any = None  # the indices of the paths that those of the last batch took
        self.steps: Any = None  # for samples, the other path at each condition of each path

    def branch(self, path: Path, k: int, found: Truth) -> Path | tuple[Path, Branch]:
        """The path that parts from a path at its condition k, where that gives `found`; or from
        which path the calls part there, and at which branch of that.
        """
        while path.parent is not None and k <= path.parted:
            path = path.parent
        if path.truths[k] == found:
            return path
        branch = k, found if found == found else None
        other = path.others.get(branch)
        return other if isinstance(other, Path) else (path, branch)

    def add(self, path: Path, program: Program, parent: Path, branch: Branch) -> bool:
        """Let a path begin at a branch of another; False if it does not."""
        k, found = branch
        way = [*parent.truths[:k], math.nan if found is None else found]
        if len(path.truths) <= k or any(
            [x != y and x == x for x, y in zip(path.truths, way, strict=False)]
        ):
            return False
        path.parent, path.parted = parent, k
        parent.others[branch] = path
        path.index = len(self.paths)
        self.paths.append(path)
        if not any([family.add(path, program) for family in self.families[-MERGED:]]):
            self.families.append(path.family)
        return True

    def __getstate__(self) -> dict[str, Any]:
        numbers = {path: n for n, path in enumerate(self.paths)}
        links = [
            (numbers[parent], branch, numbers[path])
            for parent in self.paths
            for branch, path in parent.others.items()
            if isinstance(path, Path)
        ]
        return {**self.__dict__, "links": links, "samples": None, "steps": None}

    def __setstate__(self, state: dict[str, Any]) -> None:
        links = state.pop("links")
        self.__dict__.update(state)
        for parent, branch, path in links:
            self.paths[parent].others[branch] = self.paths[path]
            self.paths[path].parent, self.paths[path].parted = self.paths[parent], branch[0]
