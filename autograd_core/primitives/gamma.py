"""The table, part 5: the gamma function and its relatives."""

from __future__ import annotations

import math

from . import special, vectorized
from .arithmetic import select
from .primitive import REAL, Primitive
from .primitive import built_in as primitive

nan = math.nan
DLMF = "NIST Digital Library of Mathematical Functions, chapter 5."

# A row: what it is called, drawn as and means; how it is computed; its derivatives.
# fmt: off


gamma: Primitive = primitive(
    "gamma", symbol="Γ", source=DLMF,
    doc="The gamma function Γ(x) = ∫ tˣ⁻¹ e⁻ᵗ dt from 0 to ∞; it is (n − 1)! at a whole n "
        "> 0, and has poles at the other whole numbers.",
    latex=r"\Gamma(x)", example="gamma(5.0) -> 24.0",
    special="gamma",
    c="x == 0.0 ? copysign(INFINITY, x) : tgamma(x)",
    compute=special.gamma,
    vectorized=vectorized.gamma,
    rule="Γ(x) ψ(x)",
    partials=lambda y, x: y * digamma(x),
)
lgamma: Primitive = primitive(
    "lgamma", symbol="ln|Γ|", source=DLMF,
    doc="The logarithm of the gamma function: ln |Γ(x)|, without overflow.",
    latex=r"\ln \lvert \Gamma(x) \rvert", example="lgamma(1.0) -> 0.0",
    special="gammaln",
    c="lgamma",
    compute=special.log_gamma,
    vectorized=vectorized.log_gamma,
    rule="ψ(x)",
    partials=lambda y, x: digamma(x),
)
digamma: Primitive = primitive(
    "digamma", symbol="ψ", source=DLMF,
    doc="The digamma function ψ(x) = Γ′(x) / Γ(x), the slope of lgamma.",
    latex=r"\frac{\Gamma'(x)}{\Gamma(x)}", example="digamma(-1.0) -> nan",
    special="digamma",
    c=special.C_OF_DIGAMMA,
    compute=special.digamma,
    vectorized=vectorized.digamma,
    rule="polygamma(1, x)",
    partials=lambda y, x: select(y == y, polygamma(1.0, x), nan * x),
)
polygamma: Primitive = primitive(
    "polygamma", symbol="ψ⁽ⁿ⁾", domain=[REAL, REAL],
    doc="The derivative of digamma of a whole order from 0 to 100, by which it has no slope "
        "itself.",
    c=special.C_OF_POLYGAMMA,
    compute=special.polygamma,
    vectorized=vectorized.polygamma,
    rule=("", "polygamma(n + 1, x)"),
    partials=[lambda y, n, x: nan * n, lambda y, n, x: polygamma(n + 1.0, x)],
)
