"""Save and load models as versioned, readable JSON, never pickle."""

from __future__ import annotations

import math
import os
from pathlib import Path
from typing import Any

from autograd_core.errors import shown

from ..modules.activations import ACTIVATIONS, OVER_A_LAYER, divided
from ..modules.activations import shown as shown_activation
from ..modules.convolution import AveragePooling2d, Convolution2d, places
from ..modules.networks import MLP, Layer, Module, Neuron, Sequential
from .documents import dumped, number, read_document, whole, write_atomically

KIND, VERSION, NAMES = "model", 1, ("model", "parameters", "table")
DEEPEST = 50  # Sequential within Sequential
PIXELS, PIXELS_PER_PARAMETER = 2 * 10**6, 1000
"""Limits of the pixels under the kernels of a model, over all positions: a few bytes must not cause
days of work.
"""


def save(model: Module, path: str | os.PathLike[str]) -> None:
    """Write the model to a JSON file. An existing file is replaced atomically.

    A model that `load` could not restore exactly is refused, for instance one with shared or frozen
    parameters. An MLP whose layers were replaced is written as a Sequential.

    >>> from tempfile import TemporaryDirectory
    >>> with TemporaryDirectory() as folder:
    ...     model = MLP(2, [3, 1], seed=0)
    ...     save(model, Path(folder) / "model.json")
    ...     load(Path(folder) / "model.json")([0.5, 1.0])[0].data == model([0.5, 1.0])[0].data
    True
    """
    write_atomically(Path(path), dumped(model_document(model)))


def load(path: str | os.PathLike[str]) -> Module:
    """Read a model from a file that `save` wrote. Anything else is refused with a reason, and no
    code in the file is executed.
    """
    return model_in(read_document(Path(path), KIND, VERSION, NAMES), Path(path))


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
    changed = isinstance(model, MLP) and kind is MLP and not model.as_made()
    if isinstance(model, Sequential) and (kind is Sequential or changed):
        return {"kind": "Sequential", "layers": [_described(layer) for layer in model.layers]}
    if isinstance(model, AveragePooling2d) and kind is AveragePooling2d:
        return {
            "kind": "AveragePooling2d",
            "input_shape": list(model.input_shape),
            "pool_size": model.pool_size,
            "stride": model.stride,
        }
    sizes: dict[str, Any]
    if isinstance(model, Convolution2d) and kind is Convolution2d:
        sizes = {name: getattr(model, name) for name in ("kernel_size", "stride", "padding")}
        sizes |= {"input_shape": list(model.input_shape), "n_filters": len(model.filters)}
        _check_units(model, model.filters)
    elif isinstance(model, MLP) and kind is MLP:
        last = [_described(layer) for layer in model.layers][
            -1
        ]  # checks that a file can hold each layer
        sizes = {"n_inputs": model.n_inputs, "sizes": model.sizes, "output": last["activation"]}
    elif isinstance(model, Layer) and kind is Layer:
        sizes = {"n_inputs": model.n_inputs, "n_outputs": len(model.neurons)}
        _check_units(model, model.neurons)
    elif isinstance(model, Neuron) and kind is Neuron:
        sizes = {"n_inputs": len(model.weights)}
    else:
        raise TypeError(
            f"save supports {', '.join(SETTINGS)}, got a {kind.__name__}; save its "
            "named_parameters() yourself"
        )
    return {"kind": kind.__name__, **sizes, "activation": _named(model.activation)}


def _check_units(model: Layer | Convolution2d, units: list[Neuron]) -> None:
    """Check that all units have one activation and one type, as a file holds them."""
    if not units:
        raise ValueError(
            "a layer without units computes nothing, and load would refuse it; remove it"
        )
    _, own = divided(model.activation or "")
    for i, unit in enumerate(units):
        _described(unit)
        if unit.activation != own:
            raise ValueError(
                f"a file holds one activation for all units of a layer, but {model!r} has "
                f"several: unit {i} has {shown_activation(unit.activation)}; give all units the "
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
    for name, function in {**ACTIVATIONS, **OVER_A_LAYER}.items():
        if activation is function:
            return name
    raise TypeError(
        f"a file holds activations by name, got the function {activation!r}; use one of "
        f"{', '.join(ACTIVATIONS)}"
    )


SETTINGS = {
    "Neuron": {"n_inputs", "activation"},
    "Layer": {"n_inputs", "n_outputs", "activation"},
    "MLP": {"n_inputs", "sizes", "output", "activation"},
    "Sequential": {"layers"},
    "Convolution2d": {"input_shape", "n_filters", "kernel_size", "stride", "padding", "activation"},
    "AveragePooling2d": {"input_shape", "pool_size", "stride"},
}


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
    if not isinstance(kind, str) or kind not in SETTINGS:
        raise ValueError(f"no model is called {kind!r}")
    if differing := description.keys() ^ SETTINGS[kind] ^ {"kind"}:
        raise ValueError(f"the setting {min(differing)!r} of a {kind} is missing or unknown")
    if kind == "Sequential":
        sizes = [_size(layer, depth + 1) for layer in _list(description["layers"])]
        return sum(n for n, _ in sizes), sum(pixels for _, pixels in sizes)
    for name in {"activation", "output"} & description.keys():
        if description[name] not in [*ACTIVATIONS, *OVER_A_LAYER]:
            names = ", ".join([*ACTIVATIONS, *OVER_A_LAYER])
            raise ValueError(
                f"an activation must be given by its name, one of {names}; got "
                f"{shown(description[name])}"
            )
    if "input_shape" in description:
        return _size_over_images(description)
    before = _count(description["n_inputs"])
    sizes = _list(description["sizes"]) if kind == "MLP" else [description.get("n_outputs", 1)]
    total = 0
    for size in map(_count, sizes):
        total, before = total + size * (before + 1), size
    return total, 0


def _size_over_images(description: dict[str, Any]) -> tuple[int, int]:
    shape = _list(description["input_shape"])
    if len(shape) != 3:
        raise ValueError(f"the shape of an image is channels, height and width, got {shape!r}")
    channels, height, width = map(_count, shape)
    kernel, stride = (
        _count(description.get("kernel_size", description.get("pool_size"))),
        _count(description["stride"]),
    )
    padding = whole(description.get("padding", 0), "the padding")
    down, across = places((channels, height, width), kernel, stride, padding)
    filters = _count(description["n_filters"]) if "n_filters" in description else 0
    pixels = channels * max(down * across * kernel * kernel, height * width) * max(filters, 1)
    return filters * (channels * kernel * kernel + 1), pixels


def _count(n: Any) -> int:
    return whole(n, "the size of a layer", 1)


def _list(given: Any) -> list[Any]:
    if not isinstance(given, list):
        raise ValueError(f"layers and sizes must be lists, got {given!r}")
    return given


def _built(description: dict[str, Any]) -> Module:
    settings = dict(description)
    kind = settings.pop("kind")
    if kind == "Sequential":
        return Sequential(*[_built(layer) for layer in settings["layers"]])
    kinds: dict[str, type[Module]] = {
        "Neuron": Neuron,
        "Layer": Layer,
        "MLP": MLP,
        "Convolution2d": Convolution2d,
        "AveragePooling2d": AveragePooling2d,
    }
    return kinds[kind](**settings)
