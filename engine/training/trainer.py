"""Trainer: mini-batch descent that can be cut into any pieces, watched, stopped and rewound.

N samples, B batch, P parameters, K replicas. The trainer prints nothing, sleeps never and knows of
no user interface.
"""

from __future__ import annotations

import copy
import math
from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from engine.core.kernels.passes import Bound
from engine.core.losses import Loss
from engine.core.network import ORDER_STREAM, Network, stream
from engine.core.optimizers import Optimizer, Rate
from engine.core.validation import Array, check_type, whole
from engine.training.checkpoints import Checkpoints
from engine.training.dataset import Batch, DataSet
from engine.training.divergence import Judge
from engine.training.history import History
from engine.training.hyperparameters import Hyperparameters
from engine.training.measures import Measures
from engine.training.penalties import Penalties
from engine.training.replay import replay
from engine.training.schedules import Schedule
from engine.training.snapshot import Snapshot, frozen
from engine.training.status import DIVERGED, FINISHED, RunStatus

KEPT_BATCHES = 4  # batch sizes whose training buffers are kept


class Ahead(NamedTuple):
    """What the next step will work with."""

    samples: npt.NDArray[np.intp]  # (B,): the rows of its batch
    penalties: Penalties
    rate: Rate


class Trainer(RunStatus):
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
        check_type("loss", loss, Loss)
        check_type("optimizer", optimizer, Optimizer)
        self.data = DataSet(model, loss, X, y, "training")
        held = validation_data
        test = None if held is None else DataSet(model, loss, *held, "validation")
        self.loss = model.loss = loss
        model.classifies = self.data.targets.labels is not None
        self._replicas = 1 if model.replicas is None else model.replicas
        self._batches: Bound[int, Batch] = Bound(KEPT_BATCHES)

        self.seed = whole("seed", seed, low=0)
        self._shuffle = bool(shuffle)
        self.epochs = epochs
        kind, options = type(optimizer), optimizer.config()
        value = Hyperparameters(batch_size, schedule, l1, l2, clip_norm, kind, options)
        super().__init__(model, optimizer, len(self.data), value)

        self._order_generator = stream(self.seed, ORDER_STREAM)
        self._unshuffled = np.arange(self._size)
        self._order = self._unshuffled.copy()
        self._position = self._size  # at the end of an epoch: the next step begins a new one
        self.epoch = self.steps = 0
        self._previous: Array = model.flat.copy()

        self._measures = Measures(model, self.data, test)
        start = np.atleast_1d(self._measures.train(0)[0]).astype(np.float64)
        self.judge = Judge(start, self.data.baseline())

        self._keeps_history = whole("history_size", history_size, low=0) > 0
        self.history = History(max(history_size, 2), len(model.dense_layers), model.lead)
        self._checkpoints = Checkpoints(checkpoints)
        self._first = self.snapshot()
        for k in np.flatnonzero(~np.isfinite(start)):
            self._freeze(int(k), "the loss is not finite at the start")
        self._mark_epoch()

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
        goal = self.epoch + whole("the number of epochs", n, low=0)
        made = 0
        with np.errstate(all="ignore"):
            while self.epoch < goal:
                left = self._steps_left()
                steps = self._advance(left)
                made += steps
                if steps < left:
                    break
        return made

    def _advance(self, limit: int) -> int:
        if self.status in (FINISHED, DIVERGED):
            return 0
        self.log.note(self.steps, self.hyperparameters)
        flat, grads, previous = self.model.flat, self.model.flat_grad, self._previous
        X, T = self.data.table, self.data.targets.values
        penalties, size, most = self._penalties, self._size, self._hyper.batch_size
        judge, single = self.judge, self.model.replicas is None
        copyto, dot, infinity = np.copyto, np.dot, math.inf
        made = 0
        while made < limit:
            if self._position == size:
                self._begin_epoch()
            start = self._position
            stop = min(start + most, size)
            rows, targets, forwards, value, backwards, weight = self._batch(stop - start)
            chosen = self._order[start:stop]
            X.take(chosen, 0, rows, "clip")
            T.take(chosen, 1, targets, "clip")

            for forward in forwards:
                forward()
            loss = value()
            if single:
                loss = float(loss)
                if not judge.accept(loss, weight, stop - start):
                    self._freeze(0, judge.reason(loss, 0))
                    break
            elif not self._accept_losses(loss.astype(np.float64), weight, stop - start):
                break
            for backward in backwards:
                backward()

            if penalties.active:
                penalties.apply(flat, grads, previous)  # whose content is not needed any more
            copyto(previous, flat)
            self.optimizer.update(flat, grads, self.rate())
            if single:
                if not dot(flat, flat) < infinity and not self._accept_weights():
                    break
            elif not self._accept_replica_weights():
                break

            self._position = stop
            self.steps += 1
            made += 1
            if stop == size:
                self._end_epoch()
                if self._epochs is not None and self.epoch >= self._epochs:
                    break
        return made

    def _batch(self, size: int) -> Batch:
        batch = self._batches.get(size)
        if batch is None:
            batch = self._batches.keep(size, self.data.batch(size))
        return batch

    def _begin_epoch(self) -> None:
        if self._shuffle:
            np.copyto(self._order, self._unshuffled)
            self._order_generator.shuffle(self._order)
        self._position = 0
        self.judge.epoch_sum[:] = 0.0

    def _end_epoch(self) -> None:
        self.epoch += 1
        self.judge.epoch_loss = self.judge.epoch_sum / self._size
        self._mark_epoch()

    def _mark_epoch(self) -> None:
        """Take the record and the checkpoint that are due at the end of this epoch."""
        if self._keeps_history and self.history.wants(self.epoch):
            self._record(self.epoch)
        if self._checkpoints.wants(self.epoch):
            self._checkpoints.append(self.epoch, self.snapshot())

    def _record(self, epoch: float) -> None:
        record = self._measures.record(self.steps, self.current_learning_rate)
        self.history.append(epoch, record)

    def ahead(self) -> Ahead:
        """What the next step will work with; an epoch that is due begins."""
        if self._position == self._size:
            self._begin_epoch()
        stop = min(self._position + self._hyper.batch_size, self._size)
        return Ahead(self._order[self._position : stop].copy(), self._penalties, self.rate())

    # --- divergence ------------------------------------------------------------------------------

    def _accept_losses(self, loss: npt.NDArray[np.float64], weight: float, size: int) -> bool:
        """Note the replicas' losses; False if all have diverged."""
        for k in self.judge.beyond(loss):
            self._freeze(k, self.judge.reason(float(loss[k]), k))
        if not self.judge.any_active:
            return False
        self.judge.accept_each(loss, weight, size)
        return True

    def _accept_weights(self) -> bool:
        """Look closely at weights whose squares do not sum to a finite number."""
        finite = bool(np.isfinite(self.model.flat).all())
        if not finite:
            self._undo(0)
        return finite

    def _accept_replica_weights(self) -> bool:
        flat = self.model.flat
        if not self.judge.all_active:
            np.copyto(flat, self._previous, where=~self.judge.active[:, np.newaxis])
        if not np.vdot(flat, flat) < math.inf:
            for k in np.flatnonzero(~np.isfinite(flat).all(axis=-1)):
                self._undo(int(k))
        return self.judge.any_active

    def _undo(self, k: int) -> None:
        """Take replica k's last step back, saying which layer it spoilt."""
        kind, spoilt = "gradient", self._spoilt_layer(self._rows(self.model.flat_grad)[k])
        if spoilt is None:
            kind, spoilt = "weight", self._spoilt_layer(self._rows(self.model.flat)[k])
        self._rows(self.model.flat)[k] = self._rows(self._previous)[k]
        self._freeze(k, f"the {kind} of layer {spoilt} is not finite")

    def _spoilt_layer(self, vector: Array) -> str | None:
        """The first layer with a number in (P,) that is not finite, in words."""
        for index, layer in enumerate(self.model.dense_layers, start=1):
            if not np.isfinite(vector[layer.span]).all():
                return f"{index} ({layer.label})"
        return None

    def _rows(self, vector: Array) -> Array:
        """A flat vector as (K, P), K = 1 without replicas: a view."""
        return vector.reshape(self._replicas, -1)

    def _freeze(self, k: int, reason: str) -> None:
        """Stop replica k in the state "diverged", with the last weights that keep all finite."""
        self.judge.stop(k, self.epoch, self.steps, reason)
        row = self._rows(self.model.flat)[k]
        older = [snapshot.weights for snapshot in reversed(self._checkpoints.entries)]
        for weights in (self.model.flat, self._previous, *older, self._first.weights):
            row[...] = self._rows(weights)[k]
            if np.isfinite(row).all() and self._measures.finite(k):
                break
        self._rows(self._previous)[k] = row
        self.forget_measures()
        new = not self.history.points or self.history.points[-1] < self.progress
        if new and self._keeps_history and not self.judge.any_active:
            self._record(self.progress)

    # --- going back ------------------------------------------------------------------------------

    def snapshot(self) -> Snapshot:
        """All that running changes, copied."""
        between = self._position == self._size
        return Snapshot(
            epoch=self.epoch,
            steps=self.steps,
            position=self._position,
            weights=frozen(self.model.flat),
            optimizer=self.optimizer.name,
            optimizer_steps=self.optimizer.steps,
            optimizer_state={name: frozen(a) for name, a in self.optimizer.state().items()},
            order=None if between else frozen(self._order),
            order_state=self._order_generator.bit_generator.state,
            dropout_state=self.model.dropout_generator.bit_generator.state,
            judge=self.judge.frozen(),
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
        self.epoch, self.steps = snapshot.epoch, snapshot.steps
        self._position = snapshot.position
        if snapshot.order is not None:
            np.copyto(self._order, snapshot.order)
        self._order_generator.bit_generator.state = snapshot.order_state
        self.model.dropout_generator.bit_generator.state = snapshot.dropout_state
        self.judge = copy.deepcopy(snapshot.judge)
        self.forget_measures()
        self.history.cut(self.progress)
        self._checkpoints.cut(self.progress)
        self.log.cut(self.steps)

    def reset(self) -> None:
        """Back to the same start."""
        self.restore(self._first)

    def rewind(self, epoch: int) -> None:
        """Go back along the path that was really taken, to the end of ``epoch``.

        Restores the newest checkpoint before it and replays from there with the settings of then
        (up to 1000 changes of them are remembered). After that the settings are again those of now.
        """
        whole("the epoch to rewind to", epoch, low=0, high=self.epoch)
        now, optimizer, epochs = self.hyperparameters, self.optimizer, self._epochs
        self.log.note(self.steps, now)
        start = self._checkpoints.newest(lambda kept: kept.epoch <= epoch) or self._first
        self._epochs = None
        for _ in replay(self, start, self._steps_left, lambda: self.epoch >= epoch):
            pass
        self._epochs = epochs
        replayed = self.optimizer
        if replayed is not optimizer:
            self._put_optimizer(optimizer)
            if type(replayed) is type(optimizer):
                optimizer.adopt(replayed.state(), replayed.steps)
        self._swaps = now.swaps
        self.apply(now)
        self.forget_measures()

    def rewind_before_divergence(self) -> None:
        """Go back to the last checkpoint at which the run was healthy, or to the start."""
        self.restore(self._checkpoints.newest(lambda kept: kept.judge.healthy) or self._first)

    def replay(self, first: int) -> Iterator[int]:
        """Go back to where ``first`` steps were complete, and take the way from there once more.

        Yields the number of complete steps before each step, with the settings of then in force,
        until the run ends or does not. Nothing is put back: to look at a run that goes on, ask its
        ``fork()``.
        """
        whole("the step to go back to", first, low=0, high=self.steps)
        start = self._checkpoints.newest(lambda kept: kept.steps <= first) or self._first
        self._epochs, self._keeps_history = None, False
        way = replay(self, start, lambda: max(first - self.steps, 1), lambda: False)
        return (steps for steps in way if steps >= first)

    def fork(self) -> Trainer:
        """A trainer of its own that stands where this one does, and goes the same way.

        It has a network, an optimizer, streams, records and checkpoints of its own; what never
        changes, data and snapshots, is shared.
        """
        return copy.deepcopy(self)
