"""What may watch a ``fit`` and end it: early stopping, and a progress bar for long runs."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Callable
from time import monotonic
from typing import Any, NamedTuple, TextIO

import numpy as np

from engine.core.validation import Array, lookup, number, whole
from engine.training.divergence import Divergence
from engine.training.status import DIVERGED
from engine.training.trainer import Trainer

BAR = 20  # characters
REDRAW = 0.1  # seconds between two pictures of the bar


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

    def columns(self) -> list[tuple[str, list[Any]]]:
        """The four lists with their names."""
        names = ("loss", "val_loss", "accuracy", "val_accuracy")
        return [(name, getattr(self, name)) for name in names]

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


class Monitor(NamedTuple):
    """A number that early stopping can follow."""

    read: Callable[[Trainer], Any]
    sign: float  # of an improvement: -1 for what should fall
    needs: str


MONITORS = {
    "loss": Monitor(lambda trainer: trainer.epoch_loss, -1.0, "nothing"),
    "val_loss": Monitor(lambda trainer: trainer.test_loss, -1.0, "validation_data"),
    "accuracy": Monitor(lambda trainer: trainer.train_accuracy, 1.0, "class labels"),
    "val_accuracy": Monitor(
        lambda trainer: trainer.test_accuracy, 1.0, "validation_data with class labels"
    ),
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
        self._monitor = lookup(MONITORS, monitor, "monitor")
        self.monitor = monitor
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
        if self._monitor.read(trainer) is None:
            raise ValueError(
                f"early stopping on {self.monitor!r} needs {self._monitor.needs}; there are none"
            )
        self._forget()

    def __call__(self, epoch: int, trainer: Trainer, history: FitHistory) -> bool:
        value = float(self._monitor.read(trainer))
        if np.isfinite(value) and (
            self.best is None or self._monitor.sign * (value - self.best) > self.min_delta
        ):
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
            self._draw(self._out, self._parts(epoch, trainer, history, now - self._began))
            self._due = now + REDRAW

    def finish(self, trainer: Trainer, history: FitHistory) -> None:
        if self._out is not None and self._width:
            parts = self._parts(trainer.epoch, trainer, history, monotonic() - self._began)
            self._draw(self._out, parts)
            self._out.write("\n")
            self._out.flush()
        self._out = None

    def _parts(
        self, epoch: int, trainer: Trainer, history: FitHistory, seconds: float
    ) -> list[str]:
        total = trainer.epochs or max(epoch, 1)
        done = BAR * epoch // total
        time = _clock(seconds)
        if 0 < epoch < total and trainer.status != DIVERGED:
            time += f", {_clock(seconds * (total - epoch) / epoch)} left"
        parts = [f"{epoch:>{len(str(total))}}/{total} [{'#' * done}{'.' * (BAR - done)}]", time]
        if trainer.divergence is not None:
            parts.append(f"diverged: {trainer.divergence.reason}")
        return parts + [
            f"{name} {_brief(column[-1])}" for name, column in history.columns() if column
        ]

    def _draw(self, out: TextIO, parts: list[str]) -> None:
        line = "  ".join(parts)
        if out.isatty():  # a line that wraps cannot be drawn over: what does not fit is left out
            room = shutil.get_terminal_size().columns - 1
            while len(line) > room and len(parts) > 1:
                parts = parts[:-1]
                line = "  ".join(parts)
            line = line[:room]
        out.write(f"\r{line:<{self._width}}")
        out.flush()
        self._width = len(line)


def _clock(seconds: float) -> str:
    minutes, rest = divmod(round(seconds), 60)
    return f"{minutes}:{rest:02d}"


def _brief(value: Any) -> str:
    """Four digits; of replicas the least and the greatest."""
    if np.ndim(value) == 0:
        return f"{value:.4g}"
    return f"{np.min(value):.4g} to {np.max(value):.4g}"
