"""The parameters of what users call most have the names that other libraries taught them."""

from __future__ import annotations

from inspect import signature

import pytest

import nn

PARAMETERS = {
    "Adam": "learning_rate beta_1 beta_2 epsilon weight_decay clip_norm",
    "AdamW": "learning_rate beta_1 beta_2 epsilon weight_decay clip_norm",
    "AveragePooling2d": "input_shape pool_size stride",
    "Convolution2d": "input_shape n_filters kernel_size stride padding activation initializer seed",
    "CosineDecay": "learning_rate decay_steps final",
    "EarlyStopping": "monitor patience min_delta restore_best",
    "GradientDescent": "learning_rate momentum nesterov weight_decay clip_norm",
    "StepDecay": "learning_rate step_size gamma",
    "WarmUp": "learning_rate warmup_steps",
    "batches": "inputs targets batch_size seed",
    "fit": "model inputs targets loss optimizer epochs batch_size validation_data shuffle "
    "class_weight sample_weight callbacks checkpoint checkpoint_seconds resume compiled "
    "devices verbose seed",
    "minimize": "f x0 method bounds learning_rate optimizer tolerance max_steps points",
    "predict": "model X",
    "split": "inputs targets test_size stratify seed",
}
OLD = [
    lambda: nn.GradientDescent(rate=0.1),
    lambda: nn.EarlyStopping(measure="loss"),
    lambda: nn.split([1, 2], [0, 1], held_out=0.5),
    lambda: nn.minimize(lambda x: x * x, 1.0, rate=0.1),
]


@pytest.mark.parametrize("name", PARAMETERS)
def test_parameters_have_the_names_of_the_field(name: str) -> None:
    assert list(signature(getattr(nn, name)).parameters) == PARAMETERS[name].split()


@pytest.mark.parametrize("call", OLD, ids=range(len(OLD)))
def test_an_unknown_keyword_is_the_error_of_python(call: object) -> None:
    with pytest.raises(TypeError, match="unexpected keyword argument"):
        call()  # type: ignore[operator]
