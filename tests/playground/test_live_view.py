"""A view that plays, asked as the browser asks it: what moves, what stands still, what is sent."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import Any, ClassVar

import numpy as np
import pytest

from playground.live.history import History
from playground.live.pacing import BURST, FASTEST_FRAMES, FIRST_BURST, MESSAGE_COST
from playground.live.playable import Playable
from playground.live.protocol import Notice
from playground.live.view import Frame, Row
from playground.runs.scheduler import MOST, SCHEDULER
from playground.settings.config import SPEEDS, Config
from tests.playground.viewer import Clock, Viewer


class Logistic(Playable):
    """x -> r x (1 - x), from x = 0.3: a moment's error would soon show. A tick takes 1 ms."""

    ticks: int
    x: float

    def __init__(self, clock: Clock) -> None:
        super().__init__()
        self.clock = clock

    def build(self, config: Config, settings: Any) -> int:
        self.restart()
        return 2

    def advance(self, ticks: int) -> int:
        for _ in range(ticks):
            self.clock.now += 0.001
            self.x = 3.9 * self.x * (1 - self.x)
            self.ticks += 1
        return ticks

    @property
    def step(self) -> int:
        return self.ticks

    @property
    def condition(self) -> str:
        return "running" if self.ticks else "ready"

    def mark(self) -> object:
        return self.ticks, self.x

    def back_to(self, mark: object) -> None:
        assert isinstance(mark, tuple)
        self.ticks, self.x = mark

    def restart(self) -> None:
        self.ticks, self.x = 0, 0.3

    def follow(self, config: Config, settings: Any) -> bool:
        return True

    def frame(self) -> Frame:
        return Frame(self.ticks, np.array([self.ticks, self.x], np.float32))

    def figures(self) -> dict[str, Any]:
        return {"readouts": [], "panels": []}

    def notice(self) -> Notice:
        return Notice("info", "")


@pytest.fixture
def viewer(clock: Clock) -> Viewer:
    return Viewer(Logistic(clock), Config(speed="25"))


# ---- moving


@pytest.mark.parametrize("name", [n for n, s in SPEEDS.items() if not s.one_batch_per_frame])
def test_a_speed_is_ticks_a_second(viewer: Viewer, name: str) -> None:
    viewer.config = replace(viewer.config, speed=name)
    frames, began = 0, viewer.view.step
    viewer.ask("play")
    frames += len(viewer.steps)
    for _ in range(5):
        interval = viewer.ask("tick")["interval"] / 1000
        frames += len(viewer.steps)
    ticks = viewer.view.step - began
    wanted = SPEEDS[name].epochs_per_second
    if math.isinf(wanted):
        # A tick takes 1 ms here.
        assert ticks == pytest.approx((FIRST_BURST + 5 * BURST) / 0.001, rel=0.1)
        assert interval == pytest.approx(1 / FASTEST_FRAMES)
    else:
        assert ticks == pytest.approx(wanted * frames * interval, abs=1)
        assert viewer.header["speed"] == name


def test_speeds_are_those_that_suit_in_the_views_own_words(clock: Clock) -> None:
    class Slow(Logistic):
        unit = "step"
        fastest: ClassVar[float] = 10.0

    viewer = Viewer(Slow(clock), Config(speed="max"))
    assert viewer.header["speeds"] == [["1", "1 step a second"], ["5", "5 steps a second"]]
    assert viewer.header["speed"] == "5"
    assert viewer.config.speed == "max"  # the person's choice for other pages stays
    viewer.config = replace(viewer.config, speed="batch")
    assert viewer.ask("look")["speed"] == "1"
    assert viewer.figures["unit"] == "step"


@pytest.mark.parametrize("speed", ["60", "250", "max"])
def test_where_frames_are_dear_there_are_fewer_and_the_speed_is_kept(
    clock: Clock, speed: str
) -> None:
    class Dear(Logistic):
        def frame(self) -> Frame:
            self.clock.now += 0.05
            return super().frame()

        def frame_row(self) -> Row:
            return np.array([self.ticks, self.x], np.float32)

    viewer = Viewer(Dear(clock), Config(speed=speed))
    viewer.ask("play")
    for _ in range(9):  # until it knows what a frame costs
        viewer.ask("tick")
    step, began, seconds = viewer.view.step, clock.now, 0.0
    for _ in range(5):
        interval = viewer.ask("tick")["interval"] / 1000
        assert interval >= 0.09  # half of the time at most is for frames
        seconds += len(viewer.steps) * interval
    assert clock.now - began < 1.1 * seconds
    if speed != "max":
        ticks = viewer.view.step - step
        assert ticks == pytest.approx(SPEEDS[speed].epochs_per_second * seconds, rel=0.03)


# ---- many viewers


def test_viewers_take_turns_and_share_the_time(clock: Clock) -> None:
    class Watched(Logistic):
        def advance(self, ticks: int) -> int:
            assert SCHEDULER._lock.locked()
            return super().advance(ticks)

    viewer = Viewer(Watched(clock), Config(speed="max"))
    viewer.ask("play")
    made = []
    for others in (0, 3):
        for number in range(others):
            SCHEDULER.share(f"other {number}", 1.0)
        before = viewer.view.step
        viewer.ask("tick")
        made.append(viewer.view.step - before)
    # A quarter of the machine, of which its message is paid, too.
    fair = (MOST / 4 * BURST - MESSAGE_COST) / BURST
    assert made[1] == pytest.approx(fair * made[0], rel=0.05)
    assert not SCHEDULER._lock.locked()


# ---- rows


def test_rows_thin_out_evenly_each_time_in_a_new_generation() -> None:
    rows, generations = History(2), []
    for tick in range(5000):
        rows.add(tick, np.array([tick, -tick], np.float32))
        assert len(rows) <= 600
        generations.append(rows.generation)
    assert np.flatnonzero(np.diff(generations)).tolist() == [599, 1199, 2399, 4799]
    kept = rows.since(0)[:, 0]
    assert len(kept) > 250
    np.testing.assert_array_equal(kept, np.arange(0, 5000, 16))
    assert all(rows.wants(int(tick)) for tick in kept)
    assert not rows.wants(int(kept[-1]) + 1)


def test_rows_after_a_place_can_be_cut_and_all_cleared() -> None:
    rows = History(1)
    for tick in range(10):
        rows.add(tick, np.array([tick / 2], np.float32))
    before = rows.generation
    rows.cut(99.0)
    assert rows.generation == before
    rows.cut(2.0)
    np.testing.assert_array_equal(rows.since(0)[:, 0], [0, 0.5, 1, 1.5, 2])
    assert rows.generation > before
    np.testing.assert_array_equal(rows.since(4)[:, 0], [2])
    assert rows.since(5).shape == rows.since(99).shape == (0, 1)
    before = rows.generation
    rows.clear()
    assert len(rows) == 0
    assert rows.generation > before


def test_a_long_history_is_sent_piece_by_piece(viewer: Viewer) -> None:
    viewer.config = replace(viewer.config, speed="max")
    viewer.ask("play")
    while viewer.view.step < 4000:
        viewer.ask("tick")
        viewer.assert_rows_are_the_views()
    assert len(viewer.rows) <= 600
    x = [0.3]
    for _ in range(viewer.view.step):
        x.append(3.9 * x[-1] * (1 - x[-1]))
    kept = [int(tick) for tick, _ in viewer.rows]
    np.testing.assert_array_equal(viewer.rows, np.array([[t, x[t]] for t in kept], np.float32))
    # Each row once, and all of them anew at each of the three times that they thinned out.
    assert viewer.sent_rows <= 600 + 4 * 601
    # Pause after that: what is kept is what was shown.
    viewer.ask("pause", step=viewer.steps[-3])
    viewer.assert_rows_are_the_views()
    assert viewer.rows[-1][0] <= viewer.step == viewer.view.step
