"""The pictures of README and docs can be read at the width at which they are shown."""

from __future__ import annotations

import re
import struct
import xml.etree.ElementTree as ElementTree
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
PAGE = 790.0
"""The width of a page in pixels."""
HIGH = 9.0
"""How high letters are at least, in pixels."""
PLOT_LETTERS = 9.0
"""The smallest letters of a plot in points, and its pixels to the inch."""
PLOT_DOTS = 100.0

PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]
SHOWN = sorted(
    {
        (page.parent / found).resolve()
        for page in PAGES
        for found in re.findall(r"!\[[^\]]*\]\(([^):]+)\)", page.read_text("utf-8"))
    }
)
OURS = [path for path in SHOWN if not path.stem.endswith("_before")]  # those are micrograd's


def letters(path: Path) -> float:
    """How high the smallest letters of a picture are on a page, in pixels."""
    if path.suffix == ".png":
        width = struct.unpack(">I", path.read_bytes()[16:20])[0]
        return PLOT_LETTERS / 72.0 * PLOT_DOTS * min(1.0, PAGE / width)
    root = ElementTree.parse(path).getroot()
    unit = 0.75 if root.get("width", "").endswith("pt") else 1.0
    width = float(root.get("viewBox", "").split()[2]) / unit
    sizes = [float(part.get("font-size", "inf").removesuffix("px")) / unit for part in root.iter()]
    return min(sizes) * min(1.0, PAGE / width)


def test_the_pages_show_pictures() -> None:
    assert len(OURS) > 15
    assert all(path.is_file() for path in SHOWN)


@pytest.mark.parametrize("path", OURS, ids=lambda path: path.name)
def test_letters_are_nine_pixels_high_where_a_picture_is_shown(path: Path) -> None:
    assert letters(path) >= HIGH


@pytest.mark.parametrize("path", OURS, ids=lambda path: path.name)
def test_a_picture_has_a_ground_of_its_own(path: Path) -> None:
    """So it can be read on white and on dark pages, whatever the system prefers."""
    if path.suffix == ".png":
        assert struct.unpack(">B", path.read_bytes()[25:26])[0] in (2, 6)
        return
    root = ElementTree.parse(path).getroot()
    first = next(part for part in root.iter() if part.tag.split("}")[1] in ("polygon", "rect"))
    assert first.get("fill", "none") not in ("none", "transparent")
    assert "Hover" not in path.read_text("utf-8")
