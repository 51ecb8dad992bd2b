"""How play is cut into messages: how many frames, how many ticks before each, and how fast it went.

A message never takes longer to make than to play, whatever a tick or a frame costs. Where they are
dear, or many viewers play, messages are rarer, have fewer frames, and then fewer ticks: a picture
goes slower and coarser, and does not stand still.
"""

from __future__ import annotations

import math
import time
from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Final, Protocol

from playground.live import words
from playground.live.view import Frame

FRAMES_PER_SECOND: Final = 30  # at a chosen speed
FASTEST_FRAMES: Final = 60  # a second, when it goes as fast as it can
FEWEST_FRAMES: Final = 4  # a second, however dear they are
BURST: Final = 0.25  # seconds of work in one message at full speed
FIRST_BURST: Final = 0.05  # the first one after Play is short, so that the picture moves at once
SHORTEST_BURST: Final = 0.02
PACED_SECONDS: Final = 0.5  # of play in one message at a chosen speed
LONGEST: Final = 1.5  # seconds of play in one message, however many viewers there are
MESSAGE_COST: Final = 0.009  # seconds: Streamlit's rerun and packing
MESSAGE_SHARE: Final = 0.25  # of a viewer's share that messages may take beside what is in them
FRAME_SHARE: Final = 0.5  # of the time that frames may cost before there are fewer of them
COARSE: Final = 0.85  # of the frames are left before there are fewer ticks, too
MOST_WORK: Final = 0.8  # of the time that a message plays may be spent on making it
ALONE: Final = 0.75  # of the machine: who gets less shares it with others
LATE: Final = 1.1  # times as long between two requests as planned: the picture stood still
SLOW: Final = 0.6  # of the chosen speed: from here on it is said
LEAST: Final = 1.0  # seconds of play over which it is measured
AWAY: Final = 3.0  # seconds without a request, as of a hidden tab, that do not count
_KEPT: Final = 9  # requests

# Seconds a second that may be taken by who wants so many; told whether the last ones were kept.
Share = Callable[[float, bool], float]


class Run(Protocol):
    """What is played."""

    @property
    def moving(self) -> bool:
        """Whether it can go on."""

    def move(self, ticks: int) -> int:
        """Go on by up to so many ticks; how many were made."""

    def frame(self) -> Frame:
        """The picture of now."""


@dataclass(frozen=True)
class Plan:
    """One message: seconds of play, frames and ticks a second, seconds of work at most."""

    seconds: float
    frames: float
    ticks: float
    work: float
    shared: bool = False  # whether others take so much that there is less than was chosen


class Pacing:
    """The pacing of one run; speeds are ticks a second, infinite for as fast as it goes."""

    def __init__(self) -> None:
        self._frame_cost = 0.002  # seconds
        self._asked = 0.0
        self.restart()

    def restart(self) -> None:
        """Another run begins, whose ticks may cost something else."""
        self.fresh = True  # whether it has just begun to play
        self._carry = 0.0
        self._tick_cost: float | None = None  # seconds, once a tick has been made
        self._took = 0.0
        self._cycle = BURST  # seconds from one request for frames to the next
        self._plan = Plan(PACED_SECONDS, FRAMES_PER_SECOND, 0, 0)
        self._plays = PACED_SECONDS  # what the last message does
        self._late = 1.0  # times as long from request to request
        self._chosen = math.inf
        self._seen: deque[tuple[float, float]] = deque(maxlen=_KEPT)  # time, place

    def play(self, run: Run, speed: float, share: Share) -> list[Frame]:
        """One message's worth of frames, the last of them taken at its end."""
        began = time.perf_counter()
        late = self._time_cycle(began)
        if math.isinf(speed):
            frames = list(self._flat_out(run, share))
        else:
            self._plan = self._planned(speed, share, late)
            frames = list(self._paced(run))
        self._took = time.perf_counter() - began
        self._plays = len(frames) / self._plan.frames
        self.fresh = False
        return frames

    def interval(self, frames: int) -> float:
        """Milliseconds from frame to frame of the last message, which has so many."""
        if math.isinf(self._chosen):
            return 1000 / max(FEWEST_FRAMES, min(FASTEST_FRAMES, frames / self._cycle))
        return 1000 / self._plan.frames

    @property
    def lead(self) -> float:
        """Milliseconds of frames that the browser has left when it has to ask for more."""
        return 1000 * max(0.25, (self._cycle if math.isinf(self._chosen) else self._took) + 0.15)

    def _paced(self, run: Run) -> Iterator[Frame]:
        """Frames at a chosen speed; fewer, when this viewer's share of the machine is used up."""
        plan = self._plan
        count = max(1, round(plan.seconds * plan.frames))
        if self.fresh:
            count = max(1, count // 4)
        end = time.perf_counter() + plan.work
        for _ in range(count):
            self._carry += plan.ticks / plan.frames
            whole = int(self._carry)
            self._carry -= whole
            self._move(run, whole, end)
            yield self._picture(run)
            if not run.moving or time.perf_counter() > end:
                return

    def _planned(self, speed: float, share: Share, late: bool) -> Plan:
        """What a message holds, so that this viewer takes no more than its share."""
        # No more frames than there are ticks to show, and than half of the time can make.
        affordable = max(FEWEST_FRAMES, FRAME_SHARE / self._frame_cost)
        frames = min(FRAMES_PER_SECOND, affordable, speed)
        seconds = max(PACED_SECONDS, 1 / frames)
        drawing, moving = frames * self._frame_cost, speed * (self._tick_cost or 0)
        wanted = MESSAGE_COST / seconds + drawing + moving
        own = share(wanted, late)
        if own >= wanted:
            return Plan(seconds, frames, speed, MOST_WORK * seconds)
        seconds = self._rarer(own, seconds)
        left = max(own - MESSAGE_COST / seconds, own / 2)
        coarse = min(1, max(COARSE, (left - moving) / drawing))
        slower = min(1, left / (coarse * drawing + moving))
        ticks = speed * slower
        frames = min(ticks, max(FEWEST_FRAMES, frames * coarse * slower))
        seconds = max(seconds, 1 / frames)
        work = min(own, MOST_WORK) * seconds
        return Plan(seconds, frames, ticks, work, shared=own < ALONE)

    @staticmethod
    def _rarer(own: float, seconds: float) -> float:
        """Seconds a message, so long that messages as such do not use up the share."""
        return max(seconds, min(LONGEST, MESSAGE_COST / (MESSAGE_SHARE * own)))

    def _flat_out(self, run: Run, share: Share) -> Iterator[Frame]:
        """As fast as it goes: frames at even times, as many as their cost allows."""
        own = share(1.0, False)  # there is no plan to be late for
        burst = BURST
        if own < ALONE:
            burst = max(own * self._rarer(own, BURST) - MESSAGE_COST, SHORTEST_BURST)
        # The browser shows them over a whole cycle: the work, the way to it and back.
        wanted = (FIRST_BURST if self.fresh else self._cycle) * FASTEST_FRAMES
        if self.fresh:
            burst = min(burst, FIRST_BURST)
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

    def _time_cycle(self, now: float) -> bool:
        """Note the time since the last request; whether that was longer than planned."""
        since, self._asked = now - self._asked, now
        if self.fresh:
            self._cycle, self._late = BURST, 1.0
        elif since < AWAY:
            self._cycle += 0.3 * (max(since, BURST) - self._cycle)
            self._late += 0.3 * (since / self._plays - self._late)
        return self._late > LATE

    # ---- how fast it really goes --------------------------------------------------------------

    def note(self, now: float, place: float, chosen: float) -> None:
        """Frames were asked for, at `place`; `chosen` places a second is the speed, or 0."""
        if self.fresh or chosen != self._chosen or (self._seen and now - self._seen[-1][0] > AWAY):
            self._seen.clear()
        if chosen != self._chosen:
            self._late = 1.0  # what is planned for one speed says nothing of another
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
        """ "7 of 60 epochs/s" where it is that slow; empty where it is not, or not known yet.

        "Busy: " before it says that others want the machine, too.
        """
        reached = self.reached
        if reached is None or self._chosen in (0, math.inf) or reached > SLOW * self._chosen:
            return ""
        return words.slow(reached, self._chosen, unit, busy=self._plan.shared)
