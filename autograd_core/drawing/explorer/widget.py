"""The live stepper: a Jupyter widget whose numbers are computed by Python."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any
from uuid import uuid4

from ...errors import MissingExtra
from ..render.graphviz_program import RenderError
from .parts import script, style

try:
    import anywidget
    import traitlets
except ImportError:
    raise MissingExtra("anywidget", "notebook", "the live stepper") from None


class Stepper(anywidget.AnyWidget):  # type: ignore[misc,unused-ignore]  # where anywidget is not installed, it is untyped
    """Shows `frames`; sets them anew when `changes`, numbers for leaves by their place, come
    from the page. A page with its `id` is connected to it by the browser.
    """

    _esm, _css = script(), style()
    id = traitlets.Unicode().tag(sync=True)
    frames = traitlets.Dict().tag(sync=True)
    changes = traitlets.Dict().tag(sync=True)
    problem = traitlets.Unicode().tag(sync=True)

    def __init__(self, frames_for: Callable[[dict[int, float]], dict[str, Any]]) -> None:
        self.frames_for = frames_for
        super().__init__(frames=frames_for({}), id=uuid4().hex)
        self.observe(self._compute, "changes")

    def _compute(self, change: Any) -> None:
        """Values and gradients for the new numbers."""
        numbers = {int(place): float(x) for place, x in change["new"].items() if x is not None}
        try:
            self.frames = self.frames_for({k: x for k, x in numbers.items() if not math.isnan(x)})
            self.problem = ""
        except (ArithmeticError, ValueError, RenderError) as error:
            self.problem = str(error)
