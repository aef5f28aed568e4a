"""Under `detect_anomaly()`: where each operation was written, and the first value or gradient
that is NaN or infinite.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from ..errors import AnomalyError
from ..primitives import Primitive
from ..primitives.reductions import unsettled
from . import context
from .decorators import bare_context
from .node import Node, Operands, edges, number
from .source_location import line_of_the_user

MOST_OPERANDS = 8


@bare_context
def detect_anomaly() -> Iterator[None]:
    """Stop at the first value or gradient that is NaN or infinite, with an `AnomalyError` that says
    what made it.

    It names the operation, its operands with their labels and numbers, and the line of your code
    that computed it. The lines are recorded only inside, which takes time. Compiled functions are
    not watched: call the plain function here.

    >>> from autograd_core import Value, detect_anomaly, log
    >>> with detect_anomaly():
    ...     log(Value(-1.0, label="x"))
    Traceback (most recent call last):
        ...
    autograd_core.errors.AnomalyError: the first value that is NaN or infinite: log gave nan
      operand 1: 'x' = -1.0
      computed at <doctest autograd_core.engine.anomalies.detect_anomaly[1]>, line 2, in <module>
          log(Value(-1.0, label="x"))
    """
    with context.entered(anomalies=True):
        yield


def watched(row: Primitive, y: float, operands: Sequence[Any]) -> str:
    """Where in the user's code this operation is computed; an AnomalyError if its value is not
    finite.
    """
    where = line_of_the_user()
    if not math.isfinite(y) and not context.current.get().in_rule:
        lines = [f"the first value that is NaN or infinite: {row.name} gave {y}"]
        known = [(i, x) for i, x in enumerate(operands, 1)]
        suspicious = [(i, x) for i, x in known if not math.isfinite(number(x))]
        lines += _listed(
            [
                (i, x, "")
                for i, x in (suspicious if len(known) > MOST_OPERANDS and suspicious else known)
            ]
        )
        raise AnomalyError("\n".join([*lines, f"  computed at {where}"]))
    return where


def check_gradients_of_sweep(order: Iterable[Any]) -> None:
    """An AnomalyError at the first gradient that is not finite. The sweep has left the
    gradients in the nodes' scratch.
    """
    for node in order:
        if node.__class__ is not Operands:
            check_gradient(node, node._adjoint)


def check_gradient(node: Node, g: float) -> None:
    """An AnomalyError if the gradient of the node is not finite, or what it sends to an operand."""
    if node.operation is unsettled:
        raise AnomalyError(f"the first gradient that is NaN or infinite: {node.label}")
    sent = [(i, x, p) for i, (x, p) in enumerate(edges(node), 1) if p is not None]
    if not math.isfinite(g):
        lines = [
            f"the first gradient that is NaN or infinite: {g} at {_name(node)} = {node._number}"
        ]
        lines.append(
            "  each contribution to it was finite, their sum is not; or backward() started from it"
        )
        raise AnomalyError("\n".join(lines + _origin(node)))
    bad = [(i, x, p) for i, x, p in sent if not math.isfinite(g * p)]
    if bad and node.operation is not None:
        i, _, p = bad[0]
        lines = [
            f"the first gradient that is NaN or infinite: {node.operation.name} sends {g * p} to "
            f"operand {i}"
        ]
        lines.append(f"  gradient that arrived at {_name(node)} = {node._number}: {g}")
        shown = bad if len(sent) > MOST_OPERANDS else sent
        lines += _listed([(i, x, f", local derivative {p}, sent {g * p}") for i, x, p in shown])
        raise AnomalyError("\n".join(lines + _origin(node)))


def check_accumulation(leaves: Iterable[Node]) -> None:
    """An AnomalyError if a leaf would have a gradient that is not finite by what it has from
    earlier passes.
    """
    for leaf in leaves:
        before = leaf._gradient
        if leaf._da is None and before is not None and not math.isfinite(before + leaf._adjoint):
            raise AnomalyError(
                f"the first gradient that is NaN or infinite: {before + leaf._adjoint} at "
                f"{_name(leaf)} = {leaf._number}\n"
                f"  .grad was {before} before, and this pass adds {leaf._adjoint}; set it to 0.0 "
                "before the pass"
            )


def check_tangent(node: Node, received: Sequence[tuple[int, Node, float, float]]) -> None:
    """An AnomalyError if the tangent of the node is not finite; `received` are places,
    operands, partials and tangents.
    """
    if node.operation is unsettled and received:
        raise AnomalyError(f"the first tangent that is NaN or infinite: {node.label}")
    moved = sum(p * t for _, _, p, t in received)
    if not math.isfinite(moved):
        lines = [
            f"the first tangent that is NaN or infinite: {moved} at {_name(node)} = {node._number}"
        ]
        lines += _listed(
            [(i, x, f", local derivative {p}, tangent {t}") for i, x, p, t in received]
        )
        raise AnomalyError("\n".join(lines + _origin(node)))


def _listed(operands: list[tuple[int, Any, str]]) -> list[str]:
    lines = [
        f"  operand {i}: {_name(x)} = {number(x)}{more}" for i, x, more in operands[:MOST_OPERANDS]
    ]
    rest = len(operands) - MOST_OPERANDS
    return [*lines, f"  and {rest} more"] if rest > 0 else lines


def _name(x: Any) -> str:
    if not isinstance(x, Node):
        return "a constant"
    if x.label:
        return repr(x.label)
    return (
        f"the result of {x.operation.name}"
        if x.operation is not None
        else f"a leaf without label ({x.role})"
    )


def _origin(node: Node) -> list[str]:
    if node.operation is None:
        return []
    where = node._note.where if node._note else ""
    return [
        f"  computed at {where}"
        if where
        else "  where it was computed is not known: compute it inside detect_anomaly() too"
    ]
