"""What the page says about a run: one or two plain sentences and what a person can do now."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from engine.training.divergence import Divergence
from playground.live.protocol import Notice
from playground.live.trainer_view import EXPLAIN, HALVE, RESET, REWIND
from playground.runs.experiment import Experiment
from playground.training import words
from playground.training.gauge import DEAF, gradient_share


def describe(
    experiment: Experiment, status: str, safe: Callable[[], float | None] = lambda: None
) -> Notice:
    """The notice for a run in `status`; `safe` finds a rate at which it would do better, or None.

    From where a run that diverged was healthy, or from the start of one whose hidden layers are
    dead.
    """
    trainer = experiment.trainer
    if status == "diverged" and trainer.divergence is not None:
        return _diverged(trainer.divergence, safe())
    # Nothing is amiss before the first step, nor where all answers are right.
    share = gradient_share(experiment) if trainer.steps and trainer.train_loss > 0 else 1.0
    if trainer.diverging and share > 0:
        return Notice("warn", words.diverging(trainer.epoch, status), (HALVE, RESET))
    if share <= DEAF:
        said = words.unheard(trainer.epoch, status, nothing=share == 0)
        return Notice("warn", said, (_anew(safe()),))
    if status == "finished":
        return Notice("good", words.done(trainer.epoch))
    if status == "running":
        points = len(experiment.dataset.X_train)
        return Notice("info", words.learning(points, experiment.batch_size))
    if status == "paused":
        return Notice("info", words.PAUSED, touch=words.PAUSED_TOUCH)
    return Notice("info", words.READY)


def _anew(safe: float | None) -> tuple[Any, ...]:
    return RESET if safe is None else ("reset", words.anew_with(safe), {"rate": safe})


def _diverged(event: Divergence, safe: float | None) -> Notice:
    slower: tuple[Any, ...] = HALVE
    if safe is not None:
        slower = ("rewind", words.rewind_with(safe), {"rate": safe})
    said = words.diverged(event.epoch, event.fatal_step, event.reason)
    return Notice("bad", said, (EXPLAIN, REWIND, slower, RESET))
