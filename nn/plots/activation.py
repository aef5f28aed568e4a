"""Activation functions with their derivatives."""

from __future__ import annotations

from collections.abc import Sequence

from autograd_core import grad

from ..modules.activations import ACTIVATIONS, Activation, activation_text, unit_activation
from .style import BLUE, ORANGE, Axes, Figure, framed, panels

POINTS = 401


def plot_activation(
    activation: str | Activation,
    ax: Axes | None = None,
    *,
    bounds: tuple[float, float] = (-6.0, 6.0),
) -> Axes:
    """Plot an activation f(z), and its derivative f′(z) as a dashed line.

    Args:
        activation: its name, or a function of one number.
        ax: the axes to draw on; by default those of a new figure.
        bounds: the least and the largest z.

    Returns:
        The axes.

    Raises:
        ValueError: no activation of a single unit has that name.

    Example:
        >>> plot_activation("tanh").get_title(loc="left")
        'tanh'
    """
    f = unit_activation(activation)
    low, high = bounds
    zs = [low + (high - low) * k / (POINTS - 1) for k in range(POINTS)]
    ax = framed(ax, activation if isinstance(activation, str) else activation_text(f), "z")
    ax.plot(zs, [*map(f, zs)], color=BLUE, linewidth=2.2, label="f(z)")
    ax.plot(zs, [*map(grad(f), zs)], "--", color=ORANGE, linewidth=2.0, label="f′(z)")
    for axis in (ax.axhline, ax.axvline):
        axis(0.0, color="black", linewidth=0.7, zorder=1)
    ax.legend(frameon=False, loc="upper left")
    return ax


def plot_activations(
    names: Sequence[str | Activation] = tuple(ACTIVATIONS)[1:],
    title: str = "",
    *,
    axes: Sequence[Axes] | None = None,
) -> Figure:
    """Plot several activations side by side on one scale, so that slopes can be compared.

    Args:
        names: the activations, by name or as functions; by default all but the linear one.
        title: the title of the figure.
        axes: the axes to draw on, one for each activation; by default those of a new figure.

    Returns:
        The figure.

    Raises:
        ValueError: no activation has one of the names, or `axes` holds too few or too many.

    Example:
        >>> len(plot_activations(["tanh", "relu"]).axes)
        2
    """
    figure, axes = panels(axes, len(names), 4, (2.5, 2.5), title)
    for name, ax in zip(names, axes, strict=True):
        plot_activation(name, ax, bounds=(-4.0, 4.0)).set_ylim(-1.3, 2.3)
        if ax is not axes[0]:
            ax.get_legend().remove()  # type: ignore[union-attr]
    return figure
