"""What a path on the parabola or the bowl does and why, in one sentence with its numbers."""

from __future__ import annotations

import math
from typing import Final

import numpy as np

from playground.learning_rate.parabola import BADNESS, ROUNDING, Descent, Direction, Verdict


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
    if math.isclose(steep, flat, rel_tol=ROUNDING, abs_tol=ROUNDING):
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
    calm = BADNESS[descent.directions[1].verdict] < BADNESS[Verdict.EDGE]
    run = "diverges although the flat one converges" if calm else "diverges"
    limit = _limit(descent, "₁")
    return f"the rate is above the limit {limit}, so it {run}; {_growth(descent)}."


_BOWL_ENDINGS: Final = {
    Verdict.CONVERGES: _bowl_settles,
    Verdict.OSCILLATES: _bowl_oscillates,
    Verdict.EDGE: _bowl_edge,
    Verdict.DIVERGES: _bowl_diverges,
}
