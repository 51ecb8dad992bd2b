"""The parabola's view: its frames are the path's iterates, its words the theory's."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from playground.learning_rate.parabola import descend, descend_bowl, sentence
from playground.learning_rate.parabola_view import STEPS, ParabolaView
from playground.learning_rate.settings import RateSettings
from playground.live import pacing as module
from playground.settings.config import Config
from tests.playground.viewer import Clock, Viewer

PANELS = ("parabola", "bowl", "distance")


@pytest.fixture(autouse=True)
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    made = Clock()
    monkeypatch.setattr(module, "time", made)
    return made


def parabola(**settings: Any) -> Viewer:
    return Viewer(ParabolaView(), Config(speed="5"), RateSettings(**settings))


def play(viewer: Viewer) -> None:
    viewer.ask("play")
    while viewer.header["playing"]:
        viewer.ask("tick")


def path_of(viewer: Viewer, panel: str) -> dict[str, Any]:
    """The trace of the whole path that a panel was sent."""
    data = viewer.panel(panel)["figure"]["data"]
    found: dict[str, Any] = next(t for t in data if t.get("meta", {}).get("role") == "path")
    return found


@pytest.mark.parametrize(
    ("rate", "momentum", "kind", "status"),
    [
        (0.5, 0.0, "good", "finished"),
        (1.5, 0.0, "info", "finished"),
        (2.0, 0.0, "warn", "finished"),
        (2.6, 0.0, "bad", "diverged"),
        (2.6, 0.5, "info", "finished"),
    ],
)
def test_it_ends_as_theory_says(rate: float, momentum: float, kind: str, status: str) -> None:
    viewer = parabola(step_size=rate, heavy_ball=momentum)
    assert viewer.header["status"] == "ready"
    assert viewer.header["notice"]["kind"] == kind
    assert viewer.header["notice"]["text"] == sentence(descend(1.0, rate, momentum, steps=STEPS))
    play(viewer)
    assert viewer.header["status"] == status


@pytest.mark.parametrize("rate", [0.3, 1.8, 2.6])
def test_frames_are_the_iterates(rate: float) -> None:
    viewer = parabola(curvature=1.0, step_size=rate)
    path = descend(1.0, rate, steps=STEPS)
    seen = [viewer.frames]
    viewer.ask("play")
    seen.append(viewer.frames)
    while viewer.header["playing"]:
        viewer.ask("tick")
        seen.append(viewer.frames)
    rows = np.concatenate(seen)
    np.testing.assert_array_equal(rows[:, 0], np.arange(len(rows)))
    made = min(len(rows), path.steps + 1)
    np.testing.assert_allclose(rows[:made, 1], path.xs[:made], rtol=1e-6)
    np.testing.assert_allclose(rows[:made, 2], path.losses[:made], rtol=1e-6)
    assert np.isfinite(rows).all()
    np.testing.assert_array_equal(np.array(viewer.rows), rows)


def test_panels_hold_the_whole_paths() -> None:
    viewer = parabola(step_size=1.5, condition=25.0)
    assert tuple(panel["id"] for panel in viewer.figures["panels"]) == PANELS
    line = descend(1.0, 1.5, steps=STEPS)
    bowl = descend_bowl(1.0, 25.0, 1.5, steps=STEPS)
    assert path_of(viewer, "parabola")["x"] == pytest.approx(line.xs)
    assert path_of(viewer, "parabola")["y"] == pytest.approx(line.losses)
    assert path_of(viewer, "bowl")["x"] == pytest.approx(bowl.points[:, 0])
    assert path_of(viewer, "bowl")["y"] == pytest.approx(bowl.points[:, 1])
    assert path_of(viewer, "distance")["y"] == pytest.approx(line.distances)
    assert "25" in viewer.panel("bowl")["hint"]
    assert "0.5" in viewer.panel("distance")["hint"]


def test_pause_step_and_reset_go_where_they_should() -> None:
    viewer = parabola(step_size=1.8)
    viewer.ask("play")
    for _ in range(4):
        viewer.ask("tick")
    shown = viewer.steps[0]
    assert viewer.ask("pause", step=shown)["status"] == "paused"
    assert viewer.steps == [shown]
    viewer.ask("step")
    assert viewer.steps == [shown + 1]
    assert len(viewer.rows) == shown + 2
    assert viewer.ask("reset")["status"] == "ready"
    assert viewer.steps == [0]
    assert len(viewer.rows) == 1


def test_played_to_the_end_it_begins_again() -> None:
    viewer = parabola(step_size=0.5)
    play(viewer)
    assert viewer.step == STEPS
    assert viewer.ask("play")["status"] == "running"
    assert viewer.steps[0] == 1
    np.testing.assert_array_equal(np.array(viewer.rows)[:, 0], range(viewer.step + 1))


def test_a_step_is_slow_enough_to_be_seen() -> None:
    viewer = Viewer(ParabolaView(), Config(speed="max"), RateSettings())
    assert [name for name, _ in viewer.header["speeds"]] == ["1", "5"]
    assert "step" in viewer.header["speeds"][0][1]
    assert viewer.ask("play")["interval"] == pytest.approx(200)


def test_only_its_own_settings_start_it_anew() -> None:
    viewer = parabola()
    viewer.ask("step")
    run = viewer.run
    viewer.config = replace(viewer.config, dataset="xor", learning_rate=3.0)
    viewer.ask("look")
    assert (viewer.run, viewer.step) == (run, 1)
    for change in ({"curvature": 2.0}, {"step_size": 0.4}, {"heavy_ball": 0.5}, {"condition": 3}):
        viewer.ask("step")
        run = viewer.run
        viewer.change(**change)
        assert (viewer.run, viewer.step) == (run + 1, 0), change
        assert "Started anew" in viewer.header["notice"]["text"]


@pytest.mark.parametrize(
    "extreme",
    [
        {"curvature": 0.01, "step_size": 1e-4},
        {"curvature": 100.0, "step_size": 1e3},
        {"condition": 1.0},
        {"condition": 1000.0, "heavy_ball": 0.999999},
        {"heavy_ball": 0.9, "step_size": 1e3},
        {"step_size": 2.0, "curvature": 1.0},
    ],
)
def test_the_ends_of_the_ranges_are_drawn(extreme: dict[str, float]) -> None:
    viewer = parabola(**extreme)
    assert viewer.header["status"] == "ready"
    play(viewer)
    assert viewer.header["status"] in {"finished", "diverged"}
    assert np.isfinite(np.array(viewer.rows)).all()
