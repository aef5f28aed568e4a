"""Nested containers: what goes into a derivative or a compiled function comes back as what it
was, and keeps its slopes.
"""

from __future__ import annotations

import pickle
from collections import Counter, OrderedDict, defaultdict
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cached_property
from math import copysign
from typing import Any

import pytest

from autograd_core import (
    Value,
    check_gradients,
    compiled,
    exp,
    grad,
    gradients,
    hessian,
    jacobian,
    jvp,
    numerical_gradient,
    tanh,
    value_and_grad,
    vjp,
)  # fmt: skip
from autograd_core.pytree.core import build, flatten, leaf_names

from .containers import (
    SAME,
    Frozen,
    Halved,
    Line,
    Mood,
    Quaternion,
    Row,
    Sides,
    Speed,
    first_times_second,
    like,
)

modes = pytest.mark.parametrize("mode", [lambda f: f, compiled], ids=["eager", "compiled"])
Mode = Callable[[Any], Any]


@modes
@pytest.mark.parametrize("p", [p for _, p in SAME], ids=[name for name, _ in SAME])
def test_a_gradient_is_the_same_kind_of_container_as_the_argument(p: Any, mode: Mode) -> None:
    seen = []

    def f(q: Any) -> Any:
        seen.append(q)
        return first_times_second(q)

    value, slope = mode(value_and_grad(f))(p)
    assert value == 18.0
    assert flatten(slope)[0][:2] == [9.0, 12.0]
    assert like(slope, p)
    assert {type(q) for q in seen} == {type(p)}
    assert all(like(q, p) for q in seen)


@pytest.mark.parametrize("p", [p for _, p in SAME], ids=[name for name, _ in SAME])
def test_a_compiled_function_gives_the_container_that_the_function_gives(p: Any) -> None:
    program = compiled(
        lambda q: {"in": q, "twice": build(flatten(q)[1], [2.0 * x for x in flatten(q)[0]])}
    )
    for _ in range(2):
        found = program(p)
        assert found["in"] == p
        assert [like(x, p) for x in found.values()] == [True, True]
        assert flatten(found["twice"])[0] == [2.0 * x for x in flatten(p)[0]]


def test_a_counter_and_a_defaultdict_keep_what_they_do_for_missing_keys() -> None:
    assert value_and_grad(lambda p: p["a"] * p["b"] + p["c"])(Counter(a=2.0, b=3.0)) == (
        6.0,
        Counter(a=3.0, b=2.0),
    )
    for mode in (lambda f: f, compiled):
        slope = mode(grad(lambda p: p["a"] ** 2 + p["missing"]))(defaultdict(float, a=3.0))
        assert slope == {"a": 6.0}
        assert slope.default_factory is float
    moved = OrderedDict(a=1.0, b=2.0)
    moved.move_to_end("a")
    assert list(grad(lambda p: p["a"])(moved).items()) == [("b", 0.0), ("a", 1.0)]


@modes
def test_what_follows_from_the_fields_of_a_dataclass_follows_from_their_values_too(
    mode: Mode,
) -> None:
    slope = mode(grad(lambda s: s.long))(Sides(3.0, 4.0))
    assert (slope.a, slope.b) == (0.6, 0.8)
    assert slope.long == 0.0
    assert check_gradients(lambda s: s.long * s.a, Sides(3.0, 4.0)).a == pytest.approx(
        5.0 + 9.0 / 5.0
    )
    assert numerical_gradient(lambda s: s.long, Sides(3.0, 4.0)).b == pytest.approx(0.8)
    through = grad(compiled(lambda s: s.long * s.a))(Sides(3.0, 4.0))
    assert (through.a, through.b) == pytest.approx((5.0 + 9.0 / 5.0, 12.0 / 5.0))
    assert compiled(lambda x: Sides(x, 2.0 * x))(3.0) == Sides(3.0, 6.0)
    assert mode(value_and_grad(lambda p: p.half))(Halved(3.0)) == (1.5, Halved(0.5))
    assert compiled(lambda p: p.half)(Halved(3.0)) == 1.5


@modes
def test_a_cached_property_is_computed_of_the_values(mode: Mode) -> None:
    @dataclass
    class Circle:
        r: float

        @cached_property
        def area(self) -> Any:
            return 3.0 * self.r**2

    circle = Circle(2.0)
    assert circle.area == 12.0
    assert mode(grad(lambda c: c.area))(circle) == Circle(12.0)


@modes
def test_none_is_a_part_of_an_argument_as_in_jax(mode: Mode) -> None:
    assert mode(grad(lambda p: p["w"] ** 2 if p["b"] is None else p["b"]))(
        {"w": 3.0, "b": None}
    ) == {"w": 6.0, "b": None}
    assert mode(grad(lambda x, state: x * x, argnums=(0, 1)))(3.0, None) == (6.0, None)
    assert mode(grad(lambda p: p[1] ** 2))([None, 3.0]) == [None, 6.0]


@modes
def test_a_bool_inside_a_container_is_a_flag(mode: Mode) -> None:
    def f(p: Any) -> Any:
        assert p["train"] in (True, False)
        assert not isinstance(p["train"], Value)
        return p["w"] ** 2 if p["train"] else p["w"]

    program = mode(grad(f))
    assert program({"w": 3.0, "train": True}) == {"w": 6.0, "train": True}
    assert program({"w": 3.0, "train": False}) == {"w": 1.0, "train": False}
    assert mode(grad(lambda x: x * x))(True) == 2.0


@modes
def test_a_bool_of_numpy_is_a_flag_too(mode: Mode) -> None:
    np = pytest.importorskip("numpy")
    slope = mode(grad(lambda p: p[0] ** 2 if p[1] else p[0]))
    assert [slope((3.0, np.True_)), slope((3.0, np.False_))] == [(6.0, True), (1.0, False)]
    assert mode(grad(lambda x: x * x))(np.True_) == 2.0


@modes
def test_a_field_that_is_marked_static_is_no_number(mode: Mode) -> None:
    @dataclass
    class Power:
        base: float
        exponent: int = field(metadata={"static": True})

    program = mode(grad(lambda p: [p.base**k for k in range(p.exponent + 1)][-1]))
    assert program(Power(2.0, 3)) == Power(12.0, 3)
    assert program(Power(2.0, 2)) == Power(4.0, 2)


def test_registered_classes_work_in_every_transform() -> None:
    q = Quaternion(2.0, [3.0, 5.0], "m")

    def f(q: Any) -> Any:
        assert q.unit == "m"
        return q.real**2 * q.imaginary[0] + q.imaginary[1]

    slope = Quaternion(12.0, [4.0, 1.0], "m")
    assert grad(f)(q) == compiled(grad(f))(q) == grad(compiled(f))(q) == slope
    assert jacobian(f)(q) == slope
    assert hessian(f)(q).real == Quaternion(6.0, [4.0, 0.0], "m")
    assert jvp(f, (q,), (Quaternion(1.0, [0.0, 2.0], "m"),)) == (17.0, 14.0)
    assert vjp(f, q)[1](2.0) == (Quaternion(24.0, [8.0, 2.0], "m"),)
    twice = jacobian(lambda x: Quaternion(x, [x**2, 3.0], "m"))(2.0)
    assert twice == Quaternion(1.0, [4.0, 0.0], "m")
    assert check_gradients(f, q) == slope
    x = Value(2.0)
    assert gradients(f(Quaternion(x, [3.0, 1.0], "m")), {"x": x})["x"].data == 12.0


def norm_of(q: Quaternion) -> Any:
    return Quaternion(q.real**2 + q.imaginary**2, exp(q.imaginary), q.unit)


def test_a_compiled_function_of_a_registered_class_can_be_pickled() -> None:
    program = compiled(norm_of)
    expected = program(Quaternion(3.0, 0.0, "s"))
    again = pickle.loads(pickle.dumps(program))
    assert again(Quaternion(3.0, 0.0, "s")) == expected == Quaternion(9.0, 1.0, "s")
    assert again(Quaternion(0.0, 0.0, "km")).unit == "km"


def test_a_batch_gives_containers_of_columns() -> None:
    np = pytest.importorskip("numpy")
    found = compiled(lambda x, p: Line(x * p.slope, 1.0, name=p.name), batched="x")(
        [1.0, 2.0], Line(3.0, 0.0, name="n")
    )
    assert (found.name, found.slope.tolist(), found.height.tolist()) == (
        "n",
        [3.0, 6.0],
        [1.0, 1.0],
    )
    found = compiled(lambda x: OrderedDict(b=x, a=2.0 * x), batched="x")(np.ones((3, 2)))
    assert type(found) is OrderedDict
    assert {name: column.shape for name, column in found.items()} == {"b": (3, 2), "a": (3, 2)}
    loss = compiled(lambda x, p: x * p["a"], batched="x", reduce="sum")
    assert grad(loss, argnums=1)([1.0, 2.0], Counter(a=5.0)) == Counter(a=3.0)


@modes
def test_arrays_inside_objects_come_back_as_arrays(mode: Mode) -> None:
    np = pytest.importorskip("numpy")
    slope = mode(grad(lambda m: (m.slope @ m.slope) * m.height))(
        Line(np.array([1.0, 2.0]), np.array(3.0))
    )  # type: ignore[arg-type]
    assert (slope.slope.tolist(), slope.height.shape, slope.height.item()) == ([6.0, 12.0], (), 5.0)
    H = mode(hessian(lambda p: p["x"] @ p["x"]))({"x": np.array([1.0, 2.0])})
    assert H["x"]["x"].tolist() == [[2.0, 0.0], [0.0, 2.0]]


@pytest.mark.slow
def test_a_jacobian_of_arrays_by_a_dict_is_the_dict_of_arrays_that_jax_gives() -> None:
    jax, np = pytest.importorskip("jax"), pytest.importorskip("numpy")
    p = {"a": 2.0, "W": np.array([[1.0, 2.0], [3.0, 4.0]])}

    def f(p: Any) -> Any:
        return {"y": p["W"] @ p["W"][0] * p["a"], "z": p["a"] * p["a"]}

    expected = jax.jacrev(f)(jax.tree_util.tree_map(jax.numpy.array, p))
    for found in (jacobian(f)(p), compiled(jacobian(f))(p)):
        assert found["z"]["a"] == 4.0
        for y, x in (("y", "a"), ("y", "W"), ("z", "W")):
            assert np.shape(found[y][x]) == expected[y][x].shape
            assert np.allclose(found[y][x], expected[y][x], atol=1e-5)


@pytest.mark.parametrize("zero", [0.0, -0.0])
def test_a_static_number_keeps_its_sign(zero: float) -> None:
    @dataclass
    class Limit:
        x: float
        side: float = field(metadata={"static": True})

    program = compiled(lambda p: p.x * copysign(1.0, p.side))
    program(Limit(2.0, -zero))
    assert program(Limit(2.0, zero)) == 2.0 * copysign(1.0, zero)


# Names.


def test_a_number_has_one_path_in_checks_and_in_programs() -> None:
    np = pytest.importorskip("numpy")
    p = {
        "a": [1.0, Speed(2.0, 3.0)],
        "l": Line(1.0, 2.0),
        "W": np.ones((1, 2)),
        3: Row(1.0, 2.0, unit="m"),
    }
    expected = [
        *("p['a'][0]", "p['a'][1].x", "p['a'][1].y", "p['l'].slope", "p['l'].height"),
        *("p['W'][0, 0]", "p['W'][0, 1]", "p[3][0]", "p[3][1]"),
    ]
    assert list(leaf_names(flatten(p)[1], "p")) == expected
    program = compiled(lambda p: p["a"][0])
    program(p)
    assert [program.program.names[i] for i in program.program.inputs] == expected
    with pytest.raises(AssertionError, match=r"∂f/∂x\['a'\]\[1\]\.y"):
        check_gradients(lambda q: q["a"][1].y * q["a"][1].y.detach(), p)


def test_tangents_and_cotangents_have_the_structure_of_what_they_belong_to() -> None:
    p = OrderedDict(a=2.0, b=3.0)
    assert jvp(lambda p: p["a"] * p["b"], (p,), ({"b": 1.0, "a": 10.0},)) == (6.0, 32.0)
    assert jvp(lambda p: p.x * p.y, (Speed(2.0, 3.0),), ((10.0, 1.0),)) == (6.0, 32.0)
    assert jvp(lambda p: p.slope, (Line(2.0, 3.0),), (Line(1.0, 0.0),)) == (2.0, 1.0)
    with pytest.raises(ValueError, match=r"tangents\[0\] must have the keys"):
        jvp(lambda p: p["a"], (p,), ({"a": 1.0},))
    with pytest.raises(
        ValueError, match=r"tangents\[0\] must be Line\(slope: a number.*got 2 entries"
    ):
        jvp(lambda p: p.slope, (Line(2.0, 3.0),), ([1.0, 0.0],))


# Everything at once.


def test_any_nest_of_containers_is_flattened_and_built_and_differentiated_alike() -> None:
    hypothesis = pytest.importorskip("hypothesis")
    st = hypothesis.strategies
    numbers = st.floats(-4.0, 4.0)
    still = st.sampled_from([None, "text", True, b"", Mood.CALM])
    keys = st.text("abcφé' ]", max_size=2)

    def wider(part: Any) -> Any:
        dicts = st.dictionaries(keys, part, max_size=3)
        return st.one_of(
            st.lists(part, max_size=3),
            st.lists(part, max_size=3).map(tuple),
            dicts,
            dicts.map(OrderedDict),
            dicts.map(lambda d: defaultdict(list, d)),
            dicts.map(Counter),
            st.builds(Speed, part, part),
            st.builds(Line, part, part, st.just("n"), st.just(tanh), part),
            st.builds(lambda a, b: Frozen(a, (b, {})), part, part),
            st.builds(lambda a, b: Quaternion(a, b, "u"), part, part),
        )

    def f(p: Any) -> Any:
        total: Any = 0.0
        for k, x in enumerate(flatten(p)[0]):
            total = total + (k + 1.0) * x * x
        return total

    @hypothesis.settings(max_examples=60, deadline=None)
    @hypothesis.given(
        st.recursive(st.one_of(numbers, still), wider, max_leaves=8).filter(
            lambda p: flatten(p)[0] != []
        )
    )
    def check(p: Any) -> None:
        leaves, structure = flatten(p)
        assert build(structure, leaves) == p
        assert flatten(build(structure, leaves)) == (leaves, structure)
        assert len(list(leaf_names(structure))) == len(set(leaf_names(structure))) == len(leaves)
        slope = grad(f)(p)
        assert flatten(slope) == ([2.0 * (k + 1.0) * x for k, x in enumerate(leaves)], structure)
        program = compiled(grad(f))
        assert program(p) == slope
        assert flatten(program(p))[1] == structure

    check()


def test_the_leaves_are_those_that_jax_finds() -> None:
    tree = pytest.importorskip("jax").tree_util
    for p in (
        {"a": 1.0, "b": [2.0, (3.0, None)], "c": Speed(4.0, 5.0)},
        OrderedDict(b=1.0, a=(2.0, [])),
        defaultdict(list, a=1.0, b={"c": 2.0}),
        [None, (None, 1.0), {}],
    ):
        leaves, structure = flatten(p)
        found = tree.tree_flatten_with_path(p)[0]
        assert leaves == [x for _, x in found]
        assert list(leaf_names(structure, "p")) == ["p" + tree.keystr(path) for path, _ in found]
        doubled = tree.tree_map(lambda x: 2.0 * x, p)
        assert build(structure, [2.0 * x for x in leaves]) == doubled
        assert type(build(structure, leaves)) is type(doubled)
