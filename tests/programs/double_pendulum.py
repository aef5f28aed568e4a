"""The angle of the lower rod of a double pendulum after ten steps of the Runge-Kutta method.

Changed for the port: the import line.
"""

from __future__ import annotations

from autograd_core import math
from tests.programs.program import Program

G, STEP = 9.81, 0.01


def slopes(state, m1, m2, l1, l2):
    a, b, u, v = state
    d = a - b
    shared = 2.0 * m1 + m2 - m2 * math.cos(2.0 * d)
    du = (
        -G * (2.0 * m1 + m2) * math.sin(a)
        - m2 * G * math.sin(a - 2.0 * b)
        - 2.0 * math.sin(d) * m2 * (v * v * l2 + u * u * l1 * math.cos(d))
    ) / (l1 * shared)
    pull = u * u * l1 * (m1 + m2) + G * (m1 + m2) * math.cos(a) + v * v * l2 * m2 * math.cos(d)
    return [u, v, du, 2.0 * math.sin(d) * pull / (l2 * shared)]


def moved(state, step, slope):
    return [x + step * k for x, k in zip(state, slope)]


def lower_angle(upper, lower, m1, m2, l1, l2):
    state = [upper, lower, 0.0, 0.0]
    for _ in range(10):
        k1 = slopes(state, m1, m2, l1, l2)
        k2 = slopes(moved(state, 0.5 * STEP, k1), m1, m2, l1, l2)
        k3 = slopes(moved(state, 0.5 * STEP, k2), m1, m2, l1, l2)
        k4 = slopes(moved(state, STEP, k3), m1, m2, l1, l2)
        mean = [(p + 2.0 * q + 2.0 * r + s) / 6.0 for p, q, r, s in zip(k1, k2, k3, k4)]
        state = moved(state, STEP, mean)
    return state[1]


PROGRAM = Program(lower_angle, [(1.5, 1.0, 1.0, 1.0, 1.0, 1.0), (2.5, -0.4, 2.0, 0.5, 0.7, 1.3)])
