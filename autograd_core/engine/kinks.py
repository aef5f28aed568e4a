"""Kinks: where two slopes meet, the rules choose one that may be no side's, and what is made of it
is no second derivative.

A first derivative is a sum of products, one for each way from the output to an argument. Where a
way leads through a kink, its product jumps there: it has no derivative by what its other factors
depend on. Neither has a factor by an operand of a kink that it was computed through. This file adds
to first derivatives what makes just those second derivatives nan.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence, Set
from functools import reduce
from operator import add
from typing import Any

from ..primitives.arithmetic import identity, where
from ..primitives.comparisons import both, either
from ..primitives.reductions import jump, unsettled
from . import context
from .anomalies import MOST_OPERANDS
from .node import Node, edges, number, rules

Walk = list[tuple[Node, bool, list[tuple[Node, int, Any]]]]
"""Nodes, operands first: each with whether it is at a kink, and its operands with their places, and
when a gradient flows to them.
"""


def kinked(order: Iterable[Node]) -> list[Node]:
    """The nodes whose operation has a kink anywhere."""
    return [node for node in order if (row := node.operation) is not None and row.kink is not None]


def is_at_kink(node: Node) -> bool:
    return bool(_at_kink(node, number))


def _at_kink(node: Node, of: Any) -> Any:
    """The rule of its row, of the operands as `of` gives them.

    Of one that is there twice there is no tie: `maximum(x, x)` is x.
    """
    row = node.operation
    if row is None or row.kink is None:
        return False
    xs = [x for x, _ in edges(node)]
    if row.arity < 0:
        return row.kink(of(node), *map(of, dict.fromkeys(xs)))
    if row.arity > 1 and row.followed and isinstance(xs[0], Node) and len(set(xs)) == 1:
        return False
    return row.kink(of(node), *map(of, xs))


def beyond(nodes: Iterable[Node]) -> list[Node]:
    """What the nodes at kinks among these depend on, also by what is not followed there."""
    here = [node for node in kinked(nodes) if is_at_kink(node)]
    return [node for node, _, _ in _walk(here, False)]


def unfolded(output: Any, order: list[Node], again: Any) -> list[Node]:
    """The order, in which a compiled function at a kink is replaced by what it stands for."""
    while context.tape() is None and (
        found := [
            node for node in kinked(order) if hasattr(node.operation, "unfold") and is_at_kink(node)
        ]
    ):
        for node in found:
            node.operation.unfold(node)  # type: ignore[union-attr]
        order = again(output)
    return order


class Sweep:
    """One sweep over a graph: `kinks` are its nodes whose operations have a kink, `here` those that
    are at it.

    Its marks are nodes that add −0: `unsettled` with slopes of nan, `jump` to be a kink itself. A
    recording follows every branch, and has them on the conditions on which a gradient flows.
    """

    def __init__(self, order: Iterable[Node]) -> None:
        self.kinks = kinked(order)
        self.here = {node for node in self.kinks if is_at_kink(node)}  # and what lies beyond
        self.recording = context.tape() is not None
        self.results: list[Node] = []

    def marks(self, output: Node, inputs: Sequence[Node]) -> dict[Node, tuple[Any, Node]]:
        """For each input to which a way leads through a kink, the marks of the factors beside the
        slope there and of the kink, added up; and the kink to blame.
        """
        order = _walk([output], self.recording)
        self.here |= {node for node, at_kink, _ in order if at_kink}
        reach = set(inputs)
        reach |= {node for node, _, ways in order if _leads(node, ways, reach)}
        above: dict[Node, list[Any]] = {}
        marks: dict[Node, list[Any]] = {}
        blamed: dict[Node, Node] = {}
        active: dict[Node, Any] = {output: True}
        found = {}
        for node, at_kink, ways in reversed(order):
            up, mark, flows = _added(above.pop(node, [])), _added(marks.pop(node, [])), active[node]
            if node in blamed:
                found[node] = mark, blamed[node]
            factors = _factors(node, [i for _, i, _ in ways], node in reach)
            if at_kink:
                blamed.setdefault(node, node)
                jumping: Any = jump(_added([x for x, _, _ in ways]))
                unknown = up if self.recording else self.unsettled(up, node)
                mark = _added([mark, _where(flows, _added([unknown, jumping]))])
            for (x, _, taken), factor in zip(ways, factors, strict=True):
                active[x] = _either(active.get(x, False), _both(flows, taken))
                if x in reach:
                    kink = blamed.get(node)
                    piece = _where(flows, self.unsettled(factor, kink))
                    known = piece if self.recording else factor
                    above.setdefault(x, []).append(_where(taken, _added([up, known])))
                    if kink is not None:
                        marks.setdefault(x, []).append(_where(taken, _added([mark, piece])))
                        blamed.setdefault(x, kink)
        return found

    def marked(self, results: list[Any], ways: list[list[Any]]) -> list[Any]:
        """The results, each with the marks of the ways that lead to it, and of the kinks that it
        was computed through.
        """
        if self.here:
            with context.entered(in_rule=True):
                for i, own in enumerate(ways):
                    for mark in own:
                        results[i] = results[i] + mark
                for i, mark in self._computed_through(results).items():
                    results[i] = results[i] + mark
        if (tape := context.tape()) is not None:
            results = [identity(x) if isinstance(x, Node) else x for x in results]  # type: ignore[call-overload]  # by `_apply`
            self.results = [x for x in results if isinstance(x, Node)]
            tape.sweeps.append(self)
        return results

    def unsettled(self, x: Any, kink: Node | None) -> Any:
        """A mark whose derivative by this Node is nan."""
        if not isinstance(x, Node):
            return None
        mark: Any = unsettled(0.0, x)  # type: ignore[call-overload]  # by `_apply`
        if not self.recording and kink is not None:
            mark.label = _described(kink)
        return mark

    def _computed_through(self, results: Sequence[Any]) -> dict[int, Any]:
        """For the results that were computed through kinks, the marks of the operands of these,
        added up.
        """
        found: dict[Any, Any] = {}
        for node, _, ways in _walk([x for x in results if isinstance(x, Node)], self.recording):
            if node.operation is jump and node not in self.here:
                continue  # a mark of this sweep
            below = [_where(taken, found[x]) for x, _, taken in ways if x in found]
            if node in self.here:
                below.append(self.unsettled(_added([x for x, _, _ in ways]), node))
            if below:
                found[node] = _added(below)
        return {i: found[x] for i, x in enumerate(results) if x in found}


def _leads(node: Node, ways: list[tuple[Node, int, Any]], reach: set[Node]) -> bool:
    if leads := any(x in reach for x, _, _ in ways):
        reach.add(node)
    return leads


def _where(taken: Any, mark: Any) -> Any:
    return mark if taken is True or mark is None else where(taken, mark, -0.0)


def _both(a: Any, b: Any) -> Any:
    return b if a is True else a if b is True else both(a, b)


def _either(a: Any, b: Any) -> Any:
    return True if a is True or b is True else b if a is False else either(a, b)


def _added(xs: Iterable[Any]) -> Any:
    """A Node that depends on all these Nodes; None for none."""
    nodes = list(dict.fromkeys([x for x in xs if isinstance(x, Node)]))
    return reduce(add, nodes) if nodes else None


def _factors(node: Node, places: list[int], wanted: bool) -> list[Any]:
    """What each of these slopes of a node depends on, at a kink those beside it."""
    if not wanted:
        return [None] * len(places)
    operands = [x for x, _ in edges(node)]
    row = node.operation
    if row is not None and row.kink is not None:
        return [_added(operands[row.bends])] * len(places)
    return rules(row, places, node, operands)


def _walk(outputs: list[Node], recording: bool) -> Walk:
    """Every node that the outputs depend on. At a kink all operands count: what is not followed
    there may be so beside it.
    """
    order: Walk = []
    seen: set[Node] = set()
    pending: list[Any] = [*outputs]
    while pending:
        node = pending.pop()
        if node.__class__ is tuple:
            order.append(node)
        elif node not in seen:
            seen.add(node)
            at_kink, ways = is_at_kink(node), edges(node)
            taken = [True] * len(ways) if at_kink else _taken(node, ways, recording)
            own = [
                (x, i, when)
                for i, ((x, _), when) in enumerate(zip(ways, taken, strict=True))
                if when is not False and isinstance(x, Node)
            ]
            pending.append((node, at_kink, own))
            pending += [x for x, _, _ in own if x not in seen]
    return order


def _taken(node: Node, ways: list[tuple[Any, Any]], recording: bool) -> list[Any]:
    """When a gradient flows to the operands: where a program is recorded, conditions of it."""
    row = node.operation
    if not recording or row is None or not row.followed:
        return [p is not None for _, p in ways]
    xs = [x for x, _ in ways]
    found = [True if follows is None else follows(node, *xs) for follows in row.followed]
    return [x != 0.0 if x.__class__ is float else getattr(x, "node", x) for x in found]


def guard(tape: Any, reach: Set[Node]) -> None:
    """A derivative of a recorded derivative holds for as long as its kinks stay where they
    were: those become guards.
    """
    for sweep in list(tape.sweeps):
        if not reach.isdisjoint(sweep.results):
            tape.sweeps.remove(sweep)
            places = {node: i for i, node in enumerate(tape.nodes)}
            kinks = sorted(sweep.kinks, key=lambda node: places.get(node, -1))
            each = [_at_kink(node, lambda x: x) for node in kinks]
            anywhere = [x for x in each if type(x) not in (bool, float)]
            while len(anywhere) > 1:  # one guard for all, level by level
                pairs = zip(anywhere[::2], anywhere[1::2], strict=False)
                anywhere = [a | b for a, b in pairs] + anywhere[len(anywhere) // 2 * 2 :]
            conditions = anywhere + (each if sweep.here else [])
            for condition in conditions:
                if type(condition) not in (bool, float):
                    tape.guard(getattr(condition, "node", condition))


def _described(kink: Node) -> str:
    xs = ", ".join([f"{number(x)!r}" for x, _ in edges(kink)][:MOST_OPERANDS])
    where = kink._note.where if kink._note else ""
    text = (
        f"the second derivative of {getattr(kink.operation, 'name', '')} at {xs} does not "
        "exist: a kink"
    )
    return f"{text}\n  computed at {where}" if where else text
