"""`fit`: a model, data, a loss and an optimizer in; the history of the training out."""

from __future__ import annotations

import gc
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from random import Random
from typing import Any

from autograd_core import Value, mean, no_grad

from .data import batches
from .history import History
from .losses import (
    Loss,
    binary_cross_entropy,
    binary_cross_entropy_from_logits,
    cross_entropy,
    cross_entropy_from_logits,
    hinge,
    loss_function,
    mean_squared_error,
    sum_squared_error,
)
from .modules import Module
from .optimizers import GradientDescent, Optimizer, require
from .progress import Progress

Judge = Callable[[Any, Any], bool]

FROM_LOGITS = (binary_cross_entropy_from_logits, cross_entropy_from_logits)
OF_PROBABILITIES = (binary_cross_entropy, cross_entropy)


def fit(
    model: Module,
    inputs: Sequence[Any],
    targets: Sequence[Any],
    *,
    loss: str | Loss,
    optimizer: Optimizer | None = None,
    epochs: int = 10,
    batch_size: int = 32,
    validation: tuple[Sequence[Any], Sequence[Any]] | None = None,
    progress: bool = True,
    seed: int | None = 0,
) -> History:
    """Change the parameters of the model so that the mean loss over the samples falls: mini-batch gradient descent.

    `optimizer` is `GradientDescent()` unless another is given, `validation` a pair (inputs, targets), and the seed decides
    the order of the samples. Accuracy is reported where the targets are classes (see `judge`). Ctrl-C ends the training
    after the running step; the model keeps what it has learned, and the history says `interrupted`.

    >>> from nn.modules import Neuron
    >>> line = Neuron(1, "linear", seed=0)
    >>> history = fit(line, [[0.0], [1.0], [2.0]], [1.0, 3.0, 5.0], loss="sum_squared_error", epochs=200, progress=False)
    >>> [round(p.data, 2) for p in line.parameters()]
    [2.0, 1.0]
    """
    for name, number in (("epochs", epochs), ("batch_size", batch_size)):
        require(isinstance(number, int) and number >= 1, name, "a whole number of at least 1", number)
    function, chosen = loss_function(loss), optimizer or GradientDescent()
    rows, wanted = _checked(model, inputs, targets, function, "the training data")
    held_out = _checked(model, *validation, function, "the validation data") if validation else None
    right, parameters, random, history = judge(function, wanted), model.parameters(), Random(seed), History()
    bar = Progress(epochs, -(-len(rows) // batch_size), shown=progress)

    def pass_over_the_samples(epoch: int) -> tuple[float, float | None]:
        total, hits, seen = 0.0, 0, 0
        for i, (xs, ts) in enumerate(batches(rows, wanted, batch_size, random)):
            cost, outputs = batch_gradient(model, parameters, function, xs, ts)
            _require_finite(cost, epoch, i + 1, chosen)
            chosen.step(parameters)
            total, seen = total + cost * len(xs), seen + len(xs)
            hits += sum(map(right, outputs, ts)) if right else 0
            bar.batch(epoch, i + 1, total / seen, hits / seen if right else None)
        return total / seen, hits / seen if right else None

    try:
        for epoch in range(1, epochs + 1):
            started = time.perf_counter()
            now = pass_over_the_samples(epoch)
            later = evaluate(model, *held_out, loss=function) if held_out else (None, None)
            history.add(now[0], now[1], later[0], later[1], seconds=time.perf_counter() - started)
            bar.epoch(epoch, *now)
    except KeyboardInterrupt:
        history.interrupt()
    finally:
        bar.close()
    return history


def batch_gradient(
    model: Module, parameters: Sequence[Value], loss: Loss, inputs: Sequence[Any], targets: Sequence[Any]
) -> tuple[float, list[Any]]:
    """The mean loss of a batch, and the outputs as plain numbers; afterwards `.grad` of the parameters is its gradient.

    >>> from nn.modules import Neuron
    >>> line = Neuron(1, "linear", initializer=lambda *_: 3.0)
    >>> batch_gradient(line, line.parameters(), sum_squared_error, [[1.0], [2.0]], [3.0, 4.0])[0]
    1.0
    >>> [p.grad for p in line.parameters()]
    [2.0, 1.0]
    """
    for parameter in parameters:
        parameter.grad = 0.0
    with _collector_paused():
        outputs = [model(x) for x in inputs]
        cost = mean([loss(y, t) for y, t in zip(outputs, targets, strict=True)])
        if not isinstance(cost, Value):
            raise TypeError(
                f"the loss {_name(loss)} gave plain numbers, through which no gradient flows; keep its Values (no .data)"
            )
        cost.backward()  # one sweep for the whole batch: it visits each parameter once
        return cost.data, [_plain(y) for y in outputs]


@contextmanager
def _collector_paused() -> Iterator[None]:
    """A graph has no cycles: walking it, the cyclic garbage collector would find nothing (and take a quarter of the time)."""
    enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if enabled:
            gc.enable()


def _plain(outputs: Any) -> Any:
    """Outputs without their graph."""
    if isinstance(outputs, list | tuple):
        return [_plain(y) for y in outputs]
    return outputs.data if isinstance(outputs, Value) else outputs


def evaluate(model: Module, inputs: Sequence[Any], targets: Sequence[Any], *, loss: str | Loss) -> tuple[float, float | None]:
    """The mean loss over the samples, and the accuracy where the targets are classes.

    >>> from nn.modules import Neuron
    >>> line = Neuron(1, "linear", initializer=lambda *_: 1.0)
    >>> evaluate(line, [[3.0], [-2.0]], [1, 0], loss="binary_cross_entropy_from_logits")[1]
    1.0
    """
    if not len(inputs):
        raise ValueError("evaluate needs at least one sample, got none")
    function = loss_function(loss)
    right = judge(function, targets)
    total, hits = 0.0, 0
    with no_grad():
        for x, t in zip(inputs, targets, strict=True):
            outputs = model(x)
            total += _plain(function(outputs, t))
            hits += right(_plain(outputs), t) if right else 0
    return total / len(inputs), hits / len(inputs) if right else None


def judge(loss: Loss, targets: Sequence[Any]) -> Judge | None:
    """What counts as right, or None where the targets are no classes.

    After a cross-entropy over classes the largest output decides; after a binary one (and hinge) the side of ½ for
    probabilities, of 0 for logits. After a squared error, targets of 0 and 1 alone are taken for classes: the largest of
    several outputs decides, the side of ½ of a single one.

    >>> judge(hinge, [-1, 1])([0.3], 1), judge(mean_squared_error, [0.5, 2.0])
    (True, None)
    """
    if loss in (cross_entropy, cross_entropy_from_logits):
        return lambda outputs, target: _top(outputs) == (target if isinstance(target, int) else _top(target))
    if loss in (hinge, binary_cross_entropy_from_logits):
        return lambda outputs, target: _sides(outputs, 0.0) == _sides(target, 0.0)
    if loss is binary_cross_entropy:
        return lambda outputs, target: _sides(outputs, 0.5) == _sides(target, 0.5)
    if loss in (sum_squared_error, mean_squared_error) and all(n in (0, 1) for t in targets for n in _numbers(t)):
        several = len(_numbers(targets[0])) > 1
        return lambda y, t: _top(y) == _top(t) if several else _sides(y, 0.5) == _sides(t, 0.5)
    return None


def _numbers(outputs: Any) -> Sequence[Any]:
    return outputs if isinstance(outputs, list | tuple) else [outputs]


def _top(outputs: Sequence[Any]) -> int:
    return outputs.index(max(outputs))


def _sides(outputs: Any, border: float) -> list[bool]:
    return [bool(y > border) for y in _numbers(outputs)]


def _checked(model: Module, inputs: Any, targets: Any, loss: Loss, what: str) -> tuple[list[Any], list[Any]]:
    """The samples as lists of plain numbers, after all that can be said before training was said."""
    rows, wanted = (given.tolist() if hasattr(given, "tolist") else list(given) for given in (inputs, targets))
    if not rows or len(rows) != len(wanted):
        raise ValueError(f"{what} must be as many targets as inputs, at least one: got {len(rows)} inputs, {len(wanted)} targets")
    if not model.parameters():
        raise ValueError(f'{model!r} has no parameters to learn; make them as Value(..., role="parameter") in its attributes')
    output = model.output
    if loss in FROM_LOGITS and output in ("sigmoid", "softmax"):
        raise ValueError(
            f"{loss.__name__} takes what comes before the {output}, but the output of the model is a {output} already; "
            f'make the model with output="linear", or use the loss {loss.__name__.removesuffix("_from_logits")}'
        )
    if loss in OF_PROBABILITIES and output == "linear":
        raise ValueError(
            f"{loss.__name__} takes probabilities, but the output of the model is linear; "
            f"use the loss {loss.__name__}_from_logits"
        )
    with no_grad():
        outputs = model(rows[0])
        for i, target in enumerate(wanted):
            try:
                loss(outputs, target)
            except (TypeError, ValueError) as error:
                raise type(error)(f"target {i} of {what} does not fit the loss {_name(loss)}: {error}") from None
    return rows, wanted


def _require_finite(cost: float, epoch: int, batch: int, optimizer: Optimizer) -> None:
    if cost - cost != 0.0:
        raise FloatingPointError(
            f"the loss became {cost} in epoch {epoch}, batch {batch}; the parameters are those before this batch. "
            f"A smaller rate than that of {optimizer!r}, or inputs scaled to about ±1, may help"
        )


def _name(loss: Loss) -> str:
    return getattr(loss, "__name__", repr(loss))
