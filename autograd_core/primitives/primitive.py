"""What a row of the table is, and how a new one is added."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import partial, wraps
from types import MappingProxyType
from typing import Any, ClassVar, NamedTuple, Protocol, TypeVar, Unpack, overload

from ..errors import real, unboxed
from .facts import Facts, Rule


class Recorded(Protocol):
    """An operand that is no plain number, and applies a row itself."""

    def _apply(self, row: Primitive, operands: tuple[Any, ...]) -> Any: ...


V = TypeVar("V", bound=Recorded)

TABLE: dict[str, Primitive] = {}

EVERYWHERE, NOWHERE = slice(None), slice(0)


class Signature:
    """The signature of a row, made when it is asked for. One operand is x; several have the names
    that the last rule gives them, by which they can be called.
    """

    def __get__(self, row: Primitive | None, owner: type) -> inspect.Signature:
        if row is None:  # a class has that of its `__init__`
            raise AttributeError("__signature__")
        if row.many is not None:
            return inspect.signature(row.many)
        kinds = inspect.Parameter
        kind = (
            kinds.POSITIONAL_OR_KEYWORD if isinstance(row, NamedOperands) else kinds.POSITIONAL_ONLY
        )
        names = ["x"] if row.arity == 1 else [*inspect.signature(row.partials[-1]).parameters][1:]
        if len(names) != row.arity:
            return inspect.Signature([kinds("xs", kinds.VAR_POSITIONAL)])
        defaults = [kinds.empty] * (row.arity - len(row.defaults)) + [*row.defaults]
        return inspect.Signature(
            [kinds(x, kind, default=y) for x, y in zip(names, defaults, strict=True)]
        )


class Primitive:
    """One operation: its name, how it is drawn, where it is defined, its value and its local
    partial derivatives.

    Called on plain numbers it gives a plain float; an operand that is no plain number is asked to
    apply the row. A `structured` row has a value or an operand that is no number, as a loop has.
    """

    __signature__ = Signature()

    structured = False
    details: Sequence[str] = ()  # what a listing of a program says below it
    commutative = False
    neutral: float | None = None
    additive = False
    pairs = False
    operator = ""
    steepest: float | None = None
    decomposition: Rule | None = None
    overflows = False
    special = ""
    c = ""
    vectorized: Callable[[], Callable[..., Any] | None] | None = None
    many: Callable[..., Any] | None = None
    defaults: tuple[float, ...] = ()
    infix: tuple[str, int] | None = None
    unit = False
    results = 0
    latex = ""
    rule: str | Sequence[str] = ""
    check_rules: ClassVar[Callable[[Primitive], None]]
    """Raises a ValueError for rules that cannot be read; set by their reader, above this floor."""
    example = ""
    operands: Mapping[str, str] = MappingProxyType({})
    source = ""

    def __init__(
        self,
        name: str,
        symbol: str,
        domain: Sequence[Interval],
        compute: Callable[..., float],
        partials: Sequence[Rule],
        followed: Sequence[Rule | None] | None = None,
        array: str | None = None,
        doc: str = "",
        kink: Rule | None = None,
        bends: slice = EVERYWHERE,
        **facts: Unpack[Facts],
    ) -> None:
        if unknown := facts.keys() - Facts.__annotations__.keys():
            raise TypeError(
                f"{name} is given {min(unknown)!r}, which is not a fact; "
                f"the facts are {', '.join(Facts.__annotations__)}"
            )
        self.name = self.__name__ = name
        self.symbol = symbol
        self.domain = tuple(domain)
        self.compute = compute
        self.raises: Callable[..., float] = getattr(compute, "raises", compute)
        self.partials = tuple(partials)
        self.followed = tuple(followed) if followed else None
        self.array = array
        self.arity = len(self.partials)
        self.kink = kink
        self.bends = bends
        self.doc = self.__doc__ = doc
        vars(self).update(facts)
        first = self.arity - len(self.defaults)
        self.left_out = {first + k: self.defaults[k:] for k in range(len(self.defaults))}

    @overload
    def __call__(self, *operands: float, **named: float) -> float: ...  # type: ignore[overload-overlap]  # no float is Recorded

    @overload
    def __call__(self, *operands: V | float, **named: V | float) -> V: ...

    def __call__(self, *operands: Any) -> Any:  # type: ignore[misc]  # names are for NamedOperands
        plain = True
        for operand in operands:
            if operand.__class__ is not float:
                if hasattr(operand, "_apply"):
                    return operand._apply(self, operands)
                plain = False
        if self.arity >= 0 and len(operands) != self.arity:
            return self.several(operands)
        if plain:
            return self.compute(*operands)
        try:
            return self.compute(*[real(x, f"an operand of {self.name}") for x in operands])
        except TypeError:
            held = [unboxed(x) for x in operands]
            if any([hasattr(x, "_apply") for x in held]):
                return self(*held)
            raise

    def several(self, operands: tuple[Any, ...]) -> Any:
        """The result for another number of operands than the row has rules; those of an iterable
        count one by one.
        """
        xs = operands
        if self.many is None or (len(xs) < 2 and not self._takes_iterable(xs)):
            takes = "1 operand" if self.arity == 1 else f"{self.arity} operands"
            raise TypeError(
                f"{self.name} takes {takes}, got {len(xs)}; your own primitive takes one for "
                "each rule in its partials"
            )
        if len(xs) == 1:
            xs = tuple(xs[0])
            if not xs:
                raise ValueError(f"{self.name} needs at least one number, got none")
        return self.many(*placed(self, xs, {}))

    def _takes_iterable(self, xs: tuple[Any, ...]) -> bool:
        return self.arity == 2 and len(xs) == 1 and isinstance(xs[0], Iterable)

    def __repr__(self) -> str:
        return f"<primitive {self.name}{self.__signature__}>"

    def __reduce__(self) -> tuple[Callable[[str], Primitive], tuple[str]]:
        return row, (self.name,)


class NamedOperands(Primitive):
    """A row whose operands can be named, or left out where they have defaults. A row of one operand
    saves the time that this takes.
    """

    def __call__(self, *operands: Any, **named: Any) -> Any:
        if named:
            operands = placed(self, operands, named)
        if len(operands) != self.arity:
            left_out = self.left_out.get(len(operands))
            if left_out is None:
                return self.several(operands)
            operands += left_out
        for operand in operands:
            if operand.__class__ is not float:
                if hasattr(operand, "_apply"):
                    return operand._apply(self, operands)
                return super().__call__(*operands)
        return self.compute(*operands)


def placed(row: Primitive, operands: tuple[Any, ...], named: dict[str, Any]) -> tuple[Any, ...]:
    """All operands in their order, where some are named."""
    try:
        return row.__signature__.bind(*operands, **named).args
    except TypeError as error:
        raise TypeError(f"{error}; call {row.name}{row.__signature__}") from None


class Reduction(Primitive):
    """A row over any number of operands; `partials[0](y, *xs)` gives all the partial
    derivatives at once.
    """

    def __init__(
        self,
        name: str,
        symbol: str,
        compute: Callable[..., float],
        partials: Rule,
        **facts: Any,
    ) -> None:
        super().__init__(name, symbol, (REAL,), compute, (partials,), **facts)
        self.arity = -1


class Interval(NamedTuple):
    """The numbers from `low` to `high` on which a row is defined; the tests draw their points
    from it.
    """

    low: float
    high: float

    def __repr__(self) -> str:
        return f"[{self.low:g}, {self.high:g}]"


REAL = Interval(float("-inf"), float("inf"))
NON_NEGATIVE = Interval(0.0, float("inf"))


def primitive(
    name: str,
    *,
    compute: Callable[..., float],
    partials: Rule | Iterable[Rule],
    symbol: str | None = None,
    domain: Interval | Sequence[Interval] = REAL,
    followed: Sequence[Rule | None] | None = None,
    array: str | None = None,
    doc: str = "",
    kink: Rule | None = None,
    bends: slice = EVERYWHERE,
    trusted: bool = False,
    named: bool = True,
    **facts: Unpack[Facts],
) -> Primitive:
    """Add your own operation to the table; it gets everything that the built-in ones get.

    The same rules serve floats, Values (derivatives of any order) and arrays. If you define a row
    again with the same function, for instance when you run a notebook's cell again, it replaces the
    old one. The facts of a row are what else passes and pictures may know of it (see `Facts`).

    Args:
        name: a Python identifier that no row has yet.
        compute: a function `(*xs)` of floats that returns a float, for all floats.
        partials: for each operand a rule `(y, *xs)`, or the rule alone if there is one operand: the
            local derivative ∂y/∂xᵢ, written with table functions and `+ - *` only.
        symbol: what pictures write; the name if it is None.
        domain: where the row is defined: one interval, or one for each operand.
        followed: for each operand a rule that says whether a gradient flows to it, or None for
            always; for selections.
        array: the name of NumPy's own function, if there is one.
        doc: a sentence with the formula.
        kink: a rule that says where the slope, or its own slope, jumps: there a second derivative
            that depends on it is nan.
        bends: the operands by which the slopes beside the kink still change: `slice(0)`, none of
            them, for a function of straight pieces, whose own second derivative there is 0.
        trusted: whether what the functions give is not checked.
        named: whether operands can be named in a call, as the last rule names them. False saves a
            little time where one is a bool.
        **facts: what else is known of the row.

    Returns:
        The row, a function of floats and Values.

    Raises:
        TypeError: `compute` or `partials` are not functions, or a fact is unknown.
        ValueError: the name is taken or not an identifier, there are not as many domains as
            operands, or a rule cannot be read.

    Example:
        >>> from autograd_core import Value, cos, grad, primitive, sin
        >>> versine = primitive(
        ...     "versine", compute=lambda x: 2 * sin(x / 2) ** 2, partials=lambda y, x: sin(x)
        ... )
        >>> grad(versine)(0.5) == sin(0.5), grad(grad(versine))(0.5) == cos(0.5)
        (True, True)
        >>> area = primitive(
        ...     "area",
        ...     compute=lambda a, b: a * b,
        ...     partials=[lambda y, a, b: b, lambda y, a, b: a],
        ... )
        >>> grad(area, argnums=(0, 1))(2.0, 3.0)
        (3.0, 2.0)
    """
    if not (isinstance(name, str) and name.isidentifier()):
        raise ValueError(f"the name of a primitive must be a Python identifier, got {name!r}")
    if not callable(compute):
        raise TypeError(f"compute of {name} must be a function of floats, got {compute!r}")
    rules = (
        (partials,)
        if callable(partials)
        else tuple(partials)
        if isinstance(partials, Iterable)
        else ()
    )
    if not rules or not all(map(callable, rules)):
        raise TypeError(
            f"partials of {name} must be one function (y, *xs) for each operand, got {partials!r}"
        )
    domains = (domain,) * len(rules) if isinstance(domain, Interval) else tuple(domain)
    if len(domains) != len(rules):
        raise ValueError(
            f"{name} has {len(rules)} partials but {len(domains)} domains; give one domain per "
            "operand"
        )
    if not trusted:
        if facts.get("additive"):
            raise ValueError(f"{name} cannot be additive: that is for the sums of the library")
        if (
            name in TABLE
            and _place(getattr(TABLE[name].compute, "__wrapped__", None)) == _place(compute) != ""
        ):
            del TABLE[name]
        compute = _checked(compute, f"the value of {name}", "a row has one number as its value")
        by_operand = (
            "give one rule for each operand, which returns one number: partials=[lambda "
            "y, a, b: ..., lambda y, a, b: ...]"
        )
        rules = tuple(
            _checked(rule, f"partial derivative {i} of {name}", by_operand)
            for i, rule in enumerate(rules, 1)
        )
    kind = NamedOperands if (len(rules) > 1 and named) or facts.get("many") else Primitive
    row = _add(
        kind(
            name,
            symbol or name,
            domains,
            compute,
            rules,
            followed,
            array,
            doc,
            kink,
            bends,
            **facts,
        )
    )
    if not trusted and row.rule:
        try:
            Primitive.check_rules(row)
        except ValueError:
            del TABLE[name]
            raise
    return row


built_in = partial(primitive, trusted=True)


def _place(function: Any) -> str:
    """Where a function is written; empty for one that another made, as the same place may make
    several.
    """
    name = getattr(function, "__qualname__", "<locals>")
    return "" if "<locals>" in name else f"{getattr(function, '__module__', '')}.{name}"


def _checked(function: Callable[..., Any], what: str, hint: str) -> Callable[..., Any]:
    """The function, whose result must be a number."""

    @wraps(function)
    def checked(*xs: Any) -> Any:
        y = unboxed(function(*xs))
        return y if y.__class__ is float or hasattr(y, "_apply") else real(y, what, hint)

    return checked


def reduction(
    name: str,
    *,
    symbol: str,
    compute: Callable[..., float],
    partials: Rule,
    **facts: Any,
) -> Primitive:
    """Add a row over any number of operands to the table."""
    return _add(Reduction(name, symbol, compute, partials, **facts))


def row(name: str) -> Primitive:
    """The row of that name."""
    try:
        return TABLE[name]
    except KeyError:
        raise LookupError(
            f"the table of primitives has no row {name!r}; import the module that adds it first"
        ) from None


def _add(new: Primitive) -> Primitive:
    if new.name in TABLE:
        raise ValueError(
            f"the table of primitives already has a row {new.name!r}; choose another name"
        )
    TABLE[new.name] = new
    return new
