"""Which part of a graph is drawn: the options, the nodes they choose, the products of a dot that get a row."""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Container, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ..modes import Group
from ..node import Node, edges
from ..primitives import Reduction


@dataclass(frozen=True)
class Options:
    """What of the graph is drawn: constants or not, `steps` around the focus or all, how many products of a dot,
    the names of the groups that are folded into one card each."""

    constants: bool = True
    focus: tuple[Node, ...] = ()
    steps: int = 2
    terms: int = 8
    fold: tuple[str, ...] = ()
    limit: int = 150


def folds(member: Mapping[Node, Group], fold: Sequence[str]) -> dict[Node, Group]:
    """For the nodes of the groups to fold, the outermost such group. A group is meant by its name or its path."""
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
            raise ValueError(f"fold names groups of the graph ({', '.join(sorted(known)) or 'it has none'}), got {name!r}")
    return {node: outermost[group] for node, group in member.items() if group in outermost}


def visible(value: Node, forward: Sequence[Node], options: Options, folded: Mapping[Node, Group]) -> list[Node] | None:
    """The nodes to draw, in forward order; None where there are more than the limit and no focus."""
    users: dict[Node, list[Node]] = {}
    for node in forward if options.focus else ():
        for x, _ in edges(node):
            if isinstance(x, Node):
                users.setdefault(x, []).append(node)
    found = dict.fromkeys(options.focus or (value,), 0)
    count = len(found)
    queue = deque(found)
    while queue:
        node = queue.popleft()
        if options.focus and found[node] == options.steps:
            continue
        for x in (*_shown_operands(node, options, node in folded), *users.get(node, ())):
            if x not in found and (options.constants or x.role != "constant"):
                count += x not in folded
                if count > options.limit:
                    if not options.focus:
                        return None
                    queue.clear()
                    break
                found[x] = found[node] + 1
                queue.append(x)
    return [node for node in forward if node in found]


Product = tuple[int, ...]


def products(node: Node, preferred: Container[Node], most: int) -> tuple[list[Product], list[Product]]:
    """The positions of the operands of each product of a dot (each term of a sum): those with a row, and the rest.

    Beyond `most` those with a preferred operand go first, then the largest.
    """
    operands = [x for x, _ in edges(node)]
    if not isinstance(node.operation, Reduction):
        return [(i,) for i in range(len(operands))], []
    count = len(operands) // 2 if node.operation.name == "dot" else len(operands)
    every: list[Product] = [tuple(range(i, len(operands), count)) for i in range(count)]
    if count <= most:
        return every, []

    def important(at: Product) -> tuple[bool, float]:
        return involves(operands, at, preferred), abs(product(operands, at))

    chosen = set(sorted(every, key=important, reverse=True)[:most])
    return [at for at in every if at in chosen], [at for at in every if at not in chosen]


def involves(operands: Sequence[Any], at: Product, nodes: Container[Node]) -> bool:
    return any(isinstance(operands[i], Node) and operands[i] in nodes for i in at)


def product(operands: Sequence[Any], at: Iterable[int]) -> float:
    return math.prod(plain(operands[i]) for i in at)


def plain(x: Any) -> float:
    return x._data if isinstance(x, Node) else float(x)


def _shown_operands(node: Node, options: Options, folded: bool) -> list[Node]:
    operands = [x for x, _ in edges(node)]
    if not folded:
        shown, _ = products(node, set(options.focus), options.terms)
        operands = [operands[i] for at in shown for i in at]
    return [x for x in operands if isinstance(x, Node)]
