"""Figures of a descent: what each trace holds, by role, and axes that show what matters."""

from __future__ import annotations

import json
from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np
import plotly.graph_objects as go
import pytest

from playground.learning_rate.figures import descent as figures
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
    for name, run, rate in (
        ("slow", descend(1.0, 0.1), 0.1),
        ("edge", descend(1.0, 2.0), 2.0),
        ("diverges", RUNS["diverges"], 2.2),
        ("escapes", RUNS["escapes"], 30.0),
        ("momentum", RUNS["momentum"], 0.1),
    )
}


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


@pytest.mark.parametrize(
    ("first", "draw"),
    [
        *(("curve", partial(figures.parabola, run)) for run in RUNS.values()),
        *(("contour", partial(figures.bowl, *bowl)) for bowl in BOWLS.values()),
        *(("theory", partial(figures.distance, run)) for run in RUNS.values()),
    ],
)
def test_figures_are_plain_cartesian_json(first: str, draw: Callable[[], go.Figure]) -> None:
    content = assert_plain(draw)
    assert [t["meta"]["role"] for t in content["data"]] == [first, "path", "now"]
    for trace in content["data"][1:]:  # the browser takes parts of these
        assert type(trace["x"]) is type(trace["y"]) is type(trace["customdata"]) is list
    for axis in ("xaxis", "yaxis"):
        low, high = content["layout"][axis]["range"]
        assert low < high
        assert content["layout"][axis]["title"]["text"]


@pytest.mark.parametrize("name", RUNS)
def test_the_path_lies_on_the_curve(name: str) -> None:
    run = RUNS[name]
    figure = figures.parabola(run)
    curve, path, now = figure.data
    np.testing.assert_array_equal(path.x, run.xs)
    np.testing.assert_array_equal(path.y, run.losses)
    np.testing.assert_array_equal(path.customdata, np.arange(run.steps + 1))
    assert (now.x, now.y, now.customdata) == ((1,), (run.losses[0],), (0,))
    assert now.marker.size > path.marker.size
    np.testing.assert_allclose(curve.y, run.curvature / 2 * np.square(curve.x), rtol=1e-12)
    low, high = figure.layout.xaxis.range
    assert low == -high == curve.x[0] == -curve.x[-1]
    assert high >= 1.29
    assert figure.layout.yaxis.range[1] == pytest.approx(run.curvature / 2 * high**2)


@pytest.mark.parametrize(
    ("run", "reach", "shown"),
    [
        *((RUNS[name], None, 61) for name in ("slow", "one step", "oscillates", "edge")),
        (RUNS["momentum"], None, 61),
        (descend(1.0, 3.799, 0.9), None, 61),  # even the wide swing just below the limit
        # Of a diverging path the first iterates are in view.
        (descend(1.0, 2.2), 8, 12),  # 1.2^11 = 7.4
        (descend(1.0, 2.03), 1.15 * 1.03**60, 61),
        (descend(1.0, 4.0), 8, 2),  # 3^t
        (descend(1.0, 2.001, steps=20), 1.3, 21),
    ],
)
def test_what_does_not_diverge_is_all_in_view(
    run: Descent, reach: float | None, shown: int
) -> None:
    figure = figures.parabola(run)
    right = figure.layout.xaxis.range[1]
    assert figure.layout.meta["shown"] == shown
    if reach is None:
        assert np.abs(run.xs).max() < right
    else:
        assert right == pytest.approx(reach)


@pytest.mark.parametrize("name", BOWLS)
def test_the_bowl_and_the_way_across_it(name: str) -> None:
    steep, flat = BOWLS[name]
    figure = figures.bowl(steep, flat)
    contour, path, now = figure.data
    x, y, height = (np.asarray(values, float) for values in (contour.x, contour.y, contour.z))
    loss = 0.5 * (steep.curvature * x**2 + flat.curvature * y[:, None] ** 2)
    np.testing.assert_allclose(height**2, loss, rtol=1e-5, atol=1e-9)
    rings = contour.contours
    assert 0 < rings.start < rings.end < height.max()
    assert 8 <= round((rings.end - rings.start) / rings.size) + 1 <= 16
    assert contour.showscale is False
    np.testing.assert_array_equal((path.x, path.y), (steep.xs, flat.xs))
    assert (now.x, now.y) == ((1,), (1,))
    assert f"λ₁ = {steep.curvature:.4g}" in figure.layout.xaxis.title.text
    assert f"λ₂ = {flat.curvature:.4g}" in figure.layout.yaxis.title.text
    for axis, edge in ((figure.layout.xaxis, x), (figure.layout.yaxis, y)):
        assert axis.range == (edge[0], edge[-1])
        assert edge[0] == -edge[-1]
    if name == "diverges":  # the bowl widens only where it does
        assert x[-1] == 8
        assert y[-1] == pytest.approx(1.3)
    assert figure.layout.meta["shown"] == {"diverges": 12, "escapes": 1}.get(name, 61)


@pytest.mark.parametrize("name", RUNS)
def test_distance_against_theory(name: str) -> None:
    run = RUNS[name]
    figure = figures.distance(run)
    theory, path, now = figure.data
    assert figure.layout.yaxis.type == "log"
    assert theory.line.dash == "dash"
    expected = run.factor ** np.arange(run.steps + 1)
    for drawn, values in ((path.y, run.distances), (theory.y, expected)):
        found = np.array([0 if v is None else v for v in drawn], dtype=float)
        np.testing.assert_array_equal(found, values)  # 0 has no logarithm
        assert 0 not in drawn
    assert now.y == (1,)
    low, high = figure.layout.yaxis.range
    assert np.log10(run.distances[run.distances > 0]).max() < high
    assert -11 < low <= -1
