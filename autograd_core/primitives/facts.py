"""What passes and pictures may know of a row."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypedDict

Rule = Callable[..., Any]


class Facts(TypedDict, total=False):
    """What passes and pictures ask of a row. Each fact may be left out.

    - `commutative`: whether a ∘ b = b ∘ a.
    - `neutral`: the number b with a ∘ b = a.
    - `additive`: whether it is part of a sum of products, which the compiler may write anew.
    - `pairs`: whether the operands are first all a, then as many b.
    - `operator`: Python's operator between two operands, where that gives the same number or
      raises an error.
    - `steepest`: of an activation, the size of its steepest slope; a unit is saturated where its
      slope is small beside it.
    - `decomposition(b, *operands)`: the same with rows that NumPy has, for arrays; `b.mul(i, j)`
      appends an instruction. It `overflows` where it gives nan in place of a number, because an
      exponential is infinite.
    - `special`: the name of the function in SciPy's `special`, for engines that have these.
    - `c`: the same in C99: a function, an expression of the operands, or a body (see `c_texts`).
    - `vectorized()` gives a function of arrays, for a row without a function of NumPy's; None where
      a package that it needs is missing.
    - `many` computes a call with more operands than rules.
    - `defaults`: the numbers of the last operands, where a call leaves them out.
    - `infix`: the sign between two operands, or before one, and how tightly it binds.
    - `unit`: whether it is a whole computation, as of a solver; of its operands pictures show the
      Values alone. `results`: how many results a call has, if the last operand says which one it
      is; −1 for any number.
    - `latex`: the formula as LaTeX.
    - `rule`: the derivative as a formula, "cos x", or one for each operand; y is the result.
    - `example`: a call and its result, "sign(-2.5) -> -1.0". A built-in row that has one is a
      public function, and a method of `Value`.
    - `operands`: by name, what an operand is, where "a number" does not say it.
    - `source`: where the function comes from.
    """

    commutative: bool
    neutral: float | None
    additive: bool
    pairs: bool
    operator: str
    steepest: float | None
    decomposition: Rule | None
    overflows: bool
    special: str
    c: str
    vectorized: Callable[[], Callable[..., Any] | None] | None
    many: Callable[..., Any] | None
    defaults: tuple[float, ...]
    infix: tuple[str, int] | None
    unit: bool
    results: int
    latex: str
    rule: str | Sequence[str]
    example: str
    operands: Mapping[str, str]
    source: str
