"""Random programs for the laws: a few inputs, then instructions that use any earlier number again
(shared nodes).

A program runs on any kind of number: on Values with the functions of the library, on fifty digits
with those of mpmath.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from types import SimpleNamespace
from typing import Any

from hypothesis import strategies as st

import autograd_core as ac
from autograd_core import Value
from autograd_core.engine.sweeps import topological_order

# m is a library of functions. Every operation is smooth, and keeps numbers of ordinary size at
# ordinary size.
SMOOTH: dict[str, Callable[..., Any]] = {
    "add": lambda m, x, y: x + y,
    "sub": lambda m, x, y: x - y,
    "mul": lambda m, x, y: x * y,
    "div": lambda m, x, y: x / (1.5 + y * y),
    "neg": lambda m, x, y: -x,
    "constants": lambda m, x, y: 2.0 - 0.5 * x,
    "cube": lambda m, x, y: x**3 / (1.0 + x**2),
    # at the exponent 0 torch loses a mixed derivative
    "power": lambda m, x, y: (1.25 + x * x) ** (0.3 + m.sin(y)),
    "exp": lambda m, x, y: m.exp(m.sin(x)),
    "expm1": lambda m, x, y: m.expm1(m.cos(x)),
    "log": lambda m, x, y: m.log(1.5 + m.sin(x)),
    "log1p": lambda m, x, y: m.log1p(x * x),
    "sqrt": lambda m, x, y: m.sqrt(0.5 + x * x),
    "tan": lambda m, x, y: m.tan(m.sin(x)),
    "asin": lambda m, x, y: m.asin(0.75 * m.cos(x)),
    "atan": lambda m, x, y: m.atan(x),
    "sinh": lambda m, x, y: m.sinh(m.sin(x)),
    "cosh": lambda m, x, y: m.cosh(m.cos(x)),
    "tanh": lambda m, x, y: m.tanh(x),
    "asinh": lambda m, x, y: m.asinh(x),
    "acosh": lambda m, x, y: m.acosh(1.5 + x * x),
    "atanh": lambda m, x, y: m.atanh(0.75 * m.sin(x)),
    "erf": lambda m, x, y: m.erf(x),
    "erfc": lambda m, x, y: m.erfc(x),
    "atan2": lambda m, x, y: m.atan2(x, 1.5 + m.sin(y)),
    "hypot": lambda m, x, y: m.hypot(x, 1.5 + m.cos(y)),
    "sigmoid": lambda m, x, y: m.sigmoid(x),
    "logsigmoid": lambda m, x, y: m.logsigmoid(x),
    "softplus": lambda m, x, y: m.softplus(x),
    "silu": lambda m, x, y: m.silu(x),
    "gelu": lambda m, x, y: m.gelu(x),
    "logaddexp": lambda m, x, y: m.logaddexp(x, y),
    "xlogy": lambda m, x, y: m.xlogy(x, 1.5 + m.sin(y)),
    "sum": lambda m, x, y: m.sum([x, y, x]),
    "prod": lambda m, x, y: m.prod([x, y, 0.5]),
    "dot": lambda m, x, y: m.dot([x, y], [y, 0.5]),
    "logsumexp": lambda m, x, y: m.logsumexp([x, y, x - y]),
}  # fmt: skip

ELEMENTARY = (
    "exp",
    "expm1",
    "log",
    "log1p",
    "sqrt",
    "sin",
    "cos",
    "tan",
    "asin",
    "atan",
    "sinh",
    "cosh",
    "tanh",
    "asinh",
    "acosh",
    "atanh",
    "erf",
    "erfc",
    "atan2",
    "hypot",
)

Instruction = tuple[str, int, int]


@dataclass(frozen=True)
class Program:
    """Instructions over the numbers so far; the result is the sum of the last two numbers and
    of every input's sine.
    """

    point: tuple[float, ...]
    instructions: tuple[Instruction, ...]

    def run(self, inputs: Sequence[Any], m: Any = ac) -> Any:
        numbers = list(inputs)
        for name, i, j in self.instructions:
            numbers.append(SMOOTH[name](m, numbers[i % len(numbers)], numbers[j % len(numbers)]))
        total = numbers[-1] + numbers[-2]
        for x in inputs:
            total = total + m.sin(x)
        return total

    def __call__(self, inputs: Sequence[Any]) -> Any:
        return self.run(inputs)


def programs(inputs: int = 3, length: int = 9) -> st.SearchStrategy[Program]:
    """Programs whose numbers all stay of ordinary size at their point."""
    points = st.lists(
        st.floats(-2.0, 2.0).map(lambda x: round(x, 6)), min_size=1, max_size=inputs
    ).map(tuple)
    places = st.integers(0, length + inputs)
    instructions = st.lists(
        st.tuples(st.sampled_from(sorted(SMOOTH)), places, places), min_size=1, max_size=length
    ).map(tuple)
    return st.builds(Program, points, instructions).filter(_is_tame)


def _is_tame(program: Program) -> bool:
    nodes = topological_order(program([Value(x) for x in program.point]))
    return all(abs(node.data) < 50.0 and all(abs(p) < 1e3 for p in node.partials) for node in nodes)


def magnitude(output: Value) -> float:
    """The largest sum of |products of partials| over the paths to a node: what rounding errors
    are measured against.
    """
    order = topological_order(output)
    total = dict.fromkeys(order, 0.0)
    total[output] = 1.0
    for node in order:
        for x, p in zip(node.operands, node.partials, strict=True):
            if (
                isinstance(x, Value) and x in total
            ):  # a branch that was not taken is not in the order
                total[x] += abs(p) * total[node]
    return max(1.0, *total.values())


def library(*modules: Any) -> SimpleNamespace:
    """The functions that programs use, on the numbers of another library: its own elementary
    ones, the rest by definition.
    """

    def find(name: str) -> Any:
        own = (
            getattr(m, spelling, None)
            for m in modules
            for spelling in (name, name.replace("a", "arc", 1))
        )
        return next((f for f in own if f is not None), None)

    m = SimpleNamespace(**{name: find(name) for name in ELEMENTARY})
    m.hypot = m.hypot or (lambda x, y: m.sqrt(x * x + y * y))
    m.erfc = m.erfc or (lambda x: 1 - m.erf(x))
    m.sigmoid = lambda x: 1 / (1 + m.exp(-x))
    m.softplus = lambda x: m.log1p(m.exp(x))
    m.logsigmoid = lambda x: -m.softplus(-x)
    m.silu = lambda x: x * m.sigmoid(x)
    m.gelu = lambda x: x * m.erfc(-x / m.sqrt(2 + 0 * x)) / 2
    m.logaddexp = lambda x, y: m.log(m.exp(x) + m.exp(y))
    m.xlogy = lambda x, y: x * m.log(y)
    m.sum = sum
    m.prod = math.prod
    m.dot = lambda a, b: sum(x * y for x, y in zip(a, b, strict=True))
    m.logsumexp = lambda xs: m.log(sum(m.exp(x) for x in xs))
    return m


def chain(x: Value, operations: int) -> Value:
    """As many operations, one after the other, and every second one reads x again."""
    y = x
    for i in range(operations):
        y = y + x if i % 2 else y * 0.999
    return y
