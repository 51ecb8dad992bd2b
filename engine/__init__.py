"""Neural networks from first principles in NumPy: layers, losses, optimizers and a trainer."""

from engine.core.activations import (
    ACTIVATIONS,
    ELU,
    GELU,
    Activation,
    Identity,
    LeakyReLU,
    ReLU,
    Sigmoid,
    SiLU,
    Softmax,
    Softplus,
    Tanh,
)
from engine.core.initializers import INITIALIZERS
from engine.core.layers import Dense, Dropout, Layer
from engine.core.losses import (
    LOSSES,
    BinaryCrossEntropy,
    Loss,
    MeanSquaredError,
    SigmoidSquaredError,
    SoftmaxCrossEntropy,
    SoftmaxSquaredError,
)
from engine.core.network import Network, Parameter
from engine.core.optimizers import OPTIMIZERS, SGD, Adagrad, Adam, AdamW, Optimizer, RMSprop
from engine.sequential import Evaluation, Sequential
from engine.study.autograd import Tensor
from engine.study.curvature import Curvature, critical_learning_rate, sharpness
from engine.study.divergence_report import DivergenceReport, divergence_report
from engine.study.gradcheck import GradientCheck, gradient_check
from engine.study.range_test import RangeTest, range_test
from engine.training.callbacks import Callback, EarlyStopping, FitHistory, ProgressBar
from engine.training.divergence import Divergence
from engine.training.history import History, Record
from engine.training.schedules import SCHEDULES, Constant, Cosine, Exponential, Schedule, Step
from engine.training.snapshot import Snapshot
from engine.training.trainer import Trainer

# By subject.
__all__ = ["Evaluation", "Network", "Parameter", "Sequential"]
__all__ += ["INITIALIZERS", "Dense", "Dropout", "Layer"]
__all__ += ["ACTIVATIONS", "Activation", "Identity", "ReLU", "Sigmoid", "Softmax", "Tanh"]
__all__ += ["ELU", "GELU", "LeakyReLU", "SiLU", "Softplus"]
__all__ += ["LOSSES", "BinaryCrossEntropy", "Loss", "MeanSquaredError", "SoftmaxCrossEntropy"]
__all__ += ["SigmoidSquaredError", "SoftmaxSquaredError"]
__all__ += ["OPTIMIZERS", "SGD", "Adagrad", "Adam", "AdamW", "Optimizer", "RMSprop"]
__all__ += ["SCHEDULES", "Constant", "Cosine", "Exponential", "Schedule", "Step"]
__all__ += ["Divergence", "History", "Record", "Snapshot", "Trainer"]
__all__ += ["Callback", "EarlyStopping", "FitHistory", "ProgressBar"]
__all__ += ["GradientCheck", "Tensor", "gradient_check"]
__all__ += ["Curvature", "critical_learning_rate", "sharpness"]
__all__ += ["DivergenceReport", "RangeTest", "divergence_report", "range_test"]
