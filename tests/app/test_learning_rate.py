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
from playground.learning_rate.words.explanations import EXPLANATIONS
from playground.live.playable import Playable
from playground.live.protocol import Request
from playground.runs.build import optimizer_takes
from playground.settings.config import OPTIMIZER_LABELS, Config
from tests.app import visitor
from tests.app.visitor import address, helped, run, session_of, texts

PAGE = "pages/learning_rate.py"
opened = partial(visitor.opened, PAGE)
settings_of = partial(visitor.settings_of, kind=RateSettings)
SMALL = {"samples": "40", "layers": "3"}  # so that a page with a race on it is quick


def link(**settings: Any) -> dict[str, str]:
    """The link to a quick page with these settings, as the page itself would write it."""
    return {**SMALL, **RateSettings(**settings).to_query()}


def put(app: AppTest, kind: str, name: str, value: Any) -> RateSettings:
    """Set a control's value, run the page, and return the settings that result."""
    return settings_of(visitor.put(app, kind, name, value))


def pick(app: AppTest, name: str, value: Any) -> RateSettings:
    return put(app, "button_group", name, value)


def controls(app: AppTest) -> set[str]:
    """The names of the page's own settings that have a control."""
    return {key.removeprefix("set_") for key in helped(app.main)}


# ---- opening


def test_the_page_opens_on_the_parabola() -> None:
    app = opened()
    assert settings_of(app) == RateSettings()
    assert address(app) == {}
    assert app.number_input(key="set_step_size").value == RateSettings.step_size
    assert not app.sidebar.subheader
    assert "neither data nor a network" in app.sidebar.caption[0].value


@pytest.mark.parametrize("view", VIEWS)
def test_each_view_opens_from_a_link_with_its_words_and_helps(view: str) -> None:
    app = opened(link(view=view))
    assert not app.warning
    assert not app.error
    assert settings_of(app).view == app.button_group(key="set_view").value == view
    assert EXPLANATIONS[view].look in texts(app)
    shown = [latex.value.strip("$\n ") for latex in app.latex]
    assert len(shown) == len(EXPLANATIONS[view].formulas)
    for wanted, _ in EXPLANATIONS[view].formulas:
        assert any(wanted in latex for latex in shown), wanted
    assert EXPLANATIONS[view].source in [caption.value for caption in app.caption]
    assert "set_view" in helped(app.main)


def test_one_can_go_through_all_the_views() -> None:
    app = opened(SMALL)
    for view in (*reversed(list(VIEWS)), "race", "parabola"):
        assert pick(app, "view", view).view == view
        assert not app.error
    assert list(session_of(app).views)[-2:] == ["view-race", "view-parabola"]


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


def test_each_race_has_controls_of_its_own() -> None:
    app = opened(link(view="race"))
    even = {"race_low", "race_high", "race_count"}
    own = {
        "rates": {*even, "race_rates"},
        "momenta": {"race_momenta"},
        "optimizers": {"race_optimizers"},
        "batch_sizes": {"race_batches"},
    }
    for race in RACES:
        put(app, "selectbox", "race", race)
        assert controls(app) == {"view", "race", "target", *own[race]}
        if race == "optimizers":
            assert pick(app, "race_optimizers", ["adam", "sgd"]).race_optimizers == ("sgd", "adam")
    put(app, "selectbox", "race", "rates")
    put(app, "text_input", "race_rates", "0.01,0.1")  # a list takes the place of the even ones
    assert not controls(app) & even
    put(app, "text_input", "race_rates", "")
    assert controls(app) >= even


# ---- links that are wrong


@pytest.mark.parametrize(
    ("view", "bad"),
    [
        ("parabola", {"step_size": "NaN", "curvature": "-1", "heavy_ball": "1"}),
        ("parabola", {"condition": "1e9", "race_rate": "0.1,0.2"}),  # misspelled, and guessed
        ("race", {"race": "<img src=x onerror=alert(1)>", "race_rates": "1," * 4000}),
        ("race", {"race_momenta": "0.5,1", "race_optimizers": "sgd", "race_batches": "5,5"}),
        ("race", {"race_low": "0", "race_count": "17", "target": "0"}),
        ("map", {"map_rates": "1.5", "plane": "\u202e\x00"}),
    ],
)
def test_bad_parameters_are_named_and_their_defaults_used(view: str, bad: dict[str, str]) -> None:
    app = opened(link(view=view) | bad)
    (warning,) = app.warning
    assert all(f"`{name}`" in warning.value for name in bad)
    assert len(warning.value) < 1000 * len(bad)
    assert session_of(app).pages[RateSettings] == RateSettings(view=view)
    assert pick(app, "view", "edge").view == "edge"  # and the page works


# ---- controls

NUMBERS: dict[str, dict[str, Any]] = {
    "parabola": {"step_size": 0.25, "curvature": 8.0, "heavy_ball": 0.9, "condition": 50.0},
    "race": {"race_low": 0.001, "race_high": 3.0, "race_count": 16, "target": 0.5},
    "range": {"range_low": 0.01, "range_high": 5.0, "range_count": 25, "range_steps": 2},
    "map": {
        **{"map_low": 0.02, "map_high": 5.0, "map_rates": 5, "map_values": 4, "map_epochs": 120}
    },
}


@pytest.mark.parametrize("view", NUMBERS)
def test_a_number_changes_its_setting_and_nothing_else(view: str) -> None:
    app = opened(link(view=view))
    wanted = settings_of(app)
    for name, value in NUMBERS[view].items():
        wanted = replace(wanted, **{name: value})
        assert put(app, "number_input", name, value) == wanted
        assert app.number_input(key=f"set_{name}").value == value
        assert address(app)[name] == f"{value:g}"
    assert not app.main.error
    # The link alone gives the same page.
    assert settings_of(opened(address(app))) == wanted


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


@pytest.mark.parametrize("ends", ["race", "range", "map"])
def test_a_highest_rate_below_the_lowest_is_said_and_nothing_changes(ends: str) -> None:
    app = opened(link(view=ends))
    before = settings_of(app)
    assert put(app, "number_input", f"{ends}_high", 1e-5) == before
    (error,) = app.main.error
    assert f"above the lowest, {getattr(before, f'{ends}_low'):g}" in error.value
    assert app.number_input(key=f"set_{ends}_high").value == 1e-5


def test_once_the_highest_is_right_so_is_the_lowest_that_was_typed_before() -> None:
    app = opened(link(view="race"))
    before = settings_of(app)
    for name, value in (("race_high", 0.001), ("race_low", 50.0)):
        assert put(app, "number_input", name, value) == before
        assert app.number_input(key=f"set_{name}").value == value
    assert len(app.main.error) == 2
    after = put(app, "number_input", "race_high", 100.0)
    assert (after.race_low, after.race_high) == (50.0, 100.0)
    assert not app.main.error


def test_the_sidebar_is_the_runs_here_too_and_what_makes_no_race_is_said_in_the_view() -> None:
    app = opened({**SMALL, "view": "race", "race": "momenta", "optimizer": "adam"})
    assert not app.error
    view = session_of(app).views["view-race"]
    assert view.problem is not None
    assert "SGD" in view.problem
    app.sidebar.selectbox(key="set_optimizer").set_value("sgd")
    run(app)
    assert session_of(app).views["view-race"].problem is None
    assert view.run == 2


def test_a_change_under_way_keeps_what_it_need_not_end() -> None:
    app = opened(link(view="race"))
    view, session = session_of(app).views["view-race"], session_of(app)
    view.handle(Request(1, "play", run=1), session.config, session.pages[RateSettings])
    step = view.step
    put(app, "number_input", "target", 0.7)
    assert view.playing
    assert view.step >= step > 0
    put(app, "number_input", "race_count", 3)
    assert not view.playing
    assert view.step == 0


# ---- presets


@pytest.mark.parametrize("name", PRESETS)
def test_a_preset_is_one_click_and_a_link(name: str) -> None:
    preset = PRESETS[name]
    app = opened()
    app.button_group(key="rate_preset").set_value(name)
    run(app)
    for page in (app, opened(address(app))):  # a cold visit shows the same preset
        assert settings_of(page) == preset.settings
        assert session_of(page).config == preset.config
        assert page.button_group(key="rate_preset").value == name
        assert f"**{preset.title}.** {preset.look}" in texts(page)
        assert not page.warning
        assert not page.error
        assert all(view.problem is None for view in session_of(page).views.values())


# ---- other pages


def test_a_preset_starts_a_run_of_its_own_and_a_setting_goes_on() -> None:
    """Both presets race under one network: without a start, the second would go on."""
    cold, warm = PRESETS["cold"], PRESETS["warm"]
    app = opened({**cold.config.to_query(), **cold.settings.to_query()})
    view = session_of(app).views["view-edge"]
    assert isinstance(view, Playable)
    view.advance(1)
    app.button(key="rate_preset_next").click()
    run(app)
    assert session_of(app).config == warm.config
    assert view.step == 0
    view.advance(1)
    put(app, "number_input", "learning_rate", 0.01)
    assert view.step == 1
