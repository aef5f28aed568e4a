"""What Graphviz's SVG lacks: a name and a description, real tooltips, the style sheet for light and dark."""

from __future__ import annotations

import xml.etree.ElementTree as ElementTree

from .theme import style_sheet

SVG = "{http://www.w3.org/2000/svg}"
XLINK = "{http://www.w3.org/1999/xlink}"

ElementTree.register_namespace("", SVG[1:-1])
ElementTree.register_namespace("xlink", XLINK[1:-1])


def finished(raw: bytes, title: str, description: str, theme: str) -> str:
    """The SVG text that is shown and saved."""
    root = ElementTree.fromstring(raw)
    for group in root.iter(f"{SVG}g"):
        _tooltip(group)
    root.attrib.update({"role": "img", "class": "autograd-core", "aria-label": title, "style": "max-width:100%;height:auto"})
    for i, (tag, text) in enumerate([("title", title), ("desc", description), ("style", style_sheet(theme))]):
        element = ElementTree.Element(SVG + tag)
        element.text = text
        root.insert(i, element)
    return ElementTree.tostring(root, encoding="unicode")


def _tooltip(group: ElementTree.Element) -> None:
    """Make the tooltip the group's title (in place of ids) and drop the link that Graphviz wraps around it."""
    titles = [child for child in group if child.tag == f"{SVG}title"]
    for wrapper in [child for child in group if child.tag == f"{SVG}g"]:
        for link in [child for child in wrapper if child.tag == f"{SVG}a"]:
            if titles:
                titles[0].text = link.get(f"{XLINK}title")
            link.tag = f"{SVG}g"
            link.attrib.clear()
    if titles and group.get("class") == "graph":
        group.remove(titles[0])
