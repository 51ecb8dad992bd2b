"""Planes through weight space: of the path, of the sharpest curvature, of random directions."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from engine.study.curvature import Curvature
from playground.learning_rate.landscape_path import Trajectory
from playground.learning_rate.words import landscape as words
from playground.runs.experiment import Experiment

Floats = NDArray[np.float64]

EXACT: Final = 1e-6  # to which the curvature's directions are found


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


def path_plane(trajectory: Trajectory, seed: int) -> Plane:
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
    first, second = (words.path_direction(k, percent(share)) for k, share in enumerate(shares))
    return _plane("path", trajectory, np.stack(found), (first, second))


def hessian_plane(trajectory: Trajectory, seed: int) -> Plane:
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
        raise ValueError(words.NO_CURVATURE)
    first, second = (words.hessian_direction(k, value) for k, value in enumerate(values))
    return _plane("hessian", trajectory, np.asarray(vectors, dtype=np.float64), (first, second))


def random_plane(trajectory: Trajectory, seed: int) -> Plane:
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
        raise ValueError(words.NO_RANDOM)
    return _plane("random", trajectory, directions, words.RANDOM_DIRECTIONS, reach=1.0)


# By name; a seed decides what is random in one. ValueError for a path that it does not fit.
PLANES: Final[Mapping[str, Callable[[Trajectory, int], Plane]]] = {
    "path": path_plane,
    "hessian": hessian_plane,
    "random": random_plane,
}


def percent(share: float) -> str:
    """A share of 0 to 1 in words; what is not all does not read as all, nor a little as nothing."""
    text = f"{100 * share:.0f} %"
    if text == "100 %" and share < 1 - 1e-9:
        return words.NEARLY_ALL
    return words.HARDLY_ANY if text == "0 %" and share > 1e-9 else text
