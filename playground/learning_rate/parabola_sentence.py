"""What a path on the parabola does and why, in one sentence with its numbers."""

from __future__ import annotations

import math

import numpy as np

from playground.learning_rate.parabola import Descent, Verdict
from playground.learning_rate.words import parabola as words


def sentence(descent: Descent) -> str:
    """What the path does and why, in one sentence with its numbers."""
    momentum = descent.momentum
    if descent.swings:
        factor = _multiplier(descent.factor)
        return words.swings(momentum, _crossings(descent), descent.steps, factor, _pace(descent))
    return words.multiplies(momentum, _multiplier(descent.root.real), _ending(descent))


def _ending(descent: Descent) -> str:
    momentum, limit = descent.momentum, descent.limit
    match descent.verdict:
        case Verdict.CONVERGES if descent.factor == 0:
            return words.lands(1 / descent.curvature)
        case Verdict.CONVERGES:
            return words.comes_closer(_pace(descent))
        case Verdict.OSCILLATES:
            return words.overshoots(momentum, _pace(descent))
        case Verdict.EDGE:
            return words.never_settles(momentum, limit)
        case Verdict.DIVERGES:
            return words.diverges(momentum, limit, descent.steps, _growth(descent))


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


def _pace(descent: Descent) -> str:
    if descent.predicted_steps is None:  # a factor that no float tells from 1
        return words.UNTOLD
    return words.pace(descent.measured_steps, descent.predicted_steps)


def _growth(descent: Descent) -> str:
    times = float(descent.distances[-1])
    if times >= 1e6:
        return words.MILLIONS
    size = f"{times:.3g}" if times < 1000 else f"{times:,.0f}"
    return _multiplier(times) if size == "1" else size  # as many decimals as tell it from 1


def _crossings(descent: Descent) -> int:
    signs = np.sign(descent.xs[descent.xs != 0])
    return int(np.count_nonzero(signs[1:] != signs[:-1]))
