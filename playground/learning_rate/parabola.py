"""Gradient descent with momentum on the parabola f(x) = (λ/2) x²: its path, and the theory of it.

    xₜ₊₁ = xₜ − η λ xₜ + β (xₜ − xₜ₋₁),  x₋₁ = x₀ = 1

(Polyak 1964). Written as a matrix, (xₜ₊₁, xₜ) = [[1 + β − ηλ, −β], [1, 0]] (xₜ, xₜ₋₁), and the
roots r of r² − (1 + β − ηλ) r + β say all: in the long run the distance goes as max|r|ᵗ. They are
real and positive up to ηλ = (1 − √β)², complex of size √β up to (1 + √β)², and then negative; the
larger reaches −1 at ηλ = 2(1 + β). Without momentum the one root is 1 − ηλ. A bowl
½ (λ₁ x² + λ₂ y²) is two of these, for its directions do not mix.

T is the number of steps made.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from enum import Enum, auto
from functools import lru_cache
from typing import Final

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

STEPS: Final = 60
ESCAPE: Final = 1e6  # a path ends with the first iterate beyond this
TARGET: Final = 1e-3  # "arrived": this share of the distance at the start

_HORIZON: Final = 20_000  # how far a path is followed, unseen, to count the steps to the target
# A rate made as 1/λ or 2(1 + β)/λ counts as exactly that, whatever its last digits are.
_SAME: Final = 1e-10
_ROUNDING: Final = 1e-9


class Verdict(Enum):
    """What a path does in the long run."""

    CONVERGES = auto()  # from one side
    OSCILLATES = auto()  # crosses the minimum, and converges
    EDGE = auto()  # at the limit exactly: never settles
    DIVERGES = auto()  # goes farther and farther


@dataclass(frozen=True, eq=False)
class Descent:
    """A path and what theory says of it.

    ``root`` is the root of larger size (of a complex pair the one above the real axis), ``factor``
    its size: what one step multiplies the distance by in the long run. ``xs`` (T+1,) begins with
    the start and ends early with the first iterate beyond ``ESCAPE``. ``predicted_steps`` is
    ⌈ln TARGET / ln factor⌉, the pace of the long run; ``measured_steps`` counts the real path until
    its distance stays within TARGET. Both are None for a path that never gets there, the second
    also for one too slow to be followed.
    """

    curvature: float
    momentum: float
    root: complex
    factor: float
    verdict: Verdict
    xs: Floats
    predicted_steps: int | None
    measured_steps: int | None

    @property
    def losses(self) -> Floats:
        """f of each iterate, (T+1,)."""
        return 0.5 * (self.xs**2 * self.curvature)

    @property
    def distances(self) -> Floats:
        """Distance of each iterate from the minimum, (T+1,)."""
        return np.abs(self.xs)

    @property
    def steps(self) -> int:
        """T: fewer than asked for when the path escaped."""
        return len(self.xs) - 1

    @property
    def escaped(self) -> bool:
        """Whether the path ended early, beyond ``ESCAPE``."""
        return bool(self.distances[-1] > ESCAPE)

    @property
    def swings(self) -> bool:
        """Whether the roots are complex: several steps on one side, then several on the other."""
        return self.root.imag != 0.0

    @property
    def limit(self) -> float:
        """2(1 + β)/λ: above this rate the path diverges."""
        return 2 * (1 + self.momentum) / self.curvature


@lru_cache(maxsize=64)  # a hand on the rate comes back to the ones before
def descend(curvature: float, rate: float, momentum: float = 0.0, steps: int = STEPS) -> Descent:
    """Gradient descent with λ = ``curvature``, η = ``rate`` and 0 <= β = ``momentum`` < 1."""
    eta_lambda, root, factor, verdict = _theory(rate * curvature, momentum)
    predicted = _predicted(factor, verdict)
    return Descent(
        curvature=curvature,
        momentum=momentum,
        root=root,
        factor=factor,
        verdict=verdict,
        xs=_path(eta_lambda, momentum, steps),
        predicted_steps=predicted,
        measured_steps=_measured(eta_lambda, momentum, predicted),
    )


def _theory(product: float, momentum: float) -> tuple[float, complex, float, Verdict]:
    """ηλ, snapped to a border that it all but meets; the larger root, its size, the verdict."""
    low, high = (1 - math.sqrt(momentum)) ** 2, (1 + math.sqrt(momentum)) ** 2
    limit = 2 * (1 + momentum)
    for border in (low, high, limit):
        if math.isclose(product, border, rel_tol=_SAME):
            product = border
    if product == limit:
        return product, complex(-1.0), 1.0, Verdict.EDGE  # (r + 1)(r + β), unrounded
    # In this form a double root gives exactly 0; (1 + β − ηλ)² − 4β would leave its rounding error.
    discriminant = (product - low) * (product - high)
    half = (1 + momentum - product) / 2
    if discriminant < 0:
        root = complex(half, math.sqrt(-discriminant) / 2)
        factor = math.sqrt(momentum)  # the product of the pair is β
    else:
        root = complex(half + math.copysign(math.sqrt(discriminant) / 2, half))
        factor = abs(root.real)
    if product > limit:
        return product, root, factor, Verdict.DIVERGES
    return product, root, factor, Verdict.OSCILLATES if product > low else Verdict.CONVERGES


def _path(eta_lambda: float, momentum: float, steps: int) -> Floats:
    """The iterates (T+1,), up to and with the first beyond ``ESCAPE``."""
    # Plain floats: ten times as fast here as arrays of one number.
    keep = 1 + momentum - eta_lambda
    before, x = 1.0, 1.0 - eta_lambda
    way = [before, x]
    for _ in range(steps - 1):
        if abs(x) > ESCAPE:
            break
        before, x = x, keep * x - momentum * before
        way.append(x)
    return np.array(way)


def _predicted(factor: float, verdict: Verdict) -> int | None:
    if verdict in (Verdict.EDGE, Verdict.DIVERGES) or factor >= 1:
        return None
    if factor <= TARGET:
        return 1
    return math.ceil(math.log(TARGET) / math.log(factor) - _ROUNDING)


def _measured(eta_lambda: float, momentum: float, predicted: int | None) -> int | None:
    """The first step from which the distance stays within the target.

    A swing passes the minimum long before it has died down, so one small distance proves nothing:
    the path is followed for four times the predicted steps, and the last one outside counts.
    """
    if predicted is None or (horizon := 4 * predicted + 200) > _HORIZON:
        return None
    distances = np.abs(_path(eta_lambda, momentum, horizon))
    outside = np.flatnonzero(distances > TARGET * (1 + _ROUNDING))
    arrived = int(outside[-1]) + 1
    return arrived if arrived < len(distances) else None
