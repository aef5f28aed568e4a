"""What Graphviz's SVG lacks: a name and a description, real tooltips, the style sheet for light and dark."""

from __future__ import annotations

import xml.etree.ElementTree as ElementTree
from collections.abc import Mapping

from .notation import BACKSLASH, visible_text
from .theme import style_sheet

SVG = "{http://www.w3.org/2000/svg}"

ElementTree.register_namespace("", SVG[1:-1])
ElementTree.register_namespace("xlink", "http://www.w3.org/1999/xlink")


def finished(raw: bytes, title: str, description: str, tips: Mapping[str, str], theme: str) -> str:
    """The SVG text that is shown and saved. `tips` are the tooltips of cards, arrows and groups, by id."""
    root = ElementTree.fromstring(raw.replace(BACKSLASH.encode(), b"\\"))
    for group in root.iter(f"{SVG}g"):
        own = group.find(f"{SVG}title")
        if own is not None:  # Graphviz writes ids here, which browsers would show
            tip = tips.get(group.get("id", ""))
            if tip is None:
                group.remove(own)
            else:
                own.text = visible_text(tip, 400)
    root.attrib.update({"role": "img", "class": "autograd-core", "aria-label": title, "style": "max-width:100%;height:auto"})
    for i, (tag, text) in enumerate([("title", title), ("desc", description), ("style", style_sheet(theme))]):
        element = ElementTree.Element(SVG + tag)
        element.text = text
        root.insert(i, element)
    return ElementTree.tostring(root, encoding="unicode")
