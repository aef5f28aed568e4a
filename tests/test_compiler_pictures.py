"""The pictures of docs/compiler.md show the program that the page compiles."""

from __future__ import annotations

import runpy
import xml.etree.ElementTree as ET
from pathlib import Path

import pytest

PICTURES = Path(__file__).parent.parent / "docs" / "pictures"


def test_the_pictures_of_the_compiler_are_drawn_from_its_page(tmp_path: Path) -> None:
    pytest.importorskip("graphviz")
    pytest.importorskip("numpy")
    script = runpy.run_path(str(PICTURES / "compiler.py"))
    script["main"](tmp_path)
    products = (tmp_path / "compiler_products.svg").read_text("utf-8")
    assert products == (PICTURES / "compiler_products.svg").read_text("utf-8"), (
        "draw it anew: python docs/pictures/compiler.py"
    )
    texts = {text.text for text in ET.fromstring(products).iter("{http://www.w3.org/2000/svg}text")}
    assert {"(3, 3) @ (3, 4)", "w11", "x42", "∂w44", "1", "h"} <= texts
    for stage in ("graph", "groups"):
        drawn = (tmp_path / f"compiler_{stage}.svg").read_text("utf-8")
        assert ET.fromstring(drawn).tag.endswith("svg")
    assert "(3, 4) @ (4, 3)" in drawn
