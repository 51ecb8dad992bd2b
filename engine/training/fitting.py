"""``Sequential.fit``: a trainer run epoch by epoch, and what it reports."""

from __future__ import annotations

from collections.abc import Callable, Iterable
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
    epochs: int = 1,
    batch_size: int = 32,
    shuffle: bool = True,
    validation_data: tuple[npt.ArrayLike, npt.ArrayLike] | None = None,
    callbacks: Iterable[Callable[[int, Trainer, FitHistory], object]] = (),
    **options: Any,
) -> FitHistory:
    """Train from the current weights; ``options`` go to the ``Trainer``.

    A ``batch_size`` beyond the number of samples means all of them. Each callback, a ``Callback``
    such as ``EarlyStopping`` or a function, is called after each epoch as
    ``callback(epoch, trainer, history)``; one that returns True ends the run. Bad arguments, labels
    of one class only among them, are a ``ValueError`` before a weight moves.
    """
    watching = tuple(callbacks)
    for callback in watching:
        if not callable(callback):
            raise ValueError(f"a callback must be callable, not {callback!r}")
    watchers = [callback for callback in watching if isinstance(callback, Callback)]
    known = model.classifies
    try:
        options |= {"epochs": epochs, "shuffle": shuffle, "validation_data": validation_data}
        trainer = _trainer(model, X, y, batch_size, options)
        for watcher in watchers:
            watcher.start(trainer)
    except ValueError:
        model.classifies = known  # a refused fit leaves no trace in what the network answers
        raise
    history = FitHistory()
    try:
        while trainer.run_epochs(1) and trainer.status != DIVERGED:
            history.append(trainer)
            stops = [callback(trainer.epoch, trainer, history) for callback in watching]
            if True in stops:
                break
        history.divergence = trainer.divergence
    finally:
        for watcher in watchers:
            watcher.finish(trainer, history)
    return history


def _trainer(
    model: Network, X: npt.ArrayLike, y: npt.ArrayLike, batch_size: int, options: dict[str, Any]
) -> Trainer:
    """A trainer for checked arguments; whatever is wrong with them is a ``ValueError``."""
    optimizer, loss = compiled(model)
    whole("epochs", options["epochs"], low=0)
    held = options["validation_data"]
    if held is not None and (not isinstance(held, (tuple, list)) or len(held) != 2):
        raise ValueError("validation_data must be a pair (X, y)")
    settings = {"seed": model.seed, "history_size": 0, "checkpoints": 0, **options}
    trainer = Trainer(model, loss, optimizer, X, y, 1, **settings)
    trainer.batch_size = min(whole("batch_size", batch_size, low=1), len(trainer.data))
    labels = trainer.data.targets.labels
    if labels is not None and (labels == labels[0]).all():
        raise ValueError(
            f"y holds one class only, {labels[0]}: a classifier needs two or more to learn from"
        )
    return trainer


def compiled(model: Network) -> tuple[Optimizer, Loss]:
    """What ``compile`` has chosen."""
    if model.optimizer is None or model.loss is None:
        raise ValueError("the network has no loss yet: call compile(optimizer, loss) first")
    return model.optimizer, model.loss
