"""Names: whatever letters a user writes, two of them stay two, and none stands for anything in
generated source.
"""

from __future__ import annotations

import ast
import builtins
import keyword
import re
import sys
import unicodedata
from collections.abc import Callable
from typing import Any

import pytest

from autograd_core import (
    Value,
    compiled,
    draw,
    exp,
    explore,
    grad,
    group,
    primitive,
    sin,
    value_and_grad,
)
from autograd_core.primitives import TABLE

SAME = [
    ("φ", "ϕ"),
    ("ε", "ϵ"),
    ("μ", "µ"),
    ("l", "ℓ"),
    ("i", "ᵢ"),
    ("fi", "ﬁ"),
    ("K", "\u212a"),
    ("x2", "x₂"),
    ("exp", "𝐞𝐱𝐩"),
]
"""Pairs of names that Python takes for one identifier."""
HOSTILE = [
    "inputs",
    "run",
    "inf",
    "nan",
    "abs",
    "float",
    "exp",
    "v1",
    "x0",
    "function1",
    "numbers",
    "rows",
    "dot",
    "copyto",
]
HOSTILE += [
    "lambda",
    "None",
    "__builtins__",
    "__debug__",
    "a\n    b = 1",
    "\u2028",
    "'",
    '"',
    "\\",
    "*/",
    "</script>",
    "<b>",
    "\x00",
    "",
]


@pytest.fixture
def row() -> Any:
    """A row of the user's own, which is taken out of the table again."""
    made: list[str] = []

    def add(name: str, compute: Callable[..., float], partials: Any) -> Any:
        made.append(name)
        return primitive(name, compute=compute, partials=partials)

    yield add
    for name in made:
        TABLE.pop(name, None)


@pytest.mark.parametrize(("a", "b"), SAME)
def test_two_keys_that_python_takes_for_one_identifier_are_two_numbers(a: str, b: str) -> None:
    def f(p: dict[str, Any]) -> Any:
        return p[a] * p[a] - 10.0 * p[b]

    at = {a: 3.0, b: 1.0}
    assert compiled(f)(at) == -1.0
    assert compiled(value_and_grad(f))(at) == (-1.0, {a: 6.0, b: -10.0}) == value_and_grad(f)(at)


@pytest.mark.parametrize(("a", "b"), SAME)
def test_two_labels_that_python_takes_for_one_identifier_are_two_values(a: str, b: str) -> None:
    v, w = Value(3.0, a), Value(1.0, b)
    f = compiled(lambda x: x * v + exp(x) * w)
    assert f(0.0) == 1.0
    v.data = 5.0
    assert f(1.0) == 5.0 + exp(1.0)
    assert compiled(lambda x: (x * v - w, w))(2.0) == (9.0, 1.0)


def test_a_label_of_mathematical_letters_stands_beside_the_function_it_spells() -> None:
    w = Value(2.0, "𝐞𝐱𝐩")
    f = compiled(lambda x: exp(x) * w + exp(-x) * w)
    assert f(0.0) == 4.0


def test_every_letter_that_python_reads_as_another_keeps_its_own_number() -> None:
    letters = [
        c
        for c in map(chr, range(128, sys.maxunicode))
        if c.isidentifier() and unicodedata.normalize("NFKC", c) != c
    ]
    letters = letters[::7] + [c for c in map(chr, range(0x370, 0x400)) if c.isidentifier()]
    names = list(dict.fromkeys([*letters, *[unicodedata.normalize("NFKC", c) for c in letters]]))
    assert len(names) > 400
    at = {name: float(k) for k, name in enumerate(names)}
    found = compiled(lambda p: [p[name] for name in names])(at)
    assert found == list(at.values())


@pytest.mark.parametrize("name", [*HOSTILE, "𝐢nputs", "ﬂoat", "ａbs"])
def test_a_label_that_is_a_word_of_the_source_is_only_a_label(name: str) -> None:
    np = pytest.importorskip("numpy")
    v, w = Value(3.0, name), Value(1.0, name)

    def f(x: Any) -> Any:
        return exp(x) * v - abs(x) * w + (x > 1e308 * v) * w

    assert compiled(f)(0.0) == 3.0
    batch = compiled(f, batched="x")
    assert list(batch(np.array([0.0, 0.0, 0.0]))) == [3.0, 3.0, 3.0]
    for text in (compiled(f), batch):
        text(0.0 if text is not batch else np.zeros(2))
        assert text.program.source("python").isascii()
        assert text.program.source("numpy").isascii()
        assert len(str(text.program).splitlines()) == 3 + len(text.program) - 1


@pytest.mark.parametrize(
    "name",
    [
        "φ",
        "𝐞𝐱𝐩",
        "float",
        "run",
        "inputs",
        "abs",
        "x0",
        "numbers",
        "rows",
        "copyto",
        "strided",
        "z1",
    ],
)
def test_a_row_of_the_users_own_is_itself_whatever_its_name(row: Any, name: str) -> None:
    np = pytest.importorskip("numpy")
    twice = row(name, lambda x: 2.0 * x, lambda y, x: 2.0)
    other = row(name + "ﬁ", lambda x: 5.0 * x, lambda y, x: 5.0)
    both = row(name + "fi", lambda a, b: 3.0 * a + b, [lambda y, a, b: 3.0, lambda y, a, b: 1.0])

    def f(x: Any) -> Any:
        return both(other(twice(x)), abs(x)) + exp(x) * (x < 0.0)

    assert f(1.5) == 46.5 == compiled(f)(1.5)
    assert compiled(grad(f))(1.5) == 31.0 == grad(f)(1.5)
    assert list(compiled(f, batched="x")(np.array([1.5, 0.0]))) == [46.5, 0.0]
    assert list(compiled(grad(f), batched="x")(np.array([1.5, 2.0]))) == [31.0, 31.0]


def test_the_source_has_no_name_of_a_user_that_is_not_plain_ascii(row: Any) -> None:
    names = [*[x for pair in SAME for x in pair], *HOSTILE]
    tilt = row("ϑ", lambda x: 2.0 * x, lambda y, x: 2.0)
    values = [Value(1.0 + k, name) for k, name in enumerate(names)]
    f = compiled(lambda x: [tilt(x * v) + sin(v) for v in values])
    assert f(1.0) == pytest.approx([2.0 * v.data + sin(v.data) for v in values], rel=1e-15)
    known = {"inputs", "float"}
    for text in (f.program.source("python"), f.program.source("numpy")):
        tree = ast.parse(text)
        assigned = {
            x.id for x in ast.walk(tree) if isinstance(x, ast.Name) and isinstance(x.ctx, ast.Store)
        }
        assert assigned
        assert all(name.isascii() and not keyword.iskeyword(name) for name in assigned)
        assert not [name for name in assigned - known if hasattr(builtins, name)]


@pytest.mark.slow
@pytest.mark.parametrize("name", [*[x for pair in SAME for x in pair], *HOSTILE])
def test_pictures_have_ids_of_their_own(name: str) -> None:
    with group(name):
        loss = Value(2.0, name) * Value(3.0, name, role="parameter") + exp(Value(0.5, name))
    loss.backward()
    source = draw(loss).source
    ids = re.findall(r'\bid="([^"]*)"', source)
    assert ids
    assert all(re.fullmatch(r"[\w-]+", x, re.ASCII) for x in ids)
    page = pytest.importorskip("graphviz") and explore(loss).html()
    assert page.count("</script>") == 1
    assert "\x00" not in page
