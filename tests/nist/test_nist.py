"""The certified regressions: exact gradients and Hessians at the starts, and fits through SciPy
with derivatives as they are.
"""

from __future__ import annotations

import pytest

from autograd_core import grad, hessian, jacobian

numpy = pytest.importorskip("numpy")
pytest.importorskip("scipy")

from .fits import by_least_squares, by_minimize  # noqa: E402  (behind the question whether there is a SciPy)
from .problems import STARTS, Problem, problems  # noqa: E402

PROBLEMS = problems()
CASES = [(problem, start) for problem in PROBLEMS.values() for start in STARTS]
each_start = pytest.mark.parametrize(
    ("problem", "start"), CASES, ids=[f"{p.name}-{start}" for p, start in CASES]
)
OUT_OF_REACH = ("BoxBOD", "start1")  # of the method, with exact derivatives from whatever source


def _distance(found: object, reference: object) -> float:
    a, b = numpy.asarray(found), numpy.asarray(reference)
    return float(numpy.linalg.norm(a - b) / numpy.linalg.norm(b))


def test_there_are_twenty_seven() -> None:
    assert len(PROBLEMS) == 27


@each_start
def test_gradient_and_hessian_are_those_of_fifty_digits(problem: Problem, start: str) -> None:
    b, reference = problem.starts[start], problem.reference[start]
    assert problem.rss(b) == pytest.approx(reference["rss"], rel=1e-12)
    assert _distance(grad(problem.rss)(b), reference["gradient"]) <= 1e-13
    assert _distance(hessian(problem.rss)(b), reference["hessian"]) <= 1e-13


@pytest.mark.slow
@each_start
def test_a_fit_reaches_the_certificate(problem: Problem, start: str) -> None:
    if (problem.name, start) == OUT_OF_REACH:
        pytest.skip(
            "Levenberg-Marquardt runs off to a flat model from here; minimize reaches it, see below"
        )
    with numpy.errstate(all="ignore"):  # on the way some steps are so long that the model overflows
        assert problem.digits(by_least_squares(problem, start)) >= 6.0


@pytest.mark.parametrize("name", ["BoxBOD", "Misra1a", "Rat42", "MGH09"])
@pytest.mark.parametrize("start", STARTS)
def test_a_newton_method_reaches_it_with_our_hessian(name: str, start: str) -> None:
    with numpy.errstate(all="ignore"):
        assert PROBLEMS[name].digits(by_minimize(PROBLEMS[name], start)) >= 6.0


def test_arrays_go_in_and_arrays_come_out() -> None:
    problem = PROBLEMS["Misra1a"]
    b = problem.starts["start1"]
    for derivative, shape in (
        (grad(problem.rss)(b), (2,)),
        (hessian(problem.rss)(b), (2, 2)),
        (jacobian(problem.residuals)(b), (14, 2)),
    ):
        assert (type(derivative), derivative.dtype, derivative.shape) == (
            numpy.ndarray,
            float,
            shape,
        )
