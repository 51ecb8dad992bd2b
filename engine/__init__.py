"""Neural networks from first principles in NumPy: layers, losses, optimizers and a trainer."""

from engine.activations import (
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
from engine.analysis import Curvature, critical_learning_rate, sharpness
from engine.autopsy import Autopsy, autopsy
from engine.callbacks import Callback, EarlyStopping, ProgressBar
from engine.fitting import FitHistory
from engine.gradcheck import GradientCheck, gradient_check
from engine.history import History, Record
from engine.initializers import INITIALIZERS
from engine.layers import Dense, Dropout, Layer
from engine.losses import LOSSES, BinaryCrossEntropy, Loss, MeanSquaredError, SoftmaxCrossEntropy
from engine.model import Evaluation, Parameter, Sequential
from engine.optimizers import OPTIMIZERS, SGD, Adagrad, Adam, AdamW, Optimizer, RMSprop
from engine.range_test import RangeTest, range_test
from engine.schedules import SCHEDULES, Constant, Cosine, Exponential, Schedule, Step
from engine.snapshot import Divergence, Snapshot
from engine.trainer import Trainer

__all__ = [
    "ACTIVATIONS",
    "ELU",
    "GELU",
    "INITIALIZERS",
    "LOSSES",
    "OPTIMIZERS",
    "SCHEDULES",
    "SGD",
    "Activation",
    "Adagrad",
    "Adam",
    "AdamW",
    "Autopsy",
    "BinaryCrossEntropy",
    "Callback",
    "Constant",
    "Cosine",
    "Curvature",
    "Dense",
    "Divergence",
    "Dropout",
    "EarlyStopping",
    "Evaluation",
    "Exponential",
    "FitHistory",
    "GradientCheck",
    "History",
    "Identity",
    "Layer",
    "LeakyReLU",
    "Loss",
    "MeanSquaredError",
    "Optimizer",
    "Parameter",
    "ProgressBar",
    "RMSprop",
    "RangeTest",
    "ReLU",
    "Record",
    "Schedule",
    "Sequential",
    "SiLU",
    "Sigmoid",
    "Snapshot",
    "Softmax",
    "SoftmaxCrossEntropy",
    "Softplus",
    "Step",
    "Tanh",
    "Trainer",
    "autopsy",
    "critical_learning_rate",
    "gradient_check",
    "range_test",
    "sharpness",
]
