"""Checks of a model and its data before the training."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from itertools import groupby
from typing import Any

from autograd_core import no_grad
from autograd_core.errors import shown

from ..data.samples import samples, strange
from ..losses import Loss, as_list, facts_of, name_of
from ..modules.dropout import drawing, left_out
from ..modules.module import Module
from .predictions import plain
from .steps import Problem

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
    rows = samples(inputs, f"the inputs of {what}")
    wanted = list(samples(targets, f"the targets of {what}"))
    if not len(rows) or len(rows) != len(wanted):
        raise ValueError(
            f"{what} must have as many targets as inputs, at least one: got {len(rows)} inputs, "
            f"{len(wanted)} targets"
        )
    if not model.parameters():
        raise ValueError(
            f'{model!r} has no parameters to train; make them as Value(..., role="parameter") in '
            "its attributes, or set trainable = True where they are frozen"
        )
    _check_output(model.output, loss)
    _check_finite(rows, "input", what)
    _check_finite(wanted, "target", what)
    with no_grad(), drawing(left_out):
        outputs = _first_outputs(model, rows, what)
        for i, target in _distinct(wanted):
            _named(f"target {i} of {what}", f"the loss {name_of(loss)}", loss, outputs, target)
            if wrong := _out_of_range(model.output, loss, target):
                raise ValueError(f"target {i} of {what} is {wrong}")
    return rows, wanted


def _named(part: str, whole: str, function: Callable[..., Any], *given: Any) -> Any:
    """What the function gives; its error gets the name of the part of the data that caused it."""
    try:
        return function(*given)
    except (TypeError, ValueError) as error:
        raise type(error)(f"{part} does not fit {whole}: {error}") from None


def _first_outputs(model: Module, rows: Any, what: str) -> Any:
    """The outputs of the first sample. Others are tried only if they have another length or other
    types.
    """
    kinds: dict[Any, int] = {}
    for i, row in enumerate(rows if isinstance(rows, list) else rows[:1]):
        listed = isinstance(row, list | tuple)
        kinds.setdefault((len(row), frozenset(map(type, row))) if listed else type(row), i)
    found = [_named(f"sample {i} of {what}", "the model", model, rows[i]) for i in kinds.values()]
    return found[0]


def check_order(targets: Sequence[Any], batch_size: int) -> None:
    """Refuse unshuffled samples sorted by class: each batch would undo what the previous one
    learned.
    """
    runs = [(label, len(list(run))) for label, run in groupby(map(str, targets))]
    lengths = [length for _, length in runs]
    if 1 < len(runs) == len(dict(runs)) <= 20 and min(lengths) >= batch_size:
        raise ValueError(
            f"shuffle=False, but the samples are sorted by class, in {len(lengths)} blocks of "
            f"{lengths[:5]} samples: batches of {batch_size} would hold one class each, and every "
            "block would undo what the previous one learned; use shuffle=True"
        )


def check_split(targets: Sequence[Any], held_out: Sequence[Any], loss: Loss) -> None:
    """Refuse validation data with a class that the training data lack."""
    unseen = set(map(str, held_out)) - set(map(str, targets))
    if facts_of(loss).of_classes and unseen:
        raise ValueError(
            f"the validation data have the class {min(unseen)}, which the training data lack: a "
            "table that is sorted by class must be shuffled before it is split, as nn.split does"
        )


def is_random(problem: Problem, few: int = 8) -> bool:
    """Whether the loss of a few samples changes, in any bit, when it is computed again."""
    n = len(problem.inputs)

    def losses() -> str:  # as text, in which nan equals nan
        found = [
            problem.loss(problem.model(problem.inputs[i]), problem.targets[i])
            for i in range(0, n, -(-n // few))
        ]
        return repr(plain(found))

    with no_grad(), drawing(left_out):
        return losses() != losses()


def _check_output(output: Any, loss: Loss) -> None:
    name, takes = name_of(loss), facts_of(loss).outputs
    if takes == "logits" and output in ("sigmoid", "softmax"):
        raise ValueError(
            f"{name} takes logits, but the output of the model is already a {output}; make the "
            f'model with output="linear", or use the loss {name.removesuffix("_from_logits")}'
        )
    if (
        takes == "probabilities"
        and isinstance(output, str)
        and output not in ("sigmoid", "softmax")
    ):
        how = "" if output == "linear" else 'make the model with output="linear" and '
        raise ValueError(
            f"{name} takes probabilities, but the output of the model is {output}; {how}use the "
            f"loss {name}_from_logits"
        )


def _check_finite(columns: Any, kind: str, what: str) -> None:
    for (i, *rest), x in strange(columns):
        place = f"{' '.join([kind, ', '.join(map(str, rest))]).strip()} of sample {i} of {what} is"
        if isinstance(x, set | frozenset):
            raise TypeError(f"{place} the set {shown(x)}, which has no order; use a list")
        or_fill_in = ", or fill in the mean of the others" if kind == "input" else ""
        raise ValueError(
            f"{place} {x}; one such number would make every parameter nan: leave the sample out"
            f"{or_fill_in}"
        )


def _out_of_range(output: Any, loss: Loss, target: Any) -> str:
    """What is wrong with a target that the loss does not take or the output cannot reach."""
    numbers = [t for t in as_list(target) if isinstance(t, int | float)]
    facts, name = facts_of(loss), name_of(loss)
    low, high = facts.targets
    if facts.of_classes and hasattr(target, "__len__"):
        high, hint = math.inf, f"{name} takes probabilities of classes, which are at least 0"
    elif facts.outputs == "scores":
        hint = f"{name} takes targets of −1 and 1 (for 0 and 1, write 2 * target − 1)"
    elif facts.threshold is not None:
        hint = f"{name} takes targets between 0 and 1"
    elif facts.outputs == "numbers" and output in RANGES:
        low, high = RANGES[output]
        hint = (
            f"a {output} output lies between {low:g} and {high:g}: scale the targets, or make the "
            "output linear"
        )
    else:
        return ""
    for t in numbers:
        if not low <= t <= high or (facts.outputs == "scores" and low < t < high):
            return f"{t!r}, but {hint}"
    if facts.of_classes and abs(sum(numbers) - 1.0) > 1e-6:
        return f"{target}, but its probabilities sum to {sum(numbers):g} instead of 1"
    return ""


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
