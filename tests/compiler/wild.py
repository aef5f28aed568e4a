"""Random programs for the compiler: every row of the table, every selection and reduction, at
any point at all.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from hypothesis import strategies as st

import autograd_core as ac
from autograd_core.primitives import TABLE

Operation = Callable[[Any, Any, Any], Any]

COMPARISONS = {"less", "less_equal", "equal", "not_equal", "both", "either", "where"}


def _row(name: str) -> Operation:
    row = TABLE[name]
    if row.arity < 0:
        return lambda x, y, z: row(x, y, z, x) if name == "dot" else row(x, y, z)
    return lambda x, y, z: row(*(x, y, z)[: row.arity])


def _branch(x: Any, y: Any, z: Any) -> Any:
    if x > y:
        return x * z
    return y - z


ROWS: dict[str, Operation] = {name: _row(name) for name in sorted(TABLE) if name not in COMPARISONS}
COMPOSED: dict[str, Operation] = {
    "square": lambda x, y, z: x**2,
    "inverse": lambda x, y, z: x**-1,
    "half power": lambda x, y, z: x**0.5,
    "double": lambda x, y, z: x + x,
    "nothing": lambda x, y, z: x - x,
    "times zero": lambda x, y, z: x * 0.0,
    "plus zero": lambda x, y, z: x + 0.0,
    "a third": lambda x, y, z: x / 3.0,
    "reversed": lambda x, y, z: 1.0 - x,
    "one over": lambda x, y, z: 1.0 / x,
    "affine": lambda x, y, z: -(2.0 * x) + 0.25 * (y - z) - 1.0,
    "dense": lambda x, y, z: x * y + y * z + z,
    "factored": lambda x, y, z: (x + y) * (x - z),
    "mean": lambda x, y, z: ac.mean([x, y, z]),
    "softmax": lambda x, y, z: ac.softmax([x, y, z])[1],
    "dot with constants": lambda x, y, z: ac.dot([x, y, z], [0.5, -2.0, 1.0]),
    "where": lambda x, y, z: ac.where(x > 0.0, y, z),
    "where one is safe": lambda x, y, z: ac.where(x > 0.0, ac.sqrt(x), 0.0),
    "where the other is": lambda x, y, z: ac.where(x <= y, ac.log(x - y), x * y),
    "where both": lambda x, y, z: ac.where((x > 0.0) & (y < z), x / y, z),
    "where either": lambda x, y, z: ac.where((x == y) | (y != z), x, ac.exp(y)),
    "safe division": lambda x, y, z: ac.where(y == 0.0, 0.0, x / ac.where(y == 0.0, 1.0, y)),
    "hinge": lambda x, y, z: ac.relu(ac.log(x) + y),
    "bounded": lambda x, y, z: ac.clip(x, -1.0, 1.0),
}  # fmt: skip
BRANCHES: dict[str, Operation] = {
    "if": _branch,
    "max": lambda x, y, z: max(x, y, z),
    "sorted": lambda x, y, z: sorted([x, y, z])[1],
}
OPERATIONS = ROWS | COMPOSED | BRANCHES

ORDINARY = st.floats(-3.0, 3.0).map(lambda x: round(x, 3))
SPECIAL = st.sampled_from(
    [0.0, -0.0, 1.0, -1.0, 2.0, -1000.0, 1000.0, 1e-160, 1e160, math.inf, -math.inf, math.nan]
)
POINTS = st.one_of(ORDINARY, ORDINARY, SPECIAL)


@dataclass(frozen=True)
class Wild:
    """Instructions over the numbers so far, of which the last two are the results."""

    instructions: tuple[tuple[str, int, int, int], ...]

    def both(self, inputs: Sequence[Any]) -> list[Any]:
        numbers = list(inputs)
        for name, i, j, k in self.instructions:
            x, y, z = (numbers[n % len(numbers)] for n in (i, j, k))
            numbers.append(OPERATIONS[name](x, y, z))
        return numbers[-2:]

    def __call__(self, inputs: Sequence[Any]) -> Any:
        return self.both(inputs)[-1]


def wild(length: int = 6, names: Sequence[str] = tuple(OPERATIONS)) -> st.SearchStrategy[Wild]:
    places = st.integers(0, length + 3)
    instruction = st.tuples(st.sampled_from(list(names)), places, places, places)
    return st.builds(Wild, st.lists(instruction, min_size=1, max_size=length).map(tuple))


def points(count: int = 3) -> st.SearchStrategy[tuple[float, ...]]:
    return st.tuples(*[POINTS] * count)
