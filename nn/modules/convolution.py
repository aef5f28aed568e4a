"""Image modules: `Convolution2d` and `AveragePooling2d`. An image is a flat list, channel by
channel and row by row.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property
from typing import Any

from autograd_core import Value, dot, sum
from autograd_core.errors import unfollowed
from autograd_core.support import unlocked_property

from ..requirements import count
from .activations import Activation, common, unit_activation
from .initializers import Initializer, Seed, random_of
from .module import Module
from .networks import neurons_of

Shape = tuple[int, int, int]
"""Channels, height, width."""

PADDING = -1
FIXED = {"input_shape", "kernel_size", "pool_size", "stride", "padding", "patches", "squares"}


class _OverImages(Module):
    """A module whose sizes are fixed when it is made: setting one later would have no effect."""

    def __setattr__(self, name: str, value: Any) -> None:
        if name in FIXED and (
            name in vars(self) or isinstance(getattr(type(self), name, None), cached_property)
        ):
            kind = type(self).__name__
            raise AttributeError(
                f"the {name} of {self!r} is fixed and cannot be set to {value!r}; make a new {kind}"
            )
        super().__setattr__(name, value)

    @property
    def sample_shapes(self: Any) -> tuple[Shape, Shape]:
        """The shapes of an image and of the result."""
        return self.input_shape, self.output_shape


class Convolution2d(_OverImages):
    """Slide filters over an image: ŷ = f(w · patch + b), with the same w and b at every position.

    Each filter gives one channel of the result, whose shape is `output_shape`. Inputs and outputs
    are flat lists, channel by channel and row by row.

    Args:
        input_shape: (channels, height, width) of the images.
        n_filters: the number of filters, at least 1.
        kernel_size: the height and width of a patch, in pixels, at least 1.
        stride: the distance between two patches, in pixels, at least 1.
        padding: the width of the border of zeros around the image, in pixels, at least 0.
        activation: f: the name of an activation, such as "relu", or a function of z. It can be set.
        initializer: of the weights, as for a `Neuron`.
        seed: an int or a `random.Random` that determines the weights.

    Raises:
        ValueError: a size is no whole number in its range, the kernel does not fit the image, or
            there is no such activation or initializer.
        AttributeError: a size is set later.

    Example:
        >>> settings = {"activation": "linear", "initializer": lambda *_: 1.0}
        >>> edges = Convolution2d((1, 3, 3), 1, kernel_size=2, **settings)
        >>> [y.item() for y in edges([0, 1, 2, 3, 4, 5, 6, 7, 8])], edges.output_shape
        ([8.0, 12.0, 20.0, 24.0], (1, 2, 2))
    """

    def __init__(
        self,
        input_shape: Shape,
        n_filters: int,
        kernel_size: int = 3,
        *,
        stride: int = 1,
        padding: int = 0,
        activation: str | Activation = "sigmoid",
        initializer: str | Initializer = "glorot_uniform",
        seed: Seed = None,
    ) -> None:
        self.input_shape = _shape(input_shape)
        self.kernel_size = count(kernel_size, "the kernel's size")
        self.stride = count(stride, "the stride")
        self.padding = count(padding, "the padding", 0)
        self._positions = places(self.input_shape, self.kernel_size, self.stride, self.padding)
        random, size = random_of(seed), self.input_shape[0] * self.kernel_size**2
        n = count(n_filters, "the number of filters")
        fan_out = n * self.kernel_size**2
        self.filters = neurons_of(n, "filter", size, fan_out, activation, initializer, random)

    def __call__(self, inputs: Sequence[Any]) -> list[Value]:
        pixels = _pixels(inputs, self.input_shape, self)
        patches = [[*[pixels[i] for i in patch], 1.0] for patch in self.patches]
        outputs = []
        for neuron in self.filters:
            row, activate = [*neuron.weights, neuron.bias], unit_activation(neuron.activation)
            outputs += [activate(dot(row, patch)) for patch in patches]
        return outputs

    @unlocked_property
    def patches(self) -> list[list[int]]:
        """The indices of the pixels under the kernel, for each of its positions."""
        return _patches(self.input_shape, self.kernel_size, self.stride, self.padding)

    @property
    def output_shape(self) -> Shape:
        """Channels, height and width of the result."""
        return len(self.filters), *self._positions

    @property
    def activation(self) -> str | Activation | None:
        """The activation of all filters; None if theirs differ. It can be set."""
        return common([neuron.activation for neuron in self.filters])

    @activation.setter
    def activation(self, given: str | Activation) -> None:
        for neuron in self.filters:
            neuron.activation = given

    @property
    def output(self) -> str | Activation | None:
        """The activation of the outputs."""
        return self.activation

    def __repr__(self) -> str:
        sizes = f"{self.input_shape}, {len(self.filters)}, {self.kernel_size}"
        more = f"activation={self.activation!r}, stride={self.stride}, padding={self.padding}"
        return f"Convolution2d({sizes}, {more})"


class AveragePooling2d(_OverImages):
    """Average each square of an image, channel by channel: ŷ = Σ x / n².

    Inputs and outputs are flat lists, channel by channel and row by row.

    Args:
        input_shape: (channels, height, width) of the images.
        pool_size: the height and width n of a square, in pixels, at least 1.
        stride: the distance between two squares, in pixels; `pool_size` unless given.

    Raises:
        ValueError: a size is no whole number of at least 1, or the square does not fit the image.
        AttributeError: a size is set later.

    Example:
        >>> pooling = AveragePooling2d((1, 2, 4))
        >>> pooling([0.0, 1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0]), pooling.output_shape
        ([2.5, 4.5], (1, 1, 2))
    """

    def __init__(
        self, input_shape: Shape, pool_size: int = 2, *, stride: int | None = None
    ) -> None:
        self.input_shape = _shape(input_shape)
        self.pool_size = count(pool_size, "the size of the squares")
        self.stride = self.pool_size if stride is None else count(stride, "the stride")
        down, across = places(self.input_shape, self.pool_size, self.stride, 0)
        self.output_shape = self.input_shape[0], down, across

    @unlocked_property
    def squares(self) -> list[list[int]]:
        """The indices of the pixels in each square."""
        channels, height, width = self.input_shape
        squares = _patches((1, height, width), self.pool_size, self.stride, 0)
        starts = range(0, channels * height * width, height * width)
        return [[start + i for i in square] for start in starts for square in squares]

    def __call__(self, inputs: Sequence[Any]) -> list[Any]:
        pixels = _pixels(inputs, self.input_shape, self)
        return [sum([pixels[i] for i in square]) / float(len(square)) for square in self.squares]

    def __repr__(self) -> str:
        return f"AveragePooling2d({self.input_shape}, {self.pool_size}, stride={self.stride})"


def _shape(shape: Any) -> Shape:
    if not isinstance(shape, tuple | list) or len(shape) != 3:
        raise ValueError(
            f"the shape of an image is (channels, height, width), got {shape!r}; one channel is "
            "(1, height, width)"
        )
    channels, height, width = (count(n, "a number in the shape of an image") for n in shape)
    return channels, height, width


def places(shape: Shape, kernel: int, stride: int, padding: int) -> tuple[int, int]:
    """The number of positions of the kernel, vertically and horizontally."""
    down, across = ((n + 2 * padding - kernel) // stride + 1 for n in shape[1:])
    if down < 1 or across < 1:
        raise ValueError(
            f"a kernel of {kernel} × {kernel} does not fit an image of {shape[1]} × {shape[2]} "
            f"with padding {padding}"
        )
    return down, across


def _patches(shape: Shape, kernel: int, stride: int, padding: int) -> list[list[int]]:
    """For each position of the kernel, the indices of the pixels under it in all channels; PADDING
    outside the image.
    """
    channels, height, width = shape
    down, across = places(shape, kernel, stride, padding)

    def pixel(channel: int, row: int, column: int) -> int:
        inside = 0 <= row < height and 0 <= column < width
        return (channel * height + row) * width + column if inside else PADDING

    return [
        [
            pixel(channel, r * stride - padding + i, c * stride - padding + j)
            for channel in range(channels)
            for i in range(kernel)
            for j in range(kernel)
        ]
        for r in range(down)
        for c in range(across)
    ]


def _pixels(inputs: Any, shape: Shape, module: Module) -> list[Any]:
    """The pixels of an image and a final zero, which PADDING refers to."""
    if hasattr(inputs, "ravel"):
        pixels = unfollowed(inputs, "an image").ravel().tolist()
    else:
        pixels = list(inputs)
    while pixels and isinstance(pixels[0], list | tuple):  # rows, or channels of rows
        pixels = [x for row in pixels for x in row]
    expected = shape[0] * shape[1] * shape[2]
    if len(pixels) != expected:
        raise ValueError(
            f"{module!r} takes {expected} numbers, channel by channel and row by row; got "
            f"{len(pixels)}"
        )
    return [*pixels, 0.0]
