"""The page Compare: opened cold and from links, run to its end, stopped, given what cannot be."""

from __future__ import annotations

import csv
import io
import time
from functools import partial

import pytest
from streamlit.testing.v1 import AppTest

from playground.compare import words
from playground.compare.comparison import comparison_of
from playground.compare.models import REGISTRY
from playground.compare.results import as_csv
from playground.compare.settings import OTHERS, CompareSettings
from playground.settings.config import Config
from tests.app import visitor
from tests.app.visitor import address, click, helped, run, session_of, texts
from tests.playground.test_comparison import inside

__all__ = ["inside"]  # fits are made in this process

PAGE = "pages/compare.py"
opened = partial(visitor.opened, PAGE)
settings_of = partial(visitor.settings_of, kind=CompareSettings)
SMALL = {
    "dataset": "circle",
    "samples": "60",
    "layers": "2",
    "epochs": "3",
    "compare_splits": "2",
    "compare_models": "linear,knn,svm",
    "compare_second": "knn",
}


def pages(app: AppTest) -> str:
    """All that the page says in HTML of its own."""
    return "\n".join(element.proto.body for element in app.get("html"))


def finish(app: AppTest) -> AppTest:
    """Press the button, and look again when all is fitted."""
    click(app, "compare_start")
    found = comparison_of(session_of(app).config, settings_of(app))
    end = time.monotonic() + visitor.LIMIT
    while found.running:
        assert time.monotonic() < end
        time.sleep(0.02)
    return run(app)


def test_without_a_link_it_is_the_spiral_with_three_arms() -> None:
    app = opened()
    assert not app.warning
    assert session_of(app).config == Config.for_dataset("three-spiral")
    assert settings_of(app) == CompareSettings()
    assert address(app) == {"dataset": "three-spiral", "compare_splits": "10"}
    assert words.LOOK in texts(app)
    assert "240 points to learn from, 60 to test on" in texts(app)
    assert pages(app).count("<figure") == len(REGISTRY) == pages(app).count("not fitted yet") / 2


def test_data_come_along_from_the_playground_and_a_link_is_kept() -> None:
    app = visitor.opened()
    run(app.switch_page(PAGE))
    assert session_of(app).config == Config()  # whatever its own page begins with
    assert settings_of(app) == CompareSettings()
    link = {"compare_splits": "10"}
    assert session_of(opened(link)).config == Config()
    assert session_of(opened(SMALL)).config.samples == 60


def test_every_model_is_fitted_and_told_of() -> None:
    app = finish(opened(SMALL))
    page = pages(app)
    assert "not fitted yet" not in page
    assert page.count("data:image/svg+xml;base64") == 4
    assert "Our network against it" in page
    assert "by more than chance" in texts(app) or "Our network loses" in texts(app)
    curve, calibration = (chart.proto.alt for chart in app.get("plotly_chart"))
    assert curve.startswith("Test accuracy (%) against training points. Our network: ")
    assert ". k-nearest neighbours (ECE " in calibration
    (download,) = app.get("download_button")
    assert download.proto.label == "Table as CSV"
    found = comparison_of(session_of(app).config, settings_of(app))
    lines = list(csv.DictReader(io.StringIO(as_csv(found))))
    assert [line["model"] for line in lines] == [
        REGISTRY[name].name("classification") for name in found.models
    ]
    assert all(line["accuracy_2"] for line in lines)
    # Who opens the same link sees it at once.
    again = opened({**SMALL, "compare_second": "svm"})
    assert "not fitted yet" not in pages(again)
    assert any("no probabilities" in caption.value for caption in again.caption)


def test_values_are_scored_by_r2() -> None:
    app = finish(opened({**SMALL, "dataset": "plane", "compare_models": "linear,gp"}))
    assert ">R²<" in pages(app)
    assert "Ridge regression" in pages(app)
    assert "R²" in texts(app)
    assert len(app.get("plotly_chart")) == 1
    assert [info.value for info in app.info] == [
        "A regression answers with values, not with probabilities to be held to."
    ]


def test_what_cannot_be_is_said_in_words() -> None:
    app = finish(opened({**SMALL, "knn_neighbours": "400"}))
    assert "400 neighbours are asked for, and there are 48 training points" in pages(app)
    assert "k-nearest neighbours: no curves" in " ".join(c.value for c in app.caption)
    few = opened({"dataset": "blobs", "samples": "20", "classes": "6", "compare_test": "5"})
    (warning,) = few.warning
    assert "20 points of 6 classes cannot be parted" in warning.value
    bad = opened({**SMALL, "compare_splits": "1", "svm_c": "-3", "compare_models": "oak"})
    (warning,) = bad.warning
    assert all(f"`{n}`" in warning.value for n in ("compare_splits", "svm_c", "compare_models"))


def test_each_setting_has_a_control_with_a_line_of_help() -> None:
    app = opened()
    assert {f"set_{name}" for name in CompareSettings.FIELDS} <= helped(app.main)
    assert app.button_group(key="set_compare_models").value == list(OTHERS)


def test_settings_of_the_playground_that_the_estimator_lacks_have_no_control() -> None:
    app = opened()
    with pytest.raises(KeyError):
        app.sidebar.selectbox(key="set_schedule")
    assert app.sidebar.number_input(key="set_epochs").value == 1000
