"""Canonical sums: every + − × of a program as sums of products, c₀ + Σ coefficient · u · v, in no
particular order.

`a·b + (c − d)·2` is the sum of the products a·b, 2·c and −2·d when nothing else needs the parts. It
makes programs that were written in different ways equal, and it is the form in which the matrix
products are found.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field

from ...primitives import Primitive
from ..ir.program import Program, listing, uses
from ..passes.siblings import among_different

Term = tuple[float, int, int]
"""coefficient · u · v; a factor of 1 is -1."""

ONE = -1
SMALLEST, LARGEST = 1e-20, 1e20
"""Between these a constant is taken out of a product: c · (u · v) for (c · u) · v, which leaves
the float range earlier.
"""


@dataclass(slots=True)
class Lowered:
    """A program whose values are leaves, operations of the table, and canonical sums.

    Value i is a leaf (rows[i] is None and i is not in `terms`), an operation, or a sum (i is in
    `terms`). `over` holds the sums that run over the samples of a batch as well.
    """

    rows: list[Primitive | None] = field(default_factory=list)
    operands: list[tuple[int, ...]] = field(default_factory=list)
    terms: dict[int, list[Term]] = field(default_factory=dict)
    over: set[int] = field(default_factory=set)
    batched: list[bool] = field(default_factory=list)
    recorded: list[float] = field(default_factory=list)
    constants: dict[int, float] = field(default_factory=dict)
    inputs: list[int] = field(default_factory=list)
    outputs: list[int] = field(default_factory=list)
    guards: list[tuple[int, bool]] = field(default_factory=list)
    names: dict[int, str] = field(default_factory=dict)
    forward: int | None = None  # the values from here on belong to backward sweeps
    apart: int | None = None  # an input that is set by itself
    apart_factor: float = 1.0  # by which it is multiplied before it is set
    known: dict[str, int] = field(default_factory=dict)
    scaled: dict[tuple[float, int], int] = field(
        default_factory=dict
    )  # constant · value, where a product needs it as a factor
    unscaled: dict[int, int] = field(default_factory=dict)
    deferred: frozenset[int] = frozenset()
    sampled: list[bool] = field(
        default_factory=list
    )  # which outputs had a value for each sample, before any sum over them

    def value(
        self, row: Primitive | None, operands: tuple[int, ...], batched: bool, number: float
    ) -> int:
        self.rows.append(row)
        self.operands.append(operands)
        self.batched.append(batched)
        self.recorded.append(number)
        return len(self.rows) - 1

    def __str__(self) -> str:
        return listing(self, self.terms)


def canonicalize_sums(program: Program) -> Lowered:
    """The program with its sums in canonical form, equal ones once, and sums over the batch for
    the outputs that are summed.
    """
    used = uses(program)
    different = among_different(program)
    names = [row.name if row is not None else "" for row in program.rows]
    bases = _bases(program, names)
    roots = _roots(program, used, names, bases)
    held = _held(program, names, bases, roots)
    new = Lowered()
    at = [-1] * len(program)
    seen: dict[object, int] = {}
    for i, row in enumerate(program.rows):
        if row is None:
            if i in program.constants:
                at[i] = constant_of(new, program.constants[i])
            else:
                at[i] = new.value(None, (), program.batched[i], program.recorded[i])
        elif not used[i]:
            continue
        elif names[i] == "identity":
            at[i] = at[program.operands[i][0]]
        elif not row.additive:
            operands = tuple([at[j] for j in program.operands[i]])
            key: object = (names[i], operands)
            if key not in seen:
                seen[key] = new.value(row, operands, program.batched[i], program.recorded[i])
            at[i] = seen[key]
        elif roots[i]:
            terms = _expanded(program, at, names, bases, different, held, i)
            at[i] = _sum(
                new,
                seen,
                terms,
                program.batched[i],
                program.recorded[i],
                False,
                keep=i in different,
            )
    new.inputs = [at[i] for i in program.inputs]
    new.guards = [(at[i], truth) for i, truth in program.guards]
    new.names = {at[i]: name for i, name in program.names.items() if at[i] >= 0}
    new.deferred = program.deferred
    if program.forward is not None:
        new.forward = 1 + max(at[: program.forward], default=-1)
    new.sampled = [program.batched[i] for i in program.outputs]
    for k, i in enumerate(program.outputs):
        if k < program.summed and program.batched[i]:
            inner = at[i]
            single = inner in new.terms and used[i] == 1
            terms = new.terms[inner] if single else [(1.0, inner, ONE)]
            new.outputs.append(_summed_over_samples(new, seen, terms))
        else:
            new.outputs.append(at[i])
    if program.apart is not None:
        _set_apart(new, new.inputs[program.apart])
    return new


def _set_apart(lowered: Lowered, i: int) -> None:
    """Let input i lie apart from the others, and take out the coefficient that stands beside it
    everywhere.
    """
    lowered.apart = i
    beside = [
        (terms, k)
        for terms in lowered.terms.values()
        for k, (_, u, v) in enumerate(terms)
        if i in (u, v)
    ]
    found = {terms[k][0] for terms, k in beside}
    if len(found) != 1 or any([i in operands for operands in lowered.operands]):
        return
    for terms, k in beside:
        terms[k] = (1.0, *terms[k][1:])
    lowered.apart_factor = found.pop()
    lowered.recorded[i] *= lowered.apart_factor


def _roots(program: Program, used: list[int], names: list[str], bases: list[int]) -> list[bool]:
    """Which additive instructions stay values of their own: those that are used twice, or by
    another operation.

    A sum or product used once, by a sum, is absorbed in it; a product with a constant even when it
    is used more often.
    """
    roots = [False] * len(program)
    for i in [*program.outputs, *(i for i, _ in program.guards)]:
        roots[i] = True
    additive = [row is not None and row.additive for row in program.rows]
    for i in range(len(program) - 1, -1, -1):
        name = names[i]
        if not name or not used[i]:
            continue
        for j in program.operands[i]:
            if not additive[j]:
                continue
            if not additive[i]:
                roots[j] = True
            elif bases[j] >= 0:
                if name in ("mul", "dot") and additive[bases[j]]:
                    roots[bases[j]] = True
            elif used[j] > 1 or (
                name in ("mul", "dot") and not (bases[i] >= 0 and names[j] == "mul")
            ):
                roots[j] = True
    return roots


def _bases(program: Program, names: list[str]) -> list[int]:
    """What each is a constant multiple of, through any number of negations and constant
    factors; -1 where it is none.
    """
    bases = [-1] * len(names)
    for i, name in enumerate(names):
        if name == "neg":
            j = program.operands[i][0]
        elif name == "mul" and (
            program.operands[i][0] in program.constants
            or program.operands[i][1] in program.constants
        ):
            a, b = program.operands[i]
            j = b if a in program.constants else a
        else:
            continue
        bases[i] = bases[j] if bases[j] >= 0 else j
    return bases


def _held(program: Program, names: list[str], bases: list[int], roots: list[bool]) -> set[int]:
    """What must stay a value because the constants around it would together leave the safe range:
    they become roots.

    A constant that stands alone before a value does no harm, however large.
    """
    held: set[int] = set()
    own = {i: abs(_factor(program, i)) for i, base in enumerate(bases) if base >= 0}
    far = not all([SMALLEST < c < LARGEST for c in own.values()])
    around: dict[
        int, float
    ] = {}  # the product of the constants that a sum would multiply the terms of i by
    for i in range(len(names) - 1, -1, -1) if own else ():
        product = far and names[i] in ("mul", "dot") and i not in own
        if not (product or i in own or i in around):
            continue
        above = (1.0 if roots[i] else around.get(i, 1.0)) * own.get(i, 1.0)
        if above == 1.0 and not product:
            continue
        for j in program.operands[i]:
            c = own.get(j, 1.0)
            row = program.rows[j]
            if row is None or not row.additive:
                continue
            if not (
                SMALLEST < above < LARGEST
                and SMALLEST < c < LARGEST
                and SMALLEST < above * c < LARGEST
            ):
                held.add(j)
                roots[j] = True
            elif j not in around or abs(math.log(above)) > abs(math.log(around[j])):
                around[j] = above
    return held


def _factor(program: Program, i: int) -> float:
    """The constant that i multiplies by."""
    return math.prod([program.constants.get(j, 1.0) for j in program.operands[i]])


def _name(program: Program, i: int) -> str:
    row = program.rows[i]
    return row.name if row is not None else ""


def _expanded(
    program: Program,
    at: list[int],
    names: list[str],
    bases: list[int],
    different: set[int],
    held: set[int],
    i: int,
) -> list[Term]:
    """The terms of the additive instruction i. What is a value of its own has a place in `at`
    already.
    """
    terms: list[Term] = []
    zeros: list[Term] = []
    kept = False
    constants = program.constants
    stack = [(1.0, i)]
    while stack:
        c, j = stack.pop()
        if at[j] >= 0:
            if j not in constants:
                terms.append((c, at[j], ONE))
            else:
                constant = c * constants[j]
                (terms if constant else zeros).append((constant, ONE, ONE))
            continue
        name, operands = names[j], program.operands[j]
        if different and name != "mul" and j in different:
            kept = True
        if name == "add":
            a, b = operands
            stack += ((c, b), (c, a))
        elif name == "mul":
            a, b = operands
            if (
                bases[j] < 0 and bases[a] < 0 and bases[b] < 0
            ):  # two variables, and nothing to take out of them
                terms.append((c, at[a], at[b]) if at[a] <= at[b] else (c, at[b], at[a]))
            else:
                terms += _product(program, at, held, c, a, b, stack)
        elif name == "neg":
            stack.append((-c, operands[0]))
        elif name == "dot":
            half = len(operands) // 2
            for a, b in zip(operands[:half], operands[half:], strict=True):
                terms += _product(program, at, held, c, a, b, stack)
        elif name == "sub":
            stack += ((-c, operands[1]), (c, operands[0]))
        else:
            stack += [(c, k) for k in reversed(operands)]
    return (
        terms if len(terms) > 1 and not kept else terms + zeros
    )  # x + y + 0 -> x + y, but for the sign of a zero


def _product(
    program: Program,
    at: list[int],
    held: set[int],
    c: float,
    a: int,
    b: int,
    stack: list[tuple[float, int]],
) -> list[Term]:
    """c · a · b as a term, with constants and signs taken out of the factors; what is only
    scaled is expanded further.
    """
    ca, a = _scaled(program, held, a)
    cb, b = _scaled(program, held, b)
    c *= ca * cb
    if a == ONE and b == ONE:
        return [(c, ONE, ONE)]
    if a == ONE or b == ONE:
        stack.append((c, b if a == ONE else a))
        return []
    u, v = at[a], at[b]
    return [(c, u, v) if u <= v else (c, v, u)]


def _scaled(program: Program, held: set[int], i: int) -> tuple[float, int]:
    """i as constant · factor."""
    c = 1.0
    while True:
        if i in held:
            return c, i
        if i in program.constants:
            return c * program.constants[i], ONE
        name, operands = _name(program, i), program.operands[i]
        if name == "neg":
            c, i = -c, operands[0]
        elif name == "mul" and operands[0] in program.constants:
            c, i = c * program.constants[operands[0]], operands[1]
        elif name == "mul" and operands[1] in program.constants:
            c, i = c * program.constants[operands[1]], operands[0]
        else:
            return c, i


def _sum(
    new: Lowered,
    seen: dict[object, int],
    terms: list[Term],
    batched: bool,
    number: float,
    over: bool,
    keep: bool = False,
) -> int:
    """The value of a sum: an equal one where there is one, its only term where that is a value
    already (unless `keep`).
    """
    if len({(u, v) for _, u, v in terms}) < len(terms):
        total: dict[tuple[int, int, int], float] = {}
        for c, u, v in terms:
            key = (
                u,
                v,
                0 if u == ONE else (c > 0.0) - (c < 0.0),
            )  # 2x + 3x -> 5x, but never 2x - 3x -> -x: x may be infinite
            while (
                key in total and math.isinf(total[key] + c) and math.isfinite(c)
            ):  # nor 1e308 x + 1e308 x -> inf x
                key = (u, v, key[2] + (2 if key[2] >= 0 else -2))
            total[key] = total[key] + c if key in total else c
        terms = [(c, u, v) for (u, v, _), c in total.items()]
    merged = sorted(
        [(c if c == c else math.nan, u, v) for c, u, v in terms]
    )  # one nan: it equals itself alone
    if len(merged) == 1 and merged[0][0] == 1.0 and merged[0][2] == ONE and not over and not keep:
        return merged[0][1] if merged[0][1] != ONE else constant_of(new, 1.0)
    known = (over, tuple(merged))
    if known not in seen:
        i = new.value(None, (), batched, number)
        new.terms[i] = merged
        if over:
            new.over.add(i)
        seen[known] = i
    return seen[known]


def _summed_over_samples(new: Lowered, seen: dict[object, int], terms: list[Term]) -> int:
    """Σ over the samples of a sum, in parts that are one product each: of equal coefficient, with
    equally many batched factors.

    What has no value for each sample is multiplied by ones that have; what has no usual coefficient
    becomes a value first.
    """
    parts: dict[tuple[float, int], list[Term]] = {}
    linear: list[Term] = []
    shared: list[Term] = []
    strange: list[Term] = []
    for c, u, v in terms:
        count = sum([x != ONE and new.batched[x] for x in (u, v)])
        if not count:
            shared.append((c, u, v))
        elif not math.isfinite(c) or (
            not c and v != ONE
        ):  # 0 · x alone is the padding of an image: it stays in line
            strange.append((c, u, v))
        elif v == ONE:
            linear.append((c, u, v))
        else:
            parts.setdefault((c, count), []).append((c, u, v))
    if shared:
        i, j = sorted([_sum(new, seen, shared, False, _recorded(new, shared), False), _ones(new)])
        parts.setdefault((1.0, 1), []).append((1.0, i, j))
    if strange:
        linear.append((1.0, _sum(new, seen, strange, True, _recorded(new, strange), False), ONE))
    if linear:
        both = [key for key in parts if key[1] == 2]
        parts.setdefault(both[0] if len(both) == 1 else (1.0, 0), []).extend(linear)
    totals = [_sum(new, seen, part, False, _recorded(new, part), True) for part in parts.values()]
    if len(totals) == 1:
        return totals[0]
    whole = [(1.0, i, ONE) for i in totals]
    return _sum(new, seen, whole, False, _recorded(new, whole), False)


def _ones(new: Lowered) -> int:
    """The constant 1 with a value for each sample."""
    if "samples" not in new.known:
        new.known["samples"] = new.value(None, (), True, 1.0)
        new.constants[new.known["samples"]] = 1.0
    return new.known["samples"]


def _recorded(new: Lowered, terms: list[Term]) -> float:
    numbers = [[new.recorded[x] if x != ONE else 1.0 for x in (u, v)] for _, u, v in terms]
    return sum([c * a * b for (c, _, _), (a, b) in zip(terms, numbers, strict=True)])


def constant_of(lowered: Lowered, number: float) -> int:
    """The leaf that holds this constant, a new one where there is none."""
    key = number.hex()
    if key not in lowered.known:
        lowered.known[key] = lowered.value(None, (), False, number)
        lowered.constants[lowered.known[key]] = number
    return lowered.known[key]
