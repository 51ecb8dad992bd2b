"""Figures of a descent: a window's ground, a path's points, axes that show what matters."""

from __future__ import annotations

import json
from collections.abc import Callable
from functools import partial
from itertools import pairwise
from typing import Any

import numpy as np
import plotly.graph_objects as go
import pytest

from playground.learning_rate.figures import descent as figures
from playground.learning_rate.figures.descent import Window
from playground.learning_rate.parabola import Descent, descend

RUNS = {
    "slow": descend(1.0, 0.05),
    "one step": descend(2.0, 0.5),
    "oscillates": descend(3.0, 0.6),
    "edge": descend(3.0, 2 / 3),
    "diverges": descend(1.0, 2.2),
    "escapes": descend(1.0, 30.0),
    "explodes": descend(1e6, 1e6),
    "momentum": descend(1.0, 0.1, 0.9),
    "momentum diverges": descend(1.0, 4.0, 0.9),
    "one": descend(1.0, 0.5, steps=1),
    "underflows": descend(1.0, 0.9, steps=10_000),
}
BOWLS = {
    name: (run, descend(run.curvature / 20, rate, run.momentum, run.steps))
    for name, rate, run in (
        ("slow", 0.05, RUNS["slow"]),
        ("one step", 0.5, RUNS["one step"]),
        ("oscillates", 0.6, RUNS["oscillates"]),
        ("edge", 2 / 3, RUNS["edge"]),
        ("diverges", 2.2, RUNS["diverges"]),
        ("escapes", 30.0, RUNS["escapes"]),
        ("explodes", 1e6, RUNS["explodes"]),
        ("momentum", 0.1, RUNS["momentum"]),
        ("momentum diverges", 4.0, RUNS["momentum diverges"]),
        ("one", 0.5, RUNS["one"]),
        ("underflows", 0.9, RUNS["underflows"]),
    )
}
every = pytest.mark.parametrize("name", RUNS)


def drawn(name: str) -> dict[str, go.Figure]:
    """The figures of a run's window, by panel."""
    steep, flat = BOWLS[name]
    window = Window.of(steep, flat)
    return {
        "parabola": figures.parabola(steep.curvature, window),
        "bowl": figures.bowl(steep.curvature, flat.curvature, window),
        "distance": figures.distance(window),
    }


def alone(run: Descent) -> Window:
    """The window of a path that is as long in the flat direction."""
    return Window.of(run, run)


def assert_plain(draw: Callable[[], go.Figure]) -> dict[str, Any]:
    """The figure is the same each time, strict JSON, and leaves the colours to the browser."""
    figure = draw()
    content: dict[str, Any] = json.loads(figure.to_json())
    json.dumps(content, allow_nan=False)
    assert draw().to_json() == figure.to_json()
    assert figure.layout.showlegend is False
    assert not figure.layout.template.layout.to_plotly_json()
    assert "color" not in content["layout"]["font"]
    assert {"paper_bgcolor", "plot_bgcolor"}.isdisjoint(content["layout"])
    return content


@every
def test_figures_are_plain_cartesian_json_without_the_points_of_a_path(name: str) -> None:
    for panel in ("parabola", "bowl", "distance"):
        content = assert_plain(partial(lambda panel: drawn(name)[panel], panel))
        ground, *lines = content["data"]
        first = {"parabola": "curve", "bowl": "contour", "distance": "theory"}[panel]
        assert [t["meta"]["role"] for t in (ground, *lines)] == [first, "path", "now"]
        roles = figures.points(*BOWLS[name])[panel].keys()
        for trace in content["data"]:
            assert (trace["x"] == trace["y"] == []) == (trace["meta"]["role"] in {*roles, "now"})
        assert lines[1]["marker"]["size"] > lines[0]["marker"]["size"]
        for axis in ("xaxis", "yaxis"):
            low, high = content["layout"][axis]["range"]
            assert low < high
            assert content["layout"][axis]["title"]["text"]


@every
def test_the_path_lies_on_the_curve(name: str) -> None:
    run, figure = RUNS[name], drawn(name)["parabola"]
    curve = figure.data[0]
    x, y = figures.points(*BOWLS[name])["parabola"]["path"]
    np.testing.assert_allclose(x, run.xs, rtol=1e-6, atol=1e-37)
    np.testing.assert_allclose(y, run.losses, rtol=1e-6, atol=1e-37)
    np.testing.assert_allclose(curve.y, run.curvature / 2 * np.square(curve.x), rtol=1e-12)
    low, high = figure.layout.xaxis.range
    assert low == -high == curve.x[0] == -curve.x[-1]
    assert high >= 1.29
    assert figure.layout.yaxis.range[1] == pytest.approx(run.curvature / 2 * high**2)


@pytest.mark.parametrize(
    ("run", "reach"),
    [
        *((RUNS[name], None) for name in ("slow", "one step", "oscillates", "edge", "momentum")),
        (descend(1.0, 3.799, 0.9), None),  # even the wide swing just below the limit
        # Of a diverging path the first iterates are in view.
        (descend(1.0, 2.2), 8),
        (descend(1.0, 2.03), 8),  # 1.03^60 = 5.9
        (descend(1.0, 4.0), 8),
        (descend(1.0, 2.001, steps=20), 1.3),
    ],
)
def test_what_does_not_diverge_is_all_in_view(run: Descent, reach: float | None) -> None:
    window = alone(run)
    if reach is None:
        assert np.abs(run.xs).max() < window.steep <= 2 * np.abs(run.xs).max()
    else:
        assert window.steep == reach


def test_a_hand_on_the_rate_needs_few_windows() -> None:
    windows = [alone(descend(1.0, rate)) for rate in np.geomspace(0.02, 20, 151)]
    assert sum(one != other for one, other in pairwise(windows)) <= 12
    assert {window.steep for window in windows[:100]} == {1.3}  # the limit is the 101st


@every
def test_the_bowl_and_the_way_across_it(name: str) -> None:
    steep, flat = BOWLS[name]
    figure = drawn(name)["bowl"]
    contour = figure.data[0]
    x, y, height = (np.asarray(values, float) for values in (contour.x, contour.y, contour.z))
    loss = 0.5 * (steep.curvature * x**2 + flat.curvature * y[:, None] ** 2)
    np.testing.assert_allclose(height**2, loss, rtol=1e-5, atol=1e-9)
    rings = contour.contours
    assert 0 < rings.start < rings.end < height.max()
    assert 8 <= round((rings.end - rings.start) / rings.size) + 1 <= 16
    assert contour.showscale is False
    path = figures.points(steep, flat)["bowl"]["path"]
    np.testing.assert_allclose(path, (steep.xs, flat.xs), rtol=1e-6, atol=1e-37)
    assert f"λ₁ = {steep.curvature:.4g}" in figure.layout.xaxis.title.text
    assert f"λ₂ = {flat.curvature:.4g}" in figure.layout.yaxis.title.text
    for axis, edge in ((figure.layout.xaxis, x), (figure.layout.yaxis, y)):
        assert axis.range == (edge[0], edge[-1])
        assert edge[0] == -edge[-1]
    if name == "diverges":  # the bowl widens only where it does
        assert x[-1] == 8
        assert y[-1] == pytest.approx(1.3)


@every
def test_distance_against_theory(name: str) -> None:
    run, figure = RUNS[name], drawn(name)["distance"]
    assert figure.layout.yaxis.type == "log"
    assert figure.data[0].line.dash == "dash"
    expected = run.factor ** np.arange(run.steps + 1)
    points = figures.points(*BOWLS[name])["distance"]
    for (x, y), values in ((points["path"], run.distances), (points["theory"], expected)):
        np.testing.assert_array_equal(x, np.arange(run.steps + 1))
        seen = np.nan_to_num(y)
        np.testing.assert_allclose(seen, values, rtol=1e-6, atol=1e-37)  # 0 has no logarithm
        assert 0 not in y[values == 0]
    low, high = figure.layout.yaxis.range
    assert np.log10(run.distances[run.distances > 0]).max() < high
    assert -11 < low <= -1
    left, right = figure.layout.xaxis.range
    assert left < 0 < run.steps < right
    assert run.steps > 0.4 * right  # most of its width shows steps
