"""The given format of a text file with a table, and the errors of tables, without pandas."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any


class TableError(ValueError):
    """All that is wrong with a table, in one message that begins with its file."""

    def __init__(self, path: Path, problems: str | Sequence[str]) -> None:
        self.problems = [problems] if isinstance(problems, str) else [*problems]
        several = len(self.problems) > 1
        report = "".join(f"\n  - {problem}" for problem in self.problems)
        super().__init__(
            f"{path}: {len(self.problems)} problems{report}"
            if several
            else f"{path}: {self.problems[0]}"
        )


def counted(n: int, what: str) -> str:
    """A number with its noun.

    >>> counted(1, "row"), counted(2000, "row")
    ('1 row', '2,000 rows')
    """
    return f"{n:,} {what}{'s' * (n != 1)}"


@dataclass(frozen=True)
class Dialect:
    """The format of a text file with a table. None means: detect it."""

    delimiter: str | None = None
    decimal: str | None = None
    header: bool | None = None
    encoding: str | None = None

    def __post_init__(self) -> None:
        if self.delimiter is not None and (len(self.delimiter) != 1 or self.delimiter in '"\r\n'):
            raise ValueError(f"delimiter must be one character, or tab; got {self.delimiter!r}")
        if self.decimal not in (None, ".", ","):
            raise ValueError(f"decimal must be '.' or ',', got {self.decimal!r}")
        try:
            "".encode(self.encoding or "utf-8")
        except (LookupError, ValueError):
            raise ValueError(
                "encoding must be one that Python knows, such as utf-8 or cp1252; got "
                f"{self.encoding!r}"
            ) from None

    def given(self) -> dict[str, Any]:
        """The settings that are not to be detected, by name."""
        return {name: setting for name, setting in asdict(self).items() if setting is not None}

    def over(self, other: Dialect) -> Dialect:
        """This dialect, with missing settings taken from the other."""
        return replace(other, **self.given())
