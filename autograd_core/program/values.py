"""A compiled function called on Values: its results are Values, whose derivatives are a compiled function again."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from ..graph import differentiate
from ..modes import current
from ..node import Node
from ..primitives import Reduction
from ..value import Value, record_many
from .calls import Call, is_object_array
from .structure import build, structure_of


def on_values(compiled: Any, call: Call) -> Any:
    """Outputs as nodes, each with one edge to every Value that the function was given or read from outside."""
    plain = replace(call, parts=[_plain(x) for x in call.parts], taken=[])
    result, numbers = compiled.run(plain)
    if None in plain.taken:
        return compiled.plainly(call.args, call.kwargs)
    outputs = numbers.tolist() if hasattr(numbers, "tolist") else numbers
    if compiled.batched and compiled.reduce is None:
        raise TypeError("a batched function gives Values only where it is reduced: use reduce='sum' or 'mean', or plain numbers")
    if not current.get().recording:
        return build(result, [Value(y, role="constant") for y in outputs])
    captured = list(dict.fromkeys([x for path in compiled.paths[call.structure] for x in path.captured]))
    slopes = _slopes(compiled, captured)
    derived = replace(plain, taken=[])
    partials = [float(x) for x in slopes.run(derived)[1]]
    leads = [not all([path is not None and path.is_zero(k) for path in derived.taken]) for k in range(len(partials))]
    given = [x for part in call.parts for x in (part.ravel().tolist() if hasattr(part, "ravel") else [part])]
    inputs = [x for x in [*given, *captured] if not hasattr(x, "rows")]
    width = len(inputs)
    nodes = []
    for k, y in enumerate(outputs):
        own = slice(k * width, (k + 1) * width)
        flowing = [x if flows else 0.0 for x, flows in zip(inputs, leads[own], strict=True)]
        nodes.append(record_many(_row(compiled, call, own, y, slopes), y, inputs, partials[own], flowing))
    return build(result, nodes)


def _plain(x: Any) -> Any:
    if isinstance(x, Node):
        return x._data
    if is_object_array(x):
        import numpy

        return numpy.array([float(_plain(y)) for y in x.ravel()]).reshape(x.shape)
    return x


def _slopes(compiled: Any, captured: list[Node]) -> Any:
    """The derivatives of every output by every number without samples, as a compiled function of the same arguments."""
    function = compiled._function()

    def slopes(*args: Any, **kwargs: Any) -> list[Any]:
        outputs: list[Any] = []
        inputs: list[Any] = []
        structure_of((args, kwargs), inputs)
        structure_of(function(*args, **kwargs), outputs)
        leaves = [y for x in inputs for y in (x.ravel().tolist() if hasattr(x, "ravel") else [x])]
        shared = [x for x in leaves if isinstance(x, Node) and not _sampled(x)]
        flat = [y for x in outputs for y in (x.ravel().tolist() if hasattr(x, "ravel") else [x])]
        rows = [
            differentiate(y, [*shared, *captured]) if isinstance(y, Node) else [0.0] * (len(shared) + len(captured)) for y in flat
        ]
        return [partial for row in rows for partial in row]

    made = compiled.slopes.get(tuple(captured))
    if made is None:
        made = compiled.slopes[tuple(captured)] = type(compiled)(function, compiled.batched, compiled.reduce, compiled.without)
        made.function = slopes
    return made


def _sampled(x: Node) -> bool:
    return x._note is not None and x._note.role == "sample"


def _row(compiled: Any, call: Call, own: slice, y: float, slopes: Any) -> Reduction:
    """The operation of one output, whose derivatives by the numbers that went in are `own` among the `slopes`."""
    name = getattr(compiled, "__name__", "function")

    def again(_: Any, *xs: Any) -> list[Any]:
        """The partial derivatives as Values: the same compiled derivatives, called on Values."""
        return list(slopes(*call.args, **call.kwargs)[own])

    return Reduction(name, name, lambda *xs: y, again)
