"""Kinks: points at which the slopes from two sides differ. There, a second derivative is nan where
the two sides do not share one.

A first derivative is a sum of products, one for each path from the output to an argument. A path
through a kink has a factor that jumps there. So its product has no derivative with respect to what
the other factors depend on. Nor has a product whose factors were computed through a kink. This file
adds marks to first derivatives: nodes whose value is −0 and whose derivatives are nan, so that
exactly those second derivatives become nan.
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
from .node import Node, Operands, edges, number, rules
from .traversal import operands_first

Reached = list[tuple[Node, bool, list[tuple[Node, int, Any]]]]
"""Nodes, operands first: each with whether it is at a kink, and with its operands, their positions,
and when a gradient flows to them.
"""


def kinked(order: Iterable[Node]) -> list[Node]:
    """The nodes whose operation has a kink somewhere."""
    return [node for node in order if (row := node.operation) is not None and row.kink is not None]


def is_at_kink(node: Node) -> bool:
    """Whether the operands of a node are at a kink of its operation."""
    return bool(_at_kink(node, number))


def _at_kink(node: Node, of: Any) -> Any:
    """The rule of the row, applied to what `of` gives for the node and its operands.

    An operand that stands there twice makes no tie: `maximum(x, x)` is x.
    """
    row = node.operation
    if row is None or row.kink is None:
        return False
    xs = node.operands
    if row.arity < 0:
        xs = tuple(dict.fromkeys(xs))
    elif row.arity > 1 and row.followed and isinstance(xs[0], Node) and len({*xs}) == 1:
        return False
    return row.kink(of(node), *map(of, xs))


def beyond(nodes: Iterable[Node]) -> list[Node]:
    """What the nodes at kinks among these depend on, also through branches that are not taken."""
    here = [node for node in kinked(nodes) if is_at_kink(node)]
    return [node for node, _, _ in _reached(here, False)]


def refuse_scans(order: Iterable[Node]) -> None:
    """While a program is recorded: have it recorded without scans, if there is one among these."""
    if any([row is not None and row.structured for node in order for row in (node.operation,)]):
        context.tape().refuse_scans()


def unfold(order: list[Node]) -> bool:
    """Replace the calls of compiled functions that are at a kink by the graphs of these functions;
    whether there were any.
    """
    if context.tape() is not None:
        return False
    calls = [
        node for node in kinked(order) if hasattr(node.operation, "unfold") and is_at_kink(node)
    ]
    for node in calls:
        node.operation.unfold(node)  # type: ignore[union-attr]
    return bool(calls)


class KinkMarks:
    """The marks for the results of one sweep.

    `kinks` are the nodes of the graph whose operations have a kink, `here` those that are at it. A
    mark is a node that adds −0: `unsettled` has derivatives of nan, and `jump` is itself at a kink.
    A recording follows every branch, so there a mark applies under the conditions under which a
    gradient flows.
    """

    def __init__(self, order: Iterable[Node]) -> None:
        order = [*order]
        self.kinks = kinked(order)
        self.here = {node for node in self.kinks if is_at_kink(node)}
        self.recording = context.tape() is not None
        self.results: list[Node] = []
        if self.here and self.recording:
            refuse_scans(order)  # the marks go round by round

    def of_paths(self, output: Node, inputs: Sequence[Node]) -> dict[Node, tuple[Any, Node, Any]]:
        """For each input that a path through a kink reaches: the sum of the marks of these paths,
        the first kink, and when a gradient flows along one of them.
        """
        order = _reached([output], self.recording)
        self.here |= {node for node, at_kink, _ in order if at_kink}
        reach = set(inputs)
        for node, _, ways in order:
            if any([x in reach for x, _, _ in ways]):
                reach.add(node)
        above: dict[Node, list[Any]] = {}
        marks: dict[Node, list[Any]] = {}
        first: dict[Node, Node] = {}
        active: dict[Node, Any] = {output: True}
        through: dict[Node, Any] = {}  # when a gradient flows here through a kink
        found = {}
        for node, at_kink, ways in reversed(order):
            up, mark, flows = _added(above.pop(node, [])), _added(marks.pop(node, [])), active[node]
            if node in first:
                found[node] = mark, first[node], through[node]
            factors = (
                _factors(node, [i for _, i, _ in ways]) if node in reach else [None] * len(ways)
            )
            if at_kink:
                first.setdefault(node, node)
                through[node] = flows
                jumping: Any = jump(_added([x for x, _, _ in ways]))
                unknown = up if self.recording else self.unsettled(up, node)
                mark = _added([mark, _where(flows, _added([unknown, jumping]))])
            for (x, _, taken), factor in zip(ways, factors, strict=True):
                active[x] = _either(active.get(x, False), _both(flows, taken))
                if x in reach:
                    known = self.unsettled(factor, None, flows) if self.recording else factor
                    above.setdefault(x, []).append(_where(taken, _added([up, known])))
                    if (kink := first.get(node)) is not None:
                        first.setdefault(x, kink)
                        piece = self.unsettled(factor, kink, through[node])
                        marks.setdefault(x, []).append(_where(taken, _added([mark, piece])))
                        through[x] = _either(through.get(x, False), _both(through[node], taken))
        return found

    def add(self, results: list[Any], of_paths: list[list[Any]]) -> list[Any]:
        """The results, each with the marks of the paths to it and of the kinks it was computed
        through.
        """
        if self.here:
            with context.entered(in_rule=True):
                for i, marks in enumerate(of_paths):
                    results[i] = sum(marks, start=results[i])
                for i, mark in self._computed_through(results).items():
                    results[i] = results[i] + mark
        if (tape := context.tape()) is not None:
            results = [identity(x) if isinstance(x, Node) else x for x in results]  # type: ignore[call-overload]  # by `_apply`
            self.results = [x for x in results if isinstance(x, Node)]
            tape.sweeps.append(self)
        return results

    def unsettled(self, x: Any, kink: Node | None, when: Any = True) -> Any:
        """A mark whose derivative with respect to this Node is nan, under a condition."""
        if not isinstance(x, Node):
            return None
        mark: Any = unsettled(0.0, x)  # type: ignore[call-overload]  # by `_apply`
        if not self.recording and kink is not None:
            mark.label = _described(kink)
        return _where(when, mark)

    def _computed_through(self, results: Sequence[Any]) -> dict[int, Any]:
        """For the results that were computed through kinks, by position, the marks of the operands
        of these kinks.
        """
        found: dict[Any, Any] = {}
        nodes = [x for x in results if isinstance(x, Node)]
        for node, _, ways in _reached(nodes, self.recording):
            if node.operation is jump and node not in self.here:
                continue  # a mark of this sweep
            below = [_where(taken, found[x]) for x, _, taken in ways if x in found]
            if node in self.here:
                below.append(self.unsettled(_added([x for x, _, _ in ways]), node))
            if below:
                found[node] = _added(below)
        return {i: found[x] for i, x in enumerate(results) if x in found}


def _where(taken: Any, mark: Any) -> Any:
    return mark if taken is True or mark is None else where(taken, mark, -0.0)


def _both(a: Any, b: Any) -> Any:
    return b if a is True else a if b is True else both(a, b)


def _either(a: Any, b: Any) -> Any:
    return True if a is True or b is True else b if a is False else either(a, b)


def _added(xs: Iterable[Any]) -> Any:
    """A Node that depends on all Nodes among xs; None if there are none."""
    nodes = list(dict.fromkeys([x for x in xs if isinstance(x, Node)]))
    return reduce(add, nodes) if nodes else None


def _factors(node: Node, positions: list[int]) -> list[Any]:
    """What the slopes of a node at these positions depend on, at a kink or near it."""
    row, operands = node.operation, node.operands
    if row is not None and row.kink is not None:
        return [_added(operands[row.bends])] * len(positions)
    return rules(row, positions, node, operands)


def _reached(outputs: list[Node], recording: bool) -> Reached:
    """Every node that the outputs depend on. At a kink all operands count: near it, each branch
    may be taken.
    """
    found: dict[Any, Any] = {}

    def followed(node: Any) -> Sequence[Any]:
        if node.__class__ is Operands:
            return node.members
        at_kink, row = is_at_kink(node), node.operation
        conditional = recording and row is not None and row.followed
        ways = [
            (x, i, when)
            for i, (x, p) in enumerate(edges(node))
            if isinstance(x, Node)
            and (when := at_kink or (is_taken(node, i) if conditional else p is not None))
            is not False
        ]
        found[node] = node, at_kink, ways
        return [x for x, _, _ in ways]

    return [found[node] for node in operands_first(Operands(outputs), held=followed)[:-1]]


def is_taken(node: Node, i: int) -> Any:
    """While a program is recorded: whether a gradient flows to operand i, or the condition of the
    program for that.
    """
    row = node.operation
    if row is None or not row.followed or (follows := row.followed[i]) is None:
        return True
    taken = follows(node, *node.operands)
    return taken != 0.0 if taken.__class__ is float else getattr(taken, "node", taken)


def guard(tape: Any, reach: Set[Node]) -> None:
    """Guard the kinks that a derivative of a recorded derivative depends on: the program holds only
    as long as they stay where they were.
    """
    for sweep in list(tape.sweeps):
        if not reach.isdisjoint(sweep.results):
            tape.sweeps.remove(sweep)
            positions = {node: i for i, node in enumerate(tape.nodes)}
            kinks = sorted(sweep.kinks, key=lambda node: positions.get(node, -1))
            each = [_at_kink(node, lambda x: x) for node in kinks]
            each = [getattr(x, "node", x) for x in each if type(x) not in (bool, float)]
            anywhere = each
            while len(anywhere) > 1:  # one guard for all, in as few levels as possible
                pairs = zip(anywhere[::2], anywhere[1::2], strict=False)
                anywhere = [either(a, b) for a, b in pairs] + anywhere[len(anywhere) // 2 * 2 :]
            for condition in anywhere + (each if sweep.here else []):
                tape.guard(condition)


def _described(kink: Node) -> str:
    xs = ", ".join([f"{number(x)!r}" for x in kink.operands[:MOST_OPERANDS]])
    name = getattr(kink.operation, "name", "")
    text = f"the second derivative of {name} at {xs} does not exist: a kink"
    where = kink._note.where if kink._note else ""
    return f"{text}\n  computed at {where}" if where else text
