"""`detect_anomaly()`: the first value or gradient that is NaN or infinite, and the line of code
that computed it.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any, NoReturn

from ..errors import AnomalyError
from ..primitives import Primitive
from ..primitives.reductions import unsettled
from . import context
from .decorators import bare_context
from .naming import LAST, in_order, names
from .node import Node, Operands, edges, number
from .source_location import line_of_the_user

MOST_OPERANDS = 8

Naming = Callable[[Any], str]
"""The name of a node or a constant in a message, and its number."""


@bare_context
def detect_anomaly() -> Iterator[None]:
    """Raise an error at the first value or gradient that is NaN or infinite.

    The error names the operation, its operands with their numbers, and the line of your code that
    computed it. Operands have the names that `explain` gives them: their labels, or else v1, v2
    and so on. The lines are recorded only inside the context, which takes time. Compiled functions
    are not watched: call the plain function here.

    Yields:
        Nothing. It is also a decorator of functions, generators and coroutines.

    Raises:
        AnomalyError: a value or a gradient is NaN or infinite.

    Example:
        >>> from autograd_core import Value, detect_anomaly, log
        >>> with detect_anomaly():
        ...     log(Value(-1.0, label="x"))
        Traceback (most recent call last):
            ...
        autograd_core.errors.AnomalyError: the first value that is NaN or infinite: log gave nan
          operand 1: 'x' = -1.0
          computed at <doctest autograd_core.engine.anomalies.detect_anomaly[1]>, line 2, in <module>
              log(Value(-1.0, label="x"))

    Source: the function of this name in `torch.autograd`.
    """  # noqa: E501  (a line of the output)
    with context.entered(anomalies=True):
        yield


def detecting() -> bool:
    """Whether this runs inside `detect_anomaly()`."""
    return context.active > 0 and context.current.get().anomalies


def checked_value(row: Primitive, y: float, operands: Sequence[Any]) -> str:
    """The line of the user's code that computes this operation; an AnomalyError if its value is not
    finite.
    """
    line = line_of_the_user()
    if not math.isfinite(y) and not context.current.get().in_rule:
        shown = [(i, x, "") for i, x in enumerate(operands, 1)]
        suspects = [entry for entry in shown if not math.isfinite(number(entry[1]))]
        if len(shown) <= MOST_OPERANDS or not suspects:
            suspects = shown
        name = _naming(Operands([x for x in operands if isinstance(x, Node)]))
        _refuse("value", f"{row.name} gave {y}", name, suspects, f"  computed at {line}")
    return line


def check_gradients_of_sweep(order: Sequence[Any]) -> None:
    """An AnomalyError at the first gradient that is not finite, of those that a sweep has left in
    the scratch of the nodes. The first of them is the output.
    """
    for node in order:
        if node.__class__ is not Operands:
            check_gradient(node, node._adjoint, order[0])


def check_gradient(node: Node, g: float, output: Node) -> None:
    """An AnomalyError if the gradient of a node is not finite, or what it sends to an operand, in a
    sweep from an output.
    """
    row = node.operation
    if row is unsettled:
        _refuse("gradient", node.label)
    if not math.isfinite(g):
        why = (
            "  each contribution to it was finite, their sum is not; or backward() started from it"
        )
        what = f"{g} at {_naming(output)(node)}"
        _refuse("gradient", what, str, (), why, _origin(node))
    sent = [(i, x, p) for i, (x, p) in enumerate(edges(node), 1) if p is not None]
    bad = [edge for edge in sent if not math.isfinite(g * edge[2])]
    if bad and row is not None:
        i, _, p = bad[0]
        name = _naming(output)
        what = f"{row.name} sends {g * p} to operand {i}\n"
        what += f"  gradient that arrived at {name(node)}: {g}"
        shown = bad if len(sent) > MOST_OPERANDS else sent
        about = [(i, x, f", local derivative {p}, sent {g * p}") for i, x, p in shown]
        _refuse("gradient", what, name, about, _origin(node))


def check_accumulation(leaves: Iterable[Node], output: Node) -> None:
    """An AnomalyError if the sum of a leaf's earlier and new gradients is not finite."""
    for leaf in leaves:
        before, g = leaf._gradient, leaf._adjoint
        if leaf._da is None and before is not None and not math.isfinite(before + g):
            why = f"  .grad was {before} before, and this pass adds {g}; "
            why += "set it to 0.0 before the pass"
            _refuse("gradient", f"{before + g} at {_naming(output)(leaf)}", str, (), why)


def check_tangent(node: Node, tangents: Mapping[Any, Any]) -> None:
    """An AnomalyError if the tangent of a node is not finite, given those of its operands."""
    received = [
        (i, x, p, number(tangents[x]))
        for i, (x, p) in enumerate(edges(node), 1)
        if p is not None and x in tangents
    ]
    if node.operation is unsettled and received:
        _refuse("tangent", node.label)
    tangent = sum([p * t for _, _, p, t in received])
    if not math.isfinite(tangent):
        name = _naming(Operands((node,)))
        about = [(i, x, f", local derivative {p}, tangent {t}") for i, x, p, t in received]
        _refuse("tangent", f"{tangent} at {name(node)}", name, about, _origin(node))


def _refuse(
    kind: str,
    what: str,
    name: Naming = str,
    operands: Sequence[tuple[int, Any, str]] = (),
    *more: str,
) -> NoReturn:
    """Raise an AnomalyError; `operands` are positions, operands, and what to say about each."""
    lines = [f"the first {kind} that is NaN or infinite: {what}"]
    lines += [f"  operand {i}: {name(x)}{about}" for i, x, about in operands[:MOST_OPERANDS]]
    if len(operands) > MOST_OPERANDS:
        lines.append(f"  and {len(operands) - MOST_OPERANDS} more")
    raise AnomalyError("\n".join([*lines, *filter(None, more)]))


def _naming(below: Node | Operands) -> Naming:
    """The names of the nodes in the graph of an output, or of operands that have no result yet."""
    nodes = in_order(below)
    known = names(nodes, last=LAST if isinstance(below, Node) else "")

    def name(x: Any) -> str:
        if not isinstance(x, Node):
            return f"a constant = {number(x)}"
        if x.label:
            return f"{known.get(x, x.label)!r} = {number(x)}"
        made = x.operation
        what = f"a leaf without label ({x.role})" if made is None else f"the result of {made.name}"
        return f"{known[x]}, {what} = {number(x)}" if x in known else f"{what} = {number(x)}"

    return name


def _origin(node: Node) -> str:
    """The line of a message on where a node was computed, "" for a leaf."""
    if node.operation is None:
        return ""
    if node._note and node._note.where:
        return f"  computed at {node._note.where}"
    return "  where it was computed is not known: compute it inside detect_anomaly() too"
