"""What JAX or PyTorch differentiates through is refused, where its plain number would lose the
derivative without a word; their plain arrays and tensors are numbers like others.
"""

from __future__ import annotations

import math
import subprocess
import sys
from collections.abc import Callable
from typing import Any

import jax
import jax.numpy as jnp
import pytest
import torch
from torch.autograd import forward_ad

import autograd_core as ag
from autograd_core import Value, compiled, grad, sin
from autograd_core.interop import jax_function, torch_function
from nn import Layer, cross_entropy, mean_squared_error, predict

pytestmark = [
    pytest.mark.slow,
    pytest.mark.filterwarnings("ignore:`torch.jit.script` is deprecated:DeprecationWarning"),
]  # PyTorch's forward mode asks for it

LAYER = Layer(2, 1, "linear", seed=0)

OF_A_NUMBER: dict[str, Callable[[Any], Any]] = {
    "a function": lambda x: x * sin(x),
    "a compiled function": lambda x: x * compiled(lambda y: y * y)(x),
    "a list": lambda x: x * compiled(lambda y: y[0] * y[1])([x, 1.0]),
    "a derivative": lambda x: x * grad(lambda y: y * y)(x),
    "where": lambda x: ag.where(x > 0.0, x * x, x),
    "maximum": lambda x: ag.maximum(x, 0.5),
    "dot": lambda x: ag.dot([x, x], [x, 1.0]),
    "a limit": lambda x: ag.quad(lambda y: y * y, 0.0, x),
    "an integrand": lambda x: ag.quad(lambda y: y * x, 0.0, 1.0),
    "a Value": lambda x: x * Value(x).data,
    "an operator": lambda x: (Value(2.0) * x).data,
    "an operator on the right": lambda x: (x * Value(2.0)).data,
    "equality": lambda x: x * (Value(1.0) == x),
    "a comparison": lambda x: x * (Value(0.5) < x),
}
OF_A_VECTOR: dict[str, Callable[[Any], Any]] = {
    "dot": lambda x: ag.dot(x, x),
    "grad": lambda x: grad(lambda y: y[0] * y[1])(x)[0],
    "a batch": lambda x: compiled(lambda y: y * y, batched="y")(x),
    "a batch in a list": lambda x: compiled(lambda y: y * y, batched="y")([x[0], x[1]]),
    "a batch of rows": lambda x: compiled(lambda y: y[0], batched="y")([[x[0]], [x[1]]]),
    "a layer": lambda x: LAYER(x)[0].data * x[0],
    "predict": lambda x: predict(LAYER, x[None])[0],
    "predict a list": lambda x: predict(LAYER, [x])[0],
    "outputs": lambda x: mean_squared_error(x, [1.0, 2.0]),
    "a target": lambda x: mean_squared_error([1.0, 2.0], x),
    "a class": lambda x: cross_entropy([0.5, 0.5], x),
}
ALL = [(f, 0) for f in OF_A_NUMBER.values()] + [(f, 1) for f in OF_A_VECTOR.values()]
NAMES = [*OF_A_NUMBER, *[f"{name} of a vector" for name in OF_A_VECTOR]]


def by_dual(f: Callable[[Any], Any], x: Any) -> Any:
    with forward_ad.dual_level():
        return f(forward_ad.make_dual(x, torch.ones_like(x)))


JAX: dict[str, Callable[[Any, Any], Any]] = {
    "grad": lambda f, x: jax.grad(f)(x),
    "jvp": lambda f, x: jax.jvp(f, (x,), (x,)),
    "hessian": lambda f, x: jax.hessian(f)(x),
    "jit": lambda f, x: jax.jit(f)(x),
}
TORCH: dict[str, Callable[[Any, Any], Any]] = {
    "a dual tensor": by_dual,
    "jvp": lambda f, x: torch.func.jvp(f, (x,), (x,)),
    "grad": lambda f, x: torch.func.grad(f)(x),
    "hessian": lambda f, x: torch.func.hessian(f)(x),
    "an outer level": lambda f, x: torch.func.jvp(
        lambda y: torch.func.grad(lambda z: f(y) * z)(torch.tensor(1.0)), (x,), (x,)
    ),
    "requires_grad": lambda f, x: f(x.clone().requires_grad_()),
}


@pytest.mark.parametrize("transform", JAX.values(), ids=JAX)
@pytest.mark.parametrize(("f", "dimensions"), ALL, ids=NAMES)
def test_jax_cannot_lose_a_derivative(
    f: Callable[[Any], Any], dimensions: int, transform: Callable[[Any, Any], Any]
) -> None:
    if f is OF_A_NUMBER["where"] and transform is JAX["jit"]:
        pytest.skip("JAX itself refuses x > 0.0")
    with pytest.raises(TypeError, match=r"autograd_core\.interop\.jax_function\(f\)"):
        transform(f, jnp.ones((2,) * dimensions))


@pytest.mark.parametrize("transform", TORCH.values(), ids=TORCH)
@pytest.mark.parametrize(("f", "dimensions"), ALL, ids=NAMES)
def test_torch_cannot_lose_a_derivative(
    f: Callable[[Any], Any], dimensions: int, transform: Callable[[Any, Any], Any]
) -> None:
    with pytest.raises(TypeError, match=r"autograd_core\.interop\.torch_function\(f\)"):
        transform(f, torch.ones((2,) * dimensions))


def test_a_compiled_function_itself_is_refused() -> None:
    square = compiled(lambda x: x * x)
    assert square(1.0) == 1.0  # its fast path is made
    with pytest.raises(TypeError, match="jax_function"):
        jax.grad(square)(1.0)
    with pytest.raises(TypeError, match="torch_function"):
        by_dual(square, torch.tensor(1.0))


def test_the_advice_works() -> None:
    right = math.sin(1.0) + math.cos(1.0)
    curvature = 2.0 * math.cos(1.0) - math.sin(1.0)
    for f in (lambda x: x * sin(x), compiled(lambda x: x * sin(x))):
        wave, node = jax_function(f), torch_function(f)
        one = torch.tensor(1.0, dtype=torch.float64, requires_grad=True)
        assert float(jax.grad(wave)(1.0)) == pytest.approx(right, rel=1e-6)
        assert float(jax.jit(jax.grad(wave))(1.0)) == pytest.approx(right, rel=1e-6)
        assert jax.vmap(jax.grad(wave))(jnp.ones(2)).tolist() == pytest.approx([right] * 2)
        assert float(jax.jacrev(jax.grad(wave))(1.0)) == pytest.approx(curvature, rel=1e-5)
        assert torch.func.grad(node)(one.detach()).item() == pytest.approx(right, rel=1e-12)
        node(one).backward()
        assert one.grad.item() == pytest.approx(right, rel=1e-12)


def test_constants_are_read_as_the_error_says() -> None:
    one, vector = torch.tensor(1.0), torch.ones(2)
    with pytest.raises(TypeError, match=r"plain number, \.item\(\)"):
        torch.func.grad(lambda x: x * sin(x))(one)
    assert torch.func.grad(lambda x: x * sin(x.item()))(one).item() == pytest.approx(math.sin(1.0))
    with pytest.raises(TypeError, match=r"plain numbers, \.tolist\(\)"):
        grad(lambda v: v[0] * v[1])(vector.clone().requires_grad_())
    for given in (vector, jnp.ones(2)):
        with pytest.raises(TypeError, match=r"take its plain numbers, \.tolist\(\)"):
            grad(lambda v: v[0] * v[1])(given)
        assert grad(lambda v: v[0] * v[1])(given.tolist()) == [1.0, 1.0]


@pytest.mark.parametrize("x", [torch.tensor(2.0), torch.tensor(2), jnp.array(2.0), jnp.array(2)])
def test_plain_ones_are_numbers(x: Any) -> None:
    assert sin(x) == math.sin(2.0)
    assert compiled(lambda y: y * y)(x) == 4.0
    assert grad(lambda y: y * y)(x) == 4.0
    assert (Value(3.0) * x).data == 6.0
    assert Value(2.0) == x


def test_plain_vectors_are_samples() -> None:
    for ones in (torch.ones(2), jnp.ones(2)):
        assert compiled(lambda y: 2.0 * y, batched="y")(ones).tolist() == [2.0, 2.0]
        assert LAYER(ones)[0].data == pytest.approx(LAYER([1.0, 1.0])[0].data)
        assert predict(LAYER, ones[None]).shape == (1, 1)


@pytest.mark.parametrize("whole", [lambda x: x, lambda x: [x]], ids=["alone", "in a list"])
def test_complex_arguments_are_refused(whole: Callable[[Any], Any]) -> None:
    for given in (2 + 1j, torch.tensor(2 + 1j)):
        with pytest.raises(TypeError, match=r"'v'.*real number.*use its \.real and \.imag parts"):
            torch_function(lambda v: v)(whole(given))
    for transform in (lambda f: f, jax.jit):
        with pytest.raises(TypeError, match=r"'v'.*real number.*use its \.real and \.imag parts"):
            transform(jax_function(lambda v: v))(whole(jnp.array(2 + 1j)))
    assert torch_function(lambda a, b: a * b)(*[torch.tensor(2 + 1j).real] * 2).item() == 4.0


def test_batches_have_one_number_of_samples() -> None:
    message = r"same number of samples, at least one; got {'v': 3, 'c': 2}"
    f = lambda v, c: v * c
    with pytest.raises(ValueError, match=message):
        compiled(f, batched=["v", "c"])([1.0] * 3, [1.0] * 2)
    with pytest.raises(ValueError, match=message):
        torch_function(f, batched=["v", "c"])(torch.ones(3), torch.ones(2))
    with pytest.raises(ValueError, match=message):
        jax_function(f, batched=["v", "c"])(jnp.ones(3), jnp.ones(2))
    with pytest.raises(ValueError, match="same number of samples"):
        torch_function(lambda v: v[0] * v[1], batched="v")([torch.ones(3), torch.ones(2)])


def test_neither_package_is_imported_for_it() -> None:
    """Objects of other packages, with an entry or not, come to the same place."""
    code = """
import sys, fractions, decimal
import numpy
from autograd_core import Value, compiled, sin
sin(numpy.array(1.0)), compiled(lambda x: x)(numpy.float32(1.0)), sin(fractions.Fraction(1, 2))
Value(1.0) < decimal.Decimal(2)
try:
    sin(object())
except TypeError:
    pass
print(sorted({"jax", "torch"} & {*sys.modules}))
"""
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert found.stdout.strip() == "[]"
