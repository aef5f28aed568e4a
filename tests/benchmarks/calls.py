"""What one call of a small compiled function takes, from the numbers of Python to those of
Python.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from autograd_core import compiled, value_and_grad

from .contest import by_turns
from .eager import POINT, expression
from .opponents import installed

ROUNDS = 75


def calls() -> None:
    """The value and the gradient of twenty operations on four numbers, given as floats, as a
    list and as an array.
    """
    print("\ncalls: value and gradient of 20 operations on 4 numbers, for each way in and out")
    for title, seconds in by_turns(ways(), ROUNDS).items():
        print(f"  {title:32}{1e6 * seconds:>8.2f} µs", flush=True)


def ways() -> dict[str, Callable[[], Any]]:
    """Each way to call it, by what it is called."""
    numbers, of_one = value_and_grad(expression, (0, 1, 2, 3)), value_and_grad(of_a_container)
    floats, container, array = compiled(numbers), compiled(of_one), np.array(POINT)
    found: dict[str, Callable[[], Any]] = {
        "eager": lambda: numbers(*POINT),
        "compiled, four floats": lambda: floats(*POINT),
        "compiled, a list": lambda: container(list(POINT)),
        "compiled, an array": lambda: container(array),
    }
    if installed("jax"):
        import jax

        jax.config.update("jax_enable_x64", True)
        fast = jax.jit(jax.value_and_grad(expression, (0, 1, 2, 3)))
        found["jax jit, four floats"] = lambda: jax.block_until_ready(fast(*POINT))
    return found


def of_a_container(x: Any) -> Any:
    return expression(x[0], x[1], x[2], x[3])
