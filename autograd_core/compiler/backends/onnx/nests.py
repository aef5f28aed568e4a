"""The loop nests of a program as nodes of an ONNX graph. Rows have the samples first: a row of
values for each sample.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from ...tensorize.loop_nests import (
    NUMBERS,
    ROWS,
    Contract,
    LoopNests,
    Map,
    Nest,
    Operand,
    Part,
    Reduce,
    Reference,
    Slot,
)
from .functions import function_of
from .graph import Graph
from .slots import Slots, Tensor


class Printer:
    """Makes the nodes of nests, one after the other. `inputs` are the tensors of the inputs without
    samples and of those with samples.
    """

    def __init__(self, graph: Graph, nests: LoopNests, inputs: dict[bool, Tensor]) -> None:
        self.graph = graph
        samples = ""
        if inputs[True].width:
            shape = graph.Shape(inputs[True].value)
            samples = graph.Slice(shape, graph.places(0), graph.places(1))
        constants: dict[bool, dict[int, float]] = {False: {}, True: {}}
        for (batched, slot), number in nests.constants:
            constants[batched][slot] = number
        self.slots = {
            batched: Slots(graph, nests.sizes[region], constants[batched], samples)
            for batched, region in ((False, NUMBERS), (True, ROWS))
        }
        for batched, given in inputs.items():
            places = [slot for own, slot in nests.inputs if own == batched]
            if places:
                self.slots[batched].write(places, given)
        for nest in nests:
            self.nest(nest)

    def outputs(self, slots: list[Slot], batched: bool) -> Tensor | None:
        """The values of those of the slots that have samples, or have none."""
        own = [slot for rows, slot in slots if rows == batched]
        if not own:
            return None
        found = self.slots[batched].read(own)
        return self.slots[True].spread(found) if batched else found

    def nest(self, nest: Nest) -> None:
        """Make the nodes of a nest, and write its slots."""
        out = nest.out
        if isinstance(nest, Contract):
            y = self.contracted(nest)
        elif isinstance(nest, Reduce):
            y = self.added([self.summed(part) for part in nest.parts])
        elif isinstance(nest, Map):
            y = self.mapped(nest)
        else:
            y = self.added([self.term(part, out) for part in nest.parts])
        width = len(out.slots)
        if out.batched:
            y = self.slots[True].spread(y, width)
        elif y.width != width:
            y = Tensor(self.graph.Expand(y.value, self.graph.places(width)), width, False)
        self.slots[out.batched].write(out.slots, y)

    def read(self, x: Operand) -> Tensor:
        """An operand: one value where all are alike."""
        if not isinstance(x, Reference):
            alike = len({number.hex() for number in x}) == 1
            numbers = np.array(x[:1] if alike else x, float)
            return Tensor(numbers, len(numbers), False)
        slots = x.slots[:1] if x.strides == (0,) else x.slots
        return self.slots[x.batched].read(slots)

    def of(self, kind: str, *operands: Tensor) -> Tensor:
        """An operator on each of the values."""
        name = self.graph.node(kind, tuple([x.value for x in operands]))
        return _like(name, operands)

    def mapped(self, nest: Map) -> Tensor:
        if nest.row.array == "maximum" and nest.row.arity < 0 and len(nest.operands) > 2:
            return self.largest(nest)
        operands = [self.read(x) for x in nest.operands]
        return _like(function_of(nest.row)(self.graph, *[x.value for x in operands]), operands)

    def largest(self, nest: Map) -> Tensor:
        """The largest of the values that are side by side, or nan where one is nan."""
        graph, count, width = self.graph, len(nest.operands), len(nest.out.slots)
        own = [x for x in nest.operands if isinstance(x, Reference)]
        if len(own) == count and len({x.batched for x in own}) == 1:
            whole = self.slots[own[0].batched].read([slot for x in own for slot in x.slots])
        else:
            parts = [self.read(x) for x in nest.operands]
            whole = self.slots[True].side_by_side(
                [x if x.width == width else self._repeated(x, width) for x in parts]
            )
        axis = int(whole.sampled)
        shape = graph.places(*[0] * axis, count, width)
        table = graph.Reshape(whole.value, shape)
        most = graph.ReduceMax(table, axes=[axis], keepdims=0)
        wrong = graph.number(graph.IsNaN(table))
        wrong = graph.Less(0.0, graph.ReduceMax(wrong, axes=[axis], keepdims=0))
        return Tensor(graph.Where(wrong, np.nan, most), width, whole.sampled)

    def _repeated(self, x: Tensor, width: int) -> Tensor:
        if x.sampled:
            return self.slots[True].spread(x, width)
        if x.constant:
            return Tensor(np.repeat(x.value, width), width, False)
        return Tensor(self.graph.Expand(x.value, self.graph.places(width)), width, False)

    def added(self, terms: list[tuple[bool, Tensor]]) -> Tensor:
        """The sum of terms, of which some are subtracted."""
        (negative, total), *others = sorted(terms, key=lambda term: term[0])
        total = self.of("Neg", total) if negative else total
        for minus, y in others:
            total = self.of("Sub" if minus else "Add", total, y)
        return total

    def term(self, part: Part, out: Reference) -> tuple[bool, Tensor]:
        """Whether a part is subtracted, and the part; where it reaches only a stretch of `out`,
        with zeros around it.
        """
        negative = set(part.coefficients) == {-1.0}
        factors = [self.read(x) for x in part.factors]
        if not factors or not (negative or set(part.coefficients) == {1.0}):
            factors.append(self.read([abs(c) if negative else c for c in part.coefficients]))
        y = factors[0]
        for factor in factors[1:]:
            y = self.of("Mul", y, factor)
        return negative, y if part.out is out else self._reaching(part.out, out, y)

    def _reaching(self, part: Reference, out: Reference, y: Tensor) -> Tensor:
        width = len(out.slots)
        before = part.start - out.start
        behind = width - before - len(part.slots)
        y = y if y.width == len(part.slots) else self._repeated(y, len(part.slots))
        edges = [0, before, 0, behind] if y.sampled else [before, behind]
        return Tensor(self.graph.Pad(y.value, self.graph.places(*edges)), width, y.sampled)

    def summed(self, part: Part) -> tuple[bool, Tensor]:
        """A sum over the slots of a part, times its coefficient."""
        count = max([len(x.slots if isinstance(x, Reference) else x) for x in part.factors] or [1])
        factors = [self.read(x) for x in part.factors] or [self.read([1.0])]
        y = factors[0]
        for factor in factors[1:]:
            y = self.of("Mul", y, factor)
        axis = int(y.sampled)
        if y.width == count:
            name = self.graph.ReduceSum(y.value, self.graph.places(axis), keepdims=1)
            y = Tensor(name, 1, y.sampled)
        else:
            y = self.of("Mul", y, self.read([float(count)]))
        c = part.coefficients[0]
        if c in (1.0, -1.0):
            return c < 0.0, y
        return False, self.of("Mul", y, self.read([c]))

    def contracted(self, nest: Contract) -> Tensor:
        """left @ right; what is constant on the right, as beside a bias, for itself."""
        right = nest.right
        _, inner, columns = nest.shape
        over = nest.over or not right.batched
        known = self.slots[right.batched].constants(right.slots).reshape(inner, columns).all(1)
        if over or not known.any() or known.all():
            y = self.product(nest.left, right, nest)
        else:
            parts = [
                self.product(_columns(nest.left, keep), _rows(right, keep), nest)
                for keep in (~known, known)
            ]
            y = self.of("Add", *parts)
        c = nest.coefficient
        return y if c == 1.0 else self.of("Mul", y, self.read([c]))

    def product(self, left: Reference, right: Reference, nest: Contract) -> Tensor:
        """The entries of a product, row by row."""
        graph = self.graph
        rows, inner = left.shape
        columns = right.shape[1]
        a, b = [self.slots[x.batched].read(x.slots) for x in (left, right)]
        width, sampled = rows * columns, a.sampled or b.sampled
        if nest.over:
            return self._over(a, b, (rows, inner, columns))
        if not sampled and a.constant and b.constant:
            with np.errstate(all="ignore"):
                table = a.value.reshape(rows, inner) @ b.value.reshape(inner, columns)
            return Tensor(table.ravel(), width, False)
        if columns == 1 and not a.sampled and inner > 1:
            return Tensor(graph.MatMul(b.value, self._turned(a, rows, inner)), width, sampled)
        if rows == 1 and not b.sampled and inner > 1:
            return Tensor(graph.MatMul(a.value, self._matrix(b, inner, columns)), width, sampled)
        first, second = self._matrix(a, rows, inner), self._matrix(b, inner, columns)
        y = graph.Mul(first, second) if inner == 1 else graph.MatMul(first, second)
        return Tensor(graph.Reshape(y, graph.places(*[0] * sampled, width)), width, sampled)

    def _matrix(self, x: Tensor, rows: int, columns: int) -> Any:
        if x.constant:
            return x.value.reshape(rows, columns)
        return self.graph.Reshape(x.value, self.graph.places(*[0] * x.sampled, rows, columns))

    def _turned(self, x: Tensor, rows: int, columns: int) -> Any:
        """A matrix without samples, with rows and columns exchanged."""
        table = self._matrix(x, rows, columns)
        return table.T.copy() if x.constant else self.graph.Transpose(table, perm=[1, 0])

    def _over(self, a: Tensor, b: Tensor, shape: tuple[int, int, int]) -> Tensor:
        """Σ left @ right over the samples too."""
        graph, (rows, inner, columns) = self.graph, shape
        second = self._matrix(self.slots[True].spread(b), inner, columns)
        if a.sampled:
            first = graph.Transpose(self._matrix(a, rows, inner), perm=[1, 0, 2])
            first = graph.Reshape(first, graph.places(rows, -1))
            second = graph.Reshape(second, graph.places(-1, columns))
        else:
            first = self._matrix(a, rows, inner)
            second = graph.ReduceSum(second, graph.places(0), keepdims=0)
        y = graph.Reshape(graph.MatMul(first, second), graph.places(rows * columns))
        return Tensor(y, rows * columns, False)


def _like(name: str, operands: Any) -> Tensor:
    """A tensor that is computed from these, value by value."""
    return Tensor(name, max([x.width for x in operands]), any([x.sampled for x in operands]))


def _columns(x: Reference, keep: Any) -> Reference:
    slots = np.array(x.slots).reshape(x.shape)[:, keep]
    return Reference(x.region, tuple(slots.ravel().tolist()), slots.shape, None)


def _rows(x: Reference, keep: Any) -> Reference:
    slots = np.array(x.slots).reshape(x.shape)[keep]
    return Reference(x.region, tuple(slots.ravel().tolist()), slots.shape, None)
