"""Where the compiled methods of an object are kept: by the object itself."""

from __future__ import annotations

from typing import Any

from ...pytree.objects import COMPILED_METHODS as PLACE


class Bound(dict[Any, Any]):
    """The compiled methods of one object by their functions, in its `__dict__`; `owner` tells it
    from a copy, which has it too.

    A pickle of the object is without them: they are recorded again.
    """

    owner: Any = None

    def __reduce__(self) -> Any:
        return Bound, ()


def bound_to(instance: Any) -> Bound:
    attributes = getattr(instance, "__dict__", None)
    if attributes is None:
        kind = type(instance).__name__
        raise TypeError(
            f"a compiled method needs a __dict__ in its object, to be kept there, and {kind} has "
            "none (__slots__)"
        )
    kept: Bound | None = attributes.get(PLACE)
    if kept is None or kept.owner is not instance:
        kept = Bound()
        kept.owner = instance
        if isinstance(instance, type):
            setattr(instance, PLACE, kept)  # the __dict__ of a class cannot be written
        else:
            attributes[PLACE] = kept
    return kept
