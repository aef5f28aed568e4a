"""Run in a copy of the project whose table has two more rows: they are found everywhere."""

from __future__ import annotations

import inspect
import math
from pathlib import Path

import numpy

import autograd_core as ac
from autograd_core import Value, compiled, draw, explain, grad, versine

ROOT = Path(__file__).parents[2]
X = 0.5


def main() -> None:
    v = Value(X, label="angle")
    y = versine(v)
    assert math.isclose(versine(X), 1.0 - math.cos(X))
    assert y.data == versine(X) == v.versine().data
    assert grad(grad(grad(versine)))(X) == -math.sin(X)
    assert compiled(grad(versine))(X) == math.sin(X)
    assert list(compiled(grad(versine), batched="x")(numpy.array([X]))) == [numpy.sin(X)]
    assert v.spacing().operation is ac.gap  # by the name at which NumPy's functions ask for it
    assert "versin" in draw(y).source
    assert "versin" in str(explain(y))
    assert str(inspect.signature(Value.versine)) == "(self) -> Self"
    for text in (versine.__doc__, Value.versine.__doc__, (ROOT / "docs/functions.md").read_text()):
        assert "1 − cos x" in text
    for stub in ("elementwise.pyi", "engine/function_methods.pyi"):
        assert "def versine(" in (ROOT / "autograd_core" / stub).read_text()


if __name__ == "__main__":
    main()
