"""What the page says about a run: one or two plain sentences and what a person can do now."""

from __future__ import annotations

from typing import Any

from playground.live.protocol import Notice
from playground.runs.experiment import Experiment


def describe(experiment: Experiment, status: str, safe: float | None = None) -> Notice:
    """The notice for a run in `status`; `safe` is a rate with which it could go on, where known."""
    trainer = experiment.trainer
    if status == "diverged":
        return _diverged(experiment, safe)
    if trainer.diverging:
        return _diverging(trainer.epoch, status)
    if status == "finished":
        return Notice("good", f"Done: {trainer.epoch:,} epochs. Press Play to train as many again.")
    if status == "running":
        points = len(experiment.dataset.X_train)
        return Notice(
            "info", f"Learning from {points:,} points, {experiment.batch_size:,} at a time."
        )
    if status == "paused":
        return Notice("info", "Step on with →, back an epoch with ←, or press Play to go on.")
    return Notice(
        "info", "This network has learned nothing yet. Press Play (or the space bar) and watch."
    )


def _diverging(epoch: int, status: str) -> Notice:
    lead = f"Done: {epoch:,} epochs, but diverging" if status == "finished" else "Diverging"
    fate = {"running": ", so the run goes on", "paused": ", so it can go on"}.get(status, "")
    return Notice(
        "warn",
        f"{lead}: the loss is above its start and far above its best. All numbers are still finite"
        f"{fate}.",
        (("halve", "Halve the learning rate"), ("reset", "Start again")),
    )


def rescued(epoch: int, critical: float, safe: float) -> str:
    """What is said of a run that was taken back, with another rate than the one that spoilt it."""
    return (
        f"Back at epoch {epoch:,}, the last moment at which all was well. Errors grow there above a"
        f" learning rate of about {critical:.2g}, so it is {safe:g} now. Press Play."
    )


def _diverged(experiment: Experiment, safe: float | None) -> Notice:
    event = experiment.trainer.divergence
    slower: tuple[Any, ...] = ("halve", "Halve the learning rate")
    if safe is not None:
        slower = ("rewind", f"Rewind, with rate {safe:g}", {"rate": safe})
    reason = "" if event is None else f" (in step {event.fatal_step:,}): {event.reason}"
    return Notice(
        "bad",
        f"Diverged at epoch {experiment.trainer.diverged_epoch:,}{reason}.",
        (
            ("explain", "What happened?"),
            ("rewind", "Rewind to before"),
            slower,
            ("reset", "Start again"),
        ),
    )
