"""Models to export, and what they give here."""

from __future__ import annotations

import csv
import json
import math
import random
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from nn import (
    MLP,
    Adam,
    AveragePooling2d,
    Convolution2d,
    Dropout,
    Layer,
    Module,
    Sequential,
    fit,
    predict,
)  # fmt: skip
from nn.__main__ import main

UNITS = "sigmoid tanh relu leaky_relu elu gelu silu mish softplus softsign linear".split()


def images() -> Sequential:
    """A network of an image of 6 × 6, with every kind of layer."""
    return Sequential(
        Convolution2d((1, 6, 6), 3, 3, padding=1, activation="relu", seed=0),
        AveragePooling2d((3, 6, 6), 2),
        Dropout(0.5),
        Layer(27, 4, "softmax", seed=1),
    )


def models() -> dict[str, tuple[Module, int]]:
    """Models by name, with the number of their inputs."""
    activations = {
        name: (MLP(3, [4, 2], name, output=name, seed=0), 3) for name in [*UNITS, "softmax"]
    }
    wide = MLP(150, [3], "tanh", output="linear", seed=1)
    digits = MLP(64, [16, 10], output="sigmoid", seed=2)
    return {**activations, "images": (images(), 36), "wide": (wide, 150), "digits": (digits, 64)}


def trained_digits() -> tuple[Module, list[list[float]]]:
    """A network that has learned some of the handwritten digits, and others."""
    from nn.data.datasets import digits

    images, classes = digits()
    model = MLP(64, [16, 10], output="softmax", seed=0)
    fit(
        model, images[:600], classes[:600], loss="cross_entropy", optimizer=Adam(0.02), epochs=12,
        verbose=False,
    )  # fmt: skip
    others = images[600:700]
    right = [max(range(10), key=ys.__getitem__) for ys in expected(model, others)]
    assert sum([k == c for k, c in zip(right, classes[600:700], strict=True)]) > 80
    return model, others


def samples(count: int) -> list[list[float]]:
    """Samples of so many numbers; the last ones are far beyond where a sigmoid is flat."""
    draw = random.Random(0)
    rows = [[draw.uniform(-2.0, 2.0) for _ in range(count)] for _ in range(5)]
    return [*rows, [3000.0] * count, [-3000.0] * count]


def expected(model: Module, rows: list[list[float]]) -> list[list[float]]:
    found: list[list[float]] = [[float(y) for y in ys] for ys in predict(model, rows)]
    return found


def check(found: list[list[float]], right: list[list[float]], within: float = 1e-12) -> None:
    assert len(found) == len(right) > 0
    for ys, zs in zip(found, right, strict=True):
        assert len(ys) == len(zs) > 0
        for y, z in zip(ys, zs, strict=True):
            assert math.isclose(y, z, rel_tol=within, abs_tol=within)


def trained_table(folder: Path, target: str) -> Path:
    """The model of a table with numbers, texts, dates and blanks."""
    draw, rows = random.Random(1), []
    for k in range(60):
        size = draw.uniform(1.0, 9.0)
        colour = draw.choice(["red", "green", 'dark "blue"'])
        day = f"2024-{1 + k % 12:02}-{1 + k % 28:02}"
        kind = "apple" if size + 3.0 * (colour == "red") > 6.0 else "pear"
        price = round(2.0 * size + k % 12, 2)
        blank, none = k % 11 == 0, k % 13 == 0
        rows.append(["" if blank else f"{size:.3f}", "" if none else colour, day, kind, price])
    with (folder / "fruit.csv").open("w", newline="", encoding="utf-8") as file:
        csv.writer(file).writerows([["size", "colour", "day", "kind", "price"], *rows])
    arguments = ["--data", str(folder / "fruit.csv"), "--target", target, "--out", str(folder)]
    quick = ["--epochs", "3", "--weight-decay", "0.01", "--hidden", "5"]
    assert main([*arguments, *quick]) == 0
    return folder / "model.json"


def table_rows(model: Path) -> tuple[list[dict[str, Any]], list[list[float]]]:
    """New rows of the table, and the probabilities or the number for each."""
    from nn.tabular.tablemodel import TableModel, Unknowns

    cells = [
        {"size": 2.5, "colour": "red", "day": "2024-03-04", "kind": "pear", "price": 9.0},
        {"size": None, "colour": "RED", "day": "2025-12-31", "kind": "apple", "price": 3.5},
        {"size": -4.0, "colour": "violet", "day": None, "kind": "pear", "price": 1.0},
        {"size": 7.0, "colour": None, "day": "2024-07-07", "kind": None, "price": None},
    ]
    path = model.parent / "new.csv"
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, [*cells[0]])
        writer.writeheader()
        writer.writerows(cells)
    table = TableModel.load(model)
    [(inputs, _)] = table.parts(table.opened(path), Unknowns())
    found = table.outputs(inputs)
    return cells, found.reshape(len(cells), -1).tolist()


def written(
    folder: Path, columns: list[dict[str, Any]], outputs: list[str], **settings: Any
) -> Path:
    """A table model that has learned nothing."""
    from nn.files.documents import dumped
    from nn.files.serialization import model_document

    width = sum(
        [
            len(c.get("texts", "1")) + 2 * len(c.get("cycles", [])) + ("unknown" in c)
            for c in columns
        ]
    )
    document = model_document(MLP(width, [len(outputs)], output="linear", seed=0))
    target = {"name": "y", "texts": outputs}
    table = {"header": True, "target": target, "columns": columns, **settings}
    (folder / "model.json").write_text(dumped(document | {"table": table}), "utf-8")
    return folder / "model.json"


def run_python(path: Path, rows: list[Any]) -> list[Any]:
    """What the file gives in a Python without any package."""
    lines = "\n".join(map(json.dumps, rows))
    done = subprocess.run(
        [sys.executable, "-I", "-S", str(path)],
        input=lines, capture_output=True, text=True, cwd=path.parent,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return [json.loads(line) for line in done.stdout.splitlines()]


def program(path: Path) -> str:
    """The program that a file of C becomes."""
    if (compiler := shutil.which("gcc") or shutil.which("cc")) is None:
        pytest.skip("needs a C compiler")
    strict = ["-std=c99", "-O2", "-Wall", "-Wextra", "-Werror"]
    command = [compiler, *strict, "-DMODEL_MAIN", str(path), "-o", str(path.with_suffix("")), "-lm"]
    made = subprocess.run(command, capture_output=True, text=True)
    assert made.returncode == 0, made.stderr
    return str(path.with_suffix(""))


def run_c(path: Path, rows: list[list[Any]], between: str = " ") -> list[list[float]]:
    """What the program gives that the file becomes."""
    lines = "".join([f"{between.join(map(str, row))}\n" for row in rows])
    done = subprocess.run([program(path)], input=lines, capture_output=True, text=True, check=True)
    return [[*map(float, line.split())] for line in done.stdout.splitlines()]


def run_javascript(path: Path, rows: list[Any], call: str = "outputs") -> list[Any]:
    """What the module gives in Node."""
    if (node := shutil.which("node")) is None:
        pytest.skip("needs node")
    (path.parent / "main.mjs").write_text(
        f"""
        import {{ {call} }} from "./{path.name}";
        for (const row of {json.dumps(rows)}) console.log(JSON.stringify({call}(row)));
        """,
        "utf-8",
    )
    done = subprocess.run([node, "main.mjs"], capture_output=True, text=True, cwd=path.parent)
    assert done.returncode == 0, done.stderr
    return [json.loads(line) for line in done.stdout.splitlines()]
