"""The nodes of an ONNX graph as they are made: `graph.Mul(a, b)` appends one and gives its name."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from onnx import TensorProto, helper, numpy_helper

from ..array_machine import in_range

OPSET, IR_VERSION = 17, 8
"""What onnxruntime reads from version 1.12 on, and computes from 1.15 on, which came in 2023."""
TYPES: dict[str, int] = {"float64": TensorProto.DOUBLE, "float32": TensorProto.FLOAT}

Operand = Any
"""The name of a tensor, or an array that is a constant."""


class Graph:
    """Nodes, and the constants that they read, each once. A number is one in the precision of the
    graph.
    """

    def __init__(self, dtype: str) -> None:
        self.dtype, self.type = np.dtype(dtype), TYPES[dtype]
        self.nodes: list[Any] = []
        self.constants: dict[tuple[Any, ...], Any] = {}
        self._made: dict[tuple[Any, ...], str] = {}
        self._conditions: dict[str, str] = {}
        self._count = 0

    def __getattr__(self, kind: str) -> Callable[..., str]:
        if not kind[0].isupper():
            raise AttributeError(kind)
        return lambda *operands, **attributes: self.node(kind, operands, attributes)

    def node(
        self, kind: str, operands: tuple[Operand, ...], attributes: dict[str, Any] | None = None
    ) -> str:
        """The name of what a node gives; of one that is there already the same."""
        attributes = attributes or {}
        names = [x if isinstance(x, str) else self.constant(x) for x in operands]
        key = (kind, *names, *[(k, repr(x)) for k, x in attributes.items()])
        if key not in self._made:
            self._made[key] = name = self.fresh(kind.lower())
            self.nodes.append(helper.make_node(kind, names, [name], name, **attributes))
        return self._made[key]

    def fresh(self, stem: str) -> str:
        """A name that no tensor has yet."""
        self._count += 1
        return f"{stem}_{self._count}"

    def constant(self, x: Any) -> str:
        """The name of a constant: a number or floats in the precision of the graph, or integers."""
        array = np.asarray(x)
        array = in_range(array, self.dtype) if array.dtype.kind == "f" else array
        key = (array.dtype.str, array.shape, array.tobytes())
        if key not in self.constants:
            self.constants[key] = numpy_helper.from_array(array, self.fresh("constant"))
        return self.constants[key].name  # type: ignore[no-any-return]

    def places(self, *whole: int) -> str:
        """The name of a list of whole numbers: a shape, or axes."""
        return self.constant(np.array(whole, np.int64))

    def number(self, condition: str) -> str:
        """1.0 where a condition holds, else 0.0."""
        name = self.Cast(condition, to=self.type)
        self._conditions[name] = condition
        return name

    def truth(self, x: Operand) -> str:
        """The condition that a number is; any number but 0 is true, nan too."""
        known = self._conditions.get(x) if isinstance(x, str) else None
        return known or self.Not(self.Equal(x, 0.0))
