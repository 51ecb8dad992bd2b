"""A group of experiments that train epoch by epoch, side by side, and are shown as one run."""

from __future__ import annotations

from collections.abc import Sequence

from engine import Trainer
from playground.runs.experiment import Experiment


class RunGroup:
    """One that diverges keeps its last finite weights, while the others go on."""

    experiments: Sequence[Experiment]

    @property
    def trainers(self) -> list[Trainer]:
        return [experiment.trainer for experiment in self.experiments]

    @property
    def epoch(self) -> int:
        """Completed epochs, of those that got furthest."""
        return max(trainer.epoch for trainer in self.trainers)

    @property
    def status(self) -> str:
        """One of "ready", "running", "finished", or "diverged" when all have diverged."""
        found = {trainer.status for trainer in self.trainers}
        # One may still be at its start when another has diverged.
        return next((s for s in ("running", "ready", "finished") if s in found), "diverged")

    def reset(self) -> None:
        """Back to the same start, with as many epochs to go as the Config says."""
        for experiment in self.experiments:
            experiment.reset()

    def extend(self) -> None:
        """Let a finished run go on for as many epochs again."""
        epoch = self.epoch
        for experiment in self.experiments:
            experiment.trainer.epochs = epoch + experiment.config.epochs
