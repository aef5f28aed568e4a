"""Graphviz's HTML-like labels: escaped text, tables, rows, cells."""

from __future__ import annotations

from .notation import BACKSLASH, LONGEST, visible_text

LEFT, RIGHT = 'ALIGN="LEFT"', 'ALIGN="RIGHT"'
BARE = 'BORDER="0" CELLBORDER="0" CELLSPACING="0" CELLPADDING="0"'
ROOMY = 'BORDER="0" CELLBORDER="0" CELLSPACING="0" CELLPADDING="2"'
END_OF_LINE = f"<BR {LEFT}/>"
SPACE = "&#160;"


def escaped(text: str, longest: int = LONGEST) -> str:
    """Text for a place inside markup: every character with a meaning there as a number, and lines
    where the text has them.

    Graphviz expands \\N and the like even there: a character of no width keeps backslash and letter
    apart.
    """
    if "\n" in text.strip():
        lines = text.strip()[: 2 * longest].split("\n")
        return "".join(escaped(line, longest) + END_OF_LINE for line in lines)
    apart = visible_text(text, longest).replace("\\", BACKSLASH)
    return "".join(f"&#{ord(c)};" if c in "&<>\"'\\[]{}|" else c for c in apart)


def table(how: str, *rows: str) -> str:
    return f"<TABLE {how}>{''.join(rows)}</TABLE>"


def row(*cells: str) -> str:
    return f"<TR>{''.join(cells)}</TR>"


def cell(content: str, *how: str) -> str:
    """A cell with the attributes given."""
    return f"<{' '.join(['TD', *how])}>{content}</TD>"


def box(width: int, height: int, fill: str = "") -> str:
    """An empty cell of fixed size."""
    colour = f'BGCOLOR="{fill}" ' if fill else ""
    return f'<TD {colour}WIDTH="{width}" HEIGHT="{height}" FIXEDSIZE="TRUE"></TD>'
