"""Input features: what the network sees of a point (x1, x2).

The inputs stay raw, as in TensorFlow Playground: x1 squared runs up to 36 and is not rescaled. So
it can be seen on the screen what unscaled inputs do to the gradient. N is the number of points, F
the number of features.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import ArrayLike, NDArray

Floats = NDArray[np.float64]

MAX_FOURIER: Final = 64
LENGTHSCALE: Final = 1.5

# Kept far from the children of the seed that the engine and the data sets draw from.
_FOURIER_STREAM: Final = 101
_SUBSCRIPTS: Final = str.maketrans("0123456789", "₀₁₂₃₄₅₆₇₈₉")


@dataclass(frozen=True)
class FeatureSpec:
    """One feature: `function(x1, x2)` maps two arrays (N,) to one."""

    name: str
    label: str
    latex: str
    help: str
    function: Callable[[Floats, Floats], Floats]


_SPECS: Final = (
    FeatureSpec("x1", "x₁", "x_1", "The first coordinate: left to right.", lambda x1, x2: x1),
    FeatureSpec("x2", "x₂", "x_2", "The second coordinate: bottom to top.", lambda x1, x2: x2),
    FeatureSpec(
        "x1sq",
        "x₁²",
        "x_1^2",
        "Grows with the distance from the vertical axis.",
        lambda x1, x2: x1 * x1,
    ),
    FeatureSpec(
        "x2sq",
        "x₂²",
        "x_2^2",
        "Grows with the distance from the horizontal axis.",
        lambda x1, x2: x2 * x2,
    ),
    FeatureSpec(
        "x1x2",
        "x₁x₂",
        "x_1 x_2",
        "The product: it alone solves the exclusive or.",
        lambda x1, x2: x1 * x2,
    ),
    FeatureSpec(
        "sin1", "sin x₁", r"\sin x_1", "A wave from left to right.", lambda x1, x2: np.sin(x1)
    ),
    FeatureSpec(
        "sin2", "sin x₂", r"\sin x_2", "A wave from bottom to top.", lambda x1, x2: np.sin(x2)
    ),
    FeatureSpec(
        "cos1",
        "cos x₁",
        r"\cos x_1",
        "A wave from left to right with its crest in the middle.",
        lambda x1, x2: np.cos(x1),
    ),
    FeatureSpec(
        "cos2",
        "cos x₂",
        r"\cos x_2",
        "A wave from bottom to top with its crest in the middle.",
        lambda x1, x2: np.cos(x2),
    ),
)
FEATURES: Final[dict[str, FeatureSpec]] = {spec.name: spec for spec in _SPECS}


class FeatureMap:
    """The chosen features, then `fourier` random Fourier features cos(w.x + b).

    w ~ N(0, 1/LENGTHSCALE^2) in each coordinate and b ~ U(0, 2 pi): Rahimi & Recht, "Random
    Features for Large-Scale Kernel Machines", 2007, without their factor sqrt(2/D), so that each
    feature has the size of the other waves whatever their number. They are drawn from a stream of
    their own, and asking for more keeps the first ones.

    Raises ValueError for an unknown or repeated name, a count outside 0..64, or no feature at all.
    """

    def __init__(self, names: Sequence[str] = ("x1", "x2"), fourier: int = 0, seed: int = 0):
        for name in names:
            if name not in FEATURES:
                raise ValueError(f"unknown feature {name!r}; known: {', '.join(FEATURES)}")
        if len(set(names)) != len(names):
            raise ValueError(f"each feature may be named once, got {', '.join(names)}")
        if isinstance(fourier, bool) or not isinstance(fourier, int | np.integer):
            raise ValueError(f"fourier must be a whole number, got {fourier!r}")
        if not 0 <= fourier <= MAX_FOURIER:
            raise ValueError(f"fourier must be from 0 to {MAX_FOURIER}, got {fourier}")
        if not names and not fourier:
            raise ValueError("at least one feature is needed: name one, or set fourier above 0")
        self.names = tuple(names)
        self.fourier = int(fourier)
        self._functions = tuple(FEATURES[name].function for name in self.names)
        source = np.random.SeedSequence(seed, spawn_key=(_FOURIER_STREAM,))
        direction_rng, phase_rng = np.random.default_rng(source).spawn(2)
        self._directions = direction_rng.standard_normal((self.fourier, 2)) / LENGTHSCALE
        self._phases = phase_rng.uniform(0, 2 * math.pi, self.fourier)

    @property
    def n_features(self) -> int:
        return len(self.names) + self.fourier

    @property
    def labels(self) -> tuple[str, ...]:
        """One short label for each column of `transform`."""
        waves = (f"φ{str(i + 1).translate(_SUBSCRIPTS)}" for i in range(self.fourier))
        return (*(FEATURES[name].label for name in self.names), *waves)

    def transform(self, X: ArrayLike) -> Floats:
        """Points (N, 2) -> features (N, F), float64."""
        points = np.asarray(X, dtype=np.float64)
        if points.ndim != 2 or points.shape[1] != 2:
            raise ValueError(f"points must have the shape (N, 2), got {points.shape}")
        features = np.empty((len(points), self.n_features))  # (N, F)
        for column, function in enumerate(self._functions):
            features[:, column] = function(points[:, 0], points[:, 1])
        if self.fourier:
            features[:, len(self.names) :] = np.cos(points @ self._directions.T + self._phases)
        return features
