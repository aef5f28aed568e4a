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
from .render.embedding import embedded
from .render.graphviz_program import RenderError, render
from .render.notation import visible_text
from .render.svg import finished, fitting
from .render.timeline import timeline

try:
    import graphviz  # type: ignore[import-untyped]
except ImportError:
    raise MissingExtra("graphviz", "pictures", "drawing") from None


class Picture(graphviz.Source):  # type: ignore[misc]  # graphviz is not typed
    """The picture of a graph, as `draw` returns it.

    It is a `graphviz.Source`, so that `.source` is its DOT text. `.content` is what is drawn, as
    data: `.cards` and `.arrows`. `.title` and `.description` say it in words.

    Args:
        canvas: the drawing of one level.

    Example:
        >>> from autograd_core import Value, draw
        >>> draw(Value(2.0, "x") * Value(3.0, "w")).title
        'How L was computed'
    """

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
        """Return the drawing as SVG text.

        Returns:
            One SVG element, with tooltips and a description for screen readers.

        Raises:
            RenderError: Graphviz is not installed, or could not draw the picture.
        """
        return self._finished("")

    def animated(self, seconds: float = 1.2) -> str:
        """Return the drawing as SVG text that plays the backward pass in a loop.

        It plays wherever the file is shown as an image, and stands still on paper and for readers
        who want no motion.

        Args:
            seconds: how long each step takes.

        Returns:
            One SVG element, as of `svg()`.

        Raises:
            RenderError: Graphviz is not installed, or could not draw the picture.
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
        """Return the drawing in a format that Graphviz writes.

        Args:
            format: "svg" (also where it is None), "png", "pdf", …
            encoding: of a format that is text; None for bytes.

        Returns:
            The drawing, as bytes, or as text where an encoding is given.

        Raises:
            RenderError: Graphviz is not installed, or could not draw the picture.
        """
        data = (
            self.svg().encode("utf-8")
            if format in (None, "svg")
            else render(self.source, str(format))
        )
        return data if encoding is None else data.decode(encoding)

    def save(
        self, filename: Any = None, directory: Any = None, *, animated: bool = False, **options: Any
    ) -> str:
        """Write the picture to a file, in the format of its suffix.

        Args:
            filename: the path; its suffix is .svg, .png, .pdf or another format of Graphviz, or
                .dot, .gv or none for the DOT text.
            directory: the folder that the path starts from; it is made where there is none.
            animated: True writes an SVG that plays the backward pass.
            **options: as of `graphviz.Source.save`, for DOT text.

        Returns:
            The path of the file.

        Raises:
            ValueError: the suffix is no format of a picture, or an animation is not an SVG.
            RenderError: Graphviz is not installed, or could not draw the picture.
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
        """Write the DOT text to a file and the drawing beside it, as graphviz objects do.

        Args:
            filename: the path of the DOT text.
            directory: the folder that the path starts from.
            view: True opens the drawing.
            cleanup: True deletes the DOT text afterwards.
            format: of the drawing; None for SVG.
            **options: `outfile`, the path of the drawing, in place of `filename`.

        Returns:
            The path of the drawing.

        Raises:
            RenderError: Graphviz is not installed, or could not draw the picture.
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
            "text/html": embedded(svg, self.title),
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
