"""From loop nests to instructions of the native machine."""

from __future__ import annotations

from ...tensorize.loop_nests import (
    Combine,
    Contract,
    Map,
    Nest,
    Part,
    Reduce,
    Reference,
)
from .assembler import Assembler
from .contractions import contract
from .instructions import SUM, SUM_OF_ROWS, Operand

Term = tuple[list[Operand], float]
"""The factors of a term, and the number that it is multiplied by."""


def lower(made: Assembler, nest: Nest) -> None:
    """Append the instructions of a nest."""
    made.begin()
    if isinstance(nest, Contract):
        contract(made, nest)
    elif isinstance(nest, Combine):
        _combine(made, nest)
    elif isinstance(nest, Reduce):
        _reduce(made, nest)
    else:
        _map(made, nest)
    made.end(nest.out)


def _map(made: Assembler, nest: Map) -> None:
    batched, name = nest.out.batched, nest.row.array
    assert name is not None
    out = made.operand(nest.out, batched)
    shape = made.shape(len(nest.out.slots), batched)
    operands = [made.operand(x, batched) for x in nest.operands]
    if nest.row.arity >= 0:
        made.each(name, shape, out, *operands)
        return
    first, *others = operands  # the result may lie over an operand, so it is written last
    if not others:
        made.each("copy", shape, out, first)
        return
    between = made.like(len(nest.out.slots), batched) if len(others) > 1 else out
    for k, x in enumerate(others):
        into = out if k == len(others) - 1 else between
        made.each(name, shape, into, first, x)
        first = between


def _combine(made: Assembler, nest: Combine) -> None:
    """The first part is written, with zeros where it does not reach; the others are added.

    The result may lie over factors of the first product, and no others. So nothing is written
    before that is read.
    """
    if all([part.out is nest.out for part in nest.parts]):
        _Sum(made, nest.out).of(nest.parts)
        return
    first, out = nest.parts[0].out, nest.out
    for a, b in ((out.start, first.start), (first.slots[-1] + 1, out.slots[-1] + 1)):
        if a < b:
            gap = Reference(out.region, tuple(range(a, b)), (b - a,), (1,))
            target, shape = made.operand(gap, out.batched), made.shape(b - a, out.batched)
            made.each("copy", shape, target, made.constant(0.0))
    for k, part in enumerate(nest.parts):
        _Sum(made, part.out, begun=k > 0).of([part])


class _Sum:
    """A sum of terms in the slots of `out`; `begun` if something is there that they are added
    to.
    """

    def __init__(self, made: Assembler, out: Reference, begun: bool = False) -> None:
        self.made, self.count, self.batched = made, len(out.slots), out.batched
        self.out = made.operand(out, out.batched)
        self.shape = made.shape(self.count, out.batched)
        self.total: Term | None = ([self.out], 1.0) if begun else None

    def of(self, parts: list[Part]) -> None:
        for part in parts:
            self.add(self.term(part))
        assert self.total is not None
        (x,), scale = self.total
        if x != self.out or scale != 1.0:
            self.scaled(x, scale)

    def term(self, part: Part) -> Term:
        c = part.coefficients
        same = len({x.hex() for x in c}) == 1
        factors = [self.made.operand(x, self.batched) for x in part.factors]
        if not factors:
            return [self.made.operand(c, self.batched)], 1.0
        if not same:
            factors.append(self.made.operand(c, self.batched))
        if len(factors) > 2:
            product = self.made.like(self.count, self.batched)
            self.write("multiply", product, *factors[:2])
            factors = [product, factors[2]]
        return factors, c[0] if same else 1.0

    def add(self, term: Term) -> None:
        factors, scale = term
        if self.total is None:
            if len(factors) == 1:
                self.total = term
            else:
                self.product(factors, scale)
            return
        (x,), own = self.total
        if len(factors) == 2:
            self.add_product(x, own, factors, scale)
        else:
            self.add_one(x, own, factors[0], scale)
        self.total = [self.out], 1.0

    def add_product(self, x: Operand, own: float, factors: list[Operand], scale: float) -> None:
        if own == -1.0:  # x is not what the result lies over, but a factor may be
            self.product(factors, scale)
            self.write("subtract", self.out, self.out, x)
            return
        if own != 1.0:
            self.scaled(x, own)
            x = self.out
        self.write("add_product", self.out, x, *factors, scale=scale)

    def add_one(self, x: Operand, own: float, y: Operand, scale: float) -> None:
        if own != 1.0 and scale == 1.0:
            x, own, y, scale = y, scale, x, own
        elif own != 1.0 and (own == -1.0) == (scale == -1.0):
            self.scaled(x, own)
            x, own = self.out, 1.0
        elif own == -1.0:
            self.scaled(y, scale)
            x, own, y, scale = self.out, 1.0, x, -1.0
        elif own != 1.0:
            self.scaled(x, own)
            x, own = self.out, 1.0
        if scale == 1.0:
            self.write("add", self.out, x, y)
        elif scale == -1.0:
            self.write("subtract", self.out, x, y)
        else:
            self.write("add_scaled", self.out, x, y, scale=scale)

    def product(self, factors: list[Operand], scale: float) -> None:
        name = "multiply" if scale == 1.0 else "scaled_product"
        self.write(name, self.out, *factors, scale=scale)
        self.total = [self.out], 1.0

    def scaled(self, x: Operand, scale: float) -> None:
        name = {1.0: "copy", -1.0: "negative"}.get(scale, "scaled")
        self.write(name, self.out, x, scale=scale)

    def write(self, name: str, out: Operand, *operands: Operand, scale: float = 1.0) -> None:
        self.made.each(name, self.shape, out, *operands, scale=scale)


def _reduce(made: Assembler, nest: Reduce) -> None:
    """Each part a dot product (or a plain sum), one after the other into the total."""
    batched = nest.out.batched
    out = made.operand(nest.out, batched)
    for k, part in enumerate(nest.parts):
        scale, factors = part.coefficients[0], part.factors
        rowwise = [isinstance(x, Reference) and x.batched for x in factors]
        if batched and any(rowwise):
            if rowwise[0] is False:
                factors = factors[::-1]
            operands = [made.operand(x, True) for x in factors]
            count, operation = _length(part), SUM_OF_ROWS
        else:
            operands = [made.operand(x, False) for x in factors]
            count, operation = _length(part), SUM
        one = made.constant(1.0)
        operands = [*operands, one, one][:2]
        shape = made.shape(count, operation is SUM_OF_ROWS)
        if batched and operation is SUM:  # the same for all samples
            same = made.like(1, False)
            made.emit(SUM, shape, same, *operands, scale=scale)
            same = same._replace(column=0)
            given = (out, same) if k else (same,)
            made.each("add" if k else "copy", made.shape(1, True), out, *given)
        else:
            made.emit(operation, shape, out, *operands, scale=scale, added=k > 0)


def _length(part: Part) -> int:
    lengths = [len(x.slots) if isinstance(x, Reference) else len(x) for x in part.factors]
    return lengths[0] if lengths else 1
