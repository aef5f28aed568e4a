"""What Graphviz's SVG lacks: names and descriptions, real tooltips, an order for the keyboard,
light and dark.
"""

from __future__ import annotations

import re
import xml.etree.ElementTree as ElementTree
from collections.abc import Mapping, Sequence

from .notation import BACKSLASH, visible_text
from .theme import style_sheet

SVG = "{http://www.w3.org/2000/svg}"
XLINK = "{http://www.w3.org/1999/xlink}"

COPIED = "~copy"
"""What follows the id of an arrow in that of the copy of a card to which it leads."""

LEGIBLE = 0.7
"""How far a page may narrow a picture: the smallest letters are then 7.5 pixels high. Beyond that
the picture is scrolled.
"""

NARROW = 600.0
"""The points that any page has room for."""

ElementTree.register_namespace("", SVG[1:-1])
ElementTree.register_namespace("xlink", XLINK[1:-1])


def finished(
    raw: bytes,
    title: str,
    description: str,
    tips: Mapping[str, str],
    theme: str,
    order: Sequence[str],
    style: str = "",
) -> str:
    """The SVG text that is shown and saved. `tips` are the tooltips of cards, arrows and groups, by
    id; `order` is that of the cards for the keyboard and for screen readers; `style` is added to
    the style sheet."""
    root = ElementTree.fromstring(raw.replace(BACKSLASH.encode(), b"\\"))
    for group in root.iter(f"{SVG}g"):
        _unlink(group)
        _name(group, tips)
        if "turnable" in group.get("class", ""):
            _both_heads(group)
    for graph in root.iter(f"{SVG}g"):
        if graph.get("class") == "graph":
            _join_copies(graph)
            _reorder(graph, order)
    least = LEGIBLE * float(root.get("width", "0").removesuffix("pt"))
    root.attrib.update(
        {
            "role": "graphics-document document",
            "class": "autograd-core",
            "aria-label": title,
            "style": f"max-width:100%;height:auto;--ac-least:{least:.0f}pt",
        }
    )
    for i, (tag, text) in enumerate(
        [("title", title), ("desc", description), ("style", style_sheet(theme) + style)]
    ):
        element = ElementTree.Element(SVG + tag)
        element.text = text
        root.insert(i, element)
    return ElementTree.tostring(root, encoding="unicode")


def fitting(svg: str) -> str:
    """The drawing as an image that fills the width of the page, where it is then still legible.

    Pages made from saved notebooks show an image in its own width, even where the page is narrower.
    """
    head, rest = svg.split(">", 1)
    width = re.search(r' width="([\d.]+)pt"', head)
    if width is None or not NARROW < float(width[1]) < NARROW / LEGIBLE**2:
        return svg
    return re.sub(r' height="[\d.]+pt"', "", head.replace(width[0], ' width="100%"')) + ">" + rest


def _unlink(group: ElementTree.Element) -> None:
    """A cell of a table has an id only as a link: keep the id, drop the link."""
    link = group.find(f"{SVG}a")
    if link is None:
        return
    group.set("id", group.get("id", "").removeprefix("a_"))
    group.set("class", "card")
    group.remove(link)
    group.extend(link)


def _both_heads(arrow: ElementTree.Element) -> None:
    """Each head of an arrow has a class of its own; that at the user is hidden until a page shows
    it.
    """
    heads = arrow.findall(f"{SVG}polygon")
    at_user = 0 if "edge-constant" in arrow.get("class", "") else 1
    for k, head in enumerate(heads[: at_user + 1]):
        head.set("class", "at-user" if k == at_user else "at-operand")


def _name(group: ElementTree.Element, tips: Mapping[str, str]) -> None:
    """The tooltip, which is also the name for screen readers; cards can be reached by the
    keyboard.
    """
    own = group.find(f"{SVG}title")
    if own is not None:  # Graphviz writes ids here, which browsers would show
        group.remove(own)
    tip = tips.get(group.get("id", ""))
    if tip is None:
        return
    name = ElementTree.Element(f"{SVG}title")
    name.text = "\n".join(visible_text(line, 400) for line in tip.split("\n"))
    group.insert(0, name)
    kind = group.get("class", "").split(" ")[0]
    if kind != "cluster":
        group.attrib.update({"role": "img", "aria-label": name.text.replace("\n", "; ")})
    if kind in ("node", "card"):
        group.set("tabindex", "0")


def _join_copies(graph: ElementTree.Element) -> None:
    """A copy is a part of the arrow that leads to it: they are seen together, and have one tip.
    What flows, below its name and value, can be hidden.
    """
    known = {group.get("id", ""): group for group in graph}
    for id, copy in known.items():
        if id.endswith(COPIED):
            graph.remove(copy)
            del copy.attrib["id"]
            copy.set("class", "copy")
            for text in copy.findall(f"{SVG}text")[2:]:
                text.set("class", "flows")
            known[id.removesuffix(COPIED)].append(copy)


def _reorder(graph: ElementTree.Element, order: Sequence[str]) -> None:
    """Cards come in the order given, each where a card stood before."""
    rank = {id: k for k, id in enumerate(order)}
    places = [i for i, child in enumerate(graph) if child.get("class", "").startswith("node")]
    nodes = sorted(
        (graph[i] for i in places), key=lambda node: rank.get(node.get("id", ""), len(rank))
    )
    for i, node in zip(places, nodes, strict=True):
        graph[i] = node
