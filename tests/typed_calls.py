"""Calls of public functions and methods with the types that they have: a test lets mypy check them,
and runs them.
"""

from typing import assert_type

from autograd_core import Value, atan2, clip, elu, hypot, log, maximum, minimum, sin, where


def calls(x: Value, either: Value | float, xs: list[Value]) -> None:
    assert_type(sin(x), Value)
    assert_type(sin(1), float)
    assert_type(sin(either), Value | float)
    assert_type(atan2(x, 2), Value)
    assert_type(atan2(1.0, b=x), Value)
    assert_type(atan2(1.0, 2.0), float)
    assert_type(clip(x, low=0.0, high=1.0), Value)
    assert_type(clip(0.5, 0.0, x), Value)
    assert_type(log(x), Value)
    assert_type(log(8.0, base=2.0), float)
    assert_type(log(8.0, base=x), Value)
    assert_type(elu(x), Value)
    assert_type(elu(0.5, alpha=2.0), float)
    assert_type(maximum(x, 1.0), Value)
    assert_type(maximum(1.0, 2.0, x), Value)
    assert_type(maximum(1.0, 2.0, 3.0), float)
    assert_type(maximum(xs), Value)
    assert_type(maximum([x, 0.0]), Value)
    assert_type(minimum([1.0, 2.0]), float)
    assert_type(hypot(x, 1.0, 2.0), Value)
    assert_type(where(x > 0.0, x, 0.0), Value)
    assert_type(x.sin(), Value)
    assert_type(x.arctan2(1.0), Value)
    assert_type(x.clip(0.0, high=1.0), Value)
    assert_type(x.log(2.0), Value)
    assert_type(x.leaky_relu(), Value)
