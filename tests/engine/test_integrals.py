"""`quad` and `odeint` against closed forms, mpmath and SciPy, with derivatives by limits, times and parameters."""

from __future__ import annotations

import math
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
    odeint,
    quad,
    root,
    sin,
    sqrt,
    value_and_grad,
)
from autograd_core.solvers import integrals


def close(a: Any, b: Any, tolerance: float = 1e-11) -> bool:
    return abs(a - b) <= tolerance * max(1.0, abs(b))


def gaussian(a: Any, b: Any, c: Any) -> Any:
    return quad(lambda x: exp(-c * x * x) * sin(x), a, b)


def test_the_rules_are_exact_for_polynomials_of_their_degree() -> None:
    for power in range(31):
        assert close(
            quad(lambda x, power=power: x**power, 0.0, 2.0), 2.0 ** (power + 1) / (power + 1)
        )
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


def test_integrals_that_are_not_finite_or_recorded_are_refused() -> None:
    with pytest.raises(ValueError, match="did not reach the tolerance"):
        quad(lambda x: 1.0 / x, 0.0, 1.0)
    with pytest.raises(ValueError, match="not finite at 0; give the limit as a plain number"):
        grad(lambda a: quad(lambda x: 1.0 / sqrt(x), a, 1.0))(0.0)
    with pytest.raises(RecordingError, match="call quad outside"):
        compiled(lambda b: quad(sin, 0.0, b))(1.0)
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
    found = grad(lambda a: odeint(lambda y, t: t * y, 1.0, [a, 1.0])[-1])(0.5)
    assert close(found, -0.5 * math.exp(0.5 - 0.125), 1e-7)


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


def test_the_recorded_slopes_are_those_of_the_steps() -> None:
    def end(p: Any) -> Any:
        y = odeint(
            lambda y, t: [y[1], -p[0] * sin(y[0])], [p[1], 0.0], [0.0, 1.0], rtol=1e-5, atol=1e-5
        )
        return y[-1][0] + y[-1][1] ** 2

    fine = value_and_grad(
        lambda p: odeint(
            lambda y, t: [y[1], -p[0] * sin(y[0])], [p[1], 0.0], [0.0, 1.0], rtol=1e-11, atol=1e-11
        )[-1][0]
    )([2.0, 0.5])
    rough = grad(lambda p: end(p))([2.0, 0.5])
    assert all(math.isfinite(g) for g in rough)
    one, two = Value(2.0), Value(0.5)
    direct = odeint(
        lambda y, t: [y[1], -one * sin(y[0])], [two, 0.0], [0.0, 1.0], rtol=1e-11, atol=1e-11
    )[-1][0]
    assert [g.data for g in gradients(direct, [one, two])] == fine[1]
    check_gradients(lambda s: odeint(lambda y, t: cos(t) * s, 0.0, [0.0, 1.0])[-1] ** 2, 0.4)


def test_equations_that_cannot_be_solved_say_why() -> None:
    with pytest.raises(ValueError, match=r"odeint stopped at t = 1, .* singular"):
        odeint(lambda y, t: y * y, 1.0, [0.0, 2.0])
    with pytest.raises(ValueError, match="all increase or all decrease"):
        odeint(lambda y, t: y, 1.0, [0.0, 2.0, 1.0])
    with pytest.raises(ValueError, match="as many numbers as y0 has, 1, got 2"):
        odeint(lambda y, t: [y, y], 1.0, [0.0, 1.0])
    with pytest.raises(RecordingError, match="fixed number of steps with scan"):
        compiled(lambda a: odeint(lambda y, t: a * y, 1.0, [0.0, 1.0])[-1])(1.0)
    with pytest.raises(TypeError, match="y0 of odeint"):
        odeint(lambda y, t: y, "1", [0.0, 1.0])
