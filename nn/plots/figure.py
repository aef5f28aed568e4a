"""The figure of a plot: one in a notebook, light or dark as that is, with a text for those who
cannot see it, and letters of every script that the machine has a font for.
"""

from __future__ import annotations

import html
from functools import cache
from typing import Any

from matplotlib import font_manager, pyplot
from matplotlib.figure import Figure
from matplotlib.text import Text

PREFERRED = ("CJK JP", "Noto Sans", "Hiragino", "Yu Gothic", "Meiryo", "Sans", "Gothic")
"""Parts of the names of fonts that are tried first for a letter that the usual font lacks."""
DARK = (
    '<style>[data-jp-theme-light="false"] .autograd-core-plot,.vscode-dark .autograd-core-plot'
    "{filter:invert(0.93) hue-rotate(180deg)}</style>"
)
"""In a dark notebook light and dark change places, and hues stay."""


class Plot(Figure):
    """A figure of matplotlib, as `pyplot.figure` makes it."""

    def draw(self, renderer: Any) -> None:
        """Draw the figure, each letter in a font that has it."""
        for text in self.findobj(Text):
            if more := missing_fonts(text):
                text.set_fontfamily([*text.get_fontfamily(), *more])
        super().draw(renderer)

    def description(self) -> str:
        """What the figure shows, in words: titles, axes, and where each line starts and ends."""
        parts = [self.get_suptitle()]
        for ax in self.axes:
            title = ax.get_title(loc="left") or ax.get_title()
            parts.append(", ".join(filter(None, [title, ax.get_xlabel(), ax.get_ylabel()])))
            for line in ax.lines:
                name, ys = str(line.get_label()), [*line.get_ydata()]  # type: ignore[misc]
                if not name.startswith("_") and ys:
                    parts.append(f"{name} from {ys[0]:.3g} to {ys[-1]:.3g}")
        return ". ".join(filter(None, parts)) + "."

    def _ipython_display_(self) -> None:
        """Shown once: where it is the last line of a cell, not again at the end of the cell."""
        from IPython import get_ipython
        from IPython.display import publish_display_data

        png = get_ipython().display_formatter.formatters["image/png"](self)
        pyplot.close(self)
        data, size = png if isinstance(png, tuple) else (png, {})
        bundle = {"text/plain": repr(self)}
        if data:
            sizes = "".join(f' {side}="{pixels}"' for side, pixels in size.items())
            alt = html.escape(self.description(), quote=True)
            bundle |= {
                "image/png": data,
                "text/html": f'{DARK}<img class="autograd-core-plot" alt="{alt}"{sizes} '
                f'src="data:image/png;base64,{data}">',
            }
        publish_display_data(bundle, {"image/png": {"alt": self.description(), **size}})  # type: ignore[no-untyped-call]


def missing_fonts(text: Text) -> list[str]:
    """The families of fonts for the letters that the fonts of a text lack."""
    letters = {c for c in text.get_text() if ord(c) > 127}
    if not letters:
        return []
    for family in text.get_fontfamily():
        letters -= _letters_of(font_manager.findfont(font_manager.FontProperties(family=[family])))
    found: dict[str, None] = {}
    for letter in sorted(letters):
        if family := _family_with(letter):
            found[family] = None
    return list(found)


@cache
def _letters_of(path: str) -> frozenset[str]:
    return frozenset(map(chr, font_manager.get_font(path).get_charmap()))


@cache
def _family_with(letter: str) -> str:
    """A font of the system that has a letter; "" if there is none."""
    for entry in _fonts():
        try:
            if letter in _letters_of(entry.fname):
                return str(entry.name)
        except RuntimeError:  # one that matplotlib cannot read, of coloured pictures for instance
            continue
    return ""


@cache
def _fonts() -> list[Any]:
    """The upright fonts of the system, the preferred ones first."""
    known = {entry.fname for entry in font_manager.fontManager.ttflist}
    for path in set(font_manager.findSystemFonts()) - known:  # newer than matplotlib's list
        try:
            font_manager.fontManager.addfont(path)
        except (RuntimeError, OSError):
            continue
    upright = [
        entry
        for entry in font_manager.fontManager.ttflist
        if entry.style == "normal"
        and entry.weight in (400, "normal", "regular")
        and not entry.name.startswith("Last Resort")  # it has a box for every letter
    ]
    rank = {part: k for k, part in enumerate(PREFERRED)}
    return sorted(
        upright,
        key=lambda entry: (
            min((rank[part] for part in PREFERRED if part in entry.name), default=len(rank)),
            entry.name,
        ),
    )
