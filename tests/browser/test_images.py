"""Pictures as images, and pages made of notebooks: what README, the site and nbconvert show."""

from __future__ import annotations

import importlib.util
import io
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from autograd_core import Value, draw, explore

pytest.importorskip("graphviz")
Image = pytest.importorskip("PIL.Image", reason="Pillow is not installed")
By = pytest.importorskip("selenium.webdriver.common.by", reason="selenium is not installed").By

PICTURES = Path(__file__).parent.parent.parent / "docs" / "pictures"
SHOWN = ["one_neuron.svg", "network_after.svg", "compiler_groups.svg", "plots_loss.png"]


def neuron() -> Value:
    loss = (Value(-1.5, "w", role="parameter") * Value(2.0, "x")) ** 2
    loss.label = "loss"
    loss.backward()
    return loss


def pixels(browser: Any, source: str, ground: str, folder: Path) -> Any:
    """What a page of that colour shows of an image."""
    page = folder / "page.html"
    page.write_text(
        f'<!DOCTYPE html><body style="margin:0;background:{ground}">'
        f'<img src="{source}" style="width:790px">',
        "utf-8",
    )
    browser.get(page.as_uri())
    shot = Image.open(io.BytesIO(browser.find_element(By.TAG_NAME, "img").screenshot_as_png))
    left, top, right, bottom = shot.getbbox()
    return shot.convert("RGB").crop((left + 2, top + 2, right - 2, bottom - 2))  # no blended edge


def luminance(colour: tuple[int, int, int]) -> float:
    linear = [(c / 255 / 12.92 if c <= 10 else ((c / 255 + 0.055) / 1.055) ** 2.4) for c in colour]
    return sum(part * x for part, x in zip((0.2126, 0.7152, 0.0722), linear, strict=True))


@pytest.mark.slow
@pytest.mark.parametrize("dark", [False, True])
@pytest.mark.parametrize("name", SHOWN)
def test_an_image_can_be_read_on_any_page_whatever_the_system_prefers(
    open_browser: Callable[..., Any], tmp_path: Path, name: str, dark: bool
) -> None:
    """It has a ground of its own, so it looks the same on white and on dark; and letters differ
    from that ground as much as accessibility asks for.
    """
    browser = open_browser(dark=dark, motion=False)
    source = (PICTURES / name).as_uri()
    on_white = pixels(browser, source, "white", tmp_path)
    assert on_white.tobytes() == pixels(browser, source, "#0d1117", tmp_path).tobytes()
    found = sorted(on_white.getcolors(1 << 24), reverse=True)
    ground = luminance(found[0][1])
    others = [luminance(colour) for count, colour in found if count >= 20]
    contrast = max((max(x, ground) + 0.05) / (min(x, ground) + 0.05) for x in others)
    assert contrast >= 4.5


@pytest.mark.slow
def test_a_page_made_of_a_saved_notebook_steps_and_shows_its_pictures(
    open_browser: Callable[..., Any], tmp_path: Path
) -> None:
    for package in ("nbconvert", "matplotlib", "matplotlib_inline", "nbclient", "ipykernel"):
        if importlib.util.find_spec(package) is None:
            pytest.skip(f"{package} is not installed")
    import nbclient
    import nbconvert
    import nbformat

    cells = [
        "from autograd_core import Value, draw, explore\nfrom nn import History\n"
        "from nn.plots import plot_training\n"
        "loss = (Value(-1.5, 'w', role='parameter') * Value(2.0, 'x')) ** 2\n"
        "loss.label = 'loss'\nloss.backward()",
        "draw(loss)",
        "explore(loss)",
        "plot_training(History(loss=[2.0, 0.5]))",
    ]
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(cell) for cell in cells])
    nbclient.NotebookClient(notebook, timeout=120).execute()
    exporter = nbconvert.HTMLExporter(mathjax_url="", require_js_url="")
    (tmp_path / "page.html").write_text(exporter.from_notebook_node(notebook)[0], "utf-8")
    browser = open_browser()
    browser.get((tmp_path / "page.html").as_uri())
    browser.find_element(By.CSS_SELECTOR, 'button[aria-label^="one step on"]').click()
    assert len(browser.find_elements(By.CSS_SELECTOR, "svg.autograd-core")) == 2
    (plot,) = browser.find_elements(By.CSS_SELECTOR, "img.autograd-core-plot")
    assert plot.get_attribute("alt") == "Loss, epoch. training from 2 to 0.5."
    assert "not found" not in browser.find_element(By.TAG_NAME, "body").text


@pytest.mark.parametrize("theme", ["true", "false"])
def test_a_plot_follows_the_theme_of_a_notebook(
    open_browser: Callable[..., Any], tmp_path: Path, theme: str
) -> None:
    """In a dark one light and dark change places."""
    figure = pytest.importorskip("nn.plots.figure")
    white = Image.new("RGB", (40, 40), "white")
    white.save(tmp_path / "plot.png")
    (tmp_path / "page.html").write_text(
        f'<body data-jp-theme-light="{theme}" style="margin:0">{figure.DARK}'
        '<img class="autograd-core-plot" src="plot.png">',
        "utf-8",
    )
    browser = open_browser()
    browser.get((tmp_path / "page.html").as_uri())
    shot = browser.find_element(By.TAG_NAME, "img").screenshot_as_png
    colour = Image.open(io.BytesIO(shot)).convert("RGB").getpixel((20, 20))
    assert (max(colour) < 40) == (theme == "false")


def test_a_page_without_scripts_shows_the_drawings(
    open_browser: Callable[..., Any], tmp_path: Path
) -> None:
    """As images, with their titles as alternative texts."""
    loss = neuron()
    shown = [one._repr_mimebundle_()["text/html"] for one in (draw(loss), explore(loss))]
    policy = "default-src 'none'; style-src 'unsafe-inline'; img-src data:"
    (tmp_path / "page.html").write_text(
        f'<meta charset="utf-8"><meta http-equiv="Content-Security-Policy" content="{policy}">'
        + "".join(shown),
        "utf-8",
    )
    browser = open_browser()
    browser.get((tmp_path / "page.html").as_uri())
    images = browser.find_elements(By.TAG_NAME, "img")
    assert [image.size["width"] > 300 for image in images] == [True, True]
    assert images[0].get_attribute("alt") == "How the gradient of loss flows back"
    assert not browser.find_elements(By.TAG_NAME, "svg")
    browser.get_log("browser")  # of the scripts that were refused
