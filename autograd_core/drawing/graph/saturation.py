"""When an activation is saturated: its slope is small beside the steepest that it can be."""

from __future__ import annotations

from typing import Any

SATURATED = 0.2


def is_saturated(slope: Any, steepest: float) -> Any:
    """Less than a fifth of the steepest slope: for the sigmoid σ′ < 0.05; of an array of slopes,
    which of them are. None is a branch not taken, such as an inactive relu.

    >>> is_saturated(0.04, steepest=0.25), is_saturated(0.06, steepest=0.25)
    (True, False)
    """
    return slope is None or abs(slope) < SATURATED * steepest
