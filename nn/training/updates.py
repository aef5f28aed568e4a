"""What an optimizer does in its next steps, as numbers alone, for steps in one native call."""

from __future__ import annotations

from autograd_core.support import Update

from ..optimizers import Adam, AdamW, GradientDescent, Optimizer


def update_of(optimizer: Optimizer, count: int, steps: int) -> Update | None:
    """The rule of so many steps for so many parameters; None if the optimizer has one of its own.

    >>> update_of(GradientDescent(0.5), count=3, steps=2).rates
    [0.5, 0.5]
    """
    kind = type(optimizer)
    if kind not in (GradientDescent, Adam, AdamW):
        return None
    import numpy

    first = optimizer.steps
    rates = [optimizer._learning_rate(k) for k in range(first, first + steps)]
    memory = optimizer._memory or [numpy.zeros(count) for _ in range(optimizer.remembers)]
    kept = [numpy.array(column, dtype=float) for column in memory]
    update = Update(count, rates, kept, optimizer.weight_decay, optimizer.clip_norm)
    if isinstance(optimizer, GradientDescent):
        update.momentum, update.nesterov = optimizer.momentum, optimizer.nesterov
    elif isinstance(optimizer, Adam):
        update.adam, update.decoupled = True, kind is AdamW
        update.beta_1, update.beta_2 = optimizer.beta_1, optimizer.beta_2
        update.epsilon = optimizer.epsilon
        corrections = [optimizer._corrections(x, k) for k, x in enumerate(rates, first + 1)]
        update.sizes, update.roots = [list(column) for column in zip(*corrections, strict=True)]
    return update


def took(optimizer: Optimizer, steps: int, update: Update) -> None:
    """Note that so many steps were taken, which have changed the memory of the update."""
    if steps:
        optimizer._memory, optimizer.steps = update.memory, optimizer.steps + steps
