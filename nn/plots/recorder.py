"""`Recorder`: what the plots of a training need beyond its history, recorded after each epoch."""

from __future__ import annotations

import math
from collections.abc import Sequence
from operator import attrgetter
from typing import Any

from autograd_core import RecordingError, Value, compiled, dot, grad, no_grad
from autograd_core.support import is_saturated

from ..modules.activations import OVER_A_LAYER, Activation, unit_activation
from ..modules.networks import Layer, Module, Neuron
from ..training.history import History
from ..training.steps import plain

BINS = 4  # bins of the histograms in a power of ten
LIMIT = 500  # entries: at twice as many, every second is dropped, so that any training fits
SAMPLES = 64  # at most, evenly spaced, are used to count saturated units


class Recorder:
    """A callback that records gradients by layer, saturated units, and the path of chosen
    parameters.

    The gradients are those of the last batch of an epoch. `inputs` are samples on which saturation
    is measured: a unit is saturated if its slope is less than a fifth of the steepest slope of its
    activation (for the sigmoid, σ′ < 0.05). `follow` are parameters whose values are kept in
    `path`, from before the first epoch on. All lists have an entry for each of `epochs`: every k-th
    epoch with `every=k`; a long training keeps only every second, fourth … of them. Recording an
    epoch of a small network takes about half a millisecond; a larger `every` slows down very short
    epochs less.

    >>> from nn import MLP, fit
    >>> model = MLP(2, [3, 1], seed=0)
    >>> recorder = Recorder(inputs=[[0, 1], [1, 1]], follow=model.parameters()[:2])
    >>> settings = {"loss": "mean_squared_error", "callbacks": [recorder], "verbose": False}
    >>> history = fit(model, [[0, 1], [1, 1]], [1.0, 0.0], **settings)
    >>> recorder.epochs[-1], list(recorder.gradient_size), len(recorder.path)
    (10, ['layer 1', 'layer 2'], 11)
    """

    only_reads = True

    def __init__(self, inputs: Any = None, follow: Sequence[Value] = (), every: int = 1) -> None:
        if every < 1:
            raise ValueError(
                f"every must be at least 1, the number of epochs between two records, got {every!r}"
            )
        self.inputs = [] if inputs is None else inputs[:: max(1, -(-len(inputs) // SAMPLES))]
        self.follow = list(follow)
        self._first_every = every
        self._seen: list[tuple[Module, Any]] = []
        self.begin()

    def begin(self) -> None:
        """Forget the previous training."""
        self.every = self._first_every
        self.epochs: list[int] = []
        self.gradient_size: dict[str, list[float]] = {}
        self.gradient_counts: dict[str, list[list[tuple[int, int]]]] = {}
        self.zero_gradients: dict[str, list[int]] = {}
        self.saturated: dict[str, list[float]] = {}
        self._start, self._points, self._end = (
            [p.data for p in self.follow],
            [],
            [p.data for p in self.follow],
        )

    _points: list[list[float]]

    @property
    def path(self) -> list[list[float]]:
        """The values of the followed parameters: at the start, after each of `epochs`, and at the
        end.
        """
        last = self._points[-1] if self._points else self._start
        return [self._start, *self._points] + ([self._end] if self._end != last else [])

    def __call__(self, model: Module, history: History) -> None:
        import numpy

        self._end = [p.data for p in self.follow]
        if (len(history) - 1) % self.every:
            return
        if (now := [(part, getattr(part, "output", None)) for part in _chain(model)]) != self._seen:
            self._seen, self._layers, self._slopes = now, layers_of(model), _Slopes(model)
        self.epochs.append(len(history))
        self._points.append(self._end)
        for name, parameters in self._layers.items():
            sizes = numpy.abs(numpy.fromiter(map(_gradient, parameters), float, len(parameters)))
            _add(self.gradient_size, name, math.sqrt(float(sizes @ sizes) / len(sizes)))
            found = sizes[(sizes > 0.0) & numpy.isfinite(sizes)]
            bins, counts = numpy.unique(
                numpy.floor(BINS * numpy.log10(found)).astype(int), return_counts=True
            )
            _add(self.gradient_counts, name, list(zip(bins.tolist(), counts.tolist(), strict=True)))
            _add(self.zero_gradients, name, int((sizes == 0.0).sum()))
        if len(self.inputs):
            for name, share in self._slopes.saturated(self.inputs).items():
                _add(self.saturated, name, share)
        if len(self.epochs) >= 2 * LIMIT:
            self.every *= 2
            for column in self._columns():
                del column[1::2]

    def state(self) -> dict[str, Any]:
        """The state for a checkpoint."""
        return {name: getattr(self, name) for name in _KEPT}

    def resume(self, state: dict[str, Any]) -> None:
        """Restore the state from a checkpoint."""
        for name in _KEPT:
            setattr(self, name, state[name])

    def _columns(self) -> list[list[Any]]:
        named = (self.gradient_size, self.gradient_counts, self.zero_gradients, self.saturated)
        return [
            self.epochs,
            self._points,
            *[column for columns in named for column in columns.values()],
        ]


_KEPT = (
    "every",
    "epochs",
    "gradient_size",
    "gradient_counts",
    "zero_gradients",
    "saturated",
    "_start",
    "_points",
    "_end",
)


_gradient = attrgetter("grad")


def _add(columns: dict[str, list[Any]], name: str, entry: Any) -> None:
    columns.setdefault(name, []).append(entry)


def parts_of(model: Module) -> dict[str, Module]:
    """The layers of a model: those in its list `layers`, else its submodules, else itself."""
    layers = getattr(model, "layers", None)
    if isinstance(layers, list):
        with_parameters = [layer for layer in layers if layer.parameters()]
        return {f"layer {i}": layer for i, layer in enumerate(with_parameters, 1)}
    return {name: part for name, part in vars(model).items() if isinstance(part, Module)} or {
        "layer 1": model
    }


def _chain(model: Module) -> list[Module]:
    layers = getattr(model, "layers", None)
    return layers if isinstance(layers, list) else [model]


def layers_of(model: Module) -> dict[str, list[Value]]:
    """The parameters of a model by layer, each parameter once.

    >>> from nn import MLP
    >>> {name: len(parameters) for name, parameters in layers_of(MLP(2, [4, 1])).items()}
    {'layer 1': 12, 'layer 2': 5}
    """
    found = {name: part.parameters() for name, part in parts_of(model).items()}
    known = {id(p) for parameters in found.values() for p in parameters}
    found["others"] = [p for p in model.parameters() if id(p) not in known]
    return {name: parameters for name, parameters in found.items() if parameters}


class _Slopes:
    """The slopes f′(z) of the units in a model's layers of neurons."""

    def __init__(self, model: Module) -> None:
        names = {id(part): name for name, part in parts_of(model).items()}
        self.chain = [(names.get(id(part), ""), part) for part in _chain(model)]
        self.units = {name: units for name, part in self.chain if name and (units := _units(part))}
        self.steepest = {
            name: _steepest(_activation(units[0])) for name, units in self.units.items()
        }
        self.program: Any = compiled(lambda x: self.of_sample(x), batched="x")

    def of_sample(self, inputs: Any) -> list[Any]:
        """The slope of every unit, layer by layer in one list."""
        slopes: list[Any] = []
        for name, part in self.chain:
            if name not in self.units:
                inputs = part(inputs)
                continue
            activate = _activation(part)
            zs = [dot([*unit.weights, unit.bias], [*inputs, 1.0]) for unit in self.units[name]]
            slopes += [grad(activate)(z) for z in zs]
            inputs = [activate(z) for z in zs]
        return slopes

    def saturated(self, samples: Any) -> dict[str, float]:
        """The share of saturated units of each layer."""
        shares, start, columns = {}, 0, self._of_samples(samples)
        for name, units in self.units.items():
            end = start + len(units)
            saturated = is_saturated(columns[start:end], self.steepest[name])
            shares[name], start = float(saturated.mean()), end
        return shares

    def _of_samples(self, samples: Any) -> Any:
        """The slopes of all units for all samples, as an array (units, samples)."""
        import numpy

        if self.program is not None and self.units:
            try:
                with no_grad():
                    return numpy.asarray(self.program(samples))
            except (ImportError, RecordingError, TypeError, ValueError):
                self.program = None  # one sample after another is slower, but works for every model
        return numpy.array([plain(self.of_sample(x)) for x in samples]).T


def _units(part: Module) -> list[Neuron]:
    """The units of a layer whose activation has its own, varying slope."""
    units = part.neurons if isinstance(part, Layer) else [part] if isinstance(part, Neuron) else []
    return [] if part.output in (None, "linear", *OVER_A_LAYER) else units


def _activation(part: Any) -> Activation:
    return unit_activation(part.activation)


def _steepest(activate: Activation) -> float:
    """The steepest slope of an activation, at most 1.

    >>> from autograd_core import sigmoid
    >>> _steepest(sigmoid)
    0.25
    """
    slopes: list[float] = [abs(grad(activate)(0.25 * k)) for k in range(-32, 33)]
    return min(1.0, max(slopes))
