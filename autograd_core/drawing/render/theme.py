"""Colours, light and dark, and the scale that turns a gradient into a colour and a width.

Every role has a light colour of its own, so that a style sheet can exchange it for the dark one.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass

LIGHT = {
    "page": "#fefefe",
    "ink": "#1f2328",
    "muted": "#59626b",
    "faint": "#8a929b",
    "card": "#fcfcfb",
    "border": "#c9ccd1",
    "input": "#e6e6fa",
    "parameter": "#e4ecdf",
    "constant": "#f1f1ef",
    "result": "#fff3c9",
    "cluster": "#f5f6f8",
    "cluster border": "#d5d9df",
    "idle": "#f3f3f2",
    "blue 1": "#e6f0fa",
    "blue 2": "#b9d6f0",
    "blue 3": "#6fa8dc",
    "blue 4": "#1f5fa8",
    "orange 1": "#fdeede",
    "orange 2": "#fbd3a8",
    "orange 3": "#f4a35c",
    "orange 4": "#bf5000",
    "zero": "#eceef0",
    "on 1": "#1e2227",
    "on 2": "#1d2126",
    "on 3": "#1c2025",
    "on 4": "#fffffe",
    "blue line": "#4a86c5",
    "blue strong": "#1f5fa9",
    "orange line": "#c77a2e",
    "orange strong": "#bf5001",
    "zero line": "#a3a9b0",
    "blue text": "#174f8c",
    "orange text": "#a84300",
    "alarm": "#ffe14d",
    "on alarm": "#111112",
    "alarm line": "#131313",
    "size": "#23767a",
    "amber": "#a8680f",
    "amber fill": "#fff4d6",
    "violet": "#7a3fb5",
    "violet fill": "#f4eafc",
}

DARK = {
    "page": "#0d1117",
    "ink": "#e9edf1",
    "muted": "#9aa4ae",
    "faint": "#78818b",
    "card": "#161b22",
    "border": "#3d444d",
    "input": "#26263d",
    "parameter": "#22301f",
    "constant": "#1b1f25",
    "result": "#3b3213",
    "cluster": "#11161c",
    "cluster border": "#2b3138",
    "idle": "#1a1e24",
    "blue 1": "#10243a",
    "blue 2": "#173d66",
    "blue 3": "#1f66a6",
    "blue 4": "#6cb4ff",
    "orange 1": "#33220f",
    "orange 2": "#5a3913",
    "orange 3": "#a3580f",
    "orange 4": "#ff9a3d",
    "zero": "#262a30",
    "on 1": "#e8ecf0",
    "on 2": "#e7ebef",
    "on 3": "#ffffff",
    "on 4": "#0b0f14",
    "blue line": "#3f86cf",
    "blue strong": "#6cb4fe",
    "orange line": "#c07528",
    "orange strong": "#ff9a3c",
    "zero line": "#5b636c",
    "blue text": "#8cc4ff",
    "orange text": "#ffb066",
    "alarm": "#ffe14e",
    "on alarm": "#111113",
    "alarm line": "#ffe24f",
    "size": "#4fb3b5",
    "amber": "#e0a33c",
    "amber fill": "#2f2410",
    "violet": "#b98cf0",
    "violet fill": "#251a35",
}

THEMES = {"light": LIGHT, "auto": LIGHT, "dark": DARK}

STEPS = 4


@dataclass(frozen=True)
class Scale:
    """Four steps of equal ratio from `low` to `high`, the smallest and the largest gradient of
    the picture.
    """

    low: float
    high: float

    @classmethod
    def of(cls, numbers: Iterable[float]) -> Scale:
        """The scale for these gradients: at least one power of ten wide, at most six."""
        sizes = [abs(x) for x in numbers if math.isfinite(x) and x != 0.0]
        high = max(sizes, default=1.0)
        return cls(max(min(min(sizes, default=high), high / 10), high / 1e6, 5e-324), high)

    @property
    def palest(self) -> float:
        """Where the palest step ends."""
        return self.high * math.pow(self.low / self.high, 1 - 1 / STEPS)

    def position(self, x: float) -> float:
        """Where |x| lies between low (0.0) and high (1.0), by its logarithm."""
        if x == 0.0 or not self.low < self.high:
            return 0.0
        low = math.log(self.low)
        return min(1.0, max(0.0, (math.log(abs(x)) - low) / (math.log(self.high) - low)))

    def step(self, x: float) -> int:
        """1 (palest) to 4 (strongest); 0 for zero."""
        return 0 if x == 0.0 else min(STEPS, 1 + int(STEPS * self.position(x) + 1e-9))

    def fill(self, x: float | None) -> tuple[str, str]:
        """The roles of the background and of the text on it, for a gradient (None: not
        computed).
        """
        if x is None:
            return "idle", "muted"
        if not math.isfinite(x):
            return "alarm", "on alarm"
        step = self.step(x)
        return (
            (f"{'blue' if x < 0 else 'orange'} {step}", f"on {step}") if step else ("zero", "on 1")
        )

    def line(self, x: float | None) -> tuple[str, float]:
        """The role of the colour of an arrow, and its width."""
        if x is None or x == 0.0:
            return "zero line", 0.8
        if not math.isfinite(x):
            return "alarm line", 3.2
        strong = "strong" if self.step(x) > 1 else "line"
        return f"{'blue' if x < 0 else 'orange'} {strong}", 0.9 + 3.4 * self.position(x)


def text_role(x: float | None) -> str:
    """The role of the colour of a gradient written on the page."""
    if x is None or x == 0.0:
        return "muted"
    if not math.isfinite(x):
        return "on alarm"
    return "blue text" if x < 0 else "orange text"


def style_sheet(theme: str) -> str:
    """CSS that exchanges the light colours for the dark ones where the reader's surroundings are
    dark.

    Surroundings are the system's preference and, for pictures inside a notebook's page, the
    notebook's own theme. Paper is light.
    """
    font = 'svg.autograd-core text{font-family:Arial,"Liberation Sans",Helvetica,sans-serif}'
    font += "@media screen{svg.autograd-core:not(:root){min-width:var(--ac-least)}}"
    font += (
        "svg.autograd-core [tabindex]:focus-visible{outline:3px solid #b35900;outline-offset:2px}"
    )
    if theme != "auto":
        return font
    keys = {role: "--ac-" + role.replace(" ", "-") for role in LIGHT}
    light = "".join(f"{keys[role]}:{colour};" for role, colour in LIGHT.items())
    dark = "".join(f"{keys[role]}:{colour};" for role, colour in DARK.items())
    rules = [
        font,
        f"svg.autograd-core{{color-scheme:light dark;{light}}}",
        f"@media screen and (prefers-color-scheme:dark){{svg.autograd-core{{{dark}}}}}",
        f'@media screen{{[data-jp-theme-light="true"] svg.autograd-core,.vscode-light '
        f"svg.autograd-core{{{light}}}"
        '[data-jp-theme-light="false"] svg.autograd-core,.vscode-dark '
        f"svg.autograd-core{{{dark}}}}}",
    ]
    for role, colour in LIGHT.items():
        for attribute in ("fill", "stroke"):
            rules.append(
                f'svg.autograd-core [{attribute}="{colour}"]{{{attribute}:var({keys[role]})}}'
            )
    return "\n".join(rules)
