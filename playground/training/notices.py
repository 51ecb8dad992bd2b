"""What the page says about a run: one or two plain sentences and what a person can do now."""

from __future__ import annotations

from typing import Any

from playground.live.protocol import Notice
from playground.live.trainer_view import EXPLAIN, HALVE, RESET, REWIND
from playground.runs.experiment import Experiment
from playground.training import words


def describe(experiment: Experiment, status: str, safe: float | None = None) -> Notice:
    """The notice for a run in `status`; `safe` is a rate with which it could go on, where known."""
    trainer = experiment.trainer
    if status == "diverged":
        return _diverged(experiment, safe)
    if trainer.diverging:
        return Notice("warn", words.diverging(trainer.epoch, status), (HALVE, RESET))
    if status == "finished":
        return Notice("good", words.done(trainer.epoch))
    if status == "running":
        points = len(experiment.dataset.X_train)
        return Notice("info", words.learning(points, experiment.batch_size))
    if status == "paused":
        return Notice("info", words.PAUSED, touch=words.PAUSED_TOUCH)
    return Notice("info", words.READY)


def _diverged(experiment: Experiment, safe: float | None) -> Notice:
    trainer, event = experiment.trainer, experiment.trainer.divergence
    slower: tuple[Any, ...] = HALVE
    if safe is not None:
        slower = ("rewind", words.rewind_with(safe), {"rate": safe})
    epoch = trainer.diverged_epoch or 0
    said = words.diverged(epoch)
    if event is not None:
        said = words.diverged_because(epoch, event.fatal_step, event.reason)
    return Notice("bad", said, (EXPLAIN, REWIND, slower, RESET))
