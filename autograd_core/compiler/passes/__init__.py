"""The passes: each a pure function from a Program to a Program, one file each. The lists in
`compiler/pipeline.py` say which of them run, and in which order.
"""

from collections.abc import Callable, Collection
from dataclasses import replace
from typing import Any, NamedTuple

from ..ir.program import Program
from ..ir.scans import scans_of


def _unchanged(program: Any) -> Any:
    return program


class Pass(NamedTuple):
    """A step of a pipeline: from one form of a program to the next.

    `otherwise` runs in its place where the pass is switched off by its name; None for a pass that
    always runs.
    """

    name: str
    run: Callable[[Any], Any]
    otherwise: Callable[[Any], Any] | None = _unchanged

    def __call__(self, program: Any, without: Collection[str]) -> Any:
        off = self.name in without and self.otherwise is not None
        run: Callable[[Any], Any] = self.otherwise if off else self.run  # type: ignore[assignment]
        found = run(program)
        for i, row in scans_of(found) if isinstance(found, Program) and not off else ():
            found.rows[i] = row.with_scan(replace(row.scan, body=self(row.scan.body, without)))
        return found
