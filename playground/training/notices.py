"""What the page says about a run: one or two plain sentences and what a person can do now."""

from __future__ import annotations

from playground.live.protocol import Notice
from playground.runs.experiment import Experiment


def describe(experiment: Experiment, status: str) -> Notice:
    """The notice for a run in `status`."""
    trainer = experiment.trainer
    if status == "diverged":
        return _diverged(experiment)
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


def _diverged(experiment: Experiment) -> Notice:
    event = experiment.trainer.divergence
    reason = "" if event is None else f" (in step {event.fatal_step:,}): {event.reason}"
    return Notice(
        "bad",
        f"Diverged at epoch {experiment.trainer.diverged_epoch:,}{reason}.",
        (
            ("explain", "What happened?"),
            ("rewind", "Rewind to before"),
            ("halve", "Halve the learning rate"),
            ("reset", "Start again"),
        ),
    )
