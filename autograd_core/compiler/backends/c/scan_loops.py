"""A scan as the text of C: a `for` loop over its rounds, down to the first where it is reversed.

`state_before` is the array of a state before each round, and `y0_at` that of the first result.
"""

from __future__ import annotations

import re
from array import array
from collections.abc import Sequence

from ...ir.scans import Scan
from ..expressions import SIGN, Text
from ..naming import names_of_inputs
from .formulas import constant

COUNTERS = ("k", "i", "j", "l", "m")
"""The numbers of the round, from the outermost loop on."""


class Names:
    """The names in the loop of a scan, the n-th of a file; none is among those that are taken."""

    def __init__(self, scan: Scan, n: int, taken: set[str]) -> None:
        def own(name: str) -> str:
            name = name if name not in taken else f"{name}_{n}"
            while name in taken:
                name += "_"
            taken.add(name)
            return name

        found = names_of_inputs(scan.body, frozenset())
        inputs = [found[i] for i in scan.body.inputs]
        self.states = [own(x) for x in inputs[: scan.states]]
        self.next = [own(f"{x}_next") for x in self.states]
        self.entries = [own(x) for x in inputs[scan.states :][: len(scan.tables) + scan.columns]]
        self.before = [own(f"{self.states[j]}_before") for j in scan.history]
        self.series = [own(f"y{j}_at") for j in range(scan.series)]
        self.ending = f"_{n}"
        """What the names of the variables of a round end with."""

    @property
    def arrays(self) -> list[str]:
        return [*self.series, *self.before]


def top(scan: Scan, names: Names, k: str, given: Sequence[str]) -> list[str]:
    """The lines before those of a round, in which `given` are the states at first."""
    text = f"{scan.rounds} rounds"
    text += ", from the last to the first" if scan.reverse else ""
    if names.before:
        text += f"; {names.before[0]}[{k}] is {names.states[scan.history[0]]} before round {k}"
    ways = f"{k} = {scan.rounds - 1}; {k} >= 0; {k}--", f"{k} = 0; {k} < {scan.rounds}; {k}++"
    return [
        f"/* {text} */",
        *[f"double {x} = {y};" for x, y in zip(names.states, given, strict=True)],
        f"for (long {ways[not scan.reverse]}) {{",
    ]


def kept(scan: Scan, names: Names, k: str) -> list[str]:
    """The first lines of a round: what the states are before it."""
    pairs = zip(names.before, scan.history, strict=True)
    return [f"{before}[{k}] = {names.states[j]};" for before, j in pairs]


def bottom(scan: Scan, names: Names, k: str, outputs: Sequence[Text]) -> list[str]:
    """The last lines of a round: its results, and the next states, which may read the present."""
    after, series = outputs[: scan.states], outputs[scan.states :]
    lines = [f"{y}[{k}] = {text};" for y, (text, _) in zip(names.series, series, strict=True)]
    first: list[str] = []
    last: list[str] = []
    for state, own, (text, _) in zip(names.states, names.next, after, strict=True):
        if text == state:
            continue
        reads_no_state = re.fullmatch(r"-?[\w.]+", text) and text not in names.states
        if len(after) > 1 and not reads_no_state:
            first.append(f"const double {own} = {text};")
            text = own
        last.append(f"{state} = {text};")
    return [*lines, *first, *last]


def evenly(xs: Sequence[float], k: str) -> Text | None:
    """Numbers such as 3, 4, 5, … as an expression of the round; None if they are others."""
    if len({*map(float.hex, xs)}) == 1:
        return constant(xs[0])
    first, step = xs[0], xs[1] - xs[0] if len(xs) > 1 else 0.0
    if not (first.is_integer() and step.is_integer() and abs(first) + len(xs) * abs(step) < 1e9):
        return None
    whole = range(len(xs))
    if array("d", [first + step * k for k in whole]).tobytes() != array("d", xs).tobytes():
        return None
    text = k if step == 1.0 else f"{step:.0f} * {k}"
    text += f" {'+' if first > 0.0 else '-'} {abs(first):.0f}" if first else ""
    return (f"(double)({text})" if text != k else f"(double){k}"), SIGN
