"""Numbers of a comparison in words, rounded but never wrong."""

from __future__ import annotations

from typing import Final

import numpy as np

from playground.gradient_flow import words
from playground.gradient_flow.comparison import Comparison

_SUPERSCRIPTS: Final = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")


def when(comparison: Comparison) -> str:
    """Where a comparison that has begun to train stands."""
    if comparison.progress == comparison.epoch:
        return words.after_epochs(comparison.epoch)
    return words.after_steps(comparison.steps)


def ending(comparison: Comparison, k: int) -> str | None:
    """When and how network `k` ended, if it has."""
    divergence = comparison.divergences[k]
    if divergence is None:
        return None
    return words.diverged(divergence.epoch, divergence.fatal_step)


def endings(comparison: Comparison) -> str:
    """A sentence on each network that has diverged; empty if none has."""
    labels = [network.label for network in comparison.networks]
    found = [(label, ending(comparison, k)) for k, label in enumerate(labels)]
    return " ".join(f"“{label}” {how}." for label, how in found if how is not None)


def number(value: float) -> str:
    """Two significant digits: 0, 0.013, 1.2, 340, 5.1 × 10⁻⁸; a dash where there is none."""
    if value == 0:
        return "0"
    if not np.isfinite(value):
        return "–"
    digits, exponent = f"{value:.1e}".split("e")
    if 1e-3 <= abs(value) < 1e4:
        places = max(1 - int(exponent), 0)
        return f"{float(digits) * 10.0 ** int(exponent):,.{places}f}"
    return f"{digits} × 10{str(int(exponent)).translate(_SUPERSCRIPTS)}"


def percent(share: float) -> str:
    """A share of 1 as a whole percentage; only nothing is 0 % and only all is 100 %."""
    if 0 < share < 0.01:
        return words.LESS_THAN_1
    if 0.99 < share < 1:
        return words.MORE_THAN_99
    return f"{100 * share:.0f} %"
