"""Gradient descent with momentum on a parabola and on a bowl: path and theory.

The function is f(x) = ½ Σ λᵢ xᵢ², one direction for the parabola and two for the bowl. Its
directions do not mix, so the same recurrence runs in each of them alone:

    xₜ₊₁ = xₜ − η λ xₜ + β (xₜ − xₜ₋₁),  x₋₁ = x₀

(Polyak 1964). Written as a matrix, (xₜ₊₁, xₜ) = [[1 + β − ηλ, −β], [1, 0]] (xₜ, xₜ₋₁), and the
roots r of r² − (1 + β − ηλ) r + β say all: in the long run the distance goes as max|r|ᵗ. They are
real and positive up to ηλ = (1 − √β)², complex of size √β up to (1 + √β)², and then negative; the
larger reaches −1 at ηλ = 2(1 + β). Without momentum the one root is 1 − ηλ.

D is the number of directions, T the number of steps made.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

import numpy as np
from numpy.typing import NDArray

from engine.core.validation import number, whole

Floats = NDArray[np.float64]

ESCAPE: Final = 1e6  # a path ends with the first iterate beyond this
TARGET: Final = 1e-3  # "arrived": this share of the distance at the start
MAX_STEPS: Final = 10_000

_HORIZON: Final = 20_000  # how far a path is followed, unseen, to count the steps to the target
# A rate made as 1/λ or 2(1 + β)/λ counts as exactly that, whatever its last digits are.
_SAME: Final = 1e-10
ROUNDING: Final = 1e-9


class Verdict(StrEnum):
    """What a path does in the long run, from best to worst."""

    CONVERGES = "converges"  # from one side
    OSCILLATES = "oscillates"  # crosses the minimum, and converges
    EDGE = "on the edge"  # at the limit exactly: never settles
    DIVERGES = "diverges"


BADNESS: Final = {verdict: i for i, verdict in enumerate(Verdict)}


@dataclass(frozen=True)
class Direction:
    """The theory of one direction.

    ``root`` is the root of larger size (of a complex pair the one above the real axis), ``factor``
    its size: what one step multiplies the distance by in the long run.
    """

    curvature: float
    eta_lambda: float
    root: complex
    factor: float
    verdict: Verdict

    @property
    def swings(self) -> bool:
        """Whether the roots are complex: several steps on one side, then several on the other."""
        return self.root.imag != 0.0


@dataclass(frozen=True, eq=False)
class Descent:
    """A path and what theory says of it; directions are ordered from steep to flat.

    ``points`` (T+1, D) and ``losses`` (T+1,) begin with the start. All numbers are finite: a path
    that passes ``ESCAPE`` ends there, and ``escaped_at`` is that step (otherwise None).
    ``predicted_steps`` is ⌈ln TARGET / ln factor⌉, the pace of the long run; ``measured_steps``
    counts the real path until its distance stays within TARGET of the start's. Both are None for
    a path that never gets there, the second also for one too slow to be followed.
    """

    directions: tuple[Direction, ...]
    rate: float
    momentum: float
    points: Floats
    losses: Floats
    escaped_at: int | None
    predicted_steps: int | None
    measured_steps: int | None

    @property
    def curvatures(self) -> tuple[float, ...]:
        """λ of each direction, (D,)."""
        return tuple(d.curvature for d in self.directions)

    @property
    def curvature(self) -> float:
        """The largest λ, which sets the limit."""
        return self.directions[0].curvature

    @property
    def condition(self) -> float:
        """κ, the largest λ by the smallest; 1 for a parabola."""
        return self.curvature / self.directions[-1].curvature

    @property
    def xs(self) -> Floats:
        """The steep coordinate of each iterate, (T+1,): of a parabola, the iterates."""
        return self.points[:, 0]

    @property
    def distances(self) -> Floats:
        """Euclidean distance of each iterate from the minimum, (T+1,)."""
        return np.asarray(np.linalg.norm(self.points, axis=1))

    @property
    def steps(self) -> int:
        """T, the steps made: fewer than asked for when the path escaped."""
        return len(self.points) - 1

    @property
    def escaped(self) -> bool:
        """Whether the path ended early, beyond ``ESCAPE``."""
        return self.escaped_at is not None

    @property
    def factors(self) -> tuple[float, ...]:
        """What a step multiplies the distance by in the long run, in each direction, (D,)."""
        return tuple(d.factor for d in self.directions)

    @property
    def factor(self) -> float:
        """The largest of ``factors``: the slowest direction sets the pace."""
        return max(self.factors)

    @property
    def verdict(self) -> Verdict:
        """The worst verdict of all directions."""
        return max((d.verdict for d in self.directions), key=BADNESS.__getitem__)

    @property
    def limit(self) -> float:
        """2(1 + β)/λ of the steepest direction: above this rate the path diverges."""
        return 2 * (1 + self.momentum) / self.curvature

    @property
    def one_step(self) -> float:
        """1/λ of the steepest direction: at this rate one step lands on its minimum.

        With momentum the first step still does, and its velocity carries the path on.
        """
        return 1 / self.curvature

    @property
    def best_rate(self) -> float:
        """2/(λ₁ + λ₂): the fastest rate without momentum (Polyak 1964)."""
        return 2 / (self.curvature + self.directions[-1].curvature)

    @property
    def best_factor(self) -> float:
        """(κ − 1)/(κ + 1): the factor at ``best_rate`` without momentum."""
        return (self.condition - 1) / (self.condition + 1)

    @property
    def best_momentum(self) -> float:
        """((√κ − 1)/(√κ + 1))²: the fastest momentum (Polyak 1964); 0 for a parabola."""
        return self.best_momentum_factor**2

    @property
    def best_momentum_rate(self) -> float:
        """(2/(√λ₁ + √λ₂))²: the rate that goes with ``best_momentum``."""
        return (2 / (math.sqrt(self.curvature) + math.sqrt(self.directions[-1].curvature))) ** 2

    @property
    def best_momentum_factor(self) -> float:
        """(√κ − 1)/(√κ + 1): the factor at the fastest momentum and its rate."""
        root = math.sqrt(self.condition)
        return (root - 1) / (root + 1)


def descend(
    curvature: float,
    rate: float,
    momentum: float = 0.0,
    start: float = 1.0,
    steps: int = 60,
) -> Descent:
    """Gradient descent on the parabola (λ/2) x² with λ = ``curvature``.

    A ``ValueError`` names the argument that is out of range: curvature and rate from 1e-6 to 1e6,
    0 <= momentum < 1, the start's size from 1e-3 to 1e3, 1 to 10,000 steps.
    """
    return _descend((_curvature(curvature),), rate, momentum, (_start("start", start),), steps)


def descend_bowl(
    curvature: float,
    condition: float,
    rate: float,
    momentum: float = 0.0,
    start: Sequence[float] = (1.0, 1.0),
    steps: int = 60,
) -> Descent:
    """Gradient descent on the bowl ½ (λ₁ x² + λ₂ y²), λ₁ = ``curvature``, λ₂ = λ₁/``condition``.

    ``condition`` is κ, from 1 to 1e6; the rest is as for ``descend``.
    """
    steep = _curvature(curvature)
    kappa = number("condition", condition, low=1.0, high=1e6)
    if len(start) != 2:
        raise ValueError(f"start must hold two numbers, x and y, not {start!r}")
    begin = (_start("start x", start[0]), _start("start y", start[1]))
    return _descend((steep, steep / kappa), rate, momentum, begin, steps)


def _curvature(value: object) -> float:
    return number("curvature", value, low=1e-6, high=1e6)


def _start(name: str, value: object) -> float:
    """A start away from the minimum, where nothing would move and no factor be seen."""
    result = number(name, value)
    number(f"the size of {name}", abs(result), low=1e-3, high=1e3)
    return result


def _descend(
    curvatures: Sequence[float], rate: float, momentum: float, start: Sequence[float], steps: int
) -> Descent:
    rate = number("rate", rate, low=1e-6, high=1e6)
    momentum = number("momentum", momentum, low=0.0, below=1.0)
    steps = whole("steps", steps, low=1, high=MAX_STEPS)
    directions = tuple(_direction(c, rate, momentum) for c in curvatures)
    points = _path(directions, momentum, start, steps)
    losses = 0.5 * (points**2 @ np.asarray(curvatures))
    for array in (points, losses):
        array.setflags(write=False)
    predicted = _predicted(directions)
    return Descent(
        directions=directions,
        rate=rate,
        momentum=momentum,
        points=points,
        losses=losses,
        escaped_at=len(points) - 1 if np.abs(points[-1]).max() > ESCAPE else None,
        predicted_steps=predicted,
        measured_steps=_measured(directions, momentum, start, predicted),
    )


def _direction(curvature: float, rate: float, momentum: float) -> Direction:
    low, high = (1 - math.sqrt(momentum)) ** 2, (1 + math.sqrt(momentum)) ** 2
    limit = 2 * (1 + momentum)
    product = rate * curvature
    for border in (low, high, limit):
        if math.isclose(product, border, rel_tol=_SAME):
            product = border
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
        verdict = Verdict.DIVERGES
    elif product == limit:
        verdict, root, factor = Verdict.EDGE, complex(-1.0), 1.0  # (r + 1)(r + β), unrounded
    else:
        verdict = Verdict.OSCILLATES if product > low else Verdict.CONVERGES
    return Direction(curvature, product, root, factor, verdict)


def _path(
    directions: Sequence[Direction], momentum: float, start: Sequence[float], steps: int
) -> Floats:
    """The iterates (T+1, D), up to and with the first beyond ``ESCAPE``."""
    ways = [
        _iterates(d.eta_lambda, momentum, x, steps) for d, x in zip(directions, start, strict=True)
    ]
    made = min(map(len, ways))  # the first direction to escape ends the path
    return np.array([way[:made] for way in ways]).T.copy()


def _iterates(eta_lambda: float, momentum: float, start: float, steps: int) -> list[float]:
    # Plain floats: ten times as fast here as arrays of one number.
    keep = 1 + momentum - eta_lambda
    before = x = start
    x -= eta_lambda * x
    way = [before, x]
    for _ in range(steps - 1):
        if abs(x) > ESCAPE:
            break
        before, x = x, keep * x - momentum * before
        way.append(x)
    return way


def _predicted(directions: Sequence[Direction]) -> int | None:
    factor = max(d.factor for d in directions)
    if any(BADNESS[d.verdict] >= BADNESS[Verdict.EDGE] for d in directions) or factor >= 1:
        return None
    if factor <= TARGET:
        return 1
    return math.ceil(math.log(TARGET) / math.log(factor) - ROUNDING)


def _measured(
    directions: Sequence[Direction],
    momentum: float,
    start: Sequence[float],
    predicted: int | None,
) -> int | None:
    """The first step from which the distance stays within the target.

    A swing passes the minimum long before it has died down, so one small distance proves nothing:
    the path is followed for four times the predicted steps, and the last one outside counts.
    """
    if predicted is None or (horizon := 4 * predicted + 200) > _HORIZON:
        return None
    distances = np.linalg.norm(_path(directions, momentum, start, horizon), axis=1)
    outside = np.flatnonzero(distances > TARGET * (1 + ROUNDING) * distances[0])
    arrived = int(outside[-1]) + 1
    return arrived if arrived < len(distances) else None
