"""The learning-rate page's range test and landscape: what they say and offer."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from engine.study.range_test import RangeTest
from playground.learning_rate import landscape_view, range_view
from playground.learning_rate.settings import RateSettings
from playground.learning_rate.unused import what_counts
from playground.settings.config import Config
from tests.app.test_learning_rate import SMALL, opened, put, settings_of
from tests.app.visitor import address, run, session_of, texts
from tests.playground.test_landscape import record

# A linear model of few points: quick, and its critical rate is 0.079.
LINEAR = {"dataset": "plane", "samples": "40", "layers": "", "batch_size": "5000", "epochs": "60"}


@pytest.fixture(autouse=True)
def nothing_kept() -> None:
    landscape_view.trained.cache_clear()
    range_view.measured.cache_clear()


def view_of(name: str, query: dict[str, str] | None = None, **settings: Any) -> AppTest:
    return opened(RateSettings(view=name, **settings).to_query() | (query or SMALL))


def charts(app: AppTest) -> int:
    return len(app.main.get("plotly_chart"))


# ---- the range test


def measured_by(app: AppTest) -> RangeTest:
    settings = settings_of(app)
    return range_view.measured(
        what_counts(session_of(app).config, settings),
        settings.range_low,
        settings.range_high,
        settings.range_count,
        settings.range_steps,
    )[0]


def test_the_range_test_suggests_a_rate_and_one_click_takes_it() -> None:
    app = view_of("range")
    found = measured_by(app)
    assert found.suggestion is not None
    assert found.blow_up is not None
    rate = float(f"{found.suggestion:.2g}")
    words = f"Suggested learning rate: **{rate:g}**. It blows up at about {found.blow_up:.2g}."
    assert words in texts(app)
    assert charts(app) == 1
    button = app.button(key="take_rate")
    assert button.label == f"Take {rate:g} to the Playground"
    assert not button.disabled
    button.click()
    run(app)
    assert session_of(app).config.learning_rate == rate
    # It is the Playground that is on show now, without the range test's settings in its link.
    assert not app.get("plotly_chart")
    assert address(app) == session_of(app).config.to_query()
    assert address(app)["learning_rate"] == f"{rate:g}"


def test_the_range_test_follows_its_controls_and_the_sidebar() -> None:
    app = view_of("range")
    before = measured_by(app)
    put(app, "number_input", "range_count", 20)
    assert len(measured_by(app).rates) <= 20
    assert len(before.rates) > 20
    app.sidebar.button_group(key="set_dataset").set_value("xor")
    run(app)
    found = measured_by(app)
    assert found.suggestion is not None
    assert f"Suggested learning rate: **{float(f'{found.suggestion:.2g}'):g}**" in texts(app)
    misses = range_view.measured.cache_info().misses
    session = session_of(app)
    session.pages[Config] = replace(session.config, learning_rate=0.5, epochs=7)
    run(app)
    assert range_view.measured.cache_info().misses == misses  # the test has rates of its own


STEEP = LINEAR | {"activation": "relu", "init_scale": "100", "layers": "32,32"}


@pytest.mark.parametrize(
    ("query", "low", "high", "words", "shown"),
    [
        (SMALL, 1e-6, 2e-6, "No rate is suggested: the loss did not fall by 1%", 1),
        (STEEP, 900.0, 1000.0, "diverged at the lowest rate, 900", 0),
    ],
)
def test_no_suggestion_is_said_and_why(
    query: dict[str, str], low: float, high: float, words: str, shown: int
) -> None:
    app = view_of("range", query, range_low=low, range_high=high)
    (warning,) = app.main.warning
    assert words in warning.value
    assert charts(app) == shown
    assert "take_rate" not in [button.key for button in app.main.button]


def test_a_rate_below_the_playgrounds_lowest_cannot_be_taken(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    rates, losses = np.array([1e-6, 2e-6, 4e-6]), np.array([1.0, 0.5, 5.0])
    found = RangeTest(rates, losses, losses, 1e-6, 2e-6, 4e-6, 4e-7, None)
    monkeypatch.setattr(range_view, "measured", lambda *_: (found, "loss"))
    app = view_of("range")
    assert "**4e-07**" in texts(app)
    assert app.button(key="take_rate").disabled
    assert app.button(key="take_rate").help == "The Playground takes no rate below 1e-06."


# ---- the landscape


def run_of(app: AppTest) -> landscape_view.Run:
    return landscape_view.trained(what_counts(session_of(app).config, settings_of(app)))


@pytest.mark.parametrize("plane", ["path", "hessian", "random"])
def test_the_landscape_says_how_much_it_shows(plane: str) -> None:
    app = view_of("landscape", LINEAR, plane=plane)
    found = run_of(app)
    shown = found.slice(plane)
    assert shown.plane.kind == plane
    assert shown.sentence in texts(app)
    assert "of the path's variance" in shown.sentence
    assert charts(app) == 2
    assert not app.main.warning
    assert not app.main.get("table")
    assert "Training was stopped" not in texts(app)


def test_a_run_that_takes_too_long_is_shown_as_far_as_it_came(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(landscape_view, "PATIENCE", 0.0)
    app = view_of("landscape", LINEAR)
    assert "after 0 s, at epoch 0 of 60." in texts(app)
    assert charts(app) == 2


def test_the_landscape_follows_the_sidebar() -> None:
    app = view_of("landscape", LINEAR | {"speed": "5", "log_loss": "true"})
    before = run_of(app)
    assert landscape_view.trained.cache_info().misses == 1  # however it is shown
    app.sidebar.number_input(key="set_learning_rate").set_value(0.01)
    run(app)
    assert run_of(app) is not before
    assert run_of(app).path.config.learning_rate == 0.01
    assert run_of(app).path.weights.shape == before.path.weights.shape
    app.sidebar.number_input(key="set_learning_rate").set_value(float(Config.learning_rate))
    run(app)
    assert run_of(app) is before  # kept from the first time


def test_a_diverged_runs_landscape_tells_what_happened() -> None:
    app = view_of("landscape", LINEAR | {"learning_rate": "0.5", "epochs": "5000"})
    assert "The run diverged; the path ends at its last finite weights." in texts(app)
    found = run_of(app)
    assert found.path.diverged
    assert found.divergence_report is not None
    (expander,) = [element for element in app.expander if element.label == "What happened?"]
    assert found.divergence_report.sentence in [element.value for element in expander.markdown]
    (table,) = expander.table
    assert len(table.value) == len(found.divergence_report.rows) >= 1
    assert {"step", "batch loss", "weights, output", "gradients, output"} <= set(table.value)
    assert np.isfinite(table.value["batch loss"].astype(float)).all()
    assert charts(app) == 2


def test_a_plane_that_cannot_be_is_said_and_another_can_be_chosen(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    app = view_of("landscape", LINEAR | {"init": "zeros", "learning_rate": "1e-06"})
    assert charts(app) == 2
    config = run_of(app).path.config
    # A run that ends where all weights are zero: it has no random directions as long as they are.
    zeros = record(replace(config, init="zeros"))
    flat = landscape_view.Run(replace(zeros, weights=np.zeros_like(zeros.weights)), None)
    monkeypatch.setattr(landscape_view, "trained", lambda _: flat)
    put(app, "selectbox", "plane", "random")
    (warning,) = app.main.warning
    assert warning.value.startswith("Random directions need at least two weights")
    assert charts(app) == 0
    put(app, "selectbox", "plane", "path")
    assert not app.main.warning
    assert charts(app) == 2
