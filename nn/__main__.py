"""`python -m nn`: train a sigmoid network on handwritten digits, and leave the model, the curves and a picture behind."""

from __future__ import annotations

import argparse
import time
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

from autograd_core.errors import MissingExtra

from .data import digits, split
from .history import History
from .modules import MLP
from .optimizers import GradientDescent
from .plots import plot_training
from .serialization import save
from .training import evaluate, fit

MOMENTUM = 0.9


def main(arguments: Sequence[str] | None = None) -> int:
    """Train, write the files, print the summary."""
    options = _options(arguments)
    try:
        train, test = split(*digits(), seed=options.seed)
    except MissingExtra as error:
        print(error)
        return 1
    folder = Path(options.out)
    folder.mkdir(parents=True, exist_ok=True)
    model = MLP(64, [options.hidden, 10], activation="sigmoid", output="linear", seed=options.seed)
    steps = options.epochs * -(-len(train[0]) // options.batch_size)
    optimizer = GradientDescent(lambda step: options.rate * (1.0 - step / steps), momentum=MOMENTUM)
    print(f"A 64-{options.hidden}-10 sigmoid network with {len(model.parameters()):,} parameters learns to read digits:")
    print(f"{len(train[0])} images to train on, {len(test[0])} held out; everything goes to {folder}")
    started = time.perf_counter()
    history = fit(
        model, *train, loss="cross_entropy_from_logits", optimizer=optimizer, epochs=options.epochs,
        batch_size=options.batch_size, validation=test, seed=options.seed,
    )  # fmt: skip
    seconds = time.perf_counter() - started
    files = _files(folder, model, history)
    _summary(model, history, test, seconds)
    print("files      " + ", ".join(str(file) for file in files))
    return 0


def _options(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m nn", description="Train a sigmoid network on handwritten digits.")
    add = parser.add_argument
    add("--hidden", type=_positive, default=32, help="hidden units (default: %(default)s)")
    add("--epochs", type=_positive, default=10, help="passes over the training images (default: %(default)s)")
    add("--rate", type=float, default=0.5, help="learning rate at the start; it falls to 0 in a line (default: %(default)s)")
    add("--batch-size", type=_positive, default=32, help="images per step (default: %(default)s)")
    add("--seed", type=int, default=0, help="of the split, the first weights and the order (default: %(default)s)")
    add("--out", default="runs/digits", help="folder for the files (default: %(default)s)")
    options = parser.parse_args(arguments)
    if not options.rate > 0.0:
        parser.error(f"--rate must be above 0, got {options.rate}")
    return options


def _positive(text: str) -> int:
    if not text.isdecimal() or int(text) < 1:
        raise argparse.ArgumentTypeError(f"must be a whole number of at least 1, got {text!r}")
    return int(text)


def _files(folder: Path, model: MLP, history: History) -> list[Path]:
    """Write what can be written; where a package is missing say so, and go on."""
    model_file, curves = folder / "model.json", folder / "curves.png"
    save(model, model_file)
    written = [model_file]
    try:
        plot_training(history, "Handwritten digits").savefig(curves, dpi=150)
        written.append(curves)
    except MissingExtra as error:
        print(f"without {curves.name}: {error}")
    return written


def _summary(model: MLP, history: History, test: tuple[list[list[float]], list[int]], seconds: float) -> None:
    loss, accuracy = evaluate(model, *test, loss="cross_entropy_from_logits")
    stopped = f", interrupted after {len(history)} epochs" if history.interrupted else ""
    print(f"accuracy   {100.0 * (accuracy or 0.0):.1f} % on the held-out images (loss {loss:.3f}){stopped}")
    if confused := _confusions(model, *test).most_common(1):
        (a, b), times = confused[0]
        print(f"confused   {a} and {b} most often: {times} times")
    print(f"time       {seconds:.1f} s, {history.epochs_per_second:.2f} epochs per second")


def _confusions(model: MLP, images: list[list[float]], classes: list[int]) -> Counter[tuple[int, int]]:
    """How often two classes were taken for each other."""
    found: Counter[tuple[int, int]] = Counter()
    for image, right in zip(images, classes, strict=True):
        outputs = [y.data for y in model(image)]
        seen = outputs.index(max(outputs))
        if seen != right:
            found[min(seen, right), max(seen, right)] += 1
    return found


if __name__ == "__main__":
    raise SystemExit(main())
