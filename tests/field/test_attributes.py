"""Attributes: who only looks at a Value inside a compiled function gets the answer that eager
code gives.
"""

from __future__ import annotations

import copy
import inspect
import math
import pickle
import pprint
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest

from autograd_core import Value, compiled, grad
from autograd_core.errors import RecordingError


@dataclass
class Holder:
    v: Any


def looking(f: Callable[[Any], bool]) -> Callable[[Any], Any]:
    return lambda x: x * x if f(x) else -x


LOOKS: dict[str, Callable[[Any], bool]] = {
    "hasattr data": lambda x: hasattr(x, "data"),
    "hasattr of everything": lambda x: all([hasattr(x, name) for name in dir(x) if name[0] != "_"]),
    "hasattr of nothing": lambda x: hasattr(x, "shape") or hasattr(x, "numpy"),
    "hasattr of a number": lambda x: (
        hasattr(x.data, "real") and hasattr(x.data, "hex") and not hasattr(x.data, "shape")
    ),
    "getattr with a default": lambda x: (
        getattr(x, "data", None) is not None and getattr(x, "grad", None) is not None
    ),
    "isinstance": lambda x: (
        isinstance(getattr(x, "data", "none"), float) and isinstance((x * x).partials, tuple)
    ),
    "inspect": lambda x: "data" in dict(inspect.getmembers(x)),
    "inspect of a condition": lambda x: "real" in dict(inspect.getmembers(x > 0)),
    "pprint": lambda x: (
        "data" not in pprint.pformat({"a": [x], "b": Holder(x)})
        and len(pprint.pformat(inspect.getmembers(x))) > 0
    ),
    "a copy of its holder": lambda x: (
        copy.copy(Holder(x)).v is not None and copy.deepcopy(Holder(x)).v is not None
    ),
}


@pytest.mark.parametrize("look", LOOKS)
def test_looking_at_a_value_answers_compiled_as_eager(look: str) -> None:
    f = looking(LOOKS[look])
    for x in (3.0, -2.0):
        assert compiled(f)(x) == f(Value(x)).data
        assert compiled(grad(f))(x) == grad(f)(x)


def test_looking_at_a_value_answers_in_a_batch_as_eager() -> None:
    np = pytest.importorskip("numpy")
    for f in map(looking, LOOKS.values()):
        assert compiled(f, batched="x")(np.array([3.0, -2.0])).tolist() == [
            f(Value(3.0)).data,
            f(Value(-2.0)).data,
        ]


USES: dict[str, Callable[[Any], Any]] = {
    "a result": lambda x: x.data,
    "in a sum": lambda x: sum([x, x.data]),
    "a factor": lambda x: x * x.data,
    "a left factor": lambda x: x.data * x,
    "a power": lambda x: x**x.data + x.data**x,
    "item": lambda x: x.item() + x,
    "math": lambda x: math.sin(x.data) * x,
    "float": lambda x: float(x.data) * x,
    "a comparison": lambda x: x if x.data > 0 else -x,
    "a comparison of a Value": lambda x: x if x < x.data else -x,
    "equality": lambda x: x if x.data == 0.0 else -x,
    "truth": lambda x: x if x.data else -x,
    "text": lambda x: x * len(f"{x.data}"),
    "a key": lambda x: {3.0: x}[x.data],
    "round": lambda x: round(x.data) * x,
    "a copy": lambda x: copy.deepcopy(x.data) * x,
    "a pickle": lambda x: x * len(pickle.dumps(x.data)),
    "the default's place": lambda x: getattr(x, "data", x) * 2.0,
    "grad": lambda x: x + x.grad,
    "an attribute of the number": lambda x: x if x.data.is_integer() else -x,
    "a partial": lambda x: (x * x).partials[0] * x,
    "partials": lambda x: x * len((x * x).partials),
    "the loop over partials": lambda x: sum(x * p for p in (x * x).partials),
}


@pytest.mark.parametrize("use", USES)
def test_a_plain_number_is_never_baked_into_a_program(use: str) -> None:
    with pytest.raises(RecordingError, match="Compute with the Value itself"):
        compiled(USES[use])(3.0)
    with pytest.raises(RecordingError, match="Compute with the Value itself"):
        compiled(grad(USES[use]))(3.0)


def test_a_plain_number_that_was_kept_is_no_number_later() -> None:
    kept: list[Any] = []
    assert compiled(lambda x: kept.append(x.data) or x)(3.0) == 3.0
    assert repr(kept) == "[…]"
    with pytest.raises(RecordingError):
        kept[0] + 1.0
