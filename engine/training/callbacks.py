"""What may watch a ``fit`` and end it: early stopping, and a progress bar for long runs."""

from __future__ import annotations

import shutil
import sys
from time import monotonic
from typing import Any, TextIO

import numpy as np

from engine.core.validation import Array, lookup, number, whole
from engine.training.divergence import Divergence
from engine.training.trainer import Trainer

BAR = 20  # characters
REDRAW = 0.1  # seconds between two pictures of the bar


# The columns of a FitHistory, and what of a trainer goes into them.
MEASURED = {
    "loss": "epoch_loss",
    "val_loss": "test_loss",
    "accuracy": "train_accuracy",
    "val_accuracy": "test_accuracy",
}


class FitHistory:
    """What ``Sequential.fit`` returns: one number an epoch (an array (K,) with replicas).

    ``loss`` is the mean of the epoch's batch losses, weighted by their sizes; the others are
    measured at its end. Without validation data, or for a regression, their lists stay empty.
    """

    def __init__(self) -> None:
        self.loss: list[Any] = []
        self.val_loss: list[Any] = []
        self.accuracy: list[Any] = []
        self.val_accuracy: list[Any] = []
        self.divergence: Divergence | None = None

    def columns(self) -> dict[str, list[Any]]:
        """The four lists by name."""
        return {name: getattr(self, name) for name in MEASURED}

    def append(self, trainer: Trainer) -> None:
        """Take in an epoch that has ended."""
        for name, column in self.columns().items():
            value = getattr(trainer, MEASURED[name])
            if value is not None:
                column.append(value)

    def __repr__(self) -> str:
        last = f", loss={self.loss[-1]:.6g}" if self.loss and np.ndim(self.loss[-1]) == 0 else ""
        return f"FitHistory(epochs={len(self.loss)}{last})"


class Callback:
    """Is called after each epoch of a ``fit``; one that returns True there ends the run.

    Any function of these three arguments will do as well. This class, which does nothing, adds a
    beginning and an end.
    """

    def start(self, trainer: Trainer) -> None:
        """Before the first step: a ``ValueError`` here leaves the network as it was."""

    def __call__(self, epoch: int, trainer: Trainer, history: FitHistory) -> object:
        """After each completed epoch, counted from 1."""

    def finish(self, trainer: Trainer, history: FitHistory) -> None:
        """After the last epoch, and also where a run diverges or an exception breaks it off."""


# What early stopping on a column needs to be given.
NEEDS = {
    "val_loss": "validation_data",
    "accuracy": "class labels",
    "val_accuracy": "validation_data with class labels",
}


class EarlyStopping(Callback):
    """Ends a run when ``monitor`` has not improved for ``patience`` epochs in a row.

    An epoch improves if it beats the best before it by more than ``min_delta``. At the end, however
    it came, ``restore_best`` puts back the weights of the best epoch. Afterwards ``best`` is the
    best value, ``best_epoch`` its epoch and ``stopped_epoch`` where the run was ended, or None.
    Prechelt 1998, "Early Stopping - But When?", the criterion UP.
    """

    def __init__(
        self,
        monitor: str = "val_loss",
        patience: int = 10,
        min_delta: float = 0.0,
        restore_best: bool = True,
    ) -> None:
        self.monitor, self._measured = monitor, lookup(MEASURED, monitor, "monitor")
        self.patience = whole("patience", patience, low=1)
        self.min_delta = number("min_delta", min_delta, low=0.0)
        self.restore_best = bool(restore_best)
        self._forget()

    def _forget(self) -> None:
        self.best: float | None = None
        self.best_epoch = 0
        self.stopped_epoch: int | None = None
        self._best_weights: Array | None = None

    def start(self, trainer: Trainer) -> None:
        if trainer.model.replicas is not None:
            raise ValueError(
                "early stopping follows a single network, this one has"
                f" {trainer.model.replicas} replicas"
            )
        if getattr(trainer, self._measured) is None:
            raise ValueError(
                f"early stopping on {self.monitor!r} needs {NEEDS[self.monitor]}; there are none"
            )
        self._forget()

    def __call__(self, epoch: int, trainer: Trainer, history: FitHistory) -> bool:
        value, best = float(getattr(trainer, self._measured)), self.best
        sign = -1.0 if "loss" in self.monitor else 1.0
        if np.isfinite(value) and (best is None or sign * (value - best) > self.min_delta):
            self.best, self.best_epoch = value, epoch
            if self.restore_best:
                self._best_weights = trainer.model.flat.copy()
        if epoch - self.best_epoch < self.patience:
            return False
        self.stopped_epoch = epoch
        return True

    def finish(self, trainer: Trainer, history: FitHistory) -> None:
        if self._best_weights is not None:
            np.copyto(trainer.model.flat, self._best_weights)
            trainer.forget_measures()
            self._best_weights = None


class ProgressBar(Callback):
    """Draws epochs, losses and the time left into one line of ``stream``, by default stderr.

    A run that ends within ``after`` seconds draws nothing. A stream that is not a terminal stays
    quiet too, unless ``show`` is True (as for a notebook); False is quiet everywhere.
    """

    def __init__(
        self, stream: TextIO | None = None, show: bool | None = None, after: float = 0.5
    ) -> None:
        self.stream = stream
        self.show = show
        self.after = number("after", after, low=0.0)
        self._out: TextIO | None = None

    def start(self, trainer: Trainer) -> None:
        # Looked up now, not when made: stderr may be redirected, and is None without a console.
        stream: TextIO | None = sys.stderr if self.stream is None else self.stream
        shown = stream is not None and (stream.isatty() if self.show is None else self.show)
        self._out = stream if shown else None
        self._began = monotonic()
        self._due = self._began + self.after
        self._width = 0  # of the line that stands there now

    def __call__(self, epoch: int, trainer: Trainer, history: FitHistory) -> None:
        now = monotonic()
        if self._out is not None and now >= self._due:
            self._draw(self._out, now, trainer, history)

    def finish(self, trainer: Trainer, history: FitHistory) -> None:
        if self._out is not None and self._width:
            self._draw(self._out, monotonic(), trainer, history)
            self._out.write("\n")
            self._out.flush()
        self._out = None

    def _draw(self, out: TextIO, now: float, trainer: Trainer, history: FitHistory) -> None:
        epoch, seconds = trainer.epoch, now - self._began
        total = trainer.epochs or max(epoch, 1)
        done = BAR * epoch // total
        parts = [f"{epoch:>{len(str(total))}}/{total} [{'#' * done}{'.' * (BAR - done)}]"]
        parts.append(_clock(seconds))
        if trainer.divergence is not None:
            parts.append(f"diverged: {trainer.divergence.reason}")
        elif 0 < epoch < total:
            parts[-1] += f", {_clock(seconds * (total - epoch) / epoch)} left"
        columns = history.columns().items()
        parts += [f"{name} {_brief(column[-1])}" for name, column in columns if column]
        line = "  ".join(parts)
        if out.isatty():  # a line that wraps cannot be drawn over: what does not fit is left out
            room = shutil.get_terminal_size().columns - 1
            while len(line) > room and len(parts) > 1:
                parts.pop()
                line = "  ".join(parts)
            line = line[:room]
        out.write(f"\r{line:<{self._width}}")
        out.flush()
        self._width, self._due = len(line), now + REDRAW


def _clock(seconds: float) -> str:
    minutes, rest = divmod(round(seconds), 60)
    return f"{minutes}:{rest:02d}"


def _brief(value: Any) -> str:
    """Four digits; of replicas the least and the greatest."""
    if np.ndim(value) == 0:
        return f"{value:.4g}"
    return f"{np.min(value):.4g} to {np.max(value):.4g}"
