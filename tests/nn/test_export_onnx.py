"""ONNX models of networks and tables give in onnxruntime what the model gives here."""

from __future__ import annotations

import json
import math
import shutil
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nn import MLP, AveragePooling2d, Convolution2d, Layer, Module, Sequential, export, save
from nn.__main__ import main
from nn.exports.cells import value

from .exported import UNITS, check, expected, models, samples, written

np = pytest.importorskip("numpy")
onnx = pytest.importorskip("onnx")
onnxruntime = pytest.importorskip("onnxruntime")

MODELS = models()
WITHIN = {"float64": 1e-12, "float32": 1e-5}
precisions = pytest.mark.parametrize("dtype", WITHIN)


def session(path: Path) -> Any:
    """The model in onnxruntime, which has nothing to warn of."""
    options = onnxruntime.SessionOptions()
    options.log_severity_level, options.intra_op_num_threads = 3, 1
    return onnxruntime.InferenceSession(path, options, providers=["CPUExecutionProvider"])


def run(path: Path, rows: Any, dtype: str) -> Any:
    (found,) = session(path).run(None, {"inputs": np.array(rows, dtype)})
    assert found.dtype == dtype
    return found


@precisions
@pytest.mark.parametrize("name", MODELS)
def test_a_network_of_any_number_of_samples(name: str, dtype: str, tmp_path: Path) -> None:
    model, count = MODELS[name]
    rows = samples(count)
    export(model, tmp_path / "model.onnx", dtype=dtype)
    right = expected(model, rows)
    check(run(tmp_path / "model.onnx", rows, dtype).tolist(), right, WITHIN[dtype])
    check(run(tmp_path / "model.onnx", rows[:1], dtype).tolist(), right[:1], WITHIN[dtype])


@pytest.mark.slow
@precisions
def test_digits_that_were_learned(
    dtype: str, learned_digits: tuple[Module, list[list[float]]], tmp_path: Path
) -> None:
    model, rows = learned_digits
    save(model, tmp_path / "model.json")
    given = ["export", str(tmp_path / "model.json"), "--to", "onnx", "--dtype", dtype]
    assert main(given) == 0
    found, right = run(tmp_path / "model.onnx", rows, dtype), expected(model, rows)
    check(found.tolist(), right, WITHIN[dtype])
    assert (found.argmax(1) == np.argmax(right, 1)).all()


def fed(path: Path, cells: list[dict[str, Any]], dtype: str) -> tuple[list[Any], Any]:
    """The outputs for rows of a table: numbers and days as numbers, nan where there is none."""
    given: dict[str, Any] = {}
    for column in json.loads(path.read_text("utf-8"))["table"]["columns"]:
        own = [row[column["name"]] for row in cells]
        if "texts" in column:
            given[column["name"]] = np.array([[x or ""] for x in own], object)
        else:
            known = [value(x, column) for x in own]
            kind = "float64" if "date" in column else dtype
            given[column["name"]] = np.array([[math.nan if x is None else x] for x in known], kind)
    model = session(path.with_suffix(".onnx"))
    return model.run(None, given), model


@pytest.mark.slow
@precisions
@pytest.mark.parametrize("target", ["kind", "price"])
def test_a_table_takes_its_columns(
    target: str, dtype: str, learned_tables: dict[str, Any], tmp_path: Path
) -> None:
    learned, cells, right = learned_tables[target]
    path = Path(shutil.copy(learned, tmp_path))
    assert main(["export", str(path), "--to", "onnx", "--dtype", dtype]) == 0
    found, model = fed(path, cells, dtype)
    check(found[-1].tolist(), right, WITHIN[dtype])
    names = [x.name for x in model.get_outputs()]
    if target == "price":
        assert names == ["variable"]
        return
    classes = json.loads(model.get_modelmeta().custom_metadata_map["classes"])
    assert (names, classes) == (["label", "probabilities"], ["apple", "pear"])
    assert found[0].tolist() == [classes[k] for k in np.argmax(right, 1)]


def test_texts_are_known_in_other_spellings(tmp_path: Path) -> None:
    column = {"name": "label", "texts": ["2.50", "Straße", "apple", "é"], "unknown": True}
    path = written(tmp_path, [column], ["no", "yes"])
    export(path, tmp_path / "model.onnx")
    texts = ["2.50", "2.5", "Straße", "STRASSE", "APPLE", "é", "e\u0301", "É", "pear", ""]
    found, model = fed(path, [{"label": text} for text in texts], "float64")
    assert [x.name for x in model.get_outputs()] == ["label_", "probabilities"]
    alike = [[found[1][k].tolist() for k in ks] for ks in ([0, 1], [2, 3], [4], [5, 6, 7], [8, 9])]
    assert [len({*map(tuple, group)}) for group in alike] == [1] * 5
    assert len({tuple(group[0]) for group in alike}) == 5


units = st.sampled_from(UNITS)


@st.composite
def networks(draw: Any) -> tuple[Module, int]:
    """Networks of every kind of layer and activation, some with images."""
    seed = draw(st.integers(0, 1000))
    output = draw(st.sampled_from([*UNITS, "softmax"]))
    if draw(st.booleans()):
        count, sizes = draw(st.integers(1, 12)), draw(st.lists(st.integers(1, 12), max_size=3))
        last = draw(st.integers(1 + (output == "softmax"), 5))
        return MLP(count, [*sizes, last], draw(units), output=output, seed=seed), count
    channels, height, width = [draw(st.integers(*edges)) for edges in ((1, 2), (4, 7), (4, 7))]
    first = Convolution2d(
        (channels, height, width), draw(st.integers(1, 3)), draw(st.integers(1, 3)),
        padding=draw(st.integers(0, 1)), stride=draw(st.integers(1, 2)), activation=draw(units),
        seed=seed,
    )  # fmt: skip
    pooling = [AveragePooling2d(shape, 2) for shape in [first.output_shape] if min(shape[1:]) > 1]
    size = math.prod((pooling or [first])[0].output_shape)
    last = Layer(size, draw(st.integers(2, 4)), output, seed=seed)
    return Sequential(first, *pooling, last), channels * height * width


@pytest.mark.slow
@settings(max_examples=40, deadline=None)
@given(drawn=networks())
def test_random_networks_are_equal(
    drawn: tuple[Module, int], tmp_path_factory: pytest.TempPathFactory
) -> None:
    model, count = drawn
    rows = samples(count)[:5]
    right, folder = expected(model, rows), tmp_path_factory.mktemp("random")
    for dtype, within in WITHIN.items():
        export(model, folder / "model.onnx", dtype=dtype)
        check(run(folder / "model.onnx", rows, dtype).tolist(), right, within)
    export(model, folder / "model.py")
    names: dict[str, Any] = {}
    exec((folder / "model.py").read_text("utf-8"), names)
    check([names["outputs"](row) for row in rows], right)


def test_without_onnx_the_extra_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    from autograd_core.compiler import pipeline

    save(MLP(2, [1], seed=0), tmp_path / "model.json")
    monkeypatch.setattr(pipeline, "find_spec", lambda name: None)
    assert main(["export", str(tmp_path / "model.json"), "--to", "onnx"]) == 1
    assert "autograd-core[onnx]" in capsys.readouterr().err
    with pytest.raises(ValueError, match="python is exported in float64, got 'float32'"):
        export(MLP(2, [1], seed=0), tmp_path / "model.py", dtype="float32")
    with pytest.raises(ValueError, match="onnx is exported in float64 or float32, got 'half'"):
        export(MLP(2, [1], seed=0), tmp_path / "model.onnx", dtype="half")
