"""A bounded record of the losses of a race, and the verdict that is read from it for each run.

K runs, W epochs of the recent window, M rows of the long record.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from engine.training.divergence import Divergence

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

    The last W + 1 are kept whole. Of all epochs the lowest loss so far is kept, in at most M rows:
    when they are full every second one goes, and from then on only every second epoch gets one.
    """

    def __init__(self, start: Floats) -> None:
        self.start: Floats = np.array(start, dtype=np.float64)
        self.epochs = 0
        self._stride = 1
        self._recent: Floats = np.empty((WINDOW + 1, len(self.start)))
        self._recent[0] = self.start
        self._lowest = self.start.copy()
        self._target: float | None = None
        self._reached = np.full(len(self.start), -1)
        self._rows: Floats = np.empty((64, len(self.start)))
        self._rows[0] = self.start
        self._filled = 1

    def add(self, losses: Floats) -> None:
        """Note the losses (K,) at the end of one more epoch."""
        self.epochs += 1
        self._recent[self.epochs % len(self._recent)] = losses
        np.fmin(self._lowest, losses, out=self._lowest)
        if self.epochs % self._stride:
            return
        if self._filled == ROWS:
            self._rows[: ROWS // 2] = self._rows[::2].copy()
            self._filled //= 2
            self._stride *= 2
        elif self._filled == len(self._rows):
            self._rows = np.concatenate([self._rows, np.empty_like(self._rows)])
        self._rows[self._filled] = self._lowest  # due after a thinning too: ROWS is even
        self._filled += 1

    @property
    def lowest(self) -> Floats:
        """The lowest loss of each run so far, (K,)."""
        return self._lowest.copy()

    def lowest_at(self, epoch: int) -> Floats:
        """The lowest loss up to `epoch`, or to the last one before it that is still kept, (K,)."""
        row: Floats = self._rows[min(epoch // self._stride, self._filled - 1)]
        return row.copy()

    def recent(self) -> Floats:
        """The losses of the last epochs, oldest first, at most (W + 1, K)."""
        last = np.arange(max(0, self.epochs - WINDOW), self.epochs + 1)
        window: Floats = self._recent[last % len(self._recent)]
        return window

    def first_at_or_below(self, target: float) -> list[int | None]:
        """The first epoch of each run with a loss of `target` or less.

        Exact in a run of up to 2,047 epochs; in a longer one it may be late by as much as the rows
        lie apart. Asked again for the same target, it stands by its answers.
        """
        if target != self._target:
            self._target, self._reached = target, np.full(len(self.start), -1)
        open_ = self._reached < 0
        met = self._rows[: self._filled] <= target
        first = np.where(met.any(axis=0), met.argmax(axis=0) * self._stride, -1)
        first[(first < 0) & (self._lowest <= target)] = self.epochs
        np.copyto(self._reached, first, where=open_)
        return [int(epoch) if epoch >= 0 else None for epoch in self._reached]

    def copy(self) -> LossRecord:
        """A record that goes its own way from here."""
        twin = LossRecord(self.start)
        twin.epochs, twin._stride, twin._filled = self.epochs, self._stride, self._filled
        twin._recent, twin._lowest = self._recent.copy(), self._lowest.copy()
        twin._rows = self._rows.copy()
        twin._target, twin._reached = self._target, self._reached.copy()
        return twin

    @property
    def nbytes(self) -> int:
        """The size of its arrays in bytes."""
        return self._rows.nbytes + self._recent.nbytes + self._lowest.nbytes + self.start.nbytes


@dataclass(frozen=True)
class Verdict:
    """How a run does, in one word, and what that was read from, in a sentence with numbers."""

    word: str
    why: str


def verdicts(
    record: LossRecord, target: float, divergences: Sequence[Divergence | None]
) -> list[Verdict]:
    """The verdict on each run; `divergences` are the engine's, None for a run that is alive.

    The first of these that holds, over the last W = 64 epochs unless said otherwise:

    - "diverged": the engine says so.
    - "ready": no epoch is done.
    - "diverging": 90 % or more of the last 20 epochs rose, by 1 % or more in all, and the loss is
      above its start, or 4 times its lowest, or the last third of the run had no new low. Or the
      median loss is more than twice its start. Or, within the first 60 epochs, the loss is above
      its start and none of what follows holds.
    - "converging": the loss was at or below `target` in every epoch.
    - "oscillating": in 30 % of the epochs or more the loss rose by over 2 %, unless the median of
      the later half is below the start and fell by more than the median change of an epoch. Or
      the loss is more than 1.4 times its lowest: it has been thrown back.
    - "stalled": after 60 epochs or more, the lowest loss fell by under 1 % in the last third of
      the whole run. Not so if 90 % of the epochs or more fell, by 0.2 % or more in all: that is
      slow, but steady, and "converging". Nor if the run has less than half of its start, is level
      (within 1 %) with the lowest loss of the race and in none of the epochs was more than 10 %
      above: then it has settled, and is "converging".
    - "converging": otherwise.
    """
    lowest, before = record.lowest, record.lowest_at(record.epochs * 2 // 3)
    alive = [k for k, divergence in enumerate(divergences) if divergence is None]
    floor = min((float(lowest[k]) for k in alive), default=np.inf)
    recent = record.recent()
    found = []
    for k, divergence in enumerate(divergences):
        run = _Run(
            float(record.start[k]), recent[:, k], float(lowest[k]), float(before[k]), record.epochs
        )
        found.append(_judge(run, target, floor) if divergence is None else _diverged(divergence))
    return found


@dataclass(frozen=True)
class _Run:
    start: float
    recent: Floats  # (n,), the newest last
    lowest: float
    lowest_before: float  # at two thirds of the run
    epochs: int

    @property
    def now(self) -> float:
        return float(self.recent[-1])

    @property
    def fall(self) -> float:
        """By what share of itself the lowest loss fell in the last third of the run."""
        return 1 - self.lowest / self.lowest_before if self.lowest_before > 0 else 0.0


def _diverged(divergence: Divergence) -> Verdict:
    return Verdict(
        "diverged",
        f"At epoch {divergence.epoch:,}, in step {divergence.fatal_step:,}: {divergence.reason}."
        f" Before that the smoothed loss was {divergence.loss_before:.3g}.",
    )


def _judge(run: _Run, target: float, floor: float) -> Verdict:
    if run.epochs == 0:
        return Verdict("ready", f"Not started yet: the loss is {run.now:.3g}.")
    if found := _climb(run) or _far_above_start(run):
        return found
    if float(run.recent[1:].max()) <= target:
        return Verdict("converging", f"The loss is {run.now:.3g}: at or below the target.")
    if found := _overshoots(run) or _thrown_back(run):
        return found
    if run.epochs < PATIENCE:
        word = "diverging" if run.now > (1 + LEVEL) * run.start else "converging"
        return Verdict(word, f"The loss went from {run.start:.3g} to {run.now:.3g}.")
    if run.fall >= HARDLY:
        return Verdict(
            "converging",
            f"In the last third of the run the lowest loss fell by {_percent(run.fall)}, to"
            f" {run.lowest:.3g}.",
        )
    if found := _steady(run) or _settled(run, floor):
        return found
    if run.fall == 0:
        return Verdict(
            "stalled",
            f"In the last third of the run there was no new low: the loss is {run.now:.3g}, the"
            f" lowest was {run.lowest:.3g}.",
        )
    return Verdict(
        "stalled",
        f"In the last third of the run the lowest loss fell by only {_percent(run.fall)}, to"
        f" {run.lowest:.3g}.",
    )


def _climb(run: _Run) -> Verdict | None:
    recent = run.recent[-CLIMB - 1 :]
    steps, first = len(recent) - 1, float(recent[0])
    rises = np.count_nonzero(recent[1:] > recent[:-1])
    left = run.now > run.start or run.now > ABOVE_LOWEST * run.lowest or run.fall == 0
    if steps < CLIMB or rises < RISING * steps or run.now < (1 + LEVEL) * first or not left:
        return None
    return Verdict(
        "diverging",
        f"The loss rose in {rises} of the last {steps} epochs, from {first:.3g} to {run.now:.3g}.",
    )


def _far_above_start(run: _Run) -> Verdict | None:
    middle = float(np.median(run.recent[1:]))
    if middle <= ABOVE_START * run.start:
        return None
    return Verdict(
        "diverging",
        f"Half of the last {len(run.recent) - 1} epochs had a loss above {middle:.3g}; it began"
        f" at {run.start:.3g}.",
    )


def _overshoots(run: _Run) -> Verdict | None:
    recent = run.recent
    steps, half = len(recent) - 1, len(recent) // 2
    rises = np.count_nonzero(recent[1:] > (1 + BOUNCE) * recent[:-1])
    earlier, later = np.median(recent[:half]), np.median(recent[half:])
    falls = earlier - later > np.median(np.abs(np.diff(recent)))
    if rises < OVERSHOOTS * steps or (falls and later < run.start):
        return None
    return Verdict(
        "oscillating",
        f"In {rises} of the last {steps} epochs the loss rose by more than {100 * BOUNCE:g} %; it"
        f" went between {recent.min():.3g} and {recent.max():.3g}.",
    )


def _thrown_back(run: _Run) -> Verdict | None:
    if run.now <= THROWN_BACK * run.lowest:
        return None
    return Verdict(
        "oscillating",
        f"The loss had been down to {run.lowest:.3g} and is back at {run.now:.3g}.",
    )


def _steady(run: _Run) -> Verdict | None:
    recent = run.recent
    steps, fall = len(recent) - 1, 1 - run.now / float(recent[0])
    falls = np.count_nonzero(recent[1:] < recent[:-1])
    if falls < RISING * steps or fall < STEADY:
        return None
    return Verdict(
        "converging",
        f"Slowly: the loss fell in {falls} of the last {steps} epochs, by {_percent(fall)} in all,"
        f" to {run.now:.3g}.",
    )


def _settled(run: _Run, floor: float) -> Verdict | None:
    highest = float(run.recent.max())
    level = run.lowest <= (1 + LEVEL) * floor and highest <= (1 + BAND) * run.lowest
    if not level or run.now > FALLEN * run.start:
        return None
    return Verdict(
        "converging",
        f"It has settled at {run.now:.3g}, about the lowest loss of this race: in the last"
        f" {len(run.recent) - 1} epochs it was {highest:.3g} at most.",
    )


def _percent(share: float) -> str:
    percent = 100 * share
    if percent > 99:
        return "more than 99 %"
    return f"{percent:.0f} %" if percent >= 10 else f"{percent:.2g} %"
