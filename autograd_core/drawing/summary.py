"""A graph too large for cards, in numbers: what each of its parts is made of, found in one pass."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field

from ..modes import Group
from ..node import Node
from .canvas import Canvas, escaped
from .grouping import groups
from .notation import number
from .theme import Scale

LONGEST = 16


@dataclass
class Part:
    """A group of nodes: how many there are of each operation and of each kind of leaf, and the size of the gradients."""

    name: str
    nodes: int = 0
    operations: Counter[str] = field(default_factory=Counter)
    leaves: Counter[str] = field(default_factory=Counter)
    squares: float = 0.0
    gradients: int = 0
    not_finite: int = 0

    @property
    def rms(self) -> float | None:
        """The root of the mean square of `.grad` of the parameters; None before a backward pass."""
        return math.sqrt(self.squares / self.gradients) if self.gradients else None

    def add(self, node: Node) -> None:
        self.nodes += 1
        if not math.isfinite(node._data):
            self.not_finite += 1
        if node._operation is not None:
            row = node._operation
            self.operations[row.name if row.symbol == "·" else row.symbol] += 1
            return
        self.leaves[node.role] += 1
        if node._grad is not None and node.role == "parameter":
            self.squares += node._grad**2 if abs(node._grad) < 1e154 else math.inf
            self.gradients += 1


@dataclass(frozen=True)
class Summary:
    """The whole graph, and its parts in the order of computation."""

    name: str
    value: float
    nodes: int
    parts: tuple[Part, ...]


def summary(name: str, forward: Sequence[Node]) -> Summary:
    """The counts for the graph whose nodes are in `forward`."""
    member = groups(forward)
    paths = {group: _path(group) for group in set(member.values())}
    depth = max(map(len, paths.values()), default=0)
    while depth > 1 and len({path[:depth] for path in paths.values()}) > LONGEST:
        depth -= 1
    parts: dict[tuple[str, ...], Part] = {}
    of = {group: parts.setdefault(path[:depth], Part(" / ".join(path[:depth]))) for group, path in paths.items()}
    outside = Part("outside any group")
    order: dict[int, Part] = {}
    for node in forward:
        group = member.get(node)
        part = outside if group is None else of[group]
        part.add(node)
        if node._operation is not None:
            order.setdefault(id(part), part)
    idle = [part for part in (*parts.values(), outside) if part.nodes and id(part) not in order]
    return Summary(name, forward[-1]._data, len(forward), _shortened([*idle, *order.values()]))


def _shortened(parts: list[Part]) -> tuple[Part, ...]:
    """At most so many parts as can be read, the last standing for the smallest."""
    if len(parts) <= LONGEST:
        return tuple(parts)
    kept = sorted(parts, key=lambda part: part.nodes, reverse=True)[: LONGEST - 1]
    rest = Part(f"{len(parts) - len(kept)} smaller groups")
    for part in parts:
        if all(part is not one for one in kept):
            rest.nodes += part.nodes
            rest.operations += part.operations
            rest.leaves += part.leaves
            rest.squares += part.squares
            rest.gradients += part.gradients
            rest.not_finite += part.not_finite
    return (*[part for part in parts if any(part is one for one in kept)], rest)


def _path(group: Group) -> tuple[str, ...]:
    names: list[str] = []
    part: Group | None = group
    while part is not None:
        names.append(part.name)
        part = part.parent
    return tuple(reversed(names))


def source(found: Summary, title: str, theme: str = "auto") -> str:
    """The DOT text of a summary: one table."""
    canvas = Canvas(theme, Scale.of([]))
    c = canvas.colour
    lines = [
        f"{found.nodes:,} nodes, too many for a card each. To see a part of them: draw(value, focus=node, steps=2).",
        f"Result: {found.name} = {number(found.value)}",
    ]
    head = "".join(
        f'<TD ALIGN="LEFT">{canvas.text(name, "muted", 9)}</TD>'
        for name in ("part", "nodes", "operations", "leaves", "rms of .grad of its parameters")
    )
    rows = "".join(f"<TR>{''.join(_cells(part, canvas))}</TR>" for part in found.parts)
    table = (
        f'<TABLE BORDER="1" COLOR="{c["border"]}" CELLBORDER="0" CELLSPACING="4" CELLPADDING="3" STYLE="ROUNDED" '
        f'BGCOLOR="{c["card"]}"><TR>{head}</TR>{rows}</TABLE>'
    )
    return (
        f'digraph autograd {{\ngraph [bgcolor="{c["page"]}" fontname="Arial" pad=0.25 labeljust=l labelloc=t '
        f"label=<{canvas.heading(title, lines, '', '')}>]\n"
        f'node [fontcolor="{c["ink"]}" fontname="Arial" fontsize=10 shape=plain]\n'
        f'"summary" [id="summary" label=<{table}>]\n}}\n'
    )


def _cells(part: Part, canvas: Canvas) -> list[str]:
    common = part.operations.most_common(5)
    operations = "   ".join(f"{escaped(symbol)} {count:,}" for symbol, count in common)
    if len(part.operations) > len(common):
        operations += f"   others {sum(part.operations.values()) - sum(count for _, count in common):,}"
    leaves = ", ".join(f"{count:,} {role}{'s' * (count > 1)}" for role, count in part.leaves.items())
    rms = "not computed" if part.rms is None and part.leaves["parameter"] else number(part.rms) if part.rms is not None else ""
    cells = [
        f'<TD ALIGN="LEFT">{canvas.text(escaped(part.name, 40), bold=True)}</TD>',
        f'<TD ALIGN="RIGHT">{canvas.text(f"{part.nodes:,}")}</TD>',
        *(f'<TD ALIGN="LEFT">{canvas.text(text or "–")}</TD>' for text in (operations, leaves, rms)),
    ]
    if part.not_finite:
        cells.append(
            f'<TD BGCOLOR="{canvas.colour["alarm"]}">{canvas.text(f"⚠ {part.not_finite:,} not finite", "on alarm")}</TD>'
        )
    return cells
