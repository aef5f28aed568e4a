"""Colours, light and dark, and the scale that turns a gradient into a colour and a width.

Every role has a light colour of its own, so that a style sheet can exchange it for the dark one.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass

COLOURS = """
    page            #fefefe   #0d1117
    ink             #1f2328   #e9edf1
    muted           #59626b   #9aa4ae
    faint           #8a929b   #78818b
    card            #fcfcfb   #161b22
    border          #c9ccd1   #3d444d
    input           #e6e6fa   #26263d
    parameter       #e4ecdf   #22301f
    constant        #f1f1ef   #1b1f25
    result          #fff3c9   #3b3213
    cluster         #f5f6f8   #11161c
    cluster border  #d5d9df   #2b3138
    idle            #f3f3f2   #1a1e24
    blue 1          #e6f0fa   #10243a
    blue 2          #b9d6f0   #173d66
    blue 3          #6fa8dc   #1f66a6
    blue 4          #1f5fa8   #6cb4ff
    orange 1        #fdeede   #33220f
    orange 2        #fbd3a8   #5a3913
    orange 3        #f4a35c   #a3580f
    orange 4        #bf5000   #ff9a3d
    zero            #eceef0   #262a30
    on 1            #1e2227   #e8ecf0
    on 2            #1d2126   #e7ebef
    on 3            #1c2025   #ffffff
    on 4            #fffffe   #0b0f14
    blue line       #4a86c5   #3f86cf
    blue strong     #1f5fa9   #6cb4fe
    orange line     #c77a2e   #c07528
    orange strong   #bf5001   #ff9a3c
    zero line       #a3a9b0   #5b636c
    blue text       #174f8c   #8cc4ff
    orange text     #a84300   #ffb066
    alarm           #ffe14d   #ffe14e
    on alarm        #111112   #111113
    alarm line      #131313   #ffe24f
    size            #23767a   #4fb3b5
    amber           #a8680f   #e0a33c
    amber fill      #fff4d6   #2f2410
    violet          #7a3fb5   #b98cf0
    violet fill     #f4eafc   #251a35
"""
"""For each role the light colour and the dark one."""

_rows = [line.rsplit(maxsplit=2) for line in COLOURS.split("\n") if line]
LIGHT = {role.strip(): light for role, light, _ in _rows}
DARK = {role.strip(): dark for role, _, dark in _rows}
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
    svg = "svg.autograd-core"
    font = (
        f'{svg} text{{font-family:Arial,"Liberation Sans",Helvetica,sans-serif}}'
        f"@media screen{{{svg}:not(:root){{min-width:var(--ac-least)}}}}"
        f"{svg} .at-user{{display:none}}"
        f"{svg} [tabindex]:focus-visible{{outline:3px solid #b35900;outline-offset:2px}}"
    )
    if theme != "auto":
        return font
    keys = {role: "--ac-" + role.replace(" ", "-") for role in LIGHT}
    light, dark = (
        "".join(f"{keys[role]}:{colour};" for role, colour in colours.items())
        for colours in (LIGHT, DARK)
    )
    rules = [
        font,
        f"{svg}{{color-scheme:light dark;{light}}}",
        f"@media screen and (prefers-color-scheme:dark){{{svg}{{{dark}}}}}",
        f'@media screen{{[data-jp-theme-light="true"] {svg},.vscode-light {svg}{{{light}}}'
        f'[data-jp-theme-light="false"] {svg},.vscode-dark {svg}{{{dark}}}}}',
    ]
    rules += [
        f'{svg} [{attribute}="{colour}"]{{{attribute}:var({keys[role]})}}'
        for role, colour in LIGHT.items()
        for attribute in ("fill", "stroke")
    ]
    return "\n".join(rules)


def without_gradients(place: str) -> str:
    """CSS for a place on a page in which a picture of scalars shows its values alone: nothing has
    the colour or the width of a gradient, what flows back is hidden, arrows point to the users.
    """
    steps = range(1, STEPS + 1)
    fills = ["zero", *[f"{colour} {k}" for colour in ("blue", "orange") for k in steps]]
    lines = [f"{colour} {kind}" for colour in ("blue", "orange") for kind in ("line", "strong")]
    svg = f"{place} svg.autograd-core"

    def rule(what: str, roles: Iterable[str], attribute: str, style: str) -> str:
        chosen = [f'{svg} {what}[{attribute}="{LIGHT[role]}"]' for role in roles]
        return f"{','.join(chosen)}{{{style}}}"

    texts = [f"{colour} text" for colour in ("blue", "orange")]
    return "\n".join([
        rule(".node polygon", fills, "fill", "fill:var(--ac-idle);stroke:var(--ac-idle)"),
        rule(".node path", fills, "fill", "fill:var(--ac-idle);stroke:var(--ac-idle)"),
        rule(".node text", [f"on {k}" for k in steps], "fill", "fill:var(--ac-muted)"),
        rule(".edge path", lines, "stroke", "stroke:var(--ac-zero-line);stroke-width:1"),
        rule("text", texts, "fill", "visibility:hidden"),
        f"{svg} .edge>text,{svg} .copy .flows{{visibility:hidden}}",
        f"{svg} .edge>polygon{{fill:var(--ac-zero-line);stroke:var(--ac-zero-line)}}",
        f"{svg} .at-user{{display:inline}}{svg} .at-operand{{display:none}}",
    ])  # fmt: skip
