"""ADBench's four objectives in NumPy with derivatives written by hand, as analysts write them.

Each takes complex numbers too, so that an imaginary step of 10⁻³⁰ gives the Hessian to all digits.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from tests.programs import bundle_adjustment, gaussian_mixture, hand_tracking, lstm

Array = Any


def softmax(x: Array) -> Array:
    e = np.exp(x - x.real.max(-1, keepdims=True))
    return e / e.sum(-1, keepdims=True)


def mixture_gradient(alphas: Any, means: Any, logs: Any, lower: Any) -> list[Array]:
    points = np.array(gaussian_mixture.POINTS)
    alphas, means, logs, lower = map(np.asarray, (alphas, means, logs, lower))
    d = points[:, None] - means
    sizes = np.exp(logs)
    first = sizes[:, 0] * d[..., 0]
    second = lower * d[..., 0] + sizes[:, 1] * d[..., 1]
    p = softmax(alphas + logs.sum(1) - 0.5 * (first**2 + second**2))
    by_mean = np.stack([first * sizes[:, 0] + second * lower, second * sizes[:, 1]], -1)
    by_log = np.stack([1.0 - first**2, 1.0 - second * sizes[:, 1] * d[..., 1]], -1)
    return [
        p.sum(0) - len(points) * softmax(alphas),
        (p[..., None] * by_mean).sum(0),
        (p[..., None] * by_log).sum(0),
        -(p * second * d[..., 0]).sum(0),
    ]


def crossed(a: Array) -> Array:
    """The matrix of the cross product with a."""
    zero = 0.0 * a[0]
    return np.array([[zero, -a[2], a[1]], [a[2], zero, -a[0]], [-a[1], a[0], zero]])


def bundle_jacobian(camera: Any, point: Any, weight: Any) -> tuple[Array, Array]:
    """The two residuals, and their derivatives by the camera, the point and the weight."""
    camera, point = np.asarray(camera), np.asarray(point)
    axis, x = camera[:3], point - camera[3:6]
    angle = np.sqrt((axis * axis).sum())
    k, one = crossed(axis), np.eye(3)
    rotation = one + np.sin(angle) / angle * k + (1.0 - np.cos(angle)) / angle**2 * k @ k
    right = one - (1.0 - np.cos(angle)) / angle**2 * k + (angle - np.sin(angle)) / angle**3 * k @ k
    seen = rotation @ x
    u = seen[:2] / seen[2]
    r2 = (u * u).sum()
    f, k1, k2 = camera[6], camera[9], camera[10]
    bend = 1.0 + k1 * r2 + k2 * r2**2
    away = f * bend * u + camera[7:9] - np.array(bundle_adjustment.SEEN)
    by_u = f * (bend * np.eye(2) + 2.0 * (k1 + 2.0 * k2 * r2) * np.outer(u, u))
    by_x = by_u @ np.column_stack([np.eye(2), -u]) / seen[2] @ rotation
    columns = [
        -by_x @ crossed(x) @ right,
        -by_x,
        bend * u,
        np.eye(2),
        f * r2 * u,
        f * r2**2 * u,
        by_x,
    ]
    jacobian = weight * np.column_stack(columns)
    return weight * away, np.column_stack([jacobian, away])


def bundle_gradient(camera: Any, point: Any, weight: Any) -> list[Array]:
    away, jacobian = bundle_jacobian(camera, point, weight)
    slopes = 2.0 * away @ jacobian
    return [slopes[:11], slopes[11:14], slopes[14]]


def lstm_gradient(cell: Any, head: Any) -> list[Array]:
    cell, head, n = np.asarray(cell), np.asarray(head), lstm.HIDDEN
    h = c = np.zeros(n)
    steps = []
    for x in lstm.SEQUENCE:
        inputs = np.concatenate([x, h, [1.0]])
        gates = cell @ inputs
        forget, keep, show = (1.0 / (1.0 + np.exp(-gates[i * n : (i + 1) * n])) for i in (0, 1, 3))
        new, old = np.tanh(gates[2 * n : 3 * n]), c
        c = forget * old + keep * new
        h = show * np.tanh(c)
        steps.append((inputs, forget, keep, new, show, old, c))
    last = np.append(h, 1.0)
    delta = softmax(head @ last) - np.eye(3)[lstm.CLASS]
    by_cell, by_h, by_c = 0.0 * cell, delta @ head[:, :n], 0.0 * c
    for inputs, forget, keep, new, show, old, c in reversed(steps):
        by_c = by_c + by_h * show * (1.0 - np.tanh(c) ** 2)
        parts = [
            by_c * old * forget * (1.0 - forget),
            by_c * new * keep * (1.0 - keep),
            by_c * keep * (1.0 - new**2),
            by_h * np.tanh(c) * show * (1.0 - show),
        ]
        by_gates = np.concatenate(parts)
        by_cell = by_cell + np.outer(by_gates, inputs)
        by_h, by_c = by_gates @ cell[:, 2 : 2 + n], by_c * forget
    return [by_cell, np.outer(delta, last)]


def turned(axis: int, angle: Any, move: Sequence[Any]) -> tuple[Array, Array]:
    """The matrix of a rotation about an axis with a translation, and its slope by the angle."""
    i, j = [(1, 2), (2, 0), (0, 1)][axis]
    matrix, slope = np.eye(4, dtype=complex), np.zeros((4, 4), dtype=complex)
    c, s = np.cos(angle), np.sin(angle)
    matrix[[i, i, j, j], [i, j, i, j]] = c, -s, s, c
    slope[[i, i, j, j], [i, j, i, j]] = -s, -c, c, -s
    matrix[:3, 3] = move
    return matrix, slope


def hand_jacobian(bends: Any, turns: Any, shift: Any) -> tuple[Array, Array]:
    """The residuals, and their derivatives by the four bends, the three turns and the shift."""
    none = [0.0, 0.0, 0.0]
    (a, da), (b, db), (c, dc) = (
        turned(k, turns[k], move) for k, move in enumerate((shift, none, none))
    )
    wrist, slopes = a @ b @ c, [da @ b @ c, a @ db @ c, a @ b @ dc]
    found, rows = [], []
    for (finger, place, weight), goal in zip(
        hand_tracking.VERTICES, hand_tracking.MEASURED, strict=True
    ):
        x, y = hand_tracking.FINGERS[finger]
        first, dfirst = turned(0, bends[finger][0], [x, y, 0.0])
        second, dsecond = turned(0, bends[finger][1], [0.0, hand_tracking.BONES[0], 0.0])
        here, stiff = np.append(place, 1.0), np.append(place, 1.0)
        stiff[1] += hand_tracking.BONES[0]
        local = weight * second @ here + (1.0 - weight) * stiff
        found.append((wrist @ first @ local)[:3] - goal)
        columns = np.zeros((3, 10), dtype=complex)
        columns[:, 2 * finger] = (wrist @ dfirst @ local)[:3]
        columns[:, 2 * finger + 1] = weight * (wrist @ first @ dsecond @ here)[:3]
        for k, slope in enumerate(slopes):
            columns[:, 4 + k] = (slope @ first @ local)[:3]
        columns[:, 7:] = np.eye(3)
        rows.append(columns)
    return np.concatenate(found), np.concatenate(rows)


def hand_gradient(bends: Any, turns: Any, shift: Any) -> list[Array]:
    away, jacobian = hand_jacobian(bends, turns, shift)
    slopes = 2.0 * away @ jacobian
    return [slopes[:4], slopes[4:7], slopes[7:]]


GRADIENTS: dict[str, Callable[..., list[Array]]] = {
    "gaussian_mixture": mixture_gradient,
    "bundle_adjustment": bundle_gradient,
    "lstm": lstm_gradient,
    "hand_tracking": hand_gradient,
}
"""The gradient of each program by hand, by its name."""


def gradient(name: str, point: Any) -> Array:
    """The gradient by hand as flat numbers."""
    return np.concatenate([np.ravel(x) for x in GRADIENTS[name](*point)])


def hessian(name: str, rebuilt: Callable[[Sequence[Any]], Any], numbers: Sequence[float]) -> Array:
    """The derivative of the gradient by hand, by imaginary steps."""
    columns = []
    for k in range(len(numbers)):
        moved = [x + 1e-30j * (j == k) for j, x in enumerate(numbers)]
        columns.append(gradient(name, rebuilt(moved)).imag / 1e-30)
    return np.array(columns).T
