"""A data set laid out for the engine, and the measuring of a network on all of it.

N samples, B batch, F features, C outputs, K replicas.
"""

from __future__ import annotations

import copy
from collections.abc import Callable
from functools import lru_cache, partial
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from engine.core.kernels.passes import Pass, chunks
from engine.core.losses import Loss, Targets
from engine.core.network import Network
from engine.core.validation import Array, matrix, same_length

SMOOTHING = 0.05  # the least weight of a new batch's loss in the smoothed loss
KEPT_BATCHES = 8  # whose buffers are kept: of several sizes, to train on and to measure


class Batch(NamedTuple):
    """A step's way through the network, to the loss: ``value`` comes between forward and back."""

    run: Pass
    targets: Array  # (C, B), where the targets of ``run.rows`` go
    value: Callable[[], Any]
    weight: float  # of its loss in the smoothed loss


class Inputs:
    """Inputs laid out once, read-only, for any number of trainers to share.

    ``table`` (N, F + 1) holds ``scale`` X and a last column of ones. Whole numbers, as of pictures,
    are laid out without a copy in between. A network of another ``dtype`` makes a copy of its own.
    ValueError for what is no finite matrix.
    """

    def __init__(
        self, X: npt.ArrayLike, dtype: npt.DTypeLike = np.float64, scale: float = 1.0
    ) -> None:
        rows = np.asarray(X)
        if rows.ndim != 2 or len(rows) == 0:
            raise ValueError(f"inputs X has shape {rows.shape}, but (N, F) is needed")
        if rows.dtype.kind not in "iu":
            rows = matrix("inputs X", rows, rows.shape[1], np.dtype(dtype), "a data set")
        self.table = _with_ones(rows, np.dtype(dtype))
        self.table[:, :-1] *= scale
        self.table.setflags(write=False)


def _with_ones(rows: npt.NDArray[Any], dtype: np.dtype[Any]) -> Array:
    table: Array = np.ones((len(rows), rows.shape[1] + 1), dtype)
    table[:, :-1] = rows
    return table


class DataSet:
    """Inputs with a column of ones, ``table`` (N, F + 1), and checked ``targets``.

    ``batch(size, training, gradient)`` is the way of a mini-batch of this size, forward and back,
    with buffers of its own. Measuring runs in inference mode and changes nothing: not the weights,
    the gradient, nor any stream.
    """

    def __init__(
        self, model: Network, loss: Loss, X: npt.ArrayLike | Inputs, y: npt.ArrayLike, name: str
    ) -> None:
        if isinstance(X, Inputs):
            model.checked(X.table[:1, :-1], f"{name} inputs X")  # as wide as the network wants
            self.table = X.table.astype(model.dtype, copy=False)
        else:
            self.table = _with_ones(model.checked(X, f"{name} inputs X"), model.dtype)
        self.targets = loss.targets(y, model.n_outputs, model.dtype)
        same_length(
            f"{name} inputs X", self.table[:, :-1], f"{name} targets y", self.targets.values.T
        )
        self._loss = loss
        self._bind(model)

    def _bind(self, model: Network) -> None:
        self._model = model
        batch = partial(_batch, model, self._loss, self.targets.values.shape)
        self.batch = lru_cache(KEPT_BATCHES)(batch)

    def sample(self, most: int | None, generator: np.random.Generator) -> DataSet:
        """So many of its rows, drawn once; the set itself if there are no more, or for None."""
        if most is None or len(self) <= most:
            return self
        chosen = np.sort(generator.choice(len(self), most, replace=False))
        values, labels = self.targets
        twin = copy.copy(self)
        twin.table = self.table[chosen]
        twin.targets = Targets(values[:, chosen], None if labels is None else labels[chosen])
        twin._bind(self._model)
        return twin

    def __deepcopy__(self, memo: dict[int, Any]) -> DataSet:
        """The same data, shared, for a copy of the network."""
        twin = memo[id(self)] = copy.copy(self)
        twin._bind(copy.deepcopy(self._model, memo))
        return twin

    def __len__(self) -> int:
        return len(self.table)

    def measure(self) -> tuple[Any, Any]:
        """The mean loss and the accuracy (None for values), each a float or an array (K,)."""
        return self._measured(None)

    def measure_with_gradient(self) -> tuple[Any, Any, Array]:
        """The same, and dL/dparameters over the whole set, without penalties: (P,) or (K, P)."""
        grads = self._model.flat_grad
        kept, total = grads.copy(), np.zeros_like(grads)
        loss, accuracy = self._measured(total)
        grads[...] = kept
        return loss, accuracy, total

    def _measured(self, total: Array | None) -> tuple[Any, Any]:
        """Loss and accuracy; the gradient is added to ``total``, if there is one."""
        values, labels = self.targets
        loss: Any = 0.0
        right: Any = 0
        with np.errstate(all="ignore"):
            for rows in chunks(self.table[:, :-1]):
                run, targets, value, _ = self.batch(
                    rows.stop - rows.start, training=False, gradient=total is not None
                )
                run.rows[...], targets[...] = self.table[rows], values[:, rows]
                run.forward()
                loss = loss + value().astype(np.float64)
                if labels is not None:
                    found = self._loss.decide(run.output.value) == labels[rows]
                    right = right + np.count_nonzero(found, axis=-1)
                if total is not None:
                    run.backward()
                    np.add(total, self._model.flat_grad, out=total)
        accuracy = None if labels is None else right / len(self)
        if self._model.replicas is None:
            return float(loss), accuracy
        return loss, accuracy

    def baseline(self) -> float:
        """The loss of a network that answers zero to everything."""
        z = np.zeros_like(self.targets.values)
        return float(self._loss.kernel(z, self.targets.values, None, len(self))())


def _batch(
    model: Network,
    loss: Loss,
    shape: tuple[int, int],
    size: int,
    training: bool = True,
    gradient: bool = True,
) -> Batch:
    """Of a data set whose targets have this shape (C, N). Measured, it gives its share of N."""
    depth = model.logit_depth(loss)
    run = model.passes.bind(size, training=training, gradient=gradient, depth=depth)
    targets: Array = np.zeros((shape[0], size), run.dtype)
    count = size if training else shape[1]
    value = loss.kernel(run.output.value, targets, run.output.grad, count)
    return Batch(run, targets, value, max(size / shape[1], SMOOTHING))
