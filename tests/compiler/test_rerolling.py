"""Programs that repeat become loops, which give the numbers of the straight-line code to the bit."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any
from unittest import mock

import pytest
from hypothesis import given
from hypothesis import strategies as st

import autograd_core as ac
from autograd_core import Program, compiled, grad, hessian, value_and_grad, where
from autograd_core.compiler.backends import rerolling
from autograd_core.compiler.backends.base import Forms
from autograd_core.compiler.backends.rerolling import Loops
from autograd_core.compiler.backends.source import source
from autograd_core.compiler.pipeline import BACKENDS, STRAIGHT
from tests.benchmarks.loops import PROGRAMS, rk4

from .backends import forced


def simplified(function: Callable[..., Any], *arguments: Any) -> Program:
    """The program of a function as straight-line Python gets it."""
    with forced("python"):
        program = compiled(function)
        program(*arguments)
    return Forms(program.program).after(STRAIGHT)  # type: ignore[no-any-return]


def printed(program: Program, least: int, careful: bool) -> tuple[str, Callable[[Any], Any]]:
    """The source, with loops for stretches from `least` operations on, and what it runs."""
    with (
        mock.patch.object(rerolling, "SHORTEST", least),
        mock.patch.object(rerolling, "LEAST", min(least, 20)),
    ):
        text, scope = source(program, careful=careful)
    names = {**scope, "inf": math.inf, "nan": math.nan}
    exec(compile(text, "<program>", "exec"), names)
    return text, names["run"]


def check(program: Program, *points: list[float]) -> str:
    """Run the program with and without loops on the recorded inputs and on others."""
    text = ""
    for careful in (True, False):
        _, plain = printed(program, 10**9, careful)
        text, rolled = printed(program, 0, careful)
        native = taped(program, 0)
        for point in [[program.recorded[i] for i in program.inputs], *points]:
            on_tape = native and repr(as_taken(program, native(point)))
            if careful:
                assert on_tape in (None, repr(as_taken(program, plain(point))))
            try:
                want = plain(point)
            except (ZeroDivisionError, ValueError, OverflowError):
                assert not careful
                continue
            assert repr(as_taken(program, rolled(point))) == repr(as_taken(program, want))
    return text


def taped(program: Program, least: int) -> Callable[[Any], Any] | None:
    """What the native tape runs, with loops for stretches from `least` operations on."""
    forms = Forms(program)
    with (
        mock.patch.object(rerolling, "SHORTEST", least),
        mock.patch.object(rerolling, "LEAST", min(least, 20)),
        mock.patch.object(forms, "after", return_value=program),
    ):
        kernel = None if BACKENDS["tape"].missing() else BACKENDS["tape"].build(forms)
    return kernel and (lambda point: kernel.run(point)[::2])


def as_taken(program: Program, found: Any) -> Any:
    """What a run gives, up to the first guard that is not as it was: there it may end."""
    outputs, guards = found
    for k, (x, (_, was)) in enumerate(zip(guards, program.guards, strict=False)):
        if x != was:
            return [], [float(x) for x in guards[: k + 1]]
    return outputs, [float(x) for x in guards]


def loops_in(text: str) -> int:
    return text.count("in range(")


def repeated(body: Callable[..., Any], rounds: int = 30) -> Callable[[list[Any]], Any]:
    def run(x: list[Any]) -> Any:
        state = x
        for k in range(rounds):
            state = body(state, k)
        return state

    return run


@pytest.mark.slow
@pytest.mark.parametrize("name", [name for name in PROGRAMS if "pendulum, 1,000" not in name])
def test_a_gradient_through_time_is_two_loops(name: str) -> None:
    end, x = PROGRAMS[name][0](20)
    text = check(simplified(value_and_grad(end), x), [0.3 + 0.1 * k for k in range(len(x))])
    assert loops_in(text) == 2


def test_the_source_of_a_long_program_shows_its_loop() -> None:
    f = compiled(repeated(lambda s, _: [s[0] + 0.01 * s[1], s[1] - 0.01 * ac.sin(s[0])], 500))
    f([1.0, 0.0])
    assert f.program.source("python") == (
        "def run(inputs):\n"
        "    [x_0, x_1] = inputs\n"
        "    v2 = x_0 + 0.01 * x_1\n"
        "    v5 = x_1 - 0.01 * sin(x_0)\n"
        "    v7_before = v2\n"
        "    v10_before = v5\n"
        "    for k in range(499):\n"
        "        v7 = v7_before + 0.01 * v10_before\n"
        "        v10 = v10_before - 0.01 * sin(v7_before)\n"
        "        v7_before = v7\n"
        "        v10_before = v10\n"
        "    return [v7, v10], []\n"
    )


def test_a_short_program_has_no_loop() -> None:
    program = simplified(repeated(lambda s, _: [s[0] * s[0] + 0.1], 100), [0.3])
    assert not Loops(program).found


def test_inputs_are_read_one_by_one() -> None:
    def run(xs: list[Any], r: Any) -> list[Any]:
        s, all_states = 0.0, []
        for x in xs:
            s = r * s + x * x - ac.tanh(s) * x
            all_states.append(s)
        return [*all_states, ac.sum(all_states)]

    def last(xs: list[Any], r: Any) -> Any:
        return run(xs, r)[-1]

    xs = [math.sin(k) for k in range(60)]
    text = check(simplified(run, xs, 0.5))
    assert loops_in(text) == 1
    assert "inputs[" in text
    assert "*v" in text
    text = check(simplified(grad(last, (0, 1)), xs, 0.5))
    assert loops_in(text) == 2
    assert "::-1]" in text


def test_the_inputs_are_not_mistaken_for_values_of_the_round_before() -> None:
    def run(s: list[Any], xs: list[Any]) -> Any:
        for x in xs:
            s = [s[0] + 0.01 * s[1], s[1] - 0.01 * ac.sin(s[0]) + x]
        return s

    assert loops_in(check(simplified(run, [1.0, 0.0], [0.1 * k for k in range(50)]))) == 1


def test_numbers_from_outside_become_a_table() -> None:
    numbers = [math.cos(k) for k in range(50)]
    program = simplified(
        repeated(lambda s, k: [ac.sin(s[0]) * numbers[k] + 0.25 * s[0]], 50), [0.3]
    )
    text = check(program, [-0.5])
    assert loops_in(text) == 1
    assert "table1 = (" in text


def test_operands_in_another_order_become_a_table() -> None:
    def run(xs: list[Any]) -> Any:
        s = xs[0]
        for k in range(40):
            s = ac.sin(s) * xs[k * k % 41] + xs[k] * 0.5
        return s

    text = check(simplified(grad(run), [0.01 * k for k in range(41)]))
    assert loops_in(text) == 1  # the gradients of the inputs are sums of different lengths
    assert "table1 = [" in text


def test_guards_in_a_loop_are_checked_in_every_round() -> None:
    def body(s: list[Any], _: int) -> list[Any]:
        a = 3.9 * s[0] * (1.0 - s[0])
        return [a * 0.999] if a > -5.0 else [0.1 - 1e-9 * a]

    end = repeated(body, 300)
    program = simplified(end, [0.3])
    assert len(program.guards) == 300
    assert loops_in(check(program, [0.31], [5.0], [math.nan])) == 1
    fast = compiled(end)
    for x in (0.3, 0.5, 7.0, 0.3, 7.0):
        assert fast([x]) == pytest.approx(end([x]), nan_ok=True)


def test_results_from_each_round_are_a_part_of_the_list() -> None:
    def run(x: list[Any]) -> list[Any]:
        s, levels, signs = x[0], [], []
        for _ in range(50):
            s = ac.sin(s) * x[1] + 0.1
            levels.append(s)
            signs.append(s < 0.5)
        return [*levels, *levels[::-1], *levels[5:20], *levels[30:10:-1], *levels[::3], *signs]

    text = check(simplified(run, [0.3, 0.9]), [2.0, -1.0])
    assert loops_in(text) == 1
    assert text.count("*v") == 4  # conditions are made numbers one by one


def test_selections_in_a_loop_stay_conditions() -> None:
    def body(s: list[Any], _: int) -> list[Any]:
        rises = s[0] < s[1]
        return [where(rises, s[0] + 0.2, s[1] * s[0]), s[1] + rises * 0.01 - 0.003 * s[0]]

    end = repeated(body, 40)
    program = simplified(value_and_grad(lambda x: end(x)[0] * end(x)[1]), [0.1, 0.5])
    assert loops_in(check(program, [0.5, 0.1], [math.inf, 1.0], [math.nan, 1.0])) >= 2


def test_a_condition_is_carried_into_the_next_round() -> None:
    def run(x: list[Any]) -> list[Any]:
        s, was = x[0], x[0] * x[1]
        for _ in range(60):
            s, was = where(was, s * 1.1, s + x[1]), s < 1.0
        return [s, was * 2.0]

    for backwards in (False, True):
        function = grad(lambda x: run(x)[0] * run(x)[1]) if backwards else run
        assert loops_in(check(simplified(function, [0.2, 0.3]), [5.0, -0.1])) >= 1


@pytest.mark.parametrize("lag", [1, 2, 4, 5, 9])
def test_values_from_several_rounds_before(lag: int) -> None:
    def run(x: list[Any]) -> Any:
        history = [x[0] + 0.1 * k for k in range(lag)]
        for _ in range(80):
            history.append(ac.sin(history[-1]) * x[1] + 0.3 * history[-lag])
        return ac.sum(history[-3:])

    text = check(simplified(value_and_grad(run), [0.4, 0.7]), [1.0, -2.0])
    assert lag > rerolling._LAG or loops_in(text) >= 2


def test_loops_in_loops() -> None:
    def run(x: list[Any]) -> Any:
        total = x[0]
        for _ in range(12):
            for _ in range(9):
                total = ac.sin(total) * x[1] + 0.1
            total = total * total - x[0] + ac.exp(-total) * ac.cos(total)
        return total

    program = simplified(value_and_grad(run), [0.3, 0.9])
    check(program, [0.0, 1.0])
    with mock.patch.object(rerolling, "SHORTEST", 0):
        assert [(x.period, x.rounds) for x in Loops(program).found] == [(34, 11), (58, 10)]


def test_loops_of_different_lengths_in_a_loop() -> None:
    def run(x: list[Any]) -> Any:
        total = x[0]
        for k in range(12):
            for _ in range(20 + k):
                total = ac.sin(total) * x[1] + 0.1
            total = total * total - x[0]
        return total

    assert loops_in(check(simplified(value_and_grad(run), [0.3, 0.9]), [0.0, 1.0])) >= 4


def test_second_derivatives_are_loops() -> None:
    end = repeated(lambda s, _: rk4(lambda y: [y[1], -ac.sin(y[0])], s, 0.1), 12)
    text = check(simplified(hessian(lambda x: end(x)[0]), [0.3, 0.5]))
    assert loops_in(text) >= 3
    assert text.count("\n") < 1500


def test_where_python_raises_the_careful_loop_runs() -> None:
    end = repeated(lambda s, _: [s[0] / s[1], s[1] - 1.0], 500)
    fast = compiled(end)
    assert fast([1.0, 0.5]) == end([1.0, 0.5])
    assert fast([1.0, 3.0]) == [math.inf, -497.0] or math.isinf(fast([1.0, 3.0])[0])


@pytest.mark.parametrize("name", ["k", "v5", "v5_at", "u1", "table1", "k1", "i"])
def test_names_of_inputs_do_not_collide(name: str) -> None:
    program = simplified(repeated(lambda s, _: [ac.sin(s[0]) * s[1], s[1] + 0.1], 40), [0.3, 0.5])
    program.names = dict.fromkeys(program.inputs, name)
    assert loops_in(check(program, [0.7, 0.1])) == 1


OPERATIONS: list[Callable[[Any, Any], Any]] = [
    lambda a, b: a + b,
    lambda a, b: a - b,
    lambda a, b: a * b,
    lambda a, b: a / b,
    lambda a, b: -a,
    lambda a, b: ac.sin(a),
    lambda a, b: ac.sigmoid(a),
    lambda a, b: a * 0.5,
    lambda a, b: abs(a),
    lambda a, b: where(a < b, a, b * 0.5),
    lambda a, b: ac.maximum(a, b),
    lambda a, b: (a < b) * b,
    lambda a, b: ac.sum([a, b, a]),
    lambda a, b: ac.dot([a, b], [b, 0.25]),
    lambda a, b: a * 1.5 if a > b else b,
]
number = st.integers(0, 100)


@st.composite
def loop_programs(draw: st.DrawFn) -> tuple[Callable[[list[Any]], list[Any]], list[float]]:
    """A loop with a random body, random state, and everything that a body may read."""
    states, constants = draw(st.integers(1, 3)), draw(st.booleans())
    body = draw(st.lists(st.tuples(number, number, number), min_size=2, max_size=8))
    rounds, stride = draw(st.integers(6, 25)), draw(st.sampled_from([1, 2, 3, -1]))
    reads, inner, kept = draw(st.booleans()), draw(st.integers(0, 1)), draw(st.integers(0, 2))

    def run(x: list[Any]) -> list[Any]:
        state, others, results = x[:states], x[states:], list[Any]()
        for k in range(rounds):
            known = [*state, others[0]]
            if reads:
                known.append(others[stride * k % len(others)])
            if constants:
                known.append(0.1 * k)
            for _ in range(1 + 7 * inner):
                for operation, i, j in body:
                    a, b = known[-1 - i % len(known)], known[-1 - j % len(known)]
                    known.append(OPERATIONS[operation % len(OPERATIONS)](a, b))
            state = known[-states:]
            results += known[-kept:] if kept else []
        return [*results, *state]

    return run, [0.3 - 0.05 * k for k in range(states + 40)]


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore::autograd_core.LostGradientWarning")
@given(loop_programs(), st.booleans())
def test_random_loops_give_the_same_numbers(
    drawn: tuple[Callable[[list[Any]], list[Any]], list[float]], derive: bool
) -> None:
    run, x = drawn
    function = value_and_grad(lambda x: ac.sum(run(x))) if derive else run
    try:
        program = simplified(function, x)
    except (TypeError, ZeroDivisionError):  # nothing but plain numbers
        return
    zeros, large = [0.0] * len(program.inputs), [1e3 - 7.0 * k for k in range(len(program.inputs))]
    check(program, zeros, large)
