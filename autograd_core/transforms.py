"""Functions in, derivatives out: `grad`, `value_and_grad`, `jacobian`, `hessian`, `jvp`, `vjp`,
`hvp`, `gradients`.

Each runs the function once on fresh leaves and sweeps the graph that was recorded; no `.grad` is
ever written. Plain numbers in give plain numbers out. Where the function uses Values from outside
(an argument of an outer derivative, the parameters of a model), the result is a Value that can be
differentiated through further.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from .derivative import Argnums, Call, Derivative, numbers, plain, recorded, scalar
from .engine import context
from .engine.node import Node, Unrecorded
from .engine.reads import active_trackers
from .engine.sweeps import differentiate, pushforward
from .engine.value import Value
from .errors import GraphError
from .primitives.reductions import sum as total_of
from .pytree.core import Structure, build, flatten, tuple_of
from .pytree.tangents import build_rows, flatten_like
from .sparse import sparse_rows


def value_and_grad(f: Callable[..., Any], argnums: Argnums = 0) -> Callable[..., tuple[Any, Any]]:
    """The function and its gradient in one: x ↦ (f(x), ∂f/∂x).

    Args:
        f: a function of numbers, or of nested lists, tuples, dicts or arrays of numbers, which
            returns one number.
        argnums: the arguments to differentiate with respect to: 0, or several such as (0, 1),
            for which the result is a tuple.

    Returns:
        A function of the same arguments. It returns the pair of the value and the gradient, which
        has the structure of the argument.

    Raises:
        TypeError: f is not a function; when called, if its result is not one real number.

    Example:
        >>> value_and_grad(lambda w: w[0] * w[1])([2.0, 3.0])
        (6.0, [3.0, 2.0])
    """
    return Derivative(value_and_grad, _value_and_grad, f, argnums)


def _value_and_grad(call: Call) -> tuple[Any, Any]:
    output = scalar(call.output, "a gradient")
    gradient, symbolic = call.gradient(output)
    call.tell([output], [gradient])
    return plain(output, symbolic), build(call.structure, gradient)


def grad(f: Callable[..., Any], argnums: Argnums = 0) -> Callable[..., Any]:
    """The gradient of a function: x ↦ ∂f/∂x.

    `grad(grad(f))` and so on give higher orders.

    Args:
        f: a function of numbers, or of nested lists, tuples, dicts or arrays of numbers, which
            returns one number.
        argnums: the arguments to differentiate with respect to: 0, or several such as (0, 1),
            for which the result is a tuple.

    Returns:
        A function of the same arguments. It returns the gradient, with the structure of the
        argument: floats for plain numbers, and Values if they can be differentiated further.

    Raises:
        TypeError: f is not a function; when called, if its result is not one real number.

    Example:
        >>> grad(lambda x: x**3)(2.0)
        12.0
        >>> grad(lambda x: grad(lambda y: x * y)(x))(3.0)  # no confusion of the two derivatives
        1.0
    """
    return Derivative(grad, lambda call: _value_and_grad(call)[1], f, argnums)


def jacobian(
    f: Callable[..., Any], argnums: Argnums = 0, sparse: bool = False
) -> Callable[..., Any]:
    """The Jacobian matrix of a function: x ↦ ∂fᵢ/∂xⱼ.

    Args:
        f: a function of numbers, or of nested lists, tuples, dicts or arrays of numbers, which
            returns numbers in any such structure.
        argnums: the arguments to differentiate with respect to: 0, or several such as (0, 1),
            for which the result is a tuple.
        sparse: whether the result is SciPy's `csr_array` of outputs × inputs, each counted in the
            order of its structure. It holds an entry for each pair that a path of the graph joins;
            no array of all pairs is built. If it can be differentiated further, it is a
            `SparseValues`.

    Returns:
        A function of the same arguments. Its result has the structure of f's result, and in each of
        its places the structure of the argument.

    Raises:
        TypeError: f is not a function; when called, if its result is not made of real numbers.

    Example:
        >>> jacobian(lambda x: [x[0] * x[1], x[0] + x[1]])([2.0, 3.0])
        [[3.0, 2.0], [1.0, 1.0]]
        >>> jacobian(lambda x: [x[0] * x[1], x[2]], sparse=True)([2.0, 3.0, 4.0]).toarray().tolist()
        [[3.0, 2.0, 0.0], [0.0, 0.0, 1.0]]
    """
    rule = _sparse_jacobian if sparse else _jacobian
    return Derivative(jacobian, rule, f, argnums, sparse)


def _jacobian(call: Call) -> Any:
    outputs, structure, symbolic = _outputs(call)
    rows = [call.gradient(y, symbolic)[0] for y in outputs]
    call.tell(outputs, rows, structure)
    return build_rows(structure, call.structure, rows)


def _sparse_jacobian(call: Call) -> Any:
    outputs, structure, symbolic = _outputs(call)
    call.tell(outputs, (), structure)
    return sparse_rows(outputs, call.inputs, symbolic or call.nested)


def _outputs(call: Call) -> tuple[list[Any], Structure, bool]:
    """The outputs, their structure, and whether their derivatives are Values."""
    outputs, structure = flatten(call.output, "the result")
    return outputs, structure, any(isinstance(y, Node) and call.symbolic(y) for y in outputs)


def hessian(
    f: Callable[..., Any], argnums: Argnums = 0, sparse: bool = False
) -> Callable[..., Any]:
    """The Hessian matrix of a function: x ↦ ∂²f/∂xᵢ∂xⱼ.

    Args:
        f: a function of numbers, or of nested lists, tuples, dicts or arrays of numbers, which
            returns one number.
        argnums: the arguments to differentiate with respect to: 0, or several such as (0, 1),
            for which the result is a tuple.
        sparse: whether the result is SciPy's `csr_array` of inputs × inputs, counted in the order
            of the structure, as for `jacobian`.

    Returns:
        A function of the same arguments. Its result has the structure of the argument, and in each
        of its places that structure once more.

    Raises:
        TypeError: f is not a function; when called, if its result is not one real number.

    Example:
        >>> hessian(lambda x: x[0] ** 2 * x[1])([2.0, 3.0])
        [[6.0, 4.0], [4.0, 0.0]]
        >>> hessian(lambda x: x[0] ** 2 + x[1], sparse=True)([2.0, 3.0]).toarray().tolist()
        [[2.0, 0.0], [0.0, 0.0]]
    """
    return Derivative(hessian, _sparse_hessian if sparse else _hessian, f, argnums, sparse)


def _hessian(call: Call) -> Any:
    first, symbolic = _first_derivatives(call)
    return build_rows(
        call.structure, call.structure, [call.gradient(g, symbolic)[0] for g in first]
    )


def _sparse_hessian(call: Call) -> Any:
    first, symbolic = _first_derivatives(call)
    return sparse_rows(first, call.inputs, symbolic or call.nested)


def _first_derivatives(call: Call) -> tuple[list[Any], bool]:
    """The gradient as Values, and whether a Hessian is to be differentiated further."""
    output = scalar(call.output, "a Hessian")
    symbolic = isinstance(output, Node) and call.symbolic(output)
    first, _ = call.gradient(output, symbolic=True)
    call.tell([output], [first])
    return first, symbolic


def jvp(f: Callable[..., Any], primals: Sequence[Any], tangents: Sequence[Any]) -> tuple[Any, Any]:
    """The derivative of a function along a direction: (f(x), J v), by one forward sweep.

    Args:
        f: a function of numbers, or of nested lists, tuples, dicts or arrays of numbers.
        primals: the arguments x of f, a tuple.
        tangents: the direction v, a tuple; each entry has the structure of its argument.

    Returns:
        The pair of f(x) and J v, both with the structure of f's result.

    Raises:
        TypeError: f is not a function, or `primals` or `tangents` is not a tuple of numbers.
        ValueError: a tangent has another structure than its argument.

    Example:
        >>> jvp(lambda x, y: x * y, (2.0, 3.0), (1.0, 10.0))
        (6.0, 23.0)
    """
    directions = _directions(primals, tangents)
    return recorded(lambda: _jvp(Call(f, range(len(primals)), primals, {}), directions))  # type: ignore[no-any-return]


def _jvp(call: Call, directions: list[Any]) -> tuple[Any, Any]:
    outputs, structure = flatten(call.output, "the result")
    call.tell(outputs, (), structure)
    symbolic = any(isinstance(x, Node) for x in directions) or any(
        isinstance(y, Node) and call.symbolic(y) for y in outputs
    )
    slopes = pushforward(outputs, call.inputs, directions, symbolic)
    return build(structure, [plain(y, symbolic) for y in outputs]), build(structure, slopes)


def vjp(f: Callable[..., Any], *primals: Any) -> tuple[Any, Callable[[Any], tuple[Any, ...]]]:
    """The value of a function, and its Jacobian multiplied from the left: (f(x), u ↦ uᵀ J).

    Args:
        f: a function of numbers, or of nested lists, tuples, dicts or arrays of numbers.
        *primals: the arguments x of f.

    Returns:
        The pair of f(x) and a function. It takes u with the structure of f(x), and returns uᵀ J: a
        tuple with one entry for each argument.

    Raises:
        TypeError: an argument or the result of f is not made of real numbers.

    Example:
        >>> value, pull = vjp(lambda x, y: x * y, 2.0, 3.0)
        >>> value, pull(1.0)
        (6.0, (3.0, 2.0))
    """
    with context.recorded():
        call = Call(f, range(len(primals)), primals, {})
    outputs, structure = flatten(call.output, "the result")
    call.tell(outputs, (), structure)

    def pull(cotangents: Any) -> tuple[Any, ...]:
        weights = flatten_like(cotangents, structure, "cotangent")
        total: Any = 0.0
        for weight, output in zip(weights, outputs, strict=True):
            total = total + weight * output
        return build(call.structure, call.gradient(total)[0])  # type: ignore[no-any-return]

    found = recorded(
        lambda: build(
            structure, [plain(y, isinstance(y, Node) and call.symbolic(y)) for y in outputs]
        )
    )
    return found, lambda cotangents: recorded(lambda: pull(cotangents))


def hvp(f: Callable[..., Any], primals: Sequence[Any], tangents: Sequence[Any]) -> tuple[Any, ...]:
    """The Hessian times a direction, H v, without computing the Hessian.

    Args:
        f: a function of numbers, or of nested lists, tuples, dicts or arrays of numbers, which
            returns one number.
        primals: the arguments x of f, a tuple.
        tangents: the direction v, a tuple; each entry has the structure of its argument.

    Returns:
        A tuple with one entry for each argument, with its structure.

    Raises:
        TypeError: f is not a function of numbers that returns one, or `primals` or `tangents` is
            not a tuple of numbers.
        ValueError: a tangent has another structure than its argument.

    Example:
        >>> hvp(lambda x: x[0] ** 2 * x[1], ([2.0, 3.0],), ([1.0, 0.0],))
        ([6.0, 4.0],)

    Source: Pearlmutter, Fast Exact Multiplication by the Hessian, 1994.
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
    """The gradients ∂output/∂input in a graph that you built, as Values.

    Args:
        output: a Value, or several in a list; then this is the gradient of their sum.
        inputs: the Values to differentiate with respect to: one, or nested lists, tuples or dicts.

    Returns:
        A Value for each input, with the structure of `inputs`. They can be differentiated further.

    Raises:
        TypeError: an input is not a Value.
        GraphError: the output was computed under `no_grad`.

    Example:
        >>> x = Value(2.0)
        >>> first = gradients(x**3, x)
        >>> first, gradients(first, x)
        (Value(12.0), Value(12.0))
    """
    leaves, structure = flatten(inputs, "inputs")
    for leaf in leaves:
        if not isinstance(leaf, Node):
            raise TypeError(
                "gradients differentiates with respect to Values, got "
                f"{leaf!r} ({type(leaf).__name__})"
            )
    outputs = [output] if isinstance(output, Node) else numbers(output, "the output")[0]
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
            "the primals and the tangents are tuples, one entry for each argument, as "
            "in jvp(f, (x,), (v,)); "
            f"got {primals!r} and {tangents!r}"
        )
    structure = tuple_of([numbers(x, f"argument {i}")[1] for i, x in enumerate(primals)])
    return flatten_like(tuple(tangents), structure, "tangents")
