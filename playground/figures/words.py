"""What the charts of several pages say, and the field's terms, two sentences each."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

BOUNDARY: Final = "Decision boundary"
SURFACE: Final = "Predicted surface"  # of a regression
TRAINING: Final = "training"
TEST: Final = "test"
EPOCH: Final = "epoch"

# --- on hover: what stands in %{...} is the place, and the number there ---------------------------

ANSWER: Final = "network: %{customdata:.3f}"
OF_CLASS_1: Final = "P(class 1) = %{customdata:.3f}"
OF_BEST_CLASS: Final = "P(best class) = %{customdata:.3f}"
GRADIENT: Final = "epoch %{customdata:.5~g}, layer %{y}<br>10<sup>%{z:.2f}</sup><extra></extra>"
WEIGHT: Final = "from %{x} to %{y}<br>10<sup>%{z:.2f}</sup><extra></extra>"


def at_place(says: str) -> str:
    return f"x₁ %{{x:.2f}}, x₂ %{{y:.2f}}<br>{says}<extra></extra>"


def class_(number: int) -> str:
    return f"class {number}"


def of_class(role: str, number: int) -> str:
    return f"{role}, class {number}"


# --- terms ----------------------------------------------------------------------------------------

TERMS: Final[Mapping[str, str]] = {
    "root mean square": "The size that is typical of many numbers: each is squared, their mean is "
    "taken, and of that the square root. Here the numbers are the gradients of all of a layer's "
    "weights; how many weights it has makes no difference.",
    "critical rate": "The learning rate above which the steepest direction is overshot by more at "
    "each step, so that errors grow instead of shrinking. In full batches it is 2 divided by the "
    "sharpness; the red mark on the slider shows it where it is known.",
    "sharpness": "How strongly the loss curves in the direction in which it curves most. The "
    "sharper the valley, the smaller the steps that still come down in it.",
    "Hessian": "The table of all second derivatives of the loss: how each weight changes the "
    "gradient of each other one. Its largest eigenvalue is the curvature in the most curved "
    "direction, which is the sharpness.",
    "condition number": "The largest curvature divided by the smallest. The steepest direction "
    "bounds the step, and in the flattest such a step hardly gets on: the larger the number, the "
    "slower the descent.",
    "discretise": "Shows only which class the network picks at each place, in full colour. The "
    "shades in between, which tell how sure it is, are left out.",
    "logarithmic axis": "Each step up multiplies by the same factor, as from 1 to 10 to 100. What "
    "grows exponentially is a straight line on it, and small values stay in sight.",
}
