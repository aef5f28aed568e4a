"""The error of difference quotients against the step h."""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from autograd_core import Value, grad, no_grad, numerical_gradient

from .style import BLUE, GREY, ORANGE, SMALL, framed, number

if TYPE_CHECKING:
    from matplotlib.axes import Axes

EPSILON = sys.float_info.epsilon


def plot_difference_errors(f: Callable[[Any], Any], x: float, axes: Axes | None = None) -> Axes:
    """Plot |difference quotient − f′(x)| against h, forward and central; f′(x) is exact, by
    backpropagation.

    With a large h the truncation error dominates (~ h forward, ~ h² central), with a small one
    rounding (~ ε/h). An error of 0 is drawn as half a unit in the last place of f′(x).
    """
    x = float(x)
    exact = _plain(grad(f)(x))
    hs = [10.0 ** (k / 6.0) for k in range(-90, 1)]
    least = 0.5 * EPSILON * (abs(exact) or 1.0)

    def forward(h: float) -> float:
        with no_grad():
            return (_plain(f(x + h)) - _plain(f(x))) / ((x + h) - x or h)

    def central(h: float) -> float:
        with no_grad():
            return _plain(numerical_gradient(f, x, h))

    axes = framed(
        axes, f"Error of difference quotients at x = {number(x)}", "step h", "|quotient − f′(x)|"
    )
    for quotient, name, colour, dashes in (
        (forward, "forward", ORANGE, "--"),
        (central, "central", BLUE, "-"),
    ):
        hs = [h for h in hs if x + h != x - h]
        errors = [max(abs(quotient(h) - exact), least) for h in hs]
        best = min(range(len(hs)), key=errors.__getitem__)
        axes.loglog(
            hs,
            errors,
            color=colour,
            linestyle=dashes,
            linewidth=1.8,
            label=f"{name}, best at h = {_power(hs[best])}",
        )
        axes.plot(
            hs[best], errors[best], "o", color=colour, markersize=7.0, markeredgecolor="white"
        )
    axes.axhline(least, color=GREY, linewidth=1.2, linestyle=":")
    axes.text(
        hs[-1],
        1.4 * least,
        "last digit of f′(x)",
        color=GREY,
        fontsize=SMALL,
        ha="right",
        va="bottom",
    )
    axes.legend(fontsize=SMALL, frameon=False, loc="upper center")
    return axes


def _power(h: float) -> str:
    """A step as a power of ten.

    >>> _power(3e-06)
    '3·$10^{-6}$'
    """
    digit, exponent = f"{h:.0e}".split("e")
    return f"{digit}·$10^{{{int(exponent)}}}$"


def _plain(y: Any) -> float:
    return float(y.data if isinstance(y, Value) else y)
