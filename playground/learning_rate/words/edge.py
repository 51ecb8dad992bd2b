"""What the edge of stability says: its panels, and where the run stands."""

from __future__ import annotations

from typing import Final

# --- the panels -----------------------------------------------------------------------------------

EPOCH: Final = "Epoch"
SHARPNESS: Final = "Sharpness"
RATIO: Final = "Rate / critical"
SHARPNESS_HINT: Final = "the loss's largest curvature, over all training points"
SHARPNESS_TERMS: Final = ("sharpness", "Hessian")
SHARPNESS_AXES: Final = ("epoch", "sharpness")
SHARPNESS_LINE: Final = "sharpness"
TRAINING_LOSS: Final = "Training loss"
LOG_AXIS: Final = "log axis"
EPOCH_AXIS: Final = "epoch"
# The formula of the limit in words, for a legend.
LIMIT: Final = "2/rate"
LIMIT_MOMENTUM: Final = "2(1 + momentum)/rate"
LIMIT_NESTEROV: Final = "2(1 + momentum)/((1 + 2 momentum) rate)"

# --- what was changed for the theory's sake, and what weakens it ----------------------------------

DROPOUT: Final = "Dropout makes each step a random one; the sharpness is that without it."
CLIPPING: Final = "Clipping shortens large steps, so a run may stay above the line."
L1: Final = "The L1 penalty has no curvature, and moves the weights all the same."


def full_batches(points: int, batch_size: int) -> str:
    return (
        f"The theory is for full batches, so each step takes all {points} training points"
        f" instead of {batch_size}."
    )


# --- where the run stands -------------------------------------------------------------------------

INFINITE: Final = "infinity"
UNKNOWN: Final = "unknown"
FLAT: Final = "no direction curves upwards here, so none can swing."
BELOW: Final = "below the edge, where a step shrinks the error in every direction that curves up."
AT: Final = "at the edge, where a step along the sharpest direction swings to the other side."
ABOVE: Final = (
    "above the edge, where the swing along the sharpest direction grows until the weights"
    " reach flatter ground or the run diverges."
)


def share(ratio: str, label: str, limit: str) -> str:
    return f"{ratio} of {label} = {limit}"


def standing(sharpness: str, share: str, place: str) -> str:
    return f"{SHARPNESS} {sharpness} is {share}: {place}"


def diverged(epoch: int, reason: str, sharpness: str, share: str) -> str:
    return (
        f"Diverged in epoch {epoch}: {reason}. The last finite sharpness was {sharpness}, {share}."
    )


def quadratic(sharpness: str, critical: str, rate: str, below: bool, clipped: bool) -> str:
    fate = "never settles" if clipped else "diverges"  # clipped steps are bounded
    return (
        f"Quadratic: the Hessian is constant, its sharpness {sharpness}, so every"
        f" rate below {critical} converges and every one above {fate}. The"
        f" rate {rate} is {'below' if below else 'above'}."
    )


def quadratic_diverged(epoch: int) -> str:
    return f" It diverged in epoch {epoch}."
