"""The picture of the house shows the floors and the imports as they are."""

from __future__ import annotations

import re
import runpy
from pathlib import Path

PICTURES = Path(__file__).parent.parent / "docs" / "pictures"
SHOWN = 790.0  # pixels, the width of a page
LEAST = 9.0  # pixels, the smallest letters that can be read


def test_the_picture_of_the_house_is_drawn_from_its_floors_and_imports() -> None:
    drawn = runpy.run_path(str(PICTURES / "house.py"))["dot"]()
    assert drawn == (PICTURES / "house.dot").read_text("utf-8"), (
        "draw it anew: python docs/pictures/house.py"
    )


def test_its_picture_has_the_same_boxes_and_letters_that_can_be_read() -> None:
    text = (PICTURES / "house.svg").read_text("utf-8")
    named = re.findall(r'"([\w.]+)" \[label', (PICTURES / "house.dot").read_text("utf-8"))
    assert all(f"<title>{name}</title>" in text for name in named)
    width = float(re.findall(r'viewBox="[\d.]+ [\d.]+ ([\d.]+)', text)[0])
    smallest = min(map(float, re.findall(r'font-size="([\d.]+)"', text)))
    assert smallest * min(SHOWN / width, 96 / 72) >= LEAST
