"""Jacobians and Hessians without the entries that are 0 whatever the numbers are.

Which entries these are is read from the recorded graph: an output has an entry for each input that
a path leads to. So no array of outputs × inputs is built, and no colouring is needed.
"""

from __future__ import annotations

import copy
from collections.abc import Sequence
from typing import Any

from .engine import context
from .engine.kinks import beyond
from .engine.node import Node
from .engine.sweeps import adjoints, differentiate, topological_order
from .errors import MissingExtra, numpy_or_error
from .pytree.core import register_pytree_node


class Pattern:
    """Where the entries of a sparse array stand, row by row: those of row i have the columns
    `indices[indptr[i]:indptr[i + 1]]`.
    """

    def __init__(self, columns: Sequence[Sequence[int]], width: int) -> None:
        numpy = numpy_or_error("a sparse array", "sparse")
        self.shape = (len(columns), width)
        self.indices = numpy.array([j for row in columns for j in row], dtype=numpy.int32)
        self.indptr = numpy.cumsum([0, *map(len, columns)], dtype=numpy.int32)
        self._key = self.shape, self.indices.tobytes(), self.indptr.tobytes()
        self._template: Any = None

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Pattern) and self._key == other._key

    def __hash__(self) -> int:
        return hash(self._key)

    def with_data(self, data: Any) -> Any:
        """SciPy's array with these entries; a `SparseValues` where they are Values, or where there
        are several samples.
        """
        if data.dtype == object or data.ndim != 1:
            return SparseValues(self, data)
        if self._template is None:
            parts = (data, self.indices, self.indptr)
            self._template = _scipy_sparse().csr_array(parts, shape=self.shape)
        made = copy.copy(self._template)  # SciPy checks the indices of an array that it builds
        made.data = data
        return made


class SparseValues:
    """A sparse array of what SciPy's cannot hold: Values, or several samples.

    `data[..., k]` is entry k, in column `indices[k]`; the entries of row i are numbers `indptr[i]`
    to `indptr[i + 1]`. `shape` is (outputs, inputs).

    Args:
        pattern: the shape, and where the entries stand.
        data: the entries, an array (… × entries).

    Example:
        >>> from autograd_core import Value, jacobian
        >>> slopes = jacobian(lambda x: [x[0] * x[1], x[2]], sparse=True)([Value(2.0), 3.0, 4.0])
        >>> slopes.data.tolist(), slopes.indices.tolist(), slopes.indptr.tolist(), slopes.shape
        ([Value(3.0), Value(2.0), 1.0], [0, 1, 2], [0, 2, 3], (2, 3))
    """

    def __init__(self, pattern: Pattern, data: Any) -> None:
        self.pattern, self.data = pattern, data
        self.indices, self.indptr, self.shape = pattern.indices, pattern.indptr, pattern.shape

    def __repr__(self) -> str:
        return f"<SparseValues of shape {self.shape} with {len(self.indices)} entries>"


register_pytree_node(
    SparseValues,
    lambda x: ((x.data,), x.pattern),
    lambda pattern, children: pattern.with_data(children[0]),
)


def sparse_rows(outputs: Sequence[Any], inputs: Sequence[Node], symbolic: bool) -> Any:
    """∂output/∂input for each output and each input to which a path leads from it."""
    numpy = numpy_or_error("a sparse array", "sparse")
    if (recording := context.tape()) is not None:
        recording.refuse_scans()  # in one, every result depends on every operand
    number = {x: j for j, x in enumerate(inputs)}
    columns: list[list[int]] = []
    entries: list[Any] = []
    for y in outputs:
        columns.append(_reached(y, number) if isinstance(y, Node) else [])
        reached = [inputs[j] for j in columns[-1]]
        if reached:
            entries += differentiate(y, reached) if symbolic else adjoints(y, reached)[0]
    data = numpy.empty(len(entries), dtype=object if symbolic else float)
    data[:] = entries
    return Pattern(columns, len(inputs)).with_data(data)


def _reached(output: Node, number: dict[Node, int]) -> list[int]:
    """The inputs that an output depends on, also by what is not followed at a kink."""
    order = topological_order(output)
    nodes = [*order, *beyond([x for x in order if x.operation is not None])]
    return sorted({number[x] for x in nodes if x in number})


def _scipy_sparse() -> Any:
    try:
        from scipy import sparse  # type: ignore[import-untyped]
    except ImportError:
        raise MissingExtra("scipy", "sparse", "a sparse array") from None
    return sparse
