"""The edge's view: its frames and words are the run's, and settings change without a new start."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from playground.learning_rate.edge import EdgeRun
from playground.learning_rate.edge_view import EdgeView
from playground.learning_rate.settings import RateSettings
from playground.live import pacing as module
from playground.live.playable import LAST_STEPS
from playground.settings.config import Config
from tests.playground.viewer import Clock, Viewer

EPOCH, SHARPNESS, LIMIT, LOSS, RATIO = range(5)
# A linear model with squared error: its sharpness is 25.4 throughout, its critical rate 0.079.
QUADRATIC = Config(
    dataset="plane", samples=60, layers=(), batch_size=5000, learning_rate=0.05, speed="25"
)
SPIRAL = Config(samples=60, layers=(4,), batch_size=5000, epochs=40, speed="25")


@pytest.fixture(autouse=True)
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    made = Clock()
    monkeypatch.setattr(module, "time", made)
    return made


def edge(config: Config = QUADRATIC, **changes: Any) -> Viewer:
    return Viewer(EdgeView(), replace(config, **changes), RateSettings(view="edge"))


def play(viewer: Viewer, until: int | None = None) -> None:
    """Play to the end, or until the view is at `until` at least."""
    viewer.ask("play")
    while viewer.header["playing"] and (until is None or viewer.view.step < until):
        viewer.ask("tick")


def straight(config: Config, epochs: int) -> NDArray[np.float32]:
    """The rows of the same run, made epoch by epoch without a view."""
    run = EdgeRun(config, every=100_000)
    rows = []
    while True:
        rows.append([run.epoch, run.sharpness, run.limit, run.loss, run.ratio])
        if run.epoch == epochs or not run.run_epochs(1):
            return np.array(rows, np.float32)


# ---- frames and rows


@pytest.mark.parametrize("config", [QUADRATIC, SPIRAL], ids=["quadratic", "network"])
def test_a_row_is_the_runs_sharpness_limit_and_loss(config: Config) -> None:
    viewer = edge(config, epochs=30)
    play(viewer)
    assert viewer.header["status"] == "finished"
    np.testing.assert_array_equal(np.array(viewer.rows), straight(replace(config, epochs=30), 30))
    viewer.assert_rows_are_the_views()


def test_lines_and_readouts_take_their_columns() -> None:
    viewer = edge(momentum=0.9)
    assert [line["column"] for line in viewer.panel("sharpness")["series"]] == [SHARPNESS, LIMIT]
    assert [line["column"] for line in viewer.panel("loss")["series"]] == [LOSS]
    assert viewer.panel("sharpness")["series"][1]["name"] == "2(1 + momentum)/rate"
    assert viewer.panel("sharpness")["ceiling"]["column"] == LIMIT
    assert {r["name"]: r["column"] for r in viewer.figures["readouts"]} == {
        "epoch": EPOCH,
        "sharpness": SHARPNESS,
        "limit": LIMIT,
        "ratio": RATIO,
    }
    np.testing.assert_allclose(viewer.frames[0, LIMIT], 2 * 1.9 / 0.05, rtol=1e-6)


def test_pause_keeps_what_is_shown() -> None:
    viewer = edge(SPIRAL)
    play(viewer, until=15)
    shown = viewer.view.step - 2
    viewer.ask("pause", step=shown)
    assert (viewer.view.step, viewer.header["status"]) == (shown, "paused")
    viewer.ask("step")
    np.testing.assert_array_equal(np.array(viewer.rows), straight(SPIRAL, shown + 1))


def test_reset_is_the_same_start() -> None:
    viewer = edge(SPIRAL)
    first = viewer.frames.copy()
    play(viewer, until=8)
    viewer.ask("reset")
    np.testing.assert_array_equal(viewer.frames, first)
    assert (viewer.header["status"], viewer.header["playing"]) == ("ready", False)
    assert len(viewer.rows) == 1


def test_a_finished_run_goes_on_at_play() -> None:
    viewer = edge(SPIRAL, epochs=10)
    play(viewer)
    assert viewer.view.step == 10
    play(viewer)
    assert viewer.view.step == 20
    assert viewer.header["status"] == "finished"


def test_a_rate_of_zero_has_no_line() -> None:
    viewer = edge(SPIRAL, epochs=6, schedule="cosine", schedule_epochs=5)
    play(viewer)
    rows = np.array(viewer.rows)
    assert np.isnan(rows[-1, LIMIT])  # infinite, which no picture can show
    assert rows[-1, RATIO] == 0
    assert (np.diff(rows[:5, LIMIT]) > 0).all()


# ---- settings under way


def test_another_rate_moves_the_line_and_the_run_goes_on() -> None:
    viewer = edge(SPIRAL)
    play(viewer, until=8)
    run, version, step = viewer.view.run, viewer.view.version, viewer.view.step
    viewer.config = replace(viewer.config, learning_rate=0.5)
    viewer.ask("tick")
    assert viewer.header["playing"]
    assert (viewer.view.run, viewer.view.version) == (run, version)
    assert viewer.view.step > step
    np.testing.assert_allclose(viewer.frames[:, LIMIT], 2 / 0.5, rtol=1e-6)
    viewer.assert_rows_are_the_views()
    limits = np.array(viewer.rows)[:, LIMIT]
    np.testing.assert_allclose(limits[:step], 2 / SPIRAL.learning_rate, rtol=1e-6)
    np.testing.assert_allclose(limits[step:], 2 / 0.5, rtol=1e-6)


@pytest.mark.parametrize("epochs", [0, 3])
def test_another_rate_at_rest_moves_the_lines_end(epochs: int) -> None:
    viewer = edge()
    for _ in range(epochs):
        viewer.ask("step")
    viewer.config = replace(viewer.config, learning_rate=0.1)
    viewer.change()  # the page draws itself; nobody has asked
    assert viewer.view.step == epochs
    viewer.assert_rows_are_the_views()
    assert [row[EPOCH] for row in viewer.rows] == list(range(epochs + 1))
    np.testing.assert_array_equal(viewer.rows[-1], viewer.frames[-1])
    np.testing.assert_allclose(viewer.rows[-1][LIMIT], 2 / 0.1, rtol=1e-6)
    for row in viewer.rows[:-1]:
        np.testing.assert_allclose(row[LIMIT], 2 / 0.05, rtol=1e-6)


def test_momentum_brings_its_own_formula_to_the_same_run() -> None:
    viewer = edge()
    viewer.ask("step")
    run, version = viewer.view.run, viewer.view.version
    viewer.config = replace(viewer.config, momentum=0.5)
    viewer.ask("look")
    assert (viewer.view.run, viewer.view.step) == (run, 1)
    assert viewer.view.version > version
    label = "2(1 + momentum)/rate"
    assert viewer.panel("sharpness")["series"][1]["name"] == label
    assert viewer.figures["readouts"][2]["label"] == label
    np.testing.assert_allclose(viewer.frames[-1, LIMIT], 3 / 0.05, rtol=1e-6)


def test_another_network_or_optimizer_starts_anew() -> None:
    viewer = edge(SPIRAL)
    play(viewer, until=5)
    for change in ({"layers": (5,)}, {"optimizer": "adam"}):
        viewer.ask("step")
        run = viewer.view.run
        viewer.config = replace(viewer.config, **change)
        viewer.change()
        assert viewer.view.run == run + 1
        assert (viewer.view.step, viewer.header["playing"]) == (0, False)
        assert viewer.header["notice"]["text"].startswith("Started anew")
        assert len(viewer.rows) == 1


def test_adam_has_no_line_and_is_told_why() -> None:
    viewer = edge(SPIRAL, optimizer="adam", epochs=5)
    play(viewer)
    rows = np.array(viewer.rows)
    assert np.isnan(rows[:, [LIMIT, RATIO]]).all()
    assert np.isfinite(rows[:, [SHARPNESS, LOSS]]).all()
    assert "preconditioned" in viewer.header["notice"]["text"]
    assert viewer.header["notice"]["kind"] == "info"


# ---- words


@pytest.mark.parametrize(("rate", "kind"), [(0.05, "info"), (0.08, "info"), (0.1, "warn")])
def test_words_are_the_runs_and_warn_far_above_the_line(rate: float, kind: str) -> None:
    viewer = edge(learning_rate=rate)
    run = EdgeRun(replace(QUADRATIC, learning_rate=rate))
    assert viewer.header["notice"]["text"] == run.sentence
    assert viewer.header["notice"]["kind"] == kind


def test_a_changed_batch_size_is_said() -> None:
    viewer = edge(batch_size=10)
    points = QUADRATIC.training_points
    assert f"takes all {points} training points instead of 10" in viewer.header["notice"]["text"]


# ---- divergence


def test_a_run_above_the_line_diverges_and_can_be_explained() -> None:
    viewer = edge(learning_rate=1.0, epochs=5000)
    viewer.ask("explain")
    assert "divergence_report" not in viewer.header  # nothing has happened yet
    play(viewer)
    assert viewer.header["status"] == "diverged"
    # Its last epochs are told, to be drawn wider.
    np.testing.assert_array_equal(viewer.arrays["climb"], viewer.rows[-LAST_STEPS:])
    notice = viewer.header["notice"]
    assert (notice["kind"], notice["actions"]) == (
        "bad",
        [["explain", "What happened?"], ["reset", "Start again"]],
    )
    assert "diverged in epoch" in notice["text"]
    assert np.isfinite(np.array(viewer.rows)[:, SHARPNESS]).all()
    step = viewer.view.step
    viewer.ask("explain")
    found = viewer.header["divergence_report"]
    assert found["layers"] == ["output"]
    assert len(found["rows"]) >= 1
    assert found["sentence"]
    assert "NaN" not in json.dumps(found)
    viewer.ask("look")
    assert "divergence_report" not in viewer.header  # told once
    assert viewer.view.step == step
    viewer.ask("play")
    assert (viewer.header["playing"], viewer.view.step) == (False, step)
    viewer.ask("reset")
    assert (viewer.header["status"], viewer.view.step) == ("ready", 0)
    play(viewer)
    assert (viewer.header["status"], viewer.view.step) == ("diverged", step)
