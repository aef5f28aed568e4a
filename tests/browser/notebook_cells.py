"""Runs the cells of a notebook as its page on the site does, without the packages that a page does
not have: python notebook_cells.py NOTEBOOK prints what each cell gave, as JSON.
"""

from __future__ import annotations

import importlib.util
import json
import sys
from importlib.machinery import ModuleSpec
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[2]
ABSENT = {"numpy", "scipy", "matplotlib", "sklearn", "pandas", "IPython", "anywidget"}


class Without:
    """The packages of a browser's Python: those that are absent there are not found."""

    def find_spec(self, name: str, *_: Any) -> ModuleSpec | None:
        if name.partition(".")[0] in ABSENT:
            raise ModuleNotFoundError(f"No module named {name!r}", name=name)
        return None


def main(notebook: Path) -> list[dict[str, Any]]:
    found = importlib.util.find_spec
    importlib.util.find_spec = lambda name, package=None: (  # type: ignore[assignment]
        None if name.partition(".")[0] in ABSENT else found(name, package)
    )
    sys.meta_path.insert(0, Without())  # type: ignore[arg-type]
    sys.path[:0] = [str(ROOT / "docs" / "site" / "browser"), str(ROOT / "notebooks"), str(ROOT)]
    import cells  # type: ignore[import-not-found]

    sent: list[tuple[str, str]] = []
    running = cells.Cells(lambda kind, data: sent.append((kind, data)))
    running.course()
    given = []
    for cell in json.loads(notebook.read_text("utf-8"))["cells"]:
        if cell["cell_type"] == "code":
            sent.clear()
            running.run("".join(cell["source"]))
            saved = [x for x in cell["outputs"] if x["output_type"] == "stream"]
            given.append(
                {
                    "kinds": list(dict.fromkeys(kind for kind, _ in sent)),
                    "text": "".join(data for kind, data in sent if kind == "text"),
                    "error": "".join(data for kind, data in sent if kind == "error"),
                    "saved": "".join("".join(x["text"]) for x in saved),
                }
            )
    return given


if __name__ == "__main__":
    json.dump(main(Path(sys.argv[1])), sys.stdout)
