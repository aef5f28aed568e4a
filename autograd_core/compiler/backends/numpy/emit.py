"""The operations of a NumPy program: a few lines for each group."""

from __future__ import annotations

from typing import Any

import numpy as np

from ...tensorize.groups import Elementwise, Group, LongSum, Sums
from ...tensorize.matmul import Product
from .layout import Layout, is_batched
from .stencils import Piece, longest_first, reach, runs
from .views import Source, cube, every_row, rows_of, shared, stem_of, stems


def source(layout: Layout, samples: int) -> Source:
    """The program of a layout as NumPy source, for a number of samples."""
    lowered, place = layout.lowered, layout.place
    inputs = frozenset([place[i] for i in lowered.inputs if lowered.batched[i]])
    fixed = inputs | {slot for batched, slot, _ in layout.cells if batched}
    read = {place[i] for i in lowered.outputs if lowered.batched[i]} | {
        place[i] for i, _ in lowered.guards if lowered.batched[i]
    }
    made = Source(
        layout,
        samples,
        stems=stems(layout),
        inputs=inputs,
        fixed=fixed,
        bindable=inputs.isdisjoint(read),
    )
    groups = layout.grouped.groups
    for numbers, pieces in runs(layout):
        if layout.grouped.backward is not None and (
            numbers[0] == 0 or layout.grouped.backward in numbers
        ):
            made.call("# backward" if numbers[0] else "# forward")
        if pieces:
            _stencil(made, pieces, groups[numbers[0]].batched)
            made.turn += len(numbers)
        elif numbers[0] not in layout.grouped.deferred:
            _group(made, numbers[0], groups[numbers[0]])
    made.body, made.later = made.later, made.body
    for number in sorted(layout.grouped.deferred):
        _group(made, number, groups[number])
    made.body, made.later = made.later, made.body
    return made


def _group(made: Source, number: int, group: Group) -> None:
    _operations(made, number, group)
    batched, slots = made.layout.in_place.get(number, (False, range(0)))
    made.overwritten.update(dict.fromkeys([(batched, slot) for slot in slots], made.turn))
    made.turn += 1


def _operations(made: Source, number: int, group: Group) -> None:
    if isinstance(group, Product):
        _product(made, number, group)
    elif isinstance(group, Sums):
        _sums(made, number, group)
    elif isinstance(group, LongSum):
        _long_sum(made, number, group)
    else:
        _elementwise(made, number, group)


def _product(made: Source, number: int, product: Product) -> None:
    layout = made.layout
    lowered = layout.lowered
    left, right = layout.operands[number]
    rows, inner, columns = product.shape
    place = [[layout.place[i] for i in row] for row in product.out]
    batched = is_batched(lowered, product.right)
    samples = "N" if batched else ""
    title = f"# ({rows}, {inner}) @ ({inner}, {columns}{' N' if samples else ''})" + (
        ", summed over the samples" if product.over else ""
    )
    made.call(title)
    sign = product.coefficient
    if is_batched(lowered, product.left):
        out = _both_batched(made, product, left, right, place)
    else:
        a = shared(made, left)
        if sign == -1.0 and rows * inner <= rows * columns * (
            made.samples if batched and not product.over else 1
        ):
            negated = made.scratch((rows, inner), 1)
            made.call(f"negative({a}, {negated})")
            a, sign = negated, 1.0
        out = _shared_left(made, product, a, right, place, batched)
    if sign == -1.0:
        made.call(f"negative({out}, {out})")
    elif sign != 1.0:
        made.call(f"multiply({out}, {_literal(made, sign)}, {out})")


def _shared_left(
    made: Source,
    product: Product,
    a: str,
    right: list[list[int]],
    place: list[list[int]],
    batched: bool,
) -> str:
    _, inner, columns = product.shape
    if not batched:
        out, b = shared(made, place), shared(made, right)
        made.call(_matrix_product(a, b, out, product.shape))
        return out
    if product.over:
        out = shared(made, place)
        totals = made.scratch((inner, columns), 2)
        made.call(f"{cube(made, right, flat=False)}.sum(2, None, {totals})")
        made.call(_matrix_product(a, totals, out, product.shape))
        return out
    out, b = cube(made, place, flat=True), cube(made, right, flat=True)
    made.call(_matrix_product(a, b, out, (product.shape[0], inner, columns * made.samples)))
    return out


def _matrix_product(a: str, b: str, out: str, shape: tuple[int, int, int]) -> str:
    """a @ b. A side of one number is multiplied: `dot` takes a zero for all there is, also
    beside a nan.
    """
    rows, inner, columns = shape
    return (
        f"multiply({a}, {b}, {out})"
        if inner == 1 and 1 in (rows, columns)
        else f"dot({a}, {b}, {out})"
    )


def _both_batched(
    made: Source,
    product: Product,
    left: list[list[int]],
    right: list[list[int]],
    place: list[list[int]],
) -> str:
    rows, inner, columns = product.shape
    if product.over:
        out = shared(made, place)
        a = cube(made, left, flat=True)
        b = cube(made, [list(column) for column in zip(*right, strict=True)], flat=True)
        made.call(
            _matrix_product(
                a,
                made.define(("T", b), b + "_T", b + ".T", b),
                out,
                (rows, inner * made.samples, columns),
            )
        )
        return out
    a, b, out = (
        cube(made, left, flat=False),
        cube(made, right, flat=False),
        cube(made, place, flat=False),
    )
    made.call(
        f"einsum('ikn,kjn->ijn', {a}, {b}, out={out})"
        if inner > 1
        else f"multiply({a}, {b}, {out})"
    )
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
        return rows_of(made, places)
    if len(set(places)) == 1 and (
        batched or len(places) > 1
    ):  # without axes: NumPy takes it faster than one to be spread
        place = places[0]
        return made.define(
            ("single", place),
            stem_of(made, place, False),
            f"numbers[{place}:{place + 1}].reshape(())",
        )
    view = shared(made, places)
    return made.define(("column", view), view + "_", f"{view}[:, None]") if batched else view


def _literal(made: Source, x: float) -> str:
    """A constant as an array without axes, which NumPy takes faster than a Python number."""
    stem = {1.0: "one", 0.0: "zero", 2.0: "two"}.get(x, "c")
    text = (
        repr(x)
        if x == x and abs(x) != float("inf")
        else "nan"
        if x != x
        else "inf"
        if x > 0
        else "-inf"
    )
    return made.define(("literal", x.hex()), stem, f"array({text})")


def _result(made: Source, out: list[int], batched: bool) -> str:
    places = [made.layout.place[i] for i in out]
    return rows_of(made, places) if batched else shared(made, places)


def _sums(made: Source, number: int, group: Sums) -> None:
    out = _result(made, group.out, group.batched)
    shape = (len(group.out), made.samples) if group.batched else (len(group.out),)
    scratch = made.scratch(shape)
    total: tuple[str, float] | None = None
    fresh = False  # whether `out` holds the total so far
    columns = made.layout.operands[number]
    for coefficients, (u, v) in zip(group.coefficients, columns, strict=True):
        target = scratch if fresh else out
        term, sign = _term(made, coefficients, u, v, target, group.batched)
        if total is None:
            total, fresh = (term, sign), term == out
            continue
        _combine(made, total, (term, sign), out)
        total, fresh = (out, 1.0), True
    assert total is not None
    if total[1] < 0:
        made.call(f"negative({total[0]}, {out})")
    elif total[0] != out:
        made.call(f"copyto({out}, {total[0]})")


def _stencil(made: Source, pieces: list[Piece], batched: bool) -> None:
    """Sums that continue one another, piece by piece: the first is written, the others are
    added where they reach.
    """
    region = rows_of if batched else shared
    first, *others = longest_first(pieces)
    start, stop = reach(pieces)
    made.call("# sums that continue one another, each term as far as it reaches")
    for a, b in ((start, first.start), (first.stop, stop)):
        if a < b:
            made.call(f"copyto({region(made, range(a, b))}, {_literal(made, 0.0)})")
    for piece in (first, *others):
        count = piece.stop - piece.start
        out = region(made, range(piece.start, piece.stop))
        target = (
            out if piece is first else made.scratch((count, made.samples) if batched else (count,))
        )
        u, v = piece.column(piece.u, batched), piece.column(piece.v, batched)
        term, sign = _term(made, [piece.coefficient] * count, u, v, target, batched)
        if piece is not first:
            made.call(f"{'add' if sign > 0 else 'subtract'}({out}, {term}, {out})")
        elif sign < 0:
            made.call(f"negative({term}, {out})")
        elif term != out:
            made.call(f"copyto({out}, {term})")


def _term(
    made: Source, coefficients: list[float], u: Any, v: Any, target: str, batched: bool
) -> tuple[str, float]:
    """One term as (name, sign); what must be computed for it is written to `target`."""
    signs = set(coefficients)
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
    for p, (c, (u, v)) in enumerate(
        zip(group.coefficients, made.layout.operands[number], strict=True)
    ):
        target = out if p == 0 else scratch
        _part(made, u, v, target, group.batched)
        if c != 1.0:
            made.call(f"multiply({target}, {_literal(made, c)}, {target})")
        if p:
            made.call(f"add({out}, {scratch}, {out})")


def _part(made: Source, u: Any, v: Any, target: str, batched: bool) -> None:
    """Σ u · v over the terms of a part, into the target."""
    factors = [x for x in (u, v) if x is not None]
    if not factors:
        made.call(f"copyto({target}, {_literal(made, 1.0)})")
        return
    if batched and not any(x[0] for x in factors):  # the same for all samples
        single = made.define(("scratch", "number"), "scratch", "empty(())")
        _part(made, u, v, single, False)
        made.call(f"copyto({target}, {single})")
        return
    views = [every_row(made, x[1]) if x[0] else shared(made, x[1]) for x in factors]
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
    if row.array and row.arity < 0:
        shape = (
            (len(columns), len(group.out), made.samples)
            if group.batched
            else (len(columns), len(group.out))
        )
        stacked = made.define(("stack", number), "stacked", f"empty({shape})")
        if (
            group.batched
            and len(group.out) == 1
            and all(isinstance(c, tuple) and c[0] for c in columns)
        ):
            stacked = every_row(made, [c[1][0] for c in columns])
            single = made.define(("first", out), out + "_", f"{out}[0]")
            made.call(f"{row.array}.reduce({stacked}, 0, None, {single})")
            return
        for k, column in enumerate(columns):
            made.call(f"{stacked}[{k}] = {_operand(made, column, group.batched)}")
        made.call(f"{row.array}.reduce({stacked}, 0, None, {out})")
        return
    operands = [_operand(made, column, group.batched) for column in columns]
    if (
        row.name == "power" and isinstance(columns[1], list) and 0.5 in columns[1]
    ):  # for one exponent NumPy takes the root,
        exponents = np.array(columns[1])  # which at −0 and −∞ is another
        operands[1] = made.keep(
            "exponents",
            np.repeat(exponents[:, None], made.samples, 1) if group.batched else exponents,
        )
    if row.name == "where":
        made.call(f"copyto({out}, where({', '.join(operands)}))")
    elif row.name == "div" and isinstance(columns[0], list) and set(columns[0]) == {1.0}:
        made.call(f"reciprocal({operands[1]}, {out})")
    elif row.array:
        named = ""
        if row.array in ("maximum", "minimum"):
            named = "out="  # a third positional operand is deprecated
            operands.reverse()  # of two zeros these take the second, the row of the table the first
        made.call(f"{row.array}({', '.join(operands)}, {named}{out})")
    else:
        made.call(f"copyto({out}, {made.function(row, len(operands))}({', '.join(operands)}))")
