"""Copies and pickles of graphs. Operands come before their users, so that nothing recurses."""

from __future__ import annotations

import copy
from collections.abc import Callable
from functools import cache
from typing import Any
from weakref import WeakValueDictionary

from ..errors import GraphError, RecordingError
from ..primitives import Primitive
from . import context
from .node import LEFT_THE_GRAPH, Node, Note, Operands, is_running
from .traversal import below, operands_first


def copied(node: Node) -> Node:
    """A copy of the node, with the same operands; an argument of a running derivative is itself.

    Inside a compiled function computed nodes are themselves, and other leaves become constants.
    """
    recording = context.tape() is not None
    if _stays(node) or (recording and node._da is not None):
        return node
    if recording:
        return node.detach()  # type: ignore[attr-defined,no-any-return]
    return _node(*_parts(node, lambda x: x))  # type: ignore[no-any-return]


def deep_copied(output: Node, memo: dict[int, Any]) -> Node:
    """A copy of the node and of everything that it was computed from. Inside a compiled function
    this is a constant of the same number.

    What depends on an argument of a running derivative is itself: a copy would lose the gradient
    silently.
    """

    def new(x: Any) -> Any:
        return memo[id(x)] if isinstance(x, Node | Operands) else x

    for node in operands_first(output, memo):
        if _stays(node) or any([memo.get(id(x)) is x for x in below(node)]):
            memo[id(node)] = node
        elif context.tape() is not None:
            continue
        elif node.__class__ is Operands:
            twin = Operands([*map(new, node.members)], [*map(new, node.flowing)])
            memo[id(node)] = twin
            if hasattr(node, "activation"):
                twin.activation = node.activation
        else:
            kind, slots, note, more = _parts(node, new)
            memo[id(node)] = _node(kind, slots, note, copy.deepcopy(more, memo))
    return memo[id(output)] if id(output) in memo else output.detach()  # type: ignore[attr-defined,no-any-return]


def pickled(output: Node) -> Any:
    """What `pickle` writes for a node: everything that it was computed from, in order, and the node
    itself last.

    Each node is written as a proxy, which refers to the proxies of the operands. The pickle knows
    those by then, so it does not recurse, and several outputs share what they have in common.
    """
    if context.tape() is not None:
        raise RecordingError(LEFT_THE_GRAPH)
    nodes = operands_first(output)
    if any([_stays(node) for node in nodes]):
        raise GraphError(
            "an argument of a running derivative, and what depends on it, cannot be pickled, which "
            "would lose its gradient silently; pickle only its number, as v.detach()"
        )
    return _last, ([*map(_proxy, nodes)],)


def _stays(node: Any) -> bool:
    """Whether a copy would lose the gradient: an argument of a derivative that runs, or of a
    compiled function that is recorded.
    """
    tape = context.tape()
    return node.__class__ is not Operands and (
        is_running(node) or (tape is not None and node in tape.arguments)
    )


class _Proxy:
    __slots__ = ("__weakref__", "node")

    def __init__(self, node: Any) -> None:
        self.node = node

    def __reduce__(self) -> Any:
        node = self.node
        if node.__class__ is Operands:
            activation = getattr(node, "activation", None)
            slots = {"activation": activation} if isinstance(activation, Primitive) else {}
            sides = [*map(_proxy, node.members)], [*map(_proxy, node.flowing)]
            return Operands, sides, (None, slots)
        return _node, _parts(node, _proxy)


# By the id of the node, which a proxy keeps alive.
_proxies: WeakValueDictionary[int, _Proxy] = WeakValueDictionary()


def _proxy(x: Any) -> Any:
    if not isinstance(x, Node | Operands):
        return x
    found = _proxies.get(id(x))
    if found is None:
        found = _proxies[id(x)] = _Proxy(x)
    return found


def _last(nodes: list[Any]) -> Any:
    return nodes[-1]


def _parts(node: Node, of: Callable[[Any], Any]) -> tuple[Any, ...]:
    """What `_node` makes a node from, with `of(x)` in the place of each operand x: the class, the
    slots, the note, and what a subclass has added.
    """
    kind: Any = node.__class__
    note = node._note
    a, b, da, db = of(node._a), of(node._b), of(node._da), of(node._db)
    more = {name: getattr(node, name) for name in _slots_beyond_ours(kind) if hasattr(node, name)}
    return (
        kind,
        (node._number, node._grad, node.operation, a, b, da, db),
        (note.label, note.role, note.group, note.where) if note else None,
        more | getattr(node, "__dict__", {}),
    )


@cache
def _slots_beyond_ours(kind: type) -> list[str]:
    names = []
    for part in kind.__mro__:
        slots = getattr(part, "__slots__", ())
        for name in [slots] if isinstance(slots, str) else slots:
            private = name.startswith("__") and not name.endswith("__")
            names.append(f"_{part.__name__.lstrip('_')}{name}" if private else name)
    return [name for name in names if name not in (*Node.__slots__, "__dict__", "__weakref__")]


def _node(
    kind: type, slots: tuple[Any, ...], note: tuple[Any, ...] | None, more: dict[str, Any]
) -> Any:
    node: Any = object.__new__(kind)
    node._number, node._gradient, operation, node._a, node._b, node._da, node._db = slots
    node._origin = Note(operation, *note) if note else operation
    node._adjoint = None
    for name, attribute in more.items():
        setattr(node, name, attribute)
    return node
