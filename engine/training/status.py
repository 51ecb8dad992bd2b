"""Where a run stands: what can be read of a trainer at any time, without changing it.

L dense layers, K replicas. With replicas a loss is an array (K,).
"""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from engine.core.optimizers import Rate
from engine.core.validation import Array
from engine.training.dataset import DataSet
from engine.training.divergence import LARGEST, Divergence, Judge
from engine.training.history import Record
from engine.training.tuning import Tunable

READY, RUNNING, FINISHED, DIVERGED = "ready", "running", "finished", "diverged"


class RunStatus(Tunable):
    """The readings of a run. Whole data sets are measured at most once a step."""

    data: DataSet
    _seen: DataSet  # what is measured of it
    _test: DataSet | None  # and of the validation data
    _known: dict[DataSet, tuple[int, tuple[Any, Any]]]  # at which step: loss and accuracy
    judge: Judge
    epoch: int  # how many are complete
    steps: int  # how many are complete
    _position: int  # samples of the current epoch that are already used

    @property
    def status(self) -> str:
        """One of "ready", "running", "finished", "diverged"."""
        if not self.judge.any_active:
            return DIVERGED
        if self._epochs is not None and self.epoch >= self._epochs:
            return FINISHED
        return READY if self.steps == 0 else RUNNING

    @property
    def progress(self) -> float:
        """Epochs, including the part of the current one that is done."""
        if self._position == self._size:
            return float(self.epoch)
        return self.epoch + self._position / self._size

    @property
    def current_learning_rate(self) -> Any:
        """The rate of the next step, after schedule and decay: a float or an array (K,)."""
        rate = self.rate()
        return rate if isinstance(rate, float) else rate[:, 0]

    smoothed_loss = property(lambda run: run._shaped(run.judge.smoothed))
    """A running mean of the batch losses, over about an epoch or the last 20 batches."""

    start_loss = property(lambda run: run._shaped(run.judge.start))
    """The training loss before the first step."""

    loss_limit = property(lambda run: run._shaped(run.judge.limit))
    """The batch loss beyond which the run counts as diverged."""

    epoch_loss = property(lambda run: run._shaped(run.judge.epoch_loss))
    """The mean of the last completed epoch's batch losses; NaN before there is one."""

    @property
    def diverging(self) -> bool:
        """Whether the smoothed loss is above its start and above four times its best.

        With replicas: whether that holds for any that is not frozen.
        """
        return bool((self.judge.diverging & self.judge.active).any())

    @property
    def replica_diverging(self) -> npt.NDArray[np.bool_]:
        return self.judge.diverging

    @property
    def divergence(self) -> Divergence | None:
        """Where and why the run diverged (with replicas: the last of them to do so)."""
        return self.judge.divergence

    @property
    def replica_divergences(self) -> tuple[Divergence | None, ...]:
        return tuple(self.judge.divergences)

    @property
    def diverged_epoch(self) -> int | None:
        return None if self.divergence is None else self.divergence.epoch

    train_loss = property(lambda run: run._measured(run._seen)[0])
    """The loss over the whole training set with the current weights, without penalties."""

    train_accuracy = property(lambda run: run._measured(run._seen)[1])
    """The share of right answers in the training set; None for a regression."""

    test_loss = property(lambda run: run._measured(run._test)[0])
    """The same for the validation data; None if there are none."""

    test_accuracy = property(lambda run: run._measured(run._test)[1])

    def _measured(self, data: DataSet | None) -> tuple[Any, Any]:
        if data is None:
            return None, None
        step, found = self._known.get(data, (None, (None, None)))
        if step != self.steps:
            found = data.measure()
            self._known[data] = self.steps, found
        return found

    def forget_measures(self) -> None:
        """Measure losses anew: to be called after weights were changed by hand."""
        self._known = {}

    def gradient_now(self) -> list[Array]:
        """dL/dW of each Dense layer over the whole training set, data loss alone, as copies."""
        gradient = self._seen.measure_with_gradient()[2]
        return [
            gradient[..., layer.weight_span].reshape(layer.weight.shape)
            for layer in self.model.dense_layers
        ]

    def layer_gradient_rms(self) -> npt.NDArray[np.float64]:
        """The root mean square of each of ``gradient_now()``: (L,) or (K, L)."""
        return self._rms(self._measured_gradient()[2])

    def _measured_gradient(self) -> tuple[Any, Any, Array]:
        """Loss, accuracy and gradient, the first two remembered: they came with it."""
        loss, accuracy, gradient = self._seen.measure_with_gradient()
        self._known[self._seen] = self.steps, (loss, accuracy)
        return loss, accuracy, gradient

    def _rms(self, gradient: Array) -> npt.NDArray[np.float64]:
        wide = gradient.astype(np.float64)  # squares that overflow float32 do not overflow this
        parts = [wide[..., layer.weight_span] for layer in self.model.dense_layers]
        with np.errstate(all="ignore"):
            squares = [np.vecdot(part, part) / part.shape[-1] for part in parts]
            result: npt.NDArray[np.float64] = np.sqrt(np.stack(squares, axis=-1))
        return result

    def _record(self) -> Record:
        """All of it now, a number that is not finite as the largest float: it can be drawn."""
        loss, accuracy, gradient = self._measured_gradient()
        return Record(
            loss=_bounded(loss),
            val_loss=_bounded(self.test_loss),
            accuracy=accuracy,
            val_accuracy=self.test_accuracy,
            gradient=_bounded(self._rms(gradient)),
            learning_rate=self.current_learning_rate,
        )

    def _shaped(self, values: npt.NDArray[np.float64]) -> Any:
        return float(values[0]) if self.model.replicas is None else values.copy()

    def rate(self) -> Rate:
        """The same, as the optimizer's ``update`` takes it."""
        schedule = self._hyper.schedule
        return self.optimizer.rate(1.0 if schedule is None else schedule.factor(self.progress))

    def _steps_left(self) -> int:
        """Steps to the end of the current epoch, or of the next if none is under way."""
        position = 0 if self._position == self._size else self._position
        return -(-(self._size - position) // self._hyper.batch_size)


def _bounded(value: Any) -> Any:
    return None if value is None else np.where(value <= LARGEST, value, LARGEST)
