"""The nonlinear regressions of NIST's Statistical Reference Datasets: models as NumPy writes
them, data, certified values.
"""

from __future__ import annotations

import json
import math
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy

Model = Callable[..., Any]
pi = math.pi


def _exponentials(b: Any, x: Any) -> Any:
    return b[0] * numpy.exp(-b[1] * x) + b[2] * numpy.exp(-b[3] * x) + b[4] * numpy.exp(-b[5] * x)


def _two_peaks(b: Any, x: Any) -> Any:
    peaks = b[2] * numpy.exp(-((x - b[3]) ** 2) / b[4] ** 2) + b[5] * numpy.exp(
        -((x - b[6]) ** 2) / b[7] ** 2
    )
    return b[0] * numpy.exp(-b[1] * x) + peaks


def _cubics(b: Any, x: Any) -> Any:
    return (b[0] + b[1] * x + b[2] * x**2 + b[3] * x**3) / (
        1 + b[4] * x + b[5] * x**2 + b[6] * x**3
    )


def _waves(b: Any, x: Any) -> Any:
    year = b[1] * numpy.cos(2 * pi * x / 12) + b[2] * numpy.sin(2 * pi * x / 12)
    first = b[4] * numpy.cos(2 * pi * x / b[3]) + b[5] * numpy.sin(2 * pi * x / b[3])
    return (
        b[0]
        + year
        + first
        + b[7] * numpy.cos(2 * pi * x / b[6])
        + b[8] * numpy.sin(2 * pi * x / b[6])
    )


MODELS: dict[str, Model] = {
    "Bennett5": lambda b, x: b[0] * (b[1] + x) ** (-1 / b[2]),
    "BoxBOD": lambda b, x: b[0] * (1 - numpy.exp(-b[1] * x)),
    "Chwirut1": lambda b, x: numpy.exp(-b[0] * x) / (b[1] + b[2] * x),
    "Chwirut2": lambda b, x: numpy.exp(-b[0] * x) / (b[1] + b[2] * x),
    "DanWood": lambda b, x: b[0] * x ** b[1],
    "ENSO": _waves,
    "Eckerle4": lambda b, x: b[0] / b[1] * numpy.exp(-0.5 * ((x - b[2]) / b[1]) ** 2),
    "Gauss1": _two_peaks,
    "Gauss2": _two_peaks,
    "Gauss3": _two_peaks,
    "Hahn1": _cubics,
    "Kirby2": lambda b, x: (b[0] + b[1] * x + b[2] * x**2) / (1 + b[3] * x + b[4] * x**2),
    "Lanczos1": _exponentials,
    "Lanczos2": _exponentials,
    "Lanczos3": _exponentials,
    "MGH09": lambda b, x: b[0] * (x**2 + x * b[1]) / (x**2 + x * b[2] + b[3]),
    "MGH10": lambda b, x: b[0] * numpy.exp(b[1] / (x + b[2])),
    "MGH17": lambda b, x: b[0] + b[1] * numpy.exp(-x * b[3]) + b[2] * numpy.exp(-x * b[4]),
    "Misra1a": lambda b, x: b[0] * (1 - numpy.exp(-b[1] * x)),
    "Misra1b": lambda b, x: b[0] * (1 - (1 + b[1] * x / 2) ** -2),
    "Misra1c": lambda b, x: b[0] * (1 - (1 + 2 * b[1] * x) ** -0.5),
    "Misra1d": lambda b, x: b[0] * b[1] * x * (1 + b[1] * x) ** -1,
    "Nelson": lambda b, x, temperature: b[0] - b[1] * x * numpy.exp(-b[2] * temperature),
    "Rat42": lambda b, x: b[0] / (1 + numpy.exp(b[1] - b[2] * x)),
    "Rat43": lambda b, x: b[0] / (1 + numpy.exp(b[1] - b[2] * x)) ** (1 / b[3]),
    "Roszman1": lambda b, x: b[0] - b[1] * x - numpy.arctan(b[2] / (x - b[3])) / pi,
    "Thurber": _cubics,
}
STARTS = ("start1", "start2")


@dataclass(frozen=True)
class Problem:
    """One regression: what is fitted, from where, and what must come out."""

    name: str
    model: Model
    y: Any
    xs: list[Any]
    starts: dict[str, Any]
    certified: Any
    reference: dict[
        str, dict[str, Any]
    ]  # the residual sum of squares, its gradient and its Hessian at both starts

    def residuals(self, b: Any) -> Any:
        return self.model(b, *self.xs) - self.y

    def rss(self, b: Any) -> Any:
        return (self.residuals(b) ** 2).sum()

    def digits(self, b: Any) -> float:
        """How many digits of the worst parameter are those of the certificate, which has eleven."""
        error = float(numpy.max(numpy.abs(b - self.certified) / numpy.abs(self.certified)))
        return 11.0 if error < 1e-11 else max(0.0, -math.log10(error)) if error == error else 0.0


def problems() -> dict[str, Problem]:
    found = {}
    for name, known in json.loads(Path(__file__).with_name("nist.json").read_text()).items():
        y, *xs = numpy.array(known["data"]).T
        y = numpy.log(y) if name == "Nelson" else y
        starts = {start: numpy.array(known[start]) for start in STARTS}
        found[name] = Problem(
            name, MODELS[name], y, xs, starts, numpy.array(known["certified"]), known["at"]
        )
    return found
