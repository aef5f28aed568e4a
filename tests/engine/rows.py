"""What every row of the table must satisfy, as checks of one row each, and the points at which
they are made.
"""

from __future__ import annotations

import math
import pickle
import struct
from collections.abc import Callable, Iterator
from itertools import product
from typing import Any

from autograd_core import Value, gradients, jvp
from autograd_core.checking.differences import slopes as slopes_of
from autograd_core.primitives import Interval, Primitive
from autograd_core.primitives.rules import case, read, rule_of, value

Point = tuple[float, ...]

SPECIAL = (0.0, -0.0, 1.0, -1.0, 5e-324, 1e-160, -1e200, 1.7e308, math.inf, -math.inf, math.nan)


def arity(row: Primitive) -> int:
    """How many operands a check gives to the row; a row over any number gets four."""
    return row.arity if row.arity >= 0 else 4


def ordinary(row: Primitive, count: int = 8) -> list[Point]:
    """Points spread over the inside of the domain, none of them round, where the row has a
    value.
    """
    n = arity(row)
    domain = row.domain * n if row.arity < 0 else row.domain
    spread = [[(0.6180339887 * (1 + k * n + i)) % 1.0 for i in range(n)] for k in range(count)]
    points = [tuple(map(_inside, domain, shares)) for shares in spread]
    return [xs for xs in points if not math.isnan(row.compute(*xs))]


def _inside(interval: Interval, share: float) -> float:
    low = interval.low if math.isfinite(interval.low) else -2.9
    high = interval.high if math.isfinite(interval.high) else low + 5.7
    return low + (high - low) * (0.03 + 0.94 * share)


def special(row: Primitive) -> Iterator[Point]:
    """Zeros, infinities, nan and the ends of the float range, in every combination of up to two
    operands.
    """
    n = arity(row)
    if n <= 2:
        yield from product(SPECIAL, repeat=n)
    else:
        yield from ((x,) * (n - 1) + (y,) for x in SPECIAL for y in SPECIAL)


def bits(*numbers: float) -> list[bytes]:
    """The numbers exactly: -0 is not 0, and nan is nan."""
    return [struct.pack("d", x) if x == x else b"nan" for x in numbers]


def slopes(row: Primitive, xs: Point) -> list[float]:
    """The partial derivatives by the row's rules on floats, 0 where no gradient flows."""
    y = row.compute(*xs)
    if row.arity < 0:
        return [float(p) for p in row.partials[0](y, *xs)]
    follows = row.followed or [None] * row.arity
    return [
        float(rule(y, *xs)) if taken is None or taken(y, *xs) else 0.0
        for rule, taken in zip(row.partials, follows, strict=True)
    ]


def check_floats_and_values_agree_bit_for_bit(row: Primitive) -> None:
    for xs in [*ordinary(row), *special(row)]:
        plain = row(*xs)
        node = row(*[Value(x) for x in xs])
        assert type(plain) is float, (xs, plain)
        assert bits(plain) == bits(node.data), (xs, plain, node.data)
        assert bits(*node.partials) == bits(*slopes(row, xs)), (xs, node.partials, slopes(row, xs))


def check_both_sweeps_give_the_same_numbers(row: Primitive) -> None:
    for xs in [*ordinary(row), *special(row)]:
        inputs = [Value(x) for x in xs]
        y = row(*inputs)
        y.backward()
        recorded = [x.grad for x in inputs]
        symbolic = [g.data for g in gradients(y, inputs)]
        assert all(
            a == b or (a != a and b != b) for a, b in zip(recorded, symbolic, strict=True)
        ), (xs, recorded, symbolic)


def check_partials_are_the_limits_of_differences(row: Primitive) -> None:
    for xs in ordinary(row):
        for i, slope in enumerate(slopes(row, xs)):
            _assert_near(slope, _difference(lambda *p: row.compute(*p), xs, i), row, xs)


def check_second_derivatives_are_the_limits_of_differences_of_the_first(row: Primitive) -> None:
    for xs in ordinary(row, 5):
        inputs = [Value(x) for x in xs]
        first = gradients(row(*inputs), inputs)
        for j, g in enumerate(first):
            for i, second in enumerate(gradients(g, inputs)):
                _assert_near(
                    second.data, _difference(lambda *p, j=j: slopes(row, p)[j], xs, i), row, xs
                )


def check_its_rule_as_text_gives_its_slopes(row: Primitive) -> None:
    assert row.rule or not row.example, f"{row.name} is public and has no rule"
    for xs in ordinary(row) if row.rule else []:
        for i, slope in enumerate(slopes(row, xs)):
            text, places = rule_of(row, i, len(xs))
            numbers = {"y": row.compute(*xs)} | {name: xs[k] for name, k in places.items()}
            found = case(read(text, {name: name for name in numbers}), numbers) if text else None
            if found is not None:
                assert math.isclose(
                    value(found.formula, numbers), slope, rel_tol=1e-11, abs_tol=1e-13
                ), (row, text, xs, slope)


def check_forward_is_backward(row: Primitive) -> None:
    for xs in ordinary(row, 3):
        for i, slope in enumerate(slopes(row, xs)):
            direction = tuple(float(i == j) for j in range(len(xs)))
            assert bits(jvp(row, xs, direction)[1] + 0.0) == bits(slope + 0.0), (xs, i)


def check_outside_the_domain_everything_is_nan(row: Primitive) -> None:
    for i, interval in enumerate(row.domain):
        for outside in (interval.low - 0.5, interval.high + 0.5):
            if math.isfinite(outside):
                xs = [0.7] * arity(row)
                xs[i] = outside
                inputs = [Value(x) for x in xs]
                y = row(*inputs)
                first = gradients(y, inputs)[i]
                found = (y.data, y.partials[i], first.data, gradients(first, inputs)[i].data)
                assert all(map(math.isnan, found)), (xs, found)


def check_nothing_raises_anywhere(row: Primitive) -> None:
    for xs in special(row):
        inputs = [Value(x) for x in xs]
        y = row(*inputs)
        for g in gradients(y, inputs):
            assert all(type(second.data) is float for second in gradients(g, inputs)), xs


def check_it_is_drawn_and_pickled(row: Primitive) -> None:
    assert row.symbol.strip()
    assert row.name.isidentifier()
    assert pickle.loads(pickle.dumps(row)) is row


CHECKS: list[Callable[[Primitive], None]] = [
    check for name, check in sorted(globals().items()) if name.startswith("check_")
]


def _difference(f: Callable[..., float], xs: Point, i: int) -> float:
    """∂f/∂xᵢ by extrapolated differences."""
    return slopes_of(lambda moved: [f(*xs[:i], xs[i] + moved, *xs[i + 1 :])], xs[i])[0].best.value


def _assert_near(exact: float, numerical: float, row: Primitive, xs: Any) -> None:
    assert abs(exact - numerical) <= 1e-8 * max(1.0, abs(exact)), (row, xs, exact, numerical)
