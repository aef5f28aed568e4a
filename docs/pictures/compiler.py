"""`python docs/pictures/compiler.py`: the pictures of docs/compiler.md, of the program that the
page itself compiles.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from autograd_core import Value, draw
from autograd_core.compiler.backends.base import Forms
from autograd_core.compiler.pipeline import ARRAYS
from autograd_core.compiler.tensorize.groups import (
    Grouped,
    operands_of,
    title,
)
from autograd_core.compiler.tensorize.matmul import Matmul
from autograd_core.drawing.render.graphviz_program import render

FOLDER = Path(__file__).parent
BLUE, GREY, LINE = "#dbe7ff", "#f3f4f6", "#6b7280"


def page() -> dict[str, Any]:
    """What the page's code defines, up to the first compiled call."""
    text = (FOLDER.parent / "compiler.md").read_text("utf-8")
    blocks = re.findall(r"^```python\n(.*?)^```", text, re.DOTALL | re.MULTILINE)
    names: dict[str, Any] = {}
    for block in blocks[:3]:
        exec(block, names)
    return names


def graph(names: dict[str, Any]) -> str:
    """The graph of the loss of one point, after its backward pass."""
    weights = [
        [Value(w, f"w{i + 1}{j + 1}") for j, w in enumerate(unit)]
        for i, unit in enumerate(names["weights"])
    ]
    loss = names["loss"](weights, names["points"][:1], names["targets"][:1])
    loss.label = "loss"
    loss.backward()
    return str(draw(loss, title="One point: the graph of the loss", constants=False).svg())


def groups(found: Grouped) -> str:
    """A box for each array operation; on each arrow, from what to what it goes."""
    lines = [
        f"digraph {{ rankdir=TB; bgcolor=white; nodesep=0.15; ranksep=0.3; edge [color={LINE!r}, "
        "arrowsize=0.6];".replace("'", '"'),
        'node [shape=box, style="rounded,filled", fontname=Arial, fontsize=11, color="#9ca3af", '
        'margin="0.12,0.06"];',
    ]
    lowered = found.lowered
    for i in lowered.inputs:
        name = lowered.names[i].partition("[")[0]
        lines.append(f'"{name}" [fillcolor="#fff3c4"];')
    for number, group in enumerate(found.groups):
        colour = BLUE if isinstance(group, Matmul) else GREY
        lines.append(f'{number} [label="{title(group)}", fillcolor="{colour}"];')
        read = {
            i
            for column in operands_of(group)
            for i in column
            if i >= 0 and i not in lowered.constants
        }
        sources = {
            str(found.home[i]) if i in found.home else f'"{lowered.names[i].partition("[")[0]}"'
            for i in read
        }
        lines += [f"{source} -> {number};" for source in sorted(sources)]
    return render("\n".join([*lines, "}"])).decode("utf-8")


def products(found: Grouped) -> str:
    """Each product as its matrices: a square for each scalar, with the name of what stands in
    it.
    """
    parts, x, y, width = [], 10, 0, 0
    for group in found.groups:
        if not isinstance(group, Matmul):
            continue
        if x > 300:
            x, y = 10, y + 230
        rows, inner, columns = group.shape
        parts.append(
            f'<text x="{x}" y="{y + 20}" font-size="13" font-weight="bold">({rows}, {inner}) @ '
            f"({inner}, {columns})</text>"
        )
        for matrix, sign in ((group.out, "="), (group.left, "@"), (group.right, "")):
            parts += squares([[name(found, i) for i in row] for row in matrix], x, y + 34)
            x += 40 * len(matrix[0]) + 24
            parts.append(f'<text x="{x - 19}" y="{y + 58}" font-size="14">{sign}</text>')
        x, width = x + 30, max(width, x)
    head = (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {y + 210}" '
        'font-family="Arial" role="img">'
    )
    label = "<title>The matrix products that were found, scalar by scalar</title>"
    return (
        "\n".join(
            [
                head,
                label,
                f'<rect width="{width}" height="{y + 210}" fill="white"/>',
                *parts,
                "</svg>",
            ]
        )
        + "\n"
    )


def squares(matrix: list[list[str]], x: int, y: int) -> Iterator[str]:
    for r, row in enumerate(matrix):
        for c, text in enumerate(row):
            left, top = x + 40 * c, y + 40 * r
            yield (
                f'<rect x="{left}" y="{top}" width="38" height="38" rx="4" fill="{BLUE}" '
                f'stroke="{LINE}" stroke-width="0.5"/>'
            )
            yield (
                f'<text x="{left + 19}" y="{top + 23}" font-size="11" '
                f'text-anchor="middle">{text}</text>'
            )


def name(found: Grouped, i: int) -> str:
    """w12 for weights[0][1], x12 for points[0][1], a constant as its number, ∂w12 for a result,
    d for what flows back.
    """
    lowered = found.lowered
    if i in lowered.constants:
        return f"{lowered.constants[i]:g}"
    if i in lowered.outputs:
        return "∂" + name(found, lowered.inputs[lowered.outputs.index(i)])
    if i in lowered.inputs:
        stem, *indices = re.findall(r"\w+", lowered.names[i])
        return {"weights": "w", "points": "x", "targets": "t"}[stem] + "".join(
            str(int(k) + 1) for k in indices
        )
    if lowered.names.get(i) == "sigmoid":
        return "h"
    first = min(
        k
        for k, group in enumerate(found.groups)
        if any(j in lowered.inputs for c in operands_of(group) for j in c)
    )
    forward = found.home[i] == first or any(
        lowered.names.get(j) == "sigmoid" for j in after(found, i)
    )
    return "z" if forward else "d"


def after(found: Grouped, i: int) -> list[int]:
    """The values that are computed from this one within three steps: a sigmoid is an
    exponential, a sum and a quotient.
    """
    reached = {i}
    for _ in range(4):
        reached |= {
            j for j, operands in enumerate(found.lowered.operands) if reached & set(operands)
        }
        reached |= {
            j
            for j, terms in found.lowered.terms.items()
            if any(u in reached or v in reached for _, u, v in terms)
        }
    return sorted(reached - {i})


def main(folder: Path) -> None:
    names = page()
    names["slopes"](names["weights"], names["points"], names["targets"])
    layout = Forms(names["slopes"].program).after(ARRAYS, "plan_memory")
    found = layout.grouped  # the layout decides which side of a product stands left
    for file, svg in (
        ("graph", graph(names)),
        ("groups", groups(found)),
        ("products", products(found)),
    ):
        (folder / f"compiler_{file}.svg").write_text(svg, "utf-8")


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else FOLDER)
