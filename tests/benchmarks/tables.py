"""`python -m tests.benchmarks.tables`: reading tables beside pandas and Polars alone, and the time
and memory of a million rows.

The libraries take turns in one process; medians of CPU time,
which for Polars is that of all its threads.
"""

from __future__ import annotations

import importlib.util
import os
import resource
import statistics
import sys
import time
from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy
import pandas  # type: ignore[import-untyped]

from nn.__main__ import main as python_m_nn
from nn.tabular.dialect import Dialect
from nn.tabular.reading import opened

TURNS = 5
ROWS = 1_000_000


def numbers(random: Any) -> Any:
    """About 100 MB of numbers."""
    return pandas.DataFrame(random.normal(size=(550_000, 20)).round(6))


def mixed(random: Any) -> Any:
    """A million rows of numbers and texts."""
    frame = pandas.DataFrame(random.normal(size=(ROWS, 7)).round(4))
    for name, texts in (
        ("city", "Berlin Paris Rome Oslo Wien"),
        ("group", "a b c"),
        ("y", "no yes"),
    ):
        frame[name] = random.choice(texts.split(), ROWS)
    return frame


def wide(random: Any) -> Any:
    """16,000 columns."""
    return pandas.DataFrame(random.normal(size=(200, 16_000)).round(4))


def ours(path: Path) -> Any:
    return next(opened(path, Dialect()).frames())


def readers() -> dict[str, Callable[[Path], Any]]:
    found: dict[str, Callable[[Path], Any]] = {"python -m nn": ours, "pandas": pandas.read_csv}
    if importlib.util.find_spec("polars"):
        found["Polars"] = importlib.import_module("polars").read_csv
    return found


def main() -> None:
    random = numpy.random.default_rng(0)
    with TemporaryDirectory() as folder:
        os.chdir(folder)
        for make in (numbers, mixed, wide):
            path = Path(f"{make.__name__}.csv")
            make(random).add_prefix("x").to_csv(path, index=False)
            seconds: dict[str, list[float]] = {name: [] for name in readers()}
            for _ in range(TURNS):
                for name, read in readers().items():
                    start = time.process_time()
                    read(path)
                    seconds[name].append(time.process_time() - start)
            middle = {name: statistics.median(times) for name, times in seconds.items()}
            size = path.stat().st_size / 1e6
            shown = ", ".join(f"{name} {t:.2f} s" for name, t in middle.items())
            ratio = middle["python -m nn"] / middle["pandas"]
            print(f"{path.stem:8} {size:4.0f} MB: {shown}; {ratio:.2f} of pandas", flush=True)
        start = time.perf_counter()
        python_m_nn(["--data", "mixed.csv", "--target", "xy", "--epochs", "1", "--out", "m"])
        trained = time.perf_counter()
        python_m_nn(["predict", "m/model.json", "mixed.csv", "--out", "predicted.csv"])
        predicted = time.perf_counter()
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / (
            1e6 if sys.platform == "darwin" else 1e3
        )
        print(
            f"a million rows: one epoch {trained - start:.0f} s, predicted in "
            f"{predicted - trained:.1f} s; at most {peak:.0f} MB"
        )


if __name__ == "__main__":
    main()
