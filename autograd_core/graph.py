"""The graph and its sweeps: topological order, the backward sweep on floats, the sweeps of any order.

This file knows no operation. It multiplies local derivatives, and adds where paths meet.
"""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Iterable, Sequence
from itertools import repeat
from operator import mul
from typing import Any

from . import modes
from .errors import GraphError
from .node import Node, Operands, edges, rules
from .primitives.arithmetic import where

sweeping = threading.RLock()
"""Held by every sweep, because a node has one place for scratch."""


def topological_order(output: Node) -> list[Node]:
    """Every node that `output` was computed from, `output` first, and each before its operands."""
    with sweeping:
        return [node for node in _order(output) if node.__class__ is not Operands]


def _order(output: Node) -> list[Any]:
    """The same with Operands among the nodes. Depth first, without recursion; a fresh mark tells what was seen."""
    mark = object()
    order: list[Any] = []
    stack: list[Any] = [output]
    pop, push, emit = stack.pop, stack.append, order.append
    while stack:
        node: Any = pop()
        if node is None:  # everything below the next entry is in the order
            emit(pop())
            continue
        if node._adjoint is mark:
            continue
        node._adjoint = mark
        push(node)
        push(None)
        if node.__class__ is Operands:
            stack += [x for x in node.targets if x is not None and x._adjoint is not mark]
            continue
        b = node._b
        if b is not None and b._adjoint is not mark:
            push(b)
        a = node._a
        if a is not None and a._adjoint is not mark:
            push(a)
    order.reverse()
    return order


def _sweep(output: Node, seed: float) -> list[Any]:
    """Leave ∂output/∂node · seed in the scratch of every node: the chain rule, users before operands."""
    order = _order(output)
    for node in order:
        node._adjoint = -0.0  # the neutral element of addition, also for the sign of a zero
    output._adjoint = seed
    for node in order:
        g = node._adjoint
        if node.__class__ is Operands:
            for x, share in zip(node.targets, g, strict=True):
                if x is not None:
                    x._adjoint += share
            continue
        a = node._a
        if a is not None:
            if a.__class__ is Operands:
                _send(a, g, node._da)
            else:
                a._adjoint += g * node._da
        b = node._b
        if b is not None:
            if b.__class__ is Operands:
                _send(b, g, node._db)
            else:
                b._adjoint += g * node._db
    return order


def _send(operands: Operands, g: float, partials: Sequence[float]) -> None:
    """Add g times the partials to what the operands hold, all at once."""
    held = operands._adjoint
    if held.__class__ is list:
        operands._adjoint = [h + g * p for h, p in zip(held, partials, strict=True)]
    else:
        operands._adjoint = list(map(mul, repeat(g), partials))


def backward(output: Node, seed: float) -> None:
    """Add to `.grad` of every leaf, and set `.grad` of every other node, in one step that no interrupt can halve."""
    if output._operation is None:
        raise GraphError(
            "backward() needs a value that was computed from others, but this one is a leaf: nothing was recorded for it. "
            "Call it on a result (the loss), or was the result computed under no_grad() or detached?"
        )
    with sweeping:
        nodes = [node for node in _sweep(output, seed) if node.__class__ is not Operands]
        grads = [
            node._adjoint if node._grad is None or node._operation is not None else node._grad + node._adjoint for node in nodes
        ]
        deque(map(_set_grad, nodes, grads), maxlen=0)  # a loop without bytecode: Ctrl-C waits for its end


_set_grad = Node._grad.__set__  # type: ignore[misc, union-attr]


def adjoints(output: Node, inputs: Sequence[Node], seed: float = 1.0) -> list[float]:
    """∂output/∂input for each input, from the recorded partials; no `.grad` is written."""
    with sweeping:
        for x in inputs:
            x._adjoint = 0.0
        _sweep(output, seed)
        return [x._adjoint for x in inputs]


def differentiate(output: Node, inputs: Sequence[Node], seed: Any = 1.0) -> list[Any]:
    """∂output/∂input for each input as Nodes, which can be differentiated again (0.0 where there is no path)."""
    order = topological_order(output)
    reach = _reaching(order, inputs)
    found: dict[Node, Any] = {output: seed}
    tape = modes.tape()
    active: dict[Node, Any] = {}
    for node in order:
        if node in reach and node in found:
            g = found[node]
            for operand, partial, taken in _symbolic(node, reach):
                share = _times(g, partial)
                if tape is not None:
                    share = tape.masked(node, operand, share, taken, active)
                found[operand] = found[operand] + share if operand in found else share
    return [found.get(x, 0.0) for x in inputs]


def tangent(output: Node, inputs: Sequence[Node], directions: Sequence[Any], symbolic: bool) -> Any:
    """Σ ∂output/∂input · direction, by one forward sweep."""
    order = topological_order(output)
    reach = _reaching(order, inputs)
    moved: dict[Node, Any] = dict(zip(inputs, directions, strict=True))
    for node in reversed(order):
        if node in reach and node not in moved:
            known = [(x, p) for x, p in edges(node) if p is not None and x in reach]
            terms = [_times(moved[x], p) for x, p in known] if not symbolic else []
            for x, p, taken in _symbolic(node, reach) if symbolic else ():
                share = _times(moved[x], p)
                terms.append(share if taken is True else where(taken, share, 0.0))
            moved[node] = sum(terms[1:], start=terms[0])
    return moved.get(output, 0.0)


def _reaching(order: list[Node], inputs: Iterable[Node]) -> set[Node]:
    """The nodes of the order from which a path leads to one of the inputs."""
    reach = set(inputs)
    for node in reversed(order):
        if any(p is not None and x in reach for x, p in edges(node)):
            reach.add(node)
    return reach


def _symbolic(node: Node, reach: set[Node]) -> list[tuple[Node, Any, Any]]:
    """The operands that lead to an input, each with its partial derivative as a Node, and when a gradient flows to it.

    The table evaluated anew must give what was recorded: else a `.data` was changed since. Where a program is
    recorded, "when" is a condition of the program.
    """
    known = edges(node)
    row = node._operation
    wanted = [(i, x, p) for i, (x, p) in enumerate(known) if p is not None and x in reach]
    operands = [x for x, _ in known]
    partials = rules(row, [i for i, _, _ in wanted], node, operands)
    recording = modes.tape() is not None
    found = []
    for (i, operand, recorded), partial in zip(wanted, partials, strict=True):
        taken: Any = True
        if not recording:
            _compare_with_recorded(node, recorded, partial)
        elif row is not None and row.followed and (follows := row.followed[i]) is not None:
            taken = follows(node, *operands)
        if taken is not False:
            found.append((operand, partial, taken))
    return found


def _compare_with_recorded(node: Node, recorded: float, partial: Any) -> None:
    now = partial._data if isinstance(partial, Node) else partial
    if now != recorded and not (now != now and recorded != recorded):
        raise GraphError(
            f"a derivative of higher order needs the numbers that {node._operation!r} was computed from, but .data was "
            f"changed since (its partial derivative was {recorded!r}, now it would be {now!r}); compute the result anew"
        )


def _times(g: Any, partial: Any) -> Any:
    """g · partial, without a node for a factor of one."""
    if partial.__class__ is float and partial == 1.0:  # g * 1 -> g
        return g
    if g.__class__ is float and g == 1.0:  # 1 * p -> p
        return partial
    return g * partial
