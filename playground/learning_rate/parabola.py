"""Gradient descent with momentum on a parabola and on a bowl: path, theory and a sentence on both.

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
_ROUNDING: Final = 1e-9


class Verdict(StrEnum):
    """What a path does in the long run, from best to worst."""

    CONVERGES = "converges"  # from one side
    OSCILLATES = "oscillates"  # crosses the minimum, and converges
    EDGE = "on the edge"  # at the limit exactly: never settles
    DIVERGES = "diverges"


_BADNESS: Final = {verdict: i for i, verdict in enumerate(Verdict)}


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
        return max((d.verdict for d in self.directions), key=_BADNESS.__getitem__)

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
    if any(_BADNESS[d.verdict] >= _BADNESS[Verdict.EDGE] for d in directions) or factor >= 1:
        return None
    if factor <= TARGET:
        return 1
    return math.ceil(math.log(TARGET) / math.log(factor) - _ROUNDING)


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
    outside = np.flatnonzero(distances > TARGET * (1 + _ROUNDING) * distances[0])
    arrived = int(outside[-1]) + 1
    return arrived if arrived < len(distances) else None


# ---- in words ---------------------------------------------------------------------------------


def sentence(descent: Descent) -> str:
    """What the path does and why, in one sentence with its numbers."""
    return _of_parabola(descent) if len(descent.directions) == 1 else _of_bowl(descent)


def _multiplier(value: float) -> str:
    """A factor with at least two decimals, and as many as tell it from 1."""
    size = abs(value)
    sign = "−" if value < 0 else ""
    gap = abs(1 - size)
    if size >= 10:
        return f"{sign}{size:.1f}" if size < 1000 else f"{sign}{size:.3g}"
    if size < 0.1:
        return f"{sign}{size:.2g}"
    if gap == 0:
        return f"{sign}1"
    decimals = max(2, 1 - math.floor(math.log10(gap)))
    text = f"{size:.{decimals}f}"
    kept = text.rstrip("0")
    return sign + kept.ljust(text.index(".") + 3, "0")


def _limit(descent: Descent, index: str = "") -> str:
    top = "2(1 + β)" if descent.momentum else "2"
    return f"{top}/λ{index} = {descent.limit:.4g}"


def _pace(descent: Descent) -> str:
    if descent.predicted_steps is None:  # a factor that no float tells from 1
        return "more steps than can be told to a thousandth of the start"
    count = descent.measured_steps
    need = f"about {descent.predicted_steps:,} steps" if count is None else _steps(count)
    return f"{need} to a thousandth of the start"


def _steps(count: int) -> str:
    return f"{count:,} step{'' if count == 1 else 's'}"


def _growth(descent: Descent) -> str:
    times = descent.distances[-1] / descent.distances[0]
    size = "more than a million"
    if times < 1e6:
        size = f"{times:.3g}" if times < 1000 else f"{times:,.0f}"
    if size == "1":
        size = _multiplier(times)  # as many decimals as tell it from 1
    return f"after {_steps(descent.steps)} it is {size} times as far away as at the start"


def _of_parabola(descent: Descent) -> str:
    (one,) = descent.directions
    heavy = descent.momentum > 0
    if one.swings:
        return _swing(descent)
    opening = f"With momentum {descent.momentum:g}, each" if heavy else "Each"
    span = " in the long run" if heavy else ""
    head = f"{opening} step multiplies the distance by {_multiplier(one.root.real)}{span}: "
    return head + _ENDINGS[one.verdict](descent)


def _swing(descent: Descent) -> str:
    (one,) = descent.directions
    signs = np.sign(descent.xs[descent.xs != 0])
    count = int(np.count_nonzero(signs[1:] != signs[:-1]))
    times = "once" if count == 1 else f"{count} times"
    crossed = f"crosses the minimum {times}" if count else "has not yet crossed the minimum"
    return (
        f"With momentum {descent.momentum:g}, the path swings: it {crossed} in "
        f"{_steps(descent.steps)}, and each step multiplies the swing by "
        f"√β = {_multiplier(one.factor)} in the long run, so it oscillates and converges "
        f"({_pace(descent)})."
    )


def _converging(descent: Descent) -> str:
    if descent.factor == 0:
        return f"the rate is 1/λ = {descent.one_step:.4g}, so one step lands on the minimum."
    return f"it comes closer from one side, so it converges ({_pace(descent)})."


def _oscillating(descent: Descent) -> str:
    # Momentum may carry the first steps far out before they come closer.
    how = "jumps across the minimum and comes closer in the end"
    if descent.momentum == 0:
        how = "overshoots the minimum but still comes closer"
    return f"it {how}, so it oscillates and converges ({_pace(descent)})."


def _edge(descent: Descent) -> str:
    return (
        f"the rate is exactly the limit {_limit(descent)}, so it jumps from side to side for ever "
        "and never settles."
    )


def _diverging(descent: Descent) -> str:
    return (
        f"the rate is above the limit {_limit(descent)}, so it overshoots farther each time and "
        f"diverges; {_growth(descent)}."
    )


_ENDINGS: Final = {
    Verdict.CONVERGES: _converging,
    Verdict.OSCILLATES: _oscillating,
    Verdict.EDGE: _edge,
    Verdict.DIVERGES: _diverging,
}


def _of_bowl(descent: Descent) -> str:
    steep, flat = descent.directions
    heavy = descent.momentum > 0
    opening = f"With momentum {descent.momentum:g}, each" if heavy else "Each"
    span = " in the long run" if heavy else ""
    return (
        f"{opening} step multiplies the steep direction (λ₁ = {steep.curvature:.4g}) by "
        f"{_of_direction(steep)} and the flat one (λ₂ = {flat.curvature:.4g}) by "
        f"{_of_direction(flat)}{span}: {_BOWL_ENDINGS[descent.verdict](descent)}"
    )


def _of_direction(direction: Direction) -> str:
    if direction.swings:
        return f"{_multiplier(direction.factor)} as it swings"
    return _multiplier(direction.root.real)


def _slower(descent: Descent) -> str:
    steep, flat = descent.factors
    if math.isclose(steep, flat, rel_tol=_ROUNDING, abs_tol=_ROUNDING):
        return f"both at the same pace ({_pace(descent)})"
    name = "steep" if steep > flat else "flat"
    return f"and the {name} one, the slower, sets the pace ({_pace(descent)})"


def _bowl_settles(descent: Descent) -> str:
    return f"neither overshoots, so it converges, {_slower(descent)}."


def _bowl_oscillates(descent: Descent) -> str:
    both = all(d.verdict is Verdict.OSCILLATES for d in descent.directions)
    who = "both overshoot but come" if both else "the steep one overshoots but comes"
    return f"{who} closer in the end, so it converges, {_slower(descent)}."


def _bowl_edge(descent: Descent) -> str:
    both = all(d.verdict is Verdict.EDGE for d in descent.directions)
    who = "both jump" if both else "the steep one jumps"
    never = "never settle" if both else "never settles"
    limit = _limit(descent, "₁")
    return (
        f"the rate is exactly the limit {limit}, so {who} from side to side for ever and {never}."
    )


def _bowl_diverges(descent: Descent) -> str:
    calm = _BADNESS[descent.directions[1].verdict] < _BADNESS[Verdict.EDGE]
    run = "diverges although the flat one converges" if calm else "diverges"
    limit = _limit(descent, "₁")
    return f"the rate is above the limit {limit}, so it {run}; {_growth(descent)}."


_BOWL_ENDINGS: Final = {
    Verdict.CONVERGES: _bowl_settles,
    Verdict.OSCILLATES: _bowl_oscillates,
    Verdict.EDGE: _bowl_edge,
    Verdict.DIVERGES: _bowl_diverges,
}
