"""The layers of a graph: which of its groups stand one behind the other, and which side by side."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from ...engine.context import Group
from .grouping import NONE, membership
from .walk import Flat, once


@dataclass(frozen=True)
class Layering:
    """The group of each node (NONE without one), and the layer of each group.

    Groups of one parent that do not feed each other (the neurons of a layer) make one layer, that
    of the parent.
    """

    member: list[int]
    groups: list[Group]
    layer_of: list[int]
    layers: list[Group]

    @classmethod
    def of(cls, flat: Flat) -> Layering:
        member, groups = membership(flat)
        standing = _standing(groups, _feeding(flat, member))
        ends = [NONE] * len(groups)
        for i, (k, sides) in enumerate(zip(member, flat.sides, strict=True)):
            if k != NONE and sides:
                ends[k] = i
        last: dict[Group, int] = {}
        for layer, end in zip(standing, ends, strict=True):
            if end != NONE:
                last[layer] = max(end, last.get(layer, end))
        layers = sorted(
            last, key=lambda layer: last[layer]
        )  # in the order in which they are complete
        numbers = {layer: i for i, layer in enumerate(layers)}
        return cls(member, groups, [numbers.get(layer, NONE) for layer in standing], layers)


def _feeding(flat: Flat, member: list[int]) -> set[tuple[int, int]]:
    """The pairs of groups of which the first uses results of the second."""
    of = [k if sides else NONE for k, sides in zip(member, flat.sides, strict=True)]
    of.append(NONE)  # a plain number, at NUMBER
    groups = once(lambda places: frozenset([of[j] for j in places]))
    found: set[tuple[int, frozenset[int]]] = set()
    pairs: set[tuple[int, int]] = set()
    for k, sides in zip(member, flat.sides, strict=True):
        for places in sides if k != NONE else ():
            if len(places) > 2:
                found.add((k, groups(places)))
            else:
                pairs.update([(k, of[j]) for j in places if of[j] != k])
    pairs.update((k, below) for k, together in found for below in together)
    return {(k, below) for k, below in pairs if below not in (k, NONE)}


def _standing(groups: list[Group], feeding: Iterable[tuple[int, int]]) -> list[Group]:
    """For each group the layer that it stands in: the groups below a parent become one where none
    is behind another.

    Groups that feed each other both ways, as the units of a recurrent layer do, stand side by side
    too.
    """
    standing = list(groups)
    for parent in sorted(_parents(groups), key=_depth, reverse=True):
        inside = {k for k, group in enumerate(standing) if _below(group, parent)}
        between = {
            (standing[a], standing[b])
            for a, b in feeding
            if a in inside and b in inside and standing[a] != standing[b]
        }
        mutual = any((b, a) in between for a, b in between)
        if not between or mutual:
            for k in inside:
                standing[k] = parent
    return standing


def _parents(groups: list[Group]) -> set[Group]:
    found: set[Group] = set()
    for group in groups:
        while group.parent is not None and group.parent not in found:
            found.add(group.parent)
            group = group.parent
    return found


def _depth(group: Group) -> int:
    depth = 0
    while group.parent is not None:
        group, depth = group.parent, depth + 1
    return depth


def _below(group: Group, parent: Group) -> bool:
    part: Group | None = group
    while part is not None:
        if part == parent:
            return True
        part = part.parent
    return False
