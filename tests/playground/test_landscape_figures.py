"""The landscape's pictures: what lies where, what is marked, and that nothing is invented."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import plotly.graph_objects as go
import pytest

from playground.figures.palette import MAGNITUDE_STOPS
from playground.learning_rate.figures.landscape import contour, surface
from playground.learning_rate.landscape import Slice, slice_
from playground.settings.config import Config
from tests.playground.test_descent_figures import assert_plain
from tests.playground.test_landscape import plane, record

CONFIG = Config(samples=60, layers=(4,), epochs=40, batch_size=60, learning_rate=0.3)
DIVERGING = Config(
    dataset="plane", samples=60, layers=(), epochs=500, batch_size=60, learning_rate=0.3
)


def cut(config: Config, kind: str = "path") -> Slice:
    path = record(config)
    return slice_(path, plane(kind, path), 11)


SLICE = cut(CONFIG)


def by_role(figure: go.Figure) -> dict[str, go.Scatter]:
    return {trace.meta["role"]: trace for trace in figure.data}


@pytest.mark.parametrize("draw", [contour, surface])
def test_figures_are_plain_json_without_theme_colours(draw: type) -> None:
    before = SLICE.losses.copy(), SLICE.path_losses.copy()
    assert_plain(lambda: draw(SLICE))
    np.testing.assert_array_equal(SLICE.losses, before[0])
    np.testing.assert_array_equal(SLICE.path_losses, before[1])


def test_the_contour_shows_the_slice_and_the_path_in_it() -> None:
    roles = by_role(contour(SLICE))
    assert list(roles) == ["map", "path", "ends"]
    map_, path = roles["map"], roles["path"]
    assert map_.type == "contour"
    np.testing.assert_array_equal(map_.x, SLICE.first)
    np.testing.assert_array_equal(map_.y, SLICE.second)
    np.testing.assert_allclose(map_.z, np.log10(SLICE.capped))
    np.testing.assert_array_equal(map_.customdata, SLICE.capped)
    assert [colour for _, colour in map_.colorscale] == list(MAGNITUDE_STOPS)
    np.testing.assert_array_equal((path.x, path.y), SLICE.path.T)
    np.testing.assert_array_equal(path.customdata.T, (SLICE.epochs, SLICE.path_losses))
    np.testing.assert_array_equal(roles["ends"].x, SLICE.path[[0, -1], 0])


def test_the_surface_has_the_path_at_its_true_loss() -> None:
    figure = surface(SLICE)
    roles = by_role(figure)
    assert list(roles) == ["surface", "path", "ends"]
    np.testing.assert_allclose(roles["surface"].z, np.log10(SLICE.capped))
    true = np.log10(SLICE.path_losses)
    np.testing.assert_allclose(roles["path"].z, true)
    np.testing.assert_allclose(roles["ends"].z, true[[0, -1]])
    np.testing.assert_array_equal(roles["path"].x, SLICE.path[:, 0])
    assert figure.layout.scene.zaxis.title.text == "training loss (log scale)"


@pytest.mark.parametrize("kind", ["path", "hessian", "random"])
def test_axes_say_which_directions_they_are(kind: str) -> None:
    shown = cut(CONFIG, kind)
    flat, raised = contour(shown).layout, surface(shown).layout.scene
    for axes in (flat, raised):
        titles = [axes.xaxis.title.text, axes.yaxis.title.text]
        assert [title.replace("<br>", " ") for title in titles] == list(shown.plane.titles)
        # A phone shows about fifty letters beside each other.
        assert max(len(line) for title in titles for line in title.split("<br>")) <= 50


def test_both_ends_are_marked_and_a_diverged_path_is_cut_at_the_level() -> None:
    diverged = cut(DIVERGING)
    assert diverged.diverged
    wild = replace(diverged, losses=np.where(diverged.losses > 1, np.inf, diverged.losses))
    for draw, role in ((contour, "map"), (surface, "surface")):
        figure = draw(wild)
        roles = by_role(figure)
        assert list(roles["ends"].marker.symbol) == ["circle", "x"]  # by shape, not place alone
        assert np.isfinite(roles[role].z).all()
        assert roles[role].z.max() == pytest.approx(np.log10(wild.level))
    for shown, end in ((wild, "diverged"), (SLICE, "end")):
        for notes in (
            contour(shown).layout.annotations,
            surface(shown).layout.scene.annotations,
        ):
            assert [note.text for note in notes] == ["start", end]
            assert [note.x for note in notes] == shown.path[[0, -1], 0].tolist()
    assert list(by_role(contour(SLICE))["ends"].marker.symbol) == ["circle", "diamond"]


def test_the_camera_stays_and_the_map_stays_while_its_directions_do() -> None:
    other = cut(replace(CONFIG, learning_rate=0.2))
    across = cut(CONFIG, "random")
    assert surface(SLICE).layout.uirevision == surface(across).layout.uirevision
    assert surface(SLICE).layout.scene.uirevision == surface(across).layout.scene.uirevision
    assert contour(SLICE).layout.uirevision == contour(other).layout.uirevision
    assert contour(SLICE).layout.uirevision != contour(across).layout.uirevision


@pytest.mark.parametrize(
    ("low", "high"), [(1e-9, 1e4), (0.01, 5.0), (0.3, 1.5), (0.42, 0.44), (0.0, 1.0), (2.0, 2.0)]
)
def test_the_colour_bar_has_round_losses_at_their_places(low: float, high: float) -> None:
    losses = np.linspace(low, high, 121).reshape(11, 11)
    shown = replace(SLICE, losses=losses, path_losses=np.full(len(SLICE.path), high))
    bar = contour(shown).data[0].colorbar
    assert len(bar.tickvals) == len(bar.ticktext) <= 12
    if high > low * 1.2:
        assert len(bar.tickvals) >= 2
    for height, text in zip(bar.tickvals, bar.ticktext, strict=True):
        assert 10**height == pytest.approx(float(text), rel=1e-6, abs=1e-9)
