"""``Sequential.fit``: a trainer run epoch by epoch, and what it reports."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import numpy.typing as npt

from engine.model import Sequential
from engine.snapshot import Divergence
from engine.trainer import DIVERGED, Trainer
from engine.validation import whole


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

    def __repr__(self) -> str:
        last = f", loss={self.loss[-1]:.6g}" if self.loss and np.ndim(self.loss[-1]) == 0 else ""
        return f"FitHistory(epochs={len(self.loss)}{last})"


def fit(
    model: Sequential,
    X: npt.ArrayLike,
    y: npt.ArrayLike,
    epochs: int,
    batch_size: int,
    shuffle: bool,
    validation_data: tuple[npt.ArrayLike, npt.ArrayLike] | None,
    callbacks: tuple[Callable[[int, Trainer, FitHistory], object], ...],
    options: dict[str, Any],
) -> FitHistory:
    """``Sequential.fit``: a trainer, run epoch by epoch."""
    if model.optimizer is None or model.loss is None:
        raise ValueError("the network has no loss yet: call compile(optimizer, loss) before fit")
    whole("epochs", epochs, low=0)
    whole("batch_size", batch_size, low=1)
    settings = {"seed": model.seed, "history_size": 0, "checkpoints": 0, **options}
    trainer = Trainer(
        model,
        model.loss,
        model.optimizer,
        X,
        y,
        min(batch_size, max(np.shape(X)[0] if np.ndim(X) else 1, 1)),
        validation_data=validation_data,
        shuffle=shuffle,
        epochs=epochs,
        **settings,
    )
    history = FitHistory()
    while trainer.run_epochs(1) and trainer.status != DIVERGED:
        history.loss.append(trainer.epoch_loss)
        for value, column in (
            (trainer.train_accuracy, history.accuracy),
            (trainer.test_loss, history.val_loss),
            (trainer.test_accuracy, history.val_accuracy),
        ):
            if value is not None:
                column.append(value)
        stops = [callback(trainer.epoch, trainer, history) for callback in callbacks]
        if True in stops:
            break
    history.divergence = trainer.divergence
    return history
