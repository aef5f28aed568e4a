"""What stands for matplotlib in a page, which has none: the pictures are those of the build."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from types import FunctionType, ModuleType
from typing import Any


class Nothing:
    """Anything of a plot: it can be called and asked for its parts, and draws nothing."""

    def __init__(self, drawn: Callable[[], None]) -> None:
        self._drawn = drawn

    def __call__(self, *_: Any, **__: Any) -> Nothing:
        self._drawn()
        return self

    def __getattr__(self, name: str) -> Nothing:
        if name.startswith("__"):
            raise AttributeError(name)
        return self

    def __getitem__(self, _: Any) -> Nothing:
        return self

    def __iter__(self) -> Iterator[Nothing]:
        return iter(())

    def __bool__(self) -> bool:
        return False


class Plots(ModuleType):
    """A module with nothing but such things."""

    def __init__(self, name: str, nothing: Nothing) -> None:
        super().__init__(name)
        self._nothing = nothing
        self.__path__: list[str] = []

    def __getattr__(self, name: str) -> Nothing:
        if name.startswith("__"):
            raise AttributeError(name)
        return self._nothing


class Absent:
    """A package that the page does not have: every use of it says so."""

    def __init__(self, package: str) -> None:
        self._package = package

    def __getattr__(self, name: str) -> Any:
        raise ModuleNotFoundError(f"No module named '{self._package}'", name=self._package)


def install(drawn: Callable[[], None]) -> None:
    """Put the stand-ins into the place of matplotlib and of what draws with it; `drawn` is called
    whenever something would have been drawn.
    """
    nothing = Nothing(drawn)
    for name in ("matplotlib", "matplotlib.pyplot", "nn.plots", "nn.plots.figure"):
        sys.modules[name] = Plots(name, nothing)
    import course  # which lies beside the notebooks

    for name, thing in list(vars(course).items()):
        if isinstance(thing, FunctionType) and name != "check":
            setattr(course, name, nothing)
