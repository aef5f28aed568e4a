"""Models as files: exact, readable, atomic, and refused with a reason when they are anything else."""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nn import MLP, Layer, Module, Neuron, Sequential, load, save

MODELS = {
    "Neuron": lambda: Neuron(2, "tanh", seed=1),
    "Layer": lambda: Layer(2, 3, "softmax", seed=1),
    "MLP": lambda: MLP(2, [3, 2], activation="relu", output="linear", seed=1),
    "Sequential": lambda: Sequential(Layer(2, 3, seed=1), Sequential(Layer(3, 1, "linear", seed=2))),
}


def numbers(y: Any) -> list[float]:
    return [x.data for x in (y if isinstance(y, list) else [y])]


@pytest.mark.parametrize("kind", MODELS)
def test_a_loaded_model_computes_the_same_to_the_last_digit(kind: str, tmp_path: Path) -> None:
    model = MODELS[kind]()
    save(model, tmp_path / "model.json")
    again = load(tmp_path / "model.json")
    assert repr(again) == repr(model)
    assert numbers(again([0.1, -0.7])) == numbers(model([0.1, -0.7]))
    assert [(p.label, p.role, p.group) for p in again.parameters()] == [(p.label, p.role, p.group) for p in model.parameters()]


@settings(max_examples=30)
@given(st.lists(st.floats(), min_size=2, max_size=2))
def test_every_float_survives(tmp_path_factory: pytest.TempPathFactory, weights: list[float]) -> None:
    path = tmp_path_factory.mktemp("model") / "m.json"
    neuron = Neuron(1)
    for parameter, number in zip(neuron.parameters(), weights, strict=True):
        parameter.data = number
    save(neuron, path)
    for parameter, number in zip(load(path).parameters(), weights, strict=True):
        assert repr(parameter.data) == repr(number)


def test_the_file_is_strict_json_with_a_version(tmp_path: Path) -> None:
    neuron = Neuron(1, "linear", initializer=lambda *_: 0.5)
    neuron.bias.data = math.inf
    save(neuron, tmp_path / "m.json")

    def refuse(constant: str) -> None:
        raise AssertionError(constant)

    document = json.loads((tmp_path / "m.json").read_text("utf-8"), parse_constant=refuse)
    assert document == {
        "format": "autograd-core model",
        "version": 1,
        "model": {"kind": "Neuron", "n_inputs": 1, "activation": "linear"},
        "parameters": {"weights.0": 0.5, "bias": "inf"},
    }


def test_an_activation_given_as_a_function_is_saved_by_its_name(tmp_path: Path) -> None:
    from autograd_core import tanh

    save(Neuron(2, tanh, seed=0), tmp_path / "m.json")
    assert load(tmp_path / "m.json").output == "tanh"


def test_what_a_file_cannot_hold_is_refused(tmp_path: Path) -> None:
    class Own(Module):
        pass

    with pytest.raises(TypeError, match=r"got a Own; save its named_parameters\(\) yourself"):
        save(Own(), tmp_path / "m.json")
    with pytest.raises(TypeError, match="a file can hold activations by name, got the function"):
        save(Neuron(2, lambda z: z), tmp_path / "m.json")
    assert list(tmp_path.iterdir()) == []


def test_a_failing_save_leaves_the_old_file_and_no_other(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "m.json"
    save(Neuron(1, seed=0), path)
    before = path.read_bytes()

    def full(descriptor: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("os.fsync", full)
    with pytest.raises(OSError, match="No space left"):
        save(Neuron(1, seed=1), path)
    assert path.read_bytes() == before
    assert list(tmp_path.iterdir()) == [path]


GOOD: dict[str, Any] = {
    "format": "autograd-core model",
    "version": 1,
    "model": {"kind": "Neuron", "n_inputs": 1, "activation": "linear"},
    "parameters": {"weights.0": 0.5, "bias": 0.0},
}


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "is not JSON"),
        ("{", "is not JSON"),
        ("[" * 100_000, "is not JSON"),
        ("[]", 'has no "format"'),
        ('{"format": "other"}', 'has no "format"'),
        (json.dumps(GOOD | {"version": 2}), "has version 2, this library reads version 1; update it"),
        (json.dumps(GOOD | {"model": {"kind": "os.system"}}), "no model is called 'os.system'"),
        (json.dumps(GOOD | {"model": {"kind": "Neuron", "n_inputs": -1}}), "at least 1, got -1"),
        (json.dumps(GOOD | {"model": {"kind": "Neuron", "inputs": 1}}), "describes no model that can be built: TypeError"),
        (json.dumps(GOOD | {"model": None}), "describes no model that can be built"),
        (json.dumps(GOOD | {"parameters": {"weights.0": "half", "bias": 0}}), "describes no model .* ValueError"),
        (json.dumps(GOOD | {"parameters": [1, 2]}), "describes no model"),
        (json.dumps(GOOD | {"parameters": {"bias": 0}}), r"1 parameters are missing or extra, as weights\.0"),
        (json.dumps({k: v for k, v in GOOD.items() if k != "parameters"}), "KeyError: 'parameters'"),
    ],
)  # fmt: skip
def test_a_file_that_is_no_model_is_refused_with_a_reason(text: str, message: str, tmp_path: Path) -> None:
    path = tmp_path / "m.json"
    path.write_text(text, "utf-8")
    with pytest.raises(ValueError, match=message):
        load(path)


def test_a_pickle_is_refused_and_a_missing_file_is_missing(tmp_path: Path) -> None:
    (tmp_path / "m.json").write_bytes(b"\x80\x04\x95\xff")
    with pytest.raises(ValueError, match="is not JSON"):
        load(tmp_path / "m.json")
    with pytest.raises(FileNotFoundError):
        load(tmp_path / "other.json")
