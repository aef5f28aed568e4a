"""The passes: each a pure function from a Program to a Program, one file each."""

from collections.abc import Callable

from ..program import Program
from .common import share_common
from .dead import remove_dead_code
from .simplify import simplify

Pass = Callable[[Program], Program]

PASSES: dict[str, Pass] = {
    "simplify": simplify,
    "share_common": share_common,
    "remove_dead_code": remove_dead_code,
}
