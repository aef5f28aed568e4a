"""Other engines as oracles: each is asked where it is installed."""

from __future__ import annotations

import importlib
from collections.abc import Callable, Sequence
from typing import Any

import pytest
from hypothesis import given, settings

import autograd_core as ac
from autograd_core import Value, grad, gradients, hessian

from . import rows
from .programs import Program, library, magnitude, programs

Derivatives = tuple[list[float], list[list[float]]]


def torch_derivatives(program: Program) -> Derivatives:
    torch = pytest.importorskip("torch")
    inputs = [torch.tensor(x, dtype=torch.float64, requires_grad=True) for x in program.point]
    first = torch.autograd.grad(program.run(inputs, library(torch)), inputs, create_graph=True)
    second = [torch.autograd.grad(g, inputs, retain_graph=True, allow_unused=True) for g in first]
    return [g.item() for g in first], [
        [0.0 if h is None else h.item() for h in row] for row in second
    ]


def jax_derivatives(program: Program) -> Derivatives:
    jax = pytest.importorskip("jax")
    jax.config.update("jax_enable_x64", True)
    jax.config.update("jax_platforms", "cpu")
    m = library(jax.numpy, importlib.import_module("jax.scipy.special"))

    def f(inputs: Any) -> Any:
        return program.run(list(inputs), m)

    point = jax.numpy.array(program.point)
    return jax.grad(f)(point).tolist(), jax.hessian(f)(point).tolist()


def hips_derivatives(program: Program) -> Derivatives:
    autograd = pytest.importorskip("autograd")
    m = library(
        importlib.import_module("autograd.numpy"), importlib.import_module("autograd.scipy.special")
    )

    def f(inputs: Any) -> Any:
        return program.run([inputs[i] for i in range(len(program.point))], m)

    numpy = importlib.import_module("numpy")
    point = numpy.array(program.point)
    return autograd.grad(f)(point).tolist(), autograd.hessian(f)(point).tolist()


def _agree(program: Program, peer: Callable[[Program], Derivatives]) -> None:
    first, second = peer(program)
    inputs = [Value(x) for x in program.point]
    y = program(inputs)
    scale, second_scale = magnitude(y), max(magnitude(g) for g in gradients(y, inputs))
    point = list(program.point)
    assert grad(program)(point) == pytest.approx(first, rel=0.0, abs=1e-11 * scale)
    for ours, theirs in zip(hessian(program)(point), second, strict=True):
        assert ours == pytest.approx(theirs, rel=0.0, abs=1e-9 * second_scale)


@pytest.mark.slow
@given(programs())
def test_torch_agrees_on_random_programs(program: Program) -> None:
    _agree(program, torch_derivatives)


@pytest.mark.slow
@settings(max_examples=15)  # it takes a tenth of a second to build one program
@given(programs(inputs=2, length=6))
def test_jax_agrees_on_random_programs(program: Program) -> None:
    _agree(program, jax_derivatives)


@given(programs())
@pytest.mark.filterwarnings("ignore::DeprecationWarning")
def test_hips_autograd_agrees_on_random_programs(program: Program) -> None:
    _agree(program, hips_derivatives)


# Each function in the language of SymPy, whose derivatives come from rules of its own.
SYMBOLIC: dict[str, str] = {
    **{
        name: f"{name}(x)"
        for name in ("exp", "log", "sqrt", "sin", "cos", "tan", "asin", "acos", "atan")
    },
    **{
        name: f"{name}(x)"
        for name in ("sinh", "cosh", "tanh", "asinh", "acosh", "atanh", "erf", "erfc")
    },
    "exp2": "2**x",
    "expm1": "exp(x) - 1",
    "log1p": "log(1 + x)",
    "log2": "log(x) / log(2)",
    "log10": "log(x) / log(10)",
    "cbrt": "sign(x) * Abs(x)**Rational(1, 3)",
    "absolute": "Abs(x)",
    "copysign": "Abs(x) * sign(y)",
    "atan2": "atan2(x, y)",
    "hypot": "sqrt(x**2 + y**2)",
    "logaddexp": "log(exp(x) + exp(y))",
    "xlogy": "x * log(y)",
    "maximum": "Max(x, y)",
    "minimum": "Min(x, y)",
    "relu": "Max(x, 0)",
    "elu": "Piecewise((x, x > 0), (y * (exp(x) - 1), True))",
    "leaky_relu": "Piecewise((x, x > 0), (y * x, True))",
    "sigmoid": "1 / (1 + exp(-x))",
    "logsigmoid": "-log(1 + exp(-x))",
    "softplus": "log(1 + exp(x))",
    "logit": "log(x / (1 - x))",
    "silu": "x / (1 + exp(-x))",
    "softsign": "x / (1 + Abs(x))",
    "gelu": "x * erfc(-x / sqrt(2)) / 2",
    "mish": "x * tanh(log(1 + exp(x)))",
}


@pytest.mark.parametrize("name", SYMBOLIC)
@pytest.mark.filterwarnings("ignore::DeprecationWarning")
def test_the_rules_of_sympy_give_the_same_numbers(name: str) -> None:
    sympy = pytest.importorskip("sympy")
    f = getattr(ac, name)
    row = ac.primitives.row(name)
    letters = sympy.symbols("x y", real=True)[: row.arity]
    formula = sympy.sympify(SYMBOLIC[name], locals={str(letter): letter for letter in letters})
    for point in rows.ordinary(row, 5):
        inputs = [Value(x) for x in point]
        first = gradients(f(*inputs), inputs)
        for i, g in enumerate(first):
            _same(g.data, formula.diff(letters[i]), letters, point)
            for j, second in enumerate(gradients(g, inputs)):
                _same(second.data, formula.diff(letters[i], letters[j]), letters, point)


def _same(got: float, formula: Any, letters: Sequence[Any], point: Sequence[float]) -> None:
    wanted = float(formula.subs(dict(zip(letters, point, strict=True))).doit().evalf(30))
    assert got == pytest.approx(wanted, rel=1e-12, abs=1e-13)
