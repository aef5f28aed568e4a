"""Containers as users write them, for the tests of nested containers."""

from __future__ import annotations

from collections import Counter, OrderedDict, defaultdict
from dataclasses import dataclass, field
from enum import Enum
from typing import Any, NamedTuple

from autograd_core import hypot, register_pytree_node, tanh
from autograd_core.pytree.core import flatten


class Speed(NamedTuple):
    x: float
    y: float


class Mood(Enum):
    CALM = 1


@dataclass
class Line:
    slope: float
    height: float
    name: str = "line"
    activation: Any = tanh
    bias: float | None = None
    mood: Mood = Mood.CALM


@dataclass(frozen=True, slots=True)
class Frozen:
    a: float
    rest: tuple[Line, dict[str, float]]


@dataclass
class Sides:
    """What follows from the fields is a field, and not one of the constructor."""

    a: float
    b: float
    long: float = field(init=False)

    def __post_init__(self) -> None:
        self.long = hypot(self.a, self.b)


@dataclass
class Halved:
    """What follows from the field is no field."""

    a: float

    def __post_init__(self) -> None:
        self.half = 0.5 * self.a


@dataclass
class Positive:
    """Its constructor accepts no slope."""

    a: float

    def __post_init__(self) -> None:
        if self.a <= 0.0:
            raise ValueError("a must be positive")


class Named(dict[str, float]):
    def __init__(self, name: str, **numbers: float) -> None:
        super().__init__(numbers)
        self.name = name


class Attributes(dict[str, float]):
    """The entries are the attributes."""

    def __init__(self, **numbers: float) -> None:
        super().__init__(numbers)
        self.__dict__ = self  # type: ignore[assignment]


class Row(list[float]):
    def __init__(self, first: float, second: float, *, unit: str) -> None:
        super().__init__([first, second])
        self.unit = unit


class Both(tuple[float, ...]):
    def __new__(cls, first: float, second: float) -> Both:
        return super().__new__(cls, (first, second))


class Ordered(OrderedDict[str, float]):
    __slots__ = ("scale",)

    def __init__(self, scale: float) -> None:
        self.scale = scale


class Quaternion:
    """A class of a user's own, which nothing here knows until it is registered."""

    def __init__(self, real: Any, imaginary: Any, unit: str) -> None:
        self.real, self.imaginary, self.unit = real, imaginary, unit

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Quaternion) and vars(self) == vars(other)


register_pytree_node(
    Quaternion,
    lambda q: ((q.real, q.imaginary), q.unit),
    lambda unit, parts: Quaternion(*parts, unit),
)


def ordered() -> Ordered:
    found = Ordered(2.0)
    found.update(b=2.0, a=3.0)
    return found


class Cached(dict[str, float]):
    """Its attribute holds the numbers of its entries once more."""

    def __init__(self, **numbers: float) -> None:
        super().__init__(numbers)
        self.flat = list(numbers.values())


@dataclass
class Scaled:
    """Its constructor changes what it is given."""

    a: float
    b: float = field(init=False)

    def __post_init__(self) -> None:
        self.a = 2.0 * self.a
        self.b = self.a


SAME: list[tuple[str, Any]] = [  # each holds 2 and 3 first
    ("Counter", Counter(a=2.0, b=3.0)),
    ("OrderedDict", OrderedDict(b=2.0, a=3.0)),
    ("defaultdict", defaultdict(float, a=2.0, b=3.0)),
    ("named tuple", Speed(2.0, 3.0)),
    ("dataclass", Line(2.0, 3.0)),
    ("frozen, with slots, nested", Frozen(2.0, (Line(3.0, 1.0), {"c": 4.0}))),
    ("checked by its constructor", [Positive(2.0), Positive(3.0)]),
    ("dict with a constructor", Named("n", a=2.0, b=3.0)),
    ("dict whose entries are attributes", Attributes(a=2.0, b=3.0)),
    ("list with a constructor", Row(2.0, 3.0, unit="m")),
    ("tuple with a constructor", Both(2.0, 3.0)),
    ("dict with slots", ordered()),
    ("registered", Quaternion(2.0, [3.0, None], "m")),
    ("None, text and bools beside numbers", {"a": 2.0, "b": [None, "text", True, (3.0,)]}),
]


def first_times_second(p: Any) -> Any:
    """Of any container of two numbers, and of what is in it, the first times the square of the
    second.
    """
    a, b = flatten(p)[0][:2]
    return a * b**2


def like(x: Any, y: Any) -> bool:
    """Whether two containers are of the same kinds, with the same attributes and what is no
    number.
    """
    return type(x) is type(y) and flatten(x)[1] == flatten(y)[1]
