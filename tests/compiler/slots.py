"""Every slot of a compiled program against the number that was recorded for it, not the outputs
alone.

Nearly every fault of a compiler shows in some slot long before it reaches an output that a test
happens to look at.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from typing import Any

import numpy as np

from autograd_core import Value
from autograd_core.compiler.backends.base import Forms
from autograd_core.compiler.backends.numpy.kernel import Machine
from autograd_core.compiler.ir.program import Program
from autograd_core.compiler.ir.trace import as_program, taping
from autograd_core.compiler.pipeline import ARRAYS
from autograd_core.compiler.tensorize.loop_nests import INPUTS, NUMBERS
from autograd_core.compiler.tensorize.matmul import Matmul
from autograd_core.pytree.core import structure_of

from .interpreter import Interpreted

Shapes = list[tuple[int, int, int]]


def recorded(
    f: Callable[..., Any],
    numbers: Sequence[float],
    samples: Collection[int] = (),
    *,
    strict: bool = False,
) -> Program:
    """The program of a function of plain numbers; the inputs at the places `samples` have a
    value for each sample.
    """
    with taping(strict=strict) as tape:
        leaves = [Value(x, label=f"x[{k}]") for k, x in enumerate(numbers)]
        outputs: list[Any] = []
        structure_of(f(*leaves), outputs)
        program, _ = as_program(tape, leaves, outputs, [k in samples for k in range(len(leaves))])
    return program


class Lowered:
    """A program on the array back-end, without reuse of buffers, so that every value still
    stands in its slot at the end.
    """

    def __init__(
        self,
        program: Program,
        *,
        summed: bool = False,
        samples: int = 1,
        without: Collection[str] = (),
    ) -> None:
        program.summed = len(program.outputs) if summed else 0
        self.program = program
        self.samples = samples
        program.without = frozenset({"plan_memory", *without})
        forms = Forms(program)
        self.layout, self.nests = forms.after(ARRAYS, "plan_memory"), forms.after(ARRAYS)
        self.groups = self.layout.grouped.groups
        self.machine = Machine(self.nests, samples, np.zeros(self.nests.sizes[NUMBERS]))

    @property
    def products(self) -> Shapes:
        """The shapes of the matrix products, in the order of the program."""
        return [group.shape for group in self.groups if isinstance(group, Matmul)]

    @property
    def gathered(self) -> int:
        """How many operands are copied together before an operation, because they do not lie
        side by side.
        """
        return self.machine.source.text().count(".take(")

    def wrong(self, tolerance: float = 1e-11) -> list[tuple[int, float, float]]:
        """Run at the recorded inputs, in every sample the same, by NumPy and by the interpreter; the
        values that differ: (number, got, recorded).
        """
        program, lowered = self.program, self.layout.lowered
        given = [(program.recorded[i], program.batched[i]) for i in program.inputs]
        numbers = np.array([x for x, batched in given if not batched])
        rows = np.array([[x] * self.samples for x, batched in given if batched])
        interpreted = Interpreted(self.nests)
        interpreted.run(numbers, rows if rows.size else None, self.samples)
        self.machine.run(numbers, rows if rows.size else None)
        found = []
        for i, place in enumerate(self.layout.place):
            if place < 0:
                continue
            batched, slot = self.layout.slot(i)
            expected = lowered.recorded[i] * (1 if batched else self._times(i))
            if batched:
                region = interpreted.inputs if slot < self.nests.sizes[INPUTS] else interpreted.rows
                values = [*self.machine.rows[slot], *region[slot]]
            else:
                values = [self.machine.numbers[slot], interpreted.numbers[slot]]
            found += [
                (i, float(x), expected) for x in values if not _near(float(x), expected, tolerance)
            ]
        return found

    def _times(self, i: int) -> int:
        """A sum over the samples is so many times what one sample gives."""
        lowered = self.layout.lowered
        parts = {u for _, u, v in lowered.terms.get(i, ()) if v < 0}
        return self.samples if i in lowered.over or (parts and parts <= lowered.over) else 1


def _near(got: float, expected: float, tolerance: float) -> bool:
    return (
        got == expected
        or (got != got and expected != expected)
        or abs(got - expected) <= tolerance * (1.0 + abs(expected))
    )


def lowered(
    f: Callable[[list[Any]], Any],
    numbers: Sequence[float],
    samples: Sequence[int] = (),
    **options: Any,
) -> Lowered:
    """The program of a function of a list; each of its values is compared with the recorded one
    as well.
    """
    found = Lowered(
        recorded(lambda *xs: f(list(xs)), numbers, samples), samples=4 if samples else 1, **options
    )
    assert found.wrong(1e-10) == []
    return found
