"""Random programs on lists, with sums as long as the lists, in every back-end and as a batch."""

from __future__ import annotations

import random
from collections.abc import Callable
from typing import Any

import pytest

from autograd_core import Value, compiled, dot, erf, grad, mean, sin, value_and_grad
from autograd_core import sum as total

from .backends import ALL_BACKENDS, forced

np = pytest.importorskip("numpy")

SEEDS = range(30)
LENGTHS = (1, 3, 8, 9, 20)  # a sum of eight terms is a long one
List = list[Any]


FORMULAS: dict[str, Callable[[List, List, List], List]] = {
    "a b + c - b": lambda a, b, c: [p * q + r - q for p, q, r in zip(a, b, c, strict=True)],
    "c - a b": lambda a, b, c: [r - p * q for p, q, r in zip(a, b, c, strict=True)],
    "0.5 c + b a - c a": lambda a, b, c: [
        0.5 * r + q * p - r * p for p, q, r in zip(a, b, c, strict=True)
    ],
    "-a - b c - 7": lambda a, b, c: [-p - q * r - 7.0 for p, q, r in zip(a, b, c, strict=True)],
    "sin(a) b": lambda a, b, c: [sin(p) * q for p, q in zip(a, b, strict=True)],
    "erf(a)": lambda a, b, c: [erf(p) for p in a],
    "(a . b) c": lambda a, b, c: [dot(a, b) * r for r in c],
}
ENDS: list[Callable[[List, List], Any]] = [dot, lambda a, b: total(a), lambda a, b: mean(a)]


def program(seed: int) -> Callable[[List, List], Any]:
    """A few lists, each made of earlier ones by a formula, and a sum of sums and products of
    these; all drawn at random.
    """
    draw = random.Random(seed)
    count = draw.randint(1, 5)
    steps = [
        (draw.choice(list(FORMULAS)), [draw.randrange(-min(k + 2, 4), 0) for _ in range(3)])
        for k in range(count)
    ]
    ends = [
        (draw.choice(ENDS), [draw.randrange(count + 2) for _ in range(2)])
        for _ in range(draw.randint(1, 3))
    ]

    def run(x: List, w: List) -> Any:
        lists = [x, w]
        for name, (i, j, k) in steps:
            lists.append(FORMULAS[name](lists[i], lists[j], lists[k]))
        return total([end(lists[i], lists[j]) for end, (i, j) in ends])

    return run


def points(seed: int, samples: int) -> tuple[Any, List]:
    draw, n = np.random.default_rng(seed), LENGTHS[seed % len(LENGTHS)]
    return draw.normal(size=(samples, n)), draw.normal(size=n).tolist()


def flat(result: Any) -> List:
    if isinstance(result, list | tuple):
        return [x for part in result for x in flat(part)]
    return [result.data if isinstance(result, Value) else result]


def slopes(f: Callable[[List, List], Any]) -> Callable[[List, List], Any]:
    """The first derivatives, and those of a sum of them."""
    first = grad(f, argnums=(0, 1))

    def weighed(x: List, w: List) -> Any:
        of_x, of_w = first(x, w)
        return total([0.1 * k * p for k, p in enumerate([*of_x, *of_w])])

    return lambda x, w: [value_and_grad(f, argnums=(0, 1))(x, w), grad(weighed, (0, 1))(x, w)]


@pytest.mark.parametrize("backend", ALL_BACKENDS)
@pytest.mark.parametrize("seed", SEEDS)
def test_the_program_gives_the_derivatives_of_the_function(seed: int, backend: str) -> None:
    f = slopes(program(seed))
    (x,), w = points(seed, 1)
    with forced(backend):
        found = compiled(f)(x.tolist(), w)
    expected = flat(f(x.tolist(), w))
    scale = max(map(abs, expected))
    assert flat(found) == pytest.approx(expected, rel=1e-9, abs=1e-9 * scale)


@pytest.mark.parametrize("seed", SEEDS)
def test_a_batch_gives_the_derivatives_of_each_sample(seed: int) -> None:
    f = slopes(program(seed))
    xs, w = points(seed, 3)
    expected = np.array([flat(f(x.tolist(), w)) for x in xs])
    scale = np.abs(expected).max()
    batched = flat(compiled(lambda x, w: f([*x], w), batched="x")(xs, w))
    assert np.transpose(batched) == pytest.approx(expected, rel=1e-9, abs=1e-9 * scale)
    added = compiled(lambda x, w: f([*x], w), batched="x", reduce="sum")(xs, w)
    assert flat(added) == pytest.approx(expected.sum(0), rel=1e-9, abs=1e-9 * scale)


@pytest.mark.parametrize("backend", ALL_BACKENDS)
@pytest.mark.parametrize("length", [7, 8, 40])
def test_a_loss_with_a_long_sum_among_its_outputs(length: int, backend: str) -> None:
    weights = [0.1 * k for k in range(length)]

    def loss(w: List) -> Any:
        return total(w) + dot(w, w)

    with forced(backend):
        found = compiled(value_and_grad(loss))(weights)
    assert flat(found) == pytest.approx(flat(value_and_grad(loss)(weights)), rel=1e-12)
