"""Containers that cannot be rebuilt with other numbers are refused by name, and the way
out that is named works.
"""

from __future__ import annotations

from collections import OrderedDict, deque
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import pytest

from autograd_core import (
    check_gradients,
    compiled,
    grad,
    jacobian,
    register_pytree_node,
    vjp,
)
from autograd_core.pytree import core

from .containers import Cached, Line, Quaternion, Scaled, Speed

modes = pytest.mark.parametrize("mode", [lambda f: f, compiled], ids=["eager", "compiled"])
Mode = Callable[[Any], Any]


def _time() -> Any:
    import time

    return time.gmtime()


def _matrix() -> Any:
    return pytest.importorskip("numpy").ma.masked_invalid([1.0, float("nan")])


@modes
@pytest.mark.parametrize(
    ("make", "says"),
    [
        (
            lambda: Cached(a=1.0),
            r"a Cached cannot be rebuilt .* attribute 'flat' holds "
            r"numbers.*register_pytree_node\(Cached",
        ),
        (_time, r"a struct_time cannot be rebuilt .*register_pytree_node\(struct_time"),
        (_matrix, "a MaskedArray cannot be rebuilt .*asarray"),
        (
            lambda: [1.0, {"a": {2.0}}],
            r"argument 0\[1\]\['a'\] must be a real number, got \{2.0\} \(set\)",
        ),
        (lambda: Line(1.0, 2.0, bias=1j), r"argument 0\.bias must be a real number, got 1j"),  # type: ignore[arg-type]
        (
            lambda: Line(1.0, 2.0, name={"tag"}),
            r"argument 0\.name must be .*field\(metadata=\{'static': True\}\)",
        ),  # type: ignore[arg-type]
        (lambda: Speed(1.0, object()), r"argument 0\.y must be a real number"),  # type: ignore[arg-type]
    ],
    ids=[
        "attribute",
        "struct_time",
        "masked array",
        "set",
        "complex field",
        "field without a hash",
        "object",
    ],
)
def test_what_cannot_be_built_again_is_an_error_that_names_it(
    make: Callable[[], Any], says: str, mode: Mode
) -> None:
    with pytest.raises(TypeError, match=says):
        mode(grad(lambda p: 1.0))(make())


def test_a_constructor_that_changes_its_fields_is_refused() -> None:
    with pytest.raises(
        TypeError, match=r"Scaled cannot be rebuilt .* __post_init__ changes the field 'a'"
    ):
        grad(lambda p: p.b)(Scaled(1.0))


def test_the_way_out_of_the_error_is_a_way_out() -> None:
    register_pytree_node(
        Cached,
        lambda p: (p.values(), tuple(p)),
        lambda keys, xs: Cached(**dict(zip(keys, xs, strict=True))),
    )
    try:
        assert grad(lambda p: p.flat[0] * p["a"])(Cached(a=3.0)) == {"a": 6.0}
    finally:
        del core._registered[Cached]


def test_a_deque_is_registered_as_the_error_says() -> None:
    with pytest.raises(
        TypeError, match=r"argument 0\['q'\] must be .* classes given to register_pytree_node"
    ):
        grad(lambda p: p["q"][0] ** 2)({"q": deque([3.0], 2)})
    register_pytree_node(deque, lambda q: (tuple(q), q.maxlen), lambda most, xs: deque(xs, most))
    try:
        for f in (grad(lambda p: p["q"][0] ** 2), compiled(grad(lambda p: p["q"][0] ** 2))):
            assert f({"q": deque([3.0, 1.0], 2)}) == {"q": deque([6.0, 0.0], 2)}
    finally:
        del core._registered[deque]


def test_a_masked_array_does_not_pass_for_the_plain_one_before_it() -> None:
    np = pytest.importorskip("numpy")
    program = compiled(lambda x: x.sum())
    assert [program(np.ones(2)), program(np.ones(2))] == [2.0, 2.0]
    with pytest.raises(TypeError, match="MaskedArray"):
        program(np.ma.masked_array([1.0, 1.0], [True, False]))


def test_what_a_program_is_kept_for_needs_a_hash() -> None:
    @dataclass
    class Tagged:
        x: float
        tags: Any = field(metadata={"static": True})

    assert grad(lambda p: p.x**2)(Tagged(3.0, ["a"])) == Tagged(6.0, ["a"])
    with pytest.raises(
        TypeError, match=r"argument 0\.tags is not a number, .* needs a hash, which \['a'\] has not"
    ):
        compiled(lambda p: p.x)(Tagged(3.0, ["a"]))
    assert compiled(lambda p: p.x)(Tagged(3.0, ("a",))) == 3.0


def test_registering_says_what_is_wrong() -> None:
    with pytest.raises(ValueError, match="Quaternion is registered already"):
        register_pytree_node(Quaternion, lambda q: ((), None), lambda _, c: None)
    with pytest.raises(TypeError, match="takes a class, got"):
        register_pytree_node(Quaternion(1.0, 2.0, "m"), lambda q: ((), None), lambda _, c: None)  # type: ignore[arg-type]
    with pytest.raises(TypeError, match="takes a function, got None"):
        register_pytree_node(Exception, None, lambda _, c: None)  # type: ignore[arg-type]

    class Odd:
        pass

    register_pytree_node(Odd, lambda q: [1.0], lambda _, c: None)  # type: ignore[arg-type,return-value]
    with pytest.raises(
        TypeError, match=r"flatten function of Odd must return \(children, metadata\), got \[1.0\]"
    ):
        grad(lambda p: 1.0)(Odd())


def _with_itself(kind: str) -> Any:
    """A container that holds itself: a list, a dict, a dict of a class of its own, a dataclass."""
    inside: list[Any] = [1.0]
    made: dict[str, Any] = {
        "list": inside,
        "dict": {"w": 1.0, "more": inside},
        "ordered": OrderedDict(more=inside),
        "dataclass": Speed(1.0, inside),  # type: ignore[arg-type]
    }
    inside.append(made[kind])
    return made[kind]


ENDLESS = {
    "list": r"\[1\]",
    "dict": r"\['more'\]\[1\]",
    "ordered": r"\['more'\]\[1\]",
    "dataclass": r"\.y\[1\]",
}
DERIVATIVES: dict[str, tuple[Callable[[Any], Any], str]] = {
    "grad": (lambda x: grad(lambda p: 1.0)(x), "argument 0"),
    "jacobian": (lambda x: jacobian(lambda p: [p, x])(1.0), r"the result"),
    "vjp": (lambda x: vjp(lambda p: 1.0, x), "argument 0"),
    "check_gradients": (lambda x: check_gradients(lambda p: 1.0, x), "x"),
    "compiled": (lambda x: compiled(lambda p: 1.0)(x), "argument 0"),
    "compiled result": (lambda x: compiled(lambda p: x)(1.0), "the result of a compiled function"),
}


@pytest.mark.parametrize(("kind", "place"), ENDLESS.items(), ids=ENDLESS)
@pytest.mark.parametrize(("derive", "what"), DERIVATIVES.values(), ids=DERIVATIVES)
def test_a_container_that_contains_itself_is_a_matter_of_recursion(
    derive: Callable[[Any], Any], what: str, kind: str, place: str
) -> None:
    inner = r"\[1\]" if derive is DERIVATIVES["jacobian"][0] else ""
    with pytest.raises(
        TypeError, match=f"^{what} contains itself, at {what}{inner}{place}, so its"
    ):
        derive(_with_itself(kind))


def test_a_list_in_ten_thousand_lists_is_a_matter_of_recursion() -> None:
    deep: list[Any] = [1.0]
    for _ in range(10_000):
        deep = [deep]
    for mode in (grad, compiled):
        with pytest.raises(TypeError, match="argument 0 is nested more deeply than Python's"):
            mode(lambda p: 1.0)(deep)
