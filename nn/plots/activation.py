"""Activation functions with their derivatives."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from autograd_core import grad

from ..modules.activations import ACTIVATIONS, Activation, unit_activation
from .style import BLUE, ORANGE, framed, pyplot

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

POINTS = 401


def plot_activation(
    activation: str | Activation,
    axes: Axes | None = None,
    *,
    bounds: tuple[float, float] = (-6.0, 6.0),
) -> Axes:
    """Plot an activation f(z), and its derivative f′(z) as a dashed line."""
    f = unit_activation(activation)
    low, high = bounds
    zs = [low + (high - low) * k / (POINTS - 1) for k in range(POINTS)]
    name = (
        activation
        if isinstance(activation, str)
        else getattr(f, "name", getattr(f, "__name__", "f"))
    )
    axes = framed(axes, name, "z")
    axes.plot(zs, [f(z) for z in zs], color=BLUE, linewidth=2.2, label="f(z)")
    axes.plot(
        zs, [grad(f)(z) for z in zs], color=ORANGE, linewidth=2.0, linestyle="--", label="f′(z)"
    )
    axes.axhline(0.0, color="black", linewidth=0.7, zorder=1)
    axes.axvline(0.0, color="black", linewidth=0.7, zorder=1)
    axes.legend(frameon=False, loc="upper left")
    return axes


def plot_activations(names: Sequence[str] = tuple(ACTIVATIONS)[1:], title: str = "") -> Figure:
    """Plot several activations side by side on one scale, so that slopes can be compared."""
    columns = min(len(names), 5)
    rows = -(-len(names) // columns)
    figure: Figure = pyplot().figure(figsize=(2.5 * columns, 2.5 * rows), layout="constrained")
    for i, name in enumerate(names):
        axes = plot_activation(name, figure.add_subplot(rows, columns, i + 1), bounds=(-4.0, 4.0))
        axes.set_ylim(-1.3, 2.3)
        if i:
            axes.get_legend().remove()  # type: ignore[union-attr]
    if title:
        figure.suptitle(title, x=0.01, ha="left", fontweight="bold")
    return figure
