"""The script and the style of the stepper, for a page and for the widget."""

from __future__ import annotations

from pathlib import Path

from ..render.theme import without_gradients

HERE = Path(__file__).parent


def script() -> str:
    """An ES module."""
    return (HERE / "stepper.js").read_text("utf-8")


def style() -> str:
    """That of the stepper, and of its picture while values flow."""
    css = (HERE / "stepper.css").read_text("utf-8")
    return css + without_gradients(".autograd-core-stepper .values")
