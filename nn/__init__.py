"""Neurons, layers and networks of scalars: modules, losses, optimizers, training, files and
plots.
"""

from .data.datasets import batches, digits, one_hot, split
from .data.samples import Rows
from .exports.export import export
from .files.serialization import load, save
from .losses import (
    binary_cross_entropy,
    binary_cross_entropy_from_logits,
    cross_entropy,
    cross_entropy_from_logits,
    hinge,
    mean_squared_error,
    sum_squared_error,
)
from .minimization import Minimum, minimize
from .modules.activations import linear
from .modules.convolution import AveragePooling2d, Convolution2d
from .modules.dropout import Dropout
from .modules.module import Module
from .modules.networks import MLP, Layer, Neuron, Sequential
from .optimizers import Adam, AdamW, GradientDescent, Optimizer
from .schedules import CosineDecay, StepDecay, WarmUp
from .training.callbacks import EarlyStopping
from .training.diagnosis import TrainingWarning
from .training.evaluation import evaluate
from .training.fit import fit
from .training.history import History
from .training.predictions import predict
from .training.steps import batch_gradient

_part_of_autograd_core = True  # an anomaly is reported at the line that called into here

__all__ = [
    "MLP",
    "Adam",
    "AdamW",
    "AveragePooling2d",
    "Convolution2d",
    "CosineDecay",
    "Dropout",
    "EarlyStopping",
    "GradientDescent",
    "History",
    "Layer",
    "Minimum",
    "Module",
    "Neuron",
    "Optimizer",
    "Rows",
    "Sequential",
    "StepDecay",
    "TrainingWarning",
    "WarmUp",
    "batch_gradient",
    "batches",
    "binary_cross_entropy",
    "binary_cross_entropy_from_logits",
    "cross_entropy",
    "cross_entropy_from_logits",
    "digits",
    "evaluate",
    "export",
    "fit",
    "hinge",
    "linear",
    "load",
    "mean_squared_error",
    "minimize",
    "one_hot",
    "predict",
    "save",
    "split",
    "sum_squared_error",
]
