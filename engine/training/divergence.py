"""When a run has diverged: where and why it left the finite."""

from __future__ import annotations

import math
from dataclasses import dataclass


@dataclass(frozen=True)
class Divergence:
    """Where and why a run left the finite.

    ``epoch`` counts completed epochs, ``step`` completed steps; ``reason`` is in plain words;
    ``loss_before`` is the smoothed batch loss before it.
    """

    epoch: int
    step: int
    reason: str
    loss_before: float

    @property
    def fatal_step(self) -> int:
        """The step in which it happened, counted from 1; 0 if the start already was not finite."""
        return self.step + math.isfinite(self.loss_before)
