"""Losses over logits: each one's value and gradient side by side, and the registry of their names.

B batch, C outputs of the network, K replicas. Public methods take rows, ``(N, C)``; kernels work
feature-major, ``(C, B)`` or ``(K, C, B)``, as the passes do. Values are means as in PyTorch's
defaults.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable
from typing import Any, ClassVar, NamedTuple

import numpy as np
import numpy.typing as npt

from engine.core.activations import Sigmoid, Softmax, write_sigmoid
from engine.core.layers import Layer
from engine.core.passes import Call
from engine.core.validation import Array, Labels, class_labels, column, matrix, same_length

Value = Callable[[], Any]  # a NumPy scalar, or an array (K,) of them

FEW = 128  # samples up to which one call of logaddexp is faster than five through vectors


class Targets(NamedTuple):
    """What a network should answer: ``values`` (C, N), and ``labels`` (N,) if these are classes."""

    values: Array
    labels: Labels | None


class Loss(ABC):
    """A mean over samples that training makes small. ``folds`` is the final layer it contains."""

    name: ClassVar[str]
    folds: ClassVar[type[Layer] | None] = None

    @abstractmethod
    def targets(self, y: npt.ArrayLike, outputs: int, dtype: npt.DTypeLike) -> Targets:
        """Check ``y`` against the number of outputs and lay it out for the kernel."""

    @abstractmethod
    def kernel(self, z: Array, t: Array, g: Array | None, count: int) -> Value:
        """A call that returns the sum over z's columns / ``count``; ``g`` gets its gradient."""

    @abstractmethod
    def probabilities(self, z: Array) -> Array:
        """Class probabilities, feature-major, from the network's output."""

    def decide(self, z: Array) -> Labels:
        """The most probable class of each column: (..., C, N) -> (..., N)."""
        return np.asarray(z.argmax(axis=-2), dtype=np.int64)

    def value(self, logits: npt.ArrayLike, y: npt.ArrayLike) -> float:
        """The loss of ``logits`` (N, C) against ``y``."""
        return float(self._rows(logits, y)[0])

    def gradient(self, logits: npt.ArrayLike, y: npt.ArrayLike) -> Array:
        """dL/dlogits, (N, C)."""
        return self._rows(logits, y)[1]

    def _rows(self, logits: npt.ArrayLike, y: npt.ArrayLike) -> tuple[float, Array]:
        rows = np.asarray(logits, dtype=np.float64)
        if rows.ndim != 2:
            raise ValueError(f"logits have shape {rows.shape}, but (N, C) is needed")
        targets = self.targets(y, rows.shape[1], np.float64)
        same_length("logits", rows, "y", targets.values.T)
        z = np.ascontiguousarray(rows.T)
        g = np.empty_like(z)
        with np.errstate(all="ignore"):
            value = self.kernel(z, targets.values, g, len(rows))()
        return value, np.ascontiguousarray(g.T)

    def __repr__(self) -> str:
        return f"{type(self).__name__}()"


class SoftmaxCrossEntropy(Loss):
    """-log softmax(z)[label], the mean over samples; labels are whole numbers 0 to C - 1."""

    name = "cross_entropy"
    folds = Softmax

    def targets(self, y: npt.ArrayLike, outputs: int, dtype: npt.DTypeLike) -> Targets:
        if outputs < 2:
            raise ValueError(
                f"cross-entropy needs a network with 2 outputs or more, this one has {outputs};"
                " use BinaryCrossEntropy for a single output"
            )
        labels = class_labels("y", y, outputs)
        return Targets(one_hot(labels, outputs, dtype), labels)

    def kernel(self, z: Array, t: Array, g: Array | None, count: int) -> Value:
        logs: Array = np.empty(z.shape, z.dtype)
        share = np.array(1.0 / count, z.dtype)
        log_softmax, picked = _log_softmax(z, logs), _inner_product(logs, t)

        def value() -> Any:
            log_softmax()
            if g is not None:
                np.exp(logs, out=g)  # softmax(z)
                np.subtract(g, t, out=g)
                np.multiply(g, share, out=g)
            return abs(picked()) * share  # the sum is never positive; this way 0 has no sign

        return value

    def probabilities(self, z: Array) -> Array:
        soft: Array = np.exp(z - z.max(axis=-2, keepdims=True))
        soft /= soft.sum(axis=-2, keepdims=True)
        return soft


class BinaryCrossEntropy(Loss):
    """log(1 + eᶻ) - y z, the mean over samples; one logit a sample, labels 0 and 1."""

    name = "binary_cross_entropy"
    folds = Sigmoid

    def targets(self, y: npt.ArrayLike, outputs: int, dtype: npt.DTypeLike) -> Targets:
        if outputs != 1:
            raise ValueError(
                f"binary cross-entropy needs a network with 1 output, this one has {outputs}"
            )
        labels = class_labels("y", y, 2)
        return Targets(labels.astype(dtype).reshape(1, -1), labels)

    def kernel(self, z: Array, t: Array, g: Array | None, count: int) -> Value:
        lead, batch = z.shape[:-2], z.shape[-1]
        work: Array = np.empty(z.shape, z.dtype)
        row, product = work.reshape((*lead, -1)), np.empty(z.shape, z.dtype)
        products = product.reshape((*lead, -1))
        zero, share = np.array(0.0, z.dtype), np.array(1.0 / count, z.dtype)
        ones = np.ones(batch, z.dtype)
        sigmoid = write_sigmoid(z, product if g is None else g)
        dot = _row_product(z)

        def value() -> Any:
            np.logaddexp(z, zero, out=work)
            np.multiply(z, t, out=product)
            loss = (dot(row, ones) - dot(products, ones)) * share
            if g is not None:
                sigmoid()
                np.subtract(g, t, out=g)
                np.multiply(g, share, out=g)
            return loss

        return value

    def decide(self, z: Array) -> Labels:
        return np.asarray(z[..., 0, :] > 0.0, dtype=np.int64)

    def probabilities(self, z: Array) -> Array:
        p = Sigmoid()(z)
        return np.concatenate([1.0 - p, p], axis=-2).astype(z.dtype)


class MeanSquaredError(Loss):
    """(z - y)², the mean over samples and outputs.

    ``y`` is (N, C), or (N,) for one output. Whole numbers (N,) for a network with several outputs
    are class labels: they become one-hot targets, and the network classifies by its largest output.
    """

    name = "mse"

    def targets(self, y: npt.ArrayLike, outputs: int, dtype: npt.DTypeLike) -> Targets:
        array = np.asarray(y)
        if array.ndim == 1 and outputs > 1 and array.dtype.kind in "biu":
            labels = class_labels("y", y, outputs)
            return Targets(one_hot(labels, outputs, dtype), labels)
        if array.ndim == 1 and outputs == 1:
            array = column("y", y)[:, np.newaxis]
        values = matrix("y", array, outputs, dtype, f"a network with {outputs} outputs")
        return Targets(np.ascontiguousarray(values.T), None)

    def kernel(self, z: Array, t: Array, g: Array | None, count: int) -> Value:
        difference: Array = np.empty(z.shape, z.dtype)
        flat = difference.reshape((*z.shape[:-2], -1))
        share = np.array(1.0 / (count * z.shape[-2]), z.dtype)
        twice = np.array(2.0 / (count * z.shape[-2]), z.dtype)
        dot = _row_product(z)

        def value() -> Any:
            np.subtract(z, t, out=difference)
            if g is not None:
                np.multiply(difference, twice, out=g)
            return dot(flat, flat) * share

        return value

    def probabilities(self, z: Array) -> Array:
        """The outputs, cut to [0, 1] and scaled to sum to 1: they estimate the one-hot targets."""
        if z.shape[-2] == 1:
            raise ValueError("a regression with one output has no class probabilities")
        kept = np.clip(z, 0.0, 1.0)
        total = kept.sum(axis=-2, keepdims=True)
        even = np.full_like(kept, 1.0 / z.shape[-2])
        np.divide(kept, total, out=even, where=total > 0.0)
        return even


def one_hot(labels: Labels, classes: int, dtype: npt.DTypeLike) -> Array:
    """(C, N): a 1 in each column's labelled row."""
    result: Array = np.zeros((classes, len(labels)), dtype)
    result[labels, np.arange(len(labels))] = 1.0
    return result


def _log_softmax(z: Array, logs: Array) -> Call:
    """A call that writes log softmax(z) = z - log Σ eᶻ over the classes.

    For two classes and few samples it does with fewer calls. Which way it goes must not depend on
    the replicas: each rounds as the single run does.
    """
    row: Array = np.empty((*z.shape[:-2], z.shape[-1]), z.dtype)  # (..., B)
    every_class = row[..., np.newaxis, :]
    if z.shape[-2] == 2 and z.shape[-1] <= FEW:
        first, second = z[..., 0, :], z[..., 1, :]

        def two() -> None:
            np.logaddexp(first, second, out=row)
            np.subtract(z, every_class, out=logs)

        return two
    exps = np.empty_like(logs)
    largest, summed = np.maximum.reduce, np.add.reduce

    def call() -> None:
        largest(z, -2, out=row)
        np.subtract(z, every_class, out=logs)  # so that no exponential overflows
        np.exp(logs, out=exps)
        summed(exps, -2, out=row)
        np.log(row, out=row)
        np.subtract(logs, every_class, out=logs)

    return call


def _row_product(z: Array) -> Callable[[Array, Array], Any]:
    """What multiplies two rows and adds up: of one run, or of each replica in the same order."""
    return np.dot if z.ndim == 2 else np.vecdot


def _inner_product(a: Array, t: Array) -> Value:
    """A call that returns Σ a t over classes and samples, for each replica."""
    if a.ndim == 2:
        return lambda: np.vdot(a, t)
    rows = a.reshape((len(a), -1))
    return lambda: np.vecdot(rows, t.reshape(-1))


LOSSES: dict[str, type[Loss]] = {
    cls.name: cls for cls in (SoftmaxCrossEntropy, BinaryCrossEntropy, MeanSquaredError)
}
