"""A bounded record of the losses of a race, and the verdict that is read from it for each run.

K runs, W epochs of the recent window.
"""

from __future__ import annotations

import copy
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from engine.training.divergence import Divergence
from engine.training.recorder import Recorder
from playground.learning_rate.words import race as words

Floats = NDArray[np.float64]

WINDOW: Final = 64  # epochs that are looked at one by one
ROWS: Final = 2048  # epochs of which the lowest loss so far is kept; beyond, every second one

BOUNCE: Final = 0.02  # a rise of more than this share of the loss is an overshoot, not a wobble
OVERSHOOTS: Final = 0.3  # share of overshooting epochs from which a run oscillates
CLIMB: Final = 20  # epochs of which nearly all rise: no bounce, a climb
RISING: Final = 0.9  # what "nearly all" is
ABOVE_LOWEST: Final = 4.0  # times its lowest: a climb that leaves the valley, as in the trainer
ABOVE_START: Final = 2.0  # times its start: a level at which a run has moved away
THROWN_BACK: Final = 1.4  # times its lowest: a run that had been clearly lower
PATIENCE: Final = 60  # epochs before a run can have stalled
HARDLY: Final = 0.01  # relative fall of the lowest loss that is no progress
STEADY: Final = 0.002  # relative fall over the window that is progress, if nearly all epochs fell
LEVEL: Final = 0.01  # relative distance at which two losses are level
BAND: Final = 0.1  # relative height above its lowest within which a run that settled stays
FALLEN: Final = 0.5  # share of its start below which a run that settled has learned something


class LossRecord:
    """The losses (K,) of all runs at the end of each epoch, from epoch 0 on, in bounded memory.

    The last W + 1 are kept; of all epochs, thinned out, the lowest loss so far.
    """

    def __init__(self, start: Floats) -> None:
        self.start = self.lowest = np.array(start, dtype=np.float64)
        self.epochs = 0
        self._recent = deque([self.start], WINDOW + 1)
        self._lows: Recorder[Floats] = Recorder(ROWS)
        self._lows.append(0, self.start)
        self._target: float | None = None
        self._reached: list[int | None] = []

    def add(self, losses: Floats) -> None:
        """Note the losses (K,) at the end of one more epoch."""
        self.epochs += 1
        self.lowest = np.fmin(self.lowest, losses)
        self._recent.append(np.array(losses, dtype=np.float64))
        if self._lows.wants(self.epochs):
            self._lows.append(self.epochs, self.lowest)

    def lowest_at(self, epoch: int) -> Floats:
        """The lowest loss up to `epoch`, or to the last one before it that is still kept, (K,)."""
        return self._lows.entries[min(epoch // self._lows.stride, len(self._lows) - 1)]

    def recent(self) -> Floats:
        """The losses of the last epochs, oldest first, at most (W + 1, K)."""
        return np.array(self._recent)

    def first_at_or_below(self, target: float) -> list[int | None]:
        """The first epoch of each run with a loss of `target` or less.

        Exact in a run of up to 2,047 epochs; in a longer one it may be late by as much as the rows
        lie apart. Asked again for the same target, it stands by its answers.
        """
        if target != self._target:
            self._target, self._reached = target, [None] * len(self.start)
        for k in np.flatnonzero(self.lowest <= target):
            if self._reached[k] is None:
                rows = zip(self._lows.points, self._lows.entries, strict=True)
                met = (int(epoch) for epoch, row in rows if row[k] <= target)
                self._reached[k] = next(met, self.epochs)
        return list(self._reached)

    def copy(self) -> LossRecord:
        """A record that goes its own way from here."""
        twin = copy.copy(self)
        twin._recent, twin._lows = self._recent.copy(), copy.deepcopy(self._lows)
        twin._reached = list(self._reached)
        return twin


@dataclass(frozen=True)
class Verdict:
    """How a run does, in one word, and what that was read from, in a sentence with numbers."""

    word: str
    why: str


def verdicts(
    record: LossRecord, target: float, divergences: Sequence[Divergence | None]
) -> list[Verdict]:
    """The verdict on each run; `divergences` are the engine's, None for a run that is alive."""
    recent = record.recent()
    alive = [k for k, divergence in enumerate(divergences) if divergence is None]
    floor = min((float(record.lowest[k]) for k in alive), default=np.inf)
    return [
        _judge(record, k, recent[:, k], target, floor) if gone is None else _diverged(gone)
        for k, gone in enumerate(divergences)
    ]


def _diverged(divergence: Divergence) -> Verdict:
    return Verdict(
        "diverged",
        words.ended(
            divergence.epoch, divergence.fatal_step, divergence.reason, divergence.loss_before
        ),
    )


def _judge(record: LossRecord, k: int, recent: Floats, target: float, floor: float) -> Verdict:
    """The first that holds for run `k`, over the epochs of `recent` (W + 1,) if not said otherwise.

    `floor` is the lowest loss of the race.
    """
    now, steps = float(recent[-1]), len(recent) - 1
    if record.epochs == 0:
        return Verdict("ready", words.not_started(now))
    start, lowest = float(record.start[k]), float(record.lowest[k])
    before = float(record.lowest_at(record.epochs * 2 // 3)[k])
    fall = 1 - lowest / before if before > 0 else 0.0  # of the lowest loss, in the last third

    # Nearly all of the last epochs rose, and the loss has left its valley or found no new low.
    last = recent[-CLIMB - 1 :]
    rises = int(np.count_nonzero(last[1:] > last[:-1]))
    left = now > start or now > ABOVE_LOWEST * lowest or fall == 0
    climbs = steps >= CLIMB and rises >= RISING * CLIMB and now >= (1 + LEVEL) * float(last[0])
    if climbs and left:
        return Verdict("diverging", words.rose(rises, CLIMB, float(last[0]), now))
    if (middle := float(np.median(recent[1:]))) > ABOVE_START * start:
        return Verdict("diverging", words.moved_away(steps, middle, start))
    if float(recent[1:].max()) <= target:
        return Verdict("converging", words.at_target(now))

    # Many epochs overshot, and the level does not fall by more than an epoch usually changes it.
    leaps = int(np.count_nonzero(recent[1:] > (1 + BOUNCE) * recent[:-1]))
    earlier, later = (float(np.median(half)) for half in np.array_split(recent, [len(recent) // 2]))
    falls = later < start and earlier - later > np.median(np.abs(np.diff(recent)))
    if leaps >= OVERSHOOTS * steps and not falls:
        why = words.leapt(leaps, steps, BOUNCE, float(recent.min()), float(recent.max()))
        return Verdict("oscillating", why)
    if now > THROWN_BACK * lowest:
        return Verdict("oscillating", words.thrown_back(lowest, now))

    if record.epochs < PATIENCE:
        word = "diverging" if now > (1 + LEVEL) * start else "converging"
        return Verdict(word, words.went(start, now))
    if fall >= HARDLY:
        return Verdict("converging", words.fell(fall, lowest))
    # Slow, but steady.
    sinks, sunk = int(np.count_nonzero(recent[1:] < recent[:-1])), 1 - now / float(recent[0])
    if sinks >= RISING * steps and sunk >= STEADY:
        return Verdict("converging", words.fell_slowly(sinks, steps, sunk, now))
    # It has learned something, is as low as any of the race, and stays there.
    highest = float(recent.max())
    level = lowest <= (1 + LEVEL) * floor and highest <= (1 + BAND) * lowest
    if level and now <= FALLEN * start:
        return Verdict("converging", words.settled(now, steps, highest))
    if fall == 0:
        return Verdict("stalled", words.no_new_low(now, lowest))
    return Verdict("stalled", words.hardly_fell(fall, lowest))
