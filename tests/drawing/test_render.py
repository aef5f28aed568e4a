"""Files and notebooks: both ways to render, one SVG for light and dark, errors that say what to
install.
"""

from __future__ import annotations

import base64
import re
import subprocess
import sys
import types
import xml.etree.ElementTree as ElementTree
from pathlib import Path

import pytest

from autograd_core import Value, draw
from autograd_core.drawing.render import graphviz_program as rendering
from autograd_core.drawing.render.embedding import embedded
from autograd_core.drawing.render.svg import fitting

from .conftest import hide_programs, hide_pygraphviz
from .neurons import neuron

graphviz = pytest.importorskip("graphviz")

SVG = "{http://www.w3.org/2000/svg}"


@pytest.mark.parametrize("direction", ["LR", "RL", "TB", "BT"])
@pytest.mark.parametrize("how", ["plain", "dot"])
def test_the_neuron_renders(
    renderer: str, how: str, direction: str, capfd: pytest.CaptureFixture[str]
) -> None:
    """Every card and arrow is there under its id, and nothing is printed."""
    loss = neuron(how)
    loss.backward()
    picture = draw(loss, direction=direction)
    found = {element.get("id") for element in ElementTree.fromstring(picture.svg()).iter()}
    assert {card.id for card in picture.content.cards} | {
        arrow.id for arrow in picture.content.arrows
    } <= found
    assert capfd.readouterr() == ("", "")


def test_the_inputs_are_left_and_the_loss_is_right(renderer: str) -> None:
    """By the horizontal place of their names."""
    root = ElementTree.fromstring(draw(neuron()).svg())
    place = {
        "".join(text.itertext()): float(text.get("x", "0")) for text in root.iter(f"{SVG}text")
    }
    assert place["x1"] < place["z"]
    assert place["err"] < place["loss"]


def test_numbers_are_printed_where_they_belong(renderer: str) -> None:
    """In the neuron, −0.197 is the gradient of five cards and the contribution of five arrows;
    +0.158 of one each.
    """
    loss = neuron()
    loss.backward()
    texts = [
        "".join(text.itertext())
        for text in ElementTree.fromstring(draw(loss).svg()).iter(f"{SVG}text")
    ]
    assert (texts.count("−0.197"), texts.count("+0.158"), texts.count("∂ 0.113")) == (10, 2, 1)
    loss = neuron("dot")
    loss.backward()
    texts = [
        "".join(text.itertext())
        for text in ElementTree.fromstring(draw(loss).svg()).iter(f"{SVG}text")
    ]
    assert (
        texts.count("−0.197"),
        texts.count("+0.158"),
        texts.count("2.00"),
        texts.count("−1.60"),
    ) == (6, 2, 2, 1)
    assert texts.count("not computed") == 0
    texts = [
        "".join(text.itertext())
        for text in ElementTree.fromstring(draw(neuron()).svg()).iter(f"{SVG}text")
    ]
    assert texts.count("not computed") == 13


def test_the_svg_speaks_to_those_who_cannot_see_it(renderer: str) -> None:
    """A role, a name, a description; and each arrow's tooltip has the full product."""
    loss = neuron()
    loss.backward()
    root = ElementTree.fromstring(draw(loss).svg())
    assert root.get("role") == "graphics-document document"
    assert (
        root.get("aria-label")
        == root.findtext(f"{SVG}title")
        == "How the gradient of loss flows back"
    )
    assert "loss = 0.756711. Gradients: y 1.74, w1 −0.394" in (root.findtext(f"{SVG}desc") or "")
    tips = [group.findtext(f"{SVG}title") for group in root.iter(f"{SVG}g")]
    assert (
        "from a to z: local 0.113 × upstream −1.74 = −0.197, where local = da/dz = σ(z)(1 − σ(z)) = "
        "0.130 × 0.870 = 0.113" in tips
    )
    assert "w1: value −0.8, gradient −0.393818" in tips


@pytest.mark.parametrize(
    ("suffix", "start"),
    [("svg", b"<svg"), ("png", b"\x89PNG"), ("pdf", b"%PDF"), ("gv", b"digraph")],
)
def test_save_writes_what_the_suffix_says(
    renderer: str, tmp_path: Path, suffix: str, start: bytes
) -> None:
    """And gives the path back, making the folder where there is none."""
    path = tmp_path / "new" / f"neuron.{suffix}"
    assert draw(neuron()).save(path) == str(path)
    assert path.read_bytes().startswith(start)


def test_render_writes_as_graphviz_objects_do(renderer: str, tmp_path: Path) -> None:
    """The DOT text under the name given, the drawing beside it."""
    picture = draw(neuron())
    assert picture.render(tmp_path / "neuron", format="png") == str(tmp_path / "neuron.png")
    assert (tmp_path / "neuron").read_text("utf-8") == picture.source
    picture.render(tmp_path / "clean", cleanup=True)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["clean.svg", "neuron", "neuron.png"]
    assert picture.render(outfile=tmp_path / "direct.svg") == str(tmp_path / "direct.svg")
    assert picture.pipe("svg", encoding="utf-8") == picture.svg()


def test_a_notebook_gets_the_drawing_inside_its_page_and_as_an_image(renderer: str) -> None:
    """Only the kinds that it asks for."""
    picture = draw(neuron())
    assert isinstance(picture, graphviz.Source)
    bundle = picture._repr_mimebundle_()
    assert embedded(picture.svg(), picture.title) == bundle["text/html"]
    assert bundle["image/svg+xml"] == picture._repr_svg_() == fitting(picture.svg())
    assert set(picture._repr_mimebundle_(include=["image/svg+xml"])) == {"image/svg+xml"}
    assert "text/html" not in picture._repr_mimebundle_(exclude=["text/html"])


def test_without_any_graphviz_the_error_says_what_to_install(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """And the DOT text is still there, in a notebook too."""
    hide_programs(monkeypatch, tmp_path)
    hide_pygraphviz(monkeypatch)
    picture = draw(neuron())
    assert picture.source.startswith("digraph")
    with pytest.raises(
        rendering.RenderError,
        match=r"pip install 'autograd-core\[pictures\]'.*package manager.*\.source",
    ):
        picture.svg()
    assert set(picture._repr_mimebundle_()) == {"text/plain"}
    assert "pip install" in picture._repr_mimebundle_()["text/plain"]
    assert picture.save(tmp_path / "neuron.gv") == str(tmp_path / "neuron.gv")


def test_a_system_program_that_does_not_work_gives_way_to_the_bundled_one(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """A `dot` that only fails."""
    pytest.importorskip("pygraphviz")
    program = tmp_path / "dot"
    program.write_text("#!/bin/sh\necho broken >&2\nexit 1\n", "utf-8")
    program.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    assert draw(neuron()).svg().startswith("<svg")
    hide_pygraphviz(monkeypatch)
    with pytest.raises(rendering.RenderError, match="tried the system's Graphviz: broken"):
        draw(neuron()).svg()


def test_text_that_graphviz_cannot_read_is_an_error(renderer: str) -> None:
    """Also where its exit code is 0: a broken label."""
    with pytest.raises(rendering.RenderError, match="tried"):
        rendering.render("digraph { a [label=<<TABLE>>] }")


def test_rendering_has_a_time_limit(renderer: str) -> None:
    """The error says how to draw less."""
    with pytest.raises(
        rendering.RenderError, match=r"longer than 0.0001 seconds; draw a part of the graph"
    ):
        rendering.render("digraph {a}", time_limit=0.0001)


def test_drawing_without_the_package_says_which_extra_to_install() -> None:
    """In a Python in which graphviz cannot be imported."""
    code = (
        "import sys; sys.modules['graphviz'] = None\n"
        "from autograd_core import Value, draw, explain\n"
        "y = Value(2.0) * 3.0; str(explain(y))\n"
        "try: draw(y)\n"
        "except ImportError as error: print(error)\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert "pip install 'autograd-core[pictures]'" in done.stdout


def test_the_source_does_not_depend_on_the_run() -> None:
    """The same graph gives the same text, ids included."""
    assert draw(neuron()).source == draw(neuron()).source
    assert draw(Value(1.0)).source.count("n0") == 2


@pytest.mark.parametrize(("width", "fills"), [(500, False), (1000, True), (3000, False)])
def test_an_image_that_is_a_little_too_wide_for_a_page_fills_its_place(
    width: int, fills: bool
) -> None:
    """A small one keeps its size, and so does one that would be too small to read: it is
    scrolled.
    """
    svg = (
        f'<svg width="{width}pt" height="300pt" viewBox="0 0 {width} 300" class="a"><g '
        'height="3pt"/></svg>'
    )
    narrowed = f'<svg width="100%" viewBox="0 0 {width} 300" class="a"><g height="3pt"/></svg>'
    assert fitting(svg) == (narrowed if fills else svg)


def test_inside_a_page_a_picture_is_narrowed_only_as_far_as_it_can_be_read(renderer: str) -> None:
    """Beyond that its own box is scrolled; a file of its own, and paper, know no such limit."""
    picture = draw(neuron())
    (data,) = re.findall(
        r'src="data:image/svg\+xml;base64,(.+?)"', picture._repr_mimebundle_()["text/html"]
    )
    natural = re.search(r' width="(\d+)pt"', picture.svg())
    assert natural is not None
    assert (
        f"max-width:100%;height:auto;--ac-least:{0.7 * int(natural[1]):.0f}pt"
        in base64.b64decode(data).decode("utf-8")
    )
    assert "@media screen{svg.autograd-core:not(:root){min-width:var(--ac-least)}}" in picture.svg()


def test_in_a_browser_the_page_lays_out(monkeypatch: pytest.MonkeyPatch) -> None:
    """By its function; the error without one says how to get it, and one of the page is told."""
    page = types.ModuleType("js")
    monkeypatch.setitem(sys.modules, "js", page)
    monkeypatch.setattr(rendering.sys, "platform", rendering.BROWSER)
    with pytest.raises(rendering.RenderError, match=r"globalThis\.autogradCoreLayout = "):
        draw(Value(2.0, "x") * 3.0).svg()
    page.autogradCoreLayout = lambda dot, format: f"<{format}>σ {dot[:7]}"  # type: ignore[attr-defined]
    assert rendering.render("digraph", "svg") == "<svg>σ digraph".encode()
    page.autogradCoreLayout = lambda dot, format: 1 / 0  # type: ignore[attr-defined]
    with pytest.raises(rendering.RenderError, match="division by zero"):
        rendering.render("digraph")
