"""`fit` on a program and on Values: the same results, and a warning that says why it was not a
program.
"""

from __future__ import annotations

import copy
import sys
from random import Random
from typing import Any, ClassVar

import pytest

from nn import MLP, Adam, GradientDescent, Neuron, TrainingWarning, fit

XOR = [[0.0, 0.0], [0.0, 1.0], [1.0, 0.0], [1.0, 1.0]]


@pytest.mark.parametrize(
    "optimizer", [GradientDescent(0.5, momentum=0.9, weight_decay=0.01), Adam(0.05)]
)
@pytest.mark.parametrize(
    ("loss", "output"), [("cross_entropy_from_logits", "linear"), ("mean_squared_error", "sigmoid")]
)
def test_compiled_and_eager_trainings_are_the_same_up_to_rounding(
    optimizer: Any, loss: str, output: str
) -> None:
    pytest.importorskip("numpy")
    histories, parameters = [], []
    for compiled in (True, False):
        model = MLP(2, [5, 2], output=output, seed=0)
        targets = [0, 1, 1, 0] if loss.startswith("cross") else [[0, 1], [1, 0], [1, 0], [0, 1]]
        chosen = copy.deepcopy(optimizer)
        histories.append(
            fit(
                model,
                XOR,
                targets,
                loss=loss,
                optimizer=chosen,
                batch_size=3,
                epochs=30,
                compiled=compiled,
                validation_data=(XOR, targets),
                sample_weight=[1.0, 2.0, 0.5, 1.0],
                verbose=False,
            )
        )
        parameters.append([p.data for p in model.parameters()])
    assert [history.engine for history in histories] == ["compiled", "eager"]
    for column in ("loss", "accuracy", "validation_loss", "validation_accuracy"):
        assert getattr(histories[0], column) == pytest.approx(
            getattr(histories[1], column), rel=1e-9
        )
    assert parameters[0] == pytest.approx(parameters[1], rel=1e-9)


def test_a_model_that_a_program_cannot_hold_trains_on_values() -> None:
    pytest.importorskip("numpy")

    class Branching(Neuron):
        def __call__(self, inputs: Any) -> Any:
            z = super().__call__(inputs)
            return z if z.data > 0.5 else z * 1.0

    data: dict[str, Any] = {
        "inputs": XOR,
        "targets": [0, 1, 1, 1],
        "loss": "binary_cross_entropy",
        "verbose": False,
    }
    reason = (
        r"on Values.*RecordingError: .*asked a Value for its plain number.*compiled=False "
        r"silences this warning"
    )
    with pytest.warns(TrainingWarning, match=reason) as told:
        history = fit(Branching(2, seed=0), **data, epochs=2)
    assert history.engine == "eager"
    assert [warning.filename for warning in told] == [__file__], "told once, where fit is called"
    assert fit(Branching(2, seed=0), **data, epochs=2, compiled=False).loss == history.loss


def test_a_broken_model_raises_its_own_error_and_no_warning() -> None:
    class Broken(Neuron):
        def __call__(self, inputs: Any) -> Any:
            return super().__call__(inputs[: 1 if inputs[0] == 15.0 else 2])

    with pytest.raises(ValueError, match="takes 2 inputs, got 1"):
        fit(
            Broken(2, "linear", seed=0),
            [[float(i), 0.5] for i in range(30)],
            [0.0] * 30,
            loss="sum_squared_error",
            batch_size=30,
            verbose=False,
        )


def test_without_numpy_the_extra_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "numpy", None)
    with pytest.warns(
        TrainingWarning, match=r"needs the package numpy.*pip install 'autograd-core\[speed\]'"
    ) as told:
        history = fit(
            Neuron(2, seed=0),
            XOR,
            [0, 1, 1, 1],
            loss="binary_cross_entropy",
            epochs=2,
            verbose=False,
        )
    assert (len(told), history.engine) == (1, "eager")


def test_numbers_drawn_at_each_call_are_drawn_for_each_sample() -> None:
    class Dropout(Neuron):
        drawn: ClassVar[list[float]] = []
        random = Random(0)

        def __call__(self, inputs: Any) -> Any:
            self.drawn.append(float(self.random.random() < 0.5))
            return super().__call__([x * self.drawn[-1] for x in inputs])

    data: dict[str, Any] = {
        "inputs": XOR,
        "targets": [0, 1, 1, 1],
        "loss": "binary_cross_entropy",
        "verbose": False,
    }
    with pytest.warns(TrainingWarning, match="random numbers of its own.*nn.Dropout"):
        history = fit(Dropout(2, seed=0), **data, validation_data=(XOR, [0, 1, 1, 1]), epochs=3)
    assert history.engine == "eager"
    assert len(Dropout.drawn) > 2 * 3 * 4, (
        "one for each sample of each epoch, trained and validated"
    )


def test_a_loss_that_is_nan_is_the_same_when_computed_again() -> None:
    data: dict[str, Any] = {
        "inputs": [[1.0], [2.0]],
        "targets": [0.0, 0.0],
        "loss": lambda y, t: (y - y) / (y - y),
    }
    with pytest.raises(FloatingPointError, match="the loss became nan"):
        fit(Neuron(1, "linear", seed=0), **data, verbose=False)
