"""Every value of a lowered program, and not its outputs alone, is the recorded one.

`python -m pytest tests/compiler --hypothesis-profile=thorough` runs two thousand examples of each
random test.
"""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from autograd_core import grad, hessian, value_and_grad
from autograd_core.compiler.pipeline import optional_passes

from ..engine.programs import Program, programs
from .slots import Lowered, recorded

pytestmark = pytest.mark.slow

PASSES = [(), *[(name,) for name in optional_passes()], tuple(optional_passes())]
TRANSFORMS = {
    "f": lambda f: f,
    "gradient": value_and_grad,
    "Hessian": hessian,
}


# The terms of its logsumexp are equal, but for what their rounding makes of them.
EQUAL_TERMS = Program((0.0, 0.0, 0.0), (("acosh", 0, 0), ("sigmoid", 3, 0), ("logsumexp", 4, 0)))


def _flat(transformed: Any) -> Any:
    return lambda *xs: transformed(list(xs))


@pytest.mark.parametrize(
    "without", PASSES, ids=lambda names: "without " + (" and ".join(names) or "nothing")
)
@given(program=programs(), name=st.sampled_from(sorted(TRANSFORMS)))
@example(program=EQUAL_TERMS, name="f")
def test_every_slot_holds_its_recorded_number(
    program: Program, name: str, without: tuple[str, ...]
) -> None:
    f = _flat(TRANSFORMS[name](program))
    assert Lowered(recorded(f, program.point), without=without).wrong(1e-9) == []


@pytest.mark.parametrize("summed", [False, True], ids=["each sample", "summed over the samples"])
@given(program=programs(), name=st.sampled_from(sorted(TRANSFORMS)), data=st.data())
def test_every_slot_of_a_batch_holds_its_recorded_number(
    program: Program, name: str, summed: bool, data: st.DataObject
) -> None:
    f = _flat(TRANSFORMS[name](program))
    samples = data.draw(st.sets(st.integers(0, len(program.point) - 1), min_size=1))
    lowered = Lowered(
        recorded(f, program.point, samples), summed=summed, samples=data.draw(st.integers(1, 4))
    )
    assert lowered.wrong(1e-9) == []


@given(program=programs(length=14))
def test_computing_in_place_changes_no_output(program: Program) -> None:
    """But for the order of sums that continue one another, which depends on where they lie."""
    from autograd_core.compiler.api import compiled

    from .backends import forced

    f = grad(program)
    with forced("numpy"):
        found, plain = (
            compiled(f)(list(program.point)),
            compiled(f, without=["plan_memory"])(list(program.point)),
        )
    assert found == pytest.approx(plain, rel=1e-9, abs=1e-12, nan_ok=True)
