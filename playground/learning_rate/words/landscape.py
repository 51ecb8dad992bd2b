"""What the landscape says: its planes, the slice, its figures."""

from __future__ import annotations

from typing import Final

# --- the planes -----------------------------------------------------------------------------------

RANDOM_DIRECTIONS: Final = ("along a random direction", "along another random direction")
NO_CURVATURE: Final = (
    "the directions of curvature need a finite Hessian, but at the end of this run it is"
    " not: choose the directions of the path"
)
NO_RANDOM: Final = (
    "random directions need at least two weights that are not zero: choose the directions"
    " of the path"
)
NEARLY_ALL: Final = "more than 99 %"
HARDLY_ANY: Final = "less than 1 %"
_ORDER: Final = ("first", "second")


def path_direction(number: int, share: str) -> str:
    return f"along the {_ORDER[number]} principal direction of the path ({share} of its variance)"


def hessian_direction(number: int, curvature: float) -> str:
    return f"along the Hessian's {_ORDER[number]} eigenvector (curvature {curvature:.3g})"


# --- the slice ------------------------------------------------------------------------------------

ROOT_MEAN_SQUARES: Final = (
    "Root mean squares by layer in the last steps whose numbers are all finite."
)
FROM_ABOVE: Final = "The loss from above."
AS_SURFACE: Final = "The same as a surface."
STEP: Final = "step"
BATCH_LOSS: Final = "batch loss"
SIZES: Final = ("weights", "activations", "gradients")


def plane(share: str, whole: bool, diverged: bool) -> str:
    """What the picture shows and what it leaves out."""
    shown = f"This plane holds {share} of the path's variance."
    honest = (
        " The path therefore lies on the surface."
        if whole
        else " The path is drawn at its true loss, so it may run above or below the surface."
    )
    end = " The run diverged; the path ends at its last finite weights." if diverged else ""
    return shown + honest + end


def stopped(seconds: float, epoch: float, epochs: int) -> str:
    return f" Training was stopped after {seconds:g} s, at epoch {epoch:,.0f} of {epochs:,}."


def described(sentence: str, first: float, last: float) -> str:
    return f"{sentence} The path's loss goes from {first:.3g} to {last:.3g}."


def training(share: float) -> str:
    return f"Training: {share:.0%}"


# --- the figures ----------------------------------------------------------------------------------

LOSS_AXIS: Final = "training loss (log scale)"
LOSS_BAR: Final = "training<br>loss"
LOSS_HOVER: Final = "loss %{customdata:.4g}<extra></extra>"
PATH_HOVER: Final = (
    "epoch %{customdata[0]:.4~g}<br>training loss %{customdata[1]:.4g}<extra></extra>"
)
START: Final = "start"
END: Final = "end"
DIVERGED: Final = "diverged"
