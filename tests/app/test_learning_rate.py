"""The learning-rate page: each view opens, from links good and bad, each control works."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from playground.learning_rate.presets import PRESETS
from playground.learning_rate.settings import MAP_AXES, RACES, VIEWS, RateSettings
from playground.learning_rate.unused import optimizers, unused
from playground.learning_rate.words import WORDS
from playground.live.playable import Playable
from playground.live.protocol import Request
from playground.runs.build import optimizer_takes
from playground.settings.config import OPTIMIZER_LABELS, Config
from tests.app import visitor
from tests.app.visitor import address, run, session_of, texts

PAGE = "pages/learning_rate.py"
opened = partial(visitor.opened, PAGE)
SMALL = {"samples": "40", "layers": "3"}  # so that a page with a race on it is quick


def link(**settings: Any) -> dict[str, str]:
    """The link to a quick page with these settings, as the page itself would write it."""
    return {**SMALL, **RateSettings(**settings).to_query()}


def settings_of(app: AppTest) -> RateSettings:
    """The session's settings, which the URL must agree with."""
    session = session_of(app)
    found = session.pages[RateSettings]
    assert isinstance(found, RateSettings)
    assert address(app) == session.config.to_query() | found.to_query()
    return found


def put(app: AppTest, kind: str, name: str, value: Any) -> RateSettings:
    """Set a control's value, run the page, and return the settings that result."""
    return settings_of(visitor.put(app, kind, name, value))


def pick(app: AppTest, name: str, value: Any) -> RateSettings:
    return put(app, "button_group", name, value)


# ---- opening


def test_the_page_opens_on_the_parabola() -> None:
    app = opened()
    assert not app.warning
    assert not app.error
    assert settings_of(app) == RateSettings()
    assert address(app) == {}
    assert app.button_group(key="set_view").value == "parabola"
    assert app.number_input(key="set_step_size").value == RateSettings.step_size
    assert not app.sidebar.subheader
    assert "neither data nor a network" in app.sidebar.caption[0].value


@pytest.mark.parametrize(
    "settings",
    [
        *(RateSettings(view=view) for view in VIEWS if view != "parabola"),
        *(RateSettings(view="race", race=race) for race in RACES),
        *(RateSettings(view="map", map_axis=axis) for axis in MAP_AXES),
    ],
    ids=lambda s: f"{s.view}-{s.race if s.view == 'race' else s.map_axis}",
)
def test_the_sidebar_holds_what_does_something_on_the_view(settings: RateSettings) -> None:
    app = opened({**SMALL, **settings.to_query()})
    kinds = ("number_input", "selectbox", "select_slider", "slider", "toggle", "button_group")
    keys = {control.key for kind in kinds for control in app.sidebar.get(kind)}
    found = {name for name in Config.FIELDS if keys & {f"set_{name}", f"set_{name}_1"}}
    taken = {n for each in optimizers(settings) or ("sgd",) for n in optimizer_takes(each)}
    others = {name for own in OPTIMIZER_LABELS for name in optimizer_takes(own)} - taken
    asleep = {"classes", "schedule_epochs", "schedule_factor"}  # a spiral, a constant schedule
    assert found == set(Config.FIELDS) - unused(settings) - others - asleep


def test_back_to_defaults_leaves_what_the_sidebar_does_not_hold() -> None:
    app = opened({**link(view="race"), "learning_rate": "0.7", "optimizer": "adam"})
    app.button(key="defaults").click()
    assert settings_of(run(app)).view == "race"
    assert session_of(app).config == Config(learning_rate=0.7)


def test_a_list_of_rates_takes_the_place_of_the_even_ones() -> None:
    app = opened(link(view="race"))
    put(app, "text_input", "race_rates", "0.01,0.1")
    keys = {control.key for control in app.main.number_input}
    assert not keys & {"set_race_low", "set_race_high", "set_race_count"}
    put(app, "text_input", "race_rates", "")
    keys = {control.key for control in app.main.number_input}
    assert keys >= {"set_race_low", "set_race_high", "set_race_count"}


@pytest.mark.parametrize("view", VIEWS)
def test_each_view_opens_from_a_link_with_its_words(view: str) -> None:
    app = opened(link(view=view))
    assert not app.warning
    assert not app.error
    assert settings_of(app).view == view
    assert app.button_group(key="set_view").value == view
    assert WORDS[view].look in texts(app)
    shown = [latex.value.strip("$\n ") for latex in app.latex]
    assert len(shown) == len(WORDS[view].formulas)
    for wanted, _ in WORDS[view].formulas:
        assert any(wanted in latex for latex in shown), wanted
    assert WORDS[view].source in [caption.value for caption in app.caption]


def test_one_can_go_through_all_the_views() -> None:
    app = opened(SMALL)
    for view in (*reversed(list(VIEWS)), "race", "parabola"):
        assert pick(app, "view", view).view == view
        assert WORDS[view].look in texts(app)
        assert not app.error
        # A viewer holds a few runs, not one for every view that was ever opened.
        assert len(session_of(app).views) <= 3
    assert list(session_of(app).views)[-2:] == ["view-race", "view-parabola"]


def test_every_control_has_a_line_of_help() -> None:
    seen = set()
    for view in VIEWS:
        app = opened(link(view=view))
        for kind in ("number_input", "selectbox", "text_input", "button_group", "toggle"):
            for control in app.main.get(kind):
                if not str(control.key).startswith("set_"):
                    continue  # no setting, but a way to many
                assert control.proto.help, control
                assert "\n" not in control.proto.help
                seen.add(control.key)
    assert len(seen) > 20  # of all views; one of them has none of its own


def test_a_link_brings_the_settings_of_page_and_run() -> None:
    query = {
        "view": "race",
        "race_rates": "0.01,0.3,1",
        "target": "0.25",
        "dataset": "moons",
        "layers": "3",
        "optimizer": "adam",
    }
    app = opened(query)
    assert not app.warning
    assert settings_of(app) == RateSettings(view="race", race_rates=(0.01, 0.3, 1.0), target=0.25)
    assert session_of(app).config == replace(
        Config.for_dataset("moons"), layers=(3,), optimizer="adam"
    )
    assert app.text_input(key="set_race_rates").value == "0.01,0.3,1"
    assert app.number_input(key="set_target").value == 0.25
    assert app.sidebar.selectbox(key="set_optimizer").value == "adam"
    assert address(app) == query


@pytest.mark.parametrize("race", RACES)
def test_each_race_opens_with_its_own_controls(race: str) -> None:
    app = opened(link(view="race", race=race))
    assert not app.warning
    assert app.selectbox(key="set_race").value == race
    keys = {
        control.key
        for kind in ("number_input", "text_input", "button_group")
        for control in app.main.get(kind)
    }
    own = {
        "rates": {"set_race_low", "set_race_high", "set_race_count", "set_race_rates"},
        "momenta": {"set_race_momenta"},
        "optimizers": {"set_race_optimizers"},
        "batch_sizes": {"set_race_batches"},
    }
    every = set().union(*own.values())
    assert keys & every == own[race]


# ---- links that are wrong


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("view", "<img src=x onerror=alert(1)>"),
        ("step_size", "NaN"),
        ("curvature", "-1"),
        ("heavy_ball", "1"),
        ("condition", "1e9"),
        ("race", "horses"),
        ("race_rates", "0.2,0.1"),
        ("race_rates", "0.1"),
        ("race_rates", ",".join(str(n) for n in range(1, 18))),
        ("race_low", "0"),
        ("race_count", "17"),
        ("race_momenta", "0.5,1"),
        ("race_optimizers", "sgd"),
        ("race_batches", "5,5"),
        ("target", "0"),
        ("map_rates", "1.5"),
        ("plane", "\u202e\x00"),
        ("race_rates", "1," * 4000),
    ],
)
@pytest.mark.parametrize("view", ["parabola", "race"])
def test_a_bad_parameter_is_named_and_its_default_used(name: str, value: str, view: str) -> None:
    app = opened(link(view=view) | {name: value})
    (warning,) = app.warning
    assert f"`{name}`" in warning.value
    assert len(warning.value) < 1000
    settings = session_of(app).pages[RateSettings]
    assert isinstance(settings, RateSettings)
    assert getattr(settings, name) == getattr(RateSettings(), name)
    # And the page works.
    other = "race" if settings.view == "parabola" else "parabola"
    assert pick(app, "view", other).view == other


def test_a_highest_rate_below_the_lowest_in_a_link() -> None:
    app = opened({**SMALL, "view": "race", "race_low": "1", "race_high": "0.5"})
    (warning,) = app.warning
    assert "`race_high`" in warning.value
    assert "above the lowest, 1" in warning.value
    assert session_of(app).pages[RateSettings] == RateSettings(view="race", race_low=1.0)


def test_a_lowest_rate_above_the_usual_highest_in_a_link() -> None:
    app = opened({**SMALL, "view": "race", "race_low": "50"})
    (warning,) = app.warning
    assert "`race_low`" in warning.value
    assert session_of(app).pages[RateSettings] == RateSettings(view="race")


def test_a_misspelled_setting_is_guessed() -> None:
    (warning,) = opened({"race_rate": "0.1,0.2"}).warning
    assert "race_rates" in warning.value


# ---- controls


@pytest.mark.parametrize(
    ("view", "name", "value"),
    [
        ("parabola", "step_size", 0.25),
        ("parabola", "curvature", 8.0),
        ("parabola", "heavy_ball", 0.9),
        ("parabola", "condition", 50.0),
        ("race", "race_low", 0.001),
        ("race", "race_high", 3.0),
        ("race", "race_count", 16),
        ("race", "target", 0.5),
    ],
)
def test_a_number_changes_its_setting_and_nothing_else(view: str, name: str, value: Any) -> None:
    app = opened(link(view=view))
    before = settings_of(app)
    assert put(app, "number_input", name, value) == replace(before, **{name: value})
    assert app.number_input(key=f"set_{name}").value == value
    assert address(app)[name] == f"{value:g}"
    assert not app.error
    # The link alone gives the same page.
    assert settings_of(opened(address(app))) == settings_of(app)


@pytest.mark.parametrize(
    ("race", "name", "text", "value"),
    [
        ("rates", "race_rates", "0.01, 0.1,1", (0.01, 0.1, 1.0)),
        ("momenta", "race_momenta", "0, 0.99", (0.0, 0.99)),
        ("batch_sizes", "race_batches", "2,20", (2, 20)),
    ],
)
def test_a_list_is_read(race: str, name: str, text: str, value: tuple[float, ...]) -> None:
    app = opened(link(view="race", race=race))
    assert getattr(put(app, "text_input", name, text), name) == value
    assert not app.error
    assert app.text_input(key=f"set_{name}").value == text.replace(" ", "")


@pytest.mark.parametrize(
    ("race", "name", "text", "words"),
    [
        ("rates", "race_rates", "0.2,0.1", "that rise"),
        ("rates", "race_rates", "0.1", "2 to 16"),
        ("rates", "race_rates", "0,1", "from 1e-06"),
        ("rates", "race_rates", "-1,1", "from 1e-06"),
        ("rates", "race_rates", "fast, faster", "numbers"),
        ("rates", "race_rates", ",".join(str(n) for n in range(1, 18)), "2 to 16"),
        ("momenta", "race_momenta", "", "2 to 16"),
        ("momenta", "race_momenta", "0.5,1", "below 1"),
        ("batch_sizes", "race_batches", "7", "2 to 16"),
        ("batch_sizes", "race_batches", "5,1", "that rise"),
        ("batch_sizes", "race_batches", "1,2.5", "whole numbers"),
    ],
)
def test_a_bad_list_is_said_beside_its_control_and_the_page_goes_on(
    race: str, name: str, text: str, words: str
) -> None:
    app = opened(link(view="race", race=race))
    before = settings_of(app)
    assert put(app, "text_input", name, text) == before
    (error,) = app.main.error
    assert error.value.startswith(RateSettings.FIELDS[name].label)
    assert words in error.value
    assert WORDS["race"].look in texts(app)
    assert session_of(app).views["view-race"].problem is None
    assert app.text_input(key=f"set_{name}").value == text
    # It is as wrong after another change; what is right takes the words away.
    put(app, "number_input", "target", 0.7)
    assert [e.value for e in app.error] == [error.value]
    assert app.text_input(key=f"set_{name}").value == text
    right = RateSettings.FIELDS[name].text(getattr(before, name))
    put(app, "text_input", name, right)
    assert not app.error
    assert app.text_input(key=f"set_{name}").value == right


def test_a_highest_rate_below_the_lowest_is_said_and_nothing_changes() -> None:
    app = opened(link(view="race"))
    before = settings_of(app)
    assert put(app, "number_input", "race_high", 0.001) == before
    (error,) = app.main.error
    assert "above the lowest, 0.01" in error.value
    assert app.number_input(key="set_race_high").value == 0.001
    assert put(app, "number_input", "race_low", 50.0) == before
    assert len(app.main.error) == 2
    assert app.number_input(key="set_race_low").value == 50.0
    # Once the highest is right, so is the lowest that was typed before.
    after = put(app, "number_input", "race_high", 100.0)
    assert (after.race_low, after.race_high) == (50.0, 100.0)
    assert not app.main.error


def test_a_number_out_of_range_or_cleared_comes_back() -> None:
    app = opened()
    for value in (0.0, 1e9, None):
        assert put(app, "number_input", "step_size", value) == RateSettings()
        assert app.number_input(key="set_step_size").value == RateSettings.step_size


def test_optimizers_are_picked_and_one_alone_is_no_race() -> None:
    app = opened(link(view="race", race="optimizers"))
    assert pick(app, "race_optimizers", ["adam", "sgd"]).race_optimizers == ("sgd", "adam")
    assert pick(app, "race_optimizers", ["adam"]).race_optimizers == ("sgd", "adam")
    (error,) = app.main.error
    assert "at least two" in error.value


def test_the_sidebar_is_the_runs_here_too() -> None:
    app = opened(link(view="race"))
    app.sidebar.selectbox(key="set_dataset").set_value("xor")
    run(app)
    assert session_of(app).config.dataset == "xor"
    settings_of(app)
    scene = session_of(app).views["view-race"]
    assert scene.problem is None
    assert scene.run == 2


def test_what_makes_no_race_here_is_said_in_the_view() -> None:
    app = opened({**SMALL, "view": "race", "race": "momenta", "optimizer": "adam"})
    assert not app.error
    scene = session_of(app).views["view-race"]
    assert scene.problem is not None
    assert "SGD" in scene.problem
    app.sidebar.selectbox(key="set_optimizer").set_value("sgd")
    run(app)
    assert session_of(app).views["view-race"].problem is None


def test_a_change_under_way_keeps_what_it_need_not_end() -> None:
    app = opened(link(view="race"))
    scene, session = session_of(app).views["view-race"], session_of(app)
    settings = session.pages[RateSettings]
    scene.handle(Request(1, "play", run=1), session.config, settings)
    assert scene.playing
    step = scene.step
    put(app, "number_input", "target", 0.7)
    assert scene.playing
    assert scene.step >= step
    put(app, "number_input", "race_count", 3)
    assert not scene.playing
    assert scene.step == 0


# ---- presets


@pytest.mark.parametrize("name", PRESETS)
def test_a_preset_is_one_click_and_a_link(name: str) -> None:
    preset = PRESETS[name]
    app = opened()
    app.button_group(key="rate_preset").set_value(name)
    assert settings_of(run(app)) == preset.settings
    assert session_of(app).config == preset.config
    assert app.button_group(key="rate_preset").value == name
    assert f"**{preset.title}.** {preset.look}" in texts(app)
    assert not app.warning
    assert not app.error
    for scene in session_of(app).views.values():
        assert scene.problem is None
    # The address holds it: a cold visit shows the same preset.
    again = opened(address(app))
    assert not again.warning
    assert settings_of(again) == preset.settings
    assert session_of(again).config == preset.config
    assert again.button_group(key="rate_preset").value == name


def test_a_changed_setting_is_no_preset_any_more() -> None:
    app = opened()
    app.button_group(key="rate_preset").set_value("below")
    run(app)
    put(app, "number_input", "step_size", 1.7)
    assert app.button_group(key="rate_preset").value is None
    assert PRESETS["below"].look not in texts(app)
    put(app, "number_input", "step_size", PRESETS["below"].settings.step_size)
    assert app.button_group(key="rate_preset").value == "below"


# ---- other pages


def test_settings_outlive_a_visit_to_other_pages() -> None:
    app = visitor.opened(query={"learning_rate": "0.5"})
    app.switch_page(PAGE)
    run(app)
    put(app, "number_input", "step_size", 0.75)
    assert address(app) == {"learning_rate": "0.5", "step_size": "0.75"}
    app.switch_page("pages/guide.py")
    run(app)
    app.switch_page(PAGE)
    run(app)
    assert settings_of(app) == RateSettings(step_size=0.75)
    assert app.number_input(key="set_step_size").value == 0.75


def test_a_preset_starts_a_run_of_its_own_and_a_setting_goes_on() -> None:
    """Both presets race under one network: without a start, the second would go on."""
    cold, warm = PRESETS["cold"], PRESETS["warm"]
    app = opened({**cold.config.to_query(), **cold.settings.to_query()})
    scene = session_of(app).views["view-edge"]
    assert isinstance(scene, Playable)
    scene.advance(1)
    app.button(key="rate_preset_next").click()
    run(app)
    assert session_of(app).config == warm.config
    assert scene.step == 0
    scene.advance(1)
    put(app, "number_input", "learning_rate", 0.01)
    assert scene.step == 1
