"""The picture as an object: a `graphviz.Source` that renders itself in notebooks and writes
itself to files.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from ..errors import MissingExtra
from .layers.model import Layers
from .render.animation import style
from .render.canvas import Canvas
from .render.graphviz_program import RenderError, render
from .render.notation import visible_text
from .render.svg import finished, fitting
from .render.timeline import timeline

try:
    import graphviz  # type: ignore[import-untyped]
except ImportError:
    raise MissingExtra("graphviz", "pictures", "drawing") from None


class Picture(graphviz.Source):  # type: ignore[misc]  # graphviz is not typed
    """What `draw` returns. `.source` is its DOT text, `.svg()` the drawing, `.save("picture.svg")`
    writes a file (SVG, PNG, PDF or DOT by its suffix), `.content` is what is drawn, as data."""

    def __init__(self, canvas: Canvas) -> None:
        super().__init__(canvas.source, format="svg")
        content, about = canvas.content, (canvas.look.warning, canvas.description)
        self.title = visible_text(canvas.title, 300)
        self.description = visible_text(" ".join(filter(None, [*about, content.alarm])), 2000)
        self.content, self.tips, self.theme = content, canvas.tips, canvas.look.theme
        self.order = tuple(dict.fromkeys(canvas.parts.values()))
        self.steps = timeline(canvas.parts, content.arrows) if content.computed else ()
        self._raw: bytes | None = None

    def __repr__(self) -> str:
        return f"<Picture: {self.title}. {self.description}>"

    def svg(self) -> str:
        """The drawing as SVG text."""
        return self._finished("")

    def animated(self, seconds: float = 1.2) -> str:
        """The drawing as SVG text that plays the backward pass, over and over, `seconds` for each
        step.

        It plays wherever the file is shown as an image, and stands still on paper and for readers
        who want no motion.
        """
        return self._finished(style(self.steps, seconds, isinstance(self.content, Layers)))

    def _finished(self, more: str) -> str:
        if self._raw is None:  # laid out once
            self._raw = render(self.source)
        return finished(
            self._raw, self.title, self.description, self.tips, self.theme, self.order, more
        )

    def pipe(
        self, format: str | None = None, *_: Any, encoding: str | None = None, **__: Any
    ) -> Any:
        """The drawing in a format that Graphviz writes, as bytes, or as text in an encoding."""
        data = (
            self.svg().encode("utf-8")
            if format in (None, "svg")
            else render(self.source, str(format))
        )
        return data if encoding is None else data.decode(encoding)

    def save(
        self, filename: Any = None, directory: Any = None, *, animated: bool = False, **options: Any
    ) -> str:
        """Write a file, SVG, PNG, PDF … by its suffix (DOT text for .dot, .gv or none); its path
        comes back.

        `animated=True` writes an SVG that plays the backward pass.
        """
        suffix = Path(filename or "").suffix.lstrip(".").lower()
        if animated and suffix != "svg":
            raise ValueError(
                f"only an SVG can be animated, got {str(filename)!r}; write "
                "picture.save('name.svg', animated=True)"
            )
        if suffix in ("", "gv", "dot"):
            return str(super().save(filename=filename, directory=directory, **options))
        if suffix not in graphviz.FORMATS:
            raise ValueError(
                "a picture is saved as .svg, .png, .pdf or another format of Graphviz, got "
                f"{str(filename)!r}; a page is made by "
                "explore(value).save('page.html')"
            )
        path = Path(directory or ".", filename)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(self.animated().encode("utf-8") if animated else self.pipe(suffix))
        return str(path)

    def render(
        self,
        filename: Any = None,
        directory: Any = None,
        view: bool = False,
        cleanup: bool = False,
        format: str | None = None,
        **options: Any,
    ) -> str:
        """Write the DOT text to `filename` and the drawing beside it, as graphviz objects do;
        the drawing's path.
        """
        if options.get("outfile"):
            rendered = self.save(options["outfile"])
        else:
            text = super().save(filename=filename, directory=directory)
            rendered = self.save(f"{text}.{format or 'svg'}")
            if cleanup:
                Path(text).unlink()
        if view:
            self._view(rendered, format=format or "svg", quiet=True)
        return rendered

    def _repr_mimebundle_(
        self, include: Any = None, exclude: Any = None, **_: Any
    ) -> dict[str, str]:
        """The drawing for notebooks: inside the page (with tooltips), and as an image; a text
        where it fails.
        """
        try:
            svg = self.svg()
        except RenderError as error:
            return {"text/plain": f"{self!r}\n{error}"}
        bundle = {
            "text/html": f'<div style="overflow-x:auto">{svg}</div>',
            "image/svg+xml": fitting(svg),
            "text/plain": repr(self),
        }
        return wanted(bundle, include, exclude)

    def _repr_svg_(self) -> str:
        return fitting(self.svg())


def wanted(bundle: dict[str, Any], include: Any, exclude: Any) -> dict[str, Any]:
    """What a notebook asks for of a mimebundle."""
    return {
        kind: data
        for kind, data in bundle.items()
        if (not include or kind in include) and kind not in (exclude or ())
    }
