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
from numpy.typing import NDArray

Floats = NDArray[np.float64]

MAX_FOURIER: Final = 64
LENGTHSCALE: Final = 1.5

# Kept far from the children of the seed that the engine and the data sets draw from.
_FOURIER_STREAM: Final = 101
_SUBSCRIPTS: Final = str.maketrans("0123456789", "₀₁₂₃₄₅₆₇₈₉")


@dataclass(frozen=True)
class FeatureSpec:
    """One feature: `function(x1, x2)` maps two arrays (N,) to one."""

    label: str
    function: Callable[[Floats, Floats], Floats]


FEATURES: Final[dict[str, FeatureSpec]] = {
    "x1": FeatureSpec("x₁", lambda x1, x2: x1),
    "x2": FeatureSpec("x₂", lambda x1, x2: x2),
    "x1sq": FeatureSpec("x₁²", lambda x1, x2: x1 * x1),
    "x2sq": FeatureSpec("x₂²", lambda x1, x2: x2 * x2),
    "x1x2": FeatureSpec("x₁x₂", lambda x1, x2: x1 * x2),
    "sin1": FeatureSpec("sin x₁", lambda x1, x2: np.sin(x1)),
    "sin2": FeatureSpec("sin x₂", lambda x1, x2: np.sin(x2)),
    "cos1": FeatureSpec("cos x₁", lambda x1, x2: np.cos(x1)),
    "cos2": FeatureSpec("cos x₂", lambda x1, x2: np.cos(x2)),
}


class FeatureMap:
    """The chosen features, then `fourier` random Fourier features cos(w.x + b).

    w ~ N(0, 1/LENGTHSCALE^2) in each coordinate and b ~ U(0, 2 pi): Rahimi & Recht, "Random
    Features for Large-Scale Kernel Machines", 2007, without their factor sqrt(2/D), so that each
    feature has the size of the other waves whatever their number. They are drawn from a stream of
    their own, and asking for more keeps the first ones. What may be chosen, the Config checks.
    """

    def __init__(self, names: Sequence[str] = ("x1", "x2"), fourier: int = 0, seed: int = 0):
        self._chosen = [FEATURES[name] for name in names]
        source = np.random.SeedSequence(seed, spawn_key=(_FOURIER_STREAM,))
        direction_rng, phase_rng = np.random.default_rng(source).spawn(2)
        self._directions = direction_rng.standard_normal((fourier, 2)) / LENGTHSCALE
        self._phases = phase_rng.uniform(0, 2 * math.pi, fourier)
        waves = (f"φ{str(i + 1).translate(_SUBSCRIPTS)}" for i in range(fourier))
        # One short label for each column of `transform`.
        self.labels = (*(feature.label for feature in self._chosen), *waves)

    @property
    def n_features(self) -> int:
        return len(self.labels)

    def transform(self, points: Floats) -> Floats:
        """Points (N, 2) -> features (N, F), float64."""
        features = np.empty((len(points), self.n_features))  # (N, F)
        for column, feature in enumerate(self._chosen):
            features[:, column] = feature.function(*points.T)
        if len(self._phases):
            waves = np.cos(points @ self._directions.T + self._phases)
            features[:, len(self._chosen) :] = waves
        return features
