"""The functions that loops in C call in the place of those of <math.h>."""

from __future__ import annotations

import ctypes
import math
import random

import pytest

from autograd_core import compiled, sum, tanh
from autograd_core.compiler.backends.c import elementary, library
from autograd_core.compiler.backends.c.formulas import Formulas
from autograd_core.primitives import TABLE

from .row_points import points

pytestmark = pytest.mark.skipif(bool(library.missing()), reason="needs a C compiler")


@pytest.mark.parametrize("name", elementary.FAST)
def test_a_function_of_loops_is_that_of_the_table(name: str) -> None:
    """Within 4 units of the last place, at special values and everywhere else."""
    row, formulas, draw = TABLE[name], Formulas(in_loops=True), random.Random(1).gauss
    text = formulas.expression(row, [("x", 7)])[0]
    function = f"double row(double x) {{ return {text}; }}\n"
    made = library.load("\n".join(["#include <math.h>", *formulas.definitions, function])).row
    made.restype, made.argtypes = ctypes.c_double, [ctypes.c_double]
    special = [x for (x,) in points(row)]
    for x in [*special, *[draw(0.0, spread) for spread in (1.0, 300.0) for _ in range(2000)]]:
        wanted, got = row.compute(x), made(x)
        if math.isfinite(wanted) and wanted:
            assert abs(got - wanted) <= 4.0 * math.ulp(wanted), x
        else:
            assert str(got) == str(wanted) or (got != got and wanted != wanted), x


def test_loops_call_functions_that_become_vector_code() -> None:
    def layers(w: list[list[float]], x: list[float]) -> float:
        hidden = [tanh(sum([a * b for a, b in zip(row, x, strict=True)])) for row in w]
        return sum([h * h for h in hidden])

    w, x = [[0.5, -1.0, 2.0]] * 96, [0.25, 0.5, -0.75]
    fast = compiled(layers, batched="x", backend="c")
    assert fast(w, [x] * 9).tolist() == pytest.approx([layers(w, x)] * 9, rel=1e-13)
    text = fast.program.source("c")
    assert "fast_tanh(" in text
    assert "fast_expm1(" in text  # which it calls
    assert "fast_log(" not in text
