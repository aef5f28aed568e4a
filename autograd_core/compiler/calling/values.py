"""A compiled function called on Values: its results are Values, whose derivatives are a
compiled function again.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from ...engine.context import current, tape
from ...engine.lost_gradients import parameter_names, report_losses
from ...engine.node import Node
from ...engine.reads import active_trackers
from ...engine.sweeps import differentiate
from ...engine.trackers import Tracker
from ...engine.value import edges_to_many, new_node, unrecorded
from ...primitives import Reduction
from ...primitives.arithmetic import where
from ...primitives.reductions import sum as total
from ...pytree.core import build, flat_numbers, structure_of
from .calls import Call, call_of, is_object_array


def on_values(compiled: Any, call: Call) -> Any:
    """Outputs as nodes, each with one edge to every Value that the function was given or read
    from outside.
    """
    plain = replace(call, parts=[_plain(x) for x in call.parts], taken=[])
    result, numbers = compiled.run(plain)
    if None in plain.taken:
        return compiled.plainly(call.args, call.kwargs)
    outputs = numbers.tolist() if hasattr(numbers, "tolist") else numbers
    if compiled.batched and compiled.reduce is None:
        raise TypeError(
            "a batched function gives Values only where it is reduced: use reduce='sum' or "
            "'mean', or plain numbers"
        )
    if not current.get().recording:
        return build(result, [unrecorded(y) for y in outputs])
    captured = list(
        dict.fromkeys([x for path in compiled.paths[call.structure] for x in path.captured])
    )
    given = flat_numbers(call.parts)
    inputs = [*[x for x in given if isinstance(x, Node)], *captured]
    slopes = _slopes(compiled, [isinstance(x, Node) for x in given], captured)
    derived = replace(plain, taken=[])
    partials = [float(x) for x in slopes.run(derived)[1]]
    leads = [
        not all([path is not None and path.is_zero(k) for path in derived.taken])
        for k in range(len(partials))
    ]
    searches = [(path.searches, path.captured) for path in plain.taken if path.searches]
    searched = {id(x) for x in _searched(given, searches)} if searches else frozenset()
    width, nodes = len(inputs), []
    for k, y in enumerate(outputs):
        own = slice(k * width, (k + 1) * width)
        flowing = [x if flows else 0.0 for x, flows in zip(inputs, leads[own], strict=True)]
        nodes.append(
            new_node(
                _Called(compiled, call, k, own, y, slopes),
                y,
                *edges_to_many(
                    [
                        x.detach() if f.__class__ is float and id(x) in searched else x
                        for x, f in zip(inputs, flowing, strict=True)
                    ],
                    partials[own],
                    flowing,
                ),
            )
        )
    if searched:
        _tell_of_searches(compiled, plain, given, searches, nodes)
    return build(result, nodes)


Searches = Sequence[tuple[list[Any], list[Node]]]  # of a path, with what it reads from outside


def _searched(given: list[Any], searches: Searches) -> list[Node]:
    """The Values that were searched by, of those given and those from outside."""
    return [
        x
        for found, captured in searches
        for inputs in [[*given, *captured]]
        for search in found
        for _, operands in search.compared
        for x in [inputs[k] for own in operands for k in own]
        if isinstance(x, Node)
    ]


def _tell_of_searches(
    compiled: Any, call: Call, given: list[Any], searches: Searches, outputs: list[Any]
) -> None:
    """Note the comparisons for the derivative that runs; where none does, warn of what is lost for
    `backward`.
    """
    own = Tracker()
    own.inputs = list(dict.fromkeys(_searched(given, searches)))
    for tracker in active_trackers() or [own]:
        for found, captured in searches:
            inputs = [*given, *captured]
            for search in found:
                compared = [
                    (truth, tuple([_stand_in([inputs[k] for k in ks]) for ks in operands]))
                    for truth, operands in search.compared
                ]
                tracker.add_search(search.line, compared)
    if own.suspicious:
        names = parameter_names(compiled._function(), len(call.args))
        labels = [*names, *call.names[len(names) :]]
        known = [
            name for _, name, sampled in replace(call, names=tuple(labels)).leaves() if not sampled
        ]
        named = {id(x): name for x, name in zip(given, known, strict=True)}
        report_losses(
            own,
            outputs,
            range(len(own.inputs)),
            lambda: [named.get(id(x), x.label or "a Value from outside") for x in own.inputs],
        )


def _stand_in(operands: list[Any]) -> Any:
    """A node that was computed from all of these."""
    nodes = [x for x in operands if isinstance(x, Node)]
    if len(nodes) < 2:
        return nodes[0] if nodes else 0.0
    return new_node(total, 0.0, *edges_to_many(nodes, [0.0] * len(nodes)))


def _plain(x: Any) -> Any:
    if isinstance(x, Node):
        return x._number
    if is_object_array(x):
        import numpy

        return numpy.array([float(_plain(y)) for y in x.ravel()]).reshape(x.shape)
    return x


def _slopes(compiled: Any, wanted: Sequence[bool], captured: list[Node]) -> Any:
    """The derivatives of every output by those numbers without samples that are wanted, and by
    Values from outside.

    It is a compiled function of the same arguments.
    """
    key = (tuple(wanted), tuple(captured))
    if key in compiled.slopes:
        return compiled.slopes[key]
    function, signature, batched = compiled._function(), compiled._signature, compiled.batched

    def slopes(*args: Any, **kwargs: Any) -> list[Any]:
        outputs: list[Any] = []
        leaves: list[Any] = []
        structure_of(function(*args, **kwargs), outputs)
        if batched:
            bound = signature.bind(*args, **kwargs)
            bound.arguments.update(dict.fromkeys(batched))
            args, kwargs = bound.args, bound.kwargs
        structure_of((args, kwargs), leaves)
        inputs = [
            *[x for x, own in zip(flat_numbers(leaves), wanted, strict=True) if own],
            *captured,
        ]
        rows = [
            differentiate(y, inputs) if isinstance(y, Node) else [0.0] * len(inputs)
            for y in flat_numbers(outputs)
        ]
        return [partial for row in rows for partial in row]

    made = type(compiled)(function, batched, compiled.reduce, compiled.without)
    made.function, made._signature = slopes, signature
    slopes.__signature__ = signature  # type: ignore[attr-defined]
    compiled.slopes[key] = made
    return made


class _Called(Reduction):
    """The operation of output k, whose derivatives by the numbers that went in are `own` among
    the `slopes`.
    """

    def __init__(
        self, compiled: Any, call: Call, k: int, own: slice, y: float, slopes: Any
    ) -> None:
        self.compiled, self.call, self.k = compiled, call, k
        name = getattr(compiled, "__name__", "function")
        partials = _again(call, own, slopes)
        super().__init__(name, name, lambda *xs: y, partials, kink=_kink(compiled, call))

    def unfold(self, node: Node) -> None:
        """Let the node be what the plain function gives, whose own nodes are at the kink."""
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
    """The rule for the partial derivatives as Values, whatever went in: the same compiled
    derivatives.
    """

    def again(_: Any, *xs: Any) -> list[Any]:
        if tape() is not None:
            return list(slopes.plainly(call.args, call.kwargs)[own])
        derived = call_of(slopes._signature, slopes.batched, call.args, call.kwargs)
        return list(on_values(slopes, derived)[own])

    return again


def _kink(compiled: Any, call: Call) -> Any:
    """Whether the function is at a kink, counted by a compiled function of the same arguments;
    None where it has no kinks.
    """
    if not any(
        [
            row is not None and row.kink is not None
            for program in compiled.programs
            for row in program.rows
        ]
    ):
        return None
    plain = replace(call, parts=[_plain(x) for x in call.parts], taken=[])
    return lambda y, *xs: float(_counting(compiled).run(replace(plain, taken=[]))[1][0]) > 0.0


def _counting(compiled: Any) -> Any:
    function, key = compiled._function(), ("kinks",)

    def kinks(*args: Any, **kwargs: Any) -> Any:
        function(*args, **kwargs)
        if (recording := tape()) is None:
            return 1.0  # one of too many paths: there may be a kink
        nodes = [
            x for x in recording.nodes if x.operation is not None and x.operation.kink is not None
        ]
        return total(*[where(x.operation.kink(x, *x.operands), 1.0, 0.0) for x in nodes])

    if key not in compiled.slopes:
        made = type(compiled)(
            function, compiled.batched, "sum" if compiled.batched else None, compiled.without
        )
        made.function, made._signature = kinks, compiled._signature
        kinks.__signature__ = compiled._signature  # type: ignore[attr-defined]
        compiled.slopes[key] = made
    return compiled.slopes[key]
