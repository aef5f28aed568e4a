"""What the nodes of a graph are called, and the order in which they are listed: one answer for
pictures, worked examples and messages.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from itertools import chain
from typing import Any

from .context import Group
from .node import Node, Operands
from .shifts import beside, stand_ins
from .traversal import below, held, operands_first, sweeping

LAST = "L"
"""The name of a result without a label."""
NEAR = 2
"""So many operations less deep than another operand, an expression over leaves comes after it."""


def in_order(output: Node | Operands) -> list[Node]:
    """Every node that `output` was computed from, each after its operands, branches not taken
    included, as a program computes them: from left to right, but an expression over leaves where
    it is needed, and not long before. (The order itself is not recorded.)

    A recurrent network lists its first input first, wherever the state stands in the formula:

    >>> from autograd_core import Value
    >>> state = Value(0.0, "start")
    >>> for k in range(2):
    ...     state = (Value(1.0, f"x{k}") + state).tanh()
    >>> [node.label for node in in_order(state) if node.label]
    ['x0', 'start', 'x1']
    """
    with sweeping:  # the index of a node stands in its scratch
        found = operands_first(output)
        moved = _moved(found)
        if moved:
            found = operands_first(output, held=lambda node: moved.get(id(node)) or held(node))
    return [node for node in found if node.__class__ is not Operands]


def _moved(order: Sequence[Any]) -> dict[int, list[Any]]:
    """What is below a node, by its id, where that is better listed in another order."""
    depth, users, alone = [0] * len(order), [0] * len(order), [True] * len(order)
    moved: dict[int, list[Any]] = {}
    for i, node in enumerate(order):
        node._adjoint = i
        parts = [x._adjoint for x in below(node)]
        for j in parts:
            users[j] += 1
        if parts:
            depth[i] = max([depth[j] for j in parts]) + (node.__class__ is not Operands)
    for i, node in enumerate(order):
        parts = below(node)
        at = [x._adjoint for x in parts]
        alone[i] = all([not depth[j] or (alone[j] and users[j] == 1) for j in at])
        if len(parts) < 2:
            continue
        near = max([depth[j] for j in at]) - NEAR
        late = [depth[j] <= near and (not depth[j] or (alone[j] and users[j] == 1)) for j in at]
        if any(late) and not all(late[late.index(True) :]):
            rest = [x for x, is_late in zip(parts, late, strict=True) if not is_late]
            moved[id(node)] = [*chain.from_iterable(map(_before, rest)), *parts]
    return moved


def _before(node: Any) -> list[Any]:
    """What was there before an operand: its own operands where it is part of a formula."""
    row = None if node.__class__ is Operands else node.operation
    if row is None or row.infix is None:
        return [node]
    return [x for x in below(node) if x.__class__ is Operands or x.operation is not None]


def names(
    nodes: Iterable[Node], groups: Mapping[Node, Group] | None = None, last: str = LAST
) -> dict[Node, str]:
    """A name of its own for every node.

    That is its label. A label that several have is named by its place in the model, "layer 2 /
    neuron 1 / w₁", and beyond that by a number. Without a label, leaves are x1, x2, …, the one
    result of a part of a model is called as that part, and other results are v1, v2, …, in their
    order.

    `groups` are those of the nodes; None for those in which they were made. `last` is the name of
    the last node, where it has no label; "" for one like the others.

    >>> from autograd_core import Value
    >>> loss = (Value(2.0, "w") * Value(3.0) + 1.0) ** 2
    >>> [*names(in_order(loss)).values()]
    ['w', 'x1', 'v1', 'v2', 'L']
    """
    nodes = [*nodes]
    labels = [node._note.label if node._note is not None else "" for node in nodes]
    times = Counter(labels)
    taken = {label for label in labels if times[label] == 1}
    parts, standing = _results_of_parts(nodes, groups), stand_ins(nodes)
    inner = {x: f"{node.label}′" for node, x in standing.items() if node.label}
    inner |= dict.fromkeys(beside(nodes, standing) if standing else (), "")
    counts = dict.fromkeys("xv", 0)
    given: dict[Node, str] = {}
    for node, label in zip(nodes, labels, strict=True):
        if label and times[label] == 1:
            given[node] = label
            continue
        group = node.group if groups is None else groups.get(node)
        place = f"{group.path} / {label}" if label and group is not None else label
        name = place if label else last if node is nodes[-1] else parts.get(node, "")
        if not name and node in inner:  # not seen in an explanation
            name = place = inner[node] or f"{given.get(standing.get(node, node), 'rest')}′"
        letter, k = "x" if node.operation is None else "v", 1
        while not name or name in taken:
            if place:
                k += 1
                name = f"{place} ({k})"
            else:
                counts[letter] += 1
                name = f"{letter}{counts[letter]}"
        taken.add(name)
        given[node] = name
    return given


def _results_of_parts(
    nodes: Sequence[Node], groups: Mapping[Node, Group] | None
) -> dict[Node, str]:
    """The nodes without a label that are the only result of their group used outside it, and the
    path of that group.
    """
    group_of = {x: x.group for x in nodes if x.group is not None} if groups is None else groups
    if not group_of:
        return {}
    used: dict[Group, dict[Node, None]] = {}
    seen: set[tuple[int, Group | None]] = set()
    for node in nodes:
        group, parts = group_of.get(node), below(node)
        for x in parts:
            if x.__class__ is Operands:
                if (id(x), group) not in seen:  # most are shared
                    seen.add((id(x), group))
                    parts += below(x)
            elif x.operation is not None:
                inner = group_of.get(x)
                if inner is not None and inner is not group and inner != group:
                    used.setdefault(inner, {})[x] = None
    return {x: group.path for group, (x, *more) in used.items() if not more and not x.label}


def short(name: str, group: Group | None) -> str:
    """The name of a node as it is written inside a group, whose own names need not be repeated.

    >>> layer = Group("layer 1")
    >>> short("layer 1 / neuron 2 / w₁", Group("neuron 2", layer))
    'w₁'
    >>> short("layer 1 / neuron 2", layer)
    'neuron 2'
    """
    while group is not None:
        inside = name.removeprefix(f"{group.path} / ")
        if inside != name:
            return inside
        group = group.parent
    return name
