"""`root`, `fixed_point` and `argmin`: values and derivatives of any order against mpmath and closed forms."""

from __future__ import annotations

import copy
import gc
import math
import pickle
import sys
import weakref
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from autograd_core import (
    RecordingError,
    Value,
    argmin,
    check_gradients,
    compiled,
    cos,
    detect_anomaly,
    draw,
    exp,
    explain,
    fixed_point,
    grad,
    gradients,
    hessian,
    log,
    maximum,
    no_grad,
    numerical_gradient,
    root,
    scan,
    sin,
    solve,
    take,
    value_and_grad,
    where,
)


def kepler(e: Any, mean: Any) -> Any:
    return root(lambda E: E - e * sin(E) - mean, mean)


def by_arguments(e: Any, mean: Any) -> Any:
    return root(lambda E, e, mean: E - e * sin(E) - mean, mean, e, mean)


def circle_and_line(a: Any, b: Any) -> Any:
    found = root(
        lambda p: {"u": p["u"] ** 2 + p["v"] ** 2 - a, "v": p["u"] - p["v"] * b},
        {"u": 1.0, "v": 2.0},
    )
    return found["u"] * found["v"] ** 2


def closed(a: Any, b: Any) -> Any:
    return b * (a / (1.0 + b * b)) ** 1.5


def close(a: Any, b: Any, tolerance: float = 1e-11) -> bool:
    return abs(a - b) <= tolerance * max(1.0, abs(b))


@pytest.mark.parametrize("f", [kepler, by_arguments])
def test_keplers_equation_has_the_derivatives_of_mpmath_to_the_third_order(f: Any) -> None:
    mp = pytest.importorskip("mpmath")
    value, slopes = value_and_grad(f, (0, 1))(0.3, 1.0)
    assert [round(x, 5) for x in slopes] == [1.04801, 1.09133]
    second = hessian(f, (0, 1))(0.3, 1.0)
    third = grad(lambda m: grad(lambda m: grad(f)(0.3, m))(m))(1.0)
    with mp.workdps(40):
        point = (mp.mpf(0.3), mp.mpf(1))

        def exact(e: Any, mean: Any) -> Any:
            return mp.findroot(lambda E: E - e * mp.sin(E) - mean, 1)

        def slope(*orders: int) -> float:
            return float(mp.diff(exact, point, orders))

        assert close(value, float(exact(*point)), 1e-15)
        assert close(slopes[0], slope(1, 0), 1e-14)
        assert close(slopes[1], slope(0, 1), 1e-14)
        assert close(second[0][0], slope(2, 0), 1e-13)
        assert close(second[0][1], slope(1, 1), 1e-13)
        assert close(second[1][1], slope(0, 2), 1e-13)
        assert close(third, slope(1, 2), 1e-12)


def test_a_system_has_the_derivatives_of_its_closed_form() -> None:
    assert close(circle_and_line(3.0, 0.7), closed(3.0, 0.7))
    for found, wanted in zip(
        hessian(circle_and_line, (0, 1))(3.0, 0.7), hessian(closed, (0, 1))(3.0, 0.7), strict=True
    ):
        assert all(close(x, y) for x, y in zip(found, wanted, strict=True))
    check_gradients(lambda p: circle_and_line(*p), [3.0, 0.7])


def test_a_fixed_point_is_the_one_that_iteration_approaches() -> None:
    assert fixed_point(cos, 1.0) == 0.7390851332151607
    assert fixed_point(lambda x: x * x, 0.9) == 0.0  # and not 1, which is nearer
    check_gradients(lambda a: fixed_point(lambda x: exp(-a * x), 0.5), 1.0)
    omega = fixed_point(lambda x: [exp(-x[0]), 0.5 * x[0] + 0.1 * x[1]], [0.5, 0.5])
    assert close(omega[0] * float(exp(omega[0])), 1.0)
    assert fixed_point(lambda x: 3.0 * x - 4.0, 1.0) == 2.0  # which repels


def test_a_minimum_has_the_derivatives_of_its_closed_form() -> None:
    def ridge(y: Any, weight: Any) -> Any:
        def loss(w: Any) -> Any:
            return (
                (w[0] + w[1] - y[0]) ** 2 + (w[0] - 2.0 * w[1] - y[1]) ** 2
                + weight * (w[0] ** 2 + w[1] ** 2)
            )  # fmt: skip

        return argmin(loss, [5.0, -3.0])

    def normal(y: Any, weight: Any) -> Any:
        return solve([[2.0 + weight, -1.0], [-1.0, 5.0 + weight]], [y[0] + y[1], y[0] - 2.0 * y[1]])

    for k in range(2):
        found = hessian(lambda p, k=k: ridge(p, p[2])[k])([1.0, 2.0, 0.3])
        wanted = hessian(lambda p, k=k: normal(p, p[2])[k])([1.0, 2.0, 0.3])
        assert all(
            close(x, y)
            for a, b in zip(found, wanted, strict=True)
            for x, y in zip(a, b, strict=True)
        )


def test_rosenbrocks_minimum_is_found_from_afar() -> None:
    found = argmin(lambda x, a: (a - x[0]) ** 2 + 100.0 * (x[1] - x[0] ** 2) ** 2, [-1.2, 1.0], 1.0)
    assert all(close(x, 1.0) for x in found)


def test_one_solver_inside_another_is_differentiated_through_both() -> None:
    def outer(a: Any) -> Any:
        return root(
            lambda x: x**3 - argmin(lambda y: (y - x * a) ** 2 + 0.1 * y**4, 0.0) - 1.0, 1.5
        )

    check_gradients(outer, 0.7, order=1)
    assert close(grad(grad(outer))(0.7), numerical_gradient(grad(outer), 0.7), 1e-7)
    fast = compiled(grad(outer))
    for a in (0.7, 0.3):
        assert close(fast(a), grad(outer)(a))


def test_only_what_the_function_depends_on_is_an_operand() -> None:
    a, b = Value(2.0, "a"), Value(3.0, "b")
    square = a * a
    x = root(lambda x: x * x - square * 2.0 + 0.0 * b.detach(), 1.0)
    assert any(y is square for y in x.operands)
    assert not any(y is a for y in x.operands)
    x.backward()
    assert close(a.grad, 2.0**0.5)
    assert b.grad == 0.0
    assert root(lambda x: x * x - 2.0, 1.0) == 2.0**0.5
    assert "root(" in str(explain(x * 2.0))


def test_a_root_is_drawn() -> None:
    pytest.importorskip("graphviz")
    a = Value(2.0, "a")
    assert "root" in draw(root(lambda x: x * x - a, 1.0)).source


def test_a_start_that_is_a_value_has_the_slope_0() -> None:
    start = Value(1.0)
    assert grad(lambda s: root(lambda x: x * x - 2.0 * exp(0.0 * s), s))(1.0) == 0.0
    assert root(lambda x: x * x - 4.0, start) == 2.0


def test_a_branch_at_the_solution_is_followed_and_nothing_else() -> None:
    def f(a: Any) -> Any:
        return root(lambda x: x - a if x > 1.0 else x * x - a, 0.1)

    assert close(grad(f)(3.0), 1.0)
    assert close(grad(f)(0.25), 1.0)
    assert close(grad(lambda a: root(lambda x: maximum(x, 3.0 * x) - a, -1.0))(6.0), 1.0 / 3.0)


def test_a_program_searches_for_the_numbers_of_each_call() -> None:
    fast, second = compiled(value_and_grad(kepler, (0, 1))), compiled(hessian(kepler, (0, 1)))
    system = compiled(grad(circle_and_line, (0, 1)))
    for e, mean in [(0.3, 1.0), (0.5, 2.0), (0.01, 0.1)]:
        value, slopes = fast(e, mean)
        expected, wanted = value_and_grad(kepler, (0, 1))(e, mean)
        assert close(value, expected)
        assert all(close(x, y) for x, y in zip(slopes, wanted, strict=True))
        for found, row in zip(second(e, mean), hessian(kepler, (0, 1))(e, mean), strict=True):
            assert all(close(x, y) for x, y in zip(found, row, strict=True))
        found = system(mean + 1.0, e)
        assert all(
            close(x, y)
            for x, y in zip(found, grad(circle_and_line, (0, 1))(mean + 1.0, e), strict=True)
        )


def test_two_solvers_in_one_program_do_not_mix() -> None:
    def both(a: Any, b: Any) -> Any:
        return root(lambda x: x * x - a, 1.0) + root(lambda x: x**3 - b, 1.0)

    assert close(compiled(both)(4.0, 27.0), 5.0)
    pytest.importorskip("numpy")
    found = compiled(grad(both), batched=["a", "b"])([4.0, 9.0], [27.0, 8.0])
    assert all(close(x, y) for x, y in zip(found, [0.25, 1.0 / 6.0], strict=True))


def test_a_program_selects_by_where_and_refuses_branches() -> None:
    def selecting(a: Any) -> Any:
        return root(lambda x: where(x > 1.0, x, x * x) - a, 1.0)

    fast = compiled(grad(selecting))
    assert close(fast(3.0), 1.0)
    assert close(fast(0.25), 1.0)

    def branching(a: Any) -> Any:
        return root(lambda x: x - a if x > 1.0 else x * x - a, 0.1)

    with pytest.raises(RecordingError, match=r"write where.* or call root outside"):
        compiled(branching)(3.0)


def test_a_detached_number_stays_a_constant() -> None:
    def f(a: Any) -> Any:
        return root(lambda x: x * a.detach() - a, 1.0)

    assert close(grad(f)(2.0), 0.5)
    assert close(compiled(grad(f))(4.0), 0.25)


def test_what_is_no_solution_is_an_error_and_nan_in_a_program() -> None:
    with pytest.raises(ValueError, match=r"root found no solution: .* where \|f\(x\)\| is 1"):
        root(lambda x: x * x + 1.0, 1.0)
    with pytest.raises(ValueError, match=r"argmin found no solution: .* no minimum"):
        argmin(lambda x: -x * x, 1.0)
    with pytest.raises(ValueError, match="fixed_point found no solution"):
        fixed_point(lambda x: x + 1.0, 1.0)
    real = compiled(lambda a: root(lambda x: x * x - a, 1.0))
    assert real(4.0) == 2.0
    assert real(-4.0) != real(-4.0)


def test_a_zero_of_higher_order_is_found_and_has_no_finite_slope() -> None:
    assert abs(root(lambda x: x * x, 1.0)) < 1e-15
    slope = grad(lambda a: root(lambda x: x * x - a, 1.0))(0.0)
    assert not abs(slope) < 1e15


def test_loops_and_tables_work_inside_a_solver_and_around_it() -> None:
    def inside(a: Any) -> Any:
        def halved(x: Any, _: Any) -> Any:
            return x * 0.5 + a * sin(x), None

        return root(lambda x: scan(halved, x, [0.0] * 3)[0] - 0.3, 0.4)

    def around(a: Any) -> Any:
        def step(s: Any, _: Any) -> Any:
            return root(lambda x: x**3 + x - s * a, s), None

        return scan(step, a, [0.0] * 3)[0]

    def chosen(i: Any) -> Any:
        return root(lambda x: take([x, x * x, x**3], i) - 2.0, 1.0)

    for f in (inside, around):
        fast = compiled(grad(f))
        for a in (1.0, 1.3):
            assert close(grad(f)(a), numerical_gradient(f, a), 1e-6)
            assert close(fast(a), grad(f)(a))
    fast = compiled(chosen)
    assert all(close(fast(float(i)), 2.0 ** (1.0 / (i + 1))) for i in range(3))


def test_the_surroundings_of_a_call_change_no_derivative() -> None:
    def square_root(a: Any) -> Any:
        return root(lambda x: x * x - a, 1.0)

    with no_grad():
        assert square_root(Value(4.0)).operands == ()
        assert grad(square_root)(4.0) == 0.25
    with detect_anomaly():
        assert grad(square_root)(4.0) == 0.25
    with ThreadPoolExecutor(4) as pool:
        assert [*pool.map(grad(square_root), [1.0, 4.0, 16.0] * 5)] == [0.5, 0.25, 0.125] * 5


def test_wrong_calls_say_what_to_do() -> None:
    with pytest.raises(TypeError, match=r"write root\(f, x0\)"):
        root(3.0, 1.0)  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="as many numbers as x0 has, 1, got 2"):
        root(lambda x: [x, x], 1.0)
    with pytest.raises(TypeError, match="x0 of root"):
        root(lambda x: x, "one")
    a = Value(2.0)
    with pytest.raises(
        RecordingError, match="the function given to root asked a Value for its plain"
    ):
        root(lambda x: x.data - a, 1.0)
    with pytest.raises(TypeError, match="returns one number"):
        argmin(lambda x: [x], 1.0)


def test_it_works_without_scipy(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "scipy", None)
    assert close(root(lambda x: x**3 - 8.0, 10.0), 2.0)
    with pytest.raises(ValueError, match="found no solution"):
        root(lambda x: x * x + 1.0, 1.0)


def test_a_zero_beyond_a_smallest_size_is_found_by_its_sign() -> None:
    x = root(lambda x: x**3 - x + 1.0, 2.0)  # |f| has a minimum of its own near 0.58
    assert abs(x**3 - x + 1.0) < 1e-14


def test_scipy_goes_on_where_newtons_method_stops(monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("scipy")

    def freudenstein_roth(x: Any) -> Any:
        a, b = x
        return [a - 13.0 + ((5.0 - b) * b - 2.0) * b, a - 29.0 + ((b + 1.0) * b - 14.0) * b]

    assert all(
        close(a, b) for a, b in zip(root(freudenstein_roth, [-3.0, 2.0]), [5.0, 4.0], strict=True)
    )
    monkeypatch.setitem(sys.modules, "scipy", None)
    with pytest.raises(ValueError, match="found no solution"):
        root(freudenstein_roth, [-3.0, 2.0])


def test_nodes_are_freed_pickled_and_copied() -> None:
    a = Value(4.0)
    x = root(lambda x: x * x - a, 1.0)
    for y in (pickle.loads(pickle.dumps(x)), copy.deepcopy(x)):
        (leaf,) = [z for z in y.operands if isinstance(z, Value)]
        assert close(gradients(gradients(y, leaf), leaf).data, -1.0 / 32.0)
    gone = weakref.ref(x.operation)
    gc.disable()
    try:
        del x, y
        assert gone() is None  # by its reference count, without the collector
    finally:
        gc.enable()


def test_changed_data_is_noticed() -> None:
    a = Value(4.0)
    x = root(lambda x: x * x - a, 1.0)
    a.data = 9.0
    with pytest.raises(RuntimeError, match="changed since"):
        gradients(x, a)


def test_a_long_graph_before_it_is_not_walked_again() -> None:
    x = Value(0.1)
    for k in range(100):
        x = root(lambda y, x=x, k=k: y + 0.1 * y**3 - x - 0.001 * k, x.detach())
    x.backward()
    assert log(x) < 5.0


@pytest.mark.parametrize("x0", [0.1, -0.3, 1.6, 2.0, 6.2])
def test_a_flat_place_throws_no_search_far_away(x0: float) -> None:
    """Newton's step at a slope near 0 is huge: where it lands, a smaller value is an accident."""
    found = argmin(lambda x: cos(x), x0)
    assert abs(found - x0) < 10.0
    assert math.cos(found) == pytest.approx(-1.0, abs=1e-12)


@pytest.mark.parametrize(("f", "x0"), [(sin, math.pi / 2), (cos, 1e-17)])
def test_a_zero_thrown_far_away_gives_way_to_a_near_one(f: Any, x0: float) -> None:
    found = root(f, x0)
    assert abs(found) < 100.0
    assert f(found) == pytest.approx(0.0, abs=1e-12)
    assert root(lambda x: x - 1e12, 0.0) == 1e12, "a true zero that lies far away is found"
