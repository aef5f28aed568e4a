"""What goes into a compiled function and what comes out: structures, threads, pickles, and bad
input.
"""

from __future__ import annotations

import functools
import math
import pickle
import random
import subprocess
import sys
import threading
from collections import namedtuple
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import autograd_core as ac
from autograd_core import Value, grad, hessian, value_and_grad
from autograd_core.compiler.api import compiled
from autograd_core.errors import RecordingError

from .backends import ALL_BACKENDS, forced
from .importable import hill

backends = pytest.mark.parametrize("backend", ALL_BACKENDS)
Pair = namedtuple("Pair", "first second")
ROOT = Path(__file__).parents[2]


# Structures.


@backends
def test_nested_containers_keep_their_structure(backend: str) -> None:
    def f(model: Any, x: Any) -> Any:
        y = model["w"][0] * x[0] + model["w"][1][0] * x[1] + model["b"]
        return {"y": y, "all": (y, [model["b"], Pair(x[0] * y, 2.0)]), "empty": []}

    model, x = {"w": [2.0, (3.0,)], "b": 0.5}, (4.0, 5.0)
    with forced(backend):
        got = compiled(f)(model, x)
        assert got == f(model, x)
        assert type(got["all"][1][1]) is Pair
        assert compiled(grad(lambda m, x: f(m, x)["y"]))(model, x) == {"w": [4.0, (5.0,)], "b": 1.0}


@backends
def test_arrays_come_back_where_they_went_in(backend: str) -> None:
    W, x = np.array([[1.0, 2.0], [3.0, 4.0]]), np.array([0.5, -1.0])

    def f(W: Any, x: Any) -> Any:
        return ac.sum([z * z for z in W @ x])

    with forced(backend):
        value, (dW, dx) = compiled(value_and_grad(f, argnums=(0, 1)))(W, x)
        H = compiled(hessian(lambda x: f(W, x)))(x)
        assert compiled(lambda x: {"twice": 2.0 * x})(x)["twice"].tolist() == [1.0, -2.0]
    assert type(value) is float
    assert np.allclose(dW, 2.0 * np.outer(W @ x, x))
    assert np.allclose(dx, 2.0 * W.T @ (W @ x))
    assert np.allclose(np.array(H.tolist()), 2.0 * W.T @ W)
    assert {dW.dtype, dx.dtype} == {np.dtype(float)}


def test_results_of_a_batch_have_a_leading_axis() -> None:
    samples = np.arange(12.0).reshape(3, 2, 2)
    assert compiled(lambda x: 2.0 * x, batched="x")(samples).tolist() == (2.0 * samples).tolist()
    slope = compiled(grad(lambda x: ac.sum([y * y for y in x.ravel()])), batched="x")(samples)
    assert slope.tolist() == (2.0 * samples).tolist()


def test_a_batch_of_lists_is_a_list_inside() -> None:
    def f(x: Any) -> Any:
        assert type(x) is list
        assert type(x[0]) is list
        return [x[0][0] * x[1][1], x[0][1]]

    first, second = compiled(f, batched="x")([[[1.0, 2.0], [3.0, 4.0]], [[5.0, 6.0], [7.0, 8.0]]])
    assert (first.tolist(), second.tolist()) == ([4.0, 40.0], [2.0, 6.0])


@backends
def test_what_is_no_number_is_part_of_the_program(backend: str) -> None:
    def f(
        x: Any,
        scale: Any = 1.0,
        *,
        negative: bool = False,
        unit: str = "m",
        g: Callable[..., Any] | None = None,
    ) -> Any:
        y = x * scale * (1000.0 if unit == "km" else 1.0)
        y = -y if negative else y
        return y if g is None else g(y)

    with forced(backend):
        program = compiled(f)
        calls: list[tuple[tuple[Any, ...], dict[str, Any]]] = [
            ((2.0,), {}),
            ((2.0, 3), {"negative": True}),
            ((2.0,), {"scale": 0.5, "unit": "km"}),
            ((2.0,), {"g": ac.exp}),
            ((2.0,), {"g": None, "negative": np.bool_(True)}),
            ((3, True), {}),
        ]
        for args, kwargs in calls * 2:
            assert program(*args, **kwargs) == f(*args, **kwargs)


@backends
def test_another_shape_is_recorded_anew(backend: str) -> None:
    shapes = []

    def f(xs: Any) -> Any:
        shapes.append(len(xs))
        return ac.sum([x * x for x in xs])

    with forced(backend):
        program = compiled(f)
        for xs in (
            [1.0, 2.0],
            [1.0, 2.0, 3.0],
            (1.0, 2.0),
            [3.0, 4.0],
            [],
            np.ones(2),
            np.ones(2) * 2.0,
        ):
            assert program(xs) == sum(x * x for x in xs)
    assert shapes == [2, 3, 2, 0, 2]


def test_ints_are_numbers_and_not_constants_of_a_program() -> None:
    calls = []

    def f(x: Any, n: Any) -> Any:
        calls.append(1)
        return x**n

    program = compiled(f)
    assert [program(2.0, 3), program(-2.0, 2), program(np.float32(2.0), np.int64(4))] == [
        8.0,
        4.0,
        16.0,
    ]
    assert len(calls) == 1


def test_a_count_is_a_path_and_can_come_from_outside() -> None:
    for count in (lambda x, n: sum([x for _ in range(n)]), lambda x, n: [x, x][n]):
        assert compiled(count)(2.0, 1) == compiled(functools.partial(count, n=1))(2.0) == 2.0


@backends
def test_results_never_alias_what_is_inside(backend: str) -> None:
    def f(x: Any) -> Any:
        return {"same": x, "twice": 2.0 * x}

    x = np.arange(6.0)
    with forced(backend):
        for program in (compiled(f), compiled(f, batched="x")):
            first = program(x)
            kept = {name: y.copy() for name, y in first.items()}
            second = program(x + 100.0)
            assert all((first[name] == kept[name]).all() for name in kept)
            second["same"][...] = math.nan
            second["twice"][...] = math.nan
            assert (program(x)["twice"] == kept["twice"]).all()
            assert (x == np.arange(6.0)).all()


# Threads and pickles.


@backends
def test_threads_may_share_a_compiled_function(backend: str) -> None:
    errors: list[Any] = []
    with forced(backend):
        program = compiled(value_and_grad(hill))

        def work(seed: int) -> None:
            chance = random.Random(seed)
            for _ in range(60):
                x = chance.uniform(-2.0, 2.0)
                if program(x) != value_and_grad(hill)(x):
                    errors.append(x)

        threads = [threading.Thread(target=work, args=(seed,)) for seed in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert errors == []


def test_while_one_thread_records_others_see_plain_values() -> None:
    inside, done = threading.Event(), threading.Event()

    def f(x: Any) -> Any:
        inside.set()
        assert done.wait(10.0)
        return x * x

    found: list[Any] = []
    recording = threading.Thread(target=lambda: found.append(compiled(f)(3.0)))
    recording.start()
    assert inside.wait(10.0)
    assert (Value(2.0) * 2.0).data == 4.0
    assert (Value(2.0) > 1.0) is True
    done.set()
    recording.join()
    assert found == [9.0]


def _in_another_process(pickled: bytes, code: str) -> str:
    script = f"import pickle, sys\nprogram = pickle.loads(sys.stdin.buffer.read())\n{code}"
    run = subprocess.run(
        [sys.executable, "-c", script], input=pickled, capture_output=True, cwd=ROOT, check=False
    )
    assert run.returncode == 0, run.stderr.decode()
    return run.stdout.decode().strip()


def test_a_recorded_program_runs_in_another_process() -> None:
    batch = compiled(lambda x: x[0] * x[1] + 1.0, batched="x")
    batch([[1.0, 2.0]])
    assert (
        _in_another_process(
            pickle.dumps(batch), "print(program([[3.0, 4.0], [5.0, 6.0]]).tolist())"
        )
        == "[13.0, 31.0]"
    )
    program = compiled(value_and_grad(lambda x: x * x))
    program(1.0)
    assert _in_another_process(pickle.dumps(program), "print(program(3.0))") == "(9.0, 6.0)"


def test_an_importable_function_records_anew_in_another_process() -> None:
    from tests.compiler import importable

    program = compiled(importable.hill)
    program(2.0)
    assert (
        _in_another_process(pickle.dumps(program), "print(program(3.0), program(-2.0))")
        == "9.0 6.0"
    )
    unused = compiled(importable.hill)
    assert _in_another_process(pickle.dumps(unused), "print(program(-2.0))") == "6.0"


def test_a_function_without_a_name_that_can_be_imported_says_so_when_it_must_record() -> None:
    program = compiled(lambda x: x * x)
    assert program(2.0) == 4.0
    copy = pickle.loads(pickle.dumps(program))
    assert copy(3.0) == 9.0
    with pytest.raises(
        RecordingError, match=r"pickle without its function.*define the function in a module"
    ):
        copy([3.0])


# Bad input.


def test_what_raises_inside_raises_and_leaves_nothing_behind() -> None:
    def f(x: Any) -> Any:
        if x > 1.0:
            raise KeyError("too large")
        return 2.0 * x

    program = compiled(f)
    with pytest.raises(KeyError, match="too large"):
        program(2.0)
    with pytest.raises(RecordingError, match="nothing is recorded yet"):
        _ = program.program
    assert program(1.0) == 2.0
    with pytest.raises(KeyError, match="too large"):
        program(2.0)
    assert program(0.5) == 1.0
    assert Value(1.0).data == 1.0


def test_what_is_not_built_from_the_inputs_is_a_constant() -> None:
    assert compiled(lambda x: 3)(1.0) == 3.0
    assert compiled(grad(lambda x: 3.0))(1.0) == 0.0
    assert compiled(lambda x: None)(1.0) is None
    assert compiled(lambda x: (x, "meters", [True]))(1.0) == (1.0, "meters", [True])
    assert compiled(lambda x: np.ones(2))(1.0).tolist() == [1.0, 1.0]
    assert compiled(lambda x: 3.0, batched="x")([1.0, 2.0]).tolist() == [3.0, 3.0]
    assert compiled(lambda x: 3.0, batched="x", reduce="sum")([1.0, 2.0]) == 6.0


def test_another_structure_on_another_path_is_refused() -> None:
    program = compiled(lambda x: [x] if x > 0.0 else (x, x))
    assert program(1.0) == [1.0]
    with pytest.raises(
        RecordingError,
        match=r"returned \(a number, a number\) on one path .* and \[a number\] on another",
    ):
        program(-1.0)
    assert program(2.0) == [2.0]


def test_side_effects_happen_when_a_path_is_recorded() -> None:
    kept: list[Any] = []

    def f(x: Any) -> Any:
        kept.append(x)
        return ac.sum(kept)

    program = compiled(f)
    assert [program(1.0), program(2.0), program(5.0)] == [1.0, 2.0, 5.0]
    assert len(kept) == 1


def test_randomness_is_drawn_when_a_path_is_recorded() -> None:
    chance = random.Random(3)
    program = compiled(lambda x: x * chance.random())
    with pytest.warns(RuntimeWarning, match="drew random numbers"):
        first = program(1.0)
    assert first == program(1.0) == random.Random(3).random()


BAD: list[tuple[str, Callable[[], Any], type[Exception], str]] = [
    ("a set", lambda: compiled(lambda x: x)({1.0}), TypeError, "must be a real number"),
    (
        "an object as result",
        lambda: compiled(lambda x: object())(1.0),
        TypeError,
        "result of a compiled function",
    ),
    ("a complex number", lambda: compiled(lambda x: x)(1j), TypeError, "real"),
    (
        "an int beyond the floats",
        lambda: compiled(lambda x: x)(10**400),
        OverflowError,
        "beyond the range",
    ),
    (
        "no such argument",
        lambda: compiled(lambda x: x, batched="y"),
        ValueError,
        r"are: x; .*: lambda y: f\(y\)",
    ),
    (
        "no axis",
        lambda: compiled(lambda x: x, batched="x")(1.0),
        TypeError,
        "leading axis of samples",
    ),
    ("no samples", lambda: compiled(lambda x: x, batched="x")([]), ValueError, "at least one"),
    (
        "ragged samples",
        lambda: compiled(lambda x: x[0], batched="x")([[1.0], [1.0, 2.0]]),
        TypeError,
        "one entry per sample",
    ),
    (
        "two lengths",
        lambda: compiled(lambda x, y: x, batched=["x", "y"])([1.0], [1.0, 2.0]),
        ValueError,
        "same number",
    ),
    ("a default", lambda: compiled(lambda w, x=1.0: w * x, batched="x")(1.0), TypeError, "missing"),
    (
        "no such reduction",
        lambda: compiled(lambda x: x, batched="x", reduce="max"),
        ValueError,
        "reduce must be",
    ),
    (
        "a reduction of nothing",
        lambda: compiled(lambda x: x, reduce="sum"),
        ValueError,
        "together with batched",
    ),
    (
        "no function",
        lambda: compiled(3.0),
        TypeError,
        r"write compiled\(f\)\(x\), not compiled\(f\(x\)\)",
    ),
    (
        "no such pass",
        lambda: compiled(lambda x: x, without=["magic"]),
        ValueError,
        "the passes are simplify",
    ),
    (
        "no program yet",
        lambda: compiled(lambda x: x).program,
        RecordingError,
        "call the compiled function once",
    ),
]


@pytest.mark.parametrize(
    ("call", "error", "says"), [row[1:] for row in BAD], ids=[row[0] for row in BAD]
)
def test_bad_input_gets_an_error_that_says_what_is_wrong(
    call: Callable[[], Any], error: type[Exception], says: str
) -> None:
    with pytest.raises(error, match=says):
        call()


def test_it_decorates_and_keeps_the_name_and_the_words() -> None:
    @compiled
    def area(r: Any) -> Any:
        """The area of a circle."""
        return math.pi * r * r

    @compiled(batched="r", reduce="sum")
    def total(r: Any) -> Any:
        return area(r)

    assert (area.__name__, area.__doc__) == ("area", "The area of a circle.")
    assert (area(2.0), total([1.0, 1.0])) == (4.0 * math.pi, 2.0 * math.pi)
    assert "area" in repr(area)
