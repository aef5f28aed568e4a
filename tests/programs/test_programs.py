"""Programs as people write them run on Values with another import line: values, first and second
derivatives, compiled and in batches.
"""

from __future__ import annotations

import inspect
import math as standard
from collections.abc import Iterator
from typing import Any

import pytest

from autograd_core import compiled, hvp, value_and_grad
from tests.optional import needs_numpy, numpy
from tests.programs.program import NAMES, Program, flat, load, rebuilt

MOST_COORDINATES = 8  # of many arguments, the derivatives by some that lie spread among them

pytestmark = [
    pytest.mark.filterwarnings("ignore:.*different paths"),
    pytest.mark.usefixtures("compiled_at_once"),
]
every_program = pytest.mark.parametrize("name", NAMES)


def derivative(program: Program) -> Any:
    """The value and the gradient by all arguments."""
    return value_and_grad(program.function, range(len(program.points[0])))


def curvature(program: Program) -> Any:
    """The Hessian times a direction, as a function of the point and the direction."""
    return lambda point, direction: hvp(program.function, point, direction)


def sizes_of(point: Any) -> list[float]:
    """How large each number is: a derivative times this is that by a relative change."""
    return [max(abs(x), 0.1) for x in flat(point)]


def directions(point: Any) -> Iterator[list[float]]:
    """Two directions, in which each number moves about as much as it is large."""
    for shift in (0, 1):
        yield [size * (0.5 + (k + shift) % 3) for k, size in enumerate(sizes_of(point))]


def close(found: Any, expected: Any, tolerance: float) -> bool:
    """Whether numbers are equal up to a tolerance relative to the largest of them."""
    largest = max(map(abs, expected), default=0.0)
    return bool(found == pytest.approx(expected, rel=tolerance, abs=tolerance * largest))


@every_program
def test_the_value_is_that_of_the_standard_module(name: str) -> None:
    program, plain = load(name), load(name, standard)
    for point in program.points:
        assert program.function(*point) == pytest.approx(plain.function(*point), rel=1e-13)
        assert derivative(program)(*point)[0] == pytest.approx(plain.function(*point), rel=1e-13)
    for point, value in zip(program.points, program.published, strict=False):
        assert round(plain.function(*point), program.digits) == round(value, program.digits)


@pytest.mark.slow
@every_program
def test_the_derivatives_are_those_of_fifty_digits(name: str) -> None:
    pytest.importorskip("mpmath")
    from tests.programs.differences import of_fifty_digits, slope

    program, exact = load(name), load(name, of_fifty_digits()).function
    for point in program.points:
        gradient = flat(derivative(program)(*point)[1])
        sizes = sizes_of(point)
        chosen = range(0, len(gradient), -(-len(gradient) // MOST_COORDINATES))
        found = [gradient[k] * sizes[k] for k in chosen]
        units = [[sizes[k] * (k == j) for j in range(len(sizes))] for k in chosen]
        assert close(found, [slope(exact, point, unit) for unit in units], program.tolerance)
    point = program.points[0]
    one, other = directions(point)
    bent = flat(curvature(program)(point, rebuilt(point, one)))
    along = sum(a * b for a, b in zip(bent, other, strict=True))
    assert close([along], [slope(exact, point, one, other)], 10.0 * program.tolerance)


@pytest.mark.slow
@every_program
def test_the_compiled_program_gives_the_same_on_few_paths(name: str) -> None:
    program = load(name)
    eager, fast = derivative(program), compiled(derivative(program))
    for _ in range(2):
        for point in program.points:
            assert close(flat(fast(*point)), flat(eager(*point)), program.tolerance)
    assert len(fast.programs) <= program.paths
    point, bends = program.points[0], compiled(curvature(program))
    direction = rebuilt(point, next(directions(point)))
    expected = flat(curvature(program)(point, direction))
    assert close(flat(bends(point, direction)), expected, program.tolerance)


@pytest.mark.slow
@needs_numpy
@pytest.mark.parametrize("name", [name for name in NAMES if load(name).batched])
def test_a_batch_gives_what_the_points_give_one_by_one(name: str) -> None:
    program = load(name)
    names = [*inspect.signature(program.function).parameters]
    batch = compiled(derivative(program), batched=names)
    columns = [[*column] for column in zip(*program.points, strict=True)]
    found = numpy.array(flat(batch(*columns)))
    for k, point in enumerate(program.points):
        assert close(found[:, k].tolist(), flat(derivative(program)(*point)), program.tolerance)
    assert len(batch.programs) <= program.paths
