"""The passes: each a pure function from a Program to a Program, one file each."""

from collections.abc import Callable

from ..ir.program import Program
from .common_subexpressions import share_common
from .dead_code import remove_dead_code
from .simplify import simplify

Pass = Callable[[Program], Program]

PASSES: dict[str, Pass] = {
    "simplify": simplify,
    "share_common": share_common,
    "remove_dead_code": remove_dead_code,
}
