"""A data set laid out for the engine, and the measuring of a network on all of it.

N samples, B batch, F features, C outputs, K replicas.
"""

from __future__ import annotations

import copy
from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from engine.core.kernels.losses import Value
from engine.core.kernels.passes import Call
from engine.core.losses import Loss
from engine.core.network import Network
from engine.core.validation import Array, same_length

SMOOTHING = 0.05  # the least weight of a new batch's loss in the smoothed loss


class Batch(NamedTuple):
    """The calls of a step, and where its data goes."""

    rows: Array  # (B, F + 1), where the inputs go
    targets: Array  # (C, B), where their targets go
    forwards: tuple[Call, ...]
    value: Callable[[], Any]
    backwards: tuple[Call, ...]
    weight: float  # of its loss in the smoothed loss


class DataSet:
    """Inputs with a column of ones, ``table`` (N, F + 1), and checked ``targets``.

    Measuring runs in inference mode and changes nothing: not the weights, the gradient, nor any
    stream.
    """

    def __init__(
        self, model: Network, loss: Loss, X: npt.ArrayLike, y: npt.ArrayLike, name: str
    ) -> None:
        rows = model.checked(X, f"{name} inputs X")
        self.targets = loss.targets(y, model.n_outputs, model.dtype)
        same_length(f"{name} inputs X", rows, f"{name} targets y", self.targets.values.T)
        self.table: Array = np.ones((len(rows), rows.shape[1] + 1), model.dtype)
        self.table[:, :-1] = rows
        self._model, self._loss = model, loss
        self._depth = model.logit_depth(loss)
        self._logits: Array = np.zeros((*model.lead, model.n_outputs, len(rows)), model.dtype)
        self._slopes: Array | None = None  # dL/dlogits, made on first need
        self._kernels: dict[tuple[int, int, bool], Value] = {}

    def __deepcopy__(self, memo: dict[int, Any]) -> DataSet:
        """The same data, shared, for a copy of the network."""
        twin = memo[id(self)] = copy.copy(self)
        twin._model = copy.deepcopy(self._model, memo)
        twin._logits, twin._slopes, twin._kernels = self._logits.copy(), None, {}
        return twin

    def __len__(self) -> int:
        return len(self.table)

    def batch(self, size: int) -> Batch:
        """The way of a mini-batch of this size, forward and back, with buffers of its own."""
        run = self._model.passes.bind(size, training=True, gradient=True, depth=self._depth)
        targets: Array = np.zeros((len(self.targets.values), size), run.dtype)
        value = self._loss.kernel(run.output.value, targets, run.output.grad, size)
        weight = max(size / len(self), SMOOTHING)
        return Batch(run.rows, targets, tuple(run.forwards), value, tuple(run.backwards), weight)

    def _kernel(self, rows: slice, gradient: bool) -> Value:
        key = (rows.start, rows.stop, gradient)
        if key not in self._kernels:
            if gradient and self._slopes is None:
                self._slopes = np.zeros_like(self._logits)
            slopes = self._slopes[..., rows] if gradient and self._slopes is not None else None
            targets = self.targets.values[:, rows]
            self._kernels[key] = self._loss.kernel(
                self._logits[..., rows], targets, slopes, len(self)
            )
        return self._kernels[key]

    def measure(self) -> tuple[Any, Any]:
        """The mean loss and the accuracy (None for values), each a float or an array (K,)."""
        parts: list[Any] = []
        for run, rows in self._model.passes.sweep(self.table[:, :-1], self._depth):
            run.forward()
            self._logits[..., rows] = run.output.value[..., : rows.stop - rows.start]
            parts.append(self._kernel(rows, False)())
        return self._result(parts)

    def measure_with_gradient(self) -> tuple[Any, Any, Array]:
        """The same, and dL/dparameters over the whole set, without penalties: (P,) or (K, P)."""
        model = self._model
        kept, total = model.flat_grad.copy(), np.zeros_like(model.flat_grad)
        parts: list[Any] = []
        for run, rows in model.passes.sweep(self.table[:, :-1], self._depth, gradient=True):
            run.forward()
            count = rows.stop - rows.start
            self._logits[..., rows] = run.output.value[..., :count]
            parts.append(self._kernel(rows, True)())
            if run.output.grad is not None and self._slopes is not None:
                run.output.grad[..., :count] = self._slopes[..., rows]
                run.output.grad[..., count:] = 0.0  # left over from the chunk before
            run.backward()
            np.add(total, model.flat_grad, out=total)
        model.flat_grad[...] = kept
        return *self._result(parts), total

    def baseline(self) -> float:
        """The loss of a network that answers zero to everything."""
        z = np.zeros_like(self.targets.values)
        return float(self._loss.kernel(z, self.targets.values, None, len(self))())

    def _result(self, parts: list[Any]) -> tuple[Any, Any]:
        loss = sum(part.astype(np.float64) for part in parts)  # one by one, replicas or not
        accuracy: Any = None
        if self.targets.labels is not None:
            right = self._loss.decide(self._logits) == self.targets.labels
            accuracy = np.count_nonzero(right, axis=-1) / len(self)
        if self._model.replicas is None:
            return float(loss), None if accuracy is None else float(accuracy)
        return loss, accuracy
