"""Which part of a graph is drawn: the options, the nodes that they choose, the products of a dot
that get a row.
"""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Container, Mapping, Sequence
from heapq import nlargest
from typing import Any, NamedTuple

from ...engine.context import Group
from ...engine.node import Node, number
from ...primitives import Reduction
from ..graph.walk import Indices
from ..render.notation import constants_with_cards
from .sums import LongSum, operands_of


class Options(NamedTuple):
    """What of the graph is drawn: constants or not (`inside`: written into the cards that use
    them), `steps` around the focus or all, how many products of a dot, the names of the groups that
    are folded into one card each, one sample or all, whether the results of one call share a
    card, and the digits of numbers."""

    constants: bool = True
    focus: tuple[Node, ...] = ()
    steps: int = 2
    terms: int = 8
    fold: tuple[str, ...] = ()
    limit: int = 150
    sample: int | None = None
    inside: bool = False
    together: bool = True
    digits: int = 3


def folded_groups(groups: Mapping[Node, Group], fold: Sequence[str]) -> dict[Node, Group]:
    """For the nodes of the groups to fold, the outermost such group. A group is meant by its
    name or its path.
    """
    outermost: dict[Group, Group] = {}
    known: dict[str, None] = {}
    for group in set(groups.values()):
        part: Group | None = group
        while part is not None:
            known.update({part.name: None, part.path: None})
            if part.name in fold or part.path in fold:
                outermost[group] = part
            part = part.parent
    for name in fold:
        if name not in known:
            raise ValueError(
                f"fold names groups of the graph ({', '.join(sorted(known)) or 'it has none'}), "
                f"got {name!r}"
            )
    return {node: outermost[group] for node, group in groups.items() if group in outermost}


def visible(
    forward: Sequence[Node], options: Options, folded: Container[Node], sums: Mapping[Node, LongSum]
) -> list[Node] | None:
    """The nodes to draw, in forward order; None where there are more cards than the limit and
    no focus.
    """

    def cards(node: Node) -> int:
        if node in folded:
            return 0
        if node in sums:
            return 1
        return 1 + (constants_with_cards(node) if options.constants else 0)

    users: dict[Node, list[Node]] = {}
    for node in forward if options.focus else ():
        for x in node.operands:
            if isinstance(x, Node):
                users.setdefault(x, []).append(node)
    distance = dict.fromkeys(options.focus or forward[-1:], 0)
    count = sum(map(cards, distance))
    queue = deque(distance)
    while queue:
        node = queue.popleft()
        if options.focus and distance[node] == options.steps:
            continue
        operands = operands_of(node, sums)
        if (isinstance(node.operation, Reduction) or node in sums) and node not in folded:
            shown, _ = products(node, operands, options.focus, options.terms)
            operands = tuple([operands[i] for at in shown for i in at])
        for x in (*operands, *users.get(node, ())):
            if not isinstance(x, Node) or x in distance:
                continue
            if options.constants or x.role != "constant":
                count += cards(x)
                if count > options.limit:
                    if not options.focus:
                        return None
                    queue.clear()
                    break
                distance[x] = distance[node] + 1
                queue.append(x)
    return [node for node in forward if node in distance]


def products(
    node: Node, operands: Sequence[Any], preferred: Container[Node], most: int
) -> tuple[list[Indices], list[Indices]]:
    """The positions of the operands in each product of a dot, and of each operand of another
    operation: those that are shown, and the rest.

    At most so many are shown: those with a preferred operand, then the largest.
    """
    operation = node.operation
    pairs = operation is not None and operation.pairs
    count = len(operands) // (1 + pairs)
    found = [tuple(range(k, len(operands), count)) for k in range(count)]
    if operation is not None and operation.unit:
        found = [at for at in found if isinstance(operands[at[0]], Node)]
    if len(found) <= most:
        return found, []
    numbers = [number(x) for x in operands]
    wanted = {k % count for k, x in enumerate(operands) if isinstance(x, Node) and x in preferred}
    kept = {
        *nlargest(
            most, found, key=lambda at: (at[0] in wanted, abs(math.prod(numbers[at[0] :: count])))
        )
    }
    return [at for at in found if at in kept], [at for at in found if at not in kept]
