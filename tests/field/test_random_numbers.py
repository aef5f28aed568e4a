"""Random numbers: a program repeats what was drawn while it was recorded, and says so."""

from __future__ import annotations

import os
import random
import secrets
import subprocess
import sys
import threading
import uuid
import warnings
from collections.abc import Callable
from functools import partial
from random import gauss
from secrets import randbits
from types import ModuleType
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


class Inherits(Source):
    def __init__(self) -> None:
        self.weight = random.Random(0).random()

    def scaled(self, x: Any) -> Any:
        calls.append(x)
        return x * self.weight


calls: list[Any] = []
SOURCE, INHERITS = Source(), Inherits()


def noise() -> float:
    return GENERATOR.gauss(0.0, 1.0)


def imported_inside(x: Any) -> Any:
    import random as inside

    return x + inside.random()


def in_closure() -> Callable[[Any], Any]:
    generator = random.Random(3)
    return lambda x: sum(x * r for r in [generator.random()])


class Slotted:
    __slots__ = ("_generator", "unfilled")

    def __init__(self) -> None:
        self._generator = random.Random(8)

    def draw(self) -> float:
        return self._generator.random()


class Derived(Slotted):
    __slots__ = ("other",)


OTHER = ModuleType("other")
OTHER.generator, OTHER.part = random.Random(9), ModuleType("part")  # type: ignore[attr-defined]
OTHER.part.generator, OTHER.part.source = random.Random(10), Source()
OTHER.slotted = Slotted()  # type: ignore[attr-defined]
SLOTTED, DERIVED = Slotted(), Derived()


def unseeded(generator: random.Random | None = None) -> float:
    return (generator or random.Random()).random()


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
    "a generator of a base": lambda x: x * INHERITS.generator.random(),
    "what a base calls": lambda x: x * INHERITS.draw(),
    "what an object calls": lambda x: x * SOURCE.draw(),
    "a generator of another module": lambda x: x * OTHER.generator.random(),
    "a generator of a part of a module": lambda x: x * OTHER.part.generator.random(),
    "an object of another module": lambda x: x * OTHER.part.source.draw() * OTHER.slotted.draw(),
    "an object with slots": lambda x: x * SLOTTED.draw(),
    "an object with slots of its base": lambda x: x * DERIVED.draw(),
    "made without a seed": lambda x: x * random.Random().random(),
    "made without a seed by what it calls": lambda x: x * unseeded(),
    "made without a seed, and decides": lambda x: x if unseeded() < -1.0 else x * unseeded(),
    "of the system": lambda x: x * random.SystemRandom().random(),
    "secrets": lambda x: x * secrets.randbelow(10**9),
    "secrets of an imported function": lambda x: x * (1 + randbits(60)),
    "os.urandom": lambda x: x * int.from_bytes(os.urandom(8), "big"),
    "uuid": lambda x: x * (uuid.uuid4().int % 10**9),
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


@pytest.mark.parametrize("always", [True, False])
def test_a_draw_of_another_thread_is_not_the_functions(always: bool) -> None:
    calls: list[Any] = []

    def call(x: Any) -> Any:
        calls.append(x)
        if always or len(calls) == 1:
            thread = threading.Thread(target=random.random)
            thread.start()
            thread.join()
        return sin(x)

    done = threading.Event()
    other = threading.Thread(target=done.wait)
    other.start()
    try:
        state = random.getstate()
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            assert compiled(call)(1.5) == sin(1.5)
        assert random.getstate() != state
        for f in (DRAWS["random.random"], DRAWS["a function that draws"]):
            with pytest.warns(RuntimeWarning, match="drew random numbers"):
                compiled(f)(1.5)
    finally:
        done.set()
        other.join()


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
        lambda x: x * np.random.default_rng().normal(),
        lambda x: x * np.random.RandomState().rand(),
    ]
    for f in draws:
        with pytest.warns(RuntimeWarning, match="drew random numbers"):
            compiled(f)(1.0)
        with pytest.warns(RuntimeWarning, match="drew random numbers"):
            compiled(grad(f), batched="x")(np.array([1.0, 2.0]))


def test_a_draw_of_scipy_or_pytorch_that_a_program_repeats_is_told() -> None:
    stats, torch = pytest.importorskip("scipy.stats"), pytest.importorskip("torch")
    own = torch.Generator()
    draws: list[Callable[[Any], Any]] = [
        lambda x: x * stats.norm.rvs(),
        lambda x: x * stats.uniform(0.0, 1.0).rvs(),
        lambda x: x * torch.rand(1).item(),
        lambda x: x * torch.rand(1, generator=own).item(),
    ]
    for f in draws:
        for g in (f, grad(f)):
            with pytest.warns(RuntimeWarning, match="drew random numbers"):
                compiled(g)(1.0)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        compiled(lambda x: x * stats.norm.cdf(0.5) * len([torch, own]))(1.0)


def test_the_first_draw_of_a_process_from_numpy_is_told() -> None:
    pytest.importorskip("numpy")
    code = (
        "import numpy as np, warnings; from autograd_core import compiled\n"
        "warnings.simplefilter('ignore')\n"
        "for f in (lambda x: x * np.random.normal(), lambda x: x * np.random.default_rng().normal()):\n"
        "    with warnings.catch_warnings(record=True) as told:\n"
        "        warnings.simplefilter('always'); compiled(f)(1.0)\n"
        "    print(len(told))"
    )
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert found.stdout.split() == ["1", "1"]


def test_a_function_that_may_make_a_generator_but_draws_from_a_given_one_hears_nothing() -> None:
    calls.clear()

    def f(x: Any, seed: float) -> Any:
        calls.append(x)
        return x * unseeded(random.Random(int(1e3)))

    with warnings.catch_warnings():
        warnings.simplefilter("error")
        compiled(f)(2.0, 1.0)
        compiled(grad(f))(2.0, 1.0)
        compiled(lambda x: x * unseeded(random.Random(5)), batched="x", reduce="sum")([1.0, 2.0])
        assert len(calls) == 4  # twice each: only another recording can tell
        compiled(INHERITS.scaled)(2.0)
        assert len(calls) == 5  # what made the object drew before


@pytest.mark.usefixtures("compiled_at_once")
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
