"""The parabola's view: its frames are the path's iterates, its words the theory's."""

from __future__ import annotations

from typing import Any
from urllib.parse import parse_qsl, urlsplit

import numpy as np
import pytest
from numpy.typing import NDArray

from playground.learning_rate.parabola import descend
from playground.learning_rate.parabola_sentence import sentence
from playground.learning_rate.parabola_view import ParabolaView
from playground.learning_rate.settings import RateSettings
from playground.runs.recipe import Recipe
from playground.settings.config import Config
from tests.playground.viewer import Carrier, Viewer

pytestmark = pytest.mark.usefixtures("clock")


def parabola(speed: str = "5", **settings: Any) -> Viewer:
    return Viewer(ParabolaView(), Config(speed=speed), RateSettings(**settings))


def path_of(viewer: Viewer, panel: str, role: str = "path") -> NDArray[np.float32]:
    """The points (2, T+1) of the whole path, or another trace's, that a panel was sent."""
    return viewer.arrays[f"state:{panel}:{role}"]


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
    np.testing.assert_allclose(path_of(viewer, "parabola"), (line.xs, line.losses), rtol=1e-6)
    np.testing.assert_allclose(path_of(viewer, "bowl"), (line.xs, flat.xs), rtol=1e-6)
    np.testing.assert_allclose(path_of(viewer, "distance")[1], line.distances, rtol=1e-6)
    theory = path_of(viewer, "distance", "theory")[1]
    np.testing.assert_allclose(theory, 0.5 ** np.arange(61), rtol=1e-6)
    assert "25" in viewer.panel("bowl")["hint"]


def test_a_step_is_slow_enough_to_be_seen() -> None:
    viewer = parabola(speed="max")
    assert [name for name, _ in viewer.header["speeds"]] == ["1", "5"]
    assert "step" in viewer.header["speeds"][0][1]
    assert viewer.ask("play")["interval"] == pytest.approx(200)


# ---- the rate under the hand


def steer(viewer: Viewer, rate: float) -> None:
    """The hand moves on while nothing plays."""
    viewer.ask("steer", {"rate": rate, "plays": False})


def assert_always_at(viewer: Viewer, rate: float, step: int) -> None:
    """It shows what a run that had this rate from the start shows at this step."""
    alone = parabola(step_size=rate)
    while alone.step < step:
        alone.ask("step")
    assert (viewer.header["status"], viewer.steps) == (alone.header["status"], [step])
    assert viewer.header["notice"] == alone.header["notice"]
    np.testing.assert_array_equal(viewer.frames[-1], alone.frames[-1])
    np.testing.assert_array_equal(np.array(viewer.rows), np.array(alone.rows))
    assert viewer.figures["panels"] == alone.figures["panels"]
    for name in ("parabola", "bowl", "distance"):
        np.testing.assert_array_equal(path_of(viewer, name), path_of(alone, name))


def test_another_rate_is_another_path_from_the_same_start_as_far_as_before() -> None:
    viewer = parabola(step_size=1.8)
    for _ in range(20):
        viewer.ask("step")
    ground = viewer.header["version"]
    for rate in (1.75, 1.5, 1.2):
        steer(viewer, rate)
        assert_always_at(viewer, rate, 20)
    assert viewer.header["version"] <= ground + 1  # the ground under it is the same
    # It is taken over from the sidebar, and by a run of its own, as from the hand.
    viewer.change(step_size=0.3)
    assert_always_at(viewer, 0.3, 20)
    viewer.begin(step_size=0.4)
    assert_always_at(viewer, 0.4, 0)


def test_a_path_that_runs_away_ends_early_and_comes_back_as_long_as_it_was() -> None:
    viewer = parabola(step_size=0.5)
    viewer.play()
    for rate, step, status in (
        (8.0, descend(1.0, 8.0).steps, "diverged"),
        (30.0, descend(1.0, 30.0).steps, "diverged"),
        (0.5, 60, "finished"),
    ):
        steer(viewer, rate)
        assert_always_at(viewer, rate, step)
        assert viewer.header["status"] == status
    # From where it ended it goes on, where it now can.
    viewer = parabola(step_size=8.0)
    viewer.play()
    ended = viewer.step
    steer(viewer, 0.5)
    assert viewer.header["status"] == "paused"
    viewer.ask("step")
    assert_always_at(viewer, 0.5, ended + 1)


def test_a_link_and_another_server_have_the_path_of_the_rate_of_now() -> None:
    viewer = Carrier(ParabolaView(), Config(speed="5"), RateSettings(step_size=1.8))
    for _ in range(9):
        viewer.ask("step")
    steer(viewer, 0.7)
    assert_always_at(viewer, 0.7, 9)
    assert_always_at(viewer.under_another_server(), 0.7, 9)
    link = viewer.ask("share", "http://x/learning_rate")["share"]["link"]
    query = dict(parse_qsl(urlsplit(link).query))
    assert query["step_size"] == "0.7"
    recipe = Recipe.read(query["run"], viewer.config, viewer.settings)
    assert (recipe.steps, recipe.count) == (9, 0)
    opened = Viewer(ParabolaView(recipe=recipe), viewer.config, viewer.settings)
    while opened.header["status"] == "opening":
        opened.ask("tick")
    assert_always_at(opened, 0.7, 9)


@pytest.mark.parametrize("curvature", [0.01, 1.0, 100.0])
@pytest.mark.parametrize("momentum", [0.0, 0.9])
def test_the_slider_has_the_critical_rate_on_it(curvature: float, momentum: float) -> None:
    viewer = parabola(curvature=curvature, heavy_ball=momentum)
    critical = viewer.header["critical"]
    assert critical == pytest.approx(2 * (1 + momentum) / curvature)
    rated = viewer.figures["rated"]
    low, high = rated["ends"]
    assert rated["low"] <= low < critical / 10 < critical * 5 < high
    viewer.ask("steer", {"rate": critical, "plays": False})
    assert viewer.header["critical"] == pytest.approx(critical)
    for rate in (rated["low"], rated["high"]):
        steer(viewer, rate)
        assert viewer.header["rate"] == rate
