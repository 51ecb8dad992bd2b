"""Many who play at once, on a clock of our own: slower and coarser, fair, and never stuck.

The machine computes one message after the other, each at the price that a browser was seen to
cause; the players ask as static/live/player.js does.
"""

from __future__ import annotations

import heapq
import math
from dataclasses import dataclass, field
from typing import Final

import numpy as np
import pytest

from playground.live.pacing import Pacing
from playground.live.view import Frame
from playground.runs import scheduler
from playground.runs.scheduler import Scheduler
from tests.playground.viewer import Clock

MESSAGE: Final = 0.009  # seconds of the machine beside what is in a message
WARM: Final = 10.0  # seconds that are not counted


@dataclass
class Student:
    """A run whose ticks and frames take so long, played at `speed` ticks a second."""

    clock: Clock
    gate: Scheduler
    name: str
    speed: float = 25.0
    tick: float = 0.00064
    frame_cost: float = 0.00047
    pace: Pacing = field(default_factory=Pacing)
    ticks: int = 0
    frames: int = 0
    still: float = 0.0
    answer: float = 0.0
    moving: bool = True

    def move(self, ticks: int) -> int:
        self.clock.now += ticks * self.tick
        self.ticks += ticks
        return ticks

    def frame(self) -> Frame:
        self.clock.now += self.frame_cost
        return Frame(self.ticks, np.zeros(1))

    def message(self) -> tuple[float, float]:
        """Have one made: seconds that it plays, and that are left when the next is asked for."""
        now = self.clock.now
        self.pace.note(now, self.ticks, self.speed)
        frames = self.pace.play(
            self, self.speed, lambda wanted, late: self.gate.share(self.name, wanted, late=late)
        )
        self.frames += len(frames)
        return len(frames) * self.pace.interval(len(frames)) / 1000, self.pace.lead / 1000


def play(students: list[Student], clock: Clock, seconds: float, message: float = MESSAGE) -> None:
    """All play for so long, after a while in which they find their pace."""
    start = clock.now
    left = dict.fromkeys(range(len(students)), 0.0)
    shown = dict.fromkeys(range(len(students)), start)  # until when `left` holds
    asks = [(start + 0.03 * i, i) for i in range(len(students))]
    heapq.heapify(asks)
    fresh = True
    while asks[0][0] < start + WARM + seconds:
        at, i = heapq.heappop(asks)
        student = students[i]
        if fresh and at > start + WARM:
            fresh = False
            for each in students:
                each.ticks = each.frames = 0
                each.still = 0.0
        clock.now = max(clock.now, at) + message
        plays, lead = student.message()
        took = clock.now - at
        student.answer = max(took, student.answer + 0.2 * (took - student.answer))
        elapsed = clock.now - shown[i]
        student.still += max(0.0, elapsed - left[i])
        left[i] = max(0.0, left[i] - elapsed) + plays
        shown[i] = clock.now
        lead = max(lead, 1.2 * student.answer + 0.05)
        heapq.heappush(asks, (clock.now + max(0.0, left[i] - lead), i))


def classroom(clock: Clock, count: int) -> list[Student]:
    gate = Scheduler()
    return [Student(clock, gate, str(i)) for i in range(count)]


def a_second(students: list[Student], seconds: float) -> list[tuple[float, float, float]]:
    """Ticks, frames and the share of the time without a new frame, of each."""
    return [(s.ticks / seconds, s.frames / seconds, s.still / seconds) for s in students]


@pytest.mark.parametrize(
    ("count", "ticks", "frames", "still"),
    [(1, 24.9, 24.9, 0.0), (15, 24.9, 24.9, 0.0), (30, 19, 16, 0.01), (60, 7, 6, 0.02)],
)
def test_a_picture_goes_slower_and_coarser_and_does_not_stand_still(
    clock: Clock, count: int, ticks: float, frames: float, still: float
) -> None:
    students = classroom(clock, count)
    play(students, clock, 60)
    for found in a_second(students, 60):
        assert found[0] > ticks
        assert found[1] > frames
        assert found[2] <= still
    words = students[0].pace.words("epoch")
    assert words.startswith("busy: ") == (count == 60)


def test_who_wants_much_takes_nothing_from_those_who_want_little(clock: Clock) -> None:
    students = classroom(clock, 12)
    students[0].tick = 0.02
    students[1].speed = math.inf
    play(students, clock, 60)
    large, fastest, *small = a_second(students, 60)
    assert all(ticks > 24.5 and still <= 0.01 for ticks, _, still in small)
    assert large[0] > 5
    assert large[2] <= 0.02
    assert fastest[0] > 100


def test_where_the_machine_is_slower_than_it_says_all_take_less(clock: Clock) -> None:
    """Others want it, too: what a message costs beside its frames is three times as much."""
    students = classroom(clock, 30)
    play(students, clock, 60, message=3 * MESSAGE)
    assert students[0].gate.capacity < 0.9 * scheduler.MOST
    for ticks, _, still in a_second(students, 60):
        assert ticks > 3
        assert still <= 0.1
    play(students[:1], clock, 60)
    assert students[0].gate.capacity > 0.95 * scheduler.MOST
