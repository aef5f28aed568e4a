"""Errors. Their messages say what was wrong, what was given, and what to do."""

from __future__ import annotations

import numbers
import sys
from typing import Any, NoReturn


class GraphError(RuntimeError):
    """The graph cannot give the derivative that was asked for."""


class AnomalyError(FloatingPointError):
    """Under `detect_anomaly()`: the first value or gradient that is NaN or infinite."""


class RecordingError(RuntimeError):
    """A compiled function did something that its program could not repeat."""


class LostGradientWarning(RuntimeWarning):
    """A derivative is 0 because the function read the plain number of the argument."""


class MissingExtra(ImportError):
    """A part of the library needs a package that is not installed."""

    def __init__(self, package: str, extra: str, purpose: str) -> None:
        super().__init__(
            f"{purpose} needs the package {package}, which is not installed; "
            f"install it with: pip install 'autograd-core[{extra}]'"
        )


class MissingLibrary(ImportError):
    """A part of the library needs what is built when it is installed, and was not."""

    def __init__(self, state: str, command: str) -> None:
        super().__init__(f"{state}; build it with: {command}")


def numpy_or_error(purpose: str, extra: str = "speed") -> Any:
    """NumPy, or an error that says how to install it."""
    try:
        import numpy
    except ImportError:
        raise MissingExtra("numpy", extra, purpose) from None
    return numpy


def callable_or_error(x: Any, name: str, form: str = "{0}(f)(x), not {0}(f(x))") -> None:
    """Refuse what is no function, as in `grad(f(x))` instead of `grad(f)(x)`."""
    if not callable(x):
        raise TypeError(
            f"{name} takes a function, got {shown(x)} ({type(x).__name__}); write "
            f"{form.format(name)}"
        )


_REAL = (float, int, numbers.Real)  # the usual ones first, which takes less time


NESTED = (
    "numbers may stand in nested lists, tuples, dicts, NumPy arrays, dataclasses and classes given "
    "to register_pytree_node; for a field without numbers write field(metadata={'static': True})"
)


def real(x: Any, what: str = "an operand", otherwise: str = "") -> float:
    """x as a float, or an error that says why it is none.

    >>> from fractions import Fraction
    >>> real(Fraction(1, 4)), real(True)
    (0.25, 1.0)
    """
    if isinstance(x, _REAL):
        try:
            return float(x)
        except OverflowError:
            raise OverflowError(
                f"{what} is beyond the range of a float (about 1.8e308): got {shown(x)}; scale "
                "the problem"
            ) from None
    x = unboxed(x)
    return float(x) if isinstance(x, numbers.Real) else refuse(x, what, otherwise)


def unboxed(x: Any) -> Any:
    """The entry of an array or tensor without dimensions, which may be a Value; anything else as it
    is.

    Masked entries, quantities with a unit, and what JAX or PyTorch differentiates through are left
    as they are.
    """
    if getattr(x, "ndim", None) != 0 or not hasattr(x, "item"):
        return x
    kept = getattr(x, "mask", False) or hasattr(x, "unit") or hasattr(x, "units") or follower(x)
    return x if kept else x.item()


def follower(x: Any) -> str:
    """ "JAX" or "PyTorch" if that package differentiates through x, or maps over it: its plain
    number would lose the derivative. Neither is imported for this.
    """
    for kind in type(x).__mro__:
        package = kind.__module__.partition(".")[0]
        if package == "jax" and kind.__name__ == "Tracer":
            return "JAX"
        if package == "torch" and kind.__name__ == "Tensor":
            return "PyTorch" if _has_derivative(x) else ""
    return ""


def _has_derivative(tensor: Any) -> bool:
    """Whether a tensor requires a gradient, has a tangent, or belongs to torch.func, where only the
    innermost level tells whether it has either.
    """
    torch = sys.modules["torch"]
    return bool(
        tensor.requires_grad
        or torch._C._functorch.is_functorch_wrapped_tensor(tensor)
        or torch.autograd.forward_ad.unpack_dual(tensor).tangent is not None
    )


def unfollowed(x: Any, what: str) -> Any:
    """x; an error if JAX or PyTorch differentiates through it."""
    return refuse(x, what) if follower(x) else x


def is_number(text: str | bytes) -> bool:
    """Whether the text is that of a number."""
    try:
        float(text)
    except ValueError:
        return False
    return True


FOLLOWED = {
    "JAX": "JAX traces it, and would lose the derivative here: give JAX the function "
    "autograd_core.interop.jax_function(f), which works in jit, vmap, grad and jacrev, but not in "
    "forward mode",
    "PyTorch": "PyTorch differentiates through it, and would lose the derivative here: give it "
    "the function autograd_core.interop.torch_function(f), which works with backward and "
    "torch.func.grad, but not in forward mode or vmap; or, for a constant, take its plain number, "
    ".item()",
}
"""What to do with an argument that another package differentiates through."""

NAMED = "number the texts first: names.index(text), with names = sorted(set(texts))"

MISSING = ("NAType", "NaTType", "MaskedConstant")
"""The classes by which pandas and NumPy mark a missing value."""
OF_DATA = ("a target", "a class")
"""What comes from data, and not from a function whose `return` may be missing."""


def refuse(x: Any, what: str = "an operand", otherwise: str = "") -> NoReturn:
    """Raise the error that says why x is no number; `otherwise` is the hint for a container."""
    if isinstance(x, complex) or "complex" in str(getattr(x, "dtype", "")):
        hint = "only real numbers have gradients here: use its .real and .imag parts"
    elif isinstance(x, str | bytes):
        hint = "convert the text with float(...) first" if is_number(x) else NAMED
    elif type(x).__name__ in MISSING or (x is None and what in OF_DATA):
        hint = "a value is missing: fill it in, or leave the sample out"
    elif x is None:
        hint = "is a `return` missing in the function that made it"
        or_data = ", or a value in the data? Fill that in, or leave its sample out"
        hint += "?" if "the result" in what else or_data
    elif package := follower(x):
        hint = FOLLOWED[package]
        if getattr(x, "ndim", None):
            hint = hint.replace("number, .item()", "numbers, .tolist()")
    elif hasattr(x, "backward") and hasattr(x, "item") and getattr(x, "ndim", 0) == 0:
        hint = "take its plain number, .data"
    elif otherwise and hasattr(x, "tolist") and getattr(x, "ndim", None):
        hint = "take its plain numbers, .tolist()"
    elif otherwise:
        hint = otherwise
    elif hasattr(x, "__len__") and getattr(x, "ndim", 1) != 0:
        hint = (
            "a Value holds one number: make one Value for each element, as in [Value(element) "
            "for element in x]"
        )
    else:
        hint = "convert it with float(...) first"
    raise TypeError(f"{what} must be a real number, got {shown(x)} ({type(x).__name__}); {hint}")


def refuse_rewrapping() -> NoReturn:
    """Raise the error for a Value of a Value."""
    raise TypeError(
        "a Value of a Value would lose its gradient silently; use the Value itself, v.detach() for "
        "a constant of the same number, or Value(v.data) for a new leaf"
    )


def shown(x: object, limit: int = 60) -> str:
    """A short `repr`, also of a number with a million digits."""
    if isinstance(x, int) and x.bit_length() > 256:
        return f"an int of {x.bit_length()} bits"
    text = repr(x)
    return text if len(text) <= limit else text[: limit - 1] + "…"
