"""How many digits of the reductions are right: 2 to 40 operands, value, first and second
derivatives, eager and in a batch.

`python -m tests.engine.accuracy_of_reductions` prints the tables. The exact numbers are closed
forms in decimal arithmetic of 400 digits, which keep a term of 10⁻³⁰⁰ beside 1. Second derivatives
are those on the diagonal and beside it.
"""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from decimal import Context, Decimal, localcontext
from fractions import Fraction
from typing import Any

import autograd_core as ac
from autograd_core import Value, compiled, gradients

from .accuracy import verdict

SIZES = (2, 3, 7, 20, 40)
EPSILON = Fraction(2) ** -52
Point = list[float]
Orders = list[list[Any]]
"""The values, the first and the second derivatives."""


def points(name: str) -> Iterator[Point]:
    """Points that are hard: wide ranges, ties, one operand that dominates, tiny differences,
    the ends of the float range.
    """
    rng = random.Random(name)
    large = LARGE if name == "norm" else []
    kinds = (
        EXPONENTIAL
        if name in ("logsumexp", "softmax")
        else MULTIPLIED
        if name == "prod"
        else MIXED + large
    )
    for n in SIZES:
        for kind in kinds:
            for _ in range(1 if n == 40 else 2):
                xs = kind(rng, n)
                rng.shuffle(xs)
                yield xs


EXPONENTIAL: list[Callable[[random.Random, int], Point]] = [
    lambda rng, n: [rng.uniform(-3.0, 3.0) for _ in range(n)],
    lambda rng, n: [rng.choice([0.0, 0.0, -1.0]) for _ in range(n)],
    lambda rng, n: [rng.choice([0.0, 0.0, -40.0]) for _ in range(n)],
    lambda rng, n: [0.0] + [-float(rng.randint(30, 60)) for _ in range(n - 1)],
    lambda rng, n: [0.0] + [-float(rng.randint(300, 740)) for _ in range(n - 1)],
    lambda rng, n: [float(rng.randint(1, 9))] + [-float(rng.randint(20, 90)) for _ in range(n - 1)],
    lambda rng, n: [rng.uniform(-40.0, 40.0) for _ in range(n)],
    lambda rng, n: [1.0 + rng.randint(0, 9) * 2.0**-52 for _ in range(n)],
    lambda rng, n: [float(rng.randint(900, 1000)) for _ in range(n)],
    lambda rng, n: [rng.choice([-1.0, 1.0]) * 1.7e308 for _ in range(n)],
]
MIXED: list[Callable[[random.Random, int], Point]] = [
    lambda rng, n: [rng.uniform(-3.0, 3.0) for _ in range(n)],
    lambda rng, n: [rng.choice([-1.0, 1.0]) for _ in range(n)],
    lambda rng, n: (
        [1.0] + [rng.choice([-1.0, 1.0]) * 10.0 ** -rng.randint(4, 9) for _ in range(n - 1)]
    ),
    lambda rng, n: [-1.0] + [10.0 ** -rng.randint(20, 150) for _ in range(n - 1)],
    lambda rng, n: [rng.choice([-1.0, 1.0]) * 10.0 ** rng.uniform(-140.0, 140.0) for _ in range(n)],
    lambda rng, n: [1.0 + rng.randint(0, 9) * 2.0**-52 for _ in range(n)],
    lambda rng, n: [rng.choice([-1.0, 1.0]) * 1.5e308 / n for _ in range(n)],
    lambda rng, n: [rng.uniform(1.0, 9.0) * 1e-300 for _ in range(n)],
]
LARGE: list[Callable[[random.Random, int], Point]] = [
    lambda rng, n: [rng.choice([-1.0, 1.0]) * 1.5e308 for _ in range(n)]
]
MULTIPLIED: list[Callable[[random.Random, int], Point]] = [
    lambda rng, n: [rng.uniform(-3.0, 3.0) for _ in range(n)],
    lambda rng, n: [rng.choice([-1.0, 1.0]) * 10.0 ** rng.uniform(-6.0, 6.0) for _ in range(n)],
    lambda rng, n: [1.0 + rng.randint(0, 9) * 2.0**-52 for _ in range(n)],
    lambda rng, n: [0.0] + [rng.uniform(-3.0, 3.0) for _ in range(n - 1)],
]


def beside(n: int) -> list[tuple[int, int]]:
    """Which second derivatives are looked at."""
    return [(i, j % n) for i in range(n) for j in (i, i + 1)]


def exact(name: str, xs: Point) -> list[list[Decimal]]:
    """The closed forms."""
    with localcontext(Context(prec=400, Emin=-(10**6), Emax=10**6)):
        return EXACT[name]([Decimal(x) for x in xs])


def _shares(xs: list[Decimal]) -> tuple[list[Decimal], list[Decimal]]:
    """pᵢ, and 1 − pᵢ as the sum of the others."""
    top = max(xs)
    powers = [(x - top).exp() for x in xs]
    total = sum(powers)
    return [p / total for p in powers], [
        sum(powers[:i] + powers[i + 1 :]) / total for i in range(len(xs))
    ]


def _logsumexp(xs: list[Decimal]) -> list[list[Decimal]]:
    top = max(xs)
    p, q = _shares(xs)
    second = [p[i] * q[i] if i == j else -p[i] * p[j] for i, j in beside(len(xs))]
    return [[top + sum([(x - top).exp() for x in xs], Decimal(0)).ln()], p, second]


def _softmax(xs: list[Decimal]) -> list[list[Decimal]]:
    """The shares; ∂pᵢ/∂xᵢ and ∂pᵢ/∂xⱼ; ∂²pᵢ/∂xᵢ² and ∂²pᵢ/∂xᵢ∂xⱼ, with j beside i."""
    p, q = _shares(xs)
    pairs = beside(len(xs))
    first = [p[i] * q[i] if i == j else -p[i] * p[j] for i, j in pairs]
    second = [
        p[i] * q[i] * (q[i] - p[i]) if i == j else -p[i] * p[j] * (q[i] - p[i]) for i, j in pairs
    ]
    return [p, first, second]


def _norm(xs: list[Decimal]) -> list[list[Decimal]]:
    y = sum([x * x for x in xs], Decimal(0)).sqrt()
    rest = [sum([b * b for k, b in enumerate(xs) if k != i], Decimal(0)) for i in range(len(xs))]
    return [
        [y],
        [x / y for x in xs],
        [(rest[i] if i == j else -xs[i] * xs[j]) / y**3 for i, j in beside(len(xs))],
    ]


def _prod(xs: list[Decimal]) -> list[list[Decimal]]:
    def without(*left_out: int) -> Decimal:
        y = Decimal(1)
        for k, x in enumerate(xs):
            y *= Decimal(1) if k in left_out else x
        return y

    n = len(xs)
    return [
        [without()],
        [without(i) for i in range(n)],
        [Decimal(0) if i == j else without(i, j) for i, j in beside(n)],
    ]


EXACT: dict[str, Callable[[list[Decimal]], list[list[Decimal]]]] = {
    "norm": _norm, "logsumexp": _logsumexp, "softmax": _softmax, "prod": _prod,
}  # fmt: skip


def found(name: str, xs: Sequence[Any]) -> Orders:
    """The same by the library, of numbers or inside a compiled function."""
    y = getattr(ac, name)(xs)
    if name == "softmax":
        first = [gradients(p, xs) for p in y]
        pairs = beside(len(xs))
        return [
            y,
            [first[i][j] for i, j in pairs],
            [gradients(first[i][i], [xs[j]])[0] for i, j in pairs],
        ]
    slopes = gradients(y, xs)
    return [[y], slopes, [gradients(slopes[i], [xs[j]])[0] for i, j in beside(len(xs))]]


def eagerly(name: str, several: list[Point]) -> Iterator[Orders]:
    for xs in several:
        yield [[v.item() for v in order] for order in found(name, [Value(x) for x in xs])]


def in_batches(name: str, several: list[Point]) -> Iterator[Orders]:
    """All points with equally many operands as one batch of a compiled function."""
    for n in sorted({len(xs) for xs in several}):
        alike = [xs for xs in several if len(xs) == n]
        batch = compiled(lambda xs: found(name, xs), batched="xs")(alike)
        for k in range(len(alike)):
            yield [[float(column[k]) for column in order] for order in batch]


WAYS: dict[str, Callable[[str, list[Point]], Iterator[Orders]]] = {
    "eager": eagerly,
    "batched": in_batches,
}


def scores(name: str, way: str) -> list[Counter[str]]:
    """How often each verdict was given, at order 0, 1 and 2."""
    counts: list[Counter[str]] = [Counter(), Counter(), Counter()]
    several = sorted(points(name), key=len)
    for xs, orders in zip(several, WAYS[way](name, several), strict=True):
        for count, got, right in zip(counts, orders, exact(name, xs), strict=True):
            count.update([verdict(x, f"{y:.40e}") for x, y in zip(got, right, strict=True)])
    return counts


def error_of_sum(name: str, way: str) -> float:
    """The largest error of `sum`, `mean` or `dot`, in units of ε Σ|terms|."""
    several = sorted(points(name), key=len)
    functions: dict[str, Callable[[Any], Any]] = {
        "sum": ac.sum,
        "mean": ac.mean,
        "dot": lambda xs: ac.dot(xs, xs[::-1]),
    }
    worst = Fraction(0)
    for n in SIZES:
        alike = [
            xs
            for xs in several
            if len(xs) == n and (name != "dot" or all([1e-150 <= abs(x) < 1e150 for x in xs]))
        ]
        results = [functions[name](xs) for xs in alike]
        if way == "batched":
            results = compiled(lambda xs: functions[name](xs), batched="xs")(alike).tolist()
        for xs, y in zip(alike, results, strict=True):
            terms = [Fraction(x) for x in xs]
            if name == "dot":
                terms = [a * b for a, b in zip(terms, terms[::-1], strict=True)]
            scale = Fraction(1, n) if name == "mean" else Fraction(1)
            worst = max(
                worst,
                abs(Fraction(y) - scale * sum(terms)) / (EPSILON * scale * sum(map(abs, terms))),
            )
    return float(worst)


def units_of_product(way: str) -> float:
    """The largest error of `prod` and its derivatives, in units in the last place for each
    operand.
    """
    several = sorted(points("prod"), key=len)
    worst = Fraction(0)
    for xs, orders in zip(several, WAYS[way]("prod", several), strict=True):
        for got, right in zip(orders, exact("prod", xs), strict=True):
            for x, y in zip(got, right, strict=True):
                if y:
                    worst = max(worst, abs(Fraction(x) / Fraction(y) - 1) / EPSILON / len(xs))
                else:
                    assert x == 0.0
    return float(worst)


def lines() -> Iterator[str]:
    """The tables as Markdown."""
    yield "| reduction | value | first | second | doubtful |"
    yield "|---|---:|---:|---:|---:|"
    for name in ("norm", "logsumexp", "softmax"):
        for way in WAYS:
            counts = scores(name, way)
            shares = " | ".join([f"{100.0 * c['right'] / c.total():.1f} %" for c in counts])
            yield f"| {name}, {way} | {shares} | {sum(c['doubtful'] for c in counts) or ''} |"
    yield ""
    yield "| reduction | error, in units of | eager | batched |"
    yield "|---|---|---:|---:|"
    for name in ("sum", "mean", "dot"):
        yield (
            f"| {name} | ε Σ\\|terms\\| | {error_of_sum(name, 'eager'):.2f} | "
            f"{error_of_sum(name, 'batched'):.2f} |"
        )
    yield f"| prod | n ε | {units_of_product('eager'):.2f} | {units_of_product('batched'):.2f} |"


if __name__ == "__main__":
    print("\n".join(lines()))
