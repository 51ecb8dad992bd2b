"""The gauge: how many times the critical learning rate the present one is, and why, in words.

It says only what it knows: where a run has blown up, or its hidden layers are dead, the ground is
flat, and any rate would look safe; there it shows no number below the critical one.
"""

from __future__ import annotations

import math
import time
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from engine.training.status import DIVERGED
from playground.runs.experiment import Experiment
from playground.runs.stability import (
    AT_THE_EDGE,
    curvature,
    in_mini_batches,
    limit,
    minibatches,
    uses_nesterov,
    why_no_limit,
)
from playground.settings.config import Config

BRIEF: Final = 0.05  # seconds: what takes longer is measured at rest only
TOO_LONG: Final = 0.3  # seconds: and what takes longer than this, never again
SEARCH: Final = 8  # times what setting it up costs, at least, where networks are large
AGAIN: Final = 0.5  # of what the first search costs: the next one starts near what it found
ABOUT: Final = 0.2  # how near 1 a ratio in mini-batches, known to a fifth, is "at the edge"
ABOVE_START: Final = 1.25  # times its start: a loss that no batch's chance explains
DEAF: Final = 0.01  # of the output layer's gradient: hidden layers with less learn nothing


@dataclass(frozen=True)
class Reading:
    """What the gauge shows. Without a `ratio` there is nothing to measure, and `title` says why."""

    ratio: float | None  # learning rate / critical rate
    text: str
    title: str
    margin: float = AT_THE_EDGE  # how near 1 is "near"

    @property
    def zone(self) -> str:
        """Where the ratio lies: "below", "near" or "above" 1, or "none"."""
        if self.ratio is None:
            return "none"
        if abs(self.ratio - 1) <= self.margin:
            return "near"
        return "below" if self.ratio < 1 else "above"

    def as_json(self) -> dict[str, Any]:
        """What the browser reads."""
        return {"ratio": self.ratio, "zone": self.zone, "text": self.text, "title": self.title}


class Gauge:
    """Reads one experiment, at a bounded cost.

    The sharpness (in mini-batches, the critical rate) is computed anew only where weights, or
    settings that it depends on, have changed, so another learning rate costs nothing. Nothing else
    is kept in between: the buffers are large.
    """

    def __init__(self, experiment: Experiment) -> None:
        self._experiment = experiment
        self.cost = 0.0  # seconds of processor time that the last measurement took
        self._known: tuple[tuple[object, ...], NDArray[Any], float] | None = None

    def read(self, *, playing: bool, anew: bool = True) -> Reading | None:
        """Where the run stands; None for one that diverged, whose weights are past explaining.

        Unless it is read `anew`, by what was measured last, of weights from a moment ago.
        """
        config, trainer = self._experiment.config, self._experiment.trainer
        if trainer.status == DIVERGED:
            return None
        if why_no_limit(config):
            return Reading(None, "no critical rate", f"{_ONLY_SGD} {why_no_limit(config)}")
        if config.dropout > 0 and config.layers:
            return Reading(None, "not known", _DROPOUT)
        if self.cost > TOO_LONG:
            return Reading(None, "not measured", _SLOW)
        if playing and self.cost > BRIEF:
            return Reading(None, "shown at Pause", _SLOW_TO_FOLLOW)
        measured = self._measure(anew)
        if measured is None:
            return Reading(None, "not measured", _SLOW)
        rate, points = float(trainer.current_learning_rate), len(self._experiment.dataset.X_train)
        read = batch_reading if in_mini_batches(self._experiment) else reading
        found = read(config, rate, measured, points)
        doubtful = found.zone == "below" or (found.zone == "near" and config.layers)
        why = why_no_guide(self._experiment) if doubtful else ""
        return Reading(None, "no guide here", why) if why else found

    def _measure(self, anew: bool) -> float | None:
        """The sharpness, or in mini-batches the critical rate; None if it would take too long."""
        experiment, config = self._experiment, self._experiment.config
        weights = experiment.model.flat
        settings: tuple[object, ...] = config.l2, config.weight_decay
        if in_mini_batches(experiment):
            settings += config.momentum, uses_nesterov(config), experiment.batch_size
        near = None
        if self._known is not None and self._known[0] == settings:
            if not anew or np.array_equal(self._known[1], weights):
                return self._known[2]
            near = self._known[2]
        found = self._critical(near) if in_mini_batches(experiment) else self._sharpness()
        if found is not None:
            self._known = settings, weights.copy(), found
        return found

    # Both note processor time: what other viewers make this one wait for says nothing of the cost.

    def _sharpness(self) -> float | None:
        """The largest eigenvalue of the Hessian; None if setting it up shows it to be too slow."""
        began = time.thread_time()
        found = curvature(self._experiment)
        self.cost = SEARCH * (time.thread_time() - began)
        if self.cost > TOO_LONG:
            return None
        sharpness = found.sharpness()
        self.cost = time.thread_time() - began
        return sharpness

    def _critical(self, near: float | None) -> float | None:
        """The critical rate in mini-batches; None if it is known to be too much work."""
        began, config = time.thread_time(), self._experiment.config
        found = minibatches(self._experiment)
        if found is None:
            return None
        critical = found.critical_learning_rate(config.momentum, uses_nesterov(config), near)
        self.cost = (time.thread_time() - began) * (AGAIN if near is None else 1.0)
        return critical


def why_no_guide(experiment: Experiment) -> str:
    """Why flat ground at the present weights is no sign of a safe rate; empty if it is one."""
    trainer = experiment.trainer
    if trainer.diverging or (
        trainer.steps > 0 and not trainer.train_loss <= ABOVE_START * trainer.start_loss
    ):
        return (
            f"The loss has climbed above its start, {trainer.start_loss:.3g}. The run may lie on"
            " flat ground by now, which looks safe at almost any rate, so no number is shown until"
            " the loss is back below."
        )
    *hidden, output = trainer.layer_gradient_rms()
    if hidden and max(hidden) <= DEAF * output:
        return (
            f"Hardly any gradient reaches the hidden layers (under {DEAF:.0%} of the output"
            " layer's), as happens when their units are dead or saturated. The curvature here is"
            " that of the output layer and says nothing about a safe rate for the others."
        )
    return ""


def reading(config: Config, rate: float, sharpness: float, points: int) -> Reading:
    """The gauge of a run by SGD at `rate` where the loss over all its points is so sharp.

    For steps that take all points.
    """
    critical = limit(config, sharpness)
    if math.isnan(critical):
        return _NOT_FINITE
    hard = (
        f"Each step takes all {points:,} points, so this edge is hard; networks often train"
        f" on right at it.{_caveat(config)}"
    )
    if math.isinf(critical):
        return Reading(
            0.0, "0 × critical", f"No direction of the loss curves upwards here: no limit. {hard}"
        )
    ratio = rate / critical
    return Reading(
        ratio,
        f"{_times(ratio)} × critical",
        f"The sharpness (the largest curvature of the loss) is {sharpness:.3g} here, so steps"
        f" along it swing ever wider above a rate of {_formula(config, sharpness)} ="
        f" {critical:.3g}, and the learning rate is {rate:.3g}. {hard}",
    )


def batch_reading(config: Config, rate: float, critical: float, points: int) -> Reading:
    """The gauge of a run by SGD in mini-batches, whose `critical` rate is known to a fifth."""
    if math.isnan(critical):
        return _NOT_FINITE
    batches = f"batches of {config.batch_size:,} of the {points:,} points"
    if math.isinf(critical):
        return Reading(0.0, "0 × critical", f"In {batches} nothing curves upwards here: no limit.")
    ratio = rate / critical
    return Reading(
        ratio,
        f"{'≈ ' if 0.01 <= ratio < 1000 else ''}{_times(ratio)} × critical",
        f"Tried out at these weights, as if the network were linear around them: in random"
        f" {batches}{_with(config)}, errors grow above a rate of about {critical:.2g} (give or take"
        f" a fifth), and the learning rate is {rate:.3g}. A network's edge moves with its"
        f" weights.{_caveat(config)}",
        ABOUT,
    )


def _with(config: Config) -> str:
    if config.momentum == 0:
        return ""
    return f" with {'Nesterov ' if config.nesterov else ''}momentum {config.momentum:g}"


def _caveat(config: Config) -> str:
    """What the theory leaves out."""
    caveats = []
    if config.clip > 0:
        caveats.append(
            f" Clipping shortens gradients above {config.clip:g}, so beyond the edge errors need"
            " not grow without end."
        )
    if config.l1 > 0:
        caveats.append(" The L1 penalty has no curvature and is left out.")
    return "".join(caveats)


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


_NOT_FINITE: Final = Reading(
    None,
    "not known",
    "The curvature at these weights is not a finite number, or no edge was found.",
)
_DROPOUT: Final = (
    "Dropout makes each step that of another network, so no one critical rate is known for them."
)
_ONLY_SGD: Final = (
    "For SGD a critical rate follows from the curvature of the loss: in full batches it is"
    " 2/sharpness."
)
_SLOW: Final = f"{_ONLY_SGD} With a network and data of this size it takes too long to compute."
_SLOW_TO_FOLLOW: Final = (
    f"{_ONLY_SGD} With a network and data of this size it is computed at rest only: press Pause."
)
