"""The page of docs/export.md predicts the rows of a table in a browser."""

from __future__ import annotations

import re
import threading
from collections.abc import Callable, Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from nn import MLP, export
from nn.files.documents import dumped
from nn.files.serialization import model_document

pytest.importorskip("ziglang")
By = pytest.importorskip("selenium.webdriver.common.by", reason="selenium is not installed").By
PAGE = Path(__file__).parents[2] / "docs" / "export.md"
COLUMNS = [
    {"name": "size in cm", "mean": 3.0, "scale": 2.0, "unknown": True},
    {"name": "colour", "texts": ["green", "red"], "unknown": True},
]


class Quiet(SimpleHTTPRequestHandler):
    def log_message(self, *arguments: Any) -> None:
        """Say nothing."""


@pytest.fixture
def address(tmp_path: Path) -> Iterator[str]:
    """A folder with the page and a module, served."""
    [page] = re.findall(r"^```html\n(.*?)^```", PAGE.read_text("utf-8"), re.DOTALL | re.MULTILINE)
    (tmp_path / "index.html").write_text(page, "utf-8")
    model = model_document(MLP(5, [4, 2], output="linear", seed=3))
    table = {"target": {"name": "kind", "texts": ["apple", "pear"]}, "columns": COLUMNS}
    (tmp_path / "model.json").write_text(dumped(model | {"table": table}), "utf-8")
    export(tmp_path / "model.json", tmp_path / "model.mjs")
    export(tmp_path / "model.json", tmp_path / "model.py")
    server = ThreadingHTTPServer(("localhost", 0), partial(Quiet, directory=tmp_path))
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://localhost:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()


def test_the_page_predicts_what_is_typed(
    open_browser: Callable[..., Any], address: str, tmp_path: Path
) -> None:
    names: dict[str, Any] = {}
    exec((tmp_path / "model.py").read_text("utf-8"), names)
    browser = open_browser()
    browser.get(address)
    browser.implicitly_wait(10)
    fields = browser.find_elements(By.CSS_SELECTOR, "label input")
    assert [field.get_attribute("name") for field in fields] == ["size in cm", "colour"]
    for size, colour in (("1,234.5", " RED "), ("?", "violet"), ("2.5", "")):
        for field, text in zip(fields, (size, colour), strict=True):
            field.clear()
            field.send_keys(text or " ")
        shares = names["predict"]({"size in cm": size, "colour": colour})
        right = [f"{name}: {100.0 * p:.1f} %" for name, p in shares.items()]
        assert browser.find_element(By.TAG_NAME, "output").text.splitlines() == right
    errors = [entry for entry in browser.get_log("browser") if entry["level"] == "SEVERE"]
    assert [entry for entry in errors if "favicon" not in entry["message"]] == []
