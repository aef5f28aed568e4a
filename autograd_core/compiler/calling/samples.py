"""The paths that the samples of a batch take, found for all samples at once."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import numpy

from ..pipeline import Executable
from .calls import Call
from .paths import Branch, Detour, Family, Path, PathTree, Truth

Further = Callable[[Call, Path, Branch], Path | Detour]
"""Where the samples of a call go that part from a path at one of its branches."""


class FamilyOfSamples:
    """A family as it runs samples: which of its guards each path has, in the path's order, what
    these are to give, and the further inputs of each path.
    """

    def __init__(self, family: Family) -> None:
        self.family, self.count = family, 0
        guards = len(family.executable.program.guards)
        self.truths = numpy.zeros(guards, dtype=bool)  # which guards are no integers
        self.own = numpy.zeros((0, guards), dtype=int)
        self.wanted, self.choices = numpy.zeros((0, guards)), numpy.zeros((0, 0))

    def extend(self) -> None:
        """Take in the paths that are new."""
        family, count, guards = self.family, self.count, len(self.truths)
        new = family.paths[count:]
        # several conditions of a path may be one guard of a merged program
        width = max([self.own.shape[1], *map(len, family.conditions[count:])])
        wider = (0, 0), (0, width - self.own.shape[1])
        self.own = numpy.pad(self.own, wider, constant_values=guards)
        self.wanted = numpy.pad(self.wanted, wider)
        own = numpy.full((len(new), width), guards)  # this one is none
        wanted = numpy.zeros((len(new), width))
        for k, path in enumerate(new):
            conditions = family.conditions[count + k]
            own[k, : len(conditions)] = conditions
            wanted[k, : len(conditions)] = path.truths
            self.truths[conditions] = [truth.__class__ is bool for truth in path.truths]
        choices = numpy.array(family.choices[count:])
        self.own, self.wanted = numpy.vstack([self.own, own]), numpy.vstack([self.wanted, wanted])
        self.choices = numpy.vstack([self.choices, choices]) if count else choices
        self.count = len(family.paths)

    @property
    def deciding(self) -> Executable:
        """The program without its outputs: what decides on the path costs less alone."""
        family = self.family
        if not family.is_merged:
            return family.executable
        if family.deciding is None:
            program = replace(family.executable.program, outputs=[], summed=0)
            family.deciding = Executable(program)
        return family.deciding

    def run(self, executable: Executable, call: Call, members: Any) -> tuple[Any, Any, list[Any]]:
        """What the program gives for samples that take these paths of the family."""
        rows = call.rows
        if self.choices.size:
            rows = numpy.concatenate([rows, self.choices[members].T])
        return executable.kernel.run(call.flat(self.family.captured), rows, call.samples)

    def agree(self, guards: list[Any]) -> bool:
        """Whether all samples take the path of a family that has one."""
        pairs = zip(self._as_truths(guards), self.wanted[0], strict=True)
        return not any([numpy.any(x != y) for x, y in pairs])

    def _as_truths(self, guards: list[Any]) -> list[Any]:
        pairs = zip(guards, self.truths, strict=True)
        return [numpy.not_equal(x, 0.0) if is_truth else x for x, is_truth in pairs]

    def parting(self, guards: list[Any], members: Any) -> tuple[Any, Any, Any]:
        """The samples that part from the path they were run on, the number of the first condition
        that is another, and what it gives.
        """
        guards = self._as_truths(guards)
        values = numpy.zeros((len(guards) + 1, len(members)))
        for k, x in enumerate(guards):
            values[k] = x
        found = values[self.own[members], numpy.arange(len(members))[:, None]]
        wrong = found != self.wanted[members]
        samples = wrong.any(axis=1).nonzero()[0]
        first = wrong[samples].argmax(axis=1)
        return samples, first, found[samples, first]


class Search:
    """The search for the path of each sample of a call. It begins with the paths that the samples
    of the last call took, and runs all samples of a family at once.
    """

    def __init__(self, tree: PathTree, call: Call, further: Further) -> None:
        self.tree, self.call, self.further = tree, call, further
        latest = tree.samples
        if latest is None or len(latest) != call.samples:
            latest = numpy.full(call.samples, tree.latest.index)
        self.at = latest.copy()
        self.passed = numpy.full(call.samples, -1)  # the condition to which a path was right
        self.detours: dict[Detour, list[int]] = {}
        self.outputs: Any = None  # if the first run had them all

    def run(self) -> None:
        pending, whole = numpy.arange(self.call.samples), True
        while len(pending):
            family = self.tree.paths[self.at[pending[0]]].family
            own = numpy.array([path.family is family for path in self.tree.paths])[self.at[pending]]
            samples, others = pending[own], pending[~own]
            runs, members = of_samples(family), self.members(samples)
            part = self.call if len(others) == 0 and whole else self.call.subset(samples)
            whole = part is self.call
            executable = family.executable if whole else runs.deciding
            numbers, rows, guards = runs.run(executable, part, members)
            wrong, first, found = runs.parting(guards, members)
            if whole and len(wrong) == 0:
                self.outputs = numbers, rows
            whole = False
            go_on = self._go_on(samples[wrong], first, found)
            pending = numpy.concatenate([others, go_on])
        self.tree.samples = self.at

    def members(self, samples: Any) -> Any:
        """The numbers that the paths of these samples have in their families."""
        return numpy.array([path.number for path in self.tree.paths])[self.at[samples]]

    @property
    def away(self) -> Any:
        """The samples on a detour."""
        found = [k for samples in self.detours.values() for k in samples]
        return numpy.array(found, dtype=int)

    def families(self) -> Iterator[tuple[Family, Any]]:
        """The samples of each family, without those on a detour."""
        left = numpy.delete(numpy.arange(self.call.samples), self.away)
        numbers = {family: n for n, family in enumerate(self.tree.families)}
        of_paths = numpy.array([numbers[path.family] for path in self.tree.paths])
        for n, family in enumerate(self.tree.families):
            samples = left[of_paths[self.at[left]] == n]
            if len(samples):
                yield family, samples

    def _go_on(self, samples: Any, first: Any, found: Any) -> Any:
        """Let samples go to the paths that part there; those that are to be run on these."""
        steps = steps_of(self.tree)
        known = steps[self.at[samples], first]
        direct = (known >= 0) & (first > self.passed[samples])
        chosen = samples[direct]
        self.at[chosen], self.passed[chosen] = known[direct], first[direct]
        samples, first, found = samples[~direct], first[~direct], found[~direct]
        groups: dict[tuple[int, int, float], list[int]] = {}
        ways = zip(self.at[samples].tolist(), first.tolist(), found.tolist(), strict=True)
        for sample, (path, k, x) in zip(samples.tolist(), ways, strict=True):
            groups.setdefault((path, k, x if x == x else numpy.inf), []).append(sample)
        go_on: list[int] = chosen.tolist()
        for (n, k, x), group in groups.items():
            path = self.tree.paths[n]
            truth: Truth = not path.truths[k] if path.truths[k].__class__ is bool else x
            other = self._other(path, k, truth, group)
            if isinstance(other, Path):
                self.at[group], self.passed[group] = other.index, k
                go_on += group
                if truth.__class__ is bool:
                    steps[n, k] = other.index
            else:
                self.detours.setdefault(other, []).extend(group)
        return numpy.array(go_on, dtype=int)

    def _other(self, path: Path, k: int, truth: Truth, group: list[int]) -> Path | Detour:
        if k <= self.passed[group].max():
            return Detour()  # programs that round in other ways do not agree on the path
        other = self.tree.branch(path, k, truth)
        if isinstance(other, Path):
            return other
        return self.further(self.call.subset(numpy.array(group)), *other)


def steps_of(tree: PathTree) -> Any:
    """For each path and each of its conditions the path that parts from it there, −1 where none is
    known or several are.
    """
    old, shape = tree.steps, (len(tree.paths), max([len(path.truths) for path in tree.paths]))
    if old is None or old.shape != shape:
        tree.steps = numpy.full((*shape,), -1)
        if old is not None:
            tree.steps[: old.shape[0], : old.shape[1]] = old
    return tree.steps


def of_samples(family: Family) -> FamilyOfSamples:
    if family.samples is None:
        family.samples = FamilyOfSamples(family)
    if family.samples.count < len(family.paths):
        family.samples.extend()
    return family.samples  # type: ignore[no-any-return]
