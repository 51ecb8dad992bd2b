"""When a run has diverged: a judge of its batch losses, and where and why it left the finite.

K replicas, 1 without.
"""

from __future__ import annotations

import copy
import math
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]

LOSS_LIMIT = 10_000.0  # times its start: beyond this a run has diverged
DIVERGING_RISE = 4.0  # times its best (and above its start): a smoothed loss that is diverging
LARGEST = float(np.finfo(np.float64).max)
TINY = float(np.finfo(np.float64).eps)


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


class Judge:
    """Watches the batch losses of K runs, (K,) each, from ``start``.

    A loss has diverged beyond ``limit``: 10,000 times its start or, if larger, ``baseline``, the
    loss of answering zero everywhere. ``smoothed`` is a running mean, ``best`` its least value;
    ``epoch_sum`` is the sum over the samples of an epoch, ``epoch_loss`` the last epoch's mean. Who
    is not ``active`` stands still.
    """

    def __init__(self, start: Floats, baseline: float) -> None:
        self.start, self._baseline = start, baseline
        scale = np.maximum(start, baseline)
        # Targets of zero, met but for rounding from the start, give no scale: 1 will do.
        self.limit = LOSS_LIMIT * np.where(scale < TINY, 1.0, scale)
        self.smoothed, self.best = start.copy(), start.copy()
        self.epoch_sum, self.epoch_loss = np.zeros(len(start)), np.full(len(start), np.nan)
        self.active = np.ones(len(start), np.bool_)
        self.all_active = True
        self.divergences: list[Divergence | None] = [None] * len(start)

    def accept(self, loss: float, weight: float, size: int) -> bool:
        """Note the loss of a single run's batch; False if it has diverged."""
        if not loss <= self.limit[0]:
            return False
        running = float(self.smoothed[0])
        running += weight * (loss - running)
        self.smoothed[0] = running
        if running < self.best[0]:
            self.best[0] = running
        self.epoch_sum[0] += loss * size
        return True

    def accept_each(self, loss: Floats, weight: float, size: int) -> None:
        """Note the losses of a batch for all runs that are active."""
        active: Any = True if self.all_active else self.active
        np.add(self.smoothed, weight * (loss - self.smoothed), out=self.smoothed, where=active)
        np.minimum(self.best, self.smoothed, out=self.best, where=active)
        np.add(self.epoch_sum, loss * size, out=self.epoch_sum, where=active)

    def beyond(self, loss: Floats) -> list[int]:
        """Which active runs' losses are not within the limit."""
        fine = loss <= self.limit
        if self.all_active and np.count_nonzero(fine) == len(fine):
            return []
        return [int(k) for k in np.flatnonzero(self.active & ~fine)]

    def stop(self, k: int, epoch: int, steps: int, reason: str) -> None:
        """Run k has diverged."""
        self.divergences[k] = Divergence(epoch, steps, reason, float(self.smoothed[k]))
        self.active[k] = self.all_active = False

    def frozen(self) -> Judge:
        """A copy that nobody can change."""
        twin = copy.deepcopy(self)
        for value in vars(twin).values():
            if isinstance(value, np.ndarray):
                value.setflags(write=False)
        return twin

    @property
    def any_active(self) -> bool:
        return self.all_active or bool(self.active.any())

    @property
    def healthy(self) -> bool:
        """Whether all are active and no smoothed loss is above its start."""
        return self.all_active and bool((self.smoothed <= self.start).all())

    @property
    def diverging(self) -> npt.NDArray[np.bool_]:
        """Whose smoothed loss is above its start and above four times its best."""
        above: npt.NDArray[np.bool_] = self.smoothed > np.maximum(
            self.start, DIVERGING_RISE * self.best
        )
        return above

    @property
    def divergence(self) -> Divergence | None:
        """The last of them, if all have diverged."""
        known = [divergence for divergence in self.divergences if divergence is not None]
        if len(known) < len(self.divergences):
            return None
        return max(known, key=lambda divergence: divergence.step)

    def reason(self, loss: float, k: int) -> str:
        if math.isfinite(loss):
            return f"the loss passed {self.limit_in_words(k)}"
        return "the loss is not finite"

    def limit_in_words(self, k: int = 0) -> str:
        """What the limit of run k's loss is a multiple of."""
        times = f"{LOSS_LIMIT:,.0f}"
        scale = max(self.start[k], self._baseline)
        if scale < TINY:
            return times
        if scale == self.start[k]:
            return f"{times} times its start"
        return f"{times} times the loss of answering zero everywhere"

    def lift_limit(self) -> None:
        """Let all go on until a number is not finite, however large their losses become."""
        self.limit = np.full(len(self.limit), LARGEST)
