"""What the examples of the playground show besides graphs: small pictures, without matplotlib."""

from __future__ import annotations

import html
from collections.abc import Callable, Sequence
from typing import Any

BLUE, ORANGE = "#2f6fb3", "#d5762a"


class Svg(str):
    """A drawing that shows itself."""

    def _repr_html_(self) -> str:
        return str(self)


def show(thing: Any) -> None:
    """Show something at once; in a page it takes the place of what was shown before by this call.

    Args:
        thing: a drawing, a picture of `draw`, or anything that prints.
    """
    print(thing)  # a page gives its own


def curve(f: Callable[[float], Any], low: float, high: float, path: Sequence[float] = ()) -> Svg:
    """The curve of a function of one number, with points on it and lines between them.

    Args:
        f: the function.
        low: the left end.
        high: the right end.
        path: the points, in their order.

    Returns:
        A drawing.
    """
    xs = [low + (high - low) * k / 120 for k in range(121)]
    ys = [float(f(x)) for x in xs]
    bottom, top = min(ys), max(ys)

    def place(x: float, y: float) -> str:
        return (
            f"{20 + 460 * (x - low) / (high - low):.1f},{20 + 200 * (top - y) / (top - bottom):.1f}"
        )

    points = [place(x, float(f(x))).split(",") for x in path]
    walk = " ".join(",".join(point) for point in points)
    dots = "".join(f'<circle cx="{x}" cy="{y}" r="4" fill="{ORANGE}"/>' for x, y in points)
    line = " ".join(place(x, y) for x, y in zip(xs, ys, strict=True))
    left, right = f'x="20" y="245">{low:g}', f'x="480" y="245" text-anchor="end">{high:g}'
    ends = f"<text {left}</text><text {right}</text>"
    return Svg(
        f'<svg viewBox="0 0 500 255" role="img" aria-label="{len(points)} points on the curve" '
        f'style="max-width:500px" font-size="14" fill="currentColor">'
        f'<polyline points="{line}" fill="none" stroke="{BLUE}" stroke-width="3"/>'
        f'<polyline points="{walk}" fill="none" stroke="{ORANGE}"/>{dots}{ends}</svg>'
    )


def boundary(
    model: Any, inputs: Sequence[Sequence[float]], targets: Sequence[Sequence[float]], title: str
) -> Svg:
    """What a model of two inputs answers, in the square from −0.5 to 1.5; blue is 0, orange is 1.

    Args:
        model: a model with one output between 0 and 1.
        inputs: the samples.
        targets: the right answers.
        title: stands above.

    Returns:
        A drawing.
    """
    from nn import predict  # only where it is needed: a page should be ready soon

    n = 24
    middles = [-0.5 + 2.0 * (k + 0.5) / n for k in range(n)]
    grid = [[x, y] for y in reversed(middles) for x in middles]
    cells = []
    for k, (answer,) in enumerate(predict(model, grid)):
        colour = ORANGE if answer > 0.5 else BLUE
        cells.append(
            f'<rect x="{k % n * 10}" y="{k // n * 10 + 30}" width="10" height="10" '
            f'fill="{colour}" fill-opacity="{2 * abs(answer - 0.5):.2f}"/>'
        )
    for (x, y), (target,) in zip(inputs, targets, strict=True):
        colour = ORANGE if target > 0.5 else BLUE
        cells.append(
            f'<circle cx="{120 * (x + 0.5):.1f}" cy="{30 + 120 * (1.5 - y):.1f}" r="8" '
            f'fill="{colour}" stroke="white" stroke-width="2"/>'
        )
    words = html.escape(title)
    return Svg(
        f'<svg viewBox="0 0 240 270" role="img" aria-label="{words}" style="max-width:320px" '
        f'font-size="12" fill="currentColor" shape-rendering="crispEdges">'
        f'<text x="0" y="18">{words}</text>{"".join(cells)}</svg>'
    )
