"""The gauge: how many times the critical learning rate the present one is, and why, in words.

It says only what it knows: where a run has blown up, the ground may be flat, and any rate would
look safe, so it shows no number below the critical one; where its hidden layers are dead, none.
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
from playground.training import words

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
        self.measured_at = 0.0  # its epoch
        self._known: tuple[tuple[object, ...], NDArray[Any], float] | None = None
        self._searched_near = False  # whether what is known was found near what was known before

    def read(self, *, playing: bool, anew: bool = True) -> Reading | None:
        """Where the run stands; None for one that diverged, whose weights are past explaining.

        Unless it is read `anew`, while it plays by what was measured last, of weights from a moment
        ago; and at rest not at all if it has moved since.
        """
        config, trainer = self._experiment.config, self._experiment.trainer
        if trainer.status == DIVERGED:
            return None
        if why_no_limit(config):
            said = words.other_optimizer(why_no_limit(config))
            return Reading(None, words.NO_CRITICAL_RATE, said)
        if config.dropout > 0 and config.layers:
            return Reading(None, words.NOT_KNOWN, words.DROPOUT)
        if self.cost > TOO_LONG:
            return Reading(None, words.NOT_MEASURED, words.SLOW)
        if playing and self.cost > BRIEF:
            return Reading(None, words.AT_PAUSE, words.SLOW_TO_FOLLOW)
        if not (anew or playing or self._is_known(sure=True)):
            return Reading(None, words.LATER, words.IN_TURN)
        measured = self._measure(anew, playing)
        if measured is None:
            return Reading(None, words.NOT_MEASURED, words.SLOW)
        rate, points = float(trainer.current_learning_rate), len(self._experiment.dataset.X_train)
        read = batch_reading if in_mini_batches(self._experiment) else reading
        found = read(config, rate, measured, points)
        doubtful = found.zone == "below" or (found.zone == "near" and bool(config.layers))
        why = why_no_guide(self._experiment, doubtful=doubtful)
        return Reading(None, words.NO_GUIDE, why) if why else found

    def _measure(self, anew: bool, playing: bool) -> float | None:
        """The sharpness, or in mini-batches the critical rate; None if it would take too long.

        The search that starts near the last rate is quicker and may end at another crossing: what
        stands still is searched from nowhere, so that it says the same wherever it is opened.
        """
        last = self._known[2] if self._known is not None and self._known[0] == self._of else None
        if last is not None and (not anew or self._is_known(sure=not playing)):
            return last
        near, settings = last if playing else None, self._of
        found = self._critical(near) if in_mini_batches(self._experiment) else self._sharpness()
        if found is not None:
            self._known = settings, self._experiment.model.flat.copy(), found
            self._searched_near = near is not None
            self.measured_at = self._experiment.trainer.progress
        return found

    @property
    def _of(self) -> tuple[object, ...]:
        """The settings that it depends on."""
        config = self._experiment.config
        settings: tuple[object, ...] = config.l2, config.weight_decay
        if in_mini_batches(self._experiment):
            settings += config.momentum, uses_nesterov(config), self._experiment.batch_size
        return settings

    def _is_known(self, *, sure: bool) -> bool:
        """Whether it was measured for these settings at these weights; `sure`: from nowhere."""
        if self._known is None or (sure and self._searched_near):
            return False
        settings, weights, _ = self._known
        return settings == self._of and np.array_equal(weights, self._experiment.model.flat)

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


def why_no_guide(experiment: Experiment, *, doubtful: bool = True) -> str:
    """Why the ground at the present weights tells nothing of a safe rate; empty if it does.

    Ground that is steep, so that nothing calls a rate safe, is not `doubtful` where the loss has
    climbed: it tells why.
    """
    trainer, deaf = experiment.trainer, gradient_share(experiment) <= DEAF
    if (doubtful or deaf) and (
        trainer.diverging
        or (trainer.steps > 0 and not trainer.train_loss <= ABOVE_START * trainer.start_loss)
    ):
        return words.climbed(trainer.start_loss)
    return words.deaf(DEAF) if deaf else ""


def gradient_share(experiment: Experiment) -> float:
    """The largest gradient of a hidden layer, of the output layer's; infinity without any."""
    *hidden, output = map(float, experiment.trainer.layer_gradient_rms())
    most = max(hidden, default=math.inf)
    if output > 0:
        return most / output
    return math.inf if most > 0 else 0.0


def reading(config: Config, rate: float, sharpness: float, points: int) -> Reading:
    """The gauge of a run by SGD at `rate` where the loss over all its points is so sharp.

    For steps that take all points.
    """
    critical = limit(config, sharpness)
    if math.isnan(critical):
        return _NOT_FINITE
    caveats = _caveats(config)
    if math.isinf(critical):
        return Reading(0.0, words.NO_LIMIT, words.flat(points, caveats))
    ratio, formula = rate / critical, _formula(config, sharpness)
    title = words.sharp(sharpness, formula, critical, rate, points, caveats)
    return Reading(ratio, words.times(ratio), title)


def batch_reading(config: Config, rate: float, critical: float, points: int) -> Reading:
    """The gauge of a run by SGD in mini-batches, whose `critical` rate is known to a fifth."""
    if math.isnan(critical):
        return _NOT_FINITE
    batches = words.batches(config.batch_size, points)
    if math.isinf(critical):
        return Reading(0.0, words.NO_LIMIT, words.flat_in(batches))
    ratio, momentum = rate / critical, ""
    if config.momentum:
        momentum = words.with_momentum(config.momentum, config.nesterov)
    title = words.sharp_in(batches, momentum, critical, rate, _caveats(config))
    return Reading(ratio, words.times(ratio, about=0.01 <= ratio < 1000), title, ABOUT)


def _caveats(config: Config) -> str:
    """What the theory leaves out."""
    return words.clipping(config.clip) * (config.clip > 0) + words.L1 * (config.l1 > 0)


def _formula(config: Config, sharpness: float) -> str:
    """The critical rate as it is reckoned."""
    momentum, size = config.momentum, f"{sharpness:.3g}"
    if momentum == 0:
        return f"2/{size}"
    if uses_nesterov(config):
        return f"2(1 + {momentum:g})/((1 + 2 × {momentum:g}) × {size})"
    return f"2(1 + {momentum:g})/{size}"


_NOT_FINITE: Final = Reading(None, words.NOT_KNOWN, words.NOT_FINITE)
