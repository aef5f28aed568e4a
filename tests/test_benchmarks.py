"""The benchmarks compare like with like: before any time, the engines agree on the gradient.
Nothing is timed here.
"""

from __future__ import annotations

import json
import re
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import autograd_core as ac
from autograd_core import value_and_grad
from autograd_core.compiler.backends.native.build import compiler
from tests.benchmarks import __main__ as report
from tests.benchmarks import calls, compiled, eager, handwritten, loops, programs, recording
from tests.benchmarks.contest import BY_HAND
from tests.benchmarks.contest import report as contest_report
from tests.benchmarks.contest import table as contest_table
from tests.benchmarks.limit import Limit
from tests.benchmarks.measure import Benchmark, Engine, Result, Work, measure
from tests.benchmarks.worker import in_a_process

pytestmark = pytest.mark.slow

ROOT = Path(__file__).parent.parent
QUICK = [
    (name, engine)
    for name in ("moons", "expression")
    for engine, how in eager.BENCHMARKS[name].engines.items()
    if not how.slow
]


@pytest.mark.parametrize(("name", "engine"), QUICK, ids=[": ".join(pair) for pair in QUICK])
def test_an_engine_has_the_gradient_of_ours(name: str, engine: str) -> None:
    benchmark = eager.BENCHMARKS[name]
    how = benchmark.engines[engine]
    if how.package:
        pytest.importorskip(how.package)
    reference = next(iter(benchmark.engines.values()))
    expected = reference.start().gradient()
    assert max(map(abs, expected)) > 0.0
    assert report._distance(how.start().gradient(), expected) <= benchmark.tolerance


def test_a_chain_is_differentiated_as_its_closed_form() -> None:
    from autograd_core import grad

    slope = 0.999**50 + sum(0.999**k for k in range(50))
    assert grad(lambda x: eager.chain(x, 100))(1.5) == pytest.approx(slope, rel=1e-13)


def test_the_expression_has_twenty_operations() -> None:
    from autograd_core import Value
    from autograd_core.engine.sweeps import topological_order

    nodes = topological_order(eager.expression(*map(Value, eager.POINT)))
    assert len([node for node in nodes if node.operation]) == 20


def test_a_result_has_a_time_and_the_bytes_of_a_node() -> None:
    kept: list[list[bytes]] = []

    def keep() -> tuple[object, int, object]:
        graph = [bytes(1000) for _ in range(100)]
        return graph, 100, lambda: kept.append([bytes(500) for _ in range(100)])

    work = Work(lambda: sum(range(1000)), lambda: [1.0], keep)  # type: ignore[arg-type]
    result = measure(Benchmark("", {}, seconds=0.0), Engine(lambda: work))
    assert result.seconds is not None
    assert result.seconds > 0.0
    assert result.rounds == 3
    assert result.bytes_forward == pytest.approx(1000 + 33 + 8, rel=0.05)
    assert result.bytes_backward == pytest.approx(1500 + 2 * (33 + 8), rel=0.05)


def test_an_engine_that_is_missing_or_fails_says_so() -> None:
    def fails() -> list[float]:
        raise RecursionError

    assert (
        measure(Benchmark("", {}), Engine(lambda: Work(fails, fails), "no_such_package")).trouble
        == "not installed"
    )
    assert (
        measure(Benchmark("", {}), Engine(lambda: Work(fails, fails))).trouble == "RecursionError"
    )


def test_each_engine_has_a_process_of_its_own() -> None:
    result = in_a_process("eager", "expression", "autograd_core")
    assert result.seconds is not None
    assert result.gradient == eager.expression_ours().gradient()
    assert "no such engine" in in_a_process("eager", "expression", "no such engine").trouble


def test_a_wrong_gradient_has_no_time(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    given = {
        "ours": Result(1.0, 3, [1.0, 2.0]),
        "right": Result(4.0, 3, [1.0, 2.0]),
        "wrong": Result(9.0, 3, [1.0, 2.1]),
    }
    start = eager.expression_ours
    benchmark = Benchmark(
        "a title",
        {"ours": Engine(start), "right": Engine(start, "json"), "wrong": Engine(start, "json")},
    )
    monkeypatch.setattr(report, "benchmarks", lambda suite: {"name": benchmark})
    monkeypatch.setattr(report, "in_a_process", lambda suite, name, engine: given[engine])
    monkeypatch.setattr("sys.argv", ["benchmarks", "--json"])
    assert report.main() == 1
    printed = json.loads(capsys.readouterr().out)["results"]["name"]
    assert [printed[engine]["seconds"] for engine in given] == [1.0, 4.0, None]
    assert printed["wrong"]["trouble"].startswith("gradient off by 5.0e-02")
    table = "\n".join(
        report._table("name", benchmark, {"ours": Result(0.004), "right": Result(0.0005, 3)})
    )
    assert "4 ms" in table
    assert "500 µs" in table
    assert "0.125 ×" in table


CONTESTS = [
    *("moons", "digits", "convolution", "lstm", "options", "rosenbrock-100"),
    *("rosenbrock-100-gradient", "hessian"),
]


@pytest.mark.parametrize("name", CONTESTS)
def test_the_engines_of_a_contest_have_the_gradient_of_the_numpy_by_hand(name: str) -> None:
    contest = compiled.CONTESTS[name]()
    assert next(iter(contest.engines)) == BY_HAND
    expected = contest.engines[BY_HAND]()[0]
    assert abs(expected).max() > 0.0
    for engine in [engine for engine in contest.engines if engine.startswith("autograd_core")]:
        assert contest.engines[engine]()[0] == pytest.approx(expected, rel=1e-9, abs=1e-12)


def test_the_fast_numpy_by_hand_is_right() -> None:
    parameters, rate = handwritten.initial_parameters([2, 16, 16, 1]), 0.5
    step, slopes = handwritten.moons_step(parameters, *compiled.SAMPLES, rate)
    step()
    expected = handwritten.flat(handwritten.moons_gradient(parameters, *compiled.SAMPLES))
    assert np.concatenate([-g.ravel() / rate for g in slopes]) == pytest.approx(
        expected, rel=1e-10, abs=1e-14
    )
    parameters, (x, y) = handwritten.initial_parameters([64, 32, 10], seed=1), handwritten.digits()
    _, step, slopes = handwritten.digits_epoch(parameters, x, y, rate)
    step()
    expected = handwritten.flat(handwritten.digits_gradient(parameters, x[:32], y[:32]))
    found = np.concatenate([-slopes[0].ravel(), slopes[1].ravel()]) / rate
    assert found == pytest.approx(expected, rel=1e-10, abs=1e-14)
    x = np.linspace(-1.5, 1.5, 100)
    gradient, both = handwritten.rosenbrock_fast(100)
    assert gradient(x) == pytest.approx(handwritten.rosenbrock_gradient(x), rel=1e-12)
    value, slope = both(x)
    assert value == pytest.approx(compiled.rosenbrock_arrays(None, x), rel=1e-12)
    assert slope == pytest.approx(handwritten.rosenbrock_gradient(x), rel=1e-12)


def test_every_way_to_call_a_small_function_gives_the_same_numbers() -> None:
    value, gradient = value_and_grad(eager.expression, (0, 1, 2, 3))(*eager.POINT)
    for way, call in calls.ways().items():
        found, slopes = call()
        assert [float(found), *map(float, slopes)] == pytest.approx(
            [value, *gradient], rel=1e-12
        ), way


def test_a_contest_is_reported_with_its_program(capsys: pytest.CaptureFixture[str]) -> None:
    whole = compiled.CONTESTS["rosenbrock-100"]()
    wrong = {
        BY_HAND: whole.engines[BY_HAND],
        "autograd_core, numpy": lambda: (np.zeros(100), lambda: None),
    }
    ours = {engine: whole.engines[engine] for engine in (BY_HAND, "autograd_core, numpy")}
    assert contest_report("a name", replace(whole, engines=ours), slow=False, rounds=1)
    printed = capsys.readouterr().out
    assert "autograd_core, numpy" in printed
    assert "goal 1.50 ×" in printed
    assert "instructions" in printed
    assert "gradient ÷ function" in printed
    measured = replace(whole, found={BY_HAND: 2e-5, "autograd_core, numpy": 0.5})
    title, *cells = [cell.strip() for cell in contest_table([measured]).split("\n")[-1].split("|")][
        1:
    ]
    assert title == whole.title
    assert [cell for cell in cells if cell] == ["20 µs", "0.50"]
    assert not contest_report("a name", replace(whole, engines=wrong), slow=False, rounds=1)
    assert "gradient off by" in capsys.readouterr().out


@pytest.mark.filterwarnings("ignore:.*different paths")
def test_a_program_is_reported_with_its_paths(capsys: pytest.CaptureFixture[str]) -> None:
    programs.report("newton_square_root", rounds=1, slow=False)
    printed = capsys.readouterr().out
    assert re.fullmatch(r"newton_square_root +[\d.]+ µs( +[\d.]+ [×msMB]+)+ +\d+.*\n", printed)


def test_recording_takes_a_new_program_each_time() -> None:
    run, count = recording.moons_program(2)
    run()
    small = count()
    run, count = recording.moons_program(4)
    run()
    assert count() > 1.5 * small > 3000


def test_two_checkouts_are_measured_beside_each_other() -> None:
    """Here the same one twice."""
    pytest.importorskip("numpy", reason="compiled programs run on NumPy")
    pytest.importorskip("sklearn", reason="the digits are those of scikit-learn")
    command = [
        sys.executable,
        "-m",
        "tests.benchmarks.versions",
        ".",
        "--only",
        "eager, 20",
        "--rounds",
        "1",
    ]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    assert re.fullmatch(
        r" +old +new +new ÷ old\neager, 20 operations( +\d+\.\d µs){2} +\d\.\d{3}\n", done.stdout
    )


def least(function: Any, *arguments: Any, batched: str = "") -> tuple[float, float]:
    """The operations and the bytes of a program."""
    made = ac.compiled(function, backend="numpy", batched=batched or ())
    made(*arguments)
    (path,) = next(iter(made.trees.values())).paths
    samples = len(arguments[0]) if batched else 1
    limit = Limit(path.family.executable.kernel.program, samples)
    return limit.operations, limit.bytes


def test_the_limit_counts_what_a_program_must_compute_and_read() -> None:
    W, x = np.ones((5, 3)), np.ones(3)
    assert least(lambda W, x: W @ x, W, x) == (2 * 5 * 3, 8 * (15 + 3 + 5))
    assert least(lambda x: [ac.exp(a) for a in x], np.ones(40)) == (40, 8 * 80)
    assert least(ac.exp, np.ones(70), batched="x") == (70, 8 * 140)
    assert least(lambda x, y: x @ y, x, x) == (2 * 3, 8 * 7)


@pytest.mark.skipif(compiler() is None, reason="needs a C compiler")
def test_the_share_of_the_limit_is_that_of_the_slower_of_computing_and_reading() -> None:
    made = ac.compiled(lambda x: [ac.exp(a) for a in x], backend="numpy")
    made(np.ones(640))
    (path,) = next(iter(made.trees.values())).paths
    limit = Limit(path.family.executable.kernel.program, 1)
    for step in limit.steps().values():
        step()
    rates = {"compute": [limit.computed / 640e9, 9.0], "read": [9.0, limit.read / 40_960e9]}
    assert limit.text(2e-9, rates) == "320.0 GFLOP/s = 50 % of the limit, which is arithmetic"
    assert limit.text(2e-9, rates | {"compute": [1e-12]}).endswith(
        "12 % of the limit, which is memory"
    )
    assert limit.text(2e-9, {}) == "320.0 GFLOP/s"


def test_the_benchmark_of_loops_says_what_can_be_asked_for(
    capsys: pytest.CaptureFixture[str],
) -> None:
    for argument, code in (("--help", 0), ("no such loop", 2)):
        with pytest.raises(SystemExit) as ended:
            loops.main([argument])
        assert ended.value.code == code
    told = capsys.readouterr()
    assert "logistic, 10,000 steps" in " ".join(told.out.split())
    assert "choose from" in told.err
