"""The gauge: how many times the critical learning rate the present one is, and why, in words."""

from __future__ import annotations

import math
import time
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from engine.trainer import DIVERGED
from playground.config import Config
from playground.experiment import Experiment
from playground.stability import AT_THE_EDGE, curvature, limit, uses_nesterov, why_no_limit

BRIEF: Final = 0.03  # seconds: what takes longer is measured at rest only
TOO_LONG: Final = 0.3  # seconds: and what takes longer than this, never again
SEARCH: Final = 8  # times what setting it up costs, at least, where networks are large


@dataclass(frozen=True)
class Reading:
    """What the gauge shows. Without a `ratio` there is nothing to measure, and `title` says why."""

    ratio: float | None  # learning rate / critical rate
    text: str
    title: str

    @property
    def zone(self) -> str:
        """Where the ratio lies: "below", "near" or "above" 1, or "none"."""
        if self.ratio is None:
            return "none"
        if abs(self.ratio - 1) <= AT_THE_EDGE:
            return "near"
        return "below" if self.ratio < 1 else "above"

    def as_json(self) -> dict[str, Any]:
        """What the browser reads."""
        return {"ratio": self.ratio, "zone": self.zone, "text": self.text, "title": self.title}


class Gauge:
    """Reads one experiment, at a bounded cost.

    The sharpness is computed anew only where weights or penalties have changed, so another learning
    rate costs nothing. Nothing of the curvature is kept in between: its buffers are large.
    """

    def __init__(self, experiment: Experiment) -> None:
        self._experiment = experiment
        self._cost = 0.0  # seconds of processor time that the last measurement took
        self._known: tuple[tuple[float, float], NDArray[Any], float] | None = None

    def read(self, *, playing: bool) -> Reading | None:
        """Where the run stands; None for one that diverged, whose weights are past explaining."""
        config, trainer = self._experiment.config, self._experiment.trainer
        if trainer.status == DIVERGED:
            return None
        if why_no_limit(config):
            return Reading(None, "no critical rate", f"{_ONLY_SGD} {why_no_limit(config)}")
        if self._cost > TOO_LONG:
            return Reading(None, "not measured", _SLOW)
        if playing and self._cost > BRIEF:
            return Reading(None, "known at rest", _SLOW_TO_FOLLOW)
        sharpness = self._sharpness()
        if sharpness is None:
            return Reading(None, "not measured", _SLOW)
        rate, points = float(trainer.current_learning_rate), len(self._experiment.dataset.X_train)
        return reading(config, rate, sharpness, points)

    def _sharpness(self) -> float | None:
        """The largest eigenvalue of the Hessian; None if the search for it would take too long."""
        config, weights = self._experiment.config, self._experiment.model.flat
        penalties = config.l2, config.weight_decay
        if self._known is not None:
            of, at, known = self._known
            if of == penalties and np.array_equal(at, weights):
                return known
        # Processor time: what other viewers make this one wait for says nothing about the network.
        began = time.thread_time()
        found = curvature(self._experiment)
        self._cost = SEARCH * (time.thread_time() - began)
        if self._cost > TOO_LONG:
            return None
        sharpness = found.sharpness()
        self._cost = time.thread_time() - began
        self._known = penalties, weights.copy(), sharpness
        return sharpness


def reading(config: Config, rate: float, sharpness: float, points: int) -> Reading:
    """The gauge of a run by SGD at `rate` where the loss over all its points is so sharp."""
    critical = limit(config, sharpness)
    if math.isnan(critical):
        return Reading(None, "not known", "The curvature at these weights is not a finite number.")
    soft = (
        f"Mini-batches of {config.batch_size:,} make this edge soft."
        if config.batch_size < points
        else f"Each step takes all {points:,} points, so this edge is hard; networks often train"
        " on right at it."
    )
    if math.isinf(critical):
        return Reading(
            0.0, "0 × critical", f"No direction of the loss curves upwards here: no limit. {soft}"
        )
    ratio = rate / critical
    return Reading(
        ratio,
        f"{_times(ratio)} × critical",
        f"The sharpness (the largest curvature of the loss) is {sharpness:.3g} here, so steps"
        f" along it swing ever wider above a rate of {_formula(config, sharpness)} ="
        f" {critical:.3g}, and the learning rate is {rate:.3g}. {soft}",
    )


def _times(ratio: float) -> str:
    """Two digits, and never much wider than that."""
    if ratio >= 1000:
        return "over 1,000"
    if ratio >= 9.95:
        return f"{ratio:.0f}"
    if ratio >= 0.995:
        return f"{ratio:.1f}"
    return f"{ratio:.2f}" if ratio >= 0.01 or ratio == 0 else "under 0.01"


def _formula(config: Config, sharpness: float) -> str:
    """The critical rate as it is reckoned."""
    momentum, size = config.momentum, f"{sharpness:.3g}"
    if momentum == 0:
        return f"2/{size}"
    if uses_nesterov(config):
        return f"2(1 + {momentum:g})/((1 + 2 × {momentum:g}) × {size})"
    return f"2(1 + {momentum:g})/{size}"


_ONLY_SGD: Final = "For SGD the critical rate is 2/sharpness (of the loss, its largest curvature)."
_SLOW: Final = f"{_ONLY_SGD} With a network and data of this size it takes too long to compute."
_SLOW_TO_FOLLOW: Final = (
    f"{_ONLY_SGD} With a network and data of this size it is computed at rest only: press Pause."
)
