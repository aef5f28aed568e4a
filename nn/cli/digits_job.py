"""`python -m nn`: a sigmoid network learns to read handwritten digits."""

from __future__ import annotations

import argparse
from collections import Counter
from collections.abc import Iterator, Sequence
from functools import partial
from pathlib import Path

from autograd_core import Value, draw, no_grad
from autograd_core.support import subscript

from ..data.datasets import digits, split
from ..files.serialization import save
from ..losses import cross_entropy_from_logits
from ..modules.networks import MLP, Layer
from ..optimizers import GradientDescent
from ..training.evaluation import evaluate
from ..training.history import History
from ..training.predictions import Predictor
from .job import Job, Write


class DigitsJob(Job):
    """The network, its curves, and a picture of the gradient of the worst held-out image."""

    optimizer = partial(GradientDescent, momentum=0.9)
    title = "Handwritten digits"

    def __init__(self, options: argparse.Namespace) -> None:
        super().__init__(options)
        self.train, self.test = split(*digits(), seed=options.seed)
        self.model = MLP(64, [options.hidden, 10], output="linear", seed=options.seed)
        self.loss = cross_entropy_from_logits
        self.save = partial(save, self.model)
        self.introduction = [
            f"A 64-{options.hidden}-10 sigmoid network with {len(self.model.parameters()):,} "
            "parameters learns to read digits:"
        ]

    def files(self, history: History) -> dict[str, Write]:
        """The curves and the picture."""
        return super().files(history) | {"gradient_flow.svg": self.draw_flow}

    def draw_flow(self, path: Path) -> None:
        """Draw the gradient of the worst held-out image."""
        with no_grad():
            image, right = max(
                zip(*self.test, strict=True),
                key=lambda sample: cross_entropy_from_logits(self.model(sample[0]), sample[1]).data,
            )
        title = "How the worst held-out image moves the weights: its strongest path"
        loss = gradient_flow(self.model, image, right)
        picture = draw(loss, title=title, constants=False, terms=4)
        try:
            picture.save(path)
        except RuntimeError as error:
            text = path.with_suffix(".dot")
            text.write_text(picture.source, encoding="utf-8")
            raise OSError(f"{error}; its DOT text is in {text}") from None

    def summary(self, history: History) -> Iterator[str]:
        """The accuracy, and the two digits that are confused most often."""
        loss, accuracy = evaluate(self.model, *self.test, loss=self.loss)
        stopped = f", interrupted after {len(history)} epochs" if history.interrupted else ""
        yield (
            f"accuracy   {100.0 * (accuracy or 0.0):.1f} % on the held-out images "
            f"(loss {loss:.3f}){stopped}"
        )
        images, classes = self.test
        found = [ys.index(max(ys)) for ys in Predictor(self.model)(images)]
        pairs = [sorted(pair) for pair in zip(found, classes, strict=True)]
        for (a, b), n in Counter((a, b) for a, b in pairs if a != b).most_common(1):
            yield f"confused   {a} and {b} most often: {n} {'times' if n > 1 else 'time'}"


def gradient_flow(model: MLP, image: Sequence[float], right: int) -> Value:
    """The loss of one image after backward(), recorded along the strongest path only.

    The path leads through the unit of the right class and the hidden unit with the largest share in
    it. The numbers are those of the whole network.
    """
    first, last = (layer for layer in model.layers if isinstance(layer, Layer))
    with no_grad():
        hidden = first(image)
        logits: list[float | Value] = [z.data for z in last(hidden)]
    weights = last.neurons[right].weights
    shares = [abs(w.data * h.data) for w, h in zip(weights, hidden, strict=True)]
    strongest = shares.index(max(shares))
    hidden = [Value(h.data, f"h{subscript(i)}") for i, h in enumerate(hidden, 1)]
    pixels = [Value(grey, f"pixel {i // 8 + 1},{i % 8 + 1}") for i, grey in enumerate(image)]
    label, hidden[strongest] = hidden[strongest].label, first.neurons[strongest](pixels)
    hidden[strongest].label, hidden[strongest].operands[0].label = label, "z"
    logits[right] = z = last.neurons[right](hidden)
    loss: Value = cross_entropy_from_logits(logits, right)
    z.label, loss.label = f"z of class {right}", "loss"
    model.zero_grad()
    loss.backward()
    return loss
