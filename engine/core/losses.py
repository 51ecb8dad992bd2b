"""Losses over logits: each one's value and its gradient, and the registry of their names.

N samples, C outputs of the network, K replicas. ``f`` and ``df`` work feature-major, (C, N), as the
passes do; training calls the ``kernel`` in their place. Means are taken as in PyTorch's defaults.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable
from typing import Any, ClassVar, NamedTuple

import numpy as np
import numpy.typing as npt

from engine.core.activations import Sigmoid, Softmax, sigmoid
from engine.core.kernels import losses as kernels
from engine.core.layers import Layer
from engine.core.settings import Configured, Registered
from engine.core.validation import Array, Labels, class_labels, column, matrix, same_length


class Targets(NamedTuple):
    """What a network should answer: ``values`` (C, N), and ``labels`` (N,) if these are classes."""

    values: Array
    labels: Labels | None


class Loss(Configured, Registered, ABC):
    """A mean over samples that training makes small. ``folds`` is the final layer it contains."""

    folds: ClassVar[type[Layer] | None] = None
    kernel: Callable[..., kernels.Value] = kernels.plain

    @abstractmethod
    def f(self, z: Array, t: Array) -> np.floating[Any]:
        """The loss, a scalar, of outputs z (C, N) for targets t (C, N)."""

    @abstractmethod
    def df(self, z: Array, t: Array) -> Array:
        """dL/dz, (C, N)."""

    @abstractmethod
    def targets(self, y: npt.ArrayLike, outputs: int, dtype: npt.DTypeLike) -> Targets:
        """Check ``y`` against the number of outputs and lay it out for the kernel."""

    @abstractmethod
    def probabilities(self, z: Array) -> Array:
        """Class probabilities, feature-major, from the network's output."""

    def decide(self, z: Array) -> Labels:
        """The most probable class of each column: (..., C, N) -> (..., N)."""
        return np.asarray(z.argmax(axis=-2), dtype=np.int64)

    def value(self, logits: npt.ArrayLike, y: npt.ArrayLike) -> float:
        """The loss of ``logits`` (N, C) against ``y``."""
        with np.errstate(all="ignore"):
            return float(self.f(*self._columns(logits, y)))

    def gradient(self, logits: npt.ArrayLike, y: npt.ArrayLike) -> Array:
        """dL/dlogits, (N, C)."""
        with np.errstate(all="ignore"):
            return np.ascontiguousarray(self.df(*self._columns(logits, y)).T)

    def _columns(self, logits: npt.ArrayLike, y: npt.ArrayLike) -> tuple[Array, Array]:
        rows = np.asarray(logits, dtype=np.float64)
        if rows.ndim != 2:
            raise ValueError(f"logits have shape {rows.shape}, but (N, C) is needed")
        targets = self.targets(y, rows.shape[1], np.float64)
        same_length("logits", rows, "y", targets.values.T)
        return np.ascontiguousarray(rows.T), targets.values


class _OfSoftmax(Loss, ABC):
    """Labels from 0 to C - 1 against the probabilities p = softmax(z)."""

    folds = Softmax
    for_one: ClassVar[str]  # the loss of the same kind for a single output

    def targets(self, y: npt.ArrayLike, outputs: int, dtype: npt.DTypeLike) -> Targets:
        if outputs < 2:
            raise ValueError(
                f"{self.label.lower()} needs a network with 2 outputs or more, this one has"
                f" {outputs}; use {self.for_one} for a single output"
            )
        return _one_hot(y, outputs, dtype)

    def probabilities(self, z: Array) -> Array:
        return Softmax().f(z)


class _OfSigmoid(Loss, ABC):
    """Labels 0 and 1 against the probability p = σ(z) of one output."""

    folds = Sigmoid

    def targets(self, y: npt.ArrayLike, outputs: int, dtype: npt.DTypeLike) -> Targets:
        if outputs != 1:
            raise ValueError(
                f"{self.label.lower()} needs a network with 1 output, this one has {outputs}"
            )
        labels = class_labels("y", y, 2)
        return Targets(labels.astype(dtype).reshape(1, -1), labels)

    def decide(self, z: Array) -> Labels:
        return np.asarray(z[..., 0, :] > 0.0, dtype=np.int64)

    def probabilities(self, z: Array) -> Array:
        p = Sigmoid()(z)
        return np.concatenate([1.0 - p, p], axis=-2).astype(z.dtype)


class SoftmaxCrossEntropy(_OfSoftmax):
    """-log softmax(z)[label], the mean over samples; labels are whole numbers 0 to C - 1."""

    name, label, source = "cross_entropy", "Cross-entropy", "with y as one-hot rows"
    latex = (
        r"\begin{gathered} L = -\frac1B\sum_i \ln p_{i,y_i},\quad p_i = \mathrm{softmax}(z_i)"
        r" \\[4pt] \frac{\partial L}{\partial z} = \frac{p - y}{B} \end{gathered}"
    )
    kernel = kernels.cross_entropy
    for_one = "BinaryCrossEntropy"

    def f(self, z: Array, t: Array) -> np.floating[Any]:
        shifted = z - z.max(axis=0)  # so that no exponential overflows
        return np.sum(t * (np.log(np.exp(shifted).sum(axis=0)) - shifted)) / z.shape[1]

    def df(self, z: Array, t: Array) -> Array:
        return (self.probabilities(z) - t) / z.shape[1]


class BinaryCrossEntropy(_OfSigmoid):
    """log(1 + eᶻ) - y z, the mean over samples; one logit a sample, labels 0 and 1."""

    name, label, source = "binary_cross_entropy", "Binary cross-entropy", "one output"
    latex = (
        r"\begin{gathered} L = \frac1B\sum_i \ln(1 + e^{z_i}) - y_i z_i"
        r" \\[4pt] \frac{\partial L}{\partial z} = \frac{\sigma(z) - y}{B} \end{gathered}"
    )
    kernel = kernels.binary_cross_entropy

    def f(self, z: Array, t: Array) -> np.floating[Any]:
        return np.mean(np.logaddexp(z, 0.0) - t * z)

    def df(self, z: Array, t: Array) -> Array:
        return (sigmoid(z) - t) / z.shape[1]


class MeanSquaredError(Loss):
    """(z - y)², the mean over samples and outputs.

    ``y`` is (N, C), or (N,) for one output. Whole numbers (N,) for a network with several outputs
    are class labels: they become one-hot targets, and the network classifies by its largest output.
    """

    name, label, source = "mse", "Mean squared error", "C outputs"
    latex = (
        r"\begin{gathered} L = \frac{1}{BC}\sum_{i,c} (z_{ic} - y_{ic})^2"
        r" \\[4pt] \frac{\partial L}{\partial z} = \frac{2(z - y)}{BC} \end{gathered}"
    )
    kernel = kernels.mean_squared_error

    def f(self, z: Array, t: Array) -> np.floating[Any]:
        return np.mean((z - t) ** 2)

    def df(self, z: Array, t: Array) -> Array:
        return 2.0 * (z - t) / z.size

    def targets(self, y: npt.ArrayLike, outputs: int, dtype: npt.DTypeLike) -> Targets:
        array = np.asarray(y)
        if array.ndim == 1 and outputs > 1 and array.dtype.kind in "biu":
            return _one_hot(y, outputs, dtype)
        if array.ndim == 1 and outputs == 1:
            array = column("y", y)[:, np.newaxis]
        values = matrix("y", array, outputs, dtype, f"a network with {outputs} outputs")
        return Targets(np.ascontiguousarray(values.T), None)

    def probabilities(self, z: Array) -> Array:
        """The outputs, cut to [0, 1] and scaled to sum to 1: they estimate the one-hot targets."""
        if z.shape[-2] == 1:
            raise ValueError("a regression with one output has no class probabilities")
        kept = np.clip(z, 0.0, 1.0)
        total = kept.sum(axis=-2, keepdims=True)
        filled = total > 0.0
        return np.where(filled, kept, 1.0) / np.where(filled, total, z.shape[-2])


class SoftmaxSquaredError(_OfSoftmax):
    """(softmax(z) - y)², the mean over samples and classes, y one-hot: Brier's score over C.

    Where all but one probability are nearly 0 the slope of the softmax is nearly 0 as well, and
    with it the gradient, whether that one is right or wrong. With two classes this is the squared
    error of a sigmoid of the difference of their logits.
    """

    name, label, source = "softmax_mse", "Squared error after softmax", "p = softmax(z); Brier 1950"
    latex = (
        r"\begin{gathered} L = \frac{1}{BC}\sum_{i,c} d_{ic}^2,\quad d = \mathrm{softmax}(z) - y"
        r" \\[4pt] \frac{\partial L}{\partial z_c} ="
        r" \frac{2\,p_c}{BC} \Big(d_c - \sum_k p_k d_k\Big) \end{gathered}"
    )
    kernel = kernels.softmax_squared_error
    for_one = "SigmoidSquaredError"

    def f(self, z: Array, t: Array) -> np.floating[Any]:
        return np.mean((self.probabilities(z) - t) ** 2)

    def df(self, z: Array, t: Array) -> Array:
        p = self.probabilities(z)
        d = p - t
        return 2.0 * p * (d - (p * d).sum(axis=0)) / z.size


class SigmoidSquaredError(_OfSigmoid):
    """(σ(z) - y)², the mean over samples; one logit a sample, labels 0 and 1.

    Where the sigmoid is saturated its slope is nearly 0, and with it the gradient, whether the
    answer is right or wrong.
    """

    name, label, source = "sigmoid_mse", "Squared error after sigmoid", "one output"
    latex = (
        r"\begin{gathered} L = \frac1B\sum_i (p_i - y_i)^2,\quad p_i = \sigma(z_i)"
        r" \\[4pt] \frac{\partial L}{\partial z} = \frac{2\,(p - y)\,p\,(1 - p)}{B}"
        r" \end{gathered}"
    )
    kernel = kernels.sigmoid_squared_error

    def f(self, z: Array, t: Array) -> np.floating[Any]:
        return np.mean((sigmoid(z) - t) ** 2)

    def df(self, z: Array, t: Array) -> Array:
        return 2.0 * (sigmoid(z) - t) * Sigmoid().df(z) / z.shape[1]


def _one_hot(y: npt.ArrayLike, classes: int, dtype: npt.DTypeLike) -> Targets:
    """A 1 in each column's labelled row."""
    labels = class_labels("y", y, classes)
    return Targets(np.eye(classes, dtype=dtype).take(labels, axis=1), labels)


LOSSES = Loss.registry(
    SoftmaxCrossEntropy,
    BinaryCrossEntropy,
    MeanSquaredError,
    SoftmaxSquaredError,
    SigmoidSquaredError,
)
