"""What runs is what a pipeline lists."""

from __future__ import annotations

import importlib
import inspect
import pkgutil
import re
import sys
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given

from autograd_core import backends, compiled, sin
from autograd_core.compiler import passes
from autograd_core.compiler.backends.base import Forms
from autograd_core.compiler.backends.depth import depth
from autograd_core.compiler.ir.program import Program
from autograd_core.compiler.passes import Pass
from autograd_core.compiler.pipeline import ARRAYS, BACKENDS, STRAIGHT, optional_passes

from ..engine.programs import programs
from .slots import recorded

STEPS = {name: [step.name for step in backend.pipeline] for name, backend in BACKENDS.items()}


def _rewrites() -> list[Callable[..., Any]]:
    """The public functions from a Program to a Program in the folder of the passes."""
    modules = [
        importlib.import_module(f"{passes.__name__}.{found.name}")
        for found in pkgutil.iter_modules(passes.__path__)
    ]
    return [
        function
        for module in modules
        for name, function in inspect.getmembers(module, inspect.isfunction)
        if function.__module__ == module.__name__
        and not name.startswith("_")
        and inspect.get_annotations(function) == {"program": "Program", "return": "Program"}
    ]


def test_every_pass_stands_in_a_pipeline() -> None:
    listed = [step.run for backend in BACKENDS.values() for step in backend.pipeline]
    found = _rewrites()
    assert len(found) >= 4
    assert [function.__name__ for function in found if function not in listed] == []


@pytest.mark.parametrize("backend", BACKENDS)
def test_names_are_unique_within_a_pipeline(backend: str) -> None:
    assert len(set(STEPS[backend])) == len(STEPS[backend])


@pytest.mark.parametrize(
    ("pipeline", "wide"), [(STRAIGHT, 1), (ARRAYS, 2000)], ids=["python", "numpy"]
)
def test_a_pass_added_to_a_list_runs(pipeline: list[Pass], wide: int) -> None:
    seen: list[int] = []

    def look(program: Program) -> Program:
        seen.append(len(program))
        return program

    pipeline.insert(1, Pass("look", look))
    try:
        assert "look" in optional_passes()
        xs = [0.5] * wide
        expected = [sin(x) * 2.0 for x in xs]
        f = compiled(lambda xs: [sin(x) * 2.0 for x in xs])
        assert f(xs) == pytest.approx(expected)
        assert len(seen) == 1
        assert "look" in f.program.passes()
        seen.clear()
        assert compiled(f.function, without="look")(xs) == pytest.approx(expected)
        assert seen == []
    finally:
        pipeline.pop(1)


@pytest.mark.parametrize("backend", BACKENDS)
def test_passes_show_the_program_after_each(backend: str) -> None:
    f = compiled(lambda xs: [x**2 * 1.0 for x in xs])
    f([1.0, 2.0])
    shown = f.program.passes(backend)
    assert list(shown) == [step.name for step in BACKENDS[backend].pipeline_of(f.program)]
    assert "pow" in str(f.program)
    assert "pow" not in shown["simplify"]
    assert all(shown.values())


def test_the_text_is_that_of_the_back_end_that_was_chosen() -> None:
    for backend in ("python", "numpy", "auto"):
        f = compiled(lambda x, y: x * y, backend=backend)
        assert f(2.0, 3.0) == 6.0
        assert f.program.source() == f.program.source("python" if backend == "auto" else backend)
        assert (backend != "numpy") == f.program.source().startswith("def run(")


def test_a_back_end_without_batches_refuses_one() -> None:
    able = [name for name, backend in BACKENDS.items() if backend.batches]
    with pytest.raises(
        ValueError, match=re.escape(f"leave batched out, or choose 'auto' or one of {able}")
    ):
        compiled(lambda x: x * x, batched="x", backend="python")


@pytest.mark.parametrize("steps", [1, 300])
def test_what_is_narrow_is_not_grouped(monkeypatch: pytest.MonkeyPatch, steps: int) -> None:
    """The look at the program suffices."""
    for backend in BACKENDS.values():
        if backend.batches:
            monkeypatch.setattr(backend, "cost", lambda forms: pytest.fail("costed"))

    def orbit(x: Any, y: Any) -> Any:
        for _ in range(steps):
            x, y = x + 0.01 * y * x, y - 0.01 * sin(x)
        return x, y

    f = compiled(orbit)
    assert f(1.0, 2.0) == pytest.approx(orbit(1.0, 2.0))
    able = ["python"] if BACKENDS["tape"].missing() else ["python", "tape"]
    assert f.program.source() in [f.program.source(name) for name in able]


@given(program=programs())
def test_a_look_finds_no_more_levels_than_there_are(program: Any) -> None:
    found = recorded(lambda *xs: program(list(xs)), program.point)
    grouped = Forms(found).after(ARRAYS, "find_matmuls")
    assert depth(found) <= len(set(grouped.levels)) or not grouped.groups


def test_a_back_end_says_what_it_needs(monkeypatch: pytest.MonkeyPatch) -> None:
    assert backends()["python"] == backends()["numpy"] == (True, "")
    monkeypatch.setitem(sys.modules, "numpy", None)
    available, reason = backends()["numpy"]
    assert not available
    assert "install it with: pip install 'autograd-core[speed]'" in reason
    with pytest.raises(ImportError, match="the back-end 'numpy' needs the package numpy"):
        compiled(lambda x: x * x, backend="numpy")(3.0)


def test_an_unknown_back_end_is_refused_with_those_that_are_known() -> None:
    f = compiled(lambda x: x * x)
    f(1.0)
    known = re.escape(f"no back-end 'fortran'; choose 'auto' or one of {[*BACKENDS]}")
    with pytest.raises(ValueError, match=known):
        f.program.source("fortran")
