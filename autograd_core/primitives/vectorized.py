"""The gamma function and its relatives on arrays. Each function here gives one of arrays, or None
where SciPy is not installed: then the row computes the entries one by one.

SciPy's functions are used where they are right to a few units in the last place. Where they are
not, beside a zero or left of 0, the entries are computed as on floats.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from . import special

Arrays = Callable[..., Any]


def gamma() -> Arrays | None:
    scipy = _special()
    return None if scipy is None else lambda x: scipy.gamma(x)


def log_gamma() -> Arrays | None:
    """SciPy's has few digits from ½ to 2½, as it is 0 at 1 and 2, and left of 0. It overflows
    beside 0.
    """
    if (scipy := _special()) is None:
        return None
    import numpy as np

    def arrays(x: Any) -> Any:
        y = scipy.gammaln(x)
        near = (x > 0.5) & (x < 2.5)
        y[near] = _log_gamma_beside_zeros(x[near], np)
        return _one_by_one(special.log_gamma, x < 1e-300, y, x)

    return arrays


def digamma() -> Arrays | None:
    """SciPy's has few digits left of 0: there by reflection."""
    if (scipy := _special()) is None:
        return None

    def arrays(x: Any) -> Any:
        return _one_by_one(special.digamma, x < 0.0, scipy.psi(x), x)

    return arrays


def polygamma() -> Arrays | None:
    """(−1)ⁿ⁺¹ n! ζ(n + 1, x) for x > 0."""
    if (scipy := _special()) is None:
        return None
    import numpy as np

    def arrays(n: Any, x: Any) -> Any:
        usual = (x > 0.0) & (n > 0.0) & (n <= special.HIGHEST_ORDER) & (n == np.floor(n))
        y = scipy.gamma(n + 1.0) * scipy.zeta(n + 1.0, np.where(usual, x, 1.0))
        y = np.where(n % 2.0 == 1.0, y, -y)
        return _one_by_one(special.polygamma, ~usual, y, n, x)

    return arrays


def _log_gamma_beside_zeros(x: Any, np: Any) -> Any:
    """ln Γ(x) from ½ to 2½, by its series at 2."""
    nearest = np.rint(x)
    z, total = x - nearest, 0.0
    for c in reversed(special.LOG_GAMMA_AT_2):
        total = (total + c) * z
    return total - np.log(np.where(nearest < 2.0, x, 1.0))


def _one_by_one(compute: Callable[..., float], where: Any, y: Any, *xs: Any) -> Any:
    """y with some of its entries computed on floats."""
    if where.any():
        y[where] = [compute(*given) for given in zip(*[x[where].tolist() for x in xs], strict=True)]
    return y


def _special() -> Any:
    try:
        from scipy import special  # type: ignore[import-untyped]
    except ImportError:
        return None
    return special
