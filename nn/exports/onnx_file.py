"""A model as an ONNX model. Of a table it takes the columns, one input each, and gives what users
of sklearn-onnx expect: `label` and `probabilities`, or `variable`.
"""

from __future__ import annotations

import json
import math
from collections.abc import Sequence
from typing import Any

from .cells import DAYS, known_spellings
from .networks import Network

SAMPLES = "samples"
TEXTS_DOMAIN, TEXTS_VERSION = "ai.onnx.ml", 2
DATES = "days since 1970-01-01, in UTC"


def onnx_file(network: Network, dtype: str) -> bytes:
    """The content of the file."""
    model = network.of_samples().to_onnx(dtype, network.parameters)
    if network.table is not None:
        model = _of_table(model, network.table, dtype)
    model.doc_string = repr(network.model)
    return model.SerializeToString()  # type: ignore[no-any-return]


def _of_table(core: Any, table: dict[str, Any], dtype: str) -> Any:
    """The model of the network between the columns of a table and its answer."""
    import onnx

    names = [column["name"] for column in table["columns"]]
    prefix = "network/"
    while any([name.startswith(prefix) for name in names]):
        prefix = f"_{prefix}"
    core = onnx.compose.add_prefix(core, prefix)
    [given], [found] = core.graph.input, core.graph.output
    nodes = _Nodes(dtype, prefix)
    inputs = [nodes.column(column) for column in table["columns"]]
    nodes.add("Concat", *nodes.encoded, gives=given.name, axis=1)
    nodes.nodes += core.graph.node
    taken, target = {*names}, table["target"]
    if "texts" in target:
        outputs = nodes.classes(found.name, target["texts"], taken)
    else:
        outputs = [nodes.number(found.name, target, taken)]
    graph = onnx.helper.make_graph(
        nodes.nodes, "table", inputs, outputs, [*core.graph.initializer, *nodes.constants]
    )
    model = onnx.helper.make_model(
        graph,
        producer_name=core.producer_name,
        ir_version=core.ir_version,
        opset_imports=[
            *core.opset_import, onnx.helper.make_opsetid(TEXTS_DOMAIN, TEXTS_VERSION),
        ],
    )  # fmt: skip
    known = {"target": target["name"], "classes": target.get("texts")}
    onnx.helper.set_model_props(model, {k: json.dumps(x) for k, x in known.items() if x})
    onnx.checker.check_model(model, full_check=True)
    return model


class _Nodes:
    """The nodes before and after the network; `encoded` are the inputs that columns became."""

    def __init__(self, dtype: str, prefix: str) -> None:
        import numpy
        import onnx

        self.numpy, self.onnx, self.prefix = numpy, onnx, prefix
        kinds = onnx.TensorProto
        self.double, self.text = kinds.DOUBLE, kinds.STRING
        self.dtype = dtype
        self.type = kinds.DOUBLE if dtype == "float64" else kinds.FLOAT
        self.nodes: list[Any] = []
        self.constants: list[Any] = []
        self.encoded: list[str] = []

    def fresh(self) -> str:
        return f"{self.prefix}table_{len(self.nodes) + len(self.constants)}"

    def add(
        self, kind: str, *operands: str, gives: str = "", domain: str = "", **settings: Any
    ) -> str:
        name = gives or self.fresh()
        self.nodes.append(
            self.onnx.helper.make_node(kind, operands, [name], name, domain=domain, **settings)
        )
        return name

    def constant(self, x: Any, dtype: str = "") -> str:
        array = self.numpy.array(x, object if dtype == "text" else dtype or self.dtype)
        self.constants.append(self.onnx.numpy_helper.from_array(array, self.fresh()))
        return self.constants[-1].name  # type: ignore[no-any-return]

    def column(self, column: dict[str, Any]) -> Any:
        """The input for a column, whose nodes are added."""
        make, name = self.onnx.helper.make_tensor_value_info, column["name"]
        if "texts" in column:
            self._texts(column)
            return make(name, self.text, [SAMPLES, 1])
        if "date" in column:  # in double precision always: a day is few digits of its number
            self._numbers(column, "float64")
            return make(name, self.double, [SAMPLES, 1], doc_string=DATES)
        self._numbers(column, self.dtype)
        return make(name, self.type, [SAMPLES, 1])

    def _texts(self, column: dict[str, Any]) -> None:
        keys, places = zip(*known_spellings(column["texts"]).items(), strict=True)
        index = self.add(
            "LabelEncoder", column["name"], domain=TEXTS_DOMAIN,
            keys_strings=[*keys], values_floats=[*map(float, places)], default_float=-1.0,
        )  # fmt: skip
        every = self.constant([[*range(len(column["texts"]))]], "float32")
        self.encoded.append(self._cast(self.add("Equal", index, every)))
        if column.get("unknown"):
            self.encoded.append(self._cast(self.add("Less", index, self.constant(0.0, "float32"))))

    def _numbers(self, column: dict[str, Any], dtype: str) -> None:
        """A number that is known, scaled, or else 0; and of a date its place in the cycles."""
        given = column["name"]
        unknown = self.add("Or", self.add("IsNaN", given), self.add("IsInf", given))
        x = self.add("Where", unknown, self.constant(column["mean"], dtype), given)
        offset = self.add("Sub", x, self.constant(column["mean"], dtype))
        found = [self.add("Div", offset, self.constant(column["scale"], dtype))]
        for cycle in column.get("cycles", []):
            angle = self.add("Mul", x, self.constant(2.0 * math.pi / DAYS[cycle], dtype))
            for y in (self.add("Sin", angle), self._cosine(angle, dtype)):
                found.append(self.add("Where", unknown, self.constant(0.0, dtype), y))
        self.encoded += [*map(self._cast, found)]
        if column.get("unknown"):
            self.encoded.append(self._cast(unknown))

    def _cosine(self, angle: str, dtype: str) -> str:
        """1 − 2 sin² ½x, as few versions of onnxruntime have a cosine in double precision."""
        half = self.add("Sin", self.add("Mul", angle, self.constant(0.5, dtype)))
        square = self.add("Mul", self.constant(2.0, dtype), self.add("Mul", half, half))
        return self.add("Sub", self.constant(1.0, dtype), square)

    def _cast(self, x: str) -> str:
        """Numbers or conditions in the precision of the network."""
        return self.add("Cast", x, to=self.type)

    def classes(self, scores: str, texts: Sequence[str], taken: set[str]) -> list[Any]:
        """The label of the most probable class, and the probabilities of all."""
        label, shares = _free("label", taken), _free("probabilities", taken)
        self.add("Softmax", scores, gives=shares, axis=1)
        best = self.add("ArgMax", shares, axis=1, keepdims=0)
        self.add("Gather", self.constant([*texts], "text"), best, gives=label)
        make = self.onnx.helper.make_tensor_value_info
        return [
            make(label, self.text, [SAMPLES]),
            make(shares, self.type, [SAMPLES, len(texts)]),
        ]

    def number(self, found: str, target: dict[str, Any], taken: set[str]) -> Any:
        """The number that is predicted."""
        name = _free("variable", taken)
        scaled = self.add("Mul", found, self.constant(target["scale"]))
        self.add("Add", scaled, self.constant(target["mean"]), gives=name)
        return self.onnx.helper.make_tensor_value_info(name, self.type, [SAMPLES, 1])


def _free(name: str, taken: set[str]) -> str:
    """A name that no column has."""
    while name in taken:
        name += "_"
    return name
