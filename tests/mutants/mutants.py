"""The engine broken on purpose, one small change each: what the text of a file is replaced by,
and what that breaks.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

ENGINE = Path(__file__).parents[2] / "autograd_core"


@dataclass(frozen=True)
class Mutant:
    """One change: in `file`, `old` (which stands there once) becomes `new`."""

    file: str
    old: str
    new: str
    breaks: str

    @property
    def path(self) -> Path:
        return ENGINE / self.file

    def source(self) -> str:
        text = self.path.read_text(encoding="utf-8")
        if self.old and text.count(self.old) != 1:
            raise LookupError(
                f"{self.file} holds {self.old!r} {text.count(self.old)} times, not once: rewrite this mutant"
            )
        return text.replace(self.old, self.new) if self.old else text


ARITHMETIC, ELEMENTARY = "primitives/arithmetic.py", "primitives/elementary.py"
ACTIVATIONS, REDUCTIONS, PRODUCTS = (
    "primitives/activations.py",
    "primitives/reductions.py",
    "primitives/products.py",
)
IEEE, NODE, GRAPH, VALUE, MATRIX = (
    "primitives/ieee.py",
    "engine/node.py",
    "engine/sweeps.py",
    "engine/value.py",
    "engine/matrix.py",
)

MUTANTS = [
    # A sign.
    Mutant(ELEMENTARY, "lambda y, x: -sin(x)", "lambda y, x: sin(x)", "the sign of cos′"),
    Mutant(ELEMENTARY, "lambda y, x: sinh(x)", "lambda y, x: -sinh(x)", "the sign of cosh′"),
    Mutant(ELEMENTARY, "lambda y, x: -asin_slope(x)", "lambda y, x: asin_slope(x)", "the sign of acos′"),
    Mutant(ELEMENTARY, "lambda y, x: -y * tanh(x)", "lambda y, x: y * tanh(x)", "the sign of sech′: tanh″ only"),
    Mutant(ELEMENTARY, "-2.0 / math.sqrt(math.pi)", "2.0 / math.sqrt(math.pi)", "the sign of erfc′"),
    Mutant(ELEMENTARY, "-y * direction(b, a), a, b", "y * direction(b, a), a, b", "the sign of a mixed hypot″"),
    Mutant(ARITHMETIC, "lambda y, a, b: -div(y, b)", "lambda y, a, b: div(y, b)", "the sign of the quotient rule"),
    Mutant(ARITHMETIC, "lambda y, a, b: 1.0, lambda y, a, b: -1.0]", "lambda y, a, b: 1.0, lambda y, a, b: 1.0]", "the sign of −"),
    Mutant(ACTIVATIONS, "-y * tanh(0.5 * x)", "y * tanh(0.5 * x)", "the sign of sigmoid″"),
    # A factor.
    Mutant(ELEMENTARY, "LN2 * y", "y", "2ˣ without ln 2"),
    Mutant(ELEMENTARY, "1.0 / math.log(10.0)", "1.0 / LN2", "log₁₀ with the factor of log₂"),
    Mutant(ELEMENTARY, "div(0.5, y)", "div(1.0, y)", "√ without its half"),
    Mutant(ELEMENTARY, "1.0 / 3.0", "1.0 / 2.0", "∛ with a half"),
    Mutant(ELEMENTARY, "-2.0 * x * y", "-x * y", "the factor 2 of exp(−x²)′: erf″ only"),
    Mutant(ELEMENTARY, "x * (y * y * y)", "x * (y * y)", "a power of asin″"),
    Mutant(ELEMENTARY, "-2.0 * direction(a, b)", "-direction(a, b)", "a factor of atan2″"),
    Mutant(ELEMENTARY, "lambda y, x: 1.0 + y * y", "lambda y, x: 1.0 + y", "a power of tan′"),
    Mutant(ACTIVATIONS, "(2.0 * x - 1.0) * (y * y)", "(2.0 * x - 1.0) * y", "a power of logit″"),
    Mutant(ACTIVATIONS, "sigmoid(x) + y * sigmoid(-x)", "sigmoid(x) + x * sigmoid(-x)", "a factor of silu′"),
    Mutant(ELEMENTARY, "0.0, b * power(a, b - 1.0)", "0.0, b * power(a, b)", "an exponent of the power rule"),
    # A swapped operand.
    Mutant(ARITHMETIC, "[lambda y, a, b: b, lambda y, a, b: a]", "[lambda y, a, b: a, lambda y, a, b: b]", "the product rule"),
    Mutant(ELEMENTARY, "y * log(a)", "y * log(b)", "the base of the exponential rule"),
    Mutant(ELEMENTARY, "direction(a, b), lambda y, a, b: direction(b, a)]", "direction(b, a), lambda y, a, b: direction(a, b)]",
           "the two slopes of hypot"),
    Mutant(ELEMENTARY, "-atan2_slope(b, a)", "-atan2_slope(a, b)", "the second slope of atan2"),
    Mutant(ACTIVATIONS, "lambda y, a, b: _logistic_share(b, a)]", "lambda y, a, b: _logistic_share(a, b)]", "a slope of logaddexp"),
    Mutant(ACTIVATIONS, "lambda y, a, b: log(b)", "lambda y, a, b: log(a)", "a slope of xlogy"),
    Mutant(REDUCTIONS, "xs[len(xs) // 2 :] + xs[: len(xs) // 2]", "xs[: len(xs) // 2] + xs[len(xs) // 2 :]", "the halves of dot"),
    Mutant(REDUCTIONS, "left * right for left, right in", "left * left for left, right in", "the product of the others"),
    # The textbook formula for the exact one.
    Mutant(ELEMENTARY, "sech(x) * sech(x)", "1.0 - y * y", "1 − y² in the tail of tanh"),
    Mutant(IEEE, "return e / ((1.0 + e) * (1.0 + e))", "return sigmoid(x) * (1.0 - sigmoid(x))", "1 − s in the tail of sigmoid"),
    Mutant(IEEE, "square = (1.0 - x) * (1.0 + x)", "square = 1.0 - x * x", "1 − x² near the ends of asin"),
    Mutant(IEEE, "math.exp(-square) * (1.0 - rest)", "math.exp(-square)", "the rounding of x² in exp(−x²)"),
    Mutant(IEEE, "return 0.5 * math.erfc(t) - rest", "return 0.5 - 0.5 * math.erf(t) - rest", "1 − erf in the tail of Φ"),
    Mutant(IEEE, "    rest -= x * -4.833646656726457e-17", "    rest = x * 0.0", "the rounding of x/√2 in Φ"),
    Mutant(IEEE, "if 0.25 < x < 0.75", "if 0.75 < x < 0.25", "the difference of two logarithms in logit near ½"),
    Mutant(IEEE, "max(x, 0.0) + math.log1p(math.exp(-abs(x)))", "max(x, 0.0) + math.log(1.0 + math.exp(-abs(x)))", "log(1 + e) in softplus"),
    Mutant(ELEMENTARY, "div(div(1.0, sqrt(x - 1.0)), sqrt(x + 1.0))", "div(1.0, sqrt(x * x - 1.0))", "x² − 1 in acosh, which overflows"),
    Mutant(ELEMENTARY, "lambda y, x: div(1.0, hypot(1.0, x))", "lambda y, x: div(1.0, sqrt(1.0 + x * x))", "1 + x² in asinh"),
    Mutant(IEEE, "    return direction(b, a) / r if r != 0.0 else 0.0", "    return divide(b, a * a + b * b)", "a² + b² in atan2, which overflows"),
    # Edges.
    Mutant(ARITHMETIC, "followed=[lambda y, x: (x > 0.0) | (x != x)]", "followed=[lambda y, x: (x >= 0.0) | (x != x)]", "relu′(0)"),
    Mutant(ARITHMETIC, "select(a == b, 0.5,", "select(a == b, 1.0,", "the share of equal operands of max"),
    Mutant(ARITHMETIC, "(x > low) & (x < high)", "(x >= low) & (x < high)", "clip′ at its lower bound"),
    Mutant(ARITHMETIC, "lambda y, c, a, b: c == 0]", "lambda y, c, a, b: True]", "the branch of where that was not taken"),
    Mutant(ELEMENTARY, "select((b == 0.0) & ((a == 0.0) | (a - a != 0.0)), 0.0, b * power(a, b - 1.0))", "b * power(a, b - 1.0)", "x⁰ at 0 and at nan"),
    Mutant(ELEMENTARY, "(b == 0.0) & ((a == 0.0) | (a - a != 0.0))", "b == 0.0", "a mixed derivative of the power at exponent 0"),
    Mutant(ELEMENTARY, "(a == 0.0) & (b >= 0.0)", "(a == 0.0) & (b > 0.0)", "0ʸ at y = 0"),
    Mutant(ARITHMETIC, "lambda y, a, b: -floordiv(a, b)", "lambda y, a, b: -div(a, b)", "the slope of the remainder by its divisor"),
    Mutant(ELEMENTARY, "select(condition, partial, nan * x)", "partial", "log′ outside the domain"),
    Mutant(ELEMENTARY, "select(condition, partial, nan * x)", "select(condition, partial, nan)", "log″ outside the domain"),
    Mutant(ELEMENTARY, "select(hypot(a, b) == 0.0, 0.0, div(numerator, hypot(a, b)))", "div(numerator, hypot(a, b))", "hypot″ at the origin"),
    Mutant(ACTIVATIONS, "select(x <= 0.0, negative, nan * x)", "negative", "elu′ at nan"),
    Mutant(IEEE, "math.copysign(inf, a) * math.copysign(1.0, b)", "math.copysign(inf, a)", "the sign of 1 / −0"),
    Mutant(IEEE, "return -inf if x == pole else nan", "return nan", "log(0)"),
    Mutant(IEEE, "return math.copysign(inf, a) if odd else inf", "return inf", "the sign of (−0)⁻¹"),
    Mutant(REDUCTIONS, "if y == 0.0:", "if y != y:", "the slope of norm at the origin"),
    Mutant(REDUCTIONS, "return float(above) if", "return 0.0 if", "the digits of a share that is nearly all"),
    Mutant(REDUCTIONS, "if not math.isfinite(top)", "if top != top", "logsumexp of infinities"),
    Mutant(REDUCTIONS, "math.exp(x - shift)", "math.exp(x)", "softmax without its shift"),
    Mutant(REDUCTIONS, "return [div(tie, total) for tie in ties]", "return ties", "the shared slope of the largest"),
    Mutant(IEEE, "math.copysign(float(math.floor(x)), x)", "float(math.floor(x))", "the sign of ⌊−0⌋"),
    Mutant(IEEE, "math.copysign(float(math.ceil(x)), x)", "float(math.ceil(x))", "the sign of ⌈−½⌉"),
    Mutant(ACTIVATIONS, "_kinked(x, 0.0, expm1(x))", "_kinked(x, 0.0, exp(x))", "the slope of elu by alpha"),
    # The sweeps: a missing path.
    Mutant(GRAPH, "a._adjoint += node._adjoint * node._da", "a._adjoint = node._adjoint * node._da", "paths that meet at a first operand"),
    Mutant(GRAPH, "b._adjoint += node._adjoint * node._db", "b._adjoint = node._adjoint * node._db", "paths that meet at a second operand"),
    Mutant(GRAPH, "a._adjoint += g * node._da", "a._adjoint = g * node._da", "paths that meet at a first operand, beside many"),
    Mutant(GRAPH, "b._adjoint += g * node._db", "b._adjoint = g * node._db", "paths that meet at a second operand, beside many"),
    Mutant(GRAPH, "a._adjoint.append(g)", "a._adjoint[:] = [g]", "nodes that share their many operands"),
    Mutant(NODE, "x._adjoint += g * partial", "x._adjoint = g * partial", "paths that meet at one of many operands"),
    Mutant(NODE, "x._adjoint += share", "x._adjoint = share", "paths that meet at operands that nodes share"),
    Mutant(PRODUCTS, '"{} * {}".format, a, b', '"{} * {}".format, a, b[::-1]', "the pairs of the products that are written out"),
    Mutant(MATRIX, "= None, right", "= None, row", "the constant side of a product"),
    Mutant(MATRIX, "if self._read != changes:", "if self._read < 0:", "the numbers of a matrix whose data were changed"),
    Mutant(MATRIX, "unit._number, unit._da = x, 1.0", "unit._number, unit._da = x, x", "the slope of a unit's relu"),
    Mutant(MATRIX, "function.partials[0](y, x)", "function.partials[0](x, y)", "the slope of a unit"),
    Mutant(GRAPH, "if x._a is None and x._b is None:", "if x._a is x._b:", "a square among many operands"),
    Mutant(GRAPH, "    order.reverse()\n", "    order.sort(key=id)\n", "the topological order"),
    Mutant(GRAPH, "reversed(order):\n            a, b", "order:\n            a, b", "the order of the sweep on floats"),
    Mutant(GRAPH, "leaf._adjoint += leaf._gradient", "pass", "accumulation in leaves"),
    Mutant(GRAPH, "if leaf._da is None and leaf._gradient is not None", "if getattr(leaf, \"_gradient\", None) is not None", "the fresh start of intermediate gradients"),
    Mutant(GRAPH, "found[operand] + share if operand in found else share", "share", "paths that meet in the sweep of any order"),
    Mutant(GRAPH, "sum(terms[1:], start=terms[0])", "terms[0]", "paths that meet in the forward sweep"),
    Mutant(GRAPH, "else topological_order(*nodes)", "else topological_order(nodes[0])", "the forward sweep of several outputs"),
    Mutant(GRAPH, "if now != recorded and", "if False and", "the error about changed data"),
    Mutant(VALUE, "node._db = -(y / b)", "node._db = y / b", "the fast path of the quotient rule"),
]  # fmt: skip
