"""The landscape: the loss over a rectangle of a plane through weight space, and the path across.

T is the number of points of a path, P of parameters, S the side of a grid. Weights are flat vectors
in the order of the engine's `flat`. The loss is that of all training points in inference mode,
without penalties. Knows no Streamlit and no Plotly.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from playground.learning_rate.landscape_path import Trajectory
from playground.learning_rate.landscape_plane import Plane, percent
from playground.learning_rate.words import landscape as words
from playground.runs.experiment import Experiment, Replicas
from playground.settings.config import Config

Floats = NDArray[np.float64]


CAP: Final = 4.0  # times the largest loss on the path: higher ground is drawn as a lid there
MARGIN: Final = 0.15  # of the path's extent, on either side of it
NARROWEST: Final = 0.25  # of the longer side of the rectangle: a ribbon shows no valley

_TOGETHER: Final = 64  # weight vectors that are evaluated at once
_VALUES: Final = 1 << 20  # numbers that they and their signals may take


# ---- the loss of many weight vectors ----------------------------------------------------------


class DataLoss:
    """The loss over all training points for many weight vectors at once: (M, P) -> (M,).

    The vectors are laid as replicas into one network, `together` at a time.
    """

    def __init__(self, config: Config) -> None:
        one = Experiment(config, dtype=np.float64, history_size=0, checkpoints=0)
        signals = min(len(one.dataset.X_train), 1024) * sum(one.units)
        together = _VALUES // max(signals, one.model.n_parameters)
        self.together = max(1, min(together, _TOGETHER))
        # The rates are never used: nothing is trained here.
        replicas = Replicas(learning_rates=(1.0,) * self.together)
        self._many = Experiment(config, replicas, dtype=np.float64, history_size=0, checkpoints=0)

    def __call__(self, weights: NDArray[np.floating[Any]]) -> Floats:
        flat, trainer = self._many.model.flat, self._many.trainer
        losses = np.empty(len(weights))
        for start in range(0, len(weights), self.together):
            part = weights[start : start + self.together]
            flat[: len(part)] = part  # rows beyond it are left over, and their losses unused
            trainer.forget_measures()
            losses[start : start + len(part)] = trainer.train_loss[: len(part)]
        return losses


# ---- the slice --------------------------------------------------------------------------------


@dataclass(frozen=True)
class Slice:
    """The loss over a rectangle of a plane, and the path that was taken, beside it.

    `losses` (S, S) has a row for each of `second` (S,) and a column for each of `first` (S,); it
    may hold inf. The origin is a point of the grid. `path` (T, 2) is the path cast onto the plane;
    `path_losses` (T,) are its true losses, which the surface below it need not have.
    """

    plane: Plane
    first: Floats
    second: Floats
    losses: Floats
    path: Floats
    path_losses: Floats
    epochs: Floats
    diverged: bool

    @property
    def level(self) -> float:
        """Where the picture cuts the surface: four times the largest finite loss of the path."""
        finite = self.path_losses[np.isfinite(self.path_losses)]
        largest = float(finite.max()) if len(finite) else 0.0
        return CAP * largest if largest > 0.0 else 1.0

    @property
    def capped(self) -> Floats:
        """The losses (S, S) as they are drawn: none above `level`, all finite."""
        return self.cut(self.losses)

    def cut(self, losses: Floats) -> Floats:
        """Losses with `level` in place of what is higher or not a number."""
        return np.where(losses <= self.level, losses, self.level)

    @property
    def sentence(self) -> str:
        """What the picture shows and what it leaves out."""
        share = percent(self.plane.explained)
        return words.plane(share, whole=share == "100 %", diverged=self.diverged)


def slice_(trajectory: Trajectory, plane: Plane, size: int) -> Slice:
    """The loss over the rectangle of `plane` that holds the path, at `size` points a side."""
    loss = DataLoss(trajectory.config)
    path = plane.project(trajectory.weights)
    first, second = _axes(path, size, plane)
    grid = np.stack(np.meshgrid(first, second), axis=-1).reshape(-1, 2)
    starts = range(0, len(grid), loss.together)  # all weights at once may be many
    losses = np.concatenate([loss(plane.weights(grid[i : i + loss.together])) for i in starts])
    return Slice(
        plane=plane,
        first=first,
        second=second,
        losses=losses.reshape(size, size),
        path=path,
        path_losses=loss(trajectory.weights),
        epochs=trajectory.epochs,
        diverged=trajectory.diverged,
    )


def _axes(path: Floats, size: int, plane: Plane) -> tuple[Floats, Floats]:
    """Coordinates (S,) along either direction, 0 among them."""
    low, high = np.minimum(path.min(axis=0), 0.0), np.maximum(path.max(axis=0), 0.0)
    halves = np.maximum((high - low) / 2 * (1 + 2 * MARGIN), plane.reach)
    if halves.max() == 0.0:  # a run that has not moved: show its surroundings
        halves = np.full(2, 0.1 * float(np.linalg.norm(plane.origin)) or 1.0)
    halves = np.maximum(halves, NARROWEST * halves.max())
    axes = []
    for centre, half in zip((low + high) / 2, halves, strict=True):
        step = 2 * half / (size - 1)
        axes.append(step * (np.arange(size) - round((half - centre) / step)))
    return axes[0], axes[1]
