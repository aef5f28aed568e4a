"""Graphs copied and pickled, operands before their users: nothing recurses, however deep the
graph.
"""

from __future__ import annotations

import copy
from functools import cache
from typing import Any
from weakref import WeakValueDictionary

from ..errors import GraphError, RecordingError
from . import context
from .node import LEFT_THE_GRAPH, Node, Note, Operands, is_running
from .traversal import below, operands_first


def copied(node: Node) -> Node:
    """The same node once more, on the same operands; an argument of what is running is itself.

    In a program what was computed is itself too, and any other leaf a constant.
    """
    if _stays(node) or (context.tape() is not None and node._da is not None):
        return node
    if context.tape() is not None:
        return node.detach()  # type: ignore[attr-defined,no-any-return]
    return _node(node.__class__, _attributes(node, lambda x: x), _note(node), _more(node))  # type: ignore[no-any-return]


def deep_copied(output: Node, memo: dict[int, Any]) -> Node:
    """A copy of the node and of everything that it was computed from; in a program the same number
    as a constant.

    What depends on an argument of a running derivative is itself: a copy would lose the gradient
    silently.
    """
    in_program = context.tape() is not None

    def new(x: Any) -> Any:
        return memo[id(x)] if isinstance(x, Node | Operands) else x

    for node in operands_first(output, memo):
        if _stays(node) or any([memo.get(id(x)) is x for x in below(node)]):
            memo[id(node)] = node
        elif in_program:
            continue
        elif node.__class__ is Operands:
            memo[id(node)] = twin = Operands(
                [new(x) for x in node.members], [new(x) for x in node.flowing]
            )
            if hasattr(node, "activation"):
                twin.activation = node.activation
        else:
            more = copy.deepcopy(_more(node), memo)
            memo[id(node)] = _node(node.__class__, _attributes(node, new), _note(node), more)
    return memo[id(output)] if id(output) in memo else output.detach()  # type: ignore[attr-defined,no-any-return]


def pickled(output: Node) -> Any:
    """What `pickle` is to write for a node: all that it was computed from, in order, and the node
    itself as the last.

    While a pickle is written, one stand-in speaks for each node, and says what the node holds by
    the stand-ins of its operands. The pickle knows those by then. So several roots share what they
    share, and a graph has no depth.
    """
    if context.tape() is not None:
        raise RecordingError(LEFT_THE_GRAPH)
    nodes = operands_first(output)
    if any([_stays(node) for node in nodes]):
        raise GraphError(
            "an argument of a running derivative, or what depends on it, was to be pickled, which "
            "would lose its gradient "
            "silently; pickle its number alone, as v.detach()"
        )
    return _last, ([_stand_in(node) for node in nodes],)


def _stays(node: Any) -> bool:
    """Whether a copy would be cut off: of an argument of a derivative that runs, or of a
    function that is recorded.
    """
    tape = context.tape()
    return node.__class__ is not Operands and (
        is_running(node) or (tape is not None and node in tape.arguments)
    )


class _StandIn:
    __slots__ = ("__weakref__", "node")

    def __init__(self, node: Any) -> None:
        self.node = node

    def __reduce__(self) -> Any:
        node = self.node
        if node.__class__ is Operands:
            members, flowing = map(_stand_in, node.members), map(_stand_in, node.flowing)
            return node.again(list(members), list(flowing))
        return _node, (node.__class__, _attributes(node, _stand_in), _note(node), _more(node))


_stand_ins: WeakValueDictionary[int, _StandIn] = (
    WeakValueDictionary()
)  # by the id of the node, which a stand-in keeps alive


def _stand_in(x: Any) -> Any:
    if not isinstance(x, Node | Operands):
        return x
    found = _stand_ins.get(id(x))
    if found is None:
        found = _stand_ins[id(x)] = _StandIn(x)
    return found


def _last(nodes: list[Any]) -> Any:
    return nodes[-1]


def _attributes(node: Node, of: Any) -> tuple[Any, ...]:
    a, b, da, db = of(node._a), of(node._b), of(node._da), of(node._db)
    return node._number, node._grad, node.operation, a, b, da, db


def _more(node: Node) -> dict[str, Any]:
    """What a subclass has added."""
    kind: Any = type(node)
    slots = {name: getattr(node, name) for name in _slots_beyond_ours(kind) if hasattr(node, name)}
    return slots | getattr(node, "__dict__", {})


@cache
def _slots_beyond_ours(kind: type) -> list[str]:
    names = []
    for part in kind.__mro__:
        slots = getattr(part, "__slots__", ())
        for name in [slots] if isinstance(slots, str) else slots:
            private = name.startswith("__") and not name.endswith("__")
            names.append(f"_{part.__name__.lstrip('_')}{name}" if private else name)
    return [name for name in names if name not in (*Node.__slots__, "__dict__", "__weakref__")]


def _note(node: Node) -> tuple[Any, ...] | None:
    note = node._note
    return (note.label, note.role, note.group, note.where) if note else None


def _node(
    kind: type, attributes: tuple[Any, ...], note: tuple[Any, ...] | None, more: dict[str, Any]
) -> Any:
    node: Any = object.__new__(kind)
    node._number, node._gradient, operation, node._a, node._b, node._da, node._db = attributes
    node._origin = Note(operation, *note) if note else operation
    node._adjoint = None
    for name, attribute in more.items():
        setattr(node, name, attribute)
    return node
