"""Trainer: mini-batch descent that can be cut into any pieces, watched, stopped and rewound.

N samples, B batch, P parameters, K replicas. The trainer prints nothing, sleeps never and knows of
no user interface.
"""

from __future__ import annotations

import copy
import math
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from engine.core.kernels.passes import Call
from engine.core.losses import Loss
from engine.core.network import ORDER_STREAM, Network, stream
from engine.core.optimizers import Optimizer, Rate, scaled
from engine.core.validation import Array, whole
from engine.training.checkpoints import Checkpoints
from engine.training.dataset import DataSet
from engine.training.divergence import Divergence
from engine.training.history import History, Record
from engine.training.penalties import Penalties, weight_spans
from engine.training.schedules import Schedule
from engine.training.snapshot import Snapshot, frozen

READY, RUNNING, FINISHED, DIVERGED = "ready", "running", "finished", "diverged"

LOSS_LIMIT = 10_000.0  # times its start: beyond this a run has diverged
DIVERGING_RISE = 4.0  # times its best (and above its start): a smoothed loss that is diverging
SMOOTHING = 0.05  # the least weight of a new batch's loss in the smoothed loss
LARGEST = float(np.finfo(np.float64).max)
KEPT_BATCHES = 4  # batch sizes whose training buffers are kept
KEPT_SETTINGS = 1000  # changes of settings that a replay can follow

# What a step changes in place; the rest of a trainer is replaced as a whole.
_CHANGED_IN_PLACE = (
    *("_order", "_previous", "_active", "_smoothed", "_best", "_epoch_sum", "_epoch_loss"),
    *("_divergences", "_log"),
)


class _Batch(NamedTuple):
    """The training pass for one batch size, flattened into what a step calls."""

    rows: Array  # (B, F + 1), where the inputs go
    targets: Array  # (C, B), where their targets go
    forwards: tuple[Call, ...]
    value: Callable[[], Any]
    backwards: tuple[Call, ...]
    weight: float  # of its loss in the smoothed loss


class Ahead(NamedTuple):
    """What the next step will work with."""

    samples: npt.NDArray[np.intp]  # (B,): the rows of its batch
    penalties: Penalties
    rate: Rate


class _Settings(NamedTuple):
    """What may change while a run goes on; ``swaps`` counts the optimizers before this one."""

    schedule: Schedule | None
    l1: float
    l2: float
    clip_norm: float | None
    batch_size: int
    optimizer: type[Optimizer]
    options: dict[str, Any]
    swaps: int


class Trainer:
    """Trains ``model`` on ``X`` (N, F) and ``y``, one mini-batch a step.

    Each epoch visits every sample once, in an order that depends on ``seed`` and the number of the
    epoch alone. Losses that are reported are those of the data; the penalties act on the gradient
    of the weights (not the biases): ``l1`` sign(W) + ``l2`` W. ``clip_norm`` then bounds the norm
    of the whole gradient. With ``epochs`` the run is "finished" after so many. However the work is
    cut into calls, the same settings give the same bits; measuring changes nothing.

    A run *diverges* when its batch loss, a gradient or a weight stops being finite, or the loss
    passes 10,000 times its start or, if larger, the loss of answering zero everywhere. It keeps
    the last weights with which everything is finite, and ``divergence`` tells where and why.

    With replicas, losses are arrays (K,), a replica that diverges is frozen while the others go on,
    and the run has diverged when all have.
    """

    def __init__(
        self,
        model: Network,
        loss: Loss,
        optimizer: Optimizer,
        X: npt.ArrayLike,
        y: npt.ArrayLike,
        batch_size: int = 10,
        seed: int = 0,
        validation_data: tuple[npt.ArrayLike, npt.ArrayLike] | None = None,
        *,
        shuffle: bool = True,
        epochs: int | None = None,
        schedule: Schedule | None = None,
        l1: float = 0.0,
        l2: float = 0.0,
        clip_norm: float | None = None,
        history_size: int = 512,
        checkpoints: int = 32,
    ) -> None:
        self.model, self.loss = model, loss
        model.compile(optimizer, loss)
        self._train = DataSet(model, loss, X, y, "training")
        self._test = None
        if validation_data is not None:
            self._test = DataSet(model, loss, *validation_data, "validation")
        model.classifies = self._train.targets.labels is not None
        self._size = len(self._train)
        self._replicas = 1 if model.replicas is None else model.replicas
        self._batches: dict[int, _Batch] = {}
        self._weight_spans = weight_spans(model)
        self._penalties = Penalties(model)
        self._changes = self._swaps = 0
        self._noted: tuple[int, int] | None = None
        self._log: list[tuple[int, _Settings]] = []

        self.seed = whole("seed", seed, low=0)
        self._shuffle = bool(shuffle)
        self.batch_size = batch_size
        self.epochs = epochs
        self.schedule = schedule
        self.l1, self.l2 = l1, l2
        self.clip_norm = clip_norm
        self._check_rates(optimizer)
        self.optimizer = optimizer
        optimizer.prepare(model.flat)

        self._order_generator = stream(self.seed, ORDER_STREAM)
        self._unshuffled = np.arange(self._size)
        self._order = self._unshuffled.copy()
        self._position = self._size  # at the end of an epoch: the next step begins a new one
        self._epoch = 0
        self._steps = 0
        self._previous: Array = model.flat.copy()
        self._divergences: list[Divergence | None] = [None] * self._replicas
        self._active = np.ones(self._replicas, np.bool_)
        self._all_active = True

        self._measured: tuple[int, Any] | None = None
        self._measured_test: tuple[int, Any] | None = None
        self._epoch_sum = np.zeros(self._replicas)
        self._epoch_loss = np.full(self._replicas, np.nan)
        start = np.atleast_1d(self._measure()[0])
        self._start = start.astype(np.float64)
        self._baseline = self._train.baseline()
        scale = np.maximum(self._start, self._baseline)
        # Targets of zero, met but for rounding from the start, give no scale: 1 will do.
        self._limit = LOSS_LIMIT * np.where(scale < np.finfo(np.float64).eps, 1.0, scale)
        self._smoothed, self._best = self._start.copy(), self._start.copy()

        lead = () if model.replicas is None else (model.replicas,)
        layers = len(model.dense_layers)
        self._keeps_history = whole("history_size", history_size, low=0) > 0
        self._history = History(max(history_size, 2), layers, lead)
        self._checkpoints = Checkpoints(checkpoints)
        self._first = self.snapshot()
        self._refuse_infinite_start()
        self._mark_epoch()

    # --- settings that may change while running --------------------------------------------------

    @property
    def learning_rate(self) -> float | Array:
        """The base rate, before the schedule: the optimizer's."""
        return self.optimizer.learning_rate

    @learning_rate.setter
    def learning_rate(self, value: float | npt.ArrayLike) -> None:
        before = self.optimizer.learning_rate
        self.optimizer.learning_rate = value
        try:
            self._check_rates(self.optimizer)
        except ValueError:
            self.optimizer.learning_rate = before
            raise

    def _check_rates(self, optimizer: Optimizer) -> None:
        rate = optimizer.learning_rate
        if isinstance(rate, np.ndarray) and rate.shape != (self.model.replicas,):
            raise ValueError(
                f"learning_rate has shape {rate.shape}, but the network has"
                f" {self.model.replicas} replicas"
            )

    @property
    def schedule(self) -> Schedule | None:
        return self._schedule

    @schedule.setter
    def schedule(self, value: Schedule | None) -> None:
        if value is not None and not isinstance(value, Schedule):
            raise ValueError(f"schedule must be a Schedule or None, not {value!r}")
        self._schedule = value
        self._changes += 1

    @property
    def l1(self) -> float:
        return self._penalties.l1

    @l1.setter
    def l1(self, value: float) -> None:
        self._penalties.l1 = value
        self._changes += 1

    @property
    def l2(self) -> float:
        return self._penalties.l2

    @l2.setter
    def l2(self, value: float) -> None:
        self._penalties.l2 = value
        self._changes += 1

    @property
    def clip_norm(self) -> float | None:
        return self._penalties.clip_norm

    @clip_norm.setter
    def clip_norm(self, value: float | None) -> None:
        self._penalties.clip_norm = value
        self._changes += 1

    @property
    def batch_size(self) -> int:
        return self._batch_size

    @batch_size.setter
    def batch_size(self, value: int) -> None:
        self._batch_size = whole("batch_size", value, low=1, high=self._size)
        self._changes += 1

    @property
    def epochs(self) -> int | None:
        return self._epochs

    @epochs.setter
    def epochs(self, value: int | None) -> None:
        self._epochs = None if value is None else whole("epochs", value, low=0)

    def set_optimizer(self, optimizer: Optimizer) -> None:
        """Go on with another optimizer, its state fresh."""
        if not isinstance(optimizer, Optimizer):
            raise ValueError(f"optimizer must be an Optimizer, not {optimizer!r}")
        self._check_rates(optimizer)
        self._put_optimizer(optimizer)
        self._swaps += 1
        self._changes += 1

    def _put_optimizer(self, optimizer: Optimizer) -> None:
        optimizer.prepare(self.model.flat)
        self.optimizer = self.model.optimizer = optimizer

    def _settings(self) -> _Settings:
        return _Settings(
            self._schedule,
            self.l1,
            self.l2,
            self.clip_norm,
            self._batch_size,
            type(self.optimizer),
            self.optimizer.config(),
            self._swaps,
        )

    def _apply(self, settings: _Settings) -> None:
        """Set all settings; those of another optimizer than the present one bring it in, fresh."""
        if settings.swaps != self._swaps:
            self._put_optimizer(settings.optimizer(**settings.options))
            self._swaps = settings.swaps
        for name, value in settings.options.items():
            setattr(self.optimizer, name, value)
        self.schedule, self.l1, self.l2 = settings.schedule, settings.l1, settings.l2
        self.clip_norm, self.batch_size = settings.clip_norm, settings.batch_size

    def _note_settings(self) -> None:
        """Remember from which step on the present settings hold, so that a replay can follow."""
        # Two counts, not their sum: another optimizer comes with another count of its own.
        changes = self._changes, self.optimizer.changes
        if changes == self._noted:
            return
        self._noted = changes
        settings = self._settings()
        if self._log and self._log[-1][0] == self._steps:
            self._log.pop()
        if not self._log or self._log[-1][1] != settings:
            self._log.append((self._steps, settings))
        if len(self._log) > KEPT_SETTINGS:
            del self._log[0]

    # --- where the run stands --------------------------------------------------------------------

    @property
    def status(self) -> str:
        """One of "ready", "running", "finished", "diverged"."""
        if not (self._all_active or self._active.any()):
            return DIVERGED
        if self._epochs is not None and self._epoch >= self._epochs:
            return FINISHED
        return READY if self._steps == 0 else RUNNING

    @property
    def replica_status(self) -> npt.NDArray[np.str_]:
        """The status of each replica, (K,)."""
        status = self.status
        return np.array([status if active else DIVERGED for active in self._active])

    @property
    def epoch(self) -> int:
        """Completed epochs."""
        return self._epoch

    @property
    def steps(self) -> int:
        """Completed steps."""
        return self._steps

    @property
    def progress(self) -> float:
        """Epochs, including the part of the current one that is done."""
        if self._position == self._size:
            return float(self._epoch)
        return self._epoch + self._position / self._size

    @property
    def current_learning_rate(self) -> Any:
        """The rate of the next step, after schedule and decay: a float or an array (K,)."""
        return self.optimizer.learning_rate * self._rate_factor()

    @property
    def smoothed_loss(self) -> Any:
        """A running mean of the batch losses, over about an epoch or the last 20 batches."""
        return self._shaped(self._smoothed)

    @property
    def start_loss(self) -> Any:
        """The training loss before the first step."""
        return self._shaped(self._start)

    @property
    def loss_limit(self) -> Any:
        """The batch loss beyond which the run counts as diverged."""
        return self._shaped(self._limit)

    @property
    def epoch_loss(self) -> Any:
        """The mean of the last completed epoch's batch losses; NaN before there is one."""
        return self._shaped(self._epoch_loss)

    @property
    def diverging(self) -> bool:
        """Whether the smoothed loss is above its start and above four times its best.

        With replicas: whether that holds for any that is not frozen.
        """
        return bool((self.replica_diverging & self._active).any())

    @property
    def replica_diverging(self) -> npt.NDArray[np.bool_]:
        above: npt.NDArray[np.bool_] = self._smoothed > np.maximum(
            self._start, DIVERGING_RISE * self._best
        )
        return above

    @property
    def divergence(self) -> Divergence | None:
        """Where and why the run diverged (with replicas: the last of them to do so)."""
        known = [divergence for divergence in self._divergences if divergence is not None]
        if len(known) < self._replicas:
            return None
        return max(known, key=lambda divergence: divergence.step)

    @property
    def replica_divergences(self) -> tuple[Divergence | None, ...]:
        return tuple(self._divergences)

    @property
    def diverged_epoch(self) -> int | None:
        divergence = self.divergence
        return None if divergence is None else divergence.epoch

    @property
    def train_loss(self) -> Any:
        """The loss over the whole training set with the current weights, without penalties."""
        return self._measure()[0]

    @property
    def train_accuracy(self) -> Any:
        """The share of right answers in the training set; None for a regression."""
        return self._measure()[1]

    @property
    def test_loss(self) -> Any:
        """The same for the validation data; None if there are none."""
        return None if self._test is None else self._measure_test()[0]

    @property
    def test_accuracy(self) -> Any:
        return None if self._test is None else self._measure_test()[1]

    @property
    def history(self) -> History:
        return self._history

    @property
    def data(self) -> DataSet:
        """The training set."""
        return self._train

    @property
    def checkpoints(self) -> tuple[Snapshot, ...]:
        """The automatic snapshots, oldest first."""
        return tuple(self._checkpoints.kept)

    def gradient_now(self) -> list[Array]:
        """dL/dW of each Dense layer over the whole training set, data loss alone, as copies."""
        gradient = self._train.measure_with_gradient()[2]
        return [
            gradient[..., start:stop].reshape(layer.weight.shape)
            for (start, stop), layer in zip(
                self._weight_spans, self.model.dense_layers, strict=True
            )
        ]

    def layer_gradient_rms(self) -> npt.NDArray[np.float64]:
        """The root mean square of each of ``gradient_now()``: (L,) or (K, L)."""
        return self._rms(self._train.measure_with_gradient()[2])

    def _shaped(self, values: npt.NDArray[np.float64]) -> Any:
        return float(values[0]) if self.model.replicas is None else values.copy()

    def _measure(self) -> Any:
        if self._measured is None or self._measured[0] != self._steps:
            self._measured = self._steps, self._train.measure()
        return self._measured[1]

    def _measure_test(self) -> Any:
        if self._test is None:
            return None, None
        if self._measured_test is None or self._measured_test[0] != self._steps:
            self._measured_test = self._steps, self._test.measure()
        return self._measured_test[1]

    def forget_measures(self) -> None:
        """Measure losses anew: to be called after weights were changed by hand."""
        self._measured = self._measured_test = None

    def _rms(self, gradient: Array) -> npt.NDArray[np.float64]:
        wide = gradient.astype(np.float64)  # squares that overflow float32 do not overflow this
        result = np.empty((*wide.shape[:-1], len(self._weight_spans)))
        with np.errstate(all="ignore"):
            for index, (start, stop) in enumerate(self._weight_spans):
                part = wide[..., start:stop]
                result[..., index] = np.vecdot(part, part) / (stop - start)
            return np.sqrt(result, out=result)

    # --- running ---------------------------------------------------------------------------------

    def step(self) -> int:
        """Train on one mini-batch. Returns the steps made: 0 when finished or diverged."""
        with np.errstate(all="ignore"):
            return self._advance(1)

    def run_steps(self, n: int) -> int:
        """Train on up to ``n`` mini-batches. Returns the steps made."""
        whole("the number of steps", n, low=0)
        with np.errstate(all="ignore"):
            return self._advance(n)

    def run_epochs(self, n: int) -> int:
        """Train until ``n`` more epochs are complete. Returns the steps made.

        An epoch that has begun counts as one: so from its middle ``run_epochs(1)`` goes to its end.
        """
        goal = self._epoch + whole("the number of epochs", n, low=0)
        made = 0
        with np.errstate(all="ignore"):
            while self._epoch < goal:
                left = self._steps_left()
                steps = self._advance(left)
                made += steps
                if steps < left:
                    break
        return made

    def _steps_left(self) -> int:
        """Steps to the end of the current epoch, or of the next if none is under way."""
        position = 0 if self._position == self._size else self._position
        return -(-(self._size - position) // self._batch_size)

    def _advance(self, limit: int) -> int:
        if self.status in (FINISHED, DIVERGED):
            return 0
        self._note_settings()
        flat, grads, previous = self.model.flat, self.model.flat_grad, self._previous
        X, T = self._train.table, self._train.targets.values
        penalties, size, single = self._penalties, self._size, self.model.replicas is None
        copyto, dot, infinity = np.copyto, np.dot, math.inf
        made = 0
        while made < limit:
            if self._position == size:
                self._begin_epoch()
            start = self._position
            stop = min(start + self._batch_size, size)
            rows, targets, forwards, value, backwards, weight = self._batch(stop - start)
            chosen = self._order[start:stop]
            X.take(chosen, 0, rows, "clip")
            T.take(chosen, 1, targets, "clip")

            for forward in forwards:
                forward()
            loss = value()
            if not self._accept_loss(loss, weight, stop - start):
                break
            for backward in backwards:
                backward()

            if penalties.active:
                penalties.apply(flat, grads, previous)  # whose content is not needed any more
            copyto(previous, flat)
            self.optimizer.update(flat, grads, self._rate())
            if single:
                if not dot(flat, flat) < infinity and not self._accept_weights():
                    break
            elif not self._accept_replica_weights():
                break

            self._position = stop
            self._steps += 1
            made += 1
            if stop == size:
                self._end_epoch()
                if self._epochs is not None and self._epoch >= self._epochs:
                    break
        return made

    def _batch(self, size: int) -> _Batch:
        batch = self._batches.get(size)
        if batch is None:
            if len(self._batches) >= KEPT_BATCHES:
                self._batches.pop(next(iter(self._batches)))
            run = self.model.bind(
                size, training=True, gradient=True, depth=self.model.logit_depth(self.loss)
            )
            targets: Array = np.zeros((len(self._train.targets.values), size), run.dtype)
            value = self.loss.kernel(run.output.value, targets, run.output.grad, size)
            weight = max(size / self._size, SMOOTHING)
            batch = _Batch(
                run.rows, targets, tuple(run.forwards), value, tuple(run.backwards), weight
            )
            self._batches[size] = batch
        return batch

    def _begin_epoch(self) -> None:
        if self._shuffle:
            np.copyto(self._order, self._unshuffled)
            self._order_generator.shuffle(self._order)
        self._position = 0
        self._epoch_sum[:] = 0.0

    def _end_epoch(self) -> None:
        self._epoch += 1
        np.divide(self._epoch_sum, self._size, out=self._epoch_loss)
        self._mark_epoch()

    def _mark_epoch(self) -> None:
        """Take the record and the checkpoint that are due at the end of this epoch."""
        if self._keeps_history and self._history.wants(self._epoch):
            self._history.append(self._epoch, self._record())
        if self._checkpoints.wants(self._epoch):
            self._checkpoints.add(self.snapshot())

    def _record(self) -> Record:
        loss, accuracy, gradient = self._train.measure_with_gradient()
        self._measured = self._steps, (loss, accuracy)
        test = self._measure_test()
        return Record(
            loss=_bounded(loss),
            val_loss=np.nan if test[0] is None else _bounded(test[0]),
            accuracy=_or_nan(accuracy),
            val_accuracy=_or_nan(test[1]),
            gradient=_bounded(self._rms(gradient)),
            learning_rate=self.current_learning_rate,
        )

    def _rate_factor(self) -> float:
        factor = self.optimizer.decay_factor()
        return factor if self._schedule is None else factor * self._schedule.factor(self.progress)

    def _rate(self) -> Rate:
        return scaled(self.optimizer.learning_rate, self._rate_factor(), np.float64)

    # --- divergence ------------------------------------------------------------------------------

    def _accept_loss(self, loss: Any, weight: float, size: int) -> bool:
        """Note a batch's loss; False if the run (all its replicas) has diverged."""
        smoothed, best = self._smoothed, self._best
        if self.model.replicas is None:
            current = float(loss)
            if not current <= self._limit[0]:
                self._freeze(0, self._describe_loss(current, 0))
                return False
            running = float(smoothed[0])
            running += weight * (current - running)
            smoothed[0] = running
            if running < best[0]:
                best[0] = running
            self._epoch_sum[0] += current * size
            return True
        loss = loss.astype(np.float64)
        fine = loss <= self._limit
        if not self._all_active or np.count_nonzero(fine) < self._replicas:
            for k in np.flatnonzero(self._active & ~fine):
                self._freeze(int(k), self._describe_loss(float(loss[k]), int(k)))
            if not self._active.any():
                return False
        active = True if self._all_active else self._active
        np.add(smoothed, weight * (loss - smoothed), out=smoothed, where=active)
        np.minimum(best, smoothed, out=best, where=active)
        np.add(self._epoch_sum, loss * size, out=self._epoch_sum, where=active)
        return True

    def _describe_loss(self, loss: float, k: int) -> str:
        if math.isfinite(loss):
            return f"the loss passed {self.limit_in_words(k)}"
        return "the loss is not finite"

    def limit_in_words(self, k: int = 0) -> str:
        """What the limit of replica k's loss is a multiple of."""
        times = f"{LOSS_LIMIT:,.0f}"
        scale = max(self._start[k], self._baseline)
        if scale < np.finfo(np.float64).eps:
            return times
        if scale == self._start[k]:
            return f"{times} times its start"
        return f"{times} times the loss of answering zero everywhere"

    def _accept_weights(self) -> bool:
        """Look closely at weights whose squares do not sum to a finite number."""
        if np.isfinite(self.model.flat).all():
            return True
        self._undo(0)
        return False

    def _accept_replica_weights(self) -> bool:
        flat, previous = self.model.flat, self._previous
        if not self._all_active:
            np.copyto(flat, previous, where=~self._active[:, np.newaxis])
        if not np.vdot(flat, flat) < math.inf:
            for k in np.flatnonzero(~np.isfinite(flat).all(axis=-1)):
                self._undo(int(k))
        return self._all_active or bool(self._active.any())

    def _undo(self, k: int) -> None:
        """Take replica k's last step back, saying which layer it spoilt."""
        grads = self.model.flat_grad.reshape(self._replicas, -1)[k]
        kind = "gradient"
        spoilt = self._spoilt_layer(grads)
        if spoilt is None:
            kind, spoilt = "weight", self._spoilt_layer(self._rows(self.model.flat)[k])
        self._rows(self.model.flat)[k] = self._rows(self._previous)[k]
        self._freeze(k, f"the {kind} of layer {spoilt} is not finite")

    def _spoilt_layer(self, vector: Array) -> str | None:
        start = 0
        for index, layer in enumerate(self.model.dense_layers, start=1):
            stop = start + layer.n_parameters
            if not np.isfinite(vector[start:stop]).all():
                return f"{index} ({layer.label})"
            start = stop
        return None

    def _rows(self, vector: Array) -> Array:
        """A flat vector as (K, P), K = 1 without replicas: a view."""
        return vector.reshape(self._replicas, -1)

    def _freeze(self, k: int, reason: str) -> None:
        """Stop replica k in the state "diverged", with the last weights that keep all finite."""
        self._divergences[k] = Divergence(
            self._epoch, self._steps, reason, float(self._smoothed[k])
        )
        self._active[k] = False
        self._all_active = False
        row = self._rows(self.model.flat)[k]
        older = [snapshot.weights for snapshot in reversed(self._checkpoints.kept)]
        for weights in (self.model.flat, self._previous, *older, self._first.weights):
            row[...] = self._rows(weights)[k]
            if np.isfinite(row).all() and self._finite_losses(k):
                break
        self._rows(self._previous)[k] = row
        self.forget_measures()
        if not self._active.any() and self._keeps_history:
            last = self._history.epoch
            if len(last) == 0 or last[-1] < self.progress:
                self._history.append(self.progress, self._record())

    def _finite_losses(self, k: int) -> bool:
        losses = [self._train.measure()[0]]
        if self._test is not None:
            losses.append(self._test.measure()[0])
        return all(bool(np.isfinite(np.atleast_1d(loss)[k])) for loss in losses)

    def _refuse_infinite_start(self) -> None:
        for k in np.flatnonzero(~np.isfinite(self._start)):
            self._freeze(int(k), "the loss is not finite at the start")

    # --- going back ------------------------------------------------------------------------------

    def snapshot(self) -> Snapshot:
        """All that running changes, copied."""
        between = self._position == self._size
        healthy = self._all_active and bool((self._smoothed <= self._start).all())
        state = {name: frozen(array) for name, array in self.optimizer.state().items()}
        return Snapshot(
            epoch=self._epoch,
            steps=self._steps,
            position=self._position,
            weights=frozen(self.model.flat),
            optimizer=self.optimizer.name,
            optimizer_steps=self.optimizer.steps,
            optimizer_state=state,
            order=None if between else frozen(self._order),
            order_state=self._order_generator.bit_generator.state,
            dropout_state=self.model.dropout_generator.bit_generator.state,
            smoothed=frozen(self._smoothed),
            best=frozen(self._best),
            epoch_sum=frozen(self._epoch_sum),
            epoch_loss=frozen(self._epoch_loss),
            divergences=tuple(self._divergences),
            healthy=healthy,
        )

    def restore(self, snapshot: Snapshot) -> None:
        """Go to the moment of ``snapshot``; with the settings of then the run repeats bit for bit.

        Settings stay as they are now. Records and checkpoints of later epochs are forgotten. If the
        optimizer is of another kind than then, it starts with fresh state.
        """
        flat = self.model.flat
        if snapshot.weights.shape != flat.shape or snapshot.weights.dtype != flat.dtype:
            raise ValueError(
                f"the snapshot holds {snapshot.weights.dtype} weights of shape"
                f" {snapshot.weights.shape}, but the network's are {flat.dtype} of {flat.shape}"
            )
        np.copyto(flat, snapshot.weights)
        np.copyto(self._previous, snapshot.weights)
        self.optimizer.prepare(flat)
        if self.optimizer.name == snapshot.optimizer:
            self.optimizer.adopt(snapshot.optimizer_state, snapshot.optimizer_steps)
        self._epoch, self._steps = snapshot.epoch, snapshot.steps
        self._position = snapshot.position
        if snapshot.order is not None:
            np.copyto(self._order, snapshot.order)
        self._order_generator.bit_generator.state = snapshot.order_state
        self.model.dropout_generator.bit_generator.state = snapshot.dropout_state
        for own, kept in (
            (self._smoothed, snapshot.smoothed),
            (self._best, snapshot.best),
            (self._epoch_sum, snapshot.epoch_sum),
            (self._epoch_loss, snapshot.epoch_loss),
        ):
            np.copyto(own, kept)
        self._divergences = list(snapshot.divergences)
        self._active = np.array([divergence is None for divergence in snapshot.divergences])
        self._all_active = bool(self._active.all())
        self.forget_measures()
        self._history.cut(self.progress)
        self._checkpoints.cut(self._steps)
        self._log = [entry for entry in self._log if entry[0] < self._steps]
        self._noted = None

    def reset(self) -> None:
        """Back to the same start."""
        self.restore(self._first)

    def rewind(self, epoch: int) -> None:
        """Go back along the path that was really taken, to the end of ``epoch``.

        Restores the newest checkpoint before it and replays from there with the settings of then
        (up to 1000 changes of them are remembered). After that the settings are again those of now.
        """
        whole("the epoch to rewind to", epoch, low=0, high=self._epoch)
        self._note_settings()
        now, optimizer, epochs = self._settings(), self.optimizer, self._epochs
        start = self._checkpoints.newest(epoch) or self._first
        before = [settings for steps, settings in self._log if steps <= start.steps]
        after = [entry for entry in self._log if entry[0] > start.steps]
        if before:
            self._apply(before[-1])
        self.restore(start)
        self._epochs = None
        with np.errstate(all="ignore"):
            for steps, settings in after:
                self._replay(epoch, steps)
                if self._epoch >= epoch:
                    break
                self._apply(settings)
            self._replay(epoch, None)
        self._epochs = epochs
        replayed = self.optimizer
        if replayed is not optimizer:
            self._put_optimizer(optimizer)
            if type(replayed) is type(optimizer):
                optimizer.adopt(replayed.state(), replayed.steps)
        self._swaps = now.swaps
        self._apply(now)
        self.forget_measures()

    def _replay(self, epoch: int, steps: int | None) -> None:
        """Run to the end of ``epoch``, but not beyond ``steps``."""
        while self._epoch < epoch:
            left = self._steps_left()
            if steps is not None:
                left = min(left, steps - self._steps)
            if left <= 0 or self._advance(left) < left:
                return

    @contextmanager
    def aside(self) -> Iterator[None]:
        """A parenthesis in the run: what is done inside is undone at the end, bit for bit.

        Steps, measures, rewinding, changed settings, another optimizer, a divergence: after it
        weights, optimizer, streams, history, checkpoints and the way back are as they were before.
        The history and the checkpoints that are seen inside are copies.
        """
        model, optimizer, penalties = self.model, self.optimizer, self._penalties
        moment, gradient, compiled = self.snapshot(), model.flat_grad.copy(), model.optimizer
        options, changes = optimizer.config(), optimizer.changes
        pulls = penalties.l1, penalties.l2, penalties.clip_norm
        own = dict(vars(self))
        for name in _CHANGED_IN_PLACE:
            setattr(self, name, copy.copy(own[name]))
        self._history = copy.deepcopy(self._history)
        self._checkpoints = copy.copy(self._checkpoints)  # the snapshots themselves are frozen
        self._checkpoints.kept = list(self._checkpoints.kept)
        try:
            yield
        finally:
            vars(self).update(own)
            penalties.l1, penalties.l2, penalties.clip_norm = pulls
            model.optimizer = compiled
            for name, value in options.items():
                setattr(optimizer, name, value)
            optimizer.changes = changes
            optimizer.adopt(moment.optimizer_state, moment.optimizer_steps)
            np.copyto(model.flat, moment.weights)
            np.copyto(model.flat_grad, gradient)
            self._order_generator.bit_generator.state = moment.order_state
            model.dropout_generator.bit_generator.state = moment.dropout_state

    def retrace(self, first: int) -> Iterator[int]:
        """Go back to where ``first`` steps were complete, and take the way from there once more.

        Yields the number of complete steps before each step, with the settings of then in force,
        until the run ends or does not. Only within ``aside``: nothing is put back.
        """
        whole("the step to go back to", first, low=0, high=self._steps)
        kept = [snapshot for snapshot in self._checkpoints.kept if snapshot.steps <= first]
        start = kept[-1] if kept else self._first
        past = [settings for steps, settings in self._log if steps <= start.steps]
        coming = [entry for entry in self._log if entry[0] > start.steps]
        if past:
            self._apply(past[-1])
        self.restore(start)
        self._epochs, self._keeps_history = None, False
        while True:
            while coming and coming[0][0] <= self._steps:
                self._apply(coming.pop(0)[1])
            if self._steps >= first:
                yield self._steps
                goal = self._steps + 1
            else:
                goal = min(first, coming[0][0]) if coming else first
            missing = goal - self._steps
            if self.run_steps(missing) < missing:
                return

    def ahead(self) -> Ahead:
        """What the next step will work with; an epoch that is due begins."""
        if self._position == self._size:
            self._begin_epoch()
        stop = min(self._position + self._batch_size, self._size)
        return Ahead(self._order[self._position : stop].copy(), self._penalties, self._rate())

    def lift_limit(self) -> None:
        """Let the run go on until a number is not finite, however large its loss becomes."""
        self._limit = np.full(self._replicas, LARGEST)

    def rewind_before_divergence(self) -> None:
        """Go back to the last checkpoint at which the run was healthy, or to the start."""
        self.restore(self._checkpoints.newest_healthy() or self._first)


def _bounded(value: Any) -> Any:
    """The value, with the largest float where it is not finite: a record can always be drawn."""
    return np.where(value <= LARGEST, value, LARGEST)


def _or_nan(value: Any) -> Any:
    return np.nan if value is None else value
