"""Trainer: mini-batch descent that can be cut into any pieces, watched, stopped and rewound.

N samples, B batch, P parameters, K replicas. The trainer prints nothing, sleeps never and knows of
no user interface.
"""

from __future__ import annotations

import copy
import math
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from engine.core.losses import Loss
from engine.core.network import ORDER_STREAM, SAMPLE_STREAM, Network, stream
from engine.core.optimizers import Optimizer, Rate
from engine.core.validation import Array, check_type, whole
from engine.training.dataset import DataSet, Inputs
from engine.training.divergence import Judge
from engine.training.history import History
from engine.training.penalties import Penalties
from engine.training.schedules import Schedule
from engine.training.snapshot import Checkpoints, Snapshot, frozen
from engine.training.status import DIVERGED, FINISHED, RunStatus
from engine.training.tuning import Hyperparameters

KEPT = 1000  # changes of hyperparameters that a replay can follow


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

    Reported losses, accuracies and gradients are those of all samples, or of ``measured_rows`` of
    each set, drawn once for the run: measuring 60,000 pictures would cost more than training.

    With replicas, losses are arrays (K,), a replica that diverges is frozen while the others go on,
    and the run has diverged when all have.
    """

    def __init__(
        self,
        model: Network,
        loss: Loss,
        optimizer: Optimizer,
        X: npt.ArrayLike | Inputs,
        y: npt.ArrayLike,
        batch_size: int = 10,
        seed: int = 0,
        validation_data: tuple[npt.ArrayLike | Inputs, npt.ArrayLike] | None = None,
        *,
        shuffle: bool = True,
        epochs: int | None = None,
        schedule: Schedule | None = None,
        l1: float = 0.0,
        l2: float = 0.0,
        clip_norm: float | None = None,
        history_size: int = 512,
        checkpoints: int = 32,
        measured_rows: int | None = None,
    ) -> None:
        check_type("loss", loss, Loss)
        check_type("optimizer", optimizer, Optimizer)
        self.data = DataSet(model, loss, X, y, "training")
        held = validation_data
        if measured_rows is not None:
            whole("measured_rows", measured_rows, low=1)
        self.seed = whole("seed", seed, low=0)
        samples = stream(self.seed, SAMPLE_STREAM)
        self._seen = self.data.sample(measured_rows, samples)
        self._test = None
        if held is not None:
            self._test = DataSet(model, loss, *held, "validation").sample(measured_rows, samples)
        self.loss = model.loss = loss
        model.classifies = self.data.targets.labels is not None

        self._shuffle = bool(shuffle)
        self.epochs = epochs
        kind, options = type(optimizer), optimizer.config()
        value = Hyperparameters(batch_size, schedule, l1, l2, clip_norm, kind, options)
        super().__init__(model, optimizer, len(self.data), value)

        self._order_generator = stream(self.seed, ORDER_STREAM)
        self._order = np.arange(self._size)  # of this epoch
        self._position = self._size  # at the end of an epoch: the next step begins a new one
        self.epoch = self.steps = 0
        self._previous: Array = model.flat.copy()

        self._known = {}
        start = np.atleast_1d(self.train_loss).astype(np.float64)
        self.judge = Judge(start, self.data.baseline())

        self.history = History(history_size, len(model.dense_layers), model.lead)
        self.checkpoints = Checkpoints(whole("checkpoints", checkpoints, low=0))
        self._first = self.snapshot()
        for k in np.flatnonzero(~np.isfinite(start)):
            self._freeze(int(k), "the loss is not finite at the start")
        self._mark_epoch()

    # --- running ---------------------------------------------------------------------------------

    def step(self) -> int:
        """Train on one mini-batch. Returns the steps made: 0 when finished or diverged."""
        return self._advance(1)

    def run_steps(self, n: int) -> int:
        """Train on up to ``n`` mini-batches. Returns the steps made."""
        return self._advance(whole("the number of steps", n, low=0))

    def run_epochs(self, n: int) -> int:
        """Train until ``n`` more epochs are complete. Returns the steps made.

        An epoch that has begun counts as one: so from its middle ``run_epochs(1)`` goes to its end.
        """
        goal = self.epoch + whole("the number of epochs", n, low=0)
        made = 0
        while self.epoch < goal:
            left = self._steps_left()
            steps = self._advance(left)
            made += steps
            if steps < left:
                break
        return made

    @np.errstate(all="ignore")
    def _advance(self, limit: int) -> int:
        if self.status in (FINISHED, DIVERGED):
            return 0
        self._note()
        flat, grads, previous = self.model.flat, self.model.flat_grad, self._previous
        X, T = self.data.table, self.data.targets.values
        penalties, size, most = self._penalties, self._size, self._hyper.batch_size
        judge, single = self.judge, self.model.replicas is None
        made = 0
        while made < limit:
            if self._position == size:
                self._begin_epoch()
            start = self._position
            stop = min(start + most, size)
            run, targets, value, weight = self.data.batch(stop - start)
            chosen = self._order[start:stop]
            X.take(chosen, 0, run.rows, "clip")
            T.take(chosen, 1, targets, "clip")

            run.forward()
            loss = value()
            if not (single and judge.accept(float(loss), weight, stop - start)):
                losses = np.atleast_1d(loss).astype(np.float64)
                if not self._accept_losses(losses, weight, stop - start):
                    break
            run.backward()

            if penalties.active:
                penalties.apply(flat, grads, previous)  # whose content is not needed any more
            np.copyto(previous, flat)
            self.optimizer.update(flat, grads, self.rate())
            if not (single and np.dot(flat, flat) < math.inf) and not self._accept_weights():
                break

            self._position = stop
            self.steps += 1
            made += 1
            if stop == size:
                self.epoch += 1
                judge.epoch_loss = judge.epoch_sum / size
                self._mark_epoch()
                if self._epochs is not None and self.epoch >= self._epochs:
                    break
        return made

    def end_after(self, epochs: int) -> None:
        """Finish when so many epochs are complete; one that has begun is completed."""
        self.epochs = max(epochs, math.ceil(self.progress))

    def _note(self) -> None:
        value = self.hyperparameters
        last = self.log[-1][1] if self.log else None
        if last is not value and last != value:
            self.log = [*self.log, (self.steps, value)][-KEPT:]

    def _begin_epoch(self) -> None:
        if self._shuffle:
            self._order = self._order_generator.permutation(self._size)
        self._position = 0
        self.judge.epoch_sum[:] = 0.0

    def _mark_epoch(self) -> None:
        """Take the record and the checkpoint that are due at the end of this epoch."""
        if self.history.wants(self.epoch):
            self.history.append(self.epoch, self._record())
        if self.checkpoints.wants(self.epoch):
            self.checkpoints.append(self.epoch, self.snapshot())

    def ahead(self) -> Ahead:
        """What the next step will work with; an epoch that is due begins."""
        if self._position == self._size:
            self._begin_epoch()
        stop = min(self._position + self._hyper.batch_size, self._size)
        return Ahead(self._order[self._position : stop].copy(), self._penalties, self.rate())

    # --- divergence ------------------------------------------------------------------------------

    def _accept_losses(self, loss: npt.NDArray[np.float64], weight: float, size: int) -> bool:
        """Note the losses (K,) of a batch; False if all have diverged."""
        for k in self.judge.beyond(loss):
            self._freeze(k, self.judge.reason(float(loss[k]), k))
        if not self.judge.any_active:
            return False
        self.judge.accept_each(loss, weight, size)
        return True

    def _accept_weights(self) -> bool:
        """Hold those that have diverged, and stop those whose step has; False if all have."""
        flat = self.model.flat
        if not self.judge.all_active:
            np.copyto(flat, self._previous, where=~self.judge.active[:, np.newaxis])
        if not np.vdot(flat, flat) < math.inf:
            for k in np.flatnonzero(~np.isfinite(_rows(flat)).all(axis=-1)):
                self._freeze(int(k), self._spoilt(int(k)))
        return self.judge.any_active

    def _spoilt(self, k: int) -> str:
        """Which layer's gradient, or else weights, are not finite in replica k."""
        return next(
            f"the {kind} of layer {index} ({layer.label}) is not finite"
            for kind, vector in (("gradient", self.model.flat_grad), ("weight", self.model.flat))
            for index, layer in enumerate(self.model.dense_layers, start=1)
            if not np.isfinite(_rows(vector)[k, layer.span]).all()
        )

    def _freeze(self, k: int, reason: str) -> None:
        """Stop replica k in the state "diverged", with the last weights that keep all finite."""
        self.judge.stop(k, self.epoch, self.steps, reason)
        row = _rows(self.model.flat)[k]
        older = [snapshot.weights for snapshot in reversed(self.checkpoints.entries)]
        for weights in (self.model.flat, self._previous, *older, self._first.weights):
            row[...] = _rows(weights)[k]
            if np.isfinite(row).all() and self._finite(k):
                break
        _rows(self._previous)[k] = row
        self.forget_measures()
        new = not self.history.points or self.history.points[-1] < self.progress
        if new and self.history.size and not self.judge.any_active:
            self.history.append(self.progress, self._record())

    def _finite(self, k: int) -> bool:
        """Whether replica k's losses are finite with the weights that it has now."""
        losses = [data.measure()[0] for data in (self._seen, self._test) if data is not None]
        return all(bool(np.isfinite(np.atleast_1d(loss)[k])) for loss in losses)

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
            swaps=self._hyper.swaps,
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
            # It is that one again, not a fresh one.
            self._hyper = replace(self.hyperparameters, swaps=snapshot.swaps)
        self.epoch, self.steps = snapshot.epoch, snapshot.steps
        self._position = snapshot.position
        if snapshot.order is not None:
            np.copyto(self._order, snapshot.order)
        self._order_generator.bit_generator.state = snapshot.order_state
        self.model.dropout_generator.bit_generator.state = snapshot.dropout_state
        self.judge = copy.deepcopy(snapshot.judge)
        self.forget_measures()
        self.history.cut(self.progress)
        self.checkpoints.cut(self.progress)
        self.log = [entry for entry in self.log if entry[0] < self.steps]

    def reset(self) -> None:
        """Back to the same start."""
        self.restore(self._first)

    def rewind(self, epoch: int) -> None:
        """Go back along the path that was really taken, to the end of ``epoch``.

        From the newest checkpoint before it the way is replayed with the settings of then (up to
        1000 changes of them are remembered); those of now stay in force.
        """
        whole("the epoch to rewind to", epoch, low=0, high=self.epoch)
        twin = self.fork()
        start = self._newest(lambda kept: kept.epoch <= epoch)
        for _ in twin._replay(start, twin._steps_left):
            if twin.epoch >= epoch:
                break
        self.restore(twin.snapshot())
        self.history, self.checkpoints = twin.history, twin.checkpoints

    def rewind_before_divergence(self) -> None:
        """Go back to the last checkpoint at which the run was healthy, or to the start."""
        self.restore(self._newest(lambda kept: kept.judge.healthy))

    def replay(self, first: int) -> Iterator[int]:
        """Go back to where ``first`` steps were complete, and take the way from there once more.

        Yields the number of complete steps before each step, with the settings of then in force,
        until the run ends or does not. Nothing is put back: to look at a run that goes on, ask its
        ``fork()``.
        """
        whole("the step to go back to", first, low=0, high=self.steps)
        start = self._newest(lambda kept: kept.steps <= first)
        way = self._replay(start, lambda: max(first - self.steps, 1))
        return (steps for steps in way if steps >= first)

    def _newest(self, fits: Callable[[Snapshot], bool]) -> Snapshot:
        """The newest checkpoint that fits, or the start."""
        return next(filter(fits, reversed(self.checkpoints.entries)), self._first)

    def _replay(self, start: Snapshot, stretch: Callable[[], int]) -> Iterator[int]:
        """The run's own way from ``start`` once more, bit for bit, ``stretch()`` steps at a time.

        Yields before each of these stretches; a change of the hyperparameters begins a new one.
        """
        # A change at this very step came after the snapshot: it may bring a fresh optimizer.
        past = [value for step, value in self.log if step < start.steps]
        coming = [entry for entry in self.log if entry[0] >= start.steps]
        if past:
            self.apply(past[-1])
        self.restore(start)
        self._epochs = None
        while True:
            while coming and coming[0][0] <= self.steps:
                self.apply(coming.pop(0)[1])
            yield self.steps
            steps = min(stretch(), coming[0][0] - self.steps) if coming else stretch()
            if self.run_steps(steps) < steps:
                return

    def fork(self) -> Trainer:
        """A trainer of its own that stands where this one does, and goes the same way.

        It has a network, an optimizer, streams, records and checkpoints of its own; what never
        changes, data and snapshots, is shared.
        """
        return copy.deepcopy(self)


def _rows(vector: Array) -> Array:
    """A flat vector as (K, P), K = 1 without replicas: a view."""
    return vector.reshape(-1, vector.shape[-1])
