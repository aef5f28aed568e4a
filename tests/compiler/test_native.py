"""The native machine: its operations on every kind of processor, its products, its strips, and the
programs that it refuses.
"""

from __future__ import annotations

import ctypes
import math
from collections.abc import Collection, Iterator
from itertools import combinations
from typing import Any

import mpmath
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from autograd_core import compiled, exp, grad, primitive, sin, sum, value_and_grad
from autograd_core.compiler.backends.native import batches
from autograd_core.compiler.backends.native.instructions import (
    NUMBERS,
    OTHERS,
    POLYNOMIAL,
    PRODUCT,
    PRODUCT_OF_ROWS,
    SUM,
    Assembled,
    Block,
    Instruction,
    Operand,
    Shape,
    operation_numbers,
)
from autograd_core.compiler.backends.native.library import library, missing_library
from autograd_core.primitives import TABLE

pytestmark = pytest.mark.skipif(
    missing_library() is not None, reason=str(missing_library() or "the native library is there")
)

SPECIAL = [0.0, -0.0, 1.0, -1.0, math.inf, -math.inf, math.nan, 5e-324, -5e-324, 1e300, 0.5, 2.5]
LEVELS = {"any processor": 0, "AVX2": 1, "AVX-512": 2}
# The largest errors that were measured, in units of the last place; docs/accuracy.md has them.
ERRORS = {
    "exp": 0.9, "expm1": 1.9, "log": 0.8, "log1p": 1.2, "sin": 0.8, "cos": 0.8, "tanh": 2.5,
}  # fmt: skip


@pytest.fixture(params=LEVELS)
def level(request: pytest.FixtureRequest) -> Iterator[str]:
    """The kernels of one kind of processor, where this one has them."""
    if not library().native_choose(LEVELS[request.param]):
        pytest.skip(f"needs a processor with {request.param}")
    yield request.param
    for number in LEVELS.values():  # the last one that is there
        library().native_choose(number)


def run(code: Instruction, *arrays: Any, indices: Any = ()) -> Any:
    """What one instruction gives: numbers that begin with the result, and then have the arrays."""
    held = np.concatenate([np.full(_size(code), 7.0), *[np.ravel(x) for x in arrays]])
    none = np.zeros(0)
    Assembled([Block([code])], [1.0], indices, [held, none, none, none, none]).runner(0, 1)()
    return held[: _size(code)]


def _size(code: Instruction) -> int:
    out = code.out
    return 1 + out.row * (code.shape.rows - 1) + out.column * (code.shape.columns - 1)


def elements(name: str, *arrays: Any, scale: float = 1.0, scalars: Collection[int] = ()) -> Any:
    """An operation on elements of arrays, of which some may be scalars."""
    n = max(map(len, arrays))
    places = np.cumsum([n, *map(len, arrays)]).tolist()
    operands = [Operand(NUMBERS, at, 0, int(k not in scalars)) for k, at in enumerate(places[:-1])]
    code = Instruction(name, Shape(1, n), Operand(NUMBERS, 0, 0, 1), tuple(operands), scale)
    return run(code, *arrays)


ROWS = {row.array: row for row in TABLE.values() if row.array}


def test_the_library_has_all_that_numpy_has() -> None:
    assert ROWS.keys() - operation_numbers(library()).keys() == set()


@pytest.mark.parametrize("name", ROWS)
def test_an_operation_on_elements_is_its_row(name: str, level: str) -> None:
    """At special values too, and where one operand is the same for all."""
    row = ROWS[name]
    count = row.arity if row.arity > 0 else 2
    random = np.random.default_rng(1)
    columns = np.array(
        [
            *np.stack(np.meshgrid(*[SPECIAL] * count), -1).reshape(-1, count),
            *random.normal(size=(300, count)),
            *random.normal(scale=100.0, size=(100, count)),
        ]
    ).T
    found = elements(name, *columns)
    assert_close(found, [row.compute(*xs) for xs in columns.T.tolist()])
    for scalars in subsets(count):
        for x in (*SPECIAL, 3.0):
            arrays = [c if k not in scalars else np.array([x]) for k, c in enumerate(columns)]
            every = np.stack(np.broadcast_arrays(*arrays), axis=1).tolist()
            wanted = [row.compute(*xs) for xs in every]
            assert_close(elements(name, *arrays, scalars=scalars), wanted)


def subsets(count: int) -> list[tuple[int, ...]]:
    """Which of so many operands may be scalars, but for none and all."""
    return [x for size in range(1, count) for x in combinations(range(count), size)]


@pytest.mark.parametrize("scalars", [(), *subsets(3)])
def test_a_scaled_product_is_added_to_what_may_be_scalars(
    scalars: tuple[int, ...], level: str
) -> None:
    random = np.random.default_rng(len(scalars))
    arrays = [random.normal(size=1 if k in scalars else 77) for k in range(3)]
    a, b, c = arrays
    found = elements("add_product", *arrays, scale=-3.0, scalars=scalars)
    np.testing.assert_array_equal(found, a + -3.0 * (b * c))


@pytest.mark.parametrize("columns", [1, 5, 24, 31, 97, 150])
@pytest.mark.parametrize("terms", [1, 2, 3, 20])
def test_a_polynomial_is_rounded_step_by_step(terms: int, columns: int, level: str) -> None:
    random = np.random.default_rng(columns)
    x, coefficients = random.normal(size=(3, columns)), random.normal(size=terms)
    x[0, 0] = math.inf
    wanted = np.full(x.shape, coefficients[0])
    for c in coefficients[1:]:
        wanted = c + x * wanted
    out, given = Operand(NUMBERS, 0, columns, 1), Operand(NUMBERS, 3 * columns, columns, 1)
    places = Operand(NUMBERS, 6 * columns, 1, 0)
    code = Instruction(POLYNOMIAL, Shape(3, columns), out, (given, places), inner=terms)
    np.testing.assert_array_equal(run(code, x, coefficients).reshape(x.shape), wanted)


def assert_close(found: Any, wanted: list[float]) -> None:
    for x, y in zip(found.tolist(), wanted, strict=True):
        if math.isfinite(y) and y != 0.0:
            assert abs(x - y) <= 4.0 * math.ulp(y), (x, y)
        else:
            assert x != x if y != y else str(x) == str(y), (x, y)


@pytest.mark.parametrize("name", ERRORS)
def test_own_functions_are_as_accurate_as_the_page_says(name: str, level: str) -> None:
    random = np.random.default_rng(0)
    points = np.concatenate(
        [
            random.uniform(-1.0, 1.0, 400),
            random.uniform(-700.0, 700.0, 300),
            random.normal(size=300) * 1e-7,
            10.0 ** random.uniform(-300.0, 5.0, 300),
            np.arange(1, 400) * (math.pi / 2.0),
        ]
    )
    if name in ("log", "log1p"):
        points = np.abs(points)
    found = elements(name, points)
    with mpmath.workprec(200):
        for x, y in zip(points.tolist(), found.tolist(), strict=True):
            exact = getattr(mpmath, name)(mpmath.mpf(x))
            if mpmath.isfinite(exact) and 1e-307 < abs(exact) < 1e308:
                assert abs(mpmath.mpf(y) - exact) <= ERRORS[name] * math.ulp(float(exact)), (x, y)


def test_angles_beyond_the_fast_reduction_are_those_of_the_c_library(level: str) -> None:
    points = np.array([1e6, -3e7, 1e22, 0.5])
    assert elements("sin", points).tolist() == pytest.approx(list(map(math.sin, points)), abs=1e-15)


@pytest.mark.parametrize("columns", [1, 2, 3, 7, 8, 17, 24, 49])
@pytest.mark.parametrize(("rows", "inner"), [(1, 1), (2, 5), (4, 8), (7, 9), (9, 33), (17, 16)])
def test_products_of_all_sizes(rows: int, inner: int, columns: int, level: str) -> None:
    random = np.random.default_rng(rows + 100 * inner + columns)
    a, b = random.normal(size=(rows, inner)), random.normal(size=(inner, columns))
    n = rows * columns
    out, left = Operand(NUMBERS, 0, columns, 1), Operand(NUMBERS, n, inner, 1)
    right, turned = (Operand(NUMBERS, n + a.size, step, 1) for step in (columns, inner))
    shape = Shape(rows, columns)
    plain = Instruction(PRODUCT, shape, out, (left, right), -2.0, inner)
    of_rows = Instruction(PRODUCT_OF_ROWS, shape, out, (left, turned), -2.0, inner)
    for code, second in ((plain, b), (of_rows, b.T.copy())):
        found = run(code, a, second).reshape(rows, columns)
        np.testing.assert_allclose(found, -2.0 * (a @ b), rtol=0, atol=1e-13)
    np.testing.assert_allclose(
        run(of_rows._replace(added=True), a, b.T.copy()).reshape(rows, columns),
        7.0 - 2.0 * (a @ b),
        rtol=0,
        atol=1e-13,
    )


@pytest.mark.parametrize("count", [1, 2, 15, 16, 17, 100])
def test_sums_of_all_lengths(count: int, level: str) -> None:
    random = np.random.default_rng(count)
    a, b = random.normal(size=(2, count))
    total, left, right = (
        Operand(NUMBERS, 0, 0, 1),
        *(Operand(NUMBERS, 1 + k, 0, 1) for k in (0, count)),
    )
    for second, wanted in ((right, a @ b), (right._replace(column=0), a.sum() * b[0])):
        code = Instruction(SUM, Shape(1, count), total, (left, second), 3.0)
        # the result of a sum is one number, whatever its columns
        held = np.concatenate([[0.0], a, b])
        Assembled([Block([code])], [1.0], [], [held, *[np.zeros(0)] * 4]).runner(0, 1)()
        assert held[0] == pytest.approx(3.0 * wanted, rel=1e-13, abs=1e-13)


def energy(x: Any, w: Any) -> Any:
    return exp(-w * x * x) * sin(3.0 * x) + w * x


@pytest.mark.parametrize("count", [1, 5, 97, 1000, 70_001])
def test_strips_of_samples_give_what_all_at_once_give(count: int) -> None:
    xs = np.linspace(-2.0, 2.0, count)
    for reduce in (None, "sum"):
        given: dict[str, Any] = {"batched": "x", "reduce": reduce}
        native, plain = (
            compiled(grad(energy, (0, 1)) if not reduce else grad(energy, 1), **given, backend=name)
            for name in ("native", "numpy")
        )
        for a, b in zip(np.atleast_2d(native(xs, 0.7)), np.atleast_2d(plain(xs, 0.7)), strict=True):
            np.testing.assert_allclose(a, b, rtol=1e-12, atol=1e-14 * count)


@pytest.mark.parametrize("work", [1, batches.WORK])
def test_a_batch_of_many_parts_gives_every_sample_its_own(
    work: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(batches, "WORK", work)
    program = compiled(lambda x, w, c: [x[1] * w + c, exp(x[0]), c], batched=("x", "w"))
    for count in (30_000, 65_536, 65_537):
        x, w = np.linspace(0.0, 1.0, 2 * count).reshape(2, -1).T, np.arange(float(count))
        first, second, third = program(x, w, 0.25)
        np.testing.assert_array_equal(first, x[:, 1] * w + 0.25)
        np.testing.assert_allclose(second, np.exp(x[:, 0]), rtol=1e-15)
        np.testing.assert_array_equal(third, np.full(count, 0.25))


@pytest.mark.parametrize(("slots", "results"), [([0, 2], [2]), ([-1, 0], [2]), ([0, 1], [9])])
def test_a_batch_that_leaves_its_memory_is_refused(slots: list[int], results: list[int]) -> None:
    rows, none = np.zeros((4, 3)), np.zeros(0)
    memory = [none, rows.ravel(), rows[:2].ravel(), none, none]
    code = Instruction("add", Shape(1, 3), Operand(1, 6, 0, 1), (Operand(2, 0, 0, 1),) * 2)
    program = Assembled([Block([code])], [1.0], [], memory)
    samples, found = np.arange(14.0).reshape(2, 7), np.zeros((1, 7))
    assert batches.run_samples(program, samples, [0, 1], found, [2], 3, 1) == 6
    np.testing.assert_array_equal(found[0], [*(2.0 * samples[0, :6]), 0.0])
    with pytest.raises(ValueError, match="refuses a batch: a sample or a row is not there"):
        batches.run_samples(program, samples, slots, found, results, 3, 1)


def test_a_row_that_only_python_computes_runs_between_native_instructions() -> None:
    cube = primitive("cube", compute=lambda x: x**3, partials=[lambda y, x: 3.0 * x * x])

    def f(xs: Any) -> Any:
        return sum([cube(x * 2.0) * x for x in xs])

    xs = np.linspace(-1.0, 1.0, 40)
    native = compiled(grad(f), backend="native")
    assert native(xs) == pytest.approx(grad(f)(xs), rel=1e-12)
    batch = compiled(lambda x: cube(x * 2.0) + exp(x), batched="x", backend="native")
    assert batch(xs) == pytest.approx(8.0 * xs**3 + np.exp(xs), rel=1e-12)


def horner(x: Any, coefficients: list[float]) -> Any:
    y: Any = coefficients[0]
    for c in coefficients[1:]:
        y = y * x + c
    return y


POLYNOMIALS: dict[str, tuple[int, Any]] = {
    "one": (1, lambda x: horner(x, COEFFICIENTS)),
    "each step is read by the derivative": (0, value_and_grad(lambda x: horner(x, COEFFICIENTS))),
    "one of another": (2, lambda x: horner(horner(x, COEFFICIENTS), COEFFICIENTS[:4])),
    "one is read and goes on": (1, lambda x: [y := horner(x, COEFFICIENTS), y * x + 0.5]),
    "steps of two numbers": (0, lambda x: (x * 3.0 + 1.0) * abs(x) + 2.0),
}
COEFFICIENTS = [0.3, -1.25, 2.5, 0.1, -7.0, 1.0]


@pytest.mark.parametrize(("count", "function"), POLYNOMIALS.values(), ids=POLYNOMIALS)
@pytest.mark.parametrize("samples", [1, 30, 5000])
def test_polynomials_give_what_their_steps_gave(count: int, function: Any, samples: int) -> None:
    xs = np.linspace(-1.5, 1.5, samples)
    native, plain = (compiled(function, batched="x", backend=x) for x in ("native", "numpy"))
    np.testing.assert_array_equal(native(xs), plain(xs))
    assert native.program.source("native").count(" = polynomial(") == count


OPERANDS = st.builds(
    Operand,
    st.sampled_from([*range(-1, 7), 2**62]),
    st.sampled_from([*range(-2, 45), 2**62, -(2**63), 2**63 - 1]),
    st.sampled_from([*range(-12, 13), 2**40, -(2**62), 2**63 - 1]),
    st.sampled_from([*range(-12, 13), 2**40, -(2**62), 2**63 - 1]),
)
SIZES = st.sampled_from([*range(-1, 9), 2**31, 2**62, 2**63 - 1])


@given(data=st.data())
def test_a_program_that_leaves_its_memory_is_refused_and_never_run(data: st.DataObject) -> None:
    """What is accepted writes nowhere else: before and behind each region stand numbers that are
    there afterwards.
    """
    name = data.draw(st.sampled_from([*OTHERS, "add", "where", "copy", "sin"]))
    code = Instruction(
        name,
        Shape(data.draw(SIZES), data.draw(SIZES)),
        data.draw(OPERANDS),
        tuple(data.draw(st.lists(OPERANDS, min_size=3, max_size=3))),
        inner=data.draw(SIZES),
        first=data.draw(SIZES),
    )
    strip, columns = data.draw(st.integers(-1, 3)), data.draw(st.sampled_from([1, code.shape[1]]))
    memory = [np.full(60, 0.25) for _ in range(5)]
    indices = data.draw(st.lists(st.integers(-1, 9), min_size=1, max_size=8))
    block = Block([code], columns, strip)
    try:
        program = Assembled([block], [0.25] * 8, indices, [x[10:50] for x in memory])
    except ValueError:
        return
    program.runner(0, 1)()
    for x in memory:
        assert set(x[:10]) == set(x[50:]) == {0.25}


def test_blocks_of_instructions_that_are_not_there_are_refused() -> None:
    code = Instruction("copy", Shape(1, 1), Operand(0, 0, 0, 1), (Operand(0, 0, 0, 1),))
    program = Assembled([Block([code])], [1.0], [], [np.zeros(4)] * 5)
    for name, wrong in (("first", 1), ("count", 2), ("first", -1), ("strip", -1)):
        right = getattr(program._blocks[0], name)
        setattr(program._blocks[0], name, wrong)
        with pytest.raises(ValueError, match="refuses the blocks"):
            program.check()
        setattr(program._blocks[0], name, right)
    program.check()
    program._code[0].operation = ctypes.c_int64(10**6).value
    with pytest.raises(ValueError, match="refuses instruction 0 of a program; please report"):
        program.check()
