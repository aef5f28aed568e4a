"""Networks with scikit-learn's interface: `MLPClassifier` and `MLPRegressor` work in pipelines and
searches.

They need scikit-learn (the extra `demo`); the rest of the package does not.
"""

from autograd_core.errors import MissingExtra

try:
    import sklearn as _sklearn  # type: ignore[import-untyped] # noqa: F401
except ImportError:
    raise MissingExtra("scikit-learn", "demo", "nn.estimators") from None

from .classifier import MLPClassifier
from .regressor import MLPRegressor

__all__ = ["MLPClassifier", "MLPRegressor"]
