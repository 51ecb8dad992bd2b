"""The path that a run takes through its weights, in bounded memory: T points of P weights."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from engine.training import recorder
from engine.training.status import DIVERGED, FINISHED
from playground.runs.experiment import Experiment
from playground.settings.config import Config

Floats = NDArray[np.float64]

SNAPSHOTS: Final = 120  # points of a path
PATH_BYTES: Final = 4_000_000  # all points of a path together, unless the fewest need more
FEWEST: Final = 16  # points that a path of a large network may still have


@dataclass(frozen=True)
class Trajectory:
    """The weights (T, P) that a run passed, after so many `steps` (T,) and `epochs` (T,).

    The first is the start and the last the end; those between lie evenly in steps. The arrays are
    read-only. A run that diverged ends with its last finite weights.
    """

    config: Config
    weights: NDArray[np.floating[Any]]
    steps: NDArray[np.int64]
    epochs: Floats
    status: str

    @property
    def diverged(self) -> bool:
        return self.status == DIVERGED


class _Point(NamedTuple):
    step: int
    epoch: float
    weights: NDArray[np.floating[Any]]


class Recorder:
    """Trains a Config and keeps up to SNAPSHOTS points of its path, evenly spaced in steps.

    When full it drops every second point and takes half as many from then on, so a path of any
    length fits in the same memory; a large network's path has fewer points (`PATH_BYTES`).
    """

    def __init__(self, config: Config) -> None:
        self.config = config
        self.experiment = Experiment(config, history_size=0)
        room = PATH_BYTES // self.experiment.model.flat.nbytes
        self._path = recorder.Recorder[_Point](min(SNAPSHOTS, max(room, FEWEST)))
        self._keep()

    @property
    def status(self) -> str:
        """The trainer's: one of "ready", "running", "finished", "diverged"."""
        return self.experiment.trainer.status

    @property
    def progress(self) -> float:
        """The share of the run that is done, 0 to 1."""
        if self.status in (FINISHED, DIVERGED):
            return 1.0
        return min(self.experiment.trainer.progress / self.config.epochs, 1.0)

    def run_steps(self, n: int) -> int:
        """Train up to `n` batches. Returns the steps made: fewer when the run has ended."""
        trainer = self.experiment.trainer
        begin = trainer.steps
        goal = begin + n
        while trainer.steps < goal:
            due = self._path.due(trainer.steps)
            asked = min(due, goal) - trainer.steps
            made = trainer.run_steps(asked)
            if made < asked:
                break
            if trainer.steps == due and trainer.status != DIVERGED:
                self._keep()
        return trainer.steps - begin

    @property
    def trajectory(self) -> Trajectory:
        """The path so far."""
        points, here = list(self._path.entries), self._here()
        # Where the loss of the very last weights is not finite, the trainer went back a little.
        while len(points) > 1 and points[-1].step >= here.step:
            points.pop()
        if here.step > points[-1].step:
            points.append(here)
        weights = np.stack([point.weights for point in points])
        steps = np.array([point.step for point in points], dtype=np.int64)
        epochs = np.array([point.epoch for point in points], dtype=np.float64)
        for array in (weights, steps, epochs):
            array.setflags(write=False)
        return Trajectory(self.config, weights, steps, epochs, self.status)

    def _here(self) -> _Point:
        trainer = self.experiment.trainer
        return _Point(trainer.steps, trainer.progress, self.experiment.model.flat.copy())

    def _keep(self) -> None:
        self._path.append(self.experiment.trainer.steps, self._here())
