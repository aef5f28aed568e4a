"""A compiled function called on Values: its results are Values, whose derivatives are a
compiled function again.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from ...engine.context import current, tape
from ...engine.node import Node
from ...engine.sweeps import differentiate
from ...engine.value import record_many, unrecorded
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
    width, nodes = len(inputs), []
    for k, y in enumerate(outputs):
        own = slice(k * width, (k + 1) * width)
        flowing = [x if flows else 0.0 for x, flows in zip(inputs, leads[own], strict=True)]
        nodes.append(
            record_many(_row(compiled, call, own, y, slopes), y, inputs, partials[own], flowing)
        )
    return build(result, nodes)


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


def _row(compiled: Any, call: Call, own: slice, y: float, slopes: Any) -> Reduction:
    """The operation of one output, whose derivatives by the numbers that went in are `own`
    among the `slopes`.
    """
    name = getattr(compiled, "__name__", "function")

    def again(_: Any, *xs: Any) -> list[Any]:
        """The partial derivatives as Values, whatever went in: the same compiled derivatives."""
        if tape() is not None:
            return list(slopes.plainly(call.args, call.kwargs)[own])
        return list(
            on_values(slopes, call_of(slopes._signature, slopes.batched, call.args, call.kwargs))[
                own
            ]
        )

    return Reduction(name, name, lambda *xs: y, again, kink=_kink(compiled, call))


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
