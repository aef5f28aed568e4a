"""Pages whose cells can be run: the notebooks, with what their cells gave when they were run, and
other pages, whose blocks of Python are run when the site is built.
"""

from __future__ import annotations

import base64
import html
import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from cells import Cells

NOTES = {
    "": "Run the cells here, in your browser, and change them. A page has no matplotlib, NumPy or "
    "scikit-learn: plots, and what needs these packages, are shown as they were when it was made.",
    ".ja": "このページのセルは、ブラウザーの中で実行し、書き換えることができます。"
    "ここには matplotlib、NumPy、scikit-learn がないため、グラフはページを作ったときのものです。",
    ".vi": "Bạn có thể chạy và sửa các ô ngay trong trình duyệt. Trang này không có matplotlib, "
    "NumPy và scikit-learn: các đồ thị được giữ nguyên như khi trang được tạo.",
}
"""What stands beneath the title, by the language."""
ANSWERS = {"": "Show the answers", ".ja": "解答を見る", ".vi": "Xem lời giải"}
SUFFIXES = {"image/svg+xml": ".svg", "image/png": ".png"}


def page(notebook: Path, folder: Path) -> str:
    """The page of a notebook, in Markdown; its pictures are written into a folder beside it."""
    cells = json.loads(notebook.read_text("utf-8"))["cells"]
    language = Path(notebook.stem).suffix
    first, *rest = [
        "\n\n".join(_cell(cell, f"{notebook.stem}-{number}", folder, ANSWERS[language]))
        for number, cell in enumerate(cells, 1)
    ]
    note = f":::{{note}}\n{NOTES[language]}\n:::"
    return "\n\n".join([first, note, *rest]) + "\n"


def runnable(text: str, name: str, folder: Path) -> str:
    """A page of Markdown, its blocks of Python as cells, with what they give when they are run."""
    sent: list[tuple[str, str]] = []
    running = Cells(lambda kind, data: sent.append((kind, data)))

    def cell(block: re.Match[str]) -> str:
        sent.clear()
        if not running.run(block[1]):
            raise RuntimeError(f"{name}: {sent[-1][1]}")
        printed = "".join(data for kind, data in sent if kind == "text")
        outputs: list[Any] = [{"output_type": "stream", "text": printed}] if printed else []
        for kind, data in sent:
            if kind == "html":
                drawn = {"image/svg+xml": data, "text/plain": "the graph, drawn"}
                outputs.append({"output_type": "execute_result", "data": drawn})
        made = {
            "cell_type": "code",
            "source": block[1].rstrip(),
            "metadata": {},
            "outputs": outputs,
        }
        return "\n\n".join(_cell(made, f"{name}-{running.count}", folder, ""))

    return re.sub(r"^```python\n(.*?)^```", cell, text, flags=re.DOTALL | re.MULTILINE)


def _cell(cell: dict[str, Any], name: str, folder: Path, answers: str) -> Iterator[str]:
    source = "".join(cell["source"])
    if cell["cell_type"] == "markdown":
        yield source
        return
    hidden = cell["metadata"].get("jupyter", {}).get("source_hidden")
    if hidden:
        yield f"<details><summary>{answers}</summary>"
    yield f'<div class="cell">\n\n``````python\n{source}\n``````\n\n<div class="output">'
    for k, output in enumerate(cell["outputs"]):
        yield from _output(output, f"{name}-{k}", folder)
    yield "</div>\n</div>"
    if hidden:
        yield "</details>"


def _output(output: dict[str, Any], name: str, folder: Path) -> Iterator[str]:
    if output["output_type"] == "stream":
        yield _raw(f'<pre data-kind="text">{html.escape("".join(output["text"]))}</pre>')
        return
    data = {kind: "".join(text) for kind, text in output["data"].items()}
    kind = next((kind for kind in SUFFIXES if kind in data), "")
    if kind:
        yield _picture(data, kind, folder / f"{name}{SUFFIXES[kind]}")
    elif "text/html" in data:
        yield _raw(f'<div data-kind="html">{data["text/html"]}</div>')
    elif "text/latex" in data:
        yield f'<div data-kind="latex">\n\n{data["text/latex"]}\n\n</div>'
    else:
        yield _raw(f'<pre data-kind="text">{html.escape(data["text/plain"])}</pre>')


def _picture(data: dict[str, str], kind: str, path: Path) -> str:
    """A picture, with what it shows in words; a plot of matplotlib is marked as such."""
    path.parent.mkdir(parents=True, exist_ok=True)
    svg = kind == "image/svg+xml"
    path.write_bytes(data[kind].encode() if svg else base64.b64decode(data[kind]))
    told = re.search(r'alt="([^"]*)"', data.get("text/html", ""))
    words = html.unescape(told[1]) if told else data["text/plain"].strip("<>")
    words = re.sub(r"([\\\[\]*_`<>$])", r"\\\1", " ".join(words.split()))
    image = f"![{words}]({path.parent.name}/{path.name})"
    return f'<div data-kind="{"html" if svg else "plot"}">\n\n{image}\n\n</div>'


def _raw(text: str) -> str:
    fence = "`" * 12
    return f"{fence}{{raw}} html\n{text}\n{fence}"
