"""Programs as ONNX models: what onnxruntime computes, in which shapes, and what is refused."""

from __future__ import annotations

import math
import subprocess
import sys
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given, settings

import autograd_core as ac
from autograd_core import compiled, grad, sigmoid, value_and_grad, where
from autograd_core.compiler import pipeline
from autograd_core.compiler.ir.program import Program
from autograd_core.errors import MissingExtra, RecordingError
from autograd_core.primitives import TABLE, Primitive

from .backends import forced
from .networks import attention, convolution, count, dense, recurrent, uniform
from .onnx_engine import is_known, session
from .row_points import points as points_of
from .test_values import TRANSFORMS, assert_agree, eagerly, flat
from .wild import Wild, points, wild

np = pytest.importorskip("numpy")
onnx = pytest.importorskip("onnx")
pytest.importorskip("onnxruntime")

WITHOUT = {*"remainder exponent ulp nextafter gamma lgamma digamma polygamma".split()}
ROWS = [row for row in TABLE.values() if not row.structured and row.name not in WITHOUT]


def program_of(f: Any, *args: Any, **options: Any) -> Any:
    made = compiled(f, **options)
    made(*args)
    return made.program


def run(model: Any, **given: Any) -> Any:
    """The outputs of a model by their names."""
    found = session(model)
    kind = np.float64 if "double" in found.get_inputs()[0].type else np.float32
    names = [x.name for x in found.get_outputs()]
    results = found.run(None, {name: np.asarray(x, kind) for name, x in given.items()})
    assert {x.dtype for x in results} == {np.dtype(kind)}
    return dict(zip(names, results, strict=True))


@pytest.mark.parametrize(("dtype", "within"), [("float64", 1e-12), ("float32", 2e-5)])
@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.name)
def test_a_row_gives_what_it_computes(row: Primitive, dtype: str, within: float) -> None:
    xs = np.array(points_of(row))
    if dtype == "float32":  # those that have neighbours there
        sizes = np.abs(xs)
        xs = xs[((sizes == 0) | (sizes > 1e-30) & (sizes < 1e30) | ~np.isfinite(xs)).all(1)]
    program = Program()
    inputs = [program.input(0.5, batched=True) for _ in xs[0]]
    program.outputs = [program.append(row, tuple(inputs), 0.5)]
    (got,) = run(program.to_onnx(dtype), inputs=xs).values()
    wanted = np.array([row.compute(*x) for x in xs.tolist()])
    with np.errstate(over="ignore"):  # an infinity where a number is too large
        wanted = wanted.astype(dtype).astype(float)
    least = 1e-2 if dtype == "float64" else 1.0
    for x, y, z in zip(xs.tolist(), np.broadcast_to(got.ravel(), len(xs)), wanted, strict=True):
        same = y == z or (math.isnan(y) and math.isnan(z))
        assert same or abs(y - z) <= within * max(abs(z), least), (x, y, z)


def test_the_rows_that_have_no_formula_are_these() -> None:
    found = {x.name for x in TABLE.values() if not (x.additive or x.decomposition or is_known(x))}
    assert found - {x.name for x in TABLE.values() if x.structured} == WITHOUT
    program = program_of(ac.gamma, 0.5)
    with pytest.raises(ValueError, match=r"row 'gamma' has no formula in ONNX.*decomposition"):
        program.to_onnx()
    versine = ac.primitive(
        "versine_of_onnx",
        compute=lambda x: 1.0 - math.cos(x),
        partials=lambda y, x: ac.sin(x),
        decomposition=lambda b, x: b.sub(1.0, b.cos(x)),
    )
    found = run(program_of(versine, 0.5).to_onnx(), inputs=[2.0])
    assert found["outputs"] == pytest.approx([1.0 - math.cos(2.0)])


@pytest.mark.slow
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
    with forced("onnx"):
        assert_agree(flat(compiled(f)(list(xs))), wanted, errors, (w, xs))


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_formulas_are_guarded_in_both_precisions(dtype: str) -> None:
    def f(x: Any) -> Any:
        return [
            sigmoid(x),
            ac.silu(x),
            ac.logsumexp([x, 2.0 * x]),
            ac.hypot(x, x),
            grad(sigmoid)(x),
        ]

    found = run(program_of(f, [0.5], batched="x").to_onnx(dtype), inputs=[[800.0], [-800.0]])
    root = 800.0 * 2**0.5
    assert found["outputs"][0] == pytest.approx([1.0, 800.0, 1600.0, root, 0.0], rel=1e-6)
    assert found["outputs"][1] == pytest.approx([0.0, 0.0, -800.0, root, 0.0], rel=1e-6)


SIZES = [5, 7, 3]
NETWORKS: dict[str, tuple[Any, int, int]] = {
    "dense": (
        lambda w, x: dense(SIZES, lambda v, y: ac.dot(v, [*y, 1.0]), w, x), count(SIZES), 5,
    ),
    "convolution": (lambda w, x: convolution(6, 2, w, x, 0.5), 20 + 33, 36),
    "recurrent": (lambda w, x: recurrent(4, [x], w), 24, 6),
    "attention": (lambda w, x: attention(3, 2, True, [*w, *x]), 12, 6),
}  # fmt: skip


@pytest.mark.parametrize("name", NETWORKS)
def test_a_network_of_any_number_of_samples(name: str) -> None:
    f, parameters, inputs = NETWORKS[name]
    w, xs = uniform(parameters), np.random.default_rng(0).normal(size=(8, inputs))
    program = program_of(lambda w, x: f(w, x), w, xs[:2], batched="x")
    wanted = [np.ravel([float(y) for y in np.ravel(f(w, x))]) for x in xs.tolist()]
    model = program.to_onnx(numbers=w)
    assert [x.name for x in model.graph.input] == ["inputs"]
    for n in (8, 1, 0):
        found = run(model, inputs=xs[:n])["outputs"]
        assert found.shape == (n, len(wanted[0]))
        np.testing.assert_allclose(found, wanted[:n] or found, rtol=1e-12, atol=1e-12)
    np.testing.assert_allclose(
        run(program.to_onnx(), inputs=xs, numbers=w)["outputs"], wanted, rtol=1e-12, atol=1e-12
    )
    single = run(program.to_onnx("float32", w), inputs=xs)["outputs"]
    np.testing.assert_allclose(single, wanted, rtol=1e-5, atol=1e-5)


@pytest.mark.parametrize("name", NETWORKS)
def test_a_gradient_is_a_sum_over_the_samples(name: str) -> None:
    f, parameters, inputs = NETWORKS[name]
    w, xs = uniform(parameters), np.random.default_rng(0).normal(size=(5, inputs))

    def loss(w: Any, x: Any) -> Any:
        y = f(w, x)
        return ac.sum([v * v for v in y]) if isinstance(y, list) else y

    made = compiled(value_and_grad(lambda w, x: loss(w, x)), batched="x", reduce="sum")
    value, slopes = made(w, xs)
    model = made.program.to_onnx()
    assert [x.name for x in model.graph.output] == ["totals"]
    found = run(model, inputs=xs, numbers=w)["totals"]
    np.testing.assert_allclose(found, [value, *slopes], rtol=1e-11, atol=1e-12)
    assert len(model.graph.node) < 400  # of the groups, not of single instructions


def test_the_seed_of_a_training_step_is_multiplied_by_what_stands_beside_it() -> None:
    w = [ac.Value(0.5), ac.Value(-1.0)]
    batch = ac.BatchGradient(lambda x, t: (w[0] * x + w[1] - t) ** 2, w)
    samples = np.array([[1.0, 0.0], [2.0, 1.0], [3.0, 5.0]])
    loss, _ = batch(batch.rows(*samples.T))
    assert batch.executable is not None
    program, numbers = batch.executable.program, [0.5, -1.0, 1.0 / 3.0]
    for known, model in (
        ({"numbers": numbers}, program.to_onnx()),
        ({}, program.to_onnx(numbers=numbers)),
    ):
        total, *slopes = run(model, inputs=samples, **known)["totals"]
        assert [total, *slopes] == pytest.approx([3.0 * loss, *batch.gradient], rel=1e-14)


def test_a_program_without_samples_and_one_with_both() -> None:
    model = program_of(lambda x: [x[0] * x[1], ac.sum(x)], [1.0, 2.0, 3.0]).to_onnx()
    assert run(model, inputs=[2.0, 3.0, 4.0])["outputs"].tolist() == [6.0, 9.0]
    both = program_of(lambda w, x: [w * x, w + 1.0], 2.0, [1.0, 2.0], batched="x").to_onnx()
    found = run(both, numbers=[4.0], inputs=[[1.0], [5.0], [6.0]])
    assert found["outputs"].tolist() == [[4.0], [20.0], [24.0]]
    assert found["totals"].tolist() == [5.0]
    constant = program_of(lambda x: [3.0, x], [1.0], batched="x").to_onnx("float32")
    assert run(constant, inputs=[[7.0]])["totals"].tolist() == [3.0]


def test_a_loop_is_written_out() -> None:
    program = program_of(
        lambda x, r: ac.fori_loop(0, 20, lambda _, y: y + r * ac.sin(y), x), 1.0, 0.1
    )
    y = 0.7
    for _ in range(20):
        y += 0.2 * math.sin(y)
    assert run(program.to_onnx(), inputs=[0.7, 0.2])["outputs"] == pytest.approx([y], rel=1e-14)


def choosing_in_rounds(x: Any) -> Any:
    def step(s: Any, k: Any) -> Any:
        return s * 0.9 + where(s > 0.2 * k, ac.sqrt(s), s * s), None

    return ac.scan(step, x, [0.1 * k for k in range(12)])[0]


def test_a_choice_in_a_loop_that_is_written_out() -> None:
    program = program_of(grad(choosing_in_rounds), 1.0, backend="jax")
    for x in (0.0, 0.3, 1.0):
        want = grad(choosing_in_rounds)(x)
        assert run(program.to_onnx(), inputs=[x])["outputs"] == pytest.approx([want], rel=1e-13)


def test_what_a_model_cannot_hold_is_refused() -> None:
    refusal = r"an ONNX model takes the same path.*where\(condition, a, b"
    with pytest.raises(RecordingError, match=refusal):
        program_of(lambda x: x * x if x > 0.0 else x, 1.0).to_onnx()
    safe = grad(lambda x: where(x > 0.0, ac.sqrt(x), 0.0))
    with pytest.raises(RecordingError, match=r"compiled\(function, backend='jax'\)"):
        program_of(safe, 1.0, backend="numpy").to_onnx()
    with pytest.raises(RecordingError, match=r"compiled\(function, backend='jax'\)"):
        program_of(grad(choosing_in_rounds), 1.0, backend="numpy").to_onnx()
    program = program_of(lambda w, x: w * x, 2.0, [1.0], batched="x")
    with pytest.raises(ValueError, match=r"dtype must be one of .*, got 'float16'"):
        program.to_onnx("float16")
    with pytest.raises(ValueError, match=r"numbers must hold the 1 inputs without .*, got 2"):
        program.to_onnx(numbers=[1.0, 2.0])


def test_a_gradient_of_a_choice_is_exported_as_the_error_says() -> None:
    pytest.importorskip("jax")
    safe = grad(lambda x: where(x > 0.0, ac.sqrt(x), 0.0))
    model = program_of(safe, 1.0, backend="jax").to_onnx()
    assert run(model, inputs=[0.0])["outputs"].tolist() == [0.0]


def test_the_versions_are_those_that_old_runtimes_read() -> None:
    model = program_of(lambda x: sigmoid(x), 1.0).to_onnx()
    assert (model.ir_version, model.opset_import[0].version) == (8, 17)
    onnx.checker.check_model(model, full_check=True)


def test_without_onnx_the_extra_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    program = program_of(lambda x: sigmoid(x), 1.0)
    monkeypatch.setattr(pipeline, "find_spec", lambda name: None)
    with pytest.raises(MissingExtra, match=r"ONNX needs the package onnx.*autograd-core\[onnx\]"):
        program.to_onnx()


def test_nothing_is_imported_before_it_is_asked_for() -> None:
    code = (
        "import sys, autograd_core as ac; f = ac.compiled(lambda x: ac.sin(x)); f(1.0); "
        "assert 'onnx' not in sys.modules; f.program.to_onnx(); assert 'onnx' in sys.modules; "
        "assert 'onnxruntime' not in sys.modules"
    )
    subprocess.run([sys.executable, "-c", code], check=True)
