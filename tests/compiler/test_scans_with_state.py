"""Steps of loops that keep state in Python, or use a number as what it is: their rounds differ."""

from __future__ import annotations

import random
from array import array
from collections import deque
from collections.abc import Callable
from typing import Any

import pytest

from autograd_core import Value, compiled, fori_loop, grad, scan
from autograd_core.compiler.ir.scan_outside import Outside

from .loops import scans_in

WEIGHTS = {f"w{k}": 0.1 * k for k in range(12)}
MIXED = [1, 2, 3.0, 4, 5.0] * 3
FLOATS = [1.1 * k for k in range(13)]


def check(make: Callable[[], Any], scans: int = 0) -> None:
    """The first call gives what the plain function gives, each on a state of its own."""
    for derived in (lambda f: f, grad):
        fast = compiled(derived(make()))
        found, wanted = fast(0.5), derived(make())(0.5)
        wanted = wanted.data if isinstance(wanted, Value) else wanted
        assert found == pytest.approx(wanted, rel=1e-13, abs=0.0)
        assert found == pytest.approx(fast(0.5), rel=1e-13, abs=0.0)
        assert bool(scans_in(fast)) == bool(scans)


def swallowed(i: Any) -> float:
    try:
        return 2.0 if f"{i}" == "3" else 1.0
    except Exception:
        return 0.0


@pytest.mark.parametrize(
    "weight",
    [
        lambda i: WEIGHTS.get(f"w{i}", 0.0),
        lambda i: 2.0 if str(i) in "1 2 5" else 1.0,
        lambda i: len(str(i)),
        lambda i: len("%s" % i) + len("%d" % i),  # noqa: UP031
        lambda i: 2.0 if repr(i).endswith("3") else 1.0,
        lambda i: 2.0 if f"{i:>3}" == "  3" else 1.0,
        lambda i: 2.0 if isinstance(i, int) else 1.0,
        swallowed,
    ],
)
def test_a_number_of_a_round_as_text(weight: Any) -> None:
    check(lambda: lambda x: fori_loop(0, 12, lambda i, s: s * x + weight(i), 1.0))


@pytest.mark.parametrize("xs", [MIXED, FLOATS, [(x, 1.0) for x in MIXED]])
def test_an_entry_as_what_it_is(xs: Any) -> None:
    def step(s: Any, k: Any) -> Any:
        first = k[0] if type(k) is tuple else k
        return s * (1.0 if type(first) is float else 0.5), None

    check(lambda: lambda x: scan(step, x, xs)[0])
    check(lambda: lambda x: scan(lambda s, k: (s + 2.0 * len(repr(k)), None), x, xs)[0])


def test_entries_of_mixed_types_are_as_they_are() -> None:
    def apart(s: Any, k: Any) -> Any:
        return s * (1.0 if k.__class__ is float else 0.5), None

    check(lambda: lambda x: scan(apart, x, MIXED)[0])


class Counter:
    def __init__(self) -> None:
        self.n = 0

    def next(self) -> int:
        self.n += 1
        return self.n


class SlotCounter:
    __slots__ = ("n",)

    def next(self) -> int:
        self.n: int = getattr(self, "n", 0) + 1
        return self.n


COUNT = 0


def count_globally() -> int:
    global COUNT
    COUNT += 1
    return COUNT


def counting_in_a_cell() -> Callable[[], int]:
    n = 0

    def count() -> int:
        nonlocal n
        n += 1
        return n

    return count


def appending(to: Any) -> Callable[[], int]:
    def count() -> int:
        to.append(1)
        return len(to)

    return count


def counting_in(at: Any, key: Any = 0) -> Callable[[], int]:
    def count() -> int:
        at[key] += 1
        return int(at[key])

    return count


def counting_in_a_set() -> Callable[[], int]:
    seen: set[object] = set()

    def count() -> int:
        seen.add(len(seen))
        return len(seen)

    return count


def counting_globally() -> Callable[[], int]:
    global COUNT
    COUNT = 0
    return count_globally


def counting_in_an_attribute() -> Callable[[], int]:
    at = Counter()

    def count() -> int:
        at.n += 1
        return at.n

    return count


def counting_in_a_generator() -> Callable[[], int]:
    numbers = (k for k in range(1000))
    next(numbers)
    return lambda: next(numbers)


class ClassCounter:
    n = 0

    @classmethod
    def next(cls) -> int:
        cls.n += 1
        return cls.n


def counting_in_a_class() -> Callable[[], int]:
    made = type("Made", (ClassCounter,), {})
    return lambda: made.next()  # type: ignore[attr-defined, no-any-return]


def counting_two_functions_away() -> Callable[[], int]:
    n = [0]

    def bump() -> int:
        n[0] += 1
        return n[0]

    def between() -> int:
        return bump()

    return lambda: between()


STATES: list[Callable[[], Callable[[], float]]] = [
    counting_in_a_cell,
    counting_globally,
    counting_in_an_attribute,
    counting_in_a_generator,
    counting_in_a_set,
    counting_in_a_class,
    counting_two_functions_away,
    lambda: appending([]),
    lambda: appending(deque()),
    lambda: appending(bytearray()),
    lambda: appending(array("b")),
    lambda: counting_in([0]),
    lambda: counting_in({"n": 0}, "n"),
    lambda: Counter().next,
    lambda: SlotCounter().next,
    lambda: iter([*range(1000)]).__next__,
    lambda: random.Random(3).random,
]


@pytest.mark.filterwarnings("ignore:.*drew random numbers")
@pytest.mark.parametrize("state", STATES)
def test_state_in_python(state: Any) -> None:
    def inside(x: Any) -> Any:
        count = state()
        end = fori_loop(0, 12, lambda i, s: s * x + (2.0 if count() // 4 > 0.5 else 0.5), 1.0)
        return end * count()

    def outside() -> Any:
        count = state()
        return lambda x: scan(lambda s, _: (s * x + count() // 0.3, None), 1.0, length=12)[0]

    check(lambda: inside)
    assert compiled(outside())(0.5) == pytest.approx(outside()(0.5), rel=1e-13)


@pytest.mark.filterwarnings("ignore:.*drew random numbers")
def test_numpy_state() -> None:
    numpy = pytest.importorskip("numpy")
    for state in (
        lambda: counting_in(numpy.zeros(2)),
        lambda: numpy.random.default_rng(3).random,
        lambda: numpy.random.RandomState(3).rand,
    ):
        test_state_in_python(state)


@pytest.mark.filterwarnings("ignore:.*drew random numbers")
def test_shared_generators_go_on_as_in_a_plain_loop() -> None:
    def noisy(x: Any) -> Any:
        return fori_loop(0, 12, lambda i, s: s * x + (random.random() > 0.5), 0.0)

    for seed in range(4):
        random.seed(seed)
        want = noisy(0.5)
        random.seed(seed)
        assert compiled(noisy)(0.5) == want


def test_what_is_read_after_the_loop() -> None:
    def logged(x: Any) -> Any:
        log: list[float] = []

        def step(i: Any, s: Any) -> Any:
            log.append(0.5)
            return s * x + 1.0

        return fori_loop(0, 12, step, 0.0) + len(log)

    check(lambda: logged)


def test_state_in_a_loop_in_a_loop() -> None:
    def f(x: Any) -> Any:
        count = Counter()

        def outer(i: Any, s: Any) -> Any:
            return fori_loop(0, 11, lambda _, t: t * x + count.next() // 5, s)

        return fori_loop(0, 12, outer, 1.0)

    check(lambda: f)


def test_steps_without_state_stay_one_instruction() -> None:
    class Model:
        def __init__(self) -> None:
            self.rate, self.noise = 0.5, random.Random(1)

        def __call__(self, s: Any, k: Any) -> Any:
            local = [0.0, 0.0]
            local[1] = sum([s * self.rate for _ in range(2)])
            return local[1] + k, None

    check(lambda: lambda x: scan(Model(), x, FLOATS)[0], scans=1)
    check(lambda: lambda x: scan(Model().__call__, x, FLOATS)[0], scans=1)


def test_a_cache_that_the_first_round_fills_is_no_state() -> None:
    def cached(x: Any) -> Any:
        found: dict[str, float] = {}

        def weight() -> float:
            if "w" not in found:
                found["w"] = 0.25
            return found["w"]

        end = fori_loop(0, 12, lambda i, s: s * x + weight(), 0.0)
        return end + len(found)

    check(lambda: cached, scans=1)

    def listed(x: Any) -> Any:
        found: dict[str, list[int]] = {}

        def count() -> int:
            found.setdefault("calls", []).append(1)
            return len(found["calls"])

        return fori_loop(0, 12, lambda i, s: s * x + count() // 4, 0.0)

    check(lambda: listed)


def test_layers_in_a_step() -> None:
    nn = pytest.importorskip("nn")
    layers = nn.MLP(3, [3, 2], seed=0)
    check(
        lambda: lambda x: sum(scan(lambda s, k: (layers([*s, k]), None), [x, x], FLOATS)[0]),
        scans=1,
    )


def test_what_a_trial_changed_is_put_back() -> None:
    numpy = pytest.importorskip("numpy")
    slot, generator = SlotCounter(), random.Random(1)
    things: list[Any] = [[1], {"a": 1}, {1}, deque([1]), bytearray(b"1"), array("d", [1.0]), slot]
    things += [type("Made", (), {"n": 1})]
    things += [numpy.ones(2), numpy.random.default_rng(1), numpy.random.RandomState(1), generator]
    want = numpy.random.default_rng(1).random(), numpy.random.RandomState(1).rand()
    outside = Outside(lambda i, s: things)
    assert not outside.is_changed()
    first = generator.random()
    things[0].append(2), things[1].update(b=2), things[2].add(2), things[3].append(2)
    things[4].append(2), things[5].append(2), slot.next()
    things[7].n, things[7].m = 2, 3
    things[8][0] = 2.0
    things[9].random(), things[10].rand()
    assert outside.is_changed()
    outside.restore()
    assert not outside.is_changed()
    assert things[:6] == [[1], {"a": 1}, {1}, deque([1]), bytearray(b"1"), array("d", [1.0])]
    assert not hasattr(slot, "n")
    assert things[7].n == 1
    assert not hasattr(things[7], "m")
    assert [*things[8]] == [1.0, 1.0]
    assert (things[9].random(), things[10].rand(), generator.random()) == (*want, first)


def test_values_outside_are_not_searched() -> None:
    parameters = [Value(0.1 * k) for k in range(3)]
    f = compiled(lambda x: fori_loop(0, 12, lambda i, s: s * x + sum(parameters), 0.0))
    assert f(0.5) == pytest.approx(0.3 * 2.0 * (1 - 0.5**12))
    assert scans_in(f)
