"""`Recorder`: what the plots of a training need beyond its history, recorded after each epoch."""

from __future__ import annotations

import math
from collections.abc import Sequence
from itertools import chain
from operator import attrgetter
from typing import Any

from autograd_core import RecordingError, Value, compiled, dot, grad, no_grad
from autograd_core.support import is_saturated

from ..modules.activations import OVER_A_LAYER, Activation, unit_activation
from ..modules.module import Module
from ..modules.networks import Layer, Neuron
from ..requirements import count
from ..training.history import History
from ..training.predictions import plain

BINS = 4  # bins of the histograms in a power of ten
LIMIT = 500  # entries: at twice as many, every second is dropped, so that any training fits
SAMPLES = 64  # at most, evenly spaced, are used to count saturated units


class Recorder:
    """Record gradients, saturated units and the path of parameters during a training.

    It is a callback of `fit`. A unit is saturated if the slope of its activation is less than a
    fifth of the steepest (for the sigmoid, σ′ < 0.05). Recording an epoch of a small network takes
    about half a millisecond; a larger `every` slows down very short epochs less. A long training
    keeps only every second, fourth … epoch.

    Its lists have an entry for each of `epochs`. By the name of a layer, `gradient_size` holds the
    root mean square of the gradients of an epoch's last batch, `gradient_counts` the bins k that
    occur among them, each with its count (10^(k/4) ≤ |∂L/∂w| < 10^((k+1)/4)), `zero_gradients` the
    number of zeros, and `saturated` the share of saturated units.

    Args:
        inputs: samples on which saturation is measured, of which at most 64 are used; by default
            none.
        follow: parameters whose values are kept in `path`.
        every: the number of epochs between two records, at least 1.

    Raises:
        ValueError: `every` is less than 1.

    Example:
        >>> from nn import MLP, fit
        >>> model = MLP(2, [3, 1], seed=0)
        >>> recorder = Recorder(inputs=[[0, 1], [1, 1]], follow=model.parameters()[:2])
        >>> settings = {"loss": "mean_squared_error", "callbacks": [recorder], "verbose": False}
        >>> history = fit(model, [[0, 1], [1, 1]], [1.0, 0.0], **settings)
        >>> recorder.epochs[-1], list(recorder.gradient_size), len(recorder.path)
        (10, ['layer 1', 'layer 2'], 11)
    """

    only_reads = True
    _by_layer = ("gradient_size", "gradient_counts", "zero_gradients", "saturated")
    _state = ("every", "epochs", "_points", "_end", *_by_layer)

    gradient_size: dict[str, list[float]]
    gradient_counts: dict[str, list[list[tuple[int, int]]]]
    zero_gradients: dict[str, list[int]]
    saturated: dict[str, list[float]]

    def __init__(self, inputs: Any = None, follow: Sequence[Value] = (), every: int = 1) -> None:
        self._first_every = count(every, "every")
        self.inputs = [] if inputs is None else inputs[:: max(1, -(-len(inputs) // SAMPLES))]
        self.follow = list(follow)
        self._model: list[Any] = []
        self.begin()

    def begin(self) -> None:
        """Forget the previous training."""
        self.every = self._first_every
        self.epochs: list[int] = []
        for name in self._by_layer:
            setattr(self, name, {})
        self._end = [p.data for p in self.follow]
        self._points = [self._end]

    @property
    def path(self) -> list[list[float]]:
        """The values of the followed parameters: at first, after each of `epochs`, and last."""
        return self._points + ([self._end] if self._end != self._points[-1] else [])

    def __call__(self, model: Module, history: History) -> None:
        """Record an epoch.

        Args:
            model: the model after the epoch.
            history: the history up to this epoch.
        """
        self._end = [p.data for p in self.follow]
        if (len(history) - 1) % self.every:
            return
        now = [(part, getattr(part, "output", None)) for part in _chain(model)]
        if now != self._model:
            self._model, self._layers, self._slopes = now, layers_of(model), _Slopes(model)
        self.epochs.append(len(history))
        self._points.append(self._end)
        for name, parameters in self._layers.items():
            for column, entry in zip(self._by_layer, _of_gradients(parameters), strict=False):
                getattr(self, column).setdefault(name, []).append(entry)
        if len(self.inputs) and self._slopes.layers:
            for name, share in self._slopes.saturated(self.inputs).items():
                self.saturated.setdefault(name, []).append(share)
        if len(self.epochs) >= 2 * LIMIT:
            self.every *= 2
            del self._points[2::2]
            by_layer = [getattr(self, name).values() for name in self._by_layer]
            for column in (self.epochs, *chain.from_iterable(by_layer)):
                del column[1::2]

    def state(self) -> dict[str, Any]:
        """Return the state for a checkpoint.

        Returns:
            A dict of numbers, lists and dicts that JSON can hold.
        """
        return {name: getattr(self, name) for name in self._state}

    def resume(self, state: dict[str, Any]) -> None:
        """Restore the state from a checkpoint.

        Args:
            state: what `state()` returned.
        """
        for name in self._state:
            setattr(self, name, state[name])


def _of_gradients(parameters: list[Value]) -> tuple[float, list[tuple[int, int]], int]:
    """The size of the gradients of a layer, their histogram, and the number of zeros."""
    import numpy

    sizes = numpy.abs(numpy.fromiter(map(attrgetter("grad"), parameters), float, len(parameters)))
    found = sizes[(sizes > 0.0) & numpy.isfinite(sizes)]
    powers = numpy.floor(BINS * numpy.log10(found)).astype(int)
    bins, counts = numpy.unique(powers, return_counts=True)
    return (
        math.sqrt(float(sizes @ sizes) / len(sizes)),
        list(zip(bins.tolist(), counts.tolist(), strict=True)),
        int((sizes == 0.0).sum()),
    )


def _chain(model: Module) -> list[Module]:
    """The modules that a model applies one after the other."""
    layers = getattr(model, "layers", None)
    return layers if isinstance(layers, list) else [model]


def parts_of(model: Module) -> dict[str, Module]:
    """The layers of a model: those in its list `layers`, else its submodules, else itself."""
    layers = _chain(model)
    parts = {name: part for name, part in vars(model).items() if isinstance(part, Module)}
    if layers == [model] and parts:
        return parts
    layers = [layer for layer in layers if layer.parameters()]
    return {f"layer {i}": layer for i, layer in enumerate(layers, 1)}


def layers_of(model: Module) -> dict[str, list[Value]]:
    """The parameters of a model by layer, each parameter once.

    >>> from nn import MLP
    >>> {name: len(parameters) for name, parameters in layers_of(MLP(2, [4, 1])).items()}
    {'layer 1': 12, 'layer 2': 5}
    """
    found = {name: part.parameters() for name, part in parts_of(model).items()}
    known = set(map(id, chain.from_iterable(found.values())))
    found["others"] = [p for p in model.parameters() if id(p) not in known]
    return {name: parameters for name, parameters in found.items() if parameters}


class _Slopes:
    """The slopes f′(z) of the units in a model's layers of neurons."""

    def __init__(self, model: Module) -> None:
        names = {id(part): name for name, part in parts_of(model).items()}
        self.chain = [(part, _units(part)) for part in _chain(model)]
        self.layers = [
            (names[id(part)], len(units), _steepest(units[0].activation))
            for part, units in self.chain
            if units
        ]
        self.program: Any = compiled(lambda x: self.of_sample(x), batched="x")

    def of_sample(self, inputs: Any) -> list[Any]:
        """The slope of every unit, layer by layer in one list."""
        slopes: list[Any] = []
        for part, units in self.chain:
            if units:
                activate = unit_activation(units[0].activation)
                zs = [dot([*unit.weights, unit.bias], [*inputs, 1.0]) for unit in units]
                slopes += map(grad(activate), zs)
                inputs = [activate(z) for z in zs]
            else:
                inputs = part(inputs)
        return slopes

    def saturated(self, samples: Any) -> dict[str, float]:
        """The share of saturated units of each layer."""
        shares, start, slopes = {}, 0, self._of_samples(samples)
        for name, n, steepest in self.layers:
            shares[name] = float(is_saturated(slopes[start : start + n], steepest).mean())
            start += n
        return shares

    def _of_samples(self, samples: Any) -> Any:
        """The slopes of all units for all samples, as an array (units, samples)."""
        import numpy

        if self.program is not None:
            try:
                with no_grad():
                    return numpy.asarray(self.program(samples))
            except (ImportError, RecordingError, TypeError, ValueError):
                self.program = None  # one sample after another is slower, but always possible
        return numpy.array([plain(self.of_sample(x)) for x in samples]).T


def _units(part: Module) -> list[Neuron]:
    """The units of a layer whose activation has its own, varying slope."""
    units = part.neurons if isinstance(part, Layer) else [part] if isinstance(part, Neuron) else []
    return [] if part.output in (None, "linear", *OVER_A_LAYER) else units


def _steepest(activation: str | Activation) -> float:
    """The steepest slope of an activation, at most 1.

    >>> _steepest("sigmoid")
    0.25
    """
    slope = grad(unit_activation(activation))
    return min(1.0, max(abs(float(slope(0.25 * k))) for k in range(-32, 33)))
