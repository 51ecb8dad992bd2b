"""What the parabola says: its sentence, its panels, its figures."""

from __future__ import annotations

from typing import Final

# --- the sentence ---------------------------------------------------------------------------------

MILLIONS: Final = "more than a million"
UNTOLD: Final = "more steps than can be told to a thousandth of the start"


def swings(momentum: float, crossings: int, steps: int, factor: str, pace: str) -> str:
    """Without momentum no path swings."""
    return (
        f"With momentum {momentum:g}, the path swings: it {_crosses(crossings)} in "
        f"{_counted(steps)}, and each step multiplies the swing by √β = {factor} in the long run, "
        f"so it oscillates and converges ({pace})."
    )


def multiplies(momentum: float, factor: str, ending: str) -> str:
    if momentum == 0:
        return f"Each step multiplies the distance by {factor}: {ending}."
    return (
        f"With momentum {momentum:g}, each step multiplies the distance by {factor} in the long "
        f"run: {ending}."
    )


def lands(rate: float) -> str:
    return f"the rate is 1/λ = {rate:.4g}, so one step lands on the minimum"


def comes_closer(pace: str) -> str:
    return f"it comes closer from one side, so it converges ({pace})"


def overshoots(momentum: float, pace: str) -> str:
    how = "overshoots the minimum but still comes closer"
    if momentum > 0:  # it may carry the first steps far out before they come closer
        how = "jumps across the minimum and comes closer in the end"
    return f"it {how}, so it oscillates and converges ({pace})"


def never_settles(momentum: float, limit: float) -> str:
    return (
        f"the rate is exactly the limit {_limit(momentum, limit)}, so it jumps from side to side "
        "for ever and never settles"
    )


def diverges(momentum: float, limit: float, steps: int, times: str) -> str:
    return (
        f"the rate is above the limit {_limit(momentum, limit)}, so it overshoots farther each "
        f"time and diverges; after {_counted(steps)} it is {times} times as far away as at the "
        "start"
    )


def pace(steps: int | None, predicted: int) -> str:
    """`steps` is None where they were not counted."""
    need = f"about {predicted:,} steps" if steps is None else _counted(steps)
    return f"{need} to a thousandth of the start"


def _limit(momentum: float, limit: float) -> str:
    return f"{'2(1 + β)' if momentum else '2'}/λ = {limit:.4g}"


def _counted(steps: int) -> str:
    return f"{steps:,} step{'' if steps == 1 else 's'}"


def _crosses(count: int) -> str:
    if count == 0:
        return "has not yet crossed the minimum"
    return f"crosses the minimum {'once' if count == 1 else f'{count} times'}"


# --- the panels -----------------------------------------------------------------------------------

STEP: Final = "Step"
POSITION: Final = "Position x"
LOSS: Final = "Loss"
ONE_DIRECTION: Final = "One direction"
TWO_DIRECTIONS: Final = "Two directions"
TWO_DIRECTIONS_TERMS: Final = ("condition number",)
DISTANCE: Final = "Distance"
DISTANCE_TERMS: Final = ("logarithmic axis",)
DASHED: Final = "dashed: theory"


def condition(number: float) -> str:
    return f"κ = {number:.4g}"


# --- the figures ----------------------------------------------------------------------------------

CURVE_HOVER: Final = "step %{customdata}<br>x = %{x:.4g}<br>loss %{y:.4g}<extra></extra>"
BOWL_HOVER: Final = "step %{customdata}<br>(%{x:.4g}, %{y:.4g})<extra></extra>"
DISTANCE_HOVER: Final = "step %{customdata}<br>distance %{y:.4g}<extra></extra>"
THEORY_HOVER: Final = "step %{x}<br>theory %{y:.4g}<extra></extra>"
DISTANCE_AXES: Final = ("step", "distance from the minimum")


def loss_axis(curvature: float) -> str:
    return f"loss ½ λ x², λ = {curvature:.4g}"


def bowl_axes(steep: float, flat: float) -> tuple[str, str]:
    return f"x, steep: λ₁ = {steep:.4g}", f"y, flat: λ₂ = {flat:.4g}"
