"""Random networks, trained for a moment by a random loss, are equal in every runtime."""

from __future__ import annotations

import importlib.util
import math
import shutil
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from nn import MLP, AveragePooling2d, Convolution2d, Layer, Module, Sequential, export, fit

from .exported import UNITS, check, expected, run_c, run_javascript, run_python, samples

np = pytest.importorskip("numpy")
pytestmark = pytest.mark.slow

LOSSES = {
    "softmax": ["cross_entropy"],
    "sigmoid": ["binary_cross_entropy", "mean_squared_error", "sum_squared_error"],
    "linear": [
        "mean_squared_error",
        "binary_cross_entropy_from_logits",
        "cross_entropy_from_logits",
    ],
}
"""Those that fit the range of an output; for others any size of it has an error."""
units = st.sampled_from(UNITS)


@st.composite
def networks(draw: Any) -> tuple[Module, int]:
    """Networks of every kind of layer and activation, some with images, and their inputs."""
    seed = draw(st.integers(0, 1000))
    output = draw(st.sampled_from([*UNITS, "softmax"]))
    if draw(st.booleans()):
        count, sizes = draw(st.integers(1, 12)), draw(st.lists(st.integers(1, 12), max_size=3))
        outputs = draw(st.integers(2, 5))
        model: Module = MLP(count, [*sizes, outputs], draw(units), output=output, seed=seed)
    else:
        channels, height, width = [draw(st.integers(*edges)) for edges in ((1, 2), (4, 7), (4, 7))]
        first = Convolution2d(
            (channels, height, width), draw(st.integers(1, 3)), draw(st.integers(1, 3)),
            padding=draw(st.integers(0, 1)), stride=draw(st.integers(1, 2)),
            activation=draw(units), seed=seed,
        )  # fmt: skip
        shape = first.output_shape
        pooling = [AveragePooling2d(shape, 2)] if min(shape[1:]) > 1 else []
        outputs, count = draw(st.integers(2, 4)), channels * height * width
        size = math.prod((pooling or [first])[0].output_shape)
        model = Sequential(first, *pooling, Layer(size, outputs, output, seed=seed))
    loss = draw(st.sampled_from(LOSSES.get(output, ["mean_squared_error"])))
    rows = samples(count)[:5]
    classes = [k % outputs for k in range(5)]
    each = [[float(k == c) for k in range(outputs)] for c in classes]
    targets = classes if loss.startswith("cross") else each
    fit(model, rows, targets, loss=loss, epochs=2, batch_size=2, verbose=False, compiled=False)
    return model, count


def run_onnx(path: Path, rows: list[list[float]], dtype: str) -> Any:
    import onnxruntime

    session = onnxruntime.InferenceSession(path, providers=["CPUExecutionProvider"])
    return session.run(None, {"inputs": np.array(rows, dtype)})[0].tolist()


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(drawn=networks())
def test_random_networks_are_equal(
    drawn: tuple[Module, int], tmp_path_factory: pytest.TempPathFactory
) -> None:
    model, count = drawn
    rows = samples(count)[:5]
    right, path = expected(model, rows), tmp_path_factory.mktemp("random") / "model"
    if all(map(importlib.util.find_spec, ("onnx", "onnxruntime"))):
        for dtype, within in {"float64": 1e-12, "float32": 1e-5}.items():
            export(model, path.with_suffix(".onnx"), dtype=dtype)
            check(run_onnx(path.with_suffix(".onnx"), rows, dtype), right, within)
    export(model, path.with_suffix(".py"))
    check(run_python(path.with_suffix(".py"), rows), right)
    if shutil.which("gcc") or shutil.which("cc"):
        export(model, path.with_suffix(".c"))
        check(run_c(path.with_suffix(".c"), rows), right)


@settings(max_examples=6, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(drawn=networks())
def test_random_networks_are_equal_in_webassembly(
    drawn: tuple[Module, int], tmp_path_factory: pytest.TempPathFactory
) -> None:
    pytest.importorskip("ziglang")
    model, count = drawn
    rows, path = samples(count)[:5], tmp_path_factory.mktemp("random") / "model.mjs"
    export(model, path)
    check(run_javascript(path, rows), expected(model, rows))
