"""The edge of stability: the sharpness of the loss as a run goes on, and the line it may not pass.

The theory of the line is told in `playground.runs.stability`. On a quadratic loss the sharpness is
constant and the line parts convergence from divergence; on a network it rises to the line by itself
and hovers there (Cohen et al. 2021).
"""

from __future__ import annotations

import math
from dataclasses import replace
from typing import Any, Final

import numpy as np
from numpy.typing import DTypeLike

from playground.data.datasets import SAMPLES
from playground.learning_rate.words import edge as words
from playground.runs.experiment import Experiment
from playground.runs.group import RunGroup
from playground.runs.stability import AT_THE_EDGE, curvature, limit, uses_nesterov, why_no_limit
from playground.settings.config import Config

TOLERANCE: Final = 1e-3  # relative, of the sharpness


def quadratic(config: Config) -> bool:
    """Whether what training makes small is a quadratic function of the weights.

    So it is for squared errors without hidden layers and without L1, whose |w| has a kink. Then the
    Hessian is the same everywhere, and decides alone which rates converge.
    """
    return not config.layers and config.resolved_loss == "mse" and config.l1 == 0


class EdgeRun(RunGroup):
    """Trains a Config and watches the sharpness against the largest that its rate allows.

    The theory is for full batches, so the run takes all training points in each step whatever the
    Config's batch size; `note` says what was changed or what does not hold. Sharpness is computed
    when it is asked for, once a step, to a relative 1e-3; each search begins anew, so that what is
    found depends on the weights alone, and not on how often somebody looked on the way. The Hessian
    is that of `playground.runs.stability.curvature`.
    """

    def __init__(self, config: Config, *, dtype: DTypeLike = np.float32) -> None:
        self.config = config  # as asked for, with its own batch size
        self.experiment = Experiment(_full_batch(config), dtype=dtype, history_size=0)
        self.experiments = (self.experiment,)
        self._begin()

    def _begin(self) -> None:
        self._curvature = curvature(self.experiment)
        self._sharpness: tuple[int, float] | None = None  # of which step, and its value
        self._last_finite = math.nan

    # ---- running -------------------------------------------------------------------------------

    def can_apply(self, config: Config) -> bool:
        """Whether the run can go on under `config`."""
        return self.experiment.can_apply(_full_batch(config))

    def apply(self, config: Config) -> None:
        """Change live settings, such as the learning rate. ValueError if others would change."""
        self.experiment.apply(_full_batch(config))
        self.config = config
        self._curvature = curvature(self.experiment)  # penalties are part of it
        self._sharpness = None

    def run_epochs(self, n: int) -> int:
        """Train up to `n` epochs. Returns the epochs made."""
        begin = self.epoch
        self.experiment.trainer.run_epochs(n)
        return self.epoch - begin

    def reset(self) -> None:
        super().reset()
        self._begin()

    def snapshot(self) -> tuple[Any, ...]:
        """All that running changes."""
        return self.experiment.trainer.snapshot(), self._sharpness, self._last_finite

    def restore(self, snapshot: tuple[Any, ...]) -> None:
        """Go back to a snapshot of this run; settings stay as they are."""
        trainer, self._sharpness, self._last_finite = snapshot
        self.experiment.trainer.restore(trainer)

    # ---- where the run stands ------------------------------------------------------------------

    @property
    def loss(self) -> float:
        """The loss over all training points, without penalties."""
        return float(self.experiment.trainer.train_loss)

    @property
    def learning_rate(self) -> float:
        """The rate of the next step, after schedule, warm-up and decay."""
        return float(self.experiment.trainer.current_learning_rate)

    @property
    def sharpness(self) -> float:
        """The Hessian's largest eigenvalue at the present weights.

        Where it is not finite, which a run that blew up may have led to, the last one that was.
        """
        step = self.experiment.trainer.steps
        if self._sharpness is None or self._sharpness[0] != step:
            self._curvature.refresh()
            self._curvature.forget()
            found = self._curvature.sharpness(TOLERANCE)
            if math.isfinite(found):
                self._last_finite = found
            self._sharpness = step, self._last_finite
        return self._sharpness[1]

    @property
    def limit(self) -> float:
        """The largest sharpness at which the present rate is stable; NaN where that says nothing.

        Infinite for a rate of 0, where a schedule may end.
        """
        return limit(self.config, self.learning_rate)

    @property
    def critical_rate(self) -> float:
        """The learning rate that is just unstable at the present sharpness; NaN as for `limit`."""
        return limit(self.config, self.sharpness)

    @property
    def ratio(self) -> float:
        """Sharpness / limit: below 1 steps along the sharpest direction shrink, above they grow."""
        return self.sharpness / self.limit

    # ---- in words ------------------------------------------------------------------------------

    @property
    def note(self) -> str:
        """What was changed for the theory's sake, and what weakens it; may be empty."""
        config, points = self.config, len(self.experiment.dataset.X_train)
        notes = []
        if config.batch_size < points:
            notes.append(words.full_batches(points, config.batch_size))
        if config.dropout > 0 and config.layers:
            notes.append(words.DROPOUT)
        if config.clip > 0:
            notes.append(words.CLIPPING)
        if config.l1 > 0:
            notes.append(words.L1)
        return " ".join(notes)

    @property
    def limit_label(self) -> str:
        """The formula of the limit in words, for a legend."""
        if self.config.momentum == 0:
            return words.LIMIT
        if uses_nesterov(self.config):
            return words.LIMIT_NESTEROV
        return words.LIMIT_MOMENTUM

    @property
    def sentence(self) -> str:
        """Where the run stands, with its numbers."""
        sharpness, limit = _figure(self.sharpness), _figure(self.limit)
        if reason := why_no_limit(self.config):
            return f"{words.SHARPNESS} {sharpness}. {reason}"
        divergence = self.experiment.trainer.divergence
        share = words.share(_figure(self.ratio), self.limit_label, limit)
        if quadratic(self.config):
            end = "" if divergence is None else words.quadratic_diverged(divergence.epoch + 1)
            return self._quadratic_sentence() + end
        if divergence is None:
            return words.standing(sharpness, share, _place(self.sharpness, self.ratio))
        return words.diverged(divergence.epoch + 1, divergence.reason, sharpness, share)

    def _quadratic_sentence(self) -> str:
        return words.quadratic(
            _figure(self.sharpness),
            _figure(self.critical_rate),
            _figure(self.learning_rate),
            below=self.ratio < 1,
            clipped=self.config.clip != 0,
        )


def _full_batch(config: Config) -> Config:
    return replace(config, batch_size=SAMPLES[1])


def _place(sharpness: float, ratio: float) -> str:
    if sharpness <= 0:
        return words.FLAT
    if ratio < 1 - AT_THE_EDGE:
        return words.BELOW
    if ratio <= 1 + AT_THE_EDGE:
        return words.AT
    return words.ABOVE


def _figure(value: float) -> str:
    """Three significant digits, without an exponent where none is needed."""
    if not math.isfinite(value):
        return words.INFINITE if value > 0 else words.UNKNOWN
    return f"{value:.3g}" if not 100 <= abs(value) < 1e6 else f"{value:,.0f}"
