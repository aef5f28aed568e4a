"""`program.to_onnx()`: a program as an ONNX model."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import onnx
from onnx import helper

from ...tensorize.loop_nests import LoopNests
from .graph import IR_VERSION, OPSET, Graph
from .nests import Printer
from .slots import Tensor

NUMBERS, INPUTS, OUTPUTS, TOTALS = "numbers", "inputs", "outputs", "totals"
SAMPLES = "samples"


def model_of(nests: LoopNests, dtype: str, numbers: Sequence[float] | None) -> Any:
    """The model. Those of the inputs that have no samples are `numbers`, or else an input."""
    graph = Graph(dtype)
    counts = {own: sum([row == own for row, _ in nests.inputs]) for own in (False, True)}
    names = {True: INPUTS, False: NUMBERS if counts[True] else INPUTS}
    given = {own: Tensor(names[own], counts[own], own) for own in (False, True)}
    if numbers is not None:
        if len(numbers) != counts[False]:
            raise ValueError(
                f"numbers must hold the {counts[False]} inputs without samples, got {len(numbers)}"
            )
        given[False] = Tensor(np.array([*numbers], float), counts[False], False)
    inputs = [
        helper.make_tensor_value_info(x.value, graph.type, [SAMPLES, x.width][1 - own :])
        for own, x in given.items()
        if x.width and not x.constant
    ]
    if nests.apart_factor != 1.0:
        factors = np.ones(counts[False])
        factors[-1] = nests.apart_factor
        given[False] = Tensor(graph.Mul(given[False].value, factors), counts[False], False)
    printer, outputs = Printer(graph, nests, given), []
    for own in (False, True):
        found = printer.outputs(nests.outputs, own)
        if found is not None:
            name = OUTPUTS if own or not counts[True] else TOTALS
            graph.nodes.append(helper.make_node("Identity", [_named(graph, found)], [name], name))
            shape = [SAMPLES, found.width][1 - own :]
            outputs.append(helper.make_tensor_value_info(name, graph.type, shape))
    return _checked(graph, inputs, outputs)


def _named(graph: Graph, tensor: Tensor) -> str:
    return tensor.value if isinstance(tensor.value, str) else graph.constant(tensor.value)


def _needed(graph: Graph, outputs: list[Any]) -> list[Any]:
    """The nodes that the outputs are computed from."""
    read, kept = {x.name for x in outputs}, []
    for node in reversed(graph.nodes):
        if read.intersection(node.output):
            kept.append(node)
            read.update(node.input)
    graph.constants = {k: x for k, x in graph.constants.items() if x.name in read}
    return kept[::-1]


def _checked(graph: Graph, inputs: list[Any], outputs: list[Any]) -> Any:
    """The whole model, as ONNX's own checker takes it."""
    nodes = _needed(graph, outputs)
    whole = helper.make_graph(nodes, "program", inputs, outputs, [*graph.constants.values()])
    model = helper.make_model(
        whole,
        producer_name="autograd_core",
        opset_imports=[helper.make_opsetid("", OPSET)],
        ir_version=IR_VERSION,
    )
    onnx.checker.check_model(model, full_check=True)
    return model
