"""Checks of a model and its data before the training."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from itertools import groupby
from typing import Any

from autograd_core import no_grad
from autograd_core.errors import shown

from ..data.samples import samples, strange
from ..losses import (
    Loss,
    binary_cross_entropy,
    binary_cross_entropy_from_logits,
    cross_entropy,
    cross_entropy_from_logits,
    hinge,
    mean_squared_error,
    sum_squared_error,
)
from ..modules.networks import Module
from .evaluation import numbers_of
from .steps import plain

FROM_LOGITS = (binary_cross_entropy_from_logits, cross_entropy_from_logits)
OF_PROBABILITIES = (binary_cross_entropy, cross_entropy)
OF_CLASSES = (cross_entropy, cross_entropy_from_logits)
RANGES = {
    "sigmoid": (0.0, 1.0),
    "tanh": (-1.0, 1.0),
    "softmax": (0.0, 1.0),
    "softsign": (-1.0, 1.0),
    "relu": (0.0, math.inf),
}
"""The range of each activation; targets outside it cannot be reached."""


def checked(
    model: Module, inputs: Any, targets: Any, loss: Loss, what: str
) -> tuple[Any, list[Any]]:
    """Check model, samples and loss; return the inputs and the targets."""
    rows, wanted = (
        samples(inputs, f"the inputs of {what}"),
        list(samples(targets, f"the targets of {what}")),
    )
    if not len(rows) or len(rows) != len(wanted):
        raise ValueError(
            f"{what} must have as many targets as inputs, at least one: got {len(rows)} inputs, "
            f"{len(wanted)} targets"
        )
    if not model.parameters():
        raise ValueError(
            f'{model!r} has no parameters to train; make them as Value(..., role="parameter") in '
            "its attributes"
        )
    _check_output(model.output, loss)
    _check_finite(rows, "input", what)
    _check_finite(wanted, "target", what)
    with no_grad():
        outputs = _outputs(model, rows, what)
        for i, target in _distinct(wanted):
            try:
                loss(outputs, target)
            except (TypeError, ValueError) as error:
                raise type(error)(
                    f"target {i} of {what} does not fit the loss {name_of(loss)}: {error}"
                ) from None
            _check_range(model.output, loss, i, target, what)
    return rows, wanted


def _outputs(model: Module, rows: Any, what: str) -> Any:
    """The outputs of the first sample. Others are tried only if they have another length or other
    types.
    """
    kinds: dict[Any, int] = {}
    for i, row in enumerate(rows if isinstance(rows, list) else rows[:1]):
        kinds.setdefault(
            (len(row), frozenset(map(type, row))) if isinstance(row, list | tuple) else type(row), i
        )
    found = []
    for i in kinds.values():
        try:
            found.append(model(rows[i]))
        except (TypeError, ValueError) as error:
            raise type(error)(f"sample {i} of {what} does not fit the model: {error}") from None
    return found[0]


def check_order(targets: Sequence[Any], batch_size: int) -> None:
    """Refuse unshuffled samples sorted by class: each batch would undo what the previous one
    learned.
    """
    lengths = [len(list(run)) for _, run in groupby(map(str, targets))]
    if (
        1 < len(lengths) <= 20
        and len(set(map(str, targets))) == len(lengths)
        and min(lengths) >= batch_size
    ):
        raise ValueError(
            f"shuffle=False, but the samples are sorted by class, in {len(lengths)} blocks of "
            f"{lengths[:5]} samples: batches of {batch_size} would hold one class each, and every "
            "block would undo what the previous one learned; use shuffle=True"
        )


def check_split(targets: Sequence[Any], held_out: Sequence[Any], loss: Loss) -> None:
    """Refuse validation data with a class that the training data lack."""
    if loss in OF_CLASSES and (unseen := sorted(set(map(str, held_out)) - set(map(str, targets)))):
        raise ValueError(
            f"the validation data have the class {unseen[0]}, which the training data lack: a "
            "table that is sorted by class must be shuffled before it is split, as nn.split does"
        )


def varies(model: Module, loss: Loss, inputs: Any, targets: Sequence[Any], few: int = 8) -> bool:
    """Whether the loss of a few samples changes, in any bit, when it is computed again."""
    with no_grad():
        for i in range(0, len(inputs), -(-len(inputs) // few)):
            once, again = [
                repr(plain(loss(model(inputs[i]), targets[i]))) for _ in range(2)
            ]  # compared as text, nan equals nan
            if once != again:
                return True
    return False


def name_of(loss: Loss) -> str:
    """The name of a loss."""
    return getattr(loss, "__name__", repr(loss))


def _check_output(output: Any, loss: Loss) -> None:
    if loss in FROM_LOGITS and output in ("sigmoid", "softmax"):
        raise ValueError(
            f"{name_of(loss)} takes logits, but the output of the model is already a "
            f"{output}; "
            'make the model with output="linear", or use the loss '
            f"{name_of(loss).removesuffix('_from_logits')}"
        )
    if loss in OF_PROBABILITIES and output == "linear":
        raise ValueError(
            f"{name_of(loss)} takes probabilities, but the output of the model is linear; "
            f"use the loss {name_of(loss)}_from_logits"
        )
    if loss in OF_PROBABILITIES and output in (
        "tanh",
        "relu",
        "leaky_relu",
        "elu",
        "softplus",
        "softsign",
        "gelu",
        "silu",
        "mish",
    ):
        raise ValueError(
            f"{name_of(loss)} takes probabilities between 0 and 1, but the output of the model is "
            f"{output}; "
            f'make the model with output="linear" and use the loss {name_of(loss)}_from_logits'
        )


def _check_finite(columns: Any, kind: str, what: str) -> None:
    for (i, *rest), x in strange(columns):
        place = f"{' '.join([kind, ', '.join(map(str, rest))]).strip()} of sample {i} of {what} is"
        if isinstance(x, set | frozenset):
            raise TypeError(f"{place} the set {shown(x)}, which has no order; use a list")
        hint = "leave the sample out" + (
            ", or fill in the mean of the others" if kind == "input" else ""
        )
        raise ValueError(f"{place} {x}; one such number would make every parameter nan: {hint}")


def _check_range(output: Any, loss: Loss, i: int, target: Any, what: str) -> None:
    numbers = [t for t in numbers_of(target) if isinstance(t, int | float)]
    rules: list[tuple[Callable[[float], bool], str]] = []
    if loss in (binary_cross_entropy, binary_cross_entropy_from_logits):
        rules.append((lambda t: 0.0 <= t <= 1.0, f"{name_of(loss)} takes targets between 0 and 1"))
    if loss is hinge:
        rules.append(
            (
                lambda t: t in (-1, 1),
                "hinge takes targets of −1 and 1 (for 0 and 1, write 2 * target − 1)",
            )
        )
    if loss in (sum_squared_error, mean_squared_error) and output in RANGES:
        low, high = RANGES[output]
        hint = (
            f"a {output} output lies between {low:g} and {high:g}: scale the targets, or make "
            "the output linear"
        )
        rules.append((lambda t: low <= t <= high, hint))
    if loss in OF_CLASSES and hasattr(target, "__len__"):
        rules.append(
            (
                lambda t: t >= 0.0,
                f"{name_of(loss)} takes probabilities of classes, which are at least 0",
            )
        )
        if abs(sum(numbers) - 1.0) > 1e-6 and all(t >= 0.0 for t in numbers):
            raise ValueError(
                f"target {i} of {what} is {target}, but its probabilities sum to {sum(numbers):g} "
                "instead of 1"
            )
    for holds, hint in rules:
        for t in numbers:
            if not holds(t):
                raise ValueError(f"target {i} of {what} is {t!r}, but {hint}")


def _distinct(targets: Sequence[Any]) -> Iterator[tuple[int, Any]]:
    """The targets with their indices; of repeated numbers, such as classes, only the first."""
    seen: set[Any] = set()
    for i, target in enumerate(targets):
        if isinstance(target, int | float):
            if (type(target), target) in seen:
                continue
            if len(seen) < 10_000:
                seen.add((type(target), target))
        yield i, target
