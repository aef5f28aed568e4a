"""Constant folding, and the rewrites that hold for every float: none changes a special value or the
sign of a zero.

Never x · 0 → 0 (nan, inf), never x + 0 → x (−0). The quotient by a constant becomes a product,
which rounds once more; a share of a whole that was recorded as 1 − (all others) for its derivatives
becomes the quotient, which rounds once less. Shares that are multiplied by one number, as in the
gradient of a cross-entropy, are divided after that: once for all. Equal operations become one, but
not yet for + − ×: the sums of a layer would lose their common shape.
"""

from __future__ import annotations

import math

from ...primitives import TABLE, Primitive, arithmetic
from ..ir.program import Program, uses
from .dead_code import carry
from .shares import PARTS, quotients
from .siblings import among_different

_PLAIN = {
    "add",
    "sub",
    "mul",
}  # of two variables there is nothing to rewrite: the most of any program


def simplify(program: Program) -> Program:
    new = Program()
    at = [-1] * len(program)
    constants: dict[str, int] = {}
    seen: dict[tuple[str, tuple[int, ...]], int] = {}
    shares: dict[int, frozenset[int]] = {}
    single: set[int] = set()  # the shares that are used once
    used: list[int] = []
    divided: dict[tuple[int, int], int] = {}
    different = among_different(program)
    known = new.constants

    def constant(number: float) -> int:
        key = number.hex()
        if key not in constants:
            constants[key] = new.constant(number)
        return constants[key]

    rows, operands_of, recorded, sampled = new.rows, new.operands, new.recorded, new.batched
    for i, (row, given, number, batched) in enumerate(program.instructions()):
        if row is None:
            at[i] = (
                constant(number) if i in program.constants else new.leaf(number, batched=batched)
            )
            continue
        if row.name in _PLAIN:
            a, b = given
            a, b = at[a], at[b]
            if a not in known and b not in known:  # a fast path of `append`
                if single and row.name == "mul" and (a in single or b in single):
                    a, b = _divided(new, *((a, b) if b in single else (b, a)), divided)
                at[i] = len(rows)
                rows.append(row)
                operands_of.append((a, b))
                recorded.append(number)
                sampled.append(batched)
                continue
        operands = tuple([at[j] for j in given])
        if all([j in new.constants for j in operands]):
            at[i] = constant(row.compute(*[new.constants[j] for j in operands]))
            continue
        found = None if i in different else _same(new, row, operands)
        if row.name in PARTS:  # 1 − rest -> p, where the shares add up to 1
            p, rest = operands
            if rest not in shares:
                shares[rest] = quotients(new, rest)
            found = p if p in shares[rest] else None
            used = used or uses(program)
            if found is not None and used[i] == 1:
                single.add(p)
        if (
            found is None
            and row.name in ("both", "either")
            and (_is_not(new, *operands) or _is_not(new, *operands[::-1]))
        ):
            found = constant(
                float(row.name == "either")
            )  # both(c, not c) -> 0,  either(c, not c) -> 1
        if row.name == "jump" or (
            row.name == "unsettled" and known.get(operands[0]) == 0.0
        ):  # -> −0: a program has no further derivatives
            found = constant(-0.0)
        if found is not None:
            at[i] = found
            continue
        row, operands = _rewritten(new, row, operands, constant)
        key = (row.name, operands)
        if key in seen and not (row.additive or row is arithmetic.div):
            at[i] = seen[key]
            continue
        at[i] = seen[key] = new.apply(row, operands, number, None if batched else False)
    return carry(program, new, at)


def _same(new: Program, row: Primitive, operands: tuple[int, ...]) -> int | None:
    """An existing instruction with the same value, or None."""
    name, known = row.name, new.constants
    if name == "identity":  # identity x -> x
        return operands[0]
    if name == "mul":
        a, b = operands
        if known.get(b) == 1.0:  # x * 1 -> x
            return a
        if known.get(a) == 1.0:  # 1 * x -> x
            return b
    elif name == "add":
        for zero, x in (operands, operands[::-1]):
            if known.get(zero) == 0.0 and math.copysign(1.0, known[zero]) < 0.0:  # x + −0 -> x
                return x
    elif name in ("div", "power") and known.get(operands[1]) == 1.0:  # x / 1 -> x,  x ^ 1 -> x
        return operands[0]
    elif name == "neg":
        inner = new.rows[operands[0]]
        if inner is not None and inner.name == "neg":  # -(-x) -> x
            return new.operands[operands[0]][0]
    elif name == "where":
        condition, a, b = operands
        if a == b:  # where(c, a, a) -> a
            return a
        if condition in known:  # where(1, a, b) -> a
            return a if known[condition] else b
    elif name in ("sum", "prod") and len(operands) == 1:  # sum(x) -> x
        return operands[0]
    elif name in ("both", "either"):
        a, b = operands if operands[1] in known else operands[::-1]
        if b in known:  # both(c, 1) -> c,  both(c, 0) -> 0,  either(c, 0) -> c,  either(c, 1) -> 1
            return a if (known[b] != 0.0) == (name == "both") else b
    return None


def _divided(
    new: Program, a: int, share: int, known: dict[tuple[int, int], int]
) -> tuple[int, int]:
    """a · (part / whole) -> (a / whole) · part: one quotient for all parts. It is never larger,
    for no whole is below 1.
    """
    part, whole = new.operands[share]
    if (a, whole) not in known:
        known[a, whole] = new.apply(
            arithmetic.div, (a, whole), arithmetic.div.compute(new.recorded[a], new.recorded[whole])
        )
    return known[a, whole], part


def _is_not(new: Program, a: int, b: int) -> bool:
    """Whether b is the opposite of the condition a: b = (a == 0)."""
    row = new.rows[b]
    return (
        row is not None
        and row.name == "equal"
        and new.operands[b][0] == a
        and new.constants.get(new.operands[b][1]) == 0.0
    )


def _rewritten(
    new: Program, row: Primitive, operands: tuple[int, ...], constant: object
) -> tuple[Primitive, tuple[int, ...]]:
    """The same operation in a form that the later passes know."""
    assert callable(constant)
    known = new.constants
    if row.name == "power" and known.get(operands[1]) == 2.0:  # x ^ 2 -> x * x
        return arithmetic.mul, (operands[0], operands[0])
    if row.name == "power" and known.get(operands[1]) == -1.0:  # x ^ -1 -> 1 / x
        return arithmetic.div, (constant(1.0), operands[0])
    if (
        row.name == "div" and operands[1] in known
    ):  # x / c -> x * (1 / c), where both are normal numbers
        c = known[operands[1]]
        if c and math.isfinite(c) and 2.3e-308 < abs(1.0 / c) < 1.7e308:
            return arithmetic.mul, (operands[0], constant(1.0 / c))
    if row.name == "where":
        return row, _selected(new, operands, constant)
    return row, operands


def _selected(new: Program, operands: tuple[int, ...], constant: object) -> tuple[int, int, int]:
    """The operands of a selection, with less to compute: the slope of relu."""
    assert callable(constant)
    known = new.constants
    condition, a, b = operands
    if _named(new, b, "mul") and any(
        [known.get(i, 0.0) != known.get(i, 0.0) for i in new.operands[b]]
    ):
        b = constant(math.nan)  # where(c, a, nan * x) -> where(c, a, nan)
    if _named(new, condition, "either"):
        less, other = new.operands[condition]
        if _named(new, less, "less") and _named(new, other, "not_equal"):
            low, x = new.operands[less]
            if known.get(low, math.nan) == known.get(low) and new.operands[other] == (x, x):
                number = float(
                    new.recorded[x] <= known[low]
                )  # where(c < x or x != x, a, b) -> where(x <= c, b, a)
                return new.apply(TABLE["less_equal"], (x, low), number), b, a
    return condition, a, b


def _named(new: Program, i: int, name: str) -> bool:
    row = new.rows[i]
    return row is not None and row.name == name
