"""Programs as JAX functions: what they compute, how they are transformed, and what they refuse."""

from __future__ import annotations

import math
import subprocess
import sys
from itertools import pairwise, product
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from hypothesis import HealthCheck, Phase, given, settings

import autograd_core as ac
from autograd_core import Value, compiled, exp, grad, hessian, sin, value_and_grad, where
from autograd_core.compiler.backends.jax import stretches
from autograd_core.errors import RecordingError

from ..engine.edge_table import agrees, edges
from .backends import forced
from .test_edges import SIGNED_ZEROS
from .test_values import TRANSFORMS, assert_agree, eagerly, flat
from .wild import Wild, points, wild
from .xla import DIFFERENCES

pytestmark = pytest.mark.slow


def program_of(f: Any, *args: Any, **options: Any) -> Any:
    made = compiled(f, backend="jax", **options)
    made(*args)
    return made.program


def network(w: Any, x: Any) -> Any:
    hidden = [ac.tanh(a * x[0] + b * x[1] + c) for a, b, c in w]
    return ac.sigmoid(ac.sum(hidden))


WEIGHTS = [[0.5, -1.0, 0.25], [1.5, 0.3, -0.5], [0.1, 0.2, 0.3]]
SAMPLES = np.random.default_rng(0).normal(size=(11, 2))


@pytest.fixture
def double() -> Any:
    with jax.enable_x64(True):
        yield


@pytest.mark.parametrize("kind", TRANSFORMS)
@settings(
    max_examples=8, phases=[Phase.explicit, Phase.generate], suppress_health_check=[*HealthCheck]
)
@given(w=wild(), xs=points())
def test_random_programs_give_what_the_function_gives(
    kind: str, w: Wild, xs: tuple[float, ...]
) -> None:
    f = TRANSFORMS[kind](w)
    wanted, errors = eagerly(f, kind, xs)
    # XLA takes a subnormal number for 0, which others may divide by
    program = [abs(x) for x in [*wanted, *xs, *(x * y for x in xs for y in xs)] if x]
    if all(x > 1e-150 or x != x for x in program):
        with forced("jax"):
            assert_agree(flat(compiled(f)(list(xs))), wanted, errors, (w, xs))


@pytest.mark.parametrize("point", DIFFERENCES)
def test_what_xla_computes_differently_is_documented(point: str) -> None:
    (edge,) = [edge for edge in edges() if str(edge) == point]
    (x,) = edge.arguments
    f = edge.function
    for backend, texts in zip(("numpy", "jax"), DIFFERENCES[point], strict=True):
        for g, text in zip((f, grad(f), grad(grad(f))), texts.split("; "), strict=True):
            y = compiled(lambda x, g=g: g(x), backend=backend)(x)
            assert agrees(y, text) or y == float(text), (backend, text, y)


@pytest.mark.parametrize("name", SIGNED_ZEROS)
def test_of_two_zeros_the_one_that_the_table_takes(name: str) -> None:
    f, points = SIGNED_ZEROS[name], list(product([0.0, -0.0], repeat=2))
    program = compiled(lambda x, y: f(x, y), backend="jax")
    assert [str(program(*p)) for p in points] == [str(f(*map(Value, p)).data) for p in points]


def test_a_program_is_a_function_that_jax_transforms(double: Any) -> None:
    f = program_of(lambda x: [sin(x[0]) * exp(x[1]), x[0] / x[1]], [1.0, 2.0]).to_jax()
    x = jnp.array([0.5, -1.5])
    by_hand = lambda x: jnp.array([jnp.sin(x[0]) * jnp.exp(x[1]), x[0] / x[1]])
    for transformed in (jax.jit, jax.jacrev, jax.jacfwd, jax.hessian):
        got, wanted = (jax.jit(transformed(g))(x) for g in (f, by_hand))
        np.testing.assert_allclose(got, wanted, rtol=1e-14)
    several = jnp.arange(1.0, 9.0).reshape(4, 2)
    np.testing.assert_allclose(
        jax.jit(jax.vmap(f))(several), jax.vmap(by_hand)(several), rtol=1e-14
    )


def test_the_gradient_of_a_batch_is_that_of_jax(double: Any) -> None:
    f = lambda w, x: network(w, x)
    ours = program_of(value_and_grad(f), WEIGHTS, SAMPLES, batched="x", reduce="sum").to_jax()
    plain = program_of(f, WEIGHTS, SAMPLES, batched="x", reduce="sum").to_jax()
    w, rows = jnp.array(WEIGHTS).ravel(), jnp.array(SAMPLES.T)
    numbers, none = jax.jit(ours)(w, rows)
    value, slope = jax.jit(jax.value_and_grad(lambda w: plain(w, rows)[0][0]))(w)
    assert none == ()
    np.testing.assert_allclose(numbers, [value, *slope], rtol=1e-13, atol=1e-14)


def test_outputs_of_each_sample_are_arrays_of_their_own(double: Any) -> None:
    f = program_of(lambda w, x: [w * x, w + 1.0], 2.0, [1.0, 2.0, 3.0], batched="x").to_jax()
    numbers, (row,) = jax.jit(f)(jnp.array([4.0]), jnp.array([[1.0, 5.0]]))
    assert (numbers.tolist(), row.tolist()) == ([5.0], [4.0, 20.0])


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_formulas_are_guarded_in_both_precisions(dtype: str) -> None:
    def f(x: Any) -> Any:
        return [ac.sigmoid(x), ac.silu(x), ac.logsumexp([x, 2.0 * x]), ac.hypot(x, x)]

    program = program_of(f, 0.5)
    slope = program_of(grad(ac.sigmoid), 0.5)
    with jax.enable_x64(dtype == "float64"):
        y, s = program.to_jax(dtype), slope.to_jax(dtype)
        assert y(jnp.array([800.0])).dtype == dtype
        np.testing.assert_allclose(y([800.0]), [1.0, 800.0, 1600.0, 800.0 * 2**0.5], rtol=1e-6)
        np.testing.assert_allclose(y([-800.0]), [0.0, 0.0, -800.0, 800.0 * 2**0.5], rtol=1e-6)
        assert [float(s([x])[0]) for x in (-800.0, 800.0)] == [0.0, 0.0]


def test_double_precision_is_never_lost_silently() -> None:
    program = program_of(lambda x: x / 3.0, 1.0)
    with jax.enable_x64(False):
        with pytest.raises(TypeError, match=r"jax_enable_x64.*dtype='float32'"):
            program.to_jax()(jnp.array([1.0]))
        assert program.to_jax("float32")(jnp.array([1.0])).dtype == "float32"
        assert compiled(lambda x: x / 3.0, backend="jax")(1.0) == 1.0 / 3.0  # whatever is set
    with pytest.raises(ValueError, match="dtype must be one of"):
        program.to_jax("float16")


def test_a_wrong_shape_is_named(double: Any) -> None:
    f = program_of(lambda w, x: w * x, 2.0, [1.0], batched="x").to_jax()
    with pytest.raises(ValueError, match=r"numbers must be an array of shape \(1,\), got \(2,\)"):
        f([1.0, 2.0], [[1.0]])
    with pytest.raises(ValueError, match=r"rows must be .* \(1, 'samples'\), got \(3,\)"):
        f([1.0], [1.0, 2.0, 3.0])


def safe_root(x: Any) -> Any:
    return where(x > 0.0, ac.sqrt(x), 0.0)


def test_what_holds_on_one_path_is_refused() -> None:
    with pytest.raises(RecordingError, match=r"where\(condition, a, b\)"):
        program_of(lambda x: x * x if x > 0.0 else x, 1.0).to_jax()
    safe = grad(safe_root)
    numpy = compiled(safe, backend="numpy")
    numpy(1.0)
    with pytest.raises(RecordingError, match=r"compiled\(function, backend='jax'\)"):
        numpy.program.to_jax()
    in_rounds = grad(lambda x: ac.fori_loop(0, 12, lambda _, s: s * x + safe_root(s), 0.0))
    numpy = compiled(in_rounds, backend="numpy")
    numpy(0.5)
    with pytest.raises(RecordingError, match=r"compiled\(function, backend='jax'\)"):
        numpy.program.to_jax()
    with jax.enable_x64(True):
        assert program_of(safe, 1.0).to_jax()([0.0]).tolist() == [0.0]


def test_a_function_of_the_users_is_computed_by_the_host(double: Any) -> None:
    versine = ac.primitive(
        "versine_of_jax", compute=lambda x: 1.0 - math.cos(x), partials=lambda y, x: ac.sin(x)
    )
    f = program_of(lambda x: [versine(x) * 2.0], 0.5).to_jax()
    by_hand = lambda x: 2.0 * (1.0 - jnp.cos(x))
    x = jnp.array([0.7])
    np.testing.assert_allclose(jax.jit(f)(x), by_hand(x), rtol=1e-15)
    np.testing.assert_allclose(jax.jacrev(f)(x)[0], jax.vmap(jax.grad(by_hand))(x), rtol=1e-15)
    np.testing.assert_allclose(
        jax.vmap(f)(jnp.arange(3.0)[:, None]), by_hand(jnp.arange(3.0)[:, None]), rtol=1e-15
    )


def pendulum(steps: int) -> Any:
    """The energy after so many steps of the classical method of Runge and Kutta."""

    def f(x: Any, v: Any, k: Any) -> Any:
        h = 0.01

        def slope(x: Any, v: Any) -> Any:
            return v, -k * sin(x) - 0.1 * v

        for _ in range(steps):
            a, b = slope(x, v)
            c, d = slope(x + h / 2 * a, v + h / 2 * b)
            e, g = slope(x + h / 2 * c, v + h / 2 * d)
            i, j = slope(x + h * e, v + h * g)
            x, v = x + h / 6 * (a + 2 * c + 2 * e + i), v + h / 6 * (b + 2 * d + 2 * g + j)
        return v * v / 2.0 - k * ac.cos(x)

    return f


@pytest.mark.parametrize("batched", [(), ("x",), ("x", "k")], ids=str)
def test_a_deep_program_is_a_scan(batched: tuple[str, ...]) -> None:
    f = value_and_grad(pendulum(20), argnums=(0, 1, 2))
    xs = np.linspace(0.5, 1.5, 5)
    args = [xs if name in batched else x for name, x in (("x", 0.5), ("v", 1.0), ("k", 2.0))]
    function = lambda x, v, k: f(x, v, k)
    program = compiled(function, batched=batched, backend="jax")
    got = program(*args)
    wanted = compiled(function, batched=batched, backend="numpy")(*args)
    for a, b in zip([got[0], *got[1]], [wanted[0], *wanted[1]], strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-13)
    assert program.program.source("jax").count("for each of") == 2  # forward and backward
    if batched:
        by_sum = [
            compiled(function, batched=batched, reduce="sum", backend=b)(*args)
            for b in ("jax", "numpy")
        ]
        for a, b in zip(*[[y, *slopes] for y, slopes in by_sum], strict=True):
            assert a == pytest.approx(b, rel=1e-13)


@pytest.mark.parametrize("loop", ["plain", "scan"])
def test_what_xla_compiles_does_not_grow_with_the_rounds(loop: str, double: Any) -> None:
    def f(steps: int) -> Any:
        if loop == "plain":
            return value_and_grad(pendulum(steps), argnums=(0, 1, 2))
        one = lambda x, v: (x + 0.01 * v, v - 0.01 * sin(x))
        last = lambda x, v, k: ac.scan(lambda s, _: (one(*s), s[0]), (x, v), None, steps)[0]
        return value_and_grad(lambda x, v, k: last(x, v, k)[0] * k, argnums=(0, 1, 2))

    texts = []
    for steps in (40, 160):
        g = f(steps)
        program = program_of(lambda x, v, k, g=g: g(x, v, k), 0.5, 1.0, 2.0)
        texts.append(jax.jit(program.to_jax()).lower(jnp.zeros(3)).as_text())
    assert [text.count("stablehlo.while") for text in texts] == [2, 2]  # forward and backward
    few, many = [len(text.splitlines()) for text in texts]
    assert few == many


def test_a_scan_can_be_differentiated_by_jax(double: Any) -> None:
    f = program_of(pendulum(30), 0.5, 1.0, 2.0)
    assert "for each of" in f.source("jax")
    point = [0.7, -0.3, 1.5]
    got = jax.jit(jax.grad(lambda x: f.to_jax()(x)[0]))(jnp.array(point))
    np.testing.assert_allclose(got, grad(pendulum(30), argnums=(0, 1, 2))(*point), rtol=1e-13)


def test_loops_with_values_of_several_rounds_before(monkeypatch: pytest.MonkeyPatch) -> None:
    """A recurrence of depth two, one that reads a list, and a history that is read at the end."""
    monkeypatch.setattr(stretches, "DEEP", 5)

    def f(xs: Any, a: Any) -> Any:
        u, v, history = a, a * 0.5, []
        for x in xs:
            u, v = v, sin(u * 0.9 + v * x) + 0.1 * ac.tanh(u) * ac.cos(v)
            history.append(v * x)
        return [v, ac.sum(history), *history[::40]]

    xs = [0.3 + 0.001 * k for k in range(120)]
    program = compiled(lambda xs, a: f(xs, a), backend="jax")
    assert program(xs, 0.7) == pytest.approx([float(y) for y in f(xs, 0.7)], rel=1e-13)
    assert "for each of" in program.program.source("jax")
    slopes = compiled(grad(lambda xs, a: f(xs, a)[0] + f(xs, a)[1]), backend="jax")(xs, 0.7)
    wanted = compiled(grad(lambda xs, a: f(xs, a)[0] + f(xs, a)[1]), backend="python")(xs, 0.7)
    assert slopes == pytest.approx(wanted, rel=1e-12)


def swing(x: Any, k: Any, w: Any) -> Any:
    """A scan that reads a table, a scan in it, and results of single rounds."""

    def step(s: Any, u: Any) -> Any:
        a, b = s
        damped = ac.scan(lambda z, v: (0.5 * z + v * k, z), b, [0.001 * i for i in range(12)])[0]
        return (a + 0.01 * b, damped - 0.01 * k * sin(a) + u * w[0]), a * b + w[1] * u

    (a, b), ys = ac.scan(step, (x, x * 0.5), [0.01 * i for i in range(30)])
    return a * a + b + 0.1 * ac.sum(ys) + ys[3] * ys[7]


@pytest.mark.parametrize("batched", [(), ("x",), ("w",), ("x", "k", "w")], ids=str)
def test_a_scan_is_one_of_jax(batched: tuple[str, ...]) -> None:
    f = value_and_grad(swing, argnums=(0, 1, 2))
    several = {"x": [0.1, 0.7], "k": [1.0, 2.0], "w": [[1.0, 0.5], [0.2, 3.0]]}
    args = [several[name][name not in batched :] for name in several]
    args = [x if name in batched else x[0] for name, x in zip(several, args, strict=True)]
    found = []
    for backend in ("jax", "numpy"):
        program = compiled(lambda x, k, w: f(x, k, w), batched=batched, backend=backend)
        y, (a, b, c) = program(*args)
        found.append([y, a, b, *c])
        if backend == "jax":
            text = program.program.source("jax")
            assert text.count("for each of 30 rounds") == 2  # forward and backward
            assert 2 <= text.count("for each of 12 rounds") <= 3
    for x, wanted in zip(*found, strict=True):
        np.testing.assert_allclose(x, wanted, rtol=1e-12)


def test_a_scan_of_many_rounds_compiles_at_once(double: Any) -> None:
    def f(x: Any) -> Any:
        return ac.scan(lambda s, _: (s + 1e-4 * sin(s), s), x, None, 20_000)[0]

    program = program_of(grad(f), 0.5)
    slope = jax.jit(program.to_jax())(jnp.array([0.5]))
    assert float(slope[0]) == pytest.approx(grad(f)(0.5), rel=1e-10)


def test_a_hessian_and_a_table_of_rows() -> None:
    def f(xs: Any) -> Any:
        return ac.sum([100.0 * (b - a * a) ** 2 + (1.0 - a) ** 2 for a, b in pairwise(xs)])

    xs = [0.1 * k for k in range(8)]
    got, wanted = (compiled(hessian(f), backend=b)(xs) for b in ("jax", "numpy"))
    np.testing.assert_allclose(got, wanted, rtol=1e-13, atol=1e-13)


def test_nothing_is_imported_before_it_is_asked_for() -> None:
    code = (
        "import sys, autograd_core as ac; f = ac.compiled(lambda x: ac.sin(x)); f(1.0); "
        "ac.backends(); assert 'jax' not in sys.modules"
    )
    subprocess.run([sys.executable, "-c", code], check=True)


def test_without_jax_the_extra_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    from autograd_core.compiler.backends.jax import backend
    from autograd_core.errors import MissingExtra

    monkeypatch.setattr(backend, "_is_installed", lambda: False)
    with pytest.raises(MissingExtra, match=r"back-end 'jax'.*autograd-core\[jax\]"):
        compiled(sin, backend="jax")(1.0)
    assert "autograd-core[jax]" in ac.backends()["jax"].reason
