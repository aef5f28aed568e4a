"""A compiled function that JAX calls on the host."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from autograd_core import exp, sigmoid, sin
from autograd_core.interop import jax_function, torch_function

pytestmark = pytest.mark.slow


@pytest.fixture(autouse=True)
def double() -> Iterator[None]:
    with jax.enable_x64(True):
        yield


def model(p: Any, x: Any) -> Any:
    y = sigmoid(p["w"][0] * x[0] + p["w"][1] * x[1] + p["b"])
    z = y * x[0] if y > 0.5 else exp(-y)
    return {"y": y, "both": (z, [y * z, sin(z)])}


def by_jax(p: Any, x: Any) -> Any:
    y = jax.nn.sigmoid(x @ p["w"] + p["b"])
    z = jnp.where(y > 0.5, y * x[..., 0], jnp.exp(-y))
    return {"y": y, "both": (z, jnp.stack([y * z, jnp.sin(z)], -1))}


P = {"w": np.array([0.5, -1.0]), "b": np.array(0.3)}
X = np.random.default_rng(0).normal(size=(4, 2))


def total(f: Any) -> Any:
    def added(p: Any, x: Any) -> Any:
        found = f(p, x)
        return jnp.sum(found["y"] * found["both"][0]) + jnp.sum(found["both"][1])

    return added


def assert_alike(got: Any, wanted: Any) -> None:
    jax.tree.map(lambda a, b: np.testing.assert_allclose(a, b, rtol=1e-12, atol=1e-13), got, wanted)


@pytest.mark.parametrize("batched", [(), "x"], ids=["single", "batch"])
def test_values_and_derivatives_are_those_of_jax(batched: Any) -> None:
    ours, x = jax_function(model, batched=batched), X if batched else X[0]
    assert_alike(ours(P, x), by_jax(P, x))
    assert_alike(jax.jit(ours)(P, x), by_jax(P, x))
    for derivative in (jax.grad, lambda f: jax.jacrev(jax.grad(f, 1), 1)):
        assert_alike(jax.jit(derivative(total(ours)))(P, x), derivative(total(by_jax))(P, x))


def test_it_is_mapped_over_samples() -> None:
    ours = jax_function(model)
    slopes = jax.vmap(jax.grad(total(ours), 1), (None, 0))(P, X)
    assert_alike(slopes, jax.vmap(jax.grad(total(by_jax), 1), (None, 0))(P, X))


def test_single_precision_stays_so() -> None:
    with jax.enable_x64(False):
        y = jax.jit(jax.grad(jax_function(lambda x: x * sin(x))))(jnp.float32(2.0))
    assert y.dtype == jnp.float32
    assert float(y) == pytest.approx(np.sin(2.0) + 2.0 * np.cos(2.0), rel=1e-6)


def test_nothing_is_imported_before_it_is_asked_for() -> None:
    code = (
        "import sys, autograd_core.interop; assert not {'jax', 'torch', 'numpy'} & {*sys.modules}"
    )
    subprocess.run([sys.executable, "-c", code], check=True)


@pytest.mark.parametrize(("make", "name"), [(jax_function, "jax"), (torch_function, "torch")])
def test_without_the_package_the_extra_is_named(
    make: Any, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    import autograd_core.interop as interop
    from autograd_core.errors import MissingExtra

    monkeypatch.setattr(interop, "find_spec", lambda _: None)
    with pytest.raises(MissingExtra, match=rf"{name}_function needs .*autograd-core\[{name}\]"):
        make(sin)
