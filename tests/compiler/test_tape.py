"""The native tape: what it computes, when it is chosen, and what it refuses."""

from __future__ import annotations

import ctypes
import multiprocessing
import pickle
import random
import threading
from array import array
from collections.abc import Callable
from math import inf
from typing import Any

import pytest

from autograd_core import (
    compiled,
    exp,
    fori_loop,
    grad,
    jacobian,
    norm,
    primitive,
    scan,
    sin,
    solve,
    value_and_grad,
)
from autograd_core.compiler.backends.base import Forms
from autograd_core.compiler.backends.naming import BUILT_IN
from autograd_core.compiler.backends.native.library import library, missing_library
from autograd_core.compiler.backends.native.tape_code import LOOP, WIDTH
from autograd_core.compiler.backends.native.tape_lowering import fits
from autograd_core.compiler.ir.program import Program
from autograd_core.compiler.ir.scans import Scan, alone
from autograd_core.compiler.pipeline import BACKENDS
from autograd_core.primitives import TABLE, Primitive

from ..benchmarks.loops import bodies, logistic, pendulum, scanned
from .loops import STEPS, scans_in
from .row_points import assert_same, points

pytestmark = pytest.mark.skipif(bool(missing_library()), reason=str(missing_library()))

OF_ITS_OWN = {"hypot", "direction", "atan2_slope", "gamma", "lgamma", "digamma", "polygamma"}
"""What Python does not compute as the C library does."""


@pytest.fixture
def known() -> Any:
    from autograd_core.compiler.backends.native.tape_kernel import known_rows

    return known_rows()


def on_tape(row: Primitive, count: int) -> Callable[..., float]:
    """A row of so many inputs, run on a tape."""
    program = Program()
    xs = tuple([program.input(0.5) for _ in range(count)])
    program.outputs = [program.append(row, xs, 0.5)]
    forms = Forms(program)
    forms.after = lambda pipeline, name="": program  # type: ignore[method-assign]
    kernel = BACKENDS["tape"].build(forms)
    return lambda *xs: kernel.run([*xs])[0][0]


ROWS = sorted([x for x in BUILT_IN if TABLE[x].arity > 0 or TABLE[x].array])


@pytest.mark.parametrize("name", ROWS)
def test_a_row_gives_the_very_number_that_it_computes(name: str) -> None:
    row = TABLE[name]
    run = on_tape(row, row.arity if row.arity > 0 else 3)
    for xs in points(row):
        wanted, got = row.compute(*xs), run(*xs)
        assert_same(got, wanted, xs)
        if row.arity > 0 and name not in OF_ITS_OWN:
            assert repr(got) == repr(wanted), xs


@pytest.mark.parametrize("count", [1, 2, 7])
def test_sums_and_dot_products_are_added_from_left_to_right(count: int) -> None:
    draw = random.Random(count)
    for row in (TABLE["sum"], TABLE["dot"]):
        for _ in range(50):
            xs = [draw.uniform(-1.0, 1.0) for _ in range(2 * count)]
            assert on_tape(row, 2 * count)(*xs) == row.compute(*xs)


@pytest.mark.parametrize("make", [logistic, bodies, pendulum])
def test_a_loop_gives_the_very_numbers_of_python(make: Any) -> None:
    end, x = make(40)
    fast, slow = [compiled(value_and_grad(end), backend=name) for name in ("tape", "python")]
    assert fast(x) == slow(x)
    assert " rounds:\n    " in fast.program.source()
    moved = [a + 0.01 for a in x]
    assert fast(moved) == slow(moved)


@pytest.mark.slow
@pytest.mark.parametrize("checkpoint", [False, True])
@pytest.mark.parametrize("reverse", [False, True])
def test_a_scan_gives_the_very_numbers_of_python(reverse: bool, checkpoint: bool) -> None:
    draw = random.Random(reverse + 2 * checkpoint)
    for _ in range(6):
        picked = [draw.randrange(len(STEPS)) for _ in range(3)]
        swapped, own = draw.random() < 0.5, draw.random() < 0.5

        def f(v: list[Any], picked: Any = picked, swapped: bool = swapped, own: bool = own) -> Any:
            a, b, r, *xs = v

            def one(s: Any, x: Any) -> Any:
                p, q, y = [STEPS[k](s[0], s[1], x, r) for k in picked]
                inner, _ = scan(lambda t, z: (t * r + s[1] * z, None), s[0] * x, [0.5] * 11)
                c = p + 0.01 * inner
                return ((s[1], c, s[0]) if swapped else (c, q, p)), y

            given = xs if own else [0.1 * k for k in range(15)]
            (a, b, c), ys = scan(one, (a, b, r), given, None, reverse, checkpoint)
            return a * b + c + ys[2] * ys[-1] + sum(ys)

        at = [0.4, -0.3, 0.9, *[0.1 * k - 0.7 for k in range(15)]]
        for derived in (f, value_and_grad(f)):
            fast, slow = [compiled(derived, backend=name) for name in ("tape", "python")]
            assert fast(at) == slow(at)
            moved = [a + 0.01 for a in at]
            assert fast(moved) == slow(moved)
            assert scans_in(fast)
            assert " rounds:\n" in fast.program.source("tape")


def test_a_scan_is_a_loop_of_its_rounds_forward_and_backward() -> None:
    f = compiled(grad(lambda x, r: fori_loop(0, 50, lambda _, y: y * r, x)), backend="tape")
    assert f(2.0, 0.9) == pytest.approx(0.9**50, rel=1e-13)
    g = compiled(grad(lambda r: fori_loop(0, 50, lambda _, y: y * r, 2.0)), backend="tape")
    assert g(0.9) == pytest.approx(100.0 * 0.9**49, rel=1e-13)
    text = g.program.source()
    assert text.count("50 rounds:") == 2
    assert len(text.splitlines()) < 20


def test_a_long_scan_is_set_up_as_fast_as_a_short_one() -> None:
    codes = []
    for rounds in (20, 200_000):
        f = compiled(value_and_grad(lambda x, n=rounds: fori_loop(0, n, lambda _, y: sin(y), x)))  # type: ignore[misc]
        f(0.5)
        codes.append(BACKENDS["tape"].source(Forms(f.program)).splitlines()[1:])
    assert f.program.source() == f.program.source("tape")
    assert len(codes[0]) == len(codes[1])


def test_columns_of_constants_shared_numbers_and_results_of_a_scan() -> None:
    def f(v: Any) -> Any:
        xs = [2.0, *v[:12], -1.0]
        step = lambda s, x: (s, s * x[0] + x[1])
        s, ys = scan(step, v[0], (xs, [*range(14)]))
        _, zs = scan(lambda s, y: (s + y, s * y), s, ys)
        return [s, *zs, ys[3]]

    at = [0.1 * k for k in range(12)]
    for derived in (f, jacobian(f)):
        fast, slow = [compiled(derived, backend=name) for name in ("tape", "python")]
        assert fast(at) == slow(at) == fast(at)
        assert scans_in(fast)


def test_a_scan_beyond_the_tape_is_left_to_others() -> None:
    scan_ = Scan(2**30, False, 1, (), 0, Program(), (0, 0))
    scan_.body.outputs = [scan_.body.append(TABLE["sin"], (scan_.body.input(0.5),), 0.5)]
    program = alone(scan_, 1)
    assert BACKENDS["tape"].bounds(program)[0] == inf
    with pytest.raises(ValueError, match=r"keeps 2147\d{6} numbers in 1 loops.*checkpoint=True"):
        BACKENDS["tape"].build(Forms(program))


def test_it_is_chosen_for_what_is_narrow_and_long() -> None:
    for make, steps, name in (
        (logistic, 2, "python"),
        (logistic, 100, "tape"),
        (scanned, 100, "tape"),
    ):
        end, x = make(steps)
        f = compiled(value_and_grad(end))
        f(x)
        assert f.program.source() == f.program.source(name)


def test_a_row_that_the_library_has_not_is_left_to_others() -> None:
    own = primitive("own_on_tape", compute=lambda x: 2.0 * x, partials=lambda y, x: 2.0)
    try:
        for f in (own, lambda x: norm([x, x, 1.0]) and solve([[x]], [1.0])[0]):

            def far(x: Any, f: Any = f) -> Any:
                for _ in range(500):
                    x = x + 0.25 * f(x)
                return x

            assert compiled(far)(0.5) == pytest.approx(far(0.5))
        with pytest.raises(ValueError, match="the native library has no row 'own_on_tape'"):
            compiled(own, backend="tape")(2.0)
    finally:
        del TABLE["own_on_tape"]


def test_a_row_of_the_same_name_is_not_taken_for_it(known: Any) -> None:
    other = Primitive("exp", "exp", TABLE["exp"].domain, lambda x: x, (lambda y, x: 1.0,))
    assert fits(TABLE["exp"], 1, known)
    assert not fits(other, 1, known)


def accepted(operations: list[list[int]], size: int) -> bool:
    """Whether the library takes a tape; a tape that it takes is run."""
    code = array("i", [x for operation in operations for x in operation])
    found = library()
    found.tape_new.restype = ctypes.c_void_p
    tape = found.tape_new(
        ctypes.c_void_p(code.buffer_info()[0]),
        ctypes.c_int64(len(operations)),
        ctypes.c_int64(size),
    )
    if tape:
        numbers = (ctypes.c_double * size)(*[0.5] * size)
        found.tape_run(ctypes.c_void_p(tape), numbers, 0, ctypes.c_int64(10**6))
        found.tape_free(ctypes.c_void_p(tape))
    return bool(tape)


def test_a_tape_that_leaves_its_array_is_refused(known: Any) -> None:
    add = known["add"]

    def loop(rounds: int, count: int) -> list[int]:
        return [LOOP, rounds, count, *[0] * 6]

    assert accepted([[add, 2, 0, 1, 0, 0, 0, 0, 0]], 3)
    assert accepted([loop(3, 1), [add, 2, 0, 1, 0, 1, 0, 0, 0]], 5)
    for place in ([3, 0, 1], [-1, 0, 1], [2, 3, 1], [2, 0, -1], [2, 0, 2**31 - 1]):
        assert not accepted([[add, *place, 0, 0, 0, 0, 0]], 3)
    for steps in ([2, 0, 0], [-2, 0, 0], [0, 3, 0], [0, 0, 2**31 - 1], [0, -(2**31), 0]):
        assert not accepted([loop(3, 1), [add, 2, 0, 1, 0, *steps, 0]], 5)
    for row in (-1, len(known), 2**31 - 1):
        assert not accepted([[row, 2, 0, 1, 0, 0, 0, 0, 0]], 3)
    body = [add, 2, 0, 1, 0, 0, 0, 0, 0]
    for before in (
        loop(0, 1),
        loop(-1, 1),
        loop(2, 0),
        loop(2, -1),
        loop(2, 2),
        loop(2, 2**31 - 1),
    ):
        assert not accepted([before, body], 3)
    assert accepted([loop(2, 2), loop(2, 1), body], 3)
    assert accepted([loop(2, 3), body, loop(5, 1), [add, 2, 0, 1, 0, 1, 0, 0, 0]], 7)
    assert not accepted([loop(2, 1), loop(2, 1), body], 3)  # the inner one ends behind the outer
    assert not accepted([loop(2, 2), body, loop(2, 1), body], 3)
    assert not accepted([loop(9, 2), loop(2, 1), [add, 2, 0, 1, 0, 1, 0, 0, 0]], 3)
    for depth, taken in ((32, True), (33, False), (1000, False)):
        nest = [loop(1, depth - k) for k in range(depth)]
        assert accepted([*nest, body], 3) == taken


def test_a_corrupt_tape_is_refused_or_harmless(known: Any) -> None:
    draw = random.Random(0)
    taken = 0
    for _ in range(5000):
        operations = []
        for _ in range(draw.randint(1, 6)):
            row = draw.choice([*[LOOP] * 30, *known.values(), draw.randint(-9, 999)])
            places = [draw.choice([0, 1, 2, 5, 7, -1, 8]) for _ in range(4)]
            steps = [draw.choice([0, 0, 0, 1, -1, 3]) for _ in range(4)]
            operations.append([row, *places, *steps])
        taken += accepted(operations, 8)
    assert 50 < taken < 4000


def test_what_was_checked_cannot_be_changed(known: Any) -> None:
    code = array("i", [known["neg"], 1, 0, 0, 0, 0, 0, 0, 0])
    assert len(code) == WIDTH
    found = library()
    found.tape_new.restype = ctypes.c_void_p
    tape = ctypes.c_void_p(
        found.tape_new(ctypes.c_void_p(code.buffer_info()[0]), ctypes.c_int64(1), ctypes.c_int64(2))
    )
    code[1] = 10**9
    numbers = (ctypes.c_double * 2)(3.0, 0.0)
    found.tape_run(tape, numbers, 0, ctypes.c_int64(10**6))
    found.tape_free(tape)
    assert numbers[1] == -3.0


def slope(x: float) -> Any:
    def far(x: Any) -> Any:
        for _ in range(200):
            x = x + 0.01 * sin(x) * exp(-x)
        return x

    return grad(far)(x)


def _in_child(f: Any, queue: Any) -> None:
    queue.put(f(2.0))


@pytest.mark.filterwarnings("ignore:os.fork")  # of JAX, where another test has loaded it
def test_threads_forks_and_copies_get_the_same() -> None:
    f = compiled(slope, backend="tape")
    wanted = {float(k): slope(float(k)) for k in range(8)}
    assert f(2.0) == wanted[2.0]
    found: dict[float, float] = {}

    def call(x: float) -> None:
        for _ in range(50):
            found[x] = f(x)

    threads = [threading.Thread(target=call, args=(x,)) for x in wanted]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found == wanted
    assert pickle.loads(pickle.dumps(f))(2.0) == wanted[2.0]
    if "fork" in multiprocessing.get_all_start_methods():
        context = multiprocessing.get_context("fork")
        queue = context.SimpleQueue()
        child = context.Process(target=_in_child, args=(f, queue))
        child.start()
        assert queue.get() == wanted[2.0]
        child.join()
