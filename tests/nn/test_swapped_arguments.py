"""Arguments in the wrong places, or of the wrong kind: the error says what goes where, and that
works.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from autograd_core import Value, compiled, fori_loop
from nn import MLP, Convolution2d, Layer, Module, Sequential, export, load, predict, save

MODEL: Any = Layer(2, 1, "linear", seed=0)
WRONG: dict[str, tuple[Callable[[], Any], str]] = {
    "save": (
        lambda: save("x.json", MODEL),  # type: ignore[arg-type]
        r"got Layer\(2, 1, 'linear'\) \(Layer\): the arguments look swapped; write save\(model, p",
    ),
    "save to a number": (lambda: save(MODEL, 3), r"got 3 \(int\); write save"),  # type: ignore[arg-type]
    "load": (lambda: load(3.5), r"got 3\.5 \(float\); write load\(path\)"),  # type: ignore[arg-type]
    "load a model": (lambda: load(MODEL), r"a str or a Path, got Layer.*; write load\(path\)"),
    "export": (
        lambda: export(Value(2.0), "a.py"),  # type: ignore[arg-type]
        r"export takes a model .*got Value\(2\.0\) \(Value\); write export\(model, path\)",
    ),
    "export, swapped": (lambda: export("a.py", MODEL), "look swapped; write export"),
    "predict": (
        lambda: predict(None, [[1.0]]),  # type: ignore[arg-type]
        r"takes a model and samples for it, got None \(NoneType\) as the model; write predict\(mod",
    ),
    "predict, swapped": (
        lambda: predict([[1.0, 2.0]], MODEL),  # type: ignore[arg-type]
        r"look swapped; write predict\(model, X\)",
    ),
    "fori_loop": (
        lambda: fori_loop(0, 3.5, lambda i, x: 2.0 * x, 1.0),  # type: ignore[arg-type]
        r"bounds of fori_loop must be whole numbers, got 3\.5 \(float\); round it first",
    ),
    "fori_loop, compiled": (
        lambda: compiled(lambda x: fori_loop("a", 3, lambda i, y: y, x))(1.0),  # type: ignore[arg-type]
        r"must be whole numbers, got 'a' \(str\)",
    ),
}


@pytest.mark.parametrize(("call", "message"), WRONG.values(), ids=WRONG)
def test_errors_say_what_goes_where(call: Callable[[], Any], message: str) -> None:
    with pytest.raises(TypeError, match=message):
        call()


def test_what_the_errors_say_works(tmp_path: Path) -> None:
    save(MODEL, tmp_path / "x.json")
    assert repr(load(tmp_path / "x.json")) == repr(MODEL)
    for k, model in enumerate((MODEL, tmp_path / "x.json", str(tmp_path / "x.json"))):
        export(model, tmp_path / f"{k}.py")
        assert (tmp_path / f"{k}.py").stat().st_size > 0
    assert len(predict(MODEL, [[1.0, 2.0]])) == 1
    assert fori_loop(0, int(3.5), lambda i, x: 2.0 * x, 1.0) == 8.0


def test_sizes_of_a_sequential_fit() -> None:
    message = r"Layer\(4, 1.* takes 4 inputs, but Layer\(2, 3.* before it gives 3; make them equal"
    with pytest.raises(ValueError, match=message):
        Sequential(Layer(2, 3), Layer(4, 1))
    with pytest.raises(ValueError, match=r"takes 5 inputs, but Convolution2d.* gives 8"):
        Sequential(Convolution2d((1, 3, 3), 2, 2), Layer(5, 1))
    images = Sequential(Convolution2d((1, 3, 3), 2, 2), Layer(8, 1))
    assert len(images([0.5] * 9)) == 1


def test_a_changed_sequential_names_both_modules() -> None:
    model = MLP(2, [3, 1], seed=0)
    model.layers[1] = Layer(4, 1)
    with pytest.raises(ValueError, match=r"takes 4 inputs, but Layer\(2, 3.* before it gives 3"):
        model([1.0, 2.0])
    with pytest.raises(ValueError, match=r"takes 2 inputs, got 1; give one sample of 2 numbers"):
        MLP(2, [3, 1], seed=0)([1.0])


def test_modules_of_unknown_size_are_left_alone() -> None:
    class Half(Module):
        def __call__(self, inputs: Any) -> Any:
            return inputs[:2]

    assert len(Sequential(Layer(2, 4), Half(), Layer(2, 1))([1.0, 2.0])) == 1
