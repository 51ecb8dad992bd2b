"""The pages run: on every data set, from a bad link, and one after the other."""

from typing import Any

import pytest

from playground.data.datasets import DATASETS
from playground.live.view import Answer
from playground.settings.config import Config
from playground.training.view import TrainingView
from playground.ui.session import PLAYGROUND
from tests.app.visitor import address, opened, put, run, session_of


def test_each_data_set_has_a_page() -> None:
    app = opened(query={"layers": "4"})
    for dataset in DATASETS:
        put(app, "button_group", "dataset", dataset)
        assert not app.error
        assert address(app).get("dataset", Config.dataset) == dataset


def test_the_guide_runs_and_the_config_outlives_it() -> None:
    app = opened(query={"dataset": "xor", "learning_rate": "0.1"})
    run(app.switch_page("pages/guide.py"))
    assert not app.warning
    assert "Guide" in [heading.value for heading in (*app.title, *app.header)]
    assert [tab.label for tab in app.tabs] == [
        "Reading the screen",
        "Driving it",
        "Learning rate",
        "Gradient flow",
        "Backprop",
        "Digits",
        "Compare",
        "Lessons",
        "The mathematics",
    ]
    for tab in app.tabs[3:6]:  # what each of these pages shows, how to drive it, what to try
        assert len(tab.subheader) == 3
        assert len(tab.markdown) == 3
    assert len(app.latex) > 10
    assert app.session_state["set_guide"] == "Reading the screen"
    again = opened("pages/guide.py", {"guide": "digits"})
    assert again.session_state["set_guide"] == "Digits"
    run(app.switch_page("app.py"))
    assert app.sidebar.button_group(key="set_dataset").value == "xor"
    assert app.sidebar.number_input(key="set_learning_rate").value == 0.1


def test_a_run_that_is_let_go_while_its_request_waits_is_not_lost(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    app = opened()
    view, handle = session_of(app).views[PLAYGROUND], TrainingView.handle

    def swept(self: TrainingView, *given: Any, **also: Any) -> Answer:
        session_of(app).views.clear()  # as by `idle.sweep`, in the turn before this one
        return handle(self, *given, **also)

    monkeypatch.setattr(TrainingView, "handle", swept)
    run(app)
    assert session_of(app).views == {PLAYGROUND: view}
