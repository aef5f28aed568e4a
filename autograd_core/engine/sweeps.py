"""The sweeps over a graph: topological order, the backward sweep on floats, and the sweeps whose
results can be differentiated again.

This file knows no operation. It multiplies local derivatives, and adds where paths meet.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Container, Iterable, Sequence
from itertools import repeat
from operator import attrgetter
from typing import Any

from ..errors import GraphError
from . import context
from .anomalies import (
    check_accumulation,
    check_gradient,
    check_gradients_of_sweep,
    check_tangent,
    detecting,
)
from .kinks import KinkMarks, guard, is_taken, refuse_scans, unfold
from .node import Node, Operands, edges, number
from .traversal import sweeping

ZERO = 0.0


def topological_order(*outputs: Node) -> list[Node]:
    """The outputs and every node to which a gradient flows from them, each before its operands. The
    ends, from which no gradient flows on, come last.
    """
    root = outputs[0] if len(outputs) == 1 else Operands(outputs)
    with sweeping:
        order, ends, _ = _order(root)
    order.reverse()
    return [node for node in order if node.__class__ is not Operands] + ends


def _order(output: Node | Operands) -> tuple[list[Any], list[Node], list[Operands]]:
    """The nodes through which a gradient flows, Operands included, operands first; the ends; the
    Operands.

    Ends are the nodes from which no gradient flows on: leaves, and results of branches not taken.
    The walk is depth first, without recursion. A node that was seen has in its scratch the one
    float object made here. That is -0.0, the neutral element of addition also for the sign of a
    zero, so that the sweep can add to it. `path` holds the nodes whose operands come before them
    in the order. A None in it stands for the last of `waiting`, which is visited next.
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
    """Leave ∂output/∂node · seed in the scratch of every node, by the chain rule.

    Returns the nodes through which the sweep went, Operands included, and the ends.
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
    if detecting():
        check_gradients_of_sweep(_as_swept(order, ends))
    return order, ends


def _sweep_with_operands(order: list[Any], many: list[Operands]) -> None:
    """The same for a graph with Operands, which collect what arrives until their turn."""
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
            node.scatter()  # Operands: ends are not in the order


def _as_swept(order: list[Any], ends: list[Node]) -> list[Any]:
    """The nodes in the order in which the sweep has completed their gradients."""
    left, found = dict.fromkeys(ends), []
    for node in order:
        targets = node.flowing if node.__class__ is Operands else (node._a, node._b)
        for x in targets:
            if x in left:
                del left[x]
                found.append(x)
        found.append(node)
    return [*reversed(found), *left]


def backward(output: Node, seed: float) -> None:
    """Add to `.grad` of every leaf, and set `.grad` of every other node.

    An interrupt, as by Ctrl-C, changes all of them or none.
    """
    if output._da is None:
        raise GraphError(
            "backward() needs a value that was computed from others, but this one is a leaf: "
            "nothing was recorded for it. Call it on a result (the loss), or was the result "
            "computed under no_grad() or detached?"
        )
    with sweeping:
        order, ends = _sweep(output, seed)
        if detecting():
            check_accumulation(ends, output)
        for leaf in ends:
            if leaf._da is None and leaf._gradient is not None:
                leaf._adjoint += leaf._gradient
        try:
            for nodes in (order, ends):
                for node in nodes:
                    node._gradient = node._adjoint
        # Ctrl-C: complete the assignments first, by a loop without bytecode, which nothing
        # interrupts.
        except BaseException:
            nodes = order + ends
            deque(
                map(setattr, nodes, repeat("_gradient"), map(attrgetter("_adjoint"), nodes)),
                maxlen=0,
            )
            raise


def adjoints(
    output: Node, inputs: Sequence[Node], seed: float = 1.0, unreached: Any = 0.0
) -> tuple[list[Any], list[Node]]:
    """∂output/∂input · seed for each input, from the recorded partials (`unreached` where no
    gradient arrives), and the ends of the sweep. No `.grad` is written.
    """
    with sweeping:
        for x in inputs:
            x._adjoint = unreached
        _, ends = _sweep(output, seed)
        return [x._adjoint for x in inputs], ends


def differentiate(
    output: Node, inputs: Sequence[Node], seed: Any = 1.0, *, final: bool = False
) -> list[Any]:
    """∂output/∂input · seed for each input, as Nodes that can be differentiated again; 0.0 where
    there is no path.

    `final` results are not differentiated again, so they need no marks of kinks.
    """
    order = _unfolded(output)
    reach = _reaching(order, inputs)
    found: dict[Node, Any] = {output: seed}
    tape = context.tape()
    if tape is not None:
        tape.forward_ends()
        guard(tape, reach)
    active: dict[Node, Any] = {}
    checking = tape is None and detecting()
    for node in order:
        g = found.get(node) if node in reach else None
        if g is None:
            continue
        if checking:
            check_gradient(node, number(g), output)
        for operand, partial, taken in _partials(node, reach, tape is not None):
            share = _times(g, partial)
            if tape is not None and (taken is not True or tape.strict):
                share = tape.masked(node, operand, share, taken, active)
            found[operand] = found[operand] + share if operand in found else share
    results = [found.get(x, 0.0) for x in inputs]
    marks = KinkMarks([] if final else order)
    if not marks.kinks:
        return results
    own = marks.of_paths(output, inputs) if marks.here else {}
    return marks.add(results, [[own[x][0]] if x in own else [] for x in inputs])


def pushforward(
    outputs: Sequence[Any], inputs: Sequence[Node], directions: Sequence[Any], symbolic: bool
) -> list[Any]:
    """Σ ∂output/∂input · direction for each output, by one forward sweep.

    The results can be differentiated again if they are `symbolic`.
    """
    tape = context.tape()
    checking = tape is None and detecting()
    tangents: dict[Any, Any] = dict(zip(inputs, directions, strict=True))
    active: dict[Node, Any] = {}
    nodes = [y for y in outputs if isinstance(y, Node)]
    order = _unfolded(*nodes) if symbolic else topological_order(*nodes)
    if tape is not None:
        refuse_scans(order)  # whose rule is that of backward sweeps
    for node in reversed(order):
        if node in tangents:
            continue
        if checking:
            check_tangent(node, tangents)
        if symbolic:
            terms = []
            for x, p, taken in _partials(node, tangents, tape is not None):
                share = _times(tangents[x], p)
                if tape is not None and (taken is not True or tape.strict):
                    share = tape.masked(x, node, share, taken, active)
                terms.append(share)
        else:
            terms = [
                _times(tangents[x], p) for x, p in edges(node) if p is not None and x in tangents
            ]
        if terms:
            tangents[node] = sum(terms[1:], start=terms[0])
    results = [tangents.get(y, 0.0) if isinstance(y, Node) else 0.0 for y in outputs]
    if not symbolic:
        return results
    if tape is not None:
        guard(tape, set(tangents))
    marks = KinkMarks(order)
    if not marks.kinks:
        return results
    return marks.add(results, [_forward_marks(marks, y, inputs, directions) for y in outputs])


def _forward_marks(
    marks: KinkMarks, output: Any, inputs: Sequence[Node], directions: Sequence[Any]
) -> list[Any]:
    """The marks of the paths to an output. The direction is one more factor of each path."""
    found: list[Any] = []
    own = marks.of_paths(output, inputs) if marks.here and isinstance(output, Node) else {}
    for x, direction in zip(inputs, directions, strict=True):
        if x in own and isinstance(direction, Node):
            mark, kink, through = own[x]
            found += [mark, marks.unsettled(direction, kink, through)]
        elif x in own and direction != 0.0:
            found.append(own[x][0])
    return found


def _unfolded(*outputs: Node) -> list[Node]:
    """The topological order, with the graphs of compiled functions in the places of their calls
    that are at a kink.
    """
    order = topological_order(*outputs)
    while unfold(order):
        order = topological_order(*outputs)
    return order


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


def _partials(node: Node, reach: Container[Node], recording: bool) -> list[tuple[Node, Any, Any]]:
    """The operands in `reach`, each with its partial derivative as a Node, and when a gradient
    flows to it: where a program is recorded, this is a condition of the program.
    """
    if not recording and detecting() and not context.current.get().in_rule:
        with context.entered(in_rule=True):
            return _partials(node, reach, recording)
    row, known = node.operation, edges(node)
    if row is None:
        return []
    operands = [x for x, _ in known]
    if not recording:
        _compare(node, "value", node._number, row.compute(*map(number, operands)))
    every = row.partials[0](node, *operands) if row.arity < 0 else None
    found = []
    for i, (operand, recorded) in enumerate(known):
        if recorded is None or operand not in reach:
            continue
        partial = row.partials[i](node, *operands) if every is None else every[i]
        if not recording:
            _compare(node, "partial derivative", recorded, number(partial))
        taken = not recording or is_taken(node, i)
        if taken is not False:
            found.append((operand, partial, taken))
    return found


def _compare(node: Node, what: str, recorded: Any, now: float) -> None:
    """An error if a number of the graph is not what was recorded: a `.data` was changed since."""
    if now != recorded and not (now != now and recorded != recorded):
        raise GraphError(
            f"a derivative of higher order needs the numbers that {node.operation!r} was computed "
            f"from, but .data was changed since (its {what} was {recorded!r}, now it would be "
            f"{now!r}); compute the result again"
        )


def _times(g: Any, partial: Any) -> Any:
    """g · partial, without a node for a factor of one."""
    if partial.__class__ is float and partial == 1.0:  # g * 1 -> g
        return g
    if g.__class__ is float and g == 1.0:  # 1 * p -> p
        return partial
    return g * partial
