"""From a Program to something that runs: the passes, the choice of a back-end by a small cost
model, and the runs.
"""

from __future__ import annotations

import math
from collections import Counter
from functools import partial
from typing import Any

from ..engine.forks import Locked, importing, unlocked_property
from ..primitives import Primitive, arithmetic, reductions
from .backends import python
from .backends.numpy.layout import Layout, plan_memory
from .ir.program import Program
from .passes import Pass
from .passes.common_subexpressions import eliminate_common_subexpressions
from .passes.dead_code import remove_dead_code
from .passes.decompose import decompose
from .passes.simplify import simplify
from .tensorize.groups import Elementwise, Grouped, LongSum, Sums, group_by_level
from .tensorize.matmul import Product
from .tensorize.sums import canonicalize_sums

STRAIGHT = [
    Pass("simplify", simplify),
    Pass("remove_dead_code", remove_dead_code),
    Pass("eliminate_common_subexpressions", eliminate_common_subexpressions),
]
"""The pipeline of straight-line Python."""

ARRAYS = [
    Pass("simplify", simplify),
    Pass("decompose", decompose),
    Pass("canonicalize_sums", canonicalize_sums, None),
    Pass("find_matmuls", group_by_level, partial(group_by_level, products=False)),
    Pass("plan_memory", plan_memory, partial(plan_memory, reuse=False)),
]
"""The pipeline of NumPy; the sums, the groups and the places of their values are always made."""

PIPELINES = {"python": STRAIGHT, "numpy": ARRAYS}

# The cost model, in nanoseconds, measured: a Python operation, a call of `math` or of a row, a
# NumPy call, an element of one.
PYTHON_OPERATION, PYTHON_CALL, NUMPY_CALL, NUMPY_ELEMENT = 12, 60, 450, 0.8
ROOM, FEWEST = 1 << 27, 8
"""The bytes that the machines of a program may take, one for each batch size, and how many always
may.
"""
_LONG = (reductions.dot, reductions.sum)


class Executable(Locked):
    """A program made ready: `run(numbers, rows, samples)` gives the outputs and the guards.

    `numbers` are the inputs without samples, `rows` those with, an array (inputs, samples). What
    has a value for each sample comes back as a row, the rest as numbers, each in the order of the
    program's outputs.
    """

    def __init__(self, program: Program) -> None:
        super().__init__()
        self.program = program
        self.forms: dict[tuple[Pass, ...], Any] = {}
        self.machines: dict[int, Any] = {}

    def after(self, name: str, pipeline: list[Pass] = ARRAYS) -> Any:
        """What the passes of a pipeline make of the program, up to the one of this name. Each runs
        once, and what pipelines begin with is run for all of them.
        """
        form, done = self.program, tuple[Pass, ...]()
        for step in pipeline:
            done = (*done, step)
            if done not in self.forms:
                self.forms[done] = step(form, self.program.without)
            form = self.forms[done]
            if step.name == name:
                return form
        raise KeyError(name)

    def passes(self, backend: str = "auto") -> dict[str, str]:
        """The program after each pass, as text."""
        fresh, pipeline = Executable(self.program), PIPELINES[self.backend(backend)]
        return {step.name: str(fresh.after(step.name, pipeline)) for step in pipeline}

    def source(self, backend: str = "auto") -> str:
        """What a back-end runs, as text."""
        if self.backend(backend) == "python":
            return python.source(self.straight)[0]
        with importing:
            from .backends.numpy import emit  # loads NumPy

        return emit.source(self.layout, 1 + any(self.program.batched)).text()

    def backend(self, name: str) -> str:
        if name == "auto":
            return "python" if self.scalar else "numpy"
        if name not in PIPELINES:
            raise ValueError(f"there is no back-end {name!r}; choose one of {sorted(PIPELINES)}")
        return name

    @unlocked_property
    def careful(self) -> bool:
        """Whether a nan among the outputs may be one that the eager engine has not: then a strict
        program decides.

        It may come from an infinite derivative of a branch not taken (also where the mask itself
        was dropped, but not where it became a constant), or from an exponential that overflows.
        """
        program = self.after("simplify")
        return bool(
            program.masks or any([row.overflows for row in program.rows if row is not None])
        )

    @unlocked_property
    def told(self) -> bool:
        """Whether each nan that `careful` means is born in an operation on elements, of which NumPy
        tells; products do not.

        It is ∞ · 0 of an exponential, or ∞ − ∞ where the largest is subtracted, and no derivative
        of a branch not taken.
        """
        names = [row.name if row is not None else "" for row in self.grouped.lowered.rows]
        constants = self.grouped.lowered.constants
        for group in self.grouped.groups:
            if isinstance(group, Product | LongSum):
                us, vs = (
                    (group.left, group.right)
                    if isinstance(group, Product)
                    else (group.us, group.vs)
                )
                for side, other in ((us, vs), (vs, us)):
                    read = {names[i] for column in side for i in column if i >= 0}
                    if "largest" in read or (
                        "exp" in read
                        and any([i not in constants for column in other for i in column])
                    ):
                        return False
        return not self.after("simplify").masks

    @property
    def straight(self) -> Program:
        """The program for straight-line Python."""
        return self.after(STRAIGHT[-1].name, STRAIGHT)  # type: ignore[no-any-return]

    @property
    def grouped(self) -> Grouped:
        return self.after("find_matmuls")  # type: ignore[no-any-return]

    def sampled(self) -> list[bool]:
        """Which outputs have a value for each sample (or had, before the sum over them)."""
        return self.grouped.lowered.sampled

    @property
    def layout(self) -> Layout:
        return self.after("plan_memory")  # type: ignore[no-any-return]

    @unlocked_property
    def scalar(self) -> bool:
        """Whether straight-line Python is cheaper than arrays."""
        if any(self.program.batched):
            return False
        most = _python_cost(self.program)
        if most < 5_000:
            return True
        arrays = array_cost(self.grouped)
        return arrays > most or (arrays > 0.1 * most and arrays > _python_cost(self.straight))

    @unlocked_property
    def straight_run(self) -> python.Run:
        return python.build(self.straight)

    @unlocked_property
    def numbers(self) -> Any:
        """The buffer of everything without samples, one for machines of all sizes."""
        return _kernel().aligned(self.layout.size[0])

    def prepare(self, samples: int) -> Any:
        """What will run; lowered now, and not at the first run."""
        return self.straight_run if self.scalar else self.machine(samples)

    def machine(self, samples: int) -> Any:
        """The array program with buffers for so many samples; those used last are kept, as many
        as there is room for.
        """
        machine = self.machines.pop(samples, None)
        if machine is None:
            machine = _kernel().Machine(self.layout, samples, self.numbers, told=self.told)
            room = ROOM - machine.bytes - sum([other.bytes for other in self.machines.values()])
            while room < 0 and len(self.machines) >= FEWEST:
                room += self.machines.pop(next(iter(self.machines))).bytes
        self.machines[samples] = machine  # the last of them
        return machine

    def run(self, numbers: Any, rows: Any = None, samples: int = 1) -> tuple[Any, Any, list[Any]]:
        """Outputs as numbers and as rows, and the guards (a bool each, or an array of them)."""
        if self.scalar:
            outputs, guards = self.straight_run(
                numbers.tolist() if hasattr(numbers, "tolist") else numbers
            )
            return outputs, None, guards
        with self.lock:
            return self.machine(samples).run(numbers, rows)  # type: ignore[no-any-return]

    def __getstate__(self) -> dict[str, Any]:
        return {"program": self.program}

    def __setstate__(self, state: dict[str, Any]) -> None:
        self.__init__(state["program"])  # type: ignore[misc]


Program.executable = Executable


def _kernel() -> Any:
    with importing:
        from .backends.numpy import kernel  # loads NumPy
    return kernel


def optional_passes() -> list[str]:
    """The passes that can be switched off, each once."""
    steps = [step for pipeline in PIPELINES.values() for step in pipeline]
    return list(dict.fromkeys([step.name for step in steps if step.otherwise is not None]))


def has_nan(numbers: Any) -> bool:
    """Whether a nan is among the outputs (or infinities that may have hidden one)."""
    if numbers is None:
        return False
    if isinstance(numbers, list):
        total = sum(numbers)
        return total - total != 0.0 and any([x != x for x in numbers])  # a nan makes the total one
    import numpy

    with numpy.errstate(all="ignore"):
        return not math.isfinite(numbers.ravel().dot(numbers.ravel()))


def _has_operator(row: Primitive) -> bool:
    """Whether straight-line Python calls no function for it."""
    return bool(row.operator) or row.additive or row is arithmetic.where


def _python_cost(program: Program) -> float:
    """What the program will cost as straight-line Python."""
    counts = Counter(program.rows)
    cost = sum(
        [
            n * (PYTHON_OPERATION if _has_operator(row) else PYTHON_CALL)
            for row, n in counts.items()
            if row is not None
        ]
    )
    long = [
        len(given)
        for row, given in zip(program.rows, program.operands, strict=True)
        if len(given) > 3 and row in _LONG
    ]
    return cost + PYTHON_OPERATION * sum([n // 2 - 1 for n in long])


def array_cost(grouped: Grouped) -> float:
    """What the groups will cost as NumPy calls."""
    cost = 0.0
    for group in grouped.groups:
        if isinstance(group, Product):
            rows, inner, columns = group.shape
            cost += 1.5 * NUMPY_CALL + NUMPY_ELEMENT * (
                rows * columns + 0.1 * rows * inner * columns
            )
        elif isinstance(group, Sums):
            cost += len(group.us) * (NUMPY_CALL + NUMPY_ELEMENT * len(group.out))
        elif isinstance(group, LongSum):
            cost += sum([NUMPY_CALL + NUMPY_ELEMENT * len(us) for us in group.us])
        elif isinstance(group, Elementwise):
            cost += NUMPY_CALL + 5 * NUMPY_ELEMENT * len(group.out)
    return cost
