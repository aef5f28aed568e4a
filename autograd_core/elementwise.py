"""The functions of the table, on plain numbers and on Values alike.

They follow from the rows. Their types are in `elementwise.pyi`, which `python .ci/write_table.py`
writes.
"""

from .primitives.public import PUBLIC

globals().update(PUBLIC)
__all__ = list(PUBLIC)
__test__ = {name: row.__doc__ for name, row in PUBLIC.items()}  # the examples, for doctest
