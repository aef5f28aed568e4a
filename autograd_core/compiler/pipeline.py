"""From a Program to what runs it: the pipelines, the back-ends, and the choice among them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial
from importlib.util import find_spec
from math import inf
from typing import Any, NamedTuple

from ..engine.forks import importing, unlocked_property
from ..errors import MissingExtra
from .backends.base import Backend, Forms, Kernel, for_all_numbers
from .backends.c.backend import C
from .backends.jax.backend import Jax
from .backends.native.backend import Native
from .backends.native.tape import OnTape
from .backends.numpy.backend import NumPy
from .backends.python import Python
from .backends.standalone import standalone
from .ir.program import Program
from .ir.scans import column_lengths, every_program, has_scans, operations, without_scans
from .passes import Pass
from .passes.common_subexpressions import eliminate_common_subexpressions
from .passes.dead_code import remove_dead_code
from .passes.decompose import decompose, decompose_guarded
from .passes.simplify import simplify
from .tensorize import canonicalize_sums, group_by_level, lower_to_loop_nests, plan_memory

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
    Pass("lower_to_loop_nests", lower_to_loop_nests, None),
]
"""The pipeline of NumPy and of native code; the sums, the groups and their loop nests are always
made.
"""

FUNCTIONS = [
    ARRAYS[0],
    Pass("decompose", decompose_guarded, None),
    *ARRAYS[2:],
]
"""The pipeline of JAX, which has more functions than NumPy."""

BACKENDS: dict[str, Backend] = {
    backend.name: backend
    for backend in (
        Python(STRAIGHT),
        NumPy(ARRAYS),
        Native(ARRAYS),
        OnTape(STRAIGHT),
        C(STRAIGHT, ARRAYS),
        Jax(FUNCTIONS, STRAIGHT),
    )
}
"""Every back-end by its name. One that is added here is known everywhere."""


Bounds = tuple[float, float]

LONG = 10_000
"""Instructions of a program that takes a tenth of a second to group."""

MOST_AGAIN = 2_000_000
"""Operations of scans that are computed once more, in a few seconds, where their slopes are nan."""


class Availability(NamedTuple):
    """Whether a back-end can run here; if not, the reason says what it needs."""

    available: bool
    reason: str = ""


def backends() -> dict[str, Availability]:
    """The back-ends that can run compiled functions, by the names that `compiled` takes.

    Returns:
        For each name whether the back-end is available, and the reason why not: which package it
        needs, and how to install it. The reason is empty for one that is available.

    Example:
        >>> from autograd_core import backends
        >>> list(backends())
        ['python', 'numpy', 'native', 'tape', 'c', 'jax']
        >>> backends()["python"].available
        True
    """
    errors = {name: backend.missing() for name, backend in BACKENDS.items()}
    return {name: Availability(not error, str(error or "")) for name, error in errors.items()}


class Executable:
    """A program with the back-end that runs it, each made when it is first needed."""

    def __init__(self, program: Program, devices: Any = None) -> None:
        self.program, self.devices = program, devices
        self.forms = Forms(program)

    @unlocked_property
    def backend(self) -> Backend:
        name = self.program.backend
        if self.devices is not None:
            name = next(x.name for x in BACKENDS.values() if x.shards)
        return cheapest(self.forms) if name == "auto" else _available(name)

    @unlocked_property
    def kernel(self) -> Kernel:
        backend, _ = self.backend, self.careful  # which need forms that the kernel drops
        forms = forms_for(backend, self.forms)
        kernel = (
            backend.build(forms) if self.devices is None else backend.build_on(forms, self.devices)
        )
        self.forms = Forms(self.program)  # the kernel needs them no more, and they are large
        return kernel

    @unlocked_property
    def careful(self) -> bool:
        """Whether a nan among the outputs may be one that the eager engine has not: then a strict
        program decides.

        It may come from an infinite derivative of a branch not taken (also where the mask itself
        was dropped, but not where it became a constant), or from an exponential that overflows.
        """
        if self.differentiates_scans:
            return True
        simplified = self.forms.after(STRAIGHT, "simplify")
        return any(
            [
                program.masks or any([row.overflows for row in program.rows if row is not None])
                for program in every_program(simplified)
            ]
        )

    @unlocked_property
    def differentiates_scans(self) -> bool:
        """Whether the gradient of a scan may be nan where the eager engine has a number: it
        multiplies infinite derivatives by 0 where no gradient arrives. Then the plain function
        decides, unless that takes very long.
        """
        if not has_scans(self.program) or self.program.forward is None:
            return False
        return operations(self.program) <= MOST_AGAIN

    def passes(self, backend: str = "auto") -> dict[str, str]:
        """The program after each pass, as text."""
        chosen = self.backend if backend == "auto" else backend_named(backend)
        # of its own, as passes may change what is handed to them
        return chosen.passes(forms_for(chosen, Forms(self.program)))

    def source(self, backend: str = "auto") -> str:
        """What a back-end runs, as text."""
        chosen = self.backend if backend == "auto" else backend_named(backend)
        return chosen.source(forms_for(chosen, self.forms))

    def standalone(self) -> str:
        """A file of plain Python."""
        return standalone(self.forms.after(STRAIGHT))

    def onnx(self, dtype: str, numbers: Sequence[float] | None) -> Any:
        """An ONNX model."""
        if find_spec("onnx") is None:
            raise MissingExtra("onnx", "onnx", "ONNX")
        if missing := BACKENDS["numpy"].missing():
            raise missing
        for_all_numbers(self.program, dtype, "an ONNX model")
        with importing:
            from .backends.onnx.model import model_of

        program = replace(self.program, strict=True)  # for which formulas are guarded
        return model_of(Forms(without_scans(program)).after(ARRAYS), dtype, numbers)

    def function(self, backend: str, dtype: str) -> Callable[..., Any]:
        """The program as a function of a back-end's own arrays."""
        chosen = _available(backend)
        return chosen.function(forms_for(chosen, self.forms), dtype)

    def __getstate__(self) -> dict[str, Any]:
        return {"program": self.program}

    def __setstate__(self, state: dict[str, Any]) -> None:
        self.__init__(state["program"])  # type: ignore[misc]


Program.executable = Executable


def backend_named(name: str) -> Backend:
    if name not in BACKENDS:
        raise ValueError(f"there is no back-end {name!r}; choose 'auto' or one of {[*BACKENDS]}")
    return BACKENDS[name]


def forms_for(backend: Backend, forms: Forms) -> Forms:
    """What a back-end is given: the rounds of scans one by one, if it knows no loops."""
    if not has_scans(forms.program) or backend.runs_scans(forms.program):
        return forms
    return Forms(without_scans(forms.program))


def _available(name: str) -> Backend:
    backend = backend_named(name)
    if error := backend.missing():
        raise error
    return backend


def cheapest(forms: Forms) -> Backend:
    """The back-end whose run costs least. What a look at the program rules out is not costed, as
    that takes most of the work of compiling; nor, for a long program, what could not be twice as
    fast.
    """
    program = forms.program
    batched = any(program.batched)
    able = [x for x in BACKENDS.values() if x.automatic and (x.batches or not batched)]
    if column_lengths(program):
        able = [x for x in able if x.columns]
    if len(able) == 1:
        return able[0]
    bounds: dict[Backend, Bounds] = {}
    most = inf
    for x in able:
        if x.least <= most and not x.missing():  # for what costs too much, nothing is loaded
            bounds[x] = x.bounds(program)
            most = min(most, bounds[x][1])
    worth = 1.0
    if len(program) >= LONG:
        worth, bounds = 2.0, _of_each_pipeline(program, bounds)
    able = [x for x, (low, high) in bounds.items() if high == most or worth * low <= most]
    able.sort(key=lambda x: bounds[x][0])
    if len(able) == 1:
        return able[0]
    costs: dict[Backend, float] = {}
    for x in able:
        if worth * bounds[x][0] < min(costs.values(), default=inf):
            costs[x] = x.cost(forms)
    return min(costs, key=lambda x: costs[x])


def _of_each_pipeline(program: Program, bounds: dict[Backend, Bounds]) -> dict[Backend, Bounds]:
    """Of the back-ends with the same passes the one that costs least before them: so it does after
    them.
    """
    best: dict[Any, Backend] = {}
    for x, (_, high) in bounds.items():
        steps = tuple(x.pipeline_of(program)) if high < inf else x
        if steps not in best or bounds[x][1] < bounds[best[steps]][1]:
            best[steps] = x
    return {x: bounds[x] for x in best.values()}


def optional_passes() -> list[str]:
    """The passes that can be switched off, each once."""
    steps = [step for backend in BACKENDS.values() for step in backend.pipeline]
    return list(dict.fromkeys([step.name for step in steps if step.otherwise is not None]))
