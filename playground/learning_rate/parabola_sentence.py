"""What a path on the parabola does and why, in one sentence with its numbers."""

from __future__ import annotations

import math

import numpy as np

from playground.learning_rate.parabola import Descent, Verdict


def sentence(descent: Descent) -> str:
    """What the path does and why, in one sentence with its numbers."""
    heavy = descent.momentum > 0
    opening = f"With momentum {descent.momentum:g}, " if heavy else ""
    span = " in the long run" if heavy else ""
    if descent.swings:
        return (
            f"{opening}the path swings: it {_crossings(descent)} in {_steps(descent.steps)}, and "
            f"each step multiplies the swing by √β = {_multiplier(descent.factor)}{span}, so it "
            f"oscillates and converges ({_pace(descent)})."
        )
    each = "each" if heavy else "Each"
    return (
        f"{opening}{each} step multiplies the distance by {_multiplier(descent.root.real)}{span}: "
        f"{_ending(descent)}."
    )


def _ending(descent: Descent) -> str:
    limit = f"{'2(1 + β)' if descent.momentum else '2'}/λ = {descent.limit:.4g}"
    match descent.verdict:
        case Verdict.CONVERGES if descent.factor == 0:
            return (
                f"the rate is 1/λ = {1 / descent.curvature:.4g}, so one step lands on the minimum"
            )
        case Verdict.CONVERGES:
            return f"it comes closer from one side, so it converges ({_pace(descent)})"
        case Verdict.OSCILLATES:
            # Momentum may carry the first steps far out before they come closer.
            how = "jumps across the minimum and comes closer in the end"
            if descent.momentum == 0:
                how = "overshoots the minimum but still comes closer"
            return f"it {how}, so it oscillates and converges ({_pace(descent)})"
        case Verdict.EDGE:
            return (
                f"the rate is exactly the limit {limit}, so it jumps from side to side for ever "
                "and never settles"
            )
        case Verdict.DIVERGES:
            return (
                f"the rate is above the limit {limit}, so it overshoots farther each time and "
                f"diverges; {_growth(descent)}"
            )


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
        return "more steps than can be told to a thousandth of the start"
    count = descent.measured_steps
    need = f"about {descent.predicted_steps:,} steps" if count is None else _steps(count)
    return f"{need} to a thousandth of the start"


def _steps(count: int) -> str:
    return f"{count:,} step{'' if count == 1 else 's'}"


def _growth(descent: Descent) -> str:
    times = float(descent.distances[-1])
    size = "more than a million"
    if times < 1e6:
        size = f"{times:.3g}" if times < 1000 else f"{times:,.0f}"
    if size == "1":
        size = _multiplier(times)  # as many decimals as tell it from 1
    return f"after {_steps(descent.steps)} it is {size} times as far away as at the start"


def _crossings(descent: Descent) -> str:
    signs = np.sign(descent.xs[descent.xs != 0])
    count = int(np.count_nonzero(signs[1:] != signs[:-1]))
    if count == 0:
        return "has not yet crossed the minimum"
    return f"crosses the minimum {'once' if count == 1 else f'{count} times'}"
