"""Random numbers: a program repeats what was drawn while it was recorded, and says so."""

from __future__ import annotations

import random
import subprocess
import sys
import warnings
from collections.abc import Callable
from functools import partial
from random import gauss
from typing import Any

import pytest

from autograd_core import BatchGradient, Value, compiled, grad, sin, value_and_grad

GENERATOR = random.Random(1)


class Layer:
    def __init__(self) -> None:
        self.parts: list[Any] = [{"generator": random.Random(2)}]

    def __call__(self, x: Any) -> Any:
        return x * self.parts[0]["generator"].random()

    def doubled(self, x: Any) -> Any:
        return self(x) * 2.0


class Source:
    generator = random.Random(7)

    def draw(self) -> float:
        return GENERATOR.random()


SOURCE = Source()


def noise() -> float:
    return GENERATOR.gauss(0.0, 1.0)


def imported_inside(x: Any) -> Any:
    import random as inside

    return x + inside.random()


def in_closure() -> Callable[[Any], Any]:
    generator = random.Random(3)
    return lambda x: sum(x * r for r in [generator.random()])


DRAWS: dict[str, Callable[[Any], Any]] = {
    "random.random": lambda x: x * random.random(),
    "an imported function": lambda x: x + gauss(0.0, 1.0),
    "shuffle": lambda x: x * random.sample([1.0, 2.0, 3.0], 3)[0],
    "imported inside": imported_inside,
    "a generator of the module": lambda x: x * GENERATOR.random(),
    "a function that draws": lambda x: x * noise(),
    "a generator in a closure": in_closure(),
    "a generator as a default": lambda x, r=random.Random(4): x * r.uniform(0.0, 1.0),  # noqa: B008
    "a generator of the object": Layer(),
    "a method": Layer().doubled,
    "a generator of a class": lambda x: x * Source.generator.random(),
    "what an object calls": lambda x: x * SOURCE.draw(),
    "a partial": partial(lambda r, x: x * r.random(), random.Random(5)),
    "a bound method": partial(lambda draw, x: x * draw(), random.Random(6).random),
}


@pytest.mark.parametrize("name", DRAWS)
def test_a_draw_that_a_program_repeats_is_told_with_what_to_write(name: str) -> None:
    for f in (DRAWS[name], grad(DRAWS[name]), value_and_grad(DRAWS[name])):
        with pytest.warns(
            RuntimeWarning,
            match=r"drew random numbers .* Draw outside, and give the numbers as arguments",
        ) as told:
            compiled(f)(1.5)
        assert [w.filename for w in told] == [__file__]
    w = Value(1.0)
    step = BatchGradient(lambda x: DRAWS[name](w * x), [w])
    with pytest.warns(RuntimeWarning, match="drew random numbers"):
        step.rows([1.0, 2.0])


def test_a_draw_of_numpy_that_a_program_repeats_is_told() -> None:
    np = pytest.importorskip("numpy")
    new, old = np.random.default_rng(1), np.random.RandomState(2)
    twister = np.random.Generator(np.random.MT19937(3))

    def imported(x: Any) -> Any:
        import numpy

        return x * numpy.random.rand()

    draws: list[Callable[[Any], Any]] = [
        lambda x: x * np.random.normal(),
        lambda x: x * new.normal(),
        lambda x: x * old.rand(),
        lambda x: x * twister.random(),
        imported,
        partial(lambda draw, x: x * draw(), np.random.uniform),
    ]
    for f in draws:
        with pytest.warns(RuntimeWarning, match="drew random numbers"):
            compiled(f)(1.0)
        with pytest.warns(RuntimeWarning, match="drew random numbers"):
            compiled(grad(f), batched="x")(np.array([1.0, 2.0]))


def test_a_draw_on_a_branch_that_is_taken_later_is_told_then() -> None:
    f = compiled(lambda x: x * random.random() if x > 0 else -x)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert f(-1.0) == 1.0
    with pytest.warns(RuntimeWarning, match="drew random numbers"):
        f(1.0)


def test_what_the_warning_says_to_write_is_silent_and_right() -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        f = compiled(lambda x, r: x * r)
        assert f(2.0, r := random.random()) == 2.0 * r
        assert f(2.0, r := random.random()) == 2.0 * r
        seeded = compiled(lambda x: x * random.Random(0).random())
        assert seeded(1.0) == seeded(1.0) == random.Random(0).random()


def test_who_draws_nothing_hears_nothing() -> None:
    np = pytest.importorskip("numpy")
    unused, layer = np.random.default_rng(0), Layer()
    random.random()
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        compiled(lambda x: sin(x) * len([unused, layer, random, np, GENERATOR]))(1.0)
        compiled(lambda x: x * np.random.default_rng(0).normal(), batched="x")(np.ones(3))
        loop: list[Any] = [GENERATOR]
        loop.append(loop)
        compiled(lambda x: x * len(loop))(1.0)


def test_looking_for_draws_loads_neither_random_nor_numpy() -> None:
    code = (
        "import sys; import autograd_core as ac\n"
        "before = set(sys.modules); ac.compiled(lambda x: x * ac.sin(x))(1.0)\n"
        "print({'random', 'numpy'} & (set(sys.modules) - before))"
    )
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert found.stdout.strip() == "set()", found.stdout
