"""The learning-rate range test: the loss while the rate climbs, and the rate that it suggests.

n measured rates. Smith 2017, "Cyclical learning rates for training neural networks", section 3.3.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from engine.core.validation import number, whole
from engine.training.divergence import DIVERGING_RISE, Floats
from engine.training.status import DIVERGED
from engine.training.trainer import Trainer

SMOOTHING = 0.1  # decades: the standard deviation of the Gaussian that smooths the loss
FELL = 0.01  # of the first loss: a smoothed loss that fell by less did not fall
MINIMUM_SHARE = 0.1  # of the rate of the minimum, where the loss is about to rise again
BLOW_UP_SHARE = 0.25  # of the rate of the blow-up: the most that is ever suggested
TINY = float(np.finfo(np.float64).tiny)


@dataclass(frozen=True)
class RangeTest:
    """What a range test measured and concluded. See ``range_test``."""

    rates: Floats  # (n,), ascending
    losses: Floats  # (n,), of the whole training set after the steps at each rate
    smoothed: Floats  # (n,)
    steepest: float | None  # the rate at which the smoothed loss falls fastest
    minimum: float | None  # the rate at which it is least
    blow_up: float | None  # the first rate after it that is too high
    suggestion: float | None
    reason: str | None  # why nothing is suggested


def range_test(
    trainer: Trainer, low: float = 1e-5, high: float = 10.0, count: int = 100, steps: int = 1
) -> RangeTest:
    """Train from the current weights while the rate climbs from ``low`` to ``high``.

    ``count`` rates, even on a log scale, ``steps`` mini-batches at each; after them the loss of the
    whole training set is measured. The optimizer starts with fresh state and no schedule or decay.
    The test ends early when the run diverges or its loss passes 4 max(first loss, 4 least loss),
    "first" being that before the test. The trainer is left as it is.

    ``smoothed`` is the mean of the log losses under a Gaussian of a tenth of a decade around each
    rate: unlike a running mean it does not lag behind. ``minimum`` is where it is least,
    ``steepest`` where its slope over log(rate) before that is most negative. ``blow_up`` is the
    first rate after the minimum whose loss passes max(first loss, 4 least loss), the trainer's own
    rule of diverging, or at which the run diverged.

    ``suggestion`` is the geometric middle of ``steepest``, where learning is fast now, and a tenth
    of ``minimum``, the usual distance from where it turns; but at most a quarter of ``blow_up``,
    for the curvature, and with it the danger, still grows in a longer run. It is None, with a
    ``reason``, if the smoothed loss never fell by 1 %.

    ``ValueError`` for a network with replicas and for a run that has diverged.
    """
    low = number("low", low, above=0.0)
    high = number("high", high, above=low)
    whole("count", count, low=2, high=1000)
    whole("steps", steps, low=1)
    if trainer.model.replicas is not None:
        raise ValueError(
            f"a range test needs a network without replicas, this one has {trainer.model.replicas}"
        )
    if trainer.status == DIVERGED:
        raise ValueError("the run has diverged: reset or rewind it before a range test")
    rates = np.geomspace(low, high, count)
    fork = trainer.fork()
    first = fork.train_loss
    losses, fatal = _climb(fork, rates, steps, first)
    return _conclusion(rates[: len(losses)], np.array(losses), first, fatal)


def _climb(
    trainer: Trainer, rates: Floats, steps: int, first: float
) -> tuple[list[float], float | None]:
    """The loss after each rate, and the rate at which the run diverged, if it did."""
    optimizer = trainer.optimizer
    optimizer.prepare(trainer.model.flat)
    trainer.schedule, trainer.epochs = None, None
    losses: list[float] = []
    for rate in rates.tolist():
        for _ in range(steps):
            optimizer.learning_rate = rate / optimizer.decay_factor()
            if trainer.step() == 0:
                return losses, rate
        loss = trainer.train_loss
        if not math.isfinite(loss):
            return losses, rate
        losses.append(loss)
        if loss > DIVERGING_RISE * max(first, DIVERGING_RISE * min(losses)):
            break
    return losses, None


def _smooth(rates: Floats, losses: Floats) -> Floats:
    decades = np.log10(rates)
    distance = (decades[:, np.newaxis] - decades) / SMOOTHING  # (n, n)
    share = np.exp(-0.5 * distance * distance)
    share /= share.sum(axis=1, keepdims=True)
    smoothed: Floats = np.exp(share @ np.log(np.maximum(losses, TINY)))
    return smoothed


def _conclusion(rates: Floats, losses: Floats, first: float, fatal: float | None) -> RangeTest:
    if len(rates) == 0:
        reason = f"the run diverged at the lowest rate, {fatal:g}: try lower ones"
        return RangeTest(rates, losses, losses, None, None, fatal, None, reason)
    smoothed = _smooth(rates, losses)
    least = int(np.argmin(smoothed))
    ceilings = np.maximum(first, DIVERGING_RISE * np.minimum.accumulate(losses))
    beyond = (losses > ceilings) & (rates > rates[least])  # by the trainer's rule of diverging
    blow_up = next(map(float, rates[beyond]), fatal)
    if least == 0 or not smoothed[least] < (1.0 - FELL) * min(first, smoothed[0]):
        reason = (
            f"the loss did not fall by {FELL:.0%} at any rate from {rates[0]:.4g} to"
            f" {rates[-1]:.4g}: try a wider range, or more steps at each rate"
        )
        return RangeTest(rates, losses, smoothed, None, None, blow_up, None, reason)
    slope = np.gradient(smoothed, np.log(rates))
    steepest = float(rates[np.argmin(slope[: least + 1])])
    minimum = float(rates[least])
    suggestion = math.sqrt(steepest * MINIMUM_SHARE * minimum)
    if blow_up is not None:
        suggestion = min(suggestion, BLOW_UP_SHARE * blow_up)
    return RangeTest(rates, losses, smoothed, steepest, minimum, blow_up, suggestion, None)
