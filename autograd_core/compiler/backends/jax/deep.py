"""A program as stretches of array operations and loops."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

import jax.numpy as jnp

from ....engine.gc_pause import collector_paused
from ...ir.program import Program
from ...ir.scans import ScanRow, has_scans
from ...passes import Pass
from ..base import Forms
from ..depth import depth
from .evaluation import Flat, Form, Results
from .known import Known
from .rolled import run_rolled
from .scanned import run_structured
from .stages import Structured, stages
from .stretches import Rolled, Stretch, is_deep, stretches

Part = Stretch | Rolled | Structured


class Deep(Form):
    """A program as stretches of loop nests, and loops."""

    def __init__(
        self,
        program: Program,
        parts: Sequence[Part],
        lower: Callable[[Program], Form],
    ) -> None:
        self.program = program
        self.parts = [(part, _forms(part, lower)) for part in parts]
        self.inputs = [program.batched[i] for i in program.inputs]
        self.guards = [program.batched[i] for i, _ in program.guards]
        self.sampled = [program.batched[i] for i in program.outputs]

    def __str__(self) -> str:
        return "\n".join([_text(self.program, *part) for part in self.parts])

    def __call__(self, numbers: Any, rows: Any, weights: Any = None) -> Results:
        program = self.program
        known = Known(program, numbers, rows)
        for part, forms in self.parts:
            if isinstance(part, Structured):
                run_structured(known, program, part, forms)
            elif isinstance(part, Rolled):
                run_rolled(known, part, forms[0])
            else:
                _run_stretch(known, part, forms[0])
        numbers_out, rows_out = [], []
        for k, (i, batched) in enumerate(zip(program.outputs, self.sampled, strict=True)):
            if batched and k >= program.summed:
                rows_out.append(known.row(i))
            else:
                numbers_out.append(known.total(i, weights) if batched else known.number(i))
        asked = [*zip([i for i, _ in program.guards], self.guards, strict=True)]
        return Results(
            _joined(numbers_out, numbers.dtype),
            rows_out,
            _joined([known.number(i) for i, batched in asked if not batched], numbers.dtype),
            [known.row(i) for i, batched in asked if batched],
        )


def _forms(part: Part, lower: Callable[[Program], Form]) -> dict[int, Form]:
    """The program of a part in a form that can be called; of scans those of their rounds."""
    programs = part.bodies if isinstance(part, Structured) else {0: part.program}
    return {i: lower(program) for i, program in programs.items()}


def _run_stretch(known: Known, part: Stretch, form: Form) -> None:
    numbers, rows = known.parted(part.inputs, form.inputs)
    known.give(part.outputs, form.sampled, form(numbers, rows if len(rows) else None))


def _joined(numbers: list[Any], dtype: Any) -> Any:
    return (
        jnp.concatenate([jnp.asarray(x, dtype) for x in numbers])
        if numbers
        else jnp.zeros(0, dtype)
    )


def _text(program: Program, part: Part, forms: dict[int, Form]) -> str:
    if isinstance(part, Stretch):
        return str(forms[0])
    rounds = {0: part.rounds} if isinstance(part, Rolled) else _rounds(program, part)
    texts = [f"for each of {rounds[i]} rounds:\n{form}" for i, form in forms.items()]
    return "\n".join([text.replace("\n", "\n  ") for text in texts])


def _rounds(program: Program, part: Structured) -> dict[int, int]:
    rows = {i: program.rows[i] for i in part.bodies}
    return {i: row.scan.rounds for i, row in rows.items() if isinstance(row, ScanRow)}


def form_of(forms: Forms, pipeline: Sequence[Pass], straight: Sequence[Pass]) -> Form:
    """A program in the form that XLA compiles soonest: one with scans, or a deep one in which
    rounds repeat, as stretches and loops, for XLA's time grows faster than the number of array
    operations.
    """

    def lower(program: Program) -> Form:
        return form_of(Forms(program), pipeline, straight)

    with collector_paused():
        scans = has_scans(forms.program)
        if scans or is_deep(depth(forms.program)):
            program = forms.after(straight)
            program = replace(program, batched=[*program.batched])
            parts: Sequence[Part] | None = stages(program) if scans else stretches(program)
            if parts is not None:
                return Deep(program, parts, lower)
        return Flat(forms.after(pipeline))
