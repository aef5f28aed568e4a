"""Long sums written with +: their additions share one card, with a row for each term."""

from __future__ import annotations

from collections import Counter
from collections.abc import Container, Mapping, Sequence
from typing import Any, NamedTuple

from ...engine.node import Node, edges
from ...primitives.arithmetic import add

NODES = 20_000
"""Up to how many nodes sums are looked for."""


class LongSum(NamedTuple):
    """The terms of a sum, each with its derivative as `edges` gives them, and the additions that
    share the card of the last one.
    """

    terms: list[tuple[Any, float | None]]
    inner: list[Node]


def long_sums(forward: Sequence[Node], kept: Container[Node], most: int) -> dict[Node, LongSum]:
    """The sums of more than so many terms, by their last additions.

    An addition without a label whose only user is another addition is a part of that one's sum. The
    derivative of a sum by a term is 1: gradients and contributions stay what they were.
    """
    if len(forward) > NODES:
        return {}
    uses = Counter(x for node in forward for x in node.operands if isinstance(x, Node))
    found: dict[Node, LongSum] = {}
    for node in forward:
        if node.operation is not add:
            continue
        terms: list[tuple[Any, float | None]] = []
        inner: list[Node] = []
        for x, partial in edges(node):
            absorbed = isinstance(x, Node) and x.operation is add and uses[x] == 1
            if (
                absorbed
                and not x.label
                and x not in kept
                and (partial, x.group) == (1.0, node.group)
            ):
                below = found.pop(x)
                if len(below.terms) > len(terms):  # the longer list grows: a chain costs no square
                    below.terms[:0] = terms
                    below.inner.extend(inner)
                    terms, inner = below
                else:
                    terms.extend(below.terms)
                    inner.extend(below.inner)
                inner.append(x)
            else:
                terms.append((x, partial))
        found[node] = LongSum(terms, inner)
    return {node: one for node, one in found.items() if len(one.terms) > most}


def operands_of(node: Node, sums: Mapping[Node, LongSum]) -> tuple[Any, ...]:
    """The operands of a node, of a long sum its terms."""
    return tuple([x for x, _ in sums[node].terms]) if node in sums else node.operands
