"""The backward pass in words and numbers."""

from __future__ import annotations

import functools
import math
import re

import pytest

from autograd_core import (
    Value,
    dot,
    draw,
    erf,
    explain,
    explore,
    hypot,
    primitive,
    relu,
    sigmoid,
    sin,
    sqrt,
    tanh,
    where,
)
from autograd_core.drawing.render.notation import exact, number, per_cent, signed
from autograd_core.primitives import TABLE, Primitive

from .neurons import neuron

NEURON = """\
Given
  w1 = −0.800
  w2 = 1.20
  x1 = 2.00
  x2 = −1.00
  b = 0.900
  y = 1.00
Forward
  v1 = w1·x1 + w2·x2 = (−0.800)·2.00 + 1.20·(−1.00) = −2.80
  z = v1 + b = −2.80 + 0.900 = −1.90
  a = σ(z) = σ(−1.90) = 0.130
  err = a − y = 0.130 − 1.00 = −0.870
  loss = err^2 = (−0.870)^2 = 0.757
Local derivatives
  dv1/dw1 = x1 = 2.00
  dv1/dw2 = x2 = −1.00
  dv1/dx1 = w1 = −0.800
  dv1/dx2 = w2 = 1.20
  dz/dv1 = dz/db = 1
  da/dz = σ(z)(1 − σ(z)) = 0.130 × 0.870 = 0.113
  derr/da = 1
  derr/dy = −1
  dloss/derr = 2·err = 2 × (−0.870) = −1.74
Backward, by the chain rule
  dloss/dloss = 1
  dloss/derr = −1.74
  dloss/dy = dloss/derr · derr/dy = −1.74 × (−1.00) = 1.74
  dloss/da = dloss/derr · derr/da = −1.74 × 1.00 = −1.74
  dloss/dz = dloss/da · da/dz = −1.74 × 0.113 = −0.197
  dloss/db = dloss/dz · dz/db = −0.197 × 1.00 = −0.197
  dloss/dv1 = dloss/dz · dz/dv1 = −0.197 × 1.00 = −0.197
  dloss/dx2 = dloss/dv1 · dv1/dx2 = −0.197 × 1.20 = −0.236
  dloss/dx1 = dloss/dv1 · dv1/dx1 = −0.197 × (−0.800) = 0.158
  dloss/dw2 = dloss/dv1 · dv1/dw2 = −0.197 × (−1.00) = 0.197
  dloss/dw1 = dloss/dv1 · dv1/dw1 = −0.197 × 2.00 = −0.394"""


def last(value: Value) -> str:
    return str(explain(value)).splitlines()[-1].strip()


def test_a_neuron_is_explained_line_by_line() -> None:
    """Before any backward pass too, and `.grad` stays as it was."""
    loss = neuron("dot")
    assert str(explain(loss)) == NEURON
    assert loss.grad == 0.0
    loss.backward(3.0)
    assert str(explain(loss)) == NEURON


def test_the_issue_s_line_for_one_product() -> None:
    """With z made directly of w1."""
    w1, x1 = Value(-0.8, "w1"), Value(2.0, "x1")
    z = w1 * x1
    loss = z * -0.197
    z.label, loss.label = "z", "L"
    assert last(loss) == "dL/dw1 = dL/dz · dz/dw1 = −0.197 × 2.00 = −0.394"


def test_where_paths_meet_the_shares_are_added_and_given_in_per_cent() -> None:
    """x · x counts twice, the result itself sends a part, and a negative share is subtracted."""
    x = Value(3.0, "x")
    assert last(x * x) == "dL/dx = 3.00 + 3.00 = 6.00"
    y = sin(x) * x
    assert (
        last(y)
        == "dL/dx = ∂L/∂x + dL/dv1 · dv1/dx = 0.141 + 3.00 × (−0.990) = 0.141 − 2.97 = −2.83   "
        "(4.5 %, 95 %)"
    )
    (step,) = [step for step in explain(y).steps if step.name == "x"]
    assert math.fsum(share.part for share in step.shares) == pytest.approx(1.0)
    assert math.fsum(share.contribution for share in step.shares) == pytest.approx(step.gradient)
    assert (x * 2.0 - x * 2.0).data == 0.0
    assert last(x * 2.0 - x * 2.0).endswith("= −2.00 + 2.00 = 0   (50 %, 50 %)")


def local(value: Value) -> list[str]:
    """The lines that say what the local derivatives are."""
    text = str(explain(value)).partition("Local derivatives\n")[2].partition("Backward")[0]
    return [line.strip() for line in text.splitlines()]


def test_a_local_derivative_is_a_rule_and_a_number() -> None:
    """In names, in numbers, its value; those with one rule share a line."""
    s, z = Value(4.0, "s"), Value(0.66, "z")
    square, sigma = s**2, sigmoid(z)
    square.label, sigma.label = "s²", "σ"
    assert local(square) == ["d(s²)/ds = 2s = 2 × 4.00 = 8.00"]
    assert local(sigma) == ["dσ/dz = σ(z)(1 − σ(z)) = 0.659 × 0.341 = 0.225"]
    assert local(s / z)[1] == "dL/dz = −s / z^2 = −4.00 / 0.436 = −9.18"
    assert local(s * s) == ["dL/ds = s + s = 4.00 + 4.00 = 8.00"]
    assert local(s + z) == ["dL/ds = dL/dz = 1"]
    assert local(relu(z)) == ["dL/dz = 1   (z > 0)"]
    assert local(erf(z)) == ["dL/dz = 2 / √(π)·exp(−z^2) = 2 / 1.77 × 0.647 = 0.730"]
    assert local(s**-1.0) == ["dL/ds = −s^(−2) = −4.00^(−2) = −0.0625"]
    assert local(z * s + s)[-1] == "dL/dv1 = ∂L/∂s = 1"
    assert local(dot([Value(1.0, f"w{i}") for i in range(9)], [2.0] * 9)) == [
        "dL/dw0 = dL/dw1 = dL/dw2 = … = dL/dw8 = 2"
    ]


def test_of_many_local_derivatives_the_first_and_the_last_are_written() -> None:
    """In LaTeX too, where each line has its alignment."""
    y = dot(
        [Value(float(i), f"w{i}") for i in range(9)], [Value(2.0 + i, f"x{i}") for i in range(9)]
    )
    assert local(y)[2:] == ["dL/dw2 = x2 = 4.00", "…", "dL/dx8 = w8 = 8.00"]
    assert r"\dots" in formulas(y)


def test_a_rule_that_gives_another_number_is_not_shown() -> None:
    """At a kink, or where a number was changed since."""
    x = Value(0.0, "x")
    assert local(hypot(x, Value(0.0, "y")))[0] == "dL/dx = dL/dy = 0"
    y = sin(x)
    x.data = 1.0
    assert local(y) == ["dL/dx = 1.00"]


def test_a_row_of_a_user_brings_its_rule() -> None:
    """One that cannot be read says what it may be made of."""
    x = Value(2.0, "x")
    try:
        cube = primitive(
            "cube", compute=lambda x: x**3, partials=lambda y, x: 3 * x * x, rule="3x²"
        )
        assert local(cube(x)) == ["dL/dx = 3x^2 = 3 × 4.00 = 12.0"]
        (step,) = explore(cube(x)).frames()["steps"]
        assert step["lines"][0].endswith("where local = dL/dx = 3x^2 = 3 × 4.00 = 12.0")
        y = cube(x)
        y.backward()
        assert any("= 3x^2 = " in tip for tip in draw(y).tips.values())
        with pytest.raises(ValueError, match="the rule '2t' cannot be read at 't'; write it"):
            primitive("line", compute=lambda x: 2 * x, partials=lambda y, x: 2.0, rule="2t")
        assert "line" not in TABLE
    finally:
        TABLE.pop("cube", None)


def test_a_difference_that_loses_digits_is_written_with_more() -> None:
    """1 − tanh(x)² beside 1, and a difference of near numbers."""
    assert local(tanh(Value(4.0, "x"))) == ["dL/dx = 1 − tanh(x)^2 = 1 − 0.99866 = 0.00134"]
    a, b = Value(1.2345678, "a"), Value(1.2345612, "b")
    assert "L = a − b = 1.2345678 − 1.2345612 = 6.60e−6" in str(explain(a - b))


@pytest.mark.parametrize("k", range(40))
def test_what_is_printed_can_be_checked_by_hand(k: int) -> None:
    """The product of the printed numbers is the printed number, to two units of its last digit."""
    a, b, c = [Value(math.exp(5.0 * math.sin(7.0 * k + i)), "abc"[i]) for i in range(3)]
    for line in str(explain(sin(a) * b / c + a * b)).splitlines():
        *_, product, found = ["", *line.partition("   (")[0].split(" = ")]
        if re.fullmatch(r"[−.\d]+ × \(?[−.\d]+\)?", product) and re.fullmatch(r"[−.\d]+", found):
            x, y, z = (
                float(x.strip("()").replace("−", "-")) for x in (*product.split(" × "), found)
            )
            assert abs(x * y - z) <= 2.001 * 10.0 ** -len(found.partition(".")[2]), line


def test_a_branch_not_taken_is_said_to_be_one() -> None:
    """Its gradient is 0, whatever its slope."""
    x = Value(0.0, "x")
    text = str(explain(where(x > 0, sqrt(x), x * 2.0)))
    assert "dL/dv1 = 0, on a branch not taken" in text
    assert text.endswith("dL/dx = dL/dv2 · dv2/dx = 1.00 × 2.00 = 2.00")
    assert str(explain(relu(x))).endswith("dL/dx = 0, on a branch not taken")


def test_names_are_unique() -> None:
    """Two nodes of one label, and a label that looks like an invented name."""
    a, b = Value(1.0, "w"), Value(2.0, "w")
    v1 = Value(3.0, "v1")
    text = str(explain((a * b) * v1))
    assert "v2 = w·w (2) = 1.00·2.00 = 2.00" in text
    assert "dL/d(w (2)) = dL/dv2 · dv2/d(w (2))" in text


def test_a_long_dot_is_cut_in_the_forward_line_only() -> None:
    """Every operand has its step."""
    weights = [Value(float(i), f"w{i}") for i in range(20)]
    found = explain(dot(weights, [1.0] * 20))
    assert "L = w0·1 + w1·1 + w2·1 + … + w19·1" in str(found)
    assert len(found.steps) == 21


@pytest.mark.slow
def test_a_large_graph_ends_with_a_line_that_says_what_is_left_out() -> None:
    """A chain of 100,000 operations; the steps shown are those next to the result."""
    y = x = Value(1.0, "x")
    for _ in range(100_000):
        y = y * 1.0
    lines = str(explain(y, limit=10)).splitlines()
    assert lines[-1] == "… 99,991 further steps are left out: explain(value, limit=…) takes more."
    assert lines[-2].strip().startswith("dL/dv99991 = ")
    assert len(lines) < 40
    assert "99,991 further steps" in explain(y, limit=10)._repr_latex_()
    assert x.grad == 0.0


def test_mathematics_in_notebooks() -> None:
    """Fractions, indices, upright words, powers of ten."""
    x = Value(1e-5, "x₁")
    loss = (x * x) * 2.0
    loss.label = "loss"
    assert explain(loss)._repr_latex_() == (
        "$$\\begin{aligned}\n"
        "&\\text{Given} \\\\\n"
        "x_{1} &= 1.00 \\cdot 10^{-5} \\\\\n"
        "&\\text{Forward} \\\\\n"
        "v_{1} &= x_{1} \\cdot x_{1} = 1.00 \\cdot 10^{-5} \\cdot 1.00 \\cdot 10^{-5} = 1.00 \\cdot "
        "10^{-10} \\\\\n"
        "\\mathrm{loss} &= v_{1} \\cdot 2 = 1.00 \\cdot 10^{-10} \\cdot 2 = 2.00 \\cdot 10^{-10} "
        "\\\\\n"
        "&\\text{Local derivatives} \\\\\n"
        "\\frac{\\mathrm{d} v_{1}}{\\mathrm{d} x_{1}} &= x_{1} + x_{1} = 1.00 \\cdot 10^{-5} + "
        "1.00 \\cdot 10^{-5} = 2.00 \\cdot 10^{-5} \\\\\n"
        "\\frac{\\mathrm{d} \\,\\mathrm{loss}}{\\mathrm{d} v_{1}} &= 2 \\\\\n"
        "&\\text{Backward, by the chain rule} \\\\\n"
        "\\frac{\\mathrm{d} \\,\\mathrm{loss}}{\\mathrm{d} \\,\\mathrm{loss}} &= 1 \\\\\n"
        "\\frac{\\mathrm{d} \\,\\mathrm{loss}}{\\mathrm{d} v_{1}} &= 2.00 \\\\\n"
        "\\frac{\\mathrm{d} \\,\\mathrm{loss}}{\\mathrm{d} x_{1}} &= "
        "\\frac{\\mathrm{d} \\,\\mathrm{loss}}{\\mathrm{d} v_{1}} \\cdot "
        "\\frac{\\mathrm{d} v_{1}}{\\mathrm{d} x_{1}} = 2.00 \\times "
        "(1.00 \\cdot 10^{-5} + 1.00 \\cdot 10^{-5}) = 4.00 \\cdot 10^{-5}\n"
        "\\end{aligned}$$"
    )


def test_numbers_that_are_not_finite_are_written_as_such() -> None:
    """√x at 0."""
    x = Value(0.0, "x")
    assert last(sqrt(x) * 0.0) == "dL/dx = dL/dv1 · dv1/dx = 0 × +∞ = NaN"
    assert r"\infty" in explain(sqrt(x) * 0.0)._repr_latex_()


def test_a_leaf_and_something_else() -> None:
    """A leaf has one step; what is no Value is refused."""
    assert last(Value(2.0, "x")) == "dx/dx = 1"
    with pytest.raises(TypeError, match=r"explain takes a Value, .* got 2\.0 \(float\)"):
        explain(2.0)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("x", "text"),
    [
        (0.0, "0"), (-0.0, "−0"), (1.0, "1.00"), (-0.0005, "−5.00e−4"), (-0.0099, "−0.00990"), (0.0009996, "0.00100"),
        (9.996, "10.0"), (123.4, "123"), (1234.5, "1234"), (99999.9, "100000"), (999999.9, "1.00e6"), (1e300, "1.00e300"),
        (5e-324, "4.94e−324"), (math.inf, "+∞"), (-math.inf, "−∞"), (math.nan, "NaN"),
    ],
)  # fmt: skip
def test_numbers_have_three_significant_digits_or_a_power_of_ten(x: float, text: str) -> None:
    """Signed numbers print their sign always, +0 excepted."""
    assert number(x) == text
    assert signed(x) == ("+" + text if 0 < x < math.inf else text)


def test_exact_numbers_and_shares() -> None:
    """Six digits; per cent with two digits where they are few."""
    assert [exact(x) for x in (2.0, -1 / 3, math.inf)] == ["2", "−0.333333", "+∞"]
    assert [per_cent(x) for x in (0.5, 0.0949, 0.001, 0.0, 1.0, math.nan)] == [
        "50 %",
        "9.5 %",
        "0.1 %",
        "0 %",
        "100 %",
        "NaN %",
    ]


def formulas(value: Value) -> list[str]:
    """Each line of the mathematics on its own, without its alignment."""
    text = explain(value)._repr_latex_()
    head, tail = "$$\\begin{aligned}\n", "\n\\end{aligned}$$"
    assert text.startswith(head)
    assert text.endswith(tail)
    lines = text.removeprefix(head).removesuffix(tail).split(" \\\\\n")
    assert all(len(re.findall(r"(?<!\\)&", line)) == 1 for line in lines)
    return [re.sub(r"(?<!\\)&", "", line) for line in lines]


@functools.cache
def typeset(line: str) -> None:
    """Fails where it is no mathematics, or where text holds what KaTeX does not take in text."""
    pytest.importorskip("matplotlib.mathtext").MathTextParser("path").parse(
        "$" + line.replace(r"\&", "+") + "$"
    )
    for text in re.findall(r"\\text\{([^}]*)\}", line):
        assert not set(text) & set("\\^~$%#&_{"), text


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore:Glyph")
@pytest.mark.parametrize("row", TABLE.values(), ids=TABLE)
def test_every_operation_is_typeset(row: Primitive) -> None:
    """By matplotlib's own typesetter, which is as strict as KaTeX, of VS Code, and stricter
    than MathJax, of Jupyter.
    """
    xs = [Value(-2.5, "w₁"), Value(1e-5, "loss"), Value(0.7, "b"), Value(1.0, "x")]
    for line in formulas(row(*xs[: row.arity if row.arity > 0 else 4])):
        typeset(line)


LABELS = [
    "a^b",
    "x_1",
    "~",
    "\\",
    "$",
    "a\nb",
    "{",
    "}",
    "%",
    "#",
    "&",
    "<b>",
    '"',
    "日本",
    "🙂",
    "w₁₀",
    "log₁₀ x",
]


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore:Glyph")
@pytest.mark.parametrize("label", LABELS)
def test_every_label_is_typeset(label: str) -> None:
    """Also beside infinities and NaN."""
    x = Value(-2.0, label)
    for line in formulas(x**2 - Value(math.nan, label) * math.inf):
        typeset(line)


def test_quotients_are_fractions_and_roots_have_a_bar() -> None:
    """In what is computed, and in the rules."""
    a, b = Value(0.5, "a"), Value(4.0, "b")
    assert r"L = \frac{a}{b} = \frac{0.500}{4.00} = 0.125" in formulas(a / b)
    assert formulas(sqrt(b))[5].endswith(
        r"= \frac{1}{2 \cdot \sqrt{b}} = \frac{1}{2 \times 2.00} = 0.250"
    )


def test_a_power_is_raised() -> None:
    """And what is raised needs no brackets, what is negative below does."""
    x = Value(-2.0, "x")
    assert formulas(x**-3.0)[3] == "L = x^{-3} = (-2.00)^{-3} = -0.125"
