"""What a trainer measures of its network over whole data sets: at most once a step.

L dense layers, K replicas, P parameters.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from engine.core.network import Network
from engine.core.validation import Array
from engine.training.dataset import DataSet
from engine.training.divergence import LARGEST
from engine.training.history import Record

Measured = tuple[Any, Any]  # loss and accuracy, None where there is none


class Measures:
    """Losses and accuracies of the training and the validation data at the step asked for."""

    def __init__(self, model: Network, train: DataSet, test: DataSet | None) -> None:
        self._model, self._train, self._test = model, train, test
        self.forget()

    def forget(self) -> None:
        self._known: dict[bool, tuple[int, Measured]] = {}

    def train(self, step: int) -> Measured:
        return self._of(False, self._train, step)

    def test(self, step: int) -> Measured:
        return (None, None) if self._test is None else self._of(True, self._test, step)

    def _of(self, key: bool, data: DataSet, step: int) -> Measured:
        known = self._known.get(key)
        if known is None or known[0] != step:
            known = self._known[key] = step, data.measure()
        return known[1]

    def record(self, step: int, learning_rate: Any) -> Record:
        loss, accuracy, gradient = self._train.measure_with_gradient()
        self._known[False] = step, (loss, accuracy)
        test = self.test(step)
        return Record(
            loss=_bounded(loss),
            val_loss=np.nan if test[0] is None else _bounded(test[0]),
            accuracy=_or_nan(accuracy),
            val_accuracy=_or_nan(test[1]),
            gradient=_bounded(self.rms(gradient)),
            learning_rate=learning_rate,
        )

    def gradient(self) -> list[Array]:
        """dL/dW of each Dense layer over the whole training set, data loss alone, as copies."""
        gradient = self._train.measure_with_gradient()[2]
        return [
            gradient[..., layer.weight_span].reshape(layer.weight.shape)
            for layer in self._model.dense_layers
        ]

    def gradient_rms(self) -> npt.NDArray[np.float64]:
        return self.rms(self._train.measure_with_gradient()[2])

    def rms(self, gradient: Array) -> npt.NDArray[np.float64]:
        """The root mean square of each layer's weights' part of a vector: (L,) or (K, L)."""
        wide = gradient.astype(np.float64)  # squares that overflow float32 do not overflow this
        parts = [wide[..., layer.weight_span] for layer in self._model.dense_layers]
        with np.errstate(all="ignore"):
            squares = [np.vecdot(part, part) / part.shape[-1] for part in parts]
            result: npt.NDArray[np.float64] = np.sqrt(np.stack(squares, axis=-1))
        return result

    def finite(self, k: int) -> bool:
        """Whether replica k's losses are finite with the weights that it has now."""
        losses = [data.measure()[0] for data in (self._train, self._test) if data is not None]
        return all(bool(np.isfinite(np.atleast_1d(loss)[k])) for loss in losses)


def _bounded(value: Any) -> Any:
    """The value, with the largest float where it is not finite: a record can always be drawn."""
    return np.where(value <= LARGEST, value, LARGEST)


def _or_nan(value: Any) -> Any:
    return np.nan if value is None else value
