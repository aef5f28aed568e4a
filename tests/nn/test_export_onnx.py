"""ONNX models of networks and tables give in onnxruntime what the model gives here."""

from __future__ import annotations

import json
import math
import shutil
from pathlib import Path
from typing import Any

import pytest

from autograd_core import compiled, value_and_grad
from nn import MLP, Module, export, save
from nn.__main__ import main
from nn.exports.cells import value
from nn.losses import LOSSES

from .exported import check, expected, models, samples, written

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


@pytest.mark.slow
@pytest.mark.parametrize("loss", LOSSES)
def test_a_loss_and_its_gradient_over_samples(loss: str, tmp_path: Path) -> None:
    pytest.importorskip("jax")
    shares = np.random.default_rng(0).uniform(0.1, 0.9, size=(5, 3))
    shares, targets = shares / shares.sum(1, keepdims=True), np.eye(3)[[0, 1, 2, 1, 0]]
    if loss == "hinge":
        targets = 2.0 * targets - 1.0
    f = value_and_grad(lambda y, t: LOSSES[loss](y, t))
    made = compiled(lambda y, t: f(y, t), batched=("y", "t"), reduce="sum", backend="jax")
    value_, slopes = made(shares, targets)
    onnx.save(made.program.to_onnx(), tmp_path / "model.onnx")
    (found,) = session(tmp_path / "model.onnx").run(None, {"inputs": np.hstack([shares, targets])})
    check([found.tolist()], [[value_, *slopes]])


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
