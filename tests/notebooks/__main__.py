"""Run the notebooks and save them with their outputs: python -m tests.notebooks [the beginning of a name …]."""

from __future__ import annotations

import base64
import io
import os
import sys
import time
from pathlib import Path
from typing import Any

import jupytext
import nbclient
import nbformat
from PIL import Image

ROOT = Path(__file__).parents[2]

# Pictures also as PNG, for readers that show no SVG of a page that they do not trust yet.
PREPARATION = """
import base64
from autograd_core.drawing.picture import Picture
def _with_png(self, include=None, exclude=None, *, bundle=Picture._repr_mimebundle_, **_):
    return bundle(self) | {"image/png": base64.b64encode(self.pipe("png")).decode("ascii")}
Picture._repr_mimebundle_ = _with_png
"""


def saved(source: Path) -> Path:
    """Run a notebook from top to bottom, and write it beside its source."""
    notebook: Any = jupytext.read(source)
    beside = {"metadata": {"path": str(source.parent)}}  # where `course` is
    client = nbclient.NotebookClient(notebook, timeout=300, kernel_name="python3", resources=beside)
    with client.setup_kernel():
        notebook.cells.insert(0, nbformat.v4.new_code_cell(PREPARATION))
        client.execute_cell(notebook.cells[0], 0, store_history=False)
        del notebook.cells[0]
        for number, cell in enumerate(notebook.cells):
            client.execute_cell(cell, number)
    for number, cell in enumerate(notebook.cells):
        cell["id"] = f"cell-{number + 1}"
        cell.metadata.pop("execution", None)
        cell["outputs"] = (
            [_lighter(output) for output in cell.get("outputs", [])]
            if cell.cell_type == "code"
            else None
        )
        if cell["outputs"] is None:
            del cell["outputs"]
    notebook.metadata = {
        "kernelspec": notebook.metadata["kernelspec"],
        "language_info": {"name": "python"},
    }
    path = source.with_suffix(".ipynb")
    nbformat.write(notebook, path)
    return path


def _lighter(output: Any) -> Any:
    """An output that is quick to load. The SVG as a part of the page is left out: it is there again when the cell runs."""
    data = output.get("data", {})
    if "image/svg+xml" in data:
        data.pop("text/html", None)
    if png := data.get("image/png"):
        data["image/png"] = _few_colours(png)
        if "text/html" in data:
            data["text/html"] = data["text/html"].replace(png.strip(), data["image/png"])
    return output


def _few_colours(png: str) -> str:
    """The same picture with 128 colours on white: a third of the size."""
    picture = Image.open(io.BytesIO(base64.b64decode(png))).convert("RGBA")
    flat = Image.alpha_composite(Image.new("RGBA", picture.size, "white"), picture).convert("RGB")
    file = io.BytesIO()
    flat.quantize(128).save(file, "png", optimize=True)
    return base64.b64encode(file.getvalue()).decode("ascii")


def main(beginnings: list[str]) -> None:
    os.environ["PYTHONPATH"] = str(ROOT)
    os.environ["PYTHONWARNINGS"] = "default"
    for source in sorted((ROOT / "notebooks").glob("[0-9]*.py")):
        if not beginnings or any(source.name.startswith(beginning) for beginning in beginnings):
            started = time.perf_counter()
            path = saved(source)
            print(
                f"{path.name}: {time.perf_counter() - started:.1f} s, {path.stat().st_size / 1000:.0f} kB"
            )


if __name__ == "__main__":
    main(sys.argv[1:])
