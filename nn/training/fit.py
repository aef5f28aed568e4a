"""`fit`: train a model on data with a loss and an optimizer; returns the history."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from random import Random
from typing import Any

from autograd_core.errors import shown

from ..data.samples import sample_weights
from ..losses import Loss, loss_function, name_of
from ..modules.initializers import Seed, random_of
from ..modules.module import Module
from ..optimizers import GradientDescent, Optimizer
from ..requirements import count
from .callbacks import Callback, Callbacks
from .checkpoints import Checkpoint, TrainingState, described, fingerprint
from .checks import check_order, check_split, checked
from .claims import claimed
from .evaluation import Evaluation, judge
from .history import History
from .loop import Training
from .progress import Progress
from .steps import Problem, frozen_in


def fit(
    model: Module,
    inputs: Any,
    targets: Any,
    *,
    loss: str | Loss,
    optimizer: Optimizer | None = None,
    epochs: int = 10,
    batch_size: int = 32,
    validation_data: tuple[Any, Any] | None = None,
    shuffle: bool = True,
    class_weight: str | Mapping[Any, float] | None = None,
    sample_weight: Sequence[float] | None = None,
    callbacks: Sequence[Callback] = (),
    checkpoint: str | os.PathLike[str] | None = None,
    checkpoint_seconds: float = 30.0,
    resume: bool = False,
    compiled: bool = True,
    devices: Any = None,
    verbose: bool = True,
    seed: Seed = 0,
) -> History:
    """Train a model: minimize 1/N Σ wᵢ L(ŷᵢ, yᵢ) by mini-batch gradient descent.

    The steps run as one array program, recorded on the first sample, or on Values, one number after
    another, with the same results up to rounding. The history's `engine` says which was used. If no
    program could be made, a TrainingWarning says why.

    Model and loss are recorded once. If a callback changes something else that they use, such as an
    activation or a factor of the loss, they are recorded again with a warning. After each epoch,
    the loss and the gradient of one sample show such changes; the list of parameters itself is
    compared after epochs 1, 2, 4, 8 and so on. New parameters during the training are an error,
    because the optimizer would not update them.

    Ctrl-C ends the training after the current step; the model keeps what it has learned, and the
    history says `interrupted`.

    Args:
        model: the model. It is called on one sample; its parameters are changed in place.
        inputs: a list, array or data frame with one entry for each of the N samples.
        targets: N targets, as the loss takes them.
        loss: the name of a loss, such as "cross_entropy", or a function(outputs, target).
        optimizer: updates the parameters after each batch; `GradientDescent()` unless given.
        epochs: how often all samples are used, at least 1. A resumed training counts the finished
            ones.
        batch_size: the number of samples for each step, at least 1.
        validation_data: a pair (inputs, targets), evaluated after each epoch.
        shuffle: whether to draw a new order of the samples for each epoch.
        class_weight: "balanced", or a dict from class to weight: how much its samples count.
        sample_weight: N factors; with those of the classes they are scaled to 1 on average.
        callbacks: functions(model, history), called after each epoch; one that returns True ends
            the training.
        checkpoint: a file, written at the beginning, every `checkpoint_seconds` and at the end.
        checkpoint_seconds: the seconds between two checkpoints.
        resume: whether to continue from the checkpoint if the file exists. The result is the same
            as without the interruption, bit for bit.
        compiled: False for steps on Values, which read everything that the model and the loss use
            at each step.
        devices: how many of JAX's devices share the samples of each batch, a list of them such as
            `jax.devices()`, or a `jax.sharding.Mesh`. They may belong to several processes, each of
            which makes the same call. The results are those of one device up to rounding. None
            trains with NumPy on this machine's processor.
        verbose: whether to show the progress.
        seed: determines the order of the samples. The model keeps the state of that order, and the
            next call with the same seed continues it: with one optimizer, six calls of one epoch
            equal one call of six, bit for bit. None gives an order that cannot be repeated.

    Returns:
        A table of loss, accuracy and duration, with one row per epoch. Accuracy is measured if the
        targets are classes, as in `evaluate`.

    Raises:
        TypeError: a setting has the wrong type, or a sample does not fit the model or the loss.
        ValueError: a setting or a sample is out of its range, the loss does not fit the output of
            the model, `resume` is True without a `checkpoint`, or the checkpoint belongs to another
            training.
        FloatingPointError: the loss or a parameter became infinite or nan; the message names the
            likely cause.
        FileExistsError: the checkpoint is of an unfinished training, and `resume` is False.
        RuntimeError: another thread is training the model.
        MissingExtra: `devices` are given, and the package jax is not installed.

    Example:
        >>> from nn import Neuron
        >>> line = Neuron(1, "linear", seed=0)
        >>> inputs, targets = [[0.0], [1.0], [2.0]], [1.0, 3.0, 5.0]
        >>> settings = {"loss": "sum_squared_error", "epochs": 200, "verbose": False}
        >>> history = fit(line, inputs, targets, **settings)
        >>> [round(p.data, 2) for p in line.parameters()]
        [2.0, 1.0]
    """
    epochs, batch_size = count(epochs, "epochs"), count(batch_size, "batch_size")
    _check_types(optimizer, validation_data)
    if resume and checkpoint is None:
        raise ValueError("resume=True needs the file to continue from: give checkpoint=, a path")
    loss, hooks = loss_function(loss), Callbacks(callbacks)
    optimizer = GradientDescent() if optimizer is None else optimizer
    inputs, targets = checked(model, inputs, targets, loss, "the training data")
    weights = sample_weights(targets, class_weight, sample_weight)
    if not shuffle:
        check_order(targets, batch_size)
    held_out, evaluation = None, None
    if validation_data:
        held_out = checked(model, *validation_data, loss, "the validation data")
        check_split(targets, held_out[1], loss)
        evaluation = Evaluation(
            model, *held_out, loss=loss, training_targets=targets, check=not hooks.only_read
        )
    state = TrainingState(model, optimizer, hooks, _order(model, seed), len(inputs), batch_size)
    with claimed(model.parameters()):
        hooks.begin(_measured(loss, targets, evaluation is not None))
        optimizer.claim(model.parameters())
        problem = Problem(model, loss, inputs, targets, weights, devices)
        progress = Progress(epochs, -(-len(inputs) // batch_size), shown=verbose)
        training = Training(problem, state, evaluation, progress, compiled)
        if checkpoint is not None:
            frozen = [*frozen_in(model)] or None  # None is the setting that older files lack
            settings = {
                "model": described(model),
                "frozen": frozen and fingerprint(frozen).replace("samples", "parameters"),
                "loss": name_of(loss),
                "optimizer": f"{type(optimizer).__name__} {optimizer.settings()}",
                "batch_size": batch_size,
                "shuffle": shuffle,
                "engine": training.step.engine,
                "data": fingerprint(inputs, targets),
                "weights": fingerprint(weights or []),
                "validation_data": fingerprint(*held_out) if held_out else "none",
            }
            if devices is not None:  # a setting that older files lack
                settings["devices"] = training.step.device_count
            step = training.step
            training.checkpoint = Checkpoint(
                checkpoint, checkpoint_seconds, state, settings, step.leads
            )
            training.checkpoint.begin(resume, step.wait)
            training.step.load()
        training.run(epochs, shuffle)
    return state.history


def _check_types(optimizer: Any, validation_data: Any) -> None:
    if optimizer is not None and (isinstance(optimizer, type) or not hasattr(optimizer, "claim")):
        raise TypeError(
            f"the optimizer must be an instance such as Adam(0.01), got {optimizer!r} "
            f"({type(optimizer).__name__})"
        )
    pair = isinstance(validation_data, list | tuple) and len(validation_data) == 2
    if validation_data is not None and not pair:
        raise TypeError(
            f"validation_data must be a pair (inputs, targets), got {shown(validation_data)} "
            f"({type(validation_data).__name__})"
        )


def _measured(loss: Loss, targets: list[Any], validation: bool) -> list[str]:
    """The columns that the history will have."""
    names = ["loss", "accuracy"] if judge(loss, targets) else ["loss"]
    return names + ["validation_" + name for name in names] * validation


def _order(model: Module, seed: Seed) -> Random:
    """The generator that shuffles the samples. The model keeps it with its seed, so that the next
    training continues the order.
    """
    if seed is None or isinstance(seed, Random):
        return random_of(seed)
    kept: tuple[Any, Random] = vars(model).get("_order", (None, Random()))
    if kept[0] != seed:
        kept = vars(model)["_order"] = (seed, random_of(seed))
    return kept[1]
