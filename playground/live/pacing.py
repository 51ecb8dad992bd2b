"""How play is cut into messages: how many frames, how many ticks before each, and how fast it went.

A message never takes longer to make than to play, whatever a tick or a frame costs: where they are
dear, or many viewers want their turn, there are fewer of them.
"""

from __future__ import annotations

import math
import time
from collections import deque
from collections.abc import Iterator
from typing import Final, Protocol

from playground.live.view import Frame

FRAMES_PER_SECOND: Final = 30  # at a chosen speed
FASTEST_FRAMES: Final = 60  # a second, when it goes as fast as it can
FEWEST_FRAMES: Final = 4  # a second, however dear they are
BURST: Final = 0.25  # seconds of work in one message at full speed
FIRST_BURST: Final = 0.05  # the first one after Play is short, so that the picture moves at once
PACED_SECONDS: Final = 0.5  # of play in one message at a chosen speed
FRAME_SHARE: Final = 0.5  # of the time that frames may cost before there are fewer of them
SLOW: Final = 0.6  # of the chosen speed: from here on it is said
LEAST: Final = 1.0  # seconds of play over which it is measured
AWAY: Final = 3.0  # seconds without a request, as of a hidden tab, that do not count
_KEPT: Final = 9  # requests


class Run(Protocol):
    """What is played."""

    @property
    def moving(self) -> bool:
        """Whether it can go on."""

    def move(self, ticks: int) -> int:
        """Go on by up to so many ticks; how many were made."""

    def frame(self) -> Frame:
        """The picture of now."""


class Pacing:
    """The pacing of one run; speeds are ticks a second, infinite for as fast as it goes."""

    def __init__(self) -> None:
        self._frame_cost = 0.002  # seconds
        self._cycle = BURST  # seconds from one request for frames to the next, at full speed
        self._asked = 0.0
        self.restart()

    def restart(self) -> None:
        """Another run begins, whose ticks may cost something else."""
        self.fresh = True  # whether it has just begun to play
        self._carry = 0.0
        self._tick_cost: float | None = None  # seconds, once a tick has been made
        self._took = 0.0
        self._rate = float(FRAMES_PER_SECOND)
        self._chosen = math.inf
        self._seen: deque[tuple[float, float]] = deque(maxlen=_KEPT)  # time, place

    def play(self, run: Run, speed: float, viewers: int) -> list[Frame]:
        """One message's worth of frames, the last of them taken at its end."""
        began = time.perf_counter()
        self._time_cycle(began, viewers)
        endless = math.isinf(speed)
        frames = list(self._flat_out(run, viewers) if endless else self._paced(run, speed, viewers))
        self._took = time.perf_counter() - began
        self.fresh = False
        return frames

    def interval(self, frames: int) -> float:
        """Milliseconds from frame to frame of the last message, which has so many."""
        if math.isinf(self._chosen):
            return 1000 / max(FEWEST_FRAMES, min(FASTEST_FRAMES, frames / self._cycle))
        return 1000 / self._rate

    @property
    def lead(self) -> float:
        """Milliseconds of frames that the browser has left when it has to ask for more."""
        return 1000 * max(0.25, (self._cycle if math.isinf(self._chosen) else self._took) + 0.15)

    def _paced(self, run: Run, speed: float, viewers: int) -> Iterator[Frame]:
        """Frames at a chosen speed; fewer, when this viewer's share of the machine is used up."""
        affordable = FRAME_SHARE / (viewers * self._frame_cost)
        # No more frames than there are ticks to show.
        self._rate = rate = min(FRAMES_PER_SECOND, max(FEWEST_FRAMES, affordable), speed)
        seconds = max(PACED_SECONDS, 1 / rate)
        count = max(1, round(seconds * rate))
        if self.fresh:
            count = max(1, count // 4)
        end = time.perf_counter() + 0.8 * seconds / viewers
        for _ in range(count):
            self._carry += speed / rate
            whole = int(self._carry)
            self._carry -= whole
            self._move(run, whole, end)
            yield self._picture(run)
            if not run.moving or time.perf_counter() > end:
                return

    def _flat_out(self, run: Run, viewers: int) -> Iterator[Frame]:
        """As fast as it goes: frames at even times, as many as their cost allows."""
        burst = max((FIRST_BURST if self.fresh else BURST) / viewers, 0.03)
        # The browser shows them over a whole cycle: the work, the way to it and back.
        wanted = (burst if self.fresh else self._cycle) * FASTEST_FRAMES / viewers
        count = max(1, min(round(wanted), int(FRAME_SHARE * burst / self._frame_cost)))
        if self._tick_cost is not None:
            count = max(1, min(count, int(burst / self._tick_cost)))
        began = time.perf_counter()
        for i in range(count):
            due = began + (i + 1) * burst / count - self._frame_cost
            while True:
                self._move(run, 100_000, due)
                if not run.moving or time.perf_counter() + (self._tick_cost or 0) >= due:
                    break
            yield self._picture(run)
            if not run.moving:
                return

    def _picture(self, run: Run) -> Frame:
        started = time.perf_counter()
        frame = run.frame()
        self._frame_cost += 0.3 * (time.perf_counter() - started - self._frame_cost)
        return frame

    def _move(self, run: Run, ticks: int, until: float) -> None:
        """Make `ticks` ticks, or those that fit in before the time `until`: at least one."""
        if self._tick_cost is None:  # a first tick tells what the others will cost
            ticks -= self._timed(run, min(ticks, 1))
        left = (until - time.perf_counter()) / (self._tick_cost or 1e-6)
        self._timed(run, min(ticks, max(1, int(left))))

    def _timed(self, run: Run, ticks: int) -> int:
        """Move and learn what a tick costs; how many were made."""
        started = time.perf_counter()
        made = run.move(ticks)
        if made:
            self._tick_cost = max((time.perf_counter() - started) / made, 1e-6)
        return made

    def _time_cycle(self, now: float, viewers: int) -> None:
        since, self._asked = now - self._asked, now
        if not self.fresh and since < 4 * BURST:
            self._cycle += 0.3 * (max(since, BURST / viewers) - self._cycle)

    # ---- how fast it really goes --------------------------------------------------------------

    def note(self, now: float, place: float, chosen: float) -> None:
        """Frames were asked for, at `place`; `chosen` places a second is the speed, or 0."""
        if self.fresh or chosen != self._chosen or (self._seen and now - self._seen[-1][0] > AWAY):
            self._seen.clear()
        self._chosen = chosen
        self._seen.append((now, place))

    @property
    def reached(self) -> float | None:
        """Places a second, by the clock of the server; None where it is not known yet."""
        if not self._seen:
            return None
        (start, first), (end, last) = self._seen[0], self._seen[-1]
        return None if end - start < LEAST else (last - first) / (end - start)

    def words(self, unit: str) -> str:
        """ "7 of 60 epochs/s" where it is that slow; empty where it is not, or not known yet."""
        reached = self.reached
        if reached is None or self._chosen in (0, math.inf) or reached > SLOW * self._chosen:
            return ""
        return f"{reached:.2g} of {self._chosen:g} {unit}s/s"
