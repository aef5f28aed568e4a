"""A drawing in the page of a notebook: an image, which a script turns into a part of the page.

Notebooks take scripts and drawings out of what comes from others until it is trusted. The image is
left, while of a drawing inside the page only its letters would be.
"""

from __future__ import annotations

import base64
import hashlib
import html

INLINE = """\
const inline = (img) => {
  const bytes = Uint8Array.from(atob(img.src.split(",")[1]), (c) => c.charCodeAt(0));
  const place = img.parentElement;
  place.innerHTML = new TextDecoder().decode(bytes);
  return place;
};"""
"""The JavaScript that puts the drawing of an image in the place of the image. In the page it has
tooltips, and the colours of the notebook."""


def still(svg: str, title: str) -> str:
    """The drawing as an image that needs neither a script nor a file."""
    data = base64.b64encode(svg.encode("utf-8", "replace")).decode("ascii")
    look = 'style="max-width:100%;height:auto"'
    return f'<img alt="{html.escape(title)}" {look} src="data:image/svg+xml;base64,{data}">'


def embedded(svg: str, title: str) -> str:
    """The image and its script, for a place inside a page."""
    name = hashlib.sha256(svg.encode("utf-8", "replace")).hexdigest()[:12]
    find = f"document.querySelectorAll('[data-autograd-core-picture=\"{name}\"] > img')"
    return (
        f'<div style="overflow-x:auto" data-autograd-core-picture="{name}">{still(svg, title)}'
        f"</div><script>(() => {{\n{INLINE}\n{find}.forEach(inline);\n}})();</script>"
    )
