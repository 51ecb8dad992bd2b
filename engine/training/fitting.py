"""``Sequential.fit``: a trainer run epoch by epoch, and what it reports."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy.typing as npt

from engine.core.losses import Loss
from engine.core.network import Network
from engine.core.optimizers import Optimizer
from engine.core.validation import whole
from engine.training.callbacks import Callback, FitHistory
from engine.training.status import DIVERGED
from engine.training.trainer import Trainer


def fit(
    model: Network,
    X: npt.ArrayLike,
    y: npt.ArrayLike,
    callbacks: tuple[Callable[[int, Trainer, FitHistory], object], ...],
    **options: Any,
) -> FitHistory:
    """``Sequential.fit``: a trainer, run epoch by epoch."""
    for callback in callbacks:
        if not callable(callback):
            raise ValueError(f"a callback must be callable, not {callback!r}")
    known = model.classifies
    try:
        trainer = _trainer(model, X, y, **options)
        watchers = [callback for callback in callbacks if isinstance(callback, Callback)]
        for watcher in watchers:
            watcher.start(trainer)
    except ValueError:
        model.classifies = known  # a refused fit leaves no trace in what the network answers
        raise
    history = FitHistory()
    try:
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
    finally:
        for watcher in watchers:
            watcher.finish(trainer, history)
    return history


def _trainer(
    model: Network,
    X: npt.ArrayLike,
    y: npt.ArrayLike,
    epochs: int,
    batch_size: int,
    validation_data: tuple[npt.ArrayLike, npt.ArrayLike] | None,
    **options: Any,
) -> Trainer:
    """A trainer for checked arguments; whatever is wrong with them is a ``ValueError``."""
    optimizer, loss = compiled(model)
    whole("epochs", epochs, low=0)
    whole("batch_size", batch_size, low=1)
    if validation_data is not None and (
        not isinstance(validation_data, (tuple, list)) or len(validation_data) != 2
    ):
        raise ValueError("validation_data must be a pair (X, y)")
    rows = model.checked(X, "training inputs X")
    labels = loss.targets(y, model.n_outputs, model.dtype).labels
    if labels is not None and (labels == labels[0]).all():
        raise ValueError(
            f"y holds one class only, {labels[0]}: a classifier needs two or more to learn from"
        )
    settings: dict[str, Any] = {"seed": model.seed, "history_size": 0, "checkpoints": 0, **options}
    settings |= {"validation_data": validation_data, "epochs": epochs}
    return Trainer(model, loss, optimizer, rows, y, min(batch_size, len(rows)), **settings)


def compiled(model: Network) -> tuple[Optimizer, Loss]:
    """What ``compile`` has chosen."""
    if model.optimizer is None or model.loss is None:
        raise ValueError("the network has no loss yet: call compile(optimizer, loss) first")
    return model.optimizer, model.loss
