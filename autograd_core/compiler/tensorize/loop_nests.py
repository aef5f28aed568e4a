"""Loop nests: a planned program as data, for the printers of all array and native back-ends.

    for i < 16, j < 1, k < 17, n < N: rows[40 + i + j] += numbers[6 + 17i + k] * rows[3 + k + j]
    for k < 16, n < N: rows[40 + k] = tanh(rows[40 + k])

A number lies in a slot of one of three regions: `numbers` has one number in a slot, `rows` one for
each of the N samples, and `inputs` are the first rows, which no nest writes: a batch can be bound
there instead of being copied.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from ...primitives import Primitive

NUMBERS, ROWS, INPUTS = "numbers", "rows", "inputs"
SHOWN = 8
"""So many scattered slots are shown in a text."""

Slot = tuple[bool, int]
"""Whether it is a row, and its place in the region."""


@dataclass(slots=True, eq=False)
class Reference:
    """Slots of a region in the order in which a nest goes through them, a matrix row by row.

    Slot (i, j) of a matrix is start + strides[0] · i + strides[1] · j, and slot k of a list start +
    strides[0] · k; `strides` is None where the slots are scattered. Rows among which there are some
    of the inputs, but not these alone, are in the region `rows`.
    """

    region: str
    slots: tuple[int, ...]
    shape: tuple[int, ...]
    strides: tuple[int, ...] | None

    @property
    def batched(self) -> bool:
        return self.region != NUMBERS

    @property
    def start(self) -> int:
        return self.slots[0]

    @property
    def transposed(self) -> Reference:
        """The same matrix with rows and columns exchanged."""
        columns = self.shape[1]
        slots = [slot for k in range(columns) for slot in self.slots[k::columns]]
        strides = self.strides and self.strides[::-1]
        return Reference(self.region, tuple(slots), self.shape[::-1], strides)

    def text(self, *indices: str) -> str:
        if self.strides is None:
            some = " ".join(map(str, self.slots[:SHOWN]))
            more = " …" if len(self.slots) > SHOWN else ""
            return f"{self.region}[{{{some}{more}}}[{', '.join(indices)}]]"
        steps = [
            f"{s if s != 1 else ''}{k}" for s, k in zip(self.strides, indices, strict=True) if s
        ]
        start = [str(self.start)] if self.start or not steps else []
        return f"{self.region}[{' + '.join([*start, *steps])}]"


Operand = Reference | list[float]
"""What a nest reads for each k: a slot, or a constant."""


class Part(NamedTuple):
    """coefficients[k] · factors[0][k] · factors[1][k], for each slot of `out`, of up to two
    factors.
    """

    coefficients: list[float]
    factors: list[Operand]
    out: Reference

    def __str__(self) -> str:
        c = _operand(self.coefficients)
        factors = [_operand(x) for x in self.factors]
        return " * ".join(factors if c == "1.0" and factors else [c, *factors])


class Map(NamedTuple):
    """`out[k] = row(operands[0][k], operands[1][k], …)`."""

    out: Reference
    row: Primitive
    operands: list[Operand]
    label: str = ""

    def __str__(self) -> str:
        given = ", ".join(map(_operand, self.operands))
        return _line(self.out, f"= {self.row.name}({given})")


class Combine(NamedTuple):
    """`out[k] = Σ parts`, of which some may reach only a stretch of `out`, and are 0 elsewhere."""

    out: Reference
    parts: list[Part]
    label: str = ""

    def __str__(self) -> str:
        out = self.out
        if all([part.out is out for part in self.parts]):
            return _line(out, f"= {' + '.join(map(str, self.parts))}")
        added = [_line(part.out, f"+= {part}") for part in self.parts]
        return "\n".join([_line(out, "= 0.0"), *added])


class Contract(NamedTuple):
    """`out = coefficient · left @ right`; where only the operands have samples, over these too."""

    out: Reference
    left: Reference
    right: Reference
    coefficient: float
    label: str = ""

    @property
    def shape(self) -> tuple[int, int, int]:
        """Rows, contraction, columns."""
        rows, inner = self.left.shape
        return rows, inner, self.right.shape[1]

    @property
    def over(self) -> bool:
        """Whether it is summed over the samples."""
        return self.right.batched and not self.out.batched

    def __str__(self) -> str:
        i, k, j = self.shape
        factors = [self.left.text("i", "k"), self.right.text("k", "j")]
        if self.coefficient != 1.0:
            factors.insert(0, repr(self.coefficient))
        loops = _loops(self.right, i=i, j=j, k=k)
        return f"{loops}{self.out.text('i', 'j')} += {' * '.join(factors)}"


class Reduce(NamedTuple):
    """`out[0] = Σ parts`, a long sum; each part a dot product, or the sum of its only factor, times
    one coefficient.
    """

    out: Reference
    parts: list[Part]
    label: str = ""

    def __str__(self) -> str:
        lines = []
        for part in self.parts:
            counts = [len(x.slots if isinstance(x, Reference) else x) for x in part.factors]
            lines.append(_line(self.out, f"+= {part}", *counts[:1]))
        return "\n".join(lines)


Nest = Map | Combine | Contract | Reduce


@dataclass(slots=True, eq=False)
class LoopNests:
    """The nests of a program in their order: those of the forward pass, those of the backward
    sweeps, and the `deferred` ones, which run only when what they compute is read.

    `sizes` are those of the regions, of which the inputs are the first rows; `constants` fill slots
    that no nest writes. `inputs`, with their names in `labels`, `outputs` and `guards` are in the
    order of the program's, and `sampled` says which outputs had a value for each sample before any
    sum. The last number among the inputs is to be multiplied by `apart_factor`. `separate` says
    that no nest reads samples and other rows as one operand, and that no sample is an output.
    `overflowing` says that a contraction or reduction may give nan of an exponential that is
    infinite.
    """

    sizes: dict[str, int]
    constants: list[tuple[Slot, float]]
    inputs: list[Slot]
    labels: list[str]
    outputs: list[Slot]
    guards: list[Slot]
    sampled: list[bool]
    forward: list[Nest]
    backward: list[Nest]
    deferred: list[Nest]
    separate: bool
    overflowing: bool
    apart_factor: float

    @property
    def sums_over_samples(self) -> bool:
        """Whether a number is computed from all samples, which only contractions do."""
        return any([isinstance(nest, Contract) and nest.over for nest in self])

    def __iter__(self) -> Iterator[Nest]:
        yield from (*self.forward, *self.backward, *self.deferred)

    def __str__(self) -> str:
        sizes = self.sizes
        lines = [f"{sizes[NUMBERS]} numbers, {sizes[ROWS]} rows, {sizes[INPUTS]} of them inputs"]
        lines += [", ".join([f"{_at(slot)} = {x!r}" for slot, x in self.constants])]
        for title in ("forward", "backward", "deferred"):
            nests: list[Nest] = getattr(self, title)
            lines += [f"{title}:", *map(str, nests)] if nests else []
        lines += [f"guard {_at(slot)}" for slot in self.guards]
        return "\n".join([*filter(None, lines), "return " + ", ".join(map(_at, self.outputs))])


def evenly(slots: Sequence[int], shape: Sequence[int]) -> tuple[int, ...] | None:
    """The strides of evenly spaced slots in an array of this shape; else None."""
    strides: list[int] = []
    expected, size = [slots[0]], len(slots)
    for n in shape:
        size //= n
        step = slots[size] - slots[0] if n > 1 else 0
        strides.append(step)
        expected = [x + step * k for x in expected for k in range(n)]
    return tuple(strides) if list(slots) == expected else None


def _loops(reach: Reference, **counts: int) -> str:
    loops = [f"{index} < {count}" for index, count in counts.items() if count > 1]
    loops += ["n < N"] if reach.batched else []
    return f"for {', '.join(loops)}: " if loops else ""


def _line(out: Reference, what: str, count: int = 0) -> str:
    """A loop over the slots of `out`, or over so many terms."""
    return f"{_loops(out, k=count or len(out.slots))}{out.text('k')} {what}"


def _operand(x: Operand) -> str:
    if isinstance(x, Reference):
        return x.text("k")
    return repr(x[0]) if len(set(map(repr, x))) == 1 else "constants[k]"


def _at(slot: Slot) -> str:
    return f"{ROWS if slot[0] else NUMBERS}[{slot[1]}]"
