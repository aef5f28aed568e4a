"""Where the slots of loop nests lie: in the memory of a C file, or in the arrays of its caller."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from ...tensorize.loop_nests import (
    Combine,
    Contract,
    LoopNests,
    Map,
    Nest,
    Operand,
    Reference,
    evenly,
)

_LONG, _MANY = 8, 16  # so long runs of inputs and outputs are not copied, and so many


class Places:
    """Where slots lie: in the memory, or for long runs of inputs and outputs in the caller's arrays
    themselves.
    """

    def __init__(self, form: LoopNests) -> None:
        self.known: list[tuple[bool, int, int, str, int]] = []
        self._references = [(x, False) for nest in form for x in _read_by(nest)]
        self._references += [(x, True) for nest in form for x in _written_by(nest)]
        fixed = {slot for slot, _ in form.constants}
        if form.apart_factor != 1.0:
            fixed.add([slot for slot in form.inputs if not slot[0]][-1])
        results = [*form.outputs, *form.guards]
        for batched, given, found in ((False, "inputs", "outputs"), (True, "samples", "sampled")):
            for name, slots in ((given, form.inputs), (found, results)):
                long = [x for x in runs([i for own, i in slots if own == batched]) if x[2] >= _LONG]
                for start, slot, count in long[:_MANY]:
                    inside = range(slot, slot + count)
                    free = name == found or fixed.isdisjoint([(batched, i) for i in inside])
                    if free and self._is_apart(batched, inside, name == found):
                        self.known.append((batched, slot, slot + count, name, start - slot))

    def _is_apart(self, batched: bool, inside: range, may_write: bool) -> bool:
        """Whether each reference, and each run that is known, is in a run as a whole or outside of
        it.
        """
        for own, start, end, _, _ in self.known:
            if own == batched and start < inside.stop and inside.start < end:
                return False
        for x, written in self._references:
            if x.batched == batched:
                found = [slot in inside for slot in x.slots]
                if any(found) and not (all(found) and (may_write or not written)):
                    return False
        return True

    def place(self, batched: bool, slot: int) -> tuple[str, int]:
        """The array that a slot is in, and its distance from its place there."""
        for own, start, end, name, shift in self.known:
            if own == batched and start <= slot < end:
                return name, shift
        return ("rows" if batched else "numbers"), 0

    def moved(
        self, batched: bool, slots: Sequence[int], name: str
    ) -> Iterator[tuple[int, str, int, int]]:
        """Stretches of slots that do not lie in order in the array of this name: where each begins
        there, the array that it lies in, where it begins in this, and its length.
        """
        found = [self.place(batched, slot) for slot in slots]
        start = 0
        for k in range(1, len(slots) + 1):
            if k < len(slots) and slots[k] == slots[k - 1] + 1 and found[k] == found[k - 1]:
                continue
            own, shift = found[start]
            if (own, slots[start] + shift) != (name, start):
                yield start, own, slots[start] + shift, k - start
            start = k

    def text(self, batched: bool, slot: int) -> str:
        name, shift = self.place(batched, slot)
        return element(name, batched, str(slot + shift))


def stretch(x: Operand, first: int, end: int) -> Operand:
    """The elements of an operand from one to another."""
    if not isinstance(x, Reference):
        return x[first:end]
    return reference(x.region, x.slots[first:end])


def reference(region: str, slots: Sequence[int]) -> Reference:
    return Reference(region, tuple(slots), (len(slots),), evenly(slots, (len(slots),)))


def _read_by(nest: Nest) -> list[Reference]:
    if isinstance(nest, Contract):
        return [nest.left, nest.right]
    operands = (
        nest.operands if isinstance(nest, Map) else [x for p in nest.parts for x in p.factors]
    )
    return [x for x in operands if isinstance(x, Reference)]


def _written_by(nest: Nest) -> list[Reference]:
    return [nest.out, *[p.out for p in nest.parts]] if isinstance(nest, Combine) else [nest.out]


def element(name: str, batched: bool, index: str) -> str:
    return f"{name}[{row(index) if batched else index}]"


def row(index: str) -> str:
    """Where a row has the number of sample s."""
    if index == "0":
        return "s"
    return f"{index if index.isalnum() or index.endswith(']') else f'({index})'} * n + s"


def times(step: int, index: str) -> str:
    if step == 0 or index == "0":
        return ""
    return index if step == 1 else f"{step} * {index}"


def plus(start: int, *terms: str) -> str:
    found = [x for x in terms if x and x != "0"]
    return " + ".join([*([str(start)] if start or not found else []), *found])


def runs(slots: Sequence[int]) -> Iterator[tuple[int, int, int]]:
    """Stretches of slots that follow each other: where each begins, its first slot, its length."""
    start = 0
    for k in range(1, len(slots) + 1):
        if k == len(slots) or slots[k] != slots[k - 1] + 1:
            yield start, slots[start], k - start
            start = k
