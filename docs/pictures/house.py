"""`python docs/pictures/house.py`: the picture of docs/architecture.md. Its boxes are those of
tests/floors.py, its arrows the imports of the files.
"""

from __future__ import annotations

import sys
import textwrap
from itertools import pairwise
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[2]))

from autograd_core.drawing.render.graphviz_program import render
from tests.floors import FLOORS
from tests.imports import PACKAGES, SOURCES, imports, module_name

FOLDER = Path(__file__).parent
FILLS = {"autograd_core": "#dbe7ff", "nn": "#ffe8cc"}
INK, LINE = "#1f2937", "#808890"  # the line can be seen on white and on black
FONT = 11
LETTERS = 36  # in a line of a box


def part_of(module: str) -> str:
    """The box that a module belongs to: the file or folder in its package."""
    package, *inside = module.split(".")
    stem = inside[0] if inside else "__init__"
    return f"{package}.{stem if any(stem in x.split() for x in FLOORS[package]) else '__init__'}"


def arrows() -> set[tuple[str, str]]:
    """Who imports whom, without the arrows that follow from others."""
    below: dict[str, set[str]] = {}
    for path in SOURCES:
        own = part_of(module_name(path))
        below.setdefault(own, set()).update(part_of(module) for module, _ in imports(path))
    for own, others in below.items():
        others.discard(own)

    def reached(start: str) -> set[str]:
        found, waiting = set[str](), [start]
        while waiting:
            for other in below[waiting.pop()] - found:
                found.add(other)
                waiting.append(other)
        return found

    return {
        (own, other)
        for own, others in below.items()
        for other in others
        if not any(other in reached(between) for between in others - {other})
    }


def box(part: str) -> str:
    """A box with the name of the part, and its own floors, the highest first."""
    package, _, name = part.partition(".")
    floors = [
        " ".join(x for x in floor.split() if x != "__init__")
        for floor in reversed(FLOORS.get(part, []))
    ]
    lines = textwrap.wrap(" | ".join(filter(None, floors)), LETTERS)
    title = package if name == "__init__" else name + ("/" if part in FLOORS else ".py")
    inside = "".join(f"<BR/>{line}" for line in lines)
    small = f'<FONT POINT-SIZE="{FONT - 1}">{inside}</FONT>' if inside else ""
    label = f"<<B>{title}</B>{small}>"
    return f'"{part}" [label={label}, fillcolor="{FILLS[package]}"];'


def dot() -> str:
    """The picture as DOT: a row for each floor, the highest on top."""
    lines = [
        'digraph { bgcolor="transparent"; nodesep=0.12; ranksep=0.25; newrank=true;',
        f'node [shape=box, style="rounded,filled", fontname=Arial, fontsize={FONT}, '
        f'color="{LINE}", fontcolor="{INK}", margin="0.1,0.06"];',
        f'edge [color="{LINE}", arrowsize=0.6];',
    ]
    rows = [
        [f"{package}.{part}" for part in floor.split()]
        for package in reversed(PACKAGES)
        for floor in reversed(FLOORS[package])
    ]
    lines += [f"{{ rank=same; {' '.join(map(box, row))} }}" for row in rows]
    lines += [f'"{upper[0]}" -> "{lower[0]}" [style=invis];' for upper, lower in pairwise(rows)]
    lines += [f'"{own}" -> "{other}";' for own, other in sorted(arrows())]
    return "\n".join([*lines, "}"]) + "\n"


def main(folder: Path) -> None:
    (folder / "house.dot").write_text(dot(), "utf-8")
    (folder / "house.svg").write_bytes(render(dot()))


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else FOLDER)
