"""The edge's view: rows, words and limits are the run's, also where a setting changes under way."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from playground.learning_rate.edge import EdgeRun
from playground.learning_rate.edge_view import EdgeView
from playground.learning_rate.settings import RateSettings
from playground.settings.config import Config
from tests.playground.viewer import Viewer

pytestmark = pytest.mark.usefixtures("clock")
EPOCH, SHARPNESS, LIMIT, LOSS, RATIO = range(5)
# A linear model with squared error: its sharpness is 25.4 throughout, its critical rate 0.079.
QUADRATIC = Config(
    dataset="plane", samples=60, layers=(), batch_size=5000, learning_rate=0.05, speed="25"
)
SPIRAL = Config(samples=60, layers=(4,), batch_size=5000, epochs=30, speed="25")


def edge(config: Config = QUADRATIC, **changes: Any) -> Viewer:
    return Viewer(EdgeView(), config, RateSettings(view="edge"), **changes)


def straight(config: Config) -> NDArray[np.float32]:
    """The rows of the same run, made epoch by epoch without a view."""
    run = EdgeRun(config)
    rows = []
    while True:
        rows.append([run.epoch, run.sharpness, run.limit, run.loss, run.ratio])
        if not run.run_epochs(1):
            return np.array(rows, np.float32)


@pytest.mark.parametrize(
    ("config", "changes"),
    [
        (QUADRATIC, {"epochs": 30}),
        (SPIRAL, {}),
        (SPIRAL, {"optimizer": "adam"}),
        (SPIRAL, {"epochs": 6, "schedule": "cosine", "schedule_epochs": 5}),
    ],
    ids=["quadratic", "network", "no limit", "a rate of zero"],
)
def test_a_row_is_the_runs_sharpness_limit_and_loss(
    config: Config, changes: dict[str, Any]
) -> None:
    viewer = edge(config, **changes)
    viewer.play()
    assert viewer.header["status"] == "finished"
    rows = straight(viewer.config)
    rows[np.isinf(rows)] = np.nan  # which no picture can show
    np.testing.assert_array_equal(np.array(viewer.rows), rows)


def test_lines_and_readouts_take_their_columns_and_the_formula_of_now() -> None:
    viewer = edge()
    viewer.ask("step")
    for momentum, label in ((0.0, "2/rate"), (0.5, "2(1 + momentum)/rate")):
        viewer.change(momentum=momentum)  # the same run goes on
        sharpness, loss = viewer.panel("sharpness"), viewer.panel("loss")
        assert [line["column"] for line in sharpness["series"]] == [SHARPNESS, LIMIT]
        assert [line["column"] for line in loss["series"]] == [LOSS]
        assert sharpness["series"][1]["name"] == label
        assert sharpness["ceiling"]["column"] == LIMIT
        readouts = {each["column"]: each["label"] for each in viewer.figures["readouts"]}
        assert readouts.keys() == {EPOCH, SHARPNESS, LIMIT, RATIO}
        assert readouts[LIMIT] == label
        assert viewer.step == viewer.run == 1
        np.testing.assert_allclose(viewer.frames[-1, LIMIT], 2 * (1 + momentum) / 0.05, rtol=1e-6)


@pytest.mark.parametrize("epochs", [0, 3])
def test_another_rate_at_rest_moves_the_lines_end(epochs: int) -> None:
    viewer = edge()
    for _ in range(epochs):
        viewer.ask("step")
    viewer.change(learning_rate=0.1)
    rows = np.array(viewer.rows)
    np.testing.assert_array_equal(rows[:, EPOCH], range(epochs + 1))
    np.testing.assert_array_equal(rows[-1], viewer.frames[-1])
    np.testing.assert_allclose(rows[:, LIMIT], [2 / 0.05] * epochs + [2 / 0.1], rtol=1e-6)


@pytest.mark.parametrize(
    ("changes", "kind"),
    [
        ({"learning_rate": 0.05}, "info"),
        ({"learning_rate": 0.08}, "info"),
        ({"learning_rate": 0.1}, "warn"),
        ({"batch_size": 10}, "info"),
        ({"optimizer": "adam"}, "info"),
    ],
)
def test_words_are_the_runs_and_warn_far_above_the_line(changes: dict[str, Any], kind: str) -> None:
    viewer = edge(**changes)
    run = EdgeRun(replace(QUADRATIC, **changes))
    assert viewer.header["notice"]["text"] == f"{run.sentence} {run.note}".strip()
    assert viewer.header["notice"]["kind"] == kind
