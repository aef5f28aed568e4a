"""`explore` and `draw` in JupyterLab and in Jupyter Notebook 7: open, run all, click, step,
type, compare the text.
"""

from __future__ import annotations

import importlib.util
import json
import os
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from autograd_core import Value, draw, explore

ROOT = Path(__file__).parent.parent.parent
pytest.importorskip("graphviz")
By = pytest.importorskip("selenium.webdriver.common.by", reason="selenium is not installed").By
Keys = pytest.importorskip(
    "selenium.webdriver.common.keys", reason="selenium is not installed"
).Keys
for package in ("anywidget", "ipykernel"):
    if importlib.util.find_spec(package) is None:
        pytest.skip(f"{package} is not installed", allow_module_level=True)

pytestmark = pytest.mark.slow

CELLS = [
    "from autograd_core import Value, draw, explore\n"
    "w, x = Value(-1.5, 'w', role='parameter'), Value(2.0, 'x')\n"
    "z = w * x; z.label = 'z'\n"
    "loss = z ** 2; loss.label = 'loss'\n"
    "loss.backward()",
    "draw(loss)",
    "explore(loss)",
]


def notebook() -> dict[str, Any]:
    cells = [
        {
            "cell_type": "code",
            "id": f"cell{k}",
            "metadata": {},
            "execution_count": None,
            "outputs": [],
            "source": source,
        }
        for k, source in enumerate(CELLS)
    ]
    kernel = {"kernelspec": {"name": "python3", "display_name": "Python 3", "language": "python"}}
    return {"cells": cells, "metadata": kernel, "nbformat": 4, "nbformat_minor": 5}


def foreign() -> dict[str, Any]:
    """The notebook as somebody else ran it."""
    loss = Value(-1.5, "w") ** 2
    loss.backward()
    saved = notebook()
    for cell, shown in zip(saved["cells"][1:], (draw(loss), explore(loss)), strict=True):
        data = shown._repr_mimebundle_()
        cell["outputs"] = [
            {"output_type": "execute_result", "execution_count": 1, "metadata": {}, "data": data}
        ]
    return saved


# The module of each application, the class of its settings, the address of the notebook in it.
APPLICATIONS = {
    "JupyterLab": ("jupyterlab", "LabApp", "lab/tree/steps.ipynb"),
    "Notebook 7": ("notebook", "JupyterNotebookApp", "notebooks/steps.ipynb"),
}


@pytest.fixture(scope="module", params=APPLICATIONS)
def address(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[str]:
    """An application of its own, with the notebook in it; the address of the notebook."""
    module, settings, page = APPLICATIONS[request.param]
    if importlib.util.find_spec(module) is None:
        pytest.skip(f"{module} is not installed")
    folder = tmp_path_factory.mktemp("lab")
    (folder / "steps.ipynb").write_text(json.dumps(notebook()), "utf-8")
    (folder / "foreign.ipynb").write_text(json.dumps(foreign()), "utf-8")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    places = {
        name: str(folder / name)
        for name in ("JUPYTER_CONFIG_DIR", "JUPYTER_DATA_DIR", "JUPYTER_RUNTIME_DIR", "IPYTHONDIR")
    }
    search = os.pathsep.join([str(ROOT), *filter(None, [os.environ.get("PYTHONPATH")])])
    options = [
        "--no-browser",
        "--allow-root",
        f"--port={port}",
        "--port-retries=0",
        "--IdentityProvider.token=",
        f"--{settings}.expose_app_in_browser=True",
        f"--ServerApp.root_dir={folder}",
    ]
    with (folder / "log").open("wb") as log:
        server = subprocess.Popen(
            [sys.executable, "-m", module, *options],
            cwd=folder, stdout=log, stderr=log, env=os.environ | places | {"PYTHONPATH": search},
        )  # fmt: skip
        try:
            server_address = f"http://127.0.0.1:{port}"
            _wait(lambda: _answers(f"{server_address}/api/status"), 60.0)
            yield f"{server_address}/{page}"
        finally:
            server.terminate()
            try:
                server.wait(30)
            except subprocess.TimeoutExpired:  # it waits for the kernels that the notebooks started
                server.kill()
                server.wait(20)


def _answers(address: str) -> bool:
    try:
        return urllib.request.urlopen(address, timeout=2).status == 200  # type: ignore[no-any-return]
    except OSError:
        return False


def _wait(done: Callable[[], Any], seconds: float) -> Any:
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if found := done():
            return found
        time.sleep(0.2)
    raise AssertionError(f"nothing happened within {seconds:g} seconds")


@pytest.fixture(scope="module")
def page(address: str, open_browser: Callable[..., Any]) -> Iterator[Any]:
    """The notebook, all of its cells run."""
    browser = open_browser()
    browser.get(address)
    ready = (
        "return !!(window.jupyterapp && document.querySelectorAll('.jp-Notebook "
        ".jp-Cell').length >= 3)"
    )
    _wait(lambda: browser.execute_script(ready), 90.0)
    idle = (
        "const widget = [...window.jupyterapp.shell.widgets('main')].find((one) => "
        "one.sessionContext);"
        "return widget?.sessionContext?.session?.kernel?.status === 'idle'"
    )
    _wait(lambda: browser.execute_script(idle), 60.0)
    browser.get_log("browser")  # what JupyterLab itself said while it started
    browser.execute_script("window.jupyterapp.commands.execute('notebook:run-all-cells')")
    _wait(
        lambda: browser.find_elements(
            By.CSS_SELECTOR, ".jp-OutputArea .autograd-core-stepper .controls button"
        ),
        60.0,
    )
    yield browser
    browser.get("about:blank")  # the server waits for those who still listen


def text(page: Any) -> str:
    return page.find_element(By.CSS_SELECTOR, ".autograd-core-stepper .words").text  # type: ignore[no-any-return]


def to_the_backward_pass(page: Any) -> None:
    while "has its whole gradient" not in text(page):
        page.find_element(By.CSS_SELECTOR, 'button[aria-label^="one step on"]').click()


def test_the_picture_is_inside_the_page(page: Any) -> None:
    """With tooltips, not as an image."""
    assert page.find_elements(
        By.CSS_SELECTOR,
        '.jp-OutputArea-output svg g[aria-label="w: value −1.5, gradient −12"] title',
    )


def test_the_live_stepper_steps(page: Any) -> None:
    """By button, by key, by a click on a card."""
    page.find_element(By.CSS_SELECTOR, 'button[aria-label^="one step on"]').click()
    assert text(page).startswith("z = w·x = ")
    to_the_backward_pass(page)
    assert text(page).splitlines() == [
        "loss has its whole gradient, +1.00, and sends it on:",
        "to z: local −6.00 × upstream 1.00 = −6.00, where local = dloss/dz = 2z = "
        "2 × (−3.00) = −6.00",
    ]
    page.switch_to.active_element.send_keys(Keys.ARROW_RIGHT)
    assert "to w: local 2.00 × upstream −6.00 = −12.0" in text(page)
    page.find_element(
        By.CSS_SELECTOR, '.autograd-core-stepper g[aria-label^="loss: value"]'
    ).click()
    assert text(page).startswith("loss has its whole gradient")


def test_numbers_can_be_typed_and_everything_follows(page: Any) -> None:
    """Values and gradients are computed by Python; the step stays where it was."""
    to_the_backward_pass(page)
    page.find_element(
        By.CSS_SELECTOR, '.autograd-core-stepper g[aria-label^="loss: value"]'
    ).click()
    field = page.find_element(By.CSS_SELECTOR, ".autograd-core-stepper .leaves input")
    field.send_keys(Keys.CONTROL, "a")
    field.send_keys("3")
    found = '.autograd-core-stepper g[aria-label="w: value 3, gradient 24"]'
    _wait(lambda: page.find_elements(By.CSS_SELECTOR, found), 20.0)
    assert text(page).splitlines()[1] == (
        "to z: local 12.0 × upstream 1.00 = 12.0, where local = dloss/dz = 2z = 2 × 6.00 = 12.0"
    )
    assert page.switch_to.active_element == field
    assert page.find_element(By.CSS_SELECTOR, ".autograd-core-stepper .problem").text == ""


def test_nothing_is_said_in_the_console(page: Any, tmp_path: Path) -> None:
    """No error since the cells were run; and the page can be photographed."""
    errors = [entry["message"] for entry in page.get_log("browser") if entry["level"] == "SEVERE"]
    assert errors == []
    folder = Path(os.environ.get("SCREENSHOTS", tmp_path))
    assert page.save_screenshot(str(folder / "jupyterlab.png"))


def reopened(page: Any, address: str) -> list[str]:
    """The notebook, saved and opened anew without its kernel."""
    kernel = (
        "window.jupyterapp.commands.execute('docmanager:save')"
        ".then(() => window.jupyterapp.serviceManager.sessions.shutdownAll())"
        ".then(() => arguments[0]())"
    )
    page.execute_async_script(kernel)
    return outputs(page, address, "svg.autograd-core")


def outputs(page: Any, address: str, picture: str = "svg.autograd-core, img") -> list[str]:
    """What each output with a picture says, once the notebook is open and shows them."""
    page.get("about:blank")
    page.get(address)
    shown = (
        "const notebook = window.jupyterapp?.shell.currentWidget;"
        "if (notebook?.context?.path !== arguments[0]) return false;"
        "const found = [...notebook.node.querySelectorAll('.jp-OutputArea-output')]"
        f".filter((output) => output.querySelector('{picture}'));"
        "return found.length === 2 && found.map((output) => output.innerText)"
    )
    return _wait(lambda: page.execute_script(shown, address.split("/")[-1]), 60.0)  # type: ignore[no-any-return]


def test_a_saved_notebook_shows_its_pictures_and_steps_without_a_kernel(
    page: Any, address: str
) -> None:
    """The numbers can no longer be typed; nothing asks for a model."""
    drawn, stepped = reopened(page, address)
    assert "How the gradient of loss flows back" in drawn
    assert "not found" not in drawn + stepped
    to_the_backward_pass(page)
    assert text(page).startswith("loss has its whole gradient")
    assert not page.find_elements(By.CSS_SELECTOR, ".autograd-core-stepper .leaves input")


def test_a_notebook_of_somebody_else_shows_the_pictures(page: Any, address: str) -> None:
    """Before it is trusted, no script runs: the drawings are images, and not their letters."""
    assert outputs(page, address.replace("steps", "foreign")) == ["", ""]
    images = page.find_elements(By.CSS_SELECTOR, ".jp-OutputArea-output img")
    assert [image.size["width"] > 300 for image in images if image.is_displayed()] == [True, True]
