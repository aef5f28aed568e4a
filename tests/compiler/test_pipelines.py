"""What runs is what a pipeline lists."""

from __future__ import annotations

import importlib
import inspect
import pkgutil
from collections.abc import Callable
from typing import Any

import pytest

from autograd_core import compiled, sin
from autograd_core.compiler import passes
from autograd_core.compiler.ir.program import Program
from autograd_core.compiler.passes import Pass
from autograd_core.compiler.pipeline import ARRAYS, PIPELINES, STRAIGHT, optional_passes

STEPS = {name: [step.name for step in pipeline] for name, pipeline in PIPELINES.items()}


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
    listed = [step.run for pipeline in PIPELINES.values() for step in pipeline]
    found = _rewrites()
    assert len(found) >= 4
    assert [function.__name__ for function in found if function not in listed] == []


@pytest.mark.parametrize("backend", PIPELINES)
def test_names_are_unique_within_a_pipeline(backend: str) -> None:
    assert len(set(STEPS[backend])) == len(STEPS[backend])


@pytest.mark.parametrize(("pipeline", "wide"), [(STRAIGHT, 1), (ARRAYS, 2000)], ids=PIPELINES)
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


@pytest.mark.parametrize("backend", PIPELINES)
def test_passes_show_the_program_after_each(backend: str) -> None:
    f = compiled(lambda xs: [x**2 * 1.0 for x in xs])
    f([1.0, 2.0])
    shown = f.program.passes(backend)
    assert list(shown) == STEPS[backend]
    assert "pow" in str(f.program)
    assert "pow" not in shown["simplify"]
    assert all(shown.values())


def test_an_unknown_back_end_is_refused_with_those_that_are_known() -> None:
    f = compiled(lambda x: x * x)
    f(1.0)
    with pytest.raises(
        ValueError, match=r"no back-end 'fortran'; choose one of \['numpy', 'python'\]"
    ):
        f.program.source("fortran")
