"""Plots of trainings, models and functions, with matplotlib (the extra `plots`).

A function that draws one plot takes its axes as `ax`, or makes new ones, and returns them;
`plot_training` and `plot_activations` draw several, take `axes`, and return the figure. The colours
can be told apart with any colour vision.
"""

from .activation import plot_activation, plot_activations
from .boundary import plot_decision_boundary
from .curves import plot_accuracy, plot_loss, plot_training, save_training
from .differences import plot_difference_errors
from .evaluation import plot_evaluation, save_evaluation
from .field import plot_gradient_field
from .layers import plot_gradient_histogram, plot_gradient_size, plot_saturation
from .recorder import Recorder
from .surface import plot_loss_surface, plot_surface

__all__ = [
    "Recorder",
    "plot_accuracy",
    "plot_activation",
    "plot_activations",
    "plot_decision_boundary",
    "plot_difference_errors",
    "plot_evaluation",
    "plot_gradient_field",
    "plot_gradient_histogram",
    "plot_gradient_size",
    "plot_loss",
    "plot_loss_surface",
    "plot_saturation",
    "plot_surface",
    "plot_training",
    "save_evaluation",
    "save_training",
]
