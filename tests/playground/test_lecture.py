"""The row of presets: which one is on, one click to any, and the way from one to the next."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from playground.gradient_flow import presets as flow
from playground.gradient_flow.settings import GradientFlowSettings
from playground.learning_rate import presets as rates
from playground.learning_rate.settings import RateSettings
from tests.app.visitor import LIMIT, address, click, follow, run, session_of

NAMES = list(flow.PRESETS)
OTHERWISE = "Nothing is chosen."
FORWARD, BACK = "flow_preset_next", "flow_preset_previous"


def script() -> None:
    """A page with nothing but the row."""
    from playground.gradient_flow.presets import PRESETS
    from playground.gradient_flow.settings import GradientFlowSettings
    from playground.ui import lecture, session

    session.register(GradientFlowSettings)
    session.open_page("Gradient flow", GradientFlowSettings)
    lecture.row("flow", PRESETS, GradientFlowSettings, "Nothing is chosen.")


def opened(**query: str) -> AppTest:
    return follow(AppTest.from_function(script, default_timeout=LIMIT), query)


def press(app: AppTest, key: str) -> str | None:
    """Press the button and say which preset is on then, by pill, settings and words alike."""
    return chosen(click(app, key))


def chosen(app: AppTest) -> str | None:
    name: Any = app.button_group(key="flow_preset").value
    session = session_of(app)
    words = [element.value for element in app.markdown]
    if name is None:
        assert OTHERWISE in words
        return None
    preset = flow.PRESETS[name]
    assert session.config == preset.config
    assert session.pages[GradientFlowSettings] == preset.settings
    assert f"**{preset.title}.** {preset.look}" in words
    assert OTHERWISE not in words
    assert address(app) == preset.config.to_query() | preset.settings.to_query()
    return str(name)


def test_next_and_previous_go_through_all_and_round() -> None:
    app = opened()
    assert chosen(app) is None
    assert [press(app, FORWARD) for _ in (*NAMES, "again")] == [*NAMES, NAMES[0]]
    assert [press(app, BACK) for _ in range(2)] == [NAMES[-1], NAMES[-2]]
    assert press(opened(), BACK) == NAMES[-1]


def test_a_click_chooses_and_a_second_one_changes_nothing() -> None:
    app = opened()
    pills = app.button_group(key="flow_preset")
    assert list(pills.options) == [preset.title for preset in flow.PRESETS.values()]
    pills.set_value("dying")
    assert chosen(run(app)) == "dying"
    app.button_group(key="flow_preset").set_value(None)
    assert chosen(run(app)) == "dying"


def test_the_list_holds_all_with_what_each_shows_and_a_choice_is_taken() -> None:
    app = opened()
    listed = app.radio(key="flow_presets")
    assert list(listed.options) == [preset.title for preset in flow.PRESETS.values()]
    captions = list(listed.proto.captions)
    for preset, words in zip(flow.PRESETS.values(), captions, strict=True):
        assert preset.look.startswith(words.removesuffix("."))
        assert words.endswith(".")
    listed.set_value("dying")
    assert chosen(run(app)) == "dying"
    press(app, FORWARD)
    assert app.radio(key="flow_presets").value == chosen(app)


def test_a_preset_is_taken_whole_and_the_room_stays() -> None:
    other = {"batch_size": "7", "epochs": "9", "l2": "0.1", "warmup": "3", "flow_depth": "2"}
    app = opened(**other, lecture="true", layout="curves", hide="links")
    click(app, FORWARD)
    preset = flow.PRESETS[NAMES[0]]
    room: dict[str, Any] = {"lecture": True, "layout": "curves", "hide": ("links",)}
    assert session_of(app).config == replace(preset.config, **room)
    assert session_of(app).pages[GradientFlowSettings] == preset.settings


def test_a_link_is_its_preset_and_a_link_beside_it_none() -> None:
    preset = flow.PRESETS["too_small"]
    query = preset.config.to_query() | preset.settings.to_query()
    assert chosen(opened(**query)) == "too_small"
    shown = opened(**{**query, "flow_distribution": "weights", "speed": "5"})
    assert shown.button_group(key="flow_preset").value == "too_small"  # only seen in another way
    assert chosen(opened(**{**query, "flow_width": "31"})) is None


@pytest.mark.parametrize(
    ("presets", "kind"), [(flow.PRESETS, GradientFlowSettings), (rates.PRESETS, RateSettings)]
)
def test_every_preset_of_a_page_is_another_one(presets: dict[str, Any], kind: type) -> None:
    for name, preset in presets.items():
        assert isinstance(preset.settings, kind)
        fitting = [n for n, other in presets.items() if other.fits(preset.config, preset.settings)]
        assert fitting == [name]
        faster = replace(preset.config, speed="5")
        assert preset.fits(faster, preset.settings)
        assert not preset.fits(replace(preset.config, seed=preset.config.seed + 1), preset.settings)
    assert len({preset.title for preset in presets.values()}) == len(presets)
