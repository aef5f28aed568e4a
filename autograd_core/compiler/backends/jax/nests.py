"""The loop nests of a program as a pure function of JAX arrays."""

from __future__ import annotations

from math import prod
from typing import Any

import jax
import jax.numpy as jnp

from ...tensorize.loop_nests import (
    NUMBERS,
    ROWS,
    Combine,
    Contract,
    LoopNests,
    Map,
    Nest,
    Operand,
    Part,
    Reduce,
    Reference,
)
from ..array_machine import in_range
from .rows import function_of
from .slots import Slots

NARROW = 8
"""A nest of at most so many operations on rows is written row by row: XLA then fuses it with its
neighbours, where rows that are put side by side must be stored."""
NARROW_FORMULA = 32
"""The same in a program without products, which would need the rows side by side."""
MOST_ROWS = 400
"""So many rows are written by themselves in a program, for XLA's time grows faster than them."""


def evaluated(program: LoopNests, numbers: Any, rows: Any, weights: Any = None) -> Run:
    """A run of the nests. `weights` are 1 for each sample, and 0 for one that does not count in
    sums over the samples.
    """
    run = Run(program, numbers, rows, weights)
    for nest in program:
        run.nest(nest)
    return run


class Run:
    """The slots of a program while its nests are evaluated one after the other."""

    def __init__(self, program: LoopNests, numbers: Any, rows: Any, weights: Any) -> None:
        dtype = numbers.dtype if rows is None else rows.dtype
        self.dtype, self.weights = dtype, weights
        self.samples = 1 if rows is None else rows.shape[1]
        self.alone = _narrow(program)
        constants: dict[bool, dict[int, float]] = {False: {}, True: {}}
        for (batched, slot), number in program.constants:
            constants[batched][slot] = number
        self.slots = {
            batched: Slots(program.sizes[region], batched, constants[batched], dtype)
            for batched, region in ((False, NUMBERS), (True, ROWS))
        }
        if program.apart_factor != 1.0:
            numbers = numbers.at[-1].multiply(in_range(program.apart_factor, dtype))
        for batched, given in ((False, numbers), (True, rows)):
            places = [slot for row, slot in program.inputs if row == batched]
            if places:
                self.slots[batched].write(places, given)

    def numbers(self, slots: list[tuple[bool, int]]) -> Any:
        """Those of these slots that are numbers, as one array."""
        places = [slot for batched, slot in slots if not batched]
        found = self.slots[False].read(places) if places else jnp.zeros(0, self.dtype)
        return jnp.asarray(found, self.dtype)

    def rows(self, slots: list[tuple[bool, int]]) -> list[Any]:
        """Those that are rows, in blocks (rows, samples). Side by side in one array, XLA would
        compute all of them anew for each.
        """
        places = [slot for batched, slot in slots if batched]
        found = self.slots[True].blocks(places) if places else []
        return [jnp.broadcast_to(x, (len(x), self.samples)) for x in found]

    def nest(self, nest: Nest) -> None:
        """Evaluate a nest, and write its slots."""
        out = nest.out
        if id(nest) in self.alone:
            self.one_by_one(nest)  # type: ignore[arg-type]
            return
        if isinstance(nest, Contract):
            y = self.contracted(nest)
            y = y.reshape(-1, self.samples) if out.batched else y.reshape(-1)
        elif isinstance(nest, Reduce):
            y = self.reduced(nest)[None]
        else:
            y = self.mapped(nest) if isinstance(nest, Map) else self.combined(nest)
        shape = (len(out.slots), self.samples)[: 1 + out.batched]
        self.slots[out.batched].write(out.slots, jnp.broadcast_to(y, shape))

    def one_by_one(self, nest: Map | Combine | Contract) -> None:
        """A nest on rows, each written as an array of its own. All are read before one is written,
        as they may lie in one place.
        """
        ys = [self._row(nest, k, _at(nest.out, k)) for k in range(len(nest.out.slots))]
        for slot, y in zip(nest.out.slots, ys, strict=True):
            self.slots[True].write([slot], jnp.broadcast_to(y, (1, self.samples)))

    def _row(self, nest: Map | Combine | Contract, k: int, out: Reference) -> Any:
        """What a nest gives for one of its slots."""
        if isinstance(nest, Map):
            return self.mapped(Map(out, nest.row, [_at(x, k) for x in nest.operands]))
        if isinstance(nest, Contract):
            return self.combined(_entry(nest, out, k))
        parts = []
        for part in nest.parts:
            if out.start in part.out.slots:
                j = part.out.slots.index(out.start)
                factors = [_at(x, j) for x in part.factors]
                parts.append(Part(_at(part.coefficients, j), factors, out))
        return self.combined(Combine(out, parts))

    def read(self, x: Operand, batched: bool) -> Any:
        """An operand of a nest on numbers, or on rows: then with an axis of samples."""
        if not isinstance(x, Reference):
            alike = len({number.hex() for number in x}) == 1
            found = in_range(x[0] if alike else x, self.dtype)
            return found[:, None] if batched and not alike else found
        if x.strides == (0,) and not x.batched:
            return self.slots[False].read(x.slots[:1])
        found = self.slots[x.batched].read(x.slots)
        return found[:, None] if batched and not x.batched else found

    def mapped(self, nest: Map) -> Any:
        given = [self.read(x, nest.out.batched) for x in nest.operands]
        return function_of(nest.row)(*[jnp.asarray(x) for x in given])

    def combined(self, nest: Combine) -> Any:
        """The sum of the parts; a part that reaches a stretch alone has zeros around it."""
        total = None
        for part in nest.parts:
            sign, y = self.term(part)
            if part.out is not nest.out:
                y = self._reaching(part.out, nest.out, y)
            if total is None:
                total = y if sign > 0 else -y
            else:
                total = total + y if sign > 0 else total - y
        return total

    def _reaching(self, part: Reference, out: Reference, y: Any) -> Any:
        shape = (len(part.slots), self.samples)[: 1 + out.batched]
        y = jnp.broadcast_to(y, shape)
        before = part.start - out.start
        behind = len(out.slots) - before - len(part.slots)
        return jnp.pad(y, [(before, behind), (0, 0)][: y.ndim])

    def term(self, part: Part) -> tuple[float, Any]:
        """A part and the sign that it has."""
        batched, signs = part.out.batched, set(part.coefficients)
        sign = part.coefficients[0] if signs in ({1.0}, {-1.0}) else 1.0
        factors = [self.read(x, batched) for x in part.factors]
        if signs != {sign} or not factors:
            factors.append(
                self.read([abs(x) if x == sign else x for x in part.coefficients], batched)
            )
        y = jnp.asarray(factors[0])
        for factor in factors[1:]:
            y = y * factor
        return sign, y

    def reduced(self, nest: Reduce) -> Any:
        total = None
        for part in nest.parts:
            y, c = self._summed(part, nest.out.batched), part.coefficients[0]
            y = y if c == 1.0 else y * in_range(c, self.dtype)
            total = y if total is None else total + y
        return total

    def _summed(self, part: Part, batched: bool) -> Any:
        """Σ u · v over the slots of a part."""
        y = jnp.ones((1, 1)[: 1 + batched], self.dtype)
        for x in part.factors:
            y = y * self.read(x, batched)
        count = max([len(x.slots if isinstance(x, Reference) else x) for x in part.factors] or [1])
        return jnp.broadcast_to(y, (count, *y.shape[1:])).sum(0)

    def contracted(self, nest: Contract) -> Any:
        left, right = nest.left, nest.right
        a, b = [self.slots[x.batched].matrix(x) for x in (left, right)]
        if nest.over and self.weights is not None:
            b = jnp.where(self.weights > 0.0, b, 0.0)
        a, b = [
            jnp.broadcast_to(x, (*y.shape, self.samples)) if y.batched else jnp.asarray(x)
            for x, y in ((a, left), (b, right))
        ]
        product = _product(a, b, nest)
        c = nest.coefficient
        return product if c == 1.0 else product * in_range(c, self.dtype)


def _product(a: Any, b: Any, nest: Contract) -> Any:
    """left @ right, for each sample or over them."""
    _, inner, columns = nest.shape
    exact = {"precision": jax.lax.Precision.HIGHEST}
    if nest.left.batched:
        if nest.over:
            return jnp.einsum("ikn,kjn->ij", a, b, **exact)
        if inner == 1:
            return a * b
        return jnp.einsum("ikn,kjn->ijn", a, b, **exact)
    if nest.over:
        b = b.sum(2)
    elif nest.right.batched:
        if inner == 1:
            return a[:, :, None] * b
        if columns == 1:
            return jnp.matmul(a, b[:, 0], **exact)
        return jnp.einsum("ik,kjn->ijn", a, b, **exact)
    return a * b if inner == 1 else jnp.matmul(a, b, **exact)


def _narrow(program: LoopNests) -> set[int]:
    """The nests that are written row by row, by their identity; none where they are many."""
    products = any([isinstance(nest, Contract) for nest in program])
    most = NARROW if products else NARROW_FORMULA
    found = {
        id(nest): _operations(nest)
        for nest in program
        if nest.out.batched and not isinstance(nest, Reduce) and _operations(nest) <= most
    }
    return set(found) if sum(found.values()) <= MOST_ROWS else set()


def _operations(nest: Nest) -> int:
    return prod(nest.shape) if isinstance(nest, Contract) else len(nest.out.slots)


def _entry(nest: Contract, out: Reference, place: int) -> Combine:
    """One entry of a product, as a sum of products."""
    _, inner, columns = nest.shape
    i, j = divmod(place, columns)
    parts = [
        Part(
            [nest.coefficient],
            [_at(nest.left, i * inner + k), _at(nest.right, k * columns + j)],
            out,
        )
        for k in range(inner)
    ]
    return Combine(out, parts)


def _at(x: Any, k: int) -> Any:
    """Slot k of a reference, or constant k."""
    if isinstance(x, Reference):
        return Reference(x.region, (x.slots[k],), (1,), (0,))
    return [x[k]]
