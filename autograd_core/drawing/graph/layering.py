"""The layers of a graph: which of its groups stand one behind the other, and which side by side."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import NamedTuple

from ...engine.context import Group
from .grouping import NONE, membership
from .walk import Flat, for_each_tuple


class Layering(NamedTuple):
    """The number of the group of each node, and of the layer of each group (NONE without one).

    Groups of one parent that do not feed each other (the neurons of a layer) make one layer, that
    of the parent. Layers stand in the order in which they are complete.
    """

    group_of: list[int]
    groups: list[Group]
    layer_of: list[int]
    layers: list[Group]

    @classmethod
    def of(cls, flat: Flat) -> Layering:
        group_of, groups = membership(flat)
        standing = _standing(groups, _feeding(flat, group_of))
        last: dict[Group, int] = {}
        for i, (k, sides) in enumerate(zip(group_of, flat.sides, strict=True)):
            if k != NONE and sides:
                last[standing[k]] = i
        layers = sorted(last, key=last.__getitem__)
        numbers = {layer: i for i, layer in enumerate(layers)}
        return cls(group_of, groups, [numbers.get(layer, NONE) for layer in standing], layers)


def _feeding(flat: Flat, group_of: list[int]) -> set[tuple[int, int]]:
    """The pairs of groups of which the first uses results of the second."""
    of = [k if sides else NONE for k, sides in zip(group_of, flat.sides, strict=True)]
    of.append(NONE)  # of a plain number, at PLAIN
    groups = for_each_tuple(lambda operands: frozenset([of[j] for j in operands]))
    found = {
        (k, groups(operands))
        for k, sides in zip(group_of, flat.sides, strict=True)
        if k != NONE
        for operands, _, _ in sides
    }
    return {(k, below) for k, together in found for below in together if below not in (k, NONE)}


def _standing(groups: list[Group], feeding: Iterable[tuple[int, int]]) -> list[Group]:
    """For each group the layer that it stands in: the groups below a parent become one where none
    is behind another.

    Groups that feed each other both ways, as the units of a recurrent layer do, stand side by side
    too.
    """
    standing = list(groups)
    parents = {parent for group in groups for parent in _ancestors(group)}
    for parent in sorted(parents, key=lambda group: len([*_ancestors(group)]), reverse=True):
        inside = {
            k for k, group in enumerate(standing) if parent == group or parent in _ancestors(group)
        }
        between = {
            (standing[a], standing[b])
            for a, b in feeding
            if a in inside and b in inside and standing[a] != standing[b]
        }
        if not between or any((b, a) in between for a, b in between):
            for k in inside:
                standing[k] = parent
    return standing


def _ancestors(group: Group) -> Iterator[Group]:
    """The groups that a group lies in, from the inside outwards."""
    while group.parent is not None:
        group = group.parent
        yield group
