"""NumPy source: an array operation for each group, into buffers that are there before the first call."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from ...primitives import Primitive
from ..groups import Elementwise, Group, LongSum, Sums
from ..layout import Layout, is_batched
from ..products import Product

REDUCE = {"prod": "multiply", "norm": "hypot", "largest": "maximum"}


@dataclass(slots=True)
class Source:
    """The text of a program in two parts, the views that are made once and the operations of each call."""

    layout: Layout
    samples: int
    setup: list[str] = field(default_factory=list)
    body: list[str] = field(default_factory=list)
    later: list[str] = field(default_factory=list)
    scope: dict[str, Any] = field(default_factory=dict)
    names: dict[object, str] = field(default_factory=dict)
    counts: dict[str, int] = field(default_factory=dict)
    stems: dict[tuple[bool, int], str] = field(default_factory=dict)

    def name(self, stem: str) -> str:
        self.counts[stem] = self.counts.get(stem, 0) + 1
        return f"{stem}{self.counts[stem]}"

    def define(self, key: object, stem: str, text: str) -> str:
        """A name for what the text makes once, before the first call; one name for one key."""
        if key not in self.names:
            self.names[key] = self.name(stem)
            self.setup.append(f"{self.names[key]} = {text}")
        return self.names[key]

    def keep(self, stem: str, thing: Any) -> str:
        """A name for an array of constants or indices."""
        name = self.name(stem)
        self.scope[name] = thing
        return name

    def scratch(self, shape: tuple[int, ...], which: int = 0) -> str:
        """A buffer for intermediate results, shared by all groups of that shape."""
        return self.define(("scratch", shape, which), "scratch", f"empty({shape})")

    def call(self, text: str) -> None:
        self.body.append(text)

    def text(self) -> str:
        parts = [*self.setup]
        for name, lines in (("run", self.body), ("read", self.later)):
            parts += ["", f"def {name}():", *[f"    {line}" for line in lines or ["pass"]]]
        return "\n".join(parts if self.later else parts[:-3]) + "\n"


def source(layout: Layout, samples: int) -> Source:
    """The program of a layout as NumPy source, for a number of samples."""
    made = Source(layout, samples, stems=_stems(layout))
    groups = layout.grouped.groups
    for number, group in enumerate(groups):
        if number not in layout.grouped.deferred:
            _group(made, number, group)
    made.body, made.later = made.later, made.body
    for number in sorted(layout.grouped.deferred):
        _group(made, number, groups[number])
    made.body, made.later = made.later, made.body
    return made


def _group(made: Source, number: int, group: Group) -> None:
    if isinstance(group, Product):
        _product(made, number, group)
    elif isinstance(group, Sums):
        _sums(made, number, group)
    elif isinstance(group, LongSum):
        _long_sum(made, number, group)
    else:
        _elementwise(made, number, group)


# Views.


def affine(places: Any) -> tuple[int, tuple[int, ...]] | None:
    """(start, strides) where the places of an array of one or two axes are evenly spaced, else None."""
    p = np.asarray(places)
    strides = tuple(int(p.take(1, axis).flat[0] - p.flat[0]) if n > 1 else 0 for axis, n in enumerate(p.shape))
    expected = p.flat[0] + sum(np.arange(n).reshape([-1 if a == axis else 1 for a in range(p.ndim)]) * strides[axis] for axis, n in enumerate(p.shape))
    return (int(p.flat[0]), strides) if (p == expected).all() else None


def _stem(made: Source, places: Any, batched: bool) -> str:
    """A name for what lies there: that of the input, or of the operation that fills it last."""
    return made.stems.get((batched, int(np.asarray(places).flat[0])), "constant")


def _stems(layout: Layout) -> dict[tuple[bool, int], str]:
    lowered, stems = layout.lowered, {}
    for i in lowered.inputs:
        label = re.match(r"[A-Za-z_]+", lowered.names.get(i, ""))
        stems[lowered.batched[i], layout.place[i]] = (label.group() if label else "x") + "_"
    for group in layout.grouped.groups:
        out = [i for row in group.out for i in row] if isinstance(group, Product) else group.out
        stem = "z" if isinstance(group, Product) else f"{group.row.name}_" if isinstance(group, Elementwise) else "sum"
        for i in out:
            stems[lowered.batched[i], layout.place[i]] = f"{lowered.names[i]}_" if i in lowered.names else stem
    return stems


def _shared(made: Source, places: Any) -> str:
    """A view of single numbers, or a gathered copy."""
    p = np.asarray(places)
    key = ("shared", p.shape, p.tobytes())
    found = affine(p)
    stem = _stem(made, p, False)
    if found is None:
        if key not in made.names:
            index = made.keep("index", p)
            made.names[key] = made.define(key + ("buffer",), f"taken_{stem}", f"empty({p.shape})")
            made.call(f"numbers.take({index}, None, {made.names[key]}, 'clip')")
        return made.names[key]
    start, strides = found
    natural = tuple(int(np.prod(p.shape[a + 1 :])) for a in range(p.ndim))
    if all(s == t or n == 1 for s, t, n in zip(strides, natural, p.shape, strict=True)):
        text = f"numbers[{start}:{start + p.size}]" + (f".reshape{p.shape}" if p.ndim > 1 else "")
    else:
        text = f"strided(numbers, {start}, {p.shape}, {strides})"
    return made.define(key, stem, text)


def _rows(made: Source, places: Sequence[int]) -> str:
    """A view of rows, (n, samples), or a gathered copy."""
    p = np.asarray(places)
    key = ("rows", p.tobytes())
    found = affine(p)
    stem = _stem(made, p, True)
    if found is None or found[1][0] < 0:
        if key not in made.names:
            index = made.keep("index", p)
            made.names[key] = made.define(key + ("buffer",), f"taken_{stem}", f"empty(({len(p)}, {made.samples}))")
            made.call(f"rows.take({index}, 0, {made.names[key]}, 'clip')")
        return made.names[key]
    start, (step,) = found
    if step == 0:
        return made.define(("rows", start), stem, f"rows[{start}:{start + 1}]")
    stop = start + step * (len(p) - 1) + 1
    return made.define(key, stem, f"rows[{start}:{stop}]" if step == 1 else f"rows[{start}:{stop}:{step}]")


def _cube(made: Source, places: list[list[int]], *, flat: bool) -> str:
    """Rows of a matrix of places as (a, b, samples), or (a, b · samples) when flat."""
    p = np.asarray(places)
    a, b = p.shape
    rows = _rows(made, p.ravel())
    if a * b > 1 and (p == p.flat[0]).all():
        rows = f"broadcast_to({rows}, ({a * b}, {made.samples}))"
        rows = made.define(("broadcast", rows), "spread", rows)
    shape = (a, b * made.samples) if flat else (a, b, made.samples)
    if flat and b == 1:
        return rows
    return made.define(("cube", rows, shape), rows + "_", f"{rows}.reshape{shape}")


# Groups.


def _product(made: Source, number: int, product: Product) -> None:
    layout = made.layout
    lowered = layout.lowered
    left, right = layout.operands[number]
    rows, inner, columns = product.shape
    place = [[layout.place[i] for i in row] for row in product.out]
    batched = is_batched(lowered, product.right)
    samples = "N" if batched else ""
    title = f"# ({rows}, {inner}) @ ({inner}, {columns}{' N' if samples else ''})" + (", summed over the samples" if product.over else "")
    made.call(title)
    sign = product.coefficient
    if is_batched(lowered, product.left):
        out = _both_batched(made, product, left, right, place)
    else:
        a = _shared(made, left)
        if sign == -1.0 and rows * inner <= rows * columns * (made.samples if batched and not product.over else 1):
            negated = made.scratch((rows, inner), 1)
            made.call(f"negative({a}, {negated})")
            a, sign = negated, 1.0
        out = _shared_left(made, product, a, right, place, batched)
    if sign == -1.0:
        made.call(f"negative({out}, {out})")
    elif sign != 1.0:
        made.call(f"multiply({out}, {_literal(made, sign)}, {out})")


def _shared_left(made: Source, product: Product, a: str, right: list[list[int]], place: list[list[int]], batched: bool) -> str:
    rows, inner, columns = product.shape
    if not batched:
        out, b = _shared(made, place), _shared(made, right)
        made.call(f"multiply({a}, {b}, {out})" if inner == 1 else f"dot({a}, {b}, {out})")
        return out
    if product.over:
        out = _shared(made, place)
        totals = made.scratch((inner, columns), 2)
        made.call(f"{_cube(made, right, flat=False)}.sum(2, None, {totals})")
        made.call(f"dot({a}, {totals}, {out})")
        return out
    out, b = _cube(made, place, flat=True), _cube(made, right, flat=True)
    made.call(f"multiply({a}, {b}, {out})" if inner == 1 else f"dot({a}, {b}, {out})")
    return out


def _both_batched(made: Source, product: Product, left: list[list[int]], right: list[list[int]], place: list[list[int]]) -> str:
    rows, inner, columns = product.shape
    if product.over:
        out = _shared(made, place)
        a = _cube(made, left, flat=True)
        b = _cube(made, [list(column) for column in zip(*right, strict=True)], flat=True)
        made.call(f"dot({a}, {made.define(('T', b), b + '_T', b + '.T')}, {out})")
        return out
    a, b, out = _cube(made, left, flat=False), _cube(made, right, flat=False), _cube(made, place, flat=False)
    made.call(f"einsum('ikn,kjn->ijn', {a}, {b}, out={out})" if inner > 1 else f"multiply({a}, {b}, {out})")
    return out


def _operand(made: Source, column: Any, batched: bool) -> str:
    """One operand of a group on rows: a literal, single numbers, or rows."""
    if isinstance(column, list):
        if len({x.hex() for x in column}) == 1:
            return _literal(made, column[0])
        array = np.array(column)
        return made.keep("constants", array[:, None] if batched else array)
    has_samples, places = column
    if has_samples:
        return _rows(made, places)
    view = _shared(made, places)
    return made.define(("column", view), view + "_", f"{view}[:, None]") if batched else view


def _literal(made: Source, x: float) -> str:
    """A constant as an array without axes, which NumPy takes faster than a Python number."""
    stem = {1.0: "one", 0.0: "zero", 2.0: "two"}.get(x, "c")
    text = repr(x) if x == x and abs(x) != float("inf") else "nan" if x != x else "inf" if x > 0 else "-inf"
    return made.define(("literal", x.hex()), stem, f"array({text})")


def _result(made: Source, out: list[int], batched: bool) -> str:
    places = [made.layout.place[i] for i in out]
    return _rows(made, places) if batched else _shared(made, places)


def _sums(made: Source, number: int, group: Sums) -> None:
    out = _result(made, group.out, group.batched)
    shape = (len(group.out), made.samples) if group.batched else (len(group.out),)
    scratch = made.scratch(shape)
    total: tuple[str, float] | None = None
    fresh = False  # whether `out` holds the total so far
    columns = made.layout.operands[number]
    for t, (coefficients, (u, v)) in enumerate(zip(group.coefficients, columns, strict=True)):
        target = scratch if fresh else out
        term, sign = _term(made, coefficients, u, v, target, group.batched)
        if total is None:
            total, fresh = (term, sign), term == out
            continue
        _combine(made, total, (term, sign), out)
        total, fresh = (out, 1.0), True
        del t
    assert total is not None
    if total[1] < 0:
        made.call(f"negative({total[0]}, {out})")
    elif total[0] != out:
        made.call(f"copyto({out}, {total[0]})")


def _term(made: Source, coefficients: list[float], u: Any, v: Any, target: str, batched: bool) -> tuple[str, float]:
    """One term as (name, sign); what must be computed for it is written to `target`."""
    signs = {c for c in coefficients}
    sign = coefficients[0] if signs == {1.0} or signs == {-1.0} else 1.0
    factors = [] if signs == {sign} else [_operand(made, coefficients, batched)]
    factors = [_operand(made, x, batched) for x in (u, v) if x is not None] + factors
    if not factors:
        return _literal(made, abs(sign)), sign
    if len(factors) == 1:
        return factors[0], sign
    made.call(f"multiply({factors[0]}, {factors[1]}, {target})")
    for factor in factors[2:]:
        made.call(f"multiply({target}, {factor}, {target})")
    return target, sign


def _combine(made: Source, a: tuple[str, float], b: tuple[str, float], out: str) -> None:
    if a[1] > 0:
        made.call(f"{'add' if b[1] > 0 else 'subtract'}({a[0]}, {b[0]}, {out})")
    elif b[1] > 0:
        made.call(f"subtract({b[0]}, {a[0]}, {out})")
    else:
        made.call(f"add({a[0]}, {b[0]}, {out})")
        made.call(f"negative({out}, {out})")


def _long_sum(made: Source, number: int, group: LongSum) -> None:
    """Each part a dot product (or a plain sum), one after the other into the total."""
    place = made.layout.place[group.out[0]]
    if group.batched:
        out = made.define(("row", place), "total", f"rows[{place}]")
        scratch = made.define(("scratch", "row"), "scratch", f"empty({made.samples})")
    else:
        out = made.define(("number", place), "total", f"numbers[{place}:{place + 1}].reshape(())")
        scratch = made.define(("scratch", "number"), "scratch", "empty(())")
    for p, (c, (u, v)) in enumerate(zip(group.coefficients, made.layout.operands[number], strict=True)):
        target = out if p == 0 else scratch
        _part(made, u, v, target)
        if c != 1.0:
            made.call(f"multiply({target}, {_literal(made, c)}, {target})")
        if p:
            made.call(f"add({out}, {scratch}, {out})")


def _part(made: Source, u: Any, v: Any, target: str) -> None:
    """Σ u · v over the terms of a part, into the target."""
    factors = [x for x in (u, v) if x is not None]
    if not factors:
        made.call(f"copyto({target}, {_literal(made, 1.0)})")
        return
    views = [_rows(made, x[1]) if x[0] else _shared(made, x[1]) for x in factors]
    if len(views) == 1:
        made.call(f"{views[0]}.sum(0, None, {target})")
    elif factors[0][0] and factors[1][0]:
        made.call(f"einsum('kn,kn->n', {views[0]}, {views[1]}, out={target})")
    else:
        a, b = views if not factors[0][0] else views[::-1]
        made.call(f"dot({a}, {b}, {target})")


def _elementwise(made: Source, number: int, group: Elementwise) -> None:
    out = _result(made, group.out, group.batched)
    columns = made.layout.operands[number]
    row = group.row
    if row.arity < 0:
        shape = (len(columns), len(group.out), made.samples) if group.batched else (len(columns), len(group.out))
        stacked = made.define(("stack", number), "stacked", f"empty({shape})")
        if group.batched and len(group.out) == 1 and all(c[0] for c in columns if isinstance(c, tuple)):
            stacked = _rows(made, [c[1][0] for c in columns])
            made.call(f"{REDUCE[row.name]}.reduce({stacked}, 0, None, {out}[0])")
            return
        for k, column in enumerate(columns):
            made.call(f"{stacked}[{k}] = {_operand(made, column, group.batched)}")
        made.call(f"{REDUCE[row.name]}.reduce({stacked}, 0, None, {out})")
        return
    operands = [_operand(made, column, group.batched) for column in columns]
    if row.name == "where":
        made.call(f"copyto({out}, where({', '.join(operands)}))")
    elif row.name == "div" and isinstance(columns[0], list) and set(columns[0]) == {1.0}:
        made.call(f"reciprocal({operands[1]}, {out})")
    elif row.array:
        named = "out=" if row.array in ("maximum", "minimum") else ""  # their third positional operand is deprecated
        made.call(f"{row.array}({', '.join(operands)}, {named}{out})")
    else:
        made.scope[row.name] = _vectorised(row)
        made.call(f"copyto({out}, {row.name}({', '.join(operands)}))")


def _vectorised(row: Primitive) -> Callable[..., Any]:
    function = np.frompyfunc(row.compute, row.arity, 1)

    def apply(*arrays: Any) -> Any:
        return np.asarray(function(*arrays), dtype=float)

    return apply


def strided(buffer: Any, start: int, shape: tuple[int, ...], strides: tuple[int, ...]) -> Any:
    """A view of a flat buffer with strides counted in numbers."""
    return np.lib.stride_tricks.as_strided(buffer[start:], shape, tuple(s * buffer.itemsize for s in strides))


class Machine:
    """A laid-out program with its buffers, for a number of samples: `load`, `run`, `shared`, `samples`."""

    def __init__(self, layout: Layout, samples: int, numbers: Any) -> None:
        lowered = layout.lowered
        self.numbers = numbers
        self.rows = np.zeros((layout.size[1], samples))
        for batched, slot, number in layout.cells:
            (self.rows if batched else self.numbers)[slot] = number
        self.source = source(layout, samples)
        inputs = [(i, lowered.batched[i]) for i in lowered.inputs]
        self.input_numbers = _index([layout.place[i] for i, b in inputs if not b])
        self.input_rows = _index([layout.place[i] for i, b in inputs if b])
        names: dict[str, Any] = {str(k): v for k, v in self.source.scope.items() if isinstance(k, str)}
        names |= {name: getattr(np, name) for name in _NUMPY}
        names |= {"numbers": self.numbers, "rows": self.rows, "strided": strided, "nan": np.nan, "inf": np.inf}
        exec(compile(self.source.text(), "<program.numpy>", "exec"), names)
        self.compute: Callable[[], None] = names["run"]
        self.read: Callable[[], None] | None = names.get("read")

        self.output_numbers = _index([layout.place[i] for i in lowered.outputs if not lowered.batched[i]])
        self.output_rows = _index([layout.place[i] for i in lowered.outputs if lowered.batched[i]])
        self.first = layout.place[lowered.outputs[0]] if lowered.outputs else 0
        self.has_rows = any(lowered.batched[i] for i in lowered.outputs)
        self.guards = [(lowered.batched[i], layout.place[i]) for i, _ in lowered.guards]

    def step(self, rows: Any) -> None:
        """Run with the numbers that are there; deferred outputs wait."""
        self.rows[self.input_rows] = rows
        with np.errstate(all="ignore"):
            self.compute()

    def deferred(self) -> tuple[float, Any]:
        """The first output, and the outputs with samples, of the latest step."""
        if self.read is not None:
            with np.errstate(all="ignore"):
                self.read()
        return float(self.numbers[self.first]), self.rows[self.output_rows].copy() if self.has_rows else None

    def run(self, numbers: Any, rows: Any) -> tuple[Any, Any, list[Any]]:
        if numbers is not None:
            self.numbers[self.input_numbers] = numbers
        if rows is not None:
            self.rows[self.input_rows] = rows
        with np.errstate(all="ignore"):
            self.compute()
            if self.read is not None:
                self.read()
        guards = [self.rows[slot] != 0.0 if batched else bool(self.numbers[slot]) for batched, slot in self.guards]
        rows = self.rows[self.output_rows].copy() if self.has_rows else None
        return self.numbers[self.output_numbers].copy(), rows, guards


def _index(places: list[int]) -> Any:
    """A slice where the places follow each other, else an array."""
    if not places:
        return slice(0, 0)
    if places == list(range(places[0], places[0] + len(places))):
        return slice(places[0], places[-1] + 1)
    return np.array(places, dtype=np.intp)


_NUMPY = (
    "array dot multiply add subtract negative reciprocal divide copyto where einsum empty broadcast_to exp exp2 expm1 log log1p log2 "
    "log10 sqrt cbrt sin cos tan arcsin arccos arctan sinh cosh tanh arcsinh arccosh arctanh hypot arctan2 power absolute sign "
    "floor ceil copysign fmod remainder floor_divide maximum minimum less less_equal equal not_equal logical_and logical_or logaddexp"
).split()
