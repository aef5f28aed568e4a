"""The error of difference quotients against the step h."""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import Any

from autograd_core import grad, no_grad, numerical_gradient

from ..training.predictions import plain
from .style import BLUE, GREY, ORANGE, SMALL, Axes, formatted, framed


def plot_difference_errors(f: Callable[[Any], Any], x: float, ax: Axes | None = None) -> Axes:
    """Plot |difference quotient − f′(x)| against the step h, with forward and central differences.

    f′(x) is exact, by backpropagation. With a large h the truncation error dominates (~ h forward,
    ~ h² central), with a small one rounding (~ ε/h). An error of 0 is drawn as half a unit in the
    last place of f′(x).

    Args:
        f: a function of one number, written with the functions of `autograd_core`.
        x: where the slope is taken.
        ax: the axes to draw on; by default those of a new figure.

    Returns:
        The axes, logarithmic in both directions.

    Example:
        >>> from autograd_core import sin
        >>> plot_difference_errors(sin, 1.0).get_xscale()
        'log'
    """
    x = float(x)
    exact = plain(grad(f)(x))
    least = 0.5 * sys.float_info.epsilon * (abs(exact) or 1.0)

    def forward(h: float) -> Any:
        return plain(f(x + h) - f(x)) / (x + h - x or h)

    def central(h: float) -> Any:
        return plain(numerical_gradient(f, x, h))

    title = f"Error of difference quotients at x = {formatted(x)}"
    ax = framed(ax, title, "step h", "|quotient − f′(x)|")
    hs = [h for k in range(-90, 1) if x + (h := 10.0 ** (k / 6.0)) != x - h]
    for quotient, style, colour in ((forward, "--", ORANGE), (central, "-", BLUE)):
        with no_grad():
            errors = [max(abs(quotient(h) - exact), least) for h in hs]
        error, best = min(zip(errors, hs, strict=True))
        label = f"{quotient.__name__}, best at h = {_power(best)}"
        ax.loglog(hs, errors, style, color=colour, linewidth=1.8, label=label)
        ax.plot(best, error, "o", color=colour, markersize=7.0, markeredgecolor="white")
    ax.axhline(least, color=GREY, linewidth=1.2, linestyle=":")
    ax.text(
        hs[-1], 1.4 * least, "last digit of f′(x)",
        color=GREY, fontsize=SMALL, ha="right", va="bottom",
    )  # fmt: skip
    ax.legend(fontsize=SMALL, frameon=False, loc="upper center")
    return ax


def _power(h: float) -> str:
    """A step as a power of ten.

    >>> _power(3e-06)
    '3·$10^{-6}$'
    """
    digit, exponent = f"{h:.0e}".split("e")
    return f"{digit}·$10^{{{int(exponent)}}}$"
