"""The text of a NumPy program, and the views of its buffers that the operations read and write."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from ....primitives import Primitive
from ...tensorize.groups import Elementwise
from ...tensorize.matmul import Product
from ..naming import function_name
from .layout import Layout

NUMPY = """
    array dot multiply add subtract negative reciprocal divide copyto where einsum empty
    broadcast_to exp exp2 expm1 log log1p log2 log10 sqrt cbrt sin cos tan arcsin arccos arctan sinh
    cosh tanh arcsinh arccosh arctanh hypot arctan2 power absolute sign floor ceil copysign fmod
    remainder floor_divide maximum minimum less less_equal equal not_equal logical_and logical_or
    logaddexp
""".split()
RESERVED = frozenset([*NUMPY, "numbers", "rows", "strided", "nan", "inf", "run", "read"])


@dataclass(slots=True)
class Source:
    """The text of a program in two parts, the views that are made once and the operations of
    each call.
    """

    layout: Layout
    samples: int
    setup: list[str] = field(default_factory=list)
    body: list[str] = field(default_factory=list)
    later: list[str] = field(default_factory=list)
    scope: dict[str, Any] = field(default_factory=dict)
    names: dict[object, str] = field(default_factory=dict)
    counts: dict[str, int] = field(default_factory=dict)
    stems: dict[tuple[bool, int], str] = field(default_factory=dict)
    turn: int = 0
    taken: dict[object, int] = field(
        default_factory=dict
    )  # when a gathered copy was taken, counted in groups
    overwritten: dict[tuple[bool, int], int] = field(
        default_factory=dict
    )  # when a slot was last computed in place
    inputs: frozenset[int] = frozenset()  # rows that hold the samples
    fixed: frozenset[int] = frozenset()  # rows that are never computed: the samples, and constants
    views: dict[str, str] = field(
        default_factory=dict
    )  # of the samples and constants alone, each with its text
    bindable: bool = True  # whether the samples are read by those views alone
    vectorised: dict[tuple[Primitive, int], Any] = field(default_factory=dict)

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
            if of in self.views:
                self.views[self.names[key]] = text
        return self.names[key]

    def keep(self, stem: str, thing: Any) -> str:
        """A name for an array of constants or indices."""
        name = self.name(stem)
        self.scope[name] = thing
        return name

    def scratch(self, shape: tuple[int, ...], which: int = 0) -> str:
        """A buffer for intermediate results, shared by all groups of that shape."""
        return self.define(("scratch", shape, which), "scratch", f"empty({shape})")

    def function(self, row: Primitive, count: int) -> str:
        """A name for what computes a row of so many operands element by element."""
        key = (row, count)
        if key not in self.vectorised:
            self.vectorised[key] = _vectorised(row, count)
        ending = "" if row.arity >= 0 else f"_of_{count}"
        return function_name(row, self.scope, self.vectorised[key], RESERVED, ending)

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


def affine(places: Any) -> tuple[int, tuple[int, ...]] | None:
    """(start, strides) where the places of an array of one or two axes are evenly spaced, else
    None.
    """
    p = np.asarray(places)
    strides = tuple(
        int(p.take(1, axis).flat[0] - p.flat[0]) if n > 1 else 0 for axis, n in enumerate(p.shape)
    )
    expected = p.flat[0] + sum(
        np.arange(n).reshape([-1 if a == axis else 1 for a in range(p.ndim)]) * strides[axis]
        for axis, n in enumerate(p.shape)
    )
    return (int(p.flat[0]), strides) if (p == expected).all() else None


def stem_of(made: Source, places: Any, batched: bool) -> str:
    """A name for what lies there: that of the input, or of the operation that fills it last."""
    return made.stems.get((batched, int(np.asarray(places).flat[0])), "constant")


def stems(layout: Layout) -> dict[tuple[bool, int], str]:
    lowered, stems = layout.lowered, {}
    for i in lowered.inputs:
        label = re.match(r"[A-Za-z_]+", lowered.names.get(i, ""))
        stems[lowered.batched[i], layout.place[i]] = (label.group() if label else "x") + "_"
    for group in layout.grouped.groups:
        out = [i for row in group.out for i in row] if isinstance(group, Product) else group.out
        stem = (
            "z"
            if isinstance(group, Product)
            else _stem(group.row.name)
            if isinstance(group, Elementwise)
            else "sum"
        )
        for i in out:
            stems[lowered.batched[i], layout.place[i]] = (
                _stem(lowered.names[i]) if i in lowered.names else stem
            )
    return stems


def _stem(name: str) -> str:
    """What the names of an operation's results begin with; of a user's own with a letter that
    Python reads as another: y.
    """
    return f"{name if name.isascii() else 'y'}_"


def shared(made: Source, places: Any) -> str:
    """A view of single numbers, or a gathered copy."""
    p = np.asarray(places)
    key = ("shared", p.shape, p.tobytes())
    found = affine(p)
    stem = stem_of(made, p, False)
    if found is None:
        return _gathered(made, key, p, "numbers.take({}, None, {}, 'clip')", stem)
    start, strides = found
    natural = tuple(int(np.prod(p.shape[a + 1 :])) for a in range(p.ndim))
    if all(s == t or n == 1 for s, t, n in zip(strides, natural, p.shape, strict=True)):
        text = f"numbers[{start}:{start + p.size}]" + (f".reshape{p.shape}" if p.ndim > 1 else "")
    else:
        text = f"strided(numbers, {start}, {p.shape}, {strides})"
    return made.define(key, stem, text)


def _gathered(
    made: Source, key: tuple[Any, ...], p: Any, call: str, stem: str, samples: tuple[int, ...] = ()
) -> str:
    """A copy of scattered slots: taken when it is first read, and anew where one of them was
    computed in place since.
    """
    if key not in made.names:
        made.names[key, "index"] = made.keep("index", p)
        made.define(key, f"taken_{stem}", f"empty({p.shape + samples})")
    elif not any(
        [
            made.overwritten.get((bool(samples), slot), -1) >= made.taken[key]
            for slot in p.ravel().tolist()
        ]
    ):
        return made.names[key]
    made.taken[key] = made.turn
    made.call(call.format(made.names[key, "index"], made.names[key]))
    return made.names[key]


def rows_of(made: Source, places: Sequence[int], *, adjacent: bool = False) -> str:
    """A view of rows, (n, samples), or a gathered copy; `adjacent` rows have nothing between them.

    Of one place for all it is a single row, which NumPy spreads.
    """
    p = np.asarray(places)
    found = affine(p)
    taken = found is None or found[1][0] < 0 or (adjacent and len(p) > 1 and found[1][0] != 1)
    key = ("rows", taken, p.tobytes())
    stem = stem_of(made, p, True)
    slots = set(p.tolist())
    if found is None or taken:
        made.bindable &= slots.isdisjoint(made.inputs)
        return _gathered(made, key, p, "rows.take({}, 0, {}, 'clip')", stem, (made.samples,))
    start, (step,) = found
    stop = start + step * (len(p) - 1) + 1 if step else start + 1
    text = f"rows[{start}:{stop}]" if step < 2 else f"rows[{start}:{stop}:{step}]"
    name = made.define(key if step else ("rows", start), stem, text)
    if not slots.isdisjoint(made.inputs):
        made.bindable &= slots <= made.fixed
        made.views.setdefault(name, "")
    return name


def every_row(made: Source, places: Sequence[int], *, adjacent: bool = False) -> str:
    """The same with a row for each place, also where all are one: for what counts them."""
    rows = rows_of(made, places, adjacent=adjacent)
    if adjacent or len(places) == 1 or len(set(places)) > 1:
        return rows
    return made.define(
        ("spread", rows, len(places)),
        "spread",
        f"broadcast_to({rows}, ({len(places)}, {made.samples}))",
        rows,
    )


def cube(made: Source, places: list[list[int]], *, flat: bool) -> str:
    """Rows of a matrix of places as (a, b, samples), or (a, b · samples) when flat."""
    p = np.asarray(places)
    a, b = p.shape
    adjacent = flat and b > 1  # else reshape would copy
    rows = every_row(made, p.ravel().tolist(), adjacent=adjacent)
    shape = (a, b * made.samples) if flat else (a, b, made.samples)
    if flat and b == 1:
        return rows
    return made.define(("cube", rows, shape), rows + "_", f"{rows}.reshape{shape}", rows)


def _vectorised(row: Primitive, count: int) -> Callable[..., Any]:
    function = np.frompyfunc(row.compute, count, 1)

    def apply(*arrays: Any) -> Any:
        return np.asarray(function(*arrays), dtype=float)

    return apply
