"""Which part of a graph is drawn: the options, the nodes they choose, the products of a dot
that get a row.
"""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Container, Iterable, Mapping, Sequence
from dataclasses import dataclass
from heapq import nlargest
from operator import mul
from typing import Any

from ...engine.context import Group
from ...engine.node import Node
from ...primitives import Reduction
from ..render.notation import numbers_beside


@dataclass(frozen=True)
class Options:
    """What of the graph is drawn: constants or not (`inside`: written into the cards that use
    them), `steps` around the focus or all, how many products of a dot, the names of the groups that
    are folded into one card each."""

    constants: bool = True
    focus: tuple[Node, ...] = ()
    steps: int = 2
    terms: int = 8
    fold: tuple[str, ...] = ()
    limit: int = 150
    inside: bool = False


def folds(member: Mapping[Node, Group], fold: Sequence[str]) -> dict[Node, Group]:
    """For the nodes of the groups to fold, the outermost such group. A group is meant by its
    name or its path.
    """
    outermost: dict[Group, Group] = {}
    known: dict[str, None] = {}
    for group in set(member.values()):
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
    return {node: outermost[group] for node, group in member.items() if group in outermost}


def visible(
    value: Node, forward: Sequence[Node], options: Options, folded: Mapping[Node, Group]
) -> list[Node] | None:
    """The nodes to draw, in forward order; None where there are more cards than the limit and
    no focus.
    """
    users: dict[Node, list[Node]] = {}
    for node in forward if options.focus else ():
        for x in node.operands:
            if isinstance(x, Node):
                users.setdefault(x, []).append(node)
    found = dict.fromkeys(options.focus or (value,), 0)
    count = sum(_cards(node, options, folded) for node in found)
    queue = deque(found)
    while queue:
        node = queue.popleft()
        if options.focus and found[node] == options.steps:
            continue
        for x in (*_shown_operands(node, options, node in folded), *users.get(node, ())):
            if x not in found and (options.constants or x.role != "constant"):
                count += _cards(x, options, folded)
                if count > options.limit:
                    if not options.focus:
                        return None
                    queue.clear()
                    break
                found[x] = found[node] + 1
                queue.append(x)
    return [node for node in forward if node in found]


def _cards(node: Node, options: Options, folded: Mapping[Node, Group]) -> int:
    """How many cards a node takes: its own, and those of the plain numbers among its operands."""
    return 0 if node in folded else 1 + (numbers_beside(node) if options.constants else 0)


Positions = tuple[int, ...]


def products(
    node: Node, operands: Sequence[Any], preferred: Container[Node], most: int
) -> tuple[list[Positions], list[Positions]]:
    """The positions of the operands of each product of a dot (each term of a sum): those with a
    row, and the rest.
    """
    if not isinstance(node.operation, Reduction):
        return [(i,) for i in range(len(operands))], []
    count = len(operands) // (1 + node.operation.pairs)
    chosen = _chosen(operands, count, preferred, most)
    kept = set(chosen)
    return [_product(k, operands, count) for k in chosen], [
        _product(k, operands, count) for k in range(count) if k not in kept
    ]


def _product(k: int, operands: Sequence[Any], count: int) -> Positions:
    return (k,) if count == len(operands) else (k, k + count)


def _chosen(
    operands: Sequence[Any], count: int, preferred: Container[Node], most: int
) -> list[int]:
    """Which products have a row: all, or beyond `most` those with a preferred operand, then the
    largest.
    """
    if count <= most:
        return list(range(count))
    numbers = [x._number if isinstance(x, Node) else x for x in operands]
    sizes = list(map(abs, map(mul, numbers, numbers[count:]) if count < len(operands) else numbers))
    wanted = {i % count for i, x in enumerate(operands) if isinstance(x, Node) and x in preferred}
    return sorted(nlargest(most, range(count), key=lambda k: (k in wanted, sizes[k])))


def involves(operands: Sequence[Any], at: Positions, nodes: Container[Node]) -> bool:
    return any(isinstance(operands[i], Node) and operands[i] in nodes for i in at)


def product(operands: Sequence[Any], at: Iterable[int]) -> float:
    return math.prod(plain(operands[i]) for i in at)


def plain(x: Any) -> float:
    return x._number if isinstance(x, Node) else float(x)


def _shown_operands(node: Node, options: Options, folded: bool) -> list[Node]:
    operands = list(node.operands)
    if not folded and isinstance(node.operation, Reduction):
        count = len(operands) // (1 + node.operation.pairs)
        shown = _chosen(operands, count, set(options.focus), options.terms)
        operands = [operands[i] for k in shown for i in _product(k, operands, count)]
    return [x for x in operands if isinstance(x, Node)]
