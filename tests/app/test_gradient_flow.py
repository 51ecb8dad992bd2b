"""The gradient-flow page: it opens from links good and bad, each control and preset works."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from playground.gradient_flow import words
from playground.gradient_flow.layout import KEY
from playground.gradient_flow.settings import (
    DISTRIBUTIONS,
    LISTS,
    OVER_EPOCHS,
    GradientFlowSettings,
)
from playground.gradient_flow.theory import BACKWARD, FORWARD
from playground.gradient_flow.view import FlowView
from playground.settings.config import Config
from tests.app import visitor
from tests.app.visitor import address, session_of, texts

PAGE = "pages/gradient_flow.py"
opened = partial(visitor.opened, PAGE)
SMALL = {"samples": "40", "flow_depth": "3", "flow_width": "8"}  # so that a page is quick
SMALL_FLOW = GradientFlowSettings(flow_depth=3, flow_width=8)


def settings_of(app: AppTest) -> GradientFlowSettings:
    """The session's settings, which the URL and the view must agree with."""
    found = visitor.settings_of(app, GradientFlowSettings)
    view = view_of(app)
    assert view.problem is None
    titles = [p["title"] for p in view.figures()["panels"] if p["kind"] == "layers"]
    assert titles == [network.label for network in found.networks]
    return found


def view_of(app: AppTest) -> FlowView:
    found = session_of(app).views[KEY]
    assert isinstance(found, FlowView)
    return found


def put(app: AppTest, kind: str, name: str, value: Any) -> GradientFlowSettings:
    """Set a control's value, run the page, and return the settings that result."""
    return settings_of(visitor.put(app, kind, name, value))


def assert_shown(app: AppTest, settings: GradientFlowSettings) -> None:
    """The controls have the values of each network."""
    for k, network in enumerate(settings.networks, start=1):
        assert app.selectbox(key=f"set_flow_activations_{k}").value == network.activation
        assert app.selectbox(key=f"set_flow_inits_{k}").value == network.init
        assert app.number_input(key=f"set_flow_scales_{k}").value == network.scale
        assert app.number_input(key=f"set_flow_rates_{k}").value == network.learning_rate
        assert app.number_input(key=f"set_flow_clips_{k}").value == network.clip


def press(app: AppTest, key: str) -> GradientFlowSettings:
    return settings_of(visitor.click(app, key))


# ---- opening


def test_the_page_opens_cold() -> None:
    app = opened()
    assert not app.warning
    assert not app.error
    assert settings_of(app) == GradientFlowSettings()
    assert address(app) == {}
    assert words.LOOK in texts(app)
    assert app.button_group(key="flow_preset").value is None
    assert [heading.value for heading in app.sidebar.subheader] == ["Data", "Network", "Training"]
    shown = [latex.value.strip("$\n ") for latex in app.latex]
    for line in (*FORWARD.lines, *BACKWARD.lines):
        assert line in shown


def test_a_link_brings_the_settings_of_page_and_run() -> None:
    settings = GradientFlowSettings(
        flow_depth=5,
        flow_width=12,
        flow_activations=("relu", "tanh"),
        flow_inits=("he", "constant"),
        flow_scales=(1.0, 0.5),
        flow_rates=(0.1, 0.2),
        flow_clips=(0.0, 1.0),
        flow_over_epochs="update",
        flow_distribution="weights",
    )
    query = {"dataset": "moons", **settings.to_query()}
    app = opened(query)
    assert not app.warning
    assert address(app) == query
    assert settings_of(app) == settings
    assert session_of(app).config == Config.for_dataset("moons")
    assert app.slider(key="set_flow_depth").value == 5
    assert app.button_group(key="set_flow_over_epochs").value == "update"
    assert_shown(app, settings)


@pytest.mark.parametrize(
    ("query", "words", "settings"),
    [
        ({"flow_inits": "<img src=x onerror=alert(1)>"}, ("`flow_inits`",), {}),
        ({"flow_rates": "0.1,0.1,-1", "flow_width": "9"}, ("`flow_rates`",), {"flow_width": 9}),
        (
            {"flow_activations": "relu,tanh", "flow_inits": "he,glorot", "flow_scales": "1,1,1"},
            ("each of the 2 networks", "Using `sigmoid,tanh,relu` instead"),
            {},
        ),
    ],
)
def test_what_a_link_cannot_have_is_named_and_its_default_used(
    query: dict[str, str], words: tuple[str, ...], settings: dict[str, Any]
) -> None:
    app = opened({**SMALL, **query})
    (warning,) = app.warning
    assert all(part in warning.value for part in words)
    assert session_of(app).pages[GradientFlowSettings] == replace(SMALL_FLOW, **settings)
    assert put(app, "slider", "flow_depth", 2).flow_depth == 2  # and the page works


# ---- networks


def test_networks_are_added_up_to_four_and_removed_down_to_two() -> None:
    app = opened({**SMALL, "flow_scales": "1,1,2"})
    before = settings_of(app)
    assert len(before.networks) == 3
    more = press(app, "add_network")
    for name in LISTS:
        assert getattr(more, name) == getattr(before, name) + getattr(before, name)[-1:]
    assert app.button(key="add_network").disabled
    assert app.number_input(key="set_flow_scales_4").value == 2.0
    # The new one is a network of its own.
    put(app, "selectbox", "flow_activations_4", "elu")
    assert settings_of(app).flow_activations == (*before.flow_activations, "elu")
    assert press(app, "remove_network") == before
    fewer = press(app, "remove_network")
    for name in LISTS:
        assert getattr(fewer, name) == getattr(before, name)[:2]
    assert app.button(key="remove_network").disabled
    assert not app.button(key="add_network").disabled
    assert {c.key for c in app.number_input} >= {"set_flow_scales_1", "set_flow_scales_2"}
    assert "set_flow_scales_3" not in {c.key for c in app.number_input}
    assert not app.error


def test_each_control_changes_its_entry_and_nothing_else() -> None:
    app = opened(SMALL)
    entries: tuple[tuple[str, str, Any], ...] = (
        ("selectbox", "flow_activations", "elu"),
        ("selectbox", "flow_inits", "orthogonal"),
        ("number_input", "flow_scales", 0.25),
        ("number_input", "flow_rates", 0.5),
        ("number_input", "flow_clips", 2.0),
    )
    expected = settings_of(app)
    for kind, name, value in entries:
        for number in (1, 3):
            values = list(getattr(expected, name))
            values[number - 1] = value
            entry: dict[str, Any] = {name: tuple(values)}
            expected = replace(expected, **entry)
            assert put(app, kind, f"{name}_{number}", value) == expected
    others: tuple[tuple[str, str, Any], ...] = (
        ("slider", "flow_depth", 24),
        ("slider", "flow_width", 1),
        *(("button_group", "flow_over_epochs", name) for name in (*OVER_EPOCHS, "gradient")),
        *(("selectbox", "flow_distribution", name) for name in DISTRIBUTIONS),
    )
    for kind, name, value in others:
        expected = replace(expected, **{name: value})
        assert put(app, kind, name, value) == expected
    assert not app.error
    assert settings_of(opened(address(app))) == expected  # the link alone gives the same page


@pytest.mark.parametrize("name", LISTS[2:])
def test_a_number_that_was_cleared_comes_back(name: str) -> None:
    app = opened(SMALL)
    before = settings_of(app)
    assert put(app, "number_input", f"{name}_2", None) == before
    assert app.number_input(key=f"set_{name}_2").value == getattr(before, name)[1]


def test_every_control_has_a_line_of_help() -> None:
    app = opened(SMALL)
    each = {f"set_{name}_{number}" for name in LISTS for number in (1, 2, 3)}
    others = GradientFlowSettings.FIELDS.keys() - LISTS
    assert visitor.helped(app.main) == each | {f"set_{name}" for name in others}
