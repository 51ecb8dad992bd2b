"""What every live view keeps to, whatever it shows; what is its own is tested in its own file."""

from __future__ import annotations

import importlib
import inspect
import pkgutil
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from functools import lru_cache
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as examples
from hypothesis import strategies as st
from numpy.typing import NDArray

import playground
from playground.backprop.settings import BackpropSettings
from playground.backprop.view import GraphView, StepsView
from playground.digits.settings import DigitsSettings
from playground.digits.view import DigitsView
from playground.gradient_flow.settings import GradientFlowSettings
from playground.gradient_flow.view import FlowView
from playground.learning_rate import map_view
from playground.learning_rate.edge_view import EdgeView
from playground.learning_rate.map_view import MapView
from playground.learning_rate.parabola_view import ParabolaView
from playground.learning_rate.race_view import RaceView
from playground.learning_rate.settings import RateSettings
from playground.live.pacing import PACED_SECONDS
from playground.live.playable import Playable
from playground.live.protocol import COMMANDS, read_request, unpack
from playground.live.view import View
from playground.settings.base import Settings
from playground.settings.config import SPEEDS, Config
from playground.training.view import TrainingView
from tests.playground.test_map_view import SMALL, FakeMap
from tests.playground.viewer import Clock, Viewer

Changes = Mapping[str, Any]
REPORT = "divergence_report"
NETWORK = Config(samples=60, layers=(4,), batch_size=20, epochs=500, speed="25")
LINEAR = Config(
    dataset="plane", samples=60, layers=(), batch_size=5000, learning_rate=0.02, speed="25"
)


@dataclass(frozen=True)
class Case:
    """A view, and what it makes of settings, which may be the run's or its page's."""

    kind: type[View]
    config: Config
    settings: Settings | None
    # Those that ask for a new start, those that it takes over under way, those that bend the run.
    anew: tuple[Changes, ...]
    followed: tuple[Changes, ...]
    bends: Changes = field(default_factory=dict)
    # With these it ends after a few ticks, or leaves the finite numbers.
    short: Changes = field(default_factory=dict)
    wild: Changes = field(default_factory=dict)
    lost: int | None = None  # which of its networks then has something to explain
    impossible: Changes = field(default_factory=dict)  # there is nothing to show for these

    def viewer(self, **changes: Any) -> Viewer:
        return Viewer(self.kind(), self.config, self.settings, **changes)


CASES = {
    "training": Case(
        TrainingView,
        replace(NETWORK, batch_size=12),  # 3 steps an epoch
        None,
        anew=({"layers": (3,)}, {"dataset": "moons", "noise": 10.0}, {"seed": 9}),
        followed=({"learning_rate": 0.5}, {"epochs": 99}, {"show_test": True}),
        bends={"optimizer": "adam", "l2": 0.01},
        short={"epochs": 3},
        wild={"dataset": "plane", "learning_rate": 1.0},
    ),
    "parabola": Case(
        ParabolaView,
        Config(speed="5"),
        RateSettings(step_size=1.8),
        anew=({"curvature": 2.0}, {"heavy_ball": 0.5}, {"condition": 3.0}),
        followed=({"dataset": "xor"}, {"learning_rate": 3.0}, {"step_size": 0.4}),
        short={"step_size": 0.5},
        wild={"step_size": 2.6},
    ),
    "race": Case(
        RaceView,
        NETWORK,
        RateSettings(view="race", race_rates=(0.03, 0.3, 3.0)),
        anew=({"race_rates": (0.1, 0.2)}, {"race": "optimizers"}, {"samples": 80}),
        followed=({"target": 0.01}, {"curvature": 3.0}, {"log_loss": True}),
        short={"epochs": 10},
        wild={**vars(LINEAR), "race_rates": (0.15, 0.3)},
        lost=1,
        impossible={"race": "momenta", "optimizer": "adam"},
    ),
    "edge": Case(
        EdgeView,
        NETWORK,
        RateSettings(view="edge"),
        anew=({"layers": (5,)}, {"optimizer": "adam"}, {"dataset": "xor"}),
        followed=({"learning_rate": 0.5}, {"momentum": 0.5}, {"map_epochs": 77}),
        bends={"learning_rate": 0.5},
        short={"epochs": 10},
        wild={**vars(LINEAR), "learning_rate": 0.15},
    ),
    "flow": Case(
        FlowView,
        NETWORK,
        GradientFlowSettings(
            flow_depth=3, flow_width=6, flow_rates=(0.03, 0.1, 0.1), flow_clips=(0.0, 0.0, 0.5)
        ),
        anew=({"flow_depth": 4}, {"flow_inits": ("zeros", "glorot", "he")}, {"seed": 5}),
        followed=(
            *({"flow_over_epochs": "activation"}, {"flow_clips": (0.1,) * 3}, {"l2": 0.1}),
            # Each network has its own of these.
            {"init": "zeros", "clip": 1.0, "dropout": 0.2, "layers": (3,), "activation": "relu"},
        ),
        bends={"flow_rates": (0.5, 0.1, 0.2)},
        short={"epochs": 10},
        wild={
            **vars(LINEAR),
            "flow_activations": ("identity",) * 3,
            "flow_rates": (0.07, 0.08, 0.09),
            "flow_clips": (0.0,) * 3,
        },
        lost=2,
    ),
    "digits": Case(
        DigitsView,
        Config(speed="25"),
        DigitsSettings(digits_source="digits8", digits_layers=(6,), digits_batch=500),
        anew=({"digits_layers": (5,)}, {"digits_source": "digits28"}, {"digits_seed": 3}),
        followed=({"digits_rate": 0.5}, {"digits_epochs": 999}, {"learning_rate": 0.5}),
        bends={"digits_optimizer": "adam"},
        short={"digits_epochs": 3},
        wild={"digits_activation": "identity", "digits_rate": 1.5},
        impossible={"digits_source": "own"},
    ),
    "map": Case(
        MapView,
        LINEAR,
        RateSettings(view="map", **SMALL),
        anew=({"map_rates": 5}, {"map_axis": "momentum"}, {"samples": 80}),
        followed=({"learning_rate": 0.7}, {"epochs": 77}, {"speed": "5"}, {"curvature": 3.0}),
        impossible={"init": "zeros"},
    ),
    **{
        name: Case(
            kind,
            Config(),
            BackpropSettings(walk_step=2),
            anew=({"walk_bug": "sum_for_mean"}, {"walk_batch": 8}, {"walk_network": "digits"}),
            followed=({"walk_step": 7}, {"walk_h": 8.0}, {"learning_rate": 3.0}),
        )
        for name, kind in (("steps", StepsView), ("graph", GraphView))
    },
}
every = pytest.mark.parametrize("name", CASES)
playing = pytest.mark.parametrize(
    "name", [name for name, case in CASES.items() if issubclass(case.kind, Playable)]
)
EXPLAINED = [name for name, case in CASES.items() if "explain" in case.kind.commands]
lost = pytest.mark.parametrize("name", [name for name, case in CASES.items() if case.wild])


@pytest.fixture(autouse=True)
def _time_and_maps(clock: Clock, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(map_view, "PhaseMap", FakeMap)


@dataclass(frozen=True)
class Moment:
    """What a view that nobody plays shows after so many ticks."""

    row: NDArray[Any]
    pictures: dict[str, NDArray[Any]]
    rows: NDArray[Any]  # all that are kept so far


class Reference:
    """A run made tick by tick, as far as somebody asks."""

    def __init__(self, viewer: Viewer) -> None:
        self.viewer, self.moments = viewer, [moment(viewer)]

    def __getitem__(self, step: int) -> Moment:
        while len(self.moments) <= step:
            self.viewer.ask("step")
            assert self.viewer.steps == [len(self.moments)]
            self.moments.append(moment(self.viewer))
        return self.moments[step]


def moment(seen: Viewer) -> Moment:
    """The last frame that was sent, and the rows of the history."""
    images = {n.removeprefix("image:") for n in seen.arrays if n.startswith("image:")}
    pictures = {name: seen.images(name)[-1] for name in images}
    pictures |= {n: a[-1] for n, a in seen.arrays.items() if n.startswith("array:")}
    return Moment(seen.frames[-1], pictures, np.array(seen.rows))


@lru_cache
def reference(name: str) -> Reference:
    return Reference(CASES[name].viewer())


def assert_same(one: Moment, other: Moment) -> None:
    np.testing.assert_array_equal(one.row, other.row)
    np.testing.assert_array_equal(one.rows, other.rows)
    assert one.pictures.keys() == other.pictures.keys()
    for name, picture in one.pictures.items():
        np.testing.assert_array_equal(picture, other.pictures[name], err_msg=name)


def run_of(seen: Viewer) -> tuple[Any, ...]:
    """Which run is on show, how far it is, and under which settings."""
    return seen.view.run, seen.view.step, seen.view.playing, seen.config


def test_every_view_is_tested_here() -> None:
    names = [each.name for each in pkgutil.walk_packages(playground.__path__, "playground.")]
    found = {
        value
        for name in names
        if name.endswith("view")
        for value in vars(importlib.import_module(name)).values()
        if inspect.isclass(value) and issubclass(value, View) and not inspect.isabstract(value)
    }
    assert found == {case.kind for case in CASES.values()}


# ---- messages


@every
def test_the_first_message_holds_all_that_a_page_needs(name: str) -> None:
    seen = CASES[name].viewer()
    header, figures, view = seen.header, seen.figures, seen.view
    assert (header["status"], header["playing"], header["diverging"]) == ("ready", False, False)
    assert header["version"] == figures["version"]
    assert (figures["unit"], figures["halt"]) == (view.unit, view.halt)
    assert figures["commands"] == {n: each.stills for n, each in view.commands.items()}
    assert COMMANDS >= view.commands.keys() >= {c for c, _ in header["notice"]["actions"]}
    assert seen.steps == [view.step]
    (row,) = seen.frames
    panels = {panel["id"]: panel for panel in figures["panels"]}
    assert len(panels) == len(figures["panels"]) > 0
    series = [line for panel in panels.values() for line in panel.get("series", ())]
    assert all(0 <= each["column"] < len(row) for each in (*figures["readouts"], *series))
    for panel in panels.values():
        assert panel["kind"]
        assert panel["title"]
        assert panel.get("offset", 0) + panel.get("layers", 0) <= len(row)
    seen.want = list(panels)
    assert seen.ask("look")["state"].keys() <= panels.keys()
    if isinstance(view, Playable):
        seen.assert_rows_are_the_views()
        assert header["speed"] == seen.config.speed
        assert header["speed"] in dict(header["speeds"])
        for speed, label in header["speeds"]:
            assert label == SPEEDS[speed].label.replace("epoch", view.unit)


@every
def test_what_the_browser_holds_is_not_sent_again(name: str) -> None:
    seen = CASES[name].viewer()
    for command in ("look", "step"):
        header = seen.ask(command)
        assert "figures" not in header
        if "history" in header:
            assert header["history"]["start"] == len(seen.rows) - len(seen.arrays["history"])
    figures, step, rows, sent = seen.figures, seen.step, np.array(seen.rows), seen.sent_rows
    assert sent == len(rows)
    # A page that was left and is opened again holds nothing: it gets all, and goes on.
    seen.mount()
    assert (seen.figures, seen.step) == (figures, step)
    np.testing.assert_array_equal(np.array(seen.rows), rows)
    seen.ask("step")
    assert seen.step == step + isinstance(seen.view, Playable)
    if isinstance(seen.view, Playable):
        for stranger in ({"run": 77}, {"generation": seen.generation + 5}):
            vars(seen).update(stranger)
            assert seen.ask("look")["history"]["start"] == 0
            seen.assert_rows_are_the_views()


@every
def test_a_request_is_answered_once(name: str) -> None:
    case = CASES[name]
    for command in case.kind.commands:
        seen = case.viewer()
        seen.ask("play")
        seen.ask(command, 0)
        before = run_of(seen), seen.header["state"]
        again = seen.request(command, 0)
        late = replace(again, number=again.number - 1, command="reset")
        for request in (again, late, again):
            seen.take(seen.view.handle(request, seen.config, seen.settings))
            assert (run_of(seen), seen.header["answers"]) == (before[0], again.number)
        assert seen.header["state"].keys() >= before[1].keys()


VALUES = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5)
JSON = VALUES | st.lists(VALUES, max_size=3) | st.dictionaries(st.text(max_size=5), VALUES)
STATUSES = {"ready", "running", "waiting", "paused", "finished", "diverged"}


@lru_cache
def harassed(name: str) -> Viewer:
    return CASES[name].viewer()


@every
@examples(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    command=st.sampled_from(sorted(COMMANDS)),
    value=JSON,
    numbers=st.lists(st.integers(), min_size=6, max_size=6),
)
def test_no_request_can_break_it(name: str, command: str, value: Any, numbers: list[int]) -> None:
    seen = harassed(name)
    number, step, figures, run, generation, rows = numbers
    have = {"figures": figures, "run": run, "generation": generation, "rows": rows}
    payload = {"cmd": command, "n": number, "value": value, "step": step, "have": have}
    answer = seen.view.handle(read_request(payload), seen.config, seen.settings)
    header, arrays = unpack(answer.message)
    assert header["status"] in STATUSES
    assert len(arrays["rows"]) == len(arrays["steps"]) > 0
    assert answer.config.dataset == seen.config.dataset


@every
@pytest.mark.parametrize(
    "value", [-1, 99, True, False, [False, True], None, "0", 1.5, [0], {"a": 1}]
)
def test_a_command_for_what_is_not_there_does_nothing(name: str, value: Any) -> None:
    seen = CASES[name].viewer()
    seen.ask("step")
    before, state = run_of(seen), seen.header["state"]
    for command in {"open", "pick", "explain", "view", "speed"} & seen.view.commands.keys():
        header = seen.ask(command, value)
        assert not seen.answer.opens
        assert REPORT not in header
        assert (run_of(seen), header["state"]) == (before, state)


# ---- settings


@every
def test_other_settings_start_it_anew_and_the_page_says_which(name: str) -> None:
    for change in CASES[name].anew:
        seen = CASES[name].viewer()
        seen.ask("play")
        step, version, run = seen.steps[0], seen.header["version"], seen.run
        header = seen.change(**change)
        assert (header["version"], seen.run) == (version + 1, run + 1), change
        assert (header["status"], header["playing"]) == ("ready", False)
        specs = {**Config.FIELDS, **(seen.settings.FIELDS if seen.settings else {})}
        assert header["notice"]["text"].startswith("Started anew, because this changed: ")
        assert specs[next(iter(change))].label.lower() in header["notice"]["text"]
        assert len(seen.rows) <= 1
        if isinstance(seen.view, Playable):
            assert seen.steps == [0] < [step]
            assert not seen.ask("play")["notice"]["text"].startswith("Started anew")


def test_of_settings_that_change_together_the_page_names_those_that_ask_for_a_start() -> None:
    header = CASES["training"].viewer().change(noise=20.0, learning_rate=0.5)
    assert header["notice"]["text"] == "Started anew, because this changed: noise (%). Press Play."


@every
def test_what_it_can_take_over_leaves_the_run_alone(name: str) -> None:
    for change in CASES[name].followed:
        seen = CASES[name].viewer()
        seen.ask("play")
        run, playing, step = seen.run, seen.view.playing, seen.view.step
        version = seen.figures["version"]
        header = seen.change(**change)
        assert (seen.run, seen.view.playing) == (run, playing), change
        assert ("figures" in header) == (header["version"] > version)
        if isinstance(seen.view, Playable):
            assert seen.view.step == step
            seen.assert_rows_are_the_views()
            seen.ask("tick")
            assert seen.view.step > step
        seen.ask("look")
        assert (seen.run, seen.header["version"]) == (run, header["version"])


@every
def test_a_run_of_its_own_starts_even_where_the_present_one_could_go_on(name: str) -> None:
    for change in ({}, CASES[name].followed[0]):
        seen = CASES[name].viewer()
        seen.ask("step")
        run = seen.run
        header = seen.begin(**change)
        assert (seen.run, header["status"], header["playing"]) == (run + 1, "ready", False)
        assert "Started anew" not in header["notice"]["text"]  # it was chosen, not changed


@pytest.mark.parametrize("name", [name for name, case in CASES.items() if case.impossible])
def test_settings_with_nothing_to_show_are_a_state_with_words(name: str) -> None:
    case = CASES[name]
    seen = case.viewer()
    seen.ask("play")
    before = seen.config, seen.settings
    seen.change(**case.impossible)
    for command in ("look", *case.kind.commands):
        header = seen.ask(command)
        assert (header["status"], header["playing"]) == ("empty", False)
        assert header["notice"]["text"] == seen.view.problem
        assert header["notice"]["kind"] == "warn"
        assert seen.figures["panels"] == []
        assert "steps" not in seen.arrays
        assert not seen.answer.opens
    seen.config, seen.settings = before
    assert seen.change()["status"] == "ready"
    assert seen.figures["panels"]
    assert CASES[name].viewer(**case.impossible).header["status"] == "empty"


# ---- playing


@playing
@pytest.mark.parametrize("speed", ["chosen", "max", "60"])
def test_played_it_is_the_run_that_single_steps_make(name: str, speed: str, clock: Clock) -> None:
    seen, run = CASES[name].viewer(), reference(name)
    if speed != "chosen":
        seen.give(speed=speed)
        clock.charge(seen.view, 0.02)
    shown = [0]
    for command in ("play", "tick", "tick"):
        header = seen.ask(command)
        assert (header["status"], header["playing"]) == ("running", True)
        shown += seen.steps
        for i, step in enumerate(seen.steps):
            np.testing.assert_array_equal(seen.frames[i], run[step].row)
        last = moment(seen)
        for what, picture in last.pictures.items():  # bytes may be one coarser while it moves
            off = picture.astype(float) - run[seen.steps[-1]].pictures[what]
            assert np.nanmax(np.abs(off), initial=0) <= (picture.dtype == np.uint8), what
        np.testing.assert_array_equal(last.rows, run[seen.steps[-1]].rows)
        seen.assert_rows_are_the_views()
    assert shown == sorted(set(shown))
    before = seen.view.step
    seen.ask("look")
    seen.change()
    assert (seen.view.step, seen.view.playing) == (before, True)


@playing
def test_a_chosen_speed_is_kept_and_the_first_message_is_a_short_one(name: str) -> None:
    seen = CASES[name].viewer()
    rate = SPEEDS[seen.header["speed"]].epochs_per_second
    seen.ask("play")
    first, began, seconds = len(seen.steps), seen.frames[-1][0], 0.0
    for _ in range(4):
        interval = seen.ask("tick")["interval"] / 1000
        seconds += len(seen.steps) * interval
    assert seconds == pytest.approx(4 * PACED_SECONDS, rel=0.2)
    assert first <= len(seen.steps) / 2
    assert seen.frames[-1][0] - began == pytest.approx(rate * seconds, rel=0.05)
    assert seen.header["pace"] == ""


@playing
@pytest.mark.parametrize("cost", [0.02, 0.1, 1.0])
def test_falling_behind_it_sends_less_and_says_so(name: str, cost: float, clock: Clock) -> None:
    """Not even the first message, when nobody knows yet what a tick costs, holds up the others."""
    seen = CASES[name].viewer()
    seen.give(speed="5" if name == "parabola" else "250")
    clock.charge(seen.view, cost)
    ticks = []
    for command in ("play", *["tick"] * 4):
        before, step = clock.now, seen.view.step
        seen.ask(command)
        ticks.append(seen.view.step - step)
        assert clock.now - before < 0.6 + 3 * cost
    assert min(ticks) >= 1
    if name != "parabola" or cost == 1:
        assert seen.header["pace"].endswith(f" {seen.view.unit}s/s")


@playing
@pytest.mark.parametrize("back", [1, 2, 4, 7])
def test_pause_keeps_the_very_step_on_show_and_goes_on_from_it(name: str, back: int) -> None:
    seen, run, shown = CASES[name].viewer(), reference(name), [0]
    seen.ask("play")
    while len(shown) <= back + 3:
        shown += seen.steps
        seen.ask("tick")
    shown += seen.steps
    step = shown[-back]
    header = seen.ask("pause", step=step)
    assert (header["status"], header["playing"]) == ("paused", False)
    assert seen.steps == [seen.view.step] == [step]
    assert_same(moment(seen), run[step])
    seen.ask("pause", step=0)  # nothing plays: there is nothing to undo
    seen.ask("tick")
    assert seen.view.step == step
    seen.ask("play")
    assert seen.steps[0] > step
    np.testing.assert_array_equal(seen.frames[-1], run[seen.step].row)
    np.testing.assert_array_equal(np.array(seen.rows), run[seen.step].rows)


@playing
def test_step_in_the_middle_of_play_is_the_one_after_what_is_shown(name: str) -> None:
    seen = CASES[name].viewer()
    seen.ask("play")
    seen.ask("tick")
    shown = seen.steps[0]
    assert seen.ask("step", step=shown)["status"] == "paused"
    assert seen.steps == [shown + 1]
    assert_same(moment(seen), reference(name)[shown + 1])
    seen.ask("play")
    for never in (-5, 10**9, 10**30):  # and a step that never was is not returned to
        before = seen.view.step
        assert seen.ask("pause", step=never)["status"] == "paused"
        assert seen.view.step == before
        assert_same(moment(seen), reference(name)[before])
        seen.ask("play")


@pytest.mark.parametrize("name", [name for name, case in CASES.items() if case.bends])
def test_pause_returns_under_the_settings_of_then(name: str) -> None:
    case = CASES[name]
    seen = case.viewer()
    seen.ask("play")
    seen.ask("tick")
    shown = seen.steps[2]
    seen.give(**case.bends)
    seen.ask("tick")
    assert seen.view.playing
    seen.ask("pause", step=shown)  # a frame from before the change is still on show
    alone = case.viewer()
    while alone.step < shown:
        alone.ask("step")
    alone.give(**case.bends)
    for command in ("look", "step", "step"):  # from here on the new settings hold
        seen.ask(command)
        alone.ask(command)
        assert_same(moment(seen), moment(alone))
    assert (seen.frames[-1] != reference(name)[seen.step].row).any()


@playing
def test_reset_is_the_same_start(name: str) -> None:
    seen, run = CASES[name].viewer(), reference(name)
    version, before = seen.header["version"], seen.run
    seen.ask("play")
    seen.ask("tick")
    header = seen.ask("reset")
    assert (header["status"], header["playing"]) == ("ready", False)
    assert (header["version"], seen.run) == (version, before + 1)
    assert_same(moment(seen), run[0])
    seen.ask("step")
    assert_same(moment(seen), run[1])


@playing
def test_played_to_its_end_it_stops_and_play_lets_it_go_on(name: str) -> None:
    seen = CASES[name].viewer(**CASES[name].short)
    ends = []
    for _ in range(2):
        seen.play()
        assert seen.header["status"] == "finished"
        seen.assert_rows_are_the_views()
        ends.append(seen.step)
        for command in ("tick", "step"):
            assert seen.ask(command)["status"] == "finished"
            assert seen.step == ends[-1]
    assert ends[1] in (ends[0], 2 * ends[0])  # from the start again, or as far once more


@playing
def test_lost_messages_and_merged_presses_cost_only_frames(name: str) -> None:
    seen, run = CASES[name].viewer(), reference(name)
    seen.number = 5
    last = seen.request("step")
    earlier = tuple(replace(last, number=number) for number in range(1, 5))
    for _ in range(2):  # once, though the first answer was lost
        request = replace(last, earlier=earlier)
        seen.take(seen.view.handle(request, seen.config, seen.settings))
        assert (seen.steps, seen.header["answers"]) == ([5], 5)
    seen.ask("play")
    for _ in range(3):
        seen.number += 1  # the server works, and nothing of it arrives
        seen.view.handle(seen.request("tick"), seen.config, seen.settings)
    seen.ask("tick")
    np.testing.assert_array_equal(np.array(seen.rows), run[seen.step].rows)


# ---- divergence


@lost
def test_a_run_that_diverged_stands_still_until_something_is_done(name: str) -> None:
    case = CASES[name]
    seen = case.viewer(**case.wild)
    seen.play()
    header, end = seen.header, seen.view.step
    assert (header["status"], header["playing"]) == ("diverged", False)
    assert header["notice"]["kind"] == "bad"
    for command in ("tick", "play", "step"):
        header = seen.ask(command)
        assert (header["status"], header["playing"], seen.view.step) == ("diverged", False, end)
    rows = np.array(seen.rows)
    assert not np.isinf(rows).any()
    if "climb" in seen.arrays:
        climb = seen.arrays["climb"]
        assert (np.diff(climb[:, 0]) > 0).all()
        np.testing.assert_array_equal(climb[-1], seen.rows[-1])
    assert seen.ask("reset")["status"] == "ready"
    assert "climb" not in seen.arrays
    seen.play()
    assert (seen.header["status"], seen.view.step) == ("diverged", end)
    np.testing.assert_array_equal(np.array(seen.rows), rows)


@lost
def test_pause_before_the_divergence_takes_it_back(name: str) -> None:
    case = CASES[name]
    seen, shown = case.viewer(**case.wild), [0]
    seen.ask("play")
    while seen.header["playing"]:
        shown += seen.steps
        seen.ask("tick")
    end, rows = seen.view.step, np.array(seen.rows)
    step = [each for each in (*shown, *seen.steps) if each < end][-1]
    assert seen.ask("pause", step=step)["status"] == "paused"
    assert seen.view.step == step > 0
    assert "climb" not in seen.arrays
    alone = case.viewer(**case.wild)
    while alone.step < step:
        alone.ask("step")
    assert_same(moment(seen), moment(alone))
    seen.play()
    assert (seen.header["status"], seen.view.step) == ("diverged", end)
    np.testing.assert_array_equal(np.array(seen.rows), rows)


@pytest.mark.parametrize("name", [name for name in EXPLAINED if CASES[name].wild])
def test_what_happened_is_told_once_and_changes_nothing(name: str) -> None:
    case = CASES[name]
    seen = case.viewer(**case.wild)
    assert REPORT not in seen.ask("explain", case.lost)  # nothing has happened yet
    seen.play()
    before, rows = run_of(seen), np.array(seen.rows)
    found = seen.ask("explain", case.lost)[REPORT]
    assert found["sentence"]
    assert all(len(row["weights"]) == len(found["layers"]) for row in found["rows"])
    seen.number -= 1  # the answer was lost
    assert seen.ask("explain", case.lost)[REPORT] == found
    assert REPORT not in seen.ask("look")
    assert run_of(seen) == before
    np.testing.assert_array_equal(np.array(seen.rows), rows)
    assert seen.header["status"] == "diverged"


# By view with a learning rate in the bar: where it has one, and the settings that are this rate.
RATED: dict[str, tuple[Changes, Callable[[float], Changes]]] = {
    "training": ({}, lambda rate: {"learning_rate": rate}),
    "edge": ({}, lambda rate: {"learning_rate": rate}),
    "parabola": ({"step_size": 0.2}, lambda rate: {"step_size": rate}),
    "digits": ({}, lambda rate: {"digits_rate": rate}),
    "flow": ({"flow_rates": (0.03,) * 3}, lambda rate: {"flow_rates": (rate,) * 3}),
}


def test_every_view_that_trains_with_one_rate_has_it_in_the_bar() -> None:
    seen = {name: case.viewer(**RATED.get(name, ({},))[0]) for name, case in CASES.items()}
    rated = {name for name, each in seen.items() if each.header["rate"] is not None}
    assert rated == RATED.keys()
    assert rated == {name for name, each in seen.items() if each.figures["rated"]}
    assert rated == {
        name for name, each in seen.items() if "faster" in {k["does"] for k in each.figures["keys"]}
    }


@pytest.mark.parametrize("name", RATED)
def test_a_rate_under_the_hand_counts_from_the_frame_that_is_shown_next(name: str) -> None:
    (first, at), case = RATED[name], CASES[name]
    seen, alone = case.viewer(**first), case.viewer(**first)
    seen.ask("play")
    seen.ask("tick")
    version, shown = seen.header["version"], seen.steps[0]
    expected = case.viewer(**first)
    expected.give(**at(0.21))
    header = seen.ask("steer", {"rate": 0.21, "plays": True}, step=shown)
    assert (header["playing"], header["rate"], seen.answer.fleeting) == (True, 0.21, True)
    assert (seen.config, seen.settings) == (expected.config, expected.settings)
    assert seen.header["version"] == version  # no figure is drawn anew
    assert shown < seen.steps[0] <= shown + 2  # it goes on from there, and soon
    while alone.step < shown:
        alone.ask("step")
    alone.give(**at(0.21))
    while alone.step < seen.step:
        alone.ask("step")
    for _ in range(2):
        np.testing.assert_array_equal(seen.frames[-1], alone.frames[-1])
        np.testing.assert_array_equal(np.array(seen.rows), np.array(alone.rows))
        header = seen.ask("rate", {"rate": 0.21})  # the hand rests: nothing changes
        assert (header["playing"], seen.answer.fleeting) == (True, False)
    seen.give(**at(0.07))  # in the sidebar
    seen.ask("steer", {"rate": None, "plays": True}, step=seen.step)
    assert seen.header["rate"] == 0.07
    seen.give(**case.anew[0])
    header = seen.ask("steer", {"rate": None, "plays": True}, step=seen.step)
    assert (header["playing"], seen.view.step) == (False, 0)
    assert "Started anew" in header["notice"]["text"]


@pytest.mark.parametrize("value", [None, 3, "x", {"rate": "x"}, {"rate": -1}, {"rate": 1e9}])
@pytest.mark.parametrize("name", RATED)
def test_a_rate_that_cannot_be_changes_nothing(name: str, value: object) -> None:
    seen = CASES[name].viewer(**RATED[name][0])
    before, _ = seen.header["rate"], seen.ask("play")
    assert seen.ask("steer", value)["rate"] == before
    assert seen.header["playing"]


def test_a_rate_taken_back_before_the_divergence_is_seen_prevents_it() -> None:
    seen = CASES["training"].viewer(**CASES["training"].wild)
    seen.play()
    assert seen.header["status"] == "diverged"
    shown = seen.steps[0]
    header = seen.ask("steer", {"rate": 1e-6, "plays": True}, step=shown)
    assert (header["status"], header["playing"]) == ("running", True)
    assert seen.steps[0] >= shown
