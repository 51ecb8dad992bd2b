"""Figures of a descent: what each trace holds, by role, and axes that show what matters."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import numpy as np
import plotly.graph_objects as go
import pytest

from playground.learning_rate.figures import descent as figures
from playground.learning_rate.parabola import Descent, descend, descend_bowl

RUNS = {
    "slow": descend(1.0, 0.05),
    "one step": descend(2.0, 0.5),
    "oscillates": descend(3.0, 0.6, start=-2.0),
    "edge": descend(3.0, 2 / 3),
    "diverges": descend(1.0, 2.2),
    "escapes": descend(1.0, 30.0),
    "explodes": descend(1e6, 1e6, start=1e3),
    "momentum": descend(1.0, 0.1, 0.9),
    "momentum diverges": descend(1.0, 4.0, 0.9),
    "one": descend(1.0, 0.5, steps=1),
    "underflows": descend(1.0, 0.9, steps=10_000),
}
BOWLS = {
    "slow": descend_bowl(1.0, 20.0, 0.1),
    "zigzag": descend_bowl(1.0, 20.0, 1.9),
    "round": descend_bowl(1.0, 1.0, 0.3, start=(-1.0, 2.0)),
    "edge": descend_bowl(1.0, 20.0, 2.0),
    "diverges": descend_bowl(1.0, 20.0, 2.2),
    "escapes": descend_bowl(1.0, 20.0, 50.0),
    "momentum": descend_bowl(1.0, 20.0, 0.1, 0.8),
}


FIGURES = [
    *((f"parabola {name}", figures.parabola, run) for name, run in RUNS.items()),
    *((f"bowl {name}", figures.bowl, run) for name, run in BOWLS.items()),
    *((f"distance {name}", figures.distance, run) for name, run in (RUNS | BOWLS).items()),
]


@pytest.mark.parametrize(("name", "draw", "run"), FIGURES, ids=[name for name, _, _ in FIGURES])
def test_figures_are_plain_cartesian_json_and_leave_the_descent_alone(
    name: str, draw: Callable[[Descent], go.Figure], run: Descent
) -> None:
    def refuse(constant: str) -> None:
        raise AssertionError(f"{name} holds {constant}")

    before, figure = run.points.copy(), draw(run)
    content = json.loads(figure.to_json(), parse_constant=refuse)
    first = {"parabola": "curve", "bowl": "contour", "distance": "theory"}[name.split()[0]]
    assert [t["meta"]["role"] for t in content["data"]] == [first, "path", "now"]
    kind = "contour" if first == "contour" else "scatter"
    assert [t["type"] for t in content["data"]] == [kind, "scatter", "scatter"]
    for trace in content["data"][1:]:  # the browser takes parts of these
        assert type(trace["x"]) is type(trace["y"]) is type(trace["customdata"]) is list
    layout = content["layout"]
    for axis in ("xaxis", "yaxis"):
        low, high = layout[axis]["range"]
        assert low < high
        assert layout[axis]["title"]["text"]
        assert "gridcolor" not in layout[axis]
    assert "color" not in layout["font"]
    assert "paper_bgcolor" not in layout
    assert figure.layout.showlegend is False
    assert not figure.layout.template.layout.to_plotly_json()
    assert draw(run).to_json() == figure.to_json()
    np.testing.assert_array_equal(run.points, before)


# ---- the parabola -----------------------------------------------------------------------------


@pytest.mark.parametrize("name", RUNS)
def test_the_path_lies_on_the_curve(name: str) -> None:
    run = RUNS[name]
    figure = figures.parabola(run)
    curve, path, now = figure.data
    np.testing.assert_array_equal(path.x, run.xs)
    np.testing.assert_array_equal(path.y, run.losses)
    np.testing.assert_array_equal(path.customdata, np.arange(run.steps + 1))
    assert path.mode == "lines+markers"
    assert (now.x, now.y, now.customdata) == ((run.xs[0],), (run.losses[0],), (0,))
    assert now.marker.size > path.marker.size
    np.testing.assert_allclose(curve.y, run.curvature / 2 * np.square(curve.x), rtol=1e-12)
    low, high = figure.layout.xaxis.range
    assert low == -high == curve.x[0] == -curve.x[-1]
    assert high >= 1.29 * abs(run.xs[0])
    assert figure.layout.yaxis.range[1] == pytest.approx(run.curvature / 2 * high**2)


@pytest.mark.parametrize(
    ("run", "reach", "shown"),
    [
        *((RUNS[name], None, None) for name in ("slow", "one step", "oscillates", "edge")),
        (RUNS["momentum"], None, None),
        (descend(1.0, 3.799, 0.9), None, None),  # even the wide swing just below the limit
        # Of a diverging path the first iterates are in view.
        (descend(1.0, 2.2), 8, 12),  # 1.2^11 = 7.4
        (descend(1.0, 2.03, steps=60), 1.15 * 1.03**60, 61),
        (descend(1.0, 4.0, start=2.0), 16, 2),  # 2 · 3^t
        (descend(1.0, 2.001, steps=20), 1.3, 21),
    ],
)
def test_what_does_not_diverge_is_all_in_view(
    run: Descent, reach: float | None, shown: int | None
) -> None:
    figure = figures.parabola(run)
    right = figure.layout.xaxis.range[1]
    assert figure.layout.meta["shown"] == (len(run.xs) if shown is None else shown)
    if reach is None:
        assert np.abs(run.xs).max() < right
    else:
        assert right == pytest.approx(reach)


# ---- the bowl ---------------------------------------------------------------------------------


def typed(values: Any) -> np.ndarray:
    return np.asarray(values, dtype=np.float64)


@pytest.mark.parametrize("name", BOWLS)
def test_the_bowl_and_the_way_across_it(name: str) -> None:
    run = BOWLS[name]
    figure = figures.bowl(run)
    contour, path, now = figure.data
    steep, flat = run.curvatures
    x, y, height = typed(contour.x), typed(contour.y), typed(contour.z)
    assert height.shape == (len(y), len(x))
    loss = 0.5 * (steep * x**2 + flat * y[:, None] ** 2)
    np.testing.assert_allclose(height**2, loss, rtol=1e-5, atol=1e-9)
    rings = contour.contours
    assert 0 < rings.start < rings.end < height.max()
    assert 8 <= round((rings.end - rings.start) / rings.size) + 1 <= 16
    assert contour.showscale is False
    np.testing.assert_array_equal(np.stack([path.x, path.y], axis=1), run.points)
    assert (now.x, now.y) == ((run.points[0, 0],), (run.points[0, 1],))
    assert f"λ₁ = {steep:.4g}" in figure.layout.xaxis.title.text
    assert f"λ₂ = {flat:.4g}" in figure.layout.yaxis.title.text
    for axis, edge in ((figure.layout.xaxis, x), (figure.layout.yaxis, y)):
        assert axis.range == (edge[0], edge[-1])
        assert edge[0] == -edge[-1]


def test_a_bowl_widens_only_where_it_diverges() -> None:
    run = BOWLS["diverges"]
    figure = figures.bowl(run)
    assert figure.layout.xaxis.range[1] == 8
    assert figure.layout.yaxis.range[1] == pytest.approx(1.3)
    assert figure.layout.meta["shown"] == 12
    assert figures.bowl(BOWLS["zigzag"]).layout.meta["shown"] == 61


# ---- the distance -----------------------------------------------------------------------------


@pytest.mark.parametrize("run", [*RUNS.values(), *BOWLS.values()], ids=[*RUNS, *BOWLS])
def test_distance_against_theory(run: Descent) -> None:
    figure = figures.distance(run)
    theory, path, now = figure.data
    assert figure.layout.yaxis.type == "log"
    assert theory.line.dash == "dash"
    real = np.array([np.nan if v is None else v for v in path.y], dtype=float)
    said = np.array([np.nan if v is None else v for v in theory.y], dtype=float)
    kept = run.distances > 0
    np.testing.assert_array_equal(real[kept], run.distances[kept])
    assert np.isnan(real[~kept]).all()
    expected = run.distances[0] * run.factor ** np.arange(run.steps + 1)
    np.testing.assert_allclose(said[expected > 0], expected[expected > 0], rtol=1e-12)
    assert np.isnan(said[expected == 0]).all()
    assert now.y == (run.distances[0],)
    low, high = figure.layout.yaxis.range
    logs = np.log10(run.distances[kept])
    assert logs.max() < high
    assert low <= logs[0] - 1
    assert low > np.log10(run.distances[0]) - 11


# ---- wrong numbers of directions --------------------------------------------------------------


def test_each_figure_names_the_descent_it_needs() -> None:
    with pytest.raises(ValueError, match="a bowl has 2 directions, but the descent has 1"):
        figures.bowl(RUNS["slow"])
    with pytest.raises(ValueError, match="a parabola has 1 direction, but the descent has 2"):
        figures.parabola(BOWLS["slow"])
