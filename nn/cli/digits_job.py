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
from .job import Job, Write, command


class DigitsJob(Job):
    """The network, its curves, and a picture of the gradient of the worst held-out image."""

    optimizer = partial(GradientDescent, momentum=0.9)
    title = "Handwritten digits"

    def __init__(self, options: argparse.Namespace) -> None:
        super().__init__(options)
        self.train, self.test = split(*digits(), seed=options.seed)
        self.model = MLP(64, [*options.hidden, 10], output="linear", seed=options.seed)
        self.loss = cross_entropy_from_logits
        self.save = partial(save, self.model)
        self.introduction = [
            f"A {'-'.join(map(str, [64, *self.model.sizes]))} sigmoid network with "
            f"{len(self.model.parameters()):,} parameters learns to read digits:"
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
        title = "How the worst held-out image changes the weights, along its strongest path"
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
            yield f"confused   {a} and {b} {'once' if n == 1 else f'most often, {n} times'}"

    def next_steps(self, files: list[Path]) -> Iterator[str]:
        """Look at the picture, use the model, and try a table."""
        for path in files:
            if path.suffix == ".svg":
                yield f"open {path} in a browser to see how the worst image changes the weights"
        call = f"nn.predict(nn.load({str(files[0])!r}), nn.digits()[0][:5])"
        yield f"use the model in Python: {call}  # the largest output is at the digit"
        yield f"try a table of your own, or this one: {command('example', 'iris')}"


def gradient_flow(model: MLP, image: Sequence[float], right: int) -> Value:
    """The loss of one image after backward(), recorded along the strongest path only.

    The path leads through the unit of the right class and, in each hidden layer, the unit with the
    largest share in the next one of the path. The numbers are those of the whole network.
    """
    layers = [layer for layer in model.layers if isinstance(layer, Layer)]
    with no_grad():
        outputs = [[Value(grey) for grey in image]]
        for layer in layers:
            outputs.append(layer(outputs[-1]))
    path = [right]
    for layer, before in zip(layers[:0:-1], outputs[-2:0:-1], strict=True):
        weights = layer.neurons[path[0]].weights
        shares = [abs(w.data * h.data) for w, h in zip(weights, before, strict=True)]
        path.insert(0, shares.index(max(shares)))
    units = [Value(grey, f"pixel {i // 8 + 1},{i % 8 + 1}") for i, grey in enumerate(image)]
    for k, (layer, unit) in enumerate(zip(layers[:-1], path, strict=False), 1):
        place = f" of layer {k}" if len(layers) > 2 else ""
        on_path = layer.neurons[unit](units)
        units = [Value(h.data, f"h{subscript(i)}{place}") for i, h in enumerate(outputs[k], 1)]
        on_path.label, on_path.operands[0].label = units[unit].label, f"z{place}"
        units[unit] = on_path
    logits: list[float | Value] = [z.data for z in outputs[-1]]
    logits[right] = z = layers[-1].neurons[right](units)
    loss: Value = cross_entropy_from_logits(logits, right)
    z.label, loss.label = f"z of class {right}", "loss"
    model.zero_grad()
    loss.backward()
    return loss
