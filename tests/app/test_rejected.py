"""What cannot be taken over stays in its box, with words beside it, until something replaces it."""

from __future__ import annotations

import pytest
from streamlit.testing.v1 import AppTest

from playground.backprop.settings import BackpropSettings
from playground.gradient_flow.settings import GradientFlowSettings
from playground.learning_rate.presets import PRESETS
from playground.learning_rate.settings import RateSettings
from playground.settings.base import Settings
from tests.app import visitor
from tests.app.visitor import put, run, session_of

RATE, FLOW, WALK = "learning_rate", "gradient_flow", "backprop"
BAD = "0.1, abc, 5"


def opened(page: str, **query: str) -> AppTest:
    return visitor.opened(f"pages/{page}.py", {"samples": "40", "layers": "3", **query})


def settings(app: AppTest, kind: type[Settings]) -> Settings:
    return session_of(app).pages[kind]


def said(app: AppTest) -> list[str]:
    return [error.value for error in app.error]


@pytest.mark.parametrize(
    ("page", "query", "name", "text", "words"),
    [
        (RATE, {"view": "race"}, "race_rates", BAD, "Entry 2, `abc`, is not a number."),
        (
            RATE,
            {"view": "race", "race": "momenta"},
            "race_momenta",
            "0,0.9,1",
            "Entry 3, `1`, is out of range.",
        ),
        (
            RATE,
            {"view": "race", "race": "batch_sizes"},
            "race_batches",
            "5, 5",
            "Entry 2, `5`, is not above the one before it.",
        ),
        (WALK, {}, "walk_layers", "2, 2.5", "Entry 2, `2.5`, is not a whole number."),
    ],
)
def test_a_list_stays_as_it_was_typed_and_the_entry_at_fault_is_named(
    page: str, query: dict[str, str], name: str, text: str, words: str
) -> None:
    kind = BackpropSettings if page == WALK else RateSettings
    app = opened(page, **query)
    before = settings(app, kind)
    put(app, "text_input", name, text)
    assert settings(app, kind) == before
    assert app.text_input(key=f"set_{name}").value == text
    assert said(app) == [f"{kind.FIELDS[name].label} {kind.FIELDS[name].requirement}. {words}"]


def test_words_come_back_with_the_view_and_a_preset_takes_them_away() -> None:
    app = opened(RATE, view="race")
    put(app, "text_input", "race_rates", BAD)
    put(app, "button_group", "view", "parabola")
    assert not app.error
    put(app, "button_group", "view", "race")  # another view brings what was typed, and its words
    assert app.text_input(key="set_race_rates").value == BAD
    assert len(said(app)) == 1
    app.button(key="rate_preset_next").click()
    run(app)
    assert not app.error
    assert settings(app, RateSettings) == next(iter(PRESETS.values())).settings
    put(app, "button_group", "view", "race")
    assert app.text_input(key="set_race_rates").value == ""
    assert not app.error


def test_a_number_that_its_box_may_hold_stays_too() -> None:
    app = opened(RATE, view="parabola")
    put(app, "number_input", "heavy_ball", 1.0)
    assert app.number_input(key="set_heavy_ball").value == 1.0
    assert settings(app, RateSettings) == RateSettings()
    assert said(app) == ["Momentum β must be a number from 0 to below 1."]
    put(app, "number_input", "heavy_ball", 0.5)
    assert not app.error


def test_a_choice_falls_back_and_its_words_go_with_the_next_change() -> None:
    app = opened(RATE, view="race", race="optimizers")
    put(app, "button_group", "race_optimizers", ["adam"])
    assert len(said(app)) == 1
    assert app.button_group(key="set_race_optimizers").value != ["adam"]
    put(app, "number_input", "target", 0.7)
    assert not app.error


def test_a_number_beyond_the_ends_of_its_box_changes_nothing_and_breaks_nothing() -> None:
    """No browser sends one: the box itself refuses it and says why."""
    app = opened(FLOW, flow_depth="3", flow_width="8")
    before = settings(app, GradientFlowSettings)
    put(app, "number_input", "flow_scales_2", 1e9)
    assert settings(app, GradientFlowSettings) == before
    assert app.number_input(key="set_flow_scales_2").value == 1.0
