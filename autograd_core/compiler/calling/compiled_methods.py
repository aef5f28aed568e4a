"""Where the compiled methods of an object are kept: in its own `__dict__`."""

from __future__ import annotations

from typing import Any

from ...pytree.objects import COMPILED_METHODS


class CompiledMethods(dict[Any, Any]):
    """The compiled methods of one object, by their functions. A copy of the object has the same
    dict, so `owner` says whose it is. A pickle of the object leaves them out; they are recorded
    again.
    """

    owner: Any = None

    def __reduce__(self) -> Any:
        return CompiledMethods, ()


def methods_of(instance: Any) -> CompiledMethods:
    attributes = getattr(instance, "__dict__", None)
    if attributes is None:
        kind = type(instance).__name__
        raise TypeError(
            f"a compiled method needs a __dict__ in its object, where it is kept, and {kind} has "
            "none; add '__dict__' to its __slots__"
        )
    kept: CompiledMethods | None = attributes.get(COMPILED_METHODS)
    if kept is None or kept.owner is not instance:
        kept = CompiledMethods()
        kept.owner = instance
        if isinstance(instance, type):
            setattr(instance, COMPILED_METHODS, kept)  # the __dict__ of a class is read-only
        else:
            attributes[COMPILED_METHODS] = kept
    return kept
