"""`python -m tests.nn.convolution_digits --seeds 8`: a small convolutional sigmoid network
learns the handwritten digits.
"""

from __future__ import annotations

import argparse
import time

from nn import Adam, AveragePooling2d, Convolution2d, Layer, Sequential, fit
from nn.data.datasets import digits, split
from nn.losses import cross_entropy_from_logits
from nn.training.evaluation import evaluate

EPOCHS, RATE = 20, 0.02


def network(seed: int, n_filters: int = 16) -> Sequential:
    """5 × 5 kernels over the whole image, sigmoids, means of 2 × 2 squares, and a linear layer
    to ten classes.
    """
    filters = Convolution2d((1, 8, 8), n_filters, 5, padding=2, seed=seed)
    pooling = AveragePooling2d(filters.output_shape)
    return Sequential(filters, pooling, Layer(16 * n_filters, 10, "linear", seed=seed + 1))


def shifted(image: list[float], down: int, right: int) -> list[float]:
    """An 8 × 8 image moved by so many pixels, with zeros where nothing was."""
    inside = range(8)
    return [
        image[8 * (row - down) + column - right]
        if row - down in inside and column - right in inside
        else 0.0
        for row in inside
        for column in inside
    ]


def with_neighbours(
    images: list[list[float]], classes: list[int]
) -> tuple[list[list[float]], list[int]]:
    """Each image as it is, and moved by one pixel in each direction: a digit stays what it is."""
    moves = [(0, 0), (0, 1), (0, -1), (1, 0), (-1, 0)]
    return [shifted(image, *move) for move in moves for image in images], classes * len(moves)


def train(seed: int, epochs: int = EPOCHS, n_filters: int = 16) -> tuple[float, float, int]:
    """The accuracy on the held-out fifth, the seconds that the training took, and the number of
    parameters.
    """
    train, test = split(*digits(), seed=seed)
    model = network(seed, n_filters)
    images, classes = with_neighbours(*train)
    steps = epochs * -(-len(images) // 32)
    began = time.perf_counter()
    optimizer = Adam(lambda step: RATE * (1.0 - step / steps))
    fit(
        model,
        images,
        classes,
        loss=cross_entropy_from_logits,
        optimizer=optimizer,
        epochs=epochs,
        seed=seed,
        verbose=False,
    )
    seconds = time.perf_counter() - began
    _, accuracy = evaluate(model, *test, loss=cross_entropy_from_logits)
    assert accuracy is not None
    return accuracy, seconds, len(model.parameters())


def main() -> None:
    parser = argparse.ArgumentParser(
        prog="python -m tests.nn.convolution_digits", description=__doc__
    )
    parser.add_argument(
        "--seeds", type=int, default=1, help="how many seeds, each with a split of its own"
    )
    for seed in range(parser.parse_args().seeds):
        accuracy, seconds, n_parameters = train(seed)
        print(
            f"seed {seed}: {100.0 * accuracy:.2f} % of the held-out fifth, {seconds:.1f} s, "
            f"{n_parameters:,} parameters",
            flush=True,
        )


if __name__ == "__main__":
    main()
