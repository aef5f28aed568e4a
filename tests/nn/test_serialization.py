"""Models as files: exact, readable, atomic, and refused with a reason when they are anything
else.
"""

from __future__ import annotations

import builtins
import json
import math
import os
import pickle
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nn import MLP, AveragePooling2d, Convolution2d, Layer, Module, Neuron, Sequential, load, save
from nn.files.documents import checksum

MODELS = {
    "Neuron": lambda: Neuron(2, "tanh", seed=1),
    "Layer": lambda: Layer(2, 3, "softmax", seed=1),
    "MLP": lambda: MLP(2, [3, 2], activation="relu", output="linear", seed=1),
    "Sequential": lambda: Sequential(
        Layer(2, 3, seed=1), Sequential(Layer(3, 1, "linear", seed=2))
    ),
    "images": lambda: Sequential(
        Convolution2d((1, 1, 2), 2, 2, stride=1, padding=1, seed=1),
        AveragePooling2d((2, 2, 3), 2, stride=1),
        Layer(4, 1, seed=2),
    ),
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
    assert [(p.label, p.role, p.group) for p in again.parameters()] == [
        (p.label, p.role, p.group) for p in model.parameters()
    ]


@settings(max_examples=30)
@given(st.lists(st.floats(allow_nan=False, allow_infinity=False), min_size=2, max_size=2))
def test_every_finite_float_survives(
    tmp_path_factory: pytest.TempPathFactory, weights: list[float]
) -> None:
    path = tmp_path_factory.mktemp("model") / "m.json"
    neuron = Neuron(1)
    for parameter, number in zip(neuron.parameters(), weights, strict=True):
        parameter.data = number
    save(neuron, path)
    for parameter, number in zip(load(path).parameters(), weights, strict=True):
        assert repr(parameter.data) == repr(number)


def test_the_file_is_strict_json_with_a_version(tmp_path: Path) -> None:
    neuron = Neuron(1, "linear", initializer=lambda *_: 0.5)
    save(neuron, tmp_path / "m.json")

    def refuse(constant: str) -> None:
        raise AssertionError(constant)

    document = json.loads((tmp_path / "m.json").read_text("utf-8"), parse_constant=refuse)
    assert document.pop("checksum") == checksum(document)
    assert document == {
        "format": "autograd-core model",
        "version": 1,
        "model": {"kind": "Neuron", "n_inputs": 1, "activation": "linear"},
        "parameters": {"weights.0": 0.5, "bias": 0.0},
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
    with pytest.raises(TypeError, match="a file holds activations by name, got the function"):
        save(Neuron(2, lambda z: z), tmp_path / "m.json")
    assert list(tmp_path.iterdir()) == []


def test_a_failing_save_leaves_the_old_file_and_no_other(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
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


def changed(**parts: Any) -> str:
    return json.dumps(GOOD | parts)


def nested(depth: int) -> dict[str, Any]:
    model = GOOD["model"]
    for _ in range(depth):
        model = {"kind": "Sequential", "layers": [model]}
    return model  # type: ignore[no-any-return]


NEURON = {"kind": "Neuron", "n_inputs": 1, "activation": "linear"}
NET = {"kind": "MLP", "n_inputs": 1, "sizes": [1], "activation": "linear", "output": "linear"}
IMAGES = {
    "kind": "Convolution2d",
    "input_shape": [1, 4, 4],
    "n_filters": 1,
    "kernel_size": 3,
    "stride": 1,
    "padding": 0,
    "activation": "linear",
}
REFUSED = {
    "empty": ("", "is not JSON"),
    "truncated": (json.dumps(GOOD)[:-30], "or only the beginning of it"),
    "deeply nested": ('{"a":' * 100_000, "nested too deeply"),
    "a list": ("[]", "not JSON, which begins with {; this begins with"),
    "another format": ('{"format": "other"}', 'has no "format"'),
    "a name twice": (
        '{"format": "other", "format": "autograd-core model"}',
        "the name 'format' appears twice",
    ),
    "NaN": (json.dumps(GOOD).replace("0.5", "NaN"), "NaN is not JSON"),
    "infinity": (json.dumps(GOOD).replace("0.5", "-Infinity"), "-Infinity is not JSON"),
    "an overflow": (
        json.dumps(GOOD).replace("0.5", "1e999"),
        r"weights\.0 must be a finite number, got inf",
    ),
    "a long integer": (
        json.dumps(GOOD).replace("0.5", "1" * 5000),
        "integer string conversion|finite number",
    ),
    "a large integer": (json.dumps(GOOD).replace("0.5", "1" * 500), "too large to convert"),
    "the future": (
        changed(version=2),
        "by a newer version of this library: its format has version 2, and this library reads version 1",
    ),
    "no version": (changed(version=None), "has the format version None, and"),
    "True as version": (changed(version=True), "has the format version True, and"),
    "code": (changed(model=NEURON | {"kind": "os.system"}), "no model is called 'os.system'"),
    "a list as kind": (changed(model=NEURON | {"kind": []}), r"no model is called \[\]"),
    "no description": (changed(model=None), "no model is called None"),
    "a negative size": (changed(model=NEURON | {"n_inputs": -1}), "at least 1, got -1"),
    "a size as text": (changed(model=NEURON | {"n_inputs": "1"}), "at least 1, got '1'"),
    "a huge size": (
        changed(model=NEURON | {"n_inputs": 10**12}),
        "1,000,000,000,001 parameters, and the file 2 of them",
    ),
    "huge sizes": (
        changed(model=NET | {"sizes": [10**9, 10**9, 1]}),
        "parameters, and the file 2 of them",
    ),
    "sizes as text": (changed(model=NET | {"sizes": "11"}), "must be lists, got '11'"),
    "no sizes": (changed(model=NET | {"sizes": []}), "0 parameters, and the file 2"),
    "an unknown activation": (
        changed(model=NEURON | {"activation": "eval"}),
        "one of linear, .*, softmax; got 'eval'",
    ),
    "an activation as a list": (
        changed(model=NEURON | {"activation": ["tanh"]}),
        "given by its name",
    ),
    "a missing setting": (
        changed(model={"kind": "Neuron", "n_inputs": 1}),
        "setting 'activation' of a Neuron is missing",
    ),
    "an unknown setting": (
        changed(model=NEURON | {"seed": 1}),
        "setting 'seed' of a Neuron is missing or unknown",
    ),
    "a huge image": (
        changed(model=IMAGES | {"input_shape": [1, 10**6, 10**6]}),
        "its images are too large: 8,999,964,000,036 pixels .* 2,010,000 are "
        "allowed for 10 parameters",
    ),
    "a kernel that does not fit": (
        changed(model=IMAGES | {"kernel_size": 9}),
        "a kernel of 9 × 9 does not fit",
    ),
    "a negative padding": (
        changed(model=IMAGES | {"padding": -1}),
        "padding must be a whole number of at least 0, got -1",
    ),
    "a shape as text": (changed(model=IMAGES | {"input_shape": "1"}), "must be lists, got '1'"),
    "a flat shape": (
        changed(model=IMAGES | {"input_shape": [4, 4]}),
        "the shape of an image is channels, height and width",
    ),
    "Sequential in Sequential": (changed(model=nested(60)), "nested more than 50 deep"),
    "text as a number": (
        changed(parameters={"weights.0": "half", "bias": 0}),
        "must be a finite number, got 'half'",
    ),
    "true as a number": (
        changed(parameters={"weights.0": True, "bias": 0}),
        "must be a finite number, got True",
    ),
    "a list of parameters": (changed(parameters=[1, 2]), "must be numbers by name, got a list"),
    "too few parameters": (
        changed(parameters={"bias": 0}),
        "has 2 parameters, and the file 1 of them",
    ),
    "other parameters": (
        changed(parameters={"bias": 0, "weight": 0}),
        "2 parameters are missing or extra, such as weight",
    ),
    "no parameters": (
        json.dumps({k: v for k, v in GOOD.items() if k != "parameters"}),
        "'parameters' is missing",
    ),
}


@pytest.mark.parametrize("case", REFUSED)
def test_a_file_that_is_no_model_is_refused_with_a_reason(case: str, tmp_path: Path) -> None:
    text, message = REFUSED[case]
    path = tmp_path / "m.json"
    path.write_text(text, "utf-8")
    with pytest.raises(ValueError, match=message):
        load(path)


def test_a_pickle_is_refused_and_not_executed(tmp_path: Path) -> None:
    class Hostile:
        def __reduce__(self) -> Any:
            return exec, ("import builtins; builtins.harmed = True",)

    for protocol in range(pickle.HIGHEST_PROTOCOL + 1):
        (tmp_path / "m.json").write_bytes(pickle.dumps(Hostile(), protocol))
        with pytest.raises(ValueError, match=r"is not JSON|seems to be a pickle"):
            load(tmp_path / "m.json")
    assert not hasattr(builtins, "harmed")


def test_archives_and_files_beyond_all_measure_are_refused_unread(tmp_path: Path) -> None:
    path = tmp_path / "m.json"
    path.write_bytes(b"PK\x03\x04")
    with pytest.raises(ValueError, match="seems to be a zip archive"):
        load(path)
    with path.open("wb") as file:
        file.truncate(2**30 + 1)  # a hole: it takes no room on the disk
    with pytest.raises(ValueError, match="it has 1,073,741,825 bytes, and at most"):
        load(path)
    with pytest.raises(FileNotFoundError):
        load(tmp_path / "other.json")


@pytest.mark.parametrize("number", [math.nan, math.inf])
def test_a_model_that_computes_nothing_is_not_saved(number: float, tmp_path: Path) -> None:
    neuron = Neuron(1)
    neuron.bias.data = number
    with pytest.raises(ValueError, match=f"the parameter bias is {number}"):
        save(neuron, tmp_path / "m.json")
    assert list(tmp_path.iterdir()) == []


def test_a_file_in_use_is_replaced_a_moment_later(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    replace, tried = os.replace, []

    def busy(source: Any, target: Any) -> None:
        tried.append(target)
        if len(tried) < 3:
            raise PermissionError(13, "in use by another program")
        replace(source, target)

    monkeypatch.setattr("nn.files.documents.time.sleep", lambda seconds: None)
    monkeypatch.setattr("nn.files.documents.os.replace", busy)
    save(Neuron(1, seed=0), tmp_path / "m.json")
    assert len(tried) == 3
    monkeypatch.setattr(
        "nn.files.documents.os.replace", lambda source, target: busy(tried.clear(), target)
    )
    with pytest.raises(
        PermissionError, match=r"m\.json cannot be written .*the existing file is unchanged"
    ):
        save(Neuron(1, seed=1), tmp_path / "m.json")
    assert [path.name for path in tmp_path.iterdir()] == ["m.json"]
