"""`python -m tests.field.mutated_files 10000`: model files and checkpoints with mistakes in them,
and what reading them does.

A file that was changed after it was written loads as it was or is refused by its name. One without
a checksum, as a person may write it, loads as what it says, or is refused. Either takes less than a
second and 200 MB.
"""

from __future__ import annotations

import json
import random
import resource
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from nn import (
    MLP,
    Adam,
    AveragePooling2d,
    Convolution2d,
    EarlyStopping,
    Layer,
    Sequential,
    fit,
    load,
    save,
)
from nn.files.serialization import model_document

MOST_SECONDS, MOST_BYTES = 1.0, 200 * 2**20
HOSTILE = [
    "-1",
    "1e999",
    "NaN",
    "null",
    "true",
    '""',
    "[]",
    "{}",
    "0",
    "-0.0",
    "9" * 400,
    "10000000",
    '"nan"',
    "1e-320",
    "[[[]]]",
]
INPUTS, TARGETS = [[0.0, 0.5], [1.0, -1.0], [0.25, 0.75]], [0, 1, 1]
Outcome = str
"""What reading a file gave: "as it was", "refused", or what is wrong."""


def models() -> list[Any]:
    images = Sequential(
        Convolution2d((1, 4, 4), 2, 3, padding=1, seed=0),
        AveragePooling2d((2, 4, 4), 2),
        Layer(8, 2, seed=1),
    )
    return [
        MLP(2, [3, 1], activation="tanh", seed=0),
        images,
        Sequential(Layer(2, 2, "softmax", seed=2)),
    ]


def train(path: Path, *, resume: bool) -> tuple[MLP, Adam]:
    """A short training with a checkpoint."""
    model, optimizer = MLP(2, [2, 2], output="softmax", seed=0), Adam(0.1)
    fit(
        model,
        INPUTS,
        TARGETS,
        loss="cross_entropy",
        optimizer=optimizer,
        epochs=2,
        batch_size=2,
        checkpoint=path,
        resume=resume,
        validation_data=(INPUTS, TARGETS),
        callbacks=[EarlyStopping(patience=5)],
        compiled=False,
        verbose=False,
    )
    return model, optimizer


def spoilt_text(text: str, chance: random.Random) -> str:
    """The text of a file after one to three accidents."""
    for _ in range(chance.randint(1, 3)):
        i = chance.randrange(len(text))
        j = min(len(text), i + chance.randint(1, 12))
        text = (
            chance.choice(
                [
                    text[:i] + text[j:],
                    text[:i] + chance.choice('0123456789-.e,:[]{}" \n\x00é') + text[i + 1 :],
                    text[:j] + text[i:j] + text[j:],
                    text[:i] + chance.choice(HOSTILE) + text[j:],
                    text[:i],
                ]
            )
            or " "
        )
    return text


def spoilt_document(document: dict[str, Any], chance: random.Random) -> dict[str, Any]:
    """The document with one of its parts replaced or removed, and without a checksum."""
    document = json.loads(json.dumps(document))
    del document["checksum"]
    places = list(_places(document))
    container, key = chance.choice(places)
    if chance.random() < 0.2:
        del container[key]
    elif chance.random() < 0.3:
        other, place = chance.choice(places)
        container[key] = json.loads(json.dumps(other[place]))
    else:
        container[key] = json.loads(chance.choice([text for text in HOSTILE if text != "NaN"]))
    return document


def _places(part: Any) -> Iterator[tuple[Any, Any]]:
    for key in list(part) if isinstance(part, dict) else range(len(part)):
        yield part, key
        if isinstance(part[key], dict | list):
            yield from _places(part[key])


def model_outcome(path: Path, whole: dict[str, Any] | None) -> Outcome:
    """Reading a model file, of which `whole` is what was written; None where the file is the
    only word on it.
    """
    return _outcome(path, lambda: model_document(load(path)), whole)


def checkpoint_outcome(path: Path, whole: dict[str, Any] | None) -> Outcome:
    """Going on from a checkpoint that is finished."""

    def resumed() -> dict[str, Any]:
        model, optimizer = train(path, resume=True)
        numbers = {name: parameter.data for name, parameter in model.named_parameters()}
        return {
            "parameters": numbers,
            "optimizer": {"steps": optimizer.steps, "memory": optimizer.memory},
        }

    return _outcome(path, resumed, whole)


def _outcome(
    path: Path, read: Callable[[], dict[str, Any]], whole: dict[str, Any] | None
) -> Outcome:
    begin = time.perf_counter()
    try:
        found = read()
    except ValueError as error:
        outcome = "refused" if str(path) in str(error) else f"refused without its name: {error}"
    except (Exception, RecursionError) as error:
        outcome = f"{type(error).__name__}: {error}"
    else:
        outcome = (
            "as it was"
            if whole is None or all(found[name] == whole[name] for name in found if name in whole)
            else "changed"
        )
    seconds = time.perf_counter() - begin
    return outcome if seconds < MOST_SECONDS else f"{outcome}, after {seconds:.1f} s"


def outcomes(folder: Path, files: int, seed: int) -> Iterator[tuple[Outcome, str]]:
    """For so many spoilt files what reading them gave, with the text of the file."""
    chance, path = random.Random(seed), folder / "file.json"
    kinds: list[tuple[Callable[[Path, Any], Outcome], str]] = []
    for model in models():
        save(model, path)
        kinds.append((model_outcome, path.read_text("utf-8")))
    path.unlink()
    train(path, resume=False)
    kinds.append((checkpoint_outcome, path.read_text("utf-8")))
    for k in range(files):
        outcome, good = kinds[k // 2 % len(kinds)]
        whole = json.loads(good)
        if k % 2:
            text = spoilt_text(good, chance)
        else:  # a model is then what its file says; a training may go on from another place
            spoilt = spoilt_document(whole, chance)
            text, whole = json.dumps(spoilt), spoilt if outcome is model_outcome else None
        path.write_text(text, "utf-8")
        yield outcome(path, whole), text


def main() -> int:
    files, seed = map(int, [*sys.argv[1:], *["10000", "0"][len(sys.argv) - 1 :]])
    before, counts, wrong = (
        resource.getrusage(resource.RUSAGE_SELF).ru_maxrss,
        {"as it was": 0, "refused": 0},
        0,
    )
    with tempfile.TemporaryDirectory() as folder:
        for outcome, text in outcomes(Path(folder), files, seed):
            if outcome in counts:
                counts[outcome] += 1
            else:
                wrong += 1
                print(f"{outcome}\n{text[:2000]}\n")
    grown = (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) * 1024
    print(f"{files} files: {counts}, {wrong} wrong; {grown / 2**20:.0f} MB at most")
    return int(wrong > 0 or grown > MOST_BYTES)


if __name__ == "__main__":
    raise SystemExit(main())
