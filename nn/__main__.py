"""`python -m nn`: train a sigmoid network on handwritten digits; save the model, the curves and a
picture.

With `--data` it trains on your own table instead.
"""

from __future__ import annotations

import argparse
import sys
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from functools import partial
from pathlib import Path

from autograd_core import Value, draw, no_grad
from autograd_core.errors import MissingExtra
from autograd_core.support import subscript

from .cli import examples, table_job
from .cli.console import INTERRUPTED, Write, carry_out, checkpoint_in, printable, say
from .cli.options import training_options
from .data.datasets import digits, split
from .files.serialization import save
from .losses import cross_entropy_from_logits as loss_of
from .modules.networks import MLP, Layer
from .optimizers import GradientDescent
from .plots import save_training
from .training.evaluation import evaluate
from .training.fit import fit
from .training.history import History

Images = tuple[list[list[float]], list[int]]

MOMENTUM = 0.9


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command that the arguments name: train on the digits or on a table, or predict."""
    arguments = sys.argv[1:] if arguments is None else list(arguments)
    printable()
    commands = {"predict": table_job.predict, "example": examples.main}
    try:
        if arguments and arguments[0] in commands:
            return commands[arguments[0]](arguments[1:])
        options = training_options(arguments)
        with ExitStack() as folder:  # locks the output folder until the end
            return (_digits if options.data is None else table_job.train)(
                options, arguments, folder
            )
    except KeyboardInterrupt:  # before or after the training, which handles Ctrl-C itself
        print("interrupted", file=sys.stderr)
        return INTERRUPTED


def _digits(options: argparse.Namespace, arguments: Sequence[str], alone: ExitStack) -> int:
    """Train, write the files, print the summary."""
    folder = options.out
    try:
        train, test = split(*digits(), seed=options.seed)
        checkpoint = alone.enter_context(checkpoint_in(folder, options.resume))
    except (MissingExtra, ValueError) as error:
        say(str(error))
        return 1
    except OSError as error:
        say(f"the folder {folder} cannot be made ({error.strerror}); choose another with --out")
        return 1
    model = MLP(64, [options.hidden, 10], activation="sigmoid", output="linear", seed=options.seed)
    steps = options.epochs * -(-len(train[0]) // options.batch_size)
    optimizer = GradientDescent(
        lambda step: options.learning_rate * (1.0 - step / steps), momentum=MOMENTUM
    )
    say(
        f"A 64-{options.hidden}-10 sigmoid network with {len(model.parameters()):,} parameters "
        "learns to read digits:"
    )
    say(f"{len(train[0])} images to train on, {len(test[0])} held out; everything goes to {folder}")
    return carry_out(
        folder,
        checkpoint,
        arguments,
        learn=lambda: fit(
            model,
            *train,
            loss=loss_of,
            optimizer=optimizer,
            epochs=options.epochs,
            batch_size=options.batch_size,
            validation_data=test,
            seed=options.seed,
            checkpoint=checkpoint,
            resume=options.resume,
        ),
        save=lambda path: save(model, path),
        further=lambda history: _pictures(model, history, test),
        summary=lambda history, seconds: _summary(model, history, test, seconds),
    )


def _pictures(model: MLP, history: History, test: Images) -> dict[str, Write]:
    """The pictures, by file name. A training interrupted in its first epoch has no curve yet."""
    drawings = {"curves.png": _draw_curves} if len(history) else {}
    drawings["gradient_flow.svg"] = _draw_flow
    return {
        name: partial(write, model=model, history=history, test=test)
        for name, write in drawings.items()
    }


def _draw_curves(path: Path, model: MLP, history: History, test: Images) -> Path:
    save_training(history, "Handwritten digits", path)
    return path


def _draw_flow(path: Path, model: MLP, history: History, test: Images) -> Path:
    """Draw the gradient of the worst held-out image, or write DOT text if it cannot be rendered."""
    image, right = max(
        zip(*test, strict=True), key=lambda sample: loss_of(model(sample[0]), sample[1]).data
    )
    picture = draw(gradient_flow(model, image, right), title="How the worst held-out image moves "
                                                             "the weights: its strongest path",
                   constants=False, terms=4)  # fmt: skip
    try:
        return Path(picture.save(path))
    except RuntimeError as error:
        say(f"without {path.name}: {error}")
        path = path.with_suffix(".dot")
        path.write_text(picture.source, encoding="utf-8")
        return path


def gradient_flow(model: MLP, image: Sequence[float], right: int) -> Value:
    """The loss of one image, after backward(), recorded along the strongest path only: through the
    unit of the right class and the hidden unit with the largest share in it. The numbers are those
    of the whole network.
    """
    first, last = (layer for layer in model.layers if isinstance(layer, Layer))
    with no_grad():
        hidden = first(image)
        logits: list[float | Value] = [z.data for z in last(hidden)]
    shares = [
        abs(w.data * h.data) for w, h in zip(last.neurons[right].weights, hidden, strict=True)
    ]
    strongest = shares.index(max(shares))
    hidden = [Value(h.data, f"h{subscript(i + 1)}") for i, h in enumerate(hidden)]
    pixels = [Value(grey, f"pixel {i // 8 + 1},{i % 8 + 1}") for i, grey in enumerate(image)]
    label, hidden[strongest] = hidden[strongest].label, first.neurons[strongest](pixels)
    hidden[strongest].label, hidden[strongest].operands[0].label = label, "z"
    logits[right] = z = last.neurons[right](hidden)
    loss = loss_of(logits, right)
    z.label, loss.label = f"z of class {right}", "loss"
    model.zero_grad()
    loss.backward()
    return loss  # type: ignore[no-any-return]


def _summary(model: MLP, history: History, test: Images, seconds: float) -> Iterator[str]:
    loss, accuracy = evaluate(model, *test, loss=loss_of)
    stopped = f", interrupted after {len(history)} epochs" if history.interrupted else ""
    yield (
        f"accuracy   {100.0 * (accuracy or 0.0):.1f} % on the held-out images (loss "
        f"{loss:.3f}){stopped}"
    )
    if confused := _confusions(model, *test).most_common(1):
        (a, b), times = confused[0]
        yield f"confused   {a} and {b} most often: {times} {'times' if times > 1 else 'time'}"
    yield f"time       {seconds:.1f} s, {history.epochs_per_second:.2f} epochs per second"


def _confusions(
    model: MLP, images: list[list[float]], classes: list[int]
) -> Counter[tuple[int, int]]:
    """How often each pair of classes was confused."""
    found: Counter[tuple[int, int]] = Counter()
    for image, right in zip(images, classes, strict=True):
        outputs = [y.data for y in model(image)]
        seen = outputs.index(max(outputs))
        if seen != right:
            found[min(seen, right), max(seen, right)] += 1
    return found


if __name__ == "__main__":
    raise SystemExit(main())
