"""A view that plays, asked as the browser asks it: what moves, what stands still, what is sent."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import Annotated, Any, ClassVar

import numpy as np
import pytest
from numpy.typing import NDArray

from playground.live import pacing as module
from playground.live import view as view_module
from playground.live.history import History
from playground.live.pacing import BURST, FASTEST_FRAMES, FIRST_BURST, PACED_SECONDS
from playground.live.playable import Playable
from playground.live.protocol import Notice
from playground.live.view import Command, Frame, Row, asking
from playground.settings.base import Settings
from playground.settings.config import SPEEDS, Config
from playground.settings.fields import FloatField, IntField
from tests.playground.viewer import Clock, Viewer

LINE = {"name": "x", "column": 1}
FAR = 1000.0  # where the view below counts as diverged


@dataclass(frozen=True)
class Chaos(Settings):
    """Settings of the view below."""

    r: Annotated[float, FloatField("r", "structure", 0, 4)] = 3.9
    end: Annotated[int, IntField("End", "live", 1, 10**6)] = 10**6


class Logistic(Playable):
    """x -> r x (1 - x), from x = 0.3: a moment's error would soon show. r = 0 is refused."""

    commands: ClassVar[Mapping[str, Command]] = {
        **Playable.commands,
        "open": asking(lambda view, value: Config(seed=5)),
        "explain": asking(lambda view, value: view.say("explain", value), again=True),
        "pick": asking(lambda view, value: view.say("pick", value)),
    }
    cost = 0.001  # seconds a tick takes

    def __init__(self, clock: Clock) -> None:
        super().__init__()
        self.clock = clock
        self.closed = False

    ticks: int
    x: float

    def build(self, config: Config, settings: Chaos) -> int:
        if settings.r == 0:
            raise ValueError("r must be above 0.")
        self.r, self.end = settings.r, settings.end
        self.restart()
        return 2

    def follow(self, config: Config, settings: Chaos) -> bool:
        if settings.r != self.r:
            return False
        self.end = settings.end
        return True

    def advance(self, ticks: int) -> int:
        made = 0
        while made < ticks and self.ticks < self.end and abs(self.x) < FAR:
            self.clock.now += self.cost
            self.x = self.r * self.x * (1 - self.x)
            self.ticks += 1
            made += 1
        return made

    @property
    def step(self) -> int:
        return self.ticks

    @property
    def condition(self) -> str:
        if abs(self.x) >= FAR:
            return "diverged"
        if self.ticks == 0:
            return "ready"
        return "running" if self.ticks < self.end else "finished"

    def mark(self) -> object:
        return self.ticks, self.x

    def back_to(self, mark: object) -> None:
        assert isinstance(mark, tuple)
        self.ticks, self.x = mark

    def restart(self) -> None:
        self.ticks, self.x = 0, 0.3

    def extend(self) -> None:
        self.end += 10

    def frame(self) -> Frame:
        picture = np.array([[[self.ticks % 256, int(255 * self.x) % 256]]], np.uint8)  # (1, 1, 2)
        series = np.array([self.x, -self.x], np.float32)
        row = np.array([self.ticks, self.x], np.float32)
        return Frame(self.ticks, row, {"tiles": picture}, {"grid": series})

    def figures(self) -> dict[str, Any]:
        panel = {"id": "line", "kind": "lines", "title": "x", "r": self.r, "series": [LINE]}
        return {"readouts": [{"name": "x", "label": "x", "column": 1}], "panels": [panel]}

    def notice(self) -> Notice:
        return Notice("info", f"r = {self.r:g}")

    def state(self, want: frozenset[str]) -> dict[str, dict[str, Any]]:
        return {"line": {"marks": [self.ticks]}}

    def say(self, command: str, value: Any) -> None:
        self.tell("said", [command, value])

    def close(self) -> None:
        self.closed = True


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    made = Clock()
    monkeypatch.setattr(module, "time", made)
    return made


@pytest.fixture
def viewer(clock: Clock) -> Viewer:
    return Viewer(Logistic(clock), Config(speed="25"), Chaos())


def orbit(ticks: int, r: float = 3.9) -> list[float]:
    """The same numbers, made here."""
    x, found = 0.3, [0.3]
    for _ in range(ticks):
        x = r * x * (1 - x)
        found.append(x)
    return found


def expected(steps: list[int], r: float = 3.9) -> NDArray[np.float32]:
    xs = orbit(max(steps), r)
    return np.array([[step, xs[step]] for step in steps], np.float32)


# ---- messages


def test_the_first_message_holds_all_that_is_needed(viewer: Viewer) -> None:
    header = viewer.header
    assert header["status"] == "ready"
    assert header["playing"] is False
    assert header["figures"]["version"] == header["version"]
    assert header["figures"]["unit"] == "epoch"
    assert viewer.panel("line")["series"] == [LINE]
    assert header["state"] == {"line": {"marks": [0]}}
    assert header["notice"] == {"kind": "info", "text": "r = 3.9", "actions": []}
    assert viewer.steps == [0]
    np.testing.assert_array_equal(viewer.frames, expected([0]))
    assert viewer.images("tiles").shape == (1, 1, 1, 2)
    assert viewer.arrays["array:grid"].shape == (1, 2)
    viewer.assert_rows_are_the_views()


def test_what_the_browser_holds_is_not_sent_again(viewer: Viewer) -> None:
    header = viewer.ask("look")
    assert "figures" not in header
    assert header["history"]["start"] == 1
    assert viewer.arrays["history"].shape == (0, 2)
    viewer.ask("step")
    assert len(viewer.arrays["history"]) == 1
    # A page mounted anew holds nothing: it gets all, and its requests count from the beginning.
    viewer.mount()
    assert viewer.panel("line")["r"] == 3.9
    assert len(viewer.rows) == 2
    viewer.ask("step")
    assert viewer.step == 2


def test_frames_are_sent_as_differences_and_add_up(viewer: Viewer) -> None:
    viewer.ask("play")
    viewer.ask("tick")
    steps = viewer.steps
    assert len(steps) > 3
    xs = orbit(steps[-1])
    pictures = [[[[s % 256, int(255 * xs[s])]]] for s in steps]
    np.testing.assert_array_equal(viewer.images("tiles"), pictures)
    assert (viewer.arrays["image:tiles"] != viewer.images("tiles")).any()
    grids = np.array([[xs[s], -xs[s]] for s in steps], np.float32)
    np.testing.assert_array_equal(viewer.arrays["array:grid"], grids)
    np.testing.assert_array_equal(viewer.frames, expected(steps))


def test_a_word_for_one_message_is_in_that_one_only(viewer: Viewer) -> None:
    assert viewer.ask("explain", 3)["said"] == ["explain", 3]
    assert "said" not in viewer.ask("look")
    assert viewer.ask("pick", [1, 2])["said"] == ["pick", [1, 2]]


def test_open_brings_a_config_and_says_so(viewer: Viewer) -> None:
    viewer.ask("open", 0)
    assert viewer.answer.opens
    assert viewer.answer.config == Config(seed=5)
    viewer.config = Config(speed="25")
    viewer.ask("look")
    assert not viewer.answer.opens
    assert viewer.answer.config == Config(speed="25")


# ---- moving


def test_play_moves_and_the_first_message_is_a_short_one(viewer: Viewer) -> None:
    header = viewer.ask("play")
    assert (header["status"], header["playing"]) == ("running", True)
    assert viewer.steps == list(range(1, 1 + round(25 * PACED_SECONDS) // 4))
    seen = viewer.steps
    for _ in range(3):
        header = viewer.ask("tick")
        assert len(viewer.steps) == round(25 * PACED_SECONDS)
        seen += viewer.steps
    assert seen == list(range(1, len(seen) + 1))
    assert header["interval"] == pytest.approx(1000 / 25)
    np.testing.assert_array_equal(viewer.rows, expected(list(range(len(seen) + 1))))
    viewer.assert_rows_are_the_views()


def test_nothing_moves_that_was_not_asked_to(viewer: Viewer) -> None:
    for command in ("look", "tick", "speed", "view", "back", "halve", "explain"):
        viewer.ask(command, "25" if command == "speed" else None)
        assert viewer.steps == [0]
    viewer.ask("play")
    shown = viewer.view.step
    viewer.ask("look")
    assert viewer.view.step == shown
    assert viewer.view.playing


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


def test_the_speed_can_be_changed_and_nonsense_cannot(viewer: Viewer) -> None:
    viewer.ask("play")
    header = viewer.ask("speed", "5")
    assert viewer.config.speed == "5"
    assert header["speed"] == "5"
    assert header["interval"] == pytest.approx(200)
    assert header["playing"]
    for value in ("warp", None, 3, ["5"], {"a": 1}):
        assert viewer.ask("speed", value)["speed"] == "5"
        assert viewer.config.speed == "5"


def test_speeds_are_those_that_suit_in_the_views_own_words(clock: Clock) -> None:
    class Slow(Logistic):
        unit = "step"
        fastest: ClassVar[float] = 10.0

    viewer = Viewer(Slow(clock), Config(speed="max"), Chaos())
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

    viewer = Viewer(Dear(clock), Config(speed=speed), Chaos())
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


def test_step_goes_one_on_and_stands_still(viewer: Viewer) -> None:
    for n in (1, 2, 3):
        assert viewer.ask("step")["status"] == "paused"
        assert viewer.steps == [n]
    viewer.ask("tick")
    assert viewer.steps == [3]


# ---- Pause


@pytest.mark.parametrize("back", range(1, 10))
def test_pause_returns_to_the_very_step_on_show_and_goes_on_from_it(
    viewer: Viewer, back: int
) -> None:
    viewer.ask("play")
    shown: list[int] = []
    for _ in range(3):
        viewer.ask("tick")
        shown += viewer.steps
    step = shown[-back]
    header = viewer.ask("pause", step=step)
    assert (header["status"], header["playing"]) == ("paused", False)
    assert viewer.view.step == step
    np.testing.assert_array_equal(viewer.frames, expected([step]))
    np.testing.assert_array_equal(viewer.rows, expected(list(range(step + 1))))
    viewer.ask("play")
    assert viewer.steps[0] == step + 1
    np.testing.assert_array_equal(viewer.frames, expected(viewer.steps))
    viewer.assert_rows_are_the_views()


def test_step_in_the_middle_of_play_is_the_one_after_what_is_shown(viewer: Viewer) -> None:
    viewer.ask("play")
    viewer.ask("tick")
    shown = viewer.steps[2]
    viewer.ask("step", step=shown)
    assert viewer.steps == [shown + 1]
    assert not viewer.view.playing
    np.testing.assert_array_equal(viewer.rows, expected(list(range(shown + 2))))


@pytest.mark.parametrize("step", [-1, 10**9])
def test_a_step_that_never_was_is_not_returned_to(viewer: Viewer, step: int) -> None:
    viewer.ask("play")
    viewer.ask("tick")
    before = viewer.view.step
    assert viewer.ask("pause", step=step)["status"] == "paused"
    assert viewer.view.step == before
    viewer.assert_rows_are_the_views()


def test_pause_returns_under_the_settings_of_then(clock: Clock) -> None:
    class Tunable(Logistic):
        def follow(self, config: Config, settings: Chaos) -> bool:
            self.r = settings.r
            return True

    viewer = Viewer(Tunable(clock), Config(speed="25"), Chaos())
    viewer.ask("play")
    viewer.ask("tick")
    shown = viewer.steps[2]
    viewer.settings = Chaos(r=2.5)
    viewer.ask("tick")
    viewer.ask("pause", step=shown)  # a frame from before the change is still on show
    np.testing.assert_array_equal(viewer.frames, expected([shown]))
    x = orbit(shown)[-1]
    viewer.ask("step")  # and from here on the new settings hold
    assert viewer.frames[0, 1] == np.float32(2.5 * x * (1 - x))
    viewer.assert_rows_are_the_views()


def test_pause_twice_is_pause(viewer: Viewer) -> None:
    viewer.ask("play")
    viewer.ask("pause", step=1)
    viewer.ask("pause", step=0)  # nothing plays: there is nothing to undo
    assert viewer.view.step == 1


def test_reset_is_the_same_start(viewer: Viewer) -> None:
    run = viewer.run
    viewer.ask("play")
    viewer.ask("tick")
    header = viewer.ask("reset")
    assert (header["status"], header["playing"]) == ("ready", False)
    assert viewer.run == run + 1
    assert viewer.steps == [0]
    np.testing.assert_array_equal(viewer.rows, expected([0]))
    viewer.ask("step")
    np.testing.assert_array_equal(viewer.frames, expected([1]))


# ---- ends


def test_a_finished_view_stops_and_play_lets_it_go_on(viewer: Viewer) -> None:
    viewer.change(end=5)
    viewer.ask("play")
    while viewer.header["playing"]:
        viewer.ask("tick")
    assert viewer.header["status"] == "finished"
    assert viewer.steps[-1] == 5
    viewer.ask("step")
    assert viewer.steps == [5]
    assert viewer.ask("play")["status"] == "running"
    while viewer.header["playing"]:
        viewer.ask("tick")
    assert viewer.steps[-1] == 15


def test_a_diverged_view_stands_still_until_reset(clock: Clock) -> None:
    class Explosive(Logistic):
        def build(self, config: Config, settings: Chaos) -> int:
            width = super().build(config, settings)
            self.r = 8.0
            return width

    viewer = Viewer(Explosive(clock), Config(speed="25"), Chaos())
    viewer.ask("play")
    while viewer.header["playing"]:
        viewer.ask("tick")
    assert viewer.header["status"] == "diverged"
    step = viewer.step
    assert viewer.ask("play")["playing"] is False
    assert viewer.ask("step")["status"] == "diverged"
    assert viewer.step == step
    assert viewer.ask("reset")["status"] == "ready"


# ---- requests


def test_a_request_is_answered_once(viewer: Viewer) -> None:
    viewer.ask("step")
    again = viewer.request("step")
    for _ in range(3):
        viewer.take(viewer.view.handle(again, viewer.config, viewer.settings))
        assert viewer.header["answers"] == again.number
    assert viewer.steps == [1]
    late = replace(again, number=again.number - 1, command="reset")
    viewer.take(viewer.view.handle(late, viewer.config, viewer.settings))
    assert viewer.step == 1
    assert viewer.header["answers"] == again.number
    viewer.ask("step")
    assert viewer.steps == [2]


def test_presses_that_were_merged_on_their_way_are_all_made(viewer: Viewer) -> None:
    viewer.number = 12
    last = viewer.request("step")
    earlier = tuple(replace(last, number=number) for number in range(1, 12))
    for _ in range(2):  # and made once, though the answer was lost
        request = replace(last, earlier=earlier)
        viewer.take(viewer.view.handle(request, viewer.config, viewer.settings))
        assert viewer.steps == [12]
        assert viewer.header["answers"] == 12


def test_a_lost_message_costs_only_its_frames(viewer: Viewer) -> None:
    viewer.ask("play")
    for _ in range(4):
        viewer.number += 1  # the server works, and nothing of it arrives
        viewer.view.handle(viewer.request("tick"), viewer.config, viewer.settings)
    viewer.ask("tick")
    np.testing.assert_array_equal(viewer.rows, expected(list(range(len(viewer.rows)))))
    viewer.assert_rows_are_the_views()
    assert len(viewer.rows) > 4 * 7


# ---- settings


def test_changed_settings_start_anew_and_the_page_says_so(viewer: Viewer) -> None:
    viewer.ask("play")
    version, run = viewer.header["version"], viewer.run
    header = viewer.change(r=2.5)
    assert (viewer.header["version"], viewer.run) == (version + 1, run + 1)
    assert (header["status"], header["playing"]) == ("ready", False)
    assert "Started anew" in viewer.header["notice"]["text"]
    assert viewer.panel("line")["r"] == 2.5
    assert viewer.steps == [0]
    assert len(viewer.rows) == 1
    assert viewer.ask("play")["notice"]["text"] == "r = 2.5"
    np.testing.assert_array_equal(viewer.frames, expected(viewer.steps, r=2.5))


def test_settings_that_can_be_followed_leave_the_run_alone(viewer: Viewer) -> None:
    viewer.ask("play")
    version, run, step = viewer.header["version"], viewer.run, viewer.step
    header = viewer.change(end=step + 3)
    assert (header["version"], viewer.run, header["playing"]) == (version, run, True)
    while viewer.header["playing"]:
        viewer.ask("tick")
    assert viewer.step == step + 3


@pytest.mark.parametrize("settings", [{}, {"end": 50}])
def test_a_run_of_its_own_starts_even_where_the_present_one_could_go_on(
    viewer: Viewer, settings: dict[str, int]
) -> None:
    before = viewer.ask("step")
    viewer.settings = replace(viewer.settings, **settings)
    viewer.take(viewer.view.handle(None, viewer.config, viewer.settings, anew=True))
    assert viewer.header["run"] > before["run"]
    assert viewer.header["status"] == "ready"
    assert viewer.view.step == 0
    assert "setting changed" not in viewer.header["notice"]["text"]  # it was chosen, not changed


def test_the_same_settings_again_change_nothing(viewer: Viewer) -> None:
    viewer.ask("step")
    version, run = viewer.header["version"], viewer.run
    viewer.change()
    assert (viewer.header["version"], viewer.run, viewer.step) == (version, run, 1)


def test_settings_with_nothing_to_show_are_a_state_with_words(viewer: Viewer) -> None:
    viewer.ask("play")
    viewer.change(r=0.0)
    assert viewer.header["status"] == "empty"
    assert viewer.header["notice"] == {"kind": "warn", "text": "r must be above 0.", "actions": []}
    assert viewer.figures["panels"] == []
    assert "steps" not in viewer.arrays
    for command in ("play", "tick", "step", "reset", "pause", "open", "explain", "look"):
        header = viewer.ask(command)
        assert (header["status"], header["playing"]) == ("empty", False)
        assert not viewer.answer.opens
    viewer.change(r=3.9)
    assert viewer.header["status"] == "ready"
    assert viewer.panel("line")["r"] == 3.9
    viewer.ask("step")
    np.testing.assert_array_equal(viewer.rows, expected([0, 1]))


def test_a_view_may_begin_with_nothing_to_show(clock: Clock) -> None:
    viewer = Viewer(Logistic(clock), Config(), Chaos(r=0.0))
    assert viewer.header["status"] == "empty"
    assert viewer.figures["panels"] == []
    viewer.change(r=2.0)
    assert viewer.header["status"] == "ready"


# ---- many viewers


def test_viewers_take_turns_and_share_the_time(
    clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Counted:
        """A gate with so many before it."""

        viewers = 1
        inside = 0
        turns = 0

        @contextmanager
        def turn(self) -> Iterator[int]:
            self.inside += 1
            self.turns += 1
            yield self.viewers
            self.inside -= 1

    class Watched(Logistic):
        def advance(self, ticks: int) -> int:
            assert gate.inside == 1
            return super().advance(ticks)

    gate = Counted()
    monkeypatch.setattr(view_module, "SCHEDULER", gate)
    viewer = Viewer(Watched(clock), Config(speed="max"), Chaos())
    viewer.ask("play")
    made: dict[int, tuple[int, int]] = {}
    for gate.viewers in (1, 4):
        before = viewer.view.step
        viewer.ask("tick")
        made[gate.viewers] = viewer.view.step - before, len(viewer.steps)
    assert made[4][0] == pytest.approx(made[1][0] / 4, rel=0.15)
    assert gate.turns == 4
    assert gate.inside == 0


# ---- rows


def test_rows_thin_out_evenly_and_stay_bounded() -> None:
    rows = History(2)
    for tick in range(5000):
        rows.add(tick, np.array([tick, -tick], np.float32))
        assert len(rows) <= 600
    kept = rows.since(0)[:, 0]
    strides = np.diff(kept)
    assert kept[0] == 0
    assert len(kept) > 250
    assert strides.min() == strides.max() == 16
    assert all(rows.wants(int(tick)) for tick in kept)
    assert not rows.wants(int(kept[-1]) + 1)


def test_each_thinning_out_is_a_new_generation() -> None:
    rows = History(1)
    generations = []
    for tick in range(1300):
        rows.add(tick, np.array([tick], np.float32))
        generations.append(rows.generation)
    assert sorted(generations) == generations
    assert [i for i in range(1, 1300) if generations[i] != generations[i - 1]] == [600, 1200]


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
    xs = orbit(int(viewer.rows[-1][0]))
    for tick, x in viewer.rows:
        assert x == np.float32(xs[int(tick)])
    # Each row once, and all of them anew at each of the three times that they thinned out.
    assert viewer.sent_rows <= 600 + 4 * 601
    # Pause after that: what is kept is what was shown.
    viewer.ask("pause", step=viewer.steps[-3])
    viewer.assert_rows_are_the_views()
    assert viewer.rows[-1][0] <= viewer.step == viewer.view.step
