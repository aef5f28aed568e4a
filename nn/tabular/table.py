"""A file as samples for a network: what its columns are, and one number for each of their cells."""

from __future__ import annotations

import difflib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from ..data.spellings import normalised, number, plain
from .columns import Column
from .dialect import Dialect, TableError, counted
from .kinds import MOST_CLASSES, MOST_TEXTS, Found, found_in
from .libraries import numpy
from .reading import Source, opened


@dataclass
class Encoding:
    """How the cells of a table become the inputs of a network, and its outputs an answer.

    `columns` are in the order of the inputs. The target has `texts` if it is classes: then a target
    is the index of its text. `dialect` holds the given format of the file, and whether it has a
    header; `decimal` is the sign of its numbers, given or detected.
    """

    columns: list[Column]
    target: Column
    dialect: Dialect = field(default_factory=Dialect)
    decimal: str = "."

    @property
    def width(self) -> int:
        """The number of inputs of the network."""
        return sum(column.width for column in self.columns)

    @property
    def outputs(self) -> int:
        """The number of outputs: one for each class, or one for the number."""
        return len(self.target.texts or [""])

    def fit(self, values: Any, targets: Any) -> None:
        """Standardise by the samples to train on."""
        for column, cells in zip(self.columns, values.T, strict=True):
            column.fit(cells)
        self.target.fit(targets)

    def inputs(self, values: Any) -> Any:
        """The inputs (samples, width) for values (samples, columns)."""
        out = numpy.zeros((len(values), self.width))
        end = 0
        for column, cells in zip(self.columns, values.T, strict=True):
            start, end = end, end + column.width
            column.inputs(cells, out[:, start:end])
        return out

    def targets(self, targets: Any) -> Any:
        """Targets as the network gives them: classes as they are, numbers standardised."""
        if self.target.texts is not None:
            return targets.astype(int)
        return (targets - self.target.mean) / self.target.scale


@dataclass
class Table:
    """The content of a file: a value for each cell, and a target for each sample.

    `values` (samples, columns) are numbers, days since 1970, or indices of texts; nan where a value
    is missing. `targets` are the indices of classes, or numbers. `notes` state what was assumed.
    """

    encoding: Encoding
    values: Any
    targets: Any
    notes: list[str] = field(default_factory=list)

    @property
    def columns(self) -> list[Column]:
        """The columns that are inputs."""
        return self.encoding.columns

    @property
    def target(self) -> Column:
        """The column to predict."""
        return self.encoding.target


def read_table(
    path: Path,
    target: str,
    *,
    task: str | None = None,
    ignore: Sequence[str] = (),
    text: Sequence[str] = (),
    keep: Sequence[str] = (),
    missing: str = "fill",
    dialect: Dialect | None = None,
) -> Table:
    """Read a file, and decide what its columns are.

    A column is numbers or dates if nearly all its cells are, and `text` does not name it; else it
    is texts. The target is classes if it is text, or has at most 20 different whole numbers, each
    at least twice on average; `task`, "classes" or "numbers", overrides this. Columns from which
    nothing can be learned are left out, unless `keep` names them. A TableError lists all problems.
    """
    given = dialect or Dialect()
    source, target = opened(path, given), normalised(target)
    ignore, text, keep = ([*map(normalised, names)] for names in (ignore, text, keep))
    making = _Making(source, target, [*strangers([target, *ignore, *text, *keep], source.columns)])
    try:
        [frame] = source.frames(text)
    except TableError as error:
        raise TableError(path, [*making.problems, *error.problems]) from None
    if target not in frame:
        raise TableError(path, making.problems)
    goals, decimal = frame[target], source.dialect.decimal or "."
    found = [
        found_in(name, frame[name], decimal, name in text)
        for name in frame
        if name != target and name not in ignore
    ]
    del frame
    inputs = making.useful(found, keep)
    rows = making.complete(inputs, goals, missing)
    goal = making.goal(goals.iloc[rows], task, target in text)
    present = making.with_target(goal, missing)
    if making.problems:
        raise TableError(path, making.problems)
    values = numpy.array([f.values for f in inputs]).T
    if present.sum() < len(values):
        values, goal.values = values[rows[present]], goal.values[present]
    for f, cells in zip(inputs, values.T, strict=True):
        f.column.unknown = bool(numpy.isnan(cells).any())
    making.describe([*inputs, goal])
    known = replace(given, header=source.dialect.header)
    encoding = Encoding([f.column for f in inputs], goal.column, known, decimal)
    return Table(encoding, values, goal.values, making.notes)


def strangers(asked: list[str], names: list[str]) -> Iterator[str]:
    """What is wrong with names that are no columns."""
    for name in dict.fromkeys(asked):
        if name not in names:
            close = difflib.get_close_matches(name, names, 1)
            hint = (
                f"did you mean {close[0]!r}?" if close else f"the columns are {_listed(names, 20)}"
            )
            yield f"there is no column {name!r}; {hint}"


def _listed(parts: Sequence[str], most: int = 10) -> str:
    return ", ".join(parts[:most]) + f" and {len(parts) - most} more" * (len(parts) > most)


def _doubt(source: Source) -> Iterator[str]:
    """What was assumed of a number that may be another."""
    decimal, cell = source.dialect.decimal or ".", source.doubtful
    if x := number(cell, decimal):
        sign = "point" if "." in cell else "comma"
        [other] = {".", ","} - {decimal}
        roles = [f"the {sign} as decimal sign", "thousands"]
        if (decimal == ".") != ("." in cell):
            roles = [f"the {sign} between thousands", "decimals"]
        yield (
            f"no cell shows the decimal sign: {cell!r} is read as {x:.15g}, {roles[0]}; if the "
            f"{sign} separates {roles[1]}, give --decimal {other}"
        )


class _Making:
    """A table in the making: what was assumed, and all that is wrong."""

    def __init__(self, source: Source, target: str, problems: list[str]) -> None:
        self.source, self.target, self.problems = source, target, problems
        self.notes = [*source.notes, *_doubt(source)]

    def useful(self, found: list[Found], keep: list[str]) -> list[Found]:
        """The columns to learn from; ids are among them only where there is nothing else."""
        out = [f for f in found if f.useless and not (f.at_will and f.column.name in keep)]
        if len(out) == len(found):
            out = [f for f in out if not f.at_will]
        if out:
            reasons = _listed([f"{f.column.name!r} ({f.useless})" for f in out])
            hint = "; --keep COLUMN keeps one" * any(f.at_will for f in out)
            self.notes.append(f"left out: {reasons}{hint}")
            self.notes += [f"{f.column.name!r} is text; {f.hint}" for f in out if f.hint]
        if len(out) == len(found):
            self.problems.append(
                f"apart from the target {self.target!r}, no column has anything to learn from"
                if found
                else f"the target {self.target!r} is the only column; give the right --delimiter"
            )
        names = {f.column.name for f in out}
        return [f for f in found if f.column.name not in names]

    def complete(self, inputs: list[Found], goals: Any, missing: str) -> Any:
        """The rows to use: with "drop" those in which nothing is missing, else all."""
        rows, gaps = numpy.arange(len(goals)), [f for f in inputs if len(f.gaps)]
        if missing == "error":
            self.problems += [
                f"{f.column.name!r} is missing in {counted(len(f.gaps), 'row')}, the first in "
                f"{self.source.place(f.gaps[0])}; fill it in, leave the column out with --ignore, "
                "or choose --missing fill or drop"
                for f in gaps
            ]
        elif gaps:
            counts = _listed([f"{f.column.name!r} {len(f.gaps):,}" for f in gaps])
            how = "filled with the mean or a separate category, and marked by an additional input"
            if missing == "drop":
                rows = numpy.setdiff1d(rows, numpy.concatenate([f.gaps for f in gaps]))
                how = f"{len(goals) - len(rows):,} of {counted(len(goals), 'row')} left out"
            self.notes.append(f"missing values: {counts}; {how}")
        return rows

    def goal(self, goals: Any, task: str | None, as_text: bool) -> Found:
        """The column to predict. 1 and 1.0 are one class, unless they are read as text."""
        decimal, what = self.source.dialect.decimal or ".", f"the target {self.target!r}"
        goal = found_in(self.target, goals, decimal, as_text, None)
        advice = f"or {goal.hint or 'if it is a number to predict, give --task numbers'}"
        if goal.column.date is not None:
            advice = "or turn it into days since some date, and predict those"
            goal = found_in(self.target, goals, decimal, True, None)
        present = ~numpy.isnan(goal.values)
        if not present.any():
            self.problems += [f"{what} is empty"] * (len(goals) > 0)
            return goal
        if goal.column.texts is None:
            different = _classes(goal, present, task)
        else:
            different = goal.column.texts
            if task == "numbers":
                k = int(present.argmax())
                self.problems.append(
                    f"{what} must be a number, got {goals.iloc[k]!r} in "
                    f"{self.source.place(goals.index[k])}; {goal.hint or 'remove --task numbers'}"
                )
        if len(different) == 1:
            self.problems.append(f"{what} is {different[0]!r} in all samples: nothing to learn")
        elif goal.column.texts is not None and len(different) > MOST_TEXTS:
            self.problems.append(
                f"{what} has {len(different):,} different classes, more than {MOST_TEXTS}; choose "
                f"another target, {advice}"
            )
        return goal

    def with_target(self, goal: Found, missing: str) -> Any:
        """Which rows have a target."""
        present = ~numpy.isnan(goal.values)
        lost, n = len(goal.gaps), int(present.sum())
        if lost and missing == "error":
            self.problems.append(
                f"the target {self.target!r} is missing in {counted(lost, 'row')}, the first in "
                f"{self.source.place(goal.gaps[0])}; fill it in, or choose --missing fill or drop"
            )
        elif lost:
            self.notes.append(f"{counted(lost, 'row')} without {self.target!r} left out")
        if n < 5:
            least = "a table needs at least 5 samples, to train on some and hold some out"
            self.problems.insert(0, f"{least}; it has {n}")
        return present

    def describe(self, found: list[Found]) -> None:
        """Add what is to be said of single columns."""
        for f in found:
            place = "" if f.row is None else f" ({self.source.place(f.row)})"
            self.notes += [f"{f.column.name!r}: {f.note}{place}"] * bool(f.note)
            self.notes += [f"{f.column.name!r} is text; {f.hint}"] * bool(f.hint)


def _classes(goal: Found, present: Any, task: str | None) -> list[str]:
    """The different numbers of a target, which become its classes if they are few whole ones."""
    numbers, places = numpy.unique(goal.values[present], return_inverse=True)
    repeated = len(numbers) <= MOST_CLASSES and 2 * len(numbers) <= len(places)
    whole = bool((numbers == numpy.floor(numbers)).all())
    different = [*map(plain, numbers.tolist())]
    if task == "classes" or (task is None and whole and repeated):
        goal.column.texts, goal.values[present] = different, places
    return different
