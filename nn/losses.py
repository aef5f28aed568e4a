"""Losses of one sample; `fit` averages them over the samples.

Outputs are a list, or one Value. Targets are as many numbers, or one number. The cross-entropies
over classes take the class as an `int`, or a distribution: one probability per class.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from operator import index
from typing import Any

from autograd_core import Value, dot, log, log1p, logsumexp, relu, softplus, sum, where
from autograd_core.errors import is_number, real, unboxed, unfollowed

from .requirements import chosen

Loss = Callable[[Any, Any], Any]


def name_of(loss: Loss) -> str:
    """The name of a loss."""
    return getattr(loss, "__name__", repr(loss))


SMALLEST_PROBABILITY = 1e-100
"""The smallest probability whose logarithm has three finite derivatives."""
ABOVE_MINUS_1 = 2.0**-53 - 1.0
"""The number next to −1, where ln(1 + x) is infinite."""


def sum_squared_error(outputs: Any, target: Any) -> Any:
    """Compute half the sum of squared errors: ½ Σ (ŷ − y)².

    Averaged over N samples it is the quadratic cost 1/2N Σ (ŷ − y)² of textbooks.

    Args:
        outputs: the K outputs ŷ: a list of numbers or Values, or one of them.
        target: as many numbers y, or one number.

    Returns:
        The loss of the sample, a Value if an output is one.

    Raises:
        TypeError: a target is not a number.
        ValueError: there are not as many targets as outputs.

    Example:
        >>> sum_squared_error([1.0, 5.0], [0.0, 3.0])
        2.5
    """
    return 0.5 * _squares(*_aligned(outputs, target))


def mean_squared_error(outputs: Any, target: Any) -> Any:
    """Compute the mean squared error: 1/K Σ (ŷ − y)².

    Args:
        outputs: the K outputs ŷ: a list of numbers or Values, or one of them.
        target: as many numbers y, or one number.

    Returns:
        The loss of the sample, a Value if an output is one.

    Raises:
        TypeError: a target is not a number.
        ValueError: there are not as many targets as outputs.

    Example:
        >>> mean_squared_error([1.0, 5.0], [0.0, 3.0])
        2.5
    """
    ys, ts = _aligned(outputs, target)
    return _squares(ys, ts) / float(len(ys))


def hinge(outputs: Any, target: Any) -> Any:
    """Compute the hinge loss: 1/K Σ max(0, 1 − y ŷ).

    Args:
        outputs: the K outputs ŷ: a list of numbers or Values, or one of them.
        target: as many numbers y, or one number: −1 or 1.

    Returns:
        The loss of the sample, a Value if an output is one.

    Raises:
        TypeError: a target is not a number.
        ValueError: there are not as many targets as outputs.

    Example:
        >>> hinge([0.25], -1)
        1.25
    """
    ys, ts = _aligned(outputs, target)
    return sum([relu(1.0 - t * y) for y, t in zip(ys, ts, strict=True)]) / float(len(ys))


def binary_cross_entropy(outputs: Any, target: Any) -> Any:
    """Compute the binary cross-entropy: −1/K Σ [y ln ŷ + (1 − y) ln(1 − ŷ)].

    A term whose factor y or 1 − y is 0 is left out.

    Args:
        outputs: the K probabilities ŷ between 0 and 1: a list of numbers or Values, or one of them.
        target: as many numbers y between 0 and 1, or one number.

    Returns:
        The loss of the sample, a Value if an output is one.

    Raises:
        TypeError: a target is not a number.
        ValueError: there are not as many targets as outputs.

    Example:
        >>> round(binary_cross_entropy([0.8], 1), 3)
        0.223
    """
    ys, ts = _aligned(outputs, target)
    return _two_sided(
        ys,
        ts,
        lambda y, t: -log(_finite(y, t, SMALLEST_PROBABILITY)),
        lambda y, t: -log1p(_finite(-y, t, ABOVE_MINUS_1)),
    )


def binary_cross_entropy_from_logits(outputs: Any, target: Any) -> Any:
    """Compute the binary cross-entropy of ŷ = σ(z): 1/K Σ [y ln(1 + e⁻ᶻ) + (1 − y) ln(1 + eᶻ)].

    It is exact even where σ(z) rounds to 0 or 1.

    Args:
        outputs: the K logits z: a list of numbers or Values, or one of them.
        target: as many numbers y between 0 and 1, or one number.

    Returns:
        The loss of the sample, a Value if an output is one.

    Raises:
        TypeError: a target is not a number.
        ValueError: there are not as many targets as outputs.

    Example:
        >>> binary_cross_entropy_from_logits([1000.0], 0)
        1000.0
    """
    zs, ts = _aligned(outputs, target)
    return _two_sided(zs, ts, lambda z, _: softplus(-z), lambda z, _: softplus(z))


def cross_entropy(outputs: Any, target: Any) -> Any:
    """Compute the cross-entropy over classes: −Σ yₖ ln ŷₖ, which is −ln ŷ of the target class.

    A term with yₖ = 0 is left out.

    Args:
        outputs: the probability ŷₖ for each of the K classes, at least two:
            a list of numbers or Values.
        target: the class, an int from 0 to K − 1, or a distribution y: a probability for each
            class.

    Returns:
        The loss of the sample, a Value if an output is one.

    Raises:
        TypeError: the class is neither an int nor a list of probabilities.
        ValueError: there is no such class, there are not K probabilities, or there is one output.

    Example:
        >>> cross_entropy([0.25, 0.5, 0.25], 1) == cross_entropy([0.25, 0.5, 0.25], [0, 1, 0])
        True
        >>> round(cross_entropy([0.25, 0.5, 0.25], 1), 3)
        0.693
    """
    ys, ts = _classes(outputs, target)
    return -_weighted(
        [
            (t, log(_finite(y, t, SMALLEST_PROBABILITY)))
            for y, t in zip(ys, ts, strict=True)
            if _counts(t)
        ]
    )


def cross_entropy_from_logits(outputs: Any, target: Any) -> Any:
    """Compute the cross-entropy of ŷ = softmax(z): Σ yₖ (ln Σ exp(z) − zₖ).

    It is exact even where a probability rounds to 0 or 1.

    Args:
        outputs: the logit zₖ for each of the K classes, at least two:
            a list of numbers or Values.
        target: the class, an int from 0 to K − 1, or a distribution y: a probability for each
            class.

    Returns:
        The loss of the sample, a Value if an output is one.

    Raises:
        TypeError: the class is neither an int nor a list of probabilities.
        ValueError: there is no such class, there are not K probabilities, or there is one output.

    Example:
        >>> cross_entropy_from_logits([1000.0, 0.0], 1)
        1000.0
    """
    zs, ts = _classes(outputs, target)
    total = logsumexp(zs)
    return _weighted([(t, total - z) for z, t in zip(zs, ts, strict=True) if _counts(t)])


@dataclass(frozen=True)
class LossFacts:
    """What evaluation and the checks before a training need to know of a loss."""

    outputs: str = ""
    """What the outputs are: "numbers", "scores", "probabilities" or "logits"; empty if unknown."""
    of_classes: bool = False
    """Whether a target is a class or a distribution over classes."""
    threshold: float | None = None
    """The number above which an output says class 1, where each output is a decision of its own."""
    targets: tuple[float, float] = (0.0, 1.0)
    """The targets of the two classes that the threshold separates."""


FACTS: dict[Loss, LossFacts] = {
    sum_squared_error: LossFacts("numbers"),
    mean_squared_error: LossFacts("numbers"),
    hinge: LossFacts("scores", threshold=0.0, targets=(-1.0, 1.0)),
    binary_cross_entropy: LossFacts("probabilities", threshold=0.5),
    binary_cross_entropy_from_logits: LossFacts("logits", threshold=0.0),
    cross_entropy: LossFacts("probabilities", of_classes=True),
    cross_entropy_from_logits: LossFacts("logits", of_classes=True),
}

LOSSES: dict[str, Loss] = {name_of(loss): loss for loss in FACTS}


def facts_of(loss: Loss) -> LossFacts:
    """The facts about a loss; nothing is known of a loss of your own.

    >>> facts_of(hinge).threshold, facts_of(print).threshold
    (0.0, None)
    """
    return next((facts for known, facts in FACTS.items() if known is loss), LossFacts())


def loss_function(given: str | Loss) -> Loss:
    """The loss with that name, or the given function itself.

    >>> loss_function("hinge") is hinge
    True
    """
    return chosen(given, LOSSES, "loss", "a function(outputs, target)")


def _squares(ys: list[Any], ts: list[Any]) -> Any:
    errors = [y - t for y, t in zip(ys, ts, strict=True)]
    return dot(errors, errors)


def _two_sided(
    ys: list[Any],
    ts: list[Any],
    if_one: Callable[[Any, Any], Any],
    if_zero: Callable[[Any, Any], Any],
) -> Any:
    """1/K Σ [t · if_one(y, t) + (1 − t) · if_zero(y, 1 − t)]."""
    terms = []
    for y, t in zip(ys, ts, strict=True):
        terms += [(t, if_one(y, t))] if _counts(t) else []
        terms += [(1.0 - t, if_zero(y, 1.0 - t))] if _counts(1.0 - t) else []
    return _weighted(terms) / float(len(ys))


def _counts(weight: Any) -> bool:
    """Whether a term of that weight is kept; a Value as weight always is, for its gradient."""
    return isinstance(weight, Value) or weight != 0.0


def _finite(x: Any, weight: Any, least: float) -> Any:
    """x, but at least `least` under a weight of 0 that is a Value: else 0 · ln 0 and 0 · 1/0
    would be nan in a program.
    """
    return where((weight == 0.0) & (x < least), least, x) if isinstance(weight, Value) else x


def _weighted(terms: list[tuple[Any, Any]]) -> Any:
    """Σ weight · term; a single term with weight 1 is returned as it is."""
    if len(terms) == 1 and not isinstance(terms[0][0], Value) and terms[0][0] == 1.0:
        return terms[0][1]
    return dot([weight for weight, _ in terms], [term for _, term in terms])


def as_list(numbers: Any) -> list[Any]:
    """Outputs or a target as a list, also if there is only one number.

    >>> as_list((0.0, 1.0)), as_list(2.0)
    ([0.0, 1.0], [2.0])
    """
    if hasattr(numbers, "tolist"):
        numbers = unfollowed(numbers, "an output or a target").tolist()
    several = isinstance(numbers, Sequence) and not isinstance(numbers, str)
    return list(numbers) if several else [numbers]


def _aligned(outputs: Any, target: Any) -> tuple[list[Any], list[Any]]:
    """Outputs and targets as two lists of one length."""
    ys = as_list(outputs)
    ts = [t if isinstance(t, float | Value) else real(t, "a target") for t in as_list(target)]
    if len(ys) != len(ts):
        (k, *others), n = (*ts, None), len(ys)
        known = len(others) == 1 and k in range(n)
        hint = f"; of the class {int(k)} it is nn.one_hot([{int(k)}], {n})[0]" if known else ""
        raise ValueError(f"{n} outputs need {n} targets, got {len(ts)}: {target!r}{hint}")
    return ys, ts


def _classes(outputs: Any, target: Any) -> tuple[list[Any], list[Any]]:
    """Outputs, and the probability that the target gives to each class."""
    ys = as_list(outputs)
    if len(ys) < 2:
        raise ValueError(
            "cross-entropy over classes needs at least two outputs, got one; use the "
            "binary_cross_entropy losses"
        )
    target = unboxed(target)
    if hasattr(target, "__len__") and not isinstance(target, str):
        return _aligned(ys, target)
    try:
        k = index(target)
    except TypeError:
        text = isinstance(target, str) and is_number(target)
        x = float(target) if text else real(target, "a class")
        hint = "write int(target)" if x.is_integer() else "a class is a whole number"
        raise TypeError(
            f"the class must be an int or a list of probabilities, got {target!r}; "
            f"{hint if x == x else 'leave its sample out'}"
        ) from None
    if not 0 <= k < len(ys):
        raise ValueError(
            f"the class must be between 0 and {len(ys) - 1} for {len(ys)} outputs, got {k}"
        )
    return ys, [float(i == k) for i in range(len(ys))]
