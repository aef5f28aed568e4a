"""Kinks: where two slopes meet, the rules choose one that may be no side's, and what is made of it
is no second derivative.

A second derivative sums products of slopes: of an operation that bends, by two ways, one to each
argument. Where a way leads through a kink, the product is wrong unless nothing along it bends. This
file finds the pairs of arguments for which that may be so; the derivative by the one is then given
no derivative by the other, which makes it nan.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence, Set
from typing import Any

from ..primitives.arithmetic import identity
from ..primitives.reductions import unsettled
from . import context
from .anomalies import MOST_OPERANDS
from .node import Node, edges, number, rules

Doubts = dict[int, tuple[int, Node]]
"""For arguments by their places: by which the next derivative is not known, a bit for each
place; and the kink to blame.
"""


def kinked(order: Iterable[Node]) -> list[Node]:
    """The nodes whose operation has a kink anywhere."""
    return [node for node in order if (row := node.operation) is not None and row.kink is not None]


def is_at_kink(node: Node) -> bool:
    row = node.operation
    if row is None or row.kink is None:
        return False
    if row.arity == 1:  # a fast path
        return bool(row.kink(node._number, number(node._da if node._a is None else node._a)))
    return bool(row.kink(node._number, *[number(x) for x, _ in edges(node)]))


def doubts(output: Node, inputs: Sequence[Node], selections: list[Node] | None = None) -> Doubts:
    """Of every two inputs, whether a kink leaves the second derivative of the output by them open.

    The nodes are walked twice: up, for the inputs that each depends on; and down, for those that
    its gradient depends on, and those of which a product with the slope at a kink is made. Bits
    stand for inputs. `selections` takes the nodes that select.
    """
    order = _through_kinks(output, selections)
    below = {x: 1 << i for i, x in enumerate(inputs)}
    for node, _, ways in order:
        for x, _ in ways:
            below[node] = below.get(node, 0) | below.get(x, 0)
    gradient: dict[Node, int] = {output: 0}
    doubtful: dict[Node, tuple[int, Node]] = {}
    for node, at_kink, ways in reversed(order):
        ways = [(x, i) for x, i in ways if below.get(x)]
        for (x, _), bend in zip(
            ways, _bends(node, [i for _, i in ways], below, selections), strict=True
        ):
            gradient[x] = gradient.get(x, 0) | gradient[node] | bend
            bits, kink = doubtful.get(node, (0, node))
            if at_kink:
                bits |= gradient[node]
            if at_kink or node in doubtful:
                before, blamed = doubtful.get(x, (0, kink))
                doubtful[x] = before | bits | bend, blamed
    return _symmetric({i: doubtful[x] for i, x in enumerate(inputs) if x in doubtful})


def _through_kinks(
    output: Node, selections: list[Node] | None
) -> list[tuple[Node, bool, list[tuple[Node, int]]]]:
    """Every node that the output depends on, operands first: whether it is at a kink, and its
    operands with their places.

    At a kink all operands count: what is not followed there may be so beside it.
    """
    order: list[tuple[Node, bool, list[tuple[Node, int]]]] = []
    seen: set[Node] = set()
    pending: list[Any] = [output]
    while pending:
        node = pending.pop()
        if node.__class__ is tuple:
            order.append(node)
        elif node not in seen:
            seen.add(node)
            at_kink, ways = is_at_kink(node), edges(node)
            taken = [True] * len(ways) if at_kink else _followed(node, ways, selections)
            own = [
                (x, i)
                for i, ((x, _), follows) in enumerate(zip(ways, taken, strict=True))
                if follows and isinstance(x, Node)
            ]
            pending.append((node, at_kink, own))
            pending += [x for x, _ in own if x not in seen]
    return order


def _followed(node: Node, ways: list[tuple[Any, Any]], selections: list[Node] | None) -> list[bool]:
    """To which operands a gradient flows; a recording follows every branch, so there the
    numbers say.
    """
    row = node.operation
    if selections is None or row is None or not row.followed:
        return [p is not None for _, p in ways]
    selections.append(node)
    xs = [number(x) for x, _ in ways]
    return [follows is None or bool(follows(node._number, *xs)) for follows in row.followed]


def _bends(
    node: Node, places: list[int], below: dict[Node, int], selections: list[Node] | None
) -> list[int]:
    """The inputs that each of these slopes of a node depends on, at a kink those beside it."""
    operands = [x for x, _ in edges(node)]
    row = node.operation
    if row is not None and row.kink is not None:
        return [_bits(operands[row.bends], below, selections)] * len(places)
    return [_bits([partial], below, selections) for partial in rules(row, places, node, operands)]


def _bits(found: list[Any], below: dict[Node, int], selections: list[Node] | None) -> int:
    """The inputs that some operands or slopes depend on."""
    bits, seen, pending = 0, set(), list(found)
    while pending:
        x = pending.pop()
        if x in below:
            bits |= below[x]
        elif isinstance(x, Node) and x not in seen:
            seen.add(x)
            ways = edges(x)
            pending += [
                operand
                for (operand, _), follows in zip(ways, _followed(x, ways, selections), strict=True)
                if follows
            ]
    return bits


def _symmetric(found: Doubts) -> Doubts:
    """The same for either order of the two derivatives."""
    both = {i: (bits, kink) for i, (bits, kink) in found.items() if bits}
    for i, (bits, kink) in list(both.items()):
        for j in _places(bits):
            before, blamed = both.get(j, (0, kink))
            both[j] = before | 1 << i, blamed
    return both


def _places(bits: int) -> list[int]:
    return [i for i in range(bits.bit_length()) if bits >> i & 1]


class Sweep:
    """A sweep by some inputs through nodes with kinks, anywhere or here; and what of it a
    recording takes for granted.
    """

    def __init__(self, inputs: Sequence[Node], kinks: list[Node]) -> None:
        self.inputs, self.kinks = inputs, kinks
        self.selections: list[Node] = []
        self.results: list[Node] = []

    def marks(self, output: Node) -> dict[int, Node]:
        """What to add to the derivatives by these inputs: −0 with a slope of nan by those by
        which the next is not known.
        """
        if not any(map(is_at_kink, self.kinks)):
            return {}
        recording = context.tape() is not None
        with context.entered(in_rule=True):
            found = doubts(output, self.inputs, self.selections if recording else None)
        made: dict[int, Any] = {}
        for bits, kink in found.values():
            if bits not in made:
                operands: list[Any] = [self.inputs[i] for i in _places(bits)]
                made[bits] = unsettled(0.0, *operands)
                if not recording:
                    made[bits].label = _described(kink)
        return {i: made[bits] for i, (bits, _) in found.items()}

    def kept(self, results: list[Any]) -> list[Any]:
        """The results, which a recording must know again: under names of their own."""
        if (tape := context.tape()) is not None:
            results = [identity(x) if isinstance(x, Node) else x for x in results]  # type: ignore[call-overload]  # by `_apply`
            self.results = [x for x in results if isinstance(x, Node)]
            tape.sweeps.append(self)
        return results


def guard(tape: Any, order: Set[Node], reach: Set[Node]) -> None:
    """A derivative of a recorded derivative holds for as long as its kinks stay where they
    were: those become guards.
    """
    for sweep in list(tape.sweeps):
        if not order.isdisjoint(sweep.results) and not reach.isdisjoint(sweep.inputs):
            tape.sweeps.remove(sweep)
            conditions = [_rule(node)(node, *[x for x, _ in edges(node)]) for node in sweep.kinks]
            apart = any(map(is_at_kink, sweep.kinks))
            while len(conditions) > 1 and not apart:  # one guard for all, level by level
                pairs = zip(conditions[::2], conditions[1::2], strict=False)
                conditions = [a | b for a, b in pairs] + conditions[len(conditions) // 2 * 2 :]
            for node in sweep.selections:
                rows = [
                    follows
                    for follows in getattr(node.operation, "followed", ())
                    if follows is not None
                ]
                conditions += [follows(node, *[x for x, _ in edges(node)]) for follows in rows]
            for condition in conditions:
                if type(condition) not in (bool, float):
                    tape.guard(getattr(condition, "node", condition))


def _rule(node: Node) -> Any:
    return getattr(node.operation, "kink", None)


def _described(kink: Node) -> str:
    xs = ", ".join([f"{number(x)!r}" for x, _ in edges(kink)][:MOST_OPERANDS])
    where = kink._note.where if kink._note else ""
    text = (
        f"the second derivative of {getattr(kink.operation, 'name', '')} at {xs} does not "
        "exist: a kink"
    )
    return f"{text}\n  computed at {where}" if where else text
