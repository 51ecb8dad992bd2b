"""The field's terms at the place where they stand: two sentences each, for who meets them first."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

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
    "discretise": "Shows only which class the network picks at each place, in full colour. The "
    "shades in between, which tell how sure it is, are left out.",
    "logarithmic axis": "Each step up multiplies by the same factor, as from 1 to 10 to 100. What "
    "grows exponentially is a straight line on it, and small values stay in sight.",
}


def explained(*names: str) -> list[dict[str, Any]]:
    """These terms for a panel's head, as the browser reads them."""
    return [{"name": name, "words": TERMS[name]} for name in names]
