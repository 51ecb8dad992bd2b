"""What the range test says: what it found, and its figure."""

from __future__ import annotations

from typing import Final


def none_suggested(reason: str) -> str:
    return f"No rate is suggested: {reason}."


def suggested(rate: str, blow_up: float | None) -> str:
    blows = "" if blow_up is None else f" It blows up at about {blow_up:.2g}."
    return f"Suggested learning rate: {rate}.{blows}"


def take(rate: float) -> str:
    return f"Take {rate:g} to the Playground"


def too_low(lowest: float) -> str:
    return f"The Playground takes no rate below {lowest:g}."


def chart(loss: str, high: float, low: float, found: str) -> str:
    return f"{loss} against the learning rate, from {high:.3g} down to {low:.3g}. {found}"


# --- the figure -----------------------------------------------------------------------------------

RATE_AXIS: Final = "learning rate"
HOVER: Final = "rate %{x:.3g}<br>loss %{customdata:.4g}<extra></extra>"
ROLES: Final = {
    "measured": "measured",
    "smoothed": "smoothed",
    "steepest": "steepest",
    "minimum": "minimum",
    "suggestion": "suggested",
    "blow_up": "blows up",
}


def mark_hover(role: str, rate: float) -> str:
    return f"{ROLES[role]}: rate {rate:.3g}<extra></extra>"
