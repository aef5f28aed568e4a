"""Calls of a compiled function on Values. The results are Values, and their derivatives are a
compiled function again.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import wraps
from typing import Any

from ...engine.context import current, tape
from ...engine.lost_gradients import report_losses
from ...engine.node import Node
from ...engine.reads import SourceLine, active_trackers
from ...engine.sweeps import differentiate
from ...engine.trackers import Tracker
from ...engine.value import new_node, slots_of_many, unrecorded
from ...primitives import Reduction
from ...primitives.arithmetic import where
from ...primitives.reductions import sum as total
from ...pytree.core import build, flat_numbers, structure_of
from .calls import Call, call_of, plain


def on_values(compiled: Any, call: Call) -> Any:
    """The outputs as nodes. Each has one edge to every Value that the function was given or read
    from outside.
    """
    numeric = replace(
        call,
        parts=[plain(x) for x in call.parts],
        taken=[],
        on_numbers=False,
        instead=lambda: compiled.plainly(call.args, call.kwargs),
    )
    result, numbers = compiled.run(numeric)
    if None in numeric.taken:
        return numeric.found if call.rows is None else compiled.plainly(call.args, call.kwargs)
    outputs = numbers.tolist() if hasattr(numbers, "tolist") else numbers
    if compiled.batched and compiled.reduce is None:
        raise TypeError(
            "a batched function gives Values only where it is reduced: use reduce='sum' or "
            "'mean', or plain numbers"
        )
    if not current.get().recording:
        return build(result, [unrecorded(y) for y in outputs])
    paths = compiled.trees[call.structure].paths
    captured = list(dict.fromkeys([x for path in paths for x in path.captured]))
    given = flat_numbers(call.parts)
    inputs = [*[x for x in given if isinstance(x, Node)], *captured]
    wanted = tuple([isinstance(x, Node) for x in given])
    slopes = _derived(
        compiled,
        (wanted, *captured),
        lambda: _slopes(compiled, wanted, captured),
        compiled.reduce,
    )
    derived = replace(numeric, taken=[], instead=None)
    partials = [float(x) for x in slopes.run(derived)[1]]
    leads = [
        not all([path is not None and k in path.zeros for path in derived.taken])
        for k in range(len(partials))
    ]
    searches = _searches(given, numeric.taken)
    searched = {
        x: None for _, compared in searches for _, sides in compared for side in sides for x in side
    }
    kink = _kink(compiled, numeric)
    width, nodes = len(inputs), []
    for k, y in enumerate(outputs):
        own = slice(k * width, (k + 1) * width)
        flowing = [x if flows else 0.0 for x, flows in zip(inputs, leads[own], strict=True)]
        edges = [
            x.detach() if f.__class__ is float and x in searched else x
            for x, f in zip(inputs, flowing, strict=True)
        ]
        row = _Called(compiled, call, k, y, _again(call, own, slopes), kink)
        nodes.append(new_node(row, y, *slots_of_many(edges, partials[own], flowing)))
    if searched:
        _report_searches(compiled, numeric, given, searches, [*searched], nodes)
    return build(result, nodes)


Searches = list[tuple[SourceLine, list[tuple[bool | None, list[list[Node]]]]]]
"""Lines that search, and their comparisons: whether each held, and the Values that each side of it
was computed from.
"""


def _searches(given: list[Any], paths: Sequence[Any]) -> Searches:
    """The searches of some paths, on the Values that are given and those from outside."""
    found: Searches = []
    for path in paths:
        inputs = [*given, *path.captured]
        for search in path.searches:
            compared = [
                (
                    truth,
                    [[inputs[k] for k in side if isinstance(inputs[k], Node)] for side in sides],
                )
                for truth, sides in search.compared
            ]
            found.append((search.line, compared))
    return found


def _report_searches(
    compiled: Any,
    call: Call,
    given: list[Any],
    searches: Searches,
    searched: list[Node],
    outputs: list[Any],
) -> None:
    """Tell the derivatives that are being taken what was compared. If there are none, warn of the
    gradients that `backward` will not give.
    """
    own = Tracker()
    own.inputs = searched
    for tracker in active_trackers() or [own]:
        for line, compared in searches:
            tracker.add_search(
                line, [(truth, tuple(map(_stand_in, sides))) for truth, sides in compared]
            )
    if own.suspicious:
        known = [name for name, has_samples in call.names(compiled._function()) if not has_samples]
        named = {id(x): name for x, name in zip(given, known, strict=True)}
        report_losses(
            own,
            outputs,
            range(len(searched)),
            lambda: [named.get(id(x), x.label or "a Value from outside") for x in searched],
        )


def _stand_in(nodes: list[Node]) -> Any:
    """A node that was computed from all of these."""
    if len(nodes) < 2:
        return nodes[0] if nodes else 0.0
    return new_node(total, 0.0, *slots_of_many([*nodes], [0.0] * len(nodes)))


def _derived(compiled: Any, key: Any, make: Callable[[], Any], reduce: str | None) -> Any:
    """A compiled function of the same arguments, made once for a key."""
    if key not in compiled.derived:
        compiled.derived[key] = compiled.like(wraps(compiled._function())(make()), reduce)
    return compiled.derived[key]


def _slopes(compiled: Any, wanted: tuple[bool, ...], captured: Sequence[Node]) -> Any:
    """A function that gives the derivatives of every output by the wanted numbers without samples,
    and by the Values from outside.
    """
    function, signature = compiled._function(), compiled._signature
    no_numbers = [*compiled.batched, *compiled.static]

    def slopes(*args: Any, **kwargs: Any) -> list[Any]:
        outputs: list[Any] = []
        leaves: list[Any] = []
        structure_of(function(*args, **kwargs), outputs)
        if no_numbers:
            bound = signature.bind(*args, **kwargs)
            bound.arguments.update(dict.fromkeys(no_numbers))
            args, kwargs = bound.args, bound.kwargs
        structure_of((args, kwargs), leaves)
        inputs = [x for x, own in zip(flat_numbers(leaves), wanted, strict=True) if own]
        inputs += captured
        rows = [
            differentiate(y, inputs) if isinstance(y, Node) else [0.0] * len(inputs)
            for y in flat_numbers(outputs)
        ]
        return [partial for row in rows for partial in row]

    return slopes


class _Called(Reduction):
    """The operation of output k."""

    def __init__(
        self, compiled: Any, call: Call, k: int, y: float, partials: Any, kink: Any
    ) -> None:
        self.compiled, self.call, self.k = compiled, call, k
        name = getattr(compiled, "__name__", "function")
        super().__init__(name, name, lambda *xs: y, partials, kink=kink)

    def unfold(self, node: Node) -> None:
        """Replace the node by what the plain function computes, as the kink is at a node of its
        own.
        """
        outputs: list[Any] = []
        structure_of(self.compiled.plainly(self.call.args, self.call.kwargs), outputs)
        y = flat_numbers(outputs)[self.k]
        row = Reduction(self.name, self.symbol, self.compute, lambda *_: (1.0,))
        if node._note:
            node._note.operation = row
        else:
            node._origin = row
        node._a, node._da = (y, 1.0) if isinstance(y, Node) else (None, y)
        node._b = node._db = None


def _again(call: Call, own: slice, slopes: Any) -> Any:
    """The rule for the partial derivatives of an output as Values: its `own` part of the compiled
    derivatives.
    """

    def again(_: Any, *xs: Any) -> list[Any]:
        if tape() is not None:
            return list(slopes.plainly(call.args, call.kwargs)[own])
        derived = call_of(slopes._signature, slopes.batched, call.args, call.kwargs)
        return list(on_values(slopes, derived)[own])

    return again


def _kink(compiled: Any, call: Call) -> Any:
    """The test whether the function is at a kink, which a compiled function of the same arguments
    makes; None if it has no kinks.
    """
    if not any([path.has_kinks for tree in compiled.trees.values() for path in tree.paths]):
        return None
    reduce = "sum" if compiled.batched else None
    counting = _derived(compiled, "kinks", lambda: _kinks(compiled._function()), reduce)
    return lambda y, *xs: float(counting.run(replace(call, taken=[], instead=None))[1][0]) > 0.0


def _kinks(function: Callable[..., Any]) -> Any:
    """A function that counts the operations at a kink."""

    def kinks(*args: Any, **kwargs: Any) -> Any:
        function(*args, **kwargs)
        if (recording := tape()) is None:
            return 1.0  # one of too many paths: there may be a kink
        recording.refuse_scans()
        nodes = [
            x for x in recording.nodes if x.operation is not None and x.operation.kink is not None
        ]
        return total(*[where(x.operation.kink(x, *x.operands), 1.0, 0.0) for x in nodes])

    return kinks
