"""The text of a NumPy program, and the views of its buffers that the operations read and write."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

import numpy as np

from ....primitives import TABLE, Primitive
from ...tensorize.loop_nests import INPUTS, Contract, LoopNests, Map, Reference, Slot, evenly
from ..array_machine import vectorised
from ..naming import function_name

NUMPY = """
    array dot multiply add subtract negative reciprocal copyto where einsum empty full
    broadcast_to
""".split()
"""What the printer writes by itself. The functions of rows come from the rows."""

RESERVED = frozenset(
    [*NUMPY, "numbers", "rows", "inputs", "strided", "nan", "inf", "run", "read"]
    + [row.array for row in TABLE.values() if row.array]
)


class Source:
    """The text of a program in two parts, the views that are made once and the operations of
    each call.
    """

    def __init__(self, samples: int, stems: dict[Slot, str]) -> None:
        self.samples, self.stems = samples, stems
        self.setup: list[str] = []
        self.body: list[str] = []
        self.later: list[str] = []
        self.scope: dict[str, Any] = {}
        self.names: dict[object, str] = {}
        self.counts: dict[str, int] = {}
        self.turn = 0  # how many nests are written
        self.taken: dict[object, int] = {}  # when a gathered copy was taken
        self.written: dict[Slot, int] = {}  # when a slot was written last
        self.views: dict[str, str] = {}  # of the inputs alone, each with its text

    def name(self, stem: str) -> str:
        self.counts[stem] = self.counts.get(stem, 0) + 1
        return f"{stem}{self.counts[stem]}"

    def define(self, key: object, stem: str, text: str, of: str = "") -> str:
        """A name for what the text makes once, before the first call; one name for one key.
        `of` is what it is a view of.
        """
        if key not in self.names:
            self.names[key] = self.name(stem)
            self.setup.append(f"{self.names[key]} = {text}")
            if of == INPUTS or of in self.views:
                self.views[self.names[key]] = text
        return self.names[key]

    def keep(self, stem: str, thing: Any) -> str:
        """A name for an array of constants or indices."""
        name = self.name(stem)
        self.scope[name] = thing
        return name

    def scratch(self, shape: tuple[int, ...], which: int = 0) -> str:
        """A buffer for intermediate results, shared by all nests of that shape."""
        return self.define(("scratch", shape, which), "scratch", f"empty({shape})")

    def function(self, row: Primitive, count: int) -> str:
        """A name for what computes a row of so many operands element by element."""
        ending = "" if row.arity >= 0 else f"_of_{count}"
        return function_name(row, self.scope, vectorised(row, count), RESERVED, ending)

    def call(self, text: str) -> None:
        self.body.append(text)

    def text(self, arguments: Sequence[str] = ()) -> str:
        """The source; its functions take the views that are named as arguments, and make none
        of their own of them.
        """
        parts = [*self.setup]
        for name, lines in (("run", self.body), ("read", self.later)):
            parts += [
                "",
                f"def {name}({', '.join(arguments)}):",
                *[f"    {line}" for line in lines or ["pass"]],
            ]
        return "\n".join(parts if self.later else parts[:-3]) + "\n"


def stems(program: LoopNests) -> dict[Slot, str]:
    """What the names of views begin with, by their first slot: the name of the input, or of the
    operation that writes it last.
    """
    found = {}
    for slot, name in zip(program.inputs, program.labels, strict=True):
        word = re.match(r"[A-Za-z_]+", name)
        found[slot] = (word.group() if word else "x") + "_"
    for nest in program:
        label = nest.label or (nest.row.name if isinstance(nest, Map) else "")
        ours = "z" if isinstance(nest, Contract) else "sum"
        # of a user's own name with a letter that Python reads as another: y
        stem = f"{label if label.isascii() else 'y'}_" if label else ours
        found.update({(nest.out.batched, slot): stem for slot in nest.out.slots})
    return found


def key_of(ref: Reference) -> tuple[object, ...]:
    """Equal for references to the same slots in the same shape."""
    where = ref.slots if ref.strides is None else (ref.start, *ref.strides)
    return ref.region, ref.shape, where


def numbers(made: Source, ref: Reference) -> str:
    """A view of numbers, or a gathered copy."""
    key, stem = key_of(ref), stem_of(made, ref)
    if ref.strides is None:
        index = np.array(ref.slots).reshape(ref.shape)
        return _gathered(made, key, ref, index, "numbers.take({}, None, {}, 'clip')", ref.shape)
    natural = (ref.shape[1], 1) if len(ref.shape) > 1 else (1,)
    pairs = zip(ref.strides, natural, ref.shape, strict=True)
    if all([s == t or n == 1 for s, t, n in pairs]):
        text = f"numbers[{ref.start}:{ref.start + len(ref.slots)}]"
        text += f".reshape{ref.shape}" if len(ref.shape) > 1 else ""
    else:
        text = f"strided(numbers, {ref.start}, {ref.shape}, {ref.strides})"
    return made.define(key, stem, text)


def stem_of(made: Source, ref: Reference) -> str:
    return made.stems.get((ref.batched, ref.start), "constant")


def _gathered(
    made: Source, key: object, ref: Reference, index: Any, call: str, shape: tuple[int, ...]
) -> str:
    """A copy of scattered slots: taken when it is first read, and anew where one of them was
    written since.
    """
    if key not in made.names:
        made.names[key, "index"] = made.keep("index", index)
        made.define(key, f"taken_{stem_of(made, ref)}", f"empty({shape})")
    elif not any([made.written.get((ref.batched, k), -1) >= made.taken[key] for k in ref.slots]):
        return made.names[key]
    made.taken[key] = made.turn
    made.call(call.format(made.names[key, "index"], made.names[key]))
    if ref.region == INPUTS:
        made.views[INPUTS] = INPUTS
    return made.names[key]


def rows(made: Source, ref: Reference, *, adjacent: bool = False) -> str:
    """A view of rows, (n, samples), or a gathered copy; `adjacent` rows have nothing between them.

    Of one slot for all it is a single row, which NumPy spreads.
    """
    count, region, stem = len(ref.slots), ref.region, stem_of(made, ref)
    (step,) = evenly(ref.slots, (count,)) or (-1,)
    if step < 0 or (adjacent and count > 1 and step != 1):
        call = region + ".take({}, 0, {}, 'clip')"
        key, shape = ("taken", region, ref.slots), (count, made.samples)
        return _gathered(made, key, ref, np.array(ref.slots), call, shape)
    start, stop = ref.start, ref.start + step * (count - 1) + 1
    text = f"{region}[{start}:{stop}]" if step < 2 else f"{region}[{start}:{stop}:{step}]"
    return made.define((region, start, stop, step if step > 1 else 1), stem, text, region)


def every_row(made: Source, ref: Reference, *, adjacent: bool = False) -> str:
    """The same with a row for each slot, also where all are one: for what counts them."""
    view, count = rows(made, ref, adjacent=adjacent), len(ref.slots)
    if adjacent or len(set(ref.slots)) > 1 or count == 1:
        return view
    text = f"broadcast_to({view}, ({count}, {made.samples}))"
    return made.define(("spread", view, count), "spread", text, view)


def matrix_of_rows(made: Source, ref: Reference, *, flat: bool) -> str:
    """A matrix of rows as (a, b, samples), or (a, b · samples) when flat."""
    a, b = ref.shape
    view = every_row(made, ref, adjacent=flat and b > 1)  # else reshape would copy
    shape = (a, b * made.samples) if flat else (a, b, made.samples)
    if flat and b == 1:
        return view
    return made.define(("matrix", view, shape), view + "_", f"{view}.reshape{shape}", view)
