"""Compiled methods: each object has its own, and keeps them."""

from __future__ import annotations

import copy
import gc
import pickle
import weakref
from collections.abc import Callable
from typing import Any

import pytest

from autograd_core import Value, compiled, grad


class Model:
    def __init__(self, w: float) -> None:
        self.w = Value(w)

    def cost(self, x: Any) -> Any:
        return self.w * x**3

    slope = compiled(grad(cost, 1))

    @compiled
    def scaled(self, x: Any) -> Any:
        return self.w * x


class Shifted(Model):
    def scaled(self, x: Any) -> Any:
        return super().scaled(x) + 100.0


def test_a_compiled_method_takes_the_place_of_no_other_attribute() -> None:
    model = Model(2.0)
    assert model.slope(2.0) == 24.0
    assert model.cost(2.0).data == 16.0
    assert model.slope is model.slope


def test_a_method_that_overrides_a_compiled_one_goes_on_to_do_so() -> None:
    model = Shifted(3.0)
    assert [model.scaled(2.0), model.scaled(2.0)] == [106.0, 106.0]


@pytest.mark.parametrize(
    "copied", [copy.copy, copy.deepcopy, lambda model: pickle.loads(pickle.dumps(model))]
)
def test_a_copy_of_an_object_has_programs_of_its_own(copied: Callable[[Model], Model]) -> None:
    model = Model(3.0)
    model.scaled(2.0)
    other = copied(model)
    other.w = Value(10.0)
    assert (other.scaled(2.0), model.scaled(2.0)) == (20.0, 6.0)
    assert len(model.scaled.programs) == 1


def test_an_object_goes_with_its_programs() -> None:
    model = Model(3.0)
    model.scaled(2.0)
    known = weakref.ref(model)
    del model
    gc.collect()
    assert known() is None


def test_a_class_keeps_a_compiled_class_method() -> None:
    class Counted:
        w = Value(4.0)

        @classmethod
        @compiled
        def scaled(cls, x: Any) -> Any:
            return cls.w * x

    assert (Counted.scaled(2.0), Counted().scaled(3.0)) == (8.0, 12.0)


def test_an_object_that_cannot_keep_a_method_is_told_so() -> None:
    class Slotted:
        __slots__ = ()

        @compiled
        def scaled(self, x: Any) -> Any:
            return x

    with pytest.raises(TypeError, match=r"needs a __dict__ .* Slotted has none"):
        Slotted().scaled(1.0)
