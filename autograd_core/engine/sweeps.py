"""The graph and its sweeps: topological order, the backward sweep on floats, the sweeps of any
order.

This file knows no operation. It multiplies local derivatives, and adds where paths meet.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Container, Iterable, Sequence
from itertools import repeat
from operator import attrgetter
from typing import Any

from ..errors import GraphError
from ..primitives.arithmetic import where
from . import context
from .anomalies import check_accumulation, check_gradient, check_gradients_of_sweep, check_tangent
from .kinks import Sweep, guard, unfolded
from .node import Node, Operands, edges, number
from .traversal import sweeping

ZERO = 0.0


def topological_order(output: Node) -> list[Node]:
    """`output` and every node to which a gradient flows from it, each before those that it
    flows to; the ends come last.
    """
    with sweeping:
        order, ends, _ = _order(output)
    order.reverse()
    return [node for node in order if node.__class__ is not Operands] + ends


def _order(output: Node) -> tuple[list[Any], list[Node], list[Operands]]:
    """The nodes through which a gradient flows, Operands among them, each behind those that it
    flows to; the ends; the Operands.

    Ends are nodes from which no gradient flows on: leaves, and results of branches that were not
    taken. Depth first, without recursion. What was seen has in its scratch the one float object
    made here. It is -0.0, the neutral element of addition also for the sign of a zero: so the sweep
    can add to it as it stands. `path` holds the nodes that come into the order when their operands
    have come; a None in it stands for the last of `waiting`, which is to be looked at then.
    """
    seen = -ZERO
    order: list[Any] = []
    ends: list[Node] = []
    many: list[Operands] = []
    path: list[Any] = []
    waiting: list[Any] = []
    emit, push, pop = order.append, path.append, path.pop
    node: Any = output
    while True:
        node._adjoint = seen
        below = node._a
        if below is not None and below._adjoint is not seen:
            push(node)
            node = below
            continue
        below = node._b
        if below is not None:
            if below._adjoint is not seen:
                push(node)
                node = below
                continue
            emit(node)
        elif node._a is not None:
            emit(node)
        elif node.__class__ is not Operands:
            ends.append(node)
        else:
            many.append(node)
            push(node)
            for x in reversed(node.flowing):
                if x.__class__ is not float and x._adjoint is not seen:
                    if x._a is None and x._b is None:  # an end: a shortcut
                        x._adjoint = seen
                        ends.append(x)
                    else:
                        waiting.append(x)
                        push(None)
        while path:
            node = pop()
            if node is None:
                node = waiting.pop()
                if node._adjoint is not seen:
                    break
                continue
            below = node._b
            if below is not None and below._adjoint is not seen:
                push(node)
                node = below
                break
            emit(node)
        else:
            return order, ends, many


def _sweep(output: Node, seed: float) -> tuple[list[Any], list[Node]]:
    """Leave ∂output/∂node · seed in the scratch of every node: the chain rule, users before
    operands.

    Gives the nodes that the sweep went through, Operands among them, and those in which it ended.
    """
    order, ends, many = _order(output)
    output._adjoint = seed
    if many:
        _sweep_with_operands(order, many)
    else:
        for node in reversed(order):
            a, b = node._a, node._b
            if a is not None:
                a._adjoint += node._adjoint * node._da
            if b is not None:
                b._adjoint += node._adjoint * node._db
    if context.active and _watching():
        check_gradients_of_sweep(_as_swept(order, ends))
    return order, ends


def _watching() -> bool:
    return context.current.get().anomalies  # type: ignore[no-any-return]


def _sweep_with_operands(order: list[Any], many: list[Operands]) -> None:
    """The same where some operands are Operands, which keep what arrives until it is their turn."""
    for operands in many:
        operands._adjoint, operands._partials = [], []
    for node in reversed(order):
        g, a, b = node._adjoint, node._a, node._b
        if a is not None:
            if a.__class__ is Operands:
                a._adjoint.append(g)
                a._partials.append(node._da)
            else:
                a._adjoint += g * node._da
        if b is not None:
            if b.__class__ is Operands:
                b._adjoint.append(g)
                b._partials.append(node._db)
            else:
                b._adjoint += g * node._db
        elif a is None:
            node.scatter()  # only Operands: ends are not in the order


def _as_swept(order: list[Any], ends: list[Node]) -> list[Any]:
    """The nodes in the order in which the sweep completed their gradients."""
    left, found = set(ends), []
    for node in order:
        targets = node.flowing if node.__class__ is Operands else (node._a, node._b)
        for x in targets:
            if x.__class__ is not float and x in left:
                left.remove(x)
                found.append(x)
        found.append(node)
    return [*reversed(found), *left]


def backward(output: Node, seed: float) -> None:
    """Add to `.grad` of every leaf, and set `.grad` of every other node: of all of them, or
    where interrupted of none.
    """
    if output._da is None:
        raise GraphError(
            "backward() needs a value that was computed from others, but this one is a leaf: "
            "nothing was recorded for it. "
            "Call it on a result (the loss), or was the result computed under no_grad() or "
            "detached?"
        )
    with sweeping:
        order, ends = _sweep(output, seed)
        if context.active and _watching():
            check_accumulation(ends)
        for leaf in ends:
            if leaf._da is None and leaf._gradient is not None:
                leaf._adjoint += leaf._gradient
        try:
            for node in order:
                node._gradient = node._adjoint
            for node in ends:
                node._gradient = node._adjoint
        # Ctrl-C: what was begun is completed first, by a loop without bytecode, which nothing
        # interrupts
        except BaseException:
            nodes = order + ends
            deque(
                map(setattr, nodes, repeat("_gradient"), map(attrgetter("_adjoint"), nodes)),
                maxlen=0,
            )
            raise


def adjoints(output: Node, inputs: Sequence[Node]) -> tuple[list[float], list[Node]]:
    """∂output/∂input for each input, from the recorded partials, and the nodes without
    operands; no `.grad` is written.
    """
    with sweeping:
        for x in inputs:
            x._adjoint = 0.0
        _, ends = _sweep(output, 1.0)
        return [x._adjoint for x in inputs], ends


def differentiate(
    output: Node, inputs: Sequence[Node], seed: Any = 1.0, *, final: bool = False
) -> list[Any]:
    """∂output/∂input for each input as Nodes, which can be differentiated again (0.0 where there is
    no path).

    Those that are `final` will not be: so it does not matter where a kink would leave the next
    derivative open.
    """
    order = unfolded(output, topological_order(output), topological_order)
    reach = _reaching(order, inputs)
    found: dict[Node, Any] = {output: seed}
    tape = context.tape()
    if tape is not None:
        tape.forward_ends()
        guard(tape, reach)
    active: dict[Node, Any] = {}
    watching = _watching() and tape is None
    for node in order:
        g = found.get(node) if node in reach else None
        if g is not None:
            if watching:
                check_gradient(node, number(g))
            for operand, partial, taken in _symbolic(node, reach, tape is not None):
                share = _times(g, partial)
                if tape is not None and (taken is not True or tape.strict):
                    share = tape.masked(node, operand, share, taken, active)
                found[operand] = found[operand] + share if operand in found else share
    results = [found.get(x, 0.0) for x in inputs]
    sweep = Sweep([] if final else order)
    if not sweep.kinks:
        return results
    marks = sweep.marks(output, inputs) if sweep.here else {}
    return sweep.marked(results, [[marks[x][0]] if x in marks else [] for x in inputs])


def pushforward(
    outputs: Sequence[Any], inputs: Sequence[Node], directions: Sequence[Any], symbolic: bool
) -> list[Any]:
    """Σ ∂output/∂input · direction for each output, by one forward sweep."""
    recording = context.tape() is not None
    watching = context.active and _watching() and not recording
    moved: dict[Any, Any] = dict(zip(inputs, directions, strict=True))
    nodes = [y for y in outputs if isinstance(y, Node)]
    order = order_of_all(nodes)
    if symbolic:
        order = unfolded(nodes, order, order_of_all)
    for node in reversed(order):
        if node in moved:
            continue
        known = [
            (i, x, p) for i, (x, p) in enumerate(edges(node), 1) if p is not None and x in moved
        ]
        if watching:
            check_tangent(node, [(i, x, p, number(moved[x])) for i, x, p in known])
        if symbolic:
            shares = [
                (_times(moved[x], p), taken) for x, p, taken in _symbolic(node, moved, recording)
            ]
            terms = [
                share if taken is True else where(taken, share, 0.0) for share, taken in shares
            ]
        else:
            terms = [_times(moved[x], p) for _, x, p in known]
        if terms:
            moved[node] = sum(terms[1:], start=terms[0])
    results = [moved.get(y, 0.0) if isinstance(y, Node) else 0.0 for y in outputs]
    if not symbolic:
        return results
    if recording:
        guard(context.tape(), set(moved))
    sweep = Sweep(order)
    return (
        sweep.marked(results, _marks(sweep, outputs, inputs, directions))
        if sweep.kinks
        else results
    )


def _marks(
    sweep: Sweep, outputs: Sequence[Any], inputs: Sequence[Node], directions: Sequence[Any]
) -> list[list[Any]]:
    """For each output the marks of the ways to it, of which the direction is a factor more."""
    found: list[list[Any]] = [[] for _ in outputs]
    for k, y in enumerate(outputs):
        marks = sweep.marks(y, inputs) if sweep.here and isinstance(y, Node) else {}
        for x, direction in zip(inputs, directions, strict=True):
            if x in marks and (isinstance(direction, Node) or direction != 0.0):
                found[k].append(marks[x][0])
                if isinstance(direction, Node):
                    found[k].append(sweep.unsettled(direction, marks[x][1]))
    return found


def order_of_all(outputs: list[Node]) -> list[Node]:
    """The topological order of several outputs: that of a node for the moment, which has them
    all as operands.
    """
    together = Node()
    together._origin = together._b = None
    together._a = Operands(outputs)
    return topological_order(together)[1:] if outputs else []


def _reaching(order: list[Node], inputs: Iterable[Node]) -> set[Node]:
    """The nodes of the order from which a path leads to one of the inputs."""
    reach = set(inputs)
    for node in reversed(order):
        a, b = node._a, node._b
        if (
            a in reach
            or b in reach
            or (
                Operands in (a.__class__, b.__class__)
                and any([p is not None and x in reach for x, p in edges(node)])
            )
        ):
            reach.add(node)
    return reach


def _symbolic(node: Node, reach: Container[Node], recording: bool) -> list[tuple[Node, Any, Any]]:
    """The operands that lead to an input, each with its partial derivative as a Node, and when
    a gradient flows to it.
    """
    if recording or not (context.active and _watching()):
        return _by_rules(node, reach, recording)
    with context.entered(in_rule=True):
        return _by_rules(node, reach, recording)


def _by_rules(node: Node, reach: Container[Node], recording: bool) -> list[tuple[Node, Any, Any]]:
    """The same, from the table.

    The table evaluated anew must give what was recorded: else a `.data` was changed since. Where a
    program is recorded, "when" is a condition of the program.
    """
    known = edges(node)
    row = node.operation
    if row is None:
        return []
    operands = [x for x, _ in known]
    if not recording:
        numbers = [number(x) for x in operands]
        _compare_with_recorded(node, "value", node._number, row.compute(*numbers))
    every = row.partials[0](node, *operands) if row.arity < 0 else None
    found = []
    for i, (operand, recorded) in enumerate(known):
        if recorded is None or operand not in reach:
            continue
        partial = row.partials[i](node, *operands) if every is None else every[i]
        taken: Any = True
        if not recording:
            _compare_with_recorded(node, "partial derivative", recorded, partial)
        elif row.followed and (follows := row.followed[i]) is not None:
            taken = follows(node, *operands)
            if taken.__class__ is float:  # a condition that is a plain number
                taken = taken != 0.0
        if taken is not False:
            found.append((operand, partial, taken))
    return found


def _compare_with_recorded(node: Node, what: str, recorded: float, anew: Any) -> None:
    now = number(anew)
    if now != recorded and not (now != now and recorded != recorded):
        raise GraphError(
            f"a derivative of higher order needs the numbers that {node.operation!r} was computed "
            "from, but .data was "
            f"changed since (its {what} was {recorded!r}, now it would be {now!r}); compute the "
            "result anew"
        )


def _times(g: Any, partial: Any) -> Any:
    """g · partial, without a node for a factor of one."""
    if partial.__class__ is float and partial == 1.0:  # g * 1 -> g
        return g
    if g.__class__ is float and g == 1.0:  # 1 * p -> p
        return partial
    return g * partial
