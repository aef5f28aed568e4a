"""A file as samples for a network: what its columns are, and one number for each of their cells."""

from __future__ import annotations

import difflib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from .columns import Column, plain
from .dialect import Dialect, TableError, counted
from .kinds import MOST_CLASSES, MOST_TEXTS, Found, found_in
from .libraries import numpy
from .reading import Source, normalised, opened

POLICIES = ("fill", "drop", "error")


@dataclass
class Encoding:
    """How the cells of a table become the inputs of a network, and its outputs an answer.

    `columns` are in the order of the inputs. The target has `texts` if it is classes: then a target
    is the index of its text. `dialect` holds the given format of the file, and whether it has a
    header.
    """

    columns: list[Column]
    target: Column
    dialect: Dialect = field(default_factory=Dialect)

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
    source = opened(path, given)
    target = normalised(target)
    ignore, text, keep = ([*map(normalised, names)] for names in (ignore, text, keep))
    [frame] = source.frames(text)
    names = [*frame.columns]
    if problems := [*strangers([target, *ignore, *text, *keep], names)]:
        raise TableError(path, problems)
    decimal, goals = source.dialect.decimal or ".", frame[target]
    found = [
        found_in(name, frame[name], decimal, name in text)
        for name in names
        if name != target and name not in ignore
    ]
    del frame
    notes = [*source.notes]
    inputs = _useful(found, keep, notes, problems, target)
    rows = _complete(source, inputs, goals, missing, notes, problems)
    goal = _target(source, goals.iloc[rows], task, target in text, problems)
    present = ~numpy.isnan(goal.values)
    lost = int((~present).sum())
    if lost and missing == "error":
        problems.append(
            f"the target {target!r} is missing in {counted(lost, 'row')}, the first in "
            f"{source.place(goal.gaps[0])}; fill it in, or choose --missing fill or drop"
        )
    elif lost:
        notes.append(f"{counted(lost, 'row')} without {target!r} left out")
    if (n := int(present.sum())) < 5:
        problems.insert(
            0, f"a table needs at least 5 samples, to train on some and hold some out; it has {n}"
        )
    if problems:
        raise TableError(path, problems)
    values = numpy.array([f.values for f in inputs]).T
    if n < len(values):
        rows = rows[present]
        values, goal.values = values[rows], goal.values[present]
    for f, cells in zip(inputs, values.T, strict=True):
        f.column.unknown = bool(numpy.isnan(cells).any())
    notes += [f"{f.column.name!r}: {f.note}{_place(source, f)}" for f in [*inputs, goal] if f.note]
    known = replace(given, header=source.dialect.header)
    encoding = Encoding([f.column for f in inputs], goal.column, known)
    return Table(encoding, values, goal.values, notes)


def strangers(asked: list[str], names: list[str]) -> Iterator[str]:
    """What is wrong with names that are no columns."""
    for name in dict.fromkeys(asked):
        if name not in names:
            close = difflib.get_close_matches(name, names, 1)
            shown = ", ".join(names[:20]) + ", ..." * (len(names) > 20)
            hint = f"did you mean {close[0]!r}?" if close else f"the columns are {shown}"
            yield f"there is no column {name!r}; {hint}"


def _place(source: Source, found: Found) -> str:
    return "" if found.row is None else f" ({source.place(found.row)})"


def _listed(parts: Sequence[str], most: int = 10) -> str:
    return ", ".join(parts[:most]) + f" and {len(parts) - most} more" * (len(parts) > most)


def _useful(
    found: list[Found], keep: list[str], notes: list[str], problems: list[str], target: str
) -> list[Found]:
    """The columns to learn from; ids are among them only where there is nothing else."""
    out = [f for f in found if f.useless and not (f.at_will and f.column.name in keep)]
    if len(out) == len(found):
        out = [f for f in out if not f.at_will]
    if out:
        reasons = _listed([f"{f.column.name!r} ({f.useless})" for f in out])
        hint = "; --keep COLUMN keeps one" * any(f.at_will for f in out)
        notes.append(f"left out: {reasons}{hint}")
    useful = [f for f in found if not any(f is other for other in out)]
    if not useful:
        problems.append(
            f"the target {target!r} is the only column; give the right --delimiter"
            if not found
            else f"beside the target {target!r} no column has anything to learn from"
        )
    return useful


def _complete(
    source: Source,
    inputs: list[Found],
    goals: Any,
    missing: str,
    notes: list[str],
    problems: list[str],
) -> Any:
    """The rows to use: with "fill" all of them, with "drop" those in which nothing is missing."""
    rows, gaps = numpy.arange(len(goals)), [f for f in inputs if len(f.gaps)]
    if missing == "error":
        problems += [
            f"{f.column.name!r} is missing in {counted(len(f.gaps), 'row')}, the first in "
            f"{source.place(f.gaps[0])}; fill them in, leave the column out with --ignore, or "
            "choose --missing fill or drop"
            for f in gaps
        ]
    elif gaps:
        counts = _listed([f"{f.column.name!r} {len(f.gaps):,}" for f in gaps])
        how = "filled with the mean or a category of their own, which an input of its own tells"
        if missing == "drop":
            rows = numpy.setdiff1d(rows, numpy.concatenate([f.gaps for f in gaps]))
            how = f"{len(goals) - len(rows):,} of {counted(len(goals), 'row')} left out"
        notes.append(f"missing values: {counts}; {how}")
    return rows


def _target(
    source: Source, goals: Any, task: str | None, as_text: bool, problems: list[str]
) -> Found:
    """The column to predict. 1 and 1.0 are one class, unless they are read as text."""
    decimal = source.dialect.decimal or "."
    goal = found_in(goals.name, goals, decimal, as_text, None)
    advice = "or if it is a number to predict, give --task numbers"
    if goal.column.date is not None:
        advice = "or make the days since some date of it, and predict those"
        goal = found_in(goals.name, goals, decimal, True, None)
    if len(goal.gaps) == len(goals):
        problems += [f"the target {goals.name!r} is empty"] * bool(len(goals))
    elif goal.column.texts is None:
        _numbers_or_classes(goal, task, problems)
    elif task == "numbers":
        first = next(k for k in range(len(goals)) if not numpy.isnan(goal.values[k]))
        problems.append(
            f"the target {goals.name!r} must be a number, got {goals.iloc[first]!r} in "
            f"{source.place(goals.index[first])}; remove --task numbers"
        )
    texts = goal.column.texts
    if texts is not None and len(texts) == 1:
        problems.append(
            f"the target {goals.name!r} has the class {texts[0]!r} in all samples; a classifier "
            "needs at least two classes"
        )
    elif texts is not None and len(texts) > MOST_TEXTS:
        problems.append(
            f"the target {goals.name!r} has {len(texts):,} different classes, more than "
            f"{MOST_TEXTS}; choose another target, {advice}"
        )
    return goal


def _numbers_or_classes(goal: Found, task: str | None, problems: list[str]) -> None:
    present = goal.values[~numpy.isnan(goal.values)]
    different, places = numpy.unique(present, return_inverse=True)
    repeated = len(different) <= MOST_CLASSES and 2 * len(different) <= len(present)
    whole = bool((different == numpy.floor(different)).all())
    if task == "classes" or (task is None and whole and repeated):
        goal.column.texts = [*map(plain, different.tolist())]
        goal.values[~numpy.isnan(goal.values)] = places
    elif len(different) == 1:
        problems.append(
            f"all targets in {goal.column.name!r} are {different[0]:g}: there is nothing to learn"
        )
