"""NumPy where it is installed, else None: a test that needs it is then skipped, and not its
whole file.
"""

from __future__ import annotations

import importlib.util
from typing import Any

import pytest

numpy: Any = importlib.import_module("numpy") if importlib.util.find_spec("numpy") else None
needs_numpy = pytest.mark.skipif(numpy is None, reason="needs the package numpy")
