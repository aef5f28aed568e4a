"""`quad` and `odeint` against closed forms, mpmath and SciPy, with derivatives by limits, times and parameters."""

from __future__ import annotations

import gc
import inspect
import math
import pickle
import sys
import weakref
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from autograd_core import (
    RecordingError,
    Value,
    check_gradients,
    compiled,
    cos,
    exp,
    grad,
    gradients,
    hessian,
    numerical_gradient,
    odeint,
    quad,
    root,
    sin,
    sqrt,
    value_and_grad,
)
from autograd_core.solvers import integrals, odes, steps
from autograd_core.solvers.quadrature import points
from tests.optional import needs_numpy


def close(a: Any, b: Any, tolerance: float = 1e-11) -> bool:
    return abs(a - b) <= tolerance * max(1.0, abs(b))


def gaussian(a: Any, b: Any, c: Any) -> Any:
    return quad(lambda x: exp(-c * x * x) * sin(x), a, b)


def test_the_rules_are_exact_for_polynomials_of_their_degree() -> None:
    for power in range(31):
        weights, values = points(lambda x, power=power: x**power, 0.0, 2.0, 1e-10, 1e-13)
        found = sum(w * y for w, y in zip(weights, values, strict=True))
        assert close(found, 2.0 ** (power + 1) / (power + 1))
    for power in range(8):
        rule = zip(integrals.END_POINTS, integrals.END_WEIGHTS, strict=True)
        assert close(sum(w * x**power for x, w in rule), 1.0 / (power + 1), 1e-15)


@pytest.mark.parametrize(
    ("f", "a", "b", "exact"),
    [
        pytest.param(math.sqrt, 0.0, 1.0, 2.0 / 3.0, id="root"),
        pytest.param(math.log, 0.0, 1.0, -1.0, id="logarithm"),
        pytest.param(lambda x: 1.0 / math.sqrt(x), 0.0, 1.0, 2.0, id="singular"),
        pytest.param(lambda x: math.exp(-x * x), -math.inf, math.inf, math.pi**0.5, id="line"),
        pytest.param(lambda x: 1.0 / (x * x), 1.0, math.inf, 1.0, id="above"),
        pytest.param(math.exp, -math.inf, 0.0, 1.0, id="below"),
        pytest.param(lambda x: abs(x - 0.3), 0.0, 1.0, 0.29, id="kink"),
        pytest.param(math.cos, math.pi / 2.0, 0.0, -1.0, id="backwards"),
        pytest.param(lambda x: 1.0 / x, 2.0, 2.0, 0.0, id="empty"),
        pytest.param(lambda x: 1.0 / (1e-8 + x * x), -1.0, 1.0, 2e4 * math.atan(1e4), id="peak"),
    ],
)
def test_an_integral_has_the_digits_of_its_tolerance(
    f: Any, a: float, b: float, exact: float
) -> None:
    found = quad(f, a, b)
    assert type(found) is float
    assert close(found, exact, 1e-10)


def test_derivatives_of_every_order_agree_with_mpmath() -> None:
    mp = pytest.importorskip("mpmath")
    with mp.workdps(30):

        def exact(a: Any, b: Any, c: Any) -> Any:
            return mp.quad(lambda x: mp.exp(-c * x * x) * mp.sin(x), [a, b])

        point = (mp.mpf(0.3), mp.mpf(2), mp.mpf(0.7))
        units = [tuple(int(i == k) for k in range(3)) for i in range(3)]
        slopes = grad(gaussian, (0, 1, 2))(0.3, 2.0, 0.7)
        curvature = hessian(gaussian, (0, 1, 2))(0.3, 2.0, 0.7)
        for i, one in enumerate(units):
            assert close(slopes[i], float(mp.diff(exact, point, one)), 1e-12)
            for k, other in [*enumerate(units)][i:]:
                orders = tuple(p + q for p, q in zip(one, other, strict=True))
                assert close(curvature[i][k], float(mp.diff(exact, point, orders)), 1e-11)
        third = grad(lambda b: grad(lambda b: grad(lambda c: gaussian(0.3, b, c))(0.7))(b))(2.0)
        assert close(third, float(mp.diff(exact, point, (0, 2, 1))), 1e-11)


@given(st.floats(-2.0, 2.0), st.floats(-2.0, 2.0), st.floats(-2.0, 2.0))
def test_integrals_of_adjacent_intervals_add_up(a: float, b: float, c: float) -> None:
    def f(x: Any) -> Any:
        return exp(sin(3.0 * x))

    assert close(quad(f, a, b) + quad(f, b, c), quad(f, a, c), 1e-9)


def test_the_eighth_derivative_by_a_limit_is_exact() -> None:
    f: Any = lambda b: quad(exp, 0.0, b)
    for _ in range(8):
        f = grad(f)
        assert close(f(0.5), math.exp(0.5), 1e-12)


def test_infinite_limits_and_further_arguments_have_derivatives() -> None:
    assert close(grad(lambda c: quad(lambda x, c: exp(-c * x), 0.0, math.inf, c))(2.0), -0.25)
    assert close(grad(lambda a: quad(lambda x: exp(-x), a, math.inf))(1.0), -math.exp(-1.0))
    assert grad(lambda b: quad(lambda x: 2.0, 0.0, b))(1.0) == 2.0


def test_an_equation_with_an_integral_is_solved() -> None:
    def quantile(p: Any) -> Any:
        return root(lambda b: quad(lambda x: exp(-x), 0.0, b) - p, 0.5)

    assert close(quantile(0.75), math.log(4.0))
    assert close(grad(quantile)(0.75), 4.0)
    assert close(grad(grad(quantile))(0.75), 16.0, 1e-10)


def test_integrals_that_are_not_finite_or_branch_in_programs_are_refused() -> None:
    with pytest.raises(ValueError, match="did not reach the tolerance"):
        quad(lambda x: 1.0 / x, 0.0, 1.0)
    assert grad(lambda a: quad(lambda x: 1.0 / sqrt(x), a, 1.0))(0.0) == -math.inf
    assert math.isnan(compiled(lambda a: quad(lambda x: a / x, 0.0, 1.0))(1.0))
    with pytest.raises(RecordingError, match=r"write where.* or call quad outside"):
        compiled(lambda b: quad(lambda x: x if x > 0.5 else 0.0, 0.0, b))(1.0)
    with pytest.raises(TypeError, match=r"write quad\(f, a, b\)"):
        quad(1.0, 0.0, 1.0)  # type: ignore[arg-type]
    with pytest.raises(TypeError, match="a limit of quad"):
        quad(sin, 0.0, "1")
    with pytest.raises(TypeError, match="returns one number"):
        quad(lambda x: [x], 0.0, 1.0)


def decay(rate: Any, time: Any, start: Any) -> Any:
    return odeint(lambda y, t: -rate * y, start, [0.0, time], rtol=1e-11, atol=1e-11)[-1]


def test_a_solution_has_the_derivatives_of_its_closed_form() -> None:
    def exact(rate: Any, time: Any, start: Any) -> Any:
        return start * exp(-rate * time)

    point, places = (2.0, 0.7, 1.5), (0, 1, 2)
    assert close(decay(*point), exact(*point), 1e-10)
    for found, wanted in zip(grad(decay, places)(*point), grad(exact, places)(*point), strict=True):
        assert close(found, wanted, 1e-9)
    for row, expected in zip(
        hessian(decay, places)(*point), hessian(exact, places)(*point), strict=True
    ):
        assert all(close(x, y, 1e-7) for x, y in zip(row, expected, strict=True))


def test_the_start_time_has_a_derivative_too() -> None:
    def solved(a: Any, k: Any) -> Any:
        return odeint(lambda y, t: k * t * y, 1.0, [a, 1.0], rtol=1e-10, atol=1e-10)[-1]

    def exact(a: Any, k: Any) -> Any:
        return exp(0.5 * k * (1.0 - a * a))

    assert close(grad(solved)(0.5, 1.5), grad(exact)(0.5, 1.5), 1e-8)
    bends, expected = hessian(solved, (0, 1))(0.5, 1.5), hessian(exact, (0, 1))(0.5, 1.5)
    assert all(close(x, y, 1e-7) for x, y in zip(sum(bends, ()), sum(expected, ()), strict=True))
    assert close(compiled(hessian(solved, (0, 1)))(0.5, 1.5)[0][1], bends[0][1], 1e-9)


def test_any_structure_times_that_go_down_and_times_that_stay() -> None:
    def oscillator(y: Any, t: Any) -> Any:
        return {"x": y["v"], "v": -y["x"]}

    states = odeint(oscillator, {"x": 1.0, "v": 0.0}, [0.0, 1.0, 1.0, math.pi])
    assert [*states[0].values()] == [1.0, 0.0]
    assert states[1] == states[2]
    assert close(states[1]["x"], math.cos(1.0), 1e-7)
    assert close(states[3]["x"], -1.0, 1e-7)
    assert close(odeint(lambda y, t: y, 1.0, [1.0, 0.0])[-1], math.exp(-1.0), 1e-7)
    assert odeint(lambda y, t: 0.0, 2.0, [0.0, 10.0]) == [2.0, 2.0]
    assert odeint(lambda y, t: y, 2.0, []) == []
    assert odeint(lambda y, t, k: k * t, 0.0, [0.0, 2.0], 3.0)[-1] == 6.0


def test_it_agrees_with_scipy_and_its_tolerance_is_met() -> None:
    integrate = pytest.importorskip("scipy.integrate")

    def predators(y: Any, t: Any) -> Any:
        return [1.1 * y[0] - 0.4 * y[0] * y[1], 0.1 * y[0] * y[1] - 0.4 * y[1]]

    exact = integrate.solve_ivp(
        lambda t, y: predators(y, t),
        (0.0, 12.0),
        [10.0, 5.0],
        method="DOP853",
        rtol=1e-13,
        atol=1e-13,
    ).y[:, -1]
    errors = []
    for tolerance in (1e-4, 1e-7, 1e-10):
        found = odeint(predators, [10.0, 5.0], [0.0, 12.0], rtol=tolerance, atol=tolerance)[-1]
        errors.append(max(abs(x - y) for x, y in zip(found, exact, strict=True)))
        assert errors[-1] < 1e3 * tolerance
    assert errors[0] > errors[1] > errors[2]


def pendulum(p: Any) -> Any:
    """The angle and the speed after some time, of which p has the start and the strength too."""

    def slope(y: Any, t: Any) -> Any:
        return [y[1], -p[0] * sin(y[0]) - 0.1 * p[1] * y[1]]

    angle, speed = odeint(slope, [p[1], 0.0], [0.0, 0.5, p[2]], rtol=1e-9, atol=1e-9)[-1]
    return angle + speed**2


def test_derivatives_by_all_that_a_solution_depends_on_agree_with_differences() -> None:
    point = [2.0, 0.5, 1.25]
    check_gradients(pendulum, point, order=1)
    check_gradients(lambda s: odeint(lambda y, t: cos(t) * s, 0.0, [0.0, 1.0])[-1] ** 2, 0.4)


def test_a_function_that_branches_is_differentiated_step_by_step() -> None:
    def switched(rate: Any) -> Any:
        return odeint(lambda y, t: -rate * y if t < 0.5 else -2.0 * rate * y, 1.0, [0.0, 1.0])[-1]

    assert close(grad(switched)(1.0), -1.5 * math.exp(-1.5), 1e-5)
    assert close(grad(lambda c: quad(lambda x: c * x if x > 1.0 else c, 0.0, 2.0))(3.0), 2.5, 1e-9)
    with pytest.raises(RecordingError, match=r"write where.* or call odeint outside"):
        compiled(switched)(1.0)

    def read(rate: Any) -> Any:
        return odeint(lambda y, t: -rate * y * (1.0 + 0.0 * rate.data), 1.0, [0.0, 1.0])[-1]

    assert close(grad(read)(1.0), -math.exp(-1.0), 1e-7)


def test_very_many_derivatives_are_those_of_the_steps(monkeypatch: pytest.MonkeyPatch) -> None:
    slopes = grad(pendulum)([2.0, 0.5, 1.25])
    monkeypatch.setattr(odes, "LARGE", 1)
    rate, start = Value(2.0), Value(0.5)
    by_steps = odeint(lambda y, t: -rate * y, start, [0.0, 1.0])[-1]
    assert by_steps.operation is not None
    assert by_steps.operation.name != "odeint"
    found = grad(pendulum)([2.0, 0.5, 1.25])
    assert all(close(x, y, 1e-7) for x, y in zip(found, slopes, strict=True))


def test_each_result_is_one_node() -> None:
    c, rate, start = Value(1.0, "c"), Value(2.0, "rate"), Value(0.5, "start")
    area = quad(lambda x: exp(-c * x * x), 0.0, 2.0)
    assert [x for x in area.operands if isinstance(x, Value)] == [c]
    states = odeint(lambda y, t: [-rate * y[0], y[0]], [start, 0.0], [0.0, 1.0, 2.0])
    assert states[0] == [start, 0.0]
    for x in [*states[1], *states[2]]:
        assert [x for x in x.operands if isinstance(x, Value)] == [rate, start]


@pytest.mark.parametrize(
    "solved",
    [
        pytest.param(lambda c: quad(lambda x: exp(c * x), 0.0, c), id="quad"),
        pytest.param(lambda c: odeint(lambda y, t: [c * y[0]], [c], [0.0, 1.0])[1][0], id="odeint"),
    ],
)
def test_results_are_pickled_and_freed(solved: Any) -> None:
    c = Value(2.0)
    y = solved(c)
    copied = pickle.loads(pickle.dumps(y))
    (leaf,) = {x for x in copied.operands if isinstance(x, Value)}
    expected = gradients(gradients(y, c), c).data
    assert close(gradients(gradients(copied, leaf), leaf).data, expected)
    gone = weakref.ref(y.operation)
    gc.disable()
    try:
        del y
        assert gone() is None  # by its reference count, without the collector
    finally:
        gc.enable()


def moved_area(a: Any, b: Any, c: Any) -> Any:
    return quad(lambda x: exp(-c * x * x) * sin(x), a, b) ** 2


def moved_state(start: Any, rate: Any, time: Any) -> Any:
    def slope(y: Any, t: Any) -> Any:
        return {"x": y["v"] + 0.1 * t, "v": -rate * sin(y["x"])}

    state = odeint(slope, {"x": start, "v": 0.2}, [0.0, time], rtol=1e-10, atol=1e-10)[-1]
    return state["x"] * state["v"]


@pytest.mark.parametrize(
    ("f", "point"), [(moved_area, (0.3, 2.0, 0.7)), (moved_state, (0.4, 1.5, 1.2))]
)
def test_a_program_is_for_the_numbers_of_each_call(f: Any, point: Any) -> None:
    places = (0, 1, 2)
    fast = compiled(value_and_grad(f, places))
    for scale in (1.0, 1.3, 0.4):
        moved = [scale * x for x in point]
        value, slopes = fast(*moved)
        expected, expected_slopes = value_and_grad(f, places)(*moved)
        assert close(value, expected, 1e-8)
        assert all(close(x, y, 1e-7) for x, y in zip(slopes, expected_slopes, strict=True))
    assert len(fast.programs) == 1
    bends, expected = compiled(hessian(f, places))(*point), hessian(f, places)(*point)
    for row, wanted in zip(bends, expected, strict=True):
        assert all(close(x, y, 1e-6) for x, y in zip(row, wanted, strict=True))


@needs_numpy
@pytest.mark.parametrize(
    ("f", "point"), [(moved_area, (0.3, 2.0, 0.7)), (moved_state, (0.4, 1.5, 1.2))]
)
def test_a_batch_integrates_for_each_sample(f: Any, point: Any) -> None:
    names = [*inspect.signature(f).parameters]
    columns = [[x * scale for scale in (1.0, 1.3, 0.4, 0.7)] for x in point]
    values, slopes = compiled(value_and_grad(f, (0, 1, 2)), batched=names)(*columns)
    for k, moved in enumerate(zip(*columns, strict=True)):
        value, expected = value_and_grad(f, (0, 1, 2))(*moved)
        assert close(values[k], value, 1e-8)
        assert all(close(x[k], y, 1e-7) for x, y in zip(slopes, expected, strict=True))


def test_solvers_stand_in_each_other() -> None:
    def double(c: Any) -> Any:
        return quad(lambda x: quad(lambda y: sin(x * y * c), 0.0, x), 0.0, 1.0)

    def falling(length: Any) -> Any:  # until the height is 0
        def height(t: Any) -> Any:
            return odeint(lambda y, t: [y[1], -9.81], [length, 0.0], [0.0, t])[-1][0]

        return root(height, 1.0)

    assert close(compiled(grad(double))(1.3), grad(double)(1.3))
    assert close(grad(double)(1.3), numerical_gradient(double, 1.3), 1e-6)
    for f in (falling, compiled(falling)):
        assert close(f(2.0), math.sqrt(2.0 * 2.0 / 9.81), 1e-7)
    assert close(compiled(grad(falling))(2.0), math.sqrt(0.5 / 9.81 / 2.0), 1e-7)


def robertson(k: Any) -> Any:
    def slope(y: Any, t: Any) -> Any:
        slow, back, fast = k[0] * y[0], k[2] * y[1] * y[2], k[1] * y[1] * y[1]
        return [back - slow, slow - back - fast, fast]

    return odeint(slope, [1.0, 0.0, 0.0], [0.0, 40.0], rtol=1e-8, atol=1e-12)[-1][0]


@pytest.mark.slow
def test_a_stiff_equation_is_solved_where_scipy_is_installed(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Published: Hairer and Wanner, Solving Ordinary Differential Equations II, 0.7158 at t = 40."""
    pytest.importorskip("scipy")
    rates = [0.04, 3e7, 1e4]
    assert close(robertson(rates), 0.7158270687, 1e-8)
    slope = (robertson([0.0404, 3e7, 1e4]) - robertson([0.0396, 3e7, 1e4])) / 0.0008
    assert close(grad(robertson)(rates)[0], slope, 1e-3)
    monkeypatch.setitem(sys.modules, "scipy", None)
    monkeypatch.setattr(steps, "STEPS", 3_000)
    with pytest.raises(
        ValueError, match="the equation stiff, which needs larger tolerances, or SciPy"
    ):
        robertson(rates)


def test_they_work_without_scipy(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "scipy", None)
    for f, a, b, exact in (
        (math.sqrt, 0.0, 1.0, 2.0 / 3.0),
        (lambda x: 1.0 / math.sqrt(x), 0.0, 1.0, 2.0),
        (lambda x: math.exp(-x * x), -math.inf, math.inf, math.pi**0.5),
        (lambda x: 1.0 / (x * x), 1.0, math.inf, 1.0),
        (math.exp, -math.inf, 0.0, 1.0),
        (math.cos, math.pi / 2.0, 0.0, -1.0),
        (lambda x: 1.0 / (1e-8 + x * x), -1.0, 1.0, 2e4 * math.atan(1e4)),
    ):
        assert close(quad(f, a, b), exact, 1e-10)
    assert close(grad(lambda b: quad(exp, 0.0, b))(0.5), math.exp(0.5))


def test_equations_that_cannot_be_solved_say_why() -> None:
    with pytest.raises(ValueError, match=r"odeint stopped at t = 1, .* singular"):
        odeint(lambda y, t: y * y, 1.0, [0.0, 2.0])
    with pytest.raises(ValueError, match="all increase or all decrease"):
        odeint(lambda y, t: y, 1.0, [0.0, 2.0, 1.0])
    with pytest.raises(ValueError, match="as many numbers as y0 has, 1, got 2"):
        odeint(lambda y, t: [y, y], 1.0, [0.0, 1.0])
    growing = compiled(lambda a: odeint(lambda y, t: a * y * y, 1.0, [0.0, 1.0])[-1])
    assert close(growing(0.5), 2.0, 1e-6)
    assert math.isnan(growing(2.0))
    with pytest.raises(TypeError, match="y0 of odeint"):
        odeint(lambda y, t: y, "1", [0.0, 1.0])
