"""Save and load models as versioned, readable JSON, never pickle."""

from __future__ import annotations

import math
import os
from pathlib import Path
from typing import Any

from autograd_core.errors import shown

from ..modules.activations import (
    ACTIVATIONS,
    OVER_A_LAYER,
    activation_text,
    layer_and_unit_activation,
)
from ..modules.convolution import AveragePooling2d, Convolution2d, places
from ..modules.dropout import Dropout
from ..modules.module import Module
from ..modules.networks import MLP, Layer, Neuron, Sequential
from .documents import dumped, number, path_of, read_document, whole, write_atomically

KIND, VERSION, NAMES = "model", 1, ("model", "parameters", "table")
SETTINGS: dict[type[Module], tuple[str, ...]] = {
    Neuron: ("n_inputs", "activation"),
    Layer: ("n_inputs", "n_outputs", "activation"),
    MLP: ("n_inputs", "sizes", "output", "activation"),
    Sequential: ("layers",),
    Convolution2d: (
        "kernel_size", "stride", "padding", "input_shape", "n_filters", "activation",
    ),
    AveragePooling2d: ("input_shape", "pool_size", "stride"),
    Dropout: ("rate",),
}  # fmt: skip
"""What a file holds of each module: the arguments that make a new one."""
KINDS = {kind.__name__: kind for kind in SETTINGS}
UNITS = {"n_outputs": "neurons", "n_filters": "filters"}
"""The attribute that holds the units which a setting counts."""
NAMED = {**ACTIVATIONS, **OVER_A_LAYER}
DEEPEST = 50  # Sequential within Sequential
PIXELS, PIXELS_PER_PARAMETER = 2 * 10**6, 1000
"""Limits of the pixels under the kernels of a model, over all positions: a few bytes must not cause
days of work.
"""


def save(model: Module, path: str | os.PathLike[str]) -> None:
    """Write a model to a JSON file. An existing file is replaced atomically.

    An MLP whose layers were replaced is written as a Sequential.

    Args:
        model: a model of the modules of this library.
        path: the file.

    Raises:
        TypeError: the model holds a module or an activation that is not of this library.
        ValueError: `load` could not restore the model exactly, for instance because parameters are
            shared or not finite.
        OSError: the file cannot be written.

    Example:
        >>> from tempfile import TemporaryDirectory
        >>> with TemporaryDirectory() as folder:
        ...     model = MLP(2, [3, 1], seed=0)
        ...     save(model, Path(folder) / "model.json")
        ...     load(Path(folder) / "model.json")([0.5, 1.0])[0].data == model([0.5, 1.0])[0].data
        True
    """
    path = path_of(path, "save(model, path)", model)
    write_atomically(path, dumped(model_document(model)))


def load(path: str | os.PathLike[str]) -> Module:
    """Read a model from a file that `save` wrote. No code in the file is executed.

    Args:
        path: the file.

    Returns:
        A new model with the settings and the parameters in the file.

    Raises:
        ValueError: the file holds anything but a model.
        OSError: the file cannot be read.

    Example:
        >>> from tempfile import TemporaryDirectory
        >>> with TemporaryDirectory() as folder:
        ...     save(Neuron(2, "tanh"), Path(folder) / "model.json")
        ...     load(Path(folder) / "model.json")
        Neuron(2, 'tanh')
    """
    path = path_of(path, "load(path)")
    return model_in(read_document(path, KIND, VERSION, NAMES), path)


def model_document(model: Module) -> dict[str, Any]:
    """The content of the file of a model."""
    described = _described(model)
    numbers = {name: parameter.data for name, parameter in model.named_parameters()}
    _check_description(described, numbers)
    for name, x in numbers.items():
        if not math.isfinite(x):
            raise ValueError(
                f"the parameter {name} is {x}, so the model computes nothing; train it again"
            )
    return {
        "format": f"autograd-core {KIND}",
        "version": VERSION,
        "model": described,
        "parameters": numbers,
    }


def model_in(document: dict[str, Any], path: Path) -> Module:
    """The model that a document describes; `path` is for error messages."""
    try:
        numbers = document["parameters"]
        if not isinstance(numbers, dict):
            raise TypeError(
                f"the parameters must be numbers by name, got a {type(numbers).__name__}"
            )
        n = _checked_size(document["model"])
        if n != len(numbers):  # before a network of that size is built
            raise ValueError(
                f"the model has {n:,} parameters, and the file {len(numbers):,} of them"
            )
        model = _built(document["model"])
        named = dict(model.named_parameters())
        if unknown := sorted(named.keys() ^ numbers.keys()):
            raise ValueError(
                f"{len(unknown)} parameters are missing or extra, such as {unknown[0]}"
            )
        for name, parameter in named.items():
            parameter.data = number(numbers[name], f"the parameter {name}")
    except (KeyError, TypeError, ValueError, OverflowError) as error:
        reason = f"{error.args[0]!r} is missing" if isinstance(error, KeyError) else str(error)
        raise ValueError(f"{path} describes no model that can be built: {reason}") from None
    return model


def _described(model: Module) -> dict[str, Any]:
    """The description from which the model can be built again."""
    kind = type(model)
    if kind not in SETTINGS:
        raise TypeError(
            f"save supports {', '.join(KINDS)}, got a {kind.__name__}; save its "
            "named_parameters() yourself"
        )
    if isinstance(model, MLP):
        for layer in model.layers:
            _described(layer)  # checks that a file can hold it
        kind = MLP if model.as_made() else Sequential
    return {"kind": kind.__name__} | {name: _setting(model, name) for name in SETTINGS[kind]}


def _setting(model: Any, name: str) -> Any:
    if name in UNITS:
        units = getattr(model, UNITS[name])
        _check_units(model, units)
        return len(units)
    if name == "n_inputs" and isinstance(model, Neuron):
        return len(model.weights)
    given = getattr(model, name)
    if name == "layers":
        return [_described(layer) for layer in given]
    if name in ("activation", "output"):
        return _named(given)
    return list(given) if isinstance(given, tuple) else given


def _check_units(model: Layer | Convolution2d, units: list[Neuron]) -> None:
    """Check that all units have one activation and one type, as a file holds them."""
    if not units:
        raise ValueError(
            "a layer without units computes nothing, and load would refuse it; remove it"
        )
    _, own = layer_and_unit_activation(model.activation or "")
    for i, unit in enumerate(units):
        _described(unit)
        if unit.activation != own:
            raise ValueError(
                f"a file holds one activation for all units of a layer, but {model!r} has "
                f"several: unit {i} has {activation_text(unit.activation)}; give all units the "
                "same, or save its named_parameters() yourself"
            )


def _check_description(described: dict[str, Any], numbers: dict[str, float]) -> None:
    """Refuse a model that `load` could not restore exactly."""
    n = _checked_size(described)
    again = {name for name, _ in _built(described).named_parameters()}
    if differing := sorted(again ^ numbers.keys()):
        name = differing[0]
        reason = (
            "is missing, shared, or not a parameter"
            if name in again
            else "is a parameter that a file cannot hold"
        )
        raise ValueError(
            f"load could not restore this model: it has {len(numbers):,} parameters, and a new "
            f"one of its kind and sizes has {n:,}; {name} {reason}; save its named_parameters() "
            "yourself, and set them in a model that you build like this one"
        )


def _named(activation: Any) -> str:
    if isinstance(activation, str):
        return activation
    for name, function in NAMED.items():
        if activation is function:
            return name
    raise TypeError(
        f"a file holds activations by name, got the function {activation!r}; use one of "
        f"{', '.join(ACTIVATIONS)}"
    )


def _checked_size(description: Any) -> int:
    """The number of parameters of a described model; a ValueError if the description is invalid or
    its images are too large.
    """
    parameters, pixels = _size(description)
    most = PIXELS + PIXELS_PER_PARAMETER * parameters
    if pixels > most:
        raise ValueError(
            f"its images are too large: {pixels:,} pixels lie under its kernels, over all "
            f"positions, and {most:,} are allowed for {parameters:,} parameters"
        )
    return parameters


def _size(description: Any, depth: int = 0) -> tuple[int, int]:
    """The number of parameters of a described model, and of pixels under its kernels over all
    positions.
    """
    if depth > DEEPEST:
        raise ValueError(f"Sequential is nested more than {DEEPEST} deep")
    kind = description.get("kind") if isinstance(description, dict) else None
    if not isinstance(kind, str) or kind not in KINDS:
        raise ValueError(f"no model is called {kind!r}")
    if differing := description.keys() ^ SETTINGS[KINDS[kind]] ^ {"kind"}:
        raise ValueError(f"the setting {min(differing)!r} of a {kind} is missing or unknown")
    for name in {"activation", "output"} & description.keys():
        if description[name] not in [*NAMED]:
            raise ValueError(
                f"an activation must be given by its name, one of {', '.join(NAMED)}; got "
                f"{shown(description[name])}"
            )
    if kind == "Sequential":
        sizes = [_size(layer, depth + 1) for layer in _list(description["layers"])]
        return sum(n for n, _ in sizes), sum(pixels for _, pixels in sizes)
    if kind == "Dropout":
        number(description["rate"], "the rate of a Dropout")
        return 0, 0
    if "input_shape" in description:
        return _size_over_images(description)
    before, total = _count(description["n_inputs"]), 0
    for n in map(_count, _list(description.get("sizes", [description.get("n_outputs", 1)]))):
        total, before = total + n * (before + 1), n
    return total, 0


def _size_over_images(description: dict[str, Any]) -> tuple[int, int]:
    shape = _list(description["input_shape"])
    if len(shape) != 3:
        raise ValueError(f"the shape of an image is channels, height and width, got {shape!r}")
    channels, height, width = map(_count, shape)
    kernel = _count(description.get("kernel_size", description.get("pool_size")))
    stride, padding = _count(description["stride"]), description.get("padding", 0)
    whole(padding, "the padding")
    down, across = places((channels, height, width), kernel, stride, padding)
    filters = _count(description["n_filters"]) if "n_filters" in description else 0
    pixels = channels * max(down * across * kernel**2, height * width) * max(filters, 1)
    return filters * (channels * kernel**2 + 1), pixels


def _count(n: Any) -> int:
    return whole(n, "the size of a layer", 1)


def _list(given: Any) -> list[Any]:
    if not isinstance(given, list):
        raise ValueError(f"layers and sizes must be lists, got {given!r}")
    return given


def _built(description: dict[str, Any]) -> Module:
    settings = {name: given for name, given in description.items() if name != "kind"}
    if "layers" in settings:
        return Sequential(*map(_built, settings["layers"]))
    return KINDS[description["kind"]](**settings)
