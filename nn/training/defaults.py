"""What suits a table: the weight decay, tried out on held-out samples, and how many epochs."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from random import Random
from typing import Any

from ..data.samples import sample_weights, taken
from ..losses import Loss, loss_function
from ..modules.initializers import random_of
from ..modules.module import Module
from ..optimizers import Adam
from .loop import make_step
from .steps import Problem, TrainingStep

STRENGTHS = (0.1, 1.0, 10.0, 30.0, 100.0)
"""λ N: weights with a prior of variance σ² are most probable with λ = noise / (σ² N)."""
USUAL = 8.0
"""λ N where nothing can be tried out."""
MOST_EPOCHS, ENOUGH_SAMPLES, ENOUGH_WORK = 200, 1_500_000, 10**10
"""Limits of a training: its epochs, the samples that it sees, and these times the parameters."""
FEW, MOST, ENOUGH, PASSES = 20, 4000, 2000, 120_000
"""How many samples a trial needs, the most that it takes, from how many on it needs one part only,
and how many the trainings of one strength see."""


def chosen_weight_decay(
    model: Module,
    inputs: Any,
    targets: Sequence[Any],
    *,
    loss: str | Loss,
    learning_rate: float,
    epochs: int,
    batch_size: int,
    seed: int | None = 0,
    class_weight: Any = None,
    sample_weight: Any = None,
) -> float:
    """The weight decay λ of `Adam` with the smallest loss on samples that it was not trained on.

    λ N is one of a few strengths, from nearly none to strong, because a given prior needs a λ that
    falls with the number N of samples. Short trainings try them on a fifth of the samples, or on
    three such parts of a small table. The model keeps its parameters. Without NumPy, where this
    would take long, and for less than 20 samples, λ is 8 / N, at most 0.02.
    """
    n, random = len(inputs), random_of(seed)
    usual, tried = usual_weight_decay(n), min(n, MOST)
    weights = sample_weights(targets, class_weight, sample_weight)
    some = random.sample(range(n), tried)
    problem = Problem(
        model,
        loss_function(loss),
        taken(inputs, some),
        taken(targets, some),
        None if weights is None else taken(weights, some),
    )
    step, _ = make_step(problem, True)
    if step.engine == "eager" or n < FEW:
        return usual
    train, parts = tried * 4 // 5, 1 if tried > ENOUGH else 3
    start, totals = [p.data for p in step.all_parameters], [0.0] * len(STRENGTHS)
    epochs = max(1, min(epochs, PASSES // (parts * train)))
    for _ in range(parts):
        chosen = random.sample(range(tried), tried)
        for k, strength in enumerate(STRENGTHS):
            rate = falling(learning_rate, epochs * -(-train // batch_size))
            optimizer = Adam(rate, weight_decay=strength / train)
            totals[k] += _held_out_loss(
                step, optimizer, chosen[:train], chosen[train:], epochs, batch_size
            )
            for p, x in zip(step.all_parameters, start, strict=True):
                p.data = x
            step.load()
    best = min(range(len(totals)), key=totals.__getitem__)
    return usual if math.isinf(totals[best]) else STRENGTHS[best] / n


def usual_weight_decay(n: int) -> float:
    """λ for n samples where nothing can be tried out.

    >>> usual_weight_decay(100), usual_weight_decay(800)
    (0.02, 0.01)
    """
    return min(0.02, USUAL / n)


def enough_epochs(n: int, model: Module) -> int:
    """After how many epochs of n samples the loss hardly improves."""
    work = n * len(model.parameters())
    return max(1, min(MOST_EPOCHS, ENOUGH_SAMPLES // n, ENOUGH_WORK // work))


def falling(learning_rate: float, steps: int) -> Callable[[int], float]:
    """A learning rate that falls linearly to 0 over all steps.

    >>> [falling(0.5, 2)(step) for step in range(3)]
    [0.5, 0.25, 0.0]
    """
    return lambda step: learning_rate * max(0.0, 1.0 - step / steps)


def _held_out_loss(
    step: TrainingStep,
    optimizer: Adam,
    train: list[int],
    held_out: list[int],
    epochs: int,
    batch_size: int,
) -> float:
    """Train, and give the mean loss of the held-out samples; infinite if the training diverged."""
    order = Random(0)
    for _ in range(epochs):
        order.shuffle(train)
        for k in range(0, len(train), batch_size):
            if not math.isfinite(step.gradient(train[k : k + batch_size])):
                return math.inf
            step.update(optimizer)
    found = step.gradient(held_out)
    return found if math.isfinite(found) else math.inf
