"""How many digits are right: value, first and second derivative at hard points, against fifty-digit
references.

`python -m tests.engine.accuracy` prints the table for each function. The reference holds, for each
function, points that are hard (tails, poles, zeros, the ends of the float range) and the exact
numbers, of which 40 digits are kept here. "doubtful" is what a user would not want to see: more
than one part in a million off, or not finite.
"""

from __future__ import annotations

import gzip
import json
import math
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from decimal import Decimal
from fractions import Fraction
from pathlib import Path
from typing import Any

import autograd_core as ac
from autograd_core import Value, gradients

REFERENCE = Path(__file__).parent / "data" / "reference_derivatives.json.gz"
ULPS = 4

# Names of the reference that are spelled otherwise here, or are put together from two or three
# operations.
COMPOSED: dict[str, Callable[..., Any]] = {
    "abs": ac.absolute,
    "rsqrt": lambda x: x**-0.5,
    "reciprocal": lambda x: 1.0 / x,
    "square": lambda x: x**2,
    "xlogx": lambda x: ac.xlogy(x, x),
    "normal_logpdf": lambda x: -0.5 * x * x - 0.5 * math.log(2.0 * math.pi),
    "pow": lambda x, y: x**y,
    "pow_int": lambda x, n: x**n,
    "div": lambda x, y: x / y,
    "mul": lambda x, y: x * y,
    "xlog1py": lambda x, y: x * ac.log1p(y),
    "bce_with_logits": lambda x, y: y * ac.softplus(-x) + (1.0 - y) * ac.softplus(x),
}


def function(name: str) -> Callable[..., Any] | None:
    """The function of that name in the reference, None if the library has none."""
    return COMPOSED.get(name) or getattr(ac, name, None)


def derivatives(f: Callable[..., Any], point: Sequence[float], *constants: float) -> list[float]:
    """[f, f′, f″], or of two arguments [f, ∂x, ∂y, ∂xx, ∂xy, ∂yy]."""
    inputs = [Value(x) for x in point]
    y = f(*inputs, *constants)
    first = gradients(y, inputs)
    second = [gradients(g, inputs)[i:] for i, g in enumerate(first)]
    return [v.item() for v in (y, *first, *(g for row in second for g in row))]


class Engine:
    """The same for a scorer that asks by name."""

    @staticmethod
    def derivs(
        name: str, arity: int, args: Sequence[float], n: int | None = None
    ) -> list[float] | None:
        f = function(name)
        return None if f is None else derivatives(f, args, *([] if n is None else [n]))


def verdict(got: float, reference: str) -> str:
    """ "right" within 4 units in the last place, "doubtful" beyond one part in a million or not
    finite, else "fair".
    """
    nearest = float(reference)
    if got == nearest or (math.isinf(nearest) and abs(got) > 1.7e308):
        return "right"
    if not (math.isfinite(got) and math.isfinite(nearest)):
        return "doubtful"
    exact = Fraction(Decimal(reference))
    error = abs(Fraction(got) - exact)
    ulps = error / Fraction(math.ulp(nearest))
    if ulps < 2 * ULPS and float(ulps) <= ULPS:
        return "right"
    return "fair" if error <= abs(exact) / 10**6 else "doubtful"


def scores() -> dict[str, list[Counter[str]]]:
    """For each function of the reference how often each verdict was given, at order 0, 1 and 2."""
    return {name: score(rows, offered(name)) for name, rows in load().items()}


def offered(name: str) -> Callable[..., Any]:
    f = function(name)
    assert f is not None, f"the reference holds {name}, which is not offered"
    return f


def load() -> dict[str, list[dict[str, Any]]]:
    """The reference: for each function its points, with the exact numbers as text."""
    with gzip.open(REFERENCE, "rt") as file:
        return json.load(file)  # type: ignore[no-any-return]


def score(
    rows: list[dict[str, Any]],
    f: Callable[..., Any],
    of: Callable[..., Sequence[Any]] = derivatives,
) -> list[Counter[str]]:
    """How often each verdict was given on one function, at order 0, 1 and 2; what is None is
    not counted.
    """
    counts: list[Counter[str]] = [Counter(), Counter(), Counter()]
    for row in rows:
        point, constants = [float.fromhex(x) for x in row["point"]], row.get("constants", [])
        found = of(lambda *xs, constants=constants: f(*xs, *constants), point)
        for order, got, exact in zip(_orders(len(point)), found, row["exact"], strict=True):
            if got is not None:
                counts[order][verdict(got, exact)] += 1
    return counts


def _orders(arity: int) -> list[int]:
    return [0, 1, 2] if arity == 1 else [0, 1, 1, 2, 2, 2]


def totals(table: dict[str, list[Counter[str]]]) -> list[Counter[str]]:
    """The counts of all functions together, at order 0, 1 and 2."""
    return [sum((counts[order] for counts in table.values()), Counter()) for order in range(3)]


def lines(table: dict[str, list[Counter[str]]]) -> Iterator[str]:
    """The table as Markdown: the share within 4 units in the last place, and what is doubtful."""
    yield "| function | value | first | second | doubtful |"
    yield "|---|---:|---:|---:|---:|"
    for name, counts in [*table.items(), ("**all**", totals(table))]:
        doubtful = sum(count["doubtful"] for count in counts)
        yield f"| {name} | {' | '.join(_percent(count) for count in counts)} | {doubtful or ''} |"


def _percent(count: Counter[str]) -> str:
    return f"{100.0 * count['right'] / count.total():.1f} %"


if __name__ == "__main__":
    print("\n".join(lines(scores())))
