"""The landscape: a plane through weight space, the loss over it, and the path a run took there.

T is the number of points of a path, P of parameters, S the side of a grid. Weights are flat vectors
in the order of the engine's `flat`. The loss is that of all training points in inference mode,
without penalties. Knows no Streamlit and no Plotly.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final, NamedTuple

import numpy as np
from numpy.typing import DTypeLike, NDArray

from engine.core.validation import lookup, number, whole
from engine.study.curvature import Curvature
from engine.training import recorder
from engine.training.status import DIVERGED, FINISHED
from playground.runs.experiment import Experiment, Replicas
from playground.settings.config import Config

Floats = NDArray[np.float64]

SNAPSHOTS: Final = 120  # points of a path
PATH_BYTES: Final = 4_000_000  # all points of a path together, unless the fewest need more
FEWEST: Final = 16  # points that a path of a large network may still have

SIDE: Final = 41
CAP: Final = 4.0  # times the largest loss on the path: higher ground is drawn as a lid there
NARROWEST: Final = 0.25  # of the longer side of the rectangle: a ribbon shows no valley
EXACT: Final = 1e-6  # to which the curvature's directions are found

_TOGETHER: Final = 64  # weight vectors that are evaluated at once
_VALUES: Final = 1 << 20  # numbers that they and their signals may take


# ---- the path ---------------------------------------------------------------------------------


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

    def __len__(self) -> int:
        return len(self.weights)

    @property
    def diverged(self) -> bool:
        return self.status == DIVERGED


class _Point(NamedTuple):
    step: int
    epoch: float
    weights: NDArray[np.floating[Any]]


class Recorder:
    """Trains a Config and keeps up to `snapshots` points of its path, evenly spaced in steps.

    When full it drops every second point and takes half as many from then on, so a path of any
    length fits in the same memory; a large network's path has fewer points (`PATH_BYTES`).
    """

    def __init__(
        self, config: Config, *, snapshots: int = SNAPSHOTS, dtype: DTypeLike = np.float32
    ) -> None:
        whole("snapshots", snapshots, low=4, high=10_000)
        self.config = config
        self.experiment = Experiment(config, dtype=dtype, history_size=0)
        room = PATH_BYTES // self.experiment.model.flat.nbytes
        self._path = recorder.Recorder[_Point](min(snapshots, max(room, FEWEST)))
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
        goal = trainer.steps + whole("the number of steps", n, low=0)
        begin = trainer.steps
        while trainer.steps < goal:
            due = self._path.due(trainer.steps)
            asked = min(due, goal) - trainer.steps
            made = trainer.run_steps(asked)
            if made < asked:
                break
            if trainer.steps == due and trainer.status != DIVERGED:
                self._keep()
        return trainer.steps - begin

    def run_epochs(self, n: int) -> int:
        """Train up to `n` passes over the training points. Returns the steps made."""
        return self.run_steps(whole("the number of epochs", n, low=0) * self._steps_per_epoch)

    def run(self) -> Trajectory:
        """Train to the end of the run, and give its whole path."""
        while self.run_steps(max(self._steps_per_epoch, 1000)):
            pass
        return self.trajectory

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

    @property
    def _steps_per_epoch(self) -> int:
        return self.experiment.steps_per_epoch

    def _here(self) -> _Point:
        trainer = self.experiment.trainer
        return _Point(trainer.steps, trainer.progress, self.experiment.model.flat.copy())

    def _keep(self) -> None:
        self._path.append(self.experiment.trainer.steps, self._here())


def record(
    config: Config, *, snapshots: int = SNAPSHOTS, dtype: DTypeLike = np.float32
) -> Trajectory:
    """The path of the Config's run over all its epochs, or until it diverges."""
    return Recorder(config, snapshots=snapshots, dtype=dtype).run()


# ---- the loss of many weight vectors ----------------------------------------------------------


class DataLoss:
    """The loss over all training points for many weight vectors at once: (M, P) -> (M,).

    The vectors are laid as replicas into one network, `together` at a time.
    """

    def __init__(self, config: Config, *, dtype: DTypeLike = np.float64) -> None:
        one = Experiment(config, dtype=dtype, history_size=0, checkpoints=0)
        signals = min(len(one.dataset.X_train), 1024) * sum(one.units)
        together = _VALUES // max(signals, one.model.n_parameters)
        self.together = max(1, min(together, _TOGETHER))
        self._many = Experiment(
            config,
            # The rates are never used: nothing is trained here.
            Replicas(learning_rates=(1.0,) * self.together),
            dtype=dtype,
            history_size=0,
            checkpoints=0,
        )

    def __call__(self, weights: NDArray[np.floating[Any]]) -> Floats:
        flat, trainer = self._many.model.flat, self._many.trainer
        if weights.ndim != 2 or weights.shape[1] != flat.shape[1]:
            raise ValueError(
                f"weights have shape {weights.shape}, but (M, {flat.shape[1]}) is needed"
            )
        losses = np.empty(len(weights))
        for start in range(0, len(weights), self.together):
            part = weights[start : start + self.together]
            flat[: len(part)] = part  # rows beyond it are left over, and their losses unused
            trainer.forget_measures()
            losses[start : start + len(part)] = trainer.train_loss[: len(part)]
        return losses


# ---- the plane --------------------------------------------------------------------------------


@dataclass(frozen=True)
class Plane:
    """The weights origin + a d1 + b d2: `origin` (P,), `directions` (2, P), coordinates (a, b).

    `titles` say in words what each direction is, for the axes. `explained` is the share, 0 to 1, of
    the path's mean squared distance from its end that lies within the plane: what is drawn of the
    path. `reach` is how far from the origin a picture should show at least.
    """

    kind: str
    origin: Floats
    directions: Floats
    titles: tuple[str, str]
    explained: float
    reach: float = 0.0

    def project(self, weights: NDArray[np.floating[Any]]) -> Floats:
        """Coordinates (..., 2) of the points of the plane that are nearest to weights (..., P)."""
        return _project(weights - self.origin, self.directions)

    def weights(self, coordinates: Floats) -> Floats:
        """The weights (..., P) at coordinates (..., 2)."""
        return np.asarray(self.origin + coordinates @ self.directions)


def _project(offsets: NDArray[np.floating[Any]], directions: Floats) -> Floats:
    """Least squares: (D Dᵀ)⁻¹ D offset. The directions need not be orthogonal."""
    gram = directions @ directions.T
    return np.asarray(np.linalg.solve(gram, (offsets @ directions.T)[..., np.newaxis])[..., 0])


def _plane(
    kind: str,
    trajectory: Trajectory,
    directions: Floats,
    titles: tuple[str, str],
    reach: float = 0.0,
) -> Plane:
    """A plane through the path's end, its directions turned so that the start is not negative."""
    offsets = _offsets(trajectory)
    start = _project(offsets[0], directions)
    directions = np.where(start < 0, -1.0, 1.0)[:, np.newaxis] * directions
    within = _project(offsets, directions) @ directions
    total = float(np.vdot(offsets, offsets))
    # A run that has not moved is a point, and a point lies wholly in any plane through it.
    explained = 1.0 if total == 0.0 else min(float(np.vdot(within, within)) / total, 1.0)
    origin = trajectory.weights[-1].astype(np.float64)
    return Plane(kind, origin, directions, titles, explained, reach)


def _offsets(trajectory: Trajectory) -> Floats:
    """The path as seen from its end, (T, P)."""
    weights: Floats = trajectory.weights.astype(np.float64)
    return np.asarray(weights - weights[-1])


def path_plane(trajectory: Trajectory, seed: int = 0) -> Plane:
    """The two directions in which the path moved the most: a PCA of it, seen from its end.

    As in Li et al. 2018, "Visualizing the loss landscape of neural nets", section 7: the principal
    directions of the matrix [w_0 - w_T, ..., w_{T-1} - w_T]. "Variance" is the mean squared
    distance from the end. A path that moved in fewer than two directions is given random ones.
    """
    offsets = _offsets(trajectory)
    largest = float(np.abs(offsets).max())
    scaled = offsets / largest if largest > 0.0 else offsets  # squares must not overflow
    _, sizes, rows = np.linalg.svd(scaled, full_matrices=False)
    real = sizes > max(sizes[0], 1e-300) * np.finfo(np.float64).eps * max(offsets.shape)
    found = list(rows[real][:2])
    rng = np.random.default_rng(seed)
    while len(found) < 2:
        extra = rng.normal(size=offsets.shape[1])
        for direction in found:
            extra -= (extra @ direction) * direction
        found.append(extra / np.linalg.norm(extra))
    shares = np.zeros(2)
    shares[: min(real.sum(), 2)] = (sizes**2 / max((sizes**2).sum(), 1e-300))[real][:2]
    first, second = (
        f"along the {which} principal direction of the path ({percent(share)} of its variance)"
        for which, share in zip(("first", "second"), shares, strict=True)
    )
    return _plane("path", trajectory, np.stack(found), (first, second))


def hessian_plane(trajectory: Trajectory, seed: int = 0) -> Plane:
    """The two directions of the sharpest curvature at the path's end: the Hessian's eigenvectors.

    Their eigenvalues are the second derivatives of the loss along them.
    """
    experiment = Experiment(trajectory.config, dtype=np.float64, history_size=0, checkpoints=0)
    model, data = experiment.model, experiment.dataset
    model.flat[...] = trajectory.weights[-1]
    X = experiment.features.transform(data.X_train)
    curvature = Curvature(model, experiment.trainer.loss, X, data.y_train)
    values, vectors = curvature.eigenpairs(2, tolerance=EXACT)
    if not np.isfinite(values).all():
        raise ValueError(
            "the directions of curvature need a finite Hessian, but at the end of this run it is"
            " not: choose the directions of the path"
        )
    first, second = (
        f"along the Hessian's {which} eigenvector (curvature {value:.3g})"
        for which, value in zip(("first", "second"), values, strict=True)
    )
    return _plane("hessian", trajectory, np.asarray(vectors, dtype=np.float64), (first, second))


def random_plane(trajectory: Trajectory, seed: int = 0) -> Plane:
    """Two random directions, filter-normalised: each unit's weights as long as the unit's own.

    d_i <- d_i ‖w_i‖ / ‖d_i‖ for the weights w_i that enter unit i, and 0 for biases (Li et al.
    2018, section 4). One unit of a coordinate is then about the size of the network's weights.
    """
    experiment = Experiment(trajectory.config, history_size=0, checkpoints=0)
    end = trajectory.weights[-1].astype(np.float64)
    rng = np.random.default_rng(seed)
    directions = np.zeros((2, len(end)))
    start = 0
    for layer in experiment.dense_layers:
        stop = start + layer.n_parameters
        table = end[start:stop].reshape(layer.fan_in + 1, layer.fan_out)
        for row in directions:
            drawn = rng.normal(size=(layer.fan_in, layer.fan_out))
            drawn *= np.linalg.norm(table[:-1], axis=0) / np.linalg.norm(drawn, axis=0)
            row[start:stop].reshape(table.shape)[:-1] = drawn
        start = stop
    if np.linalg.matrix_rank(directions) < 2:
        raise ValueError(
            "random directions need at least two weights that are not zero: choose the directions"
            " of the path"
        )
    titles = ("along a random direction", "along another random direction")
    return _plane("random", trajectory, directions, titles, reach=1.0)


PLANES: Final[Mapping[str, Callable[[Trajectory, int], Plane]]] = {
    "path": path_plane,
    "hessian": hessian_plane,
    "random": random_plane,
}


def plane(kind: str, trajectory: Trajectory, *, seed: int = 0) -> Plane:
    """A plane of one of the `PLANES`; ValueError for another kind, or a path that it does not fit.

    `seed` decides what is random in it.
    """
    return lookup(PLANES, kind, "plane")(trajectory, whole("seed", seed, low=0))


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
        shown = f"This plane holds {share} of the path's variance."
        honest = (
            " The path therefore lies on the surface."
            if share == "100 %"
            else " The path is drawn at its true loss, so it may run above or below the surface."
        )
        end = (
            " The run diverged; the path ends at its last finite weights." if self.diverged else ""
        )
        return shown + honest + end


def slice_(
    trajectory: Trajectory,
    plane: Plane,
    *,
    size: int = SIDE,
    margin: float = 0.15,
    loss: DataLoss | None = None,
) -> Slice:
    """The loss over the rectangle of `plane` that holds the path, `margin` of its sides around it.

    `size` points a side. A `loss` made before for the same Config saves a little time.
    """
    whole("size", size, low=7, high=201)
    number("margin", margin, low=0.1, high=5.0)
    loss = DataLoss(trajectory.config) if loss is None else loss
    path = plane.project(trajectory.weights)
    first, second = _axes(path, size, margin, plane)
    grid = np.stack(np.meshgrid(first, second), axis=-1).reshape(-1, 2)
    starts = range(0, len(grid), loss.together)  # all weights at once may be many
    losses = np.concatenate([loss(plane.weights(grid[i : i + loss.together])) for i in starts])
    path_losses = loss(trajectory.weights)
    return Slice(
        plane=plane,
        first=first,
        second=second,
        losses=losses.reshape(size, size),
        path=path,
        path_losses=path_losses,
        epochs=trajectory.epochs,
        diverged=trajectory.diverged,
    )


def _axes(path: Floats, size: int, margin: float, plane: Plane) -> tuple[Floats, Floats]:
    """Coordinates (S,) along either direction, 0 among them."""
    low, high = np.minimum(path.min(axis=0), 0.0), np.maximum(path.max(axis=0), 0.0)
    halves = np.maximum((high - low) / 2 * (1 + 2 * margin), plane.reach)
    if halves.max() == 0.0:  # a run that has not moved: show its surroundings
        halves = np.full(2, 0.1 * float(np.linalg.norm(plane.origin)) or 1.0)
    halves = np.maximum(halves, NARROWEST * halves.max())
    axes = []
    for centre, half in zip((low + high) / 2, halves, strict=True):
        step = 2 * half / (size - 1)
        axes.append(step * (np.arange(size) - round((half - centre) / step)))
    return axes[0], axes[1]


def percent(share: float) -> str:
    """A share of 0 to 1 in words; what is not all does not read as all, nor a little as nothing."""
    text = f"{100 * share:.0f} %"
    if text == "100 %" and share < 1 - 1e-9:
        return "more than 99 %"
    return "less than 1 %" if text == "0 %" and share > 1e-9 else text
