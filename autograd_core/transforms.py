"""Functions in, derivatives out: `grad`, `value_and_grad`, `jacobian`, `hessian`, `jvp`, `vjp`,
`hvp`, `gradients`.

Each runs the function once on fresh leaves and sweeps the graph that was recorded; no `.grad` is
ever written. Plain numbers in give plain numbers out. Where the function uses Values from outside
(an argument of an outer derivative, the parameters of a model), the result is a Value that can be
differentiated through further.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import update_wrapper
from types import MethodType
from typing import Any

from .engine import context
from .engine.kinks import beyond
from .engine.lost_gradients import parameter_names, report_losses
from .engine.node import Argument, Node, Note, Unrecorded, number
from .engine.reads import active_trackers
from .engine.references import reference
from .engine.sweeps import adjoints, differentiate, pushforward, topological_order
from .engine.trackers import Tracker
from .engine.value import Value, apply, unrecorded
from .errors import GraphError, callable_or_error, real, shown, unboxed
from .primitives.arithmetic import identity
from .primitives.reductions import sum as total_of
from .pytree.core import NUMBER, Structure, build, flatten, has_static, is_flag, paths, tuple_of
from .pytree.tangents import build_rows, flatten_like

Argnums = int | Sequence[int]


class Derivative:
    """What a transform gives: a function, named and documented as the one that it is the derivative
    of.

    It can be pickled where that one can, by the name of that one: also under that very name, as in
    `@grad def f`.
    """

    __wrapped__: Callable[..., Any]

    def __init__(
        self, transform: Any, rule: Callable[[_Call], Any], f: Callable[..., Any], argnums: Argnums
    ) -> None:
        callable_or_error(f, transform.__name__)
        update_wrapper(self, f, updated=())
        self._transform, self._rule, self._argnums = transform, rule, argnums

    def __call__(self, /, *args: Any, **kwargs: Any) -> Any:
        if context.active:
            return _recorded(
                lambda: self._rule(_Call(self.__wrapped__, self._argnums, args, kwargs))
            )
        return self._rule(_Call(self.__wrapped__, self._argnums, args, kwargs))

    def __get__(self, instance: Any, owner: type | None = None) -> Any:
        return self if instance is None else MethodType(self, instance)

    def __repr__(self) -> str:
        return f"<{self._transform.__name__} of {self.__wrapped__!r}>"

    def __reduce__(self) -> Any:
        return self._transform, (reference(self.__wrapped__), self._argnums)

    def __copy__(self) -> Derivative:
        return self  # as of every function

    def __deepcopy__(self, memo: dict[int, Any]) -> Derivative:
        return self


def _recorded(derivative: Callable[[], Any]) -> Any:
    """The derivative whatever `no_grad` it is computed in; there it is a constant."""
    if not context.active or context.current.get().recording:
        return derivative()
    with context.recorded():
        return _constant(derivative())


def _constant(result: Any) -> Any:
    numbers, structure = flatten(result)
    return build(structure, [unrecorded(x) if isinstance(x, Value) else x for x in numbers])


class _Call(Tracker):
    """One run of a function on fresh leaves in the places of the differentiated arguments."""

    def __init__(
        self, f: Callable[..., Any], argnums: Argnums, args: Sequence[Any], kwargs: dict[str, Any]
    ) -> None:
        positions = _positions(argnums, len(args))
        parts = [_numbers(args[i], f"argument {i}", len(positions) > 1) for i in positions]
        leaves = parts[0][0] if len(parts) == 1 else [x for own, _ in parts for x in own]
        structures = [part for _, part in parts]
        self.structure: Structure = (
            structures[0] if isinstance(argnums, int) else tuple_of(structures)
        )
        tape = context.tape()
        self.nested = tape is not None or any([isinstance(x, Node) for x in leaves])
        self.inputs = [apply(identity, (x,)) if isinstance(x, Node) else Value(x) for x in leaves]
        if tape is not None:
            tape.same |= {
                x: x._number for x in self.inputs if x._da is None
            }  # constants of the program
        notes = []
        for x in self.inputs:
            known = x._origin.__class__ is Note
            x._origin = note = (
                Argument(x.operation, group=x.group) if known else Argument(x._origin)
            )
            notes.append(note)
        given, start = list(args), 0
        for i, (own, part) in zip(positions, parts, strict=True):
            given[i] = (
                self.inputs[start]
                if part is NUMBER
                else build(part, self.inputs[start : start + len(own)], argument=True)
            )
            start += len(own)
        self.arguments = f, len(args), positions, structures
        try:
            self.output = self.run(f, given, kwargs)
        finally:
            for note in notes:
                note.role = "constant"

    def tell(
        self,
        outputs: Sequence[Any],
        slopes: Sequence[Sequence[Any]] = (),
        result: Structure | None = None,
    ) -> None:
        """Warn of what was read of an argument on which no output depends: all slopes by it,
        where given, are 0. Several outputs, which stand in the `result`, are looked at one by one.
        """
        if self.suspicious:
            suspects: Sequence[int] = range(len(self.inputs))
            for row in slopes:
                suspects = [i for i in suspects if not number(row[i])]
            rows = None if result is None else lambda: list(paths(result, "the result"))
            if suspects or rows:
                report_losses(self, outputs, suspects, self.names, rows)
        self.readings, self.inner = {}, ()

    def names(self) -> list[str]:
        """The path to each input, from the name that the function has for its argument."""
        f, count, positions, structures = self.arguments
        names = parameter_names(f, count)
        return [
            path
            for i, part in zip(positions, structures, strict=True)
            for path in paths(part, names[i])
        ]

    def symbolic(self, output: Node) -> bool:
        """Whether a derivative of the result could be wanted: it was computed from Values that
        are not ours.
        """
        return self.nested or _foreign(topological_order(output))

    def gradient(self, output: Any, symbolic: bool | None = None) -> tuple[list[Any], bool]:
        """∂output/∂input for each input, and whether these are Values: where nothing is said,
        if that could be wanted.
        """
        if not isinstance(output, Node):
            return [0.0] * len(self.inputs), bool(symbolic)
        if not self.nested and not symbolic:
            found, ends = adjoints(output, self.inputs)
            if symbolic is False or not _foreign(ends):
                return found, False
        return differentiate(output, self.inputs), True


def _positions(argnums: Argnums, count: int) -> list[int]:
    """The arguments to differentiate by, of so many."""
    if argnums.__class__ is int and -count <= argnums < count:  # a fast path
        return [argnums]
    positions = [argnums] if isinstance(argnums, int) else list(argnums)
    if not all([isinstance(position, int) for position in positions]):
        raise TypeError(
            f"argnums is the number of an argument, or several: 0 or (0, 1), got {argnums!r}"
        )
    for position in positions:
        if not -count <= position < count:
            raise TypeError(
                f"argnums names argument {position}, but the function was called with {count} "
                "arguments by position; "
                "pass by position, not by name, what is to be differentiated by"
            )
    if len(positions) > 1 and len({position % count for position in positions}) < len(positions):
        raise ValueError(f"argnums names an argument twice, got {argnums!r}")
    return positions


def _foreign(nodes: Sequence[Node]) -> bool:
    """Whether there are leaves that stand for more than their number, also beyond a kink."""
    if any([x.role not in ("constant", "operation") for x in nodes]):
        return True
    computed = [x for x in nodes if x._da is not None]
    return bool(computed) and _foreign([x for x in beyond(computed) if x._da is None])


def _plain(output: Any, symbolic: bool) -> Any:
    """The output as a number where plain numbers came in, as a Value where it can be
    differentiated further.
    """
    return output._number if isinstance(output, Node) and not symbolic else output


def _numbers(x: Any, what: str, nothing: bool = True) -> tuple[list[Any], Structure]:
    """The numbers of an argument and its structure, unless it has none and is no empty container
    either.

    A bool is a number where it is the whole argument, and a flag inside a container. `nothing`:
    None may stand for no numbers.
    """
    if x.__class__ is float:  # a fast path
        return [x], NUMBER
    if is_flag(x):
        return [float(x)], NUMBER
    leaves, structure = flatten(x, what)
    if not leaves and (has_static(structure) or (x is None and not nothing)):
        raise TypeError(
            f"{what} must be a number or nested lists, tuples, dicts or arrays of numbers, got "
            f"{shown(x)}"
        )
    return leaves, structure


def _scalar(output: Any, name: str) -> Any:
    """The one number that a function returned."""
    if isinstance(output, Node) or isinstance(output := unboxed(output), Node):
        return output
    if (
        hasattr(output, "__len__")
        and not isinstance(output, str | bytes)
        and getattr(output, "ndim", 1) != 0
    ):
        raise TypeError(
            f"{name} needs a function that returns one number, got {shown(output)} "
            f"({type(output).__name__}); "
            "add its numbers up, or use jacobian for several outputs"
        )
    return real(output, f"{name} needs a function that returns one number: the result")


def value_and_grad(f: Callable[..., Any], argnums: Argnums = 0) -> Callable[..., tuple[Any, Any]]:
    """f and its gradient in one: `(f(x), ∂f/∂x)`, the gradient with the structure of the argument.

    >>> value_and_grad(lambda w: w[0] * w[1])([2.0, 3.0])
    (6.0, [3.0, 2.0])
    """
    return Derivative(value_and_grad, _value_and_grad, f, argnums)


def _value_and_grad(call: _Call) -> tuple[Any, Any]:
    output = _scalar(call.output, "a gradient")
    gradient, symbolic = call.gradient(output)
    call.tell([output], [gradient])
    return _plain(output, symbolic), build(call.structure, gradient)


def grad(f: Callable[..., Any], argnums: Argnums = 0) -> Callable[..., Any]:
    """The gradient ∂f/∂x, with the structure of the argument; `grad(grad(f))` and so on for higher
    orders.

    >>> grad(lambda x: x**3)(2.0)
    12.0
    >>> grad(lambda x: grad(lambda y: x * y)(x))(3.0)  # no confusion of the two derivatives
    1.0
    """
    return Derivative(grad, lambda call: _value_and_grad(call)[1], f, argnums)


def jacobian(f: Callable[..., Any], argnums: Argnums = 0) -> Callable[..., Any]:
    """∂fᵢ/∂xⱼ: the structure of the result, and in each of its places the structure of the
    argument.

    >>> jacobian(lambda x: [x[0] * x[1], x[0] + x[1]])([2.0, 3.0])
    [[3.0, 2.0], [1.0, 1.0]]
    """
    return Derivative(jacobian, _jacobian, f, argnums)


def _jacobian(call: _Call) -> Any:
    outputs, structure = flatten(call.output, "the result")
    symbolic = any(isinstance(y, Node) and call.symbolic(y) for y in outputs)
    rows = [call.gradient(y, symbolic)[0] for y in outputs]
    call.tell(outputs, rows, structure)
    return build_rows(structure, call.structure, rows)


def hessian(f: Callable[..., Any], argnums: Argnums = 0) -> Callable[..., Any]:
    """∂²f/∂xᵢ∂xⱼ: the structure of the argument twice.

    >>> hessian(lambda x: x[0] ** 2 * x[1])([2.0, 3.0])
    [[6.0, 4.0], [4.0, 0.0]]
    """
    return Derivative(hessian, _hessian, f, argnums)


def _hessian(call: _Call) -> Any:
    output = _scalar(call.output, "a Hessian")
    symbolic = isinstance(output, Node) and call.symbolic(output)
    first, _ = call.gradient(output, symbolic=True)
    call.tell([output], [first])
    return build_rows(
        call.structure, call.structure, [call.gradient(g, symbolic)[0] for g in first]
    )


def jvp(f: Callable[..., Any], primals: Sequence[Any], tangents: Sequence[Any]) -> tuple[Any, Any]:
    """`(f(x), J v)`: the derivative along a direction, by one forward sweep. Both are tuples, one
    entry an argument.

    >>> jvp(lambda x, y: x * y, (2.0, 3.0), (1.0, 10.0))
    (6.0, 23.0)
    """
    directions = _directions(primals, tangents)
    return _recorded(lambda: _jvp(_Call(f, range(len(primals)), primals, {}), directions))  # type: ignore[no-any-return]


def _jvp(call: _Call, directions: list[Any]) -> tuple[Any, Any]:
    outputs, structure = flatten(call.output, "the result")
    call.tell(outputs, (), structure)
    symbolic = any(isinstance(x, Node) for x in directions) or any(
        isinstance(y, Node) and call.symbolic(y) for y in outputs
    )
    slopes = pushforward(outputs, call.inputs, directions, symbolic)
    return build(structure, [_plain(y, symbolic) for y in outputs]), build(structure, slopes)


def vjp(f: Callable[..., Any], *primals: Any) -> tuple[Any, Callable[[Any], tuple[Any, ...]]]:
    """`(f(x), pull)`: `pull(u)` is uᵀ J, a tuple with one entry an argument, u with the structure
    of the result.

    >>> value, pull = vjp(lambda x, y: x * y, 2.0, 3.0)
    >>> value, pull(1.0)
    (6.0, (3.0, 2.0))
    """
    with context.recorded():
        call = _Call(f, range(len(primals)), primals, {})
    outputs, structure = flatten(call.output, "the result")
    call.tell(outputs, (), structure)

    def pull(cotangents: Any) -> tuple[Any, ...]:
        weights = flatten_like(cotangents, structure, "cotangent")
        total: Any = 0.0
        for weight, output in zip(weights, outputs, strict=True):
            total = total + weight * output
        return build(call.structure, call.gradient(total)[0])  # type: ignore[no-any-return]

    found = _recorded(
        lambda: build(
            structure, [_plain(y, isinstance(y, Node) and call.symbolic(y)) for y in outputs]
        )
    )
    return found, lambda cotangents: _recorded(lambda: pull(cotangents))


def hvp(f: Callable[..., Any], primals: Sequence[Any], tangents: Sequence[Any]) -> tuple[Any, ...]:
    """H v: the Hessian times a direction, without the Hessian. A tuple, one entry an argument.

    >>> hvp(lambda x: x[0] ** 2 * x[1], ([2.0, 3.0],), ([1.0, 0.0],))
    ([6.0, 4.0],)
    """
    directions = _directions(primals, tangents)

    def slope(*args: Any) -> Any:
        gradient, _ = flatten(grad(f, range(len(args)))(*args))
        total: Any = 0.0
        for g, v in zip(gradient, directions, strict=True):
            total = total + g * v
        return total

    return grad(slope, range(len(primals)))(*primals)  # type: ignore[no-any-return]


def gradients(output: Any, inputs: Any) -> Any:
    """∂output/∂input for Values of a graph that you built, as Values: with the structure of
    `inputs`, of any order.

    Of several outputs, in a list, it is the gradient of their sum. One that was computed under
    `no_grad` is a GraphError.

    >>> x = Value(2.0)
    >>> first = gradients(x**3, x)
    >>> first, gradients(first, x)
    (Value(12.0), Value(12.0))
    """
    leaves, structure = flatten(inputs, "inputs")
    for leaf in leaves:
        if not isinstance(leaf, Node):
            raise TypeError(
                f"gradients takes Values to differentiate by, got {leaf!r} ({type(leaf).__name__})"
            )
    outputs = [output] if isinstance(output, Node) else _numbers(output, "the output")[0]
    if any(
        [
            y._origin.__class__ is Unrecorded and not any([y is x for x in leaves])
            for y in outputs
            if isinstance(y, Node)
        ]
    ):
        raise GraphError(
            "gradients takes an output that was recorded, but this one was computed under "
            "no_grad(): compute it outside, "
            "or give the function that computes it to grad, which records it everywhere"
        )
    with context.recorded():
        total = output if isinstance(output, Node) else total_of(*outputs)
        for tracker in active_trackers() if context.trackers else ():
            tracker.use(total)
        found = differentiate(total, leaves) if isinstance(total, Node) else [0.0] * len(leaves)
    return build(structure, [_as_value(g) for g in found])


def _as_value(g: Any) -> Any:
    """A gradient as a Value. Where that is a constant of the user's, its own derivative is 0,
    and no error.
    """
    if not isinstance(g, Node):
        return Value(g, role="constant")
    return Value(g, role="constant") if g._origin.__class__ is Unrecorded else g


def _directions(primals: Sequence[Any], tangents: Sequence[Any]) -> list[Any]:
    if not (isinstance(primals, list | tuple) and isinstance(tangents, list | tuple)):
        raise TypeError(
            "the primals and the tangents are tuples, one entry an argument of the function, as "
            "in jvp(f, (x,), (v,)); "
            f"got {primals!r} and {tangents!r}"
        )
    structure = tuple_of([_numbers(x, f"argument {i}")[1] for i, x in enumerate(primals)])
    return flatten_like(tuple(tangents), structure, "tangents")
