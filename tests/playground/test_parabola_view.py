"""The parabola's view: its frames are the path's iterates, its words the theory's."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from playground.learning_rate.parabola import descend
from playground.learning_rate.parabola_sentence import sentence
from playground.learning_rate.parabola_view import ParabolaView
from playground.learning_rate.settings import RateSettings
from playground.settings.config import Config
from tests.playground.viewer import Viewer

pytestmark = pytest.mark.usefixtures("clock")


def parabola(speed: str = "5", **settings: Any) -> Viewer:
    return Viewer(ParabolaView(), Config(speed=speed), RateSettings(**settings))


def path_of(viewer: Viewer, panel: str) -> dict[str, Any]:
    """The trace of the whole path that a panel was sent."""
    data = viewer.panel(panel)["figure"]["data"]
    found: dict[str, Any] = next(t for t in data if t.get("meta", {}).get("role") == "path")
    return found


@pytest.mark.parametrize(
    ("settings", "kind", "status"),
    [
        ({"step_size": 0.5}, "good", "finished"),
        ({"step_size": 1.5}, "info", "finished"),
        ({"step_size": 2.0}, "warn", "finished"),
        ({"step_size": 2.6}, "bad", "diverged"),
        ({"step_size": 2.6, "heavy_ball": 0.5}, "info", "finished"),
        # The ends of the ranges.
        ({"curvature": 0.01, "step_size": 1e-4}, "good", "finished"),
        ({"curvature": 100.0, "step_size": 1e3}, "bad", "diverged"),
        ({"condition": 1000.0, "heavy_ball": 0.999999}, "info", "finished"),
        ({"heavy_ball": 0.9, "step_size": 1e3}, "bad", "diverged"),
    ],
)
def test_rows_are_the_iterates_and_it_ends_as_theory_says(
    settings: dict[str, Any], kind: str, status: str
) -> None:
    viewer = parabola(**settings)
    given = viewer.settings
    path = descend(given.curvature, given.step_size, given.heavy_ball)
    assert viewer.header["notice"] == {"kind": kind, "text": sentence(path), "actions": []}
    viewer.play()
    assert viewer.header["status"] == status
    rows = np.array(viewer.rows)
    np.testing.assert_array_equal(rows[:, 0], np.arange(len(rows)))
    made = min(len(rows), path.steps + 1)
    np.testing.assert_allclose(rows[:made, 1], path.xs[:made], rtol=1e-6)
    np.testing.assert_allclose(rows[:made, 2], path.losses[:made], rtol=1e-6)
    assert np.isfinite(rows).all()
    if status == "finished":  # then it begins again
        assert viewer.ask("play")["status"] == "running"
        assert viewer.steps[0] == 1


def test_panels_hold_the_whole_paths() -> None:
    viewer = parabola(step_size=1.5, condition=25.0)
    line = descend(1.0, 1.5)
    flat = descend(1.0 / 25.0, 1.5)
    assert path_of(viewer, "parabola")["x"] == pytest.approx(line.xs)
    assert path_of(viewer, "parabola")["y"] == pytest.approx(line.losses)
    assert path_of(viewer, "bowl")["x"] == pytest.approx(line.xs)
    assert path_of(viewer, "bowl")["y"] == pytest.approx(flat.xs)
    assert path_of(viewer, "distance")["y"] == pytest.approx(line.distances)
    assert "25" in viewer.panel("bowl")["hint"]
    assert "0.5" in viewer.panel("distance")["hint"]


def test_a_step_is_slow_enough_to_be_seen() -> None:
    viewer = parabola(speed="max")
    assert [name for name, _ in viewer.header["speeds"]] == ["1", "5"]
    assert "step" in viewer.header["speeds"][0][1]
    assert viewer.ask("play")["interval"] == pytest.approx(200)
