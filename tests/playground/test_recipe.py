"""A link that is the run: whoever opens it has the same bits; what is no recipe harms nobody."""

from __future__ import annotations

from dataclasses import replace
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest
from hypothesis import example, given
from hypothesis import settings as examples
from hypothesis import strategies as st

from engine.core.optimizers import OPTIMIZERS
from engine.training.schedules import SCHEDULES
from playground.live import carried
from playground.runs import recipe as module
from playground.runs.build import settings_of
from playground.runs.experiment import Experiment
from playground.runs.recipe import IDS, MOST_LETTERS, Recipe
from playground.settings.base import Notice
from playground.settings.config import SHOWN_FIELDS, Config
from playground.training.view import TrainingView
from tests.app.visitor import opened as page_of
from tests.app.visitor import session_of
from tests.playground.viewer import Carrier, Clock, Viewer

ADDRESS = "https://example.test/class/"
SMALL = Config(samples=60, layers=(5, 4), batch_size=7, speed="25", dropout=0.2)  # 5 steps an epoch
ADAM = {"optimizer": "adam", "learning_rate": 0.01}


@pytest.fixture(autouse=True)
def _clock(clock: Clock) -> None:
    """No test waits."""


def shared(viewer: Viewer) -> dict[str, Any]:
    found: dict[str, Any] = viewer.ask("share", ADDRESS)["share"]
    assert not viewer.header["playing"]
    return found


def query_of(link: str) -> dict[str, str]:
    assert link.startswith(ADDRESS)
    return dict(parse_qsl(urlsplit(link).query))


def opened(link: str, *, play: bool = False, kind: type[Viewer] = Viewer) -> Viewer:
    """Somebody else who has opened the link."""
    query, notices = query_of(link), list[Notice]()
    config = Config.read(query, notices)
    assert notices == []
    recipe = Recipe.read(query["run"], config) if "run" in query else None
    return kind(TrainingView(play=play, recipe=recipe), config)


def arrived(viewer: Viewer) -> Viewer:
    while viewer.header["status"] == "opening":
        assert viewer.header["playing"]
        viewer.ask("tick")
    return viewer


def state(viewer: Viewer) -> Any:
    """All of a run; how many optimizers it had before is a matter of counting."""
    view = viewer.view
    assert isinstance(view, TrainingView)
    bits = carried.pack(replace(view.trainer.snapshot(), swaps=0), view._classes)
    now = replace(view.trainer.hyperparameters, swaps=0)
    return bits, now, view.trainer.epochs, view.trainer.status


def assert_same_when_opened(viewer: Viewer) -> None:
    found = shared(viewer)
    assert found["whole"]
    other = arrived(opened(found["link"]))
    assert other.config == viewer.config
    assert not other.header["playing"]
    assert state(other) == state(viewer)
    for each in (viewer, other):  # and they go on alike
        each.ask("epoch")
    assert state(other) == state(viewer)


# ---- the same bits ----------------------------------------------------------------------------


def test_a_run_with_changes_on_the_way_is_the_same_bit_for_bit() -> None:
    viewer = Viewer(TrainingView(), SMALL)
    viewer.give(learning_rate=0.1, momentum=0.9)
    viewer.play(until=23)
    for changes in (
        {"learning_rate": 0.07123456789012345, "l2": 0.001},
        {"optimizer": "adam", "learning_rate": 0.01, "beta2": 0.99, "clip": 0.5},
        {"batch_size": 11, "schedule": "step", "schedule_epochs": 3, "warmup": 2},
        {"optimizer": "sgd", "nesterov": True, "learning_rate": 0.2, "batch_size": 5000},
        {"epochs": 77, "l1": 1e-5, "speed": "max", "show_test": True},
    ):
        viewer.give(**changes)
        viewer.play(until=viewer.view.step + 17)
    found = shared(viewer)
    assert found["words"].endswith("with 5 changes on the way.")
    assert_same_when_opened(viewer)


CHANGES = st.sampled_from(
    [
        *(ADAM, {"optimizer": "sgd", "momentum": 0.9}, {"optimizer": "rmsprop"}, {"l2": 0.1}),
        *({"learning_rate": 0.5}, {"learning_rate": 100.0}, {"batch_size": 30}, {"clip": 0.1}),
        *({"nesterov": True, "momentum": 0.5}, {"epochs": 4}, {"decay": 0.1}),
    ]
)
COMMANDS = st.sampled_from(["step", "epoch", "back", "rewind", "halve", "play", "tick", "pause"])


@examples(max_examples=40)
@given(st.lists(CHANGES | COMMANDS, min_size=4, max_size=16))
@example(["epoch", ADAM, {"optimizer": "sgd", "momentum": 0.9}, ADAM, "epoch", "back", "step"])
@example(
    ["epoch", ADAM, "epoch", {"optimizer": "sgd"}, "epoch", ADAM, "epoch", "back", "back", "step"]
)
@example([{"learning_rate": 100.0}, "play", "tick", "tick", ADAM])
@example([*["epoch"] * 5, *["step"] * 3, {"epochs": 4}])
def test_whatever_was_done_to_it(acts: list[Any]) -> None:
    viewer = Viewer(TrainingView(), SMALL)
    for act in acts:
        if isinstance(act, dict):
            viewer.change(**act)
        else:
            viewer.ask(act)
    viewer.ask("pause", step=max(0, viewer.view.step - 2))
    assert_same_when_opened(viewer)


def test_while_it_plays_what_is_shown_is_shared() -> None:
    viewer = Viewer(TrainingView(), SMALL)
    viewer.play(until=40)
    viewer.step -= 9
    expected = viewer.step
    other = arrived(opened(shared(viewer)["link"], play=True))
    assert viewer.step == expected
    assert other.header["playing"]
    other.ask("pause", step=expected)
    assert state(other) == state(viewer)


# ---- on the way -------------------------------------------------------------------------------


@pytest.fixture
def far(clock: Clock) -> Viewer:
    """Somebody on a way of a hundred seconds."""
    viewer = opened(f"{ADDRESS}?run=1_1000000_L.1_500L.2&epochs=90000&speed=5")
    clock.charge(viewer.view, 1e-4)
    return viewer


def test_the_way_goes_at_full_speed_in_short_turns_and_says_how_far_it_is(
    far: Viewer, clock: Clock
) -> None:
    viewer, told = far, []
    for _ in range(6):
        began = clock.now
        told.append(viewer.ask("tick")["notice"]["progress"])
        assert clock.now - began < 0.4  # then another's turn comes
        assert "carried" not in viewer.arrays
        clock.now += 0.1
    assert told == sorted(set(told))
    assert viewer.step > 6_000


@pytest.mark.parametrize("command", ["pause", "epoch", "share"])
def test_whoever_stops_it_has_a_run_to_go_on_with(far: Viewer, command: str) -> None:
    for _ in range(2):
        far.ask("tick")
    far.ask(command, ADDRESS)
    assert far.header["status"] == "paused"
    assert 500 < far.step < 20_000
    assert_same_when_opened(far)


def test_after_a_reload_the_run_goes_on_and_on_the_way_it_begins_again() -> None:
    link = f"{ADDRESS}?run=1_30_L.1_10L.2"
    carrier = arrived(opened(link, kind=Carrier))
    assert isinstance(carrier, Carrier)
    carrier.ask("epoch")
    again = opened(link)
    again.step = carrier.step
    again.ask("resume", carrier.offer())
    assert state(again) == state(carrier)
    for offer in ({"run": "", "rows": ""}, {"run": "bad", "rows": ""}):
        nothing = opened(link)
        nothing.ask("resume", offer)
        assert arrived(nothing).step == 30


# ---- as a text --------------------------------------------------------------------------------


def test_fifty_changes_fit_into_a_link_and_more_are_said_to_be_too_many() -> None:
    viewer = Viewer(TrainingView(), replace(SMALL, dataset="moons", activation="relu", seed=12345))
    for number in range(50):
        viewer.ask("step")
        viewer.ask("epoch")
        viewer.give(learning_rate=0.0123456789012345 + number * 1e-7)
    viewer.ask("epoch")
    found = shared(viewer)
    assert len(found["link"]) < MOST_LETTERS
    assert "with 50 changes on the way" in found["words"]
    assert_same_when_opened(viewer)
    for number in range(100):
        viewer.ask("step")
        viewer.give(learning_rate=0.0123456789012345 + number * 1e-7)
    viewer.ask("step")
    found = shared(viewer)
    assert not found["whole"]
    assert "with 150 changes on the way" in found["words"]
    assert "settings of now alone" in found["words"]
    assert query_of(found["link"]) == viewer.config.to_query()


def test_every_setting_that_may_change_in_mid_run_has_a_letter() -> None:
    assert set(IDS.values()) == Config.with_effect("live") - SHOWN_FIELDS - {"epochs"}


POSITIVE = st.floats(1e-6, 0.99)


@examples(max_examples=60)
@given(
    st.sampled_from(list(OPTIMIZERS)),
    st.sampled_from(list(SCHEDULES)),
    st.fixed_dictionaries(dict.fromkeys(("learning_rate", "beta1", "l2", "eps", "rho"), POSITIVE)),
    st.fixed_dictionaries({"warmup": st.integers(0, 99), "batch_size": st.integers(1, 5000)}),
    st.integers(0, 10**6),
)
def test_a_text_says_each_number_exactly(
    optimizer: str, schedule: str, floats: dict[str, Any], whole: dict[str, Any], steps: int
) -> None:
    config = Config(samples=60)
    changed = replace(config, optimizer=optimizer, schedule=schedule, **floats, **whole)
    changes = (module.Change(0, changed), module.Change(steps, config, fresh=True))
    recipe = Recipe(config, steps, changes, epochs=123, diverged=True)
    assert Recipe.read(recipe.text(), config) == recipe
    told = settings_of(Experiment(changed).trainer.hyperparameters)
    told["batch_size"] = changed.batch_size
    assert told == {name: getattr(changed, name) for name in told}


@examples(max_examples=300)
@given(st.text(max_size=60) | st.text("0123456789_LOQDEZadm.e-", max_size=60).map("1_9".__add__))
@example("1_99999999999999999999")
@example("1_20000001")
@example("1_5_9L.1")
@example("1_5_1L1e99")
@example("1_5_1Oeval")
@example("1_5_1L.1L.2")
@example("1_5_1K3")
@example("1_5" + "_1Q" * 700)
@example("1_5" + "_" * 1900)
@example("1_٣")
def test_a_hostile_recipe_is_none_or_bounded(text: str) -> None:
    try:
        recipe = Recipe.read(text, SMALL)
    except ValueError:
        return
    assert recipe.steps <= module.MOST_STEPS
    assert all(change.step <= recipe.steps for change in recipe.changes)


def test_a_page_says_what_is_wrong_with_its_recipe_and_starts_at_the_beginning() -> None:
    app = page_of(query={"run": "1_20_5L<b>", "seed": "3"})
    (warning,) = app.warning
    assert "`run`" in warning.value
    assert "starts at its beginning" in warning.value
    view = session_of(app).views["live"]
    assert (view.step, view.status) == (0, "ready")
    app = page_of(query={"run": "1_20_5L.1", "seed": "3"})
    assert not app.warning
    assert session_of(app).views["live"].status == "opening"


@pytest.mark.parametrize("address", [None, 7, "javascript:alert(1)", "https://x.test/" + "a" * 999])
def test_a_strange_address_is_left_out(address: object) -> None:
    viewer = Viewer(TrainingView(), SMALL)
    viewer.ask("epoch")
    assert viewer.ask("share", address)["share"]["link"].startswith("?samples=60")
