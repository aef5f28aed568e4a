"""Models as files: versioned JSON that people can read, never pickle."""

from __future__ import annotations

import json
import math
import os
import secrets
from pathlib import Path
from typing import Any

from .activations import ACTIVATIONS, OVER_A_LAYER
from .modules import MLP, Layer, Module, Neuron, Sequential

FORMAT, VERSION = "autograd-core model", 1


def save(model: Module, path: str | os.PathLike[str]) -> None:
    """Write the model to a JSON file; one that is there is replaced at once when the new one is complete.

    >>> from tempfile import TemporaryDirectory
    >>> with TemporaryDirectory() as folder:
    ...     model = MLP(2, [3, 1], seed=0)
    ...     save(model, Path(folder) / "model.json")
    ...     load(Path(folder) / "model.json")([0.5, 1.0])[0].data == model([0.5, 1.0])[0].data
    True
    """
    numbers = {name: _written(parameter.data) for name, parameter in model.named_parameters()}
    document = {"format": FORMAT, "version": VERSION, "model": _described(model), "parameters": numbers}
    write_atomically(Path(path), json.dumps(document, indent=1, allow_nan=False) + "\n")


def load(path: str | os.PathLike[str]) -> Module:
    """The model in a file that `save` wrote."""
    document = _read(Path(path))
    try:
        model = _built(document["model"])
        numbers = {str(name): float(number) for name, number in document["parameters"].items()}
    except (KeyError, TypeError, ValueError, AttributeError, RecursionError) as error:
        raise ValueError(f"{path} describes no model that can be built: {type(error).__name__}: {error}") from None
    named = dict(model.named_parameters())
    if differing := sorted(named.keys() ^ numbers.keys()):
        raise ValueError(
            f"{path} does not fit its own model: {len(differing)} parameters are missing or extra, as {differing[0]}"
        )
    for name, parameter in named.items():
        parameter.data = numbers[name]
    return model


def write_atomically(path: Path, text: str) -> None:
    """Write next to the file and then rename, so that there is never half a file."""
    draft = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
    try:
        with draft.open("x", encoding="utf-8") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        draft.replace(path)
    except BaseException:
        draft.unlink(missing_ok=True)
        raise


def _read(path: Path) -> dict[str, Any]:
    try:
        document = json.loads(path.read_text(encoding="utf-8"))
    except (UnicodeDecodeError, json.JSONDecodeError, RecursionError) as error:
        raise ValueError(f"{path} is no model file of nn.save: it is not JSON ({error})") from None
    if not isinstance(document, dict) or document.get("format") != FORMAT:
        raise ValueError(f'{path} is no model file of nn.save: it has no "format": "{FORMAT}"')
    if document.get("version") != VERSION:
        raise ValueError(f"{path} has version {document.get('version')!r}, this library reads version {VERSION}; update it")
    return document


def _written(number: float) -> float | str:
    return number if math.isfinite(number) else repr(number)  # JSON has no nan and no infinity


def _described(model: Module) -> dict[str, Any]:
    """What it takes to build such a model again."""
    kind = type(model)
    if kind is Sequential:
        return {"kind": "Sequential", "layers": [_described(layer) for layer in model.layers]}  # type: ignore[attr-defined]
    if isinstance(model, MLP) and kind is MLP:
        sizes: dict[str, Any] = {"n_inputs": model.n_inputs, "sizes": model.sizes, "output": _named(model.output)}
    elif isinstance(model, Layer) and kind is Layer:
        sizes = {"n_inputs": model.n_inputs, "n_outputs": len(model.neurons)}
    elif isinstance(model, Neuron) and kind is Neuron:
        sizes = {"n_inputs": len(model.weights)}
    else:
        raise TypeError(
            f"save knows Neuron, Layer, MLP and Sequential, got a {kind.__name__}; save its named_parameters() yourself"
        )
    return {"kind": kind.__name__, **sizes, "activation": _named(model.activation)}


def _named(activation: Any) -> str:
    if isinstance(activation, str):
        return activation
    for name, function in {**ACTIVATIONS, **OVER_A_LAYER}.items():
        if activation is function:
            return name
    raise TypeError(f"a file can hold activations by name, got the function {activation!r}; use one of {', '.join(ACTIVATIONS)}")


def _built(description: dict[str, Any]) -> Module:
    settings = dict(description)
    kind = settings.pop("kind")
    if kind == "Sequential":
        return Sequential(*[_built(layer) for layer in settings["layers"]])
    kinds: dict[str, type[Module]] = {"Neuron": Neuron, "Layer": Layer, "MLP": MLP}
    if kind not in kinds:
        raise ValueError(f"no model is called {kind!r}")
    return kinds[kind](**settings)
