"""Colours: enough contrast in both themes, one file for both, sign and size to be seen."""

from __future__ import annotations

import re

import pytest

from autograd_core import draw
from autograd_core.drawing.render.theme import DARK, LIGHT, STEPS, Scale

from .neurons import neuron

pytest.importorskip("graphviz")

CARDS = ["card", "input", "parameter", "constant", "result", "idle", "amber fill", "violet fill"]
TEXT = (
    [("ink", ground) for ground in ["page", *CARDS]]
    + [("muted", ground) for ground in ["page", "cluster", *CARDS]]
    + [
        (f"{sign} text", ground)
        for sign in ("blue", "orange")
        for ground in ("page", "cluster", "card")
    ]
    + [(f"on {i}", f"{sign} {i}") for sign in ("blue", "orange") for i in range(1, STEPS + 1)]
    + [("on 1", "zero"), ("on alarm", "alarm")]
)


def luminance(colour: str) -> float:
    """The relative luminance of the WCAG."""
    channels = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    red, green, blue = (
        c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels
    )
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(a: str, b: str) -> float:
    high, low = sorted((luminance(a), luminance(b)), reverse=True)
    return (high + 0.05) / (low + 0.05)


@pytest.mark.parametrize("theme", [LIGHT, DARK], ids=["light", "dark"])
@pytest.mark.parametrize(("ink", "ground"), TEXT)
def test_text_has_a_contrast_of_at_least_four_and_a_half(
    theme: dict[str, str], ink: str, ground: str
) -> None:
    """Every pair of text and background that a picture uses."""
    assert contrast(theme[ink], theme[ground]) >= 4.5


@pytest.mark.parametrize("theme", [LIGHT, DARK], ids=["light", "dark"])
@pytest.mark.parametrize("role", [role for role in LIGHT if role.endswith((" line", "strong"))])
def test_arrows_have_a_contrast_of_at_least_two(theme: dict[str, str], role: str) -> None:
    """Against the page and inside a group; their numbers are printed beside them."""
    assert min(contrast(theme[role], theme["page"]), contrast(theme[role], theme["cluster"])) >= 2.0


@pytest.mark.parametrize("theme", [LIGHT, DARK], ids=["light", "dark"])
@pytest.mark.parametrize(
    ("bar", "ground"),
    [("size", "card"), ("amber", "amber fill"), ("violet", "violet fill"), ("muted", "card")],
)
def test_bars_have_a_contrast_of_at_least_three(
    theme: dict[str, str], bar: str, ground: str
) -> None:
    """On the band that they stand in."""
    assert contrast(theme[bar], theme[ground]) >= 3.0


def test_every_role_has_a_light_colour_of_its_own() -> None:
    """Else the style sheet could not tell which dark colour is meant."""
    assert len(set(LIGHT.values())) == len(LIGHT)
    assert LIGHT.keys() == DARK.keys()


def test_one_svg_serves_light_and_dark(renderer: str) -> None:
    """Every colour in it is one that the style sheet exchanges."""
    loss = neuron("dot")
    loss.backward()
    svg = draw(loss).svg()
    assert "prefers-color-scheme:dark" in svg
    drawn = set(re.findall(r'(?:fill|stroke)="([^"]+)"', svg.split("</style>")[1]))
    assert drawn <= {*LIGHT.values(), "none", "transparent"}
    exchanged = set(re.findall(r'\[(?:fill|stroke)="([^"]+)"\]', svg))
    assert drawn - {"none", "transparent"} <= exchanged


@pytest.mark.parametrize(("theme", "colours"), [("light", LIGHT), ("dark", DARK)])
def test_a_theme_can_be_fixed(theme: str, colours: dict[str, str]) -> None:
    """Then the colours are in the drawing itself, also in PNG and PDF."""
    picture = draw(neuron(), theme=theme)
    assert f'bgcolor="{colours["page"]}"' in picture.source
    assert "prefers-color-scheme" not in picture.svg()


def test_the_scale_has_four_steps_of_equal_ratio() -> None:
    """From a hundredth to a hundred, each step is a factor of ten."""
    scale = Scale.of([0.01, -100.0, float("nan"), 0.0])
    assert [scale.step(x) for x in (0.01, 0.099, 0.11, -2.0, 99.0, 100.0, 1e9, 0.0)] == [
        1,
        1,
        2,
        3,
        4,
        4,
        4,
        0,
    ]
    assert scale.palest == pytest.approx(0.1)
    assert scale.fill(-100.0) == ("blue 4", "on 4")
    assert scale.fill(0.01) == ("orange 1", "on 1")
    assert scale.fill(0.0) == ("zero", "on 1")
    assert scale.fill(None) == ("idle", "muted")
    assert scale.fill(float("inf")) == ("alarm", "on alarm")
    widths = [scale.line(x)[1] for x in (0.0, 0.01, 0.1, 1.0, 10.0, 100.0)]
    assert widths == sorted(widths)


@pytest.mark.parametrize("numbers", [[], [0.0], [1.0], [1e-300, 1e300], [5e-324], [float("inf")]])
def test_the_scale_takes_any_numbers(numbers: list[float]) -> None:
    """None, only zero, one, or hundreds of powers of ten."""
    scale = Scale.of(numbers)
    assert all(0 <= scale.step(x) <= STEPS for x in [*numbers, 1.0] if x != float("inf"))
    assert scale.palest >= 0.0
