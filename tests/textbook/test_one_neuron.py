"""One sigmoid neuron against the closed form of its gradient, and a line against the normal
equations.
"""

from __future__ import annotations

import math
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nn import GradientDescent, Neuron, batch_gradient, evaluate, fit, minimize, sum_squared_error

number = st.floats(-3, 3)
samples = st.lists(st.tuples(number, number, st.floats(0, 1)), min_size=1, max_size=12)


def closed_form(
    w: list[float], b: float, xs: list[list[float]], ys: list[float]
) -> tuple[float, list[float], float]:
    """C = 1/2N Σ (ŷ − y)², ∂C/∂w = 1/N Σ (ŷ − y) ŷ (1 − ŷ) x, and ∂C/∂b the same without x."""
    n = len(xs)
    predicted = [1 / (1 + math.exp(-(w[0] * x[0] + w[1] * x[1] + b))) for x in xs]
    common = [(p - y) * p * (1 - p) for p, y in zip(predicted, ys, strict=True)]
    cost = math.fsum((p - y) ** 2 for p, y in zip(predicted, ys, strict=True)) / (2 * n)
    slopes = [math.fsum(c * x[j] for c, x in zip(common, xs, strict=True)) / n for j in (0, 1)]
    return cost, slopes, math.fsum(common) / n


@given(number, number, number, samples)
def test_cost_and_gradient_of_a_sigmoid_neuron_are_the_closed_form(
    w1: float, w2: float, b: float, data: list[tuple[float, float, float]]
) -> None:
    neuron = Neuron(2)
    for parameter, value in zip(neuron.parameters(), (w1, w2, b), strict=True):
        parameter.data = value
    xs, ys = [[x1, x2] for x1, x2, _ in data], [y for _, _, y in data]
    cost, _ = batch_gradient(neuron, neuron.parameters(), sum_squared_error, xs, ys)
    expected, by_weights, by_bias = closed_form([w1, w2], b, xs, ys)
    assert cost == pytest.approx(expected, abs=1e-14)
    assert [w.grad for w in neuron.weights] == pytest.approx(by_weights, abs=1e-14)
    assert neuron.bias.grad == pytest.approx(by_bias, abs=1e-14)


def test_fifty_steps_of_descent_follow_the_closed_form() -> None:
    random = Random(4)
    xs = [[random.uniform(-2, 2), random.uniform(-2, 2)] for _ in range(20)]
    ys = [float(x[0] + x[1] > 0) for x in xs]
    neuron, rate = Neuron(2, seed=0), 0.7
    w, b = [p.data for p in neuron.weights], neuron.bias.data
    history = fit(
        neuron,
        xs,
        ys,
        loss="sum_squared_error",
        optimizer=GradientDescent(rate),
        epochs=50,
        batch_size=20,
        verbose=False,
    )
    costs = []
    for _ in range(50):
        cost, slopes, slope = closed_form(w, b, xs, ys)
        costs.append(cost)
        w, b = [wi - rate * g for wi, g in zip(w, slopes, strict=True)], b - rate * slope
    assert [p.data for p in neuron.parameters()] == pytest.approx([*w, b], abs=1e-12)
    assert history.loss == pytest.approx(costs, abs=1e-13)
    assert history.accuracy[-1] == 1.0


def test_a_line_fitted_by_descent_agrees_with_the_normal_equations() -> None:
    random = Random(7)
    xs = [random.uniform(-1, 3) for _ in range(30)]
    ys = [0.8 * x - 1.5 + random.gauss(0, 0.2) for x in xs]
    n, sx, sy = len(xs), math.fsum(xs), math.fsum(ys)
    sxx, sxy = math.fsum(x * x for x in xs), math.fsum(x * y for x, y in zip(xs, ys, strict=True))
    slope = (n * sxy - sx * sy) / (n * sxx - sx * sx)
    intercept = (sy - slope * sx) / n

    line = Neuron(1, "linear", seed=0)
    fit(
        line,
        [[x] for x in xs],
        ys,
        loss="sum_squared_error",
        optimizer=GradientDescent(0.3),
        epochs=400,
        batch_size=n,
        verbose=False,
    )
    assert [p.data for p in line.parameters()] == pytest.approx([slope, intercept], abs=1e-9)

    def cost(p: list[float]) -> float:
        return sum((p[0] * x + p[1] - y) ** 2 for x, y in zip(xs, ys, strict=True)) / (2 * n)

    newton = minimize(cost, [0.0, 0.0], "newton")
    assert newton.path[1] == pytest.approx(
        [slope, intercept], abs=1e-12
    )  # the cost is quadratic: one step
    assert evaluate(line, [[x] for x in xs], ys, loss="sum_squared_error")[0] == pytest.approx(
        newton.value
    )
