"""The operations of a NumPy program: a few lines for each loop nest."""

from __future__ import annotations

import numpy as np

from ...tensorize.loop_nests import (
    Combine,
    Contract,
    LoopNests,
    Map,
    Nest,
    Operand,
    Part,
    Reduce,
    Reference,
)
from .views import Source, every_row, matrix_of_rows, numbers, rows, stem_of, stems

LONG = 256
"""Samples from which on NumPy takes two rows faster than a row and a number, for `minimum`, and a
quotient faster than a reciprocal.
"""
Signed = tuple[str, float]
"""The name of an array, and the sign with which it counts."""


def source(program: LoopNests, samples: int) -> Source:
    """The nests as NumPy source, for a number of samples."""
    made = Source(samples, stems(program))
    for title in ("forward", "backward"):
        if program.backward:
            made.call(f"# {title}")
        for nest in getattr(program, title):
            _nest(made, nest)
    made.body, made.later = made.later, made.body
    for nest in program.deferred:
        _nest(made, nest)
    made.body, made.later = made.later, made.body
    return made


def _nest(made: Source, nest: Nest) -> None:
    if isinstance(nest, Contract):
        _contract(made, nest)
    elif isinstance(nest, Combine):
        _combine(made, nest)
    elif isinstance(nest, Reduce):
        _reduce(made, nest)
    else:
        _map(made, nest)
    made.written.update(dict.fromkeys([(nest.out.batched, k) for k in nest.out.slots], made.turn))
    made.turn += 1


def _contract(made: Source, nest: Contract) -> None:
    count, inner, columns = nest.shape
    batched, sign = nest.out.batched, nest.coefficient
    note = ", summed over the samples" if nest.over else ""
    each = " N" if nest.right.batched else ""
    made.call(f"# ({count}, {inner}) @ ({inner}, {columns}{each}){note}")
    if nest.left.batched:
        out = _both_batched(made, nest)
    else:
        a = numbers(made, nest.left)
        if sign == -1.0 and inner <= columns * (made.samples if batched else 1):
            negated = made.scratch((count, inner), 1)
            made.call(f"negative({a}, {negated})")
            a, sign = negated, 1.0
        out = _shared_left(made, nest, a)
    if sign == -1.0:
        made.call(f"negative({out}, {out})")
    elif sign != 1.0:
        made.call(f"multiply({out}, {_literal(made, sign)}, {out})")


def _shared_left(made: Source, nest: Contract, a: str) -> str:
    _, inner, columns = nest.shape
    if nest.out.batched:
        out = matrix_of_rows(made, nest.out, flat=True)
        b = matrix_of_rows(made, nest.right, flat=True)
        columns *= made.samples
    elif nest.over:
        out, b = numbers(made, nest.out), made.scratch((inner, columns), 2)
        made.call(f"{matrix_of_rows(made, nest.right, flat=False)}.sum(2, None, {b})")
    else:
        out, b = numbers(made, nest.out), numbers(made, nest.right)
    made.call(_matmul(a, b, out, (nest.shape[0], inner, columns)))
    return out


def _matmul(a: str, b: str, out: str, shape: tuple[int, int, int]) -> str:
    """a @ b. A side of one number is multiplied: `dot` takes a zero for all there is, also
    beside a nan.
    """
    count, inner, columns = shape
    function = "multiply" if inner == 1 and 1 in (count, columns) else "dot"
    return f"{function}({a}, {b}, {out})"


def _both_batched(made: Source, nest: Contract) -> str:
    count, inner, columns = nest.shape
    if nest.over:
        out = numbers(made, nest.out)
        a = matrix_of_rows(made, nest.left, flat=True)
        b = matrix_of_rows(made, nest.right.transposed, flat=True)
        turned = made.define(("T", b), b + "_T", b + ".T", b)
        made.call(_matmul(a, turned, out, (count, inner * made.samples, columns)))
        return out
    sides = (nest.left, nest.right, nest.out)
    a, b, out = [matrix_of_rows(made, side, flat=False) for side in sides]
    made.call(
        f"einsum('ikn,kjn->ijn', {a}, {b}, out={out})"
        if inner > 1
        else f"multiply({a}, {b}, {out})"
    )
    return out


def _operand(made: Source, x: Operand, batched: bool) -> str:
    """What a nest on slots reads: a literal, numbers, or rows."""
    if not isinstance(x, Reference):
        if _is_one(x):
            return _literal(made, x[0])
        array = np.array(x)
        return made.keep("constants", array[:, None] if batched else array)
    if x.batched:
        return rows(made, x)
    if len(set(x.slots)) == 1 and (batched or len(x.slots) > 1):
        text = f"numbers[{x.start}:{x.start + 1}].reshape(())"  # without axes NumPy is faster
        return made.define(("single", x.start), stem_of(made, x), text)
    view = numbers(made, x)
    return made.define(("column", view), view + "_", f"{view}[:, None]") if batched else view


def _is_one(xs: list[float]) -> bool:
    """Whether all numbers are the same, with signed zeros apart."""
    return len({x.hex() for x in xs}) == 1


def _literal(made: Source, x: float) -> str:
    """A constant as an array without axes, which NumPy takes faster than a Python number."""
    stem = {1.0: "one", 0.0: "zero", 2.0: "two"}.get(x, "c")
    return made.define(("literal", x.hex()), stem, f"array({x!r})")


def _spread(made: Source, x: float) -> str:
    """A constant for each sample."""
    return made.define(("spread", x.hex()), "bound", f"full({made.samples}, {x!r})")


def _result(made: Source, out: Reference) -> str:
    return rows(made, out) if out.batched else numbers(made, out)


def _combine(made: Source, nest: Combine) -> None:
    """The first part is written, with zeros where it does not reach; the others are added."""
    out, total = _result(made, nest.out), None
    if any([part.out is not nest.out for part in nest.parts]):
        made.call("# sums that continue one another, each term as far as it reaches")
        _fill(made, nest)
    for part in nest.parts:
        reach = out
        if part.out is not nest.out:
            reach = _result(made, part.out)
            if total is not None and total != (out, 1.0):
                _written(made, total, out)
                total = out, 1.0
        begun = total is not None and total[0] == out
        shape = (len(part.out.slots), made.samples)[: 1 + part.out.batched]
        term = _term(made, part, made.scratch(shape) if begun else reach)
        if total is not None:
            _added(made, total if reach == out else (reach, 1.0), term, reach)
            total = out, 1.0
        elif reach == out:
            total = term
        else:
            _written(made, term, reach)
            total = out, 1.0
    assert total is not None
    _written(made, total, out)


def _fill(made: Source, nest: Combine) -> None:
    """Zeros where the first part does not reach."""
    first, out = nest.parts[0].out, nest.out
    for a, b in ((out.start, first.start), (first.slots[-1] + 1, out.slots[-1] + 1)):
        if a < b:
            gap = Reference(out.region, tuple(range(a, b)), (b - a,), (1,))
            made.call(f"copyto({_result(made, gap)}, {_literal(made, 0.0)})")


def _term(made: Source, part: Part, target: str) -> Signed:
    """One part; what must be computed for it is written to `target`."""
    signs, batched = set(part.coefficients), part.out.batched
    sign = part.coefficients[0] if signs in ({1.0}, {-1.0}) else 1.0
    given = [*part.factors, *([] if signs == {sign} else [part.coefficients])]
    if not given:
        return _literal(made, abs(sign)), sign
    factors = [_operand(made, x, batched) for x in given]
    if len(factors) == 1:
        return factors[0], sign
    made.call(f"multiply({factors[0]}, {factors[1]}, {target})")
    for factor in factors[2:]:
        made.call(f"multiply({target}, {factor}, {target})")
    return target, sign


def _added(made: Source, a: Signed, b: Signed, out: str) -> None:
    if a[1] > 0:
        made.call(f"{'add' if b[1] > 0 else 'subtract'}({a[0]}, {b[0]}, {out})")
    elif b[1] > 0:
        made.call(f"subtract({b[0]}, {a[0]}, {out})")
    else:
        made.call(f"add({a[0]}, {b[0]}, {out})")
        made.call(f"negative({out}, {out})")


def _written(made: Source, a: Signed, out: str) -> None:
    if a[1] < 0:
        made.call(f"negative({a[0]}, {out})")
    elif a[0] != out:
        made.call(f"copyto({out}, {a[0]})")


def _reduce(made: Source, nest: Reduce) -> None:
    """Each part a dot product (or a plain sum), one after the other into the total."""
    batched, slot = nest.out.batched, nest.out.start
    if batched:
        out = made.define(("row", slot), "total", f"rows[{slot}]")
        scratch = made.define(("scratch", "row"), "scratch", f"empty({made.samples})")
    else:
        out = made.define(("number", slot), "total", f"numbers[{slot}:{slot + 1}].reshape(())")
        scratch = _scratch_number(made)
    for p, part in enumerate(nest.parts):
        target = scratch if p else out
        _long_term(made, part.factors, target, batched)
        if (c := part.coefficients[0]) != 1.0:
            made.call(f"multiply({target}, {_literal(made, c)}, {target})")
        if p:
            made.call(f"add({out}, {scratch}, {out})")


def _scratch_number(made: Source) -> str:
    return made.define(("scratch", "number"), "scratch", "empty(())")


def _long_term(made: Source, factors: list[Operand], target: str, batched: bool) -> None:
    """Σ u · v over the slots of a part, into the target."""
    if not factors:
        made.call(f"copyto({target}, {_literal(made, 1.0)})")
        return
    rowwise = [isinstance(x, Reference) and x.batched for x in factors]
    if batched and not any(rowwise):  # the same for all samples
        single = _scratch_number(made)
        _long_term(made, factors, single, False)
        made.call(f"copyto({target}, {single})")
        return
    views = [
        made.keep("constants", np.array(x))
        if not isinstance(x, Reference)
        else every_row(made, x)
        if x.batched
        else numbers(made, x)
        for x in factors
    ]
    if len(views) == 1:
        made.call(f"{views[0]}.sum(0, None, {target})")
    elif all(rowwise):
        made.call(f"einsum('kn,kn->n', {views[0]}, {views[1]}, out={target})")
    else:
        a, b = views[::-1] if rowwise[0] else views
        made.call(f"dot({a}, {b}, {target})")


def _map(made: Source, nest: Map) -> None:
    row, out, batched = nest.row, _result(made, nest.out), nest.out.batched
    if row.array:
        made.scope[row.array] = getattr(np, row.array)
    if row.array and row.arity < 0:
        _accumulated(made, nest, out)
        return
    operands = [_operand(made, x, batched) for x in nest.operands]
    if row.array == "power" and isinstance(nest.operands[1], list) and 0.5 in nest.operands[1]:
        # for one exponent NumPy takes the root, which at −0 and −∞ is another
        exponents = np.array(nest.operands[1])
        spread = np.repeat(exponents[:, None], made.samples, 1) if batched else exponents
        operands[1] = made.keep("exponents", spread)
    if row.array == "where":
        made.call(f"copyto({out}, where({', '.join(operands)}))")
    elif (
        row.array == "divide"
        and not (batched and made.samples >= LONG)
        and isinstance(nest.operands[0], list)
        and set(nest.operands[0]) == {1.0}
    ):
        made.call(f"reciprocal({operands[1]}, {out})")
    elif row.array:
        named = ""
        if row.array in ("maximum", "minimum"):
            named = "out="  # a third positional operand is deprecated
            if batched and made.samples >= LONG:
                operands = [
                    _spread(made, x[0]) if isinstance(x, list) and _is_one(x) else text
                    for x, text in zip(nest.operands, operands, strict=True)
                ]
            operands.reverse()  # of two zeros these take the second, the row of the table the first
        made.call(f"{row.array}({', '.join(operands)}, {named}{out})")
    else:
        made.call(f"copyto({out}, {made.function(row, len(operands))}({', '.join(operands)}))")


def _accumulated(made: Source, nest: Map, out: str) -> None:
    """A row of many operands by the `reduce` of NumPy's function for two."""
    batched, count, given = nest.out.batched, len(nest.out.slots), nest.operands
    rowwise = [x for x in given if isinstance(x, Reference) and x.batched]
    if count == 1 and len(rowwise) == len(given) and len({x.region for x in rowwise}) == 1:
        slots = tuple([x.start for x in rowwise])
        stacked = every_row(made, Reference(rowwise[0].region, slots, (len(slots),), None))
        out = made.define(("first", out), out + "_", f"{out}[0]")
    else:
        shape = (len(given), count, made.samples)[: 2 + batched]
        stacked = made.scratch(shape, 3)
        for k, x in enumerate(given):
            made.call(f"{stacked}[{k}] = {_operand(made, x, batched)}")
    made.call(f"{nest.row.array}.reduce({stacked}, 0, None, {out})")
