"""Fits of the certified problems through SciPy, with exact derivatives: `python -m
tests.nist.fits` prints the digits reached.
"""

from __future__ import annotations

import warnings
from typing import Any

import numpy
from scipy.optimize import least_squares, minimize

from autograd_core import grad, hessian, jacobian

from .problems import STARTS, Problem, problems


def by_least_squares(problem: Problem, start: str) -> Any:
    """Levenberg-Marquardt, with the Jacobian of the residuals."""
    tight = {"xtol": 1e-15, "ftol": 1e-15, "gtol": 1e-15, "max_nfev": 5000}
    f = problem.residuals
    return least_squares(
        f, problem.starts[start], jac=jacobian(f), method="lm", x_scale="jac", **tight
    ).x


def by_minimize(problem: Problem, start: str) -> Any:
    """A trust-region Newton method, with the gradient and the Hessian of the residual sum of
    squares.

    The parameters are scaled by their start values: such methods measure a step with one ruler for
    all.
    """
    scale, f = numpy.abs(problem.starts[start]), problem.rss

    def scaled(u: Any) -> Any:
        return f(u * scale)

    options = {"gtol": 1e-12, "maxiter": 5000, "initial_trust_radius": 0.3, "max_trust_radius": 0.6}
    u = problem.starts[start] / scale
    return (
        minimize(
            scaled, u, jac=grad(scaled), hess=hessian(scaled), method="trust-ncg", options=options
        ).x
        * scale
    )


def main() -> None:
    print(
        f"{'':10}" + "".join(f"{how:>28}" for how in ("least_squares, LM", "minimize, trust-ncg"))
    )
    reached = [0, 0]
    with numpy.errstate(all="ignore"), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        for name, problem in problems().items():
            line = f"{name:10}"
            for i, fit in enumerate((by_least_squares, by_minimize)):
                digits = [problem.digits(fit(problem, start)) for start in STARTS]
                reached[i] += sum(d >= 6.0 for d in digits)
                line += f"{digits[0]:>22.1f}{digits[1]:>6.1f}"
            print(line, flush=True)
    print(f"at least 6 digits: {reached[0]} and {reached[1]} of 54 starts")


if __name__ == "__main__":
    main()
