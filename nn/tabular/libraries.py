"""The libraries that tables need, or the error that names the extra."""

from autograd_core.errors import MissingExtra

try:
    import numpy as numpy
    import pandas as pandas  # type: ignore[import-untyped]
except ImportError:
    raise MissingExtra("pandas", "tables", "your own table") from None
